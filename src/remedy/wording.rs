//! Names and times as sentences use them.
//!
//! In: values of a case. Out: short texts.
//! Must not decide whether something is wrong.

use crate::attribution::accepted;
use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::RuleMeta;
use crate::language::Language;
use crate::smtp::certificate::Certificate;
use crate::smtp::reply::Class;
use crate::tenant::Tenant;

/// `CN=mail.contoso.com (thumbprint 0123…)`.
pub fn certificate(_language: Language, certificate: &Certificate) -> String {
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

/// The certificate that was offered, or a phrase if none is known.
pub fn offered(context: &CauseContext<'_>) -> String {
    match context.certificate() {
        Some(found) => certificate(context.analysis.language, found),
        None if context.offered_none() => "no certificate".to_owned(),
        None => "a certificate that the input does not show".to_owned(),
    }
}

/// The names that a certificate holds, as part of a sentence.
pub fn names(language: Language, certificate: &Certificate) -> String {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    match hosts.as_slice() {
        [] => "no host name".to_owned(),
        [..] if hosts.len() <= 4 => language.list(&hosts),
        _ => format!(
            "{} and {} more",
            language.list(&hosts[..4]),
            hosts.len() - 4
        ),
    }
}

/// `inbound connector 'x' of contoso.onmicrosoft.com`.
pub fn connector(_language: Language, view: &ConnectorView<'_>) -> String {
    format!(
        "inbound connector '{}' of {}",
        view.connector.name, view.tenant.name
    )
}

/// What a connector expects, as the predicate of a sentence about it: `expects 'x'`. In Japanese, it ends
/// a sentence or a clause: `… は{expectation}。`
pub fn expectation(language: Language, view: &ConnectorView<'_>) -> String {
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
                [] => "names neither a certificate nor an address".to_owned(),
                _ => format!("lists {}", language.list(&texts)),
            }
        }
    }
}

/// The name that a connector needs so that it matches this certificate: its first host name, or the
/// wildcard of the certificate that covers that name or stands over that domain (KB 4051495).
pub fn best_name(certificate: &Certificate) -> Option<String> {
    let hosts = crate::attribution::name_match::CertificateNames::of(certificate).hosts;
    let first = hosts.first()?;
    let covers = |name: &&String| {
        name.strip_prefix("*.").is_some_and(|base| {
            let parent = first.split_once('.').map(|(_, parent)| parent);
            first == base || parent == Some(base)
        })
    };
    Some(hosts.iter().find(covers).unwrap_or(first).clone())
}

/// The text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The steps around the command that sets a connector to this name. The domain of the name must be
/// an accepted domain of the tenant.
pub fn domain_note(_language: Language, tenant: &Tenant, name: &str) -> String {
    let parsed = ConnectorName::parse(name);
    let accepted = accepted::accepts_name(tenant, &parsed);
    let domain = parsed
        .domain()
        .map_or_else(|| name.to_owned(), |(domain, _)| domain);
    let tenant = &tenant.name;
    match accepted {
        DomainStatus::Accepted => format!(
            "1. Run the command. 2. Wait up to an hour. You do not need to add a domain, because '{domain}' is an accepted domain of {tenant} already."
        ),
        DomainStatus::ParentOnly | DomainStatus::Uncertain => format!(
            "1. Run the command. 2. Wait up to an hour. 3. If mail is then rejected with ATTR36, add and verify '{domain}' as a domain of its own. Step 3 may be necessary because only a parent domain of '{domain}' is an accepted domain of {tenant}."
        ),
        DomainStatus::NotAccepted => format!(
            "1. Add the domain '{domain}' in the Microsoft 365 admin center, and verify it. 2. Run the command. 3. Wait up to an hour. Step 1 is necessary because '{domain}' is not an accepted domain of {tenant}. Until it is, only mail whose sender domain is accepted gets through. Forwarded mail and bounces are rejected (ATTR36)."
        ),
        DomainStatus::Unknown => format!(
            "1. Make sure that '{domain}' is an accepted domain of {tenant}. The report cannot show this, because no export of the accepted domains was given. 2. Run the command. 3. Wait up to an hour."
        ),
    }
}

/// A rejection of a class that concerns the recipient's tenant. It holds if the organisation's own
/// configuration is consistent: a connector matches, and no export lost a value. `what` is a sentence that
/// says what happened to the mail.
pub fn rejected_at_recipient(
    context: &CauseContext<'_>,
    class: Class,
    entry: &RuleMeta,
    what: &str,
    step: &str,
) -> Option<Diagnosis> {
    let consistent = context.judgement.matching().next().is_some()
        && !context.judgement.views.iter().any(ConnectorView::may_match);
    if context.class() != Some(class) || !consistent {
        return None;
    }
    let explanation = format!(
        "Send connector '{}' offered {}. {what} The exports show no fault in your own configuration.",
        context.send_connector(),
        offered(context)
    );
    Some(Diagnosis::of(entry, explanation).fix(Fix::step(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_goes_before_the_domain_or_host_that_it_covers() {
        let best = |names: &[&str]| {
            best_name(&Certificate {
                names: names.iter().map(|name| (*name).to_owned()).collect(),
                ..Certificate::default()
            })
        };
        for (names, expected) in [
            (&["contoso.com", "*.contoso.com"][..], "*.contoso.com"),
            (&["*.contoso.com", "contoso.com"], "*.contoso.com"),
            (&["mail.contoso.com", "*.contoso.com"], "*.contoso.com"),
            (&["mail.contoso.com", "*.fabrikam.com"], "mail.contoso.com"),
            (&["mail.contoso.com", "owa.contoso.com"], "mail.contoso.com"),
        ] {
            assert_eq!(best(names).as_deref(), Some(expected), "{names:?}");
        }
        assert_eq!(best(&[]), None);
    }
}
