//! Generates pseudo-random numbers from a seed (SplitMix64).
//!
//! In: a seed. Out: numbers that are the same on every machine.
//! Must not be used where numbers must be hard to guess.
//! Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.

/// The state of one sequence of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The sequence of a stream. Sequences of neighbouring streams are unrelated.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        let mut random = Random {
            state: seed ^ (stream + 1).wrapping_mul(0xD134_2543_DE82_EF95),
        };
        random.next();
        random
    }

    /// The next 64 bits.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit - 1`.
    #[inline]
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let product = (self.next() >> 32) * u64::from(limit);
        (product >> 32) as u32
    }

    /// Returns true in `percent` of a hundred cases.
    #[inline]
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    #[inline]
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let count = u32::try_from(items.len()).expect("lists to pick from are short");
        items[self.below(count) as usize]
    }
}
