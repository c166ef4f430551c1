//! LOG004: the front end's log is missing.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;

declare_rule! {
    /// The session went through a front end whose log is not in the input.
    ///
    /// ## What it finds
    /// Refusals in a hub's log that was carried on by a front-end transport service
    /// (`FrontendProxyEnabled`). The certificate that Exchange Online saw is in the front end's
    /// log; the one in the hub's log, if any, is internal.
    ///
    /// ## Why it matters
    /// Without the front end's half the certificate is unknown, and any verdict would be a guess.
    ///
    /// ## What to do
    /// Add the folder `TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpSend` of all servers that may
    /// have carried the session, and run again.
    CertificateInFrontendLog {
        code: "LOG004",
        name: "certificate-in-frontend-log",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        precedence: Alone,
    }
}

impl Cause for CertificateInFrontendLog {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.occurrence.key.frontend_missing || !context.concerns_our_side() {
            return None;
        }
        let explanation = format!(
            "Sessions of '{}' went through a front end, and its half of them is not in the input: the certificate that Exchange Online saw is in the front end's log.",
            context.send_connector()
        );
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(Fix::step(
                    r"Add the folder TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpSend of every Mailbox server to the input and run again.",
                ))
                .fix(Fix::inspect(
                    Where::OnPremises,
                    "Get-FrontendTransportService | Format-Table Name,SendProtocolLogPath".to_owned(),
                    "Shows where each server keeps that log.",
                )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_where_only_the_hub_half_is_there() {
        let hub = [Session {
            proxied: true,
            ..Session::default()
        }];
        assert_eq!(causes(&hub, &[contoso()]), ["LOG004"]);
    }

    #[test]
    fn stays_silent_without_proxying() {
        assert!(
            findings(
                &CertificateInFrontendLog,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }
}
