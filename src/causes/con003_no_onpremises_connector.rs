//! CON003: there is no connector that could match.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::{CauseContext, Deciding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::remedy::{host_name, on_premises, wording};
use crate::tenant::ConnectorType;

declare_rule! {
    /// None of the given tenants has an enabled OnPremises connector that identifies a sender.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector has a certificate name or an address, and no disabled or
    /// Partner connector matches what was offered.
    ///
    /// ## Why it matters
    /// Without such a connector, all mail that leaves Microsoft 365 again is rejected.
    ///
    /// ## What to do
    /// 1. Check that the exports are of the right tenant.
    /// 2. Create an inbound connector of type OnPremises with the name of the certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    NoOnpremisesConnector {
        code: "CON003",
        name: "no-onpremises-connector",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
    }
}

impl Cause for NoOnpremisesConnector {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        let identifies = judgement
            .active()
            .any(|view| view.has_name() || view.has_addresses());
        let others = judgement.views.iter().any(|view| {
            (view.is_disabled() || view.is_type(ConnectorType::Partner)) && view.matches()
        });
        let lost = judgement
            .views
            .iter()
            .any(|view| view.may_match() || (view.may_be_active() && view.state_is_lost()));
        if !context.concerns_our_side()
            || !context.analysis.has_exports()
            || identifies
            || others
            || lost
        {
            return None;
        }
        let tenants: Vec<&str> = context
            .analysis
            .tenants
            .iter()
            .map(|tenant| tenant.name.as_str())
            .collect();
        let explanation = format!(
            "Send connector '{}' offered {}, but no enabled OnPremises inbound connector of {} has a certificate name or an address.",
            context.send_connector(),
            wording::offered(context),
            tenants.join(", ")
        );
        let only = match tenants.as_slice() {
            [tenant] => Some(Deciding {
                tenant: (*tenant).to_owned(),
                connector: None,
                changed: None,
            }),
            _ => None,
        };
        let tenants = context.analysis.tenants;
        let name = context.certificate().and_then(|certificate| match tenants {
            [tenant] => host_name::best(tenant, tenants, certificate),
            _ => host_name::verifiable(certificate),
        });
        let command = format!(
            "New-InboundConnector -Name 'Inbound from on-premises' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -CloudServicesMailEnabled $true -TlsSenderCertificateName {}",
            name.as_deref()
                .map_or("'<name of the certificate>'".to_owned(), quote)
        );
        Some(Diagnosis::of(&Self::META, explanation + on_premises::unfit(context)).deciding(only).fix(Fix::command(
            Where::Online,
            command,
            "1. Check that the exports are of the tenant that should accept the mail. 2. Make sure that the domain of the certificate name is an accepted domain of that tenant. 3. Run the command.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::tenant::Known;

    #[test]
    fn fires_where_no_connector_identifies_anybody() {
        let mut empty = contoso();
        empty.connectors.clear();
        assert_eq!(causes(&[Session::default()], &[empty]), ["CON003"]);
        assert_eq!(
            causes(
                &[Session::default()],
                &[tenant(None, &[], &["contoso.com"])]
            ),
            ["CON003"]
        );
    }

    #[test]
    fn stays_silent_where_one_does_or_a_disabled_one_matches() {
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[contoso()]).is_empty());
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[]).is_empty());
        let mut disabled = contoso();
        disabled.connectors[0].enabled = Known::Value(false);
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[disabled]).is_empty());
    }
}
