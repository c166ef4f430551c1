//! What the exports show about the source servers of a send connector.
//!
//! In: exports and the certificate that the send connector names. Out: each source server, and whether it
//! has the certificate.
//! Must not report anything.

use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::Missing;
use crate::diagnosis::named_certificate as named;
use crate::diagnosis::proposal;
use crate::diagnosis::rule::Need;
use crate::diagnosis::transport_certificate::{self as transport, NamedCertificate};
use crate::onprem::{ExchangeCertificate, SendConnector};

/// What the exports show about one source server.
pub(super) enum OnServer<'a> {
    /// The server has the named certificate.
    Found(&'a ExchangeCertificate),
    /// The server does not have it. It has these certificates.
    Missing(Vec<&'a ExchangeCertificate>),
    /// The server's certificates were not exported, or the export lost their names.
    Unknown(Missing),
}

/// Each source server with what the exports show about it. A server without a name stands for all of them,
/// of which the export names none.
pub(super) fn states<'a>(
    context: &CheckContext<'a>,
    connector: &'a SendConnector,
    named: NamedCertificate<'_>,
) -> Vec<(Option<&'a str>, OnServer<'a>)> {
    let all = &context.on_premises.certificates;
    let is_on = |found: &ExchangeCertificate, server: &str| {
        let known = found.server.as_deref();
        known.is_some_and(|known| transport::same_server(known, server))
    };
    // The server of an export without a server name is unknown. The export counts only if there
    // is just one source server.
    let nameless: Vec<&ExchangeCertificate> =
        all.iter().filter(|found| found.server.is_none()).collect();
    let servers: &[String] = connector.source_servers.value().map_or(&[], Vec::as_slice);
    if servers.is_empty() {
        let server = connector.server.as_deref();
        let state = match state(&named, &all.iter().collect::<Vec<_>>()) {
            found @ OnServer::Found(_) => found,
            _ => OnServer::Unknown("SourceTransportServers".into()),
        };
        return vec![(server, state)];
    }
    let alone = servers.len() == 1;
    let states = servers.iter().map(|server| {
        if let Some(found) = proposal::best(named::on_server(context, server, &named)) {
            return (Some(server.as_str()), OnServer::Found(found));
        }
        let mut own: Vec<_> = all.iter().filter(|found| is_on(found, server)).collect();
        if own.is_empty() && alone {
            own.clone_from(&nameless);
        }
        (Some(server.as_str()), state(&named, &own))
    });
    states.collect()
}

fn state<'a>(named: &NamedCertificate<'_>, own: &[&'a ExchangeCertificate]) -> OnServer<'a> {
    let meant = |found: &&ExchangeCertificate| named.means(&found.certificate);
    if own.is_empty() {
        OnServer::Unknown(Need::ExchangeCertificates.into())
    } else if let Some(found) = proposal::best(
        own.iter()
            .copied()
            .filter(|found| meant(found) == Some(true)),
    ) {
        OnServer::Found(found)
    } else if own.iter().any(|found| meant(found).is_none()) {
        OnServer::Unknown(lost_name(own).into())
    } else {
        OnServer::Missing(own.to_vec())
    }
}

/// Which of the two names an export lost.
fn lost_name(own: &[&ExchangeCertificate]) -> &'static str {
    if own.iter().any(|found| found.certificate.subject.is_none()) {
        "Subject"
    } else {
        "Issuer"
    }
}
