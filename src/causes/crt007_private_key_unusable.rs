//! CRT007: the transport service cannot use the private key.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::bring::Wanted;
use crate::remedy::service::Service;
use crate::remedy::{bring, certificates, offer, wording};

declare_rule! {
    /// The transport service cannot use the private key of the certificate.
    ///
    /// ## What it finds
    /// Sessions with `TLS negotiation failed with error NoCredentials`, and the sessions without
    /// TLS that follow within a minute. The queue shows 421 4.4.1 or 451 4.4.0.
    ///
    /// ## Why it matters
    /// No TLS session with this certificate succeeds. If TLS is not required, the server sends mail
    /// without it. Exchange Online cannot assign that mail to your tenant.
    ///
    /// ## What to do
    /// 1. Give NETWORK SERVICE read access to the private key. Or import the certificate again with
    ///    its private key.
    /// 2. Enable the certificate for SMTP.
    /// 3. Restart the transport service.
    ///
    /// ## Sources
    /// - KB 4495258 ("TLS negotiation failed with error NoCredentials", Microsoft Learn): the
    ///   certificate that the send connector names lacks its private key; the queue shows 421
    ///   4.4.1.
    /// - Observed at supertekboy.com ("TLS negotiation failed with error NoCredentials",
    ///   2017-02-28): one server failed while the others with the same send connector worked.
    /// - Observed at jaapwesselius.com (2019): an Edge server could receive with the certificate,
    ///   but failed with NoCredentials when it sent.
    PrivateKeyUnusable {
        code: "CRT007",
        name: "private-key-unusable",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// トランスポート サービスが証明書の秘密キーを使用できません。
        ///
        /// ## 検出する内容
        /// `TLS negotiation failed with error NoCredentials` が記録されたセッションと、
        /// その後 1 分以内に続く TLS なしのセッションを検出します。
        /// キューには 421 4.4.1 または 451 4.4.0 が表示されます。
        ///
        /// ## 問題となる理由
        /// この証明書を使用した TLS セッションはすべて失敗します。TLS が必須でない場合、
        /// サーバーは TLS なしでメールを送信します。Exchange Online は、
        /// そのメールを自組織のテナントに割り当てることができません。
        ///
        /// ## 対処方法
        /// 1. NETWORK SERVICE に秘密キーの読み取りアクセス許可を付与します。または、
        ///    証明書を秘密キーと共にインポートし直します。
        /// 2. 証明書を SMTP に対して有効にします。
        /// 3. トランスポート サービスを再起動します。
        ///
        /// ## 出典
        /// - KB 4495258 ("TLS negotiation failed with error NoCredentials"、
        ///   Microsoft Learn): 送信コネクタが指定する証明書に秘密キーがありません。
        ///   キューには 421 4.4.1 が表示されます。
        /// - supertekboy.com での観測 ("TLS negotiation failed with error NoCredentials"、
        ///   2017-02-28): 同じ送信コネクタを使用するサーバーのうち、1 台だけが失敗しました。
        /// - jaapwesselius.com での観測 (2019): エッジ サーバーはその証明書で受信できましたが、
        ///   送信時には NoCredentials で失敗しました。
        japanese: ["1fa6993e"],
    }
}

impl Cause for PrivateKeyUnusable {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let error = context.tls().error.map(|error| context.text(error))?;
        if !error.eq_ignore_ascii_case("NoCredentials") || !context.concerns_our_side() {
            return None;
        }
        let service = Service::offering(context);
        let language = context.analysis.language;
        let connector = context.send_connector();
        let name = match service {
            Service::Transport => transport_service(language),
            Service::FrontEnd => front_end_service(language),
        };
        let explanation = match context.certificate() {
            Some(certificate) => {
                let certificate = wording::certificate(language, certificate);
                cannot_use_key(language, connector, &name, &certificate)
            }
            None => cannot_use_its_key(language, connector, &name),
        };
        let mut finding = Diagnosis::of(&Self::META, explanation);
        let thumbprint = context.certificate().and_then(certificates::thumbprint);
        let Some(thumbprint) = thumbprint else {
            let steps = give_access(
                language,
                &service.account(language),
                &service.words(language),
            );
            return Some(finding.fix(Fix::step(&steps)));
        };
        let found = context.certificate();
        if found.is_some_and(|found| delivering::is_of_no_use(context.analysis, found)) {
            finding.fix = offer::switch_from_own_authority(context);
            return Some(finding);
        }
        finding.fix = bring::into_use(
            language,
            context.analysis.on_premises,
            &delivering::failing_in_tls(context),
            Wanted {
                thumbprint,
                from: None,
                service,
                edges: Edges::of(context.analysis.streams),
            },
            &on_this_server(language, &service.words(language)),
        );
        Some(finding)
    }

    /// The queue shows a connection that timed out, although it was made: a place to look.
    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let may_be = context.is_online
            && (context.says("Connection timed out") || context.says("Unable to connect"))
            && !context.says("Socket");
        may_be.then(|| {
            let language = context.checks.language;
            let explanation = may_wait_for_it(
                language,
                &context.shows(),
                context.quoted(),
                context.send_connector(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Medium)
                .fix(Fix::step(&look_at_the_send_log(language)))
        })
    }
}

sentences! {
    /// Which service cannot use which private key.
    fn cannot_use_key(connector: &str, service: &str, certificate: &str) {
        en: "The TLS handshake of send connector '{connector}' failed with NoCredentials. {service} cannot use the private key of {certificate}.",
        ja: "送信コネクタ「{connector}」の TLS ハンドシェイクが NoCredentials で失敗しました。{service}は、証明書 {certificate} の秘密キーを使用できません。" ["4e36d667"],
    }
    /// The same, where the certificate is not known.
    fn cannot_use_its_key(connector: &str, service: &str) {
        en: "The TLS handshake of send connector '{connector}' failed with NoCredentials. {service} cannot use the private key of the certificate that it should offer.",
        ja: "送信コネクタ「{connector}」の TLS ハンドシェイクが NoCredentials で失敗しました。{service}は、提示すべき証明書の秘密キーを使用できません。" ["caf6e6db"],
    }
    /// The transport service, at the beginning of a sentence.
    fn transport_service() {
        en: "The transport service",
        ja: "トランスポート サービス" ["f825f1b6"],
    }
    /// The front end transport service, at the beginning of a sentence.
    fn front_end_service() {
        en: "The front end transport service",
        ja: "フロントエンド トランスポート サービス" ["1c39bc8c"],
    }
    /// The steps where the certificate is not known.
    fn give_access(account: &str, service: &str) {
        en: "1. Give {account} read access to the private key of the send connector's certificate. Or import the certificate again with its private key. 2. Restart {service}.",
        ja: "1. {account} に、送信コネクタの証明書の秘密キーの読み取りアクセス許可を付与します。または、証明書を秘密キーと共にインポートし直します。 2. {service} を再起動します。" ["fe52433c"],
    }
    /// Why the steps for a server are necessary.
    fn on_this_server(service: &str) {
        en: "On this server, {service} cannot use the private key.",
        ja: "このサーバーでは、{service} が秘密キーを使用できません。" ["5744414d"],
    }
    /// What a queue shows that waits for this or another reason.
    fn may_wait_for_it(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}', which also comes if the transport service cannot use the private key of the certificate of send connector '{connector}'. {waiting}",
        ja: "{shows}「{error}」です。このエラーは、送信コネクタ「{connector}」の証明書の秘密キーをトランスポート サービスが使用できない場合にも発生します。{waiting}" ["3e9e726c"],
    }
    /// How the reason is found out.
    fn look_at_the_send_log() {
        en: "Look at the send log of the time of the last attempt. 'TLS negotiation failed with error NoCredentials' shows that the private key cannot be used.",
        ja: "最後の試行の時刻の送信ログを確認します。「TLS negotiation failed with error NoCredentials」と記録されていれば、秘密キーを使用できません。" ["b8e5c7d1"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn failed(error: &'static str) -> Session {
        Session {
            starttls: Starttls::Failed(error),
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn fires_on_missing_credentials_and_on_the_retry() {
        let retry = Session {
            starttls: Starttls::NotUsed,
            time: "2026-11-03T02:01",
            ..Session::default()
        };
        assert_eq!(
            causes(&[failed("NoCredentials"), retry], &[contoso()]),
            ["CRT007", "CRT007"]
        );
    }

    #[test]
    fn stays_silent_on_other_errors() {
        assert!(findings(&PrivateKeyUnusable, &[failed("SocketError")], &[contoso()]).is_empty());
    }

    #[test]
    fn a_queue_leaves_it_open() {
        let found = of_error(&PrivateKeyUnusable, "421 4.4.1 Connection timed out");
        assert_eq!(
            found.map(|found| found.confidence),
            Some(Confidence::Medium)
        );
        assert!(
            of_error(
                &PrivateKeyUnusable,
                "SocketTimedout: Socket error code 10060"
            )
            .is_none()
        );
    }
}
