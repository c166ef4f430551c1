//! What the exports of a tenant hold.
//!
//! In: what goes wrong. Out: inbound connectors and accepted domains, also as JSON.

use serde_json::{Value, json};

use super::model::{Certificate, Kind, Server};
use super::world::unrelated;

/// A tenant.
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) inbound: Vec<Inbound>,
    pub(super) accepted: Vec<String>,
}

/// An inbound connector.
pub(super) struct Inbound {
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) kind: &'static str,
    pub(super) addresses: Vec<String>,
    pub(super) certificate: Option<String>,
    pub(super) changed: String,
}

impl Tenant {
    /// A tenant without inbound connectors.
    pub(super) fn of(name: &str) -> Tenant {
        let domain = format!("{name}.com");
        Tenant {
            name: name.to_owned(),
            accepted: vec![domain.clone(), format!("{name}.mail.onmicrosoft.com")],
            domain,
            inbound: vec![unrelated()],
        }
    }

    /// Adds the inbound connector of a send connector.
    pub(super) fn expect(&mut self, main: Option<Kind>, number: usize, name: &str, changed: &str) {
        let mut inbound = Inbound {
            name: format!("Inbound from {} {number}", self.name),
            enabled: main != Some(Kind::ConnectorDisabled),
            kind: if main == Some(Kind::ConnectorPartner) {
                "Partner"
            } else {
                "OnPremises"
            },
            addresses: Vec::new(),
            certificate: Some(name.to_owned()),
            changed: changed.to_owned(),
        };
        match main {
            Some(Kind::NoConnector) => return,
            Some(Kind::AddressChanged | Kind::SenderNotAccepted | Kind::NullSender) => {
                inbound.addresses = vec!["203.0.113.0/28".to_owned()];
                inbound.certificate = None;
            }
            Some(Kind::ConnectorDisabled | Kind::ConnectorPartner) => self.inbound.push(Inbound {
                name: "Inbound from branch office".to_owned(),
                enabled: true,
                kind: "OnPremises",
                addresses: Vec::new(),
                certificate: Some(format!("branch.{}", self.domain)),
                changed: changed.to_owned(),
            }),
            _ => {}
        }
        self.inbound.push(inbound);
    }

    /// `Get-InboundConnector | ConvertTo-Json`.
    pub(super) fn connectors(&self) -> Value {
        self.inbound
            .iter()
            .map(|connector| {
                json!({
                    "Name": connector.name,
                    "Identity": connector.name,
                    "Enabled": connector.enabled,
                    "ConnectorType": connector.kind,
                    "ConnectorSource": "Default",
                    "SenderIPAddresses": connector.addresses,
                    "SenderDomains": ["smtp:*;1"],
                    "AssociatedAcceptedDomains": [],
                    "RequireTls": true,
                    "RestrictDomainsToIPAddresses": false,
                    "RestrictDomainsToCertificate": false,
                    "CloudServicesMailEnabled": true,
                    "TlsSenderCertificateName": connector.certificate,
                    "WhenChangedUTC": connector.changed,
                })
            })
            .collect()
    }

    /// `Get-AcceptedDomain | ConvertTo-Json`.
    pub(super) fn domains(&self) -> Value {
        let initial = format!("{}.onmicrosoft.com", self.name);
        let mut names = self.accepted.clone();
        names.push(initial.clone());
        names.dedup();
        names
            .iter()
            .map(|name| {
                json!({
                    "DomainName": name,
                    "DomainType": "Authoritative",
                    "MatchSubDomains": false,
                    "Default": *name == self.domain,
                    "InitialDomain": *name == initial,
                    "PendingRemoval": false,
                    "PendingCompletion": false,
                    "Name": name,
                })
            })
            .collect()
    }
}

/// `Get-ExchangeCertificate | ConvertTo-Json` of one server.
pub(super) fn exchange_certificates(server: &Server, certificates: &[Certificate]) -> Value {
    certificates
        .iter()
        .map(|certificate| {
            json!({
                "CertificateDomains": certificate.names,
                "FriendlyName": "mail",
                "HasPrivateKey": true,
                "Identity": format!("{}\\{}", server.name, certificate.thumbprint),
                "IsSelfSigned": false,
                "Issuer": certificate.issuer,
                "NotBefore": certificate.not_before,
                "NotAfter": certificate.not_after,
                "RootCAType": "ThirdParty",
                "SerialNumber": certificate.serial,
                "Services": "IIS, SMTP",
                "Status": "Valid",
                "Subject": certificate.subject,
                "Thumbprint": certificate.thumbprint,
                "PSComputerName": server.name,
            })
        })
        .collect()
}
