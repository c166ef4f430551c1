//! The lines of a digest that are not of an aggregate.
//!
//! In: what was read of a stream. Out: records. Or records that anybody may have written. Out: the same,
//! checked.
//! Must not leave out what may be known: each field is named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::saved::{AggregateRecord, LineRecord, Millis, RecordFault, count, timestamp};
use crate::input::corpus::Stream;
use crate::input::lines::LineCounts;
use crate::input::notes::{NOTE_KINDS, NoteKind, Notes};
use crate::session::stream_read::StreamRead;

use super::attempt::AttemptRecord;
use super::file_record::FileRecord;
use super::rest_record::{OpenRowsRecord, RestRecord};
use super::stream::ChosenLimits;

/// The version of the form. Each reader reads all versions up to its own.
pub const VERSION: u32 = 1;

/// What the form is called in the first line.
pub const FORMAT: &str = "sendlens digest";

/// A line of a digest. First comes `digest`, then each stream with its `file` lines and what was counted of it,
/// and last comes `end`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum DigestLine {
    /// A line about the digest, a stream or a file.
    Frame(FrameRecord),
    /// A piece of what was counted of the stream before it.
    Aggregate(AggregateRecord),
}

/// A line about the digest, a stream or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FrameRecord {
    /// The first line.
    Digest(HeaderRecord),
    /// A stream begins.
    Stream(StreamRecord),
    /// A log file of the stream.
    File(FileRecord),
    /// How the stream goes on. The rows of sessions that may go on come next.
    Rest(RestRecord),
    /// Rows of sessions that may go on.
    OpenRows(OpenRowsRecord),
    /// The attempts to send messages of the stream come next.
    Mail(MailRecord),
    /// An attempt to send a message.
    Attempt(AttemptRecord),
    /// The last line.
    End(EndRecord),
}

/// What the digest is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeaderRecord {
    /// What the form is called.
    pub format: String,
    /// The version of the form.
    pub version: u64,
    /// The program that wrote it.
    pub program: WriterRecord,
    /// What was chosen of the sessions.
    pub limits: LimitsRecord,
    /// How many streams there are.
    pub streams: u64,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriterRecord {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was chosen of the sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitsRecord {
    /// The start of the period.
    pub since: Millis,
    /// The end of the period.
    pub until: Millis,
    /// The pattern of the send connectors.
    pub connector: Option<String>,
}

/// A stream, and what was read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamRecord {
    /// Its name.
    pub name: String,
    /// The server, where it is known.
    pub server: Option<String>,
    /// How many files it has. Their lines come next.
    pub files: u32,
    /// All lines.
    pub lines: u64,
    /// Lines that begin with `#`.
    pub header_lines: u64,
    /// Rows.
    pub records: u64,
    /// Lines that hold only white space.
    pub blank_lines: u64,
    /// Lines that are none of these.
    pub malformed_lines: u64,
    /// Malformed lines at the end of their file.
    pub cut_tails: u64,
    /// Whether the last line of the last file is one of them.
    pub ends_malformed: bool,
    /// The earliest row.
    pub first: Millis,
    /// The latest row.
    pub last: Millis,
    /// Bytes read.
    pub bytes: u64,
    /// Oddities.
    pub notes: Vec<NoteRecord>,
}

/// An oddity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteRecord {
    /// What it is.
    pub kind: String,
    /// How often it occurred.
    pub count: u64,
    /// The first places.
    pub places: Vec<LineRecord>,
}

/// What is known of all attempts to send messages of a stream. Without this line, they are not in the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailRecord {
    /// How many messages and recipients are missing, because their sessions have too many.
    pub left_out: u64,
    /// How many are missing in sessions with other servers than Exchange Online.
    pub left_out_elsewhere: u64,
}

/// The end of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndRecord {
    /// How many lines come before this one.
    pub lines: u64,
    /// The SHA-1 hash of those lines.
    pub sha1: String,
}

impl HeaderRecord {
    pub(super) fn of(limits: &ChosenLimits, streams: usize) -> HeaderRecord {
        let ChosenLimits {
            since,
            until,
            connector,
        } = limits;
        HeaderRecord {
            format: FORMAT.to_owned(),
            version: u64::from(VERSION),
            program: WriterRecord {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            limits: LimitsRecord {
                since: since.map(|since| since.millis()),
                until: until.map(|until| until.millis()),
                connector: connector.clone(),
            },
            streams: streams as u64,
        }
    }

    pub(super) fn limits(&self) -> Result<ChosenLimits, RecordFault> {
        Ok(ChosenLimits {
            since: timestamp(self.limits.since)?.known(),
            until: timestamp(self.limits.until)?.known(),
            connector: self.limits.connector.clone(),
        })
    }
}

impl StreamRecord {
    pub(super) fn of(stream: &Stream, files: usize, read: &StreamRead) -> StreamRecord {
        let Stream { name, server } = stream;
        let StreamRead {
            counts,
            notes,
            cut_tails,
            ends_malformed,
            first,
            last,
            bytes,
        } = read;
        let LineCounts {
            lines,
            header,
            records,
            blank,
            malformed,
        } = *counts;
        let notes = notes.iter().map(|(kind, count, _)| NoteRecord {
            kind: kind.name().to_owned(),
            count,
            places: notes
                .places(kind)
                .iter()
                .copied()
                .map(LineRecord::of)
                .collect(),
        });
        StreamRecord {
            name: name.clone(),
            server: server.clone(),
            files: u32::try_from(files).unwrap_or(u32::MAX),
            lines,
            header_lines: header,
            records,
            blank_lines: blank,
            malformed_lines: malformed,
            cut_tails: *cut_tails,
            ends_malformed: *ends_malformed,
            first: first.known().map(|first| first.millis()),
            last: last.known().map(|last| last.millis()),
            bytes: *bytes,
            notes: notes.collect(),
        }
    }

    pub(super) fn stream(&self) -> Stream {
        Stream {
            name: self.name.clone(),
            server: self.server.clone(),
        }
    }

    pub(super) fn read(&self) -> Result<StreamRead, RecordFault> {
        let counts = LineCounts {
            lines: count(self.lines)?,
            header: count(self.header_lines)?,
            records: count(self.records)?,
            blank: count(self.blank_lines)?,
            malformed: count(self.malformed_lines)?,
        };
        let kinds = counts.header + counts.records + counts.blank + counts.malformed;
        if kinds != counts.lines
            || self.cut_tails > counts.malformed
            || self.cut_tails < u64::from(self.ends_malformed)
        {
            return Err(RecordFault("lines"));
        }
        let mut notes = Notes::default();
        for note in &self.notes {
            let kind = note_kind(&note.kind)?;
            let places = note.places.iter().map(|place| place.place(self.files));
            let places = places.collect::<Result<Vec<_>, _>>()?;
            let added = notes.restore(kind, count(note.count)?, places);
            added.ok_or(RecordFault("notes"))?;
        }
        Ok(StreamRead {
            counts,
            notes,
            cut_tails: self.cut_tails,
            ends_malformed: self.ends_malformed,
            first: timestamp(self.first)?,
            last: timestamp(self.last)?,
            bytes: count(self.bytes)?,
        })
    }
}

fn note_kind(name: &str) -> Result<NoteKind, RecordFault> {
    let known = NOTE_KINDS.iter().find(|kind| kind.name() == name);
    known.copied().ok_or(RecordFault("kind"))
}
