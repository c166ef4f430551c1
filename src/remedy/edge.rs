//! The steps for Edge servers, to which EdgeSync does not write a certificate name that is too long.
//!
//! In: a send connector as exported. Out: [`Fix`]es.
//! Must not decide whether its source servers are Edge servers.
//! Source: KB 4052493.

use crate::diagnosis::edge::LONGEST_NAME;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::transport_certificate::{NamedCertificate, common_name};
use crate::onprem::SendConnector;
use crate::remedy::command::quote;
use crate::remedy::settings;

/// Whether the name of a stream is that of an Edge server's logs.
pub fn is_role_of(stream: &str) -> bool {
    let role = stream.rsplit('/').next();
    role.is_some_and(|role| role.eq_ignore_ascii_case("Edge"))
}

/// The steps that let an Edge server offer the certificate without its long name. `None` if the name
/// is short enough.
pub fn without_long_name(connector: &SendConnector) -> Option<Vec<Fix>> {
    let name = connector.tls_certificate_name.value()?.as_deref()?;
    if name.chars().count() <= LONGEST_NAME {
        return None;
    }
    let host = NamedCertificate::parse(name).and_then(|named| common_name(named.subject));
    let host = host.filter(|host| !host.starts_with("*."));
    let host = quote(host.as_deref().unwrap_or("<host name of the certificate>"));
    Some(vec![
        Fix::command(
            Where::OnPremises,
            settings::set_send(
                connector,
                &format!("-Fqdn {host} -TlsCertificateName $null"),
            ),
            "EdgeSync writes at most 256 characters of a certificate name to an Edge server and leaves the connector out (SND110), so setting the same name again changes nothing. Run this on a Mailbox server. Exchange then selects the certificate by the name in Fqdn. First check that only the right certificate of each Edge server holds this name and is enabled for SMTP. Instead, you can raise the limit of the attribute in the schema of each Edge server's directory to 1024 (KB 4052493), or get a certificate with a shorter issuer and subject.",
        ),
        Fix::command(
            Where::OnPremises,
            "Start-EdgeSynchronization".to_owned(),
            "Run this on a Mailbox server. Its result for the type Configuration must be Success.",
        ),
    ])
}
