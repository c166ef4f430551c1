//! LOG002: the logs do not cover a part of their period.

use crate::aggregate::activity::Activity;
use crate::aggregate::timeline::LADDER;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::stream_label;
use crate::input::stream;
use crate::input::stream::MissingFiles;
use crate::input::timestamp::Timestamp;
use crate::remedy::settings;

declare_rule! {
    /// The logs of a server have a gap: a rolled file is missing, or hours of normal traffic
    /// contain no lines.
    ///
    /// ## What it finds
    /// - Missing file numbers, such as `SEND2026110302-1.LOG` and `-3.LOG` without `-2.LOG`.
    /// - Periods of an hour or more without any line, where at least twelve sessions are expected
    ///   from the traffic before and after. A period at a time of day that is also quiet on the
    ///   day before or after is not reported.
    ///
    /// ## Why it matters
    /// The report does not contain what happened in a gap, such as the renewal of a certificate.
    /// All counts are too low.
    ///
    /// ## What to do
    /// Copy the missing files from the server. If they do not exist, the service was stopped, no
    /// mail was sent, or protocol logging was off.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): the number in the name of a file
    ///   counts up, and the oldest files are deleted by size and age.
    MissingLogTime {
        code: "LOG002",
        name: "missing-log-time",
        severity: Info,
        confidence: Medium,
        needs: [SendLogs],
        proof: LogRows,
    }
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How many expected sessions must be missing before a silence is reported.
const EXPECTED: i64 = 12;

/// How many silences and missing files are named for each stream.
const MOST_NAMED: usize = 5;

impl Check for MissingLogTime {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let mut alike: Vec<Gaps<'_>> = Vec::new();
        for (index, known) in analysis.streams.iter().enumerate() {
            let files = context.reading.files.iter();
            let names = files.filter(|(stream, _)| *stream == index);
            let missing = stream::missing_files(names.map(|(_, name)| name.as_str()));
            let silences = analysis
                .aggregate
                .activity
                .get(&index)
                .map_or_else(Vec::new, silences);
            let mut parts: Vec<String> = missing.iter().map(missing_text).collect();
            parts.extend(silences.iter().map(silence_text));
            if parts.is_empty() {
                continue;
            }
            // A missing number proves a gap. A silence may have other reasons.
            let sure = if missing.is_empty() {
                Confidence::Low
            } else {
                Confidence::High
            };
            match alike.iter_mut().find(|gaps| gaps.parts == parts) {
                Some(gaps) => gaps.streams.push(&known.name),
                None => alike.push(Gaps {
                    streams: vec![&known.name],
                    parts,
                    sure,
                }),
            }
        }
        for gaps in alike {
            findings.add(observation(gaps));
        }
    }
}

/// The gaps that one or more streams have.
struct Gaps<'a> {
    streams: Vec<&'a str>,
    parts: Vec<String>,
    sure: Confidence,
}

fn observation(gaps: Gaps<'_>) -> Finding {
    let Gaps {
        streams,
        mut parts,
        sure,
    } = gaps;
    let count = parts.len();
    if count > MOST_NAMED {
        parts.truncate(MOST_NAMED);
        parts.push(format!("{} more", count - MOST_NAMED));
    }
    let places = settings::listed(streams.iter().map(|name| stream_label(name)));
    let message = format!("The logs of {places} have gaps: {}.", parts.join("; "));
    Finding::of(&MissingLogTime::META, streams[0], message)
        .confidence(sure)
        .count((count * streams.len()) as u64)
        .fix(Fix::step(
            "Copy the missing files from the SmtpSend folder of the server. If they do not exist, no mail was sent in that time, the service was stopped, or protocol logging was off.",
        ))
}

fn missing_text(missing: &MissingFiles) -> String {
    let MissingFiles {
        prefix,
        first,
        last,
    } = missing;
    if first == last {
        format!("{prefix}{first}.LOG is missing")
    } else {
        format!("{prefix}{first}.LOG to {prefix}{last}.LOG are missing")
    }
}

fn silence_text(&(from, until): &(i64, i64)) -> String {
    let text = |seconds: i64| {
        let time = Timestamp::from_millis(seconds.saturating_mul(1000)).rfc3339();
        time.unwrap_or_default()
    };
    format!("no line from {} to {}", text(from), text(until))
}

/// Silences between periods of traffic, in seconds since the epoch.
fn silences(activity: &Activity) -> Vec<(i64, i64)> {
    let length = LADDER[activity.over_time.step()];
    let buckets: Vec<(i64, i64)> = activity
        .over_time
        .at_step(0)
        .into_iter()
        .map(|(start, count)| (start, i64::try_from(count).unwrap_or(i64::MAX)))
        .collect();
    let busy = |from: i64, until: i64| -> i64 {
        let first = buckets.partition_point(|(start, _)| *start < from);
        let inside = buckets[first..]
            .iter()
            .take_while(|(start, _)| *start < until);
        inside.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    };
    let around = HOUR.max(length);
    let mut silences = Vec::new();
    for pair in buckets.windows(2) {
        let (from, until) = (pair[0].0 + length, pair[1].0);
        let silent = until - from;
        if silent < HOUR {
            continue;
        }
        let before = busy(from - around, from);
        let after = busy(until, until + around);
        let pace = before.min(after);
        let expected = pace.saturating_mul(silent) / around;
        // A few sessions an hour are too few to expect anything.
        if expected < EXPECTED || pace < 4 {
            continue;
        }
        // The same hours of the day before or after were mostly silent too: this is normal.
        let habit = [-DAY, DAY].iter().any(|day| {
            let inside = activity.first.millis() / 1000 <= from + day
                && until + day <= activity.last.millis() / 1000;
            inside && busy(from + day, until + day) < expected / 4
        });
        if !habit {
            silences.push((from, until));
        }
    }
    silences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::check_context::LogReading;
    use crate::scenario::exports::of_reading;

    /// Activity with a session every `every` minutes in the given hours.
    fn activity(hours: &[std::ops::Range<i64>], every: usize) -> Activity {
        let mut activity = Activity::default();
        for minute in hours
            .iter()
            .flat_map(|hours| (hours.start * 60..hours.end * 60).step_by(every))
        {
            let time = Timestamp::from_millis(minute * 60_000);
            activity.first = activity.first.earlier(time);
            activity.last = activity.last.later(time);
            activity.over_time.add(time, 1);
        }
        activity
    }

    #[test]
    fn a_silence_between_traffic_is_a_gap() {
        assert_eq!(
            silences(&activity(&[0..6, 12..18], 2)),
            [(5 * HOUR + 58 * 60 + 60, 12 * HOUR)]
        );
        // One hour is enough where there is a session a minute.
        assert_eq!(
            silences(&activity(&[0..6, 7..9], 1)),
            [(6 * HOUR, 7 * HOUR)]
        );
    }

    #[test]
    fn thin_traffic_short_silences_and_quiet_nights_are_none() {
        assert_eq!(silences(&activity(&[0..6, 12..18], 20)), []);
        assert_eq!(silences(&activity(&[0..6, 8..10], 30)), []);
        let nights = [8..20, 32..44, 56..68];
        assert_eq!(silences(&activity(&nights, 2)), []);
        assert_eq!(silences(&Activity::default()), []);
    }

    #[test]
    fn a_missing_file_fires_and_none_does_not() {
        let reading = |names: &[&str]| LogReading {
            files: names.iter().map(|name| (0, (*name).to_owned())).collect(),
            ..LogReading::default()
        };
        let found = of_reading(
            &MissingLogTime,
            &reading(&["SEND2026110302-1.LOG", "SEND2026110302-3.LOG"]),
        );
        assert!(
            found.findings[0]
                .message
                .contains("SEND2026110302-2.LOG is missing")
        );
        let found = of_reading(
            &MissingLogTime,
            &reading(&["SEND2026110302-2.LOG", "SEND2026110303-1.LOG"]),
        );
        assert!(found.findings.is_empty());
    }
}
