//! What to do, in an order in which no message is lost in between.
//!
//! In: the question, what the tenant makes of the candidate, the send connectors. Out: [`Fix`]es:
//! let the tenant expect both certificates, wait, switch, look, and only then take the old one away.
//! Must not name a value that is not known without angle brackets around it.

use std::collections::BTreeSet;

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::fix::{Fix, Purpose, Where};
use crate::preflight::domains::Obstacle;
use crate::preflight::question::{Origin, Question};
use crate::preflight::sender::Sender;
use crate::preflight::standing::{Relay, Standing, Verdict};
use crate::preflight::switch::switch;
use crate::preflight::widening::{How, Nothing, Widening};
use crate::preflight::{domains, widening};
use crate::remedy::command::quote;
use crate::remedy::{command, wording};
use crate::tenant::{ConnectorType, InboundConnector, Known};

/// The steps for one tenant that the candidate concerns.
pub(super) fn of(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[Sender],
    claims: &BTreeSet<String>,
) -> Vec<Fix> {
    let mine: Vec<&Sender> = senders
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
            "Do not switch yet. Give each tenant a certificate name of its own, one that no connector of another tenant expects, and let one send connector per tenant offer it.",
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
        .is_some_and(|found| found.row == 16);
    if standing.verdict == Verdict::Uncertain && by_subject && question.origin == Origin::HostName {
        return vec![Fix::step(
            "Run this again with the certificate file: the connector compares issuer and subject.",
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

/// It changes something, rather than showing it.
fn changes(step: &Fix) -> bool {
    step.command.is_some() && step.purpose != Purpose::Inspect
}

fn wait(question: &Question<'_>, standing: &Standing<'_>, mine: &[&Sender]) -> Fix {
    let served = |sender: &&&Sender| sender.tenants.contains(&standing.tenant.name);
    let now = question.context.now;
    let meanwhile = if mine.iter().any(|sender| sender.ended(now).is_some()) {
        "Today's certificate has ended, so mail may be refused until the switch."
    } else if mine.is_empty() || mine.iter().any(|sender| served(&sender)) {
        "The old certificate matches all the time."
    } else {
        "Today's certificate matches no connector, so mail stays refused until the switch."
    };
    Fix::step(&format!(
        "Wait an hour: a changed connector takes minutes to an hour. {meanwhile}"
    ))
}

fn export_again() -> Fix {
    Fix::inspect(
        Where::Online,
        "Get-InboundConnector | ConvertTo-Json -Depth 5 | Set-Content -Encoding utf8 InboundConnector.json".to_owned(),
        "Then run this again with that file: from what was given it cannot be told.",
    )
}

/// The candidate belongs to another tenant: nothing is widened here.
fn of_another_tenant(mine: &[&Sender], claims: &BTreeSet<String>) -> Fix {
    let names: BTreeSet<String> = mine
        .iter()
        .map(|sender| format!("'{}'", sender.name))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
    let leave = if names.is_empty() {
        "Do not offer it to this tenant".to_owned()
    } else {
        format!("Leave {} as it is", names.join(", "))
    };
    Fix::step(&format!(
        "{leave}: the certificate belongs to {}. A certificate that two tenants expect is attributed to either; give this tenant one of its own.",
        claims.join(", ")
    ))
}

/// Lets the tenant expect the candidate besides what it expects today; the domain comes first.
/// `Err` holds the one step where there is no way.
fn widen<'a>(
    question: &Question<'a>,
    standing: &Standing<'a>,
    senders: &[Sender],
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
                quote(&view.connector.name)
            ),
            "It matches and was disabled: find out why before you enable it.",
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
    steps.push(expect(standing, &widening));
    Ok(Some(widening))
}

fn no_name(nothing: Nothing<'_>) -> Fix {
    match nothing {
        Nothing::NoHost => Fix::step(
            "The certificate holds no host name that a connector could expect: order one with the name of the server, such as mail.contoso.com, as subject alternate name.",
        ),
        Nothing::Of(name, other) => Fix::step(&format!(
            "Do not let a connector expect '{name}': certificates of {other}, whose connector expects a name below it, would match it, too. Order a certificate with the name of the server, such as mail.contoso.com, instead of the wildcard."
        )),
    }
}

/// A connector matches; its domain is not surely accepted.
fn accept_matched(question: &Question<'_>, standing: &Standing<'_>) -> Result<Option<Fix>, Fix> {
    let Some(status) = standing.domain_status() else {
        return Ok(None);
    };
    let name = standing.view.as_ref().and_then(|view| view.name.as_ref());
    let domain = name.and_then(|name| name.domain());
    accept(question, standing, status, domain.map(|(domain, _)| domain))
}

/// The step that makes the domain an accepted one; `Err` where the tenant cannot have it.
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
                "'{domain}' is an accepted domain of {owner}, and can be of one tenant only: offer {tenant} a certificate with another name, in a domain of its own."
            )));
        }
        Some(Obstacle::Shared) => {
            return Err(Fix::step(&format!(
                "'{domain}' cannot become an accepted domain of {tenant}: it is a public suffix or Microsoft's own. Offer a certificate with another name, in a domain of your own."
            )));
        }
        Some(Obstacle::Pending) => {
            return Ok(Some(Fix::command(
                Where::Graph,
                format!("Confirm-MgDomain -DomainId {}", quote(&domain)),
                &format!(
                    "'{domain}' is still pending among the accepted domains of {tenant}, and does not count before it is verified: do this once its DNS record is there. Where it is being removed, offer a certificate with another name instead."
                ),
            )));
        }
        None => {}
    }
    Ok(Some(match status {
        DomainStatus::Accepted | DomainStatus::Unknown => {
            let local = if domains::is_local(standing.tenant) {
                "The list given looks like that of the local Exchange: run this in Exchange Online PowerShell. "
            } else {
                ""
            };
            Fix::inspect(
                Where::Online,
                "Get-AcceptedDomain | ConvertTo-Json -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
                &format!("{local}'{domain}' must be an accepted domain of {tenant}: add and verify it first if it is not in this list."),
            )
        }
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::NotAccepted => {
            let why = if status == DomainStatus::NotAccepted {
                "without it only mail of accepted senders would pass (ATTR36)"
            } else {
                "whether its parent is enough is not documented"
            };
            Fix::command(
                Where::Graph,
                format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(&domain)),
                &format!(
                    "Or add '{domain}' to {tenant} in the Microsoft 365 admin center. Then verify it by its DNS record: it becomes an accepted domain; {why}."
                ),
            )
        }
    }))
}

fn expect(standing: &Standing<'_>, widening: &Widening<'_>) -> Fix {
    let name = &widening.name;
    let domain = match widening.status {
        _ if domains::is_local(standing.tenant) => {
            "Its domain must be an accepted domain of the tenant.".to_owned()
        }
        DomainStatus::Accepted | DomainStatus::Unknown => {
            wording::domain_note(standing.tenant, name)
        }
        _ => "Only after the domain above is verified.".to_owned(),
    };
    match widening.how {
        How::Set(connector) => command::expect_name(
            &connector.name,
            name,
            &format!("The old and the new certificate match this wildcard. {domain}"),
        ),
        How::Add(model) => {
            let internal =
                |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
            let command = command::new_connector(name, model.is_some_and(internal));
            let beside = match model {
                Some(model) if internal(model) => format!(
                    "A second connector: '{}' stays as it is. Like that one it keeps mail between your own servers internal (CloudServicesMailEnabled).",
                    model.name
                ),
                Some(model) => format!("A second connector: '{}' stays as it is.", model.name),
                None => "A connector for the new certificate.".to_owned(),
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
        "Let some hours of mail pass, and run `sendlens certificates` over the new logs of all servers: they must show {what}, and `sendlens diagnose` no refusal."
    )));
}

/// What was widened is taken back once nothing offers the old certificate.
fn narrow(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[Sender],
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
            "Leave the inbound connector '{name}' as it is: {why}."
        )));
        return;
    }
    match widening.how {
        How::Add(Some(old)) if served(old) => steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -Enabled $false",
                quote(&old.name)
            ),
            "Only when no server offers the old certificate any more. Remove it after some quiet days.",
        )),
        How::Set(connector) => {
            let hosts = wording::names(question.candidate);
            let wildcard_offered = question
                .candidate
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&widening.name));
            if !wildcard_offered {
                steps.push(Fix::step(&format!(
                    "The connector '{}' may keep the wildcard. To narrow it again, set it to a name of the new certificate ({hosts}) whose domain is accepted.",
                    connector.name
                )));
            }
        }
        How::Add(_) => {}
    }
}

/// Why an inbound connector must stay although the servers asked about no longer need it.
fn still_needed(tenant: &str, connector: &InboundConnector, senders: &[Sender]) -> Option<String> {
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
            "what '{}' offers is not in the input and may match it",
            sender.name
        ));
    }
    match connector.sender_ip_addresses.value() {
        None => {
            Some("the export lost its addresses, by which other servers may need it".to_owned())
        }
        Some(list) if !list.is_empty() => {
            Some("it lists addresses, by which other servers may need it".to_owned())
        }
        Some(_) => None,
    }
}
