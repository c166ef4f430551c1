//! CON103: one certificate matches the connectors of two tenants.

use std::collections::BTreeSet;

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match::{
    CertificateNames, MatchRow, NameMatch, NameVerdict, Strictness, compare,
};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, Inbound};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector::open_states;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate::NamedCertificate;
use crate::language::{Language, sentences};
use crate::remedy::{command, exactness, settings};
use crate::smtp::certificate::Certificate;
use crate::tenant::Known;

declare_rule! {
    /// One certificate can match the OnPremises inbound connectors of two tenants.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors of two of the given tenants whose certificate names are the
    /// same, or where one name is a wildcard that covers the other. A certificate for one of the
    /// names then matches both connectors. Each pair of connectors gives one finding.
    ///
    /// The finding says which tenant gets the mail of a certificate that matches both: of the
    /// connectors whose domain is an accepted domain of their own tenant, the most exact one. A
    /// name goes before a wildcard, and a longer wildcard before a shorter one.
    ///
    /// ## Why it matters
    /// All such mail goes to one tenant, and the other one never sees it. If both are equally
    /// exact, it is not documented which tenant gets the mail (message center notice MC1226222).
    ///
    /// ## What to do
    /// Give each tenant a certificate name of its own, in a domain that this tenant accepts.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): each tenant needs a client certificate and a send
    ///   connector of its own.
    /// - Microsoft's articles on attribution, such as "Office 365 Message Attribution" (Exchange
    ///   Team, 2019-07-11): of several connectors that match, the most exact one counts.
    /// - The ranking of host names and wildcards is inferred from "most exact".
    CertificateNameSharedByTenants {
        code: "CON103",
        name: "certificate-name-shared-by-tenants",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// 1 つの証明書が、2 つのテナントの Exchange Online の受信コネクタ (OnPremises) と一致する
        /// 可能性があります。
        ///
        /// ## 検出する内容
        /// 指定されたテナントのうち 2 つについて、有効な OnPremises コネクタの証明書名が同じ場合、
        /// または一方の名前がもう一方を含むワイルドカードである場合に検出します。この場合、
        /// 一方の名前の証明書は両方の受信コネクタと一致します。
        /// 検出事項は受信コネクタの組ごとに 1 件です。
        ///
        /// 検出事項には、両方と一致する証明書のメールをどちらのテナントが受け取るかを示します。
        /// ドメインが自身のテナントの承認済みドメインである受信コネクタのうち、最も厳密に
        /// 一致するものが選択されます。ホスト名はワイルドカードより優先され、長いワイルドカードは
        /// 短いワイルドカードより優先されます。
        ///
        /// ## 問題となる理由
        /// そのようなメールはすべて一方のテナントに割り当てられ、もう一方のテナントには届きません。
        /// 一致の厳密さが同じ場合、どちらのテナントがメールを受け取るかは
        /// 文書化されていません (メッセージ センターの通知 MC1226222)。
        ///
        /// ## 対処方法
        /// テナントごとに、そのテナントの承認済みドメインに属する専用の証明書名を設定します。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): テナントごとに、専用の
        ///   クライアント証明書と送信コネクタが必要です。
        /// - テナント属性付与に関する Microsoft の記事 ("Office 365 Message Attribution" など、
        ///   Exchange Team、2019-07-11): 一致するコネクタが複数ある場合は、
        ///   最も厳密に一致するものが選択されます。
        /// - ホスト名とワイルドカードの優先順位は、"most exact" (最も
        ///   厳密) という表現からの推定です。
        japanese: ["3e27cc0e"],
    }
}

impl Check for CertificateNameSharedByTenants {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut undetermined = BTreeSet::new();
        context.pairs_of_tenants(|one, other| {
            for (lost, second) in [(one, other), (other, one)] {
                let name = &second.1.tls_sender_certificate_name;
                if lost.1.tls_sender_certificate_name.is_lost()
                    && name.value().is_none_or(Option::is_some)
                {
                    undetermined
                        .insert((Subject::inbound(lost.0, lost.1), "TlsSenderCertificateName"));
                }
            }
            let names = (
                settings::certificate_name(one.1),
                settings::certificate_name(other.1),
            );
            let (Some(ours), Some(theirs)) = names else {
                return;
            };
            let Some(confidence) = one_matches_both(ours, theirs, context.strict) else {
                return;
            };
            let open = open_states([one, other]);
            if open.is_empty() {
                report(context.language, one, other, confidence, findings);
            }
            undetermined.extend(open);
        });
        for (about, field) in undetermined {
            findings.mark_undetermined(&Self::META, about, field);
        }
    }
}

/// Whether a certificate for one of the names also matches the other name.
fn one_matches_both(one: &str, other: &str, strict: Strictness) -> Option<Confidence> {
    let matches = |name: &str, made_for: &str| {
        let names = CertificateNames::of(&made_for_name(made_for)?);
        let found = compare(&ConnectorName::parse(name), &names, strict);
        (found.verdict == NameVerdict::Match).then(|| sureness(&found))
    };
    matches(one, other).max(matches(other, one))
}

/// How certain a row of the matching table is.
fn sureness(found: &NameMatch) -> Confidence {
    match found.row {
        // A wildcard and its parent domain: this match is observed, not documented.
        MatchRow::WildcardOverApex => Confidence::Medium,
        _ => Confidence::High,
    }
}

/// A certificate with only the names that a connector expects. `None` if no certificate can
/// have them.
fn made_for_name(name: &str) -> Option<Certificate> {
    if let Some(named) = NamedCertificate::parse(name) {
        return (!named.subject.is_empty()).then(|| Certificate {
            subject: Some(named.subject.to_owned()),
            issuer: named.issuer.map(str::to_owned),
            ..Certificate::default()
        });
    }
    (ConnectorName::parse(name) != ConnectorName::Invalid).then(|| Certificate {
        names: vec![name.to_owned()],
        ..Certificate::default()
    })
}

fn report(
    language: Language,
    one: Inbound<'_>,
    other: Inbound<'_>,
    confidence: Confidence,
    findings: &mut CheckOutput,
) {
    let expects = |connector| settings::certificate_name(connector).unwrap_or_default();
    let message = one_for_both(
        language,
        &of_tenant(language, &one.1.name, &one.0.name),
        expects(one.1),
        &of_tenant(language, &other.1.name, &other.0.name),
        expects(other.1),
        &exactness::sentence(language, &[one, other]),
    );
    let entry = &CertificateNameSharedByTenants::META;
    let mut found = settings::of_inbound(entry, one.0, one.1, message)
        .confidence(confidence)
        .proof(settings::name_proof(one.1))
        .proof(settings::name_proof(other.1));
    for (tenant, connector) in [one, other] {
        let internal = connector.cloud_services_mail_enabled == Known::Value(true);
        found = found.fix(Fix::command(
            Where::Online,
            command::new_connector("<name of this tenant alone>", internal),
            &change_one(language, &tenant.name, &connector.name),
        ));
    }
    findings.add(found);
}

sentences! {
    /// What was found: the connectors, the names that they expect, and which tenant gets the mail.
    fn one_for_both(one: &str, one_name: &str, other: &str, other_name: &str, winner: &str) {
        en: "Inbound connector {one} expects '{one_name}', and inbound connector {other} expects '{other_name}'. One certificate can match both. {winner}",
        ja: "Exchange Online の受信コネクタのうち、{one}は「{one_name}」を、{other}は「{other_name}」を想定しています。1 つの証明書が両方と一致する可能性があります。{winner}" ["6e90af2c"],
    }
    /// A connector and its tenant.
    fn of_tenant(connector: &str, tenant: &str) {
        en: "'{connector}' of {tenant}",
        ja: "{tenant} の「{connector}」" ["f3b04bc1"],
    }
    /// The steps that give one of the tenants a name of its own.
    fn change_one(tenant: &str, connector: &str) {
        en: "Change only one of the two tenants. To change {tenant}: 1. Get a certificate that does not match the other tenant's connector. Its domain must be an accepted domain of this tenant. 2. Run this command with the name of this certificate. It adds a connector, and '{connector}' stays as it is. 3. Wait an hour. 4. Let the send connector to this tenant offer the certificate. 5. When no server offers the old one to this tenant any more, disable '{connector}'. In this order, no mail is rejected.",
        ja: "変更するのは 2 つのテナントの一方だけにします。{tenant} を変更する手順は次のとおりです。 1. もう一方のテナントの受信コネクタと一致しない証明書を取得します。証明書のドメインは、このテナントの承認済みドメインである必要があります。 2. この証明書の名前を指定して、このコマンドを実行します。受信コネクタが追加されます。「{connector}」は変更されません。 3. 1 時間待ちます。 4. このテナントへの送信コネクタが、この証明書を提示するように構成します。 5. 以前の証明書をこのテナントに提示するサーバーがなくなったら、「{connector}」を無効にします。この順序で行えば、メールは拒否されません。" ["ddeac1da"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn two(ours: &str, theirs: &str) -> [Tenant; 2] {
        let mut other = tenant(Some(theirs), &[], &[]);
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        [tenant(Some(ours), &[], &[]), other]
    }

    fn found(tenants: &[Tenant]) -> CheckOutput {
        of_exports(
            &CertificateNameSharedByTenants,
            tenants,
            &OnPremises::default(),
        )
    }

    fn confidence(ours: &str, theirs: &str) -> Option<Confidence> {
        let found = found(&two(ours, theirs));
        assert!(found.undetermined.is_empty());
        assert!(found.findings.len() < 2);
        found.findings.first().map(|one| one.confidence)
    }

    #[test]
    fn fires_where_one_certificate_matches_both() {
        for (ours, theirs) in [
            ("mail.contoso.com", "Mail.Contoso.com."),
            ("*.contoso.com", "mail.contoso.com"),
            ("mail.contoso.com", "*.contoso.com"),
            ("*.contoso.com", "*.contoso.com"),
            ("<I>CN=CA<S>CN=Contoso Mail", "<S>cn=contoso mail"),
            ("<I>CN=CA<S>CN=mail.contoso.com", "*.contoso.com"),
        ] {
            assert_eq!(
                confidence(ours, theirs),
                Some(Confidence::High),
                "{ours} {theirs}"
            );
        }
        assert_eq!(
            confidence("*.contoso.com", "contoso.com"),
            Some(Confidence::Medium)
        );
        let found = found(&two("*.contoso.com", "mail.contoso.com"));
        let found = &found.findings[0];
        assert!(
            found
                .message
                .contains("of contoso.onmicrosoft.com expects '*.contoso.com'")
        );
        assert!(
            found
                .message
                .contains("of fabrikam.onmicrosoft.com expects 'mail.contoso.com'")
        );
        assert_eq!((found.fix.len(), found.proof.len()), (2, 2));
    }

    #[test]
    fn the_most_exact_connector_gets_the_mail() {
        let mut tenants = two("*.contoso.com", "mail.contoso.com");
        let of = |names: [&str; 2]| {
            let accepted = tenant(None, &[], &names);
            accepted.domains
        };
        tenants[0].domains = of(["contoso.com", "contoso.onmicrosoft.com"]);
        tenants[1].domains = of(["mail.contoso.com", "fabrikam.onmicrosoft.com"]);
        let one = found(&tenants).findings;
        assert!(
            one[0].message.contains("goes to fabrikam.onmicrosoft.com"),
            "{}",
            one[0].message
        );
        tenants[1].domains = of(["fabrikam.com", "fabrikam.onmicrosoft.com"]);
        let other = found(&tenants).findings;
        assert!(other[0].message.contains("goes to contoso.onmicrosoft.com"));
        tenants[1].domains = None;
        let unknown = found(&tenants).findings;
        assert!(unknown[0].message.contains("depends on a domain"));
    }

    #[test]
    fn no_step_leaves_a_moment_without_a_connector() {
        let found = found(&two("*.contoso.com", "mail.contoso.com")).findings;
        for fix in &found[0].fix {
            let command = fix.command.as_deref().unwrap();
            assert!(command.starts_with("New-InboundConnector"), "{command}");
            assert!(
                fix.note
                    .contains("3. Wait an hour. 4. Let the send connector")
            );
        }
    }

    #[test]
    fn stays_silent_where_none_does_or_only_perhaps() {
        for (ours, theirs) in [
            ("mail.contoso.com", "smtp.contoso.com"),
            ("*.contoso.com", "mail.evilcontoso.com"),
            ("*.contoso.com", "a.b.contoso.com"),
            ("*.contoso.com", "*.eu.contoso.com"),
            ("*", "*"),
            ("mail server", "mail server"),
            ("<I>CN=CA<S>CN=a", "<I>CN=Other CA<S>CN=a"),
            ("<S>", "mail.contoso.com"),
        ] {
            assert_eq!(confidence(ours, theirs), None, "{ours} {theirs}");
        }
        let mut asleep = two("*.contoso.com", "*.contoso.com");
        asleep[1].connectors[0].enabled = Known::Value(false);
        assert!(found(&asleep).findings.is_empty());
        let mut one = tenant(Some("*.contoso.com"), &[], &[]);
        one.connectors.push(one.connectors[0].clone());
        assert!(found(&[one]).findings.is_empty());
    }

    #[test]
    fn is_undetermined_where_a_name_or_the_state_is_lost() {
        let mut lost = two("*.contoso.com", "mail.contoso.com");
        lost[0].connectors[0].tls_sender_certificate_name = Known::Lost;
        let lost = found(&lost);
        assert!(lost.findings.is_empty());
        assert_eq!(
            lost.undetermined[0].missing.name(),
            "TlsSenderCertificateName"
        );
        let mut state = two("*.contoso.com", "mail.contoso.com");
        state[1].connectors[0].connector_type = Known::Lost;
        let state = found(&state);
        assert!(state.findings.is_empty());
        assert_eq!(state.undetermined[0].missing.name(), "ConnectorType");
        assert!(
            state.undetermined[0]
                .about
                .words(Language::English)
                .ends_with("of fabrikam.onmicrosoft.com")
        );
    }
}
