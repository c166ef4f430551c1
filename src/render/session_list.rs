//! Writes session records in the format that was chosen, one by one, as sessions end.
//!
//! In: [`SessionRecord`]s. Out: text in one of the formats of tables, or a Parquet file.
//! Must not keep records that are written.

use std::io::{self, Write};

use super::format::SessionFormat;
#[cfg(feature = "parquet")]
use super::parquet;
use super::sessions;
use crate::language::Language;
use crate::report::session_record::SessionRecord;

/// Records that a worker has made ready, and that lack only their line number. `P` is the place that
/// gives the line number later. All of them are in one format.
#[derive(Debug)]
pub struct Drafts<P> {
    table: sessions::Drafts<P>,
    #[cfg(feature = "parquet")]
    parquet: parquet::Drafts<P>,
}

impl<P> Default for Drafts<P> {
    fn default() -> Drafts<P> {
        Drafts {
            table: sessions::Drafts::default(),
            #[cfg(feature = "parquet")]
            parquet: parquet::Drafts::default(),
        }
    }
}

impl<P> Drafts<P> {
    /// Leaves a session out.
    pub fn skip(&mut self, format: SessionFormat) {
        match format {
            SessionFormat::Table(_) => self.table.skip(),
            #[cfg(feature = "parquet")]
            SessionFormat::Parquet => self.parquet.skip(),
        }
    }

    /// Adds a record whose line number is still 0. `first` is the place of its first row.
    pub fn push(
        &mut self,
        (format, language): (SessionFormat, Language),
        record: &SessionRecord<'_>,
        first: P,
    ) {
        match format {
            SessionFormat::Table(format) => self.table.push((format, language), record, first),
            #[cfg(feature = "parquet")]
            SessionFormat::Parquet => self.parquet.push(record, first),
        }
    }
}

/// Writes records in one format.
pub enum Writer<'a> {
    /// As text.
    Table(sessions::Writer<'a>),
    /// As a Parquet file.
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Writer<'a>>),
}

impl<'a> Writer<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(
        (format, language): (SessionFormat, Language),
        out: &'a mut (dyn Write + Send),
    ) -> io::Result<Writer<'a>> {
        Ok(match format {
            SessionFormat::Table(format) => {
                Writer::Table(sessions::Writer::new((format, language), out)?)
            }
            #[cfg(feature = "parquet")]
            SessionFormat::Parquet => Writer::Parquet(Box::new(parquet::Writer::new(out)?)),
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn record(&mut self, record: &SessionRecord<'_>) -> io::Result<()> {
        match self {
            Writer::Table(writer) => writer.record(record),
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.record(record),
        }
    }

    /// Adds the next draft. `line` gives the line number of a row in its file.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn draft<P>(&mut self, drafts: &mut Drafts<P>, line: impl Fn(P) -> u64) -> io::Result<()> {
        match self {
            Writer::Table(writer) => writer.draft(&mut drafts.table, line),
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.draft(&mut drafts.parquet, line),
        }
    }

    /// Completes the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Writer::Table(writer) => writer.finish(),
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.finish(),
        }
    }
}
