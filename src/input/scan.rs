//! Where the lines of a block end and where its columns do: one pass over the bytes, 64 at a time.
//!
//! In: whole lines. Out: the end of each line with the number of its commas, and a bit for each comma,
//! those inside quotes left out.
//! Must not know columns. A line whose quotes stand elsewhere than a CSV writer sets them is told apart
//! by the number of its commas, for whoever reads it with care.
//! No branch depends on where a line ends: the places of newlines are written one per step, needed
//! or not. A plain loop is the oracle.

#[cfg(target_arch = "x86_64")]
use pulp::NullaryFnOnce;
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256i, __m512i};
use wide::u8x16;

/// Bytes of a step.
pub(super) const STEP: usize = 64;

/// Bytes whose marks are kept at once: few enough to stay in the processor's nearest cache.
pub(super) const BLOCK: usize = 32 * 1024;

/// Bytes of marks that can be asked for: twice those of a block, so that a look behind its end needs
/// no branch.
pub(super) const ROOM: usize = BLOCK / 4;

/// A bit for each byte of a block, set for a comma outside quotes; at least 64 clear bits follow the
/// last byte, then what was there before.
pub(super) type Commas = [u8; ROOM + 8];

/// Added to the commas of a line with odd quotes: more than a block can hold.
const ODD: u32 = 1 << 16;

/// The end of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineEnd {
    /// Its place in the block.
    pub(super) at: u32,
    /// How many commas stand before it in the block.
    pub(super) commas: u32,
}

/// Writes the ends of all lines that have one, and the bits of all commas, in the fastest way that
/// the processor has. Says how many ends there are, and how many commas.
pub(super) fn scan(block: &[u8], ends: &mut [LineEnd], commas: &mut Commas) -> (usize, u32) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V4::try_new() {
        return simd.vectorize(Scanning {
            find: Widest(simd),
            block,
            ends,
            commas,
        });
    }
    scan_widely(block, ends, commas)
}

/// The same without the widest vectors.
pub(super) fn scan_widely(block: &[u8], ends: &mut [LineEnd], commas: &mut Commas) -> (usize, u32) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return simd.vectorize(Scanning {
            find: Wide(simd),
            block,
            ends,
            commas,
        });
    }
    scan_plainly(block, ends, commas)
}

/// The same without wide vectors.
pub(super) fn scan_plainly(
    block: &[u8],
    ends: &mut [LineEnd],
    commas: &mut Commas,
) -> (usize, u32) {
    write_marks(block, ends, commas, &Plain)
}

/// A bit for each byte of a step, lowest bit first.
struct Masks {
    newlines: u64,
    commas: u64,
    quotes: u64,
}

/// A way to find the bytes that matter.
trait Find {
    fn masks(&self, step: &[u8; STEP]) -> Masks;
}

/// 32 bytes at a time (AVX2).
#[cfg(target_arch = "x86_64")]
struct Wide(V3);

#[cfg(target_arch = "x86_64")]
impl Find for Wide {
    #[inline(always)]
    fn masks(&self, step: &[u8; STEP]) -> Masks {
        let halves: [__m256i; 2] = pulp::cast(*step);
        Masks {
            newlines: self.both(halves, b'\n'),
            commas: self.both(halves, b','),
            quotes: self.both(halves, b'"'),
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Wide {
    #[inline(always)]
    fn both(&self, [low, high]: [__m256i; 2], wanted: u8) -> u64 {
        self.half(low, wanted) | self.half(high, wanted) << 32
    }

    #[inline(always)]
    fn half(&self, bytes: __m256i, wanted: u8) -> u64 {
        let simd = self.0;
        let wanted = simd.avx._mm256_set1_epi8(wanted as i8);
        let found = simd.avx2._mm256_cmpeq_epi8(bytes, wanted);
        u64::from(simd.avx2._mm256_movemask_epi8(found) as u32)
    }
}

/// 64 bytes at a time (AVX-512).
#[cfg(target_arch = "x86_64")]
struct Widest(V4);

#[cfg(target_arch = "x86_64")]
impl Find for Widest {
    #[inline(always)]
    fn masks(&self, step: &[u8; STEP]) -> Masks {
        let simd = self.0;
        let bytes: __m512i = pulp::cast(*step);
        let bits = |wanted: u8| {
            let wanted = simd.avx512f._mm512_set1_epi8(wanted as i8);
            simd.avx512bw._mm512_cmpeq_epi8_mask(bytes, wanted)
        };
        Masks {
            newlines: bits(b'\n'),
            commas: bits(b','),
            quotes: bits(b'"'),
        }
    }
}

/// The work in a function of its own, which may use what the processor has.
#[cfg(target_arch = "x86_64")]
struct Scanning<'a, 'm, F> {
    find: F,
    block: &'a [u8],
    ends: &'m mut [LineEnd],
    commas: &'m mut Commas,
}

#[cfg(target_arch = "x86_64")]
impl<F: Find> NullaryFnOnce for Scanning<'_, '_, F> {
    type Output = (usize, u32);

    #[inline(always)]
    fn call(self) -> (usize, u32) {
        write_marks(self.block, self.ends, self.commas, &self.find)
    }
}

/// 16 bytes at a time, which every processor can.
struct Plain;

impl Find for Plain {
    #[inline(always)]
    fn masks(&self, step: &[u8; STEP]) -> Masks {
        let (quarters, _) = step.as_chunks::<16>();
        let bits = |wanted: u8| {
            let wanted = u8x16::splat(wanted);
            let quarters = quarters.iter().enumerate();
            quarters.fold(0, |bits, (number, quarter)| {
                let found = u8x16::new(*quarter).simd_eq(wanted).to_bitmask();
                bits | u64::from(found) << (number * 16)
            })
        };
        Masks {
            newlines: bits(b'\n'),
            commas: bits(b','),
            quotes: bits(b'"'),
        }
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

/// Writes the marks of all steps, and clear bits behind them; says how many line ends and commas
/// there are.
#[inline(always)]
fn write_marks(
    block: &[u8],
    ends: &mut [LineEnd],
    commas: &mut Commas,
    find: &impl Find,
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
        let found = scan.step(&find.masks(step), number * STEP, ends);
        *word = found.to_le_bytes();
    }
    let mut last = [0; STEP];
    last[..tail.len()].copy_from_slice(tail);
    let found = scan.step(&find.masks(&last), steps.len() * STEP, ends);
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
    /// Takes the next step, which begins at `base`; gives its commas outside quotes.
    #[inline(always)]
    fn step(&mut self, masks: &Masks, base: usize, ends: &mut [LineEnd]) -> u64 {
        // Hardly foreseeable, but dearer to do without: most steps are spared the rest.
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
        // A quote opens a column or doubles the quote before it; elsewhere it is a mere character.
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

    /// Writes the ends of a step's lines behind those known. Nobody knows to which of them an odd quote
    /// belongs: it counts for all, and for the line that goes on behind the step.
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
        // Hardly any 64 bytes end more than one line; where they end none, the next end takes its room.
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
