//! What could not be read, in one sentence each.
//!
//! In: what a PATH, a file or an archive said. Out: [`InputError`].
//! Must not decide what happens next.

use std::io;

use super::archive::ArchiveFault;

/// Why a PATH or file could not be used; each is one sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The PATH does not exist.
    #[error("{path}: there is no such file or folder; check the spelling")]
    Missing {
        /// The PATH as typed.
        path: String,
    },
    /// A pattern without a match.
    #[error("{path}: no file matches this pattern; check the folder and the pattern")]
    NoMatch {
        /// The pattern as typed.
        path: String,
    },
    /// The operating system refused.
    #[error("{path}: cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// An archive, or a file in it.
    #[error("{file}: {fault}")]
    Archive {
        /// Name for reports.
        file: String,
        /// Why it cannot be used.
        fault: ArchiveFault,
    },
}
