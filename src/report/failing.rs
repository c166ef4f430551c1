//! The step on the way of the mail at which an incident fails, and the names that were compared there.
//!
//! In: an incident as the engine decided it. Out: [`Failing`] steps.
//! Must not decide anything: the step is part of the cause's declaration, and what is expected follows
//! from the connectors that the cause names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::document::{Failing, FailingStep};
use crate::aggregate::occurrence::{Occurrence, SenderKind};
use crate::attribution::accepted::{self, DomainStatus};
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::cause_context::CauseContext;
use crate::engine::DiagnosedIncident;
use crate::tenant::Tenant;

/// More names are not listed. Those that are most alike come first.
const MOST_NAMES: usize = 10;

/// Of more names than this, only the first ones are looked at: there may be as many incidents.
const MOST_COMPARED: usize = 1_000;

/// The step at which an incident fails.
pub(super) fn step(
    analysis: &Analysis<'_>,
    incident: &DiagnosedIncident<'_>,
    occurrences: &[&Occurrence],
) -> Option<Failing> {
    let step = incident.meta.step?;
    let context = CauseContext::new(analysis, occurrences.first()?);
    let (offered, expected) = match step {
        FailingStep::InboundConnector => connectors(&context, incident),
        FailingStep::AcceptedDomain => domain(&context, incident),
        FailingStep::Sender => senders(&context, incident, occurrences),
        FailingStep::Tls | FailingStep::Certificate | FailingStep::Recipient => Default::default(),
    };
    Some(Failing {
        step,
        expected: nearest(&offered, expected),
        offered,
    })
}

/// What fails next once an inbound connector expects the certificate: its names are not accepted domains
/// of the tenant.
pub(super) fn next(
    analysis: &Analysis<'_>,
    incident: &DiagnosedIncident<'_>,
    occurrences: &[&Occurrence],
) -> Option<Failing> {
    if incident.meta.step != Some(FailingStep::InboundConnector) {
        return None;
    }
    let context = CauseContext::new(analysis, occurrences.first()?);
    let tenant = tenant(&context, incident)?;
    let offered = names(&context);
    let is_missing = |name: &String| {
        let name = ConnectorName::parse(name);
        accepted::accepts_name(tenant, &name) == DomainStatus::NotAccepted
    };
    if offered.is_empty() || !offered.iter().all(is_missing) {
        return None;
    }
    Some(Failing {
        step: FailingStep::AcceptedDomain,
        expected: nearest(&offered, accepted_domains(tenant)),
        offered,
    })
}

/// The names of the certificate, or the address, and what the connectors expect.
fn connectors(
    context: &CauseContext<'_>,
    incident: &DiagnosedIncident<'_>,
) -> (Vec<String>, Vec<String>) {
    let views: Vec<&ConnectorView<'_>> = expecting(context, incident);
    let names = names(context);
    let expected = |view: &&ConnectorView<'_>| {
        let name = view.connector.tls_sender_certificate_name.value();
        name.cloned().flatten()
    };
    let expected = views.iter().filter_map(expected);
    let expected: Vec<String> = expected.take(MOST_COMPARED).collect();
    if views.iter().any(|view| view.matches()) {
        // Something else than the name or the address is wrong with the connector.
        return Default::default();
    }
    if !names.is_empty() && !expected.is_empty() {
        return (names, expected);
    }
    let addresses = views.iter().filter_map(|view| {
        let addresses = view.connector.sender_ip_addresses.value()?;
        Some(addresses.iter().map(|entry| entry.text.clone()))
    });
    let addresses: Vec<String> = addresses.flatten().take(MOST_COMPARED).collect();
    let source = context.source().map(|source| source.to_string());
    match source {
        Some(source) if expected.is_empty() && !addresses.is_empty() => (vec![source], addresses),
        _ => (names, expected),
    }
}

/// The connectors that the offer is compared with: the one that the cause names, else the enabled ones of
/// its tenant, else all enabled ones. None if the mail goes to a tenant whose exports were not given.
fn expecting<'a>(
    context: &CauseContext<'a>,
    incident: &DiagnosedIncident<'_>,
) -> Vec<&'a ConnectorView<'a>> {
    if context.missing_tenant().is_some() {
        return Vec::new();
    }
    let deciding = incident.diagnosis.deciding.as_ref();
    let connector = deciding.and_then(|deciding| deciding.connector.as_deref());
    let tenant = deciding.map(|deciding| deciding.tenant.as_str());
    let views = context.judgement.views.iter();
    let views = views.filter(|view| tenant.is_none_or(|tenant| view.tenant.name == tenant));
    match connector {
        Some(connector) => views
            .filter(|view| view.connector.name == connector)
            .collect(),
        None => views.filter(|view| view.is_active()).collect(),
    }
}

/// The domain of the connector that matches, and the accepted domains.
fn domain(
    context: &CauseContext<'_>,
    incident: &DiagnosedIncident<'_>,
) -> (Vec<String>, Vec<String>) {
    let Some(tenant) = tenant(context, incident) else {
        return Default::default();
    };
    let views = expecting(context, incident);
    let mut domains: Vec<String> = views
        .iter()
        .filter(|view| view.matches_by_name())
        .filter_map(|view| view.name.as_ref()?.domain())
        .map(|(domain, _)| domain)
        .collect();
    domains.dedup();
    domains.truncate(MOST_NAMES);
    let status = |domain: &String| accepted::accepts_name(tenant, &ConnectorName::parse(domain));
    if domains
        .iter()
        .any(|domain| status(domain) == DomainStatus::Accepted)
    {
        // It was added since.
        return Default::default();
    }
    (domains, accepted_domains(tenant))
}

/// The domains of the senders whose mail is rejected, the most frequent first, and the accepted domains.
fn senders(
    context: &CauseContext<'_>,
    incident: &DiagnosedIncident<'_>,
    occurrences: &[&Occurrence],
) -> (Vec<String>, Vec<String>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for one in occurrences {
        let name = match one.key.sender {
            SenderKind::Null => "<>",
            SenderKind::Domain(name) => context.text(name),
            SenderKind::Unknown | SenderKind::Many => continue,
        };
        *counts.entry(name).or_default() += one.count;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let offered = counts.iter().take(MOST_NAMES);
    let offered = offered.map(|(name, _)| (*name).to_owned()).collect();
    let tenant = tenant(context, incident);
    (offered, tenant.map_or_else(Vec::new, accepted_domains))
}

/// The names of the certificate that connectors are compared with.
fn names(context: &CauseContext<'_>) -> Vec<String> {
    let certificate = context.certificate();
    let mut names = certificate.map_or_else(Vec::new, |own| CertificateNames::of(own).hosts);
    names.truncate(MOST_NAMES);
    names
}

/// The tenant that the cause names.
fn tenant<'a>(context: &CauseContext<'a>, incident: &DiagnosedIncident<'_>) -> Option<&'a Tenant> {
    let deciding = incident.diagnosis.deciding.as_ref()?;
    let mut tenants = context.analysis.tenants.iter();
    tenants.find(|tenant| tenant.name == deciding.tenant)
}

fn accepted_domains(tenant: &Tenant) -> Vec<String> {
    let domains = tenant.domains.iter().flat_map(|domains| domains.iter());
    let domains = domains.filter(|domain| !domain.pending);
    let names = domains.map(|domain| domain.name.clone());
    names.take(MOST_COMPARED).collect()
}

/// The names that share the most labels with an offered one from the right, by name.
fn nearest(offered: &[String], mut names: Vec<String>) -> Vec<String> {
    let shared = |name: &String| {
        let shared = offered.iter().map(|offered| shared_labels(offered, name));
        shared.max().unwrap_or(0)
    };
    names.sort_unstable();
    names.dedup();
    names.sort_by_cached_key(|name| Reverse(shared(name)));
    names.truncate(MOST_NAMES);
    names
}

fn shared_labels(one: &str, other: &str) -> usize {
    let labels = one.rsplit('.').zip(other.rsplit('.'));
    labels
        .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_are_most_alike_come_first() {
        let offered = ["smtp.contoso.net".to_owned()];
        let names = [
            "contoso.com",
            "contoso.net",
            "SMTP.Contoso.Net",
            "fabrikam.net",
            "contoso.net",
        ];
        let nearest = nearest(&offered, names.map(str::to_owned).to_vec());
        assert_eq!(
            nearest,
            [
                "SMTP.Contoso.Net",
                "contoso.net",
                "fabrikam.net",
                "contoso.com"
            ]
        );
    }

    #[test]
    fn no_more_names_are_listed_than_a_reader_compares() {
        let names = (0..50).map(|number| format!("domain{number:02}.example"));
        let nearest = nearest(&["a.domain49.example".to_owned()], names.collect());
        assert_eq!(nearest.len(), MOST_NAMES);
        assert_eq!(nearest[0], "domain49.example");
    }
}
