//! Runs the procedure: by certificate, else by address and sender, else the mail stays unassigned.
//!
//! In: a [`Judgement`] and the envelope sender. Out: an [`Attribution`] with its trace.
//! Must not say more than the exports prove: they do not contain other tenants' connectors.
//! Source: MC1226222 for the order, and the relay requirements of 2023-11 for the accepted domain.

use serde::Serialize;

use super::accepted::{self, DomainStatus};
use super::exactness::{Inbound, Winner, winner};
use super::judgement::{AddressMatch, ConnectorView, Judgement};
use crate::language::Language;

/// Whether Exchange Online can assign the mail to a tenant, as far as the exports show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Exchange Online assigns the mail to one of the given tenants.
    Attributed,
    /// Exchange Online assigns the mail to none of the given tenants.
    Unattributed,
    /// The exports and the documentation do not determine it.
    Uncertain,
}

/// What the mail was assigned by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The TLS client certificate.
    Certificate,
    /// The source address together with the sender's domain.
    Address,
}

/// The part of the envelope sender that attribution uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender<'a> {
    /// The null sender, `<>`.
    Null,
    /// An address of this domain. The domain is normalised.
    Domain(&'a str),
    /// The input does not show the sender.
    Unknown,
}

/// The result for one message.
#[derive(Debug, Clone)]
pub struct Attribution<'a> {
    /// Whether a tenant gets the message.
    pub outcome: Outcome,
    /// What decided.
    pub by: Option<By>,
    /// The connector that decided, together with its tenant.
    pub view: Option<ConnectorView<'a>>,
    /// The reasons, one sentence for each step.
    pub trace: Vec<String>,
}

/// Runs the procedure for one sender.
pub fn simulate<'a>(
    language: Language,
    judgement: &Judgement<'a>,
    sender: Sender<'_>,
) -> Attribution<'a> {
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
            found.map_or_else(String::new, |found| found.row.note(language)),
        ));
    }
    let maybe = !trace.is_empty();
    trace.push("No enabled OnPremises connector matches the certificate for certain.".to_owned());
    if let Some(found) = by_address(judgement, sender, &mut trace) {
        return found;
    }
    let hidden = judgement
        .active()
        .any(|view| view.address == AddressMatch::Unknown);
    if hidden {
        trace.push(
            "The address cannot be compared: the log does not show which address Exchange Online saw, or an address list cannot be read."
                .to_owned(),
        );
    }
    let lost = judgement.views.iter().any(ConnectorView::may_match);
    if lost {
        trace.push("The exports lost values of at least one connector. Export the connectors again as JSON.".to_owned());
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
            "The name also matches inbound connector '{}' of {}.",
            other.connector.name, other.tenant.name
        ));
        return among_tenants(named, trace);
    }
    // One matching connector whose domain is accepted is enough.
    let best = named
        .iter()
        .find(|view| view.domain == DomainStatus::Accepted)
        .copied()
        .unwrap_or(first);
    let outcome = match best.domain {
        DomainStatus::Accepted => {
            trace.push("The domain of the connector's certificate name is an accepted domain there, so any sender may relay.".to_owned());
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

/// Connectors of several tenants match: the most exact one whose domain its tenant accepts.
fn among_tenants<'a>(named: &[&ConnectorView<'a>], mut trace: Vec<String>) -> Attribution<'a> {
    let connectors: Vec<Inbound<'a>> = named
        .iter()
        .map(|view| (view.tenant, view.connector))
        .collect();
    let winner = winner(&connectors);
    let view = match winner {
        Winner::One((_, connector)) => named
            .iter()
            .find(|view| std::ptr::eq(view.connector, connector)),
        Winner::Equal | Winner::Nobody | Winner::Unknown => None,
    };
    trace.push(match (winner, view) {
        (_, Some(view)) => format!(
            "Exchange Online takes the most exact one whose domain its tenant accepts: '{}' of {}.",
            view.connector.name, view.tenant.name
        ),
        (Winner::Equal, _) => "They are equally exact. Which of the tenants gets the mail is not documented.".to_owned(),
        _ => "Which of the tenants gets the mail depends on domains of which it is not known that they are accepted.".to_owned(),
    });
    Attribution {
        outcome: if view.is_some() {
            Outcome::Attributed
        } else {
            Outcome::Uncertain
        },
        by: Some(By::Certificate),
        view: view.map(|view| (*view).clone()),
        trace,
    }
}

/// Decides by the sender's domain where the domain of the certificate name is not accepted for
/// certain.
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
            trace.push("The sender's domain is an accepted domain there.".to_owned());
            Outcome::Attributed
        }
        (Some(false), DomainStatus::NotAccepted) => {
            trace.push("Neither the domain of the connector's certificate name nor the sender's domain is an accepted domain there.".to_owned());
            Outcome::Unattributed
        }
        _ => {
            trace.push(
                "The exports do not show whether the domain of the connector's certificate name is an accepted domain there.".to_owned(),
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
                    "Inbound connector '{}' lists the address, and the sender's domain is an accepted domain of {}.",
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
                "Inbound connector '{}' lists the address, but the sender's domain is not an accepted domain of {}.",
                view.connector.name, view.tenant.name
            )),
            None => unknown = true,
        }
    }
    unknown.then(|| {
        trace.push(
            "An inbound connector lists the address, but the sender's domain or the accepted domains are unknown."
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
