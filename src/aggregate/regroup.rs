//! Occurrences are counted anew once more is known about the sessions than they show themselves.
//!
//! In: [`Totals`] and a decision for each occurrence. Out: the same totals, in which occurrences that
//! have become equal are one.
//! Must not decide anything itself. Invariant: no rejection is lost.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem::take;

use super::occurrence::{Kind, Occurrence, OccurrenceKey};
use super::totals::Totals;

/// What becomes of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It needs a cause, under its key as it is now.
    Keep,
    /// It is a rejection that asks for no cause.
    Other,
    /// It needs no cause, and it is no rejection.
    Forget,
}

impl Totals {
    /// Decides about every occurrence. `decide` may change its key.
    pub fn regroup(&mut self, mut decide: impl FnMut(&mut Occurrence) -> Fate) {
        let mut kept: BTreeMap<OccurrenceKey, Occurrence> = BTreeMap::new();
        let mut keys = Vec::with_capacity(self.occurrences.len());
        for mut one in take(&mut self.occurrences) {
            let fate = decide(&mut one);
            keys.push((fate == Fate::Keep).then_some(one.key));
            match fate {
                Fate::Keep => match kept.entry(one.key) {
                    Entry::Vacant(room) => drop(room.insert(one)),
                    Entry::Occupied(mut known) => known.get_mut().merge(&one),
                },
                Fate::Other => self.count_as_other(&one),
                Fate::Forget => {}
            }
        }
        let order: BTreeMap<OccurrenceKey, usize> = kept.keys().copied().zip(0..).collect();
        let numbers: Vec<Option<usize>> = keys
            .iter()
            .map(|key| key.and_then(|key| order.get(&key).copied()))
            .collect();
        self.session_sets = renumbered(take(&mut self.session_sets), &numbers);
        self.message_sets = renumbered(take(&mut self.message_sets), &numbers);
        self.occurrences = kept.into_values().collect();
    }

    /// Adds an occurrence of so many sessions. Its key must be greater than all others.
    pub fn append(&mut self, occurrence: Occurrence, sessions: u64) {
        let number = self.occurrences.len();
        self.occurrences.push(occurrence);
        self.session_sets.insert(vec![number], sessions);
    }

    fn count_as_other(&mut self, one: &Occurrence) {
        if let Kind::Reply {
            code,
            enhanced,
            sentence,
            ..
        } = one.key.kind
        {
            let flow = &mut self.flows[one.key.flow];
            flow.other_rejections.add(code, enhanced, one.count);
            let text = self.names.text(sentence).into();
            let count = self.other_rejections.entry((code, enhanced, text));
            *count.or_default() += one.count;
        }
    }
}

fn renumbered(
    sets: BTreeMap<Vec<usize>, u64>,
    numbers: &[Option<usize>],
) -> BTreeMap<Vec<usize>, u64> {
    let mut changed: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for (set, count) in sets {
        let mut set: Vec<usize> = set
            .into_iter()
            .filter_map(|number| numbers[number])
            .collect();
        set.sort_unstable();
        set.dedup();
        if !set.is_empty() {
            *changed.entry(set).or_default() += count;
        }
    }
    changed
}
