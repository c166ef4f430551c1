//! How often rejections had which codes.
//!
//! In: codes, one by one. Out: counts by code.
//! Must not grow with what hostile servers reply. Invariant: the order in which they come changes nothing.

use std::collections::BTreeMap;

use crate::smtp::reply::Enhanced;

/// The codes of a rejection.
type Codes = (u16, Option<Enhanced>);

/// How often rejections had which codes. Where there are too many, only the smallest codes have counts of
/// their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyCodes {
    counts: BTreeMap<Codes, u64>,
    further: u64,
}

impl ReplyCodes {
    /// More codes than servers use.
    pub(super) const MOST: usize = 64;

    /// Counts some.
    pub(super) fn add(&mut self, code: u16, enhanced: Option<Enhanced>, count: u64) {
        *self.counts.entry((code, enhanced)).or_default() += count;
        if self.counts.len() > Self::MOST
            && let Some((_, count)) = self.counts.pop_last()
        {
            self.further += count;
        }
    }

    /// How many have codes without counts of their own.
    pub(super) fn further(&self) -> u64 {
        self.further
    }

    /// Counts some of those.
    pub(super) fn add_further(&mut self, count: u64) {
        self.further += count;
    }

    /// Adds those of another part.
    pub fn merge(&mut self, part: &ReplyCodes) {
        for ((code, enhanced), count) in &part.counts {
            self.add(*code, *enhanced, *count);
        }
        self.further += part.further;
    }

    /// All codes with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (u16, Option<Enhanced>, u64)> {
        let counts = self.counts.iter();
        counts.map(|((code, enhanced), count)| (*code, *enhanced, *count))
    }

    /// How many rejections there are.
    pub fn total(&self) -> u64 {
        self.counts.values().sum::<u64>() + self.further
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_bounded_whatever_their_order() {
        let count = |codes: &mut dyn Iterator<Item = u16>| {
            let mut counts = ReplyCodes::default();
            codes.for_each(|code| counts.add(code, None, 1));
            counts
        };
        let mut up = count(&mut (400..600));
        assert_eq!(up, count(&mut (400..600).rev()));
        assert_eq!(up.iter().count(), ReplyCodes::MOST);
        up.merge(&count(&mut (400..402)));
        assert_eq!(up.total(), 202);
        assert_eq!(up.iter().next(), Some((400, None, 2)));
    }
}
