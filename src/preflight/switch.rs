//! The switch: enables the candidate on the servers, and names it in the send connectors.
//!
//! In: the question and the send connectors that it affects. Out: [`Fix`]es, in order.
//! It must not name a value that cannot be pasted safely. It uses the thumbprint instead.

use std::collections::BTreeSet;

use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::{Fix, Purpose, Where};
use crate::diagnosis::named_certificate;
use crate::diagnosis::transport_certificate::same_server;
use crate::language::{Language, labels, sentences};
use crate::preflight::question::Question;
use crate::preflight::sender::{SenderPlan, same_names};
use crate::remedy::command::quote;
use crate::remedy::{certificates, command, edge};
use crate::smtp::certificate::Certificate;

/// The steps of the change on the organisation's own servers.
pub(super) fn switch<'a>(question: &Question<'a>, mine: &[&'a SenderPlan], steps: &mut Vec<Fix>) {
    let language = question.context.language;
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
    let edges = Edges::in_check(&question.context);
    enable(language, candidate, &servers, edges, steps);
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
    // The old certificate goes first: Exchange refuses to remove one that a send connector names,
    // and the others are about to get the same name.
    if !alike.is_empty() {
        let today = todo.iter().filter(|sender| is_alike(sender));
        replace(question, alike, today.copied().copied(), steps);
    }
    for name in others {
        let mut own = todo.iter().filter(|sender| sender.name == name);
        if own.any(|sender| sender.servers.iter().any(|server| edges.holds(server))) {
            let note = offers_new(language);
            steps.push(edge::name(language, name, candidate, &note));
            steps.push(edge::synchronize(language));
        } else {
            steps.push(offer(language, candidate, name));
        }
    }
}

/// The new certificate has the issuer and subject of the one that is offered today, so the name in
/// the send connectors means both until the old one is removed.
fn replace<'a>(
    question: &Question<'a>,
    mut connectors: Vec<&'a str>,
    senders: impl Iterator<Item = &'a SenderPlan>,
    steps: &mut Vec<Fix>,
) {
    let candidate = question.candidate;
    // Send connectors to other places may have the same name.
    let exported = question.context.on_premises.send_connectors.iter();
    let naming = exported.filter(|known| {
        let name = named_certificate::name_of(known);
        name.and_then(|name| name.means(candidate)) == Some(true)
    });
    let mut sources: Vec<&str> = Vec::new();
    let mut is_proxied = false;
    for known in naming {
        is_proxied |= known.frontend_proxy.value() == Some(&true);
        connectors.push(&known.name);
        let servers = named_certificate::source_servers(known);
        sources.extend(servers.iter().map(String::as_str));
    }
    connectors.sort_unstable();
    connectors.dedup();
    let mut servers: BTreeSet<&str> = BTreeSet::new();
    let mut old: BTreeSet<&str> = BTreeSet::new();
    for sender in senders {
        servers.extend(sender.servers.iter().map(String::as_str));
        let today = sender.today.as_ref();
        old.extend(today.and_then(certificates::thumbprint));
    }
    let servers: Vec<&str> = if servers.is_empty() {
        vec!["<server>"]
    } else {
        servers.into_iter().collect()
    };
    let mut stopped = servers.clone();
    for name in sources {
        if !stopped.iter().any(|known| same_server(known, name)) {
            stopped.push(name);
        }
    }
    let language = question.context.language;
    let names = connectors.iter().map(|name| language.quoted(name));
    let names = language.list(&names.collect::<Vec<_>>());
    steps.push(Fix::step(&same_names_mean_both(language, &names)));
    let mut old: Vec<&str> = old.into_iter().collect();
    if old.is_empty() {
        old.push("<thumbprint of the old certificate>");
    }
    // Any of these servers may be the front end.
    let front_ends = if is_proxied {
        servers.clone()
    } else {
        Vec::new()
    };
    let certificates = certificates::SameName {
        connectors: &connectors,
        servers: &servers,
        sources: &stopped,
        front_ends: &front_ends,
        old: &old,
        new: certificates::thumbprint(candidate).unwrap_or("<thumbprint of the new certificate>"),
        kept: candidate,
        edges: Edges::in_check(&question.context),
    };
    let kept = certificates::keep_one_of_same_name(language, &certificates);
    steps.extend(kept);
}

fn enable(
    language: Language,
    candidate: &Certificate,
    servers: &BTreeSet<&str>,
    edges: Edges<'_>,
    steps: &mut Vec<Fix>,
) {
    let thumbprint =
        certificates::thumbprint(candidate).unwrap_or("<thumbprint of the new certificate>");
    let install = install(language);
    let servers: Vec<&str> = servers.iter().copied().collect();
    if servers.is_empty() {
        let asks = certificates::asks(language);
        let note = language.together(&[on_every_server(language), install, asks]);
        let command = format!(
            "Enable-ExchangeCertificate -Thumbprint {} -Services SMTP",
            quote(thumbprint)
        );
        let step = Fix::command(Where::OnPremises, command, &note);
        steps.push(step.purpose(Purpose::EnableCertificate));
        return;
    }
    let enabled = certificates::enable_for_smtp(language, &servers, thumbprint, &install, edges);
    steps.extend(enabled);
}

fn offer(language: Language, candidate: &Certificate, send_connector: &str) -> Fix {
    let note = offers_new(language);
    let names = candidate.issuer.as_ref().zip(candidate.subject.as_ref());
    let Some((issuer, subject)) = names else {
        return command::offer_another(send_connector, "the new certificate", &note);
    };
    let name = format!("<I>{issuer}<S>{subject}");
    match &candidate.thumbprint {
        // The name cannot be pasted, so Exchange must fill it in.
        Some(thumbprint) if !command::can_be_pasted(&name) => Fix::command(
            Where::OnPremises,
            format!(
                "$cert = Get-ExchangeCertificate -Thumbprint {}; Set-SendConnector -Identity {} -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\"",
                quote(thumbprint),
                command::send_identity(send_connector)
            ),
            &note,
        ),
        _ => Fix::command(
            Where::OnPremises,
            format!(
                "Set-SendConnector -Identity {} -TlsCertificateName {}",
                command::send_identity(send_connector),
                quote(&name)
            ),
            &language.together(&[note, compare_names(language)]),
        ),
    }
}

labels! {
    offers_new: "When this command has run, the send connector offers the new certificate.", "このコマンドを実行すると、送信コネクタは新しい証明書を提示します。" ["7948407e"];
    install: "First install the certificate, with its private key, on the server.", "まず、証明書を秘密キーと共にサーバーにインポートします。" ["fa7bd069"];
    on_every_server: "Do this on every server that sends to Exchange Online, one after the other.", "Exchange Online に送信するすべてのサーバーで、1 台ずつ実行します。" ["a7d266d9"];
    compare_names: "Compare issuer and subject with Get-ExchangeCertificate: they must be exactly the same.", "発行者とサブジェクトを Get-ExchangeCertificate の結果と比較します。完全に一致している必要があります。" ["c167ee9a"];
}

sentences! {
    /// Why the old certificate must be taken away.
    fn same_names_mean_both(connectors: &str) {
        en: "The new certificate has the same issuer and subject as the old one, so the name in {connectors} means both of them. Setting the same name again changes nothing, and which of the two Exchange offers is not documented. The next steps take the old one away.",
        ja: "新しい証明書の発行者とサブジェクトは古い証明書と同じであるため、{connectors}の証明書名は両方の証明書を指します。同じ名前をもう一度設定しても何も変わらず、Exchange がどちらを提示するかは文書化されていません。以降の手順で古い証明書を取り除きます。" ["50fd05c8"],
    }
}
