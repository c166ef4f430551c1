//! Whether a tenant accepts the domain of a sender or of a connector's certificate name.
//!
//! In: the accepted domains of a tenant. Out: yes or no for a sender, a [`DomainStatus`] for a
//! certificate name.
//! Must not look at connectors' types or at certificates.

use crate::tenant::{AcceptedDomain, AcceptedDomains, DomainNames, Known, Tenant};

use super::connector_name::ConnectorName;

/// Whether a domain counts as accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainStatus {
    /// The domain is in the list.
    Accepted,
    /// The name is a host, and only its immediate parent is in the list. Whether that is enough is
    /// uncertain: the Exchange team asks for the host, and KB 4019940 for the parent.
    ParentOnly,
    /// Only an entry with `MatchSubDomains` covers the domain. Whether that counts for certificates
    /// is not documented.
    Uncertain,
    /// The domain is not in the list.
    NotAccepted,
    /// No list was given.
    Unknown,
}

/// The name of an accepted domain in the form in which names are compared.
fn normal(domain: &AcceptedDomain) -> String {
    crate::smtp::host::normalise(&domain.name).unwrap_or_else(|| domain.name.to_ascii_lowercase())
}

/// The names of accepted domains in the form in which they are compared.
pub fn names(domains: &AcceptedDomains) -> &DomainNames {
    domains.names(|domains| {
        let mut names = DomainNames::default();
        for domain in domains {
            let name = normal(domain);
            if domain.pending {
                names.pending.insert(name);
                continue;
            }
            if domain.match_subdomains == Known::Value(true) {
                names.covering.insert(name.clone());
            }
            names.verified.insert(name);
        }
        names
    })
}

/// Whether a domain with `MatchSubDomains` covers this one, which is below it.
fn is_covered(names: &DomainNames, domain: &str) -> bool {
    let mut above = domain.match_indices('.').map(|(dot, _)| &domain[dot + 1..]);
    above.any(|base| names.covering.contains(base))
}

/// Whether the sender's domain is accepted in the tenant. `sender_domain` is normalised, and `None`
/// for the null sender. An entry with `MatchSubDomains` covers its subdomains.
/// Returns `None` if the tenant's list is missing.
pub fn accepts_sender(tenant: &Tenant, sender_domain: Option<&str>) -> Option<bool> {
    let Some(sender) = sender_domain else {
        return Some(false);
    };
    let names = names(tenant.domains.as_ref()?);
    Some(names.verified.contains(sender) || is_covered(names, sender))
}

/// Whether the domain of a connector's certificate name is accepted in its tenant.
pub fn accepts_name(tenant: &Tenant, name: &ConnectorName) -> DomainStatus {
    let Some(domains) = &tenant.domains else {
        return DomainStatus::Unknown;
    };
    let Some((wanted, wildcard)) = name.domain() else {
        return DomainStatus::NotAccepted;
    };
    let names = names(domains);
    let parent = wanted.split_once('.').map(|(_, parent)| parent);
    if names.verified.contains(&*wanted) {
        DomainStatus::Accepted
    } else if !wildcard && parent.is_some_and(|parent| names.verified.contains(parent)) {
        DomainStatus::ParentOnly
    } else if is_covered(names, &wanted) {
        DomainStatus::Uncertain
    } else {
        DomainStatus::NotAccepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(names: &[(&str, bool, bool)]) -> Tenant {
        let domains: Vec<AcceptedDomain> = names
            .iter()
            .map(|(name, subdomains, pending)| AcceptedDomain {
                name: (*name).to_owned(),
                domain_type: Known::Lost,
                match_subdomains: Known::Value(*subdomains),
                initial_domain: Known::Lost,
                pending: *pending,
                originating_server: None,
                file: String::new(),
            })
            .collect();
        Tenant {
            name: "t".to_owned(),
            connectors: Vec::new(),
            connectors_exported: true,
            domains: Some(domains.into()),
            files: Vec::new(),
        }
    }

    fn status(tenant: &Tenant, name: &str) -> DomainStatus {
        accepts_name(tenant, &ConnectorName::parse(name))
    }

    #[test]
    fn wildcards_need_their_own_base() {
        let contoso = tenant(&[("contoso.com", false, false)]);
        assert_eq!(status(&contoso, "*.contoso.com"), DomainStatus::Accepted);
        assert_eq!(
            status(&contoso, "*.sub.contoso.com"),
            DomainStatus::NotAccepted
        );
        let covering = tenant(&[("contoso.com", true, false)]);
        assert_eq!(
            status(&covering, "*.sub.contoso.com"),
            DomainStatus::Uncertain
        );
    }

    #[test]
    fn hosts_are_uncertain_by_their_parent_and_nothing_above_counts() {
        let contoso = tenant(&[("contoso.com", false, false)]);
        assert_eq!(
            status(&contoso, "mail.contoso.com"),
            DomainStatus::ParentOnly
        );
        assert_eq!(
            status(&contoso, "a.mail.contoso.com"),
            DomainStatus::NotAccepted
        );
        assert_eq!(
            status(&contoso, "<S>CN=mail.contoso.com, O=x"),
            DomainStatus::ParentOnly
        );
        assert_eq!(
            status(
                &tenant(&[("mail.contoso.com", false, false)]),
                "mail.contoso.com"
            ),
            DomainStatus::Accepted
        );
    }

    #[test]
    fn pending_domains_do_not_count() {
        let pending = tenant(&[("contoso.com", false, true)]);
        assert_eq!(status(&pending, "*.contoso.com"), DomainStatus::NotAccepted);
        assert_eq!(accepts_sender(&pending, Some("contoso.com")), Some(false));
    }

    #[test]
    fn senders_may_use_match_subdomains() {
        let covering = tenant(&[("contoso.com", true, false)]);
        assert_eq!(accepts_sender(&covering, Some("a.contoso.com")), Some(true));
        assert_eq!(
            accepts_sender(&covering, Some("evilcontoso.com")),
            Some(false)
        );
        assert_eq!(accepts_sender(&covering, None), Some(false));
        let none = Tenant {
            domains: None,
            ..covering
        };
        assert_eq!(accepts_sender(&none, Some("contoso.com")), None);
        assert_eq!(status(&none, "contoso.com"), DomainStatus::Unknown);
    }
}
