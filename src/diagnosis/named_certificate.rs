//! The exported certificates that a send connector names, by server.
//!
//! In: a [`CheckContext`] and a send connector. Out: certificates.
//! Must not decide what is worth reporting. A certificate that may be on another server than the
//! source servers is left out.

use std::collections::BTreeMap;

use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::NamedCertificate;
use crate::onprem::{ExchangeCertificate, SendConnector};

/// The name of the certificate that a connector offers, if it has the form that Exchange compares.
pub fn name_of(connector: &SendConnector) -> Option<NamedCertificate<'_>> {
    let name = connector.tls_certificate_name.value()?.as_deref()?;
    NamedCertificate::parse(name)
}

/// The source servers of a connector; empty if the export lost them.
pub fn source_servers(connector: &SendConnector) -> &[String] {
    let servers = connector.source_servers.value();
    servers.map_or(&[], Vec::as_slice)
}

/// The named certificates by server, without servers that are not source servers. A certificate of
/// an unknown server belongs to the only source server, or else to a server of its own.
pub fn by_server<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    wanted: &NamedCertificate<'_>,
) -> BTreeMap<String, Vec<&'a ExchangeCertificate>> {
    let alone = source_servers(connector).len() == 1;
    let mut servers: BTreeMap<String, Vec<&ExchangeCertificate>> = BTreeMap::new();
    for known in &context.on_premises.certificates {
        if transport::may_be_of(connector, known) && wanted.means(&known.certificate) == Some(true)
        {
            let server = known.server.as_deref().filter(|_| !alone);
            let key = server.map_or_else(String::new, transport::server_label);
            servers.entry(key).or_default().push(known);
        }
    }
    servers
}

/// Of the named certificates of each server, the one that expires last. It is the renewal.
pub fn latest_by_server<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
) -> Vec<&'a ExchangeCertificate> {
    let Some(wanted) = name_of(connector) else {
        return Vec::new();
    };
    let servers = by_server(context, connector, &wanted).into_values();
    servers
        .filter_map(|own| own.into_iter().max_by_key(|one| one.certificate.not_after))
        .collect()
}
