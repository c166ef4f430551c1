//! CON008: Microsoft has blocked the inbound connector.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
    /// Microsoft has blocked the inbound connector, because it looks compromised.
    ///
    /// ## What it finds
    /// Replies with 550 5.7.711 (`Access denied, bad inbound connector. AS(2204)`). Exchange Online
    /// attributed the mail to the tenant and to a connector, and then refused it. The certificate
    /// and the connector are recognised.
    ///
    /// ## Why it matters
    /// Exchange Online takes no mail over this connector until an administrator removes the block.
    /// Often somebody has sent spam through the connector. A block that is removed without finding
    /// the reason comes back.
    ///
    /// ## What to do
    /// 1. Find out what was sent through the connector, and stop it: an account with a stolen
    ///    password, an open relay, a web server.
    /// 2. List the blocked connectors with `Get-BlockedConnector`.
    /// 3. Remove the block with `Remove-BlockedConnector`.
    /// 4. Wait up to an hour.
    ///
    /// ## Sources
    /// - "Remove blocked connectors from the Restricted entities page" (Microsoft Learn): a
    ///   connector that shows signs of compromise is blocked, its mail is refused with 550 5.7.711,
    ///   and the block is removed by `Remove-BlockedConnector` or in the Defender portal; this can
    ///   take an hour.
    /// - `Get-BlockedConnector` (reference, Microsoft Learn): lists the connectors that are blocked,
    ///   with the ID that `Remove-BlockedConnector` needs.
    InboundConnectorBlocked {
        code: "CON008",
        name: "inbound-connector-blocked",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: InboundConnector,
    }
}

const FIND_OUT: &str = "Find out what was sent through the connector, and stop it: look in the message trace for unusual senders and numbers, and on your servers for an open relay or an account with a stolen password.";

impl Cause for InboundConnectorBlocked {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::ConnectorBlocked) {
            return None;
        }
        let matching = context.judgement.matching().next();
        let explanation = format!(
            "Microsoft has blocked the inbound connector over which mail of send connector '{}' arrives, because it looks compromised. Exchange Online recognised the certificate and the connector.",
            context.send_connector()
        );
        let finding = Diagnosis::of(&Self::META, explanation)
            .deciding(matching.and_then(CauseContext::deciding));
        Some(
            finding
                .fix(Fix::step(&format!("{FIND_OUT} Do this before the next steps.")))
                .afterwards(Fix::step(&format!(
                    "{FIND_OUT} If this was done when the block was removed, nothing is left to do. If the reason was not found, Microsoft blocks the connector again."
                )))
                .fix(Fix::inspect(
                    Where::Online,
                    "Get-BlockedConnector".to_owned(),
                    "The command lists the blocked connectors with their ConnectorId.",
                ))
                .fix(Fix::command(
                    Where::Online,
                    "Remove-BlockedConnector -ConnectorId '<ConnectorId of the blocked connector>'"
                        .to_owned(),
                    "1. Replace the placeholder with the ConnectorId that the command before shows. 2. Run the command. 3. Wait up to an hour.",
                )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::status::State;
    use crate::onprem::OnPremises;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings, with_analysis};

    fn session(reply: &'static str) -> Session {
        Session {
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        }
    }

    #[test]
    fn a_blocked_connector_is_named_first() {
        let reply =
            "550 5.7.711 Access denied, bad inbound connector. AS(2204) [x.prod.outlook.com]";
        assert_eq!(causes(&[session(reply)], &[contoso()]), ["CON008"]);
    }

    #[test]
    fn once_it_is_over_the_reason_still_has_to_be_found() {
        let reply =
            "550 5.7.711 Access denied, bad inbound connector. AS(2204) [x.prod.outlook.com]";
        let later = |time| Session {
            time,
            ..session(TAKEN)
        };
        let sessions = [
            session(reply),
            later("2026-11-03T03:00"),
            later("2026-11-03T03:10"),
            later("2026-11-03T03:20"),
            later("2026-11-03T03:30"),
            later("2026-11-03T03:40"),
            later("2026-11-03T03:50"),
        ];
        with_analysis(
            &sessions,
            &[contoso()],
            &OnPremises::default(),
            |analysis| {
                let incidents = crate::engine::incidents(analysis);
                let fix = &incidents[0].diagnosis.fix;
                assert_eq!(incidents[0].status.state, State::Over);
                assert!(
                    fix[0].note.starts_with("It is over, but"),
                    "{}",
                    fix[0].note
                );
                assert!(fix[1].note.starts_with("Find out what was sent"));
            },
        );
    }

    #[test]
    fn another_reply_is_something_else() {
        let other = session("550 5.7.1 Access denied [x.prod.outlook.com]");
        assert!(findings(&InboundConnectorBlocked, &[other], &[contoso()]).is_empty());
    }
}
