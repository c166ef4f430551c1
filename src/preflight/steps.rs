//! Lists what to do, in an order in which no message is lost.
//!
//! In: the question, the tenant's standing and the send connectors. Out: [`Fix`]es. They let the
//! tenant expect both certificates, wait, switch, check, and only then remove the old certificate.
//! It must not name an unknown value without angle brackets around it.

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
    let mine: Vec<&SenderPlan> = senders
        .iter()
        .filter(|sender| sender.replaced)
        .filter(|sender| {
            sender.tenants.is_empty() || sender.tenants.contains(&standing.tenant.name)
        })
        .collect();
    if standing.lost || standing.verdict == Verdict::Unknown {
        return vec![export_again()];
    }
    if claims.len() > 1 && standing.verdict == Verdict::Match {
        return vec![Fix::step(
            "Do not switch yet. Give each tenant its own certificate name, which no connector of another tenant expects. Let one send connector per tenant offer it.",
        )];
    }
    if standing.verdict != Verdict::Match && !claims.is_empty() {
        return vec![of_another_tenant(&mine, claims)];
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
        return vec![Fix::step(
            "Run this command again with the certificate file: the connector compares issuer and subject.",
        )];
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
    let meanwhile = if mine.iter().any(|sender| sender.ended(now).is_some()) {
        "Today's certificate has expired, so mail may be rejected until the switch."
    } else if mine.is_empty() || mine.iter().any(|sender| served(&sender)) {
        "The old certificate still matches during this time."
    } else {
        "Today's certificate matches no connector, so mail is still rejected until the switch."
    };
    Fix::step(&format!(
        "Wait an hour: a connector change takes up to an hour to become effective. {meanwhile}"
    ))
}

fn export_again() -> Fix {
    Fix::inspect(
        Where::Online,
        "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
        "The given files do not show which connectors the tenant has. Run the command, and then run this check again with its output file.",
    )
}

/// The step for a candidate that belongs to another tenant: this tenant must not expect it.
fn of_another_tenant(mine: &[&SenderPlan], claims: &BTreeSet<String>) -> Fix {
    let names: BTreeSet<String> = mine
        .iter()
        .map(|sender| format!("'{}'", sender.name))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
    let leave = if names.is_empty() {
        "Do not offer this certificate to this tenant".to_owned()
    } else {
        format!("Do not change {}", names.join(", "))
    };
    Fix::step(&format!(
        "{leave}: the certificate belongs to {}. If two tenants expect one certificate, its mail can be attributed to either of them. Give this tenant its own certificate.",
        claims.join(", ")
    ))
}

/// Lets the tenant expect the candidate in addition to what it expects today. The domain comes
/// first. `Err` contains the only step if this is impossible.
fn widen<'a>(
    question: &Question<'a>,
    standing: &Standing<'a>,
    senders: &[SenderPlan],
    steps: &mut Vec<Fix>,
) -> Result<Option<Widening<'a>>, Fix> {
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
            "This connector matches but is disabled. Find out why it was disabled before you run the command.",
        ));
        return Ok(None);
    }
    let widening = widening::best(question, standing, senders).map_err(no_name)?;
    let domain = widening
        .name
        .strip_prefix("*.")
        .unwrap_or(&widening.name)
        .to_owned();
    steps.extend(accept(question, standing, widening.status, Some(domain))?);
    steps.push(expect(question.context.language, standing, &widening));
    Ok(Some(widening))
}

fn no_name(nothing: Nothing<'_>) -> Fix {
    match nothing {
        Nothing::NoHost => Fix::step(
            "The certificate contains no host name that a connector can expect. Order a certificate with the name of the server, such as mail.contoso.com, as a subject alternative name.",
        ),
        Nothing::Of(name, other) => Fix::step(&format!(
            "Do not let a connector expect '{name}': a connector of {other} expects a name below it, so certificates of {other} also match it. Order a certificate with the name of the server, such as mail.contoso.com, instead of the wildcard."
        )),
    }
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
    let status = domains::status(standing.tenant, status);
    let Some(domain) = domain.filter(|_| status != DomainStatus::Accepted) else {
        return Ok(None);
    };
    let tenant = &standing.tenant.name;
    match domains::obstacle(&question.context, standing.tenant, &domain) {
        Some(Obstacle::Foreign(owner)) => {
            return Err(Fix::step(&format!(
                "'{domain}' is an accepted domain of {owner}, and a domain can belong to one tenant only. Get a certificate for {tenant} with another name, in a domain of that tenant."
            )));
        }
        Some(Obstacle::Shared) => {
            return Err(Fix::step(&format!(
                "'{domain}' cannot become an accepted domain of {tenant}: it is a public suffix or a domain of Microsoft. Offer a certificate with another name, in your own domain."
            )));
        }
        Some(Obstacle::Pending) => {
            return Ok(Some(Fix::command(
                Where::Graph,
                format!("Confirm-MgDomain -DomainId {}", quote(&domain)),
                &format!(
                    "'{domain}' is still pending among the accepted domains of {tenant} and does not count until it is verified. Create its DNS record first, and then run this. If the domain is being removed, offer a certificate with another name instead."
                ),
            )));
        }
        None => {}
    }
    Ok(Some(match status {
        DomainStatus::Accepted | DomainStatus::Unknown => {
            let local = if domains::is_local(standing.tenant) {
                "The given list looks like that of the local Exchange. Run this in Exchange Online PowerShell. "
            } else {
                ""
            };
            Fix::inspect(
                Where::Online,
                "ConvertTo-Json -InputObject @(Get-AcceptedDomain) -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                &format!("{local}'{domain}' must be an accepted domain of {tenant}. If it is not in this list, first add and verify it."),
            )
        }
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::NotAccepted => {
            let why = if status == DomainStatus::NotAccepted {
                "Until then, only mail whose sender domain is accepted gets through, and forwarded mail and bounces are rejected (ATTR36)."
            } else {
                "Whether its parent domain is enough is not documented."
            };
            Fix::command(
                Where::Graph,
                format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(&domain)),
                &format!(
                    "You can also add '{domain}' to {tenant} in the Microsoft 365 admin center. Then create the DNS record that Microsoft asks for, and verify the domain. It becomes an accepted domain. {why}"
                ),
            )
        }
    }))
}

fn expect(language: Language, standing: &Standing<'_>, widening: &Widening<'_>) -> Fix {
    let name = &widening.name;
    let domain = match widening.status {
        _ if domains::is_local(standing.tenant) => {
            "Its domain must be an accepted domain of the tenant.".to_owned()
        }
        DomainStatus::Accepted | DomainStatus::Unknown => {
            wording::domain_note(language, standing.tenant, name)
        }
        _ => "Run this only after the domain above is verified.".to_owned(),
    };
    match widening.how {
        How::Set(connector) => command::expect_name(
            connector,
            name,
            &format!("The old and the new certificate match this wildcard. {domain}"),
        ),
        How::Add(model) => {
            let internal =
                |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
            let command = command::new_connector(name, model.is_some_and(internal));
            let beside = match model {
                Some(model) if internal(model) => format!(
                    "This adds a second connector. Do not change '{}'. Like that connector, the new one keeps mail between your own servers internal (CloudServicesMailEnabled).",
                    model.name
                ),
                Some(model) => format!(
                    "This adds a second connector. Do not change '{}'.",
                    model.name
                ),
                None => "This adds a connector for the new certificate.".to_owned(),
            };
            Fix::command(Where::Online, command, &format!("{beside} {domain}"))
        }
    }
}

fn watch(question: &Question<'_>, steps: &mut Vec<Fix>) {
    let what = match &question.candidate.thumbprint {
        Some(thumbprint) => format!("only the thumbprint {thumbprint}"),
        None => "only the new thumbprint".to_owned(),
    };
    steps.push(Fix::step(&format!(
        "Wait until the servers have sent mail for some hours. Then check the new logs of all servers: `sendlens certificates` must show {what}, and `sendlens diagnose` must show no incident."
    )));
}

/// Undoes the widening when no server offers the old certificate any more.
fn narrow(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[SenderPlan],
    widening: &Widening<'_>,
    steps: &mut Vec<Fix>,
) {
    let tenant = &standing.tenant.name;
    let served = |connector: &InboundConnector| {
        let decides = (tenant.clone(), connector.name.clone());
        let mut replaced = senders.iter().filter(|sender| sender.replaced);
        replaced.any(|sender| sender.connectors.contains(&decides))
    };
    let (How::Set(connector) | How::Add(Some(connector))) = widening.how else {
        return;
    };
    if let Some(why) = still_needed(tenant, connector, senders) {
        let name = &connector.name;
        steps.push(Fix::step(&format!(
            "Do not change the inbound connector '{name}': {why}."
        )));
        return;
    }
    match widening.how {
        How::Add(Some(old)) if served(old) => steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -Enabled $false",
                command::inbound_identity(old)
            ),
            "Run this only when no server offers the old certificate any more. After some days without problems, remove the connector.",
        )),
        How::Set(connector) => {
            let hosts = wording::names(question.context.language, question.candidate);
            let wildcard_offered = question
                .candidate
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&widening.name));
            if !wildcard_offered {
                steps.push(Fix::step(&format!(
                    "The connector '{}' can keep the wildcard. To narrow it again, set it to a name of the new certificate ({hosts}) whose domain is accepted.",
                    connector.name
                )));
            }
        }
        How::Add(_) => {}
    }
}

/// Why an inbound connector must stay although the servers in question no longer need it.
fn still_needed(
    tenant: &str,
    connector: &InboundConnector,
    senders: &[SenderPlan],
) -> Option<String> {
    let decides = (tenant.to_owned(), connector.name.clone());
    let left = || senders.iter().filter(|sender| !sender.replaced);
    if let Some(sender) = left().find(|sender| sender.connectors.contains(&decides)) {
        return Some(format!(
            "'{}' keeps the certificate that it matches",
            sender.name
        ));
    }
    if let Some(sender) = left().find(|sender| sender.hidden) {
        return Some(format!(
            "the input does not show what '{}' offers, and that may match it",
            sender.name
        ));
    }
    match connector.sender_ip_addresses.value() {
        None => Some("the export lost its addresses, and other servers may need them".to_owned()),
        Some(list) if !list.is_empty() => {
            Some("it lists addresses, and other servers may need them".to_owned())
        }
        Some(_) => None,
    }
}
