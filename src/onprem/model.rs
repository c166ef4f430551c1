//! The configuration of the local Exchange, independent of the form of the export.
//!
//! In: nothing. Out: plain types, which the readers of this folder fill, and which causes and
//! checks use.
//! Must not parse.
//! Invariant: each object keeps its file and, if it is known, its line.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};

use crate::input::timestamp::Timestamp;
use crate::onprem::by_common_name::ByCommonName;
use crate::smtp::certificate::Certificate;
use crate::smtp::host;
use crate::tenant::Known;

/// Everything that is known about the local Exchange.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OnPremises {
    /// The send connectors, sorted by name, then by server.
    pub send_connectors: Vec<SendConnector>,
    /// The certificates of the servers, sorted by server, then by thumbprint.
    pub certificates: Vec<ExchangeCertificate>,
    /// The settings that the hybrid wizard made, sorted by time.
    pub wizard: Vec<WizardSetting>,
    /// Whether an export of send connectors was given. An empty one counts.
    pub send_connectors_exported: bool,
    /// Whether an export of certificates was given. An empty one counts.
    pub certificates_exported: bool,
    /// The files read, as named by the caller, in name order.
    pub files: Vec<String>,
    /// Which connectors the wizard made.
    pub(crate) made: Made,
    /// Where the certificates of one common name are.
    pub(crate) by_common_name: ByCommonName,
}

/// Which connectors the settings of the wizard made, once somebody asks: for each its name in lower
/// case, and whether it is an inbound connector.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made(OnceLock<BTreeSet<(bool, String)>>);

impl PartialEq for Made {
    /// It follows from the settings.
    fn eq(&self, _other: &Made) -> bool {
        true
    }
}

/// A send connector (`Get-SendConnector`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendConnector {
    /// `Guid`, by which a command finds the connector if its name cannot be pasted.
    pub guid: Option<String>,
    /// `Name`, else `Identity`. `Set-SendConnector -Identity` accepts it.
    pub name: String,
    /// The server that the export came from, if it says so.
    pub server: Option<String>,
    /// `Enabled`.
    pub enabled: Known<bool>,
    /// `SmartHosts`.
    pub smart_hosts: Known<Vec<String>>,
    /// `AddressSpaces` as exported, such as `SMTP:*;1`.
    pub address_spaces: Known<Vec<String>>,
    /// The server names in `SourceTransportServers`.
    pub source_servers: Known<Vec<String>>,
    /// `Fqdn`.
    pub fqdn: Known<Option<String>>,
    /// `TlsCertificateName` as exported; `Value(None)` if it is empty.
    pub tls_certificate_name: Known<Option<String>>,
    /// `TlsDomain`.
    pub tls_domain: Known<Option<String>>,
    /// `TlsAuthLevel`.
    pub tls_auth_level: Known<Option<String>>,
    /// `RequireTLS`.
    pub require_tls: Known<bool>,
    /// `IgnoreSTARTTLS`.
    pub ignore_starttls: Known<bool>,
    /// `ForceHELO`.
    pub force_helo: Known<bool>,
    /// `ProtocolLoggingLevel`.
    pub protocol_logging: Known<Option<String>>,
    /// `FrontendProxyEnabled`.
    pub frontend_proxy: Known<bool>,
    /// `CloudServicesMailEnabled`.
    pub cloud_services_mail_enabled: Known<bool>,
    /// `DNSRoutingEnabled`.
    pub dns_routing: Known<bool>,
    /// `ErrorPolicies`, such as `Default`. Older exports of this program do not have it.
    pub error_policies: Known<Option<String>>,
    /// `WhenChangedUTC`, else `WhenChanged` if it can be read.
    pub when_changed: Known<DateTime<Utc>>,
    /// The file it came from, as named by the caller.
    pub file: String,
    /// The line of its name there, from 1, if it is known.
    pub line: Option<u64>,
}

/// A certificate of a server (`Get-ExchangeCertificate`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeCertificate {
    /// The server, if the export contains it.
    pub server: Option<String>,
    /// Subject, issuer, serial, thumbprint, dates and names, as far as the export holds them.
    pub certificate: Certificate,
    /// Both readings of the end of validity where day and month can be exchanged, so that it is lost.
    pub end_readings: Option<[Timestamp; 2]>,
    /// Whether the export lost the alternate names, so that `certificate` may not hold all of them.
    pub names_lost: bool,
    /// `Services`, such as `IIS`, `SMTP`.
    pub services: Known<Vec<String>>,
    /// `Status`, such as `Valid`.
    pub status: Known<Option<String>>,
    /// `HasPrivateKey`.
    pub has_private_key: Known<bool>,
    /// `RootCAType`, such as `ThirdParty` or `Enterprise`.
    pub root_ca_type: Known<Option<String>>,
    /// What the certificate is made for.
    pub usage: CertificateUsage,
    /// The file it came from, as named by the caller.
    pub file: String,
    /// The line of its thumbprint there, from 1, if it is known.
    pub line: Option<u64>,
}

/// What a certificate is made for. `None` is a value that the input does not show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CertificateUsage {
    /// Its key is an elliptic-curve key.
    pub elliptic_curve: Option<bool>,
    /// It may be used for server authentication.
    pub server_authentication: Option<bool>,
    /// It may be used for client authentication.
    pub client_authentication: Option<bool>,
}

/// A connector setting that the hybrid wizard made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WizardSetting {
    /// When it was made, in the local time of the computer that ran the wizard. The log gives no
    /// offset.
    pub local_time: Timestamp,
    /// `New-InboundConnector`, `Set-SendConnector` and so on.
    pub cmdlet: String,
    /// `-Identity` or `-Name`.
    pub connector: Option<String>,
    /// `-TlsSenderCertificateName` or `-TlsCertificateName`; `None` if the line has neither.
    pub certificate_name: Option<String>,
    /// Whether the wizard logged an error for it.
    pub failed: bool,
    /// The file, as named by the caller.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The line's text, for evidence.
    pub text: String,
}

/// How the routing domain that the hybrid wizard adds ends, national clouds included.
const ROUTING: [&str; 4] = [
    ".mail.onmicrosoft.com",
    ".mail.onmicrosoft.us",
    ".mail.onmicrosoft.de",
    ".mail.partner.onmschina.cn",
];

/// Whether a domain is a routing domain of a tenant, such as `contoso.mail.onmicrosoft.com`.
pub fn is_routing_domain(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    ROUTING.iter().any(|ending| domain.ends_with(ending))
}

/// The domain of an address space such as `SMTP:*;1`.
fn domain_of(space: &str) -> &str {
    let address = space.split_once(':').map_or(space, |(_, rest)| rest);
    address.split(';').next().unwrap_or(address).trim()
}

impl OnPremises {
    /// Whether a setting of the wizard made a connector with this name.
    pub fn is_made_by_wizard(&self, inbound: bool, name: &str) -> bool {
        let made = self.made.0.get_or_init(|| {
            let settings = self.wizard.iter().filter(|setting| !setting.failed);
            let made = settings.filter_map(|setting| {
                let cmdlet = setting.cmdlet.to_ascii_lowercase();
                let inbound = cmdlet.ends_with("inboundconnector");
                let name = setting.connector.as_deref()?.to_ascii_lowercase();
                (inbound || cmdlet.ends_with("sendconnector")).then_some((inbound, name))
            });
            made.collect()
        });
        made.contains(&(inbound, name.to_ascii_lowercase()))
    }

    /// The certificates whose subjects have the common name of this subject, in their order.
    pub fn with_common_name_of(
        &self,
        subject: &str,
    ) -> impl Iterator<Item = &ExchangeCertificate> + use<'_> {
        let all = self.certificates.iter();
        let subjects = all.map(|known| known.certificate.subject.as_deref());
        let near = self.by_common_name.of(subject, subjects).iter();
        near.map(|number| &self.certificates[*number])
    }

    /// Whether connectors or certificates were exported. A log of the wizard says only what was set once.
    pub fn is_exported(&self) -> bool {
        self.send_connectors_exported || self.certificates_exported
    }

    /// Whether no input about the local Exchange was given.
    pub fn is_empty(&self) -> bool {
        !self.send_connectors_exported && !self.certificates_exported && self.wizard.is_empty()
    }
}

impl SendConnector {
    /// Whether a smart host is one of the client submission service.
    pub fn submits(&self) -> bool {
        let hosts = self.smart_hosts.value().into_iter().flatten();
        let mut hosts = hosts.map(|host| host::names_submission(host.as_bytes()));
        hosts.any(|is_submission| is_submission)
    }

    /// Whether its smart hosts are named hosts outside Exchange Online. An address proves nothing:
    /// any host may be behind it.
    pub fn goes_to_named_hosts(&self) -> bool {
        let hosts = self.smart_hosts.value().map_or(&[][..], Vec::as_slice);
        let named = |host: &String| {
            let name = host.trim_matches(['[', ']']);
            name.contains('.') && name.parse::<std::net::IpAddr>().is_err()
        };
        !hosts.is_empty()
            && hosts.iter().all(named)
            && self.goes_to_exchange_online() == Some(false)
            && !self.submits()
    }

    /// Whether its mail goes to the hosts of each recipient's domain, whoever that is: it has the
    /// address space `*` and no smart host.
    pub fn goes_to_anyone(&self) -> bool {
        let spaces = self.address_spaces.value().into_iter().flatten();
        self.smart_hosts.value().is_some_and(Vec::is_empty)
            && spaces.into_iter().any(|space| domain_of(space) == "*")
            && self.goes_to_exchange_online() == Some(false)
    }

    /// Whether its mail goes to Exchange Online, or `None` if the export does not show it.
    ///
    /// One of these is enough:
    /// - a smart host in a domain of Exchange Online,
    /// - a `TlsDomain` of Exchange Online,
    /// - the routing domain `*.mail.onmicrosoft.com` among the address spaces, which the hybrid
    ///   wizard sets.
    pub fn goes_to_exchange_online(&self) -> Option<bool> {
        let is_online = |host: &str| host::names_exchange_online(host.as_bytes());
        let hosts = self.smart_hosts.value();
        let domain = self.tls_domain.value().and_then(Option::as_deref);
        let routing = |space: &String| is_routing_domain(domain_of(space));
        let known = hosts.is_some_and(|hosts| hosts.iter().any(|host| is_online(host)))
            || domain.is_some_and(|domain| is_online(&format!("x.{domain}")))
            || self
                .address_spaces
                .value()
                .is_some_and(|spaces| spaces.iter().any(routing));
        let lost = self.smart_hosts.is_lost()
            || self.address_spaces.is_lost() && hosts.is_some_and(Vec::is_empty);
        if known {
            Some(true)
        } else if lost {
            None
        } else {
            Some(false)
        }
    }
}
