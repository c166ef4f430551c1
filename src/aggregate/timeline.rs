//! Counts over time in buckets that grow with the period, so that memory does not.
//!
//! In: a time and a count. Out: buckets of one of a fixed ladder of lengths.
//! Invariant: every length divides the next, so coarsening loses no count, and the result depends
//! on the counts only, not on their order.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;

/// The bucket lengths, in seconds.
pub const LADDER: [i64; 9] = [
    60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 6_048_000,
];

/// More buckets than this make the next length the one in use.
const MOST_BUCKETS: usize = 1_500;

/// Counts over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    step: usize,
    buckets: BTreeMap<i64, u64>,
}

impl Timeline {
    /// Counts at a time; an unknown time is not counted.
    pub fn add(&mut self, time: Timestamp, count: u64) {
        if !time.is_known() || count == 0 {
            return;
        }
        *self
            .buckets
            .entry(bucket(time.millis() / 1000, self.step))
            .or_default() += count;
        self.shorten();
    }

    fn shorten(&mut self) {
        while self.buckets.len() > MOST_BUCKETS && self.step + 1 < LADDER.len() {
            self.coarsen(self.step + 1);
        }
    }

    /// Adds another time line.
    pub fn merge(&mut self, other: &Timeline) {
        self.coarsen(self.step.max(other.step));
        for (start, count) in &other.buckets {
            *self.buckets.entry(bucket(*start, self.step)).or_default() += count;
        }
        self.shorten();
    }

    /// The counts in buckets of at least the given ladder step, by start in seconds.
    pub fn at_step(&self, step: usize) -> BTreeMap<i64, u64> {
        let mut copy = self.clone();
        copy.coarsen(step);
        copy.buckets
    }

    /// The step in use.
    pub fn step(&self) -> usize {
        self.step
    }

    fn coarsen(&mut self, step: usize) {
        if step <= self.step {
            return;
        }
        self.step = step.min(LADDER.len() - 1);
        let mut coarse = BTreeMap::new();
        for (start, count) in &self.buckets {
            *coarse.entry(bucket(*start, self.step)).or_default() += count;
        }
        self.buckets = coarse;
    }
}

fn bucket(seconds: i64, step: usize) -> i64 {
    seconds.div_euclid(LADDER[step]) * LADDER[step]
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
            let step = whole.step().max(merged.step());
            prop_assert_eq!(whole.at_step(step), merged.at_step(step));
            prop_assert_eq!(whole.at_step(0).values().sum::<u64>(), times.len() as u64);
        }
    }
}
