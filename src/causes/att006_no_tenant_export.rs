//! ATT006: there is no export to compare with.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::remedy::wording;

declare_rule! {
    /// Mail is rejected, and no export of inbound connectors was given to compare with.
    ///
    /// ## What it finds
    /// Rejected mail that the log alone does not explain, for example with `550 5.7.64
    /// TenantAttribution; Relay Access Denied` or `Mail received as unauthenticated` (4.4.4,
    /// ATTR5). TLS worked, a certificate was offered, and the certificate was neither self-signed
    /// nor expired.
    ///
    /// ## Why it matters
    /// The log shows what was offered. Only the tenant's connectors show what was expected.
    ///
    /// ## What to do
    /// 1. Export the inbound connectors and accepted domains of the tenant as JSON.
    /// 2. Put the files in the folder of the logs, or give their path with `--tenant`.
    /// 3. Run sendlens again.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - `Get-InboundConnector` and `Get-AcceptedDomain` (reference, Microsoft Learn): they list
    ///   what the tenant expects.
    NoTenantExport {
        code: "ATT006",
        name: "no-tenant-export",
        severity: Error,
        confidence: Low,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
    }
}

impl Cause for NoTenantExport {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.analysis.has_exports() || !context.concerns_our_side() {
            return None;
        }
        let mut explanation = format!(
            "Send connector '{}' offered {}",
            context.send_connector(),
            wording::offered(context)
        );
        if let Some(certificate) = context.certificate() {
            explanation.push_str(&format!(
                ", issued for {}",
                wording::names(context.analysis.language, certificate)
            ));
        }
        explanation.push_str(". Exchange Online rejected its mail. It cannot be determined whether an inbound connector should have matched, because no export of the tenant's inbound connectors was given.");
        if context.has_attr36() {
            explanation.push_str(" The ATTR36 in the reply shows that Exchange Online found a connector, but that neither its domain nor the sender's is an accepted domain of the tenant.");
        }
        Some(
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::inspect(
                    Where::Online,
                    "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
                    "1. Run the command. It writes the file InboundConnector.json. 2. Put this file in the folder of the logs, or give its path with --tenant.",
                ))
                .fix(Fix::inspect(
                    Where::Online,
                    "ConvertTo-Json -InputObject @(Get-AcceptedDomain) -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                    "1. Run this command too. It writes the accepted domains of the same tenant to AcceptedDomain.json. 2. Put this file in the same folder. 3. Run sendlens again.",
                )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_without_exports() {
        let found = findings(&NoTenantExport, &[Session::default()], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].confidence, Confidence::Low);
        assert_eq!(causes(&[Session::default()], &[]), ["ATT006"]);
    }

    #[test]
    fn stays_silent_with_exports() {
        assert!(findings(&NoTenantExport, &[Session::default()], &[contoso()]).is_empty());
    }
}
