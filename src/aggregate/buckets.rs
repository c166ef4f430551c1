//! Values over time in buckets that grow with their number, so that memory does not.
//!
//! In: times and values. Out: one value per bucket of one of a fixed ladder of lengths.
//! Must not know what the values are. Invariant: every length of a ladder divides the next, so
//! the result depends on the values only, not on their order or on the parts they came in.

use std::collections::BTreeMap;

/// The lengths of buckets, and how many buckets there may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ladder {
    /// In milliseconds.
    pub(super) lengths: &'static [i64],
    /// More buckets than this make the next length the one in use.
    pub(super) most: usize,
}

/// Values that become one when they are in the same bucket.
pub(super) trait Join {
    /// Takes the other value in.
    fn join(&mut self, other: Self);
}

impl Join for u64 {
    fn join(&mut self, other: u64) {
        *self += other;
    }
}

impl Join for () {
    fn join(&mut self, (): ()) {}
}

/// Values over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Buckets<T> {
    ladder: &'static Ladder,
    step: usize,
    values: BTreeMap<i64, T>,
}

impl<T: Join> Buckets<T> {
    /// No values yet.
    pub(super) fn new(ladder: &'static Ladder) -> Buckets<T> {
        Buckets {
            ladder,
            step: 0,
            values: BTreeMap::new(),
        }
    }

    /// Buckets of this length with these values, by the time at which they start; `None` if no values could
    /// have become these.
    pub(super) fn restored(
        ladder: &'static Ladder,
        length: i64,
        values: BTreeMap<i64, T>,
    ) -> Option<Buckets<T>> {
        let step = ladder.lengths.iter().position(|known| *known == length)?;
        let are_starts = values.keys().all(|start| start.rem_euclid(length) == 0);
        let fit = values.len() <= ladder.most || step + 1 == ladder.lengths.len();
        (are_starts && fit).then_some(Buckets {
            ladder,
            step,
            values,
        })
    }

    /// Adds a value at a time in milliseconds.
    pub(super) fn add(&mut self, time: i64, value: T) {
        self.put(time, value);
        self.shorten();
    }

    /// Adds all values of `other`, each as `translate` gives it.
    pub(super) fn merge(&mut self, other: &Buckets<T>, mut translate: impl FnMut(&T) -> T) {
        self.coarsen(self.step.max(other.step));
        for (start, value) in &other.values {
            self.put(*start, translate(value));
        }
        self.shorten();
    }

    /// The buckets by the time at which they start.
    pub(super) fn values(&self) -> &BTreeMap<i64, T> {
        &self.values
    }

    /// The same, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.values_mut()
    }

    /// The step in use.
    pub(super) fn step(&self) -> usize {
        self.step
    }

    /// The length in use, in milliseconds.
    pub(super) fn length(&self) -> i64 {
        self.ladder.lengths[self.step]
    }

    /// Where the bucket of a time starts.
    pub(super) fn start(&self, time: i64) -> i64 {
        let length = self.length();
        time.div_euclid(length).saturating_mul(length)
    }

    /// Uses at least this step.
    pub(super) fn coarsen(&mut self, step: usize) {
        if step <= self.step {
            return;
        }
        self.step = step.min(self.ladder.lengths.len() - 1);
        for (start, value) in std::mem::take(&mut self.values) {
            self.put(start, value);
        }
    }

    fn put(&mut self, time: i64, value: T) {
        let start = self.start(time);
        match self.values.get_mut(&start) {
            Some(known) => known.join(value),
            None => drop(self.values.insert(start, value)),
        }
    }

    fn shorten(&mut self) {
        while self.values.len() > self.ladder.most && self.step + 1 < self.ladder.lengths.len() {
            self.coarsen(self.step + 1);
        }
    }
}
