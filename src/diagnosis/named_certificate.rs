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
use crate::smtp::name;
use crate::tenant::Known;

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
    for known in context.on_premises.with_common_name_of(wanted.subject) {
        if transport::may_be_of(connector, known) && wanted.means(&known.certificate) == Some(true)
        {
            let server = known.server.as_deref().filter(|_| !alone);
            let key = server.map_or_else(String::new, transport::server_label);
            servers.entry(key).or_default().push(known);
        }
    }
    servers
}

/// The named certificates that are surely on this server.
pub fn on_server<'a>(
    context: &CheckContext<'a>,
    server: &str,
    wanted: &NamedCertificate<'_>,
) -> impl Iterator<Item = &'a ExchangeCertificate> {
    let near = context.on_premises.with_common_name_of(wanted.subject);
    near.filter(move |found| {
        let known = found.server.as_deref();
        known.is_some_and(|known| transport::same_server(known, server))
            && wanted.means(&found.certificate) == Some(true)
    })
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

/// The enabled send connectors that name certificates, by the common name.
pub struct Naming<'a>(BTreeMap<Option<String>, Vec<(&'a SendConnector, NamedCertificate<'a>)>>);

impl<'a> Naming<'a> {
    /// Takes all exported send connectors.
    pub fn of(context: &CheckContext<'a>) -> Naming<'a> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for connector in context.send_connectors() {
            if let Some(named) = name_of(connector)
                && connector.enabled != Known::Value(false)
            {
                let common_name = name::common_name(named.subject);
                all.entry(common_name).or_default().push((connector, named));
            }
        }
        Naming(all)
    }

    /// The send connectors that name a certificate and may run on its server.
    pub fn of_certificate(&self, found: &ExchangeCertificate) -> Vec<&'a SendConnector> {
        let near = self.0.get(&common_name(found)).into_iter().flatten();
        let names = near.filter(|(connector, named)| {
            transport::may_be_of(connector, found) && named.means(&found.certificate) == Some(true)
        });
        names.map(|(connector, _)| *connector).collect()
    }
}

/// The common name of a certificate, by which certificates of one name have one place.
pub fn common_name(found: &ExchangeCertificate) -> Option<String> {
    name::common_name(found.certificate.subject.as_deref()?)
}
