//! Failures without a reply: of TLS before any message, sessions that were dropped, connections that
//! did not come about. And the retries without TLS that follow a failure of TLS.
//!
//! In: sessions. Out: when and how one failed, and which sessions may be retries.
//! Must not count. Whether dropped sessions need a cause depends on others, so it is not decided here.

use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::{Evidence, ProofRow};
use crate::smtp::facts::{Distrust, ProxyPart};
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

/// How a session failed without a reply, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// TLS failed before any message.
    Tls(Timestamp),
    /// It was dropped.
    Dropped(Timestamp),
    /// No connection came about.
    NotConnected(Timestamp),
}

impl Failed {
    /// How this session failed, if it did.
    pub(super) fn of(session: &SessionView<'_>) -> Option<Failed> {
        if let Some((time, _)) = session.not_connected {
            return Some(Failed::NotConnected(time));
        }
        let tls = tls_failure_time(session).map(Failed::Tls);
        tls.or_else(|| {
            session
                .is_dropped()
                .then_some(Failed::Dropped(session.ended))
        })
    }

    /// The row that shows it.
    pub(super) fn row<'a>(self, session: &SessionView<'a>) -> Option<ProofRow<'a>> {
        match self {
            Failed::Tls(_) => tls_failure_row(session).or(session.ehlo),
            Failed::Dropped(_) => session.end_row,
            Failed::NotConnected(_) => session.not_connected.map(|(_, row)| row),
        }
    }
}

/// The row of the failed negotiation, or the one in which our side refuses the other certificate.
pub(super) fn tls_failure_row<'a>(session: &SessionView<'a>) -> Option<ProofRow<'a>> {
    let tls = session.tls;
    let failure = tls.failure.as_ref().map(|(_, row)| row.row());
    failure.or_else(|| distrust(session).map(|distrust| distrust.row.row()))
}

/// Our side has refused the certificate of the other side, and sent no mail because of it.
fn distrust<'a>(session: &SessionView<'a>) -> Option<&'a Distrust> {
    let distrust = session.tls.distrust.as_ref();
    distrust.filter(|_| session.messages == 0)
}

/// When TLS failed before any message: the failed negotiation, the refusal of the other side's
/// certificate, or the end of a session whose other side offered no STARTTLS and to which no MAIL
/// was sent.
fn tls_failure_time(session: &SessionView<'_>) -> Option<Timestamp> {
    let tls = session.tls;
    if let Some((time, _)) = &tls.failure {
        return Some(*time);
    }
    if let Some(distrust) = distrust(session) {
        return Some(distrust.time);
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
    match (session.proxy, tls_failure_row(session)) {
        (ProxyPart::Hub, _) => session.proxy_row,
        (_, Some(row)) => Some(row),
        _ if session.tls.protocol.is_none() => session.ehlo,
        _ => session.remote_certificate.map(|shown| shown.row),
    }
}
