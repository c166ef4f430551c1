//! Finds the rows of the sessions that are open at the end of a stream, so that these can go on later.
//!
//! In: the first rows of these sessions, and the log. Out: all their rows, in order.
//! Must not read more of the log than from the first of these rows on.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use rayon::prelude::*;

use crate::input::corpus::Corpus;
use crate::input::header::Layout;
use crate::input::lines::LineReader;
use crate::input::place::LinePlace;
use crate::input::record::Row;

use super::key::{KeyMap, SessionKey};
use super::open_rows::{OpenRow, replay};
use super::parallel::ReadResult;

/// The part of a log in which rows are looked for.
pub struct Searched<'a> {
    /// The log.
    pub corpus: &'a Corpus,
    /// What was read of it.
    pub result: &'a ReadResult,
    /// The stream.
    pub stream: usize,
    /// The rows that were found before the part of the log that was read now.
    pub earlier: &'a [OpenRow],
    /// The threads that read.
    pub pool: &'a rayon::ThreadPool,
}

/// Lines that are read by one thread.
struct Piece {
    /// The index of the file.
    file: usize,
    range: Range<u64>,
    /// How many lines of the file come before.
    line: u64,
    layout: Layout,
}

impl Searched<'_> {
    /// Finds the rows of the sessions whose first rows are at these places.
    ///
    /// # Errors
    /// Whatever the operating system or the archive says about reading the log.
    pub fn find(&self, open: &[(SessionKey, LinePlace)]) -> io::Result<Vec<OpenRow>> {
        let Some(first) = open.iter().map(|(_, first)| *first).min() else {
            return Ok(Vec::new());
        };
        let first_file = self.corpus.first_file(self.stream);
        let by_file = |place| self.result.places.by_file(place, first_file);
        let open: KeyMap<LinePlace> = open
            .iter()
            .map(|(key, first)| (key.clone(), by_file(*first)))
            .collect();
        let is_open = |row: &Row<'_>| {
            let first = open.get(&SessionKey::of(row.session()));
            first.is_some_and(|first| *first <= row.place)
        };
        let mut kept = BTreeSet::new();
        replay(self.earlier, |row| {
            if is_open(&row) {
                kept.insert(row.place);
            }
        });
        let earlier = self.earlier.iter();
        let earlier = earlier.filter(|row| kept.contains(&row.place));
        let mut rows: Vec<OpenRow> = earlier.cloned().collect();
        let pieces = self.pieces(first.chunk);
        let found: io::Result<Vec<Vec<OpenRow>>> = self.pool.install(|| {
            let pieces = pieces.par_iter();
            pieces.map(|piece| self.read(piece, &is_open)).collect()
        });
        rows.extend(found?.into_iter().flatten());
        Ok(rows)
    }

    /// What was read of the stream from this chunk on.
    fn pieces(&self, first: u32) -> Vec<Piece> {
        let ReadResult { places, starts, .. } = self.result;
        let mut pieces: Vec<Piece> = Vec::new();
        for (chunk, (offset, layout)) in starts.iter().enumerate().skip(first as usize) {
            let chunk = u32::try_from(chunk).unwrap_or(u32::MAX);
            let (index, line) = places.locate(LinePlace { chunk, line: 0 });
            let file = &self.corpus.files[index];
            if file.stream != self.stream {
                break;
            }
            let has_parts = file.source.len_of_parts().is_some();
            let last = pieces.last_mut().filter(|last| last.file == index);
            match last {
                // Its chunks cannot be read on their own.
                Some(_) if !has_parts => continue,
                Some(last) => last.range.end = *offset,
                None => {}
            }
            let whole = (1, 0, Layout::default());
            let (line, offset, layout) = if has_parts {
                (line, *offset, *layout)
            } else {
                whole
            };
            pieces.push(Piece {
                file: index,
                range: offset..file.source.known_len().unwrap_or(u64::MAX),
                line: line.saturating_sub(1),
                layout,
            });
        }
        pieces
    }

    /// Reads a piece.
    fn read(
        &self,
        piece: &Piece,
        is_open: &(impl Fn(&Row<'_>) -> bool + Sync),
    ) -> io::Result<Vec<OpenRow>> {
        let number = piece.file - self.corpus.first_file(self.stream);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut rows = Vec::new();
        let mut lines = LineReader::from_line(number, piece.line, piece.layout);
        let mut keep = |found: &[Row<'_>], layout: &Layout| {
            let found = found.iter().filter(|row| is_open(row));
            rows.extend(found.map(|row| OpenRow {
                place: row.place,
                line: row.line.into(),
                layout: *layout,
            }));
        };
        let mut read = |bytes: &[u8]| lines.read(bytes, &mut keep);
        let source = &self.corpus.files[piece.file].source;
        source.each_lines(piece.range.clone(), &mut Vec::new(), &mut read)?;
        Ok(rows)
    }
}
