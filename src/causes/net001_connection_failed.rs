//! NET001: no connection to Exchange Online comes about.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::endpoint;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::remedy::settings;

declare_rule! {
    /// This server cannot connect to Exchange Online.
    ///
    /// ## What it finds
    /// Sessions that only have rows such as `Failed to connect. Winsock error code: 10060`, of a send
    /// connector whose other sessions or whose export go to Exchange Online. At least three, and
    /// more than half of the connector's attempts in that time.
    ///
    /// ## Why it matters
    /// All mail of the send connector waits in the queue, which shows 421 4.2.1 (unable to connect),
    /// 421 4.4.1 (connection timed out) or 451 4.4.0 around one of them. After two days, it is returned to the
    /// senders.
    ///
    /// ## What to do
    /// 1. Check from each source server that TCP port 25 to the smart host is open.
    /// 2. Open the port on the firewall, or ask your internet provider. Many providers and clouds
    ///    block port 25.
    ///
    /// ## Sources
    /// - "Microsoft 365 URLs and IP address ranges" (Microsoft Learn): Exchange Online needs TCP port
    ///   25 to `*.mail.protection.outlook.com`.
    /// - "Windows Sockets Error Codes" (Microsoft Learn): 10060 means that nothing answered, 10061
    ///   that the connection was refused.
    ConnectionFailed {
        code: "NET001",
        name: "connection-failed",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: Certificate,
        step: None,
    }
}

impl Cause for ConnectionFailed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.occurrence.key.kind != Kind::NotConnected {
            return None;
        }
        let connector = context.send_connector();
        let remote = endpoint::remote(context);
        let port = remote.map_or(25, |remote| remote.port());
        let explanation = format!(
            "Send connector '{connector}' could not connect to Exchange Online: nothing answered on port {port}, or the connection was refused. The evidence shows the error."
        );
        let host = smart_host(context).or_else(|| remote.map(|remote| remote.ip().to_string()));
        let host = host.map_or_else(|| "'<smart host>'".to_owned(), |host| quote(&host));
        let servers = failing(context);
        let servers = match servers.as_slice() {
            [] => "every source server".to_owned(),
            servers => format!(
                "each server that failed: {}",
                settings::listed(context.analysis.language, servers.iter().copied())
            ),
        };
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(Fix::inspect(
                    Where::OnPremises,
                    format!("Test-NetConnection -ComputerName {host} -Port {port}"),
                    &format!("Run the command on {servers}. TcpTestSucceeded must be True."),
                ))
                .fix(Fix::step(OPEN_THE_PORT)),
        )
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        if !context.is_online {
            return None;
        }
        // These come from the attempt to connect itself.
        let sure = [
            "SocketTimedout",
            "SocketConnectionRefused",
            "Socket error code",
            "Winsock error code",
        ]
        .iter()
        .any(|words| context.says(words));
        let open = ["Connection timed out", "Unable to connect"]
            .iter()
            .any(|words| context.says(words));
        if !sure && !open {
            return None;
        }
        let doubt = if sure {
            ""
        } else {
            " A certificate that this server cannot use gives the same error, although the connection was made. The send log of the time shows which of both it is: give it too."
        };
        let connector = context.send_connector();
        let explanation = format!(
            "{} \'{}\': send connector '{connector}' could not connect to Exchange Online. {}{doubt}",
            context.shows(),
            context.quoted(),
            context.waiting(),
        );
        let exported = context
            .connector
            .and_then(|connector| connector.smart_hosts.value()?.first());
        let hop = context
            .queue
            .next_hop_domain
            .value()
            .and_then(Option::as_deref);
        let host = exported.map(String::as_str).or(hop);
        let host = host.map_or_else(|| "'<smart host>'".to_owned(), quote);
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::inspect(
            Where::OnPremises,
            format!("Test-NetConnection -ComputerName {host} -Port 25"),
            "Run the command on the server of the queue. If the name is a domain, use its MX host. TcpTestSucceeded must be True.",
        )).fix(Fix::step(OPEN_THE_PORT)))
    }
}

const OPEN_THE_PORT: &str = "1. Open TCP port 25 from these servers to Exchange Online on the firewall, and check its NAT rules. 2. If the firewall is open, ask your internet provider or cloud provider whether it blocks port 25.";

/// The smart host of the exported send connector.
fn smart_host(context: &CauseContext<'_>) -> Option<String> {
    let mut own = context.send_connector_exports();
    own.find_map(|export| export.smart_hosts.value()?.first().cloned())
}

/// The servers on which connections of this send connector failed, as far as the logs name them all.
fn failing<'a>(context: &CauseContext<'a>) -> Vec<&'a str> {
    let analysis = context.analysis;
    let flows = &analysis.aggregate.flows;
    let failed = analysis
        .kinds_of(context.flow.key.connector)
        .filter(|other| other.key.kind == Kind::NotConnected);
    let streams = failed.map(|other| flows[other.key.flow].key.offering_stream());
    let servers = streams.map(|stream| analysis.server_name(stream));
    let servers: Option<Vec<&str>> = servers.collect();
    let mut servers = servers.unwrap_or_default();
    servers.sort_unstable();
    servers.dedup();
    servers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Confidence;
    use crate::scenario::logs::{Ending, Session, TAKEN, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn failed(time: &'static str) -> Session {
        Session {
            time,
            ending: Ending::NotConnected,
            ..Session::default()
        }
    }

    fn delivered(time: &'static str) -> Session {
        Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    #[test]
    fn a_connector_whose_other_sessions_go_there() {
        let sessions = [
            delivered("2026-11-03T01:00"),
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:10"),
            failed("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["NET001"]);
        let found = findings(&ConnectionFailed, &sessions, &[contoso()]);
        let fix = &found[0].fix[0];
        assert_eq!(
            fix.command.as_deref(),
            Some("Test-NetConnection -ComputerName '192.0.2.1' -Port 25")
        );
        assert!(fix.note.contains("EX01"), "{}", fix.note);
    }

    #[test]
    fn one_of_two_addresses_may_fail() {
        let sessions = [
            failed("2026-11-03T02:00"),
            delivered("2026-11-03T02:05"),
            failed("2026-11-03T02:10"),
            delivered("2026-11-03T02:15"),
            failed("2026-11-03T02:20"),
            delivered("2026-11-03T02:25"),
        ];
        assert!(causes(&sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn two_of_three_connections_may_not_fail() {
        let sessions = [
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:04"),
            delivered("2026-11-03T02:08"),
            failed("2026-11-03T02:12"),
            failed("2026-11-03T02:16"),
            delivered("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["NET001"]);
    }

    #[test]
    fn an_unknown_destination_says_nothing() {
        let sessions = [
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:10"),
            failed("2026-11-03T02:20"),
        ];
        assert!(findings(&ConnectionFailed, &sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketTimedout: Socket error code 10060";
        let found = of_error(&ConnectionFailed, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Medium);
        let open =
            "451 4.4.395 Target host responded with error. -> 421 4.4.1 Connection timed out";
        let found = of_error(&ConnectionFailed, open).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Medium);
        assert!(found.explanation.contains("give it too"));
        assert!(of_error(&ConnectionFailed, "450 4.7.230 Blocked").is_none());
    }
}
