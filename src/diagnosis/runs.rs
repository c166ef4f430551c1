//! Which certificate a server offered when: unbroken runs of one certificate, so that a certificate
//! that was replaced and came back has two.
//!
//! In: the flows of one stream and send connector. Out: [`Run`]s in order of time.
//! Must not decide whether a certificate is right.

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
    /// How many of them delivered something.
    pub taken: u64,
}

/// The runs of these flows. Sessions whose certificate the input does not show belong to no run.
pub fn runs<'a>(flows: impl Iterator<Item = &'a Flow>) -> Vec<Run> {
    let mut parts: Vec<Run> = flows
        .filter(|flow| flow.key.certificate != CertificateId::Unknown)
        .flat_map(|flow| {
            flow.course.stretches().map(|(_, stretch)| Run {
                certificate: flow.key.certificate,
                first: stretch.all.first,
                last: stretch.all.last,
                sessions: stretch.all.sessions,
                taken: stretch.taken.sessions,
            })
        })
        .collect();
    parts.sort_by_key(|part| (part.first, part.last, part.certificate));
    let mut runs: Vec<Run> = Vec::new();
    for part in parts {
        match runs.last_mut() {
            Some(run) if run.certificate == part.certificate => {
                run.last = run.last.later(part.last);
                run.sessions += part.sessions;
                run.taken += part.taken;
            }
            _ => runs.push(part),
        }
    }
    runs
}
