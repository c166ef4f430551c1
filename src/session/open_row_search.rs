//! Finds the rows of the sessions that are open at the end of a stream, so that these can go on later.
//!
//! In: the places of the first and the last rows of these sessions, and the log. Out: all their rows, in order.
//! Must not read parts of the log in which none of these sessions can have a row.

use std::collections::BTreeSet;
use std::io;

use rayon::prelude::*;

use crate::input::corpus::Corpus;
use crate::input::header::Layout;
use crate::input::lines::LineReader;
use crate::input::place::LinePlace;
use crate::input::record::Row;

use super::frame::Frame;
use super::key::{KeyMap, SessionKey};
use super::log_parts::{self, LogPart};
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

/// A session that is open at the end of a stream.
#[derive(Debug, Clone)]
pub struct OpenSession {
    key: SessionKey,
    first: LinePlace,
    last: LinePlace,
}

impl OpenSession {
    /// What is looked for of the session with this frame.
    pub fn of(frame: &Frame) -> OpenSession {
        OpenSession {
            key: frame.id.key().clone(),
            first: frame.first,
            last: frame.last,
        }
    }
}

impl Searched<'_> {
    /// Finds the rows of these sessions.
    ///
    /// # Errors
    /// Whatever the operating system or the archive says about reading the log.
    pub fn find(&self, open: &[OpenSession]) -> io::Result<Vec<OpenRow>> {
        let Some(first) = open.iter().map(|one| one.first.chunk).min() else {
            return Ok(Vec::new());
        };
        let ReadResult { places, chunks, .. } = self.result;
        let parts = log_parts::parts(self.corpus, places, chunks, (self.stream, first));
        let parts = log_parts::between(&parts, open.iter().map(|one| (one.first, one.last)));
        let first_file = self.corpus.first_file(self.stream);
        let by_file = |place| self.result.places.by_file(place, first_file);
        let open: KeyMap<LinePlace> = open
            .iter()
            .map(|one| (one.key.clone(), by_file(one.first)))
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
        let found: io::Result<Vec<Vec<OpenRow>>> = self.pool.install(|| {
            let parts = parts.par_iter();
            parts.map(|part| self.read(part, &is_open)).collect()
        });
        rows.extend(found?.into_iter().flatten());
        Ok(rows)
    }

    /// Reads a part.
    fn read(
        &self,
        part: &LogPart,
        is_open: &(impl Fn(&Row<'_>) -> bool + Sync),
    ) -> io::Result<Vec<OpenRow>> {
        let number = part.file - self.corpus.first_file(self.stream);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut rows = Vec::new();
        let mut lines = LineReader::from_line(number, part.line, part.layout);
        let mut keep = |found: &[Row<'_>], layout: &Layout| {
            let found = found.iter().filter(|row| is_open(row));
            rows.extend(found.map(|row| OpenRow {
                place: row.place,
                line: row.line.into(),
                layout: *layout,
            }));
        };
        let mut read = |bytes: &[u8]| lines.read(bytes, &mut keep);
        let source = &self.corpus.files[part.file].source;
        source.each_lines(part.range.clone(), &mut Vec::new(), &mut read)?;
        Ok(rows)
    }
}
