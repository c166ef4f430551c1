//! How many sessions or messages have each set of occurrences.
//!
//! In: the occurrences of a session or message, by number. Out: a count per distinct set.
//! Must not know what the occurrences are.

use std::collections::BTreeMap;

/// Counts by set; each set is sorted.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets(BTreeMap<Vec<usize>, u64>);

impl Sets {
    /// Counts a set, whose numbers may come in any order and more than once. An empty one does not
    /// count.
    pub(super) fn count(&mut self, set: &mut Vec<usize>, count: u64) {
        set.sort_unstable();
        set.dedup();
        if set.is_empty() {
            return;
        }
        match self.0.get_mut(set) {
            Some(sum) => *sum += count,
            None => drop(self.0.insert(set.clone(), count)),
        }
    }

    /// All sets with their counts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[usize], u64)> {
        let sets = self.0.iter();
        sets.map(|(set, count)| (set.as_slice(), *count))
    }

    /// Adds other sets, whose numbers have become those in `numbers`.
    pub(super) fn merge(&mut self, other: Sets, numbers: &[usize]) {
        for (mut set, count) in other.0 {
            for number in &mut set {
                *number = numbers[*number];
            }
            self.count(&mut set, count);
        }
    }

    /// The counts.
    pub(super) fn finish(self) -> BTreeMap<Vec<usize>, u64> {
        self.0
    }
}
