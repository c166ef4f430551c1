//! The texts of the picture.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::Language;
use crate::language::{labels, sentences};

labels! {
    pub(super) picture: "Who offered which certificate, and what came of it", "どのサーバーがどの証明書を提示し、結果はどうだったか" ["00000000"];
    pub(super) picture_rows: "One row for each send connector and server. The bar is the certificate that was offered.", "送信コネクタとサーバーごとに 1 行です。帯は提示された証明書を表します。" ["00000000"];
    pub(super) certificates_over_time: "Certificates over time", "証明書の推移" ["00000000"];
    pub(super) counts: "Counts", "件数" ["00000000"];
    pub(super) key: "Key", "凡例" ["00000000"];
    pub(super) key_accepted: "accepted, upwards", "受け入れ (上向き)" ["00000000"];
    pub(super) key_rejected: "rejected, downwards", "拒否 (下向き)" ["00000000"];
    pub(super) key_died: "sessions that died without a reply", "応答なしで途絶したセッション" ["00000000"];
    pub(super) key_matches: "certificate that matches", "一致する証明書" ["00000000"];
    pub(super) key_no_match: "certificate that no connector expects", "どのコネクタも想定していない証明書" ["00000000"];
    pub(super) key_unknown: "certificate that could not be compared", "比較できない証明書" ["00000000"];
    pub(super) key_none: "no certificate offered", "証明書の提示なし" ["00000000"];
    pub(super) key_gap: "no log", "ログなし" ["00000000"];
    pub(super) key_wizard: "hybrid wizard ran", "ハイブリッド構成ウィザードの実行" ["00000000"];
    pub(super) key_changed: "inbound connector changed", "受信コネクタの変更" ["00000000"];
    pub(super) key_expires: "certificate expires", "証明書の有効期限" ["00000000"];
    pub(super) same_certificates: "same certificates", "同じ証明書" ["00000000"];
    pub(super) incident_word: "incident", "インシデント" ["00000000"];
    pub(super) marks: "marks", "印" ["00000000"];
    pub(super) marks_in_picture: "Marks in the picture", "図の中の印" ["00000000"];
    pub(super) changed_in_brief: "connector changed", "コネクタの変更" ["00000000"];
    pub(super) wizard_in_brief: "wizard ran", "ウィザードの実行" ["00000000"];
}

sentences! {
    /// The rejections of a row.
    pub(super) fn rejected_count(number: &str) {
        en: "{number} rejected",
        ja: "拒否 {number}" ["00000000"],
    }
    /// The sessions of a row that ended without a reply.
    pub(super) fn died_count(number: &str) {
        en: "{number} died",
        ja: "途絶 {number}" ["00000000"],
    }
    /// The accepted recipients of a row.
    pub(super) fn accepted_count(number: &str) {
        en: "{number} accepted",
        ja: "受け入れ {number}" ["00000000"],
    }
    /// The scale of the picture.
    pub(super) fn full_height(number: &str, period: &str) {
        en: "Full height = {number} per {period}, the mean of the servers of a row, the same in every row",
        ja: "最大の高さ = {period}あたり {number} (行内のサーバーの平均、全行共通)" ["00000000"],
    }
    /// A certificate in the picture.
    pub(super) fn run_title(name: &str, thumbprint: &str, verdict: &str, first: &str, last: &str) {
        en: "{name}, thumbprint {thumbprint}: {verdict}; seen {first} to {last}",
        ja: "{name}、拇印 {thumbprint}: {verdict}。{first} から {last} まで" ["00000000"],
    }
    /// A certificate in the description of a row.
    pub(super) fn run_in_words(name: &str, verdict: &str, period: &str) {
        en: "{name} ({verdict}) {period}",
        ja: "{name} ({verdict}) {period}" ["00000000"],
    }
    /// The description of a row.
    pub(super) fn lane_in_words(server: &str, runs: &str, rejected: &str, died: &str, accepted: &str) {
        en: "{server}: {runs}. {rejected} rejected, {died} died, {accepted} accepted.",
        ja: "{server}: {runs}。拒否 {rejected}、途絶 {died}、受け入れ {accepted}。" ["00000000"],
    }
    /// The name of a link to an incident.
    pub(super) fn incident_number(number: &str) {
        en: "incident {number}",
        ja: "インシデント {number}" ["00000000"],
    }
    /// How many rows are left out.
    pub(super) fn more_rows(number: &str) {
        en: "and {number} more rows",
        ja: "ほか {number} 行" ["00000000"],
    }
    /// A change of a connector.
    pub(super) fn connector_changed(time: &str, connector: &str) {
        en: "{time} inbound connector {connector} was changed",
        ja: "{time} 受信コネクタ{connector}が変更されました" ["00000000"],
    }
    /// A certificate that expires, beside its sign.
    pub(super) fn expires_in_brief(letter: &str) {
        en: "{letter} expires",
        ja: "{letter} 期限切れ" ["00000000"],
    }
    /// A certificate that expires.
    pub(super) fn certificate_expires(time: &str, letter: &str, name: &str) {
        en: "{time} certificate {letter} ({name}) expires",
        ja: "{time} 証明書 {letter} ({name}) の有効期限が切れます" ["00000000"],
    }
    /// A run of the hybrid wizard.
    pub(super) fn wizard_ran(time: &str, connectors: &str, file: &str) {
        en: "{time}, in the local time of that computer, the hybrid wizard set {connectors} ({file}). Its place in the picture may be some hours off.",
        ja: "{time} (そのコンピューターの現地時刻) にハイブリッド構成ウィザードが {connectors} を設定しました ({file})。図での位置は数時間ずれることがあります。" ["00000000"],
    }
}

/// The length of a period of the grid.
pub(super) fn period(language: Language, seconds: i64) -> String {
    let (number, english, japanese) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "d", "日"),
        s if s % 3_600 == 0 => (s / 3_600, "h", "時間"),
        s => (s / 60, "min", "分"),
    };
    match language {
        Language::English => format!("{number} {english}"),
        Language::Japanese => format!("{number} {japanese}"),
    }
}
