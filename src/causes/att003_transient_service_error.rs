//! ATT003: Exchange Online has a temporary error.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online replied with a temporary error of its own.
    ///
    /// ## What it finds
    /// Replies such as `451 4.4.4 Temporary server error. Please try again later ATTR3`. The
    /// enhanced code is 4.4.4, 4.4.3 or 4.3.2, and the number is ATTR1, ATTR2, ATTR3, ATTR3.4,
    /// ATTR17, ATTR18, ATTR55 or ATTR55.1. Exchange Online could not query its attribution service.
    ///
    /// ## Why it matters
    /// Exchange tries again by itself. Mail is returned to the sender only if the error lasts for
    /// hours.
    ///
    /// ## What to do
    /// Do nothing as long as later messages are accepted. If the error lasts for hours:
    ///
    /// 1. Look at the service health page of your tenant.
    /// 2. If the page shows no problem, open a case with Microsoft. Give them the bracketed server
    ///    name and session ID.
    ///
    /// ## Sources
    /// - Observed at techlogic360.com: 451 4.3.2 with ATTR1 and ATTR2 during incident MO1221364,
    ///   which Microsoft put down to its own infrastructure.
    /// - Observed at suped.com ("Why am I seeing temporary server errors", 2025-06-16): 451 4.4.4
    ///   with ATTR3 can last for weeks for a single network of senders.
    /// - That attribution could not be queried is inferred from the prefix ATTR, which stands for
    ///   attribution.
    TransientServiceError {
        code: "ATT003",
        name: "transient-service-error",
        severity: Info,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
        /// Exchange Online が、サービス側の一時的なエラーを返しました。
        ///
        /// ## 検出する内容
        /// `451 4.4.4 Temporary server error. Please try again later ATTR3` などの応答です。
        /// 拡張状態コードは 4.4.4、4.4.3、4.3.2 のいずれかで、番号は ATTR1、ATTR2、ATTR3、ATTR3.4、
        /// ATTR17、ATTR18、ATTR55、ATTR55.1 のいずれかです。Exchange Online が、属性付与サービスに
        /// 照会できませんでした。
        ///
        /// ## 問題となる理由
        /// Exchange は自動的に再試行します。メールが送信者に返されるのは、エラーが数時間続いた
        /// 場合だけです。
        ///
        /// ## 対処方法
        /// その後のメッセージが受け入れられている限り、何もする必要はありません。エラーが数時間続く
        /// 場合は、次の手順を実行します。
        ///
        /// 1. テナントのサービス正常性ページを確認します。
        /// 2. ページに問題が表示されていない場合は、Microsoft のサポート ケースを作成します。
        ///    角かっこ内のサーバー名とセッション ID を伝えます。
        ///
        /// ## 出典
        /// - techlogic360.com での観測: インシデント MO1221364 の間に、ATTR1 と ATTR2 を
        ///   伴う 451 4.3.2 が返されました。Microsoft は、自社のインフラストラクチャが原因と
        ///   説明しました。
        /// - suped.com での観測 ("Why am I seeing temporary server errors"、
        ///   2025-06-16): ATTR3 を伴う 451 4.4.4 は、送信元の 1 つのネットワークだけで
        ///   数週間続くことがあります。
        /// - 属性付与を照会できなかったことは、属性付与 (attribution) を
        ///   表す接頭辞 ATTR からの推定です。
        japanese: ["583121c8"],
    }
}

impl Cause for TransientServiceError {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::Temporary) {
            return None;
        }
        let language = context.analysis.language;
        let explanation = temporary_error(language, context.send_connector());
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(&wait(language))))
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        (context.class() == Some(Class::Temporary)).then(|| {
            let language = context.checks.language;
            let explanation = temporary_error_in_queue(
                language,
                context.send_connector(),
                context.quoted(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation).fix(Fix::step(&wait(language)))
        })
    }
}

sentences! {
    /// What a log shows.
    fn temporary_error(connector: &str) {
        en: "Exchange Online replied to send connector '{connector}' with a temporary error of its own. Exchange sends the messages again by itself.",
        ja: "Exchange Online が、送信コネクタ「{connector}」にサービス側の一時的なエラーを返しました。Exchange はメッセージを自動的に再送信します。" ["33fdb445"],
    }
    /// What a queue shows.
    fn temporary_error_in_queue(connector: &str, reply: &str, waiting: &str) {
        en: "Exchange Online replied to send connector '{connector}' with a temporary error of its own ('{reply}'). {waiting} Exchange sends the messages again by itself.",
        ja: "Exchange Online が、送信コネクタ「{connector}」にサービス側の一時的なエラー「{reply}」を返しました。{waiting}Exchange はメッセージを自動的に再送信します。" ["a3fa5f55"],
    }
    /// What to do.
    fn wait() {
        en: "1. Wait. Exchange sends the messages again by itself. 2. If the error lasts for hours, look at the service health page of your tenant. 3. If the page shows no problem, open a case with Microsoft.",
        ja: "1. 待ちます。Exchange はメッセージを自動的に再送信します。 2. エラーが数時間続く場合は、テナントのサービス正常性ページを確認します。 3. ページに問題が表示されていない場合は、Microsoft のサポート ケースを作成します。" ["f9dc40f7"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, contoso, findings};
    use crate::scenario::queues::of_error;

    fn refused(reply: &'static str) -> usize {
        let session = Session {
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        };
        findings(&TransientServiceError, &[session], &[contoso()]).len()
    }

    #[test]
    fn fires_on_a_temporary_server_error() {
        assert_eq!(
            refused("451 4.3.2 Temporary server error. Please try again later ATTR3.4 [x]"),
            1
        );
    }

    #[test]
    fn stays_silent_on_relay_access_denied() {
        assert_eq!(refused(DENIED), 0);
        assert_eq!(refused("451 4.4.4 Temporary server error ATTR99"), 0);
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "451 4.4.4 Temporary server error. Please try again later ATTR3";
        assert!(of_error(&TransientServiceError, error).is_some());
        assert!(of_error(&TransientServiceError, DENIED).is_none());
    }
}
