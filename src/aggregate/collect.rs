//! Sessions go in one by one, counts come out.
//!
//! In: sessions in a fixed order. Out: an [`Aggregate`].
//! Must not keep a session beyond its hub or front-end half.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Offered;
use crate::smtp::facts::{Evidence, ProxyPart, Rejection, SessionFacts};
use crate::smtp::reply::Refusal;

use super::activity::Activity;
use super::certificates::CertificateNumbers;
use super::failure::{Failure, Failures, background, failure_time};
use super::intern::Name;
use super::lane::CertificateId;
use super::lane_numbers::LaneNumbers;
use super::occurrence::{Kind, Occurrence, OccurrenceKey, Placement, SenderKind, TlsState};
use super::proxy::{self, FrontEnds};
use super::tally::{Tally, TallyCertificate};
use super::totals::{self, Aggregate};

/// Distinct texts of other rejections that are kept apart; the rest is counted under one entry.
const MOST_OTHER_TEXTS: usize = 1_000;

/// Occurrences that keep rows as proof: with ten thousands of sender domains the first ones do.
const MOST_WITH_EVIDENCE: usize = 10_000;

/// Builds an [`Aggregate`].
#[derive(Debug, Default)]
pub struct Collector {
    aggregate: Aggregate,
    lane_numbers: LaneNumbers,
    occurrence_numbers: FxHashMap<OccurrenceKey, usize>,
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

    /// Adds the routine sessions of a chunk of this stream.
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
        for lane in tally.lanes {
            let certificate = match &lane.certificate {
                TallyCertificate::Known(offered) => self
                    .certificates
                    .number(&offered.certificate, &mut self.aggregate.certificates),
                TallyCertificate::Absent => CertificateId::Absent,
                TallyCertificate::Unknown => CertificateId::Unknown,
            };
            self.lane_numbers
                .add(&mut self.aggregate, stream, certificate, lane);
        }
    }

    fn remember_failure(&mut self, facts: &SessionFacts, place: &Placement, time: Timestamp) {
        let connector = self.aggregate.lanes[place.lane].key.connector;
        let failures = self.failures.entry((facts.stream, connector)).or_default();
        failures.push(Failure {
            time,
            lane: place.lane,
            tls: place.tls,
            certificate: place.certificate.clone(),
            background: place.background.clone(),
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
        let in_lane = facts.talk.exchange_online || matches!(certificate, CertificateId::Known(_));
        if !in_lane {
            facts
                .talk
                .rejections
                .iter()
                .for_each(|rejection| self.other(&rejection.refusal));
            return;
        }
        let tls = self.tls_state(&facts, frontend_missing);
        let failure_time =
            failure_time(&facts).filter(|_| !frontend_missing && facts.talk.exchange_online);
        let failed = failure_time.is_some();
        let lane = self
            .lane_numbers
            .count(&mut self.aggregate, &facts, certificate, failed);
        if !facts.talk.exchange_online {
            facts
                .talk
                .rejections
                .iter()
                .for_each(|rejection| self.other(&rejection.refusal));
            return;
        }
        let mut place = placement(&facts, lane, tls, frontend_missing);
        if !frontend_missing && is_plain(&facts) {
            self.follow_failure(&facts, &mut place);
        }
        let mut in_session = Vec::new();
        if let Some(time) = failure_time {
            in_session.push(self.tls_failure(&facts, &place, time));
        }
        self.rejections(&facts.talk.rejections, &place, &mut in_session);
        totals::count_set(&mut self.aggregate.session_sets, in_session);
    }

    fn rejections(
        &mut self,
        rejections: &[Rejection],
        place: &Placement,
        in_session: &mut Vec<usize>,
    ) {
        let mut by_message: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for rejection in rejections {
            let class = rejection.refusal.class();
            if !class.is_incident() {
                self.other(&rejection.refusal);
                continue;
            }
            self.aggregate.rejections += 1;
            let names = &mut self.aggregate.names;
            let kind = Kind::Reply {
                code: rejection.refusal.code,
                enhanced: rejection.refusal.enhanced,
                attr: rejection
                    .refusal
                    .attr
                    .as_deref()
                    .map(|attr| names.name(attr)),
                sentence: names.name(shortened(rejection.refusal.sentence())),
                class,
            };
            let sender = match rejection.sender.as_deref() {
                None => SenderKind::Unknown,
                Some("") => SenderKind::Null,
                Some(sender) => SenderKind::Domain(self.lane_numbers.sender_domain(names, sender)),
            };
            let at = self.occurrence(place, kind, sender, rejection.time, &rejection.evidence);
            in_session.push(at);
            if let Some(message) = rejection.message {
                by_message.entry(message).or_default().push(at);
            }
        }
        for set in by_message.into_values() {
            totals::count_set(&mut self.aggregate.message_sets, set);
        }
    }

    fn tls_failure(&mut self, facts: &SessionFacts, place: &Placement, time: Timestamp) -> usize {
        let tls = &facts.talk.tls;
        let evidence = tls
            .failure
            .as_ref()
            .map(|(_, row)| row)
            .or(tls.ehlo.as_ref());
        let evidence = evidence.cloned();
        if tls.failure.is_some() {
            self.remember_failure(facts, place, time);
        }
        let at = self.occurrence_number(place, Kind::TlsFailure, SenderKind::Unknown, time);
        self.aggregate.occurrences[at].record(time, evidence.as_ref());
        at
    }

    /// The failed negotiation of the same stream and send connector that a session retries.
    fn failure_before(&self, facts: &SessionFacts) -> Option<&Failure> {
        let connector = self.aggregate.names.known(facts.connector())?;
        let failures = self.failures.get(&(facts.stream, connector))?;
        failures.retried_at(facts.frame.started)
    }

    /// A session without TLS within a minute of a failed negotiation belongs to that failure.
    fn follow_failure(&self, facts: &SessionFacts, place: &mut Placement) {
        let followed = self.failure_before(facts);
        if let Some(failure) = followed {
            place.lane = failure.lane;
            place.tls = failure.tls;
            place.certificate = failure.certificate.clone();
            place.background = failure.background.clone();
            place.follows_failure = true;
        }
    }

    fn occurrence(
        &mut self,
        place: &Placement,
        kind: Kind,
        sender: SenderKind,
        time: Timestamp,
        evidence: &Evidence,
    ) -> usize {
        let at = self.occurrence_number(place, kind, sender, time);
        let evidence = Some(evidence).filter(|_| at < MOST_WITH_EVIDENCE);
        self.aggregate.occurrences[at].record(time, evidence);
        at
    }

    fn occurrence_number(
        &mut self,
        place: &Placement,
        kind: Kind,
        sender: SenderKind,
        time: Timestamp,
    ) -> usize {
        let key = place.key(kind, sender, time);
        let occurrences = &mut self.aggregate.occurrences;
        *self.occurrence_numbers.entry(key).or_insert_with(|| {
            occurrences.push(Occurrence::new(key, place.background.clone()));
            occurrences.len() - 1
        })
    }

    fn other(&mut self, refusal: &Refusal) {
        self.aggregate.rejections += 1;
        let others = &mut self.aggregate.other_rejections;
        let mut key = (
            refusal.code,
            refusal.enhanced,
            Box::from(shortened(refusal.sentence())),
        );
        if others.len() >= MOST_OTHER_TEXTS && !others.contains_key(&key) {
            key.2 = "(further texts)".into();
        }
        *others.entry(key).or_default() += 1;
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
        let names = &mut self.aggregate.names;
        let tls = &facts.talk.tls;
        let remote = facts.talk.remote_certificate.as_ref();
        TlsState {
            offered: tls.offered,
            masked: tls.masked,
            requested: tls.requested,
            negotiated: tls.protocol.is_some(),
            error: tls.error.as_deref().map(|error| names.name(error)),
            remote_issuer: remote
                .and_then(|remote| remote.certificate.issuer.as_deref())
                .map(|issuer| names.name(issuer)),
        }
    }
}

fn placement(
    facts: &SessionFacts,
    lane: usize,
    tls: TlsState,
    frontend_missing: bool,
) -> Placement {
    let certificate = facts.talk.certificate.as_ref();
    Placement {
        lane,
        tls,
        start_missing: !facts.has_start(),
        frontend_missing,
        follows_failure: false,
        certificate: certificate.map(|offered| Arc::clone(&offered.certificate)),
        background: background(facts),
    }
}

/// STARTTLS was offered and not used.
fn is_plain(facts: &SessionFacts) -> bool {
    let talk = &facts.talk;
    talk.exchange_online && talk.tls.offered == Some(true) && !talk.tls.requested
}

/// A sentence as long as a report can show.
fn shortened(sentence: &str) -> &str {
    let end = sentence
        .char_indices()
        .nth(300)
        .map_or(sentence.len(), |(at, _)| at);
    &sentence[..end]
}
