//! Rejections that ask for no cause, by text.
//!
//! In: rejections. Out: how often each text occurred. Where there are too many texts, only the
//! smallest ones have counts of their own.
//! Must not depend on the order in which they come.

use std::collections::{BTreeMap, BTreeSet};

use crate::smtp::reply::{Enhanced, RejectionReply};

use super::totals::OtherKey;

/// What the rest is called.
const FURTHER_TEXTS: &str = "(further texts)";

/// The codes of a rejection.
pub(super) type Codes = (u16, Option<Enhanced>);

/// Rejections that ask for no cause.
#[derive(Debug, Clone, Default)]
pub(super) struct OtherRejections {
    texts: BTreeMap<Codes, BTreeMap<Box<str>, u64>>,
    /// How many texts these are.
    number: usize,
    /// The rejections whose texts have no count of their own.
    further: BTreeMap<Codes, u64>,
}

impl OtherRejections {
    /// Counts one; at most so many texts have counts of their own.
    pub(super) fn count(&mut self, reply: &RejectionReply<'_>, most: usize) {
        let codes = (reply.code, reply.enhanced);
        self.add(codes, shortened(reply.sentence()), 1, most);
    }

    /// Adds those of another part.
    pub(super) fn merge(&mut self, part: OtherRejections, most: usize) {
        for (codes, texts) in part.texts {
            for (text, count) in texts {
                self.add(codes, &text, count, most);
            }
        }
        for (codes, count) in part.further {
            *self.further.entry(codes).or_default() += count;
        }
    }

    /// The counts by codes and text.
    pub(super) fn finish(self) -> BTreeMap<OtherKey, u64> {
        let mut counts = BTreeMap::new();
        for ((code, enhanced), texts) in self.texts {
            for (text, count) in texts {
                counts.insert((code, enhanced, text), count);
            }
        }
        for ((code, enhanced), count) in self.further {
            let key = (code, enhanced, FURTHER_TEXTS.into());
            *counts.entry(key).or_default() += count;
        }
        counts
    }

    /// All of them by codes: the texts with their counts, and how many have other texts.
    pub(super) fn by_codes(
        &self,
    ) -> impl Iterator<
        Item = (
            u16,
            Option<Enhanced>,
            impl Iterator<Item = (&str, u64)>,
            u64,
        ),
    > {
        let codes: BTreeSet<&Codes> = self.texts.keys().chain(self.further.keys()).collect();
        codes.into_iter().map(|codes| {
            let texts = self.texts.get(codes).into_iter().flatten();
            let further = self.further.get(codes).copied().unwrap_or(0);
            let texts = texts.map(|(text, count)| (&**text, *count));
            (codes.0, codes.1, texts, further)
        })
    }

    /// Counts some whose texts have no count of their own.
    pub(super) fn add_further(&mut self, codes: Codes, count: u64) {
        if count > 0 {
            *self.further.entry(codes).or_default() += count;
        }
    }

    /// Counts some with a text.
    pub(super) fn add(&mut self, codes: Codes, text: &str, count: u64, most: usize) {
        let texts = self.texts.entry(codes).or_default();
        if let Some(sum) = texts.get_mut(text) {
            *sum += count;
            return;
        }
        texts.insert(text.into(), count);
        self.number += 1;
        if self.number > most {
            self.drop_largest();
        }
    }

    /// Counts the largest text among the further ones.
    fn drop_largest(&mut self) {
        let Some(mut texts) = self.texts.last_entry() else {
            return;
        };
        if let Some((_, count)) = texts.get_mut().pop_last() {
            *self.further.entry(*texts.key()).or_default() += count;
            self.number -= 1;
        }
        if texts.get().is_empty() {
            texts.remove();
        }
    }
}

/// A sentence as long as a report can show.
pub(super) fn shortened(sentence: &str) -> &str {
    const MOST: usize = 300;
    if sentence.len() <= MOST {
        return sentence;
    }
    let end = sentence.char_indices().nth(MOST);
    &sentence[..end.map_or(sentence.len(), |(at, _)| at)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_texts_are_kept_in_whatever_order_they_come() {
        let count = |numbers: &[u32]| {
            let mut others = OtherRejections::default();
            for number in numbers {
                let text = format!("5.1.{} text {number}", number % 2);
                others.count(&RejectionReply::new(550, text.as_bytes()), 3);
            }
            others
        };
        let expected: BTreeMap<OtherKey, u64> = [
            (0, "text 2", 2),
            (0, "text 4", 1),
            (0, "text 6", 1),
            (0, FURTHER_TEXTS, 1),
            (1, FURTHER_TEXTS, 3),
        ]
        .into_iter()
        .map(|(detail, text, count)| ((550, Some(Enhanced(5, 1, detail)), text.into()), count))
        .collect();
        let numbers = [3, 1, 6, 8, 2, 4, 5, 2];
        assert_eq!(count(&numbers).finish(), expected);
        for cut in 0..=numbers.len() {
            let mut merged = count(&numbers[cut..]);
            merged.merge(count(&numbers[..cut]), 3);
            assert_eq!(merged.finish(), expected, "{cut}");
        }
    }
}
