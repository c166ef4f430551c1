//! Sessions go in one by one, counts come out.
//!
//! In: sessions in a fixed order. Out: an [`Aggregate`].
//! Must not keep a session beyond its hub or front-end half.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::{Certificate, Offered};
use crate::smtp::facts::{Evidence, ProxyPart, Rejection, SessionFacts};
use crate::smtp::host;
use crate::smtp::reply::{Enhanced, Refusal};

use super::intern::{Interner, Name};
use super::lane::{CertificateId, Lane, LaneKey};
use super::occurrence::{
    EVIDENCE_ROWS, Kind, Occurrence, OccurrenceKey, SenderKind, TlsState, Validity,
};
use super::proxy::{self, FrontEnds};

/// Distinct texts of other rejections that are kept apart; the rest is counted under one entry.
const MOST_OTHER_TEXTS: usize = 1_000;

/// A session without TLS this soon after a failed negotiation is Exchange's retry.
const RETRY_WITHIN: i64 = 60_000;

/// A rejection that asks for no cause: code, enhanced code and sentence.
pub type OtherKey = (u16, Option<Enhanced>, Box<str>);

/// What is known of all sessions.
#[derive(Debug, Default)]
pub struct Aggregate {
    /// All strings.
    pub names: Interner,
    /// The distinct certificates offered, in order of first sight.
    pub certificates: Vec<Arc<Certificate>>,
    /// The lanes, in order of first sight.
    pub lanes: Vec<Lane>,
    /// The occurrences, in order of first sight.
    pub occurrences: Vec<Occurrence>,
    /// Per distinct set of occurrences that one session has: how many sessions have it.
    pub session_sets: BTreeMap<Vec<usize>, u64>,
    /// Likewise for messages.
    pub message_sets: BTreeMap<Vec<usize>, u64>,
    /// Rejections that ask for no cause.
    pub other_rejections: BTreeMap<OtherKey, u64>,
    /// All 4xx and 5xx replies.
    pub rejections: u64,
    /// All sessions.
    pub sessions: u64,
    /// Sessions to Exchange Online.
    pub exchange_online_sessions: u64,
    /// All sessions by stream.
    pub sessions_by_stream: BTreeMap<usize, u64>,
    /// Sessions by [`crate::session::Completeness`], cut ones at the border of the input included.
    pub cut_sessions: u64,
}

/// A failed negotiation that a retry without TLS may follow.
#[derive(Debug)]
struct Failure {
    time: Timestamp,
    lane: usize,
    tls: TlsState,
    certificate: Option<Arc<Certificate>>,
    background: Option<Evidence>,
}

/// Builds an [`Aggregate`].
#[derive(Debug, Default)]
pub struct Collector {
    aggregate: Aggregate,
    lane_numbers: FxHashMap<LaneKey, usize>,
    occurrence_numbers: FxHashMap<OccurrenceKey, usize>,
    certificate_numbers: FxHashMap<Arc<str>, u32>,
    domains: FxHashMap<Box<str>, Name>,
    failures: FxHashMap<(usize, Name), VecDeque<Failure>>,
    front_ends: FrontEnds,
    waiting_hubs: Vec<SessionFacts>,
}

impl Collector {
    /// Counts a session that is outside the period or connectors asked for.
    pub fn count_only(&mut self, facts: &SessionFacts) {
        self.aggregate.sessions += 1;
        *self
            .aggregate
            .sessions_by_stream
            .entry(facts.stream)
            .or_default() += 1;
        self.aggregate.exchange_online_sessions += u64::from(facts.talk.exchange_online);
    }

    /// Takes a session.
    pub fn session(&mut self, facts: SessionFacts) {
        self.count_only(&facts);
        let whole = facts.completeness() == crate::session::Completeness::Whole;
        self.aggregate.cut_sessions += u64::from(!whole);
        match facts.talk.proxy {
            ProxyPart::FrontEnd { .. } => self.front_ends.keep(facts),
            ProxyPart::Hub => match self.front_ends.take(&facts) {
                Some(front) => self.join(facts, front),
                None => self.waiting_hubs.push(facts),
            },
            ProxyPart::None | ProxyPart::Inbound => self.take(facts, false),
        }
    }

    /// All sessions have been taken.
    pub fn finish(mut self) -> Aggregate {
        for hub in std::mem::take(&mut self.waiting_hubs) {
            match self.front_ends.take(&hub) {
                Some(front) => self.join(hub, front),
                None => self.take(hub, true),
            }
        }
        for front in self.front_ends.rest() {
            self.take(front, false);
        }
        self.aggregate
    }

    fn join(&mut self, hub: SessionFacts, front: SessionFacts) {
        // A hub session that only its front end shows to be Exchange Online's was not counted.
        let late = front.talk.exchange_online && !hub.talk.exchange_online;
        self.aggregate.exchange_online_sessions += u64::from(late);
        for rejection in &front.talk.rejections {
            self.other(&rejection.refusal);
        }
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
        let lane = self.lane(&facts, certificate, failure_time.is_some());
        if !facts.talk.exchange_online {
            facts
                .talk
                .rejections
                .iter()
                .for_each(|rejection| self.other(&rejection.refusal));
            return;
        }
        let mut place = Placement {
            lane,
            tls,
            start_missing: !facts.has_start(),
            frontend_missing,
            follows_failure: false,
            certificate: facts
                .talk
                .certificate
                .as_ref()
                .map(|offered| Arc::clone(&offered.certificate)),
            background: background(&facts),
        };
        if facts.talk.tls.offered == Some(true) && !facts.talk.tls.requested && !frontend_missing {
            self.follow_failure(&facts, &mut place);
        }
        let mut in_session = Vec::new();
        if let Some(time) = failure_time {
            in_session.push(self.tls_failure(&facts, &place, time));
        }
        self.rejections(&facts.talk.rejections, &place, &mut in_session);
        count_set(&mut self.aggregate.session_sets, in_session);
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
                Some(sender) => {
                    let domain = host::domain_of(sender).unwrap_or_default();
                    SenderKind::Domain(names.name(&domain))
                }
            };
            let at = self.occurrence(place, kind, sender, rejection.time, &rejection.evidence);
            in_session.push(at);
            if let Some(message) = rejection.message {
                by_message.entry(message).or_default().push(at);
            }
        }
        for set in by_message.into_values() {
            count_set(&mut self.aggregate.message_sets, set);
        }
    }

    fn tls_failure(&mut self, facts: &SessionFacts, place: &Placement, time: Timestamp) -> usize {
        let tls = &facts.talk.tls;
        let evidence = tls
            .failure
            .as_ref()
            .map(|(_, row)| row)
            .or(tls.ehlo.as_ref());
        let failures = self
            .failures
            .entry((facts.stream, self.aggregate.lanes[place.lane].key.connector))
            .or_default();
        if tls.failure.is_some() {
            failures.push_back(Failure {
                time,
                lane: place.lane,
                tls: place.tls,
                certificate: place.certificate.clone(),
                background: place.background.clone(),
            });
            while failures.front().is_some_and(|old| {
                time.since(old.time)
                    .is_some_and(|age| age > 10 * RETRY_WITHIN)
            }) {
                failures.pop_front();
            }
        }
        let evidence = evidence.cloned();
        let at = self.occurrence_number(place, Kind::TlsFailure, SenderKind::Unknown, time);
        record(&mut self.aggregate.occurrences[at], time, evidence.as_ref());
        at
    }

    /// A session without TLS within a minute of a failed negotiation belongs to that failure.
    fn follow_failure(&mut self, facts: &SessionFacts, place: &mut Placement) {
        let connector = self.aggregate.names.name(facts.connector());
        let Some(failures) = self.failures.get(&(facts.stream, connector)) else {
            return;
        };
        let started = facts.frame.started;
        let followed = failures.iter().rev().find(|failure| {
            started
                .since(failure.time)
                .is_some_and(|after| (0..=RETRY_WITHIN).contains(&after))
        });
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
        record(&mut self.aggregate.occurrences[at], time, Some(evidence));
        at
    }

    fn occurrence_number(
        &mut self,
        place: &Placement,
        kind: Kind,
        sender: SenderKind,
        time: Timestamp,
    ) -> usize {
        let key = OccurrenceKey {
            lane: place.lane,
            kind,
            sender,
            tls: place.tls,
            start_missing: place.start_missing,
            frontend_missing: place.frontend_missing,
            follows_failure: place.follows_failure,
            validity: Validity::of(place.certificate.as_deref(), time),
        };
        let occurrences = &mut self.aggregate.occurrences;
        *self.occurrence_numbers.entry(key).or_insert_with(|| {
            occurrences.push(Occurrence {
                key,
                count: 0,
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                over_time: Default::default(),
                evidence: Vec::new(),
                background: place.background.clone(),
            });
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

    fn lane(&mut self, facts: &SessionFacts, certificate: CertificateId, failed: bool) -> usize {
        let names = &mut self.aggregate.names;
        let key = LaneKey {
            stream: facts.stream,
            connector: names.name(facts.connector()),
            certificate,
            source: facts
                .talk
                .source_address
                .as_deref()
                .map(|address| names.name(address)),
            exchange_online: facts.talk.exchange_online,
        };
        let lanes = &mut self.aggregate.lanes;
        let at = *self.lane_numbers.entry(key).or_insert_with(|| {
            lanes.push(Lane::new(key));
            lanes.len() - 1
        });
        let lane = &mut lanes[at];
        lane.sessions += 1;
        lane.failed_sessions += u64::from(failed);
        lane.first = lane.first.earlier(facts.frame.started);
        lane.last = lane.last.later(facts.frame.ended);
        lane.accepted += u64::from(facts.talk.accepted);
        lane.rejected += u64::from(facts.talk.rejected);
        for accepted in &facts.talk.accepted_by {
            let count = u64::from(accepted.recipients);
            lane.accepted_over_time.add(accepted.time, count);
            let domain = domain_name(&mut self.domains, names, &accepted.sender_domain);
            *lane.accepted_senders.entry(domain).or_default() += count;
        }
        if lane.certificate_evidence.is_none() {
            lane.certificate_evidence = facts
                .talk
                .certificate
                .as_ref()
                .map(|offered| offered.evidence.clone());
        }
        at
    }

    fn certificate(&mut self, facts: &SessionFacts, frontend_missing: bool) -> CertificateId {
        if frontend_missing {
            return CertificateId::Unknown;
        }
        match &facts.talk.certificate {
            Some(Offered { certificate, .. }) => self.certificate_number(certificate),
            None if facts.has_start() => CertificateId::Absent,
            None => CertificateId::Unknown,
        }
    }

    /// Certificates are the same where their thumbprints are; one without is told by its text.
    fn certificate_number(&mut self, certificate: &Arc<Certificate>) -> CertificateId {
        let described;
        let key = match &certificate.thumbprint {
            Some(thumbprint) => thumbprint.as_str(),
            None => {
                described = format!("{certificate:?}");
                described.as_str()
            }
        };
        let list = &mut self.aggregate.certificates;
        let number = match self.certificate_numbers.get(key) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(list.len()).unwrap_or(u32::MAX);
                list.push(Arc::clone(certificate));
                self.certificate_numbers.insert(key.into(), number);
                number
            }
        };
        // A later row may tell what an earlier, shorter one did not.
        let known = &mut list[number as usize];
        let tells_more = |certificate: &Certificate| {
            (
                certificate.not_after.is_some(),
                certificate.subject.is_some(),
                certificate.names.len(),
            )
        };
        if tells_more(certificate) > tells_more(known) {
            *known = Arc::clone(certificate);
        }
        CertificateId::Known(number)
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

/// The name of a domain in the form in which domains compare, remembered because a few domains send
/// nearly all mail.
fn domain_name(known: &mut FxHashMap<Box<str>, Name>, names: &mut Interner, domain: &str) -> Name {
    if let Some(name) = known.get(domain) {
        return *name;
    }
    let normal = host::normalise(domain);
    let name = names.name(normal.as_deref().unwrap_or(domain));
    known.insert(domain.into(), name);
    name
}

/// What all occurrences of one session share.
struct Placement {
    lane: usize,
    tls: TlsState,
    start_missing: bool,
    frontend_missing: bool,
    follows_failure: bool,
    certificate: Option<Arc<Certificate>>,
    background: Option<Evidence>,
}

fn record(occurrence: &mut Occurrence, time: Timestamp, evidence: Option<&Evidence>) {
    occurrence.count += 1;
    occurrence.first = occurrence.first.earlier(time);
    occurrence.last = occurrence.last.later(time);
    occurrence.over_time.add(time, 1);
    if occurrence.evidence.len() < EVIDENCE_ROWS {
        occurrence.evidence.extend(evidence.cloned());
    }
}

fn count_set(sets: &mut BTreeMap<Vec<usize>, u64>, mut set: Vec<usize>) {
    set.sort_unstable();
    set.dedup();
    if !set.is_empty() {
        *sets.entry(set).or_default() += 1;
    }
}

/// When TLS failed before any message: the failed negotiation, or the end of a session whose other
/// side offered no STARTTLS and to which no MAIL was sent.
fn failure_time(facts: &SessionFacts) -> Option<Timestamp> {
    let talk = &facts.talk;
    if let Some((time, _)) = &talk.tls.failure {
        return Some(*time);
    }
    let requires_tls = talk.tls.protocol.is_none()
        && !talk.tls.requested
        && talk.messages == 0
        && talk.tls.offered == Some(false)
        && facts.frame.has_end()
        && talk.rejections.is_empty();
    requires_tls.then_some(facts.frame.ended)
}

/// The row that best shows why: the proxying, the failed negotiation, the EHLO reply.
fn background(facts: &SessionFacts) -> Option<Evidence> {
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

/// A sentence as long as a report can show.
fn shortened(sentence: &str) -> &str {
    let end = sentence
        .char_indices()
        .nth(300)
        .map_or(sentence.len(), |(at, _)| at);
    &sentence[..end]
}
