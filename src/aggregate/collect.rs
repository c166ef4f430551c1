//! Sessions go in one by one, counts come out.
//!
//! In: sessions in a fixed order. Out: an [`Aggregate`].
//! Must not keep a session beyond its hub or front-end half.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Offered;
use crate::smtp::evidence::{Evidence, ProofRow};
use crate::smtp::facts::{ProxyPart, SessionFacts};
use crate::smtp::refusals::Rejection;

use super::activity::Activity;
use super::certificates::CertificateNumbers;
use super::domains::Domains;
use super::failure::{Failure, Failures, background, failure_time};
use super::intern::Name;
use super::lane::CertificateId;
use super::lane_numbers::LaneNumbers;
use super::occurrence::{Placement, TlsState};
use super::occurrences::{Occurrences, Translation};
use super::proxy::{self, FrontEnds};
use super::tally::{Tally, TallyCertificate};
use super::totals::Aggregate;

/// Builds an [`Aggregate`].
#[derive(Debug, Default)]
pub struct Collector {
    aggregate: Aggregate,
    lane_numbers: LaneNumbers,
    domains: Domains,
    occurrences: Occurrences,
    certificates: CertificateNumbers,
    failures: FxHashMap<(usize, Name), Failures>,
    front_ends: FrontEnds,
    waiting_hubs: Vec<SessionFacts>,
    servers: Vec<Option<String>>,
    front_ends_alone: FrontEndsAlone,
}

/// What to do with front-end sessions whose hub half is not in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrontEndsAlone {
    /// Count them under their own send connector.
    #[default]
    Count,
    /// Leave them out: only some send connectors or times are asked for.
    LeaveOut,
}

impl Collector {
    /// A collector that knows the server of each stream, where the paths show it.
    pub fn new(servers: Vec<Option<String>>, front_ends_alone: FrontEndsAlone) -> Collector {
        Collector {
            servers,
            front_ends_alone,
            ..Collector::default()
        }
    }

    /// Counts a session that is outside the period or connectors asked for.
    pub fn count_only(&mut self, facts: &SessionFacts) {
        self.aggregate.sessions += 1;
        *self
            .aggregate
            .sessions_by_stream
            .entry(facts.stream)
            .or_default() += 1;
        self.aggregate.exchange_online_sessions += u64::from(facts.talk.exchange_online);
        let activity = self.aggregate.activity.entry(facts.stream).or_default();
        activity.session(&facts.frame);
    }

    /// Takes a session.
    pub fn session(&mut self, facts: SessionFacts) {
        self.count_only(&facts);
        match facts.talk.proxy {
            ProxyPart::FrontEnd { .. } => self.front_ends.keep(facts),
            ProxyPart::Hub => match self.front_half(&facts) {
                Some(front) => self.join(facts, front),
                None => self.waiting_hubs.push(facts),
            },
            ProxyPart::None | ProxyPart::Inbound => self.take(facts, false),
        }
    }

    /// Learns of a session whose TLS has failed before it ends, because its retry without TLS may
    /// end first, and because it may never end.
    pub fn foresee(&mut self, facts: &SessionFacts) {
        let Some(time) = failure_time(facts) else {
            return;
        };
        if facts.talk.exchange_online && facts.talk.proxy == ProxyPart::None {
            let certificate = self.certificate(facts, false);
            let tls = self.tls_state(facts, false);
            let lane = self
                .lane_numbers
                .number(&mut self.aggregate, facts, certificate);
            let place = placement(facts, lane, tls, false);
            self.remember_failure(facts, &place, time);
        }
    }

    /// Adds the sessions of a chunk of this stream that a worker has counted.
    pub fn tally(&mut self, stream: usize, tally: Tally) {
        if tally.sessions == 0 {
            return;
        }
        let aggregate = &mut self.aggregate;
        aggregate.sessions += tally.sessions;
        *aggregate.sessions_by_stream.entry(stream).or_default() += tally.sessions;
        aggregate.exchange_online_sessions += tally.exchange_online_sessions;
        let activity = aggregate.activity.entry(stream).or_default();
        activity.merge(tally.activity);
        let mut lanes = Vec::with_capacity(tally.lanes.len());
        for lane in &tally.lanes {
            let certificate = match &lane.certificate {
                TallyCertificate::Known(offered) => self
                    .certificates
                    .number(&offered.certificate, &mut self.aggregate.certificates),
                TallyCertificate::Absent => CertificateId::Absent,
                TallyCertificate::Unknown => CertificateId::Unknown,
            };
            let (aggregate, domains) = (&mut self.aggregate, &mut self.domains);
            let numbers = &mut self.lane_numbers;
            lanes.push(numbers.add(aggregate, domains, stream, certificate, lane));
        }
        let mut translation = Translation {
            names: &mut self.aggregate.names,
            from: &tally.names,
            lanes: &lanes,
        };
        self.occurrences.merge(tally.occurrences, &mut translation);
    }

    fn remember_failure(&mut self, facts: &SessionFacts, place: &Placement<'_>, time: Timestamp) {
        let connector = self.aggregate.lanes[place.lane].key.connector;
        let failures = self.failures.entry((facts.stream, connector)).or_default();
        failures.push(Failure {
            time,
            lane: place.lane,
            tls: place.tls,
            certificate: place.certificate.clone(),
            background: place.background.map(ProofRow::evidence),
        });
    }

    fn front_half(&mut self, hub: &SessionFacts) -> Option<SessionFacts> {
        let server = self.servers.get(hub.stream).and_then(Option::as_deref);
        self.front_ends.take(hub, server)
    }

    /// All sessions have been taken.
    pub fn finish(mut self) -> Aggregate {
        for hub in std::mem::take(&mut self.waiting_hubs) {
            match self.front_half(&hub) {
                Some(front) => self.join(hub, front),
                None => self.take(hub, true),
            }
        }
        for front in self.front_ends.rest() {
            match self.front_ends_alone {
                FrontEndsAlone::Count => self.take(front, false),
                FrontEndsAlone::LeaveOut => {}
            }
        }
        let activities = self.aggregate.activity.values_mut();
        activities.for_each(Activity::settle);
        self.occurrences.settle(&mut self.aggregate);
        self.aggregate
    }

    fn join(&mut self, hub: SessionFacts, front: SessionFacts) {
        // A hub session that only its front end shows to be Exchange Online's was not counted.
        let late = front.talk.exchange_online && !hub.talk.exchange_online;
        self.aggregate.exchange_online_sessions += u64::from(late);
        self.take(proxy::joined(hub, front), false);
    }

    fn take(&mut self, facts: SessionFacts, frontend_missing: bool) {
        let certificate = self.certificate(&facts, frontend_missing);
        let talk = &facts.talk;
        let refusals = talk.rejections.iter().map(Rejection::refused);
        let in_lane = talk.exchange_online || matches!(certificate, CertificateId::Known(_));
        if !in_lane {
            return self.occurrences.others(&mut self.aggregate.names, refusals);
        }
        let tls = self.tls_state(&facts, frontend_missing);
        let failure_time =
            failure_time(&facts).filter(|_| !frontend_missing && talk.exchange_online);
        let failed = failure_time.is_some();
        let (aggregate, domains) = (&mut self.aggregate, &mut self.domains);
        let lanes = &mut self.lane_numbers;
        let lane = lanes.count(aggregate, domains, &facts, certificate, failed);
        if !talk.exchange_online {
            return self.occurrences.others(&mut self.aggregate.names, refusals);
        }
        let mut place = placement(&facts, lane, tls, frontend_missing);
        let followed = (!frontend_missing && is_plain(&facts)).then(|| self.failure_before(&facts));
        let followed = followed.flatten().cloned();
        if let Some(failure) = &followed {
            follow(&mut place, failure);
        }
        if let Some(time) = failure_time.filter(|_| talk.tls.failure.is_some()) {
            self.remember_failure(&facts, &place, time);
        }
        let failed_row = talk.tls.failure.as_ref().map(|(_, row)| row);
        let failed_row = failed_row.or(talk.tls.ehlo.as_ref()).map(Evidence::row);
        let failure = failure_time.map(|time| (time, failed_row));
        let (names, domains) = (&mut self.aggregate.names, &mut self.domains);
        let occurrences = &mut self.occurrences;
        occurrences.session(names, domains, &place, failure, refusals);
    }

    /// The failed negotiation of the same stream and send connector that a session retries.
    fn failure_before(&self, facts: &SessionFacts) -> Option<&Failure> {
        let connector = self.aggregate.names.known(facts.connector())?;
        let failures = self.failures.get(&(facts.stream, connector))?;
        failures.retried_at(facts.frame.started)
    }

    fn certificate(&mut self, facts: &SessionFacts, frontend_missing: bool) -> CertificateId {
        if frontend_missing {
            return CertificateId::Unknown;
        }
        match &facts.talk.certificate {
            Some(Offered { certificate, .. }) => self
                .certificates
                .number(certificate, &mut self.aggregate.certificates),
            None if facts.offered_none() => CertificateId::Absent,
            None => CertificateId::Unknown,
        }
    }

    fn tls_state(&mut self, facts: &SessionFacts, frontend_missing: bool) -> TlsState {
        if frontend_missing {
            return TlsState::default();
        }
        let remote = facts.talk.remote_certificate.as_ref();
        let remote = remote.map(|remote| &*remote.certificate);
        TlsState::of(&mut self.aggregate.names, &facts.talk.tls, remote)
    }
}

fn placement(
    facts: &SessionFacts,
    lane: usize,
    tls: TlsState,
    frontend_missing: bool,
) -> Placement<'_> {
    let certificate = facts.talk.certificate.as_ref();
    Placement {
        lane,
        tls,
        start_missing: !facts.has_start(),
        frontend_missing,
        follows_failure: false,
        certificate: certificate.map(|offered| Arc::clone(&offered.certificate)),
        background: background(facts).map(Evidence::row),
    }
}

/// A session without TLS within a minute of a failed negotiation belongs to that failure.
fn follow<'a>(place: &mut Placement<'a>, failure: &'a Failure) {
    place.lane = failure.lane;
    place.tls = failure.tls;
    place.certificate = failure.certificate.clone();
    place.background = failure.background.as_ref().map(Evidence::row);
    place.follows_failure = true;
}

/// STARTTLS was offered and not used.
fn is_plain(facts: &SessionFacts) -> bool {
    let talk = &facts.talk;
    talk.exchange_online && talk.tls.offered == Some(true) && !talk.tls.requested
}
