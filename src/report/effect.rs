//! How many incidents hit: senders, and each stream.
//!
//! In: an [`Analysis`] and the occurrences of incidents. Out: counts.
//! Must not decide anything.

use std::collections::BTreeMap;

use super::document::{RejectedCount, StreamEffect};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence};
use crate::aggregate::senders::Senders;
use crate::aggregate::timeline::Timeline;
use crate::diagnosis::analysis::Analysis;
use crate::engine::DiagnosedIncident;
use crate::input::timestamp::Timestamp;

/// What send connectors accepted over time in each stream. Many incidents ask for the same.
#[derive(Default)]
pub(super) struct AcceptedByStream(BTreeMap<(Name, usize), Timeline>);

impl AcceptedByStream {
    fn of(&mut self, analysis: &Analysis<'_>, connector: Name, stream: usize) -> &Timeline {
        self.0.entry((connector, stream)).or_insert_with(|| {
            let mut accepted = Timeline::default();
            for (flow, _) in analysis.lane(connector, stream) {
                accepted.merge(&flow.accepted_over_time);
            }
            accepted
        })
    }
}

/// The number of replies.
pub(super) fn replies<'a>(occurrences: impl Iterator<Item = &'a Occurrence>) -> u64 {
    let replies = occurrences.filter(|one| matches!(one.key.kind, Kind::Reply { .. }));
    replies.map(|one| one.count).sum()
}

/// The first and the last time.
pub(super) fn period<'a>(
    occurrences: impl Iterator<Item = &'a Occurrence>,
) -> (Timestamp, Timestamp) {
    occurrences.fold(
        (Timestamp::UNKNOWN, Timestamp::UNKNOWN),
        |(first, last), one| (first.earlier(one.first), last.later(one.last)),
    )
}

/// The number of different senders.
pub(super) fn senders<'a>(
    analysis: &Analysis<'_>,
    occurrences: impl Iterator<Item = &'a Occurrence>,
) -> Option<u64> {
    if analysis.aggregate.long_sessions.rejections > 0 {
        // Only the number of these rejections is known.
        return None;
    }
    Senders::union(occurrences.map(|one| &one.senders)).count()
}

/// What an incident is in each stream: the one with the most replies first, then the one with the most
/// failures.
pub(super) fn by_stream(
    analysis: &Analysis<'_>,
    occurrences: &[&Occurrence],
    accepted: &mut AcceptedByStream,
) -> Vec<StreamEffect> {
    let flows = &analysis.aggregate.flows;
    let mut streams: BTreeMap<usize, Vec<&Occurrence>> = BTreeMap::new();
    for one in occurrences {
        let stream = flows[one.key.flow].key.stream;
        streams.entry(stream).or_default().push(one);
    }
    let effect = |(stream, own): (usize, Vec<&Occurrence>)| {
        let all = || own.iter().copied();
        let (first, last) = period(all());
        let connector = flows[own.first()?.key.flow].key.connector;
        let replies = replies(all());
        let failures: u64 = all().map(|one| one.count).sum();
        Some(StreamEffect {
            stream: analysis.streams.get(stream)?.name.clone(),
            replies,
            dropped: failures - replies,
            senders: senders(analysis, all()),
            accepted: accepted.of(analysis, connector, stream).within(first, last),
            first: first.rfc3339(),
            last: last.rfc3339(),
        })
    };
    let mut effects: Vec<StreamEffect> = streams.into_iter().filter_map(effect).collect();
    effects.sort_by_key(|one| std::cmp::Reverse((one.replies, one.dropped)));
    effects
}

/// How much was rejected in all incidents together.
pub(super) fn total(analysis: &Analysis<'_>, incidents: &[DiagnosedIncident<'_>]) -> RejectedCount {
    let aggregate = analysis.aggregate;
    let mut is_in_incident = vec![false; aggregate.occurrences.len()];
    for occurrence in incidents.iter().flat_map(|one| &one.occurrences) {
        is_in_incident[*occurrence] = true;
    }
    let sum = |sets: &BTreeMap<Vec<usize>, u64>| -> u64 {
        let hit = |set: &[usize]| set.iter().any(|number| is_in_incident[*number]);
        let sets = sets.iter().filter(|(set, _)| hit(set));
        sets.map(|(_, count)| count).sum()
    };
    let all = || {
        let all = aggregate.occurrences.iter().zip(&is_in_incident);
        all.filter_map(|(one, is_in)| is_in.then_some(one))
    };
    RejectedCount {
        replies: replies(all()),
        messages: sum(&aggregate.message_sets),
        sessions: sum(&aggregate.session_sets),
        senders: senders(analysis, all()),
    }
}
