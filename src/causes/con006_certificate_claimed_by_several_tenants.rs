//! CON006: the connectors of two tenants match the same certificate.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::wording;

declare_rule! {
    /// Connectors of two tenants match the same certificate.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors of at least two of the given tenants match the certificate
    /// that was offered, and mail was rejected, for example with `550 5.7.64`.
    ///
    /// ## Why it matters
    /// Exchange Online attributes the mail to the tenant whose connector is the most exact: a host
    /// name comes before a wildcard, and a longer wildcard before a shorter one. Only connectors
    /// whose domain is accepted in their own tenant compete. If two names are equally exact, the
    /// result is not documented. For the other tenant, the mail is foreign: it is rejected, or
    /// taken as ordinary incoming mail.
    ///
    /// ## What to do
    /// Give each tenant a certificate and a certificate name of its own.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): each tenant needs a client certificate and a send
    ///   connector of its own.
    /// - Microsoft's articles on attribution, such as "Office 365 Message Attribution" (Exchange
    ///   Team, 2019-07-11): of several connectors that match, the most exact one counts.
    /// - The ranking of host names and wildcards is inferred from "most exact".
    CertificateClaimedBySeveralTenants {
        code: "CON006",
        name: "certificate-claimed-by-several-tenants",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
    }
}

impl Cause for CertificateClaimedBySeveralTenants {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.concerns_our_side() {
            return None;
        }
        let mut matching = context
            .judgement
            .active()
            .filter(|view| view.matches_by_name());
        let first = matching.next()?;
        let second = matching.find(|view| view.tenant.name != first.tenant.name)?;
        let explanation = format!(
            "Send connector '{}' offered {}. This certificate matches both {} and {}. Microsoft does not document to which tenant Exchange Online attributes the mail.",
            context.send_connector(),
            wording::offered(context),
            wording::connector(first),
            wording::connector(second),
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(
            "1. Give each tenant its own certificate name. 2. Use one send connector for each tenant, and let it offer the certificate of that tenant.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};
    use crate::tenant::Tenant;

    #[test]
    fn fires_where_two_tenants_match() {
        let other = Tenant {
            name: "fabrikam.onmicrosoft.com".to_owned(),
            ..contoso()
        };
        assert_eq!(
            causes(&[Session::default()], &[contoso(), other]),
            ["CON006"]
        );
    }

    #[test]
    fn stays_silent_where_one_does() {
        assert!(
            findings(
                &CertificateClaimedBySeveralTenants,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }
}
