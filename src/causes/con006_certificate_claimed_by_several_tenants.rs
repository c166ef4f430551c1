//! CON006: the connectors of two tenants match the same certificate.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::check_context::Inbound;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::{exactness, wording};

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
        step: InboundConnector,
    }
}

impl Cause for CertificateClaimedBySeveralTenants {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.concerns_our_side() {
            return None;
        }
        let matching = context.judgement.active();
        let matching: Vec<_> = matching.filter(|view| view.matches_by_name()).collect();
        let first = matching.first()?;
        let mut others = matching.iter();
        let second = others.find(|view| view.tenant.name != first.tenant.name)?;
        let connectors: Vec<Inbound<'_>> = matching
            .iter()
            .map(|view| (view.tenant, view.connector))
            .collect();
        let explanation = format!(
            "Send connector '{}' offered {}. This certificate matches both {} and {}. {}",
            context.send_connector(),
            wording::offered(context),
            wording::connector(context.analysis.language, first),
            wording::connector(context.analysis.language, second),
            exactness::sentence(context.analysis.language, &connectors),
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(
            "Give each tenant a name and a certificate of its own. For the tenant that gets the certificate with the new name: 1. Get a certificate whose name no connector of the other tenant matches. Its domain must be an accepted domain of this tenant. 2. Add an inbound connector that expects this name, and wait an hour. 3. Use one send connector for each tenant, and let the one for this tenant offer the new certificate. 4. When no server offers the old certificate to this tenant any more, disable the old connector. In this order, no more mail is rejected than today.",
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
