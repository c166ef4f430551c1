//! Writes the exports of the tenant that belong to the logs.
//!
//! In: nothing. Out: the texts of two JSON files.
//! Invariant: the only cause of rejections is a name mismatch (`CRT005`). One inbound connector
//! expects the certificate that works. The other expects a host that the failing certificate does
//! not hold. All domains are accepted, no connector lists an address, and none is disabled.

use serde_json::{Value, json};

/// The file names below the corpus, and the texts of the files.
pub(crate) fn exports() -> [(&'static str, String); 2] {
    let connectors = json!([
        connector("Inbound from contoso", "mail.contoso.com"),
        connector("Inbound from fabrikam", "relay.fabrikam.com"),
    ]);
    let domains = json!([
        domain("contoso.com", false),
        domain("mail.contoso.com", false),
        domain("fabrikam.com", false),
        domain("relay.fabrikam.com", false),
        domain("contoso.mail.onmicrosoft.com", false),
        domain("contoso.onmicrosoft.com", true),
    ]);
    [
        ("InboundConnector.json", format!("{connectors:#}\n")),
        ("AcceptedDomain.json", format!("{domains:#}\n")),
    ]
}

fn connector(name: &str, certificate_name: &str) -> Value {
    json!({
        "Name": name,
        "Enabled": true,
        "ConnectorType": "OnPremises",
        "ConnectorSource": "HybridWizard",
        "SenderIPAddresses": [],
        "SenderDomains": ["smtp:*;1"],
        "RequireTls": true,
        "RestrictDomainsToIPAddresses": false,
        "RestrictDomainsToCertificate": false,
        "CloudServicesMailEnabled": true,
        "TlsSenderCertificateName": certificate_name,
        "Identity": name,
        "WhenChangedUTC": "2026-08-21T08:02:11Z",
    })
}

fn domain(name: &str, initial: bool) -> Value {
    json!({
        "DomainName": name,
        "DomainType": "Authoritative",
        "MatchSubDomains": false,
        "Default": name == "contoso.com",
        "InitialDomain": initial,
        "PendingRemoval": false,
        "PendingCompletion": false,
        "Name": name,
    })
}
