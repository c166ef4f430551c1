//! Counts over time in buckets that grow with the period, so that memory does not.
//!
//! In: a time and a count. Out: buckets of one of a fixed ladder of lengths.
//! Invariant: every length divides the next, so coarsening loses no count, and the result depends
//! on the counts only, not on their order.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;

use super::buckets::{Buckets, Join, Ladder};

/// The bucket lengths, in seconds.
pub const LADDER: [i64; 9] = [
    60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 6_048_000,
];

static LENGTHS: Ladder = Ladder {
    lengths: &{
        let mut millis = LADDER;
        let mut at = 0;
        while at < millis.len() {
            millis[at] *= 1000;
            at += 1;
        }
        millis
    },
    most: 1_500,
};

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline(Buckets<u64>);

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline(Buckets::new(&LENGTHS))
    }
}

impl Timeline {
    pub(super) fn ladder() -> &'static Ladder {
        &LENGTHS
    }

    pub(super) fn buckets(&self) -> &Buckets<u64> {
        &self.0
    }

    pub(super) fn of_buckets(buckets: Buckets<u64>) -> Timeline {
        Timeline(buckets)
    }

    /// Counts at a time; an unknown time is not counted.
    pub fn add(&mut self, time: Timestamp, count: u64) {
        if time.is_known() && count > 0 {
            self.0.add(time.millis(), count);
        }
    }

    /// Adds another time line.
    pub fn merge(&mut self, other: &Timeline) {
        self.0.merge(&other.0, |count| *count);
    }

    /// The count of all buckets that reach into the time from `first` to `last`.
    pub fn within(&self, first: Timestamp, last: Timestamp) -> u64 {
        if !first.is_known() || last < first {
            return 0;
        }
        let buckets = self.0.values();
        let inside = buckets.range(self.0.start(first.millis())..=last.millis());
        inside.map(|(_, count)| count).sum()
    }

    /// The counts in buckets of at least the given ladder step, by start in seconds.
    pub fn at_step(&self, step: usize) -> BTreeMap<i64, u64> {
        let mut copy = self.0.clone();
        copy.coarsen(step);
        let buckets = copy.values().iter();
        buckets
            .map(|(start, count)| (start / 1000, *count))
            .collect()
    }

    /// The step in use.
    pub fn step(&self) -> usize {
        self.0.step()
    }
}

/// When something happened: counts over time with the first and the last time of each bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times(Buckets<Moments>);

/// What happened in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moments {
    pub(super) count: u64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Join for Moments {
    fn join(&mut self, other: Moments) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Default for Times {
    fn default() -> Times {
        Times(Buckets::new(&LENGTHS))
    }
}

impl Times {
    pub(super) fn ladder() -> &'static Ladder {
        &LENGTHS
    }

    pub(super) fn buckets(&self) -> &Buckets<Moments> {
        &self.0
    }

    pub(super) fn of_buckets(buckets: Buckets<Moments>) -> Times {
        Times(buckets)
    }

    /// Counts at a time; an unknown time is not counted.
    pub fn add(&mut self, time: Timestamp) {
        if time.is_known() {
            let time = time.millis();
            let moments = Moments {
                count: 1,
                first: time,
                last: time,
            };
            self.0.add(time, moments);
        }
    }

    /// Adds other times.
    pub fn merge(&mut self, other: &Times) {
        self.0.merge(&other.0, |moments| *moments);
    }

    /// The counts in buckets of at least the given ladder step, by start in seconds.
    pub fn at_step(&self, step: usize) -> BTreeMap<i64, u64> {
        let mut copy = self.0.clone();
        copy.coarsen(step);
        let buckets = copy.values().iter();
        buckets
            .map(|(start, moments)| (start / 1000, moments.count))
            .collect()
    }

    /// The step in use.
    pub fn step(&self) -> usize {
        self.0.step()
    }

    /// The longest time without anything between two of them, in milliseconds. Within a bucket, only
    /// two times show how far apart they are.
    pub fn longest_silence(&self) -> i64 {
        let mut longest = 0;
        let mut before: Option<i64> = None;
        for moments in self.0.values().values() {
            if let Some(before) = before {
                longest = longest.max(moments.first - before);
            }
            if moments.count == 2 {
                longest = longest.max(moments.last - moments.first);
            }
            before = Some(moments.last);
        }
        longest
    }
}

/// The ladder step at which a period of so many seconds has at most `most` buckets.
pub fn step_for(seconds: i64, most: i64) -> usize {
    LADDER
        .iter()
        .position(|length| seconds / length < most)
        .unwrap_or(LADDER.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_length_divides_the_next() {
        for pair in LADDER.windows(2) {
            assert_eq!(pair[1] % pair[0], 0);
        }
    }

    #[test]
    fn the_longest_silence_lies_between_two_times() {
        let times = |seconds: &[i64]| {
            let mut times = Times::default();
            for second in seconds {
                times.add(Timestamp::from_millis(second * 1000));
            }
            times.longest_silence() / 1000
        };
        assert_eq!(times(&[5]), 0);
        assert_eq!(times(&[5, 45]), 40);
        assert_eq!(times(&[5, 45, 50, 130]), 80);
    }

    #[test]
    fn a_time_has_the_counts_of_all_buckets_that_it_touches() {
        let second = |second: i64| Timestamp::from_millis(second * 1000);
        let mut line = Timeline::default();
        for (time, count) in [(10, 1), (70, 2), (130, 4), (190, 8)] {
            line.add(second(time), count);
        }
        assert_eq!(line.within(second(100), second(130)), 6);
        assert_eq!(line.within(second(180), second(180)), 8);
        assert_eq!(line.within(second(0), second(500)), 15);
        assert_eq!(line.within(second(130), second(100)), 0);
        assert_eq!(line.within(Timestamp::UNKNOWN, Timestamp::UNKNOWN), 0);
    }

    #[test]
    fn a_short_period_has_short_buckets() {
        assert_eq!(LADDER[step_for(600, 24)], 60);
        assert_eq!(LADDER[step_for(86_400, 30)], 3600);
    }

    proptest! {
        #[test]
        fn order_and_partition_do_not_matter(
            times in proptest::collection::vec(0i64..40_000_000, 0..3000), cut in 0usize..3000
        ) {
            let line = |times: &[i64]| {
                let mut line = Timeline::default();
                times.iter().for_each(|time| line.add(Timestamp::from_millis(time * 1000), 1));
                line
            };
            let whole = line(&times);
            let cut = cut.min(times.len());
            let mut merged = line(&times[cut..]);
            merged.merge(&line(&times[..cut]));
            prop_assert_eq!(&whole, &merged);
            prop_assert_eq!(whole.at_step(0).values().sum::<u64>(), times.len() as u64);
        }
    }
}
