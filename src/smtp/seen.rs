//! Which messages were passed over, in which part of the input: a filter of fixed size.
//!
//! In: keys of message ids, each with the part of the input in which the message was passed over. Out: the
//! parts in which a message may have been passed over. They are all parts in which it was, and hardly any
//! others, unless there are very many messages.
//! Must not forget a message.
//! Memory: 16 MB at most, whatever the input. With two million messages, fewer than one part in a million is
//! named for nothing; with ten million, one in five hundred.

/// The number of parts at most: each is a bit in an answer.
pub const MOST_PARTS: usize = u64::BITS as usize;

/// The number of blocks of all parts together.
const BLOCKS: usize = 1 << 18;

/// A message sets one bit in each word of one block, which is a line of the processor's cache.
type Block = [u64; 8];

/// A set of messages for each part of the input.
#[derive(Debug)]
pub struct Seen {
    /// The blocks of each part. A part without messages has none.
    parts: Vec<Vec<Block>>,
    blocks_per_part: usize,
}

/// The parts of the input in which a message may have been passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts(u64);

impl Parts {
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this part is among them.
    pub fn has(self, part: usize) -> bool {
        self.0 >> part & 1 == 1
    }

    /// Adds others.
    pub fn add(&mut self, others: Parts) {
        self.0 |= others.0;
    }
}

impl Seen {
    /// No message yet, in so many parts of the input; [`MOST_PARTS`] at most.
    pub fn in_parts(parts: usize) -> Seen {
        let parts = parts.clamp(1, MOST_PARTS);
        Seen {
            parts: vec![Vec::new(); parts],
            blocks_per_part: BLOCKS / parts.next_power_of_two(),
        }
    }

    /// The number of parts.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Notes that a message was passed over in a part of the input.
    ///
    /// # Panics
    /// If there is no such part.
    pub fn add(&mut self, part: usize, key: u64) {
        let (block, bits) = self.place(key);
        let blocks = &mut self.parts[part];
        if blocks.is_empty() {
            // Zeros that nothing is written to cost no memory.
            *blocks = vec![Block::default(); self.blocks_per_part];
        }
        for (word, bit) in blocks[block].iter_mut().zip(bits) {
            *word |= bit;
        }
    }

    /// The parts in which the message with this key may have been passed over.
    pub fn parts_of(&self, key: u64) -> Parts {
        let (block, bits) = self.place(key);
        let has = |blocks: &Vec<Block>| {
            let block = blocks.get(block);
            block.is_some_and(|block| block.iter().zip(&bits).all(|(word, bit)| word & bit != 0))
        };
        let parts = self.parts.iter().enumerate();
        let parts = parts.filter(|(_, blocks)| has(blocks));
        Parts(parts.fold(0, |all, (part, _)| all | 1 << part))
    }

    /// The block of a key, and its bit in each word.
    fn place(&self, key: u64) -> (usize, Block) {
        let spread = |odd: u64| {
            let product = u128::from(key ^ odd) * u128::from(odd);
            (product >> 64) as u64 ^ product as u64
        };
        let block = spread(0x9E37_79B9_7F4A_7C15) as usize % self.blocks_per_part;
        let mut places = spread(0xD6E8_FEB8_6659_FD93);
        let bits = Block::default().map(|_| {
            let bit = 1 << (places % 64);
            places >>= 6;
            bit
        });
        (block, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::message_key;

    fn key(number: u64) -> u64 {
        message_key::of(format!("<{number:016x}@ex01.contoso.com>").as_bytes())
    }

    #[test]
    fn no_message_is_forgotten_and_hardly_any_named_for_nothing() {
        let mut seen = Seen::in_parts(5);
        let part = |number: u64| (number % 5) as usize;
        for number in 0..200_000 {
            seen.add(part(number), key(number));
        }
        for number in 0..200_000 {
            assert!(seen.parts_of(key(number)).has(part(number)), "{number}");
        }
        let others = (200_000..400_000).map(|number| seen.parts_of(key(number)));
        let named = others.filter(|parts| !parts.is_empty()).count();
        assert!(named < 20, "{named} of 200000 were never added");
    }

    #[test]
    fn a_message_may_be_in_several_parts() {
        let mut seen = Seen::in_parts(1_000);
        assert_eq!(seen.parts(), MOST_PARTS);
        seen.add(0, key(1));
        seen.add(63, key(1));
        let mut parts = seen.parts_of(key(1));
        let found: Vec<usize> = (0..MOST_PARTS).filter(|part| parts.has(*part)).collect();
        assert_eq!(found, [0, 63]);
        assert!(seen.parts_of(key(2)).is_empty());
        seen.add(7, key(2));
        parts.add(seen.parts_of(key(2)));
        assert!(parts.has(7) && parts.has(63) && !parts.has(8));
    }

    #[test]
    fn it_is_as_large_as_promised() {
        for parts in [1, 2, 3, 64] {
            let mut seen = Seen::in_parts(parts);
            (0..parts).for_each(|part| seen.add(part, 1));
            let blocks: usize = seen.parts.iter().map(Vec::len).sum();
            assert!(blocks * size_of::<Block>() <= 16 << 20, "{parts}");
        }
    }
}
