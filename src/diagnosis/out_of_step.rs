//! Servers that offer another certificate than the other servers of the same send connector.
//!
//! In: an [`Analysis`] and a send connector. Out: for a server and the certificate that it offers, the
//! server that mostly offered a matching one meanwhile.
//! Must not use first and last use alone: a certificate that was used before and again after a failed
//! renewal was not used in between.

use std::collections::BTreeMap;

use crate::aggregate::flow::CertificateId;
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::Kind;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::runs::runs;
use crate::input::timestamp::Timestamp;

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

/// The server that offered mostly a matching certificate while the server `here` offered `bad`.
pub fn elsewhere<'a>(
    analysis: &'a Analysis<'a>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Option<Elsewhere<'a>> {
    let periods = periods(analysis, connector, here, bad);
    let within = |time: Timestamp| {
        let mut periods = periods.iter();
        time.is_known() && periods.any(|(begin, end)| (*begin..=*end).contains(&time.millis()))
    };
    let mut servers: BTreeMap<&str, Meanwhile<'a>> = BTreeMap::new();
    for (flow, judgement) in analysis.flows_of(connector) {
        let Some(server) = analysis.server(flow.key.offering_stream()) else {
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
        let view = judgement.active().find(|view| view.matches_by_name());
        if let Some(view) = view.filter(|_| sessions > 0) {
            meanwhile.matching += sessions;
            meanwhile.good = Some((flow.key.certificate, view));
        }
    }
    let servers = servers.into_iter();
    let mut mostly = servers.filter(|(_, meanwhile)| meanwhile.matching * 2 > meanwhile.sessions);
    mostly.find_map(|(server, meanwhile)| {
        let (certificate, view) = meanwhile.good?;
        Some(Elsewhere {
            server,
            certificate,
            view,
        })
    })
}

/// The sessions of another server.
#[derive(Default)]
struct Meanwhile<'a> {
    sessions: u64,
    matching: u64,
    good: Option<(CertificateId, &'a ConnectorView<'a>)>,
}

/// When a server offered a certificate, a little widened, but not into the time of another one.
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
    let runs = runs(own);
    // What was offered while the certificate still matched says nothing.
    let rejected = first_rejection(analysis, connector, here, bad);
    let since = rejected
        .known()
        .map_or(i64::MIN, |time| time.millis() - BESIDE);
    let neighbour = |at: Option<usize>| at.and_then(|at| runs.get(at));
    let all = runs.iter().enumerate();
    all.filter(|(_, run)| run.certificate == bad)
        .map(|(at, run)| {
            let before = neighbour(at.checked_sub(1)).map_or(i64::MIN, |run| run.last.millis());
            let after = neighbour(at.checked_add(1)).map_or(i64::MAX, |run| run.first.millis());
            let begin = run.first.millis().saturating_sub(BESIDE).max(before);
            let end = run.last.millis().saturating_add(BESIDE).min(after);
            (begin.max(since), end)
        })
        .collect()
}

/// When mail of a server with a certificate was first rejected. Unknown if it never was.
fn first_rejection(
    analysis: &Analysis<'_>,
    connector: Name,
    here: &str,
    bad: CertificateId,
) -> Timestamp {
    let aggregate = analysis.aggregate;
    let rejections = aggregate.occurrences.iter().filter(|one| {
        let key = aggregate.flows[one.key.flow].key;
        let server = analysis.server(key.offering_stream());
        matches!(one.key.kind, Kind::Reply { .. })
            && key.connector == connector
            && key.certificate == bad
            && server.is_some_and(|server| server.eq_ignore_ascii_case(here))
    });
    rejections.fold(Timestamp::UNKNOWN, |first, one| first.earlier(one.first))
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
