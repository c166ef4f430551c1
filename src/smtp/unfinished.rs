//! A 4xx or 5xx reply of several lines, in several rows or folded into one.
//!
//! In: the lines of the reply, in order. Out: one text, without the codes of the later lines.
//! Must not know the command that the reply answers.

use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::evidence::Evidence;
use super::rejections::Said;
use super::reply::{self, Enhanced, ReplyLine};

/// The lines of the reply read so far.
#[derive(Debug)]
pub(super) struct Unfinished {
    pub(super) code: u16,
    pub(super) text: Vec<u8>,
    pub(super) time: Timestamp,
    pub(super) evidence: Evidence,
}

impl Unfinished {
    /// What the reply says so far.
    pub(super) fn said(&self) -> Said<'_> {
        Said {
            code: self.code,
            text: &self.text,
            time: self.time,
            row: self.evidence.row(),
        }
    }

    /// Adds a line. It continues `earlier` if the code is the same.
    pub(super) fn with_line(
        earlier: Option<Unfinished>,
        reply: &ReplyLine<'_>,
        row: &Row<'_>,
    ) -> Unfinished {
        match earlier {
            Some(mut earlier) if earlier.code == reply.code => {
                append_line(&mut earlier.text, &unfold(reply.text));
                earlier
            }
            _ => Unfinished {
                code: reply.code,
                text: unfold(reply.text),
                time: row.time,
                evidence: Evidence::of(row),
            },
        }
    }
}

/// Whether the text of a reply is a single line.
pub(super) fn is_one_line(text: &[u8]) -> bool {
    memchr::memchr(b'\\', text).is_none()
}

/// Joins the lines of a reply that is logged in one row, with `\r\n` written out between them. The codes
/// of the later lines are dropped.
fn unfold(text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, br"\n") {
        let line = &rest[..at];
        append_line(&mut whole, line.strip_suffix(br"\r").unwrap_or(line));
        rest = &rest[at + 2..];
        if let Some(reply) = reply::parse(rest) {
            rest = reply.text;
        }
    }
    append_line(&mut whole, rest);
    whole
}

/// Adds a later line of a reply. An enhanced code that the first line also has is not repeated.
fn append_line(whole: &mut Vec<u8>, line: &[u8]) {
    if whole.is_empty() {
        return whole.extend_from_slice(line);
    }
    let first = Enhanced::strip(whole).map(|(code, _)| code);
    let line = match Enhanced::strip(line) {
        Some((code, rest)) if Some(code) == first => rest,
        _ => line.trim_ascii(),
    };
    if !line.is_empty() {
        whole.push(b' ');
        whole.extend_from_slice(line);
    }
}
