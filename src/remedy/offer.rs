//! Lets a send connector offer another certificate.
//!
//! In: a [`CauseContext`]. Out: the steps, with the certificate and the servers of the exports where
//! they show them, otherwise with placeholders that the notes explain.
//! Must not decide a cause. Must not set a name that is set already: where the name is right and
//! another certificate is offered, something else must change.

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{
    NamedCertificate, may_be_offered, same_name, same_server,
};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::certificates::{self, SameName};
use crate::remedy::{command, edge, on_premises};
use crate::smtp::certificate::Certificate;

/// The steps that let the send connector offer another certificate. They have the thumbprint of an
/// exported certificate that would match, otherwise a placeholder that `which` describes and `note`
/// explains.
pub fn switch(context: &CauseContext<'_>, which: &str, note: &str) -> Vec<Fix> {
    if let Some(steps) = too_long_for_edge(context) {
        return steps;
    }
    let Some(known) = matching_certificate(context, None) else {
        let connector = context.send_connector();
        return vec![command::offer_another(connector, which, note)];
    };
    offer(
        context,
        known,
        "The command names a certificate from your exports that an inbound connector expects.",
    )
}

/// The alternative steps: let the send connector offer an exported certificate that this inbound
/// connector matches. None if the exports show no such certificate.
pub fn instead(context: &CauseContext<'_>, view: &ConnectorView<'_>) -> Vec<Fix> {
    let Some(known) = matching_certificate(context, Some(view)) else {
        return Vec::new();
    };
    let why = format!(
        "Use this fix instead if you do not want to change the inbound connector. The send connector then offers a certificate from your exports that '{}' expects already.",
        view.connector.name
    );
    if let Some(steps) = too_long_for_edge(context) {
        return steps;
    }
    offer(context, known, &why)
}

/// Lets the send connector offer a certificate of the exports.
fn offer(context: &CauseContext<'_>, known: &ExchangeCertificate, why: &str) -> Vec<Fix> {
    let connector = context.send_connector();
    let Some(thumbprint) = certificates::thumbprint(&known.certificate) else {
        return vec![command::offer_another(
            connector,
            "the certificate",
            &format!(
                "{why} 1. Replace the placeholder in the command with its thumbprint. 2. Run the command."
            ),
        )];
    };
    let servers = servers(context);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    if let Some(offered) = context.certificate()
        && has_same_name(offered, &known.certificate)
        && let Some(old) = certificates::thumbprint(offered)
    {
        return certificates::keep_one_of_same_name(&SameName {
            connectors: &[connector],
            servers: &servers,
            sources: &servers,
            old: &[old],
            new: thumbprint,
        });
    }
    if is_named(context, &known.certificate) {
        let before = format!(
            "{why} The send connector names it already, so setting the name again changes nothing. 1. Make sure that this certificate is on the server of the command, with its private key. 2. Run the command. 3. Restart the transport service (MSExchangeTransport)."
        );
        return certificates::enable_for_smtp(&servers, thumbprint, &before);
    }
    let note = format!(
        "{why} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command."
    );
    vec![command::offer(connector, thumbprint, &note)]
}

/// The exported certificate that an inbound connector would match. One on the server that sent the
/// mail is preferred. Of several, the one that expires last is taken. Never the one that was
/// offered, and never one that could not be offered at the time of the last rejection.
fn matching_certificate<'a>(
    context: &CauseContext<'a>,
    view: Option<&ConnectorView<'_>>,
) -> Option<&'a ExchangeCertificate> {
    let expected: Vec<&ConnectorName> = match view {
        Some(view) => view.name.iter().collect(),
        None => context
            .judgement
            .active()
            .filter_map(|view| view.name.as_ref())
            .collect(),
    };
    let offered = context
        .certificate()
        .and_then(|known| known.thumbprint.as_deref());
    let last = context.occurrence.last;
    let server = context.analysis.server(context.flow.key.stream);
    let here = |known: &ExchangeCertificate| match (known.server.as_deref(), server) {
        (Some(known), Some(server)) => same_server(known, server),
        _ => false,
    };
    let all = context.analysis.on_premises.certificates.iter();
    let candidates = all.filter(|known| {
        let certificate = &known.certificate;
        let names = CertificateNames::of(certificate);
        let matches = |wanted: &&ConnectorName| {
            let found = name_match::compare(wanted, &names, Strictness::Table);
            found.verdict == NameVerdict::Match
        };
        certificate.thumbprint.is_some()
            && certificate.thumbprint.as_deref() != offered
            && may_be_offered(known, last)
            && expected.iter().any(matches)
    });
    candidates.max_by(|a, b| {
        let key = |known: &ExchangeCertificate| (here(known), known.certificate.not_after);
        key(a)
            .cmp(&key(b))
            .then_with(|| b.certificate.thumbprint.cmp(&a.certificate.thumbprint))
    })
}

/// Whether both certificates have the same issuer and subject, so that one name means both.
fn has_same_name(one: &Certificate, other: &Certificate) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => !one.is_empty() && same_name(one, other),
        _ => false,
    };
    same(&one.subject, &other.subject) && same(&one.issuer, &other.issuer)
}

/// Whether every export of the send connector names this certificate.
fn is_named(context: &CauseContext<'_>, certificate: &Certificate) -> bool {
    let mut exports = on_premises::send_connectors(context).peekable();
    exports.peek().is_some()
        && exports.all(|connector| {
            let name = connector.tls_certificate_name.value();
            let name = name
                .and_then(Option::as_deref)
                .and_then(NamedCertificate::parse);
            name.is_some_and(|name| name.means(certificate) == Some(true))
        })
}

/// The source servers of the send connector by its export, else the servers whose logs show it.
pub fn servers(context: &CauseContext<'_>) -> Vec<String> {
    let mut servers: Vec<String> = on_premises::send_connectors(context)
        .filter_map(|connector: &SendConnector| connector.source_servers.value())
        .flatten()
        .cloned()
        .collect();
    if servers.is_empty() {
        let analysis = context.analysis;
        let flows = analysis.flows_of(context.flow.key.connector);
        let names = flows.map(|(flow, _)| analysis.server_name(flow.key.stream));
        servers = names.flatten().map(str::to_owned).collect();
    }
    servers.sort_unstable();
    servers.dedup();
    servers
}

/// The steps where an Edge server never gets the name of the certificate, because it is too long.
fn too_long_for_edge(context: &CauseContext<'_>) -> Option<Vec<Fix>> {
    let stream = context.analysis.streams.get(context.flow.key.stream)?;
    if !edge::is_role_of(&stream.name) {
        return None;
    }
    on_premises::send_connectors(context).find_map(edge::without_long_name)
}
