//! ATT001: everything visible is right.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::remedy::wording;

declare_rule! {
    /// Mail is refused although everything that the logs and exports show is right.
    ///
    /// ## What it finds
    /// Refusals that no other entry explains: a connector matches, or the exports lack what would
    /// decide.
    ///
    /// ## Why it matters
    /// The log shows what was offered, not what was accepted. What remains is outside it: the
    /// server did not send the certificate chain (KB 3212877), a change has not spread yet, the
    /// exports are of another tenant, or another tenant claims the same certificate.
    ///
    /// ## What to do
    /// Check in this order: intermediate certificates on every sending server; the exports are of
    /// the tenant that should take the mail; an hour has passed since the last change; then open a
    /// case with Microsoft with one refused message's bracketed server and session id.
    RejectedDespiteMatch {
        code: "ATT001",
        name: "rejected-despite-match",
        severity: Error,
        confidence: Low,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        precedence: Alone,
    }
}

impl Cause for RejectedDespiteMatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let lost: Vec<String> = context
            .judgement
            .views
            .iter()
            .filter(|view| view.may_match())
            .map(|view| {
                format!(
                    "'{}' ({})",
                    view.connector.name,
                    view.connector.lost_fields().join(", ")
                )
            })
            .collect();
        let matching = context.judgement.matching().next();
        let mut explanation = format!(
            "'{}' offered {} and failed. ",
            context.send_connector(),
            wording::offered(context)
        );
        match matching {
            Some(view) => explanation.push_str(&format!(
                "{} matches, and nothing visible speaks against it: the server may not send its certificate chain (KB 3212877), a change may not have spread, or another tenant may claim the certificate.",
                wording::capitalised(&wording::connector(view))
            )),
            None => explanation.push_str("What the logs and exports show does not explain it."),
        }
        if !lost.is_empty() {
            explanation.push_str(&format!(
                " Cannot tell for inbound connector {}: the export lost these values; export as JSON.",
                lost.join(" and ")
            ));
        }
        if matching.is_some_and(|view| view.tenant.domains.is_none()) {
            explanation.push_str(" Whether the domain is accepted cannot be told: no export of the accepted domains was given.");
        }
        let finding = Diagnosis::of(&Self::META, explanation)
            .confidence(Confidence::Low)
            .deciding(matching.and_then(CauseContext::deciding));
        let thumbprint = context
            .certificate()
            .and_then(|found| found.thumbprint.as_deref());
        Some(match thumbprint {
            Some(thumbprint) => finding.fix(Fix::inspect(
                Where::OnPremises,
                format!("Get-ExchangeCertificate -Thumbprint {} | Format-List Status,RootCAType,Services", crate::remedy::command::quote(thumbprint)),
                "Run on every sending server: the chain must be complete there, intermediate certificates included.",
            )),
            None => finding.fix(Fix::step("Check that the exports are of the tenant that should take the mail.")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::tenant::Known;

    #[test]
    fn fires_where_nothing_else_does() {
        assert_eq!(causes(&[Session::default()], &[contoso()]), ["ATT001"]);
        let found = findings(&RejectedDespiteMatch, &[Session::default()], &[contoso()]);
        assert_eq!(
            found[0]
                .deciding
                .as_ref()
                .and_then(|found| found.connector.as_deref()),
            Some("Inbound from contoso")
        );
    }

    #[test]
    fn names_what_an_export_lost() {
        let mut lost = tenant(Some("x.example.org"), &[], &["contoso.com"]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        assert_eq!(causes(&[Session::default()], &[lost.clone()]), ["ATT001"]);
        let found = findings(&RejectedDespiteMatch, &[Session::default()], &[lost]);
        assert!(
            found[0].explanation.contains("export as JSON"),
            "{}",
            found[0].explanation
        );
    }

    #[test]
    fn stays_silent_behind_any_other_cause() {
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_ne!(causes(&[Session::default()], &[other]), ["ATT001"]);
    }
}
