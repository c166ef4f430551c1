//! CON005: only an undocumented kind of match speaks for the certificate.

use crate::attribution::name_match;

use super::case::Case;
use super::entry::entry;
use super::fix;
use super::{Entry, Finding, Rule, words};

entry! {
    /// The certificate fits an inbound connector only in a way that is not documented.
    ///
    /// ## What it finds
    /// No connector surely matches, and one does by an uncertain row of the wildcard table: for
    /// instance a connector for `mail.contoso.com` and a certificate for `*.contoso.com`.
    ///
    /// ## Why it matters
    /// Whether Exchange Online takes it may change without notice; these refusals suggest that it
    /// does not.
    ///
    /// ## What to do
    /// Set the connector to exactly the name that the certificate holds.
    UncertainCertificateMatch, "CON005", "uncertain-certificate-match", Error, Medium
}

impl Rule for UncertainCertificateMatch {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let judgement = case.judgement;
        let certificate = case.certificate()?;
        if !case.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.active().find(|view| view.is_uncertain())?;
        let found = view.name_match.as_ref()?;
        let explanation = format!(
            "'{}' offered {} for {}; {} {}. {}. These refusals suggest that Exchange Online does not take it.",
            case.send_connector(),
            words::certificate(certificate),
            words::names(certificate),
            words::connector(view),
            words::expectation(view),
            words::capitalised(name_match::row_note(found.row)),
        );
        let finding = Finding::of(&Self::ENTRY, explanation).deciding(Case::deciding(view));
        if found.name.is_empty() {
            return Some(finding);
        }
        let note = format!(
            "Sets the connector to a name that the certificate holds. {}",
            words::domain_note(view.tenant, &found.name)
        );
        Some(finding.fix(fix::expect_name(&view.connector.name, &found.name, &note)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings};

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
