//! DOM001: the connector matches, but its domain is not accepted.

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::{domain, wizard, wording};

declare_rule! {
    /// An inbound connector matches the certificate, but neither its domain nor the sender's domain
    /// is an accepted domain of the tenant.
    ///
    /// ## What it finds
    /// Rejected mail, often with `550 5.7.64 Relay Access Denied ATTR36` (in 2016 and 2017: `451
    /// 4.4.4 Relay Access Denied, unrecognized sender domain. ATTR36`). The domain of the
    /// connector's certificate name is not in the list of accepted domains (for
    /// `*.sub.contoso.com`, this domain is `sub.contoso.com`). The sender's domain is not in the
    /// list either. If only the parent domain is in the list, this entry appears only if the reply
    /// contains ATTR36.
    ///
    /// ## Why it matters
    /// Since November 2023, mail can relay only if the domain of the certificate or of MAIL FROM is
    /// accepted. The From header no longer counts.
    ///
    /// ## What to do
    /// Add the domain to the accepted domains of the tenant and verify it. Or use a certificate
    /// whose domain is accepted.
    ///
    /// ## Sources
    /// - KB 3169958 (notice about configured connectors, Exchange Team, 2016-03-29, in force since
    ///   2017-07-05): to relay, the domain of the sender or of the certificate must be registered
    ///   in the tenant; replies with ATTR36 point to this page.
    /// - KB 4019940 ("550 5.7.64 Relay Access Denied ATTR36", Microsoft Learn, 2024-01-24): the
    ///   hybrid wizard warns if no accepted domain matches the name of the certificate, and mail of
    ///   other domains is then rejected.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - The Exchange Team in the comments on that article (2023): the host name itself should be
    ///   an accepted domain, or the connector should expect `*.` and its parent.
    /// - MC1226222 (message center, 2026-02-04): a certificate domain that is not an accepted
    ///   domain of the tenant is the first of two configurations that can break mail flow at any
    ///   time.
    CertificateDomainNotAccepted {
        code: "DOM001",
        name: "certificate-domain-not-accepted",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors, AcceptedDomains],
        proof: Certificate,
        step: AcceptedDomain,
        /// Exchange Online の受信コネクタは証明書と一致しますが、そのドメインも送信者のドメインも、
        /// テナントの承認済みドメインではありません。
        ///
        /// ## 検出する内容
        /// 拒否されたメールを検出します。応答は多くの場合、
        /// `550 5.7.64 Relay Access Denied ATTR36` です。2016 年と 2017 年の応答は、
        /// `451 4.4.4 Relay Access Denied, unrecognized sender domain. ATTR36` です。受信コネクタの
        /// 証明書名のドメインは、承認済みドメインの一覧にありません (`*.sub.contoso.com` の場合、
        /// ドメインは `sub.contoso.com` です)。送信者のドメインも一覧にありません。親ドメインだけが
        /// 一覧にある場合、この項目は応答に ATTR36 が含まれるときにのみ表示されます。
        ///
        /// ## 問題となる理由
        /// 2023 年 11 月以降、証明書のドメインまたは MAIL FROM のドメインが承認済みでなければ、
        /// メールをリレーできません。From ヘッダーは考慮されなくなりました。
        ///
        /// ## 対処方法
        /// そのドメインをテナントの承認済みドメインに追加し、ドメインの所有権を確認します。または、
        /// ドメインが承認済みである証明書を使用します。
        ///
        /// ## 出典
        /// - KB 3169958 (構成済みコネクタに関する通知、Exchange Team、2016-03-29、
        ///   2017-07-05 から適用): リレーするには、送信者または証明書のドメインがテナントに
        ///   登録されている必要があります。ATTR36 を含む応答は、このページを案内します。
        /// - KB 4019940 ("550 5.7.64 Relay Access Denied ATTR36"、Microsoft Learn、
        ///   2024-01-24): 証明書の名前と一致する承認済みドメインがない場合、
        ///   ハイブリッド構成ウィザードが警告します。その場合、ほかのドメインのメールは
        ///   拒否されます。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        /// - この記事のコメントでの Exchange Team の説明 (2023): ホスト名そのものを
        ///   承認済みドメインにするか、コネクタが `*.` とその親ドメインを想定するようにします。
        /// - MC1226222 (メッセージ センター、2026-02-04): 証明書のドメインが
        ///   テナントの承認済みドメインではないことは、いつでもメール フローに障害を
        ///   起こし得る 2 つの構成のうちの 1 つ目です。
        japanese: ["7466c771"],
    }
}

impl Cause for CertificateDomainNotAccepted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let matching = || {
            context
                .judgement
                .active()
                .filter(|view| view.matches_by_name())
        };
        let attr36 = context.has_attr36();
        let accepted = matching().any(|view| view.domain == DomainStatus::Accepted);
        // ATTR36 shows that it was not accepted then.
        if !context.is_unattributed() || (accepted && !attr36) {
            return None;
        }
        let (view, confidence) = matching().find_map(|view| {
            let confidence = match view.domain {
                DomainStatus::NotAccepted => Confidence::High,
                DomainStatus::ParentOnly if attr36 => Confidence::High,
                DomainStatus::Uncertain | DomainStatus::Unknown if attr36 => Confidence::Medium,
                DomainStatus::Accepted if attr36 => return Some((view, Confidence::Medium)),
                _ => return None,
            };
            let sender_is_not = match context.sender_accepted(view.tenant) {
                Some(accepted) => !accepted,
                None => attr36,
            };
            sender_is_not.then_some((view, confidence))
        })?;
        let domain = view
            .name
            .as_ref()
            .and_then(|name| name.domain())
            .map(|(domain, _)| domain);
        let domain = domain.unwrap_or_default();
        if view.domain == DomainStatus::Accepted {
            return Some(accepted_since(context, view, &domain));
        }
        let language = context.analysis.language;
        let mut explanation = neither_is_accepted(
            language,
            &view.connector.name,
            &view.tenant.name,
            &wording::offered(context),
            &domain,
        );
        match view.domain {
            DomainStatus::ParentOnly => explanation.push_str(&only_the_parent_is(language)),
            DomainStatus::Unknown => explanation.push_str(&attr36_shows_it(language)),
            _ => {}
        }
        let mut finding = Diagnosis::of(&Self::META, explanation)
            .confidence(confidence)
            .deciding(CauseContext::deciding(view))
            .fix(domain::accept(language, view.tenant, &domain));
        finding.fix.extend(wizard::offered(context, Some(view)));
        Some(finding)
    }
}

/// The reply shows that the domain was not accepted, and the export, which is newer, that it is.
fn accepted_since(context: &CauseContext<'_>, view: &ConnectorView<'_>, domain: &str) -> Diagnosis {
    let language = context.analysis.language;
    let explanation = is_accepted_since(
        language,
        &view.connector.name,
        &view.tenant.name,
        &wording::offered(context),
        domain,
    );
    Diagnosis::of(&CertificateDomainNotAccepted::META, explanation)
        .confidence(Confidence::Medium)
        .deciding(CauseContext::deciding(view))
        .fix(Fix::step(&test_it(language)))
}

sentences! {
    /// Which domains are not accepted.
    fn neither_is_accepted(inbound: &str, tenant: &str, certificate: &str, domain: &str) {
        en: "Inbound connector '{inbound}' of {tenant} matches {certificate}, but '{domain}' is not an accepted domain of {tenant}. The sender's domain is not an accepted domain either.",
        ja: "{tenant} の受信コネクタ「{inbound}」は証明書 {certificate} と一致しますが、「{domain}」は {tenant} の承認済みドメインではありません。送信者のドメインも承認済みドメインではありません。" ["32ff93da"],
    }
    /// After that sentence, where only the parent domain is accepted.
    fn only_the_parent_is() {
        en: " Only its parent domain is accepted. The ATTR36 in the reply shows that this is not enough.",
        ja: "承認済みなのは、その親ドメインだけです。応答の ATTR36 は、それでは不十分であることを示しています。" ["4efb689f"],
    }
    /// After that sentence, where no list of accepted domains was given.
    fn attr36_shows_it() {
        en: " The ATTR36 in the reply shows this. No export of the accepted domains was given.",
        ja: "これは応答の ATTR36 から分かります。承認済みドメインのエクスポートは指定されていません。" ["46f5d281"],
    }
    /// Which domain was not accepted and is now.
    fn is_accepted_since(inbound: &str, tenant: &str, certificate: &str, domain: &str) {
        en: "Inbound connector '{inbound}' of {tenant} matches {certificate}. The ATTR36 in the reply shows that '{domain}' was not an accepted domain of {tenant} at that time. By the export, it is one now.",
        ja: "{tenant} の受信コネクタ「{inbound}」は証明書 {certificate} と一致します。応答の ATTR36 は、その時点で「{domain}」が {tenant} の承認済みドメインではなかったことを示しています。エクスポートによると、現在は承認済みドメインです。" ["6c9478d4"],
    }
    /// What is left to do after the domain was added.
    fn test_it() {
        en: "The domain has been added since. Send a test message to an external recipient, or run sendlens again with newer logs. A new domain can take an hour to work.",
        ja: "ドメインはその後追加されています。外部の受信者にテスト メッセージを送信するか、より新しいログで sendlens をもう一度実行します。新しいドメインが有効になるまで 1 時間かかることがあります。" ["c5a7f12d"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, causes, findings, tenant};

    const ATTR36: &str =
        "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to kb/3169958";

    fn refused(sender: &'static str, reply: &'static str) -> [Session; 1] {
        [Session {
            mails: vec![(sender, reply)],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_neither_domain_is_accepted() {
        let other = tenant(Some("mail.contoso.com"), &[], &["fabrikam.com"]);
        assert_eq!(
            causes(&refused("a@contoso.com", DENIED), &[other]),
            ["DOM001"]
        );
        let parent = tenant(Some("mail.contoso.com"), &[], &["contoso.com"]);
        assert_eq!(
            causes(&refused("a@example.net", ATTR36), &[parent]),
            ["DOM001"]
        );
    }

    #[test]
    fn attr36_alone_proves_it_without_a_list() {
        let mut without = tenant(Some("mail.contoso.com"), &[], &[]);
        without.domains = None;
        let found = findings(
            &CertificateDomainNotAccepted,
            &refused("a@contoso.com", ATTR36),
            &[without.clone()],
        );
        assert_eq!(found[0].confidence, Confidence::Medium);
        assert!(
            findings(
                &CertificateDomainNotAccepted,
                &refused("a@contoso.com", DENIED),
                &[without]
            )
            .is_empty()
        );
    }

    #[test]
    fn stays_silent_where_one_of_them_is() {
        let sender = tenant(Some("mail.contoso.com"), &[], &["fabrikam.com"]);
        assert!(
            findings(
                &CertificateDomainNotAccepted,
                &refused("a@fabrikam.com", DENIED),
                &[sender]
            )
            .is_empty()
        );
        let parent = tenant(Some("mail.contoso.com"), &[], &["contoso.com"]);
        assert!(
            findings(
                &CertificateDomainNotAccepted,
                &refused("a@example.net", DENIED),
                &[parent]
            )
            .is_empty()
        );
        let own = tenant(Some("mail.contoso.com"), &[], &["mail.contoso.com"]);
        assert!(
            findings(
                &CertificateDomainNotAccepted,
                &refused("a@example.net", DENIED),
                &[own]
            )
            .is_empty()
        );
    }

    #[test]
    fn attr36_proves_what_was_not_accepted_then() {
        let own = tenant(Some("mail.contoso.com"), &[], &["mail.contoso.com"]);
        let found = findings(
            &CertificateDomainNotAccepted,
            &refused("a@example.net", ATTR36),
            &[own],
        );
        assert_eq!(found[0].confidence, Confidence::Medium);
        assert_eq!(found[0].fix[0].command, None);
    }
}
