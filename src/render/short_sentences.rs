//! The sentences of the short report.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not lay out text.

use crate::language::{Language, sentences};
use crate::render::words;

/// The headings of the table of incidents.
pub(super) fn columns(language: Language) -> [String; 7] {
    [
        String::new(),
        words::state(language),
        words::since(language),
        words::send_connector(language),
        words::servers(language),
        messages(language),
        words::cause(language),
    ]
}

sentences! {
    /// The heading of the column of messages.
    fn messages() {
        en: "Messages",
        ja: "件数" ["f8611fd5"],
    }
    /// The cause of an incident, its code, and how certain it is.
    pub(super) fn cause_of(summary: &str, code: &str, confidence: &str) {
        en: "{summary} ({code}, {confidence}).",
        ja: "{summary} ({code}、{confidence})。" ["3d2802d5"],
    }
    /// Behind the first log row: how many more there are.
    pub(super) fn more_rows(rows: &str) {
        en: " and {rows}",
        ja: " ({rows}あり)" ["5cbc5f03"],
    }
    /// Before steps without a command.
    pub(super) fn to_fix_it() {
        en: "To fix it:",
        ja: "対処方法:" ["3a1e0d6e"],
    }
    /// How many steps the short report leaves out.
    pub(super) fn more_steps(steps: &str) {
        en: "More steps, or other ways to fix it: {steps} (see --full).",
        ja: "ほかの手順または対処方法: {steps} 件 (--full で表示)。" ["932febe1"],
    }
    /// How to see the rest.
    pub(super) fn more() {
        en: "More: --full for everything, -o report.html, `sendlens messages` for the mail.",
        ja: "詳細: すべて表示 --full、ページ -o report.html、メールの一覧 `sendlens messages`" ["bed50f8f"],
    }
}
