//! Everything that causes may ask about: the aggregate, the tenants, and what follows from both.
//!
//! In: [`Totals`], the streams and the tenants. Out: an [`Analysis`] with one judgement per
//! flow and the groups of flows.
//! Must not decide a cause.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::OnceLock;

use crate::aggregate::Totals;
use crate::aggregate::course::Tally;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence, SenderKind};
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::diagnosis::judged::LeftOut;
use crate::diagnosis::lanes::Logged;
use crate::diagnosis::lookup::{Lookup, Place};
use crate::input::corpus::Stream;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::{OnPremises, SendConnector};
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::parse_address;
use crate::smtp::name;
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
    /// The language of what is said.
    pub language: Language,
    groups: BTreeMap<(Name, CertificateId), Group>,
    /// The send connectors with rejections of an attribution class, by name in lower case.
    rejected: BTreeSet<String>,
    pub(super) lookup: Lookup<'a>,
    /// For each inbound connector, what the logs show with it in mind, once somebody asks.
    pub(super) logged: Vec<OnceLock<Logged>>,
    /// What is not judged, because there is too much of it.
    pub left_out: LeftOut,
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
        language: Language,
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
        let rejected = groups
            .iter()
            .filter(|(_, group)| group.last_rejection.is_some());
        let rejected = rejected.map(|((connector, _), _)| aggregate.names.text(*connector));
        let rejected = rejected.map(str::to_ascii_lowercase).collect();
        let inbound: usize = tenants.iter().map(|tenant| tenant.connectors.len()).sum();
        Analysis {
            aggregate,
            streams,
            tenants,
            on_premises,
            judgements: judged(&aggregate.flows),
            earlier: judged(&aggregate.earlier),
            strict,
            language,
            groups,
            rejected,
            lookup: Lookup::of(aggregate, streams, on_premises),
            left_out: LeftOut::of(aggregate),
            logged: std::iter::repeat_with(OnceLock::new)
                .take(inbound)
                .collect(),
        }
    }

    /// The group that a flow belongs to.
    pub fn group(&self, flow: &Flow) -> Option<&Group> {
        self.groups.get(&(flow.key.connector, flow.key.certificate))
    }

    /// The flows to Exchange Online of the same send connector, with their judgements.
    pub fn flows_of(&self, connector: Name) -> impl Iterator<Item = (&Flow, &Judgement<'a>)> {
        let numbers = self.lookup.flows.get(&connector).into_iter().flatten();
        numbers.map(|number| (&self.aggregate.flows[*number], &self.judgements[*number]))
    }

    /// The same in one stream.
    pub fn lane(
        &self,
        connector: Name,
        stream: usize,
    ) -> impl Iterator<Item = (&Flow, &Judgement<'a>)> {
        let numbers = self.lookup.lanes.get(&(connector, stream));
        let numbers = numbers.into_iter().flatten();
        numbers.map(|number| (&self.aggregate.flows[*number], &self.judgements[*number]))
    }

    /// The flows of the send connector, and those before the period asked for.
    pub fn history_of(&self, connector: Name) -> impl Iterator<Item = (&Flow, &Judgement<'a>)> {
        let numbers = self.lookup.earlier.get(&connector).into_iter().flatten();
        let earlier =
            numbers.map(|number| (&self.aggregate.earlier[*number], &self.earlier[*number]));
        earlier.chain(self.flows_of(connector))
    }

    /// Of the occurrences of a send connector, one of each kind: those that differ only in sender,
    /// sentence and time are one.
    pub fn kinds_of(&self, connector: Name) -> impl Iterator<Item = &'a Occurrence> {
        let numbers = self.lookup.kinds.get(&connector).into_iter().flatten();
        numbers.map(|number| &self.aggregate.occurrences[*number])
    }

    /// The certificates of exports and logs whose subjects have the common name of this one.
    pub fn with_common_name_of(&self, subject: &str) -> impl Iterator<Item = &Certificate> {
        let name = name::common_name(subject);
        let places = self.lookup.by_common_name.get(&name).into_iter().flatten();
        places.map(|place| match place {
            Place::Exported(number) => &self.on_premises.certificates[*number].certificate,
            Place::Logged(number) => &*self.aggregate.certificates[*number],
        })
    }

    /// The numbers of the exported certificates that this name of an inbound connector may match. All
    /// others it surely does not match.
    pub fn exported_for(&self, name: &ConnectorName) -> BTreeSet<usize> {
        let near = |host: &String| self.lookup.exported_by_host.get(host).cloned();
        match name {
            ConnectorName::Host(host) | ConnectorName::Wildcard(host) => {
                near(host).unwrap_or_default()
            }
            ConnectorName::Distinguished { subject, .. } => {
                let common_name = subject.first("CN").map(str::to_owned);
                let places = self.lookup.by_common_name.get(&common_name);
                let exported = |place: &Place| match place {
                    Place::Exported(number) => Some(*number),
                    Place::Logged(_) => None,
                };
                let places = places.into_iter().flatten();
                places.filter_map(exported).collect()
            }
            ConnectorName::Invalid => BTreeSet::new(),
        }
    }

    /// The exports of the send connector with this name.
    pub fn exports_of(&self, send_connector: &str) -> impl Iterator<Item = &'a SendConnector> {
        let name = send_connector.to_ascii_lowercase();
        let numbers = self.lookup.send_connectors.get(&name);
        let own = self.on_premises;
        let numbers = numbers.into_iter().flatten();
        numbers.map(|number| &own.send_connectors[*number])
    }

    /// The failures in TLS of the flow with this number.
    pub fn failures_in_tls(&self, flow: usize) -> Option<Tally> {
        self.lookup.failed_in_tls.get(&flow).copied()
    }

    /// The end of the latest session.
    pub fn end(&self) -> Timestamp {
        self.lookup.end
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
        self.lookup.servers.get(stream).copied().flatten()
    }

    /// Whether the sessions of this send connector went to Exchange Online, and to no other host. A
    /// send connector for all domains reaches it too, now and then.
    pub fn reaches_exchange_online(&self, connector: &str) -> bool {
        let reach = self.lookup.reach.get(&connector.to_ascii_lowercase());
        reach.is_some_and(|reach| reach.online && !reach.elsewhere && !reach.for_anyone)
    }

    /// Whether mail of this send connector was rejected with an attribution class.
    pub fn has_rejections(&self, connector: &str) -> bool {
        self.rejected.contains(&connector.to_ascii_lowercase())
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
            SenderKind::Domain(_) | SenderKind::Unknown | SenderKind::Many => {
                group.sender_rejections += occurrence.count
            }
        }
    }
    groups
}
