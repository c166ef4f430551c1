//! Which certificates deliver well over a send connector, and which servers do.
//!
//! In: a [`CauseContext`]. Out: certificates of other sessions of the send connector, and servers.
//! Must not decide what is wrong. A certificate that Exchange Online cannot trust is not proposed,
//! whatever its sessions delivered: recipients in Microsoft 365 are taken all the same.

use std::collections::BTreeMap;

use crate::aggregate::course::Tally;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::certificate_fault;
use crate::diagnosis::transport_certificate::server_label;
use crate::input::timestamp::Timestamp;
use crate::onprem::model::CertificateUsage;
use crate::smtp::certificate::Certificate;

/// A certificate of the logs that is right for the send connector.
#[derive(Debug, Clone, Copy)]
pub struct Delivering<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The server that offers it.
    pub server: Option<&'a str>,
    /// Another server offers it than the one with the failure.
    pub elsewhere: bool,
}

/// A certificate that another server of the same send connector, or this one at another time, has
/// offered and delivered with: an inbound connector expects it, and it is of no authority of the
/// organisation's own. The best one is first: the latest one, of another server if there is one.
pub fn delivering<'a>(context: &CauseContext<'a>) -> Vec<Delivering<'a>> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let here = analysis.server(own.offering_stream());
    let fits = |flow: &&Flow, certificate: &Certificate| {
        let group = analysis.group(flow);
        let refused = group.is_some_and(|group| group.last_rejection.is_some());
        let last = context.occurrence.last;
        let valid = certificate.not_after.is_none_or(|end| last < end)
            && certificate.not_before.is_none_or(|start| start <= last);
        flow.key.certificate != own.certificate
            && flow.accepted > 0
            && valid
            && !refused
            && !is_of_no_use(analysis, certificate)
    };
    let all = analysis
        .flows_of(own.connector)
        .filter_map(|(flow, judgement)| {
            let certificate = analysis.certificate(flow.key.certificate)?;
            if !fits(&flow, certificate) {
                return None;
            }
            let expected = judgement.active().any(|view| view.matches_by_name());
            let expected = expected || !analysis.has_exports();
            let stream = flow.key.offering_stream();
            let server = analysis.server(stream);
            let found = Delivering {
                certificate,
                server: analysis.server_name(stream),
                elsewhere: server.is_some() && server != here,
            };
            expected.then_some((found, flow.last))
        });
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(found, last)| std::cmp::Reverse((found.elsewhere, *last)));
    all.into_iter().map(|(found, _)| found).collect()
}

/// Whether only another certificate helps: it is self-signed, of an authority of the organisation's
/// own, or revoked, as far as it or an export shows.
pub fn is_of_no_use(analysis: &Analysis<'_>, certificate: &Certificate) -> bool {
    let usage = CertificateUsage::default();
    let shown = certificate_fault::of_certificate(certificate, &usage);
    let thumbprint = certificate.thumbprint.as_deref();
    let exported = thumbprint.and_then(|thumbprint| analysis.lookup.exported.get(thumbprint));
    let exported = exported.into_iter().flatten();
    let exported = exported.map(|number| &analysis.on_premises.certificates[*number]);
    let exported = exported.flat_map(certificate_fault::of_exported);
    let mut faults = shown.into_iter().chain(exported);
    faults.any(certificate_fault::Fault::needs_another)
}

/// These servers without the ones that deliver well with another certificate by now. All of them if
/// every one does.
pub fn not_delivering<'a>(context: &CauseContext<'_>, servers: &[&'a str]) -> Vec<&'a str> {
    let delivers = delivering_servers(context);
    let bad: Vec<&str> = servers
        .iter()
        .copied()
        .filter(|server| delivers.get(&server_label(server)) != Some(&true))
        .collect();
    if bad.is_empty() {
        servers.to_vec()
    } else {
        bad
    }
}

/// For each server, whether its latest sessions deliver with another certificate, which an inbound
/// connector expects.
fn delivering_servers(context: &CauseContext<'_>) -> BTreeMap<String, bool> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let mut latest: BTreeMap<String, (Timestamp, bool)> = BTreeMap::new();
    for (flow, judgement) in analysis.flows_of(own.connector) {
        let Some(server) = analysis.server_name(flow.key.offering_stream()) else {
            continue;
        };
        let expected = || judgement.active().any(|view| view.matches_by_name());
        let known = matches!(flow.key.certificate, CertificateId::Known(_));
        let well = known
            && flow.key.certificate != own.certificate
            && flow.accepted > 0
            && (!analysis.has_exports() || expected());
        let found = (flow.last, well);
        let known = latest.entry(server_label(server)).or_insert(found);
        if known.0 <= flow.last {
            *known = found;
        }
    }
    let latest = latest.into_iter();
    latest.map(|(server, (_, well))| (server, well)).collect()
}

/// Whether more than half of the sessions of this send connector and certificate fail in TLS: all of them, or
/// those of one server from its first failure to its last one. What was delivered before or after, or by
/// another server, makes an outage no smaller.
pub fn mostly_fails_in_tls(context: &CauseContext<'_>) -> bool {
    /// Fewer failures within a short time can happen by chance.
    const FEWEST: u64 = 3;
    let aggregate = &context.analysis.aggregate;
    let group = context.group().map_or(&[][..], |group| &group.flows);
    let mut servers: BTreeMap<usize, Tally> = BTreeMap::new();
    for number in group {
        if let Some(failed) = context.analysis.failures_in_tls(*number) {
            let stream = aggregate.flows[*number].key.stream;
            servers.entry(stream).or_default().merge(&failed);
        }
    }
    let mut meanwhile: BTreeMap<usize, u64> = BTreeMap::new();
    for flow in group.iter().map(|number| &aggregate.flows[*number]) {
        if let Some(failed) = servers.get(&flow.key.stream) {
            let sessions = flow.course.sessions_within(failed.first, failed.last);
            *meanwhile.entry(flow.key.stream).or_default() += sessions;
        }
    }
    servers.iter().any(|(stream, failed)| {
        let sessions = meanwhile.get(stream).copied().unwrap_or_default();
        failed.sessions >= FEWEST && failed.sessions * 2 > sessions
    }) || is_majority(group.iter().map(|flow| &aggregate.flows[*flow]))
}

/// Whether more than half of the sessions failed in TLS.
fn is_majority<'a>(flows: impl Iterator<Item = &'a Flow>) -> bool {
    let (failed, sessions) = flows.fold((0, 0), |(failed, sessions), flow| {
        (failed + flow.failed_sessions, sessions + flow.sessions)
    });
    failed * 2 > sessions
}

/// The servers on which most sessions of this send connector and certificate failed in TLS with the same
/// error, as commands name them. Where most succeed nowhere, every server with the error.
pub fn failing_in_tls<'a>(context: &CauseContext<'a>) -> Vec<&'a str> {
    let analysis = context.analysis;
    let all = context.servers_with_the_same_failure();
    let group = context.group().map_or(&[][..], |group| &group.flows);
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for flow in group.iter().map(|flow| &analysis.aggregate.flows[*flow]) {
        let server = analysis.server_name(flow.key.offering_stream());
        let (failed, sessions) = sums.entry(server.unwrap_or("<server>")).or_default();
        *failed += flow.failed_sessions;
        *sessions += flow.sessions;
    }
    let mostly = |server: &&str| {
        let sum = sums.get(server).copied();
        sum.is_some_and(|(failed, sessions)| failed * 2 > sessions)
    };
    let bad: Vec<&str> = all.iter().copied().filter(mostly).collect();
    if bad.is_empty() { all } else { bad }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, contoso, with_analysis};

    fn bad() -> Session {
        Session {
            stream: "EX02/Hub",
            names: &["EX02"],
            issuer: "CN=EX02",
            ..Session::default()
        }
    }

    fn good(issuer: &'static str) -> Session {
        Session {
            stream: "EX01/Hub",
            issuer,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn ask<T>(sessions: &[Session], ask: impl Fn(&CauseContext<'_>) -> T) -> T {
        with_analysis(sessions, &[contoso()], &Default::default(), |analysis| {
            ask(&CauseContext::new(
                analysis,
                &analysis.aggregate.occurrences[0],
            ))
        })
    }

    #[test]
    fn what_another_server_delivers_with_is_found() {
        let sessions = [good("CN=Example CA, O=Example"), bad()];
        let found = ask(&sessions, |context| {
            let all = delivering(context);
            all.first()
                .map(|one| (one.elsewhere, one.server.map(str::to_owned)))
        });
        assert_eq!(found, Some((true, Some("EX01".to_owned()))));
        let left = ask(&sessions, |context| {
            not_delivering(context, &["EX01", "EX02"]).len()
        });
        assert_eq!(left, 1);
    }

    #[test]
    fn an_authority_of_ones_own_is_not_spread() {
        let own = "CN=contoso-DC01-CA, DC=contoso, DC=local";
        assert!(ask(&[good(own), bad()], |context| delivering(context)
            .is_empty()));
    }
}
