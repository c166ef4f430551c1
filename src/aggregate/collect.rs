//! Sessions go in, in any order, and parts that were counted elsewhere.
//!
//! In: sessions. Out: an [`Aggregate`] of them.
//! Must not compare sessions with each other: what depends on other sessions waits until all have
//! come.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;
use crate::session::Session;
use crate::smtp::digest::SmtpDigest;
use crate::smtp::evidence::Evidence;
use crate::smtp::view::SessionView;

use super::activity::Activity;
use super::buckets::Buckets;
use super::certificates::Certificates;
use super::domains::Domains;
use super::failure::{Failure, background, failure_time, may_be_retry};
use super::flow::{CertificateId, FlowKey, Flows};
use super::halves::{Half, Halves};
use super::intern::{Interner, Name};
use super::limits::{LIMITS, Limits};
use super::occurrence::{Placement, TlsState};
use super::occurrences::Occurrences;

/// A stream and a send connector.
pub(super) type StreamConnector = (usize, Name);

/// What is kept of a part of all sessions: a worker fills one for each chunk, and they merge into
/// one of everything.
#[derive(Debug)]
pub struct Aggregate {
    pub(super) limits: &'static Limits,
    pub(super) names: Interner,
    pub(super) domains: Domains,
    pub(super) certificates: Certificates,
    pub(super) flows: Flows,
    pub(super) occurrences: Occurrences,
    /// The failed negotiations that a retry may follow.
    pub(super) failures: BTreeMap<StreamConnector, Buckets<Failure>>,
    /// When the sessions began that may be such a retry.
    pub(super) retries: BTreeMap<StreamConnector, Buckets<()>>,
    pub(super) halves: Halves,
    pub(super) sessions: u64,
    pub(super) sessions_left_out: u64,
    pub(super) exchange_online_sessions: u64,
    pub(super) sessions_by_stream: BTreeMap<usize, u64>,
    pub(super) activity: BTreeMap<usize, Activity>,
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
            occurrences: Occurrences::new(limits),
            failures: BTreeMap::new(),
            retries: BTreeMap::new(),
            halves: Halves::default(),
            sessions: 0,
            sessions_left_out: 0,
            exchange_online_sessions: 0,
            sessions_by_stream: BTreeMap::new(),
            activity: BTreeMap::new(),
        }
    }

    /// Counts a session of this stream.
    pub fn add(&mut self, stream: usize, session: &Session<SmtpDigest>) {
        let view = session.digest.view(&session.frame);
        self.note(stream, session, &view);
        if view.proxy.is_half() {
            self.halves.keep(Half::of(stream, &view));
        } else {
            self.count(stream, &view, false);
        }
    }

    /// Counts a session that is outside the period or connectors asked for.
    pub fn leave_out(&mut self, stream: usize, session: &Session<SmtpDigest>) {
        let view = session.digest.view(&session.frame);
        self.note(stream, session, &view);
        self.sessions_left_out += 1;
    }

    /// Counts what is counted of every session.
    fn note(&mut self, stream: usize, session: &Session<SmtpDigest>, view: &SessionView<'_>) {
        self.sessions += 1;
        self.exchange_online_sessions += u64::from(view.exchange_online);
        *self.sessions_by_stream.entry(stream).or_default() += 1;
        let activity = self.activity.entry(stream).or_default();
        activity.session(&session.frame);
    }

    /// Counts what was said in a session; `frontend_missing` for a hub session whose front-end
    /// half is not in the input.
    pub(super) fn count(
        &mut self,
        stream: usize,
        session: &SessionView<'_>,
        frontend_missing: bool,
    ) {
        let certificate = self.certificate(session, frontend_missing);
        if !session.exchange_online && !matches!(certificate, CertificateId::Known(_)) {
            return self.occurrences.others(session.refused());
        }
        let failure_time = failure_time(session);
        let failure_time = failure_time.filter(|_| session.exchange_online && !frontend_missing);
        let key = FlowKey {
            stream,
            connector: self.names.name(session.connector),
            certificate,
            source: session.source_address.map(|text| self.names.name(text)),
            exchange_online: session.exchange_online,
        };
        let flow = self.flows.number(key);
        let (names, domains) = (&mut self.names, &mut self.domains);
        let failed = failure_time.is_some();
        self.flows.flow(flow).count(names, domains, session, failed);
        // Only rejections of Exchange Online ask for a cause.
        if !session.exchange_online {
            return self.occurrences.others(session.refused());
        }
        if failed || session.is_rejected() {
            self.count_occurrences(&key, flow, session, failure_time, frontend_missing);
        }
    }

    fn count_occurrences(
        &mut self,
        key: &FlowKey,
        flow: usize,
        session: &SessionView<'_>,
        failure_time: Option<Timestamp>,
        frontend_missing: bool,
    ) {
        let tls = if frontend_missing {
            TlsState::default()
        } else {
            let remote = session.remote_certificate.map(|shown| &**shown.certificate);
            TlsState::of(&mut self.names, session.tls, remote)
        };
        let sender = (key.stream, key.connector);
        let failed_row = session.tls.failure.as_ref().map(|(_, row)| row);
        if let (Some(time), Some(row)) = (failure_time, failed_row) {
            self.remember_failure(sender, time, flow, tls, row);
        }
        let retry = if frontend_missing {
            None
        } else {
            self.retry(sender, session)
        };
        let certificate = session.certificate.filter(|_| !frontend_missing);
        let place = Placement {
            flow,
            tls,
            start_missing: !session.has_start(),
            frontend_missing,
            retry,
            certificate: certificate.map(|shown| &**shown.certificate),
            background: background(session),
        };
        let failed_row = failed_row.map(Evidence::row).or(session.ehlo);
        let failure = failure_time.map(|time| (time, failed_row));
        let (names, domains) = (&mut self.names, &mut self.domains);
        let refused = session.refused();
        self.occurrences
            .session(names, domains, &place, failure, refused);
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
        row: &Evidence,
    ) {
        let Some(known) = time.known() else {
            return;
        };
        let failure = Failure {
            time,
            flow,
            tls,
            row: row.clone(),
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
        let step = retries.step();
        retries.add(started, ());
        let start = retries.start(started);
        if retries.step() > step {
            self.coarsen_retries();
        }
        Some(start)
    }

    /// Brings the occurrences to the lengths that are in use.
    pub(super) fn coarsen_retries(&mut self) {
        let (flows, retries) = (&self.flows, &self.retries);
        self.occurrences.change(|one| {
            let flow = flows.list()[one.occurrence.key.flow].key;
            if let (Some(start), Some(retries)) =
                (&mut one.retry, retries.get(&(flow.stream, flow.connector)))
            {
                *start = retries.start(*start);
            }
        });
    }
}

#[cfg(test)]
#[path = "aggregate_tests.rs"]
mod tests;
