//! CON109: no mail can match a connector.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::inbound_connector::names_a_certificate;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::{expected_name, settings};
use crate::tenant::ConnectorType;

declare_rule! {
    /// An OnPremises inbound connector names neither a certificate nor an address.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors without sender addresses that have no certificate name, or
    /// have a name that no certificate can match, such as `*` or `mail.*.com`.
    ///
    /// ## Why it matters
    /// Such a connector matches nothing. Exchange Online cannot assign the mail that it was made
    /// for to your tenant, and rejects this mail with 550 5.7.64 if the recipient is outside your
    /// tenant.
    ///
    /// ## What to do
    /// Set the certificate name to the name on the certificate that your servers offer, or remove
    /// the connector.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - `Set-InboundConnector` (reference, Microsoft Learn): a wildcard stands at the beginning of
    ///   a name only.
    ConnectorIdentifiesNobody {
        code: "CON109",
        name: "connector-identifies-nobody",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタ (OnPremises) に、
        /// 証明書名も IP アドレスも設定されていません。
        ///
        /// ## 検出する内容
        /// 送信元 IP アドレスがなく、証明書名もない、または `*` や `mail.*.com` のようにどの
        /// 証明書とも一致しない名前が設定されている、有効な OnPremises コネクタを検出します。
        ///
        /// ## 問題となる理由
        /// このような受信コネクタは、どのメールとも一致しません。Exchange Online は、
        /// この受信コネクタの対象となるはずのメールを自組織のテナントに割り当てられません。
        /// 受信者がテナントの外部である場合は、そのメールを 550 5.7.64 で拒否します。
        ///
        /// ## 対処方法
        /// サーバーが提示する証明書の名前を証明書名に設定するか、受信コネクタを削除します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): リレーするには、正しく構成され、送信元サーバーと一致するコネクタが
        ///   必要です。
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): ワイルドカードは名前の
        ///   先頭でのみ使用できます。
        japanese: ["9325ef28"],
    }
}

impl Check for ConnectorIdentifiesNobody {
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
                    Vec::is_empty,
                ),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let language = context.language;
            let own = &connector.name;
            let (message, confidence) = match settings::certificate_name(connector) {
                None => (names_neither(language, own, &tenant.name), Confidence::High),
                Some(name) => (
                    has_unusable_name(language, own, &tenant.name, name),
                    Confidence::Medium,
                ),
            };
            let fix =
                expected_name::identify(context, (tenant, connector), &or_remove_it(language));
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .confidence(confidence)
                    .proof(settings::name_proof(connector))
                    .proof(settings::address_proof(connector))
                    .fix(fix),
            );
        }
    }
}

sentences! {
    /// What was found, if the connector has no certificate name.
    fn names_neither(connector: &str, tenant: &str) {
        en: "Inbound connector '{connector}' of {tenant} names neither a certificate nor an address. It matches no mail.",
        ja: "{tenant} の Exchange Online の受信コネクタ「{connector}」には、証明書名も IP アドレスも設定されていません。どのメールとも一致しません。" ["0b42c8f8"],
    }
    /// What was found, if no certificate can match the certificate name.
    fn has_unusable_name(connector: &str, tenant: &str, name: &str) {
        en: "Inbound connector '{connector}' of {tenant} lists no address, and no certificate can match its name '{name}'. It matches no mail.",
        ja: "{tenant} の Exchange Online の受信コネクタ「{connector}」には IP アドレスが登録されておらず、証明書名「{name}」はどの証明書とも一致しません。どのメールとも一致しません。" ["a75e32ff"],
    }
    /// Before the step that sets the certificate name.
    fn or_remove_it() {
        en: "If another connector already identifies the servers, you can remove this one instead.",
        ja: "別の受信コネクタが既にサーバーを識別している場合は、代わりにこの受信コネクタを削除できます。" ["bd2df96e"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::{Known, Tenant};

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(
            &ConnectorIdentifiesNobody,
            &[tenant],
            &OnPremises::default(),
        )
    }

    #[test]
    fn fires_with_neither() {
        let found = found(tenant(None, &[], &[]));
        assert_eq!(found.findings.len(), 1);
        let found = &found.findings[0];
        assert_eq!(found.confidence, Confidence::High);
        assert!(
            found
                .message
                .contains("'Inbound from contoso' of contoso.onmicrosoft.com names neither")
        );
    }

    #[test]
    fn a_name_that_matches_nothing_is_none() {
        for name in [
            "*",
            "mail.*.com",
            "Contoso Mail",
            "a.contoso.com;b.contoso.com",
        ] {
            let found = found(tenant(Some(name), &[], &[]));
            assert_eq!(found.findings[0].confidence, Confidence::Medium, "{name}");
        }
    }

    #[test]
    fn stays_silent_with_either_and_for_partners() {
        let mut partner = tenant(None, &[], &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let mut asleep = tenant(None, &[], &[]);
        asleep.connectors[0].enabled = Known::Value(false);
        for tenant in [
            partner,
            asleep,
            tenant(Some("*.contoso.com"), &[], &[]),
            tenant(Some("<S>CN=Contoso Mail"), &[], &[]),
            tenant(Some("*.com"), &[], &[]),
            tenant(Some("EX01"), &[], &[]),
            tenant(None, &["203.0.113.7"], &[]),
        ] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_a_value_is_lost() {
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        let fields: Vec<&str> = found
            .undetermined
            .iter()
            .map(|undetermined| undetermined.missing.name())
            .collect();
        assert_eq!(fields, ["TlsSenderCertificateName", "SenderIPAddresses"]);
    }
}
