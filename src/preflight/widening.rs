//! Determines which name an inbound connector should expect, so that both the old and the new
//! certificate match until the change is finished.
//!
//! In: the question, a tenant's standing and the send connectors. Out: a [`Widening`].
//! It must not match another tenant's certificates, and must keep everything that matches today.

use crate::attribution::accepted::DomainStatus;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match::{CertificateNames, NameVerdict as Fit, Strictness};
use crate::attribution::{accepted, name_match};
use crate::preflight::domains;
use crate::preflight::domains::Obstacle;
use crate::preflight::question::Question;
use crate::preflight::sender::SenderPlan;
use crate::preflight::standing::Standing;
use crate::smtp::certificate::Certificate;
use crate::tenant::{InboundConnector, Known, Tenant};

/// How the name gets into the tenant.
#[derive(Debug, Clone, Copy)]
pub(super) enum How<'a> {
    /// This connector expects it from now on: a wildcard that covers its current name.
    Set(&'a InboundConnector),
    /// A second connector, modelled on this one, expects it.
    Add(Option<&'a InboundConnector>),
}

/// A name and how it is set.
#[derive(Debug)]
pub(super) struct Widening<'a> {
    /// The name to expect.
    pub(super) name: String,
    /// How it is set.
    pub(super) how: How<'a>,
    /// Whether its domain is accepted.
    pub(super) status: DomainStatus,
}

/// Why no name can be expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nothing<'a> {
    /// The certificate contains no host name.
    NoHost,
    /// This name also matches what a connector of this other tenant expects.
    Of(String, &'a str),
}

/// How many names of a certificate are considered.
const MOST_NAMES: usize = 50;

/// The best name. A name whose domain is accepted comes first, then a connector for exactly this
/// name, then a wildcard.
pub(super) fn best<'a>(
    question: &Question<'a>,
    standing: &Standing<'a>,
    senders: &[SenderPlan],
) -> Result<Widening<'a>, Nothing<'a>> {
    let tenant = standing.tenant;
    let mut nothing = Nothing::NoHost;
    let model = model(tenant, senders);
    let hosts = CertificateNames::of(question.candidate).hosts;
    let mut options: Vec<((u8, u8), Widening<'a>)> = Vec::new();
    for host in hosts.iter().take(MOST_NAMES) {
        // A connector for the domain alone would not match the wildcard for certain (KB 4051495).
        if hosts.contains(&format!("*.{host}")) {
            continue;
        }
        for name in [Some(host.clone()), wildcard_over(host)]
            .into_iter()
            .flatten()
        {
            let is_wildcard = name.starts_with("*.");
            if is_wildcard && let Some(other) = takes_from_others(question, tenant, &name) {
                nothing = Nothing::Of(name, other);
                continue;
            }
            let expected = ConnectorName::parse(&name);
            let status = domains::status(tenant, accepted::accepts_name(tenant, &expected));
            let domain = name.strip_prefix("*.").unwrap_or(&name);
            // A wildcard must not cover a name of another tenant either.
            let own = host.strip_prefix("*.").unwrap_or(host);
            let foreign = |found: &Obstacle<'_>| *found != Obstacle::Pending;
            let obstacle = domains::obstacle(&question.context, tenant, own)
                .filter(foreign)
                .or_else(|| domains::obstacle(&question.context, tenant, domain));
            let how = match model {
                Some(model) if is_wildcard && covers(&name, model, senders) => How::Set(model),
                _ => How::Add(model),
            };
            let sure = match (status, obstacle) {
                (DomainStatus::Accepted, _) => 0,
                (_, Some(Obstacle::Foreign(_) | Obstacle::Shared)) => 3,
                (DomainStatus::Unknown, _) => 1,
                _ => 2,
            };
            let style = match how {
                How::Add(_) if !is_wildcard => 0,
                How::Set(_) => 1,
                How::Add(_) => 2,
            };
            options.push(((sure, style), Widening { name, how, status }));
        }
    }
    // If several are equal, the first name of the certificate wins.
    options
        .into_iter()
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, widening)| widening)
        .ok_or(nothing)
}

/// The connector that matches what is offered today, or else the only one with a certificate name.
fn model<'a>(tenant: &'a Tenant, senders: &[SenderPlan]) -> Option<&'a InboundConnector> {
    let active = || {
        tenant.connectors.iter().filter(|connector| {
            connector.enabled == Known::Value(true)
                && connector.connector_type
                    == Known::Value(crate::tenant::ConnectorType::OnPremises)
                && name_of(connector).is_some()
        })
    };
    let serves = |connector: &&InboundConnector| {
        let decides = (tenant.name.clone(), connector.name.clone());
        senders
            .iter()
            .any(|sender| sender.replaced && sender.connectors.contains(&decides))
    };
    let mut all = active();
    let only = all.next().filter(|_| all.next().is_none());
    active().find(serves).or(only)
}

fn name_of(connector: &InboundConnector) -> Option<&str> {
    connector
        .tls_sender_certificate_name
        .value()
        .and_then(Option::as_deref)
}

/// `*.contoso.com` for `mail.contoso.com`. `None` for a domain without a host.
fn wildcard_over(host: &str) -> Option<String> {
    if host.starts_with("*.") {
        return None;
    }
    let (_, parent) = host.split_once('.')?;
    parent.contains('.').then(|| format!("*.{parent}"))
}

fn matches(expected: &str, names: &CertificateNames) -> bool {
    let expected = ConnectorName::parse(expected);
    name_match::compare(&expected, names, Strictness::Table).verdict == Fit::Match
}

fn names(host: &str) -> CertificateNames {
    CertificateNames::of(&Certificate {
        names: vec![host.to_owned()],
        ..Certificate::default()
    })
}

/// Whether everything that matches the connector today also matches this name.
fn covers(name: &str, connector: &InboundConnector, senders: &[SenderPlan]) -> bool {
    let present = match name_of(connector).map(ConnectorName::parse) {
        Some(ConnectorName::Host(host)) => host,
        Some(ConnectorName::Wildcard(base)) => format!("*.{base}"),
        Some(ConnectorName::Distinguished { .. } | ConnectorName::Invalid) | None => return false,
    };
    let uses = |sender: &&SenderPlan| {
        let mut connectors = sender.connectors.iter();
        connectors.any(|(_, name)| *name == connector.name)
    };
    matches(name, &names(&present))
        && senders
            .iter()
            .filter(uses)
            .filter_map(|sender| sender.today.as_ref())
            .all(|today| matches(name, &CertificateNames::of(today)))
}

/// The other tenant that expects a name below this wildcard.
fn takes_from_others<'a>(question: &Question<'a>, tenant: &Tenant, name: &str) -> Option<&'a str> {
    let others = question.context.inbound();
    others
        .filter(|(other, _)| other.name != tenant.name)
        .filter_map(|(other, connector)| Some((other, name_of(connector)?)))
        .filter_map(|(other, text)| Some((other, ConnectorName::parse(text).domain()?)))
        .find(|(_, (domain, _))| matches(name, &names(domain)))
        .map(|(other, _)| other.name.as_str())
}
