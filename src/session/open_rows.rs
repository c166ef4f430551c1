//! The rows of sessions that are open at the end of a stream, from which the same sessions come again.
//!
//! In: [`OpenRow`]s, in order. Out: their sessions, which go on with more rows.
//! Must not read logs: `open_row_search` finds the rows. A session is what its rows say, so nothing else needs to
//! be kept of it.

use crate::input::header::Layout;
use crate::input::line_index::LineIndex;
use crate::input::parse::{self, Oddities};
use crate::input::place::LinePlace;
use crate::input::record::Row;
use crate::input::timestamp::DayCache;

use super::frame::{Digest, Session};
use super::join::{Joined, Joiner};

/// A row of a session that was open when the log ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRow {
    /// Where it stands, by file. The first file of the stream has number 0.
    pub place: LinePlace,
    /// The line.
    pub line: Box<[u8]>,
    /// The layout by which it is read.
    pub layout: Layout,
}

/// Reads rows again.
pub fn replay(rows: &[OpenRow], mut visit: impl FnMut(Row<'_>)) {
    let mut index = LineIndex::default();
    let mut days = DayCache::default();
    for OpenRow {
        place,
        line,
        layout,
    } in rows
    {
        let mut odd = Oddities::default();
        let row = parse::parse(line, *place, layout, &mut index, &mut days, &mut odd);
        if let Some(row) = row {
            visit(row);
        }
    }
}

/// Reads rows again, and more lines behind them. `emit` receives the sessions, those that end in order and then
/// those that do not, by their first row.
pub struct Resumed<D: Digest>(Joiner<D>);

impl<D: Digest> Default for Resumed<D> {
    fn default() -> Resumed<D> {
        Resumed(Joiner::default())
    }
}

impl<D: Digest> Resumed<D> {
    /// Takes the rows of open sessions, in order.
    pub fn rows(&mut self, rows: &[OpenRow], emit: &mut impl FnMut(Session<D>)) {
        replay(rows, |row| self.row(&row, emit));
    }

    /// Takes one more row.
    pub fn row(&mut self, row: &Row<'_>, emit: &mut impl FnMut(Session<D>)) {
        self.0.resume(row, &mut |joined| {
            if let Joined::Session(session) = joined {
                emit(*session);
            }
        });
    }

    /// Nothing more comes.
    pub fn finish(mut self, emit: &mut impl FnMut(Session<D>)) {
        self.0.finish(&mut |joined| {
            if let Joined::Session(session) = joined {
                emit(*session);
            }
        });
    }
}
