//! Determines whether a tenant can add a domain that its connector's name needs.
//!
//! In: the setup, a tenant and a domain. Out: what prevents the tenant from adding the domain.
//! It must not treat the list of a local Exchange as the tenant's list.

use crate::attribution::accepted::DomainStatus;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::microsoft::OWN_DOMAINS;
use crate::smtp::host;
use crate::tenant::{Tenant, domain};

/// What prevents a tenant from adding a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle<'a> {
    /// Another tenant accepts it.
    Foreign(&'a str),
    /// It is a public suffix or a domain of Microsoft.
    Shared,
    /// The tenant already has it, but it is not verified or is being removed.
    Pending,
}

/// The status, or `Unknown` for the list of a local Exchange: it does not describe the tenant.
pub(super) fn status(tenant: &Tenant, status: DomainStatus) -> DomainStatus {
    if is_local(tenant) {
        DomainStatus::Unknown
    } else {
        status
    }
}

/// Whether the given list probably comes from the local Exchange.
pub(super) fn is_local(tenant: &Tenant) -> bool {
    let domains = tenant.domains.as_deref();
    domains.is_some_and(domain::looks_on_premises)
}

/// What prevents the tenant from adding the domain, if anything.
pub(super) fn obstacle<'a>(
    context: &CheckContext<'a>,
    tenant: &Tenant,
    domain: &str,
) -> Option<Obstacle<'a>> {
    let mut others = context.tenants.iter();
    let owner = others.find(|other| other.name != tenant.name && holds(other, domain, false));
    if let Some(owner) = owner {
        return Some(Obstacle::Foreign(&owner.name));
    }
    let below = |parent: &str| {
        let rest = domain.strip_suffix(parent);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if psl::domain_str(domain).is_none() || OWN_DOMAINS.iter().any(|parent| below(parent)) {
        return Some(Obstacle::Shared);
    }
    holds(tenant, domain, true).then_some(Obstacle::Pending)
}

/// Whether the tenant's own list contains the domain, verified or still pending.
fn holds(tenant: &Tenant, domain: &str, pending: bool) -> bool {
    let mut domains = tenant.domains.iter().flatten();
    !is_local(tenant)
        && domains.any(|known| {
            let name = host::normalise(&known.name).unwrap_or_else(|| known.name.to_lowercase());
            known.pending == pending && name == domain
        })
}
