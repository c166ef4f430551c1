//! What could not be read, in one sentence each.
//!
//! In: what a PATH, a file or an archive said. Out: [`InputError`].
//! Must not decide what happens next.

use std::io;

use super::archive::ArchiveFault;
use crate::language::{Language, sentences};

/// Why a PATH or file could not be used; each is one sentence for the administrator.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum InputError {
    /// The PATH does not exist.
    Missing {
        /// The PATH as typed.
        path: String,
    },
    /// A pattern without a match.
    NoMatch {
        /// The pattern as typed.
        path: String,
    },
    /// The operating system refused.
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// An archive, or a file in it.
    Archive {
        /// Name for reports.
        file: String,
        /// Why it cannot be used.
        fault: ArchiveFault,
    },
}

impl InputError {
    /// The sentence in a language. What the operating system says is in its own.
    pub fn words(&self, language: Language) -> String {
        match self {
            InputError::Missing { path } => missing(language, path),
            InputError::NoMatch { path } => no_match(language, path),
            InputError::Unreadable { path, source } => unreadable(language, path, source),
            InputError::Archive { file, fault } => archive(language, file, &fault.words(language)),
        }
    }
}

sentences! {
    /// The PATH does not exist.
    fn missing(path: &str) {
        en: "{path}: there is no such file or folder; check the spelling",
        ja: "{path}: このようなファイルまたはフォルダーはありません。スペルを確認してください。" ["5fbf9d1f"],
    }
    /// A pattern without a match.
    fn no_match(path: &str) {
        en: "{path}: no file matches this pattern; check the folder and the pattern",
        ja: "{path}: このパターンに一致するファイルはありません。フォルダーとパターンを確認してください。" ["ff76d9a8"],
    }
    /// The operating system refused.
    fn unreadable(path: &str, source: &io::Error) {
        en: "{path}: cannot be read: {source}",
        ja: "{path}: 読み取れません: {source}" ["0ceb4cfb"],
    }
    /// An archive, or a file in it.
    fn archive(file: &str, fault: &str) {
        en: "{file}: {fault}",
        ja: "{file}: {fault}" ["b4420a8d"],
    }
}
