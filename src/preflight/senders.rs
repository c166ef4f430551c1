//! Determines what the send connectors offer Exchange Online today, and what the candidate changes.
//!
//! In: the logs and exports of a question, and the tenants' standings.
//! Out: [`SenderPlan`]s: one for each send connector and stream in the logs, and one for each exported
//! send connector that no log shows.
//! It must not guess what is offered: if neither a log nor an export shows it, it is `None`.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::occurrence::Kind;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict as Fit, Strictness};
use crate::diagnosis::analysis::Analysis;
use crate::input::timestamp::Timestamp;
use crate::onprem::SendConnector;
use crate::preflight::aim::set_apart;
use crate::preflight::question::Question;
use crate::preflight::sender::{self, Change, SenderPlan, domains};
use crate::preflight::standing::{Standing, Verdict};
use crate::smtp::certificate::Certificate;
use crate::smtp::reply::Class;
use crate::tenant::Known;

/// All send connectors to Exchange Online.
pub(super) fn of(question: &Question<'_>, standings: &[Standing<'_>]) -> Vec<SenderPlan> {
    let mut senders = logged(question);
    let seen: BTreeSet<String> = senders
        .iter()
        .map(|sender| sender.name.to_lowercase())
        .collect();
    let exported = question.context.to_exchange_online();
    let unseen = exported.filter(|known| !seen.contains(&known.name.to_lowercase()));
    senders.extend(unseen.map(|connector| of_export(question, connector)));
    senders.sort_by(|one, other| (&one.name, &one.stream).cmp(&(&other.name, &other.stream)));
    set_apart(question, standings, &mut senders);
    let meant: Vec<Option<Certificate>> = senders
        .iter()
        .map(|sender| meant(question, &senders, sender))
        .collect();
    let kinds: BTreeSet<String> = senders
        .iter()
        .zip(&meant)
        .filter(|(sender, _)| sender.elsewhere.is_none())
        .filter_map(|(sender, meant)| kind(sender, meant.as_ref()))
        .collect();
    let all = question.chosen || kinds.len() <= 1;
    let domains = domains(question.candidate);
    for (sender, meant) in senders.iter_mut().zip(meant) {
        let shares = |today: &Certificate| !sender::domains(today).is_disjoint(&domains);
        sender.replaced = sender.elsewhere.is_none() && (all || meant.as_ref().is_some_and(shares));
        let unclear = !sender.replaced && sender.elsewhere.is_none() && meant.is_none();
        sender.change = if unclear && sender.hidden {
            Change::Uncertain
        } else {
            change(question.candidate, sender, standings)
        };
    }
    senders
}

/// What it offers: by its log, or else by the log of another server, or else by its export.
fn meant(
    question: &Question<'_>,
    senders: &[SenderPlan],
    sender: &SenderPlan,
) -> Option<Certificate> {
    if sender.today.is_some() || !sender.hidden {
        return sender.today.clone();
    }
    let same = |name: &str| name.eq_ignore_ascii_case(&sender.name);
    let mut others = senders.iter().filter(|other| same(&other.name));
    let other = others.find_map(|other| other.today.clone());
    other.or_else(|| {
        let mut exported = question.context.to_exchange_online();
        let known = exported.find(|known| same(&known.name))?;
        named(question, known.tls_certificate_name.value()?.as_deref()?)
    })
}

/// A key for each certificate. An unknown certificate has its own key, and no certificate has none.
fn kind(sender: &SenderPlan, meant: Option<&Certificate>) -> Option<String> {
    let Some(known) = meant else {
        let unknown = || format!("unknown: {}", sender.name.to_lowercase());
        return sender.hidden.then(unknown);
    };
    let text = known.thumbprint.as_ref().or(known.subject.as_ref());
    Some(text.cloned().unwrap_or_default())
}

/// Every send connector and stream in the logs, with the certificate that it offered last.
fn logged(question: &Question<'_>) -> Vec<SenderPlan> {
    let Some(analysis) = question.context.logs else {
        return Vec::new();
    };
    let mut latest: BTreeMap<_, usize> = BTreeMap::new();
    let flows = &analysis.aggregate.flows;
    for (index, flow) in flows.iter().enumerate() {
        if !flow.exchange_online || flow.sessions == 0 {
            continue;
        }
        let time = |flow: &Flow| (flow.last.known(), flow.first.known());
        let best = latest
            .entry((flow.key.connector, flow.key.stream))
            .or_insert(index);
        // A session that does not show its certificate does not show what is offered.
        let shown = |flow: &Flow| flow.key.certificate != CertificateId::Unknown;
        let known = &flows[*best];
        if (shown(flow), time(flow)) > (shown(known), time(known)) {
            *best = index;
        }
    }
    latest
        .into_values()
        .map(|index| {
            let flow = &flows[index];
            let stream = analysis.streams.get(flow.key.stream);
            let judgement = &analysis.judgements[index];
            let (tenants, connectors) = matched(judgement);
            let today = analysis.certificate(flow.key.certificate).cloned();
            let last = last_rejection(analysis, flow);
            SenderPlan {
                hidden: flow.key.certificate == CertificateId::Unknown,
                rejected: last
                    .zip(today.as_ref())
                    .is_some_and(|(last, today)| despite_match(judgement, today, last)),
                name: analysis.aggregate.names.text(flow.key.connector).to_owned(),
                stream: stream.map(|stream| stream.name.clone()),
                servers: analysis
                    .server(flow.key.stream)
                    .map(str::to_owned)
                    .into_iter()
                    .collect(),
                today,
                seen: flow.last.known(),
                tenants,
                connectors,
                elsewhere: None,
                replaced: false,
                change: Change::Uncertain,
            }
        })
        .collect()
}

/// A send connector that no log shows, with the certificate that it names.
fn of_export(question: &Question<'_>, connector: &SendConnector) -> SenderPlan {
    let text = connector
        .tls_certificate_name
        .value()
        .and_then(Option::as_deref);
    let today = text.and_then(|text| named(question, text));
    let offer = Offer {
        certificate: match &today {
            Some(certificate) => OfferedCertificate::Known(certificate),
            None => OfferedCertificate::Unknown,
        },
        source: None,
    };
    let context = question.context;
    let judgement = Judgement::new(&offer, context.tenants, context.strict);
    let (tenants, connectors) = matched(&judgement);
    let servers = match &connector.source_servers {
        Known::Value(servers) if !servers.is_empty() => servers.clone(),
        _ => connector.server.clone().into_iter().collect(),
    };
    SenderPlan {
        name: connector.name.clone(),
        stream: None,
        servers,
        hidden: today.is_none(),
        rejected: false,
        today,
        seen: None,
        tenants,
        connectors,
        elsewhere: None,
        replaced: false,
        change: Change::Uncertain,
    }
}

/// The certificate that `<I>issuer<S>subject` names: the exported one that expires last, or else
/// one with the issuer and subject of the text.
fn named(question: &Question<'_>, text: &str) -> Option<Certificate> {
    let wanted = ConnectorName::parse(text);
    let exported = question.context.on_premises.certificates.iter();
    let matching = exported.filter(|known| {
        let names = CertificateNames::of(&known.certificate);
        name_match::compare(&wanted, &names, Strictness::Table).verdict == Fit::Match
    });
    if let Some(found) = matching.max_by_key(|known| known.certificate.not_after) {
        return Some(found.certificate.clone());
    }
    let (before, subject) = text.split_once("<S>")?;
    let issuer = before.split_once("<I>").map(|(_, issuer)| issuer);
    Some(Certificate {
        subject: Some(subject.trim().to_owned()),
        issuer: issuer.map(|issuer| issuer.trim().to_owned()),
        ..Certificate::default()
    })
}

/// The last rejection of this send connector and certificate that only the sender's side explains.
fn last_rejection(analysis: &Analysis<'_>, flow: &Flow) -> Option<Timestamp> {
    let occurrences = analysis.aggregate.occurrences.iter();
    let own = occurrences.filter(|occurrence| {
        let other = analysis.aggregate.flows[occurrence.key.flow].key;
        let class = match occurrence.key.kind {
            Kind::Reply { class, .. } => class,
            _ => Class::Other,
        };
        class == Class::Attribution
            && (other.connector, other.certificate) == (flow.key.connector, flow.key.certificate)
    });
    own.filter_map(|occurrence| occurrence.last.known()).max()
}

/// Whether the last rejection happened although a valid certificate matched a connector as it is
/// today.
fn despite_match(judgement: &Judgement<'_>, today: &Certificate, last: Timestamp) -> bool {
    let over = |end: Timestamp| last.since(end).is_some_and(|over| over > 0);
    let mut matching = judgement.active().filter(|view| view.matches_by_name());
    let unchanged = matching.any(|view| {
        let changed = view.connector.when_changed.value();
        changed
            .zip(last.to_chrono())
            .is_none_or(|(changed, last)| *changed <= last)
    });
    unchanged && !today.is_self_signed() && !today.not_after.is_some_and(over)
}

/// Tenants and connectors that match by name.
fn matched(judgement: &Judgement<'_>) -> (Vec<String>, Vec<(String, String)>) {
    let matching = judgement.active().filter(|view| view.matches_by_name());
    let connectors: Vec<(String, String)> = matching
        .map(|view| (view.tenant.name.clone(), view.connector.name.clone()))
        .collect();
    let mut tenants: Vec<String> = connectors
        .iter()
        .map(|(tenant, _)| tenant.clone())
        .collect();
    tenants.dedup();
    (tenants, connectors)
}

fn change(candidate: &Certificate, sender: &SenderPlan, standings: &[Standing<'_>]) -> Change {
    let today = sender.today.as_ref();
    let same = today.is_some_and(|today| {
        today.thumbprint.is_some() && today.thumbprint == candidate.thumbprint
    });
    if same {
        return Change::SameCertificate;
    }
    if !sender.replaced {
        return Change::NotConcerned;
    }
    let with = |verdict: Verdict| {
        let found = standings
            .iter()
            .filter(move |standing| standing.verdict == verdict);
        found
            .map(|standing| standing.tenant.name.as_str())
            .collect::<BTreeSet<_>>()
    };
    let matching = with(Verdict::Match);
    let open = !with(Verdict::Uncertain).is_empty() || !with(Verdict::Unknown).is_empty();
    let served: BTreeSet<&str> = sender.tenants.iter().map(String::as_str).collect();
    match (served.is_empty(), matching.is_empty()) {
        _ if matching.len() > 1 => Change::Uncertain,
        (_, true) if open => Change::Uncertain,
        (true, true) if sender.hidden => Change::Uncertain,
        (true, true) => Change::StaysUnattributed,
        (true, false) => Change::BecomesAttributed,
        (false, true) => Change::WouldBeRefused,
        (false, false) if served == matching => Change::StaysAttributed,
        (false, false) if served.is_disjoint(&matching) => Change::ChangesTenant,
        // Today's certificate serves several tenants, and the candidate serves fewer.
        (false, false) => Change::WouldBeRefused,
    }
}
