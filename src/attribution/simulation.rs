//! Runs the procedure: by certificate, else by address and sender, else the mail stays unassigned.
//!
//! In: a [`Judgement`] and the envelope sender. Out: an [`Attribution`] with its trace.
//! Must not say more than the exports prove: they do not contain other tenants' connectors.
//! Source: MC1226222 for the order, and the relay requirements of 2023-11 for the accepted domain.

mod sentences;

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

impl Outcome {
    /// The word in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Attributed => "attributed",
            Outcome::Unattributed => "unattributed",
            Outcome::Uncertain => "uncertain",
        }
    }
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

impl By {
    /// The word in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Certificate => "certificate",
            By::Address => "address",
        }
    }
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
        return by_certificate(language, first, &named, sender);
    }
    for view in judgement.active().filter(|view| view.is_uncertain()) {
        let found = view.name_match.as_ref();
        trace.push(sentences::may_match(
            language,
            found.map_or("", |found| &found.name),
            &view.connector.name,
            &found.map_or_else(String::new, |found| found.row.note(language)),
        ));
    }
    let maybe = !trace.is_empty();
    trace.push(sentences::none_matches(language));
    if let Some(found) = by_address(language, judgement, sender, &mut trace) {
        return found;
    }
    let hidden = judgement
        .active()
        .any(|view| view.address == AddressMatch::Unknown);
    if hidden {
        trace.push(sentences::address_hidden(language));
    }
    let lost = judgement.views.iter().any(ConnectorView::may_match);
    if lost {
        trace.push(sentences::values_lost(language));
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
    language: Language,
    first: &ConnectorView<'a>,
    named: &[&ConnectorView<'a>],
    sender: Sender<'_>,
) -> Attribution<'a> {
    let name = first.name_match.as_ref().map_or("", |found| &found.name);
    let (connector, tenant) = (&first.connector.name, &first.tenant.name);
    let mut trace = vec![sentences::matches(language, name, connector, tenant)];
    let mut others = named.iter();
    if let Some(other) = others.find(|view| view.tenant.name != first.tenant.name) {
        let (connector, tenant) = (&other.connector.name, &other.tenant.name);
        trace.push(sentences::matches_also(language, connector, tenant));
        return among_tenants(language, named, trace);
    }
    // One matching connector whose domain is accepted is enough.
    let best = named
        .iter()
        .find(|view| view.domain == DomainStatus::Accepted)
        .copied()
        .unwrap_or(first);
    let outcome = match best.domain {
        DomainStatus::Accepted => {
            trace.push(sentences::any_sender(language));
            Outcome::Attributed
        }
        status => by_sender(language, best, status, sender, &mut trace),
    };
    Attribution {
        outcome,
        by: Some(By::Certificate),
        view: Some(best.clone()),
        trace,
    }
}

/// Connectors of several tenants match: the most exact one whose domain its tenant accepts.
fn among_tenants<'a>(
    language: Language,
    named: &[&ConnectorView<'a>],
    mut trace: Vec<String>,
) -> Attribution<'a> {
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
        (_, Some(view)) => sentences::most_exact(language, &view.connector.name, &view.tenant.name),
        (Winner::Equal, _) => sentences::equally_exact(language),
        _ => sentences::depends_on_domains(language),
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
    language: Language,
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
            trace.push(sentences::sender_accepted(language));
            Outcome::Attributed
        }
        (Some(false), DomainStatus::NotAccepted) => {
            trace.push(sentences::neither_accepted(language));
            Outcome::Unattributed
        }
        _ => {
            trace.push(sentences::domain_not_shown(language));
            Outcome::Uncertain
        }
    }
}

fn by_address<'a>(
    language: Language,
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
                trace.push(sentences::listed_and_accepted(
                    language,
                    &view.connector.name,
                    &view.tenant.name,
                ));
                return Some(Attribution {
                    outcome: Outcome::Attributed,
                    by: Some(By::Address),
                    view: Some(view.clone()),
                    trace: std::mem::take(trace),
                });
            }
            Some(false) => trace.push(sentences::listed_and_not_accepted(
                language,
                &view.connector.name,
                &view.tenant.name,
            )),
            None => unknown = true,
        }
    }
    unknown.then(|| {
        trace.push(sentences::listed_and_unknown(language));
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
