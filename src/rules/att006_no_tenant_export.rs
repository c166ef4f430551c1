//! ATT006: nothing to compare with.

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where};
use super::{Confidence, Entry, Finding, Rule, words};

entry! {
    /// Mail is refused, and no export of inbound connectors was given to compare with.
    ///
    /// ## What it finds
    /// Refusals that the log alone does not explain: TLS worked, a certificate was offered, and it
    /// was neither self-signed nor expired.
    ///
    /// ## Why it matters
    /// The log shows what was offered; only the tenant's connectors show what was expected.
    ///
    /// ## What to do
    /// Export the inbound connectors and accepted domains of the tenant as JSON into the folder
    /// given, or name them with `--tenant`, and run again.
    NoTenantExport, "ATT006", "no-tenant-export", Error, Low
}

impl Rule for NoTenantExport {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn only_alone(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        if case.study.has_exports() || !case.concerns_our_side() {
            return None;
        }
        let mut explanation = format!(
            "'{}' offered {}",
            case.send_connector(),
            words::offered(case)
        );
        if let Some(certificate) = case.certificate() {
            explanation.push_str(&format!(" for {}", words::names(certificate)));
        }
        explanation.push_str(" and was refused. Whether an inbound connector should have matched cannot be said: no export of the tenant's inbound connectors was given.");
        Some(
            Finding::of(&Self::ENTRY, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::command(
                    Where::Online,
                    "Get-InboundConnector | ConvertTo-Json -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
                    "Put the file into the folder given, or name it with --tenant.",
                ))
                .fix(Fix::command(
                    Where::Online,
                    "Get-AcceptedDomain | ConvertTo-Json -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                    "The accepted domains of the same tenant.",
                )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings};

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
