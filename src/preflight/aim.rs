//! Determines which tenants a candidate is meant for, and which send connectors send to others.
//!
//! In: the question, the tenants' standings and the send connectors. Out: the send connectors,
//! marked if they send to another tenant.
//! It must not mark a send connector whose tenant is unknown.

use std::collections::BTreeSet;

use crate::diagnosis::send_connector::tenant_of;
use crate::preflight::question::Question;
use crate::preflight::sender::{SenderPlan, domains, registrable};
use crate::preflight::standing::{Standing, Verdict};

/// Marks the send connectors that send to a tenant for which the candidate is not meant. It does
/// not mark a connector whose certificate serves the intended tenant. It marks none if it would
/// mark all: then the question is about them.
pub(super) fn set_apart(
    question: &Question<'_>,
    standings: &[Standing<'_>],
    senders: &mut [SenderPlan],
) {
    let aims = aims(question, standings);
    if question.chosen || aims.is_empty() {
        return;
    }
    let elsewhere: Vec<Option<String>> = senders
        .iter()
        .map(|sender| {
            let mut exported = question.context.to_exchange_online();
            let connector = exported.find(|known| known.name.eq_ignore_ascii_case(&sender.name))?;
            let tenant = tenant_of(connector, question.context.tenants)?;
            let serves = sender
                .tenants
                .iter()
                .any(|name| aims.contains(name.as_str()));
            (!aims.contains(tenant) && !serves).then(|| tenant.to_owned())
        })
        .collect();
    if elsewhere.iter().all(Option::is_some) {
        return;
    }
    for (sender, elsewhere) in senders.iter_mut().zip(elsewhere) {
        sender.elsewhere = elsewhere;
    }
}

/// The tenants that the candidate is meant for: those that expect it, or else those that accept
/// one of its domains.
fn aims<'a>(question: &Question<'_>, standings: &[Standing<'a>]) -> BTreeSet<&'a str> {
    let wanted = domains(question.candidate);
    let accepts = |standing: &Standing<'_>| {
        let mut domains = standing.tenant.domains.iter().flatten();
        domains.any(|domain| wanted.contains(registrable(&domain.name)))
    };
    let names = |holds: &dyn Fn(&Standing<'_>) -> bool| -> BTreeSet<&'a str> {
        let found = standings.iter().filter(|standing| holds(standing));
        found
            .map(|standing| standing.tenant.name.as_str())
            .collect()
    };
    let matching = names(&|standing| standing.verdict != Verdict::NoMatch);
    if matching.is_empty() {
        names(&accepts)
    } else {
        matching
    }
}
