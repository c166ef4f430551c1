//! The bytes of a file that may be an export.
//!
//! In: a text file. Out: its bytes, or a sentence that says why it was not read.
//! Must not look at the content.

use std::io;

use crate::input::discover::TextFile;

/// A larger export is not read. One of a thousand connectors has a few megabytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

const TOO_LARGE: &str = "the file is larger than 64 MB, so it was not read. Export only the connectors, domains and certificates";

/// Reads a file.
pub(super) fn read(text: &TextFile) -> Result<Vec<u8>, String> {
    text.source
        .read_all(MOST_BYTES)
        .map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => format!("{}: {TOO_LARGE}", text.name),
            _ => format!("{}: the file cannot be read: {error}", text.name),
        })
}
