//! CRT103: a send connector offers a different certificate than before.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::offers::{OfferPeriod, offers};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::stream_place;
use crate::remedy::command::quote;
use crate::remedy::wording;

declare_rule! {
    /// The certificate that a send connector offers changed during the period of the logs.
    ///
    /// ## What it finds
    /// A send connector that offered more than one certificate to Exchange Online on one stream,
    /// with the time in which it offered each of them. This is not a fault by itself.
    ///
    /// ## Why it matters
    /// Most rejections begin with such a change. The time of the change is the first thing to
    /// know.
    ///
    /// ## What to do
    /// - If mail has been rejected since the change, read the incidents in the report.
    /// - Before the next renewal, run `sendlens preflight` with the new certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    CertificateChanged {
        code: "CRT103",
        name: "certificate-changed",
        severity: Info,
        confidence: High,
        needs: [SendLogs],
        proof: LogRows,
    }
}

impl Check for CertificateChanged {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        for history in offers(analysis) {
            if history.offers.len() < 2 {
                continue;
            }
            let steps: Vec<String> = history.offers.iter().map(step).collect();
            let message = format!(
                "Send connector '{}' {} offered {} certificates: {}.",
                history.send_connector,
                stream_place(history.stream_name),
                history.offers.len(),
                steps.join("; ")
            );
            let mut observation = Finding::of(&Self::META, history.send_connector, message)
                .count(history.offers.len() as u64 - 1)
                .fix(Fix::inspect(
                    Where::OnPremises,
                    format!(
                        "Get-SendConnector -Identity {} | Format-List Name,TlsCertificateName",
                        quote(history.send_connector)
                    ),
                    "This shows which certificate the send connector is configured to offer. If no mail is rejected, you do not have to do anything.",
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

fn step(offer: &OfferPeriod<'_>) -> String {
    format!(
        "{} from {} to {}",
        wording::certificate(offer.certificate),
        offer.first.rfc3339().unwrap_or_default(),
        offer.last.rfc3339().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_logs;
    use crate::scenario::logs::Session;

    fn found(sessions: &[Session]) -> Vec<Finding> {
        of_logs(&CertificateChanged, sessions, &[], &OnPremises::default()).findings
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
