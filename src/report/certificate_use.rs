//! When a certificate was offered, and with what result.
//!
//! In: the flows of one send connector and stream. Out: the unbroken runs of each certificate, and its
//! results on the common [`Grid`].
//! Must not decide whether a certificate is right.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::grid::{self, Grid};
use crate::aggregate::flow::{CertificateId, Flow};
use crate::diagnosis::runs::{Run, runs};

/// More runs of one certificate are not told apart: those with the shortest breaks between them become
/// one.
const MOST_RUNS: usize = 100;

/// Unbroken use of a certificate: no session of the same send connector and stream offered another one
/// in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CertificateRun {
    /// The start of its first session.
    pub first: Option<String>,
    /// The end of its last session.
    pub last: Option<String>,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of accepted recipients.
    pub accepted: u64,
    /// The number of recipients rejected for any reason.
    pub rejected: u64,
    /// The number of sessions that failed without a reply: TLS failed, the session was dropped, or no
    /// connection came about.
    pub dropped: u64,
}

/// What came of a certificate in one period of the common grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UseBucket {
    /// The start of the period.
    pub start: String,
    /// The number of accepted recipients.
    pub accepted: u64,
    /// The number of recipients rejected for any reason.
    pub rejected: u64,
    /// The number of sessions that failed without a reply.
    pub dropped: u64,
}

/// The runs of each certificate in these flows of one send connector and stream.
///
/// Front ends on several servers may carry the sessions of one stream on. Each of them has its own
/// certificate, so its runs are its own. Where those of one certificate overlap, they are one.
pub(super) fn by_certificate(flows: &[&Flow]) -> BTreeMap<CertificateId, Vec<Run>> {
    let mut servers: BTreeMap<usize, Vec<&Flow>> = BTreeMap::new();
    for flow in flows {
        let own = servers.entry(flow.key.offering_stream()).or_default();
        own.push(flow);
    }
    let mut found: BTreeMap<CertificateId, Vec<Run>> = BTreeMap::new();
    for flows in servers.into_values() {
        for run in runs(flows.into_iter()) {
            found.entry(run.certificate).or_default().push(run);
        }
    }
    for runs in found.values_mut() {
        runs.sort_by_key(|run| (run.first, run.last));
        *runs = joined(runs, 0);
        if let Some(shortest) = break_to_join(runs) {
            *runs = joined(runs, shortest);
        }
    }
    found
}

/// These runs, in order of time, where those with breaks of at most so many milliseconds are one.
fn joined(runs: &[Run], longest_break: i64) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(known) if break_between(known, run) <= longest_break => known.extend(run),
            _ => joined.push(*run),
        }
    }
    joined
}

/// The length of the break between two runs in milliseconds. It is negative if they overlap.
fn break_between(one: &Run, next: &Run) -> i64 {
    next.first.since(one.last).unwrap_or(0)
}

/// The length of the longest break to join if there are too many runs.
fn break_to_join(runs: &[Run]) -> Option<i64> {
    let mut breaks: Vec<i64> = runs
        .windows(2)
        .map(|pair| break_between(&pair[0], &pair[1]))
        .collect();
    let too_many = runs.len().checked_sub(MOST_RUNS).filter(|many| *many > 0)?;
    breaks.sort_unstable();
    breaks.get(too_many - 1).copied()
}

/// The runs for the output.
pub(super) fn runs_as_data(runs: &[Run]) -> Vec<CertificateRun> {
    let data = |run: &Run| CertificateRun {
        first: run.first.rfc3339(),
        last: run.last.rfc3339(),
        sessions: run.sessions,
        accepted: run.accepted,
        rejected: run.rejected,
        dropped: run.died,
    };
    runs.iter().map(data).collect()
}

/// What came of these flows over time.
pub(super) fn timeline<'a>(flows: impl Iterator<Item = &'a Flow>, grid: &Grid) -> Vec<UseBucket> {
    let mut buckets: BTreeMap<i64, [u64; 3]> = BTreeMap::new();
    for flow in flows {
        for (start, stretch) in flow.course.stretches() {
            let counts = [
                stretch.accepted_recipients,
                stretch.rejected_recipients,
                stretch.died(),
            ];
            if counts == [0; 3] {
                continue;
            }
            let start = grid.bucket(start.div_euclid(1000));
            let sums = buckets.entry(start).or_default();
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    let buckets = buckets.into_iter();
    buckets
        .filter_map(|(start, [accepted, rejected, dropped])| {
            Some(UseBucket {
                start: grid::text(start)?,
                accepted,
                rejected,
                dropped,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::timestamp::Timestamp;

    fn run(first: i64, last: i64) -> Run {
        Run {
            certificate: CertificateId::Known(0),
            first: Timestamp::from_millis(first),
            last: Timestamp::from_millis(last),
            sessions: 2,
            accepted: 3,
            rejected: 1,
            died: 0,
            shows_offer: true,
        }
    }

    fn spans(runs: &[Run]) -> Vec<(i64, i64, u64)> {
        let span = |run: &Run| (run.first.millis(), run.last.millis(), run.sessions);
        runs.iter().map(span).collect()
    }

    #[test]
    fn runs_of_two_front_ends_that_overlap_are_one() {
        let runs = [run(1, 10), run(4, 6), run(8, 12), run(13, 14)];
        assert_eq!(spans(&joined(&runs, 0)), [(1, 12, 6), (13, 14, 2)]);
    }

    #[test]
    fn too_many_runs_are_joined_over_the_shortest_breaks() {
        let mut runs: Vec<Run> = (0..100).map(|at| run(at * 100, at * 100 + 10)).collect();
        assert_eq!(break_to_join(&runs), None);
        // Two more, close behind others.
        runs.extend([run(5_020, 5_025), run(7_015, 7_018)]);
        runs.sort_by_key(|run| run.first);
        let shortest = break_to_join(&runs).expect("too many");
        assert_eq!(shortest, 10);
        let joined = joined(&runs, shortest);
        assert_eq!(joined.len(), 100);
        let sessions: u64 = joined.iter().map(|run| run.sessions).sum();
        assert_eq!(sessions, 204);
        assert!(spans(&joined).contains(&(5_000, 5_025, 4)));
    }
}
