//! The lines of a text, each with the places of its commas outside quotes.
//!
//! In: whole lines. Out: each [`Line`], which knows its commas as bits.
//! Must not know columns. What quotes a line has is no matter to whoever cuts it, but for those of a
//! line whose [`Line::commas`] cannot be told.

use std::hint::select_unpredictable;

use super::scan::{self, BLOCK, Commas, LineEnd, PIECE, ROOM};

/// Bytes of a line that [`Line::commas_from`] looks over at least.
const SIGHT: usize = 57;

/// The bits of [`Line::commas_from`] that are always there.
const SEEN: u64 = (1 << SIGHT) - 1;

/// A line and its commas.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a, 'm> {
    /// The bytes that hold the line.
    piece: &'a [u8],
    start: usize,
    end: usize,
    marks: &'m Commas,
    commas: u32,
}

impl<'a> Line<'a, '_> {
    /// The line without its newline.
    #[inline(always)]
    pub fn bytes(&self) -> &'a [u8] {
        &self.piece[self.start..self.end]
    }

    /// How many commas the line has outside quotes. More than it has bytes where it, or a line close by,
    /// has an open quote or one that opens elsewhere than a column does, and none for a line too long for
    /// a row: where the columns of such lines end, nothing here says.
    #[inline(always)]
    pub fn commas(&self) -> u32 {
        self.commas
    }

    /// A bit for each byte from `at` on, the lowest for `at` itself, set for a comma outside quotes. At
    /// least 57 bytes are looked over, those behind the line's end too.
    #[inline(always)]
    pub fn commas_from(&self, at: usize) -> u64 {
        let at = self.start + at;
        // No line ends behind its piece, which has half of the room; the rest takes the look beyond it. The
        // marks of a line too long for a piece are all clear.
        let byte = at / 8 % ROOM;
        let mut bits = [0; 8];
        bits.copy_from_slice(&self.marks[byte..byte + 8]);
        u64::from_le_bytes(bits) >> (at % 8)
    }

    /// The place of the only comma that is left from `at` on. It is near by or near the line's end, so
    /// both are looked at, which takes no branch that nobody could foresee.
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

    /// The place of the next comma from `at` on, however far; the line's length where there is none.
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

/// Some lines that lie one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a, 'm> {
    bytes: &'a [u8],
    /// The ends of all lines, before them the end of the line before the first.
    ends: &'m [LineEnd],
    marks: &'m Commas,
}

impl<'a, 'm> Piece<'a, 'm> {
    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.ends.len() - 1
    }

    /// The lines from number `first` on.
    #[inline(always)]
    pub fn lines(&self, first: usize) -> impl Iterator<Item = Line<'a, 'm>> + use<'a, 'm> {
        let (piece, marks) = (self.bytes, self.marks);
        let ends = self.ends.get(first..).unwrap_or_default();
        let behind = ends.get(1..).unwrap_or_default();
        ends.iter().zip(behind).map(move |(before, end)| Line {
            piece,
            start: before.at.wrapping_add(1) as usize,
            end: end.at as usize,
            marks,
            commas: end.commas.wrapping_sub(before.commas),
        })
    }
}

/// Stands before the end of a piece's first line.
const BEGIN: LineEnd = LineEnd {
    at: u32::MAX,
    commas: 0,
};

/// Room for the marks of a piece, used again for the next one.
#[derive(Debug)]
pub struct Marks {
    ends: Vec<LineEnd>,
    commas: Box<Commas>,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            ends: Vec::new(),
            commas: Box::new([0; size_of::<Commas>()]),
        }
    }
}

/// A way to find line ends and commas.
type Scan = fn(&[u8], &mut [LineEnd], &mut Commas) -> (usize, u32);

impl Marks {
    /// Hands over all lines, in order. The last one may lack its newline.
    pub fn each_line<'a>(&mut self, bytes: &'a [u8], mut visit: impl FnMut(&Line<'a, '_>)) {
        self.each_piece(bytes, |piece| piece.lines(0).for_each(|line| visit(&line)));
    }

    /// Hands over all lines in pieces, in order.
    pub fn each_piece<'a>(&mut self, bytes: &'a [u8], visit: impl FnMut(&Piece<'a, '_>)) {
        self.each_piece_by(bytes, visit, scan::scan);
    }

    fn each_piece_by<'a>(
        &mut self,
        bytes: &'a [u8],
        mut visit: impl FnMut(&Piece<'a, '_>),
        scan: Scan,
    ) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(piece_len(rest));
            rest = behind;
            let count = if piece.len() > PIECE {
                self.mark_long_line(piece)
            } else {
                self.mark(piece, scan)
            };
            visit(&Piece {
                bytes: piece,
                ends: &self.ends[..=count],
                marks: &self.commas,
            });
        }
    }

    /// Marks the lines and the commas of a piece; says how many lines it has.
    fn mark(&mut self, piece: &[u8], scan: Scan) -> usize {
        let most = piece.len() + BLOCK;
        if self.ends.len() <= most {
            self.ends.resize(1 + most, BEGIN);
        }
        let (mut count, commas) = scan(piece, &mut self.ends[1..], &mut self.commas);
        if !piece.ends_with(b"\n") {
            count += 1;
            self.ends[count] = LineEnd {
                at: piece.len() as u32,
                commas,
            };
        }
        count
    }

    /// One line, longer than any row: its commas are not marked.
    #[cold]
    fn mark_long_line(&mut self, piece: &[u8]) -> usize {
        let line = piece.strip_suffix(b"\n").unwrap_or(piece);
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

/// Whole lines of about [`PIECE`] bytes; a longer line is a piece of its own.
fn piece_len(bytes: &[u8]) -> usize {
    if bytes.len() <= PIECE {
        return bytes.len();
    }
    let newline = memchr::memrchr(b'\n', &bytes[..PIECE])
        .or_else(|| memchr::memchr(b'\n', &bytes[PIECE..]).map(|found| found + PIECE));
    newline.map_or(bytes.len(), |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::super::columns::Fields;
    use super::*;
    use proptest::prelude::*;

    /// Lines, each with the places of its commas; `None` where their number cannot be told.
    type Found = Vec<(String, Option<Vec<usize>>)>;

    /// What every way that this processor has finds, by its name.
    fn found(text: &str) -> [(&'static str, Found); 3] {
        let (mut plain, mut wide, mut fastest) = (Vec::new(), Vec::new(), Vec::new());
        let collect = |lines: &mut Found, line: &Line<'_, '_>| {
            let text = String::from_utf8_lossy(line.bytes()).into_owned();
            let is_comma = |at: &usize| line.commas_from(*at) & 1 == 1;
            let commas: Vec<usize> = (0..line.bytes().len()).filter(is_comma).collect();
            let is_told = line.commas() as usize <= line.bytes().len();
            assert!(!is_told || line.commas() as usize == commas.len());
            lines.push((text, is_told.then_some(commas)));
        };
        let ways: [(&mut Found, Scan); 3] = [
            (&mut plain, scan::scan_plainly),
            (&mut wide, scan::scan_widely),
            (&mut fastest, scan::scan),
        ];
        for (lines, scan) in ways {
            let visit =
                |piece: &Piece<'_, '_>| piece.lines(0).for_each(|line| collect(lines, &line));
            Marks::default().each_piece_by(text.as_bytes(), visit, scan);
        }
        [("plain", plain), ("wide", wide), ("fastest", fastest)]
    }

    /// The lines, cut the obvious way.
    fn lines(text: &str) -> Vec<&str> {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return Vec::new();
        }
        body.split('\n').collect()
    }

    /// Where the columns of a line end, but for the last one.
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

    /// Whether quotes stand nowhere but where a CSV writer sets them.
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
            Marks::default().each_line(text.as_bytes(), |line| {
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
        let long = format!("{},\n", "x".repeat(3 * PIECE));
        let text = format!("a,b\n{long}{}{long}c,d", "short,\n".repeat(PIECE / 5));
        for (way, found) in found(&text) {
            let expected = lines(&text);
            assert_eq!(found.len(), expected.len(), "{way}");
            for ((line, commas), expected) in found.into_iter().zip(expected) {
                let marked = if line.len() >= PIECE {
                    Vec::new()
                } else {
                    ends_of_columns(expected)
                };
                assert_eq!((line.as_str(), commas), (expected, Some(marked)), "{way}");
            }
        }
    }
}
