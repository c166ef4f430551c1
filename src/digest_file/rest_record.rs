//! How a stream goes on, as records, and back.
//!
//! In: a [`StreamRest`] and its [`OpenRow`]s. Out: records. Or the other way round, checked.
//! Must not leave out what may be known: each field is named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::saved::{LineRecord, RecordFault, TextRecord};
use crate::input::header::Layout;
use crate::session::open_rows::OpenRow;

use super::stream::StreamRest;

/// How a stream goes on if more is logged. Without this line, it cannot, and everything was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RestRecord {
    /// What the last file ends with, behind its last newline. It is not counted yet.
    pub tail: TextRecord,
    /// The names of the columns of the next line; `null` for those that Exchange writes.
    pub fields: Option<String>,
}

/// Rows of sessions that may go on, of one file. The sessions are not counted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenRowsRecord {
    /// The number of the file in its stream, from 0.
    pub file: u32,
    /// The line of each row, from 1.
    pub lines: Vec<u64>,
    /// The rows, with a newline between them.
    pub text: TextRecord,
    /// The names of their columns; `null` for those that Exchange writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
}

/// A record has no more rows once they have so many bytes.
const FULL: usize = 64 * 1024;

fn fields(layout: &Layout) -> Option<String> {
    (!layout.is_default()).then(|| layout.to_fields())
}

fn layout(fields: Option<&str>) -> Result<Layout, RecordFault> {
    let Some(fields) = fields else {
        return Ok(Layout::default());
    };
    Layout::from_fields(fields).ok_or(RecordFault("fields"))
}

impl RestRecord {
    pub(super) fn of(rest: &StreamRest) -> RestRecord {
        let StreamRest {
            // They have lines of their own.
            rows: _,
            tail,
            layout,
        } = rest;
        RestRecord {
            tail: TextRecord::of(tail),
            fields: fields(layout),
        }
    }

    pub(super) fn rest(&self) -> Result<StreamRest, RecordFault> {
        Ok(StreamRest {
            rows: Vec::new(),
            tail: self.tail.bytes().to_vec(),
            layout: layout(self.fields.as_deref())?,
        })
    }
}

impl OpenRowsRecord {
    /// Records of these rows, in order.
    pub(super) fn of(rows: &[OpenRow]) -> impl Iterator<Item = OpenRowsRecord> {
        let mut bytes = 0;
        let runs = rows.chunk_by(move |one, next| {
            bytes += one.line.len();
            let is_alike = one.place.chunk == next.place.chunk
                && one.layout == next.layout
                && str::from_utf8(&one.line).is_ok() == str::from_utf8(&next.line).is_ok();
            let goes_on = is_alike && bytes < FULL;
            if !goes_on {
                bytes = 0;
            }
            goes_on
        });
        runs.map(|run| {
            let lines = run.iter().map(|row| LineRecord::of(row.place).line);
            let texts: Vec<&[u8]> = run.iter().map(|row| &*row.line).collect();
            OpenRowsRecord {
                file: run[0].place.chunk,
                lines: lines.collect(),
                text: TextRecord::of(&texts.join(&b'\n')),
                fields: fields(&run[0].layout),
            }
        })
    }

    /// Adds the rows to those before them.
    pub(super) fn add_to(&self, rows: &mut Vec<OpenRow>, files: u32) -> Result<(), RecordFault> {
        let layout = layout(self.fields.as_deref())?;
        let file = self.file;
        let mut texts = self.text.bytes().split(|byte| *byte == b'\n');
        for line in &self.lines {
            let place = LineRecord { file, line: *line };
            rows.push(OpenRow {
                place: place.place(files)?,
                line: texts.next().ok_or(RecordFault("lines"))?.into(),
                layout,
            });
        }
        match texts.next() {
            None => Ok(()),
            Some(_) => Err(RecordFault("lines")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::place::LinePlace;

    fn row(file: u32, line: u32, text: &[u8]) -> OpenRow {
        OpenRow {
            place: LinePlace { chunk: file, line },
            line: text.into(),
            layout: Layout::default(),
        }
    }

    #[test]
    fn rows_come_back_in_records_of_their_file() {
        let long = vec![b'x'; FULL];
        let rows = [
            row(0, 3, b"one"),
            row(0, 9, b"two"),
            row(1, 0, b"three"),
            row(1, 1, b"\xFF"),
            row(1, 2, &long),
            row(1, 3, b"four"),
        ];
        let records: Vec<OpenRowsRecord> = OpenRowsRecord::of(&rows).collect();
        let lines: Vec<&[u64]> = records.iter().map(|record| &*record.lines).collect();
        assert_eq!(lines, [&[4, 10][..], &[1], &[2], &[3], &[4]]);
        let mut again = Vec::new();
        for record in &records {
            record.add_to(&mut again, 2).expect("rows");
        }
        assert_eq!(again, rows);
        assert!(records[1].add_to(&mut again, 1).is_err());
    }

    #[test]
    fn as_many_lines_as_rows() {
        for (lines, text) in [(&[1, 2][..], "one"), (&[1], "one\ntwo"), (&[], "one")] {
            let record = OpenRowsRecord {
                file: 0,
                lines: lines.to_vec(),
                text: TextRecord::of(text.as_bytes()),
                fields: None,
            };
            assert!(record.add_to(&mut Vec::new(), 1).is_err(), "{text}");
        }
    }
}
