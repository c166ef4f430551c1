//! CON102: an inbound connector identifies the servers by their address only.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::inbound_connector::names_a_certificate;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::{expected_name, settings};
use crate::tenant::ConnectorType;

declare_rule! {
    /// An OnPremises inbound connector identifies your servers by their address only.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors that list sender addresses and have no certificate name, or
    /// have a name that no certificate can match.
    ///
    /// ## Why it matters
    /// The connector works, but for less mail:
    ///
    /// - The sender's domain must be an accepted domain as well. Bounces (sender `<>`) and
    ///   forwarded mail of outside senders are rejected.
    /// - A new address of your internet line or proxy stops all mail.
    ///
    /// ## What to do
    /// If only senders of accepted domains use the connector, you need to do nothing. Otherwise:
    ///
    /// 1. Let the servers offer a certificate.
    /// 2. Set its name in the connector.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): it asks to prefer a connector with a certificate
    ///   name to one with addresses.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply also comes when the server sends from another address than the connector lists.
    AddressOnlyConnector {
        code: "CON102",
        name: "address-only-connector",
        severity: Info,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタ (OnPremises) が、サーバーを IP アドレスだけで
        /// 識別しています。
        ///
        /// ## 検出する内容
        /// 送信元 IP アドレスを登録していて、証明書名がない、またはどの証明書とも一致しない名前が
        /// 設定されている、有効な OnPremises コネクタを検出します。
        ///
        /// ## 問題となる理由
        /// この受信コネクタは機能しますが、対象となるメールが限られます。
        ///
        /// - 送信者のドメインも承認済みドメインである必要があります。配信不能
        ///   レポート (送信者 `<>`) と、外部の送信者からの転送メールは拒否されます。
        /// - インターネット回線またはプロキシの IP アドレスが変わると、すべてのメールが止まります。
        ///
        /// ## 対処方法
        /// 承認済みドメインの送信者だけがこの受信コネクタを使用する場合は、何もする
        /// 必要はありません。それ以外の場合は、次の手順を実行します。
        ///
        /// 1. サーバーが証明書を提示するように構成します。
        /// 2. その証明書の名前を受信コネクタに設定します。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): IP アドレスを登録したコネクタよりも、
        ///   証明書名を設定したコネクタを優先するよう求めています。
        /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team、
        ///   2023-06-19、2023-11-01 から適用): リレーするには、証明書または MAIL FROM に
        ///   承認済みドメインが必要です。さらに、証明書または IP アドレスと
        ///   一致する OnPremises コネクタも必要です。
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、コネクタに登録されていない IP アドレスからサーバーが
        ///   送信した場合にも返されます。
        japanese: ["f0043332"],
    }
}

impl Check for AddressOnlyConnector {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let named = names_a_certificate(connector);
            let conditions = [
                condition::of_type(connector, ConnectorType::OnPremises),
                condition::enabled(connector),
                Condition::fact("TlsSenderCertificateName", named.map(|named| !named)),
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
            let language = context.language;
            let addresses = settings::listed(language, settings::addresses(connector));
            let own = &connector.name;
            let message = match settings::certificate_name(connector) {
                None => has_no_name(language, own, &addresses, &tenant.name),
                Some(name) => has_unusable_name(language, own, name, &addresses, &tenant.name),
            };
            let fix =
                expected_name::identify(context, (tenant, connector), &if_all_offer_it(language));
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::address_proof(connector))
                    .proof(settings::name_proof(connector))
                    .fix(fix),
            );
        }
    }
}

sentences! {
    /// What was found, if the connector has no certificate name.
    fn has_no_name(connector: &str, addresses: &str, tenant: &str) {
        en: "Inbound connector '{connector}' has no certificate name. It identifies mail by the source address: {addresses}. Only senders of accepted domains of {tenant} can relay through it. Bounces (sender <>) are rejected.",
        ja: "Exchange Online の受信コネクタ「{connector}」には証明書名がありません。この受信コネクタは、メールを送信元 IP アドレス ({addresses}) で識別します。リレーできるのは、{tenant} の承認済みドメインの送信者だけです。配信不能レポート (送信者 <>) は拒否されます。" ["7de027ee"],
    }
    /// What was found, if no certificate can match the certificate name.
    fn has_unusable_name(connector: &str, name: &str, addresses: &str, tenant: &str) {
        en: "Inbound connector '{connector}' has the certificate name '{name}', which no certificate can match. It identifies mail by the source address: {addresses}. Only senders of accepted domains of {tenant} can relay through it. Bounces (sender <>) are rejected.",
        ja: "Exchange Online の受信コネクタ「{connector}」の証明書名「{name}」は、どの証明書とも一致しません。この受信コネクタは、メールを送信元 IP アドレス ({addresses}) で識別します。リレーできるのは、{tenant} の承認済みドメインの送信者だけです。配信不能レポート (送信者 <>) は拒否されます。" ["3cff2b33"],
    }
    /// Before the step that sets the certificate name.
    fn if_all_offer_it() {
        en: "Run this only if all servers that use this connector offer this certificate over TLS. The addresses can stay: Exchange Online uses them where the certificate does not match.",
        ja: "このコマンドは、この受信コネクタを使用するすべてのサーバーが TLS でこの証明書を提示する場合にのみ実行します。IP アドレスは残しておくことができます。証明書が一致しない場合、Exchange Online は IP アドレスを使用します。" ["19fab225"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Severity;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};
    use crate::scenario::logs::tenant;
    use crate::tenant::{Known, Tenant};

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(&AddressOnlyConnector, &[tenant], &OnPremises::default())
    }

    #[test]
    fn fires_where_only_addresses_are_listed() {
        let found = found(tenant(None, &["203.0.113.7", "198.51.100.0/24"], &[]));
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert_eq!(found.severity, Severity::Info);
        assert!(found.message.contains("203.0.113.7, 198.51.100.0/24"));
        let command = found.fix[0].command.as_deref().unwrap();
        assert_eq!(
            command,
            "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName '<name on the certificate offered>'"
        );
    }

    #[test]
    fn the_name_is_that_of_the_certificate_which_the_send_connector_names() {
        let mut tenant = tenant(None, &["203.0.113.7"], &["contoso.com", "mail.contoso.com"]);
        tenant.connectors[0].require_tls = Known::Value(false);
        let own = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        let found = of_exports(&AddressOnlyConnector, &[tenant], &own).findings;
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName 'mail.contoso.com' -RequireTls $true"
            )
        );
    }

    #[test]
    fn a_name_that_matches_nothing_is_none() {
        let found = found(tenant(Some("mail.*.com"), &["203.0.113.7"], &[]));
        assert!(found.findings[0].message.contains("'mail.*.com'"));
    }

    #[test]
    fn stays_silent_with_a_certificate_name_without_addresses_and_for_partners() {
        for (name, addresses) in [
            (Some("*.contoso.com"), &["203.0.113.7"][..]),
            (Some("*.contoso.com"), &[]),
            (None, &[]),
        ] {
            let found = found(tenant(name, addresses, &[]));
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
        let mut partner = tenant(None, &["203.0.113.7"], &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        partner.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(partner);
        assert!(found.findings.is_empty() && found.undetermined.is_empty());
    }

    #[test]
    fn is_undetermined_where_name_or_list_is_lost() {
        let mut lost = tenant(None, &["203.0.113.7"], &[]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        assert_eq!(
            found(lost).undetermined[0].missing.name(),
            "TlsSenderCertificateName"
        );
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
