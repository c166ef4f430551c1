//! CRT003: the session lies outside the validity of the certificate.

use crate::aggregate::occurrence::Validity;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::{on_premises, wording};

declare_rule! {
    /// The certificate offered was not valid at the time.
    ///
    /// ## What it finds
    /// Refusals before the first or after the last day of the certificate, by the dates that the
    /// log row itself shows, else by those of the exported certificate with the same thumbprint.
    /// Older Exchange versions do not log them: without the export this then stays silent.
    ///
    /// ## Why it matters
    /// Exchange Online does not take an expired certificate.
    ///
    /// ## What to do
    /// Renew the certificate, import it on every source server, enable it for SMTP, and set
    /// `TlsCertificateName` of the send connector to it.
    CertificateExpired {
        code: "CRT003",
        name: "certificate-expired",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
    }
}

impl Cause for CertificateExpired {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || context.identifies_by_address() {
            return None;
        }
        // The row of another session may show the dates that this one's does not.
        let (start, end) = on_premises::validity(context);
        let validity = context.occurrence.key.validity;
        let expired = end.filter(|end| validity == Validity::Expired || context.first() > *end);
        let early =
            start.filter(|start| validity == Validity::Early || context.occurrence.last < *start);
        let why = match (expired, early) {
            (Some(end), _) => format!("ended on {end}"),
            (None, Some(start)) => format!("begins only on {start}"),
            (None, None) => return None,
        };
        let explanation = format!(
            "'{}' offered {}, whose validity {why}.",
            context.send_connector(),
            wording::certificate(certificate)
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(on_premises::switch(context, "the renewed certificate", "Renew the certificate, import it on every source server, enable it for SMTP, then switch to it.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    fn valid(period: &'static str) -> [Session; 1] {
        [Session {
            valid: period,
            ..Session::default()
        }]
    }

    #[test]
    fn fires_outside_the_dates() {
        let ended = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        assert_eq!(causes(&ended, &[contoso()]), ["CRT003"]);
        let early = valid("2026-12-01T00:00:00.000Z 2027-12-01T00:00:00.000Z");
        assert_eq!(causes(&early, &[contoso()]), ["CRT003"]);
    }

    #[test]
    fn stays_silent_within_them() {
        assert!(findings(&CertificateExpired, &[Session::default()], &[contoso()]).is_empty());
    }
}
