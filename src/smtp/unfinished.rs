//! A refusal whose reply has several lines, in several rows or folded into one.
//!
//! In: the lines of the reply, in order. Out: one text, the codes of its later lines left out.
//! Must not know the command that it answers.

use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::evidence::Evidence;
use super::refusals::Said;
use super::reply::{self, Enhanced, ReplyLine};

/// The lines of a refusal read so far.
#[derive(Debug)]
pub(super) struct Unfinished {
    pub(super) code: u16,
    pub(super) text: Vec<u8>,
    pub(super) time: Timestamp,
    pub(super) evidence: Evidence,
}

impl Unfinished {
    /// What it says so far.
    pub(super) fn said(&self) -> Said<'_> {
        Said {
            code: self.code,
            text: &self.text,
            time: self.time,
            row: self.evidence.row(),
        }
    }

    /// The refusal with this line, which goes on with `earlier` where the code is the same.
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

/// True where all of a reply's text is one line.
pub(super) fn is_one_line(text: &[u8]) -> bool {
    memchr::memchr(b'\\', text).is_none()
}

/// A reply of several lines in one row has `\r\n` written out between them; the codes of the later
/// lines are dropped.
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

/// Adds a later line of a reply; an enhanced code that the first line has too is not repeated.
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
