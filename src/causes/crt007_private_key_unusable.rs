//! CRT007: the service cannot use the private key.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::remedy::wording;

declare_rule! {
    /// The private key of the certificate cannot be used by the transport service.
    ///
    /// ## What it finds
    /// `TLS negotiation failed with error NoCredentials`, and the sessions without TLS that follow
    /// within a minute.
    ///
    /// ## Why it matters
    /// No TLS session with this certificate succeeds; where TLS is not required, mail goes out
    /// without it and is nobody's.
    ///
    /// ## What to do
    /// Give NETWORK SERVICE read access to the private key, or import the certificate again with
    /// its key, then enable it for SMTP and restart the transport service.
    PrivateKeyUnusable {
        code: "CRT007",
        name: "private-key-unusable",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
    }
}

impl Cause for PrivateKeyUnusable {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let error = context.tls().error.map(|error| context.text(error))?;
        if !error.eq_ignore_ascii_case("NoCredentials") || !context.concerns_our_side() {
            return None;
        }
        let explanation = format!(
            "The TLS handshake of '{}' failed with NoCredentials: the transport service cannot use the private key of {}.",
            context.send_connector(),
            wording::offered(context)
        );
        let finding = Diagnosis::of(&Self::META, explanation);
        let thumbprint = context
            .certificate()
            .and_then(|found| found.thumbprint.as_deref());
        Some(match thumbprint {
            Some(thumbprint) => finding.fix(Fix::command(
                Where::OnPremises,
                format!("Enable-ExchangeCertificate -Thumbprint {} -Services SMTP", quote(thumbprint)),
                "Gives NETWORK SERVICE access to the private key. If that does not help, import the certificate again with its key; then restart the transport service.",
            )),
            None => finding.fix(Fix::step(
                "Give NETWORK SERVICE read access to the private key of the send connector's certificate, or import it again with its key.",
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};

    fn failed(error: &'static str) -> Session {
        Session {
            starttls: Starttls::Failed(error),
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn fires_on_missing_credentials_and_on_the_retry() {
        let retry = Session {
            starttls: Starttls::NotUsed,
            time: "2026-11-03T02:01",
            ..Session::default()
        };
        assert_eq!(
            causes(&[failed("NoCredentials"), retry], &[contoso()]),
            ["CRT007", "CRT007"]
        );
    }

    #[test]
    fn stays_silent_on_other_errors() {
        assert!(findings(&PrivateKeyUnusable, &[failed("SocketError")], &[contoso()]).is_empty());
    }
}
