//! Where the commas are: one bit per byte of a 64-byte block.
//!
//! In: a block of a row. Out: a bit mask, lowest bit first.
//! Must not know columns. It compares sixteen bytes at a time; a plain loop is the oracle.

use wide::u8x16;

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// A bit for each comma of the block.
#[inline]
pub fn mask(block: &[u8; BLOCK]) -> u64 {
    let comma = u8x16::splat(b',');
    let (quarters, _) = block.as_chunks::<16>();
    let mut mask = 0;
    for (number, quarter) in quarters.iter().enumerate() {
        let found = u8x16::new(*quarter).simd_eq(comma).to_bitmask();
        mask |= u64::from(found) << (number * 16);
    }
    mask
}

/// The obvious way.
#[cfg(test)]
fn plain_mask(block: &[u8; BLOCK]) -> u64 {
    let bits = block.iter().enumerate();
    bits.fold(0, |mask, (at, byte)| mask | u64::from(*byte == b',') << at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_fast_way_is_the_obvious_way(block in proptest::array::uniform32("[,a]|\\PC")) {
            let text: String = block.concat();
            let mut bytes = [0; BLOCK];
            let len = text.len().min(BLOCK);
            bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
            prop_assert_eq!(mask(&bytes), plain_mask(&bytes));
        }
    }
}
