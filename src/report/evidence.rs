//! What shows something, as reports give it.
//!
//! In: nothing. Out: [`EvidenceRow`].
//! Must not choose rows.

use schemars::JsonSchema;
use serde::Serialize;

/// A log row, or a value of an export, that shows something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceRow {
    /// The file, relative to the given PATH.
    pub file: String,
    /// The line number, from 1. It is `null` for a value of an export whose line is not known.
    pub line: Option<u64>,
    /// The text of the row, or the value.
    pub text: String,
}

impl EvidenceRow {
    /// `file:line`, or the file alone.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}
