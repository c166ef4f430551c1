//! ATT004: a Partner connector of the recipient's tenant restricts its senders.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::smtp::reply::Class;

declare_rule! {
    /// A Partner connector of the recipient's tenant restricts its senders and rejected the mail.
    ///
    /// ## What it finds
    /// Replies with `550 5.7.51 TenantInboundAttribution; There is a partner connector configured`,
    /// or the short form `Rejecting`. Exchange Online attributed the mail by its recipient. In the
    /// recipient's tenant, a connector of type Partner matched. This connector restricts senders to
    /// a certificate or to addresses. The exports show no fault in your own configuration.
    ///
    /// ## Why it matters
    /// Mail from these senders to that tenant is rejected until the connector is changed.
    ///
    /// ## What to do
    /// If the recipient's tenant is not yours, send these steps to its administrator:
    ///
    /// 1. In the recipient's tenant, find the Partner connector whose sender domains include the
    ///    sender.
    /// 2. Change its certificate name or address list so that it matches what your servers offer.
    ///    Or narrow its sender domains.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `RestrictDomainsToCertificate` and
    ///   `RestrictDomainsToIPAddresses` of a Partner connector reject mail of its sender domains
    ///   from elsewhere.
    /// - "Office 365 Message Attribution" (Exchange Team, 2019-07-11; the team still called it
    ///   valid in 2026-05): Exchange Online first looks for a connector that shows the tenant of
    ///   the sender, and otherwise treats the mail as incoming for the tenant of the recipient.
    /// - Observed at seppmail.statuspal.eu (incident 168353, 2024-05-17): mail of a relay was
    ///   rejected with TenantInboundAttribution without any change on its side.
    RestrictingPartnerConnector {
        code: "ATT004",
        name: "restricting-partner-connector",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
        /// 受信者のテナントの Partner コネクタが送信者を制限していて、メールを拒否しました。
        ///
        /// ## 検出する内容
        /// `550 5.7.51 TenantInboundAttribution; There is a partner connector configured`、
        /// または短い形の `Rejecting` という応答です。Exchange Online は、受信者に基づいてメールを
        /// テナントに割り当てました。受信者のテナントでは、種類が Partner のコネクタが
        /// 一致しました。このコネクタは、送信者を特定の証明書または IP アドレスに制限しています。
        /// エクスポートからは、自組織の構成に問題は見つかりません。
        ///
        /// ## 問題となる理由
        /// コネクタが変更されるまで、これらの送信者からそのテナントへのメールは拒否されます。
        ///
        /// ## 対処方法
        /// 受信者のテナントが自組織のものでない場合は、次の手順をそのテナントの管理者に送ります。
        ///
        /// 1. 受信者のテナントで、送信者ドメインにこの送信者が含まれている Partner コネクタを
        ///    見つけます。
        /// 2. 証明書名または IP アドレスの一覧を、サーバーが提示する内容と一致するように
        ///    変更します。または、送信者ドメインの範囲を狭めます。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、
        ///   Microsoft Learn): Partner コネクタの `RestrictDomainsToCertificate` と `RestrictDomainsToIPAddresses` は、
        ///   送信者ドメインのメールがほかの場所から届いた場合に、そのメールを拒否します。
        /// - "Office 365 Message Attribution" (Exchange Team、2019-07-11、
        ///   2026-05 にもチームが有効と説明): Exchange Online は最初に、
        ///   送信者のテナントを示すコネクタを探します。見つからない場合は、
        ///   受信者のテナントへの受信メールとして扱います。
        /// - seppmail.statuspal.eu での観測 (インシデント 168353、2024-05-17): リレー側では何も
        ///   変更していないのに、メールが TenantInboundAttribution で拒否されました。
        japanese: ["b89b5fc9"],
    }
}

impl Cause for RestrictingPartnerConnector {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let language = context.analysis.language;
        crate::remedy::at_recipient::rejected(
            context,
            Class::RestrictingPartner,
            &Self::META,
            &rejected(language),
            &change_connector(language),
        )
    }
}

sentences! {
    /// What happened to the mail.
    fn rejected() {
        en: "Its mail was rejected by a Partner connector of the recipient's tenant that restricts its senders.",
        ja: "メールは、送信者を制限している受信者のテナントの Partner コネクタによって拒否されました。" ["20172d6b"],
    }
    /// What to do.
    fn change_connector() {
        en: "If the recipient's tenant is not yours, send these steps to its administrator. 1. In the recipient's tenant, find the Partner connector whose sender domains include this sender. 2. Change its certificate name or its addresses so that they match what your servers offer. Or narrow its sender domains.",
        ja: "受信者のテナントが自組織のものでない場合は、次の手順をそのテナントの管理者に送ります。 1. 受信者のテナントで、送信者ドメインにこの送信者が含まれている Partner コネクタを見つけます。 2. 証明書名または IP アドレスを、サーバーが提示する内容と一致するように変更します。または、送信者ドメインの範囲を狭めます。" ["06ee4b3f"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};

    fn refused() -> [Session; 1] {
        [Session {
            mails: vec![(
                "a@contoso.com",
                "550 5.7.51 TenantInboundAttribution; Rejecting",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(
            findings(&RestrictingPartnerConnector, &refused(), &[contoso()]).len(),
            1
        );
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT004"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(
            findings(
                &RestrictingPartnerConnector,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }
}
