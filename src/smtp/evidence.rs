//! Rows that are kept as proof of what a report says.
//!
//! In: rows of a log. Out: the same rows, owned or borrowed, each with its place.
//! Must not know what a row proves.

use std::sync::Arc;

use crate::input::field::text as text_of;
use crate::input::place::LinePlace;
use crate::input::record::Row;

/// A row kept as proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands.
    pub place: LinePlace,
    /// The line; bytes that are not UTF-8 become U+FFFD when it is shown.
    pub line: Arc<[u8]>,
}

impl Evidence {
    /// Keeps a row.
    pub fn of(row: &Row<'_>) -> Evidence {
        Evidence {
            place: row.place,
            line: row.line.into(),
        }
    }

    /// The row, borrowed.
    pub fn row(&self) -> ProofRow<'_> {
        ProofRow {
            place: self.place,
            line: &self.line,
        }
    }

    /// The line as text.
    pub fn text(&self) -> String {
        text_of(&self.line).into_owned()
    }
}

/// A borrowed row that may become evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofRow<'a> {
    /// Where it stands.
    pub place: LinePlace,
    /// The line.
    pub line: &'a [u8],
}

impl ProofRow<'_> {
    /// Keeps the row.
    pub fn evidence(self) -> Evidence {
        Evidence {
            place: self.place,
            line: self.line.into(),
        }
    }
}

/// A row that may become evidence. The next session reuses its memory.
#[derive(Debug, Clone, Default)]
pub struct KeptRow {
    place: Option<LinePlace>,
    line: Vec<u8>,
}

impl KeptRow {
    /// Keeps this row instead of the one before.
    pub fn keep(&mut self, row: &Row<'_>) {
        self.place = Some(row.place);
        self.line.clear();
        self.line.extend_from_slice(row.line);
    }

    /// Forgets the row and keeps the memory.
    pub fn clear(&mut self) {
        self.place = None;
    }

    /// Where the row stands; `None` if none is kept.
    pub fn place(&self) -> Option<LinePlace> {
        self.place
    }

    /// The row; `None` if none is kept.
    pub fn row(&self) -> Option<ProofRow<'_>> {
        self.place.map(|place| ProofRow {
            place,
            line: &self.line,
        })
    }

    /// The row as evidence.
    pub fn evidence(&self) -> Option<Evidence> {
        self.row().map(ProofRow::evidence)
    }
}
