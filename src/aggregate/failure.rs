//! TLS failures before any message, and the retries without TLS that follow them.
//!
//! In: facts of a session. Out: when and why TLS failed, and the failure that a session retries.
//! Must not count.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::{Evidence, ProxyPart, SessionFacts};

use super::occurrence::TlsState;

/// A session without TLS this soon after a failed negotiation is Exchange's retry.
const RETRY_WITHIN: i64 = 60_000;

/// A failed negotiation that a retry without TLS may follow.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) time: Timestamp,
    pub(super) lane: usize,
    pub(super) tls: TlsState,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) background: Option<Evidence>,
}

/// The recent failures of one stream and send connector.
#[derive(Debug, Default)]
pub(super) struct Failures(VecDeque<Failure>);

impl Failures {
    /// Remembers a failure, and forgets those that no retry can follow any more.
    pub(super) fn push(&mut self, failure: Failure) {
        let time = failure.time;
        self.0.push_back(failure);
        let too_old = |old: &Failure| {
            time.since(old.time)
                .is_some_and(|age| age > 10 * RETRY_WITHIN)
        };
        while self.0.front().is_some_and(too_old) {
            self.0.pop_front();
        }
    }

    /// The latest failure that a session beginning at this time retries.
    pub(super) fn retried_at(&self, started: Timestamp) -> Option<&Failure> {
        self.0.iter().rev().find(|failure| {
            started
                .since(failure.time)
                .is_some_and(|after| (0..=RETRY_WITHIN).contains(&after))
        })
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
pub(super) fn background(facts: &SessionFacts) -> Option<Evidence> {
    let talk = &facts.talk;
    match &talk.proxy {
        ProxyPart::Hub => talk.proxy_evidence.clone(),
        _ if talk.tls.failure.is_some() => talk.tls.failure.as_ref().map(|(_, row)| row.clone()),
        _ if talk.tls.protocol.is_none() => talk.tls.ehlo.clone(),
        _ => talk
            .remote_certificate
            .as_ref()
            .map(|remote| remote.evidence.clone()),
    }
}
