//! Writes session records as a Parquet file, for DuckDB, Spark, Fabric and Azure Data Explorer.
//!
//! In: [`SessionRecord`]s. Out: one file whose columns are the fields of the record.
//! Must not keep more rows than one row group has, and must not change a value. Texts stand in the file
//! as logged, because a Parquet file is never shown as it is: what shows its values has to escape them.
//!
//! | module | what it does |
//! |---|---|
//! | `schema` | lists the columns |
//! | `columns` | holds the values of many rows, column by column |
//! | `session` | takes a record apart into the values of a row |
//! | `row_groups` | writes the columns as row groups |

mod columns;
#[cfg(test)]
mod file_tests;
mod row_groups;
mod schema;
mod session;

use std::collections::VecDeque;
use std::io::{self, Write};

use self::columns::{Columns, Cursor};
use self::row_groups::{Limits, RowGroups};
use crate::report::session_record::SessionRecord;

/// Records that a worker has taken apart, and that lack only their line number. `P` is the place that
/// gives the line number later.
#[derive(Debug)]
pub struct Drafts<P> {
    columns: Columns,
    next: Cursor,
    /// `None` for a session that is left out.
    waiting: VecDeque<Option<P>>,
}

impl<P> Default for Drafts<P> {
    fn default() -> Drafts<P> {
        Drafts {
            columns: Columns::default(),
            next: Cursor::default(),
            waiting: VecDeque::new(),
        }
    }
}

impl<P> Drafts<P> {
    /// Leaves a session out.
    pub fn skip(&mut self) {
        self.waiting.push_back(None);
    }

    /// Adds a record whose line number is still 0. `first` is the place of its first row.
    pub fn push(&mut self, record: &SessionRecord<'_>, first: P) {
        if self.columns.is_empty() {
            self.columns = Columns::of_sessions();
        }
        session::push(record, &mut self.columns);
        self.waiting.push_back(Some(first));
    }
}

/// Writes records into row groups.
pub struct Writer<'a> {
    row_groups: RowGroups<'a>,
}

impl<'a> Writer<'a> {
    /// Begins the file.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(out: &'a mut (dyn Write + Send)) -> io::Result<Writer<'a>> {
        Writer::with_limits(out, Limits::default())
    }

    fn with_limits(out: &'a mut (dyn Write + Send), limits: Limits) -> io::Result<Writer<'a>> {
        let row_groups = RowGroups::new(out, limits)?;
        Ok(Writer { row_groups })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// The error of the writer, if a row group is complete.
    pub fn record(&mut self, record: &SessionRecord<'_>) -> io::Result<()> {
        session::push(record, self.row_groups.columns());
        self.row_groups.row_added()
    }

    /// Adds the next draft. `line` gives the line number of a row in its file.
    ///
    /// # Errors
    /// The error of the writer, if a row group is complete.
    pub fn draft<P>(&mut self, drafts: &mut Drafts<P>, line: impl Fn(P) -> u64) -> io::Result<()> {
        let Some(Some(first)) = drafts.waiting.pop_front() else {
            return Ok(());
        };
        let columns = self.row_groups.columns();
        columns.append_row(&drafts.columns, &mut drafts.next);
        session::set_line(line(first), columns);
        self.row_groups.row_added()
    }

    /// Completes the file.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(self) -> io::Result<()> {
        self.row_groups.finish()
    }
}
