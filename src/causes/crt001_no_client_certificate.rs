//! CRT001: the server used TLS without a client certificate.

use crate::attribution::judgement::AddressMatch;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::{offer, on_premises, wizard};

declare_rule! {
    /// TLS worked, but this server offered no certificate.
    ///
    /// ## What it finds
    /// Sessions in which the TLS handshake succeeded, but no row shows a certificate of this
    /// server. No enabled inbound connector lists the address either. Exchange Online replies with
    /// `550 5.7.64` or with `454 4.7.0 Failed to establish appropriate TLS channel`.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Without a certificate, Exchange Online cannot assign this mail to your tenant.
    ///
    /// ## What to do
    /// 1. Make sure that the certificate of your organisation is enabled for SMTP on every source
    ///    server.
    /// 2. Set `TlsCertificateName` of the send connector to this certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - MC1226222 (message center, 2026-02-04): Exchange Online attributes mail over an OnPremises
    ///   connector by the domain of the certificate, then by the MAIL FROM domain, then by the
    ///   recipient.
    /// - KB 2888788 (event 2004): for `454 4.7.0 Failed to establish appropriate TLS channel`, this
    ///   event gives the reason why the certificate was not accepted.
    NoClientCertificate {
        code: "CRT001",
        name: "no-client-certificate",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Certificate,
        /// TLS は成功しましたが、このサーバーは証明書を提示しませんでした。
        ///
        /// ## 検出する内容
        /// TLS ハンドシェイクは成功したものの、このサーバーの証明書を
        /// 示す行がないセッションを検出します。その IP アドレスを
        /// 登録している有効な Exchange Online の受信コネクタもない場合に限ります。
        /// Exchange Online は `550 5.7.64` または `454 4.7.0 Failed to establish appropriate TLS channel` を
        /// 返します。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// 証明書がないと、Exchange Online はこのメールを自組織のテナントに
        /// 割り当てることができません。
        ///
        /// ## 対処方法
        /// 1. すべての送信元サーバーで、自組織の証明書が SMTP に対して有効になっていることを
        ///    確認します。
        /// 2. 送信コネクタの `TlsCertificateName` にこの証明書を設定します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - MC1226222 (メッセージ センター、2026-02-04): Exchange Online は、
        ///   OnPremises コネクタ経由のメールのテナントを、証明書のドメイン、MAIL FROM のドメイン、
        ///   受信者の順に判断します (テナント属性付与)。
        /// - KB 2888788 (イベント 2004): `454 4.7.0 Failed to establish appropriate TLS channel` の
        ///   場合、証明書が受け入れられなかった理由がこのイベントに示されます。
        japanese: ["26787888"],
    }
}

impl Cause for NoClientCertificate {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.concerns_our_side() || !context.tls().negotiated || !context.offered_none() {
            return None;
        }
        // If an address list or the address itself is unknown, a connector may list the address.
        let listed = context.judgement.views.iter().any(|view| {
            let may_list = matches!(view.address, AddressMatch::Listed | AddressMatch::Unknown);
            view.may_be_active() && may_list
        });
        if listed || !context.certificate_matters() {
            return None;
        }
        let language = context.analysis.language;
        let explanation = offered_no_certificate(language, context.send_connector())
            + &on_premises::named_otherwise(context);
        let confidence = if context.analysis.has_exports() {
            Confidence::High
        } else {
            Confidence::Medium
        };
        let mut finding = Diagnosis::of(&Self::META, explanation).confidence(confidence);
        finding.fix = offer::switch(context, "the certificate", &find_and_offer(language));
        finding.fix.extend(wizard::offered(context, None));
        Some(finding)
    }
}

sentences! {
    /// What the send connector did.
    fn offered_no_certificate(connector: &str) {
        en: "Send connector '{connector}' used TLS with Exchange Online and offered no certificate.",
        ja: "送信コネクタ「{connector}」は Exchange Online との通信に TLS を使用しましたが、証明書を提示しませんでした。" ["e7016f09"],
    }
    /// How to find the certificate to offer, and to offer it.
    fn find_and_offer() {
        en: "1. Find the certificate that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "1. Exchange Online の受信コネクタが想定する証明書を特定します。 2. その証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンドのプレースホルダーをその拇印に置き換えます。 4. コマンドを実行します。" ["b4d78e59"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, TAKEN, causes, contoso, findings, tenant};

    fn bare() -> [Session; 1] {
        [Session {
            names: &[],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_without_a_certificate() {
        assert_eq!(causes(&bare(), &[contoso()]), ["CRT001"]);
        let found = findings(&NoClientCertificate, &bare(), &[]);
        assert_eq!(found[0].confidence, Confidence::Medium);
    }

    #[test]
    fn servers_that_fail_for_another_reason_are_left_out() {
        let on = |stream, starttls| Session {
            stream,
            starttls,
            ..bare()[0].clone()
        };
        let good = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let sessions = [
            good,
            on("EX02", Starttls::Used),
            on("EX03", Starttls::NotOffered),
        ];
        let found = findings(&NoClientCertificate, &sessions, &[contoso()]);
        let text = format!("{:?}", found[0].fix);
        assert!(text.contains("-Server 'EX02'"), "{text}");
        assert!(!text.contains("EX03"), "{text}");
    }

    #[test]
    fn stays_silent_with_one_and_where_the_address_is_listed() {
        assert!(findings(&NoClientCertificate, &[Session::default()], &[contoso()]).is_empty());
        let mut listed = contoso();
        listed.connectors.push(crate::scenario::logs::connector(
            "by address",
            None,
            &["203.0.113.7"],
        ));
        assert!(findings(&NoClientCertificate, &bare(), &[listed]).is_empty());
        let by_address = tenant(None, &["203.0.113.9"], &["contoso.com"]);
        assert!(findings(&NoClientCertificate, &bare(), &[by_address]).is_empty());
    }
}
