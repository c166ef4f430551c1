//! Reads tracking logs on all cores: workers read chunks in any order, one thread takes the steps in order.
//!
//! In: the files, and what is wanted. Out: the steps, and the counts of all lines.
//! Must not depend on the number of threads: the chunks are always the same, and only the calling
//! thread puts them together.
//! Memory: the wanted rows of the chunks in flight. [`each_step`] needs 16 bytes for each wanted row.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use crate::input::bytes::Source;
use crate::input::chunks::{Chunk, Chunks, FileError};
use crate::input::in_order::{self, Buffers, Outcome};
use crate::input::lines::LineCounts;
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::{LinePlace, PlaceTable};
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::TrackingFile;

use super::columns::Columns;
use super::lines::{ChunkReader, ChunkSummary, Task};
use super::step::{Entry, TrackingStep};
use super::wanted::Wanted;

/// How to read.
pub struct Plan<'a> {
    /// The tracking logs.
    pub files: &'a [TrackingFile],
    /// Which rows are wanted.
    pub wanted: &'a Wanted,
    /// The indices of the files to read, if they are not all. The others count for nothing.
    pub only: Option<&'a dyn Fn(usize) -> bool>,
    /// The threads that read.
    pub pool: &'a rayon::ThreadPool,
    /// Receives the number of bytes of each chunk.
    pub progress: &'a dyn Fn(u64),
}

/// What was read.
#[derive(Debug, Default)]
pub struct TrackingResult {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Wanted rows; with [`each_step`], each is counted once.
    pub wanted_rows: u64,
    /// With [`each_step`], wanted rows that are the same as one before. They give no steps.
    pub duplicates: u64,
    /// Oddities.
    pub notes: Notes,
    /// Malformed lines at the end of their file, where Exchange may still have been writing.
    pub cut_tails: u64,
    /// The times of the earliest and the latest row of each file.
    pub spans: Vec<(Timestamp, Timestamp)>,
    /// Bytes read.
    pub bytes: u64,
    /// The file and line of each place in the notes.
    pub places: PlaceTable,
    /// The index of each file that could not be read to its end, with the reason.
    pub errors: Vec<FileError>,
}

/// The most bytes of a file to be read as one chunk. Its wanted rows wait for the chunks before it.
const LARGEST_CHUNK: u64 = 8 * 1024 * 1024;

/// Receives what is read, in the order of files and lines.
pub trait Sink {
    /// Looks at the steps of the next chunk before they are taken, and at the keys of the messages of its
    /// other rows, if the plan asks for them. If more rows turn out to be wanted, the chunk is read again.
    fn look(&mut self, _steps: &[TrackingStep], _others: &[u64]) -> Option<&Wanted> {
        None
    }

    /// Takes a step.
    fn step(&mut self, step: TrackingStep);

    /// The steps of the chunk, which is one of the file with this index, have been taken. These are the
    /// keys of the messages of its other rows.
    fn others(&mut self, _file: usize, _others: &[u64]) {}
}

impl<F: FnMut(TrackingStep)> Sink for F {
    fn step(&mut self, step: TrackingStep) {
        self(step);
    }
}

/// Reads all files. `take` receives the steps in the order of files and lines, those of each row once.
pub fn each_step(plan: &Plan<'_>, take: &mut dyn FnMut(TrackingStep)) -> TrackingResult {
    each_step_by(plan, LARGEST_CHUNK, take)
}

/// Reads all files. A row may come several times, if several files hold it.
pub fn each_row(plan: &Plan<'_>, sink: &mut dyn Sink) -> TrackingResult {
    each_row_by(plan, LARGEST_CHUNK, sink)
}

/// Reads all files. The steps come in the order of their time; those of the same time in the order
/// of files and lines.
pub fn collect(plan: &Plan<'_>) -> (Vec<TrackingStep>, TrackingResult) {
    let mut steps = Vec::new();
    let result = each_step(plan, &mut |step| steps.push(step));
    steps.sort_by_key(|step| (step.entry.time, step.entry.file, step.line));
    (steps, result)
}

fn each_step_by(
    plan: &Plan<'_>,
    largest_chunk: u64,
    take: &mut dyn FnMut(TrackingStep),
) -> TrackingResult {
    let mut once = Once {
        take,
        taken: HashSet::new(),
        last: None,
        duplicates: 0,
    };
    let mut result = each_row_by(plan, largest_chunk, &mut once);
    result.duplicates = once.duplicates;
    result.wanted_rows -= once.duplicates;
    result
}

/// Takes each row once.
struct Once<'a> {
    take: &'a mut dyn FnMut(TrackingStep),
    /// The rows that were taken.
    taken: HashSet<u128>,
    /// The last row, and whether it was taken.
    last: Option<(Arc<Entry>, bool)>,
    duplicates: u64,
}

impl Sink for Once<'_> {
    fn step(&mut self, step: TrackingStep) {
        let is_of_last = |(last, _): &&(Arc<Entry>, bool)| Arc::ptr_eq(last, &step.entry);
        let is_new = match self.last.as_ref().filter(is_of_last) {
            Some((_, is_new)) => *is_new,
            None => {
                let is_new = self.taken.insert(step.entry.row);
                self.duplicates += u64::from(!is_new);
                self.last = Some((Arc::clone(&step.entry), is_new));
                is_new
            }
        };
        if is_new {
            (self.take)(step);
        }
    }
}

fn each_row_by(plan: &Plan<'_>, largest_chunk: u64, sink: &mut dyn Sink) -> TrackingResult {
    let sources: Vec<(&Source, Option<u64>)> =
        plan.files.iter().map(|file| (&file.source, None)).collect();
    let reading = Reading {
        files: plan.files,
        columns: plan.files.iter().map(columns_of).collect(),
        wanted: plan.wanted,
        buffers: Buffers::default(),
    };
    let work = |chunk: &Chunk| reading.read(chunk, reading.columns[chunk.file], plan.wanted);
    let mut merger = Merger::new(&reading);
    let is_read = |chunk: &Result<Chunk, FileError>| match (plan.only, chunk) {
        (Some(only), Ok(chunk)) => only(chunk.file),
        _ => true,
    };
    in_order::each_chunk(
        plan.pool,
        Chunks::of(sources, largest_chunk).filter(is_read),
        &work,
        &mut |outcome| match outcome {
            Outcome::Failed(error) => merger.result.errors.push(error),
            Outcome::Done(chunk, parsed) => {
                let bytes = parsed.bytes;
                merger.merge(&chunk, parsed, sink);
                (plan.progress)(bytes);
            }
        },
    );
    merger.finish()
}

/// The columns that the head of a file shows.
fn columns_of(file: &TrackingFile) -> Columns {
    Columns::from_fields(&file.fields).unwrap_or_else(Columns::unknown)
}

/// What all workers share.
struct Reading<'a> {
    files: &'a [TrackingFile],
    /// The columns of each file, which hardly any file changes in its middle.
    columns: Vec<Columns>,
    wanted: &'a Wanted,
    buffers: Buffers,
}

/// One chunk, read.
struct Parsed {
    /// The columns that were taken to hold for its first line.
    assumed: Columns,
    summary: ChunkSummary,
    bytes: u64,
    /// Why the chunk ends early.
    failed: Option<io::Error>,
}

impl Reading<'_> {
    fn read(&self, chunk: &Chunk, columns: Columns, wanted: &Wanted) -> Parsed {
        let file = &self.files[chunk.file];
        let task = Task {
            number: chunk.file,
            file,
            wanted,
        };
        let mut lines = ChunkReader::new(task, chunk.index, columns);
        let mut bytes = 0;
        let read = self.buffers.with(|window| {
            chunk.each_lines(&file.source, window, &mut |some| {
                bytes += some.len() as u64;
                lines.read(some);
            })
        });
        Parsed {
            assumed: columns,
            summary: lines.finish(),
            bytes,
            failed: read.err(),
        }
    }
}

/// Puts the chunks together, in their order.
struct Merger<'a> {
    reading: &'a Reading<'a>,
    result: TrackingResult,
    /// The file of the last chunk, the columns that hold after it, and the number of its lines so far.
    last: Option<(usize, Columns)>,
    lines: u64,
    /// Whether the last line of the last chunk is malformed.
    is_cut: bool,
}

impl<'a> Merger<'a> {
    fn new(reading: &'a Reading<'a>) -> Merger<'a> {
        let unknown = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
        Merger {
            reading,
            result: TrackingResult {
                spans: vec![unknown; reading.files.len()],
                ..TrackingResult::default()
            },
            last: None,
            lines: 0,
            is_cut: false,
        }
    }

    fn merge(&mut self, chunk: &Chunk, mut parsed: Parsed, sink: &mut dyn Sink) {
        let columns = match self.last {
            Some((file, columns)) if file == chunk.file => columns,
            _ => {
                self.enter_file(chunk);
                self.reading.columns[chunk.file]
            }
        };
        // The columns changed in the middle of the file, so this chunk is read again.
        if parsed.assumed != columns {
            parsed = self.reading.read(chunk, columns, self.reading.wanted);
        }
        let ChunkSummary { steps, others, .. } = &parsed.summary;
        if let Some(wanted) = sink.look(steps, others) {
            parsed = self.reading.read(chunk, columns, wanted);
        }
        let source = &self.reading.files[chunk.file].source;
        let result = &mut self.result;
        let summary = parsed.summary;
        result.bytes += chunk.bytes_of_input(source, parsed.bytes, parsed.failed.is_none());
        result
            .errors
            .extend(parsed.failed.map(|error| (chunk.file, error)));
        result.places.push(chunk.file, summary.counts.lines);
        result.counts.add(&summary.counts);
        result.notes.merge(&summary.notes);
        let (first, last) = &mut result.spans[chunk.file];
        *first = first.earlier(summary.first);
        *last = last.later(summary.last);
        result.wanted_rows += summary.wanted_rows;
        for mut step in summary.steps {
            step.line += self.lines + 1;
            sink.step(step);
        }
        sink.others(chunk.file, &summary.others);
        self.lines += summary.counts.lines;
        // A chunk inside one long line has no line of its own.
        if summary.counts.lines > 0 {
            self.is_cut = summary.ends_malformed;
        }
        self.last = Some((chunk.file, summary.columns));
    }

    /// Begins a new file, which may be odd itself.
    fn enter_file(&mut self, chunk: &Chunk) {
        self.end_file();
        self.lines = 0;
        let file = &self.reading.files[chunk.file];
        let place = LinePlace {
            chunk: chunk.index,
            line: 0,
        };
        if file.headerless {
            self.result.notes.add(NoteKind::HeaderMissing, place);
        }
        if file.is_utf16 {
            self.result.notes.add(NoteKind::Utf16, place);
        }
    }

    /// A file has ended: its last line may have been cut while Exchange was writing it.
    fn end_file(&mut self) {
        self.result.cut_tails += u64::from(std::mem::take(&mut self.is_cut));
    }

    fn finish(mut self) -> TrackingResult {
        self.end_file();
        let sources = self.reading.files.iter().map(|file| &file.source);
        self.result.bytes += sources.map(Source::unpacked_bytes).sum::<u64>();
        self.result
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
