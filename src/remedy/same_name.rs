//! The whole procedure where the certificate to offer has the issuer and subject of the one that is
//! offered, so that the name of the send connectors means both.
//!
//! In: a [`CauseContext`] and the certificate to offer. Out: [`Fix`]es in the order in which they are
//! done.
//! Must not decide which certificate is right.

use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::transport_certificate::{same_name, same_server};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::bring::Wanted;
use crate::remedy::certificates::{self, SameName};
use crate::remedy::service::Service;
use crate::remedy::{bring, on_premises, servers};
use crate::smtp::certificate::Certificate;

/// The whole procedure, if the certificate that was offered has the same issuer and subject as the
/// one to offer: the name of the send connectors means both. `from` is a server that has the one to
/// offer.
pub fn steps(
    context: &CauseContext<'_>,
    new: &Certificate,
    thumbprint: &str,
    from: Option<&str>,
) -> Option<Vec<Fix>> {
    let offered = context.certificate()?;
    let old = certificates::thumbprint(offered)?;
    if !has_same_name(offered, new) {
        return None;
    }
    let naming = naming(context, offered);
    let mut connectors: Vec<&str> = naming.iter().map(|one| one.name.as_str()).collect();
    if connectors.is_empty() {
        connectors.push(context.send_connector());
    }
    connectors.sort_unstable();
    connectors.dedup();
    let mut sources = servers::sources(context);
    let others = naming.iter().filter_map(|one| one.source_servers.value());
    sources.extend(others.flatten().cloned());
    let sources = each_once(sources);
    let front_ends = servers::front_ends(context);
    // The one that sends must have the certificate: the front end, where there is one.
    let sending = if front_ends.is_empty() {
        sources.clone()
    } else {
        front_ends.clone()
    };
    let all = each_once(sources.iter().chain(&front_ends).cloned().collect());
    let [sources, front_ends, sending, all] =
        [&sources, &front_ends, &sending, &all].map(|names| texts(names));
    let own = context.analysis.on_premises;
    let edges = Edges::of(context.analysis.streams);
    let mut steps = bring::beforehand(
        context.analysis.language,
        own,
        &sending,
        Wanted {
            thumbprint,
            from: from.or_else(|| bring::server_with(own, &all, thumbprint)),
            service: Service::offering(context),
            edges,
        },
    );
    let holders = holders(context, &all, old);
    let with_old = |one: &&str| holders.iter().any(|known| same_server(known, one));
    let restarted: Vec<&str> = front_ends.iter().copied().filter(with_old).collect();
    steps.extend(certificates::keep_one_of_same_name(
        context.analysis.language,
        &SameName {
            connectors: &connectors,
            servers: &holders,
            sources: &sources,
            front_ends: if restarted.is_empty() {
                &front_ends
            } else {
                &restarted
            },
            old: &[old],
            new: thumbprint,
            kept: new,
            edges,
        },
    ));
    Some(steps)
}

/// The exports of the send connector, and those of others that name the certificate.
fn naming<'a>(context: &CauseContext<'a>, offered: &Certificate) -> Vec<&'a SendConnector> {
    let own = context.send_connector();
    let all = context.analysis.on_premises.send_connectors.iter();
    all.filter(|one| one.name.eq_ignore_ascii_case(own) || on_premises::names(one, offered))
        .collect()
}

/// Each server once.
fn each_once(mut servers: Vec<String>) -> Vec<String> {
    servers.sort_unstable();
    servers.dedup_by(|one, other| same_server(one, other));
    servers
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The servers that have this certificate, by the export where it shows their certificates, otherwise
/// by the log, without those that deliver with another one by now.
fn holders<'s>(context: &CauseContext<'_>, sources: &[&'s str], thumbprint: &str) -> Vec<&'s str> {
    let own = context.analysis.on_premises;
    let offering = servers::offering(context);
    let offering = delivering::not_delivering(context, &texts(&offering));
    let has = |server: &&&str| {
        let here = |known: &&ExchangeCertificate| {
            let known = known.server.as_deref();
            known.is_some_and(|known| same_server(known, server))
        };
        let mut there = own.certificates.iter().filter(here);
        let is_nameless = |known: &ExchangeCertificate| known.certificate.thumbprint.is_none();
        // Where an export shows nothing of the server, or lost a thumbprint, the log decides.
        if there.clone().next().is_none() || there.clone().any(is_nameless) {
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
pub fn has_same_name(one: &Certificate, other: &Certificate) -> bool {
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
    use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
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
        commands_of(&sessions, &on_premises(connectors, all))
    }

    /// The commands of the first incident.
    fn commands_of(sessions: &[Session], own: &OnPremises) -> Vec<String> {
        let tenants = [contoso()];
        with_analysis(sessions, &tenants, own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = CAUSES.iter().find_map(|rule| rule.check(&context)).unwrap();
            let commands = finding.fix.into_iter().filter_map(|step| step.command);
            commands.collect()
        })
    }

    /// An expired certificate on two servers, and the renewed one on the first of them, changed.
    fn renewed(servers: &[&str], change: impl Fn(&mut ExchangeCertificate)) -> Vec<String> {
        let expired = Session {
            valid: "2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z",
            ..Session::default()
        };
        let sessions = [expired];
        let offered = with_analysis(&sessions, &[contoso()], &Default::default(), |analysis| {
            analysis.aggregate.certificates[0].thumbprint.clone()
        });
        let mut all = Vec::new();
        for (at, server) in servers.iter().enumerate() {
            let mut old = exchange_certificate('A');
            old.server = Some((*server).to_owned());
            old.certificate.thumbprint.clone_from(&offered);
            old.certificate.not_after = Timestamp::parse(b"2026-01-01T00:00:00.000Z");
            all.push(old);
            if at == 0 {
                let mut new = exchange_certificate('B');
                change(&mut new);
                all.push(new);
            }
        }
        commands_of(&sessions, &on_premises(vec![named("Out", servers)], all))
    }

    #[test]
    fn what_the_renewed_certificate_lacks_is_set_right_first() {
        let enable = |server: &str| {
            let thumbprint = "B".repeat(40);
            format!(
                "Enable-ExchangeCertificate -Server '{server}' -Thumbprint '{thumbprint}' -Services SMTP"
            )
        };
        let not_for_smtp = renewed(&["EX01"], |new| new.services = Known::Value(Vec::new()));
        let without_key = renewed(&["EX01"], |new| new.has_private_key = Known::Value(false));
        let missing = renewed(&["EX01", "EX02"], |_| {});
        for (commands, server) in [
            (not_for_smtp, "EX01"),
            (without_key, "EX01"),
            (missing, "EX02"),
        ] {
            assert_eq!(commands[0], enable(server), "{commands:?}");
            assert!(commands[1].contains("Stop-Service"), "{commands:?}");
            let removed = |one: &String| one.starts_with("Remove-ExchangeCertificate");
            assert!(commands.iter().any(removed), "{commands:?}");
        }
        // Where nothing is missing, the procedure begins at once.
        assert!(renewed(&["EX01"], |_| {})[0].contains("Stop-Service"));
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
