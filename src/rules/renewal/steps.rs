//! What to do, in an order in which no message is lost in between.
//!
//! In: the question, what the tenant makes of the candidate, the send connectors. Out: [`Fix`]es:
//! let the tenant expect both certificates, wait, switch, look, and only then take the old one away.
//! Must not name a value that is not known without angle brackets around it.

use std::collections::BTreeSet;

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::ConnectorView;
use crate::smtp::certificate::Certificate;
use crate::tenant::{ConnectorType, InboundConnector, Known};

use super::super::fix::{self, Fix, Where, quote};
use super::super::words;
use super::senders::{Sender, same_names};
use super::standing::{Relay, Standing, Verdict};
use super::widening::{self, How, Widening};
use super::{Origin, Question};

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
        widen(question, standing, senders, &mut steps)
    };
    if steps.iter().any(changes) {
        steps.push(wait(standing, &mine));
    }
    switch(question, &mine, &mut steps);
    watch(question, &mut steps);
    if let Some(widening) = widening {
        narrow(question, standing, &mine, &widening, &mut steps);
    }
    steps
}

/// It changes something, rather than showing it.
fn changes(step: &Fix) -> bool {
    let command = step.command.as_deref();
    command.is_some_and(|command| !command.starts_with("Get-"))
}

fn wait(standing: &Standing<'_>, mine: &[&Sender]) -> Fix {
    let served = |sender: &&&Sender| sender.tenants.contains(&standing.tenant.name);
    let meanwhile = if mine.is_empty() || mine.iter().any(|sender| served(&sender)) {
        "The old certificate matches all the time."
    } else {
        "Today's certificate matches no connector, so mail stays refused until the switch."
    };
    Fix::step(&format!(
        "Wait an hour: a changed connector takes minutes to an hour. {meanwhile}"
    ))
}

fn export_again() -> Fix {
    Fix::command(
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
fn widen<'a>(
    question: &Question<'a>,
    standing: &Standing<'a>,
    senders: &[Sender],
    steps: &mut Vec<Fix>,
) -> Option<Widening<'a>> {
    if standing.verdict == Verdict::Match {
        accept_matched(standing, steps);
        return None;
    }
    let disabled = |view: &&ConnectorView<'_>| view.is_type(ConnectorType::OnPremises);
    if let Some(view) = standing.idle.iter().find(disabled) {
        let name = view.name.as_ref().and_then(|name| name.domain());
        accept(standing, view.domain, name.map(|(domain, _)| domain), steps);
        steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -Enabled $true",
                quote(&view.connector.name)
            ),
            "It matches and was disabled: find out why before you enable it.",
        ));
        return None;
    }
    let Some(widening) = widening::best(question, standing, senders) else {
        steps.push(Fix::step("The certificate holds no host name that a connector could expect: order one with the name of the server, such as mail.contoso.com, as subject alternate name."));
        return None;
    };
    let domain = widening
        .name
        .strip_prefix("*.")
        .unwrap_or(&widening.name)
        .to_owned();
    accept(standing, widening.status, Some(domain), steps);
    steps.push(expect(standing, &widening));
    Some(widening)
}

/// A connector matches; its domain is not surely accepted.
fn accept_matched(standing: &Standing<'_>, steps: &mut Vec<Fix>) {
    let Some(view) = &standing.view else { return };
    let domain = view.name.as_ref().and_then(|name| name.domain());
    accept(
        standing,
        view.domain,
        domain.map(|(domain, _)| domain),
        steps,
    );
}

fn accept(
    standing: &Standing<'_>,
    status: DomainStatus,
    domain: Option<String>,
    steps: &mut Vec<Fix>,
) {
    let Some(domain) = domain else { return };
    let tenant = &standing.tenant.name;
    match status {
        DomainStatus::Accepted => {}
        DomainStatus::Unknown => steps.push(Fix::command(
            Where::Online,
            "Get-AcceptedDomain | ConvertTo-Json -Depth 5 | Set-Content -Encoding utf8 AcceptedDomain.json".to_owned(),
            &format!("'{domain}' must be an accepted domain of {tenant}: add and verify it first if it is not in this list."),
        )),
        DomainStatus::ParentOnly | DomainStatus::Uncertain | DomainStatus::NotAccepted => {
            let why = if status == DomainStatus::NotAccepted {
                "without it only mail of accepted senders would pass (ATTR36)"
            } else {
                "whether its parent is enough is not documented"
            };
            steps.push(Fix::command(
                Where::Graph,
                format!("New-MgDomain -BodyParameter @{{Id={}}}", quote(&domain)),
                &format!("Or add '{domain}' to {tenant} in the Microsoft 365 admin center. Then verify it by its DNS record: it becomes an accepted domain; {why}."),
            ));
        }
    }
}

fn expect(standing: &Standing<'_>, widening: &Widening<'_>) -> Fix {
    let name = &widening.name;
    let domain = match widening.status {
        DomainStatus::Accepted | DomainStatus::Unknown => words::domain_note(standing.tenant, name),
        _ => "Only after the domain above is verified.".to_owned(),
    };
    match widening.how {
        How::Set(connector) => fix::expect_name(
            &connector.name,
            name,
            &format!("The old and the new certificate match this wildcard. {domain}"),
        ),
        How::Add(model) => {
            let internal =
                |model: &InboundConnector| model.cloud_services_mail_enabled == Known::Value(true);
            let command = fix::new_connector(name, model.is_some_and(internal));
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

/// The change itself, on the organisation's own servers.
fn switch(question: &Question<'_>, mine: &[&Sender], steps: &mut Vec<Fix>) {
    let candidate = question.candidate;
    let offered = |sender: &&&Sender| {
        let today = sender.today.as_ref();
        let today = today.and_then(|today| today.thumbprint.as_ref());
        today.is_none() || today != candidate.thumbprint.as_ref()
    };
    let todo: Vec<&&Sender> = mine.iter().filter(offered).collect();
    if todo.is_empty() && !mine.is_empty() {
        return;
    }
    let servers: BTreeSet<&str> = todo
        .iter()
        .flat_map(|sender| sender.servers.iter().map(String::as_str))
        .collect();
    enable(candidate, &servers, steps);
    let mut names: Vec<&str> = todo.iter().map(|sender| sender.name.as_str()).collect();
    names.dedup();
    if names.is_empty() {
        names.push("<send connector to Office 365>");
    }
    let alike = todo.iter().any(|sender| {
        sender
            .today
            .as_ref()
            .is_some_and(|today| same_names(today, candidate))
    });
    if alike {
        steps.push(Fix::step("Issuer and subject are those of the old certificate, so the send connector needs no change. Which of two such certificates Exchange offers is not documented: remove the old one from the servers (Remove-ExchangeCertificate) once the new one is enabled."));
        return;
    }
    for name in names {
        steps.push(offer(candidate, name));
    }
}

fn enable(candidate: &Certificate, servers: &BTreeSet<&str>, steps: &mut Vec<Fix>) {
    let thumbprint = candidate
        .thumbprint
        .as_deref()
        .unwrap_or("<thumbprint of the new certificate>");
    let note = "Install the certificate with its private key there first. Answer No where Exchange asks whether to overwrite its default SMTP certificate.";
    let on = |server: Option<&&str>| {
        let server =
            server.map_or_else(String::new, |server| format!(" -Server {}", quote(server)));
        let command = format!(
            "Enable-ExchangeCertificate{server} -Thumbprint {} -Services SMTP",
            quote(thumbprint)
        );
        Fix::command(Where::OnPremises, command, note)
    };
    if servers.is_empty() {
        let mut step = on(None);
        step.note = format!("On every server that sends to Exchange Online. {note}");
        steps.push(step);
    }
    steps.extend(servers.iter().map(|server| on(Some(server))));
}

fn offer(candidate: &Certificate, send_connector: &str) -> Fix {
    const NOTE: &str = "From now on it offers the new certificate.";
    let names = candidate.issuer.as_ref().zip(candidate.subject.as_ref());
    let Some((issuer, subject)) = names else {
        return fix::offer_another(send_connector, "the new certificate", NOTE);
    };
    let value = quote(&format!("<I>{issuer}<S>{subject}"));
    match &candidate.thumbprint {
        // A name that cannot be pasted as it stands: Exchange has to fill it in.
        Some(thumbprint) if value.contains('\u{FFFD}') => Fix::command(
            Where::OnPremises,
            format!(
                "$cert = Get-ExchangeCertificate -Thumbprint {}; Set-SendConnector -Identity {} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
                quote(thumbprint),
                quote(send_connector)
            ),
            NOTE,
        ),
        _ => Fix::command(
            Where::OnPremises,
            format!(
                "Set-SendConnector -Identity {} -TlsCertificateName {value}",
                quote(send_connector)
            ),
            &format!(
                "{NOTE} Compare issuer and subject with Get-ExchangeCertificate: they must be the same, letter by letter."
            ),
        ),
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
    mine: &[&Sender],
    widening: &Widening<'_>,
    steps: &mut Vec<Fix>,
) {
    let tenant = &standing.tenant.name;
    let served = |connector: &InboundConnector| {
        let decides = (tenant.clone(), connector.name.clone());
        mine.iter()
            .any(|sender| sender.connectors.contains(&decides))
    };
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
            let hosts = words::names(question.candidate);
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
