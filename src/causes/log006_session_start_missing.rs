//! LOG006: the beginning of the session is not in the input.

use crate::aggregate::flow::CertificateId;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;

declare_rule! {
    /// The beginning of the session, which shows the certificate, is not in the input.
    ///
    /// ## What it finds
    /// Rejected mail in sessions whose first rows are missing. The remaining rows do not show a
    /// certificate.
    ///
    /// ## Why it matters
    /// The certificate is unknown. This does not mean that no certificate was offered.
    ///
    /// ## What to do
    /// 1. Add the log file before the one in the evidence: the file of the previous hour, or of the
    ///    same hour with the previous number.
    /// 2. Run sendlens again.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): logs are kept by size and age,
    ///   and the oldest files are deleted, so the beginning of a long session can be in a file that
    ///   is gone.
    /// - Observed in public receive logs, which Exchange writes in the same way: the first rows of
    ///   a file belong to sessions that began in the file before.
    SessionStartMissing {
        code: "LOG006",
        name: "session-start-missing",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: None,
        precedence: Alone,
        /// 証明書が記録されているセッションの先頭部分が、入力にありません。
        ///
        /// ## 検出する内容
        /// 最初の行がないセッションの、拒否されたメールです。残りの行には、証明書が
        /// 記録されていません。
        ///
        /// ## 問題となる理由
        /// 証明書が分かりません。これは、証明書が提示されなかったという意味ではありません。
        ///
        /// ## 対処方法
        /// 1. 根拠に示されているログ ファイルの、1 つ前のファイルを追加します。1 時間前のファイル、
        ///    または同じ時間帯の 1 つ前の番号のファイルです。
        /// 2. sendlens をもう一度実行します。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): ログはサイズと保存期間に
        ///   基づいて保持され、最も古いファイルから削除されます。そのため、長いセッションの
        ///   先頭部分は、既に削除されたファイルにある可能性があります。
        /// - 公開されている受信ログでの観測 (Exchange は受信ログも同じ方法で
        ///   書き込みます): ファイルの最初の行は、前のファイルで始まったセッションのものです。
        japanese: ["0b972cae"],
    }
}

impl Cause for SessionStartMissing {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let key = &context.occurrence.key;
        let unknown = key.start_missing
            && !key.frontend_missing
            && context.flow.key.certificate == CertificateId::Unknown;
        if !unknown || !context.concerns_our_side() {
            return None;
        }
        let language = context.analysis.language;
        let explanation = beginning_missing(language, context.send_connector());
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(&add_file(language))))
    }
}

sentences! {
    /// What is missing.
    fn beginning_missing(connector: &str) {
        en: "Sessions of send connector '{connector}' begin before the input begins. The rows that would show the certificate are missing, so the certificate is unknown. This does not mean that no certificate was offered.",
        ja: "送信コネクタ「{connector}」のセッションは、入力の先頭より前に始まっています。証明書を示す行がないため、証明書が分かりません。これは、証明書が提示されなかったという意味ではありません。" ["6ef72081"],
    }
    /// What to add to the input.
    fn add_file() {
        en: "1. Add the log file before the one in the evidence: the file of the previous hour, or of the same hour with the previous number. 2. Run sendlens again.",
        ja: "1. 根拠に示されているログ ファイルの、1 つ前のファイルを追加します。1 時間前のファイル、または同じ時間帯の 1 つ前の番号のファイルです。 2. sendlens をもう一度実行します。" ["e69d40dc"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_where_the_beginning_is_missing() {
        let cut = [Session {
            start: false,
            ..Session::default()
        }];
        assert_eq!(causes(&cut, &[contoso()]), ["LOG006"]);
    }

    #[test]
    fn stays_silent_on_a_whole_session() {
        assert!(findings(&SessionStartMissing, &[Session::default()], &[contoso()]).is_empty());
        let none = [Session {
            names: &[],
            ..Session::default()
        }];
        assert!(findings(&SessionStartMissing, &none, &[contoso()]).is_empty());
    }
}
