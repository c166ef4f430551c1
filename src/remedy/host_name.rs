//! Which host name of a certificate an inbound connector should expect, where the domain of the
//! certificate has several.
//!
//! In: a tenant, the other tenants, and a certificate. Out: a name.
//! Must not propose a name that nobody can verify, or one of another organisation, while the
//! certificate has a better one.

use psl::{List, Psl as _};

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::microsoft::{OWN_DOMAINS, is_shared};
use crate::remedy::{expected_name, wording};
use crate::smtp::certificate::Certificate;
use crate::tenant::Tenant;

/// The best name: one whose domain is accepted, else one that belongs to an accepted domain, else one
/// that can be verified. `None` if the certificate has no host name.
pub fn best(tenant: &Tenant, tenants: &[Tenant], certificate: &Certificate) -> Option<String> {
    let usual = expected_name::of(tenant, tenants, certificate)?;
    let hosts = CertificateNames::of(certificate).hosts;
    let mut all = std::iter::once(&usual).chain(&hosts);
    let mut best = (rank(tenant, &usual), &usual);
    for name in all.by_ref() {
        let rank = rank(tenant, name);
        if rank < best.0 {
            best = (rank, name);
        }
    }
    Some(best.1.clone())
}

/// The same where the tenant is not known.
pub fn verifiable(certificate: &Certificate) -> Option<String> {
    let usual = wording::best_name(certificate)?;
    let hosts = CertificateNames::of(certificate).hosts;
    let other = hosts.into_iter().find(|name| can_be_verified(name));
    let usual_can = can_be_verified(&usual);
    Some(other.filter(|_| !usual_can).unwrap_or(usual))
}

/// How good a name is; 0 is best.
fn rank(tenant: &Tenant, name: &str) -> u8 {
    match accepted::accepts_name(tenant, &ConnectorName::parse(name)) {
        DomainStatus::Accepted => 0,
        DomainStatus::ParentOnly | DomainStatus::Uncertain => 1,
        DomainStatus::NotAccepted | DomainStatus::Unknown if !can_be_verified(name) => 4,
        DomainStatus::NotAccepted | DomainStatus::Unknown if is_related(tenant, name) => 2,
        DomainStatus::NotAccepted | DomainStatus::Unknown => 3,
    }
}

/// Whether a name has a domain that an organisation can own: below a public suffix, and not one of
/// Microsoft's own.
fn can_be_verified(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let is_microsofts = OWN_DOMAINS
        .iter()
        .any(|own| name == *own || name.ends_with(&format!(".{own}")));
    let suffix = List.suffix(name.as_bytes());
    suffix.is_some_and(|suffix| suffix.typ().is_some()) && !is_shared(name) && !is_microsofts
}

/// Whether the name has the same registered domain as an accepted one.
fn is_related(tenant: &Tenant, name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let Some(own) = List.domain(name.as_bytes()) else {
        return false;
    };
    let mut domains = tenant.domains.iter().flatten();
    domains.any(|domain| {
        let known = domain.name.to_ascii_lowercase();
        List.domain(known.as_bytes())
            .is_some_and(|known| known.as_bytes() == own.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::tenant;

    fn certificate(names: &[&str]) -> Certificate {
        Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        }
    }

    #[test]
    fn a_name_that_nobody_can_verify_comes_last() {
        let contoso = tenant(None, &[], &["contoso.com", "contoso.onmicrosoft.com"]);
        let name = |names: &[&str]| best(&contoso, &[], &certificate(names));
        for (names, expected) in [
            (
                &["ex01.contoso.local", "smtp.fabrikam.com"][..],
                "smtp.fabrikam.com",
            ),
            (
                &["ex01.contoso.local", "owa.fabrikam.com", "a.b.contoso.com"],
                "a.b.contoso.com",
            ),
            (&["owa.fabrikam.com", "mail.contoso.com"], "*.contoso.com"),
            (&["ex01.contoso.local"], "ex01.contoso.local"),
        ] {
            assert_eq!(name(names).as_deref(), Some(expected), "{names:?}");
        }
        let alone = verifiable(&certificate(&["ex01.contoso.local", "mail.contoso.com"]));
        assert_eq!(alone.as_deref(), Some("mail.contoso.com"));
    }
}
