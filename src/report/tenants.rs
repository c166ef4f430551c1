//! The tenants whose exports were given, as data.
//!
//! In: [`Tenant`]s. Out: [`TenantSummary`]s.
//! Must not judge. Invariant: a value that the export lost is `null`, and one that is empty is an empty
//! list.

use schemars::JsonSchema;
use serde::Serialize;

use crate::input::timestamp::Timestamp;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TenantSummary {
    /// Its name.
    pub name: String,
    /// The number of inbound connectors in its exports.
    pub inbound_connectors: usize,
    /// The number of accepted domains. It is `null` if no export of them was given.
    pub accepted_domains: Option<usize>,
    /// The inbound connectors, in the order of the exports.
    pub connectors: Vec<InboundConnectorRow>,
    /// The files of its exports.
    pub files: Vec<String>,
}

/// An inbound connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InboundConnectorRow {
    /// Its name.
    pub name: String,
    /// `ConnectorType`: `OnPremises` or `Partner`. It is `null` if the export lost it.
    #[serde(rename = "type")]
    pub connector_type: Option<&'static str>,
    /// `Enabled`. It is `null` if the export lost it.
    pub enabled: Option<bool>,
    /// `TlsSenderCertificateName`: no name or one. It is `null` if the export lost it.
    pub names: Option<Vec<String>>,
    /// `SenderIPAddresses`. It is `null` if the export lost them.
    pub addresses: Option<Vec<String>>,
    /// `WhenChangedUTC`. It is `null` if it is not known.
    pub when_changed: Option<String>,
}

/// The tenants with their connectors.
pub fn tenants(tenants: &[Tenant]) -> Vec<TenantSummary> {
    let of = |tenant: &Tenant| TenantSummary {
        name: tenant.name.clone(),
        inbound_connectors: tenant.connectors.len(),
        accepted_domains: tenant.domains.as_ref().map(|domains| domains.len()),
        connectors: tenant.connectors.iter().map(connector).collect(),
        files: tenant.files.clone(),
    };
    tenants.iter().map(of).collect()
}

fn connector(own: &InboundConnector) -> InboundConnectorRow {
    let name = own.tls_sender_certificate_name.value();
    let addresses = own.sender_ip_addresses.value();
    InboundConnectorRow {
        name: own.name.clone(),
        connector_type: match own.connector_type {
            Known::Value(ConnectorType::OnPremises) => Some("OnPremises"),
            Known::Value(ConnectorType::Partner) => Some("Partner"),
            Known::Lost => None,
        },
        enabled: own.enabled.value().copied(),
        names: name.map(|name| name.iter().cloned().collect()),
        addresses: addresses.map(|list| list.iter().map(|entry| entry.text.clone()).collect()),
        when_changed: own
            .when_changed
            .value()
            .and_then(|time| Timestamp::from(*time).rfc3339()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{connector as scenario, contoso};

    #[test]
    fn lost_is_null_and_empty_is_an_empty_list() {
        let mut tenant = contoso();
        tenant.connectors.push(InboundConnector {
            enabled: Known::Lost,
            connector_type: Known::Lost,
            tls_sender_certificate_name: Known::Lost,
            sender_ip_addresses: Known::Lost,
            ..scenario("Lost", None, &[])
        });
        tenant
            .connectors
            .push(scenario("Addresses", None, &["203.0.113.7"]));
        let found = tenants(&[tenant]);
        let [named, lost, addresses] = found[0].connectors.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(found[0].inbound_connectors, 3);
        assert_eq!(
            named.names.as_deref(),
            Some(&["mail.contoso.com".to_owned()][..])
        );
        assert_eq!(named.addresses.as_deref(), Some(&[][..]));
        assert_eq!(
            (named.connector_type, named.enabled),
            (Some("OnPremises"), Some(true))
        );
        assert_eq!((&lost.names, &lost.addresses), (&None, &None));
        assert_eq!((lost.connector_type, lost.enabled), (None, None));
        assert_eq!(addresses.names.as_deref(), Some(&[][..]));
        assert_eq!(
            addresses.addresses.as_deref(),
            Some(&["203.0.113.7".to_owned()][..])
        );
        assert_eq!(addresses.when_changed, None);
    }
}
