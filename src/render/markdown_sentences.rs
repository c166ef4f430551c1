//! The texts of the Markdown report.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::{Language, labels, sentences};

labels! {
    pub(super) report_title: "sendlens report", "sendlens レポート" ["041e3b4b"];
    state: "State", "状態" ["1deca496"];
    since: "Since", "開始" ["41a6f93d"];
    pub(super) send_connector: "Send connector", "送信コネクタ" ["4d1057d8"];
    servers: "Servers", "サーバー" ["cd0cf113"];
    how_much: "How much", "件数" ["d909a26a"];
    pub(super) cause: "Cause", "原因" ["70e4acc0"];
    pub(super) when: "When", "期間" ["021e3a39"];
    pub(super) affected: "Affected", "影響範囲" ["e4e90d19"];
    pub(super) mail: "Mail", "メール" ["53707c4e"];
    pub(super) fix: "Fix", "対処方法" ["156f1a18"];
    pub(super) details: "Details and evidence", "詳細と根拠" ["06ab555d"];
    pub(super) checks: "Checks", "チェック" ["f522dffc"];
    pub(super) evidence: "Evidence", "根拠" ["f800be44"];
    server: "Server and role", "サーバーと役割" ["f252e761"];
    subject: "Subject", "サブジェクト" ["a07924ef"];
    thumbprint: "Thumbprint", "拇印" ["a04117c2"];
    seen: "Seen", "期間" ["da72188a"];
    accepted: "Accepted", "受け入れ" ["41d09a60"];
    rejected: "Rejected", "拒否" ["f050c067"];
    verdict: "Match", "判定" ["52951b36"];
}

/// The headings of the table of incidents.
pub(super) fn columns(language: Language) -> [String; 6] {
    [
        state(language),
        since(language),
        send_connector(language),
        servers(language),
        how_much(language),
        cause(language),
    ]
}

/// The headings of the table of certificates.
pub(super) fn certificate_columns(language: Language) -> [String; 8] {
    [
        send_connector(language),
        server(language),
        subject(language),
        thumbprint(language),
        seen(language),
        accepted(language),
        rejected(language),
        verdict(language),
    ]
}

sentences! {
    /// Before a command.
    pub(super) fn run_in(shell: &str) {
        en: "Run in {shell}:",
        ja: "{shell} で次を実行します。" ["eebda1dd"],
    }
    /// What the folded table holds.
    pub(super) fn certificates_offered(certificates: &str) {
        en: "{certificates} offered to Exchange Online",
        ja: "Exchange Online に提示された{certificates}" ["f8deddff"],
    }
    /// The last line.
    pub(super) fn written_by(program: &str) {
        en: "Written by {program}.",
        ja: "作成: {program}" ["b63ef41b"],
    }
}
