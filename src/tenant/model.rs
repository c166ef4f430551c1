//! The configuration of a tenant, independent of the form of the export.
//!
//! In: nothing. Out: plain types, used by the readers of this folder and by attribution.
//! Must not parse: names and addresses are kept as the export wrote them beside their parsed form.

use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use chrono::{DateTime, Utc};

/// A value of an export, or the fact that the export lost it.
///
/// `Export-Csv` writes lists as `System.Collections…` and Windows PowerShell 5.1 writes some
/// enumerations as bare numbers: such a value is unknown, which is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// The export holds the value.
    Value(T),
    /// The export does not hold it: the column is missing, or its content was lost.
    Lost,
}

impl<T> Known<T> {
    /// The value, if the export holds it.
    pub fn value(&self) -> Option<&T> {
        match self {
            Known::Value(value) => Some(value),
            Known::Lost => None,
        }
    }

    /// Whether the export lost the value.
    pub fn is_lost(&self) -> bool {
        matches!(self, Known::Lost)
    }
}

/// What an inbound connector is for (`ConnectorType` of `Get-InboundConnector`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorType {
    /// Mail from the organisation's own servers; the only type that chooses the tenant.
    OnPremises,
    /// Mail from a business partner; acts in the recipient's tenant.
    Partner,
}

/// One entry of `SenderIPAddresses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressEntry {
    /// The text as exported.
    pub text: String,
    /// First and last address of the entry, both included; `None` if the text is no address,
    /// CIDR network or `a-b` range.
    pub range: Option<(IpAddr, IpAddr)>,
}

/// An inbound connector of Exchange Online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundConnector {
    /// `Guid`, by which a command finds the connector if its name cannot be pasted.
    pub guid: Option<String>,
    /// `Name`, else `Identity`: what `Set-InboundConnector -Identity` takes.
    pub name: String,
    /// `Enabled`.
    pub enabled: Known<bool>,
    /// `ConnectorType`.
    pub connector_type: Known<ConnectorType>,
    /// `TlsSenderCertificateName` as exported; `Value(None)` if it is empty.
    pub tls_sender_certificate_name: Known<Option<String>>,
    /// `SenderIPAddresses`.
    pub sender_ip_addresses: Known<Vec<AddressEntry>>,
    /// `SenderDomains` as exported, such as `smtp:*;1`.
    pub sender_domains: Known<Vec<String>>,
    /// `AssociatedAcceptedDomains`, names only.
    pub associated_accepted_domains: Known<Vec<String>>,
    /// `RequireTls`.
    pub require_tls: Known<bool>,
    /// `RestrictDomainsToCertificate`.
    pub restrict_domains_to_certificate: Known<bool>,
    /// `RestrictDomainsToIPAddresses`.
    pub restrict_domains_to_ip_addresses: Known<bool>,
    /// `CloudServicesMailEnabled`.
    pub cloud_services_mail_enabled: Known<bool>,
    /// `ConnectorSource`, such as `HybridWizard` or `AdminUI`.
    pub connector_source: Known<Option<String>>,
    /// `TestMode`; false if the export has no such column, as most have not.
    pub test_mode: Known<bool>,
    /// `WhenChangedUTC`, else `WhenChanged` where it carries an offset or is given as UTC.
    pub when_changed: Known<DateTime<Utc>>,
    /// The file it came from, as named by the caller.
    pub file: String,
    /// The line of its name there, from 1, if it is known.
    pub line: Option<u64>,
}

/// `DomainType` of an accepted domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainType {
    /// The organisation holds all mailboxes.
    Authoritative,
    /// Some mailboxes are elsewhere.
    InternalRelay,
    /// All mailboxes are elsewhere.
    ExternalRelay,
}

/// An accepted domain of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedDomain {
    /// `DomainName` as exported, lower case, without trailing dot.
    pub name: String,
    /// `DomainType`.
    pub domain_type: Known<DomainType>,
    /// `MatchSubDomains`; a name of the form `*.contoso.com` counts as true for `contoso.com`.
    pub match_subdomains: Known<bool>,
    /// `InitialDomain`.
    pub initial_domain: Known<bool>,
    /// `PendingRemoval` or `PendingCompletion` is true: the domain does not count.
    pub pending: bool,
    /// `OriginatingServer` as exported.
    pub originating_server: Option<String>,
    /// The file it came from, as named by the caller.
    pub file: String,
}

/// Names in the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct DomainNames {
    /// Domains that count.
    pub verified: HashSet<String>,
    /// Those of them that cover their subdomains.
    pub covering: HashSet<String>,
    /// Domains that are still pending.
    pub pending: HashSet<String>,
}

/// The accepted domains of a tenant.
///
/// A tenant may have thousands of them, and thousands of names may be looked up.
#[derive(Debug, Clone, Default)]
pub struct AcceptedDomains {
    list: Vec<AcceptedDomain>,
    names: OnceLock<DomainNames>,
}

impl AcceptedDomains {
    /// The index, which `make` makes when it is asked for the first time.
    pub fn names(&self, make: impl FnOnce(&[AcceptedDomain]) -> DomainNames) -> &DomainNames {
        self.names.get_or_init(|| make(&self.list))
    }
}

impl From<Vec<AcceptedDomain>> for AcceptedDomains {
    fn from(list: Vec<AcceptedDomain>) -> AcceptedDomains {
        AcceptedDomains {
            list,
            names: OnceLock::new(),
        }
    }
}

impl Deref for AcceptedDomains {
    type Target = [AcceptedDomain];

    fn deref(&self) -> &[AcceptedDomain] {
        &self.list
    }
}

impl DerefMut for AcceptedDomains {
    fn deref_mut(&mut self) -> &mut [AcceptedDomain] {
        self.names = OnceLock::new();
        &mut self.list
    }
}

impl<'a> IntoIterator for &'a AcceptedDomains {
    type Item = &'a AcceptedDomain;
    type IntoIter = std::slice::Iter<'a, AcceptedDomain>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl PartialEq for AcceptedDomains {
    fn eq(&self, other: &AcceptedDomains) -> bool {
        self.list == other.list
    }
}

impl Eq for AcceptedDomains {}

/// The exports of one Microsoft 365 tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The initial domain `*.onmicrosoft.com` if known, else the folder or the name given.
    pub name: String,
    /// The inbound connectors in file order.
    pub connectors: Vec<InboundConnector>,
    /// Whether an export of inbound connectors was given at all; an empty one counts.
    pub connectors_exported: bool,
    /// The accepted domains; `None` if no export of them was given.
    pub domains: Option<AcceptedDomains>,
    /// The files read, as named by the caller, in name order.
    pub files: Vec<String>,
}
