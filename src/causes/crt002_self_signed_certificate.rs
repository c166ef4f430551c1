//! CRT002: the issuer and the subject are the same.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::{offer, wizard, wording};

declare_rule! {
    /// The certificate that was offered is self-signed.
    ///
    /// ## What it finds
    /// Sessions to Exchange Online whose certificate has the same issuer and subject. Usually this
    /// is the certificate that Exchange created during its installation. Exchange Online replies
    /// with `550 5.7.64` or with `454 4.7.0 Failed to establish appropriate TLS channel:
    /// UntrustedRoot`.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Exchange Online accepts only certificates of public certificate authorities.
    ///
    /// ## What to do
    /// 1. Check that a certificate of a public authority is installed and enabled for SMTP on every
    ///    source server.
    /// 2. Set `TlsCertificateName` of the send connector to this certificate.
    ///
    /// ## Sources
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): a self-signed
    ///   certificate is enough between your servers, but hybrid mail flow needs one of a trusted
    ///   third-party authority.
    /// - KB 2888788 (event 2004): for `454 4.7.0 Failed to establish appropriate TLS channel`, this
    ///   event gives the reason why the certificate was not accepted.
    SelfSignedCertificate {
        code: "CRT002",
        name: "self-signed-certificate",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Certificate,
        /// 提示された証明書は自己署名証明書です。
        ///
        /// ## 検出する内容
        /// 発行者とサブジェクトが同じ証明書を使用した Exchange Online へのセッションを検出します。
        /// 通常は、Exchange がインストール時に作成した証明書です。
        /// Exchange Online は `550 5.7.64` または `454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot` を
        /// 返します。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// Exchange Online が受け入れるのは、公的な証明機関の証明書だけです。
        ///
        /// ## 対処方法
        /// 1. すべての送信元サーバーに公的な証明機関の証明書がインストールされ、
        ///    SMTP に対して有効になっていることを確認します。
        /// 2. 送信コネクタの `TlsCertificateName` にこの証明書を設定します。
        ///
        /// ## 出典
        /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): ハイブリッド メールに
        ///   使用する証明書は、信頼されたサードパーティの証明機関が発行したもので、
        ///   送信するすべてのサーバーに存在する必要があります。
        /// - "TLS Certificates in Exchange Hybrid" (Exchange Team、
        ///   2025-06-04): 自組織のサーバー間では自己署名証明書で十分ですが、
        ///   ハイブリッド メール フローには、信頼されたサードパーティの証明機関の証明書が必要です。
        /// - KB 2888788 (イベント 2004): `454 4.7.0 Failed to establish appropriate TLS channel` の
        ///   場合、証明書が受け入れられなかった理由がこのイベントに示されます。
        japanese: ["50a2a0fe"],
    }
}

impl Cause for SelfSignedCertificate {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context
            .certificate()
            .filter(|found| found.is_self_signed())?;
        if !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        let language = context.analysis.language;
        let explanation = is_self_signed(
            language,
            context.send_connector(),
            &wording::certificate(language, certificate),
        );
        let mut finding = Diagnosis::of(&Self::META, explanation);
        finding.fix = offer::switch(context, "the public certificate", &find_and_offer(language));
        finding.fix.extend(wizard::offered(context, None));
        Some(finding)
    }
}

sentences! {
    /// What the send connector offered.
    fn is_self_signed(connector: &str, certificate: &str) {
        en: "Send connector '{connector}' offered {certificate}. This certificate is self-signed: its issuer and its subject are the same. Exchange Online accepts only certificates of public certificate authorities.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました。この証明書は自己署名証明書です (発行者とサブジェクトが同じです)。Exchange Online が受け入れるのは、公的な証明機関の証明書だけです。" ["4378ff23"],
    }
    /// How to find the certificate to offer, and to offer it.
    fn find_and_offer() {
        en: "1. Find the certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "1. Exchange Online の受信コネクタが想定する、公的な証明機関の証明書を特定します。 2. その証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンドのプレースホルダーをその拇印に置き換えます。 4. コマンドを実行します。" ["913e158f"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings};

    #[test]
    fn fires_where_issuer_and_subject_are_equal() {
        let own = [Session {
            names: &["EX01.contoso.com"],
            issuer: "CN=EX01.contoso.com",
            ..Session::default()
        }];
        assert_eq!(causes(&own, &[contoso()]), ["CRT002"]);
    }

    #[test]
    fn the_certificate_of_another_server_gets_its_real_thumbprint() {
        let sessions = [
            Session {
                stream: "EX01/Hub",
                mails: vec![("a@contoso.com", TAKEN)],
                ..Session::default()
            },
            Session {
                stream: "EX02/Hub",
                names: &["EX02"],
                issuer: "CN=EX02",
                ..Session::default()
            },
        ];
        let found = findings(&SelfSignedCertificate, &sessions, &[contoso()]);
        let command = found[0].fix[0].command.as_deref().expect("a command");
        assert!(
            command.starts_with("Enable-ExchangeCertificate -Server 'EX02'"),
            "{command}"
        );
        assert!(!command.contains('<'), "{command}");
    }

    #[test]
    fn stays_silent_on_an_authoritys() {
        assert!(findings(&SelfSignedCertificate, &[Session::default()], &[contoso()]).is_empty());
    }
}
