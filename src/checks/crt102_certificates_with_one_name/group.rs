//! Certificates with one name.
//!
//! In: exported certificates and send connectors. Out: what the check and its steps ask about them.
//! Must not decide which certificate is kept.

use crate::diagnosis::named_certificate::source_servers;
use crate::diagnosis::transport_certificate as transport;
use crate::onprem::{ExchangeCertificate, SendConnector};

/// Certificates with one name, and the servers that have all of them.
pub(super) struct Group<'a> {
    /// By expiry. The certificates of the first server.
    pub(super) certificates: Vec<&'a ExchangeCertificate>,
    /// The send connectors that name them.
    pub(super) naming: Vec<&'a SendConnector>,
    /// A certificate of each server, which shows the server and its file.
    pub(super) servers: Vec<&'a ExchangeCertificate>,
}

impl Group<'_> {
    /// Whether another server has the same certificates, and the same send connectors name them.
    pub(super) fn is_like(&self, other: &Group<'_>) -> bool {
        let names = |group: &Group<'_>| -> Vec<String> {
            let all = group.naming.iter();
            all.map(|connector| connector.name.clone()).collect()
        };
        let known = self
            .certificates
            .iter()
            .all(|one| one.certificate.thumbprint.is_some());
        known
            && self.certificates.len() == other.certificates.len()
            && names(self) == names(other)
            && self
                .certificates
                .iter()
                .zip(&other.certificates)
                .all(|(one, other)| {
                    // What can be done depends on these.
                    let state = |found: &ExchangeCertificate| {
                        (
                            found.services.clone(),
                            found.status.clone(),
                            found.has_private_key.clone(),
                        )
                    };
                    is_same(one, other) && state(one) == state(other)
                })
    }

    /// Whether a front end sends for one of the send connectors.
    pub(super) fn is_proxied(&self) -> bool {
        (self.naming.iter()).any(|one| one.frontend_proxy.value() == Some(&true))
    }

    /// The source servers of the send connectors, and the servers that have the certificates.
    pub(super) fn sources<'b>(&'b self, servers: &[&'b str]) -> Vec<&'b str> {
        let mut all = servers.to_vec();
        for name in self.naming.iter().flat_map(|one| source_servers(one)) {
            if !all.iter().any(|known| transport::same_server(known, name)) {
                all.push(name);
            }
        }
        all
    }

    /// The servers on which the old certificate is removed.
    pub(super) fn server_names(&self) -> Vec<String> {
        let known = self.servers.iter().filter_map(|one| one.server.clone());
        let mut names: Vec<String> = known.collect();
        if names.is_empty() {
            // An export without a server name belongs to the only source server.
            let sources = self.naming.first().map(|one| source_servers(one));
            if let Some([only]) = sources {
                names.push(only.clone());
            } else {
                names.push("<server>".to_owned());
            }
        }
        names
    }
}

/// Whether two rows are one certificate that was exported twice. In doubt they are.
pub(super) fn is_same(one: &ExchangeCertificate, other: &ExchangeCertificate) -> bool {
    let (one, other) = (&one.certificate, &other.certificate);
    match (&one.thumbprint, &other.thumbprint) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one.serial.is_none() || other.serial.is_none() || one.serial == other.serial,
    }
}
