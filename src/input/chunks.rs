//! Files cut into chunks.
//!
//! In: the bytes of files. Out: [`Chunk`]s, whose whole lines can be read in any order and on any thread.
//! Must not look inside a line. Invariant: order and size of the chunks depend on the files only, never on the
//! number of threads.

use std::io::{self, Read};
use std::ops::Range;

use super::bytes::Source;
use super::window::LONGEST_LINE;

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Index over the whole run.
    pub index: u32,
    /// Index of the file.
    pub file: usize,
    /// What to read.
    pub body: ChunkBody,
}

/// Where the bytes of a chunk are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChunkBody {
    /// The lines that begin in this range of the file.
    Range(Range<u64>),
    /// All lines of the file, which the worker unpacks.
    Whole,
    /// Whole lines of a file whose bytes come in order, and how many bytes were read for them.
    Owned(Vec<u8>, u64),
    /// What was read for a digest: no lines, but their number counts.
    Earlier,
}

/// An error in reading, with the index of the file.
pub type FileError = (usize, io::Error);

impl Chunk {
    /// Hands over the whole lines of the chunk, which is one of this source, several at a time and in
    /// order; `window` is used where bytes must be read.
    ///
    /// # Errors
    /// Whatever the operating system says about reading the file. The lines before were handed over.
    pub fn each_lines(
        &self,
        source: &Source,
        window: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        match &self.body {
            ChunkBody::Owned(bytes, _) => visit(bytes),
            ChunkBody::Range(range) => source.each_lines(range.clone(), window, visit)?,
            ChunkBody::Whole => source.each_lines(0..u64::MAX, window, visit)?,
            ChunkBody::Earlier => {}
        }
        Ok(())
    }

    /// Where the chunk begins in its file. What comes in order only begins anywhere.
    pub fn start(&self) -> u64 {
        match &self.body {
            ChunkBody::Range(range) => range.start,
            ChunkBody::Whole | ChunkBody::Owned(..) | ChunkBody::Earlier => 0,
        }
    }

    /// How many bytes of the input the chunk stands for, if so many were handed over. Those of packed
    /// files are counted at the end, by [`Source::unpacked_bytes`].
    pub fn bytes_of_input(&self, source: &Source, handed_over: u64, is_whole: bool) -> u64 {
        match (source, &self.body) {
            (Source::Packed(_), _) => 0,
            (_, ChunkBody::Range(range)) if is_whole => range.end - range.start,
            (_, ChunkBody::Owned(_, read)) => *read,
            _ => handed_over,
        }
    }
}

/// A chunk is so small a part of what is left of the corpus.
const SHARES: u64 = 8;

/// The smallest chunk, but for the last one of a file: a border costs time.
const SMALLEST_CHUNK: u64 = 2 * 1024 * 1024;

/// A chunk of bytes that come in order is held in memory.
const HELD_CHUNK: u64 = 4 * 1024 * 1024;

/// A file that gives no more is unpacked by one worker, while others unpack others.
const LARGEST_WHOLE: u64 = 64 * 1024 * 1024;

/// The same by its packed size, if nothing says what it gives.
const LARGEST_WHOLE_PACKED: u64 = 8 * 1024 * 1024;

/// The chunks of some files in order.
pub struct Chunks<'a> {
    /// The files, and how many bytes of each were read earlier.
    sources: Vec<(&'a Source, Option<u64>)>,
    /// The largest chunk.
    chunk_bytes: u64,
    /// Bytes of files with parts that are in no chunk yet.
    rest: u64,
    /// The lines of the file, if they come in order.
    lines: Option<HeldLines<'a>>,
    index: u32,
    file: usize,
    offset: u64,
    /// What was read of the file earlier has been passed.
    is_entered: bool,
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, FileError>;

    fn next(&mut self) -> Option<Result<Chunk, FileError>> {
        loop {
            let (source, earlier) = *self.sources.get(self.file)?;
            let body = match source.len_of_parts() {
                _ if earlier.is_some() && !self.is_entered => Ok(self.enter(earlier)),
                Some(len) => Ok(self.next_range(len)),
                None if is_for_one_worker(source) => Ok(self.whole()),
                None => self.next_lines(),
            };
            match body {
                Ok(Some(body)) => {
                    let chunk = Chunk {
                        index: self.index,
                        file: self.file,
                        body,
                    };
                    self.index += 1;
                    return Some(Ok(chunk));
                }
                Ok(None) => self.next_file(),
                Err(error) => {
                    let file = self.file;
                    self.next_file();
                    return Some(Err((file, error)));
                }
            }
        }
    }
}

impl<'a> Chunks<'a> {
    /// Cuts files into chunks of about `chunk_bytes`, file by file.
    pub fn of(sources: Vec<(&'a Source, Option<u64>)>, chunk_bytes: u64) -> Chunks<'a> {
        let parts = sources.iter().filter_map(|(source, earlier)| {
            let len = source.len_of_parts()?;
            Some(len.saturating_sub(earlier.unwrap_or(0)))
        });
        Chunks {
            rest: parts.sum(),
            sources,
            chunk_bytes: chunk_bytes.max(1),
            lines: None,
            index: 0,
            file: 0,
            offset: 0,
            is_entered: false,
        }
    }

    /// Passes what was read of the file earlier.
    fn enter(&mut self, earlier: Option<u64>) -> Option<ChunkBody> {
        self.is_entered = true;
        self.offset = earlier?;
        Some(ChunkBody::Earlier)
    }

    fn next_file(&mut self) {
        self.file += 1;
        self.offset = 0;
        self.is_entered = false;
        self.lines = None;
    }

    fn next_range(&mut self, len_of_file: u64) -> Option<ChunkBody> {
        let len = self.next_len(len_of_file.saturating_sub(self.offset));
        let range = self.offset..self.offset + len;
        self.offset = range.end;
        self.rest -= len;
        (!range.is_empty()).then_some(ChunkBody::Range(range))
    }

    /// The length of the next chunk of a file of which so much is left: a share of what is left of
    /// the corpus, so that all processors are busy to the end, and the file in equal parts.
    fn next_len(&self, rest_of_file: u64) -> u64 {
        let smallest = SMALLEST_CHUNK.min(self.chunk_bytes);
        let len = (self.rest / SHARES).clamp(smallest, self.chunk_bytes);
        rest_of_file.div_ceil(rest_of_file.div_ceil(len).max(1))
    }

    fn whole(&mut self) -> Option<ChunkBody> {
        let is_new = self.offset == 0;
        self.offset = 1;
        is_new.then_some(ChunkBody::Whole)
    }

    fn next_lines(&mut self) -> io::Result<Option<ChunkBody>> {
        let (source, _): (&'a Source, _) = self.sources[self.file];
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(HeldLines::new(source.read()?)),
        };
        let bytes = lines.next(self.chunk_bytes.min(HELD_CHUNK))?;
        let read = std::mem::take(&mut lines.read);
        Ok((!bytes.is_empty()).then_some(ChunkBody::Owned(bytes, read)))
    }
}

/// Whether one worker unpacks the file. Others are read here and parsed by all workers.
fn is_for_one_worker(source: &Source) -> bool {
    match source {
        Source::Packed(packed) => match packed.unpacked_len() {
            Some(len) => len <= LARGEST_WHOLE,
            None => packed.packed_len() <= LARGEST_WHOLE_PACKED,
        },
        _ => false,
    }
}

/// Lines of bytes that come in order, a piece at a time.
struct HeldLines<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// Bytes read since this was asked.
    read: u64,
    /// The beginning of the next line.
    carry: Vec<u8>,
    /// Whether the line in `carry` is too long and its rest is dropped.
    is_cut: bool,
    failed: Option<io::Error>,
}

impl<'a> HeldLines<'a> {
    fn new(reader: Box<dyn Read + Send + 'a>) -> HeldLines<'a> {
        HeldLines {
            reader,
            read: 0,
            carry: Vec::new(),
            is_cut: false,
            failed: None,
        }
    }

    /// The next whole lines, about `len` bytes of them; nothing at the end.
    fn next(&mut self, len: u64) -> io::Result<Vec<u8>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut bytes = std::mem::take(&mut self.carry);
        loop {
            let mut searched = bytes.len();
            let read = self.reader.by_ref().take(len).read_to_end(&mut bytes);
            let is_end = bytes.len() == searched;
            self.read += (bytes.len() - searched) as u64;
            if self.is_cut {
                searched = self.drop_rest(&mut bytes, searched);
            }
            match read {
                Err(error) if bytes.is_empty() => return Err(error),
                // What came before is still good.
                Err(error) => {
                    self.failed = Some(error);
                    return Ok(bytes);
                }
                Ok(_) if is_end => return Ok(bytes),
                Ok(_) => {}
            }
            if let Some(newline) = memchr::memrchr(b'\n', &bytes[searched..]) {
                self.carry = bytes.split_off(searched + newline + 1);
                return Ok(bytes);
            }
            if bytes.len() > LONGEST_LINE {
                bytes.truncate(LONGEST_LINE + 1);
                self.is_cut = true;
            }
        }
    }

    /// Drops the rest of a line that is too long from what was read behind `kept`. Returns from where a
    /// newline may follow.
    fn drop_rest(&mut self, bytes: &mut Vec<u8>, kept: usize) -> usize {
        let newline = memchr::memchr(b'\n', &bytes[kept..]);
        self.is_cut = newline.is_none();
        bytes.drain(kept..newline.map_or(bytes.len(), |newline| kept + newline));
        kept
    }
}
