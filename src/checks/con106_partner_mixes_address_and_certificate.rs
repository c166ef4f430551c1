//! CON106: a Partner connector has two ways to identify one partner.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::remedy::settings;
use crate::tenant::{ConnectorType, InboundConnector, Known};

declare_rule! {
    /// A Partner inbound connector has both sender addresses and a certificate name.
    ///
    /// ## What it finds
    /// Enabled Partner connectors with `SenderIPAddresses` and `TlsSenderCertificateName`.
    ///
    /// ## Why it matters
    /// A Partner connector restricts mail by address or by certificate.
    /// `RestrictDomainsToIPAddresses` and `RestrictDomainsToCertificate` decide which one it
    /// requires. The other value looks required but is not. After a change of the internet line or
    /// of the certificate, Exchange Online may reject wanted mail (5.7.51) or accept unwanted mail.
    ///
    /// ## What to do
    /// 1. Decide whether the address or the certificate identifies the partner.
    /// 2. Remove the other value.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `RestrictDomainsToIPAddresses` and
    ///   `RestrictDomainsToCertificate` each decide alone whether that value is required, and both
    ///   are false by default.
    /// - That the other value only looks required is inferred from these descriptions.
    PartnerMixesAddressAndCertificate {
        code: "CON106",
        name: "partner-mixes-address-and-certificate",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタ (Partner) に、送信元 IP アドレスと証明書名の両方が
        /// 設定されています。
        ///
        /// ## 検出する内容
        /// `SenderIPAddresses` と `TlsSenderCertificateName` が設定されている、
        /// 有効な Partner コネクタを検出します。
        ///
        /// ## 問題となる理由
        /// Partner コネクタは、IP アドレスまたは証明書でメールを制限します。
        /// どちらを必須にするかは、
        /// `RestrictDomainsToIPAddresses` と `RestrictDomainsToCertificate` で決まります。
        /// もう一方の値は、必須に見えても必須ではありません。インターネット回線または証明書が
        /// 変わると、Exchange Online が必要なメールを拒否したり (5.7.51)、
        /// 不要なメールを受け入れたりする可能性があります。
        ///
        /// ## 対処方法
        /// 1. パートナーを IP アドレスで識別するか、証明書で識別するかを決めます。
        /// 2. もう一方の値を削除します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、
        ///   Microsoft Learn): `RestrictDomainsToIPAddresses` と `RestrictDomainsToCertificate` は、
        ///   それぞれの値を必須にするかどうかを個別に決めます。既定値はどちらも false です。
        /// - もう一方の値が必須に見えるだけであることは、これらの説明からの推定です。
        japanese: ["831476ec"],
    }
}

impl Check for PartnerMixesAddressAndCertificate {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let conditions = [
                condition::of_type(connector, ConnectorType::Partner),
                condition::enabled(connector),
                condition::has_certificate_name(connector),
                Condition::of(
                    "SenderIPAddresses",
                    &connector.sender_ip_addresses,
                    |list| !list.is_empty(),
                ),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let name = settings::certificate_name(connector).unwrap_or_default();
            let language = context.language;
            let message = has_both(
                language,
                &connector.name,
                &settings::listed(language, settings::addresses(connector)),
                name,
                &restriction(language, connector),
            );
            let by_address = connector.restrict_domains_to_ip_addresses == Known::Value(true);
            let by_certificate = connector.restrict_domains_to_certificate == Known::Value(true);
            let keep_certificate = if by_address {
                "-SenderIPAddresses $null -RestrictDomainsToIPAddresses $false -RestrictDomainsToCertificate $true"
            } else {
                "-SenderIPAddresses $null"
            };
            let keep_addresses = if by_certificate {
                "-TlsSenderCertificateName $null -RestrictDomainsToCertificate $false -RestrictDomainsToIPAddresses $true"
            } else {
                "-TlsSenderCertificateName $null"
            };
            let fix = |parameters, note: &str| {
                Fix::command(
                    Where::Online,
                    settings::set_inbound(connector, parameters),
                    note,
                )
            };
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::address_proof(connector))
                    .proof(settings::name_proof(connector))
                    .fix(fix(
                        keep_certificate,
                        &keeps_the_certificate(language, name),
                    ))
                    .fix(fix(keep_addresses, &keeps_the_addresses(language))),
            );
        }
    }
}

/// What the connector requires today.
fn restriction(language: Language, connector: &InboundConnector) -> String {
    let restricts = (
        &connector.restrict_domains_to_ip_addresses,
        &connector.restrict_domains_to_certificate,
    );
    match restricts {
        (Known::Value(true), Known::Value(false)) => rejects_other_addresses(language),
        (Known::Value(false), Known::Value(true)) => rejects_other_certificates(language),
        (Known::Value(false), Known::Value(false)) => requires_neither(language),
        _ => parameters_decide(language),
    }
}

sentences! {
    /// What was found, and which of the two the connector requires.
    fn has_both(connector: &str, addresses: &str, name: &str, restriction: &str) {
        en: "Partner connector '{connector}' lists {addresses} and also expects a certificate for '{name}'. {restriction}",
        ja: "Partner コネクタ「{connector}」は、IP アドレス ({addresses}) を登録し、さらに「{name}」の証明書も想定しています。{restriction}" ["a9f9ad70"],
    }
    /// The connector requires an address.
    fn rejects_other_addresses() {
        en: "It rejects other addresses; the certificate is not required.",
        ja: "ほかの IP アドレスからのメールは拒否されますが、証明書は必須ではありません。" ["f2e6c071"],
    }
    /// The connector requires a certificate.
    fn rejects_other_certificates() {
        en: "It rejects other certificates; the addresses are not required.",
        ja: "ほかの証明書のメールは拒否されますが、IP アドレスは必須ではありません。" ["df3f639e"],
    }
    /// The connector requires nothing.
    fn requires_neither() {
        en: "It requires neither.",
        ja: "どちらも必須ではありません。" ["ce0914d7"],
    }
    /// The export does not show what the connector requires.
    fn parameters_decide() {
        en: "The Restrict… parameters decide which of them it requires.",
        ja: "どちらが必須であるかは、Restrict… パラメーターで決まります。" ["d0aba82f"],
    }
    /// Beside the command that removes the addresses.
    fn keeps_the_certificate(name: &str) {
        en: "This keeps the certificate. First check that all of the partner's mail arrives with a certificate for '{name}'. Use this command or the next one, not both.",
        ja: "証明書を残す場合のコマンドです。最初に、パートナーのすべてのメールで「{name}」の証明書が提示されていることを確認します。このコマンドと次のコマンドは、どちらか一方だけを使用します。" ["9fce1a31"],
    }
    /// Beside the command that removes the certificate name.
    fn keeps_the_addresses() {
        en: "This keeps the addresses. First check that all of the partner's mail comes from them. Use this command or the previous one, not both.",
        ja: "IP アドレスを残す場合のコマンドです。最初に、パートナーのすべてのメールがその IP アドレスから送信されていることを確認します。このコマンドと前のコマンドは、どちらか一方だけを使用します。" ["3360e6f1"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn found(tenant: Tenant) -> CheckOutput {
        let check = &PartnerMixesAddressAndCertificate;
        of_exports(check, &[tenant], &OnPremises::default())
    }

    fn partner(name: Option<&str>, addresses: &[&str]) -> Tenant {
        let mut partner = tenant(name, addresses, &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        partner
    }

    #[test]
    fn fires_where_both_are_set() {
        let mut both = partner(Some("*.fabrikam.com"), &["203.0.113.7"]);
        both.connectors[0].restrict_domains_to_ip_addresses = Known::Value(true);
        both.connectors[0].restrict_domains_to_certificate = Known::Value(false);
        let found = found(both);
        let found = &found.findings[0];
        assert!(
            found
                .message
                .ends_with("It rejects other addresses; the certificate is not required.")
        );
        let commands: Vec<_> = found
            .fix
            .iter()
            .filter_map(|fix| fix.command.as_deref())
            .collect();
        assert_eq!(
            commands,
            [
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses $null -RestrictDomainsToIPAddresses $false -RestrictDomainsToCertificate $true",
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName $null",
            ]
        );
    }

    #[test]
    fn stays_silent_with_one_of_them_and_on_premises() {
        for tenant in [
            partner(Some("*.fabrikam.com"), &[]),
            partner(None, &["203.0.113.7"]),
            tenant(Some("*.contoso.com"), &["203.0.113.7"], &[]),
        ] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_the_addresses_are_lost() {
        let mut lost = partner(Some("*.fabrikam.com"), &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
