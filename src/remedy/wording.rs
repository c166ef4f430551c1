//! Names and times as sentences use them.
//!
//! In: values of a case. Out: short texts.
//! Must not judge.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::RuleMeta;
use crate::smtp::certificate::Certificate;
use crate::smtp::reply::Class;
use crate::tenant::Tenant;

/// `CN=mail.contoso.com (thumbprint 0123…)`.
pub fn certificate(certificate: &Certificate) -> String {
    let subject = certificate
        .subject
        .as_deref()
        .or(certificate.undivided.as_deref())
        .filter(|subject| !subject.is_empty())
        .unwrap_or("a certificate without a subject");
    match &certificate.thumbprint {
        Some(thumbprint) => format!("{subject} (thumbprint {thumbprint})"),
        None => subject.to_owned(),
    }
}

/// The certificate of a case, or words for its absence.
pub fn offered(context: &CauseContext<'_>) -> String {
    match context.certificate() {
        Some(found) => certificate(found),
        None if context.offered_none() => "no certificate".to_owned(),
        None => "a certificate that the input does not show".to_owned(),
    }
}

/// The names that a certificate holds, for a sentence.
pub fn names(certificate: &Certificate) -> String {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    match hosts.as_slice() {
        [] => "no host name".to_owned(),
        [..] if hosts.len() <= 4 => hosts.join(", "),
        _ => format!("{} and {} more", hosts[..4].join(", "), hosts.len() - 4),
    }
}

/// `inbound connector 'x' of contoso.onmicrosoft.com`.
pub fn connector(view: &ConnectorView<'_>) -> String {
    format!(
        "inbound connector '{}' of {}",
        view.connector.name, view.tenant.name
    )
}

/// What a connector expects, for a sentence.
pub fn expectation(view: &ConnectorView<'_>) -> String {
    let name = view
        .connector
        .tls_sender_certificate_name
        .value()
        .and_then(Option::as_deref);
    match name {
        Some(name) => format!("expects '{name}'"),
        None => {
            let list = view.connector.sender_ip_addresses.value();
            let texts: Vec<&str> = list
                .into_iter()
                .flatten()
                .map(|entry| entry.text.as_str())
                .collect();
            match texts.as_slice() {
                [] => "names neither certificate nor address".to_owned(),
                _ => format!("lists {}", texts.join(", ")),
            }
        }
    }
}

/// The name to put into a connector so that it matches this certificate: a wildcard if it holds
/// one, else its first host name.
pub fn best_name(certificate: &Certificate) -> Option<String> {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    hosts.first().cloned()
}

/// A sentence that begins with a capital letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What a connector with this name would lack: its domain must be accepted in the tenant.
pub fn domain_note(tenant: &Tenant, name: &str) -> String {
    let accepted = accepted::accepts_name(tenant, &ConnectorName::parse(name));
    let tenant = &tenant.name;
    match accepted {
        DomainStatus::Accepted => format!("Its domain is an accepted domain of {tenant}."),
        DomainStatus::ParentOnly | DomainStatus::Uncertain => format!(
            "Of '{name}' only a parent is an accepted domain of {tenant}: if ATTR36 follows, add '{name}' itself."
        ),
        DomainStatus::NotAccepted => format!(
            "First add and verify the domain of '{name}': it is no accepted domain of {tenant}, and without it only mail of accepted senders would pass (ATTR36)."
        ),
        DomainStatus::Unknown => format!(
            "The domain of '{name}' must be an accepted domain of {tenant}; no export of them was given."
        ),
    }
}

/// A refusal of one class that is about the recipient's side: holds where our own side is consistent,
/// that is, a connector matches and no export lost a value.
pub fn refused_at_recipient(
    context: &CauseContext<'_>,
    class: Class,
    entry: &RuleMeta,
    why: &str,
    mend: &str,
) -> Option<Diagnosis> {
    let consistent = context.judgement.matching().next().is_some()
        && !context.judgement.views.iter().any(ConnectorView::may_match);
    if context.class() != Some(class) || !consistent {
        return None;
    }
    let explanation = format!(
        "Mail of '{}', which offered {}, {why}. Nothing in the exports speaks against our own side.",
        context.send_connector(),
        offered(context)
    );
    Some(Diagnosis::of(entry, explanation).fix(Fix::step(mend)))
}
