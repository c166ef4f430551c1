//! Which certificate a server offered when: unbroken runs of one certificate, so that a certificate
//! that was replaced and came back has two.
//!
//! In: the flows of one server and send connector. Out: [`Run`]s in order of time.
//! Must not decide whether a certificate is right.

use crate::aggregate::course::Stretch;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::input::timestamp::Timestamp;

/// A session without TLS so soon after a failed negotiation is Exchange's retry, in milliseconds.
const RETRY_WITHIN: i64 = 60_000;

/// Sessions in a row that offered the same certificate, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The certificate.
    pub certificate: CertificateId,
    /// The beginning of the first session.
    pub first: Timestamp,
    /// The end of the last session.
    pub last: Timestamp,
    /// How many sessions.
    pub sessions: u64,
    /// The recipients that they delivered to.
    pub accepted: u64,
    /// The recipients that were rejected in them.
    pub rejected: u64,
    /// How many sessions failed without a reply.
    pub died: u64,
    /// Whether its sessions show which certificate the server offers then. They do not if the input does
    /// not show it, if each of them failed before it could offer one, or if they are retries without TLS.
    pub shows_offer: bool,
}

impl Run {
    fn of(certificate: CertificateId, stretch: &Stretch) -> Run {
        let died = stretch.died();
        Run {
            certificate,
            first: stretch.all.first,
            last: stretch.all.last,
            sessions: stretch.all.sessions,
            accepted: stretch.accepted_recipients,
            rejected: stretch.rejected_recipients,
            died,
            shows_offer: match certificate {
                CertificateId::Known(_) => true,
                CertificateId::Absent => died < stretch.all.sessions,
                CertificateId::Unknown => false,
            },
        }
    }

    /// Takes in sessions of the same certificate.
    pub fn extend(&mut self, other: &Run) {
        self.first = self.first.earlier(other.first);
        self.last = self.last.later(other.last);
        self.sessions += other.sessions;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.died += other.died;
        self.shows_offer |= other.shows_offer;
    }
}

/// The runs of these flows. Sessions that do not show what is offered have runs of their own, which
/// break no other run.
pub fn runs<'a>(flows: impl Iterator<Item = &'a Flow>) -> Vec<Run> {
    let mut parts: Vec<(Run, u64)> = flows
        .flat_map(|flow| {
            let stretches = flow.course.stretches();
            stretches.map(|(_, stretch)| {
                let run = Run::of(flow.key.certificate, stretch);
                (run, stretch.failed_in_tls)
            })
        })
        .collect();
    parts.sort_by_key(|(part, _)| (part.first, part.last, part.certificate));
    let mut runs: Vec<Run> = Vec::new();
    // The runs of the part before, and of the one before that shows what is offered.
    let mut previous: Option<usize> = None;
    let mut offered: Option<usize> = None;
    let mut retries_until = i64::MIN;
    for (mut part, failed_in_tls) in parts {
        if part.certificate == CertificateId::Absent {
            part.shows_offer &= part.first.millis() > retries_until;
        } else if failed_in_tls > 0 {
            let until = part.last.millis().saturating_add(RETRY_WITHIN);
            retries_until = retries_until.max(until);
        }
        let same = |at: &usize| runs[*at].certificate == part.certificate;
        let known = previous.filter(same).or(offered.filter(same));
        let at = known.unwrap_or(runs.len());
        match runs.get_mut(at) {
            Some(run) => run.extend(&part),
            None => runs.push(part),
        }
        previous = Some(at);
        if part.shows_offer {
            offered = Some(at);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::logs::{Ending, Session, Starttls, TAKEN, contoso, with_analysis};

    /// The runs as `certificate first-last sessions`, where the certificate is its host name or `-`.
    fn found(sessions: &[Session]) -> Vec<String> {
        let own = OnPremises::default();
        with_analysis(sessions, &[contoso()], &own, |analysis| {
            let flows = analysis.aggregate.flows.iter();
            let text = |run: &Run| {
                let certificate = analysis.certificate(run.certificate);
                let name = certificate.and_then(|found| found.names.first());
                let name = name.map_or("-", String::as_str);
                let clock = |time: Timestamp| time.to_string()[11..16].to_owned();
                let (first, last) = (clock(run.first), clock(run.last));
                format!("{name} {first}-{last} {}", run.sessions)
            };
            runs(flows).iter().map(text).collect()
        })
    }
    fn at(time: &'static str, names: &'static [&'static str]) -> Session {
        Session {
            time,
            names,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    const OLD: &[&str] = &["mail.contoso.com"];
    const NEW: &[&str] = &["ex01.example.org"];

    #[test]
    fn a_certificate_that_comes_back_has_two_runs() {
        let sessions = [
            at("2026-11-03T05:00", OLD),
            at("2026-11-03T03:00", NEW),
            at("2026-11-03T01:00", OLD),
            at("2026-11-03T02:00", OLD),
            at("2026-11-03T04:00", NEW),
        ];
        let runs = [
            "mail.contoso.com 01:00-02:00 2",
            "ex01.example.org 03:00-04:00 2",
            "mail.contoso.com 05:00-05:00 1",
        ];
        assert_eq!(found(&sessions), runs);
    }

    #[test]
    fn sessions_without_a_certificate_are_a_run_too() {
        let sessions = [
            at("2026-11-03T01:00", OLD),
            at("2026-11-03T02:00", &[]),
            at("2026-11-03T03:00", OLD),
        ];
        let runs = [
            "mail.contoso.com 01:00-01:00 1",
            "- 02:00-02:00 1",
            "mail.contoso.com 03:00-03:00 1",
        ];
        assert_eq!(found(&sessions), runs);
    }

    #[test]
    fn sessions_that_show_no_offer_break_no_run() {
        let never_connected = Session {
            mails: Vec::new(),
            ending: Ending::NotConnected,
            ..at("2026-11-03T02:00", &[])
        };
        let failed = Session {
            mails: Vec::new(),
            starttls: Starttls::Failed("NoCredentials"),
            ..at("2026-11-03T04:00", OLD)
        };
        let retry = Session {
            starttls: Starttls::NotUsed,
            ..at("2026-11-03T04:00", &[])
        };
        let sessions = [
            at("2026-11-03T01:00", OLD),
            never_connected,
            at("2026-11-03T03:00", OLD),
            failed,
            retry,
            at("2026-11-03T05:00", OLD),
        ];
        let runs = [
            "mail.contoso.com 01:00-05:00 4",
            "- 02:00-02:00 1",
            "- 04:00-04:00 1",
        ];
        assert_eq!(found(&sessions), runs);
    }
}
