//! CON102: known by address alone.

use crate::tenant::ConnectorType;

use super::check::{Check, Findings};
use super::con109_connector_identifies_nobody::names_a_certificate;
use super::condition::{self, Condition, all_hold};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;
use super::{Entry, subject};

entry! {
    /// An OnPremises inbound connector identifies the organisation's servers by address only.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors that list sender addresses and have no certificate name, or
    /// one that no certificate can match.
    ///
    /// ## Why it matters
    /// It works, but for less mail: the sender's domain must be accepted as well, so reports from
    /// `<>` and forwarded mail of foreign senders are refused, and a new address of the line or the
    /// proxy stops all of it.
    ///
    /// ## What to do
    /// Nothing, where only senders of accepted domains use it. Otherwise let the servers offer a
    /// certificate, and name it in the connector.
    AddressOnlyConnector, "CON102", "address-only-connector", Info, High
}

impl Check for AddressOnlyConnector {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        for (tenant, connector) in setup.inbound() {
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
            let about = || subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::ENTRY, about, findings) {
                continue;
            }
            let name = subject::certificate_name(connector);
            let name = name.map_or_else(
                || "has no certificate name".to_owned(),
                |name| format!("has the certificate name '{name}', which no certificate can match"),
            );
            let message = format!(
                "Inbound connector '{}' {name}, and knows mail by the address it comes from: {}. Only senders of accepted domains of {} may relay over it; mail from <> may not.",
                connector.name,
                subject::listed(subject::addresses(connector)),
                tenant.name,
            );
            let fix = Fix::command(
                Where::Online,
                subject::set_inbound(
                    connector,
                    "-TlsSenderCertificateName '<name on the certificate offered>'",
                ),
                "Only if the sending servers offer a certificate, and its domain is an accepted domain. The addresses may stay: they are asked where the certificate does not match.",
            );
            findings.add(
                subject::of_inbound(&Self::ENTRY, tenant, connector, message)
                    .proof(subject::address_proof(connector))
                    .proof(subject::name_proof(connector))
                    .fix(fix),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::rules::Severity;
    use crate::rules::scenario::tenant;
    use crate::rules::scenario_setup::of_exports;
    use crate::tenant::{Known, Tenant};

    fn found(tenant: Tenant) -> Findings {
        of_exports(&AddressOnlyConnector, &[tenant], &OnPremises::default())
    }

    #[test]
    fn fires_where_only_addresses_are_listed() {
        let found = found(tenant(None, &["203.0.113.7", "198.51.100.0/24"], &[]));
        assert!(found.untold.is_empty());
        let found = &found.observations[0];
        assert_eq!(found.severity, Severity::Info);
        assert!(found.message.contains("203.0.113.7, 198.51.100.0/24"));
        let command = found.fix[0].command.as_deref().unwrap();
        assert!(command.starts_with("Set-InboundConnector -Identity 'Inbound from contoso' "));
    }

    #[test]
    fn a_name_that_matches_nothing_is_none() {
        let found = found(tenant(Some("mail.*.com"), &["203.0.113.7"], &[]));
        assert!(found.observations[0].message.contains("'mail.*.com'"));
    }

    #[test]
    fn stays_silent_with_a_certificate_name_without_addresses_and_for_partners() {
        for (name, addresses) in [
            (Some("*.contoso.com"), &["203.0.113.7"][..]),
            (Some("*.contoso.com"), &[]),
            (None, &[]),
        ] {
            let found = found(tenant(name, addresses, &[]));
            assert!(found.observations.is_empty() && found.untold.is_empty());
        }
        let mut partner = tenant(None, &["203.0.113.7"], &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        partner.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(partner);
        assert!(found.observations.is_empty() && found.untold.is_empty());
    }

    #[test]
    fn cannot_tell_where_name_or_list_is_lost() {
        let mut lost = tenant(None, &["203.0.113.7"], &[]);
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        assert_eq!(found(lost).untold[0].field, "TlsSenderCertificateName");
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.observations.is_empty());
        assert_eq!(found.untold[0].field, "SenderIPAddresses");
    }
}
