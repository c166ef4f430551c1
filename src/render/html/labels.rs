//! The labels of the page: headings, columns, single words.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::labels;

labels! {
    pub(super) about: "About", "対象" ["00000000"];
    pub(super) accepted: "Accepted", "受け入れ" ["00000000"];
    pub(super) accepted_domains: "Accepted domains", "承認済みドメイン" ["00000000"];
    pub(super) certificates: "Certificates", "証明書" ["00000000"];
    pub(super) check: "Check", "チェック" ["00000000"];
    pub(super) checks: "Checks", "チェック" ["00000000"];
    pub(super) code: "Code", "コード" ["00000000"];
    pub(super) checks_beside: "What the configuration and the logs show beside the rejections.", "拒否とは別に、構成とログから分かったことです。" ["00000000"];
    pub(super) certificates_offered: "Certificates offered to Exchange Online", "Exchange Online に提示された証明書" ["00000000"];
    pub(super) connectors_that_work: "Send connectors that work", "正常に動作している送信コネクタ" ["00000000"];
    pub(super) connectors_without_mail: "Send connectors that delivered nothing", "何も配信していない送信コネクタ" ["00000000"];
    pub(super) count_word: "Count", "件数" ["00000000"];
    pub(super) expected: "expected", "想定" ["00000000"];
    pub(super) offered: "offered", "提示" ["00000000"];
    pub(super) files: "Files", "ファイル" ["00000000"];
    pub(super) inbound_connectors: "Inbound connectors", "受信コネクタ" ["00000000"];
    pub(super) letter: "Letter", "記号" ["00000000"];
    pub(super) logs: "Logs", "ログ" ["00000000"];
    pub(super) matches: "matches", "一致" ["00000000"];
    pub(super) no_match: "no match", "不一致" ["00000000"];
    pub(super) name_and_thumbprint: "Name, thumbprint", "名前、拇印" ["00000000"];
    pub(super) no_connector_expects: "no connector expects it", "どのコネクタも想定していない" ["00000000"];
    pub(super) none_offered: "no certificate was offered", "証明書の提示なし" ["00000000"];
    pub(super) uncertain: "uncertain", "判断できない" ["00000000"];
    pub(super) not_known: "not known", "不明" ["00000000"];
    pub(super) not_given: "no export", "エクスポートなし" ["00000000"];
    pub(super) not_judged: "What could not be checked", "確認できなかったこと" ["00000000"];
    pub(super) nothing_to_do: "Nothing to do here", "対処が不要なもの" ["00000000"];
    pub(super) other_rejections: "Mail rejected for other reasons", "ほかの理由で拒否されたメール" ["00000000"];
    pub(super) offered_by: "Offered by", "提示元" ["00000000"];
    pub(super) replies: "Replies", "応答" ["00000000"];
    pub(super) reply: "Reply", "応答" ["00000000"];
    pub(super) times: "Times", "回数" ["00000000"];
    pub(super) seen: "Seen", "期間" ["00000000"];
    pub(super) server: "Server", "サーバー" ["00000000"];
    pub(super) senders: "Senders", "送信者" ["00000000"];
    pub(super) sessions: "Sessions", "セッション" ["00000000"];
    pub(super) severity: "Severity", "重大度" ["00000000"];
    pub(super) tenant: "Tenant", "テナント" ["00000000"];
    pub(super) tenants: "Tenants", "テナント" ["00000000"];
    pub(super) verdict: "Verdict", "判定" ["00000000"];
    pub(super) valid_until: "valid until", "有効期限" ["00000000"];
    pub(super) valid_until_column: "Valid until", "有効期限" ["00000000"];
    pub(super) what_was_read: "What was read", "読み取った内容" ["00000000"];
    pub(super) given_folder: "the given folder", "指定したフォルダー" ["00000000"];
    pub(super) healthy: "Healthy", "正常" ["00000000"];
    pub(super) not_proven: "Not proven", "未確認" ["00000000"];
    pub(super) no_certificate: "no certificate", "証明書なし" ["00000000"];
    pub(super) unknown_certificate: "unknown certificate", "不明な証明書" ["00000000"];
    pub(super) skip: "Skip to the first incident", "最初のインシデントへ移動" ["00000000"];
    pub(super) what_and_what_to_do: "what, where, what to do", "内容、場所、対処方法" ["00000000"];
    pub(super) read_only: "only read files. It did not connect to anything and changed nothing.", "はファイルを読み取っただけです。どこにも接続せず、何も変更していません。" ["00000000"];
    pub(super) pointer: "Rest the pointer on a time or a bar to see its exact value.", "時刻や棒にポインターを合わせると正確な値が表示されます。" ["00000000"];
}
