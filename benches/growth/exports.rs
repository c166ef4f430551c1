//! Exports of a tenant, of the organisation's servers and of the hybrid wizard.
//!
//! In: names. Out: files as PowerShell and the wizard write them.

use std::fs::{create_dir_all, write};
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::session::thumbprint;

fn save(folder: &Path, file: &str, objects: Vec<Value>) -> io::Result<()> {
    create_dir_all(folder)?;
    write(folder.join(file), Value::Array(objects).to_string())
}

fn inbound((name, certificate): (String, String)) -> Value {
    json!({
        "Name": name,
        "Identity": name,
        "Enabled": true,
        "ConnectorType": "OnPremises",
        "SenderIPAddresses": [],
        "SenderDomains": ["smtp:*;1"],
        "AssociatedAcceptedDomains": [],
        "RequireTls": true,
        "TlsSenderCertificateName": certificate,
        "CloudServicesMailEnabled": true,
        "WhenChangedUTC": "2026-08-21T08:02:11Z",
    })
}

fn domain(name: String) -> Value {
    json!({
        "DomainName": name,
        "Name": name,
        "DomainType": "Authoritative",
        "MatchSubDomains": false,
        "InitialDomain": name.ends_with("onmicrosoft.com"),
        "PendingRemoval": false,
        "PendingCompletion": false,
    })
}

/// A tenant with inbound connectors, each with a certificate name, and with accepted domains.
pub(crate) fn tenant(
    folder: &Path,
    connectors: impl Iterator<Item = (String, String)>,
    domains: impl Iterator<Item = String>,
) -> io::Result<()> {
    let folder = folder.join("tenant");
    let own = ["contoso.com", "contoso.onmicrosoft.com"].map(str::to_owned);
    save(
        &folder,
        "InboundConnector.json",
        connectors.map(inbound).collect(),
    )?;
    save(
        &folder,
        "AcceptedDomain.json",
        domains.chain(own).map(domain).collect(),
    )
}

/// A tenant that expects another certificate than the usual one.
pub(crate) fn usual_tenant(folder: &Path) -> io::Result<()> {
    let connector = ("Inbound from contoso", "relay.contoso.com");
    let connector = (connector.0.to_owned(), connector.1.to_owned());
    tenant(folder, [connector].into_iter(), [].into_iter())
}

fn send_connector((name, certificate): (String, String)) -> Value {
    json!({
        "Name": name,
        "Identity": name,
        "Enabled": true,
        "SmartHosts": ["contoso-com.mail.protection.outlook.com"],
        "Port": 25,
        "AddressSpaces": ["smtp:*;1"],
        "SourceTransportServers": ["EX01"],
        "Fqdn": "mail.contoso.com",
        "TlsCertificateName": format!("<I>CN=Example CA<S>CN={certificate}"),
        "TlsDomain": null,
        "TlsAuthLevel": "CertificateValidation",
        "RequireTLS": true,
        "IgnoreSTARTTLS": false,
        "ForceHELO": false,
        "ProtocolLoggingLevel": "Verbose",
        "FrontendProxyEnabled": false,
        "CloudServicesMailEnabled": true,
        "DNSRoutingEnabled": false,
        "WhenChangedUTC": "2026-02-11T09:20:03Z",
    })
}

fn certificate((number, name): (usize, String)) -> Value {
    let thumbprint = thumbprint(&name);
    json!({
        "Thumbprint": thumbprint,
        "Subject": format!("CN={name}"),
        "Issuer": "CN=Example CA",
        "SerialNumber": format!("{number:032X}"),
        "NotBefore": "2026-04-20T00:00:00Z",
        "NotAfter": "2036-04-17T23:59:59Z",
        "CertificateDomains": [name],
        "Services": "IIS, SMTP",
        "Status": "Valid",
        "RootCAType": "ThirdParty",
        "HasPrivateKey": true,
        "IsSelfSigned": false,
        "PSComputerName": "ex01.contoso.com",
        "Identity": format!("EX01.contoso.com\\{thumbprint}"),
    })
}

/// Send connectors, each with the name of its certificate, and certificates by name.
pub(crate) fn on_premises(
    folder: &Path,
    connectors: impl Iterator<Item = (String, String)>,
    certificates: impl Iterator<Item = String>,
) -> io::Result<()> {
    let folder = folder.join("on-premises");
    let certificates = certificates.enumerate().map(certificate).collect();
    save(
        &folder,
        "SendConnector.json",
        connectors.map(send_connector).collect(),
    )?;
    save(&folder, "ExchangeCertificate.json", certificates)
}

/// A log of the hybrid wizard that sets the certificate of each of these send connectors.
pub(crate) fn wizard(folder: &Path, connectors: impl Iterator<Item = String>) -> io::Result<()> {
    let place =
        "Client=UX, Activity=Mail Flow, Session=OnPremises, Cmdlet=Set-SendConnector, Thread=9";
    let mut text = String::new();
    for (number, connector) in connectors.enumerate() {
        let (hour, minute, second) = (number / 3_600 % 24, number / 60 % 60, number % 60);
        let clock = format!("2026.11.02 {hour:02}:{minute:02}:{second:02}.552");
        text.push_str(&format!(
            "{clock}         10276 [{place}] START Set-SendConnector -Identity '{connector}' -TlsCertificateName '<I>CN=Example CA<S>CN=mail.contoso.com'\r\n\
             {clock}         10277 [{place}] FINISH Time=3ms Results=0\r\n"
        ));
    }
    let folder = folder.join("wizard");
    create_dir_all(&folder)?;
    write(folder.join("20261102_213802.log"), text)
}
