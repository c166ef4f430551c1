//! First in, first out, or put back in front, in one buffer that starts anew whenever it has run empty.
//!
//! In: values. Out: the same in order.
//! Must not know what waits. A client waits for nearly every reply before it sends on, so the queue is
//! nearly always empty after few values and need not be a ring.

/// Once so many values have been taken, those that wait move to the front.
const MOST_TAKEN: usize = 1_024;

/// Values that wait.
#[derive(Debug)]
pub(super) struct Queue<T> {
    /// Those before `first` have been taken.
    values: Vec<T>,
    first: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue {
            values: Vec::new(),
            first: 0,
        }
    }
}

impl<T: Copy> Queue<T> {
    /// Those that wait, the first one first.
    #[inline(always)]
    pub(super) fn waiting(&self) -> &[T] {
        self.values.get(self.first..).unwrap_or_default()
    }

    /// Adds a value behind all others.
    #[inline(always)]
    pub(super) fn push(&mut self, value: T) {
        if self.first >= MOST_TAKEN {
            self.values.drain(..self.first);
            self.first = 0;
        }
        self.values.push(value);
    }

    /// Puts a value before all others.
    pub(super) fn push_front(&mut self, value: T) {
        match self.first.checked_sub(1) {
            Some(place) => {
                self.values[place] = value;
                self.first = place;
            }
            None => self.values.insert(0, value),
        }
    }

    /// Takes the first value.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<T> {
        let value = *self.values.get(self.first)?;
        self.skip(1);
        Some(value)
    }

    /// Drops the first `count` values, at most all.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: usize) {
        self.first += count;
        if self.first >= self.values.len() {
            self.clear();
        }
    }

    /// Drops all values and keeps the room.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.first = 0;
    }

    /// Gives back the room that is not in use.
    pub(super) fn shrink(&mut self) {
        self.values.drain(..self.first);
        self.first = 0;
        self.values.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #[test]
        fn values_come_as_they_went(steps in proptest::collection::vec((0u8..8, 1usize..900), 0..60)) {
            let (mut queue, mut plain) = (Queue::default(), VecDeque::new());
            let mut next = 0;
            for (step, count) in steps {
                match step {
                    0 => queue.clear(),
                    1 => queue.shrink(),
                    2 => queue.push_front(next),
                    3 => queue.skip(count),
                    4 | 5 => (0..count).for_each(|_| assert_eq!(queue.pop(), plain.pop_front())),
                    _ => (0..count).for_each(|more| {
                        queue.push(next + more);
                        plain.push_back(next + more);
                    }),
                }
                match step {
                    0 => plain.clear(),
                    2 => plain.push_front(next),
                    3 => drop(plain.drain(..count.min(plain.len()))),
                    _ => {}
                }
                next += 1_000;
                prop_assert_eq!(queue.waiting(), plain.make_contiguous());
                let pushed = step > 5;
                prop_assert!(!pushed || queue.values.len() <= plain.len() + MOST_TAKEN);
            }
        }
    }
}
