//! A piece of a log file, line by line: each line is a header, a record, blank or malformed.
//!
//! In: whole lines of one file, the layout in force at their start. Out: each record to a visitor,
//! and the counts of all lines.
//! Must not keep rows. Invariant: header + records + blank + malformed = lines.

use memchr::memchr;

use super::header::{self, HeaderLine, Layout};
use super::notes::{NoteKind, Notes};
use super::place::Place;
use super::record::{self, Oddities, Row};
use super::timestamp::{DayCache, Timestamp};

/// How many lines of each kind were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// All lines.
    pub lines: u64,
    /// Lines that begin with `#`.
    pub header: u64,
    /// Rows.
    pub records: u64,
    /// Lines of nothing but blanks.
    pub blank: u64,
    /// Lines that are none of these.
    pub malformed: u64,
}

impl LineCounts {
    /// Adds the counts of another part of the input.
    pub fn add(&mut self, other: &LineCounts) {
        self.lines += other.lines;
        self.header += other.header;
        self.records += other.records;
        self.blank += other.blank;
        self.malformed += other.malformed;
    }
}

/// What reading a piece gave beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Oddities with their places.
    pub notes: Notes,
    /// The earliest row time.
    pub first: Timestamp,
    /// The latest row time.
    pub last: Timestamp,
    /// The layout in force behind the last line.
    pub layout: Layout,
}

/// The byte order mark that Exchange writes at the start of a file, and that joined files carry
/// in their middle.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads all lines of `bytes` and hands each row to `visit`, with the layout it was
/// read by.
pub fn read(
    bytes: &[u8],
    chunk: u32,
    layout: Layout,
    mut visit: impl FnMut(&Row<'_>, &Layout),
) -> Summary {
    let mut summary = Summary {
        counts: LineCounts::default(),
        notes: Notes::default(),
        first: Timestamp::UNKNOWN,
        last: Timestamp::UNKNOWN,
        layout,
    };
    let mut days = DayCache::default();
    let mut rest = bytes;
    let mut number: u32 = 0;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        let place = Place {
            chunk,
            line: number,
        };
        number = number.saturating_add(1);
        summary.line(trim(line), place, &mut days, &mut visit);
    }
    summary
}

impl Summary {
    #[inline]
    fn line(
        &mut self,
        line: &[u8],
        place: Place,
        days: &mut DayCache,
        visit: &mut impl FnMut(&Row<'_>, &Layout),
    ) {
        self.counts.lines += 1;
        if line.first() == Some(&b'#') {
            self.counts.header += 1;
            if let HeaderLine::Fields(layout) = header::parse(line) {
                self.layout = layout;
            }
            return;
        }
        let mut odd = Oddities::default();
        match record::parse(line, place, &self.layout, days, &mut odd) {
            Some(row) => {
                self.counts.records += 1;
                if row.time.is_known() {
                    self.first = self.first.earlier(row.time);
                    self.last = self.last.later(row.time);
                } else {
                    self.notes.add(NoteKind::UnreadableTime, place);
                }
                visit(&row, &self.layout);
            }
            None if line.iter().all(u8::is_ascii_whitespace) => {
                self.counts.blank += 1;
                return;
            }
            None => {
                self.counts.malformed += 1;
                self.notes.add(NoteKind::Malformed, place);
            }
        }
        if odd.unterminated_quote {
            self.notes.add(NoteKind::UnterminatedQuote, place);
        }
        if odd.extra_columns {
            self.notes.add(NoteKind::ExtraColumns, place);
        }
    }
}

/// A line without its carriage return and without a byte order mark at its start.
#[inline]
fn trim(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [before @ .., b'\r'] = line {
        line = before;
    }
    if line.first() == Some(&0xEF) {
        return line.strip_prefix(BOM).unwrap_or(line);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,0,,,+,,";

    fn read_all(text: &str) -> (Vec<String>, Summary) {
        let mut ids = Vec::new();
        let summary = read(text.as_bytes(), 0, Layout::default(), |row, _| {
            ids.push(String::from_utf8_lossy(row.session).into_owned());
        });
        (ids, summary)
    }

    #[test]
    fn every_line_is_of_one_kind() {
        let text = format!("\u{feff}#Software: x\r\n{ROW}\r\n\r\nnonsense\n{ROW}");
        let (ids, summary) = read_all(&text);
        assert_eq!(ids.len(), 2);
        let counts = summary.counts;
        assert_eq!(
            (
                counts.lines,
                counts.header,
                counts.records,
                counts.blank,
                counts.malformed
            ),
            (5, 1, 2, 1, 1)
        );
        assert_eq!(summary.notes.count(NoteKind::Malformed), 1);
    }

    #[test]
    fn a_header_in_the_middle_changes_the_columns() {
        let text = format!("{ROW}\n\u{feff}#Fields: session-id,event\nAB,+\n#Fields: data\nCD,-\n");
        let (ids, summary) = read_all(&text);
        assert_eq!(ids, ["08DE1A2B3C4D5E6F", "AB", "CD"]);
        assert_eq!(summary.counts.header, 2);
        assert!(!summary.layout.is_default());
    }

    #[test]
    fn a_cut_tail_is_one_malformed_line() {
        let (ids, summary) = read_all(&format!("{ROW}\n{}", &ROW[..40]));
        assert_eq!(ids.len(), 1);
        assert_eq!(summary.counts.malformed, 1);
        let (_, _, place) = summary.notes.iter().next().expect("note");
        assert_eq!(place.line, 1);
    }
}
