//! Whether an incident is over.
//!
//! In: the occurrences of an incident, and what the same send connector delivered later. Out: a
//! [`Status`].
//! Must not take recipients that were accepted during the incident as a sign: recipients in Microsoft
//! 365 are accepted all the same.

use std::collections::BTreeSet;

use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::occurrence::{Kind, Occurrence};
use crate::aggregate::timeline::{LADDER, Times};
use crate::attribution::judgement::Judgement;
use crate::diagnosis::analysis::Analysis;
use crate::input::timestamp::Timestamp;

/// Whether an incident goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The log ends while it goes on.
    Ongoing,
    /// The log does not show it.
    Unclear,
    /// What was accepted later shows that it is over.
    Over,
}

/// The state of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Whether it goes on.
    pub state: State,
    /// Since when: the first rejection of an incident that goes on, the last one of an incident that
    /// is over. Unknown where the state is unclear.
    pub since: Timestamp,
    /// Recipients accepted on the same send connector and servers after the last rejection.
    pub accepted_after: u64,
}

/// An incident that goes on is one of which so little would be likely if it were over.
const UNLIKELY: f64 = 0.01;

/// The state of an incident with these occurrences.
pub fn status(analysis: &Analysis<'_>, occurrences: &[&Occurrence]) -> Status {
    let incident = Incident::of(analysis, occurrences);
    let accepted_after: u64 = incident
        .flows()
        .map(|flow| accepted_after(flow, incident.last))
        .sum();
    let is_over =
        incident.is_unlikely_to_go_on(accepted_after) || incident.another_certificate_delivered();
    let state = if is_over {
        State::Over
    } else if incident.ends_with_the_log() {
        State::Ongoing
    } else {
        State::Unclear
    };
    Status {
        state,
        since: match state {
            State::Ongoing => incident.first,
            State::Over => incident.last,
            State::Unclear => Timestamp::UNKNOWN,
        },
        accepted_after,
    }
}

/// Recipients of a flow that were accepted in the buckets of time that `holds` chooses by their beginning
/// and end in milliseconds.
fn accepted_within(flow: &Flow, holds: impl Fn(i64, i64) -> bool) -> u64 {
    let line = &flow.accepted_over_time;
    let length = LADDER[line.step()];
    let buckets = line.at_step(0).into_iter();
    buckets
        .filter(|(start, _)| holds(start * 1000, (start + length) * 1000))
        .map(|(_, count)| count)
        .sum()
}

/// Recipients of a flow that were accepted after a time.
pub(super) fn accepted_after(flow: &Flow, time: Timestamp) -> u64 {
    // The bucket of that time may hold what was accepted before it.
    let last = time.millis();
    let buckets = accepted_within(flow, |start, _| start > last);
    match flow.first.since(time) {
        // Nothing of the flow was before.
        Some(after) if after > 0 => flow.accepted,
        _ => buckets,
    }
}

/// What is asked about an incident.
struct Incident<'a> {
    analysis: &'a Analysis<'a>,
    occurrences: &'a [&'a Occurrence],
    first: Timestamp,
    last: Timestamp,
    times: Times,
    streams: BTreeSet<usize>,
}

impl<'a> Incident<'a> {
    fn of(analysis: &'a Analysis<'a>, occurrences: &'a [&'a Occurrence]) -> Incident<'a> {
        let mut times = Times::default();
        let (mut first, mut last) = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
        let mut streams = BTreeSet::new();
        for one in occurrences {
            times.merge(&one.over_time);
            if one.key.kind == Kind::NothingDelivered {
                let flow = &analysis.aggregate.flows[one.key.flow];
                for (_, stretch) in flow.course.stretches() {
                    times.add(stretch.all.first);
                    times.add(stretch.all.last);
                }
            }
            first = first.earlier(one.first);
            last = last.later(one.last);
            streams.insert(analysis.aggregate.flows[one.key.flow].key.stream);
        }
        Incident {
            analysis,
            occurrences,
            first,
            last,
            times,
            streams,
        }
    }

    /// The flows to Exchange Online of the same send connector on the same servers.
    fn flows(&self) -> impl Iterator<Item = &'a Flow> {
        let streams = self.streams.iter();
        let flows = streams.flat_map(|stream| self.lane(*stream));
        flows.map(|(flow, _)| flow)
    }

    /// Those of one server.
    fn lane(&self, stream: usize) -> impl Iterator<Item = (&'a Flow, &'a Judgement<'a>)> {
        let analysis = self.analysis;
        let first = self.occurrences.first();
        let connector = first.map(|one| analysis.aggregate.flows[one.key.flow].key.connector);
        let connector = connector.into_iter();
        connector.flat_map(move |connector| analysis.lane(connector, stream))
    }

    /// With the refused share *p* of recipients during the incident and *n* recipients accepted
    /// later: whether (1−p)^n is below the limit.
    fn is_unlikely_to_go_on(&self, accepted_after: u64) -> bool {
        let replies = self.occurrences.iter();
        let replies = replies.filter(|one| matches!(one.key.kind, Kind::Reply { .. }));
        let rejected: u64 = replies.map(|one| one.count).sum();
        let (bad, good, later) = if rejected > 0 {
            let (first, last) = (self.first.millis(), self.last.millis());
            let within = |flow| accepted_within(flow, |start, end| end > first && start <= last);
            (rejected, self.flows().map(within).sum(), accepted_after)
        } else {
            self.sessions()
        };
        if bad == 0 || later == 0 {
            return false;
        }
        let share = bad as f64 / (bad + good) as f64;
        later as f64 * (-share).ln_1p() < UNLIKELY.ln()
    }

    /// For failures without a reply, sessions count instead of recipients: how many failed, how many
    /// delivered meanwhile, and how many later.
    fn sessions(&self) -> (u64, u64, u64) {
        let failed = self.occurrences.iter().map(|one| one.count).sum();
        let (mut meanwhile, mut later) = (0, 0);
        for flow in self.flows() {
            for (_, stretch) in flow.course.stretches() {
                let taken = stretch.taken;
                if taken.first > self.last {
                    later += taken.sessions;
                } else if taken.last >= self.first && taken.sessions > 0 {
                    meanwhile += taken.sessions;
                }
            }
        }
        (failed, meanwhile, later)
    }

    /// Whether on every server a certificate that matches delivered after the last rejection.
    fn another_certificate_delivered(&self) -> bool {
        let own: BTreeSet<CertificateId> = self
            .occurrences
            .iter()
            .map(|one| self.analysis.aggregate.flows[one.key.flow].key.certificate)
            .collect();
        let delivered = |stream: usize| {
            self.lane(stream).any(|(flow, judgement)| {
                matches!(flow.key.certificate, CertificateId::Known(_))
                    && !own.contains(&flow.key.certificate)
                    && !self.was_used_meanwhile(flow)
                    && judgement.active().any(|view| view.matches_by_name())
                    && accepted_after(flow, self.last) > 0
            })
        };
        !self.streams.is_empty() && self.streams.iter().all(|stream| delivered(*stream))
    }

    /// Whether sessions of a flow lie between the first and the last failure. Where good and bad
    /// sessions alternate, the good certificate is no later one.
    fn was_used_meanwhile(&self, flow: &Flow) -> bool {
        let mut stretches = flow.course.stretches().map(|(_, stretch)| stretch.all);
        stretches.any(|all| {
            // A stretch may begin before the first failure and end after the last one.
            let apart = all.last <= self.first || all.first >= self.last;
            let around = all.first < self.first && all.last > self.last;
            !apart && !around
        })
    }

    /// Whether the log ends within the longest silence seen during the incident. If other servers write on
    /// long after the last row of this one, nobody knows what became of it.
    fn ends_with_the_log(&self) -> bool {
        let end = self.analysis.end();
        let silence = end.since(self.last);
        silence.is_some_and(|silence| silence <= self.times.longest_silence())
    }
}
