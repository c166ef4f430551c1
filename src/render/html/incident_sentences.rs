//! The texts of an incident on the page.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::{labels, sentences};

labels! {
    pub(super) to_fix_it: "To fix it", "対処方法" ["20cb59a0"];
    pub(super) nothing_to_do_now: "Nothing to do now", "現在の対処は不要" ["4e17a650"];
    pub(super) to_keep_it_away: "To keep it from coming back", "再発を防ぐには" ["7482eb84"];
    pub(super) one_click: "one click selects all", "クリックで全体を選択" ["b26f31bd"];
    pub(super) effect: "Effect,", "影響" ["aa305c88"];
    pub(super) effect_per_server: "Effect on each server", "サーバーごとの影響" ["93e96ad5"];
    pub(super) died: "Died", "途絶" ["c18d3f0f"];
    pub(super) first_and_last: "First and last", "最初と最後" ["11759e9c"];
    pub(super) what_was_replied: "What the other side replied", "相手側の応答" ["b89fc5b4"];
    pub(super) what_became_of_the_mail: "What became of the mail", "メールの結果" ["16c6f95f"];
    pub(super) lists_them: "Each of them is listed by", "一覧を表示するコマンド:" ["81cb29ed"];
    pub(super) proof: "Evidence:", "根拠:" ["e72be05a"];
    pub(super) where_it_fails: "Where it fails on its way", "どの段階で失敗するか" ["d4e74664"];
    pub(super) passed: "passed:", "通過:" ["85951599"];
    pub(super) fails_here: "fails here:", "ここで失敗:" ["ded891ae"];
    pub(super) would_fail_next: "would fail next:", "次に失敗する段階:" ["995fae4f"];
    pub(super) not_reached_word: "not reached:", "未到達:" ["edfbe542"];
    pub(super) result_word: "result:", "結果:" ["334ef13a"];
    pub(super) question_tls: "TLS?", "TLS?" ["ad366c2f"];
    pub(super) question_certificate: "Which certificate?", "どの証明書?" ["e37c4f4a"];
    pub(super) question_connector: "Inbound connector expects it?", "受信コネクタの想定どおり?" ["8a2046b5"];
    pub(super) question_domain: "Domain accepted?", "承認済みドメイン?" ["0f0fe3bb"];
    pub(super) question_sender: "Sender?", "送信者?" ["f0908e61"];
    pub(super) question_result: "Result", "結果" ["504af044"];
    pub(super) not_reached: "not reached", "未到達" ["5ea156cc"];
    pub(super) yes: "yes", "はい" ["4e9f3590"];
    pub(super) tls_worked: "TLS was used", "TLS を使用" ["105d5800"];
    pub(super) tls_failed: "TLS failed or was not used", "TLS の失敗または未使用" ["3194d359"];
    pub(super) certificate_unusable: "Exchange Online cannot use it", "Exchange Online で使用できません" ["6398440a"];
    pub(super) no_connector_matches: "no inbound connector matches", "一致する受信コネクタがありません" ["79456a65"];
    pub(super) domain_not_accepted: "not an accepted domain", "承認済みドメインではありません" ["ab7a7d3e"];
    pub(super) domain: "domain", "ドメイン" ["e79397f1"];
    pub(super) sender_word: "sender", "送信者" ["9f5eeb64"];
    pub(super) of_tenant: "accepted", "承認済み" ["1bc03140"];
    pub(super) sender_not_accepted: "the sender's domain is not accepted", "送信者のドメインが承認されていません" ["948097df"];
    pub(super) rejected_all_the_same: "rejected all the same", "それでも拒否" ["4a741853"];
    pub(super) no_certificate_known: "no certificate, or one that is not known", "証明書なし、または不明な証明書" ["369b1625"];
    pub(super) no_reply: "no reply", "応答なし" ["bec9d812"];
}

sentences! {
    /// Other causes that are true too.
    pub(super) fn also(codes: &str) {
        en: "also: {codes}",
        ja: "ほかの該当: {codes}" ["fe55983c"],
    }
    /// The name of a command for those who cannot see it.
    pub(super) fn command_for(shell: &str) {
        en: "Command for {shell}",
        ja: "{shell} のコマンド" ["cf2bb7f1"],
    }
    /// The servers that are folded.
    pub(super) fn more_servers(number: &str, rejected: &str) {
        en: "and {number} more servers, {rejected} rejected",
        ja: "ほか {number} 台、拒否 {rejected} 件" ["72d48176"],
    }
    /// How many kinds of replies are left out.
    pub(super) fn more_kinds(number: &str) {
        en: "and {number} more kinds of replies, see --format json",
        ja: "ほか {number} 種類の応答 (--format json で表示)" ["9f32c744"],
    }
    /// How many log lines are left out.
    pub(super) fn more_proof(number: &str) {
        en: "and {number} more lines, see --full",
        ja: "ほか {number} 行 (--full で表示)" ["40a3cd93"],
    }
    /// An inbound connector that matches.
    pub(super) fn connector_matches(connector: &str) {
        en: "{connector} matches",
        ja: "{connector}が一致" ["cf738195"],
    }
    /// An inbound connector that does not match.
    pub(super) fn connector_expects_another(connector: &str) {
        en: "{connector} does not match it",
        ja: "{connector}と一致しません" ["ddcd9946"],
    }
}
