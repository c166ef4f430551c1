//! TLS failures before any message, and the retries without TLS that follow them.
//!
//! In: facts of a session. Out: when and why TLS failed, and the failure that a session retries.
//! Must not count.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::evidence::Evidence;
use crate::smtp::facts::{ProxyPart, SessionFacts};

use super::occurrence::TlsState;

/// A session without TLS this soon after a failed negotiation is Exchange's retry.
const RETRY_WITHIN: i64 = 60_000;

/// A failed negotiation that a retry without TLS may follow.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) time: Timestamp,
    pub(super) lane: usize,
    pub(super) tls: TlsState,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) background: Option<Evidence>,
}

/// The recent failures of one stream and send connector, by time.
#[derive(Debug, Default)]
pub(super) struct Failures(BTreeMap<Timestamp, Failure>);

/// Failures kept for one stream and send connector: those of a chunk and of the hours before it.
const MOST_KEPT: usize = 20_000;

impl Failures {
    /// Remembers a failure; the oldest ones are forgotten.
    pub(super) fn push(&mut self, failure: Failure) {
        self.0.entry(failure.time).or_insert(failure);
        if self.0.len() > MOST_KEPT {
            self.0.pop_first();
        }
    }

    /// The latest failure that a session beginning at this time retries.
    pub(super) fn retried_at(&self, started: Timestamp) -> Option<&Failure> {
        let earliest =
            Timestamp::from_millis(started.known()?.millis().saturating_sub(RETRY_WITHIN));
        self.0
            .range(earliest..=started)
            .next_back()
            .map(|(_, failure)| failure)
    }
}

/// When TLS failed before any message: the failed negotiation, or the end of a session whose other
/// side offered no STARTTLS and to which no MAIL was sent.
pub(super) fn failure_time(facts: &SessionFacts) -> Option<Timestamp> {
    let talk = &facts.talk;
    if let Some((time, _)) = &talk.tls.failure {
        return Some(*time);
    }
    let requires_tls = talk.tls.protocol.is_none()
        && !talk.tls.requested
        && talk.messages == 0
        && talk.tls.offered == Some(false)
        && facts.frame.has_end()
        && !talk.rejections.iter().any(|rejection| rejection.refusal.class().is_incident())
        // A front end's messages are in its hub's log.
        && !matches!(talk.proxy, ProxyPart::FrontEnd { .. });
    requires_tls.then_some(facts.frame.ended)
}

/// The row that best shows why: the proxying, the failed negotiation, the EHLO reply.
pub(super) fn background(facts: &SessionFacts) -> Option<&Evidence> {
    let talk = &facts.talk;
    match &talk.proxy {
        ProxyPart::Hub => talk.proxy_evidence.as_ref(),
        _ if talk.tls.failure.is_some() => talk.tls.failure.as_ref().map(|(_, row)| row),
        _ if talk.tls.protocol.is_none() => talk.tls.ehlo.as_ref(),
        _ => talk
            .remote_certificate
            .as_ref()
            .map(|remote| &remote.evidence),
    }
}
