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
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{
    NamedCertificate, may_be_offered, same_name, same_server,
};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::certificates::{self, SameName};
use crate::remedy::{bring, command, edge, on_premises};
use crate::smtp::certificate::Certificate;

/// The steps that let the send connector offer another certificate. They have the thumbprint of an
/// exported certificate that would match, otherwise a placeholder that `which` describes and `note`
/// explains.
pub fn switch(context: &CauseContext<'_>, which: &str, note: &str) -> Vec<Fix> {
    if let Some(steps) = too_long_for_edge(context) {
        return steps;
    }
    let exported = matching_certificate(context, None);
    let shown = delivering::delivering(context);
    let mut whole = shown
        .iter()
        .filter_map(|one| Some((one, certificates::thumbprint(one.certificate)?)));
    let whole = whole.next();
    // What another server delivers with right now goes before a certificate that nobody names.
    let is_named = exported.is_some_and(|known| is_named(context, &known.certificate));
    if let Some((one, thumbprint)) = whole.filter(|(one, _)| one.elsewhere && !is_named) {
        return offer_logged(context, one, thumbprint);
    }
    if let Some(known) = exported {
        let why = "Your exports hold a certificate that an inbound connector expects.";
        return offer(context, known, why);
    }
    if let Some((one, thumbprint)) = whole {
        return offer_logged(context, one, thumbprint);
    }
    vec![command::offer_another(
        context.send_connector(),
        which,
        note,
    )]
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
    let servers = failing_servers(context, thumbprint);
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let place = one
        .server
        .map_or(String::new(), |server| format!(" on {server}"));
    let why = format!(
        "By the log, mail with certificate {thumbprint} is accepted over this send connector{place}."
    );
    if let Some(steps) = same_name_steps(context, one.certificate, thumbprint) {
        return steps;
    }
    let named = is_named(context, one.certificate);
    let mut steps = Vec::new();
    if one.elsewhere || named {
        let own = context.analysis.on_premises;
        steps = bring::into_use(own, &servers, thumbprint, one.server, &why);
    }
    if names_another(context, one.certificate) {
        steps.push(name_it(context, thumbprint));
    } else if !named {
        let note = if one.elsewhere {
            format!(
                "{why} Run this command only if the send connector does not name this certificate yet: compare Get-SendConnector | Format-List Name,TlsCertificateName first."
            )
        } else {
            format!(
                "{why} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command."
            )
        };
        steps.push(command::offer(context.send_connector(), thumbprint, &note));
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
            "1. Export the certificate that matches, with its private key, on {there} (Export-ExchangeCertificate). 2. Import it on each server that is out of step (Import-ExchangeCertificate), and enable it for SMTP there (Enable-ExchangeCertificate -Services SMTP). {} 3. Restart the transport service (MSExchangeTransport) on these servers.",
            certificates::ASKS
        ))];
    };
    if let Some(steps) = same_name_steps(context, good, thumbprint) {
        return steps;
    }
    let own = context.analysis.on_premises;
    let why = format!("This certificate matches on {there}.");
    let mut steps = bring::into_use(own, servers, thumbprint, Some(there), &why);
    if names_another(context, good) {
        steps.push(name_it(context, thumbprint));
    }
    steps
}

/// Sets the name after the certificate is on the servers.
fn name_it(context: &CauseContext<'_>, thumbprint: &str) -> Fix {
    command::offer(
        context.send_connector(),
        thumbprint,
        "Do this last. By its export, the send connector names another certificate, or none, so that each server selects one by itself.",
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
    if let Some(steps) = same_name_steps(context, &known.certificate, thumbprint) {
        return steps;
    }
    if is_named(context, &known.certificate) {
        let servers = failing_servers(context, thumbprint);
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let why = format!(
            "{why} The send connector names it already, so setting the name again changes nothing."
        );
        let own = context.analysis.on_premises;
        return bring::into_use(own, &servers, thumbprint, known.server.as_deref(), &why);
    }
    let note = format!(
        "{why} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command."
    );
    vec![command::offer(connector, thumbprint, &note)]
}

/// The whole procedure, if the certificate that was offered has the same issuer and subject as the
/// one to offer: the name of the send connectors means both.
fn same_name_steps(
    context: &CauseContext<'_>,
    new: &Certificate,
    thumbprint: &str,
) -> Option<Vec<Fix>> {
    let offered = context.certificate()?;
    let old = certificates::thumbprint(offered)?;
    if !has_same_name(offered, new) {
        return None;
    }
    let all = &context.analysis.on_premises.send_connectors;
    let naming: Vec<&SendConnector> = all
        .iter()
        .filter(|connector| {
            connector
                .name
                .eq_ignore_ascii_case(context.send_connector())
                || names(connector, offered)
        })
        .collect();
    let mut connectors: Vec<&str> = naming.iter().map(|one| one.name.as_str()).collect();
    if connectors.is_empty() {
        connectors.push(context.send_connector());
    }
    connectors.sort_unstable();
    connectors.dedup();
    let mut sources = servers(context);
    let others = naming.iter().filter_map(|one| one.source_servers.value());
    sources.extend(others.flatten().cloned());
    sources.sort_unstable();
    sources.dedup_by(|one, other| same_server(one, other));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    Some(certificates::keep_one_of_same_name(&SameName {
        connectors: &connectors,
        servers: &holders(context, &sources, old),
        sources: &sources,
        old: &[old],
        new: thumbprint,
    }))
}

/// The servers that have this certificate, by the export where it shows their certificates, otherwise
/// by the log.
fn holders<'s>(context: &CauseContext<'_>, sources: &[&'s str], thumbprint: &str) -> Vec<&'s str> {
    let own = context.analysis.on_premises;
    let offering = offering_servers(context);
    let has = |server: &&&str| {
        let here = |known: &&ExchangeCertificate| {
            let known = known.server.as_deref();
            known.is_some_and(|known| same_server(known, server))
        };
        let mut there = own.certificates.iter().filter(here).peekable();
        if there.peek().is_none() {
            let mut offering = offering.iter();
            return offering.any(|known| same_server(known, server));
        }
        there.any(|known| {
            let known = known.certificate.thumbprint.as_deref();
            known.is_some_and(|known| known.eq_ignore_ascii_case(thumbprint))
        })
    };
    let found: Vec<&str> = sources.iter().filter(has).copied().collect();
    if found.is_empty() {
        sources.to_vec()
    } else {
        found
    }
}

/// The servers whose logs show the certificate of this failure over this send connector.
fn offering_servers(context: &CauseContext<'_>) -> Vec<String> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let flows = analysis.flows_of(own.connector);
    let same = flows.filter(|(flow, _)| flow.key.certificate == own.certificate);
    let servers = same.filter_map(|(flow, _)| analysis.server_name(flow.key.stream));
    servers.map(str::to_owned).collect()
}

/// The servers with this failure, and source servers without logs on which, as far as the exports
/// show, the certificate to offer is not in use yet.
fn failing_servers(context: &CauseContext<'_>, thumbprint: &str) -> Vec<String> {
    let analysis = context.analysis;
    let own = context.flow.key;
    let offering = offering_servers(context);
    let offering: Vec<&str> = offering.iter().map(String::as_str).collect();
    let offering = delivering::not_delivering(context, &offering);
    let mut servers: Vec<String> = offering.into_iter().map(str::to_owned).collect();
    let logged = |server: &str| {
        let mut flows = analysis.flows_of(own.connector);
        flows.any(|(flow, _)| {
            let known = analysis.server(flow.key.stream);
            known.is_some_and(|known| known.split('/').any(|part| same_server(part, server)))
        })
    };
    let sources = on_premises::send_connectors(context)
        .filter_map(|connector| connector.source_servers.value())
        .flatten();
    for server in sources {
        let in_use = bring::is_in_use(analysis.on_premises, server, thumbprint);
        if !logged(server) && !in_use {
            servers.push(server.clone());
        }
    }
    if servers.is_empty() {
        servers.push("<server>".to_owned());
    }
    servers.sort_unstable();
    servers.dedup();
    servers
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
            && !delivering::is_of_no_use(context.analysis, certificate)
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
    exports.peek().is_some() && exports.all(|connector| names(connector, certificate))
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

/// Whether the export of a send connector names this certificate.
fn names(connector: &SendConnector, certificate: &Certificate) -> bool {
    let name = connector.tls_certificate_name.value();
    let name = name
        .and_then(Option::as_deref)
        .and_then(NamedCertificate::parse);
    name.is_some_and(|name| name.means(certificate) == Some(true))
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
pub fn too_long_for_edge(context: &CauseContext<'_>) -> Option<Vec<Fix>> {
    let stream = context.analysis.streams.get(context.flow.key.stream)?;
    if !edge::is_role_of(&stream.name) {
        return None;
    }
    on_premises::send_connectors(context).find_map(edge::without_long_name)
}

#[cfg(test)]
mod tests {
    use crate::causes::CAUSES;
    use crate::diagnosis::cause_context::CauseContext;
    use crate::input::timestamp::Timestamp;
    use crate::onprem::{ExchangeCertificate, SendConnector};
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, contoso, with_analysis};
    use crate::tenant::Known;

    fn named(name: &str, servers: &[&str]) -> SendConnector {
        SendConnector {
            name: name.to_owned(),
            source_servers: Known::Value(servers.iter().map(|one| (*one).to_owned()).collect()),
            ..send_connector()
        }
    }

    /// The commands for an expired certificate that has a renewed one of the same name.
    fn commands(connectors: Vec<SendConnector>) -> Vec<String> {
        let expired = Session {
            valid: "2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z",
            ..Session::default()
        };
        let tenants = [contoso()];
        let sessions = [expired];
        let offered = with_analysis(&sessions, &tenants, &Default::default(), |analysis| {
            analysis.aggregate.certificates[0].thumbprint.clone()
        });
        let new = exchange_certificate('B');
        let mut old = exchange_certificate('A');
        old.certificate.thumbprint = offered;
        old.certificate.not_after = Timestamp::parse(b"2026-01-01T00:00:00.000Z");
        let on = |one: &ExchangeCertificate, server: &str| ExchangeCertificate {
            server: Some(server.to_owned()),
            ..one.clone()
        };
        let all = vec![on(&new, "EX01"), on(&old, "EX01"), on(&new, "EX02")];
        let own = on_premises(connectors, all);
        with_analysis(&sessions, &tenants, &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&context)).unwrap();
            let commands = finding.fix.into_iter().filter_map(|step| step.command);
            commands.collect()
        })
    }

    #[test]
    fn every_connector_that_names_the_certificate_is_cleared() {
        let text = commands(vec![
            named("Out", &["EX01"]),
            named("To partner", &["EX02"]),
        ])
        .join("\n");
        for connector in ["Out", "To partner"] {
            let clear = format!("-Identity '{connector}' -TlsCertificateName $null");
            assert!(text.contains(&clear), "{text}");
        }
        assert!(
            text.contains("Remove-ExchangeCertificate -Server 'EX01'"),
            "{text}"
        );
        // The old certificate is not on EX02, which must not send meanwhile all the same.
        assert!(
            !text.contains("Remove-ExchangeCertificate -Server 'EX02'"),
            "{text}"
        );
        assert!(text.contains("-ComputerName 'EX01','EX02'"), "{text}");
    }
}
