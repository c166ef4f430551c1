//! The texts of the picture.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::Language;
use crate::language::{labels, sentences};

labels! {
    pub(super) picture: "Who offered which certificate, and what came of it", "どのサーバーがどの証明書を提示し、結果はどうだったか" ["ccf17b55"];
    pub(super) picture_rows: "One row for each send connector and server. The bar is the certificate that was offered.", "送信コネクタとサーバーごとに 1 行です。帯は提示された証明書を表します。" ["0bf8dbcd"];
    pub(super) certificates_over_time: "Certificates over time", "証明書の推移" ["334ff4e2"];
    pub(super) counts: "Counts", "件数" ["86c813a5"];
    pub(super) key: "Key", "凡例" ["cd1ac90c"];
    pub(super) key_accepted: "accepted, upwards", "受け入れ (上向き)" ["fc40b8e4"];
    pub(super) key_rejected: "rejected, downwards", "拒否 (下向き)" ["b6a19f0a"];
    pub(super) key_died: "sessions that died without a reply", "応答なしで途絶したセッション" ["acea95fa"];
    pub(super) key_matches: "certificate that matches", "一致する証明書" ["bdcd0098"];
    pub(super) key_no_match: "certificate that no connector expects", "どのコネクタも想定していない証明書" ["e762e49d"];
    pub(super) key_disabled: "certificate that only a disabled connector expects", "無効なコネクタだけが想定している証明書" ["ad59a15f"];
    pub(super) key_unknown: "certificate that could not be compared", "比較できない証明書" ["b32be8ab"];
    pub(super) key_none: "no certificate offered", "証明書の提示なし" ["d0447dbe"];
    pub(super) key_expired: "certificate that has expired", "有効期限が切れた証明書" ["ae551b08"];
    pub(super) key_early: "certificate that is not valid yet", "まだ有効ではない証明書" ["fd4b5842"];
    pub(super) expired: "expired", "期限切れ" ["338eb632"];
    pub(super) not_valid_yet: "not valid yet", "有効期間前" ["2d9815da"];
    pub(super) key_gap: "no log", "ログなし" ["80bbd124"];
    pub(super) key_wizard: "hybrid wizard ran", "ハイブリッド構成ウィザードの実行" ["0c6e774f"];
    pub(super) key_changed: "inbound connector changed", "受信コネクタの変更" ["cab9cc85"];
    pub(super) key_expires: "certificate expires", "証明書の有効期限" ["2eeb6774"];
    pub(super) same_certificates: "same certificates", "同じ証明書" ["6aeb3eed"];
    pub(super) incident_word: "incident", "インシデント" ["6399a267"];
    pub(super) marks: "marks", "印" ["d9763829"];
    pub(super) marks_in_picture: "Marks in the picture", "図の中の印" ["3b742a2d"];
    pub(super) changed_in_brief: "connector changed", "コネクタの変更" ["0e8892c4"];
    pub(super) wizard_in_brief: "wizard ran", "ウィザードの実行" ["5b61ad43"];
}

sentences! {
    /// The rejections of a row.
    pub(super) fn rejected_count(number: &str) {
        en: "{number} rejected",
        ja: "拒否 {number}" ["798fb0c8"],
    }
    /// The rejections of a row that belong to no incident, below the others.
    pub(super) fn other_count(number: &str) {
        en: "{number} for other reasons",
        ja: "ほかの理由 {number}" ["010558be"],
    }
    /// The rejections of a row, if none belongs to an incident.
    pub(super) fn only_other_count(number: &str) {
        en: "{number} rejected for other reasons",
        ja: "ほかの理由で拒否 {number}" ["408ee518"],
    }
    /// The sessions of a row that ended without a reply.
    pub(super) fn died_count(number: &str) {
        en: "{number} died",
        ja: "途絶 {number}" ["62793810"],
    }
    /// The accepted recipients of a row.
    pub(super) fn accepted_count(number: &str) {
        en: "{number} accepted",
        ja: "受け入れ {number}" ["c509a1eb"],
    }
    /// The scale of the picture.
    pub(super) fn full_height(amount: &str, period: &str) {
        en: "A bar of full height stands for {amount} in {period}. All rows have the same scale.",
        ja: "最も高い棒は {period}あたり{amount}を表します。縮尺はすべての行で同じです。" ["c9ef5e13"],
    }
    /// What a bar of full height stands for, upwards or downwards.
    pub(super) fn recipients_or_sessions(recipients: &str, sessions: &str) {
        en: "{recipients} or {sessions}",
        ja: "{recipients}または{sessions}" ["98fac761"],
    }
    /// What bars stand for in rows of several servers.
    pub(super) fn average() {
        en: "In a row of several servers, a bar stands for their average.",
        ja: "複数のサーバーの行の棒は、サーバーの平均を表します。" ["24a355ed"],
    }
    /// A certificate in the picture.
    pub(super) fn run_title(name: &str, thumbprint: &str, verdict: &str, first: &str, last: &str) {
        en: "{name}, thumbprint {thumbprint}: {verdict}; seen {first} to {last}",
        ja: "{name}、拇印 {thumbprint}: {verdict}。{first} から {last} まで" ["97f98044"],
    }
    /// A certificate in the description of a row.
    pub(super) fn run_in_words(name: &str, verdict: &str, period: &str) {
        en: "{name} ({verdict}) {period}",
        ja: "{name} ({verdict}) {period}" ["491ea357"],
    }
    /// The description of a row.
    pub(super) fn lane_in_words(server: &str, runs: &str, counts: &str) {
        en: "{server}: {runs}. {counts}.",
        ja: "{server}: {runs}。{counts}。" ["cd657a80"],
    }
    /// The name of a link to an incident.
    pub(super) fn incident_number(number: &str) {
        en: "incident {number}",
        ja: "インシデント {number}" ["ca1f786e"],
    }
    /// How many rows are left out.
    pub(super) fn more_rows(number: &str) {
        en: "and {number} more rows",
        ja: "ほか {number} 行" ["c7caf723"],
    }
    /// A change of a connector.
    pub(super) fn connector_changed(time: &str, connector: &str) {
        en: "{time} inbound connector {connector} was changed",
        ja: "{time} 受信コネクタ{connector}が変更されました" ["88fc3d3e"],
    }
    /// A certificate that expires, beside its sign.
    pub(super) fn expires_in_brief(letter: &str) {
        en: "{letter} expires",
        ja: "{letter} 期限切れ" ["63c6ac6d"],
    }
    /// A certificate that expires.
    pub(super) fn certificate_expires(time: &str, letter: &str, name: &str) {
        en: "{time} certificate {letter} ({name}) expires",
        ja: "{time} 証明書 {letter} ({name}) の有効期限が切れます" ["fa69c1a1"],
    }
    /// A run of the hybrid wizard.
    pub(super) fn wizard_ran(time: &str, connectors: &str, file: &str) {
        en: "{time}, in the local time of that computer, the hybrid wizard set {connectors} ({file}). Its place in the picture may be some hours off.",
        ja: "{time} (そのコンピューターの現地時刻) にハイブリッド構成ウィザードが {connectors} を設定しました ({file})。図での位置は数時間ずれることがあります。" ["f0f573e7"],
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
