//! The times for which a stream has no log, although there should be one.
//!
//! In: when the stream had sessions, and the names of its log files. Out: [`Gaps`].
//! Must not know why: files may be missing, or no mail was sent.

use crate::aggregate::activity::Activity;
use crate::aggregate::silence::silences;
use crate::aggregate::timeline::LADDER;
use crate::diagnosis::analysis::Analysis;
use crate::input::stream::{self, MissingFiles};
use crate::input::timestamp::Timestamp;

/// A first and a last time.
pub type Span = (Timestamp, Timestamp);

/// The gaps in the logs of a stream.
#[derive(Debug, Default)]
pub struct Gaps {
    /// The numbers that are missing among its files.
    pub missing: Vec<MissingFiles>,
    /// The silences amid normal traffic.
    pub silences: Vec<Span>,
    /// Both as times, in order. A file that is missing shows only the day or hour of its rows, so its
    /// gap is the longest time without a row in it.
    pub times: Vec<Span>,
}

impl Gaps {
    /// The gaps of a stream with these log files.
    fn of<'f>(activity: Option<&Activity>, files: impl Iterator<Item = &'f str>) -> Gaps {
        let missing = stream::missing_files(files);
        let silences: Vec<Span> = activity
            .map_or_else(Vec::new, silences)
            .into_iter()
            .map(|(from, until)| (time(from), time(until)))
            .collect();
        let periods = missing.iter().filter_map(MissingFiles::period);
        let without_rows = periods.filter_map(|period| longest_silence(activity?, period));
        let mut times: Vec<Span> = without_rows.chain(silences.iter().copied()).collect();
        times.sort_unstable();
        Gaps {
            missing,
            silences,
            times: apart(&times),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.silences.is_empty()
    }
}

/// The gaps of each stream, by its number. `files` are the log files, each with the number of its stream.
pub fn of_streams<'f>(
    analysis: &Analysis<'_>,
    files: impl Iterator<Item = (usize, &'f str)>,
) -> Vec<Gaps> {
    let mut names: Vec<Vec<&str>> = vec![Vec::new(); analysis.streams.len()];
    for (stream, name) in files {
        if let Some(own) = names.get_mut(stream) {
            own.push(name);
        }
    }
    let names = names.into_iter().enumerate();
    names
        .map(|(index, names)| Gaps::of(analysis.aggregate.activity.get(&index), names.into_iter()))
        .collect()
}

/// The longest time within the period without the beginning or the end of a session.
fn longest_silence(activity: &Activity, (begin, end): Span) -> Option<Span> {
    let length = LADDER[activity.over_time.step()];
    let (begin, end) = (begin.millis() / 1000, end.millis() / 1000);
    let buckets = activity.over_time.at_step(0);
    let mut known = begin;
    let mut longest = (begin, begin);
    let inside = buckets.range(begin - length + 1..end);
    for start in inside.map(|(start, _)| *start).chain([end]) {
        if start - known > longest.1 - longest.0 {
            longest = (known, start);
        }
        known = known.max(start + length);
    }
    (longest.1 > longest.0).then(|| (time(longest.0), time(longest.1)))
}

/// The same times, where those that touch are one.
fn apart(times: &[Span]) -> Vec<Span> {
    let mut apart: Vec<Span> = Vec::new();
    for (begin, end) in times {
        match apart.last_mut() {
            Some(last) if *begin <= last.1 => last.1 = last.1.later(*end),
            _ => apart.push((*begin, *end)),
        }
    }
    apart
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session in each of these minutes of 2026-11-03, 02:00.
    fn activity(minutes: impl Iterator<Item = i64>) -> Activity {
        let hour = Timestamp::parse(b"2026-11-03T02:00:00Z").expect("a time");
        let mut activity = Activity::default();
        for minute in minutes {
            let time = Timestamp::from_millis(hour.millis() + minute * 60_000);
            activity.first = activity.first.earlier(time);
            activity.last = activity.last.later(time);
            activity.over_time.add(time, 1);
        }
        activity
    }

    fn times(gaps: &Gaps) -> Vec<String> {
        let text = |(begin, end): &Span| format!("{begin} {end}");
        gaps.times.iter().map(text).collect()
    }

    #[test]
    fn a_missing_file_has_the_longest_time_without_a_row() {
        let files = ["SEND2026110302-1.LOG", "SEND2026110302-3.LOG"];
        let activity = activity((0..20).chain(45..70));
        let gaps = Gaps::of(Some(&activity), files.into_iter());
        assert_eq!(gaps.missing.len(), 1);
        assert!(gaps.silences.is_empty());
        assert_eq!(
            times(&gaps),
            ["2026-11-03T02:20:00.000Z 2026-11-03T02:45:00.000Z"]
        );
    }

    #[test]
    fn a_silence_that_a_missing_file_explains_is_one_gap() {
        let files = ["SEND2026110302-1.LOG", "SEND2026110304-2.LOG"];
        let activity = activity((0..50).chain(170..240));
        let gaps = Gaps::of(Some(&activity), files.into_iter());
        assert_eq!((gaps.missing.len(), gaps.silences.len()), (1, 1));
        assert_eq!(
            times(&gaps),
            ["2026-11-03T02:50:00.000Z 2026-11-03T04:50:00.000Z"]
        );
    }

    #[test]
    fn without_a_time_without_rows_only_the_file_is_known() {
        let files = ["SEND2026110302-1.LOG", "SEND2026110302-3.LOG"];
        let gaps = Gaps::of(Some(&activity(0..60)), files.into_iter());
        assert!(!gaps.is_empty());
        assert!(gaps.times.is_empty());
        assert!(Gaps::of(Some(&activity(0..60)), std::iter::empty()).is_empty());
    }
}
