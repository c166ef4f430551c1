//! What every inbound connector of every tenant makes of one certificate and address.
//!
//! In: a certificate (or none, or unknown), the address Exchange Online saw, the tenants.
//! Out: a [`Judgement`]: one line per connector, and the questions that causes ask of them.
//! Must not know senders. "Matches" means verdict `match`, or the address is listed.

use std::net::IpAddr;

use crate::smtp::certificate::Certificate;
use crate::tenant::address;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

use super::accepted::{self, DomainStatus};
use super::connector_name::ConnectorName;
use super::name_match::{self, CertificateNames, NameMatch, Strictness, Verdict};

/// The certificate side of an offer.
#[derive(Debug, Clone, Copy)]
pub enum OfferedCertificate<'a> {
    /// This one.
    Known(&'a Certificate),
    /// None was offered.
    Absent,
    /// The input does not show whether one was offered.
    Unknown,
}

/// What stands before Exchange Online's door.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The certificate.
    pub certificate: OfferedCertificate<'a>,
    /// The address Exchange Online saw; `None` where the log does not show it.
    pub source: Option<IpAddr>,
}

/// Whether a connector lists the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressMatch {
    /// It does.
    Listed,
    /// It lists others.
    NotListed,
    /// It lists none.
    NoList,
    /// The list or the address is unknown.
    Unknown,
}

/// One connector against the offer.
#[derive(Debug, Clone)]
pub struct ConnectorView<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The connector.
    pub connector: &'a InboundConnector,
    /// Its certificate name, read.
    pub name: Option<ConnectorName>,
    /// The name match; `None` where the connector has no certificate name or none was offered.
    pub name_match: Option<NameMatch>,
    /// The address.
    pub address: AddressMatch,
    /// Whether the name's domain is accepted in the tenant.
    pub domain: DomainStatus,
}

impl ConnectorView<'_> {
    /// The certificate matches.
    pub fn matches_by_name(&self) -> bool {
        self.name_match
            .as_ref()
            .is_some_and(|found| found.verdict == Verdict::Match)
    }

    /// The address is listed.
    pub fn matches_by_address(&self) -> bool {
        self.address == AddressMatch::Listed
    }

    /// Certificate or address matches.
    pub fn matches(&self) -> bool {
        self.matches_by_name() || self.matches_by_address()
    }

    /// Only an uncertain row of the table speaks for it.
    pub fn is_uncertain(&self) -> bool {
        self.name_match
            .as_ref()
            .is_some_and(|found| found.verdict == Verdict::Uncertain)
    }

    /// The connector is of this type, as far as the export tells.
    pub fn is_type(&self, wanted: ConnectorType) -> bool {
        self.connector.connector_type == Known::Value(wanted)
    }

    /// The connector is enabled, as far as the export tells.
    pub fn is_enabled(&self) -> bool {
        self.connector.enabled == Known::Value(true)
    }

    /// The connector is disabled, as far as the export tells.
    pub fn is_disabled(&self) -> bool {
        self.connector.enabled == Known::Value(false)
    }

    /// Enabled and of type OnPremises: it can choose the tenant.
    pub fn is_active(&self) -> bool {
        self.is_type(ConnectorType::OnPremises) && self.is_enabled()
    }

    /// Enabled and of type OnPremises, or nobody can say that it is not.
    pub fn may_be_active(&self) -> bool {
        !self.is_type(ConnectorType::Partner) && !self.is_disabled()
    }

    /// The export lost its type or whether it is enabled.
    pub fn state_is_lost(&self) -> bool {
        self.connector.connector_type.is_lost() || self.connector.enabled.is_lost()
    }

    /// A value that decides whether it is active or matches was lost in the export, so nobody can
    /// say that it does not.
    pub fn may_match(&self) -> bool {
        let decided = self.is_active() && self.matches();
        let address_lost = self.connector.sender_ip_addresses.is_lost();
        let address_may = self.state_is_lost()
            && matches!(self.address, AddressMatch::Listed | AddressMatch::Unknown);
        !decided
            && self.may_be_active()
            && (address_lost || address_may || self.may_match_by_name())
    }

    /// The same for the certificate alone.
    pub fn may_match_by_name(&self) -> bool {
        let decided = self.is_active() && self.matches_by_name();
        let name_lost = self.connector.tls_sender_certificate_name.is_lost();
        let name_may = self.state_is_lost() && (self.matches_by_name() || self.is_uncertain());
        !decided && self.may_be_active() && (name_lost || name_may)
    }

    /// The connector has a certificate name.
    pub fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// The connector lists addresses.
    pub fn has_addresses(&self) -> bool {
        self.connector
            .sender_ip_addresses
            .value()
            .is_some_and(|list| !list.is_empty())
    }
}

/// All connectors against one offer, tenants and connectors in their order.
#[derive(Debug, Clone, Default)]
pub struct Judgement<'a> {
    /// One line per connector.
    pub views: Vec<ConnectorView<'a>>,
}

impl<'a> Judgement<'a> {
    /// Asks every connector.
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

    /// No enabled OnPremises connector matches, and no lost value could hide one that does.
    pub fn surely_none_matches(&self) -> bool {
        self.matching().next().is_none() && !self.views.iter().any(ConnectorView::may_match)
    }

    /// Enabled OnPremises connectors exist and none of them has a certificate name: the tenant
    /// identifies by address.
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
