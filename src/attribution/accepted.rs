//! Whether a tenant accepts the domain of a sender or of a connector's certificate name.
//!
//! In: the accepted domains of a tenant. Out: yes or no for a sender, a [`DomainStatus`] for a
//! certificate name.
//! Must not look at connectors' types or at certificates.

use crate::tenant::{AcceptedDomain, Known, Tenant};

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

fn counts(domain: &&AcceptedDomain) -> bool {
    !domain.pending
}

fn covers_subdomains(domain: &AcceptedDomain) -> bool {
    domain.match_subdomains == Known::Value(true)
}

fn is_below(name: &str, base: &str) -> bool {
    name.strip_suffix(base)
        .is_some_and(|rest| rest.ends_with('.'))
}

/// The name of an accepted domain in the form in which names are compared.
fn normal(domain: &AcceptedDomain) -> String {
    crate::smtp::host::normalise(&domain.name).unwrap_or_else(|| domain.name.to_ascii_lowercase())
}

/// Whether the sender's domain is accepted in the tenant. `sender_domain` is normalised, and `None`
/// for the null sender. An entry with `MatchSubDomains` covers its subdomains.
/// Returns `None` if the tenant's list is missing.
pub fn accepts_sender(tenant: &Tenant, sender_domain: Option<&str>) -> Option<bool> {
    let Some(sender) = sender_domain else {
        return Some(false);
    };
    let domains = tenant.domains.as_ref()?;
    Some(domains.iter().filter(counts).any(|domain| {
        let name = normal(domain);
        name == sender || (covers_subdomains(domain) && is_below(sender, &name))
    }))
}

/// Whether the domain of a connector's certificate name is accepted in its tenant.
pub fn accepts_name(tenant: &Tenant, name: &ConnectorName) -> DomainStatus {
    let Some(domains) = &tenant.domains else {
        return DomainStatus::Unknown;
    };
    let Some((wanted, wildcard)) = name.domain() else {
        return DomainStatus::NotAccepted;
    };
    let parent = wanted.split_once('.').map(|(_, parent)| parent);
    let mut status = DomainStatus::NotAccepted;
    for domain in domains.iter().filter(counts) {
        let known = normal(domain);
        if known == wanted {
            return DomainStatus::Accepted;
        }
        if !wildcard && parent == Some(known.as_str()) {
            status = DomainStatus::ParentOnly;
        } else if covers_subdomains(domain)
            && is_below(&wanted, &known)
            && status == DomainStatus::NotAccepted
        {
            status = DomainStatus::Uncertain;
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(names: &[(&str, bool, bool)]) -> Tenant {
        let domains = names
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
            domains: Some(domains),
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
