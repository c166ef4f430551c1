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
use crate::diagnosis::transport_certificate::same_server;
use crate::input::corpus::Stream;
use crate::input::timestamp::Timestamp;
use crate::onprem::OnPremises;
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::parse_address;
use crate::smtp::peer::Peer;
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
    /// The same for each flow before the period asked for.
    earlier: Vec<Judgement<'a>>,
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
        let judged = |flows: &[Flow]| {
            let judge = |flow: &Flow| {
                let offer = Offer {
                    certificate: offered(aggregate, flow.key.certificate),
                    source: source(aggregate, flow),
                };
                Judgement::new(&offer, tenants, strict)
            };
            flows.iter().map(judge).collect()
        };
        let groups = groups(aggregate);
        Analysis {
            aggregate,
            streams,
            tenants,
            on_premises,
            judgements: judged(&aggregate.flows),
            earlier: judged(&aggregate.earlier),
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

    /// The same, and those before the period asked for.
    pub fn history_of(&self, connector: Name) -> impl Iterator<Item = (&Flow, &Judgement<'a>)> {
        let earlier = self.aggregate.earlier.iter().zip(&self.earlier);
        let earlier = earlier
            .filter(move |(flow, _)| flow.key.connector == connector && flow.exchange_online);
        earlier.chain(self.flows_of(connector))
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

    /// The server of a stream, if its path shows one. Any folder counts as one, so the text may be no
    /// name of a computer.
    pub fn server(&self, stream: usize) -> Option<&str> {
        self.streams.get(stream)?.server.as_deref()
    }

    /// The server of a stream as a command may name it: as an export or the folders of Exchange show
    /// it, or a folder that is called as servers are. Any other folder is no server.
    pub fn server_name(&self, stream: usize) -> Option<&str> {
        let stream = self.streams.get(stream)?;
        let server = stream.server.as_deref()?;
        let exported = |part: &&str| {
            let own = self.on_premises;
            let connectors = own.send_connectors.iter();
            let sources =
                connectors.flat_map(|one| one.source_servers.value().into_iter().flatten());
            let certificates = own
                .certificates
                .iter()
                .filter_map(|one| one.server.as_ref());
            let mut names = sources.chain(certificates);
            names.any(|name| same_server(name, part))
        };
        if let Some(part) = server.split('/').find(exported) {
            return Some(part);
        }
        let has_role = stream.name.len() > server.len() && stream.name.starts_with(server);
        let looks_like_one = server.starts_with(|first: char| first.is_ascii_alphabetic())
            && server.ends_with(|last: char| last.is_ascii_digit());
        let is_computer = server.len() <= 15
            && server
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (is_computer && (has_role || looks_like_one)).then_some(server)
    }

    /// Whether the sessions of this send connector went to Exchange Online, and to no other host. A
    /// send connector for all domains reaches it too, now and then.
    pub fn reaches_exchange_online(&self, connector: &str) -> bool {
        let name = |flow: &Flow| self.aggregate.names.text(flow.key.connector);
        let flows = self.aggregate.flows.iter();
        let own: Vec<&Flow> = flows
            .filter(|flow| name(flow).eq_ignore_ascii_case(connector))
            .collect();
        let elsewhere = |flow: &&Flow| !flow.exchange_online && flow.key.peer == Peer::Other;
        let mut exports = self.on_premises.send_connectors.iter();
        let for_anyone = exports
            .any(|export| export.name.eq_ignore_ascii_case(connector) && export.goes_to_anyone());
        own.iter().any(|flow| flow.exchange_online) && !own.iter().any(elsewhere) && !for_anyone
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
