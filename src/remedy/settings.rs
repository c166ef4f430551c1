//! How checks name the connectors that they report, prove their values and set them.
//!
//! In: connectors from exports. Out: names for sentences, proofs, and the beginnings of commands.
//! Must not decide anything.

use crate::diagnosis::finding::{Finding, Proof};
use crate::diagnosis::rule::RuleMeta;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::command::{self, quote};
use crate::tenant::{InboundConnector, Tenant};

/// How many names a sentence lists before it only counts the rest.
const NAMED: usize = 5;

/// A finding about an inbound connector.
pub fn of_inbound(
    entry: &'static RuleMeta,
    tenant: &Tenant,
    connector: &InboundConnector,
    message: String,
) -> Finding {
    Finding::of(entry, &connector.name, message).tenant(&tenant.name)
}

/// The certificate name of an inbound connector, if the export holds one.
pub fn certificate_name(connector: &InboundConnector) -> Option<&str> {
    let name = connector.tls_sender_certificate_name.value()?;
    name.as_deref()
}

/// The addresses of an inbound connector as exported. Empty if the export lost them.
pub fn addresses(connector: &InboundConnector) -> Vec<&str> {
    let entries = connector.sender_ip_addresses.value().into_iter().flatten();
    entries.map(|entry| entry.text.as_str()).collect()
}

/// The certificate name as proof.
pub fn name_proof(connector: &InboundConnector) -> Proof {
    let name = certificate_name(connector).unwrap_or_default();
    proof(connector, "TlsSenderCertificateName", name)
}

/// The addresses as proof.
pub fn address_proof(connector: &InboundConnector) -> Proof {
    let list = addresses(connector).join(", ");
    proof(connector, "SenderIPAddresses", &list)
}

/// A value of an inbound connector as proof.
pub fn proof(connector: &InboundConnector, field: &str, value: &str) -> Proof {
    Proof::value(&connector.file, connector.line, field, shown(value))
}

/// A value of a send connector as proof.
pub fn send_proof(connector: &SendConnector, field: &str, value: &str) -> Proof {
    Proof::value(&connector.file, connector.line, field, shown(value))
}

/// Shows an empty value as `(empty)`, because a reader cannot see an empty proof.
fn shown(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}

/// `Set-InboundConnector -Identity 'x'` with these parameters.
pub fn set_inbound(connector: &InboundConnector, parameters: &str) -> String {
    let identity = command::inbound_identity(connector);
    format!("Set-InboundConnector -Identity {identity} {parameters}")
}

/// `Set-SendConnector -Identity 'x'` with these parameters.
pub fn set_send(connector: &SendConnector, parameters: &str) -> String {
    let identity = command::send_identity_of(connector);
    format!("Set-SendConnector -Identity {identity} {parameters}")
}

/// A list for a command: `'a','b'`.
pub fn quoted<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = values.into_iter().map(quote).collect();
    quoted.join(",")
}

/// A list for a sentence: `a, b and 3 more`.
pub fn listed<T: AsRef<str>>(language: Language, values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<T> = values.into_iter().collect();
    match values.len().checked_sub(NAMED) {
        None | Some(0) => language.list(&values),
        Some(more) => and_more(language, &language.list(&values[..NAMED]), more),
    }
}

sentences! {
    /// Some names, and how many are left out.
    fn and_more(names: &str, more: usize) {
        en: "{names} and {more} more",
        ja: "{names}、ほか {more} 件" ["c74a0140"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::connector;

    #[test]
    fn long_lists_are_counted() {
        assert_eq!(listed(Language::English, ["a", "b"]), "a, b");
        assert_eq!(listed(Language::English, ["a"; 5]), "a, a, a, a, a");
        assert_eq!(
            listed(Language::English, ["a"; 8]),
            "a, a, a, a, a and 3 more"
        );
    }

    #[test]
    fn names_in_commands_stay_names() {
        let hostile = connector("a'; calc; '", None, &[]);
        assert_eq!(
            set_inbound(&hostile, "-Enabled $true"),
            "Set-InboundConnector -Identity 'a''; calc; ''' -Enabled $true"
        );
        assert_eq!(quoted(["a", "b'"]), "'a','b'''");
    }
}
