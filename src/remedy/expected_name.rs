//! Which name an inbound connector should expect, so that a certificate matches and its domain is
//! accepted.
//!
//! In: a tenant, the other tenants, and a certificate. Out: a name, and the step that lets a
//! connector of the tenant expect it.
//! Must not decide whether the certificate is the right one. The step adds a connector and changes
//! none, so that no other mail is rejected.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness, compare};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::microsoft::is_shared;
use crate::remedy::{command, settings, wording};
use crate::smtp::certificate::Certificate;
use crate::tenant::{InboundConnector, Known, Tenant};

/// The name to expect. A name whose domain is accepted goes first, also a wildcard over a host of
/// the certificate, as the hybrid wizard writes it; else the name that [`wording::best_name`]
/// gives. `None` if the certificate has no host name.
pub fn of(tenant: &Tenant, tenants: &[Tenant], certificate: &Certificate) -> Option<String> {
    let best = wording::best_name(certificate)?;
    let hosts = CertificateNames::of(certificate).hosts;
    let names = std::iter::once(best.clone()).chain(hosts.iter().cloned());
    let wildcards = hosts.iter().filter_map(|host| over(host));
    let mut all = names.chain(wildcards);
    let fits = |name: &String| {
        let status = accepted::accepts_name(tenant, &ConnectorName::parse(name));
        status == DomainStatus::Accepted && !takes_from_others(tenant, tenants, name)
    };
    Some(all.find(fits).unwrap_or(best))
}

/// `*.contoso.com` for `mail.contoso.com`. `None` for a wildcard, and if many organisations share
/// the parent.
fn over(host: &str) -> Option<String> {
    let (first, parent) = host.split_once('.')?;
    (first != "*" && parent.contains('.') && !is_shared(parent)).then(|| format!("*.{parent}"))
}

/// Whether the name is a wildcard that covers what a connector of another tenant expects.
fn takes_from_others(tenant: &Tenant, tenants: &[Tenant], name: &str) -> bool {
    let wanted = ConnectorName::parse(name);
    if !matches!(wanted, ConnectorName::Wildcard(_)) {
        return false;
    }
    let others = tenants.iter().filter(|other| other.name != tenant.name);
    let mut expected = others
        .flat_map(|other| &other.connectors)
        .filter_map(settings::certificate_name)
        .filter_map(|text| ConnectorName::parse(text).domain());
    expected.any(|(domain, _)| {
        let certificate = Certificate {
            names: vec![domain],
            ..Certificate::default()
        };
        let names = CertificateNames::of(&certificate);
        compare(&wanted, &names, Strictness::Table).verdict == NameVerdict::Match
    })
}

/// Adds an inbound connector for the name. `model` is the connector that expects another name
/// today; it stays.
pub fn add_connector(tenant: &Tenant, model: Option<&InboundConnector>, name: &str) -> Fix {
    let internal =
        |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
    let stays = model.map_or_else(String::new, |model| {
        format!(
            "This adds a connector. '{}' stays as it is, so no mail that needs it is rejected. ",
            model.name
        )
    });
    let note = format!("{stays}{}", wording::domain_note(tenant, name));
    Fix::command(
        Where::Online,
        command::new_connector(name, model.is_some_and(internal)),
        &note,
    )
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
    fn an_accepted_domain_decides() {
        let contoso = tenant(
            Some("mail.contoso.com"),
            &[],
            &["contoso.com", "contoso.net", "contoso.onmicrosoft.com"],
        );
        let name = |names: &[&str]| of(&contoso, &[], &certificate(names));
        assert_eq!(
            name(&["smtp.contoso.net"]).as_deref(),
            Some("*.contoso.net")
        );
        assert_eq!(
            name(&["mail.fabrikam.com", "mail.contoso.com"]).as_deref(),
            Some("*.contoso.com")
        );
        assert_eq!(
            name(&["mail.fabrikam.com"]).as_deref(),
            Some("mail.fabrikam.com")
        );
        assert_eq!(name(&[]), None);
    }

    #[test]
    fn a_wildcard_over_another_tenants_name_is_not_proposed() {
        let contoso = tenant(None, &[], &["contoso.net", "contoso.onmicrosoft.com"]);
        let mut other = tenant(Some("relay.contoso.net"), &[], &["fabrikam.com"]);
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        let all = [contoso.clone(), other];
        let found = of(&contoso, &all, &certificate(&["smtp.contoso.net"]));
        assert_eq!(found.as_deref(), Some("smtp.contoso.net"));
    }
}
