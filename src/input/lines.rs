//! A chunk of a log file, line by line: each line is a header, a record, blank or malformed.
//!
//! In: whole lines of one file, and the layout that holds for the first of them. Out: each record to a
//! visitor, and the counts of all lines.
//! Must not keep rows. Invariant: header + records + blank + malformed = lines.

use super::fast_path::{self, LineRange};
use super::header::{self, HeaderLine, Layout};
use super::line_index::LineIndex;
use super::notes::{NoteKind, Notes};
use super::parse::{self, Oddities};
use super::place::LinePlace;
use super::record::Row;
use super::timestamp::{DayCache, Timestamp};
use super::window::LONGEST_LINE;

/// How many lines of each kind were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// All lines.
    pub lines: u64,
    /// Lines that begin with `#`.
    pub header: u64,
    /// Rows.
    pub records: u64,
    /// Lines that hold only white space.
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

/// Whether so many lines are malformed that the rows alone say too little: one of twenty.
pub fn lack_much(malformed: u64, records: u64) -> bool {
    malformed > 1 && malformed.saturating_mul(20) >= malformed.saturating_add(records)
}

/// What was learned from a chunk besides its rows.
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
    /// The layout that holds after the last line.
    pub layout: Layout,
    /// Whether the last line is malformed.
    pub ends_malformed: bool,
}

/// The byte order mark that Exchange writes at the start of a file, and that joined files carry
/// in their middle.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How many rows are passed on together, at most. They are the rows of one window, so that the receiver
/// can process them session by session.
const AT_ONCE: usize = 2_048;

/// How many rows are found before the receiver sees them. They are few enough to be in the processor's
/// nearest cache at that time.
const A_FEW: usize = 64;

/// Receives rows as they are found.
pub trait RowSink {
    /// Sees the rows from number `from` on, which have just been read.
    fn look(&mut self, _rows: &[Row<'_>], _from: usize) {}

    /// Takes the rows, all of which [`RowSink::look`] has seen. `layout` is the layout that they were read by.
    fn take(&mut self, rows: &[Row<'_>], layout: &Layout);
}

impl<F: FnMut(&[Row<'_>], &Layout)> RowSink for F {
    fn take(&mut self, rows: &[Row<'_>], layout: &Layout) {
        self(rows, layout);
    }
}

/// Reads a chunk block by block.
#[derive(Debug)]
pub struct LineReader {
    summary: Summary,
    days: DayCache,
    chunk: u32,
    number: u32,
    last_malformed: Option<u32>,
    index: LineIndex,
}

/// Reads all lines of `bytes` and passes their rows to `visit`, many at a time, with the layout that
/// they were read by.
pub fn read(
    bytes: &[u8],
    chunk: u32,
    layout: Layout,
    mut visit: impl FnMut(&[Row<'_>], &Layout),
) -> Summary {
    let mut lines = LineReader::new(chunk, layout);
    lines.read(bytes, &mut visit);
    lines.finish()
}

impl LineReader {
    /// Begins the chunk with this number. `layout` holds for its first line.
    pub fn new(chunk: u32, layout: Layout) -> LineReader {
        let summary = Summary {
            counts: LineCounts::default(),
            notes: Notes::default(),
            first: Timestamp::UNKNOWN,
            last: Timestamp::UNKNOWN,
            layout,
            ends_malformed: false,
        };
        LineReader {
            summary,
            days: DayCache::default(),
            chunk,
            number: 0,
            last_malformed: None,
            index: LineIndex::default(),
        }
    }

    /// Begins behind so many lines.
    pub fn from_line(chunk: u32, line: u64, layout: Layout) -> LineReader {
        LineReader {
            number: u32::try_from(line).unwrap_or(u32::MAX),
            ..LineReader::new(chunk, layout)
        }
    }

    /// Reads the next whole lines and passes their rows to `visit`, many at a time and in order, with
    /// the layout that they were read by.
    pub fn read(&mut self, bytes: &[u8], visit: &mut impl RowSink) {
        let mut index = std::mem::take(&mut self.index);
        let mut found = Vec::with_capacity(AT_ONCE);
        let mut shown = 0;
        index.each_block(bytes, |block| {
            let mut next = 0;
            while next < block.count() {
                let known = found.len();
                if self.summary.layout.is_default() {
                    let range = LineRange {
                        first: next,
                        most: A_FEW - (known - shown),
                        place: self.place(),
                    };
                    fast_path::rows(block, range, &mut self.days, &mut found);
                }
                let read = found.len() - known;
                self.summary.see(&found[known..]);
                self.pass(read);
                next += read;
                if read == 0
                    && let Some(line) = block.lines(next).next()
                {
                    // This line may change the layout, which must stay that of the rows before it.
                    self.summary.hand_over(&mut found, &mut shown, visit);
                    let row = self.other(line.bytes(), self.place());
                    self.summary.see(row.as_slice());
                    found.extend(row);
                    self.pass(1);
                    next += 1;
                }
                if found.len() - shown == A_FEW {
                    visit.look(&found, shown);
                    shown = found.len();
                    if shown >= AT_ONCE {
                        self.summary.hand_over(&mut found, &mut shown, visit);
                    }
                }
            }
        });
        self.summary.hand_over(&mut found, &mut shown, visit);
        self.index = index;
    }

    /// How many lines were read.
    pub fn count(&self) -> u32 {
        self.number
    }

    /// The layout that holds for the next line.
    pub fn layout(&self) -> Layout {
        self.summary.layout
    }

    /// The place of the next line.
    fn place(&self) -> LinePlace {
        LinePlace {
            chunk: self.chunk,
            line: self.number,
        }
    }

    /// Counts lines that have been read.
    fn pass(&mut self, lines: usize) {
        self.number = self.number.saturating_add(lines as u32);
    }

    /// Ends the chunk.
    pub fn finish(mut self) -> Summary {
        self.summary.counts.lines = u64::from(self.number);
        let last = self.last_malformed;
        self.summary.ends_malformed = last.is_some() && last == self.number.checked_sub(1);
        self.summary
    }

    /// Reads a line that the fast path did not take. Returns a row if the line is one.
    #[cold]
    fn other<'a>(&mut self, line: &'a [u8], place: LinePlace) -> Option<Row<'a>> {
        let summary = &mut self.summary;
        let line = trim(line);
        if line.first() == Some(&b'#') {
            summary.counts.header += 1;
            if let HeaderLine::Fields(layout) = header::parse(line) {
                summary.layout = layout;
            }
            return None;
        }
        let mut odd = Oddities::default();
        let (index, days) = (&mut self.index, &mut self.days);
        let row = if is_too_long(line) {
            None
        } else {
            parse::parse(line, place, &summary.layout, index, days, &mut odd)
        };
        match &row {
            Some(_) => {}
            None if line.iter().all(u8::is_ascii_whitespace) => {
                summary.counts.blank += 1;
                return None;
            }
            None => {
                summary.counts.malformed += 1;
                summary.notes.add(NoteKind::Malformed, place);
                self.last_malformed = Some(place.line);
            }
        }
        if odd.unterminated_quote {
            summary.notes.add(NoteKind::UnterminatedQuote, place);
        }
        if odd.extra_columns {
            summary.notes.add(NoteKind::ExtraColumns, place);
        } else if odd.unknown_event {
            summary.notes.add(NoteKind::UnknownEvent, place);
        } else if odd.unreadable_time {
            summary.notes.add(NoteKind::UnreadableTime, place);
        } else if odd.foreign_session {
            summary.notes.add(NoteKind::ForeignSession, place);
        }
        row
    }
}

impl Summary {
    fn see(&mut self, rows: &[Row<'_>]) {
        for row in rows {
            self.first = self.first.earlier(row.time);
            self.last = self.last.later(row.time);
        }
    }

    fn hand_over(&mut self, found: &mut Vec<Row<'_>>, shown: &mut usize, visit: &mut impl RowSink) {
        self.counts.records += found.len() as u64;
        visit.look(found, *shown);
        visit.take(found, &self.layout);
        found.clear();
        *shown = 0;
    }
}

/// Whether a line is so long that it is no row of any log.
pub fn is_too_long(line: &[u8]) -> bool {
    line.len() > LONGEST_LINE
}

/// A line without its carriage return and without a byte order mark at its start.
pub fn trim(line: &[u8]) -> &[u8] {
    let line = parse::trim_end(line);
    line.strip_prefix(BOM).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,0,,,+,,";

    fn read_all(text: &str) -> (Vec<String>, Summary) {
        let mut ids = Vec::new();
        let summary = read(text.as_bytes(), 0, Layout::default(), |rows, _| {
            let text = |row: &Row<'_>| String::from_utf8_lossy(row.session()).into_owned();
            ids.extend(rows.iter().map(text));
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
    fn times_and_sessions_that_exchange_does_not_write_are_malformed_and_counted() {
        let blank = ROW.replace('T', " ");
        let number = ROW.replace("08DE1A2B3C4D5E6F", "8.99E+15");
        let us = ROW.replace("2026-11-03T02:14:09.120Z", "11/3/2026 2:14:09 AM");
        let (ids, summary) = read_all(&format!("{ROW}\n{us}\n{number}\n{us}\n{ROW}\n"));
        assert_eq!(ids.len(), 2);
        let counts = summary.counts;
        assert_eq!((counts.lines, counts.records, counts.malformed), (5, 2, 3));
        assert_eq!(summary.notes.count(NoteKind::UnreadableTime), 2);
        assert_eq!(summary.notes.count(NoteKind::ForeignSession), 1);
        assert!(lack_much(counts.malformed, counts.records));
        // Another tool may write a blank, an offset or no milliseconds: the instant is the same.
        let (ids, _) = read_all(&format!("{blank}\n{}\n", ROW.replace(".120Z", "+00:00")));
        assert_eq!(ids.len(), 2);
    }

    #[test]
    fn a_cut_tail_is_one_malformed_line() {
        let (ids, summary) = read_all(&format!("{ROW}\n{}", &ROW[..40]));
        assert_eq!(ids.len(), 1);
        assert_eq!(summary.counts.malformed, 1);
        let (_, _, place) = summary.notes.iter().next().expect("note");
        assert_eq!(place.line, 1);
        assert!(summary.ends_malformed);
        let (_, summary) = read_all(&format!("{}\n{ROW}\n", &ROW[..40]));
        assert_eq!(summary.counts.malformed, 1);
        assert!(!summary.ends_malformed);
    }
}
