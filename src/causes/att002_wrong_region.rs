//! ATT002: the mail went to the wrong region.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::smtp::reply::Class;

declare_rule! {
    /// The mail went to the wrong region of Microsoft 365.
    ///
    /// ## What it finds
    /// Replies with `451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35`. The recipient's
    /// tenant is in another region, and no connector attributed the mail there. The exports show no
    /// fault in your own configuration.
    ///
    /// ## Why it matters
    /// The smart host chooses the region, but never the tenant. Either it belongs to another region
    /// than the tenant that should accept the mail, or no connector matched and the recipient is in
    /// another region.
    ///
    /// ## What to do
    /// 1. In the Microsoft 365 admin center, open the DNS records of your domain and read its MX
    ///    host. It ends in `.mail.protection.outlook.com` or, for domains that were added since
    ///    July 2026, in `.mx.microsoft`. It cannot always be made from the domain name.
    /// 2. Compare this host with the smart host of the send connector.
    /// 3. If they differ, set the smart host to the MX host.
    ///
    /// ## Sources
    /// - "ATTR35 response code when you send mail to EOP/EXO" (Microsoft Learn): an MX record or a
    ///   smart host has a wrong target, such as an old host name or an IP address of Office 365.
    /// - MC1048624 (message center, 2025-04): domains that are added since 2026-07-01 get an MX
    ///   host under `mx.microsoft`, which cannot be made from the domain name.
    /// - "Office 365 Message Attribution" (Exchange Team, 2019-07-11; the team still called it
    ///   valid in 2026-05): Exchange Online first looks for a connector that shows the tenant of
    ///   the sender, and otherwise treats the mail as incoming for the tenant of the recipient.
    WrongRegion {
        code: "ATT002",
        name: "wrong-region",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
        /// メールが Microsoft 365 の誤ったリージョンに送信されました。
        ///
        /// ## 検出する内容
        /// `451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35` という応答です。受信者の
        /// テナントは別のリージョンにあり、そのリージョンのテナントにメールを割り当てる
        /// コネクタはありませんでした。エクスポートからは、自組織の構成に問題は見つかりません。
        ///
        /// ## 問題となる理由
        /// スマート ホストはリージョンを決めますが、テナントは決めません。スマート ホストの
        /// リージョンが、メールを受け入れるべきテナントのリージョンと異なるか、一致する
        /// コネクタがなく、受信者が別のリージョンにいるかのどちらかです。
        ///
        /// ## 対処方法
        /// 1. Microsoft 365 管理センターでドメインの DNS レコードを開き、MX ホストを確認します。
        ///    末尾は `.mail.protection.outlook.com` です。2026 年 7 月以降に追加された
        ///    ドメインでは `.mx.microsoft` です。ホスト名は、ドメイン名から推測できるとは
        ///    限りません。
        /// 2. このホストを、送信コネクタのスマート ホストと比較します。
        /// 3. 異なる場合は、スマート ホストに MX ホストを設定します。
        ///
        /// ## 出典
        /// - "ATTR35 response code when you send mail to EOP/EXO" (Microsoft Learn): MX レコードまたは
        ///   スマート ホストの宛先が、Office 365 の古いホスト名や IP アドレスなど、
        ///   誤ったものになっています。
        /// - MC1048624 (メッセージ センター、2025-04): 2026-07-01 以降に追加されたドメインには、
        ///   `mx.microsoft` の下の MX ホストが割り当てられます。このホスト名は、ドメイン名からは
        ///   推測できません。
        /// - "Office 365 Message Attribution" (Exchange Team、2019-07-11、
        ///   2026-05 にもチームが有効と説明): Exchange Online は最初に、
        ///   送信者のテナントを示すコネクタを探します。見つからない場合は、
        ///   受信者のテナントへの受信メールとして扱います。
        japanese: ["d1b8ba74"],
    }
}

impl Cause for WrongRegion {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let language = context.analysis.language;
        crate::remedy::at_recipient::rejected(
            context,
            Class::WrongRegion,
            &Self::META,
            &rejected(language),
            &compare_hosts(language),
        )
    }

    /// A queue does not show what was offered, so the exports are not asked.
    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        (context.class() == Some(Class::WrongRegion)).then(|| {
            let language = context.checks.language;
            let explanation = rejected_in_queue(
                language,
                context.send_connector(),
                context.quoted(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::step(&compare_hosts(language)))
        })
    }
}

sentences! {
    /// What happened to the mail.
    fn rejected() {
        en: "Its mail was rejected because it went to a region of Microsoft 365 that is not the region of the recipient's tenant.",
        ja: "メールは、受信者のテナントのリージョンではない Microsoft 365 のリージョンに送信されたため、拒否されました。" ["bf1915c7"],
    }
    /// What a queue shows.
    fn rejected_in_queue(connector: &str, reply: &str, waiting: &str) {
        en: "Mail of send connector '{connector}' went to a region of Microsoft 365 that is not the region of the recipient's tenant ('{reply}'). {waiting} The send log of the time shows whether a connector should have matched: give it too.",
        ja: "送信コネクタ「{connector}」のメールが、受信者のテナントのリージョンではない Microsoft 365 のリージョンに送信されました (「{reply}」)。{waiting}コネクタが一致するはずだったかどうかは、その時刻の送信ログで分かります。送信ログも指定してください。" ["2d4a821a"],
    }
    /// What to do.
    fn compare_hosts() {
        en: "1. Look up the MX record of your tenant's initial domain (such as contoso.onmicrosoft.com). 2. Compare its host with the smart host of the send connector. 3. If they differ, set the smart host to the host in the MX record.",
        ja: "1. テナントの初期ドメイン (contoso.onmicrosoft.com など) の MX レコードを調べます。 2. そのホストを、送信コネクタのスマート ホストと比較します。 3. 異なる場合は、スマート ホストに MX レコードのホストを設定します。" ["760743a6"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::scenario::queues::of_error;

    fn refused() -> [Session; 1] {
        [Session {
            mails: vec![(
                "a@contoso.com",
                "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(findings(&WrongRegion, &refused(), &[contoso()]).len(), 1);
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT002"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(findings(&WrongRegion, &[Session::default()], &[contoso()]).is_empty());
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }

    #[test]
    fn a_queue_shows_the_reply() {
        let error = "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35";
        let found = of_error(&WrongRegion, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Low);
        assert!(of_error(&WrongRegion, "451 4.4.4 Temporary server error ATTR3").is_none());
    }
}
