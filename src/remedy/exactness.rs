//! The sentence that says which of several tenants gets the mail of one certificate.
//!
//! In: inbound connectors of several tenants that match the same certificate. Out: a sentence.
//! Must not decide it; [`crate::attribution::exactness`] does.

use crate::attribution::exactness::{Winner, only_one_competes, winner};
use crate::diagnosis::check_context::Inbound;
use crate::language::Language;

/// Which tenant gets the mail.
pub fn sentence(_language: Language, connectors: &[Inbound<'_>]) -> String {
    match winner(connectors) {
        Winner::One((tenant, connector)) if only_one_competes(connectors) => format!(
            "Only the domain that '{}' names is an accepted domain of its own tenant, so mail with such a certificate goes to {}, whichever tenant the send connector sends to.",
            connector.name, tenant.name
        ),
        Winner::One((tenant, connector)) => format!(
            "Exchange Online takes the most exact one, so mail with such a certificate goes to {} ('{}'), whichever tenant the send connector sends to.",
            tenant.name, connector.name
        ),
        Winner::Equal => "They are equally exact, and both domains are accepted in their own tenants. Which tenant gets the mail is then not documented.".to_owned(),
        Winner::Nobody => "No domain is an accepted domain of its own tenant, so the sender's domain decides which tenant gets the mail.".to_owned(),
        Winner::Unknown => "Exchange Online takes the most exact one whose domain its tenant accepts. Which one that is depends on a domain of which the exports do not show whether it is accepted.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn of(name: &str, domains: [&str; 2]) -> Tenant {
        let mut tenant = tenant(Some(name), &[], &domains);
        tenant.name = domains[1].to_owned();
        tenant
    }

    #[test]
    fn exactness_is_named_only_where_it_decides() {
        let says = |one: &Tenant, other: &Tenant| {
            sentence(
                Language::English,
                &[(one, &one.connectors[0]), (other, &other.connectors[0])],
            )
        };
        let host = of(
            "mail.contoso.com",
            ["mail.contoso.com", "a.onmicrosoft.com"],
        );
        let wild = of("*.contoso.com", ["contoso.com", "b.onmicrosoft.com"]);
        let none = of("mail.contoso.com", ["fabrikam.com", "c.onmicrosoft.com"]);
        assert!(says(&host, &wild).contains("the most exact one"));
        let alone = says(&wild, &none);
        assert!(
            alone.contains("Only the domain") && !alone.contains("exact"),
            "{alone}"
        );
        assert!(alone.contains("goes to b.onmicrosoft.com"), "{alone}");
        assert!(says(&host, &host.clone()).contains("equally exact"));
        assert!(says(&none, &none.clone()).contains("sender's domain decides"));
    }
}
