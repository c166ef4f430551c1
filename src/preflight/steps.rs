//! Lists what to do, in an order in which no message is lost.
//!
//! In: the question, the tenant's standing and the send connectors. Out: [`Fix`]es. They let the
//! tenant expect both certificates, wait, switch, check, and only then remove the old certificate.
//! It must not name an unknown value without angle brackets around it.

mod sentences;

use std::collections::BTreeSet;

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match::MatchRow;
use crate::diagnosis::fix::{Fix, Purpose, Where};
use crate::language::Language;
use crate::preflight::domains::Obstacle;
use crate::preflight::question::{Origin, Question};
use crate::preflight::sender::SenderPlan;
use crate::preflight::standing::{Relay, Standing, Verdict};
use crate::preflight::switch::switch;
use crate::preflight::widening::{How, Nothing, Widening};
use crate::preflight::{domains, widening};
use crate::remedy::command::quote;
use crate::remedy::{command, wording};
use crate::tenant::{ConnectorType, InboundConnector, Known};

/// The steps for one tenant that the candidate affects.
pub(super) fn of(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[SenderPlan],
    claims: &BTreeSet<String>,
) -> Vec<Fix> {
    let language = question.context.language;
    let mine: Vec<&SenderPlan> = senders
        .iter()
        .filter(|sender| sender.replaced)
        .filter(|sender| {
            sender.tenants.is_empty() || sender.tenants.contains(&standing.tenant.name)
        })
        .collect();
    if standing.lost || standing.verdict == Verdict::Unknown {
        return vec![export_again(language)];
    }
    if claims.len() > 1 && standing.verdict == Verdict::Match {
        return vec![Fix::step(&sentences::own_names(language))];
    }
    if standing.verdict != Verdict::Match && !claims.is_empty() {
        return vec![of_another_tenant(language, &mine, claims)];
    }
    if standing.verdict == Verdict::NoMatch && standing.by_address {
        return Vec::new();
    }
    let by_subject = standing
        .view
        .as_ref()
        .and_then(|view| view.name_match.as_ref())
        .is_some_and(|found| found.row == MatchRow::DistinguishedName);
    if standing.verdict == Verdict::Uncertain && by_subject && question.origin == Origin::HostName {
        return vec![Fix::step(&sentences::give_file(language))];
    }
    let mut steps = Vec::new();
    let fits = standing.relay == Relay::AnySender || standing.as_today(senders);
    let widening = if standing.verdict == Verdict::Match && fits {
        None
    } else {
        match widen(question, standing, senders, &mut steps) {
            Ok(widening) => widening,
            Err(stop) => return vec![stop],
        }
    };
    if steps.iter().any(changes) {
        steps.push(wait(question, standing, &mine));
    }
    switch(question, &mine, &mut steps);
    watch(question, &mut steps);
    if let Some(widening) = widening {
        narrow(question, standing, senders, &widening, &mut steps);
    }
    steps
}

/// Whether the step changes something and does not only show it.
fn changes(step: &Fix) -> bool {
    step.command.is_some() && step.purpose != Purpose::Inspect
}

fn wait(question: &Question<'_>, standing: &Standing<'_>, mine: &[&SenderPlan]) -> Fix {
    let served = |sender: &&&SenderPlan| sender.tenants.contains(&standing.tenant.name);
    let now = question.context.now;
    let language = question.context.language;
    let meanwhile = if mine.iter().any(|sender| sender.ended(now).is_some()) {
        sentences::old_has_expired(language)
    } else if mine.is_empty() || mine.iter().any(|sender| served(&sender)) {
        sentences::old_still_matches(language)
    } else {
        sentences::old_does_not_match(language)
    };
    Fix::step(&language.together(&[sentences::wait_an_hour(language), meanwhile]))
}

fn export_again(language: Language) -> Fix {
    Fix::inspect(
        Where::Online,
        "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
        &sentences::export_connectors(language),
    )
}

/// The step for a candidate that belongs to another tenant: this tenant must not expect it.
fn of_another_tenant(language: Language, mine: &[&SenderPlan], claims: &BTreeSet<String>) -> Fix {
    let names: BTreeSet<String> = mine
        .iter()
        .map(|sender| language.quoted(&sender.name))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let claims: Vec<&String> = claims.iter().collect();
    let claims = language.list(&claims);
    Fix::step(&if names.is_empty() {
        sentences::not_for_tenant(language, &claims)
    } else {
        sentences::not_for_connectors(language, &language.list(&names), &claims)
    })
}

/// Lets the tenant expect the candidate in addition to what it expects today. The domain comes
/// first. `Err` contains the only step if this is impossible.
fn widen<'a>(
    question: &Question<'a>,
    standing: &Standing<'a>,
    senders: &[SenderPlan],
    steps: &mut Vec<Fix>,
) -> Result<Option<Widening<'a>>, Fix> {
    let language = question.context.language;
    if standing.verdict == Verdict::Match {
        steps.extend(accept_matched(question, standing)?);
        return Ok(None);
    }
    let disabled = |view: &&ConnectorView<'_>| view.is_type(ConnectorType::OnPremises);
    if let Some(view) = standing.idle.iter().find(disabled) {
        let name = view.name.as_ref().and_then(|name| name.domain());
        let domain = name.map(|(domain, _)| domain);
        steps.extend(accept(question, standing, view.domain, domain)?);
        steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -Enabled $true",
                command::inbound_identity(view.connector)
            ),
            &sentences::enable_connector(language),
        ));
        return Ok(None);
    }
    let widening = widening::best(question, standing, senders);
    let widening = widening.map_err(|nothing| no_name(language, nothing))?;
    let domain = widening
        .name
        .strip_prefix("*.")
        .unwrap_or(&widening.name)
        .to_owned();
    steps.extend(accept(question, standing, widening.status, Some(domain))?);
    steps.push(expect(language, standing, &widening));
    Ok(Some(widening))
}

fn no_name(language: Language, nothing: Nothing<'_>) -> Fix {
    Fix::step(&match nothing {
        Nothing::NoHost => sentences::no_host(language),
        Nothing::Of(name, other) => sentences::not_the_wildcard(language, &name, other),
    })
}

/// The step for a connector that matches but whose domain may not be accepted.
fn accept_matched(question: &Question<'_>, standing: &Standing<'_>) -> Result<Option<Fix>, Fix> {
    let Some(status) = standing.domain_status() else {
        return Ok(None);
    };
    let name = standing.view.as_ref().and_then(|view| view.name.as_ref());
    let domain = name.and_then(|name| name.domain());
    accept(question, standing, status, domain.map(|(domain, _)| domain))
}

/// The step that makes the domain an accepted domain. `Err` if the tenant cannot add it.
fn accept(
    question: &Question<'_>,
    standing: &Standing<'_>,
    status: DomainStatus,
    domain: Option<String>,
) -> Result<Option<Fix>, Fix> {
    let language = question.context.language;
    let status = domains::status(standing.tenant, status);
    let Some(domain) = domain.filter(|_| status != DomainStatus::Accepted) else {
        return Ok(None);
    };
    let tenant = &standing.tenant.name;
    match domains::obstacle(&question.context, standing.tenant, &domain) {
        Some(Obstacle::Foreign(owner)) => {
            let note = sentences::domain_of_another(language, &domain, owner, tenant);
            return Err(Fix::step(&note));
        }
        Some(Obstacle::Shared) => {
            let note = sentences::shared_domain(language, &domain, tenant);
            return Err(Fix::step(&note));
        }
        Some(Obstacle::Pending) => {
            return Ok(Some(Fix::command(
                Where::Graph,
                format!("Confirm-MgDomain -DomainId {}", quote(&domain)),
                &sentences::pending_domain(language, &domain, tenant),
            )));
        }
        None => {}
    }
    Ok(Some(match status {
        DomainStatus::Accepted | DomainStatus::Unknown => {
            let local = domains::is_local(standing.tenant);
            let mut note: Vec<String> = Vec::new();
            note.extend(local.then(|| sentences::list_is_local(language)));
            note.push(sentences::must_be_accepted(language, &domain, tenant));
            Fix::inspect(
                Where::Online,
                "ConvertTo-Json -InputObject @(Get-AcceptedDomain) -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                &language.together(&note),
            )
        }
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::NotAccepted => {
            let why = if status == DomainStatus::NotAccepted {
                sentences::until_accepted(language)
            } else {
                sentences::parent_undocumented(language)
            };
            let add = sentences::add_domain(language, &domain, tenant);
            Fix::command(
                Where::Graph,
                format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(&domain)),
                &language.together(&[add, why]),
            )
        }
    }))
}

fn expect(language: Language, standing: &Standing<'_>, widening: &Widening<'_>) -> Fix {
    let name = &widening.name;
    let domain = match widening.status {
        _ if domains::is_local(standing.tenant) => sentences::domain_must_be_accepted(language),
        DomainStatus::Accepted | DomainStatus::Unknown => {
            wording::domain_note(language, standing.tenant, name)
        }
        _ => sentences::only_after_domain(language),
    };
    match widening.how {
        How::Set(connector) => {
            let note = language.together(&[sentences::both_match(language), domain]);
            command::expect_name(connector, name, &note)
        }
        How::Add(model) => {
            let internal =
                |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
            let command = command::new_connector(name, model.is_some_and(internal));
            let beside = match model {
                Some(model) if internal(model) => {
                    sentences::second_internal_connector(language, &model.name)
                }
                Some(model) => sentences::second_connector(language, &model.name),
                None => sentences::adds_connector(language),
            };
            let note = language.together(&[beside, domain]);
            Fix::command(Where::Online, command, &note)
        }
    }
}

fn watch(question: &Question<'_>, steps: &mut Vec<Fix>) {
    let language = question.context.language;
    steps.push(Fix::step(&match &question.candidate.thumbprint {
        Some(thumbprint) => sentences::watch(language, thumbprint),
        None => sentences::watch_new(language),
    }));
}

/// Undoes the widening when no server offers the old certificate any more.
fn narrow(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[SenderPlan],
    widening: &Widening<'_>,
    steps: &mut Vec<Fix>,
) {
    let language = question.context.language;
    let tenant = &standing.tenant.name;
    let served = |connector: &InboundConnector| {
        let decides = (tenant.clone(), connector.name.clone());
        let mut replaced = senders.iter().filter(|sender| sender.replaced);
        replaced.any(|sender| sender.connectors.contains(&decides))
    };
    let (How::Set(connector) | How::Add(Some(connector))) = widening.how else {
        return;
    };
    if let Some(leave) = still_needed(language, tenant, connector, senders) {
        steps.push(Fix::step(&leave));
        return;
    }
    match widening.how {
        How::Add(Some(old)) if served(old) => steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -Enabled $false",
                command::inbound_identity(old)
            ),
            &sentences::disable_old(language),
        )),
        How::Set(connector) => {
            let hosts = wording::names(language, question.candidate);
            let wildcard_offered = question
                .candidate
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&widening.name));
            if !wildcard_offered {
                let note = sentences::narrow_wildcard(language, &connector.name, &hosts);
                steps.push(Fix::step(&note));
            }
        }
        How::Add(_) => {}
    }
}

/// Why an inbound connector must stay although the servers in question no longer need it, as a step.
fn still_needed(
    language: Language,
    tenant: &str,
    connector: &InboundConnector,
    senders: &[SenderPlan],
) -> Option<String> {
    let decides = (tenant.to_owned(), connector.name.clone());
    let name = &connector.name;
    let left = || senders.iter().filter(|sender| !sender.replaced);
    if let Some(sender) = left().find(|sender| sender.connectors.contains(&decides)) {
        return Some(sentences::needed_by(language, name, &sender.name));
    }
    if let Some(sender) = left().find(|sender| sender.hidden) {
        return Some(sentences::may_be_needed_by(language, name, &sender.name));
    }
    match connector.sender_ip_addresses.value() {
        None => Some(sentences::addresses_lost(language, name)),
        Some(list) if !list.is_empty() => Some(sentences::has_addresses(language, name)),
        Some(_) => None,
    }
}
