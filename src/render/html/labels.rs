//! The labels of the page: headings, columns, single words.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::labels;

labels! {
    pub(super) accepted_domains: "Accepted domains", "承認済みドメイン" ["0d217c0d"];
    pub(super) certificates: "Certificates", "証明書" ["b88e4cd9"];
    pub(super) check: "Check", "チェック" ["592c8de7"];
    pub(super) checks_beside: "What the configuration and the logs show beside the rejections.", "拒否とは別に、構成とログから分かったことです。" ["e8697b0f"];
    pub(super) certificates_offered: "Certificates offered to Exchange Online", "Exchange Online に提示された証明書" ["8fd4b3fb"];
    pub(super) count_word: "Count", "件数" ["e1e7b894"];
    pub(super) expected: "expected", "想定" ["372b9ed9"];
    pub(super) offered: "offered", "提示" ["53e5a524"];
    pub(super) files: "Files", "ファイル" ["e71d1b30"];
    pub(super) inbound_connectors: "Inbound connectors", "受信コネクタ" ["0e1e7e0a"];
    pub(super) letter: "Letter", "記号" ["362b817d"];
    pub(super) logs: "Logs", "ログ" ["51a96da6"];
    pub(super) matches: "matches", "一致" ["f4f42a8e"];
    pub(super) name_and_thumbprint: "Name, thumbprint", "名前、拇印" ["625beded"];
    pub(super) no_connector_expects: "no connector expects it", "どのコネクタも想定していない" ["27cb55d4"];
    pub(super) only_a_disabled_one: "only a disabled connector expects it", "無効なコネクタだけが想定している" ["6773fd0e"];
    pub(super) connector_disabled: "connector disabled", "コネクタが無効" ["63ff8b78"];
    pub(super) none_offered: "no certificate was offered", "証明書の提示なし" ["42930e2b"];
    pub(super) not_known: "not known", "不明" ["9e7f44f5"];
    pub(super) not_given: "no export", "エクスポートなし" ["c7b1d414"];
    pub(super) nothing_to_do: "Nothing to do here", "対処が不要なもの" ["029bf736"];
    pub(super) offered_by: "Offered by", "提示元" ["542e0289"];
    pub(super) replies: "Replies", "応答" ["43e07f5f"];
    pub(super) times: "Times", "回数" ["ec53a755"];
    pub(super) senders: "Senders", "送信者" ["2c90ecd5"];
    pub(super) sessions: "Sessions", "セッション" ["b69a8aec"];
    pub(super) tenants: "Tenants", "テナント" ["4b61d682"];
    pub(super) verdict: "Verdict", "判定" ["062accf6"];
    pub(super) valid_until: "valid until", "有効期限" ["d5ce76b5"];
    pub(super) valid_until_column: "Valid until", "有効期限" ["ae5379d5"];
    pub(super) healthy: "Healthy", "正常" ["b720efe2"];
    pub(super) not_proven: "Not proven", "未確認" ["80e3339e"];
    pub(super) no_certificate: "no certificate", "証明書なし" ["6f3ef809"];
    pub(super) unknown_certificate: "unknown certificate", "不明な証明書" ["428d612a"];
    pub(super) skip: "Skip to the first incident", "最初のインシデントへ移動" ["3bf4cb6c"];
    pub(super) what_and_what_to_do: "what, where, what to do", "内容、場所、対処方法" ["5bd312da"];
    pub(super) read_only: "only read files. It did not connect to anything and changed nothing.", "はファイルを読み取っただけです。どこにも接続せず、何も変更していません。" ["d6971948"];
    pub(super) pointer: "Rest the pointer on a time or a bar to see its exact value.", "時刻や棒にポインターを合わせると正確な値が表示されます。" ["35dcf2d5"];
}
