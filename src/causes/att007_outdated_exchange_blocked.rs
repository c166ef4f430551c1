//! ATT007: Microsoft throttles or blocks an outdated Exchange server.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online throttles or blocks this server because its Exchange version is outdated.
    ///
    /// ## What it finds
    /// Replies with 4.7.230 (throttled) or 5.7.230 (blocked). Exchange Online sends them only for
    /// mail that it has attributed to a tenant. The certificate and the connector are correct.
    ///
    /// ## Why it matters
    /// Exchange Online throttles more in each step. In the end, it blocks all mail from that
    /// server.
    ///
    /// ## What to do
    /// Install the current cumulative and security updates on every server that sends to Exchange
    /// Online.
    ///
    /// To gain time, pause the enforcement in the Exchange admin center (Mail flow report
    /// "Out-of-date connecting on-premises Exchange servers").
    OutdatedExchangeBlocked {
        code: "ATT007",
        name: "outdated-exchange-blocked",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
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
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(
            "Install the current cumulative and security updates on the sending servers. To gain time, you can pause the enforcement for a limited time in the Exchange admin center.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, contoso, findings};

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
}
