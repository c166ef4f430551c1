//! LOG004: the front end's log is missing.

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where};
use super::{Entry, Finding, Rule};

entry! {
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
    CertificateInFrontendLog, "LOG004", "certificate-in-frontend-log", Error, High
}

impl Rule for CertificateInFrontendLog {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn only_alone(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        if !case.occurrence.key.frontend_missing || !case.concerns_our_side() {
            return None;
        }
        let explanation = format!(
            "Sessions of '{}' went through a front end, and its half of them is not in the input: the certificate that Exchange Online saw is in the front end's log.",
            case.send_connector()
        );
        Some(
            Finding::of(&Self::ENTRY, explanation)
                .fix(Fix::step(
                    r"Add the folder TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpSend of every Mailbox server to the input and run again.",
                ))
                .fix(Fix::command(
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
    use crate::rules::scenario::{Session, causes, contoso, findings};

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
