//! All log files of a run in their fixed order, cut into chunks, and the places in them.
//!
//! In: log files with their streams. Out: [`Chunk`]s, whose whole lines can be read in any order
//! and on any thread.
//! Must not look inside a line. Invariant: order and size of the chunks depend on the files only,
//! never on the number of threads.

use std::io;

use super::bytes::Source;
use super::chunks::{Chunk, Chunks};
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
    /// It is decoded from UTF-16.
    pub is_utf16: bool,
    /// The size of the file as it was given, if it was cleaned before reading.
    pub original_bytes: Option<u64>,
    /// It looks copied from elsewhere, and was cleaned.
    pub pasted: Option<Pasted>,
    /// Its beginning was read for a digest.
    pub earlier: Option<Earlier>,
}

/// The beginning of a file that was read for a digest. It is not read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earlier {
    /// How many bytes of the source it has.
    pub bytes: u64,
    /// How many lines it has.
    pub lines: u64,
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

impl Corpus {
    /// The size of all files together, as far as it is known before they are read.
    pub fn total_bytes(&self) -> u64 {
        let files = self.files.iter();
        files.filter_map(|file| file.source.known_len()).sum()
    }

    /// The size of what is read.
    pub fn bytes_to_read(&self) -> u64 {
        let earlier = self.files.iter().filter_map(|file| file.earlier);
        let earlier: u64 = earlier.map(|earlier| earlier.bytes).sum();
        self.total_bytes().saturating_sub(earlier)
    }

    /// Keeps only the streams whose names are asked for, and their files.
    pub fn keep_streams(&mut self, is_asked_for: impl Fn(&str) -> bool) {
        let mut numbers = Vec::with_capacity(self.streams.len());
        let mut kept = Vec::new();
        for stream in std::mem::take(&mut self.streams) {
            let is_kept = is_asked_for(&stream.name);
            numbers.push(is_kept.then_some(kept.len()));
            kept.extend(is_kept.then_some(stream));
        }
        self.streams = kept;
        self.files.retain_mut(|file| match numbers[file.stream] {
            Some(number) => {
                file.stream = number;
                true
            }
            None => false,
        });
    }

    /// The index of the first file of a stream.
    pub fn first_file(&self, stream: usize) -> usize {
        self.files.partition_point(|file| file.stream < stream)
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
        let files = self.files.iter();
        let pieces = files.map(|file| (&file.source, file.earlier.map(|earlier| earlier.bytes)));
        Chunks::of(pieces.collect(), chunk_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunks::ChunkBody;
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
                earlier: None,
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
