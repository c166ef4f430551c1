//! CON004: the source address has changed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::attribution::judgement::{AddressMatch, ConnectorView};
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::inbound_connector;
use crate::diagnosis::rule::declare_rule;
use crate::language::Language;
use crate::remedy::command;
use crate::remedy::{settings, wording};

declare_rule! {
    /// The address from which the mail came is in no inbound connector.
    ///
    /// ## What it finds
    /// The tenant identifies your servers by address, or an earlier session of this send connector
    /// came from a listed address. The address that Exchange Online saw is in no connector. The
    /// EHLO reply shows this address: `Hello [203.0.113.7]`.
    ///
    /// ## Why it matters
    /// A new internet provider, a second internet line or another NAT rule changes the address.
    /// From then on, Exchange Online cannot assign the mail to your tenant.
    ///
    /// ## What to do
    /// Add the address to the connector. It is better to identify your servers by a certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply also comes when the server sends from another address than the connector lists.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - Observed in public logs: the EHLO reply says `Hello [address]`; that connectors are
    ///   compared with this address is inferred.
    SourceAddressNotListed {
        code: "CON004",
        name: "source-address-not-listed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
    }
}

impl Cause for SourceAddressNotListed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let source = context.source()?;
        let judgement = context.judgement;
        let with_addresses: Vec<&ConnectorView<'_>> = judgement
            .active()
            .filter(|view| view.has_addresses())
            .collect();
        let not_listed = with_addresses
            .iter()
            .all(|view| view.address == AddressMatch::NotListed);
        let relevant = context.identifies_by_address() || came_from_listed(context);
        if !context.concerns_our_side()
            || with_addresses.is_empty()
            || !not_listed
            || !relevant
            || !judgement.surely_none_matches()
        {
            return None;
        }
        let view = with_addresses[0];
        let example = if with_addresses.len() == 1 {
            ""
        } else {
            "For example, "
        };
        let seen = Seen::of(context, source);
        let told = if seen.proven.is_empty() {
            &seen.all
        } else {
            &seen.proven
        };
        let mut explanation = format!(
            "Exchange Online received mail of send connector '{}' from {}. No inbound connector lists {}. {} {}.",
            context.send_connector(),
            settings::listed(context.analysis.language, told.iter().map(String::as_str)),
            if told.len() == 1 {
                "this address"
            } else {
                "these addresses"
            },
            wording::capitalised(&format!(
                "{example}{}",
                wording::connector(context.analysis.language, view)
            )),
            wording::expectation(context.analysis.language, view),
        );
        if told.len() < seen.all.len() {
            let others = seen.all.iter().filter(|one| !told.contains(one));
            explanation.push_str(&format!(
                " Other sessions show {}.",
                settings::listed(context.analysis.language, others.map(String::as_str))
            ));
        }
        let mut finding = Diagnosis::of(&Self::META, explanation);
        if !seen.proven.is_empty() && with_addresses.len() == 1 {
            finding = finding.deciding(CauseContext::deciding(view));
        }
        finding.fix = steps(context.analysis.language, &seen, &with_addresses);
        Some(finding)
    }
}

/// The addresses of the send connector from which Exchange Online refused mail.
#[derive(Default)]
struct Seen {
    /// All of them.
    all: Vec<String>,
    /// IPv4 addresses that are proven to be those of the servers.
    proven: Vec<String>,
    /// IPv4 addresses that the log alone does not prove.
    unproven: Vec<String>,
    /// Addresses from which nothing reaches Exchange Online.
    unroutable: Vec<String>,
    /// One of them is an IPv6 address.
    ipv6: bool,
}

impl Seen {
    /// The unlisted addresses of all refusals of this send connector. The one of this refusal is first.
    fn of(context: &CauseContext<'_>, own: IpAddr) -> Seen {
        let analysis = context.analysis;
        let all = analysis.kinds_of(context.flow.key.connector);
        let mut found: BTreeMap<IpAddr, bool> = BTreeMap::new();
        found.insert(own, context.source_is_proven());
        for other in all.map(|occurrence| CauseContext::new(analysis, occurrence)) {
            let mut views = other.judgement.active().filter(|view| view.has_addresses());
            let unlisted = views.all(|view| view.address == AddressMatch::NotListed);
            let refused = other.concerns_our_side() && other.judgement.surely_none_matches();
            if let Some(source) = other.source()
                && unlisted
                && refused
            {
                *found.entry(source).or_default() |= other.source_is_proven();
            }
        }
        let mut seen = Seen::default();
        let mut sources: Vec<(IpAddr, bool)> = found.into_iter().collect();
        sources.sort_by_key(|(source, _)| *source != own);
        for (source, proven) in sources {
            let text = source.to_string();
            seen.all.push(text.clone());
            if inbound_connector::is_unroutable(source, source) {
                seen.unroutable.push(text);
            } else if source.is_ipv6() {
                seen.ipv6 = true;
            } else if proven {
                seen.proven.push(text);
            } else {
                seen.unproven.push(text);
            }
        }
        seen
    }
}

fn steps(language: Language, seen: &Seen, connectors: &[&ConnectorView<'_>]) -> Vec<Fix> {
    let mut steps = Vec::new();
    let list = settings::listed(language, seen.proven.iter().map(String::as_str));
    match connectors {
        _ if seen.proven.is_empty() => {}
        [view] => steps.push(Fix::command(
            Where::Online,
            format!(
                "Set-InboundConnector -Identity {} -SenderIPAddresses @{{Add={}}}",
                command::inbound_identity(view.connector),
                settings::quoted(seen.proven.iter().map(String::as_str))
            ),
            "1. Run the command. 2. Wait up to an hour. In the long run, it is better to identify your servers by a certificate (-TlsSenderCertificateName).",
        )),
        _ => steps.push(Fix::step(&format!(
            "1. Find the inbound connector that is meant for the server or site that uses {list}. 2. Add {list} to SenderIPAddresses of this connector. 3. Wait up to an hour."
        ))),
    }
    if seen.ipv6 {
        steps.push(Fix::step(
            "SenderIPAddresses of an inbound connector takes IPv4 addresses only. 1. Let the server send to Exchange Online over IPv4, for example by a firewall rule that blocks IPv6 on port 25. 2. Make sure that an inbound connector lists its public IPv4 address. Or identify your servers by a certificate (-TlsSenderCertificateName), which works over both.",
        ));
    }
    if !seen.unproven.is_empty() {
        let list = settings::listed(language, seen.unproven.iter().map(String::as_str));
        steps.push(find_out(&format!(
            "The log alone does not prove that {list} belongs to this server: only one session shows it, or the other side did not prove that it is Exchange Online."
        )));
    }
    if !seen.unroutable.is_empty() {
        let list = settings::listed(language, seen.unroutable.iter().map(String::as_str));
        steps.push(find_out(&format!(
            "{list} is no public address, so Exchange Online cannot have seen it, and a connector must not list it. A device on the way answered, or the log was changed."
        )));
    }
    steps
}

/// The step where the log does not prove that an address is that of the server.
fn find_out(why: &str) -> Fix {
    Fix::inspect(
        Where::Online,
        "Get-InboundConnector | Format-List Name,Enabled,ConnectorType,SenderIPAddresses"
            .to_owned(),
        &format!(
            "{why} 1. Find out the public address from which the server sends: ask the administrator of the firewall. 2. Run the command, and compare. 3. Add the address to SenderIPAddresses only if it is yours."
        ),
    )
}

/// Whether an earlier session of this stream and send connector came from a listed address.
fn came_from_listed(context: &CauseContext<'_>) -> bool {
    context
        .analysis
        .history_of(context.flow.key.connector)
        .filter(|(flow, _)| {
            flow.key.stream == context.flow.key.stream
                && context
                    .last_rejection()
                    .since(flow.first)
                    .is_some_and(|before| before > 0)
        })
        .any(|(_, judgement)| judgement.active().any(|view| view.matches_by_address()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, connector, contoso, findings, tenant};

    #[test]
    fn fires_where_the_tenant_goes_by_address() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let twice = [Session::default(), Session::default()];
        assert_eq!(
            causes(&twice, std::slice::from_ref(&by_address)),
            ["CON004"]
        );
        let found = findings(&SourceAddressNotListed, &twice, &[by_address]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses @{Add='203.0.113.7'}"
            )
        );
    }

    #[test]
    fn an_address_that_is_not_proven_is_not_added() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let once = [Session::default()];
        let claimed = Session {
            remote_issuer: "CN=Somebody, O=Somebody",
            ..Session::default()
        };
        for sessions in [&once[..], &[claimed.clone(), claimed]] {
            let found = findings(
                &SourceAddressNotListed,
                sessions,
                std::slice::from_ref(&by_address),
            );
            let command = found[0].fix[0].command.as_deref().expect("a command");
            assert!(command.starts_with("Get-"), "{command}");
        }
    }

    fn from(source: &'static str) -> [Session; 2] {
        let one = Session {
            source,
            ..Session::default()
        };
        [one.clone(), one]
    }

    fn commands(sessions: &[Session]) -> Vec<String> {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let found = findings(&SourceAddressNotListed, sessions, &[by_address]);
        let last = found.last().expect("a finding");
        let commands = last.fix.iter().filter_map(|fix| fix.command.clone());
        commands.collect()
    }

    #[test]
    fn every_proven_address_is_added_and_no_other_hides_it() {
        let mut sessions = from("203.0.113.8").to_vec();
        sessions.extend(from("203.0.113.9"));
        let once = &from("203.0.113.99")[..1];
        sessions.extend(once.iter().cloned());
        sessions.extend(from("10.0.0.5"));
        let commands = commands(&sessions);
        assert!(commands[0].contains("203.0.113.8"), "{commands:?}");
        assert!(commands[0].contains("203.0.113.9'"), "{commands:?}");
        assert!(!commands[0].contains("203.0.113.99"), "{commands:?}");
        assert!(!commands[0].contains("10.0.0.5"), "{commands:?}");
    }

    #[test]
    fn an_address_that_nobody_can_send_from_is_not_added() {
        for source in ["10.0.0.5", "192.168.1.1", "100.64.0.9", "127.0.0.1"] {
            let commands = commands(&from(source));
            assert!(commands[0].starts_with("Get-"), "{commands:?}");
        }
    }

    #[test]
    fn no_ipv6_address_is_added() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        let session = Session {
            source: "IPv6:2001:db8::7",
            ..Session::default()
        };
        let found = findings(
            &SourceAddressNotListed,
            &[session.clone(), session],
            &[by_address],
        );
        assert_eq!(found[0].fix[0].command, None);
    }

    #[test]
    fn fires_where_an_earlier_session_came_from_a_listed_address() {
        let mut mixed = tenant(Some("other.contoso.com"), &[], &["contoso.com"]);
        mixed
            .connectors
            .push(connector("by address", None, &["198.51.100.1"]));
        let before = Session {
            source: "198.51.100.1",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let after = Session {
            time: "2026-11-03T05:00",
            ..Session::default()
        };
        assert_eq!(causes(&[before, after], &[mixed]), ["CON004"]);
    }

    #[test]
    fn stays_silent_where_the_address_is_listed_or_certificates_decide() {
        let listed = tenant(None, &["203.0.113.0/24"], &["contoso.com"]);
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[listed]).is_empty());
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[contoso()]).is_empty());
    }
}
