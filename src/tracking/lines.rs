//! A chunk of a tracking log, line by line: each line is a header, a record, blank or malformed.
//!
//! In: whole lines of one file, and the columns that hold for the first of them. Out: the wanted rows,
//! and the counts of all lines.
//! Must not cut a row that nobody wants into columns: its time, event and message id are found by the
//! places of the commas. Invariants: header + records + blank + malformed = lines; the short way and
//! the general way agree.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::input::field::Field;
use crate::input::header;
use crate::input::line_index::{Line, LineIndex};
use crate::input::lines::{self, LineCounts};
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::LinePlace;
use crate::input::timestamp::{DayCache, Timestamp};
use crate::input::tracking_file::TrackingFile;
use crate::smtp::message_key::MessageKeys;

use super::columns::{Column, Columns};
use super::event::Event;
use super::row::Row;
use super::step::{self, TrackingStep};
use super::wanted::{About, Wanted};

/// What was learned from a chunk.
#[derive(Debug)]
pub(super) struct ChunkSummary {
    pub(super) counts: LineCounts,
    pub(super) notes: Notes,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// The columns that hold after the last line.
    pub(super) columns: Columns,
    /// Whether the last line is malformed.
    pub(super) ends_malformed: bool,
    /// How many rows are wanted.
    pub(super) wanted_rows: u64,
    /// Their steps. The lines are counted from 0, in the chunk.
    pub(super) steps: Vec<TrackingStep>,
    /// The keys of the messages of the other rows, if they are asked for.
    pub(super) others: Vec<u64>,
}

/// The file that a chunk belongs to, and what is wanted of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    /// The index of the file.
    pub(super) number: usize,
    pub(super) file: &'a TrackingFile,
    pub(super) wanted: &'a Wanted,
}

/// Reads the lines of one chunk.
#[derive(Debug)]
pub(super) struct ChunkReader<'a> {
    task: Task<'a>,
    summary: ChunkSummary,
    probe: Option<Probe>,
    days: DayCache,
    chunk: u32,
    number: u32,
    last_malformed: Option<u32>,
    index: LineIndex,
    /// The messages of rows with wanted events, and the delivery reports that they name.
    near: MessageKeys,
}

/// Where the short way finds what it needs.
#[derive(Debug, Clone, Copy)]
struct Probe {
    commas: usize,
    event: usize,
    message_id: usize,
}

impl Probe {
    /// `None` if the time is not first, or another column is last, where the line end begins.
    fn of(columns: &Columns) -> Option<Probe> {
        let commas = columns.count().checked_sub(1)?;
        let inner = |column| columns.place(column).filter(|place| *place < commas);
        (columns.place(Column::DateTime) == Some(0)).then_some(())?;
        Some(Probe {
            commas,
            event: inner(Column::EventId)?,
            message_id: inner(Column::MessageId)?,
        })
    }
}

/// The places of a line's columns, found one after the other.
struct Cursor<'l, 'a, 'm> {
    line: &'l Line<'a, 'm>,
    column: usize,
    at: usize,
}

impl<'a> Cursor<'_, 'a, '_> {
    /// A column with its quotes.
    #[inline(always)]
    fn column(&mut self, wanted: usize) -> &'a [u8] {
        if wanted < self.column {
            (self.column, self.at) = (0, 0);
        }
        let columns = (wanted - self.column) as u32;
        self.at = self.line.behind_commas(self.at, columns);
        self.column = wanted;
        let end = self.line.next_comma(self.at);
        self.line.bytes().get(self.at..end).unwrap_or_default()
    }
}

/// The length of a time as Exchange writes it.
const TIME: usize = 24;

impl<'a> ChunkReader<'a> {
    /// Begins the chunk with this number. `columns` holds for its first line.
    pub(super) fn new(task: Task<'a>, chunk: u32, columns: Columns) -> ChunkReader<'a> {
        ChunkReader {
            task,
            summary: ChunkSummary {
                counts: LineCounts::default(),
                notes: Notes::default(),
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                columns,
                ends_malformed: false,
                wanted_rows: 0,
                steps: Vec::new(),
                others: Vec::new(),
            },
            probe: Probe::of(&columns),
            days: DayCache::default(),
            chunk,
            number: 0,
            last_malformed: None,
            index: LineIndex::default(),
            near: MessageKeys::default(),
        }
    }

    /// Reads the next whole lines.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let mut index = std::mem::take(&mut self.index);
        index.each_line(bytes, |line| {
            match self.short(line) {
                Some((time, is_wanted)) => {
                    self.count_row(time);
                    if is_wanted {
                        let (row, _) = Row::cut(lines::trim(line.bytes()), &self.summary.columns);
                        self.keep(&row, time);
                    }
                }
                None => self.general(line.bytes()),
            }
            self.number = self.number.saturating_add(1);
        });
        self.index = index;
    }

    /// Ends the chunk.
    pub(super) fn finish(mut self) -> ChunkSummary {
        self.summary.counts.lines = u64::from(self.number);
        let last = self.last_malformed;
        self.summary.ends_malformed = last.is_some() && last == self.number.checked_sub(1);
        self.summary
    }

    /// The time of a usual row, and whether it is wanted; `None` for what the general way must read.
    #[inline(always)]
    fn short(&mut self, line: &Line<'_, '_>) -> Option<(Timestamp, bool)> {
        let probe = self.probe?;
        let bytes = line.bytes();
        if line.commas() as usize != probe.commas || bytes.get(TIME) != Some(&b',') {
            return None;
        }
        let time = self.days.parse_exact(bytes.first_chunk::<TIME>()?)?;
        let mut cursor = Cursor {
            line,
            column: 1,
            at: TIME + 1,
        };
        let event = Field::new(cursor.column(probe.event));
        if event.is_empty() {
            return None;
        }
        let event = event.bytes();
        let message_id = Field::new(cursor.column(probe.message_id));
        let columns = &self.summary.columns;
        let about = About::of(&event, &message_id.bytes(), || {
            let place = columns.place(Column::Reference);
            let raw = place.map_or(&b""[..], |place| cursor.column(place));
            Field::new(lines::trim(raw)).bytes()
        });
        Some((time, self.is_wanted(&event, about)))
    }

    /// Whether a row is wanted. The keys of others are noted, if they are asked for.
    #[inline(always)]
    fn is_wanted(&mut self, event: &[u8], about: About) -> bool {
        let wanted = self.task.wanted;
        if wanted.holds(event, about) {
            return true;
        }
        if !wanted.notes_others() {
            return false;
        }
        if !self.near.is_empty() && about.is_any(|key| self.near.contains(&key)) {
            return true;
        }
        let others = &mut self.summary.others;
        // Many rows follow one of the same message.
        if others.last() != Some(&about.message) {
            others.push(about.message);
        }
        others.extend(about.original);
        false
    }

    /// Reads any line.
    #[cold]
    fn general(&mut self, line: &[u8]) {
        let line = lines::trim(line);
        if line.first() == Some(&b'#') {
            self.summary.counts.header += 1;
            let text = String::from_utf8_lossy(line);
            if let Some(columns) = header::value_of(&text, "#Fields").and_then(Columns::from_fields)
            {
                self.summary.columns = columns;
                self.probe = Probe::of(&columns);
            }
            return;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            self.summary.counts.blank += 1;
            return;
        }
        if lines::is_too_long(line) {
            return self.malformed(None);
        }
        let columns = self.summary.columns;
        let (row, unterminated) = Row::cut(line, &columns);
        if unterminated {
            let place = self.place();
            self.summary.notes.add(NoteKind::UnterminatedQuote, place);
        }
        if row.count() > columns.count() {
            return self.malformed(Some(NoteKind::ExtraColumns));
        }
        if row.count() < columns.count() {
            return self.malformed(None);
        }
        let event = row.get(Column::EventId);
        if event.is_empty() {
            return self.malformed(Some(NoteKind::UnknownEvent));
        }
        let Some(time) = self.days.parse(&row.get(Column::DateTime)) else {
            return self.malformed(Some(NoteKind::UnreadableTime));
        };
        self.count_row(time);
        let message_id = row.get(Column::MessageId);
        let about = About::of(&event, &message_id, || row.get(Column::Reference));
        if self.is_wanted(&event, about) {
            self.keep(&row, time);
        }
    }

    #[inline(always)]
    fn count_row(&mut self, time: Timestamp) {
        self.summary.counts.records += 1;
        self.summary.first = self.summary.first.earlier(time);
        self.summary.last = self.summary.last.later(time);
    }

    fn malformed(&mut self, why: Option<NoteKind>) {
        let place = self.place();
        self.summary.counts.malformed += 1;
        self.summary.notes.add(NoteKind::Malformed, place);
        if let Some(why) = why {
            self.summary.notes.add(why, place);
        }
        self.last_malformed = Some(self.number);
    }

    fn place(&self) -> LinePlace {
        LinePlace {
            chunk: self.chunk,
            line: self.number,
        }
    }

    fn keep(&mut self, row: &Row<'_>, time: Timestamp) {
        let Task {
            number,
            file,
            wanted,
        } = self.task;
        let mut entry = step::entry(row, time, file, wanted.subjects());
        (entry.file, entry.row) = (number, key(row));
        if wanted.notes_others() && matches!(entry.event, Event::Fail | Event::Defer | Event::Dsn) {
            let report = entry.reference_key;
            let report = report.filter(|_| entry.event == Event::Fail);
            self.near
                .extend(entry.message_key.into_iter().chain(report));
        }
        self.summary.wanted_rows += 1;
        let entry = Arc::new(entry);
        let steps = step::recipients(row).into_iter();
        self.summary
            .steps
            .extend(steps.map(|(recipient, status)| TrackingStep {
                entry: Arc::clone(&entry),
                line: u64::from(self.number),
                recipient,
                status,
            }));
    }
}

/// What is the same if a row is read twice: the id that Exchange gives each row, with a few other columns,
/// because somebody may have written over it; without such an id, all columns.
fn key(row: &Row<'_>) -> u128 {
    let id = row.get(Column::LogId);
    let (mut one, mut other) = (DefaultHasher::new(), FxHasher::default());
    let mut add = |value: Cow<'_, [u8]>| {
        value.hash(&mut one);
        value.hash(&mut other);
    };
    if is_row_id(&id) {
        add(id);
        for column in [
            Column::DateTime,
            Column::EventId,
            Column::MessageId,
            Column::RecipientAddress,
        ] {
            add(row.get(column));
        }
    } else {
        row.values().for_each(add);
    }
    u128::from(one.finish()) << 64 | u128::from(other.finish())
}

/// A GUID that is not all zeros.
fn is_row_id(text: &[u8]) -> bool {
    text.len() == 36
        && text
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        && text.iter().any(|byte| !matches!(byte, b'0' | b'-'))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
