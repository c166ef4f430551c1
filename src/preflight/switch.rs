//! The switch: enables the candidate on the servers, and names it in the send connectors.
//!
//! In: the question and the send connectors that it affects. Out: [`Fix`]es, in order.
//! It must not name a value that cannot be pasted safely. It uses the thumbprint instead.

use std::collections::BTreeSet;

use crate::diagnosis::fix::{Fix, Purpose, Where};
use crate::preflight::question::Question;
use crate::preflight::sender::{SenderPlan, same_names};
use crate::remedy::command;
use crate::remedy::command::quote;
use crate::smtp::certificate::Certificate;

/// The steps of the change on the organisation's own servers.
pub(super) fn switch(question: &Question<'_>, mine: &[&SenderPlan], steps: &mut Vec<Fix>) {
    let candidate = question.candidate;
    let offered = |sender: &&&SenderPlan| {
        let today = sender.today.as_ref();
        let today = today.and_then(|today| today.thumbprint.as_ref());
        today.is_none() || today != candidate.thumbprint.as_ref()
    };
    let todo: Vec<&&SenderPlan> = mine.iter().filter(offered).collect();
    if todo.is_empty() && !mine.is_empty() {
        return;
    }
    let servers: BTreeSet<&str> = todo
        .iter()
        .flat_map(|sender| sender.servers.iter().map(String::as_str))
        .collect();
    enable(candidate, &servers, steps);
    let is_alike = |sender: &SenderPlan| {
        let today = sender.today.as_ref();
        today.is_some_and(|today| same_names(today, candidate))
    };
    let named = |alike: bool| {
        let some = todo.iter().filter(|sender| is_alike(sender) == alike);
        let mut names: Vec<&str> = some.map(|sender| sender.name.as_str()).collect();
        names.dedup();
        names
    };
    let (alike, mut others) = (named(true), named(false));
    if todo.is_empty() {
        others.push("<send connector to Office 365>");
    }
    steps.extend(others.iter().map(|name| offer(candidate, name)));
    if !alike.is_empty() {
        let which = if others.is_empty() {
            "the send connector needs".to_owned()
        } else {
            let alike: Vec<String> = alike.iter().map(|name| format!("'{name}'")).collect();
            format!("the name in {} needs", alike.join(", "))
        };
        steps.push(Fix::step(&format!("The new certificate has the same issuer and subject as the old one, so {which} no change. Which of the two certificates Exchange offers is not documented. When the new one is enabled on all servers, remove the old one from them (Remove-ExchangeCertificate).")));
    }
}

fn enable(candidate: &Certificate, servers: &BTreeSet<&str>, steps: &mut Vec<Fix>) {
    let thumbprint = candidate
        .thumbprint
        .as_deref()
        .unwrap_or("<thumbprint of the new certificate>");
    let note = "First install the certificate, with its private key, on the server. If Exchange asks whether to overwrite the default SMTP certificate, answer No.";
    let on = |server: Option<&&str>| {
        let server =
            server.map_or_else(String::new, |server| format!(" -Server {}", quote(server)));
        let command = format!(
            "Enable-ExchangeCertificate{server} -Thumbprint {} -Services SMTP",
            quote(thumbprint)
        );
        Fix::command(Where::OnPremises, command, note).purpose(Purpose::EnableCertificate)
    };
    if servers.is_empty() {
        let mut step = on(None);
        step.note = format!(
            "Do this on every server that sends to Exchange Online, one after the other. {note}"
        );
        steps.push(step);
    }
    steps.extend(servers.iter().map(|server| on(Some(server))));
}

fn offer(candidate: &Certificate, send_connector: &str) -> Fix {
    const NOTE: &str = "When this command has run, the send connector offers the new certificate.";
    let names = candidate.issuer.as_ref().zip(candidate.subject.as_ref());
    let Some((issuer, subject)) = names else {
        return command::offer_another(send_connector, "the new certificate", NOTE);
    };
    let value = quote(&format!("<I>{issuer}<S>{subject}"));
    match &candidate.thumbprint {
        // The name cannot be pasted, so Exchange must fill it in.
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
                "{NOTE} Compare issuer and subject with Get-ExchangeCertificate: they must be exactly the same."
            ),
        ),
    }
}
