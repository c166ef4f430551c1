//! LOG003: sessions without beginning or end, where no border of the input explains it.

use crate::aggregate::timeline::{LADDER, Timeline};

use super::Entry;
use super::check::{Check, Findings, Observation};
use super::entry::entry;
use super::fix::Fix;
use super::setup::Setup;
use super::words;

entry! {
    /// Sessions have no beginning or no end, and the borders of the input do not explain it.
    ///
    /// ## What it finds
    /// Sessions whose first rows are missing although the stream's logs begin long before, or whose
    /// last rows are missing although they go on long after. Sessions open at the first and last
    /// quarter of an hour of a stream are cut by the borders of the input: they do not count.
    ///
    /// ## Why it matters
    /// Without its beginning a session does not show its certificate; without its end it does not
    /// show what became of its last message.
    ///
    /// ## What to do
    /// See whether a rolled file is missing or was cut. A restart of the service leaves sessions
    /// without an end too.
    SessionsCut, "LOG003", "sessions-cut", Info, High
}

/// How near to a border of the stream a cut session is explained by it, in seconds: longer than
/// Exchange keeps an idle connection.
const BORDER: i64 = 900;

impl Check for SessionsCut {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        let Some(study) = setup.logs else {
            return;
        };
        for (index, activity) in &study.aggregate.activity {
            let Some(stream) = study.streams.get(*index) else {
                continue;
            };
            let from = activity.first.millis().div_euclid(1000) + BORDER;
            let until = activity.last.millis().div_euclid(1000) - BORDER;
            let without_start = count(&activity.without_start, |start, _| start > from);
            let without_end = count(&activity.without_end, |start, length| {
                start + length <= until
            });
            if without_start + without_end == 0 {
                continue;
            }
            let name = words::stream(&stream.name);
            let cut = [
                (without_start, "without a beginning"),
                (without_end, "without an end"),
            ];
            let cut: Vec<String> = cut
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| {
                    let sessions = if *count == 1 { "session" } else { "sessions" };
                    format!("{count} {sessions} {what}")
                })
                .collect();
            let message = format!("In the midst of the logs of {name}: {}.", cut.join(", "));
            findings.add(
                Observation::of(&Self::ENTRY, &stream.name, message)
                    .count(without_start + without_end)
                    .fix(Fix::step(
                        "See whether a file of this folder is missing or was cut. A restart of the transport service leaves sessions without an end as well.",
                    )),
            );
        }
    }
}

/// The counts of the buckets that are wanted, by their start and length.
fn count(timeline: &Timeline, wanted: impl Fn(i64, i64) -> bool) -> u64 {
    let length = LADDER[timeline.step()];
    let buckets = timeline.at_step(0).into_iter();
    buckets
        .filter(|(start, _)| wanted(*start, length))
        .map(|(_, count)| count)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::rules::scenario::Session;
    use crate::rules::scenario_setup::of_logs;

    fn session(time: &'static str, start: bool) -> Session {
        Session {
            time,
            start,
            ..Session::default()
        }
    }

    fn found(sessions: &[Session]) -> Vec<Observation> {
        of_logs(&SessionsCut, sessions, &[], &OnPremises::default()).observations
    }

    #[test]
    fn fires_on_a_session_without_a_beginning_in_the_midst() {
        let found = found(&[
            session("2026-11-03T02:00", true),
            session("2026-11-03T03:00", false),
            session("2026-11-03T04:00", true),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].subject.as_str()), (1, "EX01"));
        assert!(found[0].message.contains("1 session without a beginning"));
    }

    #[test]
    fn stays_silent_at_the_borders_and_on_whole_sessions() {
        for sessions in [
            [
                session("2026-11-03T02:00", false),
                session("2026-11-03T04:00", true),
            ],
            [
                session("2026-11-03T02:00", true),
                session("2026-11-03T04:00", true),
            ],
        ] {
            assert!(found(&sessions).is_empty());
        }
    }
}
