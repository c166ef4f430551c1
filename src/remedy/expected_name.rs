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
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::microsoft::is_shared;
use crate::diagnosis::named_certificate;
use crate::diagnosis::send_connector::tenant_of;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::command::quote;
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

/// The name that the certificates of the send connectors to this tenant give, where the exports name them.
/// `None` if they give none, or several.
pub fn of_senders(context: &CheckContext<'_>, tenant: &Tenant) -> Option<String> {
    let mut names: Vec<String> = senders(context, tenant)
        .flat_map(|connector| named_certificate::latest_by_server(context, connector))
        .filter_map(|found| of(tenant, context.tenants, &found.certificate))
        .collect();
    names.sort();
    names.dedup();
    match names.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The enabled send connectors that send to this tenant.
fn senders<'a>(
    context: &CheckContext<'a>,
    tenant: &Tenant,
) -> impl Iterator<Item = &'a SendConnector> {
    let only = context.tenants.len() == 1;
    let connectors = context.to_exchange_online();
    connectors.filter(move |connector| {
        tenant_of(connector, context.tenants).map_or(only, |name| name == tenant.name)
    })
}

/// Lets a connector that identifies by address, or nobody, expect a certificate. Without TLS there is no
/// certificate, so TLS is required with it.
pub fn identify(
    context: &CheckContext<'_>,
    (tenant, connector): (&Tenant, &InboundConnector),
    note: &str,
) -> Fix {
    let name = of_senders(context, tenant);
    let shown = name
        .as_deref()
        .unwrap_or("<name on the certificate offered>");
    let tls = if connector.require_tls == Known::Value(true) {
        ""
    } else {
        " -RequireTls $true"
    };
    let parameters = format!("-TlsSenderCertificateName {}{tls}", quote(shown));
    let domain = match &name {
        Some(name) => wording::domain_note(context.language, tenant, name),
        None => replace_the_placeholder(context.language),
    };
    Fix::command(
        Where::Online,
        settings::set_inbound(connector, &parameters),
        context.language.together(&[note, &domain]).trim(),
    )
}

/// Whether mail of the send connectors to a tenant counts as internal: they, or an inbound connector that is
/// there already, say so.
pub fn is_internal(tenant: &Tenant, senders: &[&SendConnector]) -> bool {
    let yes = Known::Value(true);
    let mut sending = senders.iter();
    let mut present = tenant.connectors.iter();
    sending.any(|connector| connector.cloud_services_mail_enabled == yes)
        || present.any(|connector| connector.cloud_services_mail_enabled == yes)
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
pub fn add_connector(
    language: Language,
    tenant: &Tenant,
    model: Option<&InboundConnector>,
    name: &str,
) -> Fix {
    let internal =
        |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
    let note = wording::domain_note(language, tenant, name);
    let note = match model {
        Some(model) => {
            let stays = stays_as_it_is(language, &model.name);
            language.together(&[stays, note])
        }
        None => note,
    };
    Fix::command(
        Where::Online,
        command::new_connector(name, model.is_some_and(internal)),
        &note,
    )
}

sentences! {
    /// The note of a command with a placeholder for the name.
    fn replace_the_placeholder() {
        en: "Replace the placeholder with a name on the certificate that the servers offer. Its domain must be an accepted domain of the tenant.",
        ja: "プレースホルダーを、サーバーが提示する証明書の名前に置き換えます。その名前のドメインは、テナントの承認済みドメインである必要があります。" ["a77de0da"],
    }
    /// The beginning of the note of a command that adds a connector beside this one.
    fn stays_as_it_is(connector: &str) {
        en: "This adds a connector. '{connector}' stays as it is, so no mail that needs it is rejected.",
        ja: "コネクタを追加します。「{connector}」はそのまま残るため、これを必要とするメールが拒否されることはありません。" ["c70ce1aa"],
    }
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
