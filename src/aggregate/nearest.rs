//! Of many periods of time, the one that overlaps another and begins nearest to it.
//!
//! In: periods in groups, those of a group next to each other and by their beginning. Out: the places of
//! the nearest ones.
//! Must not know whose periods they are. Each question takes a time that grows with the logarithm of
//! their number, because a log may hold very many halves of proxied sessions with one id.

use std::ops::Range;

use crate::input::timestamp::Timestamp;

/// Clocks of two servers differ: periods this far apart still overlap.
const CLOCK_SKEW: i64 = 5_000;

/// A beginning and an end.
pub(super) type Period = (Timestamp, Timestamp);

/// The end of what is not looked for: an unknown time.
const NEVER: i64 = i64::MIN;

/// True where two periods overlap, a little skew of the clocks allowed. Unknown times overlap
/// nothing.
pub(super) fn overlap(one: Period, other: Period) -> bool {
    match (one.1.since(other.0), other.1.since(one.0)) {
        (Some(after), Some(before)) => after >= -CLOCK_SKEW && before >= -CLOCK_SKEW,
        _ => false,
    }
}

/// How far apart two times are.
pub(super) fn distance(one: Timestamp, other: Timestamp) -> u64 {
    one.since(other).map_or(u64::MAX, i64::unsigned_abs)
}

/// Periods in groups.
#[derive(Debug)]
pub(super) struct Nearest {
    periods: Vec<Period>,
    /// A binary tree: the root is number 1, the children of *n* are 2*n* and 2*n* + 1, and the leaves
    /// are the periods. Each holds the latest end below it.
    ends: Vec<i64>,
}

impl Nearest {
    /// Those of a group must be next to each other, by their beginning.
    pub(super) fn of(periods: Vec<Period>) -> Nearest {
        let leaves = periods.len().next_power_of_two();
        let mut ends = vec![NEVER; 2 * leaves];
        for (leaf, (start, end)) in ends[leaves..].iter_mut().zip(&periods) {
            if start.is_known() {
                *leaf = end.millis();
            }
        }
        for node in (1..leaves).rev() {
            ends[node] = ends[2 * node].max(ends[2 * node + 1]);
        }
        Nearest { periods, ends }
    }

    /// Forgets the period at this place.
    pub(super) fn remove(&mut self, at: usize) {
        let mut node = self.ends.len() / 2 + at;
        self.ends[node] = NEVER;
        while node > 1 {
            node /= 2;
            self.ends[node] = self.ends[2 * node].max(self.ends[2 * node + 1]);
        }
    }

    /// The nearest ones of a group that overlap this period: one that begins before it, and one that
    /// does not. Of those that begin at the same time, it is the first.
    pub(super) fn around(&self, group: Range<usize>, period: Period) -> [Option<usize>; 2] {
        let (started, ended) = period;
        if !started.is_known() || !ended.is_known() {
            return [None, None];
        }
        let earliest = started.millis().saturating_sub(CLOCK_SKEW).max(NEVER + 1);
        let begin_before = |range: Range<usize>, time: Timestamp| {
            let periods = &self.periods[range.clone()];
            range.start + periods.partition_point(|(start, _)| *start < time)
        };
        let middle = begin_before(group.clone(), started);
        let earlier = self.last(group.start..middle, earliest).and_then(|last| {
            let same = begin_before(group.start..middle, self.periods[last].0);
            self.first(same..middle, earliest)
        });
        let later = self.first(middle..group.end, earliest);
        [earlier, later].map(|found| found.filter(|at| overlap(self.periods[*at], period)))
    }

    /// The first one in a range that ends at this time or later.
    fn first(&self, range: Range<usize>, time: i64) -> Option<usize> {
        self.find(1, 0..self.ends.len() / 2, &range, time, true)
    }

    /// The last one in a range that ends at this time or later.
    fn last(&self, range: Range<usize>, time: i64) -> Option<usize> {
        self.find(1, 0..self.ends.len() / 2, &range, time, false)
    }

    fn find(
        &self,
        node: usize,
        below: Range<usize>,
        range: &Range<usize>,
        time: i64,
        first: bool,
    ) -> Option<usize> {
        let outside = range.end <= below.start || below.end <= range.start;
        if range.is_empty() || outside || self.ends[node] < time {
            return None;
        }
        if below.len() == 1 {
            return Some(below.start);
        }
        let middle = below.start + below.len() / 2;
        let left = (2 * node, below.start..middle);
        let right = (2 * node + 1, middle..below.end);
        let order = if first { [left, right] } else { [right, left] };
        order
            .into_iter()
            .find_map(|(node, below)| self.find(node, below, range, time, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(second: u32) -> Timestamp {
        match second {
            0 => Timestamp::UNKNOWN,
            _ => Timestamp::from_millis(i64::from(second) * 1000),
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_a_look_at_all_of_them_finds(
            groups in proptest::collection::vec(
                proptest::collection::vec((0u32..60, 0u32..30), 0..12), 1..4),
            questions in proptest::collection::vec((0usize..4, 0u32..60, 0u32..30), 1..30),
        ) {
            let period = |start: u32, length: u32| match start {
                0 => (time(0), time(length)),
                _ => (time(start), time(start + length)),
            };
            let mut periods = Vec::new();
            let mut ranges = Vec::new();
            for group in &groups {
                let mut own: Vec<Period> = group.iter().map(|(a, b)| period(*a, *b)).collect();
                own.sort_by_key(|(start, _)| *start);
                ranges.push(periods.len()..periods.len() + own.len());
                periods.extend(own);
            }
            let mut nearest = Nearest::of(periods.clone());
            let mut left: Vec<bool> = vec![true; periods.len()];
            for (group, start, length) in questions {
                let range = ranges[group % ranges.len()].clone();
                let wanted = period(start, length);
                let apart = |at: &usize| distance(periods[*at].0, wanted.0);
                let expected = range.clone()
                    .filter(|at| left[*at] && overlap(periods[*at], wanted))
                    .min_by_key(|at| (apart(at), *at));
                let found = nearest.around(range, wanted);
                prop_assert_eq!(found.into_iter().flatten().min_by_key(apart), expected);
                if let Some(at) = expected {
                    left[at] = false;
                    nearest.remove(at);
                }
            }
        }
    }
}
