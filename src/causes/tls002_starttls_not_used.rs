//! TLS002: STARTTLS offered and never issued.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;

declare_rule! {
    /// Exchange Online offered STARTTLS, and this server did not use it.
    ///
    /// ## What it finds
    /// Sessions whose EHLO reply offers STARTTLS, without a STARTTLS command. A session that
    /// follows a failed negotiation of the same send connector within a minute belongs to that
    /// failure instead.
    ///
    /// ## Why it matters
    /// Without TLS no certificate is offered, and without a certificate the mail is nobody's.
    ///
    /// ## What to do
    /// Let the send connector use and require TLS.
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
        if !unused || !context.is_unattributed() || context.identifies_by_address() {
            return None;
        }
        let explanation = format!(
            "Exchange Online offered STARTTLS, but '{}' never issued it, so no certificate was offered.",
            context.send_connector()
        );
        let command = format!(
            "Set-SendConnector -Identity {} -IgnoreSTARTTLS $false -RequireTLS $true",
            quote(context.send_connector())
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::command(
            Where::OnPremises,
            command,
            "Makes the send connector use TLS and wait rather than send without it.",
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
