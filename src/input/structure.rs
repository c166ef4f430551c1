//! Where lines end and where their commas are: one pass over the bytes, 64 at a time.
//!
//! In: whole lines. Out: each [`Line`] with the places of its first commas.
//! Must not know columns or quotes. It compares sixteen bytes at a time; a plain loop is the oracle.

use wide::u8x16;

/// Bytes of a block.
const BLOCK: usize = 64;

/// Commas of a line whose places are kept: nine columns have eight, the rest is room for commas
/// within quotes.
pub const MOST_COMMAS: usize = 16;

/// A line and its commas.
#[derive(Debug)]
pub struct Line<'a, 'c> {
    /// The line without its newline.
    pub bytes: &'a [u8],
    /// Where its first commas stand in it; only as many as `count` says are this line's.
    pub commas: &'c [u32; MOST_COMMAS],
    /// How many commas it has, which may be more than are kept.
    pub count: usize,
}

/// Walks over whole lines.
#[derive(Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    /// Where the next line starts.
    start: usize,
    /// Where the current block starts.
    block: usize,
    /// The block's newlines and commas, those before `start` removed.
    newlines: u64,
    commas: u64,
    /// The commas of the last line, and of longer lines before it.
    places: [u32; MOST_COMMAS],
}

impl<'a> Cursor<'a> {
    /// A cursor before the first line.
    pub fn new(bytes: &'a [u8]) -> Cursor<'a> {
        let (newlines, commas) = masks_at(bytes, 0);
        Cursor {
            bytes,
            start: 0,
            block: 0,
            newlines,
            commas,
            places: [0; MOST_COMMAS],
        }
    }

    /// The next line; `None` at the end. The last line may lack its newline.
    #[inline(always)]
    pub fn next_line(&mut self) -> Option<Line<'a, '_>> {
        if self.start >= self.bytes.len() {
            return None;
        }
        let mut count = 0;
        loop {
            // All bits below the first newline; all bits where there is none.
            let before = !self.newlines & self.newlines.wrapping_sub(1);
            count = self.keep(self.commas & before, count);
            if self.newlines != 0 || self.block + BLOCK >= self.bytes.len() {
                let newline = self.block + self.newlines.trailing_zeros() as usize;
                let end = newline.min(self.bytes.len());
                let bytes = &self.bytes[self.start..end];
                self.start = end + 1;
                self.commas &= !before;
                self.newlines &= self.newlines.wrapping_sub(1);
                return Some(Line {
                    bytes,
                    commas: &self.places,
                    count,
                });
            }
            self.block += BLOCK;
            (self.newlines, self.commas) = masks_at(self.bytes, self.block);
        }
    }

    /// Keeps the places of these commas of the current block, `count` of the line being known.
    #[inline(always)]
    fn keep(&mut self, commas: u64, mut count: usize) -> usize {
        // A block may begin before its line: the difference wraps, the sum is right again.
        let base = (self.block as u32).wrapping_sub(self.start as u32);
        let mut rest = commas;
        while rest != 0 {
            let Some(place) = self.places.get_mut(count) else {
                return count + rest.count_ones() as usize;
            };
            *place = base.wrapping_add(rest.trailing_zeros());
            count += 1;
            rest &= rest - 1;
        }
        count
    }
}

/// The newlines and commas of the block that starts here.
#[inline]
fn masks_at(bytes: &[u8], at: usize) -> (u64, u64) {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk::<BLOCK>() {
        Some(block) => masks(block),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            masks(&block)
        }
    }
}

/// A bit for each newline and for each comma of the block, lowest bit first.
#[inline]
fn masks(block: &[u8; BLOCK]) -> (u64, u64) {
    let (newline, comma) = (u8x16::splat(b'\n'), u8x16::splat(b','));
    let (quarters, _) = block.as_chunks::<16>();
    let (mut newlines, mut commas) = (0, 0);
    for (number, quarter) in quarters.iter().enumerate() {
        let quarter = u8x16::new(*quarter);
        newlines |= u64::from(quarter.simd_eq(newline).to_bitmask()) << (number * 16);
        commas |= u64::from(quarter.simd_eq(comma).to_bitmask()) << (number * 16);
    }
    (newlines, commas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way.
    fn plain(text: &str) -> Vec<(String, Vec<usize>)> {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return Vec::new();
        }
        let commas = |line: &str| line.match_indices(',').map(|(at, _)| at).collect();
        body.split('\n')
            .map(|line| (line.to_owned(), commas(line)))
            .collect()
    }

    proptest! {
        #[test]
        fn the_fast_way_is_the_obvious_way(text in "([,a\n]|[a-z]{40}|é){0,200}") {
            let mut cursor = Cursor::new(text.as_bytes());
            for (bytes, commas) in plain(&text) {
                let line = cursor.next_line().expect("line");
                prop_assert_eq!(line.bytes, bytes.as_bytes());
                prop_assert_eq!(line.count, commas.len());
                for (number, at) in commas.into_iter().take(MOST_COMMAS).enumerate() {
                    prop_assert_eq!(line.commas[number] as usize, at);
                }
            }
            prop_assert!(cursor.next_line().is_none());
        }
    }
}
