//! TLS001: the EHLO reply does not offer STARTTLS.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;

declare_rule! {
    /// The STARTTLS offer of Exchange Online did not reach this server.
    ///
    /// ## What it finds
    /// The EHLO reply in the log lacks STARTTLS or is masked with `X` or `*`. Exchange Online
    /// always offers STARTTLS, so a device on the way removed it. Mail without TLS is rejected with
    /// `550 5.7.64`, `451 5.7.3 STARTTLS is required to send mail` or `454 4.7.0 Failed to
    /// establish appropriate TLS channel`, or it waits in the queue.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Without TLS, the server cannot offer a certificate. Without a certificate, Exchange Online
    /// cannot assign this mail to your tenant.
    ///
    /// ## What to do
    /// Switch off SMTP inspection for this traffic on the firewall ("fixup", "ESMTP inspection",
    /// "SMTP proxy"), or let the firewall pass port 25 to Exchange Online unchanged.
    ///
    /// ## Sources
    /// - Cisco ASA firewall configuration guide, ESMTP inspection: inspection is on by default,
    ///   removes STARTTLS from the session and masks what it does not know.
    /// - Observed at eightwone.com ("Exchange Hybrid deployment and SMTP inspection", 2012-04-02):
    ///   hybrid mail stayed in the queue until SMTP inspection on the firewall was turned off.
    /// - RFC 3207: a server that can use TLS lists STARTTLS in its EHLO reply, and an attacker on
    ///   the way can remove it.
    StarttlsNotOffered {
        code: "TLS001",
        name: "starttls-not-offered",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// Exchange Online による STARTTLS の提示が、このサーバーに届きませんでした。
        ///
        /// ## 検出する内容
        /// ログの EHLO の応答に STARTTLS がないか、`X` または `*` でマスクされています。
        /// Exchange Online は必ず STARTTLS を提示するため、経路上の機器が取り除いたことになります。
        /// TLS なしのメールは、`550 5.7.64`、`451 5.7.3 STARTTLS is required to send mail`、
        /// または `454 4.7.0 Failed to establish appropriate TLS channel` で拒否されるか、
        /// キューで待機します。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// TLS がないと、サーバーは証明書を提示できません。証明書がないと、Exchange Online はこの
        /// メールを自組織のテナントに割り当てることができません。
        ///
        /// ## 対処方法
        /// ファイアウォールで、この通信に対する SMTP の検査 ("fixup"、"ESMTP inspection"、
        /// "SMTP proxy") を無効にします。または、Exchange Online へのポート 25 の通信を
        /// ファイアウォールが変更せずに通すようにします。
        ///
        /// ## 出典
        /// - Cisco ASA のファイアウォール構成ガイド、ESMTP inspection: 検査は既定で有効です。
        ///   セッションから STARTTLS を取り除き、認識できない内容をマスクします。
        /// - eightwone.com での観測 ("Exchange Hybrid deployment and SMTP inspection"、
        ///   2012-04-02): ファイアウォールの SMTP の検査を無効にするまで、ハイブリッドのメールが
        ///   キューに残りました。
        /// - RFC 3207: TLS を使用できるサーバーは、EHLO の応答に STARTTLS を含めます。
        ///   経路上の攻撃者は、それを取り除くことができます。
        japanese: ["ae7fd467"],
    }
}

impl Cause for StarttlsNotOffered {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let tls = context.tls();
        let stripped = tls.offered == Some(false) && !tls.negotiated;
        if !stripped || !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        let language = context.analysis.language;
        let connector = context.send_connector();
        let explanation = if tls.masked {
            reply_is_masked(language, connector)
        } else {
            reply_lacks_starttls(language, connector)
        };
        let step = Fix::step(&turn_off_inspection(language));
        Some(Diagnosis::of(&Self::META, explanation).fix(step))
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let demands = context.is_online && context.says("STARTTLS is required to send mail");
        demands.then(|| {
            let language = context.checks.language;
            let explanation = waits_for_tls(
                language,
                &context.shows(),
                context.quoted(),
                context.send_connector(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::step(&turn_off_inspection(language)))
        })
    }
}

sentences! {
    /// What reached the server, if STARTTLS is masked.
    fn reply_is_masked(connector: &str) {
        en: "The EHLO reply that reached send connector '{connector}' is masked. Exchange Online always offers STARTTLS, so a device on the way changes the SMTP traffic. Without TLS, the server could not offer a certificate.",
        ja: "送信コネクタ「{connector}」に届いた EHLO の応答はマスクされています。Exchange Online は必ず STARTTLS を提示するため、経路上の機器が SMTP の通信を変更しています。TLS がないため、サーバーは証明書を提示できませんでした。" ["4f79b68f"],
    }
    /// What reached the server, if STARTTLS is missing.
    fn reply_lacks_starttls(connector: &str) {
        en: "The EHLO reply that reached send connector '{connector}' lacks STARTTLS. Exchange Online always offers STARTTLS, so a device on the way changes the SMTP traffic. Without TLS, the server could not offer a certificate.",
        ja: "送信コネクタ「{connector}」に届いた EHLO の応答には STARTTLS がありません。Exchange Online は必ず STARTTLS を提示するため、経路上の機器が SMTP の通信を変更しています。TLS がないため、サーバーは証明書を提示できませんでした。" ["e16aab9f"],
    }
    /// What a queue shows.
    fn waits_for_tls(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}'. This server says so itself: send connector '{connector}' requires TLS, and no TLS came about. Either a device on the way removes STARTTLS, or this server does not trust the certificate of the other side. {waiting} The send log of the time shows which of both it is: give it too.",
        ja: "{shows}「{error}」です。これは、このサーバー自身のメッセージです。送信コネクタ「{connector}」では TLS が必須ですが、TLS を確立できませんでした。経路上の機器が STARTTLS を取り除いているか、このサーバーが相手側の証明書を信頼していないかのどちらかです。{waiting}どちらであるかは、その時刻の送信ログで分かります。送信ログも指定してください。" ["4014072b"],
    }
    /// What to do about the firewall.
    fn turn_off_inspection() {
        en: "On the firewall, turn off SMTP inspection (\"ESMTP inspection\", \"fixup\", \"SMTP proxy\") for port 25 to Exchange Online.",
        ja: "ファイアウォールで、Exchange Online へのポート 25 の通信に対する SMTP の検査 (\"ESMTP inspection\"、\"fixup\"、\"SMTP proxy\") を無効にします。" ["6d487801"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings, tenant};
    use crate::scenario::queues::of_error;

    fn stripped() -> [Session; 1] {
        [Session {
            starttls: Starttls::NotOffered,
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_the_offer_is_missing() {
        assert_eq!(causes(&stripped(), &[contoso()]), ["TLS001"]);
        let before_mail = [Session {
            mails: Vec::new(),
            ..stripped()[0].clone()
        }];
        assert_eq!(causes(&before_mail, &[contoso()]), ["TLS001"]);
    }

    #[test]
    fn stays_silent_where_tls_worked_or_the_tenant_goes_by_address() {
        assert!(findings(&StarttlsNotOffered, &[Session::default()], &[contoso()]).is_empty());
        let by_address = tenant(None, &["203.0.113.9"], &["contoso.com"]);
        assert!(findings(&StarttlsNotOffered, &stripped(), &[by_address]).is_empty());
    }

    #[test]
    fn a_queue_leaves_it_open() {
        let error = "451 4.4.395 Target host responded with error. -> 451 5.7.3 STARTTLS is required to send mail";
        let found = of_error(&StarttlsNotOffered, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Low);
        assert!(
            of_error(
                &StarttlsNotOffered,
                "451 5.7.3 Must issue a STARTTLS command first"
            )
            .is_none()
        );
    }
}
