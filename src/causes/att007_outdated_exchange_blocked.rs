//! ATT007: Microsoft throttles or blocks an outdated Exchange server.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::settings;
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online throttles or blocks this server because its Exchange version is outdated.
    ///
    /// ## What it finds
    /// Replies with `450 4.7.230` (throttled) or `550 5.7.230` (blocked): `Connecting Exchange
    /// server version is out-of-date`. Only servers that send over an inbound connector of type
    /// OnPremises are judged, so the mail was attributed to your tenant. The certificate and the
    /// connector are correct.
    ///
    /// ## Why it matters
    /// The failures look sporadic at first: Exchange Online throttles or blocks the server for 5 to
    /// 30 minutes of each hour. Later, it blocks all mail from that server.
    ///
    /// As of September 2026, these versions are the oldest that pass:
    ///
    /// - Exchange 2019 CU15 with the public update of October 2025, 15.2.1748.39 (KB5066367)
    /// - Exchange 2016 CU23 with the public update of October 2025, 15.1.2507.61 (KB5066369)
    ///
    /// Both updates are public and need no Extended Security Update (ESU). The second period of
    /// that programme ended in October 2026. The next limit will be above every public update of
    /// Exchange 2016 and 2019. From then on, only Exchange Server Subscription Edition passes.
    ///
    /// ## What to do
    /// 1. Find the servers: run `Get-OnPremServerReportInfo` in Exchange Online PowerShell, or open
    ///    the mail flow report "Out-of-date connecting on-premises Exchange servers" in the
    ///    Exchange admin center.
    /// 2. Install at least the updates above on every server that sends to Exchange Online.
    /// 3. Plan the move to Exchange Server Subscription Edition.
    ///
    /// To gain time, run `New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer
    /// -NumberOfDays 30` in Exchange Online PowerShell. A tenant has 90 days in a calendar year. A
    /// pause cannot be ended early, so do not ask for more days than you need.
    ///
    /// ## Sources
    /// - "Throttling and Blocking Email from Persistently Vulnerable Exchange Servers to Exchange
    ///   Online" (Exchange Team, 2023-05-08): outdated servers are reported, then throttled, then
    ///   blocked, in stages.
    /// - "Update on Transport Enforcement System in Exchange Online" (Exchange Team, 2023-05): only
    ///   servers that connect over an inbound connector of type OnPremises are judged.
    /// - "How to pause throttling and blocking of out-of-date on-premises Exchange Servers"
    ///   (Exchange Team, 2023-12-12): the two replies, the cmdlets, and the limit of 90 days in a
    ///   calendar year.
    /// - KB5066367 and KB5066369 (2025-10): the public updates of October 2025 for Exchange 2019
    ///   CU15 and Exchange 2016 CU23.
    /// - The limits and the end of the ESU programme are as Microsoft announced them until
    ///   September 2026; they rise with time, so compare them with the report in the Exchange admin
    ///   center.
    OutdatedExchangeBlocked {
        code: "ATT007",
        name: "outdated-exchange-blocked",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Recipient,
    }
}

impl Cause for OutdatedExchangeBlocked {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::Throttled) {
            return None;
        }
        let explanation = format!(
            "Exchange Online throttles or blocks mail of send connector '{}' because the Exchange version of the sending server is outdated. Exchange Online attributed the mail to a tenant, so the certificate and the inbound connector are correct.",
            context.send_connector()
        );
        let servers = context.streams_with_this_class();
        let servers = settings::listed(context.analysis.language, servers);
        let servers = format!("In these logs, the replies are from: {servers}.");
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        let diagnosis = steps(&servers).into_iter().fold(diagnosis, Diagnosis::fix);
        Some(diagnosis.comes_back())
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::Throttled) {
            return None;
        }
        let explanation = format!(
            "Exchange Online throttles or blocks mail of send connector '{}' because the Exchange version of the sending server is outdated ('{}'). {}",
            context.send_connector(),
            context.quoted(),
            context.waiting()
        );
        let servers = context.queue.identity.server.as_ref();
        let servers = servers.map_or(String::new(), |server| format!("The queue is on {server}."));
        let diagnosis = Diagnosis::of(&Self::META, explanation);
        Some(steps(&servers).into_iter().fold(diagnosis, Diagnosis::fix))
    }
}

/// What to do, with a sentence on the servers.
fn steps(servers: &str) -> [Fix; 3] {
    [
        Fix::inspect(
            Where::Online,
            "Get-OnPremServerReportInfo".to_owned(),
            &format!(
                "The command lists the servers that Exchange Online judges, with their builds. {servers} Only servers that send over an OnPremises connector are judged."
            ),
        ),
        Fix::step(
            "Install the public update of October 2025 or a later one on every sending server: Exchange 2019 CU15 needs 15.2.1748.39 (KB5066367), Exchange 2016 CU23 needs 15.1.2507.61 (KB5066369). The next floor will be above every public update of 2016 and 2019, so plan the move to Exchange Server Subscription Edition (SE). These facts are as of September 2026.",
        ),
        Fix::command(
            Where::Online,
            "New-TenantExemptionInfo -BlockingScenario UnpatchedOnPremServer -NumberOfDays 30"
                .to_owned(),
            "Only as a bridge: the command pauses the enforcement. A tenant has 90 days a year, and an exemption cannot be ended early.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, contoso, findings};
    use crate::scenario::queues::of_error;

    fn refused(reply: &'static str) -> usize {
        let session = Session {
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        };
        findings(&OutdatedExchangeBlocked, &[session], &[contoso()]).len()
    }

    #[test]
    fn fires_on_throttling_and_on_the_block() {
        assert_eq!(
            refused("450 4.7.230 Connecting Exchange server version is out-of-date"),
            1
        );
        assert_eq!(
            refused("550 5.7.230 Connecting Exchange server version is out-of-date"),
            1
        );
    }

    #[test]
    fn stays_silent_on_relay_access_denied() {
        assert_eq!(refused(DENIED), 0);
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "450 4.7.230 Connecting Exchange server version is out-of-date";
        assert!(of_error(&OutdatedExchangeBlocked, error).is_some());
        assert!(of_error(&OutdatedExchangeBlocked, DENIED).is_none());
    }
}
