//! The step that makes a domain an accepted domain of a tenant.
//!
//! In: the tenant and the domain. Out: a [`Fix`].
//! Must not decide whether the domain belongs to the organisation.

use crate::diagnosis::fix::{Fix, Where};
use crate::remedy::command::quote;
use crate::tenant::Tenant;

/// Adds the domain to the tenant.
pub fn accept(tenant: &Tenant, domain: &str) -> Fix {
    Fix::command(
        Where::Graph,
        format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(domain)),
        &format!(
            "1. Run the command, or add '{domain}' to {} in the Microsoft 365 admin center. 2. Create the DNS record that Microsoft asks for, and verify the domain. It then becomes an accepted domain.",
            tenant.name
        ),
    )
}
