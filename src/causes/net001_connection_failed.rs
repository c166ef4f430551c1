//! NET001: no connection to Exchange Online comes about.

use crate::aggregate::occurrence::Kind;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;

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
    }
}

impl Cause for ConnectionFailed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.occurrence.key.kind != Kind::NotConnected {
            return None;
        }
        let connector = context.send_connector();
        let explanation = format!(
            "Send connector '{connector}' could not connect to Exchange Online: nothing answered on port 25, or the connection was refused. The evidence shows the error."
        );
        let host = smart_host(context);
        let host = host.map_or_else(|| "'<smart host>'".to_owned(), |host| quote(&host));
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(Fix::inspect(
                    Where::OnPremises,
                    format!("Test-NetConnection -ComputerName {host} -Port 25"),
                    "Run the command on every source server. TcpTestSucceeded must be True.",
                ))
                .fix(Fix::step(
                    "1. Open TCP port 25 from the source servers to Exchange Online on the firewall, and check its NAT rules. 2. If the firewall is open, ask your internet provider or cloud provider whether it blocks port 25.",
                )),
        )
    }
}

/// The smart host of the exported send connector.
fn smart_host(context: &CauseContext<'_>) -> Option<String> {
    let all = context.analysis.on_premises.send_connectors.iter();
    let mut own = all.filter(|export| export.name.eq_ignore_ascii_case(context.send_connector()));
    own.find_map(|export| export.smart_hosts.value()?.first().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Ending, Session, TAKEN, causes, contoso, findings};

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
    fn an_unknown_destination_says_nothing() {
        let sessions = [
            failed("2026-11-03T02:00"),
            failed("2026-11-03T02:10"),
            failed("2026-11-03T02:20"),
        ];
        assert!(findings(&ConnectionFailed, &sessions, &[contoso()]).is_empty());
    }
}
