//! ATT008: the tenant or its traffic is limited.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::{Language, sentences};
use crate::smtp::reply::{Class, Enhanced};

declare_rule! {
    /// Exchange Online attributed the mail to the tenant, and the tenant has reached a limit.
    ///
    /// ## What it finds
    /// Replies with one of these codes:
    ///
    /// - 5.7.236: more than 100 external recipients in a day from senders at `*.onmicrosoft.com`.
    /// - 5.7.232, 5.7.233: the limit of external recipients of the tenant. A new or trial tenant has
    ///   a small share of it in its first weeks.
    /// - 5.7.705: the tenant has sent too much spam or bulk mail.
    /// - 5.7.708: mail from the addresses of new or trial tenants is limited.
    /// - 5.7.750: mail from domains that are not accepted domains of the tenant is limited.
    ///
    /// ## Why it matters
    /// The certificate and the connector are correct. Changing them changes nothing.
    ///
    /// ## What to do
    /// - 5.7.236: send with an address of a domain of your own instead of `*.onmicrosoft.com`.
    /// - 5.7.232, 5.7.233: look at the limit with `Get-LimitsEnforcementStatus`, send less, or buy
    ///   licences.
    /// - 5.7.705: find out what was sent, stop it, and then ask Microsoft's support to lift the
    ///   block.
    /// - 5.7.708: ask Microsoft's support to lift the block.
    /// - 5.7.750: add the sender domains to the accepted domains of the tenant.
    ///
    /// ## Sources
    /// - "Limiting Onmicrosoft Domain Usage for Sending Emails" (Exchange Team blog, 2025-08): 100
    ///   external recipients per organisation in 24 hours, 550 5.7.236 for what exceeds it, for all
    ///   tenants by June 2026.
    /// - "Introducing Exchange Online Tenant Outbound Email Limits" (Exchange Team blog, 2025-02):
    ///   5.7.232 and 5.7.233, the limit by licences, and `Get-LimitsEnforcementStatus`.
    /// - "Email non-delivery reports and SMTP errors in Exchange Online" (Microsoft Learn): what
    ///   5.7.705, 5.7.708 and 5.7.750 mean, and that support lifts the first two.
    TenantLimitReached {
        code: "ATT008",
        name: "tenant-limit-reached",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
        /// Exchange Online はメールをテナントに割り当てましたが、テナントが上限に達しています。
        ///
        /// ## 検出する内容
        /// 次のいずれかのコードの応答です。
        ///
        /// - 5.7.236: `*.onmicrosoft.com` の送信者が、1 日に 100 名を超える外部の受信者に
        ///   送信しました。
        /// - 5.7.232、5.7.233: テナントの外部の受信者数が上限に達しました。新規または試用版の
        ///   テナントでは、最初の数週間は上限の一部しか使用できません。
        /// - 5.7.705: テナントがスパムまたはバルク メールを送信しすぎました。
        /// - 5.7.708: 新規または試用版のテナントが使用する IP アドレスからのメールは
        ///   制限されています。
        /// - 5.7.750: テナントの承認済みドメインではないドメインからのメールは制限されています。
        ///
        /// ## 問題となる理由
        /// 証明書とコネクタに問題はありません。変更しても何も変わりません。
        ///
        /// ## 対処方法
        /// - 5.7.236: `*.onmicrosoft.com` ではなく、自組織のドメインのアドレスから送信します。
        /// - 5.7.232、5.7.233: `Get-LimitsEnforcementStatus` で上限を確認し、送信を減らすか、
        ///   ライセンスを購入します。
        /// - 5.7.705: 何が送信されたかを調べて停止してから、Microsoft サポートにブロックの解除を
        ///   依頼します。
        /// - 5.7.708: Microsoft サポートにブロックの解除を依頼します。
        /// - 5.7.750: 送信者のドメインを、テナントの承認済みドメインに追加します。
        ///
        /// ## 出典
        /// - "Limiting Onmicrosoft Domain Usage for Sending Emails" (Exchange Team blog、
        ///   2025-08): 外部の受信者は組織ごとに 24 時間あたり 100 名までで、
        ///   超過した分には 550 5.7.236 が返されます。2026 年 6 月までにすべてのテナントに
        ///   適用されます。
        /// - "Introducing Exchange Online Tenant Outbound Email Limits" (Exchange Team blog、
        ///   2025-02): 5.7.232 と 5.7.233、ライセンス数に基づく上限、
        ///   および `Get-LimitsEnforcementStatus` が記載されています。
        /// - "Email non-delivery reports and SMTP errors in Exchange Online" (Microsoft Learn): 5.7.705、
        ///   5.7.708、5.7.750 の意味と、最初の 2 つはサポートが解除することが記載されています。
        japanese: ["a4a361cf"],
    }
}

impl Cause for TenantLimitReached {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let Kind::Reply {
            enhanced: Some(Enhanced(_, _, detail)),
            class: Class::TenantLimit,
            ..
        } = context.occurrence.key.kind
        else {
            return None;
        };
        let language = context.analysis.language;
        let (why, fix) = limit(language, detail);
        let explanation = limited(language, context.send_connector(), &why);
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(fix)
                .comes_back(),
        )
    }
}

/// What a code says, and what to do about it.
fn limit(language: Language, detail: u16) -> (String, Fix) {
    match detail {
        236 => (
            onmicrosoft_senders(language),
            Fix::step(&use_own_domain(language)),
        ),
        232 | 233 => (
            external_recipients(language),
            Fix::inspect(
                Where::Online,
                "Get-LimitsEnforcementStatus".to_owned(),
                &look_at_limit(language),
            ),
        ),
        705 => (spam(language), Fix::step(&stop_spam(language))),
        708 => (new_tenant(language), Fix::step(&ask_for_release(language))),
        _ => (foreign_domains(language), Fix::step(&add_domains(language))),
    }
}

sentences! {
    /// What happened. `why` is the sentence on the limit.
    fn limited(connector: &str, why: &str) {
        en: "Exchange Online recognised the mail of send connector '{connector}' as yours, and rejected it because of a limit: {why} The certificate and the inbound connector are correct.",
        ja: "Exchange Online は、送信コネクタ「{connector}」のメールを自組織のメールと認識しましたが、制限を理由に拒否しました。{why}証明書と Exchange Online の受信コネクタに問題はありません。" ["483cb1aa"],
    }
    /// The limit of 5.7.236.
    fn onmicrosoft_senders() {
        en: "senders at *.onmicrosoft.com may reach 100 external recipients a day, all of the organisation together.",
        ja: "*.onmicrosoft.com の送信者が送信できる外部の受信者は、組織全体で 1 日 100 名までです。" ["330e36ba"],
    }
    /// What to do about 5.7.236.
    fn use_own_domain() {
        en: "Send with an address of a domain of your own. 1. Find the devices and programs that send as …@*.onmicrosoft.com: the evidence shows them. 2. Set their sender address to one of your own domain. The limit then no longer applies. No connector needs to be changed.",
        ja: "自組織のドメインのアドレスから送信します。 1. …@*.onmicrosoft.com として送信しているデバイスとプログラムを、根拠から特定します。 2. その送信者アドレスを、自組織のドメインのアドレスに変更します。変更後、この制限は適用されません。コネクタの変更は不要です。" ["1956d129"],
    }
    /// The limit of 5.7.232 and 5.7.233.
    fn external_recipients() {
        en: "the tenant has reached its number of external recipients for a day. In its first 30 and 60 days, a tenant has a tenth and a quarter of the usual number.",
        ja: "テナントの 1 日あたりの外部の受信者数が上限に達しました。新しいテナントの上限は、最初の 30 日間は通常の 10 分の 1、60 日目までは通常の 4 分の 1 です。" ["d08c62e1"],
    }
    /// What to do about 5.7.232 and 5.7.233.
    fn look_at_limit() {
        en: "1. Run the command. It shows the limit and how much of it is used. It is not available in the government clouds and in the cloud of 21Vianet. 2. Send less to external recipients, or send bulk mail by a service that is made for it. 3. The limit grows with the number of licences.",
        ja: "1. コマンドを実行します。上限とその使用量が表示されます。政府機関向けクラウドと 21Vianet のクラウドでは使用できません。 2. 外部の受信者への送信を減らすか、バルク メールを専用のサービスから送信します。 3. 上限は、ライセンス数に応じて増えます。" ["7440137e"],
    }
    /// The limit of 5.7.705.
    fn spam() {
        en: "the tenant has sent too much mail that looks like spam or bulk mail.",
        ja: "スパムまたはバルク メールと見られるメールを、テナントが送信しすぎました。" ["c88cb885"],
    }
    /// What to do about 5.7.705.
    fn stop_spam() {
        en: "1. Find out what was sent, for example with the message trace, and stop it. 2. Ask Microsoft's support to lift the block.",
        ja: "1. 何が送信されたかをメッセージ トレースなどで調べて、停止します。 2. Microsoft サポートにブロックの解除を依頼します。" ["f01c3c04"],
    }
    /// The limit of 5.7.708.
    fn new_tenant() {
        en: "mail from the addresses of this service is limited for new and trial tenants.",
        ja: "新規または試用版のテナントでは、このサービスの IP アドレスからのメールが制限されています。" ["6b70d8ea"],
    }
    /// What to do about 5.7.708.
    fn ask_for_release() {
        en: "Ask Microsoft's support to lift the block. Give them the bracketed server name and session ID of one rejected message.",
        ja: "Microsoft サポートにブロックの解除を依頼します。拒否されたメッセージ 1 通について、角かっこ内のサーバー名とセッション ID を伝えます。" ["d5fa0f4c"],
    }
    /// The limit of 5.7.750.
    fn foreign_domains() {
        en: "too much mail has a sender domain that is not an accepted domain of the tenant.",
        ja: "送信者のドメインがテナントの承認済みドメインではないメールが多すぎます。" ["a67b64df"],
    }
    /// What to do about 5.7.750.
    fn add_domains() {
        en: "1. Find the sender domains: the evidence shows them. 2. Add the domains that are yours to the accepted domains of the tenant, and verify them.",
        ja: "1. 送信者のドメインを、根拠から特定します。 2. 自組織のドメインを、テナントの承認済みドメインに追加し、ドメインの所有権を確認します。" ["de8d4cd8"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    fn session(reply: &'static str) -> Session {
        Session {
            mails: vec![("scanner@contoso.onmicrosoft.com", reply)],
            ..Session::default()
        }
    }

    #[test]
    fn each_code_has_a_sentence_of_its_own() {
        let mut sentences = Vec::new();
        for reply in [
            "550 5.7.236 exceeded its daily limit [x.prod.outlook.com]",
            "550 5.7.233 Your message can't be sent [x.prod.outlook.com]",
            "550 5.7.705 Access denied, tenant has exceeded threshold [x.prod.outlook.com]",
            "550 5.7.708 Access denied, traffic not accepted [x.prod.outlook.com]",
            "550 5.7.750 Client blocked from sending [x.prod.outlook.com]",
        ] {
            assert_eq!(
                causes(&[session(reply)], &[contoso()]),
                ["ATT008"],
                "{reply}"
            );
            let found = findings(&TenantLimitReached, &[session(reply)], &[contoso()]);
            assert!(found[0].fix.iter().all(|fix| {
                let command = fix.command.as_deref().unwrap_or_default();
                !command.contains("Connector")
            }));
            sentences.push(found[0].explanation.clone());
        }
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), 5);
    }

    #[test]
    fn an_attribution_failure_is_no_limit() {
        assert!(findings(&TenantLimitReached, &[Session::default()], &[contoso()]).is_empty());
    }
}
