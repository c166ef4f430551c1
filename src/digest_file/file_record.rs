//! What a digest holds of a log file, as a record, and back.
//!
//! In: a [`DigestLog`]. Out: a [`FileRecord`]. Or the other way round, checked.
//! Must not leave out what may be known: each field is named.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::saved::{RecordFault, count};
use crate::input::pasted::{Pasted, Sign};

use super::fingerprint::Fingerprint;
use super::stream::DigestLog;

/// A log file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRecord {
    /// Name for reports.
    pub name: String,
    /// By what it is known again; `null` for a pipe.
    pub fingerprint: Option<FingerprintRecord>,
    /// The length that was known before it was read.
    pub known_bytes: Option<u64>,
    /// How many lines it has, but for what is behind its last newline if the stream may go on there.
    pub lines: u64,
    /// It was read to its end.
    pub is_whole: bool,
    /// It looked copied from elsewhere, and was cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pasted: Option<PastedRecord>,
}

/// By what a file is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FingerprintRecord {
    /// The length in bytes, of the text as it is read.
    pub bytes: u64,
    /// The beginning of the SHA-1 hash of up to 4096 bytes behind the header lines; empty if there are none.
    pub head: String,
    /// The same of the last 4096 bytes.
    pub tail: String,
}

/// What was cleaned of a log that was copied from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastedRecord {
    /// By what it was recognised.
    pub signs: BTreeSet<Sign>,
    /// Lines that are rows or headers only since they were cleaned.
    pub repaired: u64,
    /// Lines that cannot be read with certainty.
    pub unreadable: u64,
    /// Other lines of the same sessions.
    pub left_out: u64,
    /// The size of the file before cleaning.
    pub bytes: u64,
}

impl FileRecord {
    pub(super) fn of(file: &DigestLog) -> FileRecord {
        let DigestLog {
            name,
            fingerprint,
            known_bytes,
            lines,
            is_whole,
            pasted,
        } = file;
        let fingerprint = fingerprint.as_ref().map(|fingerprint| {
            let Fingerprint { bytes, head, tail } = fingerprint;
            FingerprintRecord {
                bytes: *bytes,
                head: head.clone(),
                tail: tail.clone(),
            }
        });
        let pasted = pasted.as_ref().map(|pasted| {
            let Pasted {
                signs,
                repaired,
                unreadable,
                left_out,
                bytes,
            } = pasted;
            PastedRecord {
                signs: signs.clone(),
                repaired: *repaired,
                unreadable: *unreadable,
                left_out: *left_out,
                bytes: *bytes,
            }
        });
        FileRecord {
            name: name.clone(),
            fingerprint,
            known_bytes: *known_bytes,
            lines: *lines,
            is_whole: *is_whole,
            pasted,
        }
    }

    pub(super) fn file(&self) -> Result<DigestLog, RecordFault> {
        let pasted = self.pasted.as_ref().map(|pasted| {
            Ok::<_, RecordFault>(Pasted {
                signs: pasted.signs.clone(),
                repaired: count(pasted.repaired)?,
                unreadable: count(pasted.unreadable)?,
                left_out: count(pasted.left_out)?,
                bytes: count(pasted.bytes)?,
            })
        });
        let fingerprint = self.fingerprint.as_ref().map(|known| {
            Ok::<_, RecordFault>(Fingerprint {
                bytes: count(known.bytes)?,
                head: known.head.clone(),
                tail: known.tail.clone(),
            })
        });
        Ok(DigestLog {
            name: self.name.clone(),
            fingerprint: fingerprint.transpose()?,
            known_bytes: self.known_bytes.map(count).transpose()?,
            lines: count(self.lines)?,
            is_whole: self.is_whole,
            pasted: pasted.transpose()?,
        })
    }
}
