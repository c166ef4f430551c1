//! TLS002: Exchange Online offered STARTTLS, and the server did not use it.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::smtp::reply::Class;

declare_rule! {
    /// Exchange Online offered STARTTLS, and this server did not use it.
    ///
    /// ## What it finds
    /// Sessions in which the EHLO reply offers STARTTLS, but no STARTTLS command follows. Exchange
    /// Online then replies with `550 5.7.64` or `451 5.7.3 STARTTLS is required to send mail`, and
    /// your own side with `5.7.0 Must issue a STARTTLS command first`. A session within a minute
    /// after a failed negotiation of the same send connector counts for that failure instead.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Without TLS, the server offers no certificate. Without a certificate, Exchange Online cannot
    /// assign this mail to your tenant.
    ///
    /// ## What to do
    /// Set the send connector to use and require TLS.
    ///
    /// ## Sources
    /// - `Set-SendConnector` (reference, Microsoft Learn): `RequireTLS` makes TLS a condition, and
    ///   `IgnoreSTARTTLS` and `ForceHELO` prevent it.
    /// - RFC 3207: a server may refuse mail until STARTTLS was issued, with the text `Must issue a
    ///   STARTTLS command first`.
    StarttlsNotUsed {
        code: "TLS002",
        name: "starttls-not-used",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
    }
}

impl Cause for StarttlsNotUsed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let tls = context.tls();
        let unused = tls.offered == Some(true) && !tls.requested && !tls.negotiated;
        let rejected = context.is_unattributed() || context.class() == Some(Class::TlsDemanded);
        if !unused || !rejected || !context.certificate_matters() {
            return None;
        }
        let explanation = format!(
            "Exchange Online offered STARTTLS, but send connector '{}' did not use it. Therefore the server offered no certificate.",
            context.send_connector()
        );
        let command = format!(
            "Set-SendConnector -Identity {} -IgnoreSTARTTLS $false -RequireTLS $true",
            quote(context.send_connector())
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::command(
            Where::OnPremises,
            command,
            "The command makes the send connector use TLS. If TLS is not available, the mail waits in the queue instead of being sent without TLS.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};

    #[test]
    fn fires_where_the_offer_is_ignored() {
        let plain = [Session {
            starttls: Starttls::NotUsed,
            ..Session::default()
        }];
        assert_eq!(causes(&plain, &[contoso()]), ["TLS002"]);
    }

    #[test]
    fn stays_silent_where_tls_worked_and_behind_a_failed_negotiation() {
        assert!(findings(&StarttlsNotUsed, &[Session::default()], &[contoso()]).is_empty());
        let failed = Session {
            starttls: Starttls::Failed("SocketError"),
            mails: Vec::new(),
            ..Session::default()
        };
        let retry = Session {
            starttls: Starttls::NotUsed,
            time: "2026-11-03T02:01",
            ..Session::default()
        };
        let late = Session {
            time: "2026-11-03T02:09",
            ..retry.clone()
        };
        assert!(
            findings(
                &StarttlsNotUsed,
                &[failed.clone(), retry.clone()],
                &[contoso()]
            )
            .is_empty()
        );
        assert_eq!(
            causes(&[failed, retry, late], &[contoso()]),
            ["TLS003", "TLS003", "TLS002"]
        );
    }
}
