//! Numbers with their nouns.
//!
//! In: a number and a [`Noun`]. Out: text such as `1 session` or `2,478,960 lines`.
//! Must not be used for data: there, numbers have no separators.

use super::Language;

/// What is counted: the English noun with its plural, and the Japanese noun with its counter. The Japanese
/// noun is empty where the counter says it already, as in `3 日`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noun {
    one: &'static str,
    many: &'static str,
    japanese: &'static str,
    counter: &'static str,
}

macro_rules! nouns {
    ($($name:ident: $one:literal, $many:literal, $japanese:literal, $counter:literal;)+) => {$(
        #[doc = concat!("`1 ", $one, "`, `2 ", $many, "`.")]
        pub const $name: Noun = Noun {
            one: $one,
            many: $many,
            japanese: $japanese,
            counter: $counter,
        };
    )+};
}

nouns! {
    INCIDENT: "incident", "incidents", "インシデント", "件";
    FINDING: "finding", "findings", "検出事項", "件";
    ERROR: "error", "errors", "エラー", "件";
    WARNING: "warning", "warnings", "警告", "件";
    REJECTION: "rejection", "rejections", "拒否", "件";
    MESSAGE: "message", "messages", "メッセージ", "通";
    WAITING_MESSAGE: "waiting message", "waiting messages", "待機中のメッセージ", "通";
    SENDER: "sender", "senders", "送信者", "名";
    RECIPIENT: "recipient", "recipients", "受信者", "名";
    ACCEPTED_RECIPIENT: "recipient accepted", "recipients accepted", "受け入れた受信者", "名";
    OTHER_REJECTION: "rejection for another reason", "rejections for other reasons", "ほかの理由による拒否", "件";
    SESSION_WITHOUT_REPLY: "session without a reply", "sessions without a reply", "応答のないセッション", "件";
    FAILED_CONNECTION: "failed connection", "failed connections", "失敗した接続", "件";
    SESSION: "session", "sessions", "セッション", "件";
    SESSION_WITHOUT_BEGINNING: "session without a beginning", "sessions without a beginning", "開始がないセッション", "件";
    SESSION_WITHOUT_END: "session without an end", "sessions without an end", "終了がないセッション", "件";
    FAILED_SESSION: "failed session", "failed sessions", "失敗したセッション", "件";
    SERVER: "server", "servers", "サーバー", "台";
    SEND_CONNECTOR: "send connector", "send connectors", "送信コネクタ", "件";
    CERTIFICATE: "certificate", "certificates", "証明書", "件";
    TENANT: "tenant", "tenants", "テナント", "件";
    LOG_FILE: "log file", "log files", "ログ ファイル", "個";
    MORE_LINE: "more line", "more lines", "ほか", "行";
    LINE: "line", "lines", "", "行";
    LOG_LINE: "log line", "log lines", "ログ行", "行";
    CONNECTION: "connection", "connections", "接続", "件";
    POINT: "point", "points", "項目", "件";
    SEND_LOG: "send log", "send logs", "送信ログ", "個";
    RECEIVE_LOG: "receive log", "receive logs", "受信ログ", "個";
    TRACKING_LOG: "message tracking log", "message tracking logs", "メッセージ追跡ログ", "個";
    CONNECTIVITY_LOG: "connectivity log", "connectivity logs", "接続ログ", "個";
    IIS_LOG: "IIS log", "IIS logs", "IIS ログ", "個";
    UNREAD_LOG: "log in a form that is not read", "logs in a form that is not read", "読み取れない形式のログ", "個";
    OTHER_LOG: "other log", "other logs", "その他のログ", "個";
    EXPORT: "export", "exports", "エクスポート", "個";
    CERTIFICATE_FILE: "certificate file", "certificate files", "証明書ファイル", "個";
    ARCHIVE: "archive", "archives", "アーカイブ", "個";
    UNPACKED_FILE: "file in an archive, unpacked beside it", "files in an archive, unpacked beside it", "同じ場所に展開済みのアーカイブ内のファイル", "個";
    EMPTY_FILE: "empty file", "empty files", "空のファイル", "個";
    BINARY_FILE: "binary file", "binary files", "バイナリ ファイル", "個";
    OWN_REPORT: "report of sendlens", "reports of sendlens", "sendlens のレポート", "個";
    OTHER_FILE: "other file", "other files", "その他のファイル", "個";
    MALFORMED_LINE: "line malformed", "lines malformed", "形式に誤りのある行", "行";
    TIME: "time", "times", "", "回";
    DAY: "day", "days", "", "日";
    HOUR: "hour", "hours", "", "時間";
    MINUTE: "minute", "minutes", "", "分";
    INBOUND_CONNECTOR: "inbound connector", "inbound connectors", "受信コネクタ", "件";
    ACCEPTED_DOMAIN: "accepted domain", "accepted domains", "承認済みドメイン", "件";
    WIZARD_SETTING: "hybrid wizard setting", "hybrid wizard settings", "ハイブリッド構成ウィザードの設定", "件";
    QUEUE: "queue", "queues", "", "件";
    MORE_KIND: "more kind", "more kinds", "ほか", "種類";
    MORE_FILE: "more file", "more files", "ほか", "個";
    QUEUE_READ: "queue", "queues", "キュー", "件";
    ADDRESS: "address", "addresses", "アドレス", "件";
}

/// A number with its noun.
pub fn count(language: Language, number: u64, noun: Noun) -> String {
    let digits = grouped(number);
    match language {
        Language::English if number == 1 => format!("{digits} {}", noun.one),
        Language::English => format!("{digits} {}", noun.many),
        Language::Japanese if noun.japanese.is_empty() => format!("{digits} {}", noun.counter),
        Language::Japanese => format!("{} {digits} {}", noun.japanese, noun.counter),
    }
}

/// The noun alone, where its number stands elsewhere.
pub fn noun(language: Language, number: u64, noun: Noun) -> &'static str {
    match language {
        Language::English if number == 1 => noun.one,
        Language::English => noun.many,
        Language::Japanese if noun.japanese.is_empty() => noun.counter,
        Language::Japanese => noun.japanese,
    }
}

/// A number with thousands separators.
pub fn grouped(number: u64) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", grouped(number / 1_000), number % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_agrees_with_its_noun() {
        for (language, number, text) in [
            (Language::English, 0, "0 sessions"),
            (Language::English, 1, "1 session"),
            (Language::English, 2_478_960, "2,478,960 sessions"),
            (Language::Japanese, 1, "セッション 1 件"),
            (Language::Japanese, 2_478, "セッション 2,478 件"),
        ] {
            assert_eq!(count(language, number, SESSION), text);
        }
        assert_eq!(count(Language::Japanese, 3, DAY), "3 日");
    }

    #[test]
    fn a_noun_agrees_with_a_number_that_stands_elsewhere() {
        assert_eq!(noun(Language::English, 1, ADDRESS), "address");
        assert_eq!(noun(Language::English, 0, ADDRESS), "addresses");
        assert_eq!(noun(Language::Japanese, 1, ADDRESS), "アドレス");
    }
}
