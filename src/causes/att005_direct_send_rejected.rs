//! ATT005: the recipient's tenant rejects direct send.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::smtp::reply::Class;

declare_rule! {
    /// The recipient's tenant rejects direct send, and no connector attributed the mail to the
    /// sender.
    ///
    /// ## What it finds
    /// Replies with `550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this
    /// organization from unauthorized sources`. The exports show no fault in your own
    /// configuration. The reply proves two things: the domain of MAIL FROM is an accepted domain of
    /// the recipient's tenant, and no connector of any type matched there.
    ///
    /// ## Why it matters
    /// Mail in the name of an accepted domain is rejected if it arrives without a matching
    /// connector. Mail from `<>` and from other domains is never rejected for this reason. If it is
    /// accepted, this proves nothing about your connector.
    ///
    /// ## What to do
    /// Send the mail through the send connector that offers the certificate, or create an inbound
    /// connector for its source. A change takes up to 30 minutes. Until then, an administrator of
    /// the recipient's tenant can turn off `RejectDirectSend`. Anybody can then send mail in the
    /// name of your domains to that tenant.
    ///
    /// ## Sources
    /// - "Introducing more control over Direct Send in Exchange Online" (Exchange Team,
    ///   2025-04-28): the setting rejects mail from an accepted domain in MAIL FROM that matches no
    ///   connector, and takes up to 30 minutes.
    /// - MC1093237 (message center, 2025-06-13): the setting is off by default, and a Partner
    ///   connector authenticates wanted mail.
    /// - `Set-OrganizationConfig` (reference, Microsoft Learn): `RejectDirectSend` looks at MAIL
    ///   FROM only, and any matching inbound connector lets the mail pass.
    DirectSendRejected {
        code: "ATT005",
        name: "direct-send-rejected",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
        /// 受信者のテナントが直接送信 (Direct Send) を拒否していて、メールを送信者に割り当てる
        /// コネクタもありませんでした。
        ///
        /// ## 検出する内容
        /// `550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources` という
        /// 応答です。エクスポートからは、自組織の構成に問題は見つかりません。
        /// この応答は 2 つのことを証明します。MAIL FROM のドメインが受信者のテナントの承認済み
        /// ドメインであること、およびそのテナントでどの種類のコネクタも一致しなかったことです。
        ///
        /// ## 問題となる理由
        /// 承認済みドメインを名乗るメールは、一致するコネクタがない状態で届くと拒否されます。
        /// `<>` やほかのドメインからのメールが、この理由で拒否されることはありません。
        /// そのようなメールが受け入れられても、コネクタが正しいことの証明にはなりません。
        ///
        /// ## 対処方法
        /// 証明書を提示する送信コネクタからメールを送信するか、送信元に対応する Exchange Online の
        /// 受信コネクタを作成します。変更の反映には最大 30 分かかります。それまでの間、
        /// 受信者のテナントの管理者は `RejectDirectSend` を無効にできます。ただし無効の間は、
        /// 誰でも自組織のドメインを名乗って、そのテナントにメールを送信できます。
        ///
        /// ## 出典
        /// - "Introducing more control over Direct Send in Exchange Online" (Exchange Team、
        ///   2025-04-28): この設定は、MAIL FROM が承認済みドメインで、どのコネクタとも
        ///   一致しないメールを拒否します。反映には最大 30 分かかります。
        /// - MC1093237 (メッセージ センター、2025-06-13): この設定は既定で無効です。
        ///   必要なメールは Partner コネクタで認証します。
        /// - `Set-OrganizationConfig` (リファレンス、
        ///   Microsoft Learn): `RejectDirectSend` は MAIL FROM だけを確認します。
        ///   受信コネクタが 1 つでも一致すれば、メールは受け入れられます。
        japanese: ["e2be7c51"],
    }
}

impl Cause for DirectSendRejected {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let language = context.analysis.language;
        crate::remedy::at_recipient::rejected(
            context,
            Class::DirectSend,
            &Self::META,
            &rejected(language),
            &use_connector(language),
        )
    }
}

sentences! {
    /// What happened to the mail.
    fn rejected() {
        en: "Its mail was rejected because the recipient's tenant rejects direct send.",
        ja: "受信者のテナントが直接送信 (Direct Send) を拒否しているため、メールは拒否されました。" ["a5978b6e"],
    }
    /// What to do.
    fn use_connector() {
        en: "1. Send this mail through a send connector whose certificate matches an inbound connector, or create an inbound connector for its source. 2. Until then, an administrator of the recipient's tenant can turn the check off in Exchange Online PowerShell (Set-OrganizationConfig -RejectDirectSend $false).",
        ja: "1. 証明書が Exchange Online の受信コネクタと一致する送信コネクタからこのメールを送信するか、送信元に対応する受信コネクタを作成します。 2. それまでの間、受信者のテナントの管理者は、Exchange Online PowerShell でこのチェックを無効にできます (Set-OrganizationConfig -RejectDirectSend $false)。" ["575b1e53"],
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
                "550 5.7.68 TenantInboundAttribution; Direct Send not allowed",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(
            findings(&DirectSendRejected, &refused(), &[contoso()]).len(),
            1
        );
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT005"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(findings(&DirectSendRejected, &[Session::default()], &[contoso()]).is_empty());
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }
}
