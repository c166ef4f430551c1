//! DOM002: the address is right, the sender's domain is not.

use crate::attribution::simulation::Sender;

use super::case::Case;
use super::entry::entry;
use super::fix::{self, Fix};
use super::{Confidence, Entry, Finding, Rule, words};

entry! {
    /// The mail is identified by its address, and the sender's domain is not accepted.
    ///
    /// ## What it finds
    /// No certificate matches, an inbound connector lists the address, and the domain of MAIL FROM
    /// is no accepted domain of that connector's tenant.
    ///
    /// ## Why it matters
    /// An address alone attributes only mail of accepted domains: forwarded mail, newsletters in
    /// another name and the like are refused.
    ///
    /// ## What to do
    /// Identify by a certificate whose domain is accepted: then any sender may relay. Or add the
    /// sender's domain, if it is yours, to the accepted domains.
    SenderDomainNotAccepted, "DOM002", "sender-domain-not-accepted", Error, High
}

impl Rule for SenderDomainNotAccepted {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        if !case.is_unattributed() || case.judgement.active().any(|view| view.matches_by_name()) {
            return None;
        }
        let listing: Vec<_> = case
            .judgement
            .active()
            .filter(|view| view.matches_by_address())
            .collect();
        let view = *listing.first()?;
        // ATTR36 itself proves that the domain is not accepted.
        let refused =
            |accepted: Option<bool>| accepted.map_or(case.has_attr36(), |accepted| !accepted);
        if !listing
            .iter()
            .all(|view| refused(case.sender_accepted(view.tenant)))
        {
            return None;
        }
        let proven = case.sender_accepted(view.tenant).is_some();
        let sender = match case.sender() {
            Sender::Domain(domain) => format!("the sender's domain '{domain}'"),
            _ => "the null sender <>".to_owned(),
        };
        let explanation = format!(
            "'{}' is identified by its address {}, which {} lists, but {sender} is not an accepted domain of {}.",
            case.send_connector(),
            case.source_text(),
            words::connector(view),
            view.tenant.name,
        );
        let name = case.certificate().and_then(words::best_name);
        let finding = Finding::of(&Self::ENTRY, explanation)
            .confidence(if proven {
                Confidence::High
            } else {
                Confidence::Medium
            })
            .deciding(Case::deciding(view));
        Some(match name {
            Some(name) => finding.fix(fix::expect_name(
                &view.connector.name,
                &name,
                &format!(
                    "Identifies by the certificate that is offered already: then any sender may relay. {}",
                    words::domain_note(view.tenant, &name)
                ),
            )),
            None => finding.fix(Fix::step("Let the send connector offer a certificate, and identify by its name.")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{DENIED, Session, causes, contoso, findings, tenant};

    fn from(sender: &'static str) -> [Session; 1] {
        [Session {
            mails: vec![(sender, DENIED)],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_on_a_foreign_sender_behind_a_listed_address() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert_eq!(causes(&from("a@example.net"), &[by_address]), ["DOM002"]);
    }

    #[test]
    fn stays_silent_on_an_accepted_sender_and_on_certificates() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@contoso.com"),
                &[by_address]
            )
            .is_empty()
        );
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@example.net"),
                &[contoso()]
            )
            .is_empty()
        );
    }
}
