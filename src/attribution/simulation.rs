//! The procedure itself: certificate, then address and sender, else nobody.
//!
//! In: a [`Judgement`] and the envelope sender. Out: an [`Attribution`] with its trace.
//! Source: MC1226222 for the order; the relay requirements of 2023-11 for the accepted domain.
//! Must not say more than the exports prove: other tenants' connectors are not in them.

use serde::Serialize;

use super::accepted::{self, DomainStatus};
use super::judgement::{AddressMatch, ConnectorView, Judgement};
use super::name_match;

/// Whose mail it is, as far as the exports tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A tenant given.
    Attributed,
    /// None of the tenants given.
    Unattributed,
    /// The exports or the documentation do not decide it.
    Uncertain,
}

/// What attributed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The TLS client certificate.
    Certificate,
    /// The source address together with the sender's domain.
    Address,
}

/// The envelope sender, as far as attribution asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender<'a> {
    /// `<>`.
    Null,
    /// An address under this domain, normalised.
    Domain(&'a str),
    /// Not in the input.
    Unknown,
}

/// The result for one message.
#[derive(Debug, Clone)]
pub struct Attribution<'a> {
    /// Whose it is.
    pub outcome: Outcome,
    /// By what.
    pub by: Option<By>,
    /// The connector that decided, with its tenant.
    pub view: Option<ConnectorView<'a>>,
    /// Why, step by step, in sentences.
    pub trace: Vec<String>,
}

/// Runs the procedure for one sender.
pub fn simulate<'a>(judgement: &Judgement<'a>, sender: Sender<'_>) -> Attribution<'a> {
    let mut trace = Vec::new();
    let named: Vec<&ConnectorView<'a>> = judgement
        .active()
        .filter(|view| view.matches_by_name())
        .collect();
    if let Some(first) = named.first() {
        return by_certificate(first, &named, sender, trace);
    }
    for view in judgement.active().filter(|view| view.is_uncertain()) {
        let found = view.name_match.as_ref();
        trace.push(format!(
            "The name '{}' may match inbound connector '{}': {}.",
            found.map_or("", |found| &found.name),
            view.connector.name,
            found.map_or("", |found| name_match::row_note(found.row)),
        ));
    }
    let maybe = !trace.is_empty();
    trace.push("No enabled OnPremises connector surely matches the certificate.".to_owned());
    if let Some(found) = by_address(judgement, sender, &mut trace) {
        return found;
    }
    let hidden = judgement
        .active()
        .any(|view| view.address == AddressMatch::Unknown);
    if hidden {
        trace.push(
            "The log does not show the address that Exchange Online saw, or a list cannot be read."
                .to_owned(),
        );
    }
    let lost = judgement.views.iter().any(ConnectorView::may_match);
    if lost {
        trace.push("The exports lost values of at least one connector: export as JSON.".to_owned());
    }
    let outcome = if maybe || lost || hidden {
        Outcome::Uncertain
    } else {
        Outcome::Unattributed
    };
    Attribution {
        outcome,
        by: None,
        view: None,
        trace,
    }
}

fn by_certificate<'a>(
    first: &ConnectorView<'a>,
    named: &[&ConnectorView<'a>],
    sender: Sender<'_>,
    mut trace: Vec<String>,
) -> Attribution<'a> {
    let matched = first.name_match.as_ref().map_or("", |found| &found.name);
    trace.push(format!(
        "The certificate's name '{matched}' matches inbound connector '{}' of {}.",
        first.connector.name, first.tenant.name
    ));
    if let Some(other) = named
        .iter()
        .find(|view| view.tenant.name != first.tenant.name)
    {
        trace.push(format!(
            "It matches '{}' of {} as well: which tenant wins is not documented.",
            other.connector.name, other.tenant.name
        ));
        return Attribution {
            outcome: Outcome::Uncertain,
            by: Some(By::Certificate),
            view: None,
            trace,
        };
    }
    // Any connector of the tenant whose domain is accepted opens the door.
    let best = named
        .iter()
        .find(|view| view.domain == DomainStatus::Accepted)
        .copied()
        .unwrap_or(first);
    let outcome = match best.domain {
        DomainStatus::Accepted => {
            trace.push("Its domain is accepted there: any sender may relay.".to_owned());
            Outcome::Attributed
        }
        status => by_sender(best, status, sender, &mut trace),
    };
    Attribution {
        outcome,
        by: Some(By::Certificate),
        view: Some(best.clone()),
        trace,
    }
}

/// The certificate's domain is not surely accepted: the sender's own domain may be.
fn by_sender(
    view: &ConnectorView<'_>,
    status: DomainStatus,
    sender: Sender<'_>,
    trace: &mut Vec<String>,
) -> Outcome {
    let accepted = match sender {
        Sender::Null => accepted::accepts_sender(view.tenant, None),
        Sender::Domain(domain) => accepted::accepts_sender(view.tenant, Some(domain)),
        Sender::Unknown => None,
    };
    match (accepted, status) {
        (Some(true), _) => {
            trace.push("The sender's domain is accepted there.".to_owned());
            Outcome::Attributed
        }
        (Some(false), DomainStatus::NotAccepted) => {
            trace.push("Neither its domain nor the sender's is accepted there.".to_owned());
            Outcome::Unattributed
        }
        _ => {
            trace.push(
                "Whether its domain counts as accepted cannot be told from the exports.".to_owned(),
            );
            Outcome::Uncertain
        }
    }
}

fn by_address<'a>(
    judgement: &Judgement<'a>,
    sender: Sender<'_>,
    trace: &mut Vec<String>,
) -> Option<Attribution<'a>> {
    let mut unknown = false;
    for view in judgement.active().filter(|view| view.matches_by_address()) {
        let accepted = match sender {
            Sender::Null => Some(false),
            Sender::Domain(domain) => accepted::accepts_sender(view.tenant, Some(domain)),
            Sender::Unknown => None,
        };
        match accepted {
            Some(true) => {
                trace.push(format!(
                    "Inbound connector '{}' lists the address and {} accepts the sender's domain.",
                    view.connector.name, view.tenant.name
                ));
                return Some(Attribution {
                    outcome: Outcome::Attributed,
                    by: Some(By::Address),
                    view: Some(view.clone()),
                    trace: std::mem::take(trace),
                });
            }
            Some(false) => trace.push(format!(
                "Inbound connector '{}' lists the address, but {} does not accept the sender's domain.",
                view.connector.name, view.tenant.name
            )),
            None => unknown = true,
        }
    }
    unknown.then(|| {
        trace.push(
            "The address is listed; the sender's domain or the accepted domains are unknown."
                .to_owned(),
        );
        Attribution {
            outcome: Outcome::Uncertain,
            by: None,
            view: None,
            trace: std::mem::take(trace),
        }
    })
}

#[cfg(test)]
#[path = "simulation_tests.rs"]
mod tests;
