//! Which servers are Edge Transport servers, and whether they are subscribed to the organisation.
//!
//! In: the streams of the logs, and exports of send connectors. Out: answers with a confidence, and
//! [`Edges`], which a fix asks.
//! Must not decide what is worth reporting. No export names the role of a server, so that without
//! logs only its name gives a hint.

use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::rule::Confidence;
use crate::diagnosis::transport_certificate::{same_server, server_label};
use crate::input::corpus::Stream;
use crate::onprem::SendConnector;

/// The folder of an Edge server's logs, and so the last part of its stream's name.
const ROLE: &str = "Edge";

/// What the names of the connectors begin with that a subscription makes.
const SUBSCRIBED: &str = "edgesync - ";

/// How many characters of a `TlsCertificateName` EdgeSync can write (KB 4052493).
pub const LONGEST_NAME: usize = 256;

/// How many characters the certificate name of the connector has, if they are too many for EdgeSync.
pub fn too_long_name(connector: &SendConnector) -> Option<usize> {
    let name = connector.tls_certificate_name.value()?.as_deref()?;
    let length = name.chars().count();
    (length > LONGEST_NAME).then_some(length)
}

/// How certain it is that all source servers of the connector are Edge servers. `None` if one is
/// not, or if the export lost them.
pub fn sends_from_edge(
    context: &CheckContext<'_>,
    connector: &SendConnector,
) -> Option<Confidence> {
    let servers = connector.source_servers.value()?;
    let all: Option<Vec<Confidence>> = servers
        .iter()
        .map(|server| is_edge(context, server))
        .collect();
    all?.into_iter().min()
}

/// Which servers are Edge servers. Certificates and services of such a server can be changed on it
/// only, and its send connectors reach it by EdgeSync.
#[derive(Debug, Clone, Copy)]
pub struct Edges<'a>(&'a [Stream]);

impl<'a> Edges<'a> {
    /// By the streams of the logs, and by their names.
    pub fn of(streams: &'a [Stream]) -> Edges<'a> {
        Edges(streams)
    }

    /// The same for a check, which may have no logs.
    pub fn in_check(context: &CheckContext<'a>) -> Edges<'a> {
        Edges(context.logs.map_or(&[][..], |analysis| analysis.streams))
    }

    /// Whether this is an Edge server.
    pub fn holds(self, server: &str) -> bool {
        self.certainty(server).is_some()
    }

    /// Whether Edge servers send over this connector, by its export.
    pub fn send(self, connector: &SendConnector) -> bool {
        let sources = connector.source_servers.value();
        sources.is_some_and(|sources| sources.iter().any(|server| self.holds(server)))
    }

    /// Servers of the organisation, and Edge servers.
    pub fn split<'s>(self, servers: &[&'s str]) -> (Vec<&'s str>, Vec<&'s str>) {
        let all = servers.iter().copied();
        all.partition(|server| !self.holds(server))
    }

    /// How certain it is that this is an Edge server. Logs of another role say that it is none.
    fn certainty(self, server: &str) -> Option<Confidence> {
        let mut own = self.0.iter().filter(|stream| {
            let known = stream.server.as_deref();
            known.is_some_and(|known| same_server(known, server))
        });
        let has_role = |stream: &Stream, role: &str| {
            let known = stream.name.rsplit('/').next();
            known.is_some_and(|known| known.eq_ignore_ascii_case(role))
        };
        if own.clone().any(|stream| has_role(stream, ROLE)) {
            return Some(Confidence::High);
        }
        let is_other = own.any(|stream| has_role(stream, "Hub") || has_role(stream, "FrontEnd"));
        let by_name = !is_other && server_label(server).contains("edge");
        by_name.then_some(Confidence::Medium)
    }
}

/// How certain it is that this is an Edge server.
fn is_edge(context: &CheckContext<'_>, server: &str) -> Option<Confidence> {
    Edges::in_check(context).certainty(server)
}

/// Whether the exports show that the Edge servers of this connector are subscribed: its export
/// comes from the organisation, or holds the connectors that a subscription makes.
pub fn is_subscribed(context: &CheckContext<'_>, connector: &SendConnector) -> bool {
    let from_outside = |known: &SendConnector| {
        let servers = known.source_servers.value();
        servers.is_some_and(|servers| {
            let mut servers = servers.iter();
            servers.any(|server| is_edge(context, server).is_none())
        })
    };
    let asked_elsewhere = connector
        .server
        .as_deref()
        .is_some_and(|server| is_edge(context, server).is_none());
    let mut together = context
        .on_premises
        .send_connectors
        .iter()
        .filter(|known| known.file == connector.file);
    asked_elsewhere
        || together.any(|known| {
            known.name.to_ascii_lowercase().starts_with(SUBSCRIBED) || from_outside(known)
        })
}
