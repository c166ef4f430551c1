//! Where lines end and where their commas are: one pass over the bytes, 64 at a time.
//!
//! In: whole lines. Out: each [`Line`], which knows its commas as bits.
//! Must not know columns or quotes.
//! A line takes no branch that its length could make unforeseeable: the places of newlines are
//! written one per block, needed or not. Commas stay bits, because most are asked for in groups that
//! fit in one word. A plain loop is the oracle.

#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, x86::V3};
use wide::u8x16;

/// Bytes of a block.
const BLOCK: usize = 64;

/// Bytes whose marks are kept at once: few enough to stay in the processor's nearest cache.
const PIECE: usize = 32 * 1024;

/// Bytes of a line that [`Line::commas_from`] looks over at least.
const SIGHT: usize = 57;

/// A line and its commas.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a, 'm> {
    /// The bytes that hold the line.
    piece: &'a [u8],
    start: usize,
    end: usize,
    /// Nothing is known of the commas of a line that is too long for a row.
    commas: &'m Commas,
}

/// A bit for each byte of a piece, set for a comma, and clear blocks behind the last one, which the
/// last line looks over.
type Commas = [u8; PIECE / 8 + 2 * 8];

/// Of no byte.
static NO_COMMAS: Commas = [0; PIECE / 8 + 2 * 8];

impl<'a> Line<'a, '_> {
    /// The line without its newline.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        &self.piece[self.start..self.end]
    }

    /// A bit for each byte from `at` on, the lowest for `at` itself, set for a comma. At least 57
    /// bytes are looked over, those behind the line's end too; none of a line too long for a row.
    #[inline(always)]
    pub fn commas_from(&self, at: usize) -> u64 {
        let at = self.start + at;
        // Behind the piece stand clear bits only: what is too far ends there, without a branch.
        let byte = (at / 8).min(PIECE / 8);
        let mut bits = [0; 8];
        bits.copy_from_slice(&self.commas[byte..byte + 8]);
        u64::from_le_bytes(bits) >> (at % 8)
    }

    /// The first two commas from `at` on; behind the line's end where there are none. Looks so far
    /// ahead at once that hardly any line needs a second look, whose need nobody could foresee.
    #[inline(always)]
    pub fn next_commas(&self, at: usize) -> [usize; 2] {
        let near = self.commas_from(at) & NEAR;
        let far = self.commas_from(at + SIGHT);
        let first = Ahead { near, far };
        let second = first.without_first();
        let seen = self.start + at + 2 * SIGHT > self.end;
        if seen | (second.near | second.far != 0) {
            [at + first.distance(), at + second.distance()]
        } else {
            self.far_commas(at)
        }
    }

    /// The same for longer distances.
    #[inline(never)]
    fn far_commas(&self, at: usize) -> [usize; 2] {
        let line = self.bytes();
        let mut found = [line.len() + 1; 2];
        let mut places = found.iter_mut();
        if std::ptr::eq(self.commas, &NO_COMMAS) {
            let commas = memchr::memchr_iter(b',', line.get(at..).unwrap_or_default());
            places
                .zip(commas)
                .for_each(|(place, comma)| *place = at + comma);
            return found;
        }
        for from in (at..line.len()).step_by(SIGHT) {
            let mut commas = self.commas_from(from) & NEAR;
            while commas != 0 {
                let Some(place) = places.next() else {
                    return found;
                };
                *place = from + commas.trailing_zeros() as usize;
                commas &= commas - 1;
            }
        }
        found
    }
}

/// The bits of [`Line::commas_from`] that are always there.
const NEAR: u64 = (1 << SIGHT) - 1;

/// The commas of twice the least sight.
#[derive(Clone, Copy)]
struct Ahead {
    near: u64,
    far: u64,
}

impl Ahead {
    /// How far the first one is away; twice the sight or more where there is none.
    #[inline(always)]
    fn distance(self) -> usize {
        let (bits, from) = if self.near != 0 {
            (self.near, 0)
        } else {
            (self.far, SIGHT)
        };
        from + bits.trailing_zeros() as usize
    }

    #[inline(always)]
    fn without_first(self) -> Ahead {
        let rest = |bits: u64| bits & bits.wrapping_sub(1);
        Ahead {
            near: rest(self.near),
            far: if self.near != 0 {
                self.far
            } else {
                rest(self.far)
            },
        }
    }
}

/// Room for the marks of a piece, used again for the next one.
#[derive(Debug)]
pub struct Marks {
    newlines: Vec<u32>,
    commas: Box<Commas>,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            newlines: Vec::new(),
            commas: Box::new(NO_COMMAS),
        }
    }
}

impl Marks {
    /// Hands over all lines, in order. The last one may lack its newline.
    #[inline]
    pub fn each_line<'a>(&mut self, bytes: &'a [u8], visit: impl FnMut(&Line<'a, '_>)) {
        self.each_line_by(bytes, visit, find_marks);
    }

    #[inline(always)]
    fn each_line_by<'a>(
        &mut self,
        bytes: &'a [u8],
        mut visit: impl FnMut(&Line<'a, '_>),
        find: impl Fn(&[u8], &mut [u32], &mut Commas) -> usize,
    ) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(piece_len(rest));
            rest = behind;
            // One line, longer than any row, is left to whoever asks for its commas.
            let only = [piece.strip_suffix(b"\n").unwrap_or(piece).len() as u32];
            let (ends, commas) = if piece.len() > PIECE {
                (&only[..], &NO_COMMAS)
            } else {
                self.of(piece, &find)
            };
            let mut start = 0;
            for end in ends {
                let end = *end as usize;
                visit(&Line {
                    piece,
                    start,
                    end,
                    commas,
                });
                start = end + 1;
            }
        }
    }

    /// Where the lines of a piece end, and a bit for each of its bytes, set for a comma.
    fn of(
        &mut self,
        piece: &[u8],
        find: impl Fn(&[u8], &mut [u32], &mut Commas) -> usize,
    ) -> (&[u32], &Commas) {
        let newlines = piece.len() + BLOCK;
        if self.newlines.len() < newlines {
            self.newlines.resize(newlines, 0);
        }
        let mut count = find(piece, &mut self.newlines, &mut self.commas);
        if !piece.ends_with(b"\n") {
            self.newlines[count] = piece.len() as u32;
            count += 1;
        }
        (&self.newlines[..count], &self.commas)
    }
}

/// Writes the places of all newlines, and a bit for each byte that is set for a comma, in the fastest
/// way that the processor has. Says how many newlines there are.
fn find_marks(piece: &[u8], newlines: &mut [u32], commas: &mut Commas) -> usize {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return simd.vectorize(Wide {
            simd,
            piece,
            newlines,
            commas,
        });
    }
    find_marks_plainly(piece, newlines, commas)
}

/// The same without wide vectors.
fn find_marks_plainly(piece: &[u8], newlines: &mut [u32], commas: &mut Commas) -> usize {
    write_marks(piece, newlines, commas, masks)
}

/// The newlines and the commas of a block: a bit for each byte, lowest bit first.
type Masks = (u64, u64);

/// The work where the processor compares 32 bytes at a time (AVX2).
#[cfg(target_arch = "x86_64")]
struct Wide<'a, 'm> {
    simd: V3,
    piece: &'a [u8],
    newlines: &'m mut [u32],
    commas: &'m mut Commas,
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Wide<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        let simd = self.simd;
        let newline = simd.avx._mm256_set1_epi8(b'\n' as i8);
        let comma = simd.avx._mm256_set1_epi8(b',' as i8);
        let half = |bytes, wanted| {
            let found = simd.avx2._mm256_cmpeq_epi8(bytes, wanted);
            u64::from(simd.avx2._mm256_movemask_epi8(found) as u32)
        };
        write_marks(self.piece, self.newlines, self.commas, |block| {
            let [low, high] = pulp::cast(*block);
            (
                half(low, newline) | half(high, newline) << 32,
                half(low, comma) | half(high, comma) << 32,
            )
        })
    }
}

/// Writes the marks of all blocks, and clear bits behind them; says how many newlines there are.
#[inline(always)]
fn write_marks(
    piece: &[u8],
    newlines: &mut [u32],
    commas: &mut Commas,
    masks: impl Fn(&[u8; BLOCK]) -> Masks,
) -> usize {
    let (blocks, tail) = piece.as_chunks::<BLOCK>();
    let (words, _) = commas.as_chunks_mut::<8>();
    let mut count = 0;
    for (number, (block, word)) in blocks.iter().zip(&mut *words).enumerate() {
        let (newline, comma) = masks(block);
        *word = comma.to_le_bytes();
        count = write_newlines(newlines, count, newline, number * BLOCK);
    }
    let mut last = [0; BLOCK];
    last[..tail.len()].copy_from_slice(tail);
    let (newline, comma) = masks(&last);
    if let Some([word, clear, ..]) = words.get_mut(blocks.len()..) {
        *word = comma.to_le_bytes();
        *clear = [0; 8];
    }
    write_newlines(newlines, count, newline, blocks.len() * BLOCK)
}

/// Writes the places of a block's newlines behind the `count` places known.
#[inline(always)]
fn write_newlines(places: &mut [u32], count: usize, mask: u64, base: usize) -> usize {
    let found = mask.count_ones() as usize;
    // Hardly any 64 bytes end more than one line; where they end none, the next place takes its room.
    if let Some(place) = places.get_mut(count) {
        *place = base as u32 | mask.trailing_zeros();
    }
    if found > 1 {
        let mut rest = mask;
        for place in &mut places[count..count + found] {
            *place = base as u32 | rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
        }
    }
    count + found
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

/// The plain way, 16 bytes at a time.
#[inline(always)]
fn masks(block: &[u8; BLOCK]) -> Masks {
    let (newline, comma) = (u8x16::splat(b'\n'), u8x16::splat(b','));
    let (quarters, _) = block.as_chunks::<16>();
    let mut masks = (0, 0);
    for (number, quarter) in quarters.iter().enumerate() {
        let quarter = u8x16::new(*quarter);
        let bits = |wanted: u8x16| u64::from(quarter.simd_eq(wanted).to_bitmask()) << (number * 16);
        masks.0 |= bits(newline);
        masks.1 |= bits(comma);
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious way.
    fn plain(text: &str) -> Found {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return Vec::new();
        }
        let commas = |line: &str| line.match_indices(',').map(|(at, _)| at).collect();
        body.split('\n')
            .map(|line| (line.to_owned(), commas(line)))
            .collect()
    }

    /// Lines, each with the places of its commas.
    type Found = Vec<(String, Vec<usize>)>;

    /// What every way that this processor has finds, by its name.
    fn found(text: &str) -> [(&'static str, Found); 2] {
        let (mut plain, mut fastest) = (Vec::new(), Vec::new());
        let collect = |lines: &mut Found, line: &Line<'_, '_>| {
            let text = String::from_utf8_lossy(line.bytes()).into_owned();
            let is_comma = |at: &usize| line.commas_from(*at) & 1 == 1;
            lines.push((text, (0..line.bytes().len()).filter(is_comma).collect()));
        };
        Marks::default().each_line_by(
            text.as_bytes(),
            |line| collect(&mut plain, line),
            find_marks_plainly,
        );
        Marks::default().each_line(text.as_bytes(), |line| collect(&mut fastest, line));
        [("plain", plain), ("fastest", fastest)]
    }

    proptest! {
        #[test]
        fn every_way_is_the_obvious_way(text in "([,a\n]|[a-z]{40}|é|a,b,c,,,,,,d\n){0,200}") {
            for (way, found) in found(&text) {
                prop_assert_eq!(found, plain(&text), "{}", way);
            }
        }

        #[test]
        fn commas_are_seen_from_everywhere(
            text in "([a-z]{0,90},?){0,6}\n,,,", from in 0usize..300
        ) {
            Marks::default().each_line(text.as_bytes(), |line| {
                let from = from.min(line.bytes().len());
                let (rest, beyond) = (&line.bytes()[from..], &text.as_bytes()[line.start + from..]);
                let mut expected = rest.iter().enumerate().filter(|(_, byte)| **byte == b',');
                for found in line.next_commas(from) {
                    let found = Some(found).filter(|at| *at < line.bytes().len());
                    assert_eq!(found, expected.next().map(|(at, _)| from + at));
                }
                let seen = line.commas_from(from);
                for (at, byte) in beyond.iter().take(SIGHT).enumerate() {
                    assert_eq!(seen >> at & 1 == 1, *byte == b',', "{at}");
                }
            });
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
        for (way, found) in found(&text) {
            assert_eq!(found, expected, "{way}");
        }
    }
}
