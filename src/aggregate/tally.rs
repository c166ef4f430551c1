//! Sessions counted where they are read, so that only few travel between threads.
//!
//! In: sessions that a worker has seen whole. Out: a [`Tally`] per chunk, which the collector adds
//! to its lanes.
//! Must not count a session that depends on other sessions: TLS failures, their retries and halves
//! of proxied conversations go the long way.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::session::Session;
use crate::smtp::certificate::{Certificate, Offered};
use crate::smtp::conversation::Conversation;
use crate::smtp::evidence::KeptRow;
use crate::smtp::facts::Countable;

use super::activity::Activity;
use super::domains::Domains;
use super::intern::Interner;
use super::occurrence::{Placement, TlsState};
use super::occurrences::Occurrences;
use super::timeline::Timeline;

/// The sessions of a chunk that a worker has counted.
#[derive(Debug, Default)]
pub struct Tally {
    /// Sessions that are asked for.
    pub(super) sessions: u64,
    /// Those of them to Exchange Online.
    pub(super) exchange_online_sessions: u64,
    /// When they were.
    pub(super) activity: Activity,
    pub(super) lanes: Vec<TallyLane>,
    numbers: FxHashMap<TallyKey, usize>,
    /// The names that its occurrences use.
    pub(super) names: Interner,
    domains: Domains,
    pub(super) occurrences: Occurrences,
}

/// Those of a lane.
#[derive(Debug)]
pub(super) struct TallyLane {
    pub(super) connector: Arc<str>,
    pub(super) certificate: TallyCertificate,
    pub(super) source: Option<Arc<str>>,
    pub(super) exchange_online: bool,
    pub(super) sessions: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) accepted_over_time: Timeline,
    pub(super) accepted_senders: FxHashMap<Arc<str>, u64>,
}

/// What a lane offered.
#[derive(Debug)]
pub(super) enum TallyCertificate {
    /// This certificate, with the earliest row that describes it.
    Known(Offered),
    /// None.
    Absent,
    /// The log does not show it.
    Unknown,
}

/// Texts and certificates are told apart by their address: a worker keeps equal ones once. Where it
/// does not, the collector finds them equal later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TallyKey {
    connector: usize,
    certificate: Option<usize>,
    absent: bool,
    source: Option<usize>,
    exchange_online: bool,
}

impl Tally {
    /// Counts a session if it depends on no other one, and says whether it did.
    pub fn count(&mut self, session: &Session<Conversation>) -> bool {
        let Some(counts) = session.digest.countable() else {
            return false;
        };
        self.sessions += 1;
        self.exchange_online_sessions += u64::from(counts.exchange_online);
        self.activity.session(&session.frame);
        let refusals = counts.refusals.iter();
        let in_lane = counts.exchange_online || counts.certificate.is_some();
        let lane = in_lane.then(|| self.lane(session, &counts));
        if let Some(lane) = lane {
            self.lanes[lane].count(session, &counts);
        }
        // Only Exchange Online's refusals ask for a cause.
        let Some(lane) = lane.filter(|_| counts.exchange_online) else {
            self.occurrences.others(&mut self.names, refusals);
            return true;
        };
        if counts.refusals.is_empty() {
            return true;
        }
        let remote = counts.remote_certificate.map(|(remote, _)| &**remote);
        let place = Placement {
            lane,
            tls: TlsState::of(&mut self.names, counts.tls, remote),
            start_missing: !counts.has_start(&session.frame),
            frontend_missing: false,
            follows_failure: false,
            certificate: counts.certificate.map(|(ours, _)| Arc::clone(ours)),
            background: counts.background(),
        };
        let (names, domains) = (&mut self.names, &mut self.domains);
        let occurrences = &mut self.occurrences;
        occurrences.session(names, domains, &place, None, refusals);
        true
    }

    /// The number of its lane.
    fn lane(&mut self, session: &Session<Conversation>, counts: &Countable<'_>) -> usize {
        let connector = &session.frame.connector;
        let absent = counts.offered_none(&session.frame);
        let address = |text: &Arc<str>| text.as_ptr() as usize;
        let key = TallyKey {
            connector: address(connector),
            certificate: counts
                .certificate
                .map(|(certificate, _)| Arc::as_ptr(certificate) as usize),
            absent,
            source: counts.source_address.map(address),
            exchange_online: counts.exchange_online,
        };
        let lanes = &mut self.lanes;
        *self.numbers.entry(key).or_insert_with(|| {
            lanes.push(TallyLane {
                connector: Arc::clone(connector),
                certificate: match counts.certificate.and_then(offered) {
                    Some(offered) => TallyCertificate::Known(offered),
                    None if absent => TallyCertificate::Absent,
                    None => TallyCertificate::Unknown,
                },
                source: counts.source_address.cloned(),
                exchange_online: counts.exchange_online,
                sessions: 0,
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                accepted: 0,
                rejected: 0,
                accepted_over_time: Timeline::default(),
                accepted_senders: FxHashMap::default(),
            });
            lanes.len() - 1
        })
    }
}

impl TallyLane {
    fn count(&mut self, session: &Session<Conversation>, counts: &Countable<'_>) {
        self.sessions += 1;
        self.first = self.first.earlier(session.frame.started);
        self.last = self.last.later(session.frame.ended);
        self.accepted += u64::from(counts.accepted);
        self.rejected += u64::from(counts.rejected);
        for accepted in counts.accepted_by {
            let count = u64::from(accepted.recipients);
            self.accepted_over_time.add(accepted.time, count);
            match self.accepted_senders.get_mut(&accepted.sender_domain) {
                Some(sum) => *sum += count,
                None => {
                    let domain = Arc::clone(&accepted.sender_domain);
                    self.accepted_senders.insert(domain, count);
                }
            }
        }
        if let (TallyCertificate::Known(known), Some((_, row))) =
            (&mut self.certificate, counts.certificate)
            && row
                .place()
                .is_some_and(|place| place < known.evidence.place)
            && let Some(evidence) = row.evidence()
        {
            known.evidence = evidence;
        }
    }
}

fn offered((certificate, row): (&Arc<Certificate>, &KeptRow)) -> Option<Offered> {
    Some(Offered {
        certificate: Arc::clone(certificate),
        evidence: row.evidence()?,
    })
}
