//! The texts of [`super::facts`].
//!
//! In: values. Out: texts in the language of the reader.
//! Must not lay out text.

use crate::language::{labels, sentences};

labels! {
    pub(super) error_word: "error", "エラー" ["21918751"];
    pub(super) warning_word: "warning", "警告" ["792112ef"];
    pub(super) info_word: "info", "情報" ["0fb40705"];
}

sentences! {
    /// How many incidents go on, behind their number.
    pub(super) fn ongoing() {
        en: "ongoing",
        ja: "継続中" ["37651ac2"],
    }
    /// How many incidents may be over, behind their number.
    pub(super) fn unclear() {
        en: "unclear",
        ja: "不明確" ["94aec663"],
    }
    /// How many incidents are over, behind their number.
    pub(super) fn over() {
        en: "over",
        ja: "解消済み" ["31f6520f"],
    }
    /// A number and what it counts, such as `3 bounced`.
    pub(super) fn number_of(number: &str, word: &str) {
        en: "{number} {word}",
        ja: "{word} {number} 件" ["1b0c09e6"],
    }
    /// The input proves it.
    pub(super) fn certain() {
        en: "certain",
        ja: "確実" ["3f55c869"],
    }
    /// It follows from the simulated attribution.
    pub(super) fn likely() {
        en: "likely",
        ja: "可能性が高い" ["7e993075"],
    }
    /// A place to look first.
    pub(super) fn unconfirmed() {
        en: "unconfirmed",
        ja: "未確認" ["9d126603"],
    }
    /// The time of an incident that has none.
    pub(super) fn unknown_time() {
        en: "at an unknown time",
        ja: "時刻不明" ["3890583a"],
    }
    /// The time of an incident that goes on.
    pub(super) fn since(first: &str, last: &str) {
        en: "since {first}, last seen {last}",
        ja: "{first} から継続中、最後の記録は {last}" ["212838cc"],
    }
    /// The time of an incident that is over.
    pub(super) fn accepted_since(period: &str, recipients: &str) {
        en: "{period}; {recipients} accepted since then",
        ja: "{period}。その後{recipients}宛てのメールが受け入れられています" ["dfbc57ef"],
    }
    /// The time of an incident that may be over.
    pub(super) fn not_shown(period: &str) {
        en: "{period}; the logs do not show whether it is over",
        ja: "{period}。解消したかどうかはログからは分かりません" ["424b6876"],
    }
    /// In place of a number of messages in a queue.
    pub(super) fn unknown_number_waits() {
        en: "an unknown number of messages waits",
        ja: "待機中のメッセージ数は不明" ["656b7794"],
    }
    /// The queue of waiting messages.
    pub(super) fn in_queue(queues: &str) {
        en: "in queue {queues}",
        ja: "キュー {queues}" ["e45b810f"],
    }
    /// Some names, and how many are left out.
    pub(super) fn and_more(names: &str, more: &str) {
        en: "{names} and {more} more",
        ja: "{names}、ほか {more} 件" ["c74a0140"],
    }
    /// The sender is told.
    pub(super) fn bounced() {
        en: "bounced",
        ja: "配信不能 (送信者に通知)" ["3e7a1e1b"],
    }
    /// Nobody is told.
    pub(super) fn lost() {
        en: "lost",
        ja: "通知なしで消失" ["e234733b"],
    }
    /// Another attempt delivered it.
    pub(super) fn delivered_later() {
        en: "taken all the same",
        ja: "その後配信" ["71abc9be"],
    }
    /// It is in a queue.
    pub(super) fn waiting() {
        en: "waiting",
        ja: "キューで待機中" ["eeda06a8"],
    }
    /// What became of the mail, of how many people.
    pub(super) fn mail_of(fates: &str, recipients: &str) {
        en: "{fates} ({recipients})",
        ja: "{fates} ({recipients})" ["3d405cf3"],
    }
    /// The label of the name that was offered.
    pub(super) fn offered() {
        en: "Offered",
        ja: "提示" ["2bd643c4"],
    }
    /// The label of the name that is expected.
    pub(super) fn expected() {
        en: "Expected",
        ja: "想定" ["8659f1f9"],
    }
    /// The label of the domain that is not accepted.
    pub(super) fn domain() {
        en: "Domain",
        ja: "ドメイン" ["be1c8911"],
    }
    /// The label of the domain of the senders that is not accepted.
    pub(super) fn sender() {
        en: "Sender",
        ja: "送信者" ["e573f884"],
    }
    /// The domains that are not accepted.
    pub(super) fn not_accepted(domains: &str) {
        en: "{domains}, not accepted",
        ja: "{domains} (承認されていません)" ["36efdfc8"],
    }
    /// The label of the accepted domains.
    pub(super) fn accepted() {
        en: "Accepted",
        ja: "承認済み" ["41d09a60"],
    }
    /// The names that are expected, and by which connector.
    pub(super) fn expected_by(names: &str, connector: &str) {
        en: "{names}, by {connector}",
        ja: "{names} ({connector}による)" ["3cb4b217"],
    }
    /// The label of the connector that it was compared with.
    pub(super) fn against() {
        en: "Against",
        ja: "比較対象" ["679555a0"],
    }
    /// An inbound connector and its tenant.
    pub(super) fn connector_of(connector: &str, tenant: &str) {
        en: "inbound connector {connector} of {tenant}",
        ja: "{tenant} の受信コネクタ{connector}" ["3e9a5269"],
    }
    /// Send connectors that work.
    pub(super) fn working(connectors: &str, recipients: &str) {
        en: "Works: {connectors} ({recipients} accepted).",
        ja: "正常: {connectors} ({recipients}を受け入れ)。" ["efd4eaff"],
    }
    /// Send connectors that delivered nothing.
    pub(super) fn nothing_delivered(connectors: &str) {
        en: "Delivered nothing, in too few sessions to say more: {connectors}.",
        ja: "配信なし (セッションが少なく判断できません): {connectors}。" ["834c7ebb"],
    }
    /// Findings for information, counted.
    pub(super) fn for_information(number: &str) {
        en: "{number} for information",
        ja: "情報 {number} 件" ["a8178f1f"],
    }
    /// A number of findings and their codes.
    pub(super) fn with_codes(number: &str, codes: &str) {
        en: "{number} ({codes})",
        ja: "{number} ({codes})" ["ed299ccd"],
    }
    /// What the checks found.
    pub(super) fn checks_found(found: &str) {
        en: "Checks: {found}.",
        ja: "チェック: {found}。" ["dc3cb9b6"],
    }
    /// How many points could not be checked.
    pub(super) fn not_checked(points: &str) {
        en: "Not checked: {points}, see --full.",
        ja: "未チェック: {points} (--full で表示)。" ["4f91cb74"],
    }
    /// What `--select` and `--ignore` left out.
    pub(super) fn options_left_out(parts: &str) {
        en: "--select or --ignore left out {parts}.",
        ja: "--select または --ignore により{parts}を除外しました。" ["e154a199"],
    }
    /// Many lines could not be read.
    pub(super) fn incomplete(lines: &str) {
        en: "This is incomplete: {lines} could not be read.",
        ja: "このレポートは不完全です。{lines}を読み取れませんでした。" ["9ac6f929"],
    }
    /// An ongoing incident of rejected mail.
    pub(super) fn is_rejected(subject: &str) {
        en: "{subject} is rejected",
        ja: "{subject}のメールが拒否されています" ["b70e522f"],
    }
    /// An ongoing incident of sessions that end without a reply.
    pub(super) fn is_silent(subject: &str) {
        en: "{subject} is silent",
        ja: "{subject}が応答を得られません" ["72b78b8c"],
    }
    /// An ongoing incident of mail in a queue.
    pub(super) fn waits(subject: &str) {
        en: "mail of {subject} waits",
        ja: "{subject}のメールが待機中です" ["680b2877"],
    }
    /// An ongoing incident of delays.
    pub(super) fn is_delayed(subject: &str) {
        en: "{subject} is delayed",
        ja: "{subject}のメールが遅延しています" ["681887e1"],
    }
    /// An incident that may be over.
    pub(super) fn was_rejected(subject: &str) {
        en: "{subject} was rejected",
        ja: "{subject}のメールが拒否されました" ["96e68906"],
    }
    /// An incident that is over.
    pub(super) fn is_over(subject: &str) {
        en: "{subject} works again",
        ja: "{subject}は復旧しました" ["40c93897"],
    }
}
