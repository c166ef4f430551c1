//! The sentences of the short report.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not lay out text.

use crate::language::{Language, sentences};

/// The headings of the table of incidents.
pub(super) fn columns(language: Language) -> [String; 7] {
    [
        String::new(),
        state(language),
        since(language),
        send_connector(language),
        servers(language),
        messages(language),
        cause(language),
    ]
}

sentences! {
    /// The heading of the column of states.
    fn state() {
        en: "State",
        ja: "状態" ["1deca496"],
    }
    /// The heading of the column of first times.
    fn since() {
        en: "Since",
        ja: "開始" ["41a6f93d"],
    }
    /// The heading of the column of send connectors.
    fn send_connector() {
        en: "Send connector",
        ja: "送信コネクタ" ["4d1057d8"],
    }
    /// The heading of the column of servers.
    fn servers() {
        en: "Servers",
        ja: "サーバー" ["cd0cf113"],
    }
    /// The heading of the column of messages.
    fn messages() {
        en: "Messages",
        ja: "件数" ["f8611fd5"],
    }
    /// The heading of the column of causes.
    fn cause() {
        en: "Cause",
        ja: "原因" ["70e4acc0"],
    }
    /// A value that is not known.
    pub(super) fn unknown() {
        en: "unknown",
        ja: "不明" ["9b759fb9"],
    }
    /// The cause of an incident, its code, and how certain it is.
    pub(super) fn cause_of(summary: &str, code: &str, confidence: &str) {
        en: "{summary} ({code}, {confidence}).",
        ja: "{summary} ({code}、{confidence})。" ["3d2802d5"],
    }
    /// The label of the time of an incident.
    pub(super) fn when() {
        en: "When",
        ja: "期間" ["021e3a39"],
    }
    /// The label of what an incident affects.
    pub(super) fn hit() {
        en: "Affected",
        ja: "影響範囲" ["e4e90d19"],
    }
    /// The label of what became of the mail.
    pub(super) fn mail() {
        en: "Mail",
        ja: "メール" ["53707c4e"],
    }
    /// The label of a log row that shows it.
    pub(super) fn proof() {
        en: "Evidence",
        ja: "根拠" ["f800be44"],
    }
    /// Behind the first log row: how many more there are.
    pub(super) fn more_rows(rows: &str) {
        en: " and {rows}",
        ja: " および{rows}" ["5cbc5f03"],
    }
    /// Before a command that fixes it.
    pub(super) fn fix_in(shell: &str) {
        en: "To fix it, run in {shell}:",
        ja: "対処方法: {shell} で次を実行します。" ["98078066"],
    }
    /// Before a command that only shows something.
    pub(super) fn find_out_in(shell: &str) {
        en: "To find out more, run in {shell}:",
        ja: "詳しい調査: {shell} で次を実行します。" ["6598c6c6"],
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
