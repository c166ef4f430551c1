//! Writes columns as the row groups of a Parquet file.
//!
//! In: rows, added to the columns. Out: the file.
//! Must not keep more rows than one row group has. The bytes depend on the rows alone.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};

use super::columns::{Column, Columns, Values};
use super::schema::SESSIONS;
use crate::report::document::SCHEMA_VERSION;

/// When a row group is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The most rows.
    pub(super) rows: usize,
    /// The most bytes of their values in memory.
    pub(super) bytes: usize,
}

impl Default for Limits {
    /// DuckDB and Spark read row groups in parallel, and like them with about 100,000 rows.
    fn default() -> Limits {
        Limits {
            rows: 100_000,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// Rows on their way to the file.
pub(super) struct RowGroups<'a> {
    file: SerializedFileWriter<&'a mut (dyn Write + Send)>,
    columns: Columns,
    limits: Limits,
}

impl<'a> RowGroups<'a> {
    /// Begins the file.
    pub(super) fn new(
        out: &'a mut (dyn Write + Send),
        limits: Limits,
    ) -> io::Result<RowGroups<'a>> {
        let schema = SESSIONS.as_ref();
        let schema = schema.ok_or_else(|| io::Error::other("no Parquet schema"))?;
        let schema = schema.root_schema_ptr();
        let properties = Arc::new(properties());
        let file = SerializedFileWriter::new(out, schema, properties).map_err(plain)?;
        Ok(RowGroups {
            file,
            columns: Columns::of_sessions(),
            limits,
        })
    }

    /// The columns, to add a row to them.
    pub(super) fn columns(&mut self) -> &mut Columns {
        &mut self.columns
    }

    /// Writes the row group if it is complete.
    pub(super) fn row_added(&mut self) -> io::Result<()> {
        if self.columns.rows() < self.limits.rows && self.columns.size() < self.limits.bytes {
            return Ok(());
        }
        self.write_group()
    }

    fn write_group(&mut self) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(plain)?;
        for column in self.columns.iter_mut() {
            let writer = group.next_column().map_err(plain)?;
            let mut writer = writer.ok_or_else(|| io::Error::other("a column too many"))?;
            write_column(column, &mut writer).map_err(plain)?;
            writer.close().map_err(plain)?;
        }
        group.close().map_err(plain)?;
        self.columns.clear();
        Ok(())
    }

    /// Writes the last row group and the end of the file, which says where everything is.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.columns.rows() > 0 {
            self.write_group()?;
        }
        self.file.close().map_err(plain)?;
        Ok(())
    }
}

fn write_column(
    column: &mut Column,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<usize, ParquetError> {
    let texts = match &mut column.values {
        Values::Texts(texts) => {
            let (bytes, ends, which) = texts.take();
            // All of them share one piece of memory.
            let bytes = ByteArray::from(bytes);
            let begins = [0].into_iter().chain(ends.iter().copied());
            let distinct = begins
                .zip(ends)
                .map(|(begin, end)| bytes.slice(begin, end - begin));
            let distinct: Vec<ByteArray> = distinct.collect();
            let values = which.iter().map(|which| distinct[*which as usize].clone());
            values.collect()
        }
        Values::Flags(_) | Values::Small(_) | Values::Large(_) => Vec::new(),
    };
    let (definitions, repetitions) = (column.definitions(), column.repetitions());
    match &column.values {
        Values::Flags(values) => {
            let writer = writer.typed::<BoolType>();
            writer.write_batch(values, definitions, repetitions)
        }
        Values::Small(values) => {
            let writer = writer.typed::<Int32Type>();
            writer.write_batch(values, definitions, repetitions)
        }
        Values::Large(values) => {
            let writer = writer.typed::<Int64Type>();
            writer.write_batch(values, definitions, repetitions)
        }
        Values::Texts(_) => {
            let writer = writer.typed::<ByteArrayType>();
            writer.write_batch(&texts, definitions, repetitions)
        }
    }
}

/// Everything that all readers understand: pages of version 1, dictionaries, and Zstandard.
fn properties() -> WriterProperties {
    let about = [
        ("sendlens.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("sendlens.schema_version", SCHEMA_VERSION.to_string()),
    ];
    let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value));
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(about.to_vec()))
        .build()
}

/// The error of the file itself, where there is one: it has a sentence of its own, and a closed pipe is no
/// failure.
fn plain(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}
