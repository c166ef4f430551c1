//! Why a digest cannot be used, in one sentence each.
//!
//! In: what was read of a digest. Out: a [`DigestFault`], and its words.
//! Must not decide what happens next.

use std::io;

use crate::aggregate::saved::RecordFault;
use crate::language::{Language, labels, sentences};

/// Why a digest cannot be used; each is one sentence about the file that stands before it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum DigestFault {
    /// It cannot be read, or not be unpacked.
    Unreadable(#[from] io::Error),
    /// It has this version, which is newer than the program.
    Newer(u64),
    /// It ends too early.
    Cut,
    /// The line with this number is none that the program writes.
    Damaged(u64),
    /// It is not what its last line says.
    Changed,
    /// More comes out of it than any logs would give.
    TooLarge,
}

impl DigestFault {
    /// The sentence in a language. What the operating system says is in its own.
    pub fn words(&self, language: Language) -> String {
        match self {
            DigestFault::Unreadable(error) => unreadable(language, error),
            DigestFault::Newer(version) => newer(language, *version),
            DigestFault::Cut => cut(language),
            DigestFault::Damaged(line) => damaged(language, *line),
            DigestFault::Changed => changed(language),
            DigestFault::TooLarge => too_large(language),
        }
    }

    /// A record in this line holds a value that the program cannot have written.
    pub(super) fn in_line(line: u64) -> impl Fn(RecordFault) -> DigestFault {
        move |_| DigestFault::Damaged(line)
    }
}

labels! {
    cut: "the digest ends too early. Copy it again, or make it again with `sendlens digest`", "ダイジェストが途中で終わっています。もう一度コピーするか、`sendlens digest` で作成し直してください。" ["5648b9e7"];
    changed: "the digest is damaged: its content is not what its last line says. Copy it again, or make it again with `sendlens digest`", "ダイジェストが破損しています。内容が最後の行の記録と一致しません。もう一度コピーするか、`sendlens digest` で作成し直してください。" ["8313d057"];
    too_large: "the digest was not read to its end, because more comes out of it than any logs would give. It is damaged, or made to fill memory", "ダイジェストから展開されるデータがログでは考えられないほど多いため、最後まで読み取っていません。破損しているか、メモリを使い果たす目的で作られています。" ["53b7adfb"];
}

sentences! {
    /// [`DigestFault::Unreadable`].
    fn unreadable(error: &io::Error) {
        en: "the digest cannot be read ({error}). Copy it again, or make it again with `sendlens digest`",
        ja: "ダイジェストを読み取れません ({error})。もう一度コピーするか、`sendlens digest` で作成し直してください。" ["7e4518fb"],
    }
    /// [`DigestFault::Newer`].
    fn newer(version: u64) {
        en: "the digest has version {version}, which a newer sendlens has written. Update sendlens here, or make the digest again with this version",
        ja: "ダイジェストのバージョンは {version} で、より新しい sendlens で作成されています。この sendlens を更新するか、このバージョンでダイジェストを作成し直してください。" ["3c881a4b"],
    }
    /// [`DigestFault::Damaged`].
    fn damaged(line: u64) {
        en: "the digest is damaged: line {line} of it cannot be read. Copy it again, or make it again with `sendlens digest`",
        ja: "ダイジェストが破損しています。{line} 行目を読み取れません。もう一度コピーするか、`sendlens digest` で作成し直してください。" ["c0d27d9f"],
    }
}
