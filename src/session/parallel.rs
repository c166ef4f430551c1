//! The corpus read on all cores: chunks are parsed in any order and joined in theirs.
//!
//! In: a [`Corpus`]. Out: every session to `emit`, in the documented order, and what was counted.
//! Must not depend on the number of threads: chunks are the same, and only the calling thread
//! joins and emits.
//! Memory: the chunks in flight, a few per thread, and the open sessions.

use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

use crate::input::bytes::Source;
use crate::input::corpus::{Chunk, ChunkBody, Corpus};
use crate::input::header::Layout;
use crate::input::lines::{LineCounts, Lines, Summary};
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::{Place, PlaceTable};
use crate::input::timestamp::Timestamp;

use super::assembly::{ChunkAssembler, Pieces};
use super::frame::{Digest, Session};
use super::join::{Joined, Joiner};
use super::sink::{Finish, Sink};

/// The size of a chunk of a pipe, which is held in memory.
const PIPE_CHUNK: u64 = 4 * 1024 * 1024;

/// The largest chunk of a corpus: by its files and the work alone, so that the output depends on
/// nothing else.
pub fn chunk_bytes<D, F: Finish<D>>(corpus: &Corpus, _finish: &F) -> u64 {
    if corpus.has_pipe() {
        PIPE_CHUNK
    } else {
        F::LARGEST_CHUNK
    }
}

/// Chunks in flight per thread.
const CHUNKS_PER_THREAD: usize = 2;

/// How to read.
pub struct Plan<'a> {
    /// The log files.
    pub corpus: &'a Corpus,
    /// The threads that parse.
    pub pool: &'a rayon::ThreadPool,
    /// The size of the largest chunk.
    pub chunk_bytes: u64,
    /// Called with the bytes of each chunk that has been joined.
    pub progress: &'a dyn Fn(u64),
}

/// What was read.
#[derive(Debug)]
pub struct ReadResult {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Oddities.
    pub notes: Notes,
    /// The earliest row.
    pub first: Timestamp,
    /// The latest row.
    pub last: Timestamp,
    /// Bytes read.
    pub bytes: u64,
    /// Where lines stand.
    pub places: PlaceTable,
    /// Files that could not be read to their end, by index, with the reason.
    pub errors: Vec<(usize, io::Error)>,
}

/// One chunk, parsed.
struct Parsed<D, P> {
    assumed: Layout,
    part: P,
    summary: Summary,
    pieces: Pieces<D>,
    bytes: u64,
}

/// Buffers for files that are read: given back after each chunk.
#[derive(Default)]
struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut buffer = self.lock().pop().unwrap_or_default();
        let result = work(&mut buffer);
        self.lock().push(buffer);
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the corpus. `pipe` supplies what comes through standard input; `sink` gets the index of
/// the stream, the session, and the places, which are known for all sessions emitted so far.
pub fn assemble<'a, D: Digest, F: Finish<D>>(
    plan: &Plan<'a>,
    pipe: Option<Box<dyn io::Read + 'a>>,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    let mut merger = Merger::new(plan, finish);
    let buffers = Buffers::default();
    let window = plan.pool.current_num_threads().max(1) * CHUNKS_PER_THREAD;
    let mut chunks = plan.corpus.chunks(plan.chunk_bytes, pipe);
    let (sender, results) = mpsc::channel();
    plan.pool.in_place_scope(|scope| {
        let mut in_flight = 0;
        let mut ready = BTreeMap::new();
        let mut next = 0;
        loop {
            while in_flight < window {
                match chunks.next() {
                    None => break,
                    Some(Err(error)) => merger.pipe_failed(error),
                    Some(Ok(chunk)) => {
                        let (sender, buffers, corpus) = (sender.clone(), &buffers, plan.corpus);
                        in_flight += 1;
                        scope.spawn(move |_| {
                            let work = AssertUnwindSafe(|| {
                                let layout = assumed(corpus, &chunk);
                                parse(corpus, &chunk, layout, buffers, Some(finish))
                            });
                            let result = panic::catch_unwind(work);
                            let (parsed, failure) = match result {
                                Ok(parsed) => (Some(parsed), None),
                                Err(failure) => (None, Some(failure)),
                            };
                            // The receiver is gone only if the caller is unwinding already.
                            let _ = sender.send((chunk, parsed));
                            if let Some(failure) = failure {
                                panic::resume_unwind(failure);
                            }
                        });
                    }
                }
            }
            if in_flight == 0 {
                break;
            }
            let Ok((chunk, Some(parsed))) = results.recv() else {
                break;
            };
            ready.insert(chunk.index, (chunk, parsed));
            while let Some((chunk, parsed)) = ready.remove(&next) {
                merger.merge(&chunk, parsed, &buffers, sink);
                next += 1;
                in_flight -= 1;
            }
        }
    });
    merger.finish(sink)
}

/// True where any file holds the text; stops at the first that does. Pipes are not looked at.
pub fn contains(plan: &Plan<'_>, needle: &[u8]) -> bool {
    let found = AtomicBool::new(false);
    let finder = memchr::memmem::Finder::new(needle);
    let buffers = Buffers::default();
    plan.pool.in_place_scope(|scope| {
        for chunk in plan.corpus.chunks(plan.chunk_bytes, None).flatten() {
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
                // What cannot be read is named when it is read for its sessions.
                let _ = buffers.with(|window| corpus.each_lines(&chunk, window, &mut { look }));
            });
        }
    });
    found.into_inner()
}

/// The layout that a chunk most likely begins with: none has been read before a file's first line,
/// and hardly any file changes its columns in the middle.
fn assumed(corpus: &Corpus, chunk: &Chunk) -> Layout {
    match &chunk.body {
        ChunkBody::Range(range) if range.start > 0 => corpus.files[chunk.file].layout,
        _ => Layout::default(),
    }
}

/// Parses a chunk; without `finish` every session is left to the sink.
fn parse<D: Digest, F: Finish<D>>(
    corpus: &Corpus,
    chunk: &Chunk,
    layout: Layout,
    buffers: &Buffers,
    finish: Option<&F>,
) -> io::Result<Parsed<D, F::Part>> {
    buffers.with(|window| {
        let mut part = F::Part::default();
        let mut assembler = ChunkAssembler::new(|session: &Session<D>| {
            finish.is_some_and(|finish| finish.finish(chunk.file, session, &mut part))
        });
        let mut lines = Lines::new(chunk.index, layout);
        let mut count = 0;
        corpus.each_lines(chunk, window, &mut |bytes| {
            count += bytes.len() as u64;
            lines.read(bytes, &mut assembler);
        })?;
        let pieces = assembler.finish();
        Ok(Parsed {
            assumed: layout,
            part,
            summary: lines.finish(),
            pieces,
            bytes: count,
        })
    })
}

/// Hands over a session at the end of its stream, where workers have dealt with none.
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
    /// File of the last chunk, and the layout behind it.
    last: Option<(usize, Layout)>,
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
                first: Timestamp::UNKNOWN,
                last: Timestamp::UNKNOWN,
                bytes: 0,
                places: PlaceTable::default(),
                errors: Vec::new(),
            },
            last: None,
        }
    }

    fn merge(
        &mut self,
        chunk: &Chunk,
        parsed: io::Result<Parsed<D, F::Part>>,
        buffers: &Buffers,
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
        let parsed = parsed.and_then(|parsed| {
            // Columns that changed in the middle of the file: read this chunk again with them.
            if parsed.assumed != layout {
                parse(corpus, chunk, layout, buffers, Some(self.finish))
            } else {
                Ok(parsed)
            }
        });
        let parsed = parsed.and_then(|parsed| {
            // A session was dealt with although the chunk before holds its first rows.
            if self.joiner.was_cut(&parsed.pieces) {
                parse::<D, F>(corpus, chunk, layout, buffers, None)
            } else {
                Ok(parsed)
            }
        });
        let mut parsed = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                self.result.places.push(chunk.file, 0);
                self.last = Some((chunk.file, layout));
                return self.result.errors.push((chunk.file, error));
            }
        };
        let result = &mut self.result;
        result.places.push(chunk.file, parsed.summary.counts.lines);
        result.counts.add(&parsed.summary.counts);
        result.notes.merge(&parsed.summary.notes);
        result.first = result.first.earlier(parsed.summary.first);
        result.last = result.last.later(parsed.summary.last);
        if corpus.files[chunk.file].utf16.is_none() {
            result.bytes += parsed.bytes;
        }
        self.last = Some((chunk.file, parsed.summary.layout));
        let stream = corpus.files[chunk.file].stream;
        let places = &result.places;
        let part = &mut parsed.part;
        self.joiner.join(parsed.pieces, &mut |joined| match joined {
            Joined::Session(session) => sink.take(stream, *session, places),
            Joined::Finished(_) => sink.finished(stream, part, places),
        });
        sink.part(stream, parsed.part);
        (self.plan.progress)(parsed.bytes);
    }

    /// A new file begins: a stream may have ended, and the file itself may be odd.
    fn enter_file(&mut self, chunk: &Chunk, sink: &mut dyn Sink<D, F::Part>) {
        let files = &self.plan.corpus.files;
        if let Some((last, _)) = self.last
            && files[last].stream != files[chunk.file].stream
        {
            let places = &self.result.places;
            self.joiner
                .finish(&mut |joined| give(sink, files[last].stream, joined, places));
        }
        let place = Place {
            chunk: chunk.index,
            line: 0,
        };
        if files[chunk.file].headerless {
            self.result.notes.add(NoteKind::HeaderMissing, place);
        }
        if let Some(bytes) = files[chunk.file].utf16 {
            self.result.bytes += bytes;
            self.result.notes.add(NoteKind::Utf16, place);
        }
    }

    fn pipe_failed(&mut self, error: io::Error) {
        let pipe = self
            .plan
            .corpus
            .files
            .iter()
            .position(|file| matches!(file.source, Source::Pipe));
        self.result.errors.push((pipe.unwrap_or(0), error));
    }

    fn finish(mut self, sink: &mut dyn Sink<D, F::Part>) -> ReadResult {
        if let Some((last, _)) = self.last {
            let stream = self.plan.corpus.files[last].stream;
            let places = &self.result.places;
            self.joiner
                .finish(&mut |joined| give(sink, stream, joined, places));
        }
        self.result
    }
}
