//! The texts of [`super::phrases`].
//!
//! In: values. Out: texts in the language of the reader.
//! Must not lay out text.

use crate::language::{labels, sentences};

labels! {
    pub(super) seen: "Seen", "検出回数" ["da72188a"];
    pub(super) no_domains: "no export of accepted domains", "承認済みドメインのエクスポートなし" ["233b76a3"];
    pub(super) unknown_day: "an unknown day", "不明な日" ["0be93afa"];
    pub(super) malformed: "Lines that could not be read, such as an incomplete last line", "読み取れなかった行 (途中で終わる最終行など)" ["2da9ee68"];
    pub(super) no_header: "Log files without a header, read with Exchange's nine columns", "ヘッダーのないログ ファイル (Exchange の 9 列として読み取り)" ["3f12c034"];
    pub(super) open_quote: "Rows with a quoted value that does not end on its line", "引用符で囲まれた値がその行で終わらない行" ["51c5bc3d"];
    pub(super) more_columns: "Lines with more columns than Exchange writes", "Exchange が書き込む列より多くの列がある行" ["5dd9f1d2"];
    pub(super) strange_time: "Lines with a time that Exchange does not write", "Exchange が書き込まない形式の時刻がある行" ["6035a269"];
    pub(super) utf16: "Log files in UTF-16, decoded", "UTF-16 のログ ファイル (変換済み)" ["6ce65ca6"];
    pub(super) strange_session: "Lines with a session id that Exchange does not write", "Exchange が書き込まない形式のセッション ID がある行" ["874c0645"];
    pub(super) strange_event: "Lines with an event that Exchange does not write", "Exchange が書き込まないイベントがある行" ["41967950"];
    pub(super) given_up: "Sessions counted before their end was read, because too many were open at the same time", "同時に開いているセッションが多すぎるため、終わりを読み取る前に集計したセッション" ["6745bd52"];
    pub(super) pasted: "Log files that look copied from a web page or a spreadsheet, cleaned before reading", "Web ページまたはスプレッドシートからコピーされたと思われるログ ファイル (整形してから読み取り)" ["24965439"];
}

sentences! {
    /// How often other mail of a send connector was rejected, and with which codes.
    pub(super) fn rejected_otherwise(rejections: &str, codes: &str) {
        en: "{rejections} for other reasons ({codes})",
        ja: "ほかの理由による{rejections} ({codes})" ["8065d966"],
    }
    /// How many sessions of a send connector ended without a reply.
    pub(super) fn without_reply(sessions: &str) {
        en: "{sessions} ended without a reply",
        ja: "応答なしで終了した{sessions}" ["0974d319"],
    }
    /// How many connections of a send connector failed.
    pub(super) fn not_connected(connections: &str) {
        en: "{connections} failed",
        ja: "失敗した{connections}" ["adb7db4b"],
    }
    /// How many kinds of replies are left out.
    pub(super) fn more_kinds(kinds: &str) {
        en: "and {kinds} of replies (see --format json)",
        ja: "{kinds}の応答 (--format json で表示)" ["d8f77ca3"],
    }
    /// How much of the logs was read.
    pub(super) fn logs(files: &str, lines: &str, sessions: &str, online: &str) {
        en: "{files}, {lines}, {sessions}, {online} of them to Exchange Online.",
        ja: "{files}、{lines}、{sessions} (うち Exchange Online 宛て {online} 件)。" ["800c9b25"],
    }
    /// How much of the logs was read, and of which time.
    pub(super) fn logs_of(
        files: &str,
        lines: &str,
        sessions: &str,
        online: &str,
        first: &str,
        last: &str,
    ) {
        en: "{files}, {lines}, {sessions}, {online} of them to Exchange Online, from {first} to {last}.",
        ja: "{files}、{lines}、{sessions} (うち Exchange Online 宛て {online} 件)。期間は {first} から {last} までです。" ["bf0eb078"],
    }
    /// A file that was not used, and why.
    pub(super) fn not_used(file: &str, reason: &str) {
        en: "Not used: {file} ({reason}).",
        ja: "未使用: {file} ({reason})。" ["a32a31d8"],
    }
    /// How many files that were not used are left out.
    pub(super) fn more_not_used(files: &str) {
        en: "Not used: {files} (see --format json).",
        ja: "未使用: {files} (--format json で表示)。" ["28d8a9a1"],
    }
    /// What was exported of a tenant.
    pub(super) fn tenant_read(tenant: &str, connectors: &str, domains: &str) {
        en: "Tenant {tenant}: {connectors}, {domains}.",
        ja: "テナント {tenant}: {connectors}、{domains}。" ["95cea740"],
    }
    /// How many queues and messages in them were exported.
    pub(super) fn queues_with_messages(queues: &str, messages: &str) {
        en: "Queues: {queues}, {messages} in them.",
        ja: "キュー: {queues}、キュー内の{messages}。" ["ced39f46"],
    }
    /// How many queues were exported, without their messages.
    pub(super) fn queues_alone(queues: &str) {
        en: "Queues: {queues}, no export of their messages.",
        ja: "キュー: {queues}、メッセージのエクスポートなし。" ["ad6fb271"],
    }
    /// What was exported of the local Exchange.
    pub(super) fn on_premises(counts: &str) {
        en: "On-premises: {counts}.",
        ja: "オンプレミス: {counts}。" ["fcd10cb9"],
    }
    /// A certificate name that was changed after the hybrid wizard ran.
    pub(super) fn changed_since(connector: &str, name: &str, day: &str, exported: &str) {
        en: "The hybrid wizard set the certificate name of '{connector}' to '{name}' on {day} (local time). The export shows '{exported}'.",
        ja: "ハイブリッド構成ウィザードは {day} (現地時刻) に「{connector}」の証明書名を「{name}」に設定しました。エクスポートでは「{exported}」です。" ["0797d9a0"],
    }
    /// A certificate name that was cleared after the hybrid wizard ran.
    pub(super) fn cleared_since(connector: &str, name: &str, day: &str) {
        en: "The hybrid wizard set the certificate name of '{connector}' to '{name}' on {day} (local time). The export shows no certificate name.",
        ja: "ハイブリッド構成ウィザードは {day} (現地時刻) に「{connector}」の証明書名を「{name}」に設定しました。エクスポートには証明書名がありません。" ["d2818270"],
    }
    /// What is unusual about the logs, how often, and where first.
    pub(super) fn noted(words: &str, times: &str, place: &str) {
        en: "{words} ({times}, first at {place})",
        ja: "{words} ({times}、最初は {place})" ["e526adf5"],
    }
}
