//! Reads the corpus on all cores: workers parse chunks in any order, one thread joins them in order.
//!
//! In: a [`Corpus`]. Out: every session to the [`Sink`], in the documented order, and the counts.
//! Must not depend on the number of threads: the chunks are always the same, and only the calling
//! thread joins them.
//! Memory: the chunks in flight, a few per thread, and the open sessions.

use std::io;
use std::mem::take;

use crate::input::chunks::{Chunk, ChunkBody, FileError};
use crate::input::corpus::{Corpus, Earlier};
use crate::input::header::Layout;
use crate::input::in_order::{self, Buffers, Outcome};
use crate::input::lines::{LineReader, Summary};
use crate::input::notes::NoteKind;
use crate::input::place::{LinePlace, PlaceTable};

use super::assembly::{ChunkAssembler, ChunkSessions, Spare};
use super::frame::{Digest, Session};
use super::join::{Joined, Joiner};
use super::key::KeySet;
use super::log_parts::ChunkRead;
use super::open_rows::{self, OpenRow};
use super::sink::{Finish, Sink};
use super::stream_read::StreamRead;

/// How to read.
pub struct Plan<'a> {
    /// The log files.
    pub corpus: &'a Corpus,
    /// For each stream, whether it is read; `None` if all are. The places of an input of which a part is not
    /// read are those of the whole input, and the sink gets wrong files and lines for them.
    pub streams: Option<&'a [bool]>,
    /// For each stream, whether the sessions that may go on at its end are shown apart from those that are over;
    /// `None` if of none.
    pub keeps_open: Option<&'a [bool]>,
    /// For each stream, how it goes on behind what was read earlier; empty if none does.
    pub resumes: &'a [Option<Resume<'a>>],
    /// The threads that parse.
    pub pool: &'a rayon::ThreadPool,
    /// Receives the number of bytes of each joined chunk.
    pub progress: &'a dyn Fn(u64),
}

/// How a stream goes on.
#[derive(Debug, Clone, Copy)]
pub struct Resume<'a> {
    /// The rows of the sessions that were open.
    pub rows: &'a [OpenRow],
    /// Whether the last line that was read is malformed.
    pub ends_malformed: bool,
}

/// What was read.
#[derive(Debug)]
pub struct ReadResult {
    /// What was read of each stream.
    pub streams: Vec<StreamRead>,
    /// The file and line of each place that the sink got.
    pub places: PlaceTable,
    /// Each chunk.
    pub chunks: Vec<ChunkRead>,
    /// For each stream, the layout that holds behind the last line of its last file.
    pub layouts: Vec<Layout>,
    /// The index of each file that could not be read to its end, with the reason.
    pub errors: Vec<FileError>,
}

impl ReadResult {
    /// What was read of all streams together, if all files were read. The places of notes are by file.
    pub fn total(&self, corpus: &Corpus) -> StreamRead {
        let mut total = StreamRead::default();
        for (stream, read) in self.streams.iter().enumerate() {
            total.add_stream(read, corpus.first_file(stream));
        }
        total
    }
}

/// One chunk, parsed.
struct Parsed<D, P> {
    assumed: Layout,
    part: P,
    summary: Summary,
    sessions: ChunkSessions<D>,
    bytes: u64,
    /// How many lines and bytes come before each window that begins with the same layout as the first one.
    windows: Vec<(u32, u64)>,
    /// Why the chunk ends early.
    failed: Option<io::Error>,
}

/// What a worker uses again for the next chunk.
#[derive(Default)]
struct Room<D> {
    window: Vec<u8>,
    spare: Spare<D>,
}

/// Reads the corpus. `sink` receives the index of the stream, the session, and the places of all lines
/// read so far.
pub fn assemble<D: Digest, F: Finish<D>>(
    plan: &Plan<'_>,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    let mut merger = Merger::new(plan, finish);
    let rooms = Buffers::default();
    let corpus = plan.corpus;
    let work = |chunk: &Chunk| {
        let layout = assumed(corpus, chunk);
        parse(corpus, chunk, layout, &rooms, finish, KeySet::default())
    };
    let is_read = |chunk: &Result<Chunk, FileError>| match (plan.streams, chunk) {
        (Some(streams), Ok(chunk)) => streams[corpus.files[chunk.file].stream],
        _ => true,
    };
    let chunks = corpus.chunks(F::LARGEST_CHUNK).filter(is_read);
    in_order::each_chunk(plan.pool, chunks, &work, &mut |outcome| match outcome {
        Outcome::Failed(error) => merger.result.errors.push(error),
        Outcome::Done(chunk, parsed) => merger.merge(&chunk, parsed, &rooms, sink),
    });
    merger.finish(sink)
}

/// The layout that a chunk most likely begins with: the default one at the start of a file, otherwise
/// the file's, because hardly any file changes its columns in the middle.
fn assumed(corpus: &Corpus, chunk: &Chunk) -> Layout {
    match &chunk.body {
        ChunkBody::Range(range) if range.start > 0 => corpus.files[chunk.file].layout,
        _ => Layout::default(),
    }
}

/// Parses a chunk. The rows of the sessions in `kept` are kept for the shared step.
fn parse<D: Digest, F: Finish<D>>(
    corpus: &Corpus,
    chunk: &Chunk,
    layout: Layout,
    rooms: &Buffers<Room<D>>,
    finish: &F,
    kept: KeySet,
) -> Parsed<D, F::Part> {
    rooms.with(|room| {
        let mut part = F::Part::default();
        let mut assembler = ChunkAssembler::keeping(kept, |session: &Session<D>| {
            finish.finish(chunk.file, session, &mut part)
        });
        assembler.reuse(take(&mut room.spare));
        let mut lines = LineReader::new(chunk.index, layout);
        let mut count = 0;
        let mut windows = Vec::new();
        let read = corpus.each_lines(chunk, &mut room.window, &mut |bytes| {
            if count > 0 && lines.layout() == layout {
                windows.push((lines.count(), count));
            }
            count += bytes.len() as u64;
            lines.read(bytes, &mut assembler);
        });
        room.spare = assembler.take_spare();
        let sessions = assembler.finish();
        Parsed {
            assumed: layout,
            part,
            summary: lines.finish(),
            sessions,
            bytes: count,
            windows,
            failed: read.err(),
        }
    })
}

/// How many bytes of the input a chunk stands for. Those of cleaned files are counted where they begin.
fn bytes_of<D, P>(corpus: &Corpus, chunk: &Chunk, parsed: &Parsed<D, P>) -> u64 {
    let file = &corpus.files[chunk.file];
    if file.original_bytes.is_some() {
        return 0;
    }
    chunk.bytes_of_input(&file.source, parsed.bytes, parsed.failed.is_none())
}

/// Gives a session at the end of its stream to the sink. Workers have processed none of these.
fn give<D, P>(
    sink: &mut dyn Sink<D, P>,
    stream: usize,
    joined: Joined<'_, D>,
    places: &PlaceTable,
) {
    if let Joined::Session(session) = joined {
        sink.take(stream, *session, places);
    }
}

/// Joins parsed chunks in order.
struct Merger<'a, D: Digest, F> {
    plan: &'a Plan<'a>,
    finish: &'a F,
    joiner: Joiner<D>,
    result: ReadResult,
    /// The file of the last chunk, and the layout that holds after it.
    last: Option<(usize, Layout)>,
    /// Whether the last line of the last chunk is malformed.
    is_cut: bool,
}

impl<'a, D: Digest, F: Finish<D>> Merger<'a, D, F> {
    fn new(plan: &'a Plan<'a>, finish: &'a F) -> Merger<'a, D, F> {
        Merger {
            plan,
            finish,
            joiner: Joiner::default(),
            result: ReadResult {
                streams: vec![StreamRead::default(); plan.corpus.streams.len()],
                places: PlaceTable::default(),
                chunks: Vec::new(),
                layouts: vec![Layout::default(); plan.corpus.streams.len()],
                errors: Vec::new(),
            },
            last: None,
            is_cut: false,
        }
    }

    fn merge(
        &mut self,
        chunk: &Chunk,
        mut parsed: Parsed<D, F::Part>,
        rooms: &Buffers<Room<D>>,
        sink: &mut dyn Sink<D, F::Part>,
    ) {
        let corpus = self.plan.corpus;
        if chunk.body == ChunkBody::Earlier {
            return self.pass(chunk, sink);
        }
        let first_of_file = self.last.is_none_or(|(file, _)| file != chunk.file);
        if first_of_file {
            self.enter_file(chunk, sink);
        }
        let layout = match self.last {
            Some((file, layout)) if file == chunk.file => layout,
            _ => Layout::default(),
        };
        // The columns changed in the middle of the file, so this chunk is read again.
        if parsed.assumed != layout {
            let kept = KeySet::default();
            parsed = parse(corpus, chunk, layout, rooms, self.finish, kept);
        }
        // What the chunk alone shows of some sessions may not be what it shows after the chunks before.
        let unclear = self.joiner.unclear(&parsed.sessions);
        if !unclear.is_empty() {
            let kept = unclear.clone();
            parsed = parse(corpus, chunk, layout, rooms, self.finish, kept);
        }
        let stream = corpus.files[chunk.file].stream;
        let result = &mut self.result;
        let read = &mut result.streams[stream];
        result.places.push(chunk.file, parsed.summary.counts.lines);
        result.chunks.push(ChunkRead {
            offset: chunk.start(),
            layout,
            bytes: parsed.bytes,
            windows: take(&mut parsed.windows),
        });
        read.add_chunk(&parsed.summary);
        read.bytes += bytes_of(corpus, chunk, &parsed);
        if let Some(error) = parsed.failed.take() {
            result.errors.push((chunk.file, error));
        }
        // A long last line may begin chunks before the last one, which then has no line.
        if parsed.summary.counts.lines > 0 {
            self.is_cut = parsed.summary.ends_malformed;
        }
        self.last = Some((chunk.file, parsed.summary.layout));
        let places = &result.places;
        let part = &mut parsed.part;
        self.joiner
            .join(parsed.sessions, &mut |joined| match joined {
                Joined::Session(session) => sink.take(stream, *session, places),
                Joined::Finished(_) => sink.finished(stream, part, places),
            });
        read.notes.merge(&self.joiner.take_notes());
        let mut part = parsed.part;
        if sink.lacks(&part) {
            part = parse(corpus, chunk, layout, rooms, self.finish, unclear).part;
        }
        sink.part(stream, part);
        (self.plan.progress)(parsed.bytes);
    }

    /// Passes what was read of a file earlier. All such files come first in their stream.
    fn pass(&mut self, chunk: &Chunk, sink: &mut dyn Sink<D, F::Part>) {
        let corpus = self.plan.corpus;
        let file = &corpus.files[chunk.file];
        self.leave_file(file.stream, sink);
        let Earlier { bytes, lines } = file.earlier.unwrap_or_default();
        let result = &mut self.result;
        result.places.push(chunk.file, lines);
        result.chunks.push(ChunkRead {
            offset: bytes,
            layout: file.layout,
            bytes,
            windows: Vec::new(),
        });
        self.last = Some((chunk.file, file.layout));
        let next = corpus.files.get(chunk.file + 1);
        let is_last = next.is_none_or(|next| next.stream != file.stream || next.earlier.is_none());
        let resume = self.plan.resumes.get(file.stream).copied().flatten();
        let Some(resume) = resume.filter(|_| is_last) else {
            return;
        };
        self.is_cut = resume.ends_malformed;
        let first = corpus.first_file(file.stream);
        let first = chunk.index - u32::try_from(chunk.file - first).unwrap_or(u32::MAX);
        let places = &result.places;
        open_rows::replay(resume.rows, |mut row| {
            // Each file before has one chunk.
            row.place.chunk += first;
            let mut emit = |joined: Joined<'_, D>| give(&mut *sink, file.stream, joined, places);
            self.joiner.resume(&row, &mut emit);
        });
    }

    /// Ends the last file, and its stream if another one begins.
    fn leave_file(&mut self, stream: usize, sink: &mut dyn Sink<D, F::Part>) {
        let files = &self.plan.corpus.files;
        if let Some((last, _)) = self.last {
            self.end_file(files[last].stream);
            if files[last].stream != stream {
                self.end_stream(files[last].stream, sink);
            }
        }
    }

    /// Begins a new file: a stream may have ended, and the file itself may be odd.
    fn enter_file(&mut self, chunk: &Chunk, sink: &mut dyn Sink<D, F::Part>) {
        let files = &self.plan.corpus.files;
        let stream = files[chunk.file].stream;
        self.leave_file(stream, sink);
        let read = &mut self.result.streams[stream];
        let place = LinePlace {
            chunk: chunk.index,
            line: 0,
        };
        if files[chunk.file].headerless {
            read.notes.add(NoteKind::HeaderMissing, place);
        }
        read.bytes += files[chunk.file].original_bytes.unwrap_or(0);
        if files[chunk.file].is_utf16 {
            read.notes.add(NoteKind::Utf16, place);
        }
        if files[chunk.file].pasted.is_some() {
            read.notes.add(NoteKind::Pasted, place);
        }
    }

    /// A file has ended: its last line may have been cut while Exchange was writing it.
    fn end_file(&mut self, stream: usize) {
        self.result.streams[stream].end_file(take(&mut self.is_cut));
    }

    /// All files of a stream have been read.
    fn end_stream(&mut self, stream: usize, sink: &mut dyn Sink<D, F::Part>) {
        let places = &self.result.places;
        let mut emit = |joined: Joined<'_, D>| give(&mut *sink, stream, joined, places);
        if self.plan.keeps_open.is_some_and(|keeps| keeps[stream]) {
            let now = self.result.streams[stream].last;
            let open = self.joiner.finish_but(now, &mut emit);
            sink.open(stream, open, places);
        } else {
            self.joiner.finish(&mut emit);
        }
        sink.end(stream, places);
        let corpus = self.plan.corpus;
        let next = corpus.first_file(stream + 1);
        if let Some((file, layout)) = self.last.filter(|(file, _)| file + 1 == next) {
            self.result.layouts[corpus.files[file].stream] = layout;
        }
        let first_file = corpus.first_file(stream);
        let notes = &mut self.result.streams[stream].notes;
        notes.each_place(&mut |place| *place = places.by_file(*place, first_file));
    }

    fn finish(mut self, sink: &mut dyn Sink<D, F::Part>) -> ReadResult {
        let files = &self.plan.corpus.files;
        if let Some((last, _)) = self.last {
            self.end_file(files[last].stream);
            self.end_stream(files[last].stream, sink);
        }
        for file in files {
            self.result.streams[file.stream].bytes += file.source.unpacked_bytes();
        }
        self.result
    }
}
