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

/// A row of a session that may go on. The session is not counted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenRowRecord {
    /// Where it stands.
    pub place: LineRecord,
    /// The row.
    pub text: TextRecord,
    /// The names of its columns; `null` for those that Exchange writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<String>,
}

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

impl OpenRowRecord {
    pub(super) fn of(row: &OpenRow) -> OpenRowRecord {
        let OpenRow {
            place,
            line,
            layout,
        } = row;
        OpenRowRecord {
            place: LineRecord::of(*place),
            text: TextRecord::of(line),
            fields: fields(layout),
        }
    }

    pub(super) fn row(self, files: u32) -> Result<OpenRow, RecordFault> {
        Ok(OpenRow {
            place: self.place.place(files)?,
            line: self.text.into_bytes().into(),
            layout: layout(self.fields.as_deref())?,
        })
    }
}
