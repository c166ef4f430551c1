//! Finds where the lines of a block and their columns end, in one pass over the bytes.
//!
//! In: whole lines. Out: the end of each line with the number of commas before it, and one bit for each
//! byte, set for a comma outside quotes.
//! Must not know columns. Where a line's quotes stand elsewhere than a CSV writer puts them, the number
//! of its commas is made too large, so that the general way reads the line.
//! The pass takes 64 bytes at a time, with AVX2 if the processor has it, otherwise with `memchr`. With
//! AVX2, no branch depends on where a line ends: each step writes the place of one newline, whether it
//! found one or not.

#[cfg(target_arch = "x86_64")]
use pulp::NullaryFnOnce;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V3;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;

/// Bytes that one step compares.
pub(super) const STEP: usize = 64;

/// Bytes whose marks are kept at once. They are few enough to stay in the processor's nearest cache.
pub(super) const BLOCK: usize = 32 * 1024;

/// Bytes of marks that a caller may ask for: twice those of a block, so that a look beyond its end
/// needs no branch.
pub(super) const ROOM: usize = BLOCK / 4;

/// One bit for each byte of a block, set for a comma outside quotes. At least 64 clear bits follow the
/// last byte; after them, bits of an earlier block may remain.
pub(super) type Commas = [u8; ROOM + 8];

/// Added to the commas of a line with odd quotes. It is more than a block can hold.
const ODD: u32 = 1 << 16;

/// The end of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineEnd {
    /// Its place in the block.
    pub(super) at: u32,
    /// How many commas stand before it in the block.
    pub(super) commas: u32,
}

/// Writes the ends of all lines that have one, and the bits of all commas. Returns the number of ends
/// and the number of commas.
pub(super) fn scan(block: &[u8], ends: &mut [LineEnd], commas: &mut Commas) -> (usize, u32) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return simd.vectorize(Scanning {
            compare: Avx2(simd),
            block,
            ends,
            commas,
        });
    }
    scan_plainly(block, ends, commas)
}

/// Does the same without AVX2.
pub(super) fn scan_plainly(
    block: &[u8],
    ends: &mut [LineEnd],
    commas: &mut Commas,
) -> (usize, u32) {
    write_marks(block, ends, commas, Plain)
}

/// One bit for each of 64 bytes, the lowest bit for the first byte.
#[derive(Default)]
struct Masks {
    newlines: u64,
    commas: u64,
    quotes: u64,
}

/// A way to find the bytes that matter.
trait Compare: Copy {
    /// The bits of the newlines, commas and quotes among 64 bytes.
    fn masks(self, step: &[u8; STEP]) -> Masks;
}

/// 32 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Avx2(V3);

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    #[inline(always)]
    fn both(self, [low, high]: [__m256i; 2], wanted: u8) -> u64 {
        self.half(low, wanted) | self.half(high, wanted) << 32
    }

    #[inline(always)]
    fn half(self, bytes: __m256i, wanted: u8) -> u64 {
        let simd = self.0;
        let wanted = simd.avx._mm256_set1_epi8(wanted as i8);
        let found = simd.avx2._mm256_cmpeq_epi8(bytes, wanted);
        u64::from(simd.avx2._mm256_movemask_epi8(found) as u32)
    }
}

#[cfg(target_arch = "x86_64")]
impl Compare for Avx2 {
    #[inline(always)]
    fn masks(self, step: &[u8; STEP]) -> Masks {
        let halves: [__m256i; 2] = pulp::cast(*step);
        Masks {
            newlines: self.both(halves, b'\n'),
            commas: self.both(halves, b','),
            quotes: self.both(halves, b'"'),
        }
    }
}

/// The pass as a value: `pulp` compiles its `call` for the instructions that the processor has.
#[cfg(target_arch = "x86_64")]
struct Scanning<'a, 'm> {
    compare: Avx2,
    block: &'a [u8],
    ends: &'m mut [LineEnd],
    commas: &'m mut Commas,
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Scanning<'_, '_> {
    type Output = (usize, u32);

    #[inline(always)]
    fn call(self) -> (usize, u32) {
        write_marks(self.block, self.ends, self.commas, self.compare)
    }
}

/// A search with `memchr`, on any processor.
#[derive(Clone, Copy)]
struct Plain;

impl Compare for Plain {
    fn masks(self, step: &[u8; STEP]) -> Masks {
        let mut masks = Masks::default();
        for at in memchr::memchr3_iter(b'\n', b',', b'"', step) {
            let found = match step[at] {
                b'\n' => &mut masks.newlines,
                b',' => &mut masks.commas,
                _ => &mut masks.quotes,
            };
            *found |= 1 << at;
        }
        masks
    }
}

/// What one step leaves to the next.
struct ScanState {
    /// All bits set inside quotes, none outside.
    inside: u64,
    /// The lowest bit set where a column may begin in the next step's first byte.
    begins: u64,
    /// Line ends so far.
    ends: usize,
    /// Commas so far.
    commas: u32,
}

/// Writes the marks of all steps, and clear bits after them. Returns the number of line ends and the
/// number of commas.
#[inline(always)]
fn write_marks(
    block: &[u8],
    ends: &mut [LineEnd],
    commas: &mut Commas,
    compare: impl Compare,
) -> (usize, u32) {
    let (steps, tail) = block.as_chunks::<STEP>();
    let (words, _) = commas.as_chunks_mut::<8>();
    let mut scan = ScanState {
        inside: 0,
        begins: 1,
        ends: 0,
        commas: 0,
    };
    for (number, (step, word)) in steps.iter().zip(&mut *words).enumerate() {
        let found = scan.step(&compare.masks(step), number * STEP, ends);
        *word = found.to_le_bytes();
    }
    let mut last = [0; STEP];
    last[..tail.len()].copy_from_slice(tail);
    let found = scan.step(&compare.masks(&last), steps.len() * STEP, ends);
    if let Some([word, clear, ..]) = words.get_mut(steps.len()..) {
        *word = found.to_le_bytes();
        *clear = [0; 8];
    }
    if scan.inside != 0 {
        scan.commas += ODD;
    }
    (scan.ends, scan.commas)
}

impl ScanState {
    /// Takes the next step, which begins at `base`. Returns its commas outside quotes.
    #[inline(always)]
    fn step(&mut self, masks: &Masks, base: usize, ends: &mut [LineEnd]) -> u64 {
        // The processor can hardly predict this branch, but most steps skip the rest.
        if masks.quotes | self.inside == 0 {
            self.begins = (masks.commas | masks.newlines) >> 63;
            self.write_ends(masks.newlines, masks.commas, 0, base, ends);
            self.commas += masks.commas.count_ones();
            return masks.commas;
        }
        // The bytes inside quotes, opening quotes included.
        let mut inside = parity(masks.quotes) ^ self.inside;
        let mut is_odd = false;
        if masks.newlines & inside != 0 {
            is_odd = true;
            inside = closed_at_line_ends(inside, masks.newlines);
        }
        // A quote opens a column or doubles the quote before it. Elsewhere it is an ordinary character.
        let beginnings = masks.commas | masks.newlines | masks.quotes;
        is_odd |= masks.quotes & inside & !(beginnings << 1 | self.begins) != 0;
        let odd = u32::from(is_odd) * ODD;
        self.begins = beginnings >> 63;
        self.inside = ((inside as i64) >> 63) as u64;
        let commas = masks.commas & !inside;
        self.write_ends(masks.newlines, commas, odd, base, ends);
        self.commas += commas.count_ones() + odd;
        commas
    }

    /// Writes the ends of a step's lines after those found so far. It is not known to which of the lines
    /// an odd quote belongs: it counts for all of them, and for the line that continues in the next step.
    #[inline(always)]
    fn write_ends(
        &mut self,
        newlines: u64,
        commas: u64,
        odd: u32,
        base: usize,
        ends: &mut [LineEnd],
    ) {
        let end = |newlines: u64, before: u32| LineEnd {
            at: base as u32 | newlines.trailing_zeros(),
            commas: before + (commas & (newlines ^ newlines.wrapping_sub(1))).count_ones(),
        };
        self.commas += odd;
        let found = newlines.count_ones() as usize;
        // Hardly any 64 bytes end more than one line. Where they end none, the next end overwrites this one.
        if let Some(place) = ends.get_mut(self.ends) {
            *place = end(newlines, self.commas);
        }
        if found > 1 {
            let mut rest = newlines;
            let mut before = self.commas;
            for place in &mut ends[self.ends..self.ends + found] {
                *place = end(rest, before);
                rest &= rest.wrapping_sub(1);
                before += odd;
            }
            self.commas = before;
        }
        self.ends += found;
    }
}

/// For each bit, whether an odd number of bits up to it is set.
#[inline(always)]
fn parity(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32]
        .iter()
        .fold(bits, |bits, distance| bits ^ bits << distance)
}

/// The bytes inside quotes where an open quote ends with its line.
#[cold]
fn closed_at_line_ends(mut inside: u64, newlines: u64) -> u64 {
    while newlines & inside != 0 {
        let first = newlines & inside;
        let before = (first & first.wrapping_neg()) - 1;
        inside ^= !before;
    }
    inside
}
