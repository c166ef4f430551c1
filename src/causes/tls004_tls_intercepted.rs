//! TLS004: somebody else ended the TLS.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::microsoft;
use crate::diagnosis::rule::declare_rule;

declare_rule! {
    /// The certificate that the other side showed is not Microsoft's.
    ///
    /// ## What it finds
    /// Sessions to a host that says it is Exchange Online, whose certificate was issued by an
    /// authority that Microsoft has not used. A device on the way ends the TLS and begins its own,
    /// in which our client certificate is not passed on. Silent where the log does not show the
    /// other side's issuer.
    ///
    /// ## Why it matters
    /// Exchange Online never sees our certificate, whatever we offer.
    ///
    /// ## What to do
    /// Switch off TLS inspection for port 25 to Exchange Online.
    TlsIntercepted {
        code: "TLS004",
        name: "tls-intercepted",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: SessionState,
    }
}

impl Cause for TlsIntercepted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let issuer = context
            .tls()
            .remote_issuer
            .map(|issuer| context.text(issuer))?;
        let foreign = !issuer.trim().is_empty() && !microsoft::is_issuer(issuer);
        if !foreign || !context.concerns_our_side() || context.identifies_by_address() {
            return None;
        }
        let explanation = format!(
            "The host that '{}' spoke to says it is Exchange Online, but its certificate was issued by '{issuer}': a device on the way ends the TLS, and our certificate never arrives.",
            context.send_connector()
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(
            "Switch off TLS inspection on the firewall for port 25 to Exchange Online.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_on_a_foreign_issuer() {
        let broken = [Session {
            remote_issuer: "CN=Firewall CA, O=Contoso",
            ..Session::default()
        }];
        assert_eq!(causes(&broken, &[contoso()]), ["TLS004"]);
    }

    #[test]
    fn stays_silent_on_microsofts_own() {
        assert!(findings(&TlsIntercepted, &[Session::default()], &[contoso()]).is_empty());
    }
}
