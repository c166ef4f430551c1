//! Reads the corpus on all cores: workers parse chunks in any order, one thread joins them in order.
//!
//! In: a [`Corpus`]. Out: every session to the [`Sink`], in the documented order, and the counts.
//! Must not depend on the number of threads: the chunks are always the same, and only the calling
//! thread joins them.
//! Memory: the chunks in flight, a few per thread, and the open sessions.

use std::io;
use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::input::bytes::Source;
use crate::input::corpus::{Chunk, ChunkBody, Corpus, FileError};
use crate::input::header::Layout;
use crate::input::in_order::{self, Buffers, Outcome};
use crate::input::lines::{LineCounts, LineReader, Summary};
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::{LinePlace, PlaceTable};
use crate::input::timestamp::Timestamp;

use super::assembly::{ChunkAssembler, ChunkSessions, Spare};
use super::frame::{Digest, Session};
use super::join::{Joined, Joiner};
use super::key::KeySet;
use super::sink::{Finish, LARGEST_CHUNK, Sink};

/// How to read.
pub struct Plan<'a> {
    /// The log files.
    pub corpus: &'a Corpus,
    /// For each stream, whether it is read; `None` if all are. The places of an input of which a part is not
    /// read are those of the whole input, and the sink gets wrong files and lines for them.
    pub streams: Option<&'a [bool]>,
    /// The threads that parse.
    pub pool: &'a rayon::ThreadPool,
    /// Receives the number of bytes of each joined chunk.
    pub progress: &'a dyn Fn(u64),
}

/// What was read.
#[derive(Debug)]
pub struct ReadResult {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Oddities.
    pub notes: Notes,
    /// Malformed lines at the end of their file, where Exchange may still have been writing.
    pub cut_tails: u64,
    /// The earliest row.
    pub first: Timestamp,
    /// The latest row.
    pub last: Timestamp,
    /// Bytes read.
    pub bytes: u64,
    /// The file and line of each place.
    pub places: PlaceTable,
    /// The index of each file that could not be read to its end, with the reason.
    pub errors: Vec<FileError>,
}

/// One chunk, parsed.
struct Parsed<D, P> {
    assumed: Layout,
    part: P,
    summary: Summary,
    sessions: ChunkSessions<D>,
    bytes: u64,
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

/// Whether any file contains the text. It stops at the first file that does, and it ignores pipes.
pub fn contains(plan: &Plan<'_>, needle: &[u8]) -> bool {
    let found = AtomicBool::new(false);
    let finder = memchr::memmem::Finder::new(needle);
    let buffers: Buffers = Buffers::default();
    plan.pool.in_place_scope(|scope| {
        for chunk in plan.corpus.chunks(LARGEST_CHUNK).flatten() {
            let (found, finder, buffers, corpus) = (&found, &finder, &buffers, plan.corpus);
            scope.spawn(move |_| {
                if found.load(Ordering::Relaxed) {
                    return;
                }
                let look = |bytes: &[u8]| {
                    if !found.load(Ordering::Relaxed) && finder.find(bytes).is_some() {
                        found.store(true, Ordering::Relaxed);
                    }
                };
                // The pass that reads sessions reports files that cannot be read.
                let _ = buffers.with(|window| corpus.each_lines(&chunk, window, &mut { look }));
            });
        }
    });
    found.into_inner()
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
        let read = corpus.each_lines(chunk, &mut room.window, &mut |bytes| {
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
                counts: LineCounts::default(),
                notes: Notes::default(),
                cut_tails: 0,
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                bytes: 0,
                places: PlaceTable::default(),
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
        let result = &mut self.result;
        result.places.push(chunk.file, parsed.summary.counts.lines);
        result.counts.add(&parsed.summary.counts);
        result.notes.merge(&parsed.summary.notes);
        result.first = result.first.earlier(parsed.summary.first);
        result.last = result.last.later(parsed.summary.last);
        result.bytes += bytes_of(corpus, chunk, &parsed);
        if let Some(error) = parsed.failed.take() {
            result.errors.push((chunk.file, error));
        }
        // A long last line may begin chunks before the last one, which then has no line.
        if parsed.summary.counts.lines > 0 {
            self.is_cut = parsed.summary.ends_malformed;
        }
        self.last = Some((chunk.file, parsed.summary.layout));
        let stream = corpus.files[chunk.file].stream;
        let places = &result.places;
        let part = &mut parsed.part;
        self.joiner
            .join(parsed.sessions, &mut |joined| match joined {
                Joined::Session(session) => sink.take(stream, *session, places),
                Joined::Finished(_) => sink.finished(stream, part, places),
            });
        result.notes.merge(&self.joiner.take_notes());
        let mut part = parsed.part;
        if sink.lacks(&part) {
            part = parse(corpus, chunk, layout, rooms, self.finish, unclear).part;
        }
        sink.part(stream, part);
        (self.plan.progress)(parsed.bytes);
    }

    /// Begins a new file: a stream may have ended, and the file itself may be odd.
    fn enter_file(&mut self, chunk: &Chunk, sink: &mut dyn Sink<D, F::Part>) {
        self.end_file();
        let files = &self.plan.corpus.files;
        if let Some((last, _)) = self.last
            && files[last].stream != files[chunk.file].stream
        {
            let places = &self.result.places;
            self.joiner
                .finish(&mut |joined| give(sink, files[last].stream, joined, places));
        }
        let place = LinePlace {
            chunk: chunk.index,
            line: 0,
        };
        if files[chunk.file].headerless {
            self.result.notes.add(NoteKind::HeaderMissing, place);
        }
        self.result.bytes += files[chunk.file].original_bytes.unwrap_or(0);
        if files[chunk.file].is_utf16 {
            self.result.notes.add(NoteKind::Utf16, place);
        }
        if files[chunk.file].pasted.is_some() {
            self.result.notes.add(NoteKind::Pasted, place);
        }
    }

    /// A file has ended: its last line may have been cut while Exchange was writing it.
    fn end_file(&mut self) {
        self.result.cut_tails += u64::from(take(&mut self.is_cut));
    }

    fn finish(mut self, sink: &mut dyn Sink<D, F::Part>) -> ReadResult {
        self.end_file();
        let sources = self.plan.corpus.files.iter().map(|file| &file.source);
        self.result.bytes += sources.map(Source::unpacked_bytes).sum::<u64>();
        if let Some((last, _)) = self.last {
            let stream = self.plan.corpus.files[last].stream;
            let places = &self.result.places;
            self.joiner
                .finish(&mut |joined| give(sink, stream, joined, places));
        }
        self.result
    }
}
