//! TLS failures before any message, and the retries without TLS that follow them.
//!
//! In: sessions. Out: when and why TLS failed, and which sessions may be retries.
//! Must not count.

use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::{Evidence, ProofRow};
use crate::smtp::facts::ProxyPart;
use crate::smtp::view::SessionView;

use super::buckets::{Buckets, Join};
use super::occurrence::TlsState;

/// A session without TLS that begins so soon after a failed negotiation is Exchange's retry.
const RETRY_WITHIN: i64 = 60_000;

/// A failed negotiation that a retry without TLS may follow.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) time: Timestamp,
    /// The flow of the session.
    pub(super) flow: usize,
    pub(super) tls: TlsState,
    /// The row that shows the failure.
    pub(super) row: Evidence,
}

impl Join for Failure {
    /// The latest one stays, which a retry most likely follows.
    fn join(&mut self, other: Failure) {
        if (self.time, other.row.place) < (other.time, self.row.place) {
            *self = other;
        }
    }
}

/// The latest failure that a session retries which began at `start` or within `length`
/// milliseconds from there.
pub(super) fn retried(failures: &Buckets<Failure>, start: i64, length: i64) -> Option<&Failure> {
    let end = start.saturating_add(length);
    let mut before = failures.values().range(..end).rev();
    let (_, latest) = before.find(|(_, failure)| failure.time.millis() < end)?;
    let earliest = start.saturating_sub(RETRY_WITHIN);
    (latest.time.millis() >= earliest).then_some(latest)
}

/// When TLS failed before any message: the failed negotiation, or the end of a session whose other
/// side offered no STARTTLS and to which no MAIL was sent.
pub(super) fn failure_time(session: &SessionView<'_>) -> Option<Timestamp> {
    let tls = session.tls;
    if let Some((time, _)) = &tls.failure {
        return Some(*time);
    }
    let requires_tls = tls.protocol.is_none()
        && !tls.requested
        && session.messages == 0
        && tls.offered == Some(false)
        && session.has_end()
        // A front end's messages are in its hub's log.
        && !matches!(session.proxy, ProxyPart::FrontEnd { .. })
        && !session.refused().any(|rejection| rejection.reply.class().is_incident());
    requires_tls.then_some(session.ended)
}

/// True where a session may retry without TLS what failed with TLS: STARTTLS was offered and not
/// used.
pub(super) fn may_be_retry(session: &SessionView<'_>) -> bool {
    let tls = session.tls;
    tls.offered == Some(true) && !tls.requested && tls.failure.is_none()
}

/// The row that best shows the state of TLS: the proxying, the failed negotiation, the EHLO reply,
/// the other side's certificate.
pub(super) fn background<'a>(session: &SessionView<'a>) -> Option<ProofRow<'a>> {
    match (session.proxy, &session.tls.failure) {
        (ProxyPart::Hub, _) => session.proxy_row,
        (_, Some((_, row))) => Some(row.row()),
        _ if session.tls.protocol.is_none() => session.ehlo,
        _ => session.remote_certificate.map(|shown| shown.row),
    }
}
