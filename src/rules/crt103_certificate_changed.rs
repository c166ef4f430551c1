//! CRT103: a send connector offers another certificate than before.

use super::Entry;
use super::check::{Check, Findings, Observation, Proof};
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::offers::{Offer, offers};
use super::setup::Setup;
use super::words;

entry! {
    /// The certificate that a send connector offers changed in the period of the logs.
    ///
    /// ## What it finds
    /// More than one certificate offered to Exchange Online by one send connector on one stream, with
    /// the times of each. It is no fault by itself.
    ///
    /// ## Why it matters
    /// Most refusals begin with such a change: the time of the change is the first thing to know.
    ///
    /// ## What to do
    /// If mail is refused since then, see the incidents. Before the next renewal, ask
    /// `sendlens preflight`.
    CertificateChanged, "CRT103", "certificate-changed", Info, High
}

impl Check for CertificateChanged {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        let Some(study) = setup.logs else {
            return;
        };
        for history in offers(study) {
            if history.offers.len() < 2 {
                continue;
            }
            let steps: Vec<String> = history.offers.iter().map(step).collect();
            let message = format!(
                "'{}' on {} offered {} certificates: {}.",
                history.send_connector,
                history.stream_name,
                history.offers.len(),
                steps.join("; ")
            );
            let mut observation = Observation::of(&Self::ENTRY, history.send_connector, message)
                .count(history.offers.len() as u64 - 1)
                .fix(Fix::command(
                    Where::OnPremises,
                    format!(
                        "Get-SendConnector -Identity {} | Format-List Name,TlsCertificateName",
                        quote(history.send_connector)
                    ),
                    "Shows which certificate it is meant to offer.",
                ));
            for offer in &history.offers {
                if let Some(row) = offer.evidence {
                    observation = observation.proof(Proof::Log(row.clone()));
                }
            }
            findings.add(observation);
        }
    }
}

fn step(offer: &Offer<'_>) -> String {
    format!(
        "{} from {} to {}",
        words::certificate(offer.certificate),
        offer.first.rfc3339().unwrap_or_default(),
        offer.last.rfc3339().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::rules::scenario::Session;
    use crate::rules::scenario_setup::of_logs;

    fn found(sessions: &[Session]) -> Vec<Observation> {
        of_logs(&CertificateChanged, sessions, &[], &OnPremises::default()).observations
    }

    #[test]
    fn fires_on_a_renewal_with_the_times_of_both() {
        let found = found(&[
            Session::default(),
            Session {
                time: "2026-11-03T05:00",
                names: &["smtp.contoso.net"],
                ..Session::default()
            },
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].proof.len()), (1, 2));
        let first = found[0].message.find("mail.contoso.com").unwrap();
        assert!(found[0].message[first..].contains("smtp.contoso.net"));
        assert!(found[0].message.contains("from 2026-11-03T05:00"));
    }

    #[test]
    fn stays_silent_on_one_certificate_and_on_another_server_with_another() {
        assert!(found(&[Session::default(), Session::default()]).is_empty());
        let other = Session {
            stream: "EX02",
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        assert!(found(&[Session::default(), other]).is_empty());
    }
}
