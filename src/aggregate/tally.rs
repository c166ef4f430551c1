//! Routine sessions counted where they are read, so that only the others travel between threads.
//!
//! In: sessions that a worker has seen whole. Out: a [`Tally`] per chunk, which the collector adds
//! to its lanes.
//! Must not count a session that anything but its lane depends on: refusals, TLS failures, their
//! retries and halves of proxied conversations go the long way.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::session::Session;
use crate::smtp::certificate::{Certificate, Offered};
use crate::smtp::conversation::Conversation;
use crate::smtp::facts::{KeptRow, Routine};

use super::activity::Activity;
use super::timeline::Timeline;

/// The routine sessions of a chunk.
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
}

/// The routine sessions of a lane.
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
    /// Counts a session if it is a routine one, and says whether it did.
    pub fn count(&mut self, session: &Session<Conversation>) -> bool {
        let Some(routine) = session.digest.routine() else {
            return false;
        };
        self.sessions += 1;
        self.exchange_online_sessions += u64::from(routine.exchange_online);
        self.activity.session(&session.frame);
        if routine.exchange_online || routine.certificate.is_some() {
            self.lane(session, &routine).count(session, &routine);
        }
        true
    }

    fn lane(&mut self, session: &Session<Conversation>, routine: &Routine<'_>) -> &mut TallyLane {
        let connector = &session.frame.connector;
        let absent = routine.offered_none(&session.frame);
        let address = |text: &Arc<str>| text.as_ptr() as usize;
        let key = TallyKey {
            connector: address(connector),
            certificate: routine
                .certificate
                .map(|(certificate, _)| Arc::as_ptr(certificate) as usize),
            absent,
            source: routine.source_address.map(address),
            exchange_online: routine.exchange_online,
        };
        let lanes = &mut self.lanes;
        let number = *self.numbers.entry(key).or_insert_with(|| {
            lanes.push(TallyLane {
                connector: Arc::clone(connector),
                certificate: match routine.certificate.and_then(offered) {
                    Some(offered) => TallyCertificate::Known(offered),
                    None if absent => TallyCertificate::Absent,
                    None => TallyCertificate::Unknown,
                },
                source: routine.source_address.cloned(),
                exchange_online: routine.exchange_online,
                sessions: 0,
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                accepted: 0,
                accepted_over_time: Timeline::default(),
                accepted_senders: FxHashMap::default(),
            });
            lanes.len() - 1
        });
        &mut lanes[number]
    }
}

impl TallyLane {
    fn count(&mut self, session: &Session<Conversation>, routine: &Routine<'_>) {
        self.sessions += 1;
        self.first = self.first.earlier(session.frame.started);
        self.last = self.last.later(session.frame.ended);
        self.accepted += u64::from(routine.accepted);
        for accepted in routine.accepted_by {
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
            (&mut self.certificate, routine.certificate)
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
