//! CON102: an inbound connector identifies the servers by their address only.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::inbound_connector::names_a_certificate;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
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
            let name = settings::certificate_name(connector);
            let name = name.map_or_else(
                || "has no certificate name".to_owned(),
                |name| format!("has the certificate name '{name}', which no certificate can match"),
            );
            let message = format!(
                "Inbound connector '{}' {name}. It identifies mail by the source address: {}. Only senders of accepted domains of {} can relay through it. Bounces (sender <>) are rejected.",
                connector.name,
                settings::listed(context.language, settings::addresses(connector)),
                tenant.name,
            );
            let fix = expected_name::identify(
                context,
                (tenant, connector),
                "Run this only if all servers that use this connector offer this certificate over TLS. The addresses can stay: Exchange Online uses them where the certificate does not match.",
            );
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::address_proof(connector))
                    .proof(settings::name_proof(connector))
                    .fix(fix),
            );
        }
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
