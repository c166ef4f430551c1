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
use crate::diagnosis::delivering::{self, Delivering};
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{NamedCertificate, is_sound};
use crate::onprem::ExchangeCertificate;
use crate::remedy::bring::Wanted;
use crate::remedy::certificates;
use crate::remedy::service::Service;
use crate::remedy::{bring, candidate, edge, on_premises, same_name, servers};
use crate::smtp::certificate::Certificate;

/// Why an exported certificate is the one to offer.
const IS_EXPECTED: &str = "Your exports hold a certificate that an inbound connector expects.";

/// The steps that let the send connector offer another certificate. They have the thumbprint of an
/// exported certificate that would match, otherwise a placeholder that `which` describes and `note`
/// explains.
pub fn switch(context: &CauseContext<'_>, which: &str, note: &str) -> Vec<Fix> {
    if let Some(steps) = too_long_for_edge(context) {
        return steps;
    }
    let exported = candidate::matching(context, None);
    let shown = delivering::delivering(context);
    let mut whole = shown
        .iter()
        .filter_map(|one| Some((one, certificates::thumbprint(one.certificate)?)));
    let whole = whole.next();
    // What another server delivers with right now goes before a certificate that nobody names.
    let is_named = exported.is_some_and(|known| on_premises::is_named(context, &known.certificate));
    if let Some((one, thumbprint)) = whole.filter(|(one, _)| one.elsewhere && !is_named) {
        return offer_logged(context, one, thumbprint);
    }
    if let Some(known) = exported {
        return offer(context, known, IS_EXPECTED);
    }
    if let Some((one, thumbprint)) = whole {
        return offer_logged(context, one, thumbprint);
    }
    if let Some(steps) = renewed_but_unusable(context) {
        return steps;
    }
    if let Some(known) = candidate::named_but_not_ready(context, None) {
        return offer(context, known, IS_EXPECTED);
    }
    edge::offer_another(
        context.analysis.language,
        servers::are_edges(context),
        context.send_connector(),
        which,
        note,
    )
}

/// The steps where the certificate that was offered is not of a public authority.
pub fn switch_from_own_authority(context: &CauseContext<'_>) -> Vec<Fix> {
    switch(
        context,
        "the certificate of a public authority",
        "Exchange Online does not trust the certificate that was offered: it is not of a public authority, or not valid. 1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key and its intermediate certificates, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
    )
}

/// Lets the failing servers offer a certificate with which, by the logs, the send connector delivers.
fn offer_logged(context: &CauseContext<'_>, one: &Delivering<'_>, thumbprint: &str) -> Vec<Fix> {
    let servers = servers::failing(context, thumbprint);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let place = one
        .server
        .map_or(String::new(), |server| format!(" on {server}"));
    let why = format!(
        "By the log, mail with certificate {thumbprint} is accepted over this send connector{place}."
    );
    if let Some(steps) = same_name::steps(context, one.certificate, thumbprint, one.server) {
        return steps;
    }
    let named = on_premises::is_named(context, one.certificate);
    let mut steps = Vec::new();
    if one.elsewhere || named {
        steps = bring_into_use(context, &servers, (thumbprint, one.server), &why);
    }
    if names_another(context, one.certificate) {
        steps.extend(name_it(context, (one.certificate, thumbprint)));
    } else if !named {
        if !one.elsewhere {
            steps = beforehand(context, (thumbprint, one.server));
        }
        let note = if one.elsewhere {
            format!(
                "{why} Run this command only if the send connector does not name this certificate yet: compare Get-SendConnector | Format-List Name,TlsCertificateName first."
            )
        } else {
            let last = if steps.is_empty() {
                ""
            } else {
                " Do this last."
            };
            format!(
                "{why}{last} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command."
            )
        };
        let certificate = (one.certificate, thumbprint);
        let is_edge = servers::are_edges(context);
        let connector = context.send_connector();
        steps.extend(edge::offer(
            context.analysis.language,
            is_edge,
            connector,
            certificate,
            &note,
        ));
    }
    steps
}

/// Lets servers that are out of step offer the certificate that matches on the server `there`.
pub fn in_step(
    context: &CauseContext<'_>,
    good: &Certificate,
    servers: &[&str],
    there: &str,
) -> Vec<Fix> {
    let Some(thumbprint) = certificates::thumbprint(good) else {
        return vec![Fix::step(&format!(
            "1. Export the certificate that matches, with its private key, on {there} (Export-ExchangeCertificate). 2. Import it on each server that is out of step (Import-ExchangeCertificate), and enable it for SMTP there (Enable-ExchangeCertificate -Services SMTP). {} 3. Restart {} on these servers.",
            certificates::asks(context.analysis.language),
            Service::offering(context).words(context.analysis.language)
        ))];
    };
    if let Some(steps) = same_name::steps(context, good, thumbprint, Some(there)) {
        return steps;
    }
    let why = format!("This certificate matches on {there}.");
    let mut steps = bring_into_use(context, servers, (thumbprint, Some(there)), &why);
    if names_another(context, good) {
        steps.extend(name_it(context, (good, thumbprint)));
    }
    steps
}

/// Brings a certificate, which is on the server `from`, into use on other servers.
fn bring_into_use(
    context: &CauseContext<'_>,
    servers: &[&str],
    (thumbprint, from): (&str, Option<&str>),
    why: &str,
) -> Vec<Fix> {
    let wanted = Wanted {
        thumbprint,
        from,
        service: Service::offering(context),
        edges: Edges::of(context.analysis.streams),
    };
    bring::into_use(
        context.analysis.language,
        context.analysis.on_premises,
        servers,
        wanted,
        why,
    )
}

/// Sets the name after the certificate is on the servers.
fn name_it(context: &CauseContext<'_>, certificate: (&Certificate, &str)) -> Vec<Fix> {
    edge::offer(
        context.analysis.language,
        servers::are_edges(context),
        context.send_connector(),
        certificate,
        "Do this last. By its export, the send connector names another certificate, or none, so that each server selects one by itself.",
    )
}

/// The alternative steps: let the send connector offer an exported certificate that this inbound
/// connector matches. None if the exports show no such certificate.
pub fn instead(context: &CauseContext<'_>, view: &ConnectorView<'_>) -> Vec<Fix> {
    let ready = candidate::matching(context, Some(view));
    let known = ready.or_else(|| candidate::named_but_not_ready(context, Some(view)));
    let Some(known) = known else {
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
pub fn exported(context: &CauseContext<'_>, known: &ExchangeCertificate, why: &str) -> Vec<Fix> {
    too_long_for_edge(context).unwrap_or_else(|| offer(context, known, why))
}

/// The same, where the name of the certificate is not too long.
fn offer(context: &CauseContext<'_>, known: &ExchangeCertificate, why: &str) -> Vec<Fix> {
    let connector = context.send_connector();
    let Some(thumbprint) = certificates::thumbprint(&known.certificate) else {
        let note = format!(
            "{why} 1. Replace the placeholder in the command with its thumbprint. 2. Run the command."
        );
        let is_edge = servers::are_edges(context);
        return edge::offer_another(
            context.analysis.language,
            is_edge,
            connector,
            "the certificate",
            &note,
        );
    };
    let from = known.server.as_deref();
    let from = from.filter(|_| known.has_private_key.value() != Some(&false));
    if let Some(steps) = same_name::steps(context, &known.certificate, thumbprint, from) {
        return steps;
    }
    if on_premises::is_named(context, &known.certificate) {
        let servers = servers::failing(context, thumbprint);
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let why = format!(
            "{why} The send connector names it already, so setting the name again changes nothing."
        );
        return bring_into_use(context, &servers, (thumbprint, from), &why);
    }
    let mut steps = beforehand(context, (thumbprint, from));
    let last = if steps.is_empty() {
        ""
    } else {
        " Do this last."
    };
    let note = format!(
        "{why}{last} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command."
    );
    let certificate = (&known.certificate, thumbprint);
    let is_edge = servers::are_edges(context);
    steps.extend(edge::offer(
        context.analysis.language,
        is_edge,
        connector,
        certificate,
        &note,
    ));
    steps
}

/// What the servers that send need first, so that each of them can offer the certificate, which is on
/// the server `from`. Nothing where the exports show no such need.
fn beforehand(context: &CauseContext<'_>, (thumbprint, from): (&str, Option<&str>)) -> Vec<Fix> {
    let servers = servers::sending(context);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let own = context.analysis.on_premises;
    let wanted = Wanted {
        thumbprint,
        from: from.or_else(|| bring::server_with(own, &servers, thumbprint)),
        service: Service::offering(context),
        edges: Edges::of(context.analysis.streams),
    };
    bring::beforehand(context.analysis.language, own, &servers, wanted)
}

/// The steps where the exports have the renewed certificate, with the issuer and subject of the one that
/// was offered, but its private key is missing or it is not enabled for SMTP: first what is missing, then
/// the procedure for certificates of one name.
fn renewed_but_unusable(context: &CauseContext<'_>) -> Option<Vec<Fix>> {
    let offered = context.certificate()?;
    let last = context.occurrence.last;
    let expected: Vec<&ConnectorName> = context
        .judgement
        .active()
        .filter_map(|view| view.name.as_ref())
        .collect();
    let all = context.analysis.on_premises.certificates.iter();
    let renewed = all.filter(|known| {
        let certificate = &known.certificate;
        let names = CertificateNames::of(certificate);
        let matches = |wanted: &&ConnectorName| {
            let found = name_match::compare(wanted, &names, Strictness::Table);
            found.verdict == NameVerdict::Match
        };
        certificate.thumbprint != offered.thumbprint
            && same_name::has_same_name(offered, certificate)
            && is_sound(known, last)
            && !delivering::is_of_no_use(context.analysis, certificate)
            && (!context.analysis.has_exports() || expected.iter().any(matches))
    });
    let newest = renewed.max_by_key(|known| known.certificate.not_after)?;
    let thumbprint = certificates::thumbprint(&newest.certificate)?;
    same_name::steps(context, &newest.certificate, thumbprint, None)
}

/// A sentence, behind a space, where the exports have the renewed certificate, with the issuer and subject
/// of the one that was offered, but it is valid only later. Empty otherwise.
pub fn valid_later(context: &CauseContext<'_>) -> String {
    let last = context.occurrence.last;
    let later = |known: &&ExchangeCertificate| {
        let start = known.certificate.not_before;
        let same = |offered| same_name::has_same_name(offered, &known.certificate);
        start.is_some_and(|start| start > last) && context.certificate().is_some_and(same)
    };
    let mut all = context.analysis.on_premises.certificates.iter();
    let found = all.find(later).map(|known| &known.certificate);
    let shown = found.and_then(|found| {
        let start = found.not_before?.rfc3339()?;
        Some((certificates::thumbprint(found)?, start))
    });
    shown.map_or(String::new(), |(thumbprint, start)| {
        format!(" By the export, {thumbprint} has this issuer and subject, but it is not valid before {start}.")
    })
}

/// Whether the exports of the send connector surely name no certificate or others only.
fn names_another(context: &CauseContext<'_>, certificate: &Certificate) -> bool {
    let mut exports = on_premises::send_connectors(context).peekable();
    exports.peek().is_some()
        && exports.all(|connector| match connector.tls_certificate_name.value() {
            None => false,
            Some(None) => true,
            Some(Some(name)) => {
                let name = NamedCertificate::parse(name);
                name.is_none_or(|name| name.means(certificate) == Some(false))
            }
        })
}

/// The steps where an Edge server never gets the name of the certificate, because it is too long.
pub fn too_long_for_edge(context: &CauseContext<'_>) -> Option<Vec<Fix>> {
    let stream = context.analysis.streams.get(context.flow.key.stream)?;
    if !edge::is_role_of(&stream.name) {
        return None;
    }
    on_premises::send_connectors(context)
        .find_map(|connector| edge::without_long_name(context.analysis.language, connector))
}
