//! CON003: nothing could match.

use crate::tenant::ConnectorType;

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::{Deciding, Entry, Finding, Rule, words};

entry! {
    /// No tenant given has an enabled OnPremises connector that identifies anybody.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector has a certificate name or an address, and no disabled or
    /// Partner connector matches what was offered.
    ///
    /// ## Why it matters
    /// Without such a connector all mail that leaves Microsoft 365 again is refused.
    ///
    /// ## What to do
    /// Make an inbound connector of type OnPremises with the certificate's name. Check first that
    /// the exports are of the right tenant.
    NoOnpremisesConnector, "CON003", "no-onpremises-connector", Error, High
}

impl Rule for NoOnpremisesConnector {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let judgement = case.judgement;
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
        if !case.concerns_our_side() || !case.study.has_exports() || identifies || others || lost {
            return None;
        }
        let tenants: Vec<&str> = case
            .study
            .tenants
            .iter()
            .map(|tenant| tenant.name.as_str())
            .collect();
        let explanation = format!(
            "'{}' offered {}, but no enabled OnPremises inbound connector of {} has a certificate name or an address.",
            case.send_connector(),
            words::offered(case),
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
        let name = case.certificate().and_then(words::best_name);
        let command = format!(
            "New-InboundConnector -Name 'Inbound from on-premises' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -CloudServicesMailEnabled $true -TlsSenderCertificateName {}",
            name.as_deref()
                .map_or("'<name of the certificate>'".to_owned(), quote)
        );
        Some(Finding::of(&Self::ENTRY, explanation).deciding(only).fix(Fix::command(
            Where::Online,
            command,
            "First check that the exports are of the tenant that should take the mail; the name's domain must be accepted there.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings, tenant};
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
