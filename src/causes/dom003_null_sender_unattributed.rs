//! DOM003: only mail from the null sender is rejected.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::simulation::Sender;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::{CauseContext, Deciding};
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::language::{Language, sentences};
use crate::remedy::expect::expect;
use crate::remedy::{domain, host_name, offered, wizard, wording};
use crate::tenant::Tenant;

declare_rule! {
    /// Only mail from the null sender `<>` is rejected: bounces, out-of-office replies, receipts.
    ///
    /// ## What it finds
    /// All rejected mail of a send connector and certificate is from `<>`. Mail from accepted
    /// domains is accepted with the same certificate or address. The reply is `550 5.7.64`, often
    /// with ATTR36.
    ///
    /// ## Why it matters
    /// Exchange Online attributes this mail by the sender's domain, not by the certificate, and
    /// `<>` has no domain. Nobody notices until receipts and bounces are missed.
    ///
    /// ## What to do
    /// Let Exchange Online attribute the mail by the certificate:
    ///
    /// 1. Make sure that the domain of the certificate is an accepted domain.
    /// 2. Set `TlsSenderCertificateName` of the inbound connector to a name of the certificate.
    ///
    /// ## Sources
    /// - KB 3169958 (notice about configured connectors, Exchange Team, 2016-03-29, in force since
    ///   2017-07-05): bounces and forwarded mail have no sender domain of yours and need a
    ///   certificate whose domain is registered.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    NullSenderUnattributed {
        code: "DOM003",
        name: "null-sender-unattributed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors, AcceptedDomains],
        proof: Certificate,
        step: Sender,
        /// 空の送信者 `<>` からのメール (配信不能レポート、不在時の自動応答、開封確認) だけが
        /// 拒否されています。
        ///
        /// ## 検出する内容
        /// ある送信コネクタと証明書の組み合わせで、拒否されたメールがすべて `<>` からのものである
        /// 場合を検出します。同じ証明書または IP アドレスで、承認済みドメインからのメールは
        /// 受け入れられています。応答は `550 5.7.64` で、多くの場合 ATTR36 を含みます。
        ///
        /// ## 問題となる理由
        /// Exchange Online はこのメールのテナントを、証明書ではなく送信者のドメインで判断します。
        /// `<>` にはドメインがありません。開封確認や配信不能レポートが届かないことに誰かが
        /// 気付くまで、問題は表面化しません。
        ///
        /// ## 対処方法
        /// Exchange Online が証明書でテナントを判断するようにします。
        ///
        /// 1. 証明書のドメインが承認済みドメインであることを確認します。
        /// 2. Exchange Online の受信コネクタの `TlsSenderCertificateName` に、証明書に
        ///    含まれる名前を設定します。
        ///
        /// ## 出典
        /// - KB 3169958 (構成済みコネクタに関する通知、Exchange Team、2016-03-29、2017-07-05 から
        ///   適用): 配信不能レポートや転送メールの送信者ドメインは自組織のものではありません。
        ///   そのため、ドメインが登録済みの証明書が必要です。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        japanese: ["4d94d22e"],
    }
}

impl Cause for NullSenderUnattributed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let group = context.group()?;
        let only_null = context.sender() == Sender::Null && group.sender_rejections == 0;
        if !only_null || !context.is_unattributed() {
            return None;
        }
        let aggregate = context.analysis.aggregate;
        let passes = |tenant| {
            group.flows.iter().any(|flow| {
                aggregate.flows[*flow]
                    .accepted_senders
                    .keys()
                    .any(|domain| {
                        let domain = aggregate.names.text(*domain);
                        !domain.is_empty()
                            && accepted::accepts_sender(tenant, Some(domain)) == Some(true)
                    })
            })
        };
        let tenant = context
            .analysis
            .tenants
            .iter()
            .find(|tenant| passes(tenant))?;
        let explanation = only_null_is_rejected(
            context.analysis.language,
            context.send_connector(),
            &offered::predicate(context),
            &tenant.name,
        );
        let view = context
            .judgement
            .matching()
            .find(|view| view.tenant.name == tenant.name);
        let deciding = view.and_then(CauseContext::deciding).or_else(|| {
            Some(Deciding {
                tenant: tenant.name.clone(),
                connector: None,
                changed: None,
            })
        });
        let mut finding = Diagnosis::of(&Self::META, explanation)
            .deciding(deciding)
            .fix(step(context, view, tenant));
        finding.fix.extend(wizard::offered(context, view));
        Some(finding)
    }
}

/// The step that lets the certificate decide instead of the sender.
fn step(context: &CauseContext<'_>, view: Option<&ConnectorView<'_>>, tenant: &Tenant) -> Fix {
    // The certificate of all this mail would take the mail of the other tenant, too.
    let listed_elsewhere = context
        .judgement
        .matching()
        .any(|other| other.tenant.name != tenant.name);
    let best = |view: &ConnectorView<'_>| {
        let found = context.certificate()?;
        let usable = !listed_elsewhere && !delivering::is_of_no_use(context.analysis, found);
        let name = host_name::best(view.tenant, context.analysis.tenants, found);
        name.filter(|_| usable)
    };
    let language = context.analysis.language;
    match (view, view.and_then(best)) {
        // The connector expects this certificate already: setting its name changes nothing.
        (Some(view), _) if view.matches_by_name() => attribute_by_domain(language, view),
        (Some(view), Some(name)) => {
            let domain = wording::domain_note(language, view.tenant, &name);
            expect(
                context,
                view,
                &name,
                &any_sender_gets_through(language, &domain),
            )
        }
        _ => Fix::step(&offer_and_expect(language)),
    }
}

/// The step where the connector matches, and only its domain can be what is missing.
fn attribute_by_domain(language: Language, view: &ConnectorView<'_>) -> Fix {
    let domain = view.name.as_ref().and_then(|name| name.domain());
    match domain {
        Some((domain, _)) if view.domain != DomainStatus::Accepted => {
            domain::accept(language, view.tenant, &domain)
        }
        _ => Fix::step(&expects_it_already(language, &view.connector.name)),
    }
}

sentences! {
    /// What is accepted, what is rejected, and what that shows.
    fn only_null_is_rejected(connector: &str, offered: &str, tenant: &str) {
        en: "Send connector '{connector}' {offered}. Exchange Online accepts its mail if the sender is in an accepted domain of {tenant}, and rejects only mail from <>. This shows that Exchange Online attributes the mail by the sender's domain, not by the certificate.",
        ja: "送信コネクタ「{connector}」は{offered}。Exchange Online は、送信者が {tenant} の承認済みドメインに属するメールを受け入れ、<> からのメールだけを拒否しています。このことから、Exchange Online は証明書ではなく送信者のドメインでメールのテナントを判断していることが分かります。" ["a78d58bc"],
    }
    /// Before the steps that let the inbound connector expect the certificate.
    fn any_sender_gets_through(steps: &str) {
        en: "After this change, mail from any sender gets through, including bounces from <>. {steps}",
        ja: "この変更後は、<> からの配信不能レポートを含め、どの送信者のメールも受け入れられます。 {steps}" ["917ce696"],
    }
    /// The steps where no certificate is known that could be expected.
    fn offer_and_expect() {
        en: "1. Let the send connector offer a certificate whose domain is accepted. 2. Set TlsSenderCertificateName of the inbound connector to the name of this certificate.",
        ja: "1. ドメインが承認済みである証明書を、送信コネクタが提示するようにします。 2. Exchange Online の受信コネクタの TlsSenderCertificateName に、この証明書の名前を設定します。" ["fd4edca7"],
    }
    /// The steps where nothing is wrong with the inbound connector and its domain.
    fn expects_it_already(inbound: &str) {
        en: "Inbound connector '{inbound}' expects this certificate already, and by the exports its domain is accepted. 1. Check that the exports are of the tenant that should accept the mail, and newer than its last change. 2. Check that the server sends its certificate chain (KB 3212877). 3. If mail from <> is still rejected after an hour, open a case with Microsoft.",
        ja: "Exchange Online の受信コネクタ「{inbound}」は既にこの証明書を想定しています。エクスポートによると、そのドメインも承認済みです。 1. エクスポートが、メールを受け入れるべきテナントのもので、そのテナントの最後の変更より新しいことを確認します。 2. サーバーが証明書チェーンを送信していることを確認します (KB 3212877)。 3. 1 時間後も <> からのメールが拒否される場合は、Microsoft のサポート ケースを作成します。" ["d09e96e0"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, TAKEN, causes, findings, tenant};

    #[test]
    fn fires_where_only_the_null_sender_fails() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let mixed = [Session {
            mails: vec![("a@contoso.com", TAKEN), ("", DENIED)],
            ..Session::default()
        }];
        assert_eq!(causes(&mixed, &[by_address]), ["DOM003"]);
    }

    #[test]
    fn stays_silent_where_others_fail_too_or_nobody_passes() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let both = [Session {
            mails: vec![
                ("a@contoso.com", TAKEN),
                ("", DENIED),
                ("b@example.net", DENIED),
            ],
            ..Session::default()
        }];
        assert!(
            findings(
                &NullSenderUnattributed,
                &both,
                std::slice::from_ref(&by_address)
            )
            .is_empty()
        );
        let alone = [Session {
            mails: vec![("", DENIED)],
            ..Session::default()
        }];
        assert!(findings(&NullSenderUnattributed, &alone, &[by_address]).is_empty());
    }
}
