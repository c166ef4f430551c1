//! What many questions about flows, occurrences and exports look up, so that none looks at all of them.
//!
//! In: [`Totals`], the streams and the exports of the own servers. Out: a [`Lookup`].
//! Must not decide anything: it answers as a search through all of them would.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use crate::aggregate::Totals;
use crate::aggregate::course::Tally;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence, TlsState};
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::compared::Compared;
use crate::diagnosis::transport_certificate::server_label;
use crate::diagnosis::wizard_lookup::Settings;
use crate::input::corpus::Stream;
use crate::input::timestamp::Timestamp;
use crate::onprem::OnPremises;
use crate::smtp::certificate::Certificate;
use crate::smtp::name::common_name;
use crate::smtp::peer::Peer;
use crate::smtp::reply::Class;

/// Everything that is looked up.
#[derive(Debug, Default)]
pub(super) struct Lookup<'a> {
    /// The flows to Exchange Online of each send connector.
    pub(super) flows: BTreeMap<Name, Vec<usize>>,
    /// The same of each send connector and stream.
    pub(super) lanes: BTreeMap<(Name, usize), Vec<usize>>,
    /// The same before the period asked for.
    pub(super) earlier: BTreeMap<Name, Vec<usize>>,
    /// Of each send connector, the first occurrence of those that differ only in sender, sentence and
    /// time.
    pub(super) kinds: BTreeMap<Name, Vec<usize>>,
    /// The sessions of a send connector and certificate in a stream: the first and the last time.
    pub(super) periods: BTreeMap<(Name, CertificateId, usize), (Timestamp, Timestamp)>,
    /// The source addresses of each stream.
    pub(super) sources: BTreeMap<usize, Sources>,
    /// The end of the latest session.
    pub(super) end: Timestamp,
    /// The rejections of each flow that has some, and its failures in TLS.
    pub(super) rejected: HashMap<usize, Tally>,
    pub(super) failed_in_tls: HashMap<usize, Tally>,
    /// The send connectors by name, in lower case.
    pub(super) reach: BTreeMap<String, Reach>,
    /// Sessions to Exchange Online were left out, of which it is not kept what they offered.
    pub(super) some_left_out: bool,
    /// For each stream, its server as a command may name it.
    pub(super) servers: Vec<Option<&'a str>>,
    /// The exported certificates by thumbprint.
    pub(super) exported: HashMap<String, Vec<usize>>,
    /// The same by each of their host names, and by the domain that it is directly in.
    pub(super) exported_by_host: HashMap<String, BTreeSet<usize>>,
    /// The certificates of exports and then of logs, by the common name of their subjects.
    pub(super) by_common_name: HashMap<Option<String>, Vec<Place>>,
    /// For each send connector, its servers beside each other, once somebody asks.
    pub(super) out_of_step: BTreeMap<Name, OnceLock<Compared>>,
    /// The exported send connectors by name, in lower case.
    pub(super) send_connectors: HashMap<String, Vec<usize>>,
    /// The settings of the hybrid wizard.
    pub(super) wizard: Settings,
}

/// Where a certificate is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Among the exported ones.
    Exported(usize),
    /// Among those of the logs.
    Logged(usize),
}

/// The source addresses of a stream's sessions with Exchange Online.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// How many sessions show each, and whether one of them is proven to be with Exchange Online.
    pub(super) shown: BTreeMap<Option<Name>, (u64, bool)>,
    /// Those of sessions that are proven.
    pub(super) proven: BTreeSet<Option<Name>>,
}

/// Where a send connector sends.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Reach {
    /// Sessions of it went to Exchange Online.
    pub(super) online: bool,
    /// Sessions of it went to another host.
    pub(super) elsewhere: bool,
    /// It is for anyone, by an export.
    pub(super) for_anyone: bool,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(
        totals: &Totals,
        streams: &'a [Stream],
        on_premises: &OnPremises,
    ) -> Lookup<'a> {
        let mut lookup = Lookup {
            flows: by_connector(&totals.flows),
            earlier: by_connector(&totals.earlier),
            servers: server_names(streams, on_premises),
            wizard: Settings::of(on_premises),
            some_left_out: some_left_out(totals),
            ..Lookup::default()
        };
        for (number, flow) in totals.flows.iter().enumerate() {
            lookup.add(totals, number, flow);
        }
        for (number, export) in on_premises.send_connectors.iter().enumerate() {
            let name = export.name.to_ascii_lowercase();
            let same = lookup.send_connectors.entry(name.clone()).or_default();
            same.push(number);
            let reach = lookup.reach.entry(name).or_default();
            reach.for_anyone |= export.goes_to_anyone();
        }
        for (number, one) in on_premises.certificates.iter().enumerate() {
            if let Some(thumbprint) = one.certificate.thumbprint.clone() {
                lookup.exported.entry(thumbprint).or_default().push(number);
            }
            lookup.add_subject(&one.certificate, Place::Exported(number));
            lookup.add_hosts(&one.certificate, number);
        }
        for (number, one) in totals.certificates.iter().enumerate() {
            lookup.add_subject(one, Place::Logged(number));
        }
        let connectors = lookup.flows.keys();
        lookup.out_of_step = connectors.map(|name| (*name, OnceLock::new())).collect();
        lookup.add_kinds(totals);
        lookup
    }

    fn add(&mut self, totals: &Totals, number: usize, flow: &Flow) {
        let key = flow.key;
        self.end = self.end.later(flow.last);
        let name = totals.names.text(key.connector).to_ascii_lowercase();
        let reach = self.reach.entry(name).or_default();
        reach.online |= flow.exchange_online;
        reach.elsewhere |= !flow.exchange_online && key.peer == Peer::Other;
        if !flow.exchange_online {
            return;
        }
        let lane = self.lanes.entry((key.connector, key.stream));
        lane.or_default().push(number);
        let lane = (key.connector, key.certificate, key.stream);
        let unknown = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
        let (first, last) = self.periods.entry(lane).or_insert(unknown);
        *first = first.earlier(flow.first);
        *last = last.later(flow.last);
        let sources = self.sources.entry(key.stream).or_default();
        let (sessions, proven) = sources.shown.entry(key.source).or_default();
        *sessions += flow.sessions;
        if key.peer == Peer::Proven {
            *proven = true;
            sources.proven.insert(key.source);
        }
    }

    fn add_subject(&mut self, certificate: &Certificate, place: Place) {
        if let Some(subject) = &certificate.subject {
            let name = common_name(subject);
            self.by_common_name.entry(name).or_default().push(place);
        }
    }

    fn add_hosts(&mut self, certificate: &Certificate, number: usize) {
        for host in CertificateNames::of(certificate).hosts {
            if let Some((_, domain)) = host.split_once('.') {
                let near = self.exported_by_host.entry(domain.to_owned());
                near.or_default().insert(number);
            }
            let same = self.exported_by_host.entry(host);
            same.or_default().insert(number);
        }
    }

    fn add_kinds(&mut self, totals: &Totals) {
        let mut known: HashSet<(usize, u8, Option<Class>, TlsState)> = HashSet::new();
        for (number, one) in totals.occurrences.iter().enumerate() {
            self.add_failure(one);
            let (kind, class) = match one.key.kind {
                Kind::Reply { class, .. } => (0, Some(class)),
                Kind::TlsFailure => (1, None),
                Kind::Dropped(step) => (2 + step as u8, None),
                Kind::NotConnected => (100, None),
                Kind::NothingDelivered => (101, None),
            };
            if known.insert((one.key.flow, kind, class, one.key.tls)) {
                let connector = totals.flows[one.key.flow].key.connector;
                self.kinds.entry(connector).or_default().push(number);
            }
        }
    }
}

impl Lookup<'_> {
    fn add_failure(&mut self, one: &Occurrence) {
        let failures = match one.key.kind {
            Kind::Reply { .. } => &mut self.rejected,
            Kind::TlsFailure => &mut self.failed_in_tls,
            _ => return,
        };
        let known = failures.entry(one.key.flow).or_default();
        known.sessions += one.count;
        known.first = known.first.earlier(one.first);
        known.last = known.last.later(one.last);
    }
}

fn some_left_out(totals: &Totals) -> bool {
    let kept = |flows: &[Flow]| -> u64 {
        let online = flows.iter().filter(|flow| flow.exchange_online);
        online.map(|flow| flow.sessions).sum()
    };
    let known = kept(&totals.flows) + kept(&totals.earlier);
    totals.sessions_left_out > kept(&totals.earlier) && totals.exchange_online_sessions > known
}

fn by_connector(flows: &[Flow]) -> BTreeMap<Name, Vec<usize>> {
    let mut found: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (number, flow) in flows.iter().enumerate() {
        if flow.exchange_online {
            found.entry(flow.key.connector).or_default().push(number);
        }
    }
    found
}

/// For each stream, its server as an export or the folders of Exchange show it, or a folder that is
/// called as servers are. Any other folder is no server.
fn server_names<'a>(streams: &'a [Stream], own: &OnPremises) -> Vec<Option<&'a str>> {
    let connectors = own.send_connectors.iter();
    let sources = connectors.flat_map(|one| one.source_servers.value().into_iter().flatten());
    let certificates = own.certificates.iter();
    let certificates = certificates.filter_map(|one| one.server.as_ref());
    let exported: HashSet<String> = sources
        .chain(certificates)
        .map(|name| server_label(name))
        .collect();
    let name = |stream: &'a Stream| {
        let server = stream.server.as_deref()?;
        let mut parts = server.split('/');
        if let Some(part) = parts.find(|part| exported.contains(&server_label(part))) {
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
    };
    streams.iter().map(name).collect()
}
