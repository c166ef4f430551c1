//! Where lines end and where their commas are: one pass over the bytes, 64 at a time.
//!
//! In: whole lines. Out: each [`Line`] with the places of its commas.
//! Must not know columns or quotes.
//! A line takes no branch that its length or its commas could make unforeseeable: the places are
//! written eight at a time, needed or not, and the usual eight commas are checked at once. A plain
//! loop is the oracle.

#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, x86::V3};
use wide::u8x16;

/// Bytes of a block.
const BLOCK: usize = 64;

/// Bytes whose places are kept at once: few enough to stay in the processor's nearest cache.
const PIECE: usize = 32 * 1024;

/// Places that are written without looking at how many there are.
const AT_ONCE: usize = 8;

/// The commas of a usual row, which has nine columns.
const USUAL: usize = 8;

/// A line and its commas.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a, 'm> {
    /// The bytes that hold the line.
    pub piece: &'a [u8],
    /// Where the line starts in them.
    pub start: usize,
    /// Where its newline stands, or the end of the bytes.
    pub end: usize,
    /// Where its commas stand in them; none are given of a line that is too long for a row.
    pub commas: &'m [u32],
}

impl<'a> Line<'a, '_> {
    /// The line without its newline.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        &self.piece[self.start..self.end]
    }
}

/// Room for the places of a piece, used again for the next one.
#[derive(Debug, Default)]
pub struct Marks(Vec<u32>);

impl Marks {
    /// Hands over all lines, in order. The last one may lack its newline.
    #[inline]
    pub fn each_line<'a>(&mut self, bytes: &'a [u8], mut visit: impl FnMut(&Line<'a, '_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(piece_len(rest));
            // One line, longer than any row: it is left to whoever asks for its commas.
            let marks = if piece.len() > PIECE {
                &[]
            } else {
                self.of(piece)
            };
            let (mut at, mut start) = (0, 0);
            while start < piece.len() {
                let count = commas_of_line(piece, &marks[at..]);
                let (commas, end) = (&marks[at..at + count], marks.get(at + count));
                let end = end.map_or(end_of_last(piece), |end| *end as usize);
                visit(&Line {
                    piece,
                    start,
                    end,
                    commas,
                });
                at += count + 1;
                start = end + 1;
            }
            rest = behind;
        }
    }

    /// The places of all commas and newlines of a piece.
    fn of(&mut self, piece: &[u8]) -> &[u32] {
        let room = piece.len() + BLOCK + AT_ONCE;
        if self.0.len() < room {
            self.0.resize(room, 0);
        }
        let count = find_places(piece, &mut self.0);
        &self.0[..count]
    }
}

/// Writes the places of all commas and newlines, in the fastest way that the processor has, and says
/// how many there are; `places` has room for a block more than the piece has bytes.
fn find_places(piece: &[u8], places: &mut [u32]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return simd.vectorize(Wide {
            simd,
            piece,
            places,
        });
    }
    write_places(piece, places, mask)
}

/// The same work where the processor compares 32 bytes at a time (AVX2).
#[cfg(target_arch = "x86_64")]
struct Wide<'a, 'p> {
    simd: V3,
    piece: &'a [u8],
    places: &'p mut [u32],
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Wide<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        let simd = self.simd;
        let newline = simd.avx._mm256_set1_epi8(b'\n' as i8);
        let comma = simd.avx._mm256_set1_epi8(b',' as i8);
        let half = |bytes| {
            let newlines = simd.avx2._mm256_cmpeq_epi8(bytes, newline);
            let commas = simd.avx2._mm256_cmpeq_epi8(bytes, comma);
            let found = simd.avx2._mm256_or_si256(newlines, commas);
            u64::from(simd.avx2._mm256_movemask_epi8(found) as u32)
        };
        write_places(self.piece, self.places, |block| {
            let [low, high] = pulp::cast(*block);
            half(low) | half(high) << 32
        })
    }
}

/// Writes the places of all commas and newlines, and says how many there are.
#[inline(always)]
fn write_places(piece: &[u8], places: &mut [u32], mask: impl Fn(&[u8; BLOCK]) -> u64) -> usize {
    let mut count = 0;
    let (blocks, tail) = piece.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        count = write_block(places, count, mask(block), number * BLOCK);
    }
    let mut last = [0; BLOCK];
    last[..tail.len()].copy_from_slice(tail);
    write_block(places, count, mask(&last), blocks.len() * BLOCK)
}

/// Writes the places of a block's bits behind the `count` places known.
#[inline(always)]
fn write_block(places: &mut [u32], count: usize, mask: u64, base: usize) -> usize {
    let found = mask.count_ones() as usize;
    let base = base as u32;
    let mut rest = mask;
    let mut written = 0;
    loop {
        if let Some(places) = places[count + written..].first_chunk_mut::<AT_ONCE>() {
            for place in places {
                *place = base.wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
        }
        written += AT_ONCE;
        if found <= written {
            return count + found;
        }
    }
}

/// Where the last line of a piece ends that has no mark at its end.
fn end_of_last(piece: &[u8]) -> usize {
    piece.strip_suffix(b"\n").unwrap_or(piece).len()
}

/// Whole lines of about [`PIECE`] bytes; a longer line is a piece of its own.
fn piece_len(bytes: &[u8]) -> usize {
    if bytes.len() <= PIECE {
        return bytes.len();
    }
    let newline = memchr::memrchr(b'\n', &bytes[..PIECE])
        .or_else(|| memchr::memchr(b'\n', &bytes[PIECE..]).map(|found| found + PIECE));
    newline.map_or(bytes.len(), |newline| newline + 1)
}

/// How many of the first marks are commas of the same line.
#[inline(always)]
fn commas_of_line(piece: &[u8], marks: &[u32]) -> usize {
    let at = |mark: &u32| piece.get(*mark as usize).copied().unwrap_or(b'\n');
    if let Some((commas, [newline, ..])) = marks.split_first_chunk::<USUAL>() {
        let other = commas.iter().fold(0, |sum, mark| sum | (at(mark) ^ b','));
        if other == 0 && at(newline) == b'\n' {
            return USUAL;
        }
    }
    let newline = marks.iter().position(|mark| at(mark) == b'\n');
    newline.unwrap_or(marks.len())
}

/// A bit for each newline and comma of the block, lowest bit first.
#[inline(always)]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let (newline, comma) = (u8x16::splat(b'\n'), u8x16::splat(b','));
    let (quarters, _) = block.as_chunks::<16>();
    let mut mask = 0;
    for (number, quarter) in quarters.iter().enumerate() {
        let quarter = u8x16::new(*quarter);
        let found = quarter.simd_eq(newline) | quarter.simd_eq(comma);
        mask |= u64::from(found.to_bitmask()) << (number * 16);
    }
    mask
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

    fn found(text: &str) -> Vec<(String, Vec<usize>)> {
        let mut lines = Vec::new();
        Marks::default().each_line(text.as_bytes(), |line| {
            let text = String::from_utf8_lossy(line.bytes()).into_owned();
            let commas = line.commas.iter().map(|at| *at as usize - line.start);
            let commas: Vec<usize> = commas.collect();
            lines.push((text, commas));
        });
        lines
    }

    /// Every way that this processor has, by name.
    fn every_way(piece: &[u8]) -> Vec<(&'static str, Vec<u32>)> {
        let mut places = vec![0; piece.len() + BLOCK + AT_ONCE];
        let count = write_places(piece, &mut places, mask);
        let plain = places[..count].to_vec();
        let count = find_places(piece, &mut places);
        vec![("plain", plain), ("fastest", places[..count].to_vec())]
    }

    proptest! {
        #[test]
        fn every_way_finds_the_same(bytes in proptest::collection::vec(
            prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..300
        )) {
            let marks = bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b',' | b'\n'));
            let expected: Vec<u32> = marks.map(|(at, _)| at as u32).collect();
            for (way, found) in every_way(&bytes) {
                prop_assert_eq!(&found, &expected, "{}", way);
            }
        }

        #[test]
        fn the_fast_way_is_the_obvious_way(text in "([,a\n]|[a-z]{40}|é|a,b,c,,,,,,d\n){0,200}") {
            prop_assert_eq!(found(&text), plain(&text));
        }
    }

    #[test]
    fn lines_longer_than_a_piece_are_whole() {
        let long = format!("{},\n", "x".repeat(3 * PIECE));
        let text = format!("a,b\n{long}{}{long}c,d", "short,\n".repeat(PIECE / 5));
        let mut expected = plain(&text);
        for (line, commas) in &mut expected {
            if line.len() >= PIECE {
                commas.clear();
            }
        }
        assert_eq!(found(&text), expected);
    }
}
