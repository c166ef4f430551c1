//! By what a log file is known again: its length, and hashes of its beginning and its end.
//!
//! In: the bytes of a file. Out: a [`Fingerprint`].
//! Must not read the middle of a file on disk. All Exchange logs begin alike, so the beginning is what comes
//! behind the header lines.

use std::io;

use sha1::{Digest as _, Sha1};

use crate::input::bytes::{Ends, Source};

/// By what a log file is known again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// The length in bytes, of the text as it is read.
    pub bytes: u64,
    /// The hash of up to 4096 bytes behind the header lines; empty if there are none.
    pub head: String,
    /// The hash of the last 4096 bytes.
    pub tail: String,
}

/// So many bytes are hashed.
const HASHED: usize = 4096;

/// Header lines are in so many bytes.
const HEADER: usize = 64 * 1024;

/// Nearly all are in so many.
const USUAL_HEADER: usize = 1024;

/// Hexadecimal digits of a hash.
const DIGITS: usize = 16;

impl Fingerprint {
    /// That of the first `limit` bytes of a file. `None` for a pipe.
    ///
    /// # Errors
    /// Whatever the operating system or the archive says about reading.
    pub fn of(source: &Source, limit: u64) -> io::Result<Option<Fingerprint>> {
        let mut ends = source.ends(USUAL_HEADER + HASHED, HASHED, limit)?;
        let is_long = |ends: &Ends| {
            ends.bytes > ends.head.len() as u64 && behind_header(&ends.head).len() < HASHED
        };
        if ends.as_ref().is_some_and(is_long) {
            ends = source.ends(HEADER + HASHED, HASHED, limit)?;
        }
        Ok(ends.map(|ends| {
            let rows = behind_header(&ends.head);
            let rows = &rows[..rows.len().min(HASHED)];
            Fingerprint {
                bytes: ends.bytes,
                head: if rows.is_empty() {
                    String::new()
                } else {
                    hash(rows)
                },
                tail: hash(&ends.tail),
            }
        }))
    }

    /// Whether it tells the file from others: one of header lines alone may be like any other.
    pub fn is_distinct(&self) -> bool {
        !self.head.is_empty()
    }
}

/// What comes behind the lines that begin with `#`.
fn behind_header(head: &[u8]) -> &[u8] {
    let mut rest = head;
    loop {
        let line = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
        if !line.starts_with(b"#") {
            return rest;
        }
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return &[];
        };
        rest = &rest[end + 1..];
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut text: String = Sha1::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    text.truncate(DIGITS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, limit: u64) -> Fingerprint {
        let source = Source::Held(text.as_bytes().to_vec());
        let found = Fingerprint::of(&source, limit).expect("readable");
        found.expect("no pipe")
    }

    #[test]
    fn header_lines_do_not_count_and_a_longer_file_begins_alike() {
        let header = "\u{feff}#Software: x\r\n#Fields: a,b\r\n";
        let rows = "one\ntwo\n".repeat(2_000);
        let whole = of(&format!("{header}{rows}"), u64::MAX);
        let other_header = of(&format!("#Date: y\n{rows}"), u64::MAX);
        assert_eq!(whole.head, other_header.head);
        let grown = format!("{header}{rows}three\n");
        assert_eq!(of(&grown, whole.bytes), whole);
        assert_ne!(of(&grown, u64::MAX).tail, whole.tail);
        assert!(whole.is_distinct() && !of(header, u64::MAX).is_distinct());
    }

    #[test]
    fn long_header_lines_do_not_count_either() {
        let rows = "one\ntwo\n".repeat(2_000);
        let short = of(&format!("#Software: x\n{rows}"), u64::MAX);
        let header = "#Date: y\n".repeat(2_000);
        assert_eq!(of(&format!("{header}{rows}"), u64::MAX).head, short.head);
    }
}
