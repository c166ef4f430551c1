//! The common time scale of a report: equal periods from the first to the last time of the logs.
//!
//! In: the first and the last time. Out: a [`Grid`], and which of its periods a time is in.
//! Must not count anything. Invariant: the length of a period is a multiple of every length in which
//! times are kept for logs of that length, so no count is divided.

use schemars::JsonSchema;
use serde::Serialize;

use crate::input::timestamp::Timestamp;

/// More periods than this are too narrow in a picture.
const MOST_BUCKETS: i64 = 90;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The lengths of a period in seconds. Those of more than a day are for logs of more than 90 days.
const STEPS: [i64; 14] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    LONGEST,
];

const LONGEST: i64 = 70 * DAY;

/// The time scale that the timelines of all `certificates` share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grid {
    /// The start of the first period. Up to a length of a day, every midnight (UTC) is the start of a
    /// period.
    pub start: String,
    /// The length of a period in seconds.
    pub bucket_seconds: i64,
    /// The number of periods up to the last time of the logs.
    pub buckets: u64,
}

impl Grid {
    /// The time scale of this period; `None` if the times are unknown.
    pub fn of(first: Timestamp, last: Timestamp) -> Option<Grid> {
        let first = first.known()?.millis().div_euclid(1000);
        let last = last.known()?.millis().div_euclid(1000).max(first);
        let buckets = |length: i64| last.div_euclid(length) - first.div_euclid(length) + 1;
        let fits = |length: &i64| buckets(*length) <= MOST_BUCKETS;
        let length = STEPS.into_iter().find(fits).unwrap_or_else(|| {
            // No real log lasts that long, but anything can be written into a file.
            let times = buckets(LONGEST) / (MOST_BUCKETS - 1) + 1;
            times * LONGEST
        });
        let start = first.div_euclid(length).checked_mul(length)?;
        Some(Grid {
            start: text(start)?,
            bucket_seconds: length,
            buckets: u64::try_from(buckets(length)).unwrap_or(0),
        })
    }

    /// The start of the period of a time, both in seconds since 1970.
    pub fn bucket(&self, seconds: i64) -> i64 {
        let length = self.bucket_seconds;
        seconds.div_euclid(length).saturating_mul(length)
    }
}

/// A start for the output, of seconds since 1970.
pub fn text(seconds: i64) -> Option<String> {
    let start = Timestamp::from_millis(seconds.checked_mul(1000)?).to_chrono()?;
    Some(start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(first: &str, last: &str) -> Grid {
        let time = |text: &str| Timestamp::parse(text.as_bytes()).expect("a time");
        Grid::of(time(first), time(last)).expect("a grid")
    }

    #[test]
    fn the_smallest_length_that_gives_at_most_ninety_periods() {
        for (first, last, start, seconds, buckets) in [
            (
                "2026-11-02T00:17:00Z",
                "2026-11-02T00:17:00Z",
                "2026-11-02T00:17:00Z",
                60,
                1,
            ),
            (
                "2026-11-02T22:58:10Z",
                "2026-11-03T04:09:00Z",
                "2026-11-02T22:55:00Z",
                300,
                63,
            ),
            (
                "2026-11-02T00:17:00Z",
                "2026-11-08T23:18:00Z",
                "2026-11-02T00:00:00Z",
                7200,
                84,
            ),
            (
                "2026-11-01T10:00:00Z",
                "2026-11-30T23:59:59Z",
                "2026-11-01T00:00:00Z",
                43_200,
                60,
            ),
        ] {
            let found = grid(first, last);
            assert_eq!(
                (found.start.as_str(), found.bucket_seconds, found.buckets),
                (start, seconds, buckets)
            );
        }
    }

    #[test]
    fn a_period_that_begins_within_a_bucket_has_no_more_than_ninety() {
        // 90 minutes from the middle of a minute touch 91 minutes.
        let found = grid("2026-11-02T00:00:30Z", "2026-11-02T01:30:30Z");
        assert_eq!((found.bucket_seconds, found.buckets), (120, 46));
    }

    #[test]
    fn centuries_have_no_more_periods_than_a_week() {
        for (first, last) in [
            ("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
            ("2020-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ] {
            let found = grid(first, last);
            assert!(found.buckets <= 90, "{found:?}");
            assert_eq!(found.bucket_seconds % (7 * DAY), 0, "{found:?}");
        }
    }

    #[test]
    fn without_times_there_is_none() {
        assert_eq!(Grid::of(Timestamp::UNKNOWN, Timestamp::UNKNOWN), None);
    }
}
