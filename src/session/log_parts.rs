//! Parts of a log that was read, each of which can be read again on its own.
//!
//! In: the chunks of a stream as they were read. Out: [`LogPart`]s that begin where a window of lines began.
//! Must not read anything.

use std::ops::Range;

use crate::input::corpus::Corpus;
use crate::input::header::Layout;
use crate::input::place::{LinePlace, PlaceTable};

/// A chunk that was read.
#[derive(Debug)]
pub struct ChunkRead {
    /// Where its range of the file begins. It may be in the middle of a line.
    pub offset: u64,
    /// The layout of its first line.
    pub layout: Layout,
    /// How many bytes its lines have.
    pub bytes: u64,
    /// How many of its lines and bytes come before each window of lines that has this layout.
    pub windows: Vec<(u32, u64)>,
}

/// Lines that can be read on their own.
#[derive(Debug, Clone)]
pub struct LogPart {
    /// The first line.
    place: LinePlace,
    /// The index of the file.
    pub file: usize,
    /// The lines that begin in this range of the file.
    pub range: Range<u64>,
    /// How many lines of the file come before.
    pub line: u64,
    /// The layout of the first line.
    pub layout: Layout,
}

/// Neighbours are read together up to about this size.
const TOGETHER: u64 = 4 * 1024 * 1024;

/// Cuts the rest of a stream into parts, from the file that has this chunk on. What was read earlier is in none.
pub fn parts(
    corpus: &Corpus,
    places: &PlaceTable,
    chunks: &[ChunkRead],
    (stream, first): (usize, u32),
) -> Vec<LogPart> {
    let file_of = |chunk: usize| {
        let chunk = u32::try_from(chunk).unwrap_or(u32::MAX);
        places.locate(LinePlace { chunk, line: 0 }).0
    };
    let mut begin = first as usize;
    while begin > 0 && file_of(begin - 1) == file_of(first as usize) {
        begin -= 1;
    }
    let mut parts = Vec::new();
    while begin < chunks.len() && corpus.files[file_of(begin)].stream == stream {
        let file = file_of(begin);
        let number = (begin..chunks.len()).take_while(|chunk| file_of(*chunk) == file);
        let end = begin + number.count();
        of_file(corpus, file, &chunks[begin..end], begin, &mut parts);
        begin = end;
    }
    for part in &mut parts {
        part.line = places.locate(part.place).1.saturating_sub(1);
    }
    parts
}

/// Adds the parts of a file, whose first chunk has the number `begin`.
fn of_file(
    corpus: &Corpus,
    file: usize,
    chunks: &[ChunkRead],
    begin: usize,
    parts: &mut Vec<LogPart>,
) {
    let log = &corpus.files[file];
    let known = parts.len();
    let mut add = |chunk: usize, line: u32, offset: u64, layout: Layout| {
        let chunk = u32::try_from(begin + chunk).unwrap_or(u32::MAX);
        parts.push(LogPart {
            place: LinePlace { chunk, line },
            file,
            range: offset..u64::MAX,
            line: 0,
            layout,
        });
    };
    let Some(len) = log.source.len_of_parts() else {
        return add(0, 0, 0, Layout::default());
    };
    // Where a line was too long, or the file has changed, bytes do not tell where a window began.
    let is_exact = chunks.iter().map(|chunk| chunk.bytes).sum::<u64>() == len;
    let mut before = 0;
    for (number, chunk) in chunks.iter().enumerate() {
        let offset = if is_exact { before } else { chunk.offset };
        before += chunk.bytes;
        if number == 0 && log.earlier.is_some() {
            continue;
        }
        add(number, 0, offset, chunk.layout);
        for (line, bytes) in chunk.windows.iter().filter(|_| is_exact) {
            add(number, *line, offset + bytes, chunk.layout);
        }
    }
    for at in known..parts.len() {
        let next = parts.get(at + 1).map(|next| next.range.start);
        parts[at].range.end = next.unwrap_or(len);
    }
}

/// The parts that have lines between these places, the last one included. Neighbours become one part.
pub fn between(
    parts: &[LogPart],
    places: impl Iterator<Item = (LinePlace, LinePlace)>,
) -> Vec<LogPart> {
    // How many of the pairs begin at each part, less those that have ended.
    let mut begin = vec![0_i64; parts.len() + 1];
    for (first, last) in places {
        let behind = |place| parts.partition_point(|part| part.place <= place);
        let (from, to) = (behind(first).saturating_sub(1), behind(last));
        if from < to {
            begin[from] += 1;
            begin[to] -= 1;
        }
    }
    let mut wanted: Vec<LogPart> = Vec::new();
    let mut open = 0;
    for (part, begin) in parts.iter().zip(begin) {
        open += begin;
        if open == 0 {
            continue;
        }
        match wanted.last_mut() {
            Some(last)
                if last.file == part.file
                    && last.range.end == part.range.start
                    && part.range.start - last.range.start < TOGETHER =>
            {
                last.range.end = part.range.end;
            }
            _ => wanted.push(part.clone()),
        }
    }
    wanted
}
