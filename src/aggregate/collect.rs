//! Sessions go in, in any order, and parts that were counted elsewhere.
//!
//! In: sessions. Out: an [`Aggregate`] of them.
//! Must not compare sessions with each other: what depends on other sessions waits until all have
//! come.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;
use crate::session::Session;
use crate::smtp::digest::SmtpDigest;
use crate::smtp::evidence::ProofRow;
use crate::smtp::view::SessionView;
use crate::smtp::watch::Watch;

use super::activity::Activity;
use super::buckets::Buckets;
use super::certificates::Certificates;
use super::course::STRETCHES;
use super::domains::Domains;
use super::failure::{Failed, Failure, background, may_be_retry, tls_failure_row};
use super::flow::{CertificateId, FlowKey, Flows, StreamConnector};
use super::half::Half;
use super::halves::Halves;
use super::intern::Interner;
use super::limits::{LIMITS, Limits, LongSessions};
use super::occurrence::{Kind, Placement, Step, TlsState};
use super::occurrences::Occurrences;

/// What is kept of a part of all sessions: a worker fills one for each chunk, and they merge into
/// one of everything.
#[derive(Debug, Clone)]
pub struct Aggregate {
    pub(super) limits: &'static Limits,
    pub(super) names: Interner,
    pub(super) domains: Domains,
    pub(super) certificates: Certificates,
    pub(super) flows: Flows,
    /// The flows of sessions before the period asked for: what was offered then explains what is
    /// rejected now.
    pub(super) earlier: Flows,
    pub(super) occurrences: Occurrences,
    /// The failed negotiations that a retry may follow.
    pub(super) failures: BTreeMap<StreamConnector, Buckets<Failure>>,
    /// When the sessions began that may be such a retry.
    pub(super) retries: BTreeMap<StreamConnector, Buckets<()>>,
    /// When sessions ended that were dropped or not connected.
    pub(super) drops: BTreeMap<StreamConnector, Buckets<()>>,
    pub(super) halves: Halves,
    pub(super) sessions: u64,
    pub(super) sessions_left_out: u64,
    pub(super) exchange_online_sessions: u64,
    pub(super) sessions_by_stream: BTreeMap<usize, u64>,
    pub(super) activity: BTreeMap<usize, Activity>,
    pub(super) long_sessions: LongSessions,
}

impl Default for Aggregate {
    fn default() -> Aggregate {
        Aggregate::new(&LIMITS)
    }
}

impl Aggregate {
    /// An aggregate of no sessions.
    pub(super) fn new(limits: &'static Limits) -> Aggregate {
        Aggregate {
            limits,
            names: Interner::default(),
            domains: Domains::default(),
            certificates: Certificates::default(),
            flows: Flows::default(),
            earlier: Flows::default(),
            occurrences: Occurrences::new(limits),
            failures: BTreeMap::new(),
            retries: BTreeMap::new(),
            drops: BTreeMap::new(),
            halves: Halves::default(),
            sessions: 0,
            sessions_left_out: 0,
            exchange_online_sessions: 0,
            sessions_by_stream: BTreeMap::new(),
            activity: BTreeMap::new(),
            long_sessions: LongSessions::default(),
        }
    }

    /// Counts a session of this stream.
    pub fn add<W: Watch>(&mut self, stream: usize, session: &Session<SmtpDigest<W>>) {
        let view = session.digest.view(&session.frame);
        self.note(stream, session, &view);
        if view.proxy.is_half() {
            self.halves.keep(Half::of(stream, &view));
        } else {
            self.count(Seen::at(stream), &view);
        }
    }

    /// Counts a session that is not asked for. Of one before the period, the certificate is kept.
    pub fn leave_out<W: Watch>(
        &mut self,
        stream: usize,
        session: &Session<SmtpDigest<W>>,
        why: LeftOut,
    ) {
        let view = session.digest.view(&session.frame);
        self.note(stream, session, &view);
        self.sessions_left_out += 1;
        match why {
            LeftOut::Earlier if view.proxy.is_half() => {
                self.halves.keep(Half::of(stream, &view).earlier());
            }
            LeftOut::Earlier => self.count_earlier(Seen::at(stream), &view),
            LeftOut::NotAskedFor => {}
        }
    }

    /// Keeps what a session before the period asked for has offered.
    pub(super) fn count_earlier(&mut self, seen: Seen, session: &SessionView<'_>) {
        let certificate = self.certificate(session, false);
        if matches!(certificate, CertificateId::Known(_)) {
            let key = self.key(seen, session, certificate);
            let flow = self.earlier.number(key);
            let (names, domains) = (&mut self.names, &mut self.domains);
            self.earlier.flow(flow).count(names, domains, session, None);
        }
    }

    /// Counts what is counted of every session.
    fn note<W: Watch>(
        &mut self,
        stream: usize,
        session: &Session<SmtpDigest<W>>,
        view: &SessionView<'_>,
    ) {
        self.sessions += 1;
        self.exchange_online_sessions += u64::from(view.is_with_exchange_online());
        *self.sessions_by_stream.entry(stream).or_default() += 1;
        let activity = self.activity.entry(stream).or_default();
        activity.session(&session.frame);
    }

    /// Counts what was said in a session.
    pub(super) fn count(&mut self, seen: Seen, session: &SessionView<'_>) {
        let frontend_missing = seen.front_end == FrontEnd::Missing;
        let certificate = self.certificate(session, frontend_missing);
        let failed = Failed::of(session).filter(|_| !frontend_missing);
        let key = self.key(seen, session, certificate);
        let flow = self.flows.number(key);
        let (names, domains) = (&mut self.names, &mut self.domains);
        self.flows.flow(flow).count(names, domains, session, failed);
        self.long_sessions.rejections += session.rejections_left_out();
        self.long_sessions.accepted += session.accepted_left_out;
        // Whether the other side is Exchange Online may depend on other sessions and on exports.
        if failed.is_some() || session.is_rejected() {
            self.count_occurrences(&key, flow, session, failed, frontend_missing);
        }
    }

    fn key(
        &mut self,
        seen: Seen,
        session: &SessionView<'_>,
        certificate: CertificateId,
    ) -> FlowKey {
        FlowKey {
            stream: seen.stream,
            front_end: match seen.front_end {
                FrontEnd::At(stream) => Some(stream),
                FrontEnd::Missing | FrontEnd::None => None,
            },
            connector: self.names.name(session.connector),
            certificate,
            source: session.source_address.map(|text| self.names.name(text)),
            peer: session.peer,
        }
    }

    fn count_occurrences(
        &mut self,
        key: &FlowKey,
        flow: usize,
        session: &SessionView<'_>,
        failed: Option<Failed>,
        frontend_missing: bool,
    ) {
        let tls = if frontend_missing {
            TlsState::default()
        } else {
            let remote = session.remote_certificate.map(|shown| &**shown.certificate);
            TlsState::of(&mut self.names, session.tls, remote)
        };
        let sender = (key.stream, key.connector);
        if let (Some(Failed::Tls(time)), Some(row)) = (failed, tls_failure_row(session)) {
            self.remember_failure(sender, time, flow, tls, row);
        }
        let (kind, time) = match failed {
            None => (None, Timestamp::UNKNOWN),
            Some(Failed::Tls(time)) => (Some(Kind::TlsFailure), time),
            Some(Failed::Dropped(time)) => (Some(Kind::Dropped(Step::of(session))), time),
            Some(Failed::NotConnected(time)) => (Some(Kind::NotConnected), time),
        };
        let moment = match failed {
            Some(Failed::Dropped(_) | Failed::NotConnected(_)) => self.drop(sender, session.ended),
            _ if frontend_missing => None,
            _ => self.retry(sender, session),
        };
        let certificate = session.certificate.filter(|_| !frontend_missing);
        let place = Placement {
            flow,
            tls,
            start_missing: !session.has_start(),
            frontend_missing,
            moment,
            certificate: certificate.map(|shown| &**shown.certificate),
            peer: session.peer,
            background: background(session),
        };
        let row = failed.and_then(|failed| failed.row(session));
        let failure = kind.map(|kind| (kind, time, row));
        let (names, domains) = (&mut self.names, &mut self.domains);
        let refused = session.refused();
        let others = &mut self.flows.flow(flow).other_rejections;
        self.occurrences
            .session(names, domains, &place, failure, refused, others);
        self.limit_rows();
    }

    fn certificate(&mut self, session: &SessionView<'_>, frontend_missing: bool) -> CertificateId {
        match session.certificate {
            _ if frontend_missing => CertificateId::Unknown,
            Some(shown) => CertificateId::Known(self.certificates.number(shown.certificate)),
            None if session.offered_none() => CertificateId::Absent,
            None => CertificateId::Unknown,
        }
    }

    fn remember_failure(
        &mut self,
        sender: StreamConnector,
        time: Timestamp,
        flow: usize,
        tls: TlsState,
        row: ProofRow<'_>,
    ) {
        let Some(known) = time.known() else {
            return;
        };
        let failure = Failure {
            time,
            flow,
            tls,
            row: row.evidence(),
        };
        let moments = &self.limits.moments;
        let failures = self.failures.entry(sender);
        let failures = failures.or_insert_with(|| Buckets::new(moments));
        failures.add(known.millis(), failure);
    }

    /// Where a session may retry a failed negotiation: when it began, as a bucket.
    fn retry(&mut self, sender: StreamConnector, session: &SessionView<'_>) -> Option<i64> {
        let started = session.started.known()?.millis();
        let asks = |reply: &crate::smtp::reply::RejectionReply<'_>| reply.class().is_incident();
        if !may_be_retry(session) || !session.refused().any(|one| asks(&one.reply)) {
            return None;
        }
        let moments = &self.limits.moments;
        let retries = self.retries.entry(sender);
        let retries = retries.or_insert_with(|| Buckets::new(moments));
        let (start, is_coarser) = bucket(retries, started);
        if is_coarser {
            self.coarsen_moments();
        }
        Some(start)
    }

    /// When a session ended that was dropped or not connected, as a stretch of time.
    fn drop(&mut self, sender: StreamConnector, ended: Timestamp) -> Option<i64> {
        let ended = ended.known()?.millis();
        let drops = self.drops.entry(sender);
        let drops = drops.or_insert_with(|| Buckets::new(&STRETCHES));
        let (start, is_coarser) = bucket(drops, ended);
        if is_coarser {
            self.coarsen_moments();
        }
        Some(start)
    }

    /// Brings the moments of the occurrences to the lengths that are in use.
    pub(super) fn coarsen_moments(&mut self) {
        let (flows, retries, drops) = (&self.flows, &self.retries, &self.drops);
        self.occurrences.change(|one| {
            let flow = flows.list()[one.occurrence.key.flow].key;
            one.coarsen((flow.stream, flow.connector), retries, drops);
        });
    }
}

/// Notes a time. Gives the beginning of its bucket, and whether the buckets became longer.
fn bucket(buckets: &mut Buckets<()>, time: i64) -> (i64, bool) {
    let step = buckets.step();
    buckets.add(time, ());
    (buckets.start(time), buckets.step() > step)
}

/// Where a session was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The stream, of the hub if it was proxied.
    pub(super) stream: usize,
    pub(super) front_end: FrontEnd,
}

impl Seen {
    /// A session that was not proxied, or half of one that was.
    pub(super) fn at(stream: usize) -> Seen {
        Seen {
            stream,
            front_end: FrontEnd::None,
        }
    }
}

/// The front end that carried a session on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrontEnd {
    /// None did.
    None,
    /// One of this stream.
    At(usize),
    /// Its half is not in the input.
    Missing,
}

/// Why a session is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// It ended before the period asked for.
    Earlier,
    /// It began after that period, or its send connector is not asked for.
    NotAskedFor,
}

#[cfg(test)]
#[path = "aggregate_tests.rs"]
mod tests;
