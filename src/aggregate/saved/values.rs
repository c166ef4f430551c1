//! The values that records share: times, rows, names, counts.
//!
//! In: values of an aggregate, or of a record that anybody may have written. Out: the same in a record, or
//! checked and as the aggregate has them.
//! Must not take a value that the program cannot have written.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::Evidence;
use crate::smtp::reply::Enhanced;

/// A value that the program cannot have written, by the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFault(pub &'static str);

/// More is in no log: it would be a million years of them, or a thousand million million bytes.
const MOST: u64 = 1 << 50;

/// The first and the last millisecond of the years of four digits, and a day more for times of any zone.
const YEARS: (i64, i64) = (-62_167_305_600_000, 253_402_387_199_999);

/// Milliseconds since 1970-01-01T00:00:00Z; `null` for a time that is not known.
pub type Millis = Option<i64>;

/// A time for a record.
pub(super) fn millis(time: Timestamp) -> Millis {
    time.known().map(Timestamp::millis)
}

/// A time of a record.
pub fn timestamp(millis: Millis) -> Result<Timestamp, RecordFault> {
    match millis {
        None => Ok(Timestamp::UNKNOWN),
        Some(millis) if (YEARS.0..=YEARS.1).contains(&millis) => Ok(Timestamp::from_millis(millis)),
        Some(_) => Err(RecordFault("time")),
    }
}

/// A count of a record.
pub fn count(count: u64) -> Result<u64, RecordFault> {
    (count <= MOST).then_some(count).ok_or(RecordFault("count"))
}

/// The same, of which there are at most so many.
pub(super) fn share(share: u64, of: u64) -> Result<u64, RecordFault> {
    (share <= of).then_some(share).ok_or(RecordFault("count"))
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineRecord {
    /// The number of the file in its stream, from 0.
    pub file: u32,
    /// The line, from 1.
    pub line: u64,
}

impl LineRecord {
    /// A place by file.
    pub fn of(place: LinePlace) -> LineRecord {
        let (_, line) = place.in_file();
        LineRecord {
            file: place.chunk,
            line,
        }
    }

    /// The place in a stream of so many files.
    pub fn place(self, files: u32) -> Result<LinePlace, RecordFault> {
        let line = self.line.checked_sub(1).map(u32::try_from);
        match line {
            Some(Ok(line)) if self.file < files => Ok(LinePlace {
                chunk: self.file,
                line,
            }),
            _ => Err(RecordFault("line")),
        }
    }
}

/// A row that is kept as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowRecord {
    /// The number of the file in its stream, from 0.
    pub file: u32,
    /// The line, from 1.
    pub line: u64,
    /// The row. Bytes that are not UTF-8 are replaced, as in every output.
    pub text: String,
}

impl RowRecord {
    pub(super) fn of(row: &Evidence) -> RowRecord {
        let Evidence { place, line: _ } = row;
        let LineRecord { file, line } = LineRecord::of(*place);
        RowRecord {
            file,
            line,
            text: row.text(),
        }
    }

    pub(super) fn evidence(&self, files: u32) -> Result<Evidence, RecordFault> {
        let place = LineRecord {
            file: self.file,
            line: self.line,
        };
        Ok(Evidence {
            place: place.place(files)?,
            line: self.text.as_bytes().into(),
        })
    }
}

/// The row of an optional record.
pub(super) fn evidence(
    row: Option<&RowRecord>,
    files: u32,
) -> Result<Option<Evidence>, RecordFault> {
    row.map(|row| row.evidence(files)).transpose()
}

/// An enhanced code for a record, such as `5.7.64`.
pub(super) fn enhanced_text(enhanced: Option<Enhanced>) -> Option<String> {
    enhanced.map(|enhanced| enhanced.to_string())
}

/// The enhanced code of a record.
pub(super) fn enhanced(text: Option<&str>) -> Result<Option<Enhanced>, RecordFault> {
    let Some(text) = text else {
        return Ok(None);
    };
    match Enhanced::strip(text.as_bytes()) {
        Some((enhanced, [])) => Ok(Some(enhanced)),
        _ => Err(RecordFault("enhanced")),
    }
}

/// Bytes that are nearly always text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TextRecord {
    /// Text.
    Text(String),
    /// Bytes that are not UTF-8.
    Bytes(Vec<u8>),
}

/// Most of a digest is such text. A derived reader would hold each value in a form of its own first.
impl<'de> Deserialize<'de> for TextRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TextRecord, D::Error> {
        struct TextOrBytes;

        impl<'de> Visitor<'de> for TextOrBytes {
            type Value = TextRecord;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("text or bytes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TextRecord, E> {
                Ok(TextRecord::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<TextRecord, A::Error> {
                let bytes = Vec::deserialize(SeqAccessDeserializer::new(values))?;
                Ok(TextRecord::Bytes(bytes))
            }
        }

        deserializer.deserialize_any(TextOrBytes)
    }
}

impl TextRecord {
    /// These bytes.
    pub fn of(bytes: &[u8]) -> TextRecord {
        match str::from_utf8(bytes) {
            Ok(text) => TextRecord::Text(text.to_owned()),
            Err(_) => TextRecord::Bytes(bytes.to_vec()),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            TextRecord::Text(text) => text.as_bytes(),
            TextRecord::Bytes(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_log_gives_are_refused() {
        assert!(timestamp(None).is_ok_and(|time| !time.is_known()));
        assert!(timestamp(Some(0)).is_ok());
        assert!(timestamp(Some(i64::MAX)).is_err());
        assert!(timestamp(Some(i64::MIN)).is_err());
        assert!(count(MOST).is_ok() && count(MOST + 1).is_err());
        let line = |file, line| LineRecord { file, line }.place(2);
        assert!(line(0, 1).is_ok() && line(1, 1 << 32).is_ok());
        assert!(line(0, 0).is_err() && line(2, 1).is_err() && line(0, (1 << 32) + 1).is_err());
    }

    #[test]
    fn codes_and_bytes_come_back() {
        let code = Some(Enhanced(5, 7, 64));
        assert_eq!(enhanced(enhanced_text(code).as_deref()), Ok(code));
        assert_eq!(enhanced(Some("5.7.64 text")), Err(RecordFault("enhanced")));
        for bytes in [&b"08DE"[..], b"\xFF\x00"] {
            assert_eq!(TextRecord::of(bytes).bytes(), bytes);
            let record = serde_json::to_string(&TextRecord::of(bytes)).expect("JSON");
            let again = serde_json::from_str::<TextRecord>(&record);
            assert_eq!(again.expect("a record"), TextRecord::of(bytes));
        }
        for wrong in ["null", "1", "[256]", "[\"a\"]", "{}"] {
            assert!(
                serde_json::from_str::<TextRecord>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
