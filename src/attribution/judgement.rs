//! Compares every inbound connector of every tenant with one certificate and one address.
//!
//! In: a certificate (known, absent or unknown), the address that Exchange Online saw, and the
//! tenants. Out: a [`Judgement`] with one [`ConnectorView`] for each connector, and methods that
//! answer what causes ask about them.
//! Must not know senders. A connector "matches" if its name match has the verdict `Match`, or if it
//! lists the address.

use std::net::IpAddr;

use crate::smtp::certificate::Certificate;
use crate::tenant::address;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

use super::accepted::{self, DomainStatus};
use super::connector_name::ConnectorName;
use super::name_match::{self, CertificateNames, NameMatch, NameVerdict, Strictness};

/// The certificate side of an offer.
#[derive(Debug, Clone, Copy)]
pub enum OfferedCertificate<'a> {
    /// This certificate was offered.
    Known(&'a Certificate),
    /// No certificate was offered.
    Absent,
    /// The input does not show whether a certificate was offered.
    Unknown,
}

/// What a server shows to Exchange Online.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The certificate.
    pub certificate: OfferedCertificate<'a>,
    /// The address that Exchange Online saw, or `None` if the log does not show it.
    pub source: Option<IpAddr>,
}

/// Whether a connector lists the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressMatch {
    /// The list contains the address.
    Listed,
    /// The list contains only other addresses.
    NotListed,
    /// The list is empty.
    NoList,
    /// The list or the address is unknown.
    Unknown,
}

/// One connector, compared with the offer.
#[derive(Debug, Clone)]
pub struct ConnectorView<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The connector.
    pub connector: &'a InboundConnector,
    /// Its certificate name, if it has one.
    pub name: Option<ConnectorName>,
    /// The name match. `None` if the connector has no certificate name, or if no certificate is
    /// known.
    pub name_match: Option<NameMatch>,
    /// Whether the connector lists the address.
    pub address: AddressMatch,
    /// Whether the name's domain is accepted in the tenant.
    pub domain: DomainStatus,
}

impl ConnectorView<'_> {
    /// Whether the certificate matches.
    pub fn matches_by_name(&self) -> bool {
        self.name_match
            .as_ref()
            .is_some_and(|found| found.verdict == NameVerdict::Match)
    }

    /// Whether the address is listed.
    pub fn matches_by_address(&self) -> bool {
        self.address == AddressMatch::Listed
    }

    /// Whether the certificate or the address matches.
    pub fn matches(&self) -> bool {
        self.matches_by_name() || self.matches_by_address()
    }

    /// Whether the best row of the truth table is an uncertain one.
    pub fn is_uncertain(&self) -> bool {
        self.name_match
            .as_ref()
            .is_some_and(|found| found.verdict == NameVerdict::Uncertain)
    }

    /// Whether the export shows that the connector is of this type.
    pub fn is_type(&self, wanted: ConnectorType) -> bool {
        self.connector.connector_type == Known::Value(wanted)
    }

    /// Whether the export shows that the connector is enabled.
    pub fn is_enabled(&self) -> bool {
        self.connector.enabled == Known::Value(true)
    }

    /// Whether the export shows that the connector is disabled.
    pub fn is_disabled(&self) -> bool {
        self.connector.enabled == Known::Value(false)
    }

    /// Whether the connector is enabled and of type OnPremises, so that it can choose the tenant.
    pub fn is_active(&self) -> bool {
        self.is_type(ConnectorType::OnPremises) && self.is_enabled()
    }

    /// Whether the connector may be enabled and of type OnPremises: the export does not show the
    /// opposite.
    pub fn may_be_active(&self) -> bool {
        !self.is_type(ConnectorType::Partner) && !self.is_disabled()
    }

    /// Whether the export lost the connector's type or whether it is enabled.
    pub fn state_is_lost(&self) -> bool {
        self.connector.connector_type.is_lost() || self.connector.enabled.is_lost()
    }

    /// Whether the connector may be active and match, because the export lost a value that decides.
    pub fn may_match(&self) -> bool {
        let decided = self.is_active() && self.matches();
        let address_lost = self.connector.sender_ip_addresses.is_lost();
        let address_may = self.state_is_lost()
            && matches!(self.address, AddressMatch::Listed | AddressMatch::Unknown);
        !decided
            && self.may_be_active()
            && (address_lost || address_may || self.may_match_by_name())
    }

    /// Whether the connector may be active and match by certificate, because the export lost a
    /// value that decides.
    pub fn may_match_by_name(&self) -> bool {
        let decided = self.is_active() && self.matches_by_name();
        let name_lost = self.connector.tls_sender_certificate_name.is_lost();
        let name_may = self.state_is_lost() && (self.matches_by_name() || self.is_uncertain());
        !decided && self.may_be_active() && (name_lost || name_may)
    }

    /// Whether the connector has a certificate name.
    pub fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// Whether the connector lists addresses.
    pub fn has_addresses(&self) -> bool {
        self.connector
            .sender_ip_addresses
            .value()
            .is_some_and(|list| !list.is_empty())
    }
}

/// All connectors, compared with one offer. Tenants and connectors keep their order.
#[derive(Debug, Clone, Default)]
pub struct Judgement<'a> {
    /// One view for each connector.
    pub views: Vec<ConnectorView<'a>>,
}

impl<'a> Judgement<'a> {
    /// Compares every connector with the offer.
    pub fn new(offer: &Offer<'_>, tenants: &'a [Tenant], strict: Strictness) -> Judgement<'a> {
        let names = match offer.certificate {
            OfferedCertificate::Known(certificate) => Some(CertificateNames::of(certificate)),
            OfferedCertificate::Absent | OfferedCertificate::Unknown => None,
        };
        let views = tenants
            .iter()
            .flat_map(|tenant| {
                tenant
                    .connectors
                    .iter()
                    .map(move |connector| (tenant, connector))
            })
            .map(|(tenant, connector)| {
                let text = connector
                    .tls_sender_certificate_name
                    .value()
                    .and_then(Option::as_deref);
                let name = text.map(ConnectorName::parse);
                let name_match = match (&name, &names) {
                    (Some(name), Some(names)) => Some(name_match::compare(name, names, strict)),
                    _ => None,
                };
                let domain = name.as_ref().map_or(DomainStatus::NotAccepted, |name| {
                    accepted::accepts_name(tenant, name)
                });
                let address = address_match(connector, offer.source);
                ConnectorView {
                    tenant,
                    connector,
                    name,
                    name_match,
                    address,
                    domain,
                }
            })
            .collect();
        Judgement { views }
    }

    /// The enabled OnPremises connectors.
    pub fn active(&self) -> impl Iterator<Item = &ConnectorView<'a>> {
        self.views.iter().filter(|view| view.is_active())
    }

    /// The enabled OnPremises connectors that match.
    pub fn matching(&self) -> impl Iterator<Item = &ConnectorView<'a>> {
        self.active().filter(|view| view.matches())
    }

    /// Whether no enabled OnPremises connector matches, and no lost value could hide one that does.
    pub fn surely_none_matches(&self) -> bool {
        self.matching().next().is_none() && !self.views.iter().any(ConnectorView::may_match)
    }

    /// Whether the tenants identify mail by address only: enabled OnPremises connectors exist, and
    /// none of them has a certificate name.
    pub fn identifies_by_address(&self) -> bool {
        let mut active = self.active().peekable();
        active.peek().is_some()
            && active.all(|view| view.connector.tls_sender_certificate_name == Known::Value(None))
    }
}

fn address_match(connector: &InboundConnector, source: Option<IpAddr>) -> AddressMatch {
    let Some(list) = connector.sender_ip_addresses.value() else {
        return AddressMatch::Unknown;
    };
    if list.is_empty() {
        return AddressMatch::NoList;
    }
    match source {
        None => AddressMatch::Unknown,
        Some(source) if list.iter().any(|entry| address::contains(entry, source)) => {
            AddressMatch::Listed
        }
        Some(_) if list.iter().any(|entry| entry.range.is_none()) => AddressMatch::Unknown,
        Some(_) => AddressMatch::NotListed,
    }
}
