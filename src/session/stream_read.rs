//! What was read of a stream, besides its sessions.
//!
//! In: what each chunk of the stream gave, in order. Out: a [`StreamRead`], which joins with those of other
//! streams.
//! Must not depend on other streams.

use crate::input::lines::{LineCounts, Summary};
use crate::input::notes::Notes;
use crate::input::timestamp::Timestamp;

/// What was read of a stream, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamRead {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Oddities. Their places are by file, and the first file of the stream has number 0.
    pub notes: Notes,
    /// Malformed lines at the end of their file, where Exchange may still have been writing.
    pub cut_tails: u64,
    /// Whether the last line of the last file is one of them.
    pub ends_malformed: bool,
    /// The earliest row.
    pub first: Timestamp,
    /// The latest row.
    pub last: Timestamp,
    /// Bytes read.
    pub bytes: u64,
}

impl StreamRead {
    /// Adds what the next chunk gave.
    pub(super) fn add_chunk(&mut self, summary: &Summary) {
        self.counts.add(&summary.counts);
        self.notes.merge(&summary.notes);
        self.first = self.first.earlier(summary.first);
        self.last = self.last.later(summary.last);
    }

    /// Adds the last line of the last file, of so many bytes.
    pub fn add_tail(&mut self, summary: &Summary, bytes: u64) {
        self.add_chunk(summary);
        self.end_file(summary.ends_malformed);
        self.bytes += bytes;
    }

    /// A file has ended, and with it its last line.
    pub(super) fn end_file(&mut self, ends_malformed: bool) {
        self.cut_tails += u64::from(ends_malformed);
        self.ends_malformed = ends_malformed;
    }

    /// The last file has not ended.
    pub fn reopen_file(&mut self) {
        self.cut_tails -= u64::from(std::mem::take(&mut self.ends_malformed));
    }

    /// Adds a later stream, whose first file has this number here.
    pub fn add_stream(&mut self, later: &StreamRead, first_file: usize) {
        let StreamRead {
            counts,
            notes,
            cut_tails,
            ends_malformed,
            first,
            last,
            bytes,
        } = later;
        let first_file = u32::try_from(first_file).unwrap_or(u32::MAX);
        let mut notes = notes.clone();
        notes.each_place(&mut |place| place.chunk = place.chunk.saturating_add(first_file));
        self.counts.add(counts);
        self.notes.merge(&notes);
        self.cut_tails += cut_tails;
        self.ends_malformed = *ends_malformed;
        self.first = self.first.earlier(*first);
        self.last = self.last.later(*last);
        self.bytes += bytes;
    }
}
