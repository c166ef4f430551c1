//! The step that makes a domain an accepted domain of a tenant.
//!
//! In: the tenant and the domain. Out: a [`Fix`].
//! Must not decide whether the domain belongs to the organisation.

use crate::diagnosis::fix::{Fix, Where};
use crate::language::Language;
use crate::remedy::command::quote;
use crate::tenant::Tenant;

/// Adds the domain to the tenant, or completes what was begun there.
pub fn accept(_language: Language, tenant: &Tenant, domain: &str) -> Fix {
    let known = tenant.domains.iter().flatten();
    let mut pending = known.filter(|known| known.pending);
    if pending.any(|known| known.name.eq_ignore_ascii_case(domain)) {
        return Fix::step(&format!(
            "'{domain}' is in {} already, but a change of it is not complete (PendingCompletion or PendingRemoval). 1. Open the domain in the Microsoft 365 admin center. 2. If it waits for verification, create the DNS record that Microsoft asks for, and verify it. 3. If it is being removed, wait until it is gone, and then add it again.",
            tenant.name
        ));
    }
    Fix::command(
        Where::Graph,
        format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(domain)),
        &format!(
            "1. Run the command, or add '{domain}' to {} in the Microsoft 365 admin center. 2. Create the DNS record that Microsoft asks for, and verify the domain. It then becomes an accepted domain.",
            tenant.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::contoso;

    #[test]
    fn a_domain_that_is_there_is_not_added_again() {
        let mut tenant = contoso();
        let step = accept(Language::English, &tenant, "fabrikam.com");
        assert!(
            step.command
                .is_some_and(|command| command.contains("New-MgDomain"))
        );
        let domains = tenant.domains.as_mut().expect("domains");
        domains.iter_mut().for_each(|domain| domain.pending = true);
        let step = accept(Language::English, &tenant, "Contoso.com");
        assert_eq!(step.command, None);
        assert!(step.note.contains("not complete"), "{}", step.note);
    }
}
