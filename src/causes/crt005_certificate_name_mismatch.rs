//! CRT005: connectors ask for a certificate, and this is not it.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::remedy::expect::expect;
use crate::remedy::{on_premises, wording};

declare_rule! {
    /// No inbound connector expects a name that the certificate holds.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors with a certificate name exist, and neither the subject nor
    /// any alternate name of the certificate offered matches one of them.
    ///
    /// ## Why it matters
    /// Mail with this certificate is nobody's.
    ///
    /// ## What to do
    /// Decide which side is right. Either set `TlsSenderCertificateName` of the inbound connector
    /// to a name of the certificate, or let the send connector offer the certificate that the
    /// inbound connector expects.
    CertificateNameMismatch {
        code: "CRT005",
        name: "certificate-name-mismatch",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
    }
}

impl Cause for CertificateNameMismatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        let judgement = context.judgement;
        let named = judgement.active().filter(|view| view.has_name()).count();
        if !context.concerns_our_side() || named == 0 || !judgement.surely_none_matches() {
            return None;
        }
        let expected = context.expected_connector();
        let mut explanation = format!(
            "'{}' offered {} for {}. ",
            context.send_connector(),
            wording::certificate(certificate),
            wording::names(certificate)
        );
        match expected {
            Some(view) => explanation.push_str(&format!(
                "That matches none of the names expected: {} {}.",
                wording::connector(view),
                wording::expectation(view)
            )),
            None => explanation.push_str(&format!(
                "None of the {named} inbound connectors with a certificate name expects that."
            )),
        }
        explanation.push_str(&on_premises::named_otherwise(context));
        let mut finding = Diagnosis::of(&Self::META, explanation)
            .deciding(expected.and_then(CauseContext::deciding));
        if let (Some(view), Some(name)) = (expected, wording::best_name(certificate)) {
            let note = format!(
                "If this certificate is the right one. {}",
                wording::domain_note(view.tenant, &name)
            );
            finding = finding.fix(expect(context, view, &name, &note));
        }
        if let Some(other) = expected.and_then(|view| on_premises::instead(context, view)) {
            return Some(finding.fix(other));
        }
        let command = format!(
            "Get-SendConnector -Identity {} | Format-List TlsCertificateName",
            quote(context.send_connector())
        );
        Some(finding.fix(Fix::command(
            Where::OnPremises,
            command,
            "If the inbound connector is right: shows which certificate the send connector names; set it to the expected one.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::tenant::Known;

    #[test]
    fn fires_where_no_name_matches() {
        let other = tenant(Some("*.fabrikam.com"), &[], &["fabrikam.com"]);
        assert_eq!(
            causes(&[Session::default()], std::slice::from_ref(&other)),
            ["CRT005"]
        );
        let found = findings(&CertificateNameMismatch, &[Session::default()], &[other]);
        assert_eq!(
            found[0]
                .deciding
                .as_ref()
                .map(|found| found.tenant.as_str()),
            Some("contoso.onmicrosoft.com")
        );
    }

    #[test]
    fn stays_silent_where_one_matches_or_may() {
        assert!(
            findings(
                &CertificateNameMismatch,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let mut lost = tenant(Some("*.fabrikam.com"), &[], &["fabrikam.com"]);
        lost.connectors
            .push(crate::scenario::logs::connector("lost", None, &[]));
        lost.connectors[1].tls_sender_certificate_name = Known::Lost;
        assert!(findings(&CertificateNameMismatch, &[Session::default()], &[lost]).is_empty());
    }
}
