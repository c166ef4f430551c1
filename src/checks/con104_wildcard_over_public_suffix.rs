//! CON104: a connector expects a wildcard under which anybody can have a name.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::microsoft::{SHARED_PARENTS, is_shared};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::remedy::command::quote;
use crate::remedy::settings;
use crate::smtp::host;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

declare_rule! {
    /// An inbound connector expects a wildcard name for which anybody can get a certificate.
    ///
    /// ## What it finds
    /// Enabled inbound connectors whose certificate name is a wildcard directly below one of
    /// these:
    ///
    /// - a public suffix, such as `*.co.uk` or `*.azurewebsites.net` (by the public suffix list,
    ///   including its private section)
    /// - a name that Microsoft's customers share, such as `*.onmicrosoft.com`, `*.onmicrosoft.us`,
    ///   `*.partner.onmschina.cn` or `*.mail.protection.outlook.com`
    ///
    /// ## Why it matters
    /// Certificates of strangers match it as well. Exchange Online may assign their mail to your
    /// tenant, or let it pass a restriction for one partner. Such a parent domain cannot become an
    /// accepted domain, so your own certificate proves nothing.
    ///
    /// ## What to do
    /// Use a name in your own domain.
    ///
    /// ## Sources
    /// - Public Suffix List (publicsuffix.org): it lists the domains under which strangers register
    ///   names.
    /// - MC1226222 (message center, 2026-02-04): a certificate domain that is not an accepted
    ///   domain of the tenant is the first of two configurations that can break mail flow at any
    ///   time.
    /// - That certificates of strangers match such a connector is inferred from how a wildcard is
    ///   compared.
    WildcardOverPublicSuffix {
        code: "CON104",
        name: "wildcard-over-public-suffix",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタが、誰でも証明書を取得できるワイルドカード名を
        /// 想定しています。
        ///
        /// ## 検出する内容
        /// 証明書名が、次のいずれかの直下のワイルドカードである、有効な受信コネクタを検出します。
        ///
        /// - `*.co.uk` や `*.azurewebsites.net` などの
        ///   パブリック サフィックス (Public Suffix List のプライベート セクションも含む)
        /// - `*.onmicrosoft.com`、`*.onmicrosoft.us`、`*.partner.onmschina.cn`、
        ///   `*.mail.protection.outlook.com` など、Microsoft の顧客が共有する名前
        ///
        /// ## 問題となる理由
        /// 第三者の証明書も一致します。Exchange Online が、第三者のメールを自組織のテナントに
        /// 割り当てたり、特定のパートナー向けの制限を通過させたりする可能性があります。
        /// このような親ドメインは承認済みドメインにできないため、
        /// 自組織の証明書は何の証明にもなりません。
        ///
        /// ## 対処方法
        /// 自組織のドメインの名前を使用します。
        ///
        /// ## 出典
        /// - Public Suffix List (publicsuffix.org): 第三者が名前を登録できるドメインの一覧です。
        /// - MC1226222 (メッセージ センター、2026-02-04): 証明書のドメインがテナントの承認済み
        ///   ドメインではないことは、いつでもメール フローに障害を起こし得る 2 つの
        ///   構成のうちの 1 つ目です。
        /// - 第三者の証明書がこのような受信コネクタと一致することは、ワイルドカードの比較方法からの
        ///   推定です。
        japanese: ["2ee6cf21"],
    }
}

impl Check for WildcardOverPublicSuffix {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let name = &connector.tls_sender_certificate_name;
            let conditions = [
                condition::enabled(connector),
                Condition::of("TlsSenderCertificateName", name, |name| {
                    name.as_deref().and_then(shared_parent).is_some()
                }),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let name = settings::certificate_name(connector).unwrap_or_default();
            let parent = shared_parent(name).unwrap_or_default();
            let language = context.language;
            let own = &connector.name;
            let message = match connector.connector_type {
                Known::Value(ConnectorType::OnPremises) => {
                    strangers_match_this_connector(language, own, name, &parent)
                }
                Known::Value(ConnectorType::Partner) => {
                    proves_no_partner(language, own, name, &parent)
                }
                Known::Lost => strangers_match(language, own, name, &parent),
            };
            let (better, note) = better(language, tenant, connector, &parent);
            let parameters = format!("-TlsSenderCertificateName {}", quote(&better));
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::name_proof(connector))
                    .fix(Fix::command(
                        Where::Online,
                        settings::set_inbound(connector, &parameters),
                        &note,
                    )),
            );
        }
    }
}

/// The name to expect instead, and what to check first.
fn better(
    language: Language,
    tenant: &Tenant,
    connector: &InboundConnector,
    parent: &str,
) -> (String, String) {
    match connector.connector_type {
        // The sender is another organisation, so the tenant's own domains are not its names.
        Known::Value(ConnectorType::Partner) => (
            "<name of the partner>".to_owned(),
            check_the_partner(language),
        ),
        // Only Microsoft gets a certificate there, so a domain below it does not help.
        _ if SHARED_PARENTS.contains(&parent) => (
            "<name of an accepted domain>".to_owned(),
            check_that_it_has_that_name(language),
        ),
        Known::Value(ConnectorType::OnPremises) => (
            own_wildcard(tenant, parent).unwrap_or_else(|| "*.<own domain>".to_owned()),
            check_that_it_has_a_name_there(language),
        ),
        Known::Lost => (
            "<name of the sender>".to_owned(),
            check_the_sender(language),
        ),
    }
}

/// The part after `*.` if strangers share it. Attribution does not treat `*.com` as a host name,
/// but this check includes it.
fn shared_parent(name: &str) -> Option<String> {
    let base = name.trim().trim_end_matches('.').strip_prefix("*.")?;
    let base = host::domain(base)?;
    is_shared(&base).then_some(base)
}

/// The wildcard of the only accepted domain directly below the parent.
fn own_wildcard(tenant: &Tenant, parent: &str) -> Option<String> {
    let domains = tenant.domains.iter().flatten();
    let mut below = domains.filter(|domain| {
        let label = domain.name.strip_suffix(parent);
        let label = label.and_then(|rest| rest.strip_suffix('.'));
        !domain.pending && label.is_some_and(|label| !label.contains('.'))
    });
    match (below.next(), below.next()) {
        (Some(own), None) => Some(format!("*.{}", own.name)),
        _ => None,
    }
}

sentences! {
    /// What was found at an OnPremises connector.
    fn strangers_match_this_connector(connector: &str, name: &str, parent: &str) {
        en: "Inbound connector '{connector}' expects '{name}'. Anybody can have a name under '{parent}', so certificates of strangers match this connector too.",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定しています。「{parent}」の下の名前は誰でも取得できるため、第三者の証明書もこの受信コネクタと一致します。" ["28f14405"],
    }
    /// What was found at a Partner connector.
    fn proves_no_partner(connector: &str, name: &str, parent: &str) {
        en: "Inbound connector '{connector}' expects '{name}'. Anybody can have a name under '{parent}', so it does not prove that mail comes from one partner.",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定しています。「{parent}」の下の名前は誰でも取得できるため、メールが特定のパートナーからのものであることの証明にはなりません。" ["1ac8ff6b"],
    }
    /// What was found at a connector whose type is not known.
    fn strangers_match(connector: &str, name: &str, parent: &str) {
        en: "Inbound connector '{connector}' expects '{name}'. Anybody can have a name under '{parent}', so certificates of strangers match it too.",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定しています。「{parent}」の下の名前は誰でも取得できるため、第三者の証明書も一致します。" ["db6b3e2b"],
    }
    /// What to check before a Partner connector expects another name.
    fn check_the_partner() {
        en: "First check which name the partner's certificate has. After the change, other certificates no longer match.",
        ja: "最初に、パートナーの証明書の名前を確認します。変更後は、ほかの証明書は一致しなくなります。" ["bb6bf16d"],
    }
    /// What to check where only Microsoft gets a certificate below the parent.
    fn check_that_it_has_that_name() {
        en: "Run this only if the certificate that every server offers has that name: after the change, other certificates no longer match. If it has not, add a connector for the name of a new certificate instead, let the servers offer that certificate, and then disable this connector. Only Microsoft gets a certificate below a name that its customers share.",
        ja: "このコマンドは、すべてのサーバーが提示する証明書にその名前がある場合にのみ実行します。変更後は、ほかの証明書は一致しなくなります。その名前がない場合は、代わりに新しい証明書の名前を想定する受信コネクタを追加し、サーバーがその証明書を提示するように構成してから、この受信コネクタを無効にします。Microsoft の顧客が共有する名前の下の証明書を取得できるのは、Microsoft だけです。" ["35f14485"],
    }
    /// What to check before a connector expects a wildcard over an own domain.
    fn check_that_it_has_a_name_there() {
        en: "Run this only if the certificate that every server offers has a name in that domain, and the domain is accepted: after the change, other certificates no longer match. If it has none, add a connector for the name of a new certificate instead, let the servers offer that certificate, and then disable this connector.",
        ja: "このコマンドは、すべてのサーバーが提示する証明書にそのドメインの名前があり、そのドメインが承認済みである場合にのみ実行します。変更後は、ほかの証明書は一致しなくなります。そのドメインの名前がない場合は、代わりに新しい証明書の名前を想定する受信コネクタを追加し、サーバーがその証明書を提示するように構成してから、この受信コネクタを無効にします。" ["6b7ed534"],
    }
    /// What to check where the type of the connector is not known.
    fn check_the_sender() {
        en: "First check which name the sender's certificate has. After the change, other certificates no longer match.",
        ja: "最初に、送信元の証明書の名前を確認します。変更後は、ほかの証明書は一致しなくなります。" ["cb22e688"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(&WildcardOverPublicSuffix, &[tenant], &OnPremises::default())
    }

    #[test]
    fn a_certificate_without_such_a_name_keeps_its_connector_until_a_new_one_is_offered() {
        for name in ["*.co.uk", "*.onmicrosoft.com"] {
            let found = found(tenant(Some(name), &[], &["contoso.com"])).findings;
            let note = &found[0].fix[0].note;
            assert!(note.starts_with("Run this only if"), "{note}");
            // DOM101 says the same of the same connector.
            assert!(note.contains("add a connector"), "{note}");
            assert!(note.contains("disable this connector"), "{note}");
        }
    }

    #[test]
    fn fires_over_parents_that_strangers_share() {
        for name in [
            "*.co.uk",
            "*.CO.UK.",
            "*.com",
            "*.onmicrosoft.com",
            "*.mail.onmicrosoft.com",
            "*.protection.outlook.com",
            "*.mail.protection.outlook.com",
            "*.azurewebsites.net",
            "*.рф",
            "*.xn--p1ai",
            "*.foo.ck",
        ] {
            let found = found(tenant(Some(name), &[], &[]));
            assert_eq!(found.findings.len(), 1, "{name}");
        }
        let own = tenant(Some("*.co.uk"), &[], &["contoso.co.uk", "contoso.com"]);
        assert_eq!(
            found(own).findings[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName '*.contoso.co.uk'"
            )
        );
    }

    #[test]
    fn a_partner_is_warned_too() {
        let mut partner = tenant(Some("*.onmicrosoft.com"), &[], &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let found = found(partner);
        assert!(found.findings[0].message.contains("one partner"));
    }

    fn proposed(name: &str, of: Known<ConnectorType>) -> String {
        let domains = ["contoso.co.uk", "contoso.onmicrosoft.com"];
        let mut tenant = tenant(Some(name), &[], &domains);
        tenant.connectors[0].connector_type = of;
        let found = found(tenant);
        let command = found.findings[0].fix[0].command.as_deref().unwrap();
        command.split("CertificateName ").last().unwrap().to_owned()
    }

    #[test]
    fn the_name_proposed_is_one_that_the_sender_can_have() {
        let own = || Known::Value(ConnectorType::OnPremises);
        let partner = || Known::Value(ConnectorType::Partner);
        assert_eq!(proposed("*.co.uk", own()), "'*.contoso.co.uk'");
        assert_eq!(proposed("*.co.uk", partner()), "'<name of the partner>'");
        assert_eq!(proposed("*.co.uk", Known::Lost), "'<name of the sender>'");
        assert_eq!(
            proposed("*.onmicrosoft.com", own()),
            "'<name of an accepted domain>'"
        );
    }

    #[test]
    fn stays_silent_over_domains_of_their_own() {
        for name in [
            "*.contoso.co.uk",
            "*.contoso.com",
            "*.contoso.onmicrosoft.com",
            "*.contoso.mail.onmicrosoft.com",
            "*.contoso.azurewebsites.net",
            "mail.protection.outlook.com",
            "co.uk",
            "*.local",
            "*.corp.local",
            "*",
            "*.",
            "*.city.kawasaki.jp",
            "<S>CN=*.contoso.com",
        ] {
            let found = found(tenant(Some(name), &[], &[]));
            assert!(found.findings.is_empty(), "{name}");
            assert!(found.undetermined.is_empty(), "{name}");
        }
        let mut asleep = tenant(Some("*.co.uk"), &[], &[]);
        asleep.connectors[0].enabled = Known::Value(false);
        assert!(found(asleep).findings.is_empty());
        assert!(found(tenant(None, &[], &[])).undetermined.is_empty());
    }

    #[test]
    fn is_undetermined_where_the_name_is_lost() {
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "TlsSenderCertificateName"
        );
    }
}
