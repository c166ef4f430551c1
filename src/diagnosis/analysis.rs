//! Everything that causes may ask about: the aggregate, the tenants, and what follows from both.
//!
//! In: [`Totals`], the streams and the tenants. Out: an [`Analysis`] with one judgement per
//! flow and the groups of flows.
//! Must not decide a cause.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::aggregate::Totals;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, SenderKind};
use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::input::corpus::Stream;
use crate::input::timestamp::Timestamp;
use crate::onprem::OnPremises;
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::parse_address;
use crate::tenant::Tenant;

/// The input in a form that causes and checks can query.
#[derive(Debug)]
pub struct Analysis<'a> {
    /// The counts.
    pub aggregate: &'a Totals,
    /// The streams.
    pub streams: &'a [Stream],
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// The exports of the organisation's own servers.
    pub on_premises: &'a OnPremises,
    /// For each flow: which connectors match it.
    pub judgements: Vec<Judgement<'a>>,
    /// Which wildcard matches count.
    pub strict: Strictness,
    groups: BTreeMap<(Name, CertificateId), Group>,
}

/// All flows to Exchange Online of one send connector and certificate.
#[derive(Debug, Default)]
pub struct Group {
    /// Indices of the flows.
    pub flows: Vec<usize>,
    /// The last rejection of an attribution class.
    pub last_rejection: Option<Timestamp>,
    /// The rejections of an attribution class for mail from `<>`.
    pub null_rejections: u64,
    /// The other rejections of an attribution class.
    pub sender_rejections: u64,
}

impl<'a> Analysis<'a> {
    /// Judges every flow.
    pub fn new(
        aggregate: &'a Totals,
        streams: &'a [Stream],
        tenants: &'a [Tenant],
        on_premises: &'a OnPremises,
        strict: Strictness,
    ) -> Analysis<'a> {
        let judgements = aggregate
            .flows
            .iter()
            .map(|flow| {
                let offer = Offer {
                    certificate: offered(aggregate, flow.key.certificate),
                    source: source(aggregate, flow),
                };
                Judgement::new(&offer, tenants, strict)
            })
            .collect();
        let groups = groups(aggregate);
        Analysis {
            aggregate,
            streams,
            tenants,
            on_premises,
            judgements,
            strict,
            groups,
        }
    }

    /// The group that a flow belongs to.
    pub fn group(&self, flow: &Flow) -> Option<&Group> {
        self.groups.get(&(flow.key.connector, flow.key.certificate))
    }

    /// The flows to Exchange Online of the same send connector, with their judgements.
    pub fn flows_of(&self, connector: Name) -> impl Iterator<Item = (&Flow, &Judgement<'a>)> {
        self.aggregate
            .flows
            .iter()
            .zip(&self.judgements)
            .filter(move |(flow, _)| flow.key.connector == connector && flow.exchange_online)
    }

    /// A certificate by its number.
    pub fn certificate(&self, id: CertificateId) -> Option<&Certificate> {
        match id {
            CertificateId::Known(number) => self
                .aggregate
                .certificates
                .get(number as usize)
                .map(AsRef::as_ref),
            CertificateId::Absent | CertificateId::Unknown => None,
        }
    }

    /// The server of a stream, if its path shows one.
    pub fn server(&self, stream: usize) -> Option<&str> {
        self.streams.get(stream)?.server.as_deref()
    }

    /// Whether sessions of this send connector went to Exchange Online.
    pub fn reaches_exchange_online(&self, connector: &str) -> bool {
        let name = |flow: &Flow| self.aggregate.names.text(flow.key.connector);
        let mut flows = self.aggregate.flows.iter();
        flows.any(|flow| flow.exchange_online && name(flow).eq_ignore_ascii_case(connector))
    }

    /// Whether any export of inbound connectors was given.
    pub fn has_exports(&self) -> bool {
        self.tenants.iter().any(|tenant| tenant.connectors_exported)
    }
}

fn offered(aggregate: &Totals, id: CertificateId) -> OfferedCertificate<'_> {
    match id {
        CertificateId::Known(number) => aggregate
            .certificates
            .get(number as usize)
            .map_or(OfferedCertificate::Unknown, |found| {
                OfferedCertificate::Known(found)
            }),
        CertificateId::Absent => OfferedCertificate::Absent,
        CertificateId::Unknown => OfferedCertificate::Unknown,
    }
}

/// The address that the other side saw of a flow's sessions.
pub fn source(aggregate: &Totals, flow: &Flow) -> Option<IpAddr> {
    flow.key
        .source
        .and_then(|name| parse_address(aggregate.names.text(name)))
}

fn groups(aggregate: &Totals) -> BTreeMap<(Name, CertificateId), Group> {
    let mut groups: BTreeMap<(Name, CertificateId), Group> = BTreeMap::new();
    for (index, flow) in aggregate.flows.iter().enumerate() {
        if flow.exchange_online {
            let key = (flow.key.connector, flow.key.certificate);
            groups.entry(key).or_default().flows.push(index);
        }
    }
    for occurrence in &aggregate.occurrences {
        let Kind::Reply { class, .. } = occurrence.key.kind else {
            continue;
        };
        let flow = &aggregate.flows[occurrence.key.flow];
        let Some(group) = groups.get_mut(&(flow.key.connector, flow.key.certificate)) else {
            continue;
        };
        if !class.is_attribution() {
            continue;
        }
        group.last_rejection = group.last_rejection.max(occurrence.last.known());
        match occurrence.key.sender {
            SenderKind::Null => group.null_rejections += occurrence.count,
            SenderKind::Domain(_) | SenderKind::Unknown => {
                group.sender_rejections += occurrence.count
            }
        }
    }
    groups
}
