//! What several entries query in the export of a send connector.
//!
//! In: send connectors as exported, and tenants. Out: answers; none if the export does not decide.
//! Must not decide what is worth reporting.

use crate::diagnosis::check_context::CheckContext;
use crate::onprem::SendConnector;
use crate::smtp::host;
use crate::tenant::Tenant;

/// The tenant to which a send connector sends, by its smart hosts and address spaces. `None` if
/// none or more than one of the given tenants fits.
pub fn tenant_of<'a>(connector: &SendConnector, tenants: &'a [Tenant]) -> Option<&'a str> {
    let hosts = connector.smart_hosts.value().into_iter().flatten();
    let labels: Vec<String> = hosts
        .filter(|name| host::names_exchange_online(name.as_bytes()))
        .filter_map(|name| name.split('.').next().map(str::to_ascii_lowercase))
        .collect();
    let spaces = connector.address_spaces.value().into_iter().flatten();
    let spaces: Vec<String> = spaces
        .map(|space| {
            let address = space
                .split_once(':')
                .map_or(space.as_str(), |(_, rest)| rest);
            let address = address.split(';').next().unwrap_or(address);
            address.trim().trim_start_matches("*.").to_ascii_lowercase()
        })
        .collect();
    let mut found = tenants.iter().filter(|tenant| {
        let domains = tenant.domains.iter().flatten();
        domains.into_iter().any(|domain| {
            let name = domain.name.to_ascii_lowercase();
            let label = name
                .strip_suffix(".onmicrosoft.com")
                .map_or_else(|| name.replace('.', "-"), str::to_owned);
            labels.contains(&label) || name.ends_with(".onmicrosoft.com") && spaces.contains(&name)
        })
    });
    match (found.next(), found.next()) {
        (Some(tenant), None) => Some(&tenant.name),
        _ => None,
    }
}

/// The smart host or routing domain by which a send connector sends to a tenant that is none of the given
/// ones. `None` if it names no tenant, or may name a given one.
pub fn foreign_destination(connector: &SendConnector, tenants: &[Tenant]) -> Option<String> {
    let hosts = connector.smart_hosts.value().into_iter().flatten();
    let hosts = hosts.filter(|name| {
        let label = name.split('.').next().unwrap_or_default();
        let is_tenants = name
            .get(label.len()..)
            .is_some_and(|rest| rest.to_ascii_lowercase().starts_with(".mail.protection."));
        // The label of a domain with a hyphen is made in another way, such as `contosocom01c`.
        is_tenants && !is_numbered(label) && host::names_exchange_online(name.as_bytes())
    });
    let hosts: Vec<&String> = hosts.collect();
    let spaces = connector.address_spaces.value().into_iter().flatten();
    let routing: Vec<String> = spaces
        .map(|space| {
            let address = space
                .split_once(':')
                .map_or(space.as_str(), |(_, rest)| rest);
            let address = address.split(';').next().unwrap_or(address);
            address.trim().trim_start_matches("*.").to_ascii_lowercase()
        })
        .filter(|address| address.ends_with(ROUTING))
        .collect();
    let is_one_of = |tenant: &Tenant| {
        let domains: Vec<String> = tenant
            .domains
            .iter()
            .flatten()
            .map(|domain| domain.name.to_ascii_lowercase())
            .collect();
        // A list without the initial domain is not the whole list of a tenant.
        let mut initial = domains.iter().filter_map(|name| name.strip_suffix(INITIAL));
        if initial.clone().next().is_none() {
            return true;
        }
        let owns = |label: &str| {
            let mut names = domains.iter();
            names.any(|name| name.replace('.', "-") == label)
                || initial.clone().any(|initial| initial == label)
        };
        let by_host = hosts.iter().any(|host| {
            let label = host.split('.').next().unwrap_or_default();
            owns(&label.to_ascii_lowercase())
        });
        let by_space = routing.iter().any(|space| {
            let label = space.strip_suffix(ROUTING).unwrap_or(space);
            domains.contains(space) || initial.any(|initial| initial == label)
        });
        by_host || by_space
    };
    if tenants.is_empty() || tenants.iter().any(is_one_of) {
        return None;
    }
    let host = hosts.first().map(|host| host.to_ascii_lowercase());
    host.or_else(|| routing.first().cloned())
}

/// Whether a label ends in two digits and a letter.
fn is_numbered(label: &str) -> bool {
    let end: Vec<u8> = label.bytes().rev().take(3).collect();
    matches!(end.as_slice(), [letter, one, ten]
        if letter.is_ascii_alphabetic() && one.is_ascii_digit() && ten.is_ascii_digit())
}

/// How the initial domain of a tenant ends, and the domain to which hybrid mail is routed.
const INITIAL: &str = ".onmicrosoft.com";
const ROUTING: &str = ".mail.onmicrosoft.com";

/// Whether the logs show mail of this send connector that Exchange Online could not assign to a
/// tenant. An incident then says why.
pub fn has_rejections(context: &CheckContext<'_>, connector: &SendConnector) -> bool {
    context
        .logs
        .is_some_and(|analysis| analysis.has_rejections(&connector.name))
}
