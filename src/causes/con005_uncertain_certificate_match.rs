//! CON005: the certificate matches only in an undocumented way.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::expect::expect;
use crate::remedy::{wizard, wording};

declare_rule! {
    /// The certificate matches an inbound connector only in a way that Microsoft does not document.
    ///
    /// ## What it finds
    /// No connector certainly matches. One connector matches by an uncertain row of the wildcard
    /// table, for instance a connector for `mail.contoso.com` and a certificate for
    /// `*.contoso.com`.
    ///
    /// ## Why it matters
    /// Exchange Online may start or stop accepting such a match without notice. The rejected mail
    /// suggests that it does not accept it.
    ///
    /// ## What to do
    /// Set the connector to exactly the name that the certificate holds.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `TlsSenderCertificateName` is a host
    ///   name or a wildcard with a domain; how the two compare beyond the plain cases is not
    ///   described.
    /// - The uncertain rows are inferred from how names in certificates are compared elsewhere (RFC
    ///   6125), and from what administrators report.
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    UncertainCertificateMatch {
        code: "CON005",
        name: "uncertain-certificate-match",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
    }
}

impl Cause for UncertainCertificateMatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.active().find(|view| view.is_uncertain())?;
        let found = view.name_match.as_ref()?;
        let explanation = format!(
            "Send connector '{}' offered {}, issued for {}. However, {} {}. {}. The rejected mail suggests that Exchange Online does not accept this match.",
            context.send_connector(),
            wording::certificate(context.analysis.language, certificate),
            wording::names(context.analysis.language, certificate),
            wording::connector(context.analysis.language, view),
            wording::expectation(context.analysis.language, view),
            wording::capitalised(&found.row.note(context.analysis.language)),
        );
        let finding =
            Diagnosis::of(&Self::META, explanation).deciding(CauseContext::deciding(view));
        if found.name.is_empty() {
            return Some(finding);
        }
        let note = format!(
            "The command sets the connector to a name that the certificate holds. {}",
            wording::domain_note(context.analysis.language, view.tenant, &found.name)
        );
        let mut finding = finding.fix(expect(context, view, &found.name, &note));
        let wizard = wizard::offered_beside(context, view, finding.fix.first());
        finding.fix.extend(wizard);
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_on_a_host_against_a_wildcard_certificate() {
        let wildcard = [Session {
            names: &["*.contoso.com"],
            ..Session::default()
        }];
        assert_eq!(causes(&wildcard, &[contoso()]), ["CON005"]);
    }

    #[test]
    fn stays_silent_on_a_sure_match_and_on_none() {
        assert!(
            findings(
                &UncertainCertificateMatch,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let other = [Session {
            names: &["mail.fabrikam.com"],
            ..Session::default()
        }];
        assert!(findings(&UncertainCertificateMatch, &other, &[contoso()]).is_empty());
    }
}
