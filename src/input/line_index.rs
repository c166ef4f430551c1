//! The lines of a text, each with the places of its commas outside quotes.
//!
//! In: whole lines. Out: each [`Line`], which keeps its commas as bits.
//! Must not know columns. A caller can ignore the quotes of a line, unless [`Line::commas`] says that
//! the commas cannot be counted.

use std::hint::select_unpredictable;

use super::scan::{self, BLOCK, Commas, LineEnd, ROOM, STEP};

/// The number of bytes that [`Line::commas_from`] always covers.
const SIGHT: usize = 57;

/// The bits of [`Line::commas_from`] that are always valid.
const SEEN: u64 = (1 << SIGHT) - 1;

/// A line and its commas.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a, 'm> {
    /// The bytes that hold the line.
    block: &'a [u8],
    start: usize,
    end: usize,
    marks: &'m Commas,
    commas: u32,
}

impl<'a> Line<'a, '_> {
    /// The line without its newline.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        &self.block[self.start..self.end]
    }

    /// How many commas the line has outside quotes. The number is larger than the line's length where
    /// the line, or one close to it, has an open quote or a quote that does not open a column. It is 0
    /// for a line that is longer than a block. The index does not know where the columns of such lines
    /// end.
    #[inline(always)]
    pub fn commas(&self) -> u32 {
        self.commas
    }

    /// One bit for each byte from `at` on, the lowest bit for `at` itself, set for a comma outside quotes.
    /// The bits cover at least 57 bytes, including those after the line's end.
    #[inline(always)]
    pub fn commas_from(&self, at: usize) -> u64 {
        let at = self.start + at;
        // No line ends after its block, and a block fills half of the room, so the look beyond its end stays
        // inside the room. The marks of a line that is longer than a block are all clear.
        let byte = at / 8 % ROOM;
        let mut bits = [0; 8];
        bits.copy_from_slice(&self.marks[byte..byte + 8]);
        u64::from_le_bytes(bits) >> (at % 8)
    }

    /// The place of the only comma from `at` on. It is close to `at` or close to the line's end. The
    /// function looks at both, which avoids a branch that the processor cannot predict.
    #[inline(always)]
    pub fn only_comma_from(self, at: usize) -> usize {
        let near = self.commas_from(at);
        let behind = (self.end - self.start).saturating_sub(SIGHT);
        let far = self.commas_from(behind) & SEEN;
        if near | far == 0 {
            return self.next_comma(at);
        }
        let far = behind + (63 - far.leading_zeros() as usize % 64);
        select_unpredictable(near != 0, at + near.trailing_zeros() as usize, far)
    }

    /// The place behind so many commas from `at` on; behind the line's end if there are not so many.
    #[inline(always)]
    pub fn behind_commas(self, at: usize, mut count: u32) -> usize {
        let len = self.end - self.start;
        let mut from = at;
        while count > 0 && from < len {
            let mut seen = self.commas_from(from) & SEEN;
            let found = seen.count_ones();
            if found < count {
                (from, count) = (from + SIGHT, count - found);
                continue;
            }
            for _ in 1..count {
                seen &= seen - 1;
            }
            return (from + seen.trailing_zeros() as usize).min(len) + 1;
        }
        if count > 0 { len + 1 } else { at }
    }

    /// The place of the next comma from `at` on, at any distance; the line's length if there is none.
    #[inline(never)]
    pub fn next_comma(self, at: usize) -> usize {
        let len = self.end - self.start;
        (at..len)
            .step_by(SIGHT)
            .find_map(|from| {
                let seen = self.commas_from(from) & SEEN;
                (seen != 0).then(|| from + seen.trailing_zeros() as usize)
            })
            .map_or(len, |at| at.min(len))
    }
}

/// Consecutive lines of a text.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a, 'm> {
    bytes: &'a [u8],
    /// The end of the line before the first one, then the ends of all lines.
    ends: &'m [LineEnd],
    marks: &'m Commas,
}

impl<'a, 'm> Block<'a, 'm> {
    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.ends.len() - 1
    }

    /// The lines from number `first` on.
    #[inline(always)]
    pub fn lines(&self, first: usize) -> impl Iterator<Item = Line<'a, 'm>> + use<'a, 'm> {
        let (block, marks) = (self.bytes, self.marks);
        let ends = self.ends.get(first..).unwrap_or_default();
        let behind = ends.get(1..).unwrap_or_default();
        ends.iter().zip(behind).map(move |(before, end)| Line {
            block,
            start: before.at.wrapping_add(1) as usize,
            end: end.at as usize,
            marks,
            commas: end.commas.wrapping_sub(before.commas),
        })
    }
}

/// Stands for the end of the line before a block's first line.
const BEGIN: LineEnd = LineEnd {
    at: u32::MAX,
    commas: 0,
};

/// The marks of one block of lines. Their memory is reused for the next block.
#[derive(Debug)]
pub struct LineIndex {
    ends: Vec<LineEnd>,
    commas: Box<Commas>,
}

impl Default for LineIndex {
    fn default() -> LineIndex {
        LineIndex {
            ends: Vec::new(),
            commas: Box::new([0; size_of::<Commas>()]),
        }
    }
}

/// A way to find line ends and commas.
type Scanner = fn(&[u8], &mut [LineEnd], &mut Commas) -> (usize, u32);

impl LineIndex {
    /// Passes all lines to `visit`, in order. The last one may lack its newline.
    pub fn each_line<'a>(&mut self, bytes: &'a [u8], mut visit: impl FnMut(&Line<'a, '_>)) {
        self.each_block(bytes, |block| block.lines(0).for_each(|line| visit(&line)));
    }

    /// Passes all lines to `visit` in blocks, in order.
    pub fn each_block<'a>(&mut self, bytes: &'a [u8], visit: impl FnMut(&Block<'a, '_>)) {
        self.each_block_by(bytes, visit, scan::scan);
    }

    fn each_block_by<'a>(
        &mut self,
        bytes: &'a [u8],
        mut visit: impl FnMut(&Block<'a, '_>),
        scan: Scanner,
    ) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (block, behind) = rest.split_at(block_len(rest));
            rest = behind;
            let count = if block.len() > BLOCK {
                self.mark_long_line(block)
            } else {
                self.mark(block, scan)
            };
            visit(&Block {
                bytes: block,
                ends: &self.ends[..=count],
                marks: &self.commas,
            });
        }
    }

    /// Marks the lines and the commas of a block. Returns the number of lines.
    fn mark(&mut self, block: &[u8], scan: Scanner) -> usize {
        let most = block.len() + STEP;
        if self.ends.len() <= most {
            self.ends.resize(1 + most, BEGIN);
        }
        let (mut count, commas) = scan(block, &mut self.ends[1..], &mut self.commas);
        if !block.ends_with(b"\n") {
            count += 1;
            self.ends[count] = LineEnd {
                at: block.len() as u32,
                commas,
            };
        }
        count
    }

    /// Marks one line that is longer than a block, without its commas.
    #[cold]
    fn mark_long_line(&mut self, block: &[u8]) -> usize {
        let line = block.strip_suffix(b"\n").unwrap_or(block);
        self.commas.fill(0);
        self.ends.clear();
        self.ends.push(BEGIN);
        self.ends.push(LineEnd {
            at: line.len() as u32,
            commas: 0,
        });
        1
    }
}

/// The length of the next block: whole lines of at most [`BLOCK`] bytes, or one longer line.
fn block_len(bytes: &[u8]) -> usize {
    if bytes.len() <= BLOCK {
        return bytes.len();
    }
    let newline = memchr::memrchr(b'\n', &bytes[..BLOCK])
        .or_else(|| memchr::memchr(b'\n', &bytes[BLOCK..]).map(|found| found + BLOCK));
    newline.map_or(bytes.len(), |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::super::columns::Fields;
    use super::*;
    use proptest::prelude::*;

    /// Lines, each with the places of its commas; `None` if their number is not known.
    type Found = Vec<(String, Option<Vec<usize>>)>;

    /// What both ways find, each with its name.
    fn found(text: &str) -> [(&'static str, Found); 2] {
        let (mut plain, mut fastest) = (Vec::new(), Vec::new());
        let collect = |lines: &mut Found, line: &Line<'_, '_>| {
            let text = String::from_utf8_lossy(line.bytes()).into_owned();
            let mut place = 0;
            for count in 0..6 {
                assert_eq!(line.behind_commas(0, count), place, "{text:?} {count}");
                place = line.next_comma(place) + 1;
                // There is nothing behind the line.
                place = place.min(line.bytes().len() + 1);
            }
            let is_comma = |at: &usize| line.commas_from(*at) & 1 == 1;
            let commas: Vec<usize> = (0..line.bytes().len()).filter(is_comma).collect();
            let is_told = line.commas() as usize <= line.bytes().len();
            assert!(!is_told || line.commas() as usize == commas.len());
            lines.push((text, is_told.then_some(commas)));
        };
        let ways: [(&mut Found, Scanner); 2] =
            [(&mut plain, scan::scan_plainly), (&mut fastest, scan::scan)];
        for (lines, scan) in ways {
            let visit =
                |block: &Block<'_, '_>| block.lines(0).for_each(|line| collect(lines, &line));
            LineIndex::default().each_block_by(text.as_bytes(), visit, scan);
        }
        [("plain", plain), ("fastest", fastest)]
    }

    /// The lines, cut the obvious way.
    fn lines(text: &str) -> Vec<&str> {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return Vec::new();
        }
        body.split('\n').collect()
    }

    /// Where the columns of a line end, except the last one.
    fn ends_of_columns(line: &str) -> Vec<usize> {
        let mut ends: Vec<usize> = Fields::new(line.as_bytes())
            .scan(0, |start, column| {
                let end = *start + column.len();
                *start = end + 1;
                Some(end)
            })
            .collect();
        ends.pop();
        ends
    }

    /// Whether quotes stand only where a CSV writer puts them.
    fn has_plain_quotes(line: &str) -> bool {
        let mut fields = Fields::new(line.as_bytes());
        let is_plain = fields.all(|column| match column {
            [b'"', inner @ .., b'"'] => {
                let inner = String::from_utf8_lossy(inner).replace("\"\"", "");
                !inner.contains('"')
            }
            other => !other.contains(&b'"'),
        });
        is_plain && !fields.unterminated
    }

    proptest! {
        #[test]
        fn columns_end_where_the_general_way_ends_them(
            text in r#"([,"a\n]|,"|",|[a-z]{40}|é|a,b,c,,,,,,d\n|,"a,""b"",c",|"\n){0,60}"#
        ) {
            for (way, found) in found(&text) {
                let expected = lines(&text);
                prop_assert_eq!(found.len(), expected.len(), "{}", way);
                for ((line, commas), expected) in found.into_iter().zip(expected) {
                    prop_assert_eq!(&line, expected, "{}", way);
                    if let Some(commas) = commas {
                        prop_assert_eq!(commas, ends_of_columns(&line), "{} {}", way, line);
                    }
                }
            }
        }

        #[test]
        fn what_a_csv_writer_wrote_is_told(
            rows in proptest::collection::vec(
                proptest::collection::vec(r#"[a-z]{0,60}|["a, ]{0,40}"#, 2..6), 1..20
            )
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("write");
            }
            let text = String::from_utf8(writer.into_inner().expect("bytes")).expect("text");
            for (way, found) in found(&text) {
                for ((line, commas), row) in found.into_iter().zip(&rows) {
                    prop_assert_eq!(commas.map(|commas| commas.len() + 1), Some(row.len()), "{} {}", way, line);
                }
            }
        }

        #[test]
        fn an_odd_quote_spoils_no_line_but_those_around_it(
            line in r#"[a,"]{0,20}"#, before in 0usize..200, behind in 130usize..200
        ) {
            prop_assume!(!has_plain_quotes(&line));
            let other = |len: usize| format!("{}\n", "x,y".repeat(len / 3));
            let text = format!("{}{line}\n{}{}", other(before), other(behind), other(90));
            for (way, found) in found(&text) {
                let last = found.last().cloned().and_then(|(_, commas)| commas);
                prop_assert_eq!(last.map(|commas| commas.len()), Some(30), "{}", way);
                if let Some(commas) = &found[1].1 {
                    prop_assert_eq!(commas, &ends_of_columns(&line), "{}", way);
                }
            }
        }

        #[test]
        fn commas_are_seen_from_everywhere(
            text in "([a-z]{0,90},?){0,6}\n,,,", from in 0usize..300
        ) {
            LineIndex::default().each_line(text.as_bytes(), |line| {
                let bytes = line.bytes();
                let from = from.min(bytes.len());
                let commas = |range: &[u8]| range.iter().filter(|byte| **byte == b',').count();
                let next = bytes[from..].iter().position(|byte| *byte == b',');
                assert_eq!(line.next_comma(from), next.map_or(bytes.len(), |at| from + at));
                if commas(&bytes[from..]) == 1 {
                    assert_eq!(Some(line.only_comma_from(from)), next.map(|at| from + at));
                }
                let beyond = &text.as_bytes()[line.start + from..];
                let seen = line.commas_from(from);
                for (at, byte) in beyond.iter().take(SIGHT).enumerate() {
                    assert_eq!(seen >> at & 1 == 1, *byte == b',', "{at}");
                }
            });
        }
    }

    #[test]
    fn lines_longer_than_a_piece_are_whole() {
        let long = format!("{},\n", "x".repeat(3 * BLOCK));
        let text = format!("a,b\n{long}{}{long}c,d", "short,\n".repeat(BLOCK / 5));
        for (way, found) in found(&text) {
            let expected = lines(&text);
            assert_eq!(found.len(), expected.len(), "{way}");
            for ((line, commas), expected) in found.into_iter().zip(expected) {
                let marked = if line.len() >= BLOCK {
                    Vec::new()
                } else {
                    ends_of_columns(expected)
                };
                assert_eq!((line.as_str(), commas), (expected, Some(marked)), "{way}");
            }
        }
    }
}
