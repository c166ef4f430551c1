//! Which files a PATH is searched for, and by which folder they belong together.
//!
//! In: a text file and where it was found. Out: whether it may be an export, whether it must be one, and
//! the name of its folder.
//! Must not read files: names and first bytes decide.

use std::path::Path;

use crate::input::discover::TextFile;
use crate::language::labels;
use crate::tenant::export;
use crate::tenant::load::{self, Content};

/// What to use of a file. It depends on where the file was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Exports of tenants.
    pub(super) tenants: bool,
    /// Exports of the local Exchange, and logs of the hybrid wizard.
    pub(super) on_premises: bool,
    /// Exports and logs of queues.
    pub(super) queues: bool,
    /// Whether an option names its PATH.
    pub(super) named: bool,
}

impl Wanted {
    /// Whether a file that cannot be read is an error, because its name is that of an export.
    pub(super) fn misses(self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let other = [
            ".md", ".cer", ".crt", ".der", ".pem", ".pfx", ".p12", ".p7b",
        ];
        !other.iter().any(|ending| lower.ends_with(ending))
            && match load::content_by_name(name) {
                Content::Nothing => false,
                Content::InboundConnectors | Content::AcceptedDomains => self.tenants,
                Content::SendConnectors | Content::ExchangeCertificates => self.on_premises,
                Content::Queues => self.queues,
                Content::Mixed => self.tenants || self.on_premises,
            }
    }
}

/// Whether a text may be an export, by its beginning. Any small text of its forms may; a large one
/// must show a field of the wanted cmdlets there. It may be any program's data.
pub(super) fn may_be_export(text: &TextFile) -> bool {
    const SMALL: u64 = 1024 * 1024;
    let is_small = text.source.known_len().is_some_and(|len| len <= SMALL);
    export::looks_like_export(&text.head) && (is_small || export::names_its_fields(&text.head))
}

/// The folder of a file as you typed it. It identifies the folder, and its last part is the name.
pub(super) fn folder_of(path: &Path) -> String {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => shown(folder),
        _ => ".".to_owned(),
    }
}

/// A path with `/` between its parts, as exports are named by it.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if text.is_empty() {
        ".".to_owned()
    } else {
        text.to_owned()
    }
}

labels! {
    pub(super) certificate_file: "certificate file", "証明書ファイル" ["9bf30806"];
}
