//! LOG006: the beginning of the session is not in the input.

use crate::aggregate::lane::CertificateId;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;

declare_rule! {
    /// The beginning of the session, where the certificate stands, is not in the input.
    ///
    /// ## What it finds
    /// Refusals in sessions whose first rows are missing, with no certificate row in what is there.
    ///
    /// ## Why it matters
    /// The certificate is unknown, which is not the same as absent.
    ///
    /// ## What to do
    /// Add the log file before the one named in the evidence (the hour before, or the number
    /// before) and run again.
    SessionStartMissing {
        code: "LOG006",
        name: "session-start-missing",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        precedence: Alone,
    }
}

impl Cause for SessionStartMissing {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let key = &context.occurrence.key;
        let unknown = key.start_missing
            && !key.frontend_missing
            && context.lane.key.certificate == CertificateId::Unknown;
        if !unknown || !context.concerns_our_side() {
            return None;
        }
        let explanation = format!(
            "Sessions of '{}' begin before the input does, and the rows that would show their certificate are missing. It is unknown, not absent.",
            context.send_connector()
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(
            "Add the log file that comes before the one in the evidence (the hour before, or the number before) and run again.",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_where_the_beginning_is_missing() {
        let cut = [Session {
            start: false,
            ..Session::default()
        }];
        assert_eq!(causes(&cut, &[contoso()]), ["LOG006"]);
    }

    #[test]
    fn stays_silent_on_a_whole_session() {
        assert!(findings(&SessionStartMissing, &[Session::default()], &[contoso()]).is_empty());
        let none = [Session {
            names: &[],
            ..Session::default()
        }];
        assert!(findings(&SessionStartMissing, &none, &[contoso()]).is_empty());
    }
}
