//! Which certificate a server offered when: unbroken runs of one certificate, so that a certificate
//! that was replaced and came back has two.
//!
//! In: the flows of one server and send connector. Out: [`Run`]s in order of time.
//! Must not decide whether a certificate is right.

use crate::aggregate::course::Stretch;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::input::timestamp::Timestamp;

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
}

impl Run {
    fn of(certificate: CertificateId, stretch: &Stretch) -> Run {
        Run {
            certificate,
            first: stretch.all.first,
            last: stretch.all.last,
            sessions: stretch.all.sessions,
            accepted: stretch.accepted_recipients,
            rejected: stretch.rejected_recipients,
            died: stretch.died(),
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
    }

    /// Whether its sessions show which certificate the server offers then. They do not if the input does
    /// not show it, or if each of them failed before it could offer one.
    pub fn shows_offer(&self) -> bool {
        match self.certificate {
            CertificateId::Known(_) => true,
            CertificateId::Absent => self.died < self.sessions,
            CertificateId::Unknown => false,
        }
    }
}

/// The runs of these flows. Sessions that do not show what is offered have runs of their own, which
/// break no other run.
pub fn runs<'a>(flows: impl Iterator<Item = &'a Flow>) -> Vec<Run> {
    let mut parts: Vec<Run> = flows
        .flat_map(|flow| {
            let stretches = flow.course.stretches();
            stretches.map(|(_, stretch)| Run::of(flow.key.certificate, stretch))
        })
        .collect();
    parts.sort_by_key(|part| (part.first, part.last, part.certificate));
    let mut runs: Vec<Run> = Vec::new();
    let mut offered: Option<usize> = None;
    for part in parts {
        let shows_offer = part.shows_offer();
        let end = runs.len().checked_sub(1);
        let same = |at: &usize| runs[*at].certificate == part.certificate;
        let known = end.filter(same).or(offered.filter(same));
        let at = known.unwrap_or(runs.len());
        match runs.get_mut(at) {
            Some(run) => run.extend(&part),
            None => runs.push(part),
        }
        if shows_offer {
            offered = Some(at);
        }
    }
    runs
}
