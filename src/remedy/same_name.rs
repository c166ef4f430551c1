//! The whole procedure where the certificate to offer has the issuer and subject of the one that is
//! offered, so that the name of the send connectors means both.
//!
//! In: a [`CauseContext`] and the certificate to offer. Out: [`Fix`]es in the order in which they are
//! done.
//! Must not decide which certificate is right.

use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{same_name, same_server};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::certificates::{self, SameName};
use crate::remedy::{on_premises, servers};
use crate::smtp::certificate::Certificate;

/// The whole procedure, if the certificate that was offered has the same issuer and subject as the
/// one to offer: the name of the send connectors means both.
pub fn steps(context: &CauseContext<'_>, new: &Certificate, thumbprint: &str) -> Option<Vec<Fix>> {
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
                || on_premises::names(connector, offered)
        })
        .collect();
    let mut connectors: Vec<&str> = naming.iter().map(|one| one.name.as_str()).collect();
    if connectors.is_empty() {
        connectors.push(context.send_connector());
    }
    connectors.sort_unstable();
    connectors.dedup();
    let mut sources = servers::sources(context);
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
    let offering = servers::offering(context);
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

/// Whether both certificates have the same issuer and subject, so that one name means both.
fn has_same_name(one: &Certificate, other: &Certificate) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => !one.is_empty() && same_name(one, other),
        _ => false,
    };
    same(&one.subject, &other.subject) && same(&one.issuer, &other.issuer)
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
