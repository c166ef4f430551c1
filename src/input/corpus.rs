//! All log files of a run in their fixed order, cut into chunks, and the places in them.
//!
//! In: log files with their streams. Out: [`Chunk`]s, whose whole lines can be read in any order
//! and on any thread.
//! Must not look inside a line. Invariant: order and size of the chunks depend on the files only,
//! never on the number of threads.

use std::io::{self, Read};
use std::ops::Range;

use super::bytes::Source;
use super::header::Layout;
use super::lines::LineReader;
use super::pasted::Pasted;
use super::record::Row;
use super::timestamp::Timestamp;
use super::window::LONGEST_LINE;

/// One log file.
#[derive(Debug)]
pub struct LogFile {
    /// Name for reports: relative to the PATH given, with `/`.
    pub name: String,
    /// Index of its stream.
    pub stream: usize,
    /// The bytes.
    pub source: Source,
    /// The columns that its first `#Fields` line names.
    pub layout: Layout,
    /// It has no header line.
    pub headerless: bool,
    /// It is decoded from UTF-16.
    pub is_utf16: bool,
    /// The size of the file as it was given, if it was cleaned before reading.
    pub original_bytes: Option<u64>,
    /// It looks copied from elsewhere, and was cleaned.
    pub pasted: Option<Pasted>,
}

/// The log files of one server and role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Name for reports, unique within a run.
    pub name: String,
    /// The server's name where the path shows it.
    pub server: Option<String>,
}

/// All log files of a run: streams in name order, files of a stream in number order.
#[derive(Debug, Default)]
pub struct Corpus {
    /// The streams, in name order.
    pub streams: Vec<Stream>,
    /// The files, stream by stream.
    pub files: Vec<LogFile>,
}

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
}

/// An error in reading, with the index of the file.
pub type FileError = (usize, io::Error);

impl Corpus {
    /// The size of all files together, as far as it is known before they are read.
    pub fn total_bytes(&self) -> u64 {
        let files = self.files.iter();
        files.filter_map(|file| file.source.known_len()).sum()
    }

    /// Whether a part of the corpus can be read only once.
    pub fn has_pipe(&self) -> bool {
        self.files.iter().any(|file| file.source.is_pipe())
    }

    /// The latest row time near the end of any file. Only what must be unpacked is read as a whole.
    ///
    /// # Errors
    /// Whatever the operating system says about reading a file.
    pub fn last_time(&self) -> io::Result<Timestamp> {
        const TAIL: u64 = 64 * 1024;
        let mut last = Timestamp::UNKNOWN;
        for file in &self.files {
            let len = file.source.len_of_parts().unwrap_or(0);
            let mut lines = LineReader::new(0, file.layout);
            let mut visit = |bytes: &[u8]| lines.read(bytes, &mut |_: &[Row<'_>], _: &Layout| {});
            let tail = len.saturating_sub(TAIL)..len;
            file.source.each_lines(tail, &mut Vec::new(), &mut visit)?;
            last = last.later(lines.finish().last);
        }
        Ok(last)
    }

    /// Hands over the whole lines of a chunk, several at a time and in order; `window` is used where
    /// bytes must be read.
    ///
    /// # Errors
    /// Whatever the operating system says about reading the file. The lines before were handed over.
    pub fn each_lines(
        &self,
        chunk: &Chunk,
        window: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        chunk.each_lines(&self.files[chunk.file].source, window, visit)
    }

    /// Cuts the corpus into chunks of about `chunk_bytes`, file by file.
    pub fn chunks(&self, chunk_bytes: u64) -> Chunks<'_> {
        Chunks::of(
            self.files.iter().map(|file| &file.source).collect(),
            chunk_bytes,
        )
    }
}

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
        }
        Ok(())
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
    /// The files.
    sources: Vec<&'a Source>,
    /// The largest chunk.
    chunk_bytes: u64,
    /// Bytes of files with parts that are in no chunk yet.
    rest: u64,
    /// The lines of the file, if they come in order.
    lines: Option<HeldLines<'a>>,
    index: u32,
    file: usize,
    offset: u64,
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, FileError>;

    fn next(&mut self) -> Option<Result<Chunk, FileError>> {
        loop {
            let source = *self.sources.get(self.file)?;
            let body = match source.len_of_parts() {
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
    pub fn of(sources: Vec<&'a Source>, chunk_bytes: u64) -> Chunks<'a> {
        let parts = sources.iter().filter_map(|source| source.len_of_parts());
        Chunks {
            rest: parts.sum(),
            sources,
            chunk_bytes: chunk_bytes.max(1),
            lines: None,
            index: 0,
            file: 0,
            offset: 0,
        }
    }

    fn next_file(&mut self) {
        self.file += 1;
        self.offset = 0;
        self.lines = None;
    }

    fn next_range(&mut self, len_of_file: u64) -> Option<ChunkBody> {
        let len = self.next_len(len_of_file - self.offset);
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
        let source: &'a Source = self.sources[self.file];
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

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(sources: Vec<Source>) -> Corpus {
        let files = sources
            .into_iter()
            .map(|source| LogFile {
                name: String::new(),
                stream: 0,
                source,
                layout: Layout::default(),
                headerless: false,
                is_utf16: false,
                original_bytes: None,
                pasted: None,
            })
            .collect();
        Corpus {
            streams: Vec::new(),
            files,
        }
    }

    #[test]
    fn chunks_cover_files_in_order() {
        let corpus = corpus(vec![
            Source::Held(b"a\nbb\nccc\n".to_vec()),
            Source::Held(Vec::new()),
            Source::Held(b"dd\n".to_vec()),
        ]);
        let mut text = Vec::new();
        let mut files = Vec::new();
        for chunk in corpus.chunks(4) {
            let chunk = chunk.expect("chunk");
            assert_eq!(chunk.index as usize, files.len());
            files.push(chunk.file);
            let mut visit = |bytes: &[u8]| text.extend_from_slice(bytes);
            corpus
                .each_lines(&chunk, &mut Vec::new(), &mut visit)
                .expect("lines");
        }
        assert_eq!(text, b"a\nbb\nccc\ndd\n");
        assert_eq!(files, [0, 0, 0, 2]);
    }

    #[test]
    fn a_pipe_is_cut_at_newlines() {
        let pipe = Box::new(&b"one\ntwo\nthree is long\nend"[..]);
        let corpus = corpus(vec![Source::pipe(pipe)]);
        let bodies: Vec<ChunkBody> = corpus
            .chunks(6)
            .map(|chunk| chunk.expect("chunk").body)
            .collect();
        let texts: Vec<&[u8]> = bodies
            .iter()
            .map(|body| match body {
                ChunkBody::Owned(bytes, _) => bytes.as_slice(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts.concat(), b"one\ntwo\nthree is long\nend");
        assert!(
            texts[..texts.len() - 1]
                .iter()
                .all(|text| text.ends_with(b"\n"))
        );
        assert!(texts.len() > 1);
    }
}
