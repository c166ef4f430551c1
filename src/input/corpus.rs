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
    /// It was decoded from UTF-16, from so many bytes.
    pub utf16: Option<u64>,
    /// It looks copied from elsewhere, and was cleaned.
    pub pasted: Option<Pasted>,
}

impl LogFile {
    /// The size of the file as it was given, if its bytes were changed before reading.
    pub fn original_bytes(&self) -> Option<u64> {
        self.utf16
            .or(self.pasted.as_ref().map(|pasted| pasted.bytes))
    }
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
    /// Whole lines taken from a pipe.
    Owned(Vec<u8>),
}

impl Corpus {
    /// The size of all files together; what comes through a pipe is not counted.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.source.len()).sum()
    }

    /// Whether a part of the corpus comes through a pipe.
    pub fn has_pipe(&self) -> bool {
        self.files
            .iter()
            .any(|file| matches!(file.source, Source::Pipe))
    }

    /// The latest row time near the end of any file, without reading the files.
    ///
    /// # Errors
    /// Whatever the operating system says about reading a file.
    pub fn last_time(&self) -> io::Result<Timestamp> {
        const TAIL: u64 = 64 * 1024;
        let mut last = Timestamp::UNKNOWN;
        for file in &self.files {
            let len = file.source.len();
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
    /// Whatever the operating system says about reading the file.
    pub fn each_lines(
        &self,
        chunk: &Chunk,
        window: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        match &chunk.body {
            ChunkBody::Owned(bytes) => visit(bytes),
            ChunkBody::Range(range) => {
                let source = &self.files[chunk.file].source;
                source.each_lines(range.clone(), window, visit)?;
            }
        }
        Ok(())
    }

    /// Cuts the corpus into chunks of about `chunk_bytes`, file by file. `pipe` supplies the bytes
    /// of a file whose source is [`Source::Pipe`].
    pub fn chunks<'a>(&'a self, chunk_bytes: u64, pipe: Option<Box<dyn Read + 'a>>) -> Chunks<'a> {
        Chunks {
            corpus: self,
            chunk_bytes: chunk_bytes.max(1),
            rest: self.total_bytes(),
            pipe,
            carry: Vec::new(),
            index: 0,
            file: 0,
            offset: 0,
        }
    }
}

/// A chunk is so small a part of what is left of the corpus.
const SHARES: u64 = 8;

/// The smallest chunk, but for the last one of a file: a border costs time.
const SMALLEST_CHUNK: u64 = 2 * 1024 * 1024;

/// The chunks of a corpus in order.
pub struct Chunks<'a> {
    corpus: &'a Corpus,
    /// The largest chunk.
    chunk_bytes: u64,
    /// Bytes of the corpus that are in no chunk yet.
    rest: u64,
    pipe: Option<Box<dyn Read + 'a>>,
    carry: Vec<u8>,
    index: u32,
    file: usize,
    offset: u64,
}

impl Iterator for Chunks<'_> {
    type Item = io::Result<Chunk>;

    fn next(&mut self) -> Option<io::Result<Chunk>> {
        loop {
            let source = &self.corpus.files.get(self.file)?.source;
            let body = if matches!(source, Source::Pipe) {
                match self.next_of_pipe() {
                    Ok(body) => body,
                    Err(error) => {
                        self.file += 1;
                        return Some(Err(error));
                    }
                }
            } else {
                let len = self.next_len(source.len() - self.offset);
                let range = self.offset..self.offset + len;
                self.offset = range.end;
                self.rest -= len;
                (!range.is_empty()).then_some(ChunkBody::Range(range))
            };
            let Some(body) = body else {
                self.file += 1;
                self.offset = 0;
                continue;
            };
            let chunk = Chunk {
                index: self.index,
                file: self.file,
                body,
            };
            self.index += 1;
            return Some(Ok(chunk));
        }
    }
}

impl Chunks<'_> {
    /// The length of the next chunk of a file of which so much is left: a share of what is left of
    /// the corpus, so that all processors are busy to the end, and the file in equal parts.
    fn next_len(&self, rest_of_file: u64) -> u64 {
        let smallest = SMALLEST_CHUNK.min(self.chunk_bytes);
        let len = (self.rest / SHARES).clamp(smallest, self.chunk_bytes);
        rest_of_file.div_ceil(rest_of_file.div_ceil(len).max(1))
    }

    /// The next whole lines of the pipe, about a chunk's size of them; `None` at its end.
    fn next_of_pipe(&mut self) -> io::Result<Option<ChunkBody>> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(None);
        };
        let mut bytes = std::mem::take(&mut self.carry);
        loop {
            let searched = bytes.len();
            let count = pipe
                .by_ref()
                .take(self.chunk_bytes)
                .read_to_end(&mut bytes)?;
            if count == 0 {
                self.pipe = None;
                return Ok((!bytes.is_empty()).then_some(ChunkBody::Owned(bytes)));
            }
            if let Some(newline) = memchr::memrchr(b'\n', &bytes[searched..]) {
                self.carry = bytes.split_off(searched + newline + 1);
                return Ok(Some(ChunkBody::Owned(bytes)));
            }
        }
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
                utf16: None,
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
            Source::Owned(b"a\nbb\nccc\n".to_vec()),
            Source::Owned(Vec::new()),
            Source::Owned(b"dd\n".to_vec()),
        ]);
        let mut text = Vec::new();
        let mut files = Vec::new();
        for chunk in corpus.chunks(4, None) {
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
        let corpus = corpus(vec![Source::Pipe]);
        let pipe = Box::new(&b"one\ntwo\nthree is long\nend"[..]);
        let bodies: Vec<ChunkBody> = corpus
            .chunks(6, Some(pipe))
            .map(|chunk| chunk.expect("chunk").body)
            .collect();
        let texts: Vec<&[u8]> = bodies
            .iter()
            .map(|body| match body {
                ChunkBody::Owned(bytes) => bytes.as_slice(),
                ChunkBody::Range(_) => panic!("a pipe has no ranges"),
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
