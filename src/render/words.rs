//! The labels and sentences that several reports for people share.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup, and must not lay out text.

use crate::language::{labels, sentences};

labels! {
    pub(super) state: "State", "状態" ["1deca496"];
    pub(super) since: "Since", "開始" ["41a6f93d"];
    pub(super) send_connector: "Send connector", "送信コネクタ" ["4d1057d8"];
    pub(super) server: "Server", "サーバー" ["6d7302f2"];
    pub(super) servers: "Servers", "サーバー" ["cd0cf113"];
    pub(super) cause: "Cause", "原因" ["70e4acc0"];
    pub(super) when: "When", "期間" ["021e3a39"];
    pub(super) affected: "Affected", "影響範囲" ["e4e90d19"];
    pub(super) mail: "Mail", "メール" ["53707c4e"];
    pub(super) evidence: "Evidence", "根拠" ["f800be44"];
    pub(super) reply: "Reply", "応答" ["d1ca83c7"];
    pub(super) fix: "Fix", "対処方法" ["156f1a18"];
    pub(super) checks: "Checks", "チェック" ["f522dffc"];
    pub(super) code: "Code", "コード" ["795db914"];
    pub(super) severity: "Severity", "重大度" ["7080f2d2"];
    pub(super) about: "About", "対象" ["58e096de"];
    pub(super) tenant: "Tenant", "テナント" ["426f68c5"];
    pub(super) subject: "Subject", "サブジェクト" ["a07924ef"];
    pub(super) issuer: "Issuer", "発行者" ["bf8374d6"];
    pub(super) names: "Names", "名前" ["7355c12f"];
    pub(super) thumbprint: "Thumbprint", "拇印" ["a04117c2"];
    pub(super) validity: "Valid", "有効期間" ["d2661011"];
    pub(super) seen: "Seen", "期間" ["da72188a"];
    pub(super) accepted: "Accepted", "受け入れ" ["41d09a60"];
    pub(super) rejected: "Rejected", "拒否" ["f050c067"];
    pub(super) connectors_that_work: "Send connectors that work", "正常に動作している送信コネクタ" ["c5e5401b"];
    pub(super) connectors_without_mail: "Send connectors that delivered nothing", "何も配信していない送信コネクタ" ["e5715497"];
    pub(super) other_rejections: "Mail rejected for other reasons", "ほかの理由で拒否されたメール" ["938972f8"];
    pub(super) not_checked: "What could not be checked", "確認できなかったこと" ["e3aea751"];
    pub(super) what_was_read: "What was read", "読み取った内容" ["76febcc6"];
    pub(super) new_certificate: "New certificate", "新しい証明書" ["99feab62"];
    pub(super) given_folder: "the given folder", "指定したフォルダー" ["ac4b56c7"];
    pub(super) matched: "match", "一致" ["7e202f96"];
    pub(super) no_match: "no match", "不一致" ["997e7de7"];
    pub(super) uncertain: "uncertain", "判断できない" ["2ef13224"];
    pub(super) no_time: "unknown time", "時刻不明" ["68674852"];
    pub(super) unknown: "unknown", "不明" ["9b759fb9"];
    pub(super) high: "high", "高" ["3dddb9fd"];
    pub(super) medium: "medium", "中" ["35afd776"];
    pub(super) low: "low", "低" ["4f516a81"];
    pub(super) unknown_time: "an unknown time", "不明な時刻" ["7e827a89"];
    pub(super) no_certificate_shown: "no certificate, or one that the input does not show", "証明書なし、または入力からは不明" ["46c1555b"];
}

sentences! {
    /// Before a command.
    pub(super) fn run_in(shell: &str) {
        en: "Run in {shell}:",
        ja: "{shell} で次を実行します。" ["eebda1dd"],
    }
    /// When a certificate is valid, or in which period it was seen.
    pub(super) fn from_to(first: &str, last: &str) {
        en: "{first} to {last}",
        ja: "{first} から {last} まで" ["65d83c5c"],
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
    /// A thing on some servers, or in some streams.
    pub(super) fn on_servers(what: &str, servers: &str) {
        en: "{what} on {servers}",
        ja: "{servers} の{what}" ["b7562496"],
    }
    /// A thing in the folder that was given.
    pub(super) fn in_folder(what: &str) {
        en: "{what} in the given folder",
        ja: "指定したフォルダーの{what}" ["0a45c1d8"],
    }
    /// A thing and its parts, or its counts.
    pub(super) fn with_parts(thing: &str, parts: &str) {
        en: "{thing}: {parts}",
        ja: "{thing}: {parts}" ["6beb4161"],
    }
}
