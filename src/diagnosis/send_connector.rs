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

/// Whether the logs show mail of this send connector that Exchange Online could not assign to a
/// tenant. An incident then says why.
pub fn has_rejections(context: &CheckContext<'_>, connector: &SendConnector) -> bool {
    context.logs.is_some_and(|analysis| {
        let flows = &analysis.aggregate.flows;
        let mut own = flows.iter().filter(|flow| {
            let name = analysis.aggregate.names.text(flow.key.connector);
            name.eq_ignore_ascii_case(&connector.name)
        });
        own.any(|flow| {
            let group = analysis.group(flow);
            group.is_some_and(|group| group.last_rejection.is_some())
        })
    })
}
