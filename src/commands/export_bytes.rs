//! The bytes of a file that may be an export.
//!
//! In: a text file. Out: its bytes, or a sentence that says why it was not read.
//! Must not look at the content.

use std::io;

use crate::input::discover::TextFile;
use crate::language::{Language, sentences};

/// A larger export is not read. One of a thousand connectors has a few megabytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a file.
pub(super) fn read(language: Language, text: &TextFile) -> Result<Vec<u8>, String> {
    text.source
        .read_all(MOST_BYTES)
        .map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => too_large(language, &text.name),
            _ => not_read(language, &text.name, &error.to_string()),
        })
}

sentences! {
    /// Why a large file is not read.
    fn too_large(file: &str) {
        en: "{file}: the file is larger than 64 MB, so it was not read. Export only the connectors, domains and certificates",
        ja: "{file}: ファイルが 64 MB より大きいため、読み取っていません。コネクタ、ドメイン、証明書だけをエクスポートしてください。" ["9668a15b"],
    }
    /// What the operating system says of a file.
    fn not_read(file: &str, error: &str) {
        en: "{file}: the file cannot be read: {error}",
        ja: "{file}: ファイルを読み取れません: {error}" ["303a3bc4"],
    }
}
