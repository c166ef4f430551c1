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
