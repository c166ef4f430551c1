//! DOM002: the address is listed, but the sender's domain is not accepted.

use crate::attribution::judgement::ConnectorView;
use crate::attribution::simulation::Sender;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::expect::expect;
use crate::remedy::{host_name, settings, wording};

declare_rule! {
    /// The mail is identified by its source address, and the sender's domain is not accepted.
    ///
    /// ## What it finds
    /// No certificate matches, and an inbound connector lists the address. The domain of MAIL FROM
    /// is not an accepted domain of that connector's tenant. The reply is `550 5.7.64`, sometimes
    /// with ATTR36.
    ///
    /// ## Why it matters
    /// With an address alone, Exchange Online attributes only mail from accepted domains. It
    /// rejects, for example, forwarded mail and newsletters that are sent with another sender
    /// domain.
    ///
    /// ## What to do
    /// Identify your servers by a certificate whose domain is accepted. Then any sender may relay.
    /// Or add the sender's domain, if it is yours, to the accepted domains.
    ///
    /// ## Sources
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - KB 3169958 (notice about configured connectors, Exchange Team, 2016-03-29, in force since
    ///   2017-07-05): to relay, the domain of the sender or of the certificate must be registered
    ///   in the tenant; replies with ATTR36 point to this page.
    /// - MC1226222 (message center, 2026-02-04): it asks to prefer a connector with a certificate
    ///   name to one with addresses.
    SenderDomainNotAccepted {
        code: "DOM002",
        name: "sender-domain-not-accepted",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors, AcceptedDomains],
        proof: Certificate,
        step: Sender,
        /// メールは送信元 IP アドレスで識別されていますが、送信者のドメインが承認済み
        /// ドメインではありません。
        ///
        /// ## 検出する内容
        /// 一致する証明書がなく、Exchange Online の受信コネクタが IP アドレスを
        /// 登録している場合を検出します。MAIL FROM のドメインは、その受信コネクタのテナントの
        /// 承認済みドメインではありません。応答は `550 5.7.64` で、ATTR36 を含むこともあります。
        ///
        /// ## 問題となる理由
        /// IP アドレスだけで識別する場合、Exchange Online がテナントに割り当てるのは、
        /// 承認済みドメインからのメールだけです。たとえば、転送メールや、別の送信者ドメインで
        /// 送られるニュースレターは拒否されます。
        ///
        /// ## 対処方法
        /// ドメインが承認済みである証明書でサーバーを識別するようにします。そうすると、
        /// どの送信者のメールもリレーできます。または、送信者のドメインが自組織のものであれば、
        /// 承認済みドメインに追加します。
        ///
        /// ## 出典
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        /// - KB 3169958 (構成済みコネクタに関する通知、Exchange Team、2016-03-29、
        ///   2017-07-05 から適用): リレーするには、送信者または証明書のドメインがテナントに
        ///   登録されている必要があります。ATTR36 を含む応答は、このページを案内します。
        /// - MC1226222 (メッセージ センター、2026-02-04): IP アドレスを登録したコネクタよりも、
        ///   証明書名を設定したコネクタを優先するよう求めています。
        japanese: ["1a3d4a7c"],
    }
}

impl Cause for SenderDomainNotAccepted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.is_unattributed()
            || context
                .judgement
                .active()
                .any(|view| view.matches_by_name())
        {
            return None;
        }
        let listing: Vec<_> = context
            .judgement
            .active()
            .filter(|view| view.matches_by_address())
            .collect();
        let view = *listing.first()?;
        // ATTR36 alone proves that the domain is not accepted.
        let refused =
            |accepted: Option<bool>| accepted.map_or(context.has_attr36(), |accepted| !accepted);
        if !listing
            .iter()
            .all(|view| refused(context.sender_accepted(view.tenant)))
        {
            return None;
        }
        let proven = context.sender_accepted(view.tenant).is_some();
        let language = context.analysis.language;
        let (connector, source) = (context.send_connector(), context.source_text());
        let inbound = wording::connector(language, view);
        let tenant = &view.tenant.name;
        let explanation = match context.sender() {
            Sender::Domain(domain) => {
                domain_is_not_accepted(language, connector, &source, &inbound, domain, tenant)
            }
            _ => null_sender_is_in_none(language, connector, &source, &inbound, tenant),
        };
        let others: Vec<&str> = listing
            .iter()
            .map(|view| view.tenant.name.as_str())
            .filter(|name| *name != view.tenant.name)
            .collect();
        let confidence = if proven {
            Confidence::High
        } else {
            Confidence::Medium
        };
        let finding = Diagnosis::of(&Self::META, explanation)
            .confidence(confidence)
            .deciding(CauseContext::deciding(view));
        Some(finding.fix(step(context, view, &others)))
    }
}

/// The step that lets the certificate identify the servers. `others` are tenants that list the address
/// as well.
fn step(context: &CauseContext<'_>, view: &ConnectorView<'_>, others: &[&str]) -> Fix {
    let language = context.analysis.language;
    if !others.is_empty() {
        let others = settings::listed(language, others);
        return Fix::step(&several_tenants_list_it(
            language,
            &view.tenant.name,
            &others,
        ));
    }
    let name = context
        .certificate()
        .filter(|found| !delivering::is_of_no_use(context.analysis, found))
        .and_then(|found| host_name::best(view.tenant, context.analysis.tenants, found));
    let Some(name) = name else {
        return Fix::step(&offer_and_expect(language));
    };
    let domain = wording::domain_note(language, view.tenant, &name);
    let note = identify_by_certificate(language, &domain);
    expect(context, view, &name, &note)
}

sentences! {
    /// Which sender domain is not accepted.
    fn domain_is_not_accepted(connector: &str, source: &str, inbound: &str, domain: &str, tenant: &str) {
        en: "Exchange Online identifies mail of send connector '{connector}' by its source address {source}, which {inbound} lists. However, the sender's domain '{domain}' is not an accepted domain of {tenant}.",
        ja: "Exchange Online は、送信コネクタ「{connector}」のメールを送信元 IP アドレス {source} で識別します。この IP アドレスは {inbound}に登録されています。しかし、送信者のドメイン「{domain}」は {tenant} の承認済みドメインではありません。" ["905992cd"],
    }
    /// The same for the null sender.
    fn null_sender_is_in_none(connector: &str, source: &str, inbound: &str, tenant: &str) {
        en: "Exchange Online identifies mail of send connector '{connector}' by its source address {source}, which {inbound} lists. However, the sender is <>, which is in no accepted domain of {tenant}.",
        ja: "Exchange Online は、送信コネクタ「{connector}」のメールを送信元 IP アドレス {source} で識別します。この IP アドレスは {inbound}に登録されています。しかし、送信者は <> であり、{tenant} のどの承認済みドメインにも属しません。" ["cc4490b4"],
    }
    /// The steps where no certificate is known that could be expected.
    fn offer_and_expect() {
        en: "1. Let the send connector offer a certificate whose domain is accepted. 2. Set TlsSenderCertificateName of the inbound connector to the name of this certificate.",
        ja: "1. ドメインが承認済みである証明書を、送信コネクタが提示するようにします。 2. Exchange Online の受信コネクタの TlsSenderCertificateName に、この証明書の名前を設定します。" ["fd4edca7"],
    }
    /// Before the steps that let the inbound connector expect the certificate.
    fn identify_by_certificate(steps: &str) {
        en: "With this command, Exchange Online identifies your servers by the certificate that they offer already. Mail from any sender then gets through. {steps}",
        ja: "このコマンドを実行すると、Exchange Online は、サーバーが既に提示している証明書でサーバーを識別します。その後は、どの送信者のメールも受け入れられます。 {steps}" ["c597d793"],
    }
    /// The steps where connectors of several tenants list the address.
    fn several_tenants_list_it(tenant: &str, others: &str) {
        en: "Connectors of {tenant} and {others} list this address. If a connector of one of them expected the certificate that all of this mail offers, that tenant would get the mail of the others, too. 1. Decide which tenant is to relay this mail. 2. Get a certificate with a name of its own for it, in a domain that only this tenant accepts. 3. Let a send connector of its own offer this certificate. 4. Add an inbound connector of type OnPremises in this tenant that expects exactly this name.",
        ja: "{tenant} と {others} の Exchange Online の受信コネクタが、この IP アドレスを登録しています。このメールはすべて同じ証明書を提示します。いずれかのテナントの受信コネクタがその証明書を想定すると、ほかのテナントのメールもそのテナントに割り当てられます。 1. このメールをリレーするテナントを決めます。 2. そのテナント専用の名前の証明書を取得します。名前のドメインは、そのテナントだけの承認済みドメインである必要があります。 3. 専用の送信コネクタがこの証明書を提示するようにします。 4. そのテナントに、この名前だけを想定する、種類が OnPremises の受信コネクタを追加します。" ["b415b7a8"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, causes, contoso, findings, tenant};

    fn from(sender: &'static str) -> [Session; 1] {
        [Session {
            mails: vec![(sender, DENIED)],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_on_a_foreign_sender_behind_a_listed_address() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert_eq!(causes(&from("a@example.net"), &[by_address]), ["DOM002"]);
    }

    #[test]
    fn an_address_of_two_tenants_gets_no_certificate_name() {
        let one = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let mut two = tenant(None, &["203.0.113.7"], &["fabrikam.com"]);
        two.name = "fabrikam.onmicrosoft.com".to_owned();
        let found = findings(
            &SenderDomainNotAccepted,
            &from("a@example.net"),
            &[one, two],
        );
        let fix = &found[0].fix[0];
        assert_eq!(fix.command, None);
        assert!(
            fix.note.contains("fabrikam.onmicrosoft.com"),
            "{}",
            fix.note
        );
    }

    #[test]
    fn stays_silent_on_an_accepted_sender_and_on_certificates() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@contoso.com"),
                &[by_address]
            )
            .is_empty()
        );
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@example.net"),
                &[contoso()]
            )
            .is_empty()
        );
    }
}
