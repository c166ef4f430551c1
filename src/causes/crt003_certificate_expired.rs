//! CRT003: the session is outside the validity period of the certificate.

use crate::aggregate::occurrence::Validity;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::remedy::{offer, on_premises, wizard, wording};

declare_rule! {
    /// The certificate that was offered was expired or not valid yet.
    ///
    /// ## What it finds
    /// Mail that was rejected before the certificate became valid or after it expired, with `550
    /// 5.7.64` or `454 4.7.0 Failed to establish appropriate TLS channel`. The log row shows these
    /// dates. Older Exchange versions do not log them. In that case, the dates come from the
    /// exported certificate with the same thumbprint. Without that export, this entry does not
    /// appear.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Exchange Online does not accept an expired certificate.
    ///
    /// ## What to do
    /// 1. Renew the certificate.
    /// 2. Import it on every source server.
    /// 3. Enable it for SMTP.
    /// 4. Set `TlsCertificateName` of the send connector to it.
    ///
    /// ## Sources
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - KB 2888788 (event 2004): for `454 4.7.0 Failed to establish appropriate TLS channel`, this
    ///   event gives the reason why the certificate was not accepted.
    CertificateExpired {
        code: "CRT003",
        name: "certificate-expired",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Certificate,
        /// 提示された証明書は、有効期限が切れていたか、まだ有効になっていませんでした。
        ///
        /// ## 検出する内容
        /// 証明書が有効になる前または有効期限が切れた後に、
        /// `550 5.7.64` または `454 4.7.0 Failed to establish appropriate TLS channel` で
        /// 拒否されたメールを検出します。有効期間はログの行に示されます。
        /// 古いバージョンの Exchange は有効期間を記録しません。その場合は、
        /// 拇印が同じエクスポート済みの証明書の有効期間を使用します。そのエクスポートもない場合、
        /// この項目は表示されません。
        ///
        /// この項目は、証明書が関係する場合にのみ表示されます。
        /// 指定されたテナントの有効な OnPremises コネクタに証明書名が設定されている場合、
        /// または Exchange Online の受信コネクタのエクスポートが指定されていない場合です。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、有効期限が切れた証明書を受け入れません。
        ///
        /// ## 対処方法
        /// 1. 証明書を更新します。
        /// 2. 更新した証明書をすべての送信元サーバーにインポートします。
        /// 3. その証明書を SMTP に対して有効にします。
        /// 4. 送信コネクタの `TlsCertificateName` にその証明書を設定します。
        ///
        /// ## 出典
        /// - "TLS Certificates in Exchange Hybrid" (Exchange Team、
        ///   2025-06-04): ハイブリッド メール フローが停止する原因の多くは証明書の更新です。
        ///   コネクタに新しい証明書を設定する必要があります。
        /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): ハイブリッド メールに
        ///   使用する証明書は、信頼されたサードパーティの証明機関が発行したもので、
        ///   送信するすべてのサーバーに存在する必要があります。
        /// - KB 2888788 (イベント 2004): `454 4.7.0 Failed to establish appropriate TLS channel` の
        ///   場合、証明書が受け入れられなかった理由がこのイベントに示されます。
        japanese: ["f6d5a220"],
    }
}

impl Cause for CertificateExpired {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        // The row of another session may show the dates that the row of this session lacks.
        let (start, end) = on_premises::validity(context);
        let validity = context.occurrence.key.validity;
        let (first, last) = (context.first(), context.occurrence.last);
        let expired = end.filter(|end| {
            validity == Validity::Expired || first.since(*end).is_some_and(|over| over > 0)
        });
        let early = start.filter(|start| {
            validity == Validity::Early || start.since(last).is_some_and(|before| before > 0)
        });
        let language = context.analysis.language;
        let connector = context.send_connector();
        let offered = wording::certificate(language, certificate);
        let (explanation, summary) = match (expired, early) {
            (Some(end), _) => (
                has_expired(language, connector, &offered, end),
                expired_at(language, end),
            ),
            (None, Some(start)) => (
                is_early(language, connector, &offered, start),
                not_valid_before(language, start),
            ),
            (None, None) => return None,
        };
        let mut finding = Diagnosis::of(&Self::META, explanation).summary(summary);
        let (which, note) = if expired.is_some() {
            let later = offer::valid_later(context);
            (
                "the renewed certificate",
                renew_and_offer(language) + &later,
            )
        } else {
            ("a certificate that is valid now", find_and_offer(language))
        };
        finding.fix = offer::switch(context, which, &note);
        finding.fix.extend(wizard::offered(context, None));
        Some(finding)
    }
}

sentences! {
    /// What the send connector offered, if it has expired.
    fn has_expired(connector: &str, certificate: &str, end: Timestamp) {
        en: "Send connector '{connector}' offered {certificate}. This certificate expired at {end}.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました。この証明書の有効期限は {end} に切れています。" ["b793aeeb"],
    }
    /// What the send connector offered, if it is not valid yet.
    fn is_early(connector: &str, certificate: &str, start: Timestamp) {
        en: "Send connector '{connector}' offered {certificate}. This certificate is not valid before {start}.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました。この証明書の有効期間は {start} からです。" ["4ead7e76"],
    }
    /// The same in one sentence, if it has expired.
    fn expired_at(end: Timestamp) {
        en: "The certificate that was offered expired at {end}.",
        ja: "提示された証明書の有効期限は {end} に切れています。" ["e96e37dd"],
    }
    /// The same in one sentence, if it is not valid yet.
    fn not_valid_before(start: Timestamp) {
        en: "The certificate that was offered is not valid before {start}.",
        ja: "提示された証明書の有効期間は {start} からです。" ["96caa9c4"],
    }
    /// How to offer a renewed certificate.
    fn renew_and_offer() {
        en: "1. Renew the certificate, if you have not done so. 2. Import the renewed certificate, with its private key, on every source server. 3. Enable it for SMTP there. 4. Replace the placeholder in the command with its thumbprint. 5. Run the command. If the renewed certificate has the same issuer and subject as the old one, the name means both, and this changes nothing: first stop the transport service, clear the name and remove the old certificate.",
        ja: "1. 証明書をまだ更新していない場合は、更新します。 2. 更新した証明書を、秘密キーと共にすべての送信元サーバーにインポートします。 3. それぞれのサーバーで、その証明書を SMTP に対して有効にします。 4. コマンドのプレースホルダーをその拇印に置き換えます。 5. コマンドを実行します。更新した証明書の発行者とサブジェクトが古い証明書と同じ場合、設定される名前は両方の証明書を指すため、コマンドを実行しても何も変わりません。その場合は、最初にトランスポート サービスを停止し、TlsCertificateName を空にして、古い証明書を削除します。" ["3cd8f25d"],
    }
    /// How to find a certificate that is valid now, and to offer it.
    fn find_and_offer() {
        en: "The certificate that was offered is only valid later, and another one is needed until then. 1. Check that the clock of the server is right. 2. Find a certificate that is valid now and that the inbound connector expects, such as the previous one. 3. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 4. Replace the placeholder in the command with its thumbprint. 5. Run the command.",
        ja: "提示された証明書は、まだ有効期間が始まっていません。有効になるまでは、別の証明書が必要です。 1. サーバーの時計が正しいことを確認します。 2. 現在有効で、Exchange Online の受信コネクタが想定する証明書 (以前の証明書など) を特定します。 3. その証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 4. コマンドのプレースホルダーをその拇印に置き換えます。 5. コマンドを実行します。" ["2dd7b9e5"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::timestamp::Timestamp;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, with_analysis};
    use crate::tenant::Known;

    fn valid(period: &'static str) -> [Session; 1] {
        [Session {
            valid: period,
            ..Session::default()
        }]
    }

    #[test]
    fn fires_outside_the_dates() {
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        assert_eq!(causes(&expired, &[contoso()]), ["CRT003"]);
        let early = valid("2026-12-01T00:00:00.000Z 2027-12-01T00:00:00.000Z");
        assert_eq!(causes(&early, &[contoso()]), ["CRT003"]);
        let summary = |sessions: &[Session]| {
            let found = findings(&CertificateExpired, sessions, &[contoso()]);
            found[0].summary.clone().expect("a summary")
        };
        assert!(summary(&expired).ends_with(" expired at 2026-01-01T00:00:00.000Z."));
        assert!(summary(&early).ends_with(" is not valid before 2026-12-01T00:00:00.000Z."));
        let found = findings(&CertificateExpired, &early, &[contoso()]);
        let text = format!("{:?}", found[0].fix);
        assert!(!text.to_lowercase().contains("renew"), "{text}");
    }

    #[test]
    fn a_source_server_that_lacks_the_renewed_certificate_gets_it_first() {
        let mut renewed = exchange_certificate('B');
        renewed.certificate.issuer = Some("CN=Other CA".to_owned());
        let mut other = exchange_certificate('C');
        other.server = Some("EX02".to_owned());
        other.certificate.subject = Some("CN=EX02".to_owned());
        let mut connector = send_connector();
        connector.source_servers = Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]);
        let own = on_premises(vec![connector], vec![renewed, other]);
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        let steps = with_analysis(&expired, &[contoso()], &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            CertificateExpired.check(&context).unwrap().fix
        });
        let commands: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.command.as_deref())
            .collect();
        assert_eq!(commands.len(), 2, "{commands:?}");
        assert!(commands[0].starts_with("Enable-ExchangeCertificate -Server 'EX02'"));
        assert!(steps[0].note.contains("Import-ExchangeCertificate"));
        assert!(commands[1].contains("Set-SendConnector"));
        assert!(steps[1].note.contains("Do this last."));
    }

    #[test]
    fn a_renewed_certificate_that_is_valid_later_is_named() {
        let mut later = exchange_certificate('B');
        later.certificate.not_before = Timestamp::parse(b"2026-12-01T00:00:00.000Z");
        let own = on_premises(vec![send_connector()], vec![later]);
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        let note = |own: &OnPremises| {
            with_analysis(&expired, &[contoso()], own, |analysis| {
                let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
                let found = CertificateExpired.check(&context).unwrap();
                found.fix[0].note.clone()
            })
        };
        let text = note(&own);
        assert!(text.contains(&"B".repeat(40)), "{text}");
        assert!(text.ends_with("before 2026-12-01T00:00:00.000Z."), "{text}");
        assert!(!note(&OnPremises::default()).contains("By the export"));
    }

    #[test]
    fn stays_silent_within_them() {
        assert!(findings(&CertificateExpired, &[Session::default()], &[contoso()]).is_empty());
    }
}
