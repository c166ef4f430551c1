//! Rows that are kept as proof of what a report says.
//!
//! In: rows of a log. Out: the same rows, owned or borrowed, each with its place.
//! Must not know what a row proves.

use std::sync::Arc;

use crate::input::field::text as text_of;
use crate::input::place::Place;
use crate::input::record::Row;

/// A row kept as proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands.
    pub place: Place,
    /// The line; bytes that are no UTF-8 become U+FFFD when it is shown.
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

/// A row that may become evidence and still belongs to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofRow<'a> {
    /// Where it stands.
    pub place: Place,
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

/// A row that may become evidence, in room that the next session uses again.
#[derive(Debug, Clone, Default)]
pub struct KeptRow {
    place: Option<Place>,
    line: Vec<u8>,
}

impl KeptRow {
    /// Keeps this row instead of the one before.
    pub fn keep(&mut self, row: &Row<'_>) {
        self.place = Some(row.place);
        self.line.clear();
        self.line.extend_from_slice(row.line);
    }

    /// Keeps no row, and its room.
    pub fn clear(&mut self) {
        self.place = None;
    }

    /// Where the row stands; `None` where none is kept.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The row; `None` where none is kept.
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
