//! Servers that offer another certificate than the other servers of the same send connector.
//!
//! In: an [`Analysis`] and a send connector. Out: for a server and the certificate that it offers, the
//! server that mostly offered a matching one meanwhile.
//! Must not use first and last use alone: a certificate that was used before and again after a failed
//! renewal was not used in between.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::flow::CertificateId;
use crate::aggregate::intern::Name;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::compared::{Compared, Found};
use crate::diagnosis::judged;
use crate::diagnosis::runs::runs;
use crate::input::timestamp::Timestamp;
use crate::tenant::InboundConnector;

/// Sessions of another server count as simultaneous this far, in milliseconds, beyond the run of the
/// certificate: a short run lies between their sessions.
const BESIDE: i64 = 600_000;

/// What another server offered meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'a> {
    /// The other server.
    pub server: &'a str,
    /// The certificate that it mostly offered.
    pub certificate: CertificateId,
    /// The inbound connector that this certificate matches.
    pub view: &'a ConnectorView<'a>,
}

/// Compares every server and certificate that no inbound connector matches with the other servers.
fn compared<'l>(analysis: &'l Analysis<'_>, connector: Name) -> Option<&'l Compared> {
    let compared = analysis.lookup.out_of_step.get(&connector)?;
    Some(compared.get_or_init(|| {
        let mut compared = Compared::default();
        let flows = analysis.lookup.flows.get(&connector);
        let most = judged::most(flows.map_or(0, Vec::len));
        for (flow, judgement) in analysis.flows_of(connector) {
            let bad = flow.key.certificate;
            let Some(here) = analysis.server(flow.key.offering_stream()) else {
                continue;
            };
            if bad == CertificateId::Unknown || !judgement.surely_none_matches() {
                continue;
            }
            let key = (here.to_ascii_lowercase(), bad);
            if compared.pairs.contains_key(&key) {
                continue;
            }
            if compared.pairs.len() == most {
                compared.too_many = true;
                break;
            }
            let found = compare(analysis, connector, here, bad);
            compared.pairs.insert(key, found);
        }
        compared
    }))
}

/// Whether a send connector has more servers and certificates than are compared.
pub fn are_too_many(analysis: &Analysis<'_>, connector: Name) -> bool {
    let compared = analysis.lookup.out_of_step.get(&connector);
    let compared = compared.and_then(|compared| compared.get());
    compared.is_some_and(|compared| compared.too_many)
}

/// The server that offered mostly a matching certificate while the server `here` offered `bad`.
pub fn elsewhere<'a>(
    analysis: &'a Analysis<'a>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Option<Elsewhere<'a>> {
    let found = find(analysis, connector, here, bad)?;
    Some(Elsewhere {
        server: analysis.server(found.stream)?,
        certificate: analysis.aggregate.flows[found.flow].key.certificate,
        view: &analysis.judgements[found.flow].views[found.view],
    })
}

fn find(analysis: &Analysis<'_>, connector: Name, here: &str, bad: CertificateId) -> Option<Found> {
    let compared = compared(analysis, connector)?;
    match compared.pairs.get(&(here.to_ascii_lowercase(), bad)) {
        Some(found) => *found,
        None if compared.too_many => None,
        None => compare(analysis, connector, here, bad),
    }
}

/// The first server that is out of step while others offered what this inbound connector matches, as a
/// stream of it.
pub fn beside(
    analysis: &Analysis<'_>,
    connector: Name,
    inbound: &InboundConnector,
) -> Option<usize> {
    let compared = compared(analysis, connector)?;
    let others = compared.others.get_or_init(|| {
        let streams = all(analysis, connector).into_iter();
        let mut others: Vec<(usize, BTreeSet<usize>)> =
            streams.map(|stream| (stream, BTreeSet::new())).collect();
        let places: BTreeMap<usize, usize> = others
            .iter()
            .enumerate()
            .map(|(place, (stream, _))| (*stream, place))
            .collect();
        for (flow, judgement) in analysis.flows_of(connector) {
            let place = places.get(&flow.key.stream);
            let server = analysis.server(flow.key.stream);
            if let (Some(place), Some(server)) = (place, server)
                && judgement.surely_none_matches()
            {
                let found = find(analysis, connector, server, flow.key.certificate);
                others[*place].1.extend(found.map(|found| found.view));
            }
        }
        others
    });
    let views = &analysis.judgements.first()?.views;
    let matches = |view: &usize| std::ptr::eq(views[*view].connector, inbound);
    let mut others = others.iter();
    let found = others.find(|(_, known)| known.iter().any(matches));
    found.map(|(stream, _)| *stream)
}

fn compare(
    analysis: &Analysis<'_>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Option<Found> {
    let periods = periods(analysis, connector, here, bad);
    let within = |time: Timestamp| {
        let after = periods.partition_point(|(begin, _)| *begin <= time.millis());
        let last = after.checked_sub(1).map(|at| periods[at]);
        time.is_known() && last.is_some_and(|(_, end)| time.millis() <= end)
    };
    let mut servers: BTreeMap<&str, Meanwhile> = BTreeMap::new();
    let numbers = analysis.lookup.flows.get(&connector).into_iter().flatten();
    for number in numbers {
        let flow = &analysis.aggregate.flows[*number];
        let stream = flow.key.offering_stream();
        let Some(server) = analysis.server(stream) else {
            continue;
        };
        if server.eq_ignore_ascii_case(here) || flow.key.certificate == CertificateId::Unknown {
            continue;
        }
        let stretches = flow.course.stretches();
        let sessions: u64 = stretches
            .filter(|(_, stretch)| within(stretch.all.first) || within(stretch.all.last))
            .map(|(_, stretch)| stretch.all.sessions)
            .sum();
        let meanwhile = servers.entry(server).or_default();
        meanwhile.sessions += sessions;
        if sessions == 0 {
            continue;
        }
        let mut views = analysis.judgements[*number].views.iter();
        let view = views.position(|view| view.is_active() && view.matches_by_name());
        if let Some(view) = view {
            meanwhile.matching += sessions;
            meanwhile.good = Some(Found {
                stream,
                flow: *number,
                view,
            });
        }
    }
    let servers = servers.into_values();
    let mut mostly = servers.filter(|meanwhile| meanwhile.matching * 2 > meanwhile.sessions);
    mostly.find_map(|meanwhile| meanwhile.good)
}

/// The sessions of another server.
#[derive(Default)]
struct Meanwhile {
    sessions: u64,
    matching: u64,
    good: Option<Found>,
}

/// When a server offered a certificate, a little widened, but not into the time of another one. In
/// order, and none overlaps another.
fn periods(
    analysis: &Analysis<'_>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Vec<(i64, i64)> {
    let flows = analysis.flows_of(connector).map(|(flow, _)| flow);
    let own = flows.filter(|flow| {
        let server = analysis.server(flow.key.offering_stream());
        server.is_some_and(|server| server.eq_ignore_ascii_case(here))
    });
    let mut runs = runs(own);
    runs.retain(|run| run.shows_offer);
    // What was offered while the certificate still matched says nothing.
    let rejected = first_rejection(analysis, connector, here, bad);
    let since = rejected
        .known()
        .map_or(i64::MIN, |time| time.millis() - BESIDE);
    let neighbour = |at: Option<usize>| at.and_then(|at| runs.get(at));
    let all = runs.iter().enumerate();
    let mut periods: Vec<(i64, i64)> = all
        .filter(|(_, run)| run.certificate == bad)
        .map(|(at, run)| {
            let before = neighbour(at.checked_sub(1)).map_or(i64::MIN, |run| run.last.millis());
            let after = neighbour(at.checked_add(1)).map_or(i64::MAX, |run| run.first.millis());
            let begin = run.first.millis().saturating_sub(BESIDE).max(before);
            let end = run.last.millis().saturating_add(BESIDE).min(after);
            (begin.max(since), end)
        })
        .filter(|(begin, end)| begin <= end)
        .collect();
    periods.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::new();
    for (begin, end) in periods {
        match apart.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((begin, end)),
        }
    }
    apart
}

/// When mail of a server with a certificate was first rejected. Unknown if it never was.
fn first_rejection(
    analysis: &Analysis<'_>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Timestamp {
    let numbers = analysis.lookup.flows.get(&connector).into_iter().flatten();
    let own = numbers.filter(|number| {
        let key = analysis.aggregate.flows[**number].key;
        let server = analysis.server(key.offering_stream());
        key.certificate == bad && server.is_some_and(|server| server.eq_ignore_ascii_case(here))
    });
    let rejected = own.filter_map(|number| analysis.lookup.rejected.get(number));
    rejected.fold(Timestamp::UNKNOWN, |first, one| first.earlier(one.first))
}

/// All servers of a send connector that offer a certificate that no inbound connector matches, while
/// another server mostly offers a matching one: their streams, one for each server.
pub fn all(analysis: &Analysis<'_>, connector: Name) -> Vec<usize> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for (flow, judgement) in analysis.flows_of(connector) {
        let known = matches!(flow.key.certificate, CertificateId::Known(_));
        if !known || !judgement.surely_none_matches() {
            continue;
        }
        let Some(server) = analysis.server(flow.key.offering_stream()) else {
            continue;
        };
        if elsewhere(analysis, connector, server, flow.key.certificate).is_some() {
            found.entry(server).or_insert(flow.key.offering_stream());
        }
    }
    found.into_values().collect()
}
