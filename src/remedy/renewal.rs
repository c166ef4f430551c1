//! The steps to a renewed certificate that the exports hold already.
//!
//! In: the certificate in use, and where it is used. Out: the renewed one, and [`Fix`]es in the order in
//! which they are done.
//! Must not report anything. Must not take a certificate for the renewal that shares no name with the
//! one in use, or that no inbound connector expects.

use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{is_sound, same_server};
use crate::diagnosis::{named_certificate, proposal};
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::bring::Wanted;
use crate::remedy::certificates::SameName;
use crate::remedy::service::Service;
use crate::remedy::{bring, certificates, edge, on_premises, same_name};
use crate::smtp::certificate::Certificate;

/// A certificate in use.
#[derive(Debug)]
pub struct InUse<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// When it ends.
    pub end: Timestamp,
    /// The send connectors that use it.
    pub connectors: Vec<&'a str>,
    /// The servers on which they do, by logs or exports.
    pub servers: Vec<&'a str>,
    /// Those of them whose front ends send.
    pub front_ends: Vec<&'a str>,
}

/// The renewed certificate: it ends later, shares a name, and can be used as it is, or, with the same
/// issuer and subject, once it has its private key and SMTP. Of several, the one that ends last.
pub fn found<'a>(context: &CheckContext<'a>, old: &InUse<'_>) -> Option<&'a ExchangeCertificate> {
    let renews = |known: &&ExchangeCertificate| {
        let new = &known.certificate;
        let usable = proposal::fits(context, known)
            || same_name::has_same_name(old.certificate, new)
                && is_sound(known, context.now)
                && proposal::useless(context, new).is_none();
        certificates::thumbprint(new).is_some()
            && new.thumbprint != old.certificate.thumbprint
            && new.not_after.is_some_and(|end| end > old.end)
            && shares_a_name(old.certificate, new)
            && usable
    };
    let all = context.on_premises.certificates.iter();
    all.filter(renews)
        .max_by_key(|known| (known.certificate.not_after, known.has_private_key.value()))
}

fn shares_a_name(one: &Certificate, other: &Certificate) -> bool {
    let hosts = CertificateNames::of(one).hosts;
    let others = CertificateNames::of(other).hosts;
    hosts.iter().any(|host| others.contains(host))
}

/// The steps that let the send connectors offer the renewed certificate.
pub fn steps(context: &CheckContext<'_>, old: &InUse<'_>, known: &ExchangeCertificate) -> Vec<Fix> {
    let (language, own, new) = (context.language, context.on_premises, &known.certificate);
    let Some(thumbprint) = certificates::thumbprint(new) else {
        return Vec::new();
    };
    let is_same = same_name::has_same_name(old.certificate, new);
    let exported: Vec<&SendConnector> = context
        .send_connectors()
        .filter(|one| {
            let mut names = old.connectors.iter();
            names.any(|name| name.eq_ignore_ascii_case(&one.name))
                || is_same && on_premises::names(one, new)
        })
        .collect();
    let mut sources = old.servers.clone();
    let named = exported.iter().copied();
    sources.extend(
        named
            .flat_map(named_certificate::source_servers)
            .map(String::as_str),
    );
    let sources = each_once(sources);
    let front_ends = each_once(old.front_ends.clone());
    let (sending, service) = if front_ends.is_empty() {
        (&sources, Service::Transport)
    } else {
        (&front_ends, Service::FrontEnd)
    };
    let from = known.server.as_deref();
    let wanted = Wanted {
        thumbprint,
        from: from.filter(|_| known.has_private_key.value() != Some(&false)),
        service,
        edges: Edges::in_check(context),
    };
    let mut steps = bring::beforehand(language, own, sending, wanted);
    if is_same {
        let named = (exported.as_slice(), sources.as_slice());
        steps.extend(instead_of_same_name(language, old, wanted, new, named));
        return steps;
    }
    let is_edge = sources.iter().any(|server| wanted.edges.holds(server));
    for connector in &old.connectors {
        let mut exports = exported
            .iter()
            .filter(|one| one.name.eq_ignore_ascii_case(connector));
        if exports.any(|one| on_premises::names(one, new)) {
            let why = names_it_already(language);
            let use_it = bring::into_use(language, own, &old.servers, wanted, &why);
            steps.extend(use_it);
            continue;
        }
        let (note, new) = (run_last(language), (new, thumbprint));
        steps.extend(edge::offer(language, is_edge, connector, new, &note));
    }
    steps
}

/// The whole procedure where the name of the send connectors means both certificates.
fn instead_of_same_name(
    language: Language,
    old: &InUse<'_>,
    wanted: Wanted<'_>,
    new: &Certificate,
    (exported, sources): (&[&SendConnector], &[&str]),
) -> Vec<Fix> {
    let mut connectors = old.connectors.clone();
    for one in exported {
        if !connectors
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&one.name))
        {
            connectors.push(&one.name);
        }
    }
    let before = certificates::thumbprint(old.certificate);
    let servers = each_once(old.servers.clone());
    certificates::keep_one_of_same_name(
        language,
        &SameName {
            connectors: &connectors,
            servers: &servers,
            sources,
            front_ends: &old.front_ends,
            old: &[before.unwrap_or("<thumbprint of the old certificate>")],
            new: wanted.thumbprint,
            kept: new,
            edges: wanted.edges,
        },
    )
}

/// Each server once, whatever its spelling.
fn each_once(mut servers: Vec<&str>) -> Vec<&str> {
    servers.sort_unstable();
    servers.dedup_by(|one, other| same_server(one, other));
    servers
}

sentences! {
    /// Why nothing has to be set, where the name is right.
    fn names_it_already() {
        en: "The send connector names the renewed certificate already.",
        ja: "送信コネクタは、更新された証明書を既に指定しています。" ["7750fee5"],
    }
    /// The note of the command that sets the name.
    fn run_last() {
        en: "Run this last, when the renewed certificate is on every source server, with its private key, and is enabled for SMTP there.",
        ja: "このコマンドは最後に、更新された証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になってから実行します。" ["dc400193"],
    }
}
