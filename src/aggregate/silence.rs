//! Silences in the logs of a stream: hours without a row, where many are usual.
//!
//! In: the [`Activity`] of the stream. Out: the periods in which rows are missing.
//! Must not know why: files may be missing, or no mail was sent.

use super::activity::Activity;
use super::timeline::LADDER;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How many expected sessions must be missing before a silence is one.
const EXPECTED: i64 = 12;

/// Silences between periods of traffic, in seconds since the epoch.
pub fn silences(activity: &Activity) -> Vec<(i64, i64)> {
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
    use crate::input::timestamp::Timestamp;

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
}
