//! TLS006: our own side does not trust Microsoft's certificate.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::{Language, sentences};
use crate::smtp::microsoft;

declare_rule! {
    /// This server does not trust the certificate of Exchange Online, and ends its sessions before
    /// any mail.
    ///
    /// ## What it finds
    /// Sessions with `Outbound TLS authentication failed for auth level … with error UntrustedRoot`
    /// or another error, or with a `Chain validation status` other than `Valid`, that end before any
    /// mail. The certificate is Microsoft's. The next session often follows without STARTTLS and is
    /// rejected with 451 5.7.3 (`Must issue a STARTTLS command first`); it counts here too.
    ///
    /// ## Why it matters
    /// The server refuses Exchange Online, not the other way round. The certificate of this server
    /// and the inbound connector have nothing to do with it.
    ///
    /// ## What to do
    /// 1. Install the root certificates DigiCert Global Root G2 and DigiCert Global Root G1
    ///    (`DigiCert Global Root CA`) with their intermediate certificates on every source server.
    ///    Exchange Online still shows chains to both.
    /// 2. Find out why Windows does not get them by itself. The usual reason is the policy
    ///    `DisableRootAutoUpdate`.
    ///
    /// ## Sources
    /// - "Azure and Microsoft 365 encryption chains" (Microsoft Learn): the root and intermediate
    ///   authorities of Microsoft 365 by cloud, with downloads; DigiCert Global Root G2 and DigiCert
    ///   Global Root CA among them.
    /// - "Configure trusted roots and disallowed certificates" (Microsoft Learn): what
    ///   `DisableRootAutoUpdate` does, and how to distribute roots where servers cannot reach
    ///   Windows Update.
    /// - The rows are those that Exchange writes where it validates the other side; observed where
    ///   mail to Exchange Online stopped until the root was installed.
    RemoteCertificateDistrusted {
        code: "TLS006",
        name: "remote-certificate-distrusted",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// このサーバーは Exchange Online の証明書を信頼せず、メールを送る前にセッションを
        /// 終了しています。
        ///
        /// ## 検出する内容
        /// `Outbound TLS authentication failed for auth level … with error UntrustedRoot` またはほかの
        /// エラー、あるいは `Valid` 以外の `Chain validation status` が記録され、
        /// メールを送る前に終了したセッションを検出します。
        /// 証明書は Microsoft のものです。次のセッションは STARTTLS なしで続くことが多く、
        /// 451 5.7.3 (`Must issue a STARTTLS command first`) で拒否されます。このセッションも対象に
        /// 含めます。
        ///
        /// ## 問題となる理由
        /// サーバーが Exchange Online を拒否しているのであり、その逆ではありません。
        /// このサーバーの証明書と Exchange Online の受信コネクタは関係ありません。
        ///
        /// ## 対処方法
        /// 1. すべての送信元サーバーに、
        ///    ルート証明書 DigiCert Global Root G2 と DigiCert Global Root G1 (`DigiCert Global Root CA`) を、
        ///    中間証明書と共にインストールします。Exchange Online は現在も、この両方に
        ///    至る証明書チェーンを提示します。
        /// 2. Windows がルート証明書を自動的に取得しない理由を調べます。多くの場合、
        ///    原因はポリシー `DisableRootAutoUpdate` です。
        ///
        /// ## 出典
        /// - "Azure and Microsoft 365 encryption chains" (Microsoft Learn): Microsoft 365 の
        ///   ルート証明機関と中間証明機関がクラウドごとに記載され、ダウンロードもできます。
        ///   DigiCert Global Root G2 と DigiCert Global Root CA も含まれます。
        /// - "Configure trusted roots and disallowed certificates" (Microsoft Learn): `DisableRootAutoUpdate` の
        ///   働きと、サーバーが Windows Update に接続できない場合にルート証明書を配布する方法が
        ///   説明されています。
        /// - これらの行は、Exchange が相手側を検証するときに記録するものです。ルート証明書を
        ///   インストールするまで Exchange Online へのメールが停止した事例があります。
        japanese: ["2eca3f53"],
    }
}

impl Cause for RemoteCertificateDistrusted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let tls = context.tls();
        let error = tls.distrust.map(|error| context.text(error))?;
        let issuer = tls.remote_issuer.map(|issuer| context.text(issuer));
        if !context.is_about_tls() || issuer.is_some_and(|issuer| !microsoft::is_issuer(issuer)) {
            return None;
        }
        let language = context.analysis.language;
        let connector = context.send_connector();
        let explanation = match issuer {
            Some(issuer) => distrusts_certificate_of(language, issuer, error, connector),
            None => distrusts_certificate(language, error, connector),
        };
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        Some(steps(language).into_iter().fold(diagnosis, Diagnosis::fix))
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let distrusts = context.says("certificate validation failure")
            && context.says("UntrustedRoot")
            && context.is_online;
        distrusts.then(|| {
            let language = context.checks.language;
            let explanation = waits_for_it(
                language,
                &context.shows(),
                context.quoted(),
                context.send_connector(),
                &context.waiting(),
            );
            let diagnosis = Diagnosis::of(&Self::META, explanation).confidence(Confidence::Medium);
            steps(language).into_iter().fold(diagnosis, Diagnosis::fix)
        })
    }
}

/// What to do about missing root certificates.
fn steps(language: Language) -> [Fix; 3] {
    [
        Fix::inspect(
            Where::OnPremises,
            "Get-ChildItem Cert:\\LocalMachine\\Root | Where-Object Subject -like '*DigiCert Global Root*' | Format-List Subject,Thumbprint,NotAfter".to_owned(),
            &roots_must_be_there(language),
        ),
        Fix::inspect(
            Where::OnPremises,
            "Get-ItemProperty -Name DisableRootAutoUpdate -ErrorAction SilentlyContinue -Path HKLM:\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot".to_owned(),
            &policy_is_the_reason(language),
        ),
        Fix::step(&install_roots(language)),
    ]
}

sentences! {
    /// What the server does not trust, where the issuer is known.
    fn distrusts_certificate_of(issuer: &str, error: &str, connector: &str) {
        en: "This server does not trust the certificate of Exchange Online, which '{issuer}' issued ({error}). Therefore send connector '{connector}' ended the session before any mail. Your own certificate and the inbound connector are not the reason.",
        ja: "このサーバーは、「{issuer}」が発行した Exchange Online の証明書を信頼していません ({error})。そのため、送信コネクタ「{connector}」はメールを送る前にセッションを終了しました。自組織の証明書と Exchange Online の受信コネクタは原因ではありません。" ["24f3e230"],
    }
    /// What the server does not trust, where the issuer is not known.
    fn distrusts_certificate(error: &str, connector: &str) {
        en: "This server does not trust the certificate of Exchange Online ({error}). Therefore send connector '{connector}' ended the session before any mail. Your own certificate and the inbound connector are not the reason.",
        ja: "このサーバーは Exchange Online の証明書を信頼していません ({error})。そのため、送信コネクタ「{connector}」はメールを送る前にセッションを終了しました。自組織の証明書と Exchange Online の受信コネクタは原因ではありません。" ["2c7fe22d"],
    }
    /// What a queue shows.
    fn waits_for_it(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}': this server does not trust the certificate that Exchange Online, or a firewall on the way, presented to send connector '{connector}'. {waiting} The send log of the time shows whose certificate it was.",
        ja: "{shows}「{error}」です。Exchange Online または経路上のファイアウォールが送信コネクタ「{connector}」に提示した証明書を、このサーバーは信頼していません。{waiting}どちらの証明書であったかは、その時刻の送信ログで分かります。" ["f5fddd93"],
    }
    /// What the list of root certificates must show.
    fn roots_must_be_there() {
        en: "Run the command on every source server. It must show DigiCert Global Root G2 and DigiCert Global Root CA (G1), because Exchange Online still shows chains to both.",
        ja: "すべての送信元サーバーでコマンドを実行します。Exchange Online は現在も両方に至る証明書チェーンを提示するため、DigiCert Global Root G2 と DigiCert Global Root CA (G1) が表示される必要があります。" ["cb6bce7e"],
    }
    /// What the policy must not be.
    fn policy_is_the_reason() {
        en: "A value of 1 is the usual reason: Windows then does not fetch new root certificates. Change the policy, or distribute the roots yourself.",
        ja: "多くの場合、原因は値が 1 になっていることです。その場合、Windows は新しいルート証明書を取得しません。ポリシーを変更するか、ルート証明書を手動で配布します。" ["57f294e2"],
    }
    /// How to install the root certificates.
    fn install_roots() {
        en: "1. Download the missing root certificates and their intermediate certificates from Microsoft's page \"Azure and Microsoft 365 encryption chains\", for your cloud. 2. Import the roots into \"Trusted Root Certification Authorities\" and the intermediates into \"Intermediate Certification Authorities\" of the computer, on every source server. 3. Restart the transport service (MSExchangeTransport).",
        ja: "1. 不足しているルート証明書とその中間証明書を、Microsoft のページ \"Azure and Microsoft 365 encryption chains\" から、利用しているクラウドに合わせてダウンロードします。 2. すべての送信元サーバーで、コンピューターの「信頼されたルート証明機関」にルート証明書を、「中間証明機関」に中間証明書をインポートします。 3. トランスポート サービス (MSExchangeTransport) を再起動します。" ["52a47f38"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn distrusting() -> Session {
        Session {
            starttls: Starttls::Distrusted("UntrustedRoot"),
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn our_side_refuses_microsofts_certificate() {
        assert_eq!(causes(&[distrusting()], &[contoso()]), ["TLS006"]);
    }

    #[test]
    fn the_session_without_starttls_that_follows_belongs_to_it() {
        let retry = Session {
            time: "2026-11-03T02:01",
            starttls: Starttls::NotUsed,
            mails: vec![(
                "a@contoso.com",
                "451 5.7.3 Must issue a STARTTLS command first [x.prod.outlook.com]",
            )],
            ..Session::default()
        };
        let found = causes(&[distrusting(), retry], &[contoso()]);
        assert_eq!(found, ["TLS006", "TLS006"]);
    }

    #[test]
    fn a_firewalls_certificate_is_another_cause() {
        let session = Session {
            remote_issuer: "CN=Firewall CA, O=Contoso",
            ..distrusting()
        };
        assert!(findings(&RemoteCertificateDistrusted, &[session], &[contoso()]).is_empty());
    }

    #[test]
    fn mail_that_goes_on_is_no_failure() {
        let session = Session {
            starttls: Starttls::Distrusted("UntrustedRoot"),
            ..Session::default()
        };
        assert!(findings(&RemoteCertificateDistrusted, &[session], &[contoso()]).is_empty());
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "454 4.7.5 Certificate validation failure, reason:untrustedroot";
        let found = of_error(&RemoteCertificateDistrusted, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Medium);
        let other = "454 4.7.5 Certificate validation failure, reason:SubjectMismatch";
        assert!(of_error(&RemoteCertificateDistrusted, other).is_none());
    }
}
