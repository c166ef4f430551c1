//! Lets a send connector offer another certificate.
//!
//! In: a [`CauseContext`]. Out: the steps, with the certificate and the servers of the exports where
//! they show them, otherwise with placeholders that the notes explain.
//! Must not decide a cause. Must not set a name that is set already: where the name is right and
//! another certificate is offered, something else must change.

mod sentences;

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::ConnectorView;
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering::{self, Delivering};
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{NamedCertificate, is_sound};
use crate::language::Language;
use crate::onprem::ExchangeCertificate;
use crate::remedy::bring::Wanted;
use crate::remedy::certificates;
use crate::remedy::service::Service;
use crate::remedy::{bring, candidate, edge, on_premises, same_name, servers};
use crate::smtp::certificate::Certificate;

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
        return offer(
            context,
            known,
            &sentences::is_expected(context.analysis.language),
        );
    }
    if let Some((one, thumbprint)) = whole {
        return offer_logged(context, one, thumbprint);
    }
    if let Some(steps) = renewed_but_unusable(context) {
        return steps;
    }
    if let Some(known) = candidate::named_but_not_ready(context, None) {
        return offer(
            context,
            known,
            &sentences::is_expected(context.analysis.language),
        );
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
        &sentences::untrusted(context.analysis.language),
    )
}

/// Lets the failing servers offer a certificate with which, by the logs, the send connector delivers.
fn offer_logged(context: &CauseContext<'_>, one: &Delivering<'_>, thumbprint: &str) -> Vec<Fix> {
    let servers = servers::failing(context, thumbprint);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let language = context.analysis.language;
    let why = match one.server {
        Some(server) => sentences::delivers_on(language, thumbprint, server),
        None => sentences::delivers(language, thumbprint),
    };
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
            sentences::if_not_named_yet(language, &why)
        } else {
            make_sure_first(language, &why, !steps.is_empty())
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
    let language = context.analysis.language;
    let Some(thumbprint) = certificates::thumbprint(good) else {
        let service = Service::offering(context).words(language);
        let asks = certificates::asks(language);
        return vec![Fix::step(&sentences::copy(
            language, there, &asks, &service,
        ))];
    };
    if let Some(steps) = same_name::steps(context, good, thumbprint, Some(there)) {
        return steps;
    }
    let why = sentences::matches_on(language, there);
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
        &sentences::name_last(context.analysis.language),
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
    let why = sentences::without_changing(context.analysis.language, &view.connector.name);
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
        let note = sentences::replace_the_placeholder(context.analysis.language, why);
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
        let why = sentences::names_it_already(context.analysis.language, why);
        return bring_into_use(context, &servers, (thumbprint, from), &why);
    }
    let mut steps = beforehand(context, (thumbprint, from));
    let note = make_sure_first(context.analysis.language, why, !steps.is_empty());
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

/// The note of the command that sets the name of the certificate, behind the reason. `is_last` is true if
/// other steps come first.
fn make_sure_first(language: Language, why: &str, is_last: bool) -> String {
    if is_last {
        sentences::make_sure_last(language, why)
    } else {
        sentences::make_sure(language, why)
    }
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
        sentences::not_valid_before(context.analysis.language, thumbprint, &start)
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
