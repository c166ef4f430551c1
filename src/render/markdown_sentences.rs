//! The texts of the Markdown report.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::{Language, labels, sentences};
use crate::render::words;

labels! {
    pub(super) report_title: "sendlens report", "sendlens レポート" ["041e3b4b"];
    how_much: "How much", "件数" ["d909a26a"];
    pub(super) details: "Details and evidence", "詳細と根拠" ["06ab555d"];
    server: "Server and role", "サーバーと役割" ["f252e761"];
    verdict: "Match", "判定" ["52951b36"];
}

/// The headings of the table of incidents.
pub(super) fn columns(language: Language) -> [String; 6] {
    [
        words::state(language),
        words::since(language),
        words::send_connector(language),
        words::servers(language),
        how_much(language),
        words::cause(language),
    ]
}

/// The headings of the table of certificates.
pub(super) fn certificate_columns(language: Language) -> [String; 8] {
    [
        words::send_connector(language),
        server(language),
        words::subject(language),
        words::thumbprint(language),
        words::seen(language),
        words::accepted(language),
        words::rejected(language),
        verdict(language),
    ]
}

sentences! {
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
