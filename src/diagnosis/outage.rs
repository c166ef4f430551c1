//! Which sessions without a reply need a cause: dropped ones and failed connections happen now and
//! then, and only an outage is an incident.
//!
//! In: [`Totals`] in which it is decided which flows go to Exchange Online. Out: the same, in which
//! only the occurrences of outages are left, and one for each flow of a send connector that delivers
//! nothing at all.
//! Must not decide the cause.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Totals;
use crate::aggregate::course::{Course, Stretch, Tally};
use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{
    Kind, Occurrence, OccurrenceKey, SenderKind, TlsState, Validity,
};
use crate::aggregate::regroup::Fate;

/// Fewer failures than this are no outage, and fewer sessions no sign that nothing is delivered.
const FEWEST: u64 = 3;

/// Failures between sessions that deliver also happen by chance, so where they are most sessions in a part
/// of the log only, more of them are needed.
const FEWEST_IN_A_PART: u64 = 6;

/// The stretches of time of outages, as beginning and end in milliseconds.
type Outages = Vec<(i64, i64)>;

/// Decides about every occurrence.
pub fn decide(totals: &mut Totals) {
    let dropped = by_lane(totals, |flow| {
        let key = flow.key;
        (key.stream, key.connector, Some(key.certificate))
    });
    let dropped = outages(&dropped, |stretch| (stretch.dropped, connected(stretch)));
    let unconnected = by_lane(totals, |flow| (flow.key.stream, flow.key.connector, None));
    let attempts = |stretch: &Stretch| (stretch.unconnected, stretch.all.sessions);
    let mut no_connection = outages(&unconnected, attempts);
    for (lane, course) in &unconnected {
        let frequent = frequent_failures(course, attempts);
        if !frequent.is_empty() {
            no_connection.entry(*lane).or_default().extend(frequent);
        }
    }
    let unconnected = no_connection;
    let flows: Vec<(bool, Lane)> = totals
        .flows
        .iter()
        .map(|flow| {
            let key = flow.key;
            let lane = (key.stream, key.connector, Some(key.certificate));
            (flow.exchange_online, lane)
        })
        .collect();
    let lengths = std::mem::take(&mut totals.drop_lengths);
    totals.regroup(|one| {
        let (online, lane) = flows[one.key.flow];
        let (stream, connector, _) = lane;
        let length = lengths.get(&(stream, connector)).copied().unwrap_or(1);
        let stretch = one.key.stretch.take();
        let within = |outages: Option<&Outages>| match (stretch, outages) {
            (Some(start), Some(outages)) => outages
                .iter()
                .any(|(begin, end)| start < *end && *begin < start + length),
            _ => false,
        };
        let is_outage = match one.key.kind {
            Kind::Dropped(_) => within(dropped.get(&lane)),
            Kind::NotConnected => within(unconnected.get(&(stream, connector, None))),
            Kind::Reply { .. } | Kind::TlsFailure | Kind::NothingDelivered => true,
        };
        match one.key.kind {
            _ if online && is_outage => Fate::Keep,
            Kind::Reply { .. } => Fate::Other,
            _ => Fate::Forget,
        }
    });
    add_nothing_delivered(totals);
}

/// A stream and a send connector, and where it matters the certificate.
type Lane = (usize, Name, Option<CertificateId>);

/// The sessions to Exchange Online over time, by lane.
fn by_lane(totals: &Totals, lane: impl Fn(&Flow) -> Lane) -> BTreeMap<Lane, Course> {
    let mut lanes: BTreeMap<Lane, Course> = BTreeMap::new();
    for flow in totals.flows.iter().filter(|flow| flow.exchange_online) {
        lanes.entry(lane(flow)).or_default().merge(&flow.course);
    }
    lanes
}

/// The sessions that had a connection.
fn connected(stretch: &Stretch) -> u64 {
    stretch.all.sessions - stretch.unconnected.sessions
}

/// The outages of each lane. `failed` gives the failures of a stretch, and the sessions that they are
/// compared with.
fn outages(
    lanes: &BTreeMap<Lane, Course>,
    failed: impl Fn(&Stretch) -> (Tally, u64) + Copy,
) -> BTreeMap<Lane, Outages> {
    let lanes = lanes.iter();
    lanes
        .map(|(lane, course)| (*lane, outages_of(course, failed)))
        .filter(|(_, outages)| !outages.is_empty())
        .collect()
}

/// A run of failures.
#[derive(Debug, Default)]
struct Run {
    stretches: Outages,
    failed: u64,
    sessions: u64,
    /// Sessions since the last failure. They only count if another failure follows.
    open: u64,
}

impl Run {
    fn add(&mut self, stretch: (i64, i64), failed: u64, sessions: u64) {
        self.stretches.push(stretch);
        self.failed += failed;
        self.sessions += sessions + std::mem::take(&mut self.open);
    }

    /// Whether more than half of all sessions fail if these follow.
    fn is_mostly_failing_with(&self, failed: u64, sessions: u64) -> bool {
        (self.failed + failed) * 2 > self.sessions + self.open + sessions
    }

    /// Ends the run, and adds it to the outages if it is one: at least three failures, and more than
    /// half of all sessions of its time.
    fn end(&mut self, outages: &mut Outages) {
        self.end_if(FEWEST, outages);
    }

    /// The same with at least so many failures.
    fn end_if(&mut self, fewest: u64, outages: &mut Outages) {
        let run = std::mem::take(self);
        if run.failed >= fewest && run.failed * 2 > run.sessions {
            outages.extend(run.stretches);
        }
    }
}

/// The outages of a lane.
fn outages_of(course: &Course, failed: impl Fn(&Stretch) -> (Tally, u64)) -> Outages {
    let mut outages = Outages::new();
    let mut run = Run::default();
    for (start, stretch) in course.stretches() {
        let time = (start, start + course.length());
        let ((failed, sessions), taken) = (failed(stretch), stretch.taken);
        if failed.sessions == 0 {
            if taken.sessions > 0 {
                run.end(&mut outages);
            } else {
                run.open += sessions;
            }
        } else if taken.sessions == 0 {
            run.add(time, failed.sessions, sessions);
        } else if taken.last <= failed.first {
            // The outage begins in this stretch.
            run.end(&mut outages);
            run.add(time, failed.sessions, sessions - taken.sessions);
        } else if failed.last <= taken.first {
            // It ends in this stretch.
            run.add(time, failed.sessions, failed.sessions);
            run.end(&mut outages);
        } else {
            run.end(&mut outages);
        }
    }
    run.end(&mut outages);
    outages
}

/// The stretches in which more than half of the sessions fail, whatever the others deliver: of the whole
/// log, or of a part.
fn frequent_failures(course: &Course, failed: impl Fn(&Stretch) -> (Tally, u64)) -> Outages {
    let mut outages = Outages::new();
    let mut whole = Run::default();
    let mut part = Run::default();
    for (start, stretch) in course.stretches() {
        let time = (start, start + course.length());
        let (failed, sessions) = failed(stretch);
        if failed.sessions == 0 {
            whole.sessions += sessions;
            part.open += sessions;
            continue;
        }
        whole.add(time, failed.sessions, sessions);
        if !part.is_mostly_failing_with(failed.sessions, sessions) {
            part.end_if(FEWEST_IN_A_PART, &mut outages);
        }
        part.add(time, failed.sessions, sessions);
    }
    part.end_if(FEWEST_IN_A_PART, &mut outages);
    whole.end_if(FEWEST, &mut outages);
    outages
}

/// Adds occurrences for send connectors whose sessions from a server reach Exchange Online and deliver
/// nothing, where no other occurrence says why.
fn add_nothing_delivered(totals: &mut Totals) {
    let sender = |flow: &Flow| (flow.key.stream, flow.key.connector);
    let mut silent: BTreeMap<(usize, Name), u64> = BTreeMap::new();
    let mut explained: BTreeSet<(usize, Name)> = BTreeSet::new();
    for flow in totals.flows.iter().filter(|flow| flow.exchange_online) {
        *silent.entry(sender(flow)).or_default() += reached(flow);
        if flow.accepted > 0 {
            explained.insert(sender(flow));
        }
    }
    for one in &totals.occurrences {
        explained.insert(sender(&totals.flows[one.key.flow]));
    }
    silent.retain(|sender, sessions| *sessions >= FEWEST && !explained.contains(sender));
    let flows = totals.flows.iter().enumerate();
    let added: Vec<(Occurrence, u64)> = flows
        .filter(|(_, flow)| flow.exchange_online && silent.contains_key(&sender(flow)))
        .map(|(number, flow)| (nothing_delivered(number, flow), reached(flow)))
        .filter(|(_, sessions)| *sessions > 0)
        .collect();
    for (occurrence, sessions) in added {
        totals.append(occurrence, sessions);
    }
}

/// The sessions that had a connection, and whose messages the input shows.
fn reached(flow: &Flow) -> u64 {
    let stretches = flow.course.stretches();
    let unconnected: u64 = stretches
        .map(|(_, stretch)| stretch.unconnected.sessions)
        .sum();
    flow.sessions.saturating_sub(unconnected + flow.front_ends)
}

fn nothing_delivered(number: usize, flow: &Flow) -> Occurrence {
    let mut occurrence = Occurrence::new(OccurrenceKey {
        flow: number,
        kind: Kind::NothingDelivered,
        sender: SenderKind::Unknown,
        tls: TlsState::default(),
        start_missing: false,
        frontend_missing: false,
        follows_failure: false,
        validity: Validity::NotOutside,
        stretch: None,
    });
    occurrence.count = reached(flow);
    occurrence.first = flow.first;
    occurrence.last = flow.last;
    occurrence
}
