//! Everything that causes may ask about: the aggregate, the tenants, and what follows from both.
//!
//! In: [`Totals`], the streams and the tenants. Out: an [`Analysis`] with one judgement per
//! lane and the groups of lanes.
//! Must not decide a cause.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::aggregate::Totals;
use crate::aggregate::intern::Name;
use crate::aggregate::lane::{CertificateId, Lane};
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
    /// For each lane: which connectors match it.
    pub judgements: Vec<Judgement<'a>>,
    /// Which wildcard matches count.
    pub strict: Strictness,
    groups: BTreeMap<(Name, CertificateId), Group>,
}

/// All lanes to Exchange Online of one send connector and certificate.
#[derive(Debug, Default)]
pub struct Group {
    /// Indices of the lanes.
    pub lanes: Vec<usize>,
    /// The last rejection of an attribution class.
    pub last_rejection: Option<Timestamp>,
    /// The rejections of an attribution class for mail from `<>`.
    pub null_rejections: u64,
    /// The other rejections of an attribution class.
    pub sender_rejections: u64,
}

impl<'a> Analysis<'a> {
    /// Judges every lane.
    pub fn new(
        aggregate: &'a Totals,
        streams: &'a [Stream],
        tenants: &'a [Tenant],
        on_premises: &'a OnPremises,
        strict: Strictness,
    ) -> Analysis<'a> {
        let judgements = aggregate
            .lanes
            .iter()
            .map(|lane| {
                let offer = Offer {
                    certificate: offered(aggregate, lane.key.certificate),
                    source: source(aggregate, lane),
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

    /// The group that a lane belongs to.
    pub fn group(&self, lane: &Lane) -> Option<&Group> {
        self.groups.get(&(lane.key.connector, lane.key.certificate))
    }

    /// The lanes to Exchange Online of the same send connector, with their judgements.
    pub fn lanes_of(&self, connector: Name) -> impl Iterator<Item = (&Lane, &Judgement<'a>)> {
        self.aggregate
            .lanes
            .iter()
            .zip(&self.judgements)
            .filter(move |(lane, _)| lane.key.connector == connector && lane.key.exchange_online)
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
        let name = |lane: &Lane| self.aggregate.names.text(lane.key.connector);
        let mut lanes = self.aggregate.lanes.iter();
        lanes.any(|lane| lane.key.exchange_online && name(lane).eq_ignore_ascii_case(connector))
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

/// The address that the other side saw of a lane's sessions.
pub fn source(aggregate: &Totals, lane: &Lane) -> Option<IpAddr> {
    lane.key
        .source
        .and_then(|name| parse_address(aggregate.names.text(name)))
}

fn groups(aggregate: &Totals) -> BTreeMap<(Name, CertificateId), Group> {
    let mut groups: BTreeMap<(Name, CertificateId), Group> = BTreeMap::new();
    for (index, lane) in aggregate.lanes.iter().enumerate() {
        if lane.key.exchange_online {
            let key = (lane.key.connector, lane.key.certificate);
            groups.entry(key).or_default().lanes.push(index);
        }
    }
    for occurrence in &aggregate.occurrences {
        let Kind::Reply { class, .. } = occurrence.key.kind else {
            continue;
        };
        let lane = &aggregate.lanes[occurrence.key.lane];
        let Some(group) = groups.get_mut(&(lane.key.connector, lane.key.certificate)) else {
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
