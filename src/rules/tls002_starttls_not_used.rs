//! TLS002: STARTTLS offered and never issued.

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::{Entry, Finding, Rule};

entry! {
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
    StarttlsNotUsed, "TLS002", "starttls-not-used", Error, High
}

impl Rule for StarttlsNotUsed {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let tls = case.tls();
        let unused = tls.offered == Some(true) && !tls.requested && !tls.negotiated;
        if !unused || !case.is_unattributed() || case.identifies_by_address() {
            return None;
        }
        let explanation = format!(
            "Exchange Online offered STARTTLS, but '{}' never issued it, so no certificate was offered.",
            case.send_connector()
        );
        let command = format!(
            "Set-SendConnector -Identity {} -IgnoreSTARTTLS $false -RequireTLS $true",
            quote(case.send_connector())
        );
        Some(Finding::of(&Self::ENTRY, explanation).fix(Fix::command(
            Where::OnPremises,
            command,
            "Makes the send connector use TLS and wait rather than send without it.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, Starttls, causes, contoso, findings};

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
