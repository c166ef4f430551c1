//! CRT005: connectors expect a certificate, but another one was offered.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::{delivering, named_certificate};
use crate::language::sentences;
use crate::remedy::command;
use crate::remedy::expect::expect;
use crate::remedy::{host_name, offer, on_premises, wizard, wording};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// No inbound connector expects a name that the certificate holds.
    ///
    /// ## What it finds
    /// There are enabled OnPremises connectors with a certificate name. Neither the subject nor any
    /// alternative name of the certificate that was offered matches one of them.
    ///
    /// ## Why it matters
    /// Exchange Online cannot assign mail with this certificate to your tenant.
    ///
    /// ## What to do
    /// Decide which side is right:
    ///
    /// - If the certificate is right, set `TlsSenderCertificateName` of the inbound connector to a
    ///   name of the certificate.
    /// - If the inbound connector is right, let the send connector offer the certificate that the
    ///   inbound connector expects.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - MC1226222 (message center, 2026-02-04): Exchange Online attributes mail over an OnPremises
    ///   connector by the domain of the certificate, then by the MAIL FROM domain, then by the
    ///   recipient.
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `TlsSenderCertificateName` is
    ///   compared with the certificate that the server offers.
    CertificateNameMismatch {
        code: "CRT005",
        name: "certificate-name-mismatch",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 証明書に含まれる名前を想定する Exchange Online の受信コネクタがありません。
        ///
        /// ## 検出する内容
        /// 証明書名が設定された有効な OnPremises コネクタは存在します。しかし、提示された証明書の
        /// サブジェクトも別名も、どのコネクタとも一致しません。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、この証明書を使用したメールを自組織のテナントに
        /// 割り当てることができません。
        ///
        /// ## 対処方法
        /// どちらの設定が正しいかを判断します。
        ///
        /// - 証明書が正しい場合は、受信コネクタの `TlsSenderCertificateName` に、
        ///   証明書に含まれる名前を設定します。
        /// - 受信コネクタが正しい場合は、受信コネクタが想定する証明書を送信コネクタが
        ///   提示するようにします。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - MC1226222 (メッセージ センター、2026-02-04): Exchange Online は、
        ///   OnPremises コネクタ経由のメールのテナントを、証明書のドメイン、MAIL FROM のドメイン、
        ///   受信者の順に判断します (テナント属性付与)。
        /// - `Set-InboundConnector` (リファレンス、
        ///   Microsoft Learn): `TlsSenderCertificateName` は、サーバーが提示する証明書と
        ///   比較されます。
        japanese: ["953d28ed"],
    }
}

impl Cause for CertificateNameMismatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        let judgement = context.judgement;
        let named = judgement.active().filter(|view| view.has_name()).count();
        if !context.concerns_our_side() || named == 0 || !judgement.surely_none_matches() {
            return None;
        }
        let expected = context.expected_connector();
        let language = context.analysis.language;
        let connector = context.send_connector();
        let offered = wording::certificate(language, certificate);
        let names = wording::names(language, certificate);
        let explanation = match expected {
            Some(view) => {
                let inbound = wording::connector(language, view);
                let expectation = wording::expectation(language, view);
                expects_another(
                    language,
                    connector,
                    &offered,
                    &names,
                    &inbound,
                    &expectation,
                )
            }
            None if named == 1 => the_only_one_does_not(language, connector, &offered, &names),
            None => none_expects_it(language, connector, &offered, &names, named),
        };
        let explanation = explanation + &on_premises::named_otherwise(context);
        let mut finding = Diagnosis::of(&Self::META, explanation)
            .deciding(expected.and_then(CauseContext::deciding));
        finding.fix = steps(context, expected, certificate);
        Some(finding)
    }
}

/// The steps: either side may be the right one.
fn steps(
    context: &CauseContext<'_>,
    expected: Option<&ConnectorView<'_>>,
    certificate: &Certificate,
) -> Vec<Fix> {
    if delivering::is_of_no_use(context.analysis, certificate) {
        let mut steps = offer::switch_from_own_authority(context);
        steps.extend(wizard::offered(context, expected));
        return steps;
    }
    let language = context.analysis.language;
    let mut steps = Vec::new();
    let tenants = context.analysis.tenants;
    let best = |view: &ConnectorView<'_>| host_name::best(view.tenant, tenants, certificate);
    let name = expected.and_then(best);
    if let (Some(view), Some(name)) = (expected, name) {
        let domain = wording::domain_note(language, view.tenant, &name);
        let note = if_the_certificate_is_right(language, &domain);
        steps.push(expect(context, view, &name, &note));
    }
    let wizard = match expected {
        Some(view) => wizard::offered_beside(context, view, steps.first()),
        None => wizard::offered(context, None),
    };
    let other = expected.map(|view| offer::instead(context, view));
    match other.filter(|other| !other.is_empty()) {
        Some(other) => steps.extend(other),
        None if names_another(context) => steps.push(Fix::inspect(
            Where::OnPremises,
            format!(
                "Get-ExchangeCertificate -Server {} | Format-List Thumbprint,Subject,NotAfter,Services,Status,HasPrivateKey",
                context
                    .servers_with_the_same_failure()
                    .first()
                    .map_or_else(|| "<server>".to_owned(), |server| command::quote(server))
            ),
            &find_out_why(language),
        )),
        None => steps.push(Fix::command(
            Where::OnPremises,
            format!(
                "Get-SendConnector -Identity {} | Format-List TlsCertificateName",
                command::send_identity(context.send_connector())
            ),
            &name_the_expected_one(language),
        )),
    }
    steps.extend(wizard);
    steps
}

/// Whether the exported send connector names another certificate than the one that was offered.
fn names_another(context: &CauseContext<'_>) -> bool {
    let Some(offered) = context.certificate() else {
        return false;
    };
    let mut exports = on_premises::send_connectors(context);
    exports.any(|export| {
        let name = named_certificate::name_of(export);
        name.is_some_and(|name| name.means(offered) == Some(false))
    })
}

sentences! {
    /// What was offered, and what the connector expects.
    fn expects_another(connector: &str, certificate: &str, names: &str, inbound: &str, expectation: &str) {
        en: "Send connector '{connector}' offered {certificate}, issued for {names}. No inbound connector expects any of these names: {inbound} {expectation}.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました (名前: {names})。これらの名前を想定する Exchange Online の受信コネクタはありません。{inbound}は{expectation}。" ["967e586f"],
    }
    /// What was offered, where several connectors expect other names.
    fn none_expects_it(connector: &str, certificate: &str, names: &str, named: usize) {
        en: "Send connector '{connector}' offered {certificate}, issued for {names}. None of the {named} inbound connectors with a certificate name expects any of these names.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました (名前: {names})。証明書名が設定された {named} 件の Exchange Online の受信コネクタの中に、これらの名前を想定するものはありません。" ["d04ef3c0"],
    }
    /// What was offered, where one connector expects names, but which is not known.
    fn the_only_one_does_not(connector: &str, certificate: &str, names: &str) {
        en: "Send connector '{connector}' offered {certificate}, issued for {names}. The only inbound connector with a certificate name expects none of these names.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました (名前: {names})。証明書名が設定された Exchange Online の受信コネクタは 1 件だけで、これらの名前を想定していません。" ["f572765f"],
    }
    /// Before the steps that change the inbound connector.
    fn if_the_certificate_is_right(steps: &str) {
        en: "Use this fix if the certificate is the right one. {steps}",
        ja: "証明書が正しい場合は、この対処を行います。 {steps}" ["148f6e08"],
    }
    /// The steps where the send connector names another certificate than the one that was offered.
    fn find_out_why() {
        en: "Use this fix if the inbound connector is right. The send connector names another certificate already, so setting the name again changes nothing. 1. Run the command on every server that offers the certificate above, and find out why it does not offer the named one: it is missing there, has no private key, is not enabled for SMTP, or has expired. 2. Import it, or enable it for SMTP. 3. Restart the transport service. 4. If the inbound connector expects yet another certificate, set TlsCertificateName to that one.",
        ja: "Exchange Online の受信コネクタが正しい場合は、この対処を行います。送信コネクタは既に別の証明書を指定しているため、名前を設定し直しても何も変わりません。 1. 上記の証明書を提示するすべてのサーバーでコマンドを実行し、指定された証明書を提示しない理由を調べます。その証明書がない、秘密キーがない、SMTP に対して有効になっていない、有効期限が切れている、のいずれかです。 2. その証明書をインポートするか、SMTP に対して有効にします。 3. トランスポート サービスを再起動します。 4. 受信コネクタがさらに別の証明書を想定している場合は、TlsCertificateName にその証明書を設定します。" ["b19af7e7"],
    }
    /// The steps that let the send connector name the certificate that is expected.
    fn name_the_expected_one() {
        en: "Use this fix if the inbound connector is right. 1. Run the command. It shows which certificate the send connector names. 2. Set TlsCertificateName to the certificate that the inbound connector expects.",
        ja: "Exchange Online の受信コネクタが正しい場合は、この対処を行います。 1. コマンドを実行します。送信コネクタが指定している証明書が表示されます。 2. TlsCertificateName に、受信コネクタが想定する証明書を設定します。" ["4bc0406c"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant, with_analysis};
    use crate::tenant::Known;

    #[test]
    fn fires_where_no_name_matches() {
        let other = tenant(Some("*.fabrikam.com"), &[], &["fabrikam.com"]);
        assert_eq!(
            causes(&[Session::default()], std::slice::from_ref(&other)),
            ["CRT005"]
        );
        let found = findings(&CertificateNameMismatch, &[Session::default()], &[other]);
        assert_eq!(
            found[0]
                .deciding
                .as_ref()
                .map(|found| found.tenant.as_str()),
            Some("contoso.onmicrosoft.com")
        );
    }

    #[test]
    fn no_connector_is_set_to_a_certificate_of_ones_own_authority() {
        let session = Session {
            names: &["smtp.contoso.net"],
            issuer: "CN=contoso-DC01-CA, DC=contoso, DC=local",
            ..Session::default()
        };
        let found = findings(&CertificateNameMismatch, &[session], &[contoso()]);
        let text = format!("{:?}", found[0].fix);
        assert!(!text.contains("TlsSenderCertificateName"), "{text}");
    }

    #[test]
    fn a_name_that_is_set_is_not_set_again() {
        let named = SendConnector {
            tls_certificate_name: Known::Value(Some(
                "<I>CN=Example CA, O=Example<S>CN=smtp.fabrikam.com".to_owned(),
            )),
            ..send_connector()
        };
        let own = on_premises(vec![named], Vec::new());
        let other = tenant(Some("smtp.fabrikam.com"), &[], &["fabrikam.com"]);
        with_analysis(&[Session::default()], &[other], &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let found = CertificateNameMismatch.check(&context).expect("a finding");
            let text = format!("{:?}", found.fix);
            assert!(text.contains("names another certificate already"), "{text}");
            assert!(!text.contains("2. Set TlsCertificateName"), "{text}");
        });
    }

    #[test]
    fn stays_silent_where_one_matches_or_may() {
        assert!(
            findings(
                &CertificateNameMismatch,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let mut lost = tenant(Some("*.fabrikam.com"), &[], &["fabrikam.com"]);
        lost.connectors
            .push(crate::scenario::logs::connector("lost", None, &[]));
        lost.connectors[1].tls_sender_certificate_name = Known::Lost;
        assert!(findings(&CertificateNameMismatch, &[Session::default()], &[lost]).is_empty());
    }
}
