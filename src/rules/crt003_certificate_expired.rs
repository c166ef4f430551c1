//! CRT003: the session lies outside the validity of the certificate.

use crate::aggregate::occurrence::Validity;

use super::case::Case;
use super::entry::entry;
use super::{Entry, Finding, Rule, own_side, words};

entry! {
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
    CertificateExpired, "CRT003", "certificate-expired", Error, High
}

impl Rule for CertificateExpired {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let certificate = case.certificate()?;
        if !case.concerns_our_side() || case.identifies_by_address() {
            return None;
        }
        // The row of another session may show the dates that this one's does not.
        let (start, end) = own_side::validity(case);
        let validity = case.occurrence.key.validity;
        let expired = end.filter(|end| validity == Validity::Expired || case.first() > *end);
        let early =
            start.filter(|start| validity == Validity::Early || case.occurrence.last < *start);
        let why = match (expired, early) {
            (Some(end), _) => format!("ended on {end}"),
            (None, Some(start)) => format!("begins only on {start}"),
            (None, None) => return None,
        };
        let explanation = format!(
            "'{}' offered {}, whose validity {why}.",
            case.send_connector(),
            words::certificate(certificate)
        );
        Some(Finding::of(&Self::ENTRY, explanation).fix(own_side::switch(case, "the renewed certificate", "Renew the certificate, import it on every source server, enable it for SMTP, then switch to it.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings};

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
