//! The servers that a fix for a send connector concerns.
//!
//! In: a [`CauseContext`]. Out: names of servers, for commands.
//! Must not decide a cause. A server is left out only where logs or exports show that it needs
//! nothing.

use std::collections::BTreeSet;

use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::transport_certificate::server_label;
use crate::onprem::SendConnector;
use crate::remedy::{bring, on_premises};

/// The source servers of the send connector by its export, else the servers whose logs show it. These
/// are not the front ends that send for them.
pub fn sources(context: &CauseContext<'_>) -> Vec<String> {
    let mut servers: Vec<String> = on_premises::send_connectors(context)
        .filter_map(|connector: &SendConnector| connector.source_servers.value())
        .flatten()
        .cloned()
        .collect();
    if servers.is_empty() {
        let analysis = context.analysis;
        let flows = analysis.flows_of(context.flow.key.connector);
        let names = flows.map(|(flow, _)| analysis.server_name(flow.key.stream));
        servers = names.flatten().map(str::to_owned).collect();
    }
    servers.sort_unstable();
    servers.dedup();
    servers
}

/// Whether Edge servers send over this send connector.
pub fn are_edges(context: &CauseContext<'_>) -> bool {
    let edges = Edges::of(context.analysis.streams);
    let here = context.analysis.server(context.flow.key.offering_stream());
    here.is_some_and(|here| edges.holds(here))
}

/// The servers whose front ends send for this send connector, by the logs.
pub fn front_ends(context: &CauseContext<'_>) -> Vec<String> {
    let analysis = context.analysis;
    let flows = analysis.flows_of(context.flow.key.connector);
    let streams = flows.filter_map(|(flow, _)| flow.key.front_end);
    let names = streams.filter_map(|stream| analysis.server_name(stream));
    let mut servers: Vec<String> = names.map(str::to_owned).collect();
    servers.sort_unstable();
    servers.dedup();
    servers
}

/// The servers that must have the certificate to send over this send connector: the front ends, where
/// there are any, else the source servers.
pub fn sending(context: &CauseContext<'_>) -> Vec<String> {
    let front_ends = front_ends(context);
    if front_ends.is_empty() {
        sources(context)
    } else {
        front_ends
    }
}

/// The servers whose logs show the certificate of this failure over this send connector. Where none was
/// offered, the servers with the same failure: other sessions may lack TLS, or a connection.
pub fn offering(context: &CauseContext<'_>) -> Vec<String> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let flows = analysis.flows_of(own.connector);
    let same = flows.filter(|(flow, _)| flow.key.certificate == own.certificate);
    let mut streams: Vec<usize> = same.map(|(flow, _)| flow.key.offering_stream()).collect();
    if context.certificate().is_none() {
        streams = without_certificate(context);
    }
    let servers = streams
        .into_iter()
        .filter_map(|stream| analysis.server_name(stream));
    servers.map(str::to_owned).collect()
}

/// The streams whose sessions over this send connector had TLS or not, as those of this failure, and
/// failed without a certificate.
fn without_certificate(context: &CauseContext<'_>) -> Vec<usize> {
    let all = context.analysis.kinds_of(context.flow.key.connector);
    let others = all.map(|one| CauseContext::new(context.analysis, one));
    let same = others.filter(|other| {
        let (own, key) = (context.flow.key, other.flow.key);
        key.certificate == own.certificate
            && other.tls().negotiated == context.tls().negotiated
            && other.tls().distrust.is_some() == context.tls().distrust.is_some()
            && other.concerns_our_side()
    });
    same.map(|other| other.flow.key.offering_stream()).collect()
}

/// The servers with this failure, and source servers without logs on which, as far as the exports
/// show, the certificate to offer is not in use yet.
pub fn failing(context: &CauseContext<'_>, thumbprint: &str) -> Vec<String> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let offering = offering(context);
    let offering: Vec<&str> = offering.iter().map(String::as_str).collect();
    let offering = delivering::not_delivering(context, &offering);
    let mut servers: Vec<String> = offering.into_iter().map(str::to_owned).collect();
    let flows = analysis.flows_of(own.connector);
    let logged = flows.filter_map(|(flow, _)| analysis.server(flow.key.offering_stream()));
    let logged: BTreeSet<String> = logged
        .flat_map(|known| known.split('/').map(server_label))
        .collect();
    let logged = |server: &str| logged.contains(&server_label(server));
    let sources = on_premises::send_connectors(context)
        .filter_map(|connector| connector.source_servers.value())
        .flatten();
    for server in sources {
        let in_use = bring::is_in_use(analysis.on_premises, server, thumbprint);
        if !logged(server) && !in_use {
            servers.push(server.clone());
        }
    }
    if servers.is_empty() {
        servers.push("<server>".to_owned());
    }
    servers.sort_unstable();
    servers.dedup();
    servers
}
