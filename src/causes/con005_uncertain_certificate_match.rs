//! CON005: the certificate matches only in an undocumented way.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::expect::expect;
use crate::remedy::{wizard, wording};

declare_rule! {
    /// The certificate matches an inbound connector only in a way that Microsoft does not document.
    ///
    /// ## What it finds
    /// No connector certainly matches. One connector matches by an uncertain row of the wildcard
    /// table, for instance a connector for `mail.contoso.com` and a certificate for
    /// `*.contoso.com`.
    ///
    /// ## Why it matters
    /// Exchange Online may start or stop accepting such a match without notice. The rejected mail
    /// suggests that it does not accept it.
    ///
    /// ## What to do
    /// Set the connector to exactly the name that the certificate holds.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `TlsSenderCertificateName` is a host
    ///   name or a wildcard with a domain; how the two compare beyond the plain cases is not
    ///   described.
    /// - The uncertain rows are inferred from how names in certificates are compared elsewhere (RFC
    ///   6125), and from what administrators report.
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    UncertainCertificateMatch {
        code: "CON005",
        name: "uncertain-certificate-match",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 証明書は、Microsoft が文書化していない方法でのみ、Exchange Online の受信コネクタと
        /// 一致します。
        ///
        /// ## 検出する内容
        /// 確実に一致するコネクタはありません。1 つのコネクタが、ワイルドカードの対応表の不確実な
        /// 行によって一致します。たとえば、`mail.contoso.com` のコネクタと `*.contoso.com` の
        /// 証明書です。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、このような一致を予告なく受け入れ始めることも、
        /// 受け入れなくなることもあります。メールが拒否されていることから、受け入れていないと
        /// 考えられます。
        ///
        /// ## 対処方法
        /// コネクタに、証明書に含まれる名前をそのまま設定します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、
        ///   Microsoft Learn): `TlsSenderCertificateName` は、ホスト名、またはワイルドカードを
        ///   付けたドメインです。単純な場合以外に 2 つの名前がどのように比較されるかは、
        ///   説明されていません。
        /// - 不確実な行は、ほかの場面での証明書の名前の比較方法 (RFC 6125) と、
        ///   管理者の報告からの推定です。
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        japanese: ["485d5187"],
    }
}

impl Cause for UncertainCertificateMatch {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.active().find(|view| view.is_uncertain())?;
        let found = view.name_match.as_ref()?;
        let language = context.analysis.language;
        let explanation = uncertain(
            language,
            context.send_connector(),
            &wording::certificate(language, certificate),
            &wording::names(language, certificate),
            &wording::connector(language, view),
            &wording::expectation(language, view),
            &wording::capitalised(language, &found.row.note(language)),
        );
        let finding =
            Diagnosis::of(&Self::META, explanation).deciding(CauseContext::deciding(view));
        if found.name.is_empty() {
            return Some(finding);
        }
        let domain = wording::domain_note(language, view.tenant, &found.name);
        let note = set_name(language, &domain);
        let mut finding = finding.fix(expect(context, view, &found.name, &note));
        let wizard = wizard::offered_beside(context, view, finding.fix.first());
        finding.fix.extend(wizard);
        Some(finding)
    }
}

sentences! {
    /// How they match.
    fn uncertain(connector: &str, certificate: &str, names: &str, inbound: &str, expectation: &str, note: &str) {
        en: "Send connector '{connector}' offered {certificate}, issued for {names}. However, {inbound} {expectation}. {note}. The rejected mail suggests that Exchange Online does not accept this match.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました (名前: {names})。一方、{inbound}は{expectation}。{note}。メールが拒否されていることから、Exchange Online はこの一致を受け入れていないと考えられます。" ["2dc38517"],
    }
    /// What the command does, before the steps around it.
    fn set_name(steps: &str) {
        en: "The command sets the connector to a name that the certificate holds. {steps}",
        ja: "コマンドは、証明書に含まれる名前をコネクタに設定します。 {steps}" ["6b9694af"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_on_a_host_against_a_wildcard_certificate() {
        let wildcard = [Session {
            names: &["*.contoso.com"],
            ..Session::default()
        }];
        assert_eq!(causes(&wildcard, &[contoso()]), ["CON005"]);
    }

    #[test]
    fn stays_silent_on_a_sure_match_and_on_none() {
        assert!(
            findings(
                &UncertainCertificateMatch,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let other = [Session {
            names: &["mail.fabrikam.com"],
            ..Session::default()
        }];
        assert!(findings(&UncertainCertificateMatch, &other, &[contoso()]).is_empty());
    }
}
