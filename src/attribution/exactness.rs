//! Which tenant gets the mail if connectors of several tenants match one certificate.
//!
//! In: inbound connectors with their tenants. Out: a [`Winner`].
//! Must not decide whether the connectors match: the caller knows that.
//! Source: the Exchange team documents that the most exact connector wins among those whose domain
//! is accepted in their own tenant. The ranking is inferred: a name before a wildcard, and a longer
//! wildcard before a shorter one. What happens between equals is not documented.

use super::accepted::{self, DomainStatus};
use super::connector_name::ConnectorName;
use crate::tenant::domain::looks_on_premises;
use crate::tenant::{InboundConnector, Tenant};

/// An inbound connector with its tenant.
pub type Inbound<'a> = (&'a Tenant, &'a InboundConnector);

/// Who gets the mail.
#[derive(Debug, Clone, Copy)]
pub enum Winner<'a> {
    /// This one is the most exact.
    One(Inbound<'a>),
    /// Several are equally exact.
    Equal,
    /// None has a domain that its tenant accepts.
    Nobody,
    /// It depends on a domain of which it is not known whether it is accepted.
    Unknown,
}

/// Whether the domain of all connectors but one is certainly not accepted in its own tenant, so that how exact
/// they are does not matter.
pub fn only_one_competes(all: &[Inbound<'_>]) -> bool {
    let standings = all.iter().filter_map(|one| standing(*one));
    standings
        .filter(|(_, accepted)| *accepted != Some(false))
        .count()
        == 1
}

/// Decides between connectors that match the same certificate.
pub fn winner<'a>(all: &[Inbound<'a>]) -> Winner<'a> {
    let mut competing: Vec<((u8, usize), Inbound<'a>, bool)> = Vec::new();
    for one in all {
        let Some((rank, accepted)) = standing(*one) else {
            continue;
        };
        if accepted != Some(false) {
            competing.push((rank, *one, accepted == Some(true)));
        }
    }
    let Some(best) = competing.iter().map(|(rank, ..)| *rank).max() else {
        return Winner::Nobody;
    };
    let leading: Vec<_> = competing
        .iter()
        .filter(|(rank, ..)| *rank == best)
        .collect();
    let sure = leading.iter().all(|(.., sure)| *sure);
    match leading.as_slice() {
        [] => Winner::Nobody,
        _ if !sure => Winner::Unknown,
        [(_, one, _)] => Winner::One(*one),
        [..] => Winner::Equal,
    }
}

/// How exact a connector is, and whether its domain is accepted; `None` for the second if that is
/// not known.
fn standing((tenant, connector): Inbound<'_>) -> Option<((u8, usize), Option<bool>)> {
    let text = connector.tls_sender_certificate_name.value()?.as_deref()?;
    let name = ConnectorName::parse(text);
    let rank = match &name {
        ConnectorName::Host(_) | ConnectorName::Distinguished { .. } => (1, 0),
        ConnectorName::Wildcard(base) => (0, base.split('.').count()),
        ConnectorName::Invalid => return None,
    };
    let domains = tenant.domains.as_deref().unwrap_or_default();
    let known = !domains.is_empty() && !looks_on_premises(domains);
    let accepted = match accepted::accepts_name(tenant, &name) {
        _ if !known => None,
        DomainStatus::Accepted => Some(true),
        DomainStatus::NotAccepted => Some(false),
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::Unknown => None,
    };
    Some((rank, accepted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn of(name: &str, expected: &str, domains: &[&str]) -> Tenant {
        let initial = format!("{name}.onmicrosoft.com");
        let mut all = domains.to_vec();
        if !domains.is_empty() {
            all.push(&initial);
        }
        let mut tenant = tenant(Some(expected), &[], &all);
        tenant.name = initial;
        tenant
    }

    fn decided(tenants: &[Tenant]) -> String {
        let all: Vec<Inbound<'_>> = tenants
            .iter()
            .map(|tenant| (tenant, &tenant.connectors[0]))
            .collect();
        match winner(&all) {
            Winner::One((tenant, _)) => tenant.name.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_name_goes_before_a_wildcard_and_a_longer_wildcard_before_a_shorter_one() {
        let wild = of("contoso", "*.contoso.com", &["contoso.com"]);
        let exact = of("fabrikam", "mail.contoso.com", &["mail.contoso.com"]);
        assert_eq!(decided(&[wild.clone(), exact]), "fabrikam.onmicrosoft.com");
        let longer = of("fabrikam", "*.eu.contoso.com", &["eu.contoso.com"]);
        assert_eq!(decided(&[wild, longer]), "fabrikam.onmicrosoft.com");
    }

    #[test]
    fn only_accepted_domains_compete() {
        let wild = of("contoso", "*.contoso.com", &["contoso.com"]);
        let foreign = of("fabrikam", "mail.contoso.com", &["fabrikam.com"]);
        assert_eq!(
            decided(&[wild.clone(), foreign.clone()]),
            "contoso.onmicrosoft.com"
        );
        let other = of("litware", "mail.contoso.com", &["litware.com"]);
        assert_eq!(decided(&[foreign, other]), "Nobody");
        // The parent may be enough for the more exact name.
        let parent = of("fabrikam", "mail.contoso.com", &["contoso.com"]);
        assert_eq!(decided(&[wild, parent]), "Unknown");
    }

    #[test]
    fn equals_and_lost_lists_are_not_decided() {
        let one = of("contoso", "mail.contoso.com", &["mail.contoso.com"]);
        let same = of("fabrikam", "mail.contoso.com", &["mail.contoso.com"]);
        assert_eq!(decided(&[one.clone(), same]), "Equal");
        let lost = of("fabrikam", "mail.contoso.com", &[]);
        let wild = of("contoso", "*.contoso.com", &["contoso.com"]);
        assert_eq!(decided(&[wild, lost]), "Unknown");
    }
}
