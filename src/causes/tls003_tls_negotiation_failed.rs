//! TLS003: the TLS handshake failed.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, Severity, declare_rule};
use crate::remedy::bring::Wanted;
use crate::remedy::service::Service;
use crate::remedy::{bring, certificates, offer};

declare_rule! {
    /// The TLS handshake with Exchange Online failed.
    ///
    /// ## What it finds
    /// `TLS negotiation failed` with any error except the one of CRT007, such as
    /// `UnknownCredentials`, `InvalidToken`, `SocketError` or `CertUnknown`. The severity is error
    /// if, on one of the servers, more than half of the sessions of the send connector and
    /// certificate fail while it lasts. Otherwise, it is warning.
    ///
    /// ## Why it matters
    /// Exchange tries again. If TLS is not required, it sends the mail without TLS. Exchange Online
    /// cannot assign that mail to your tenant.
    ///
    /// ## What to do
    /// If the error is `UnknownCredentials`, the certificate is not bound to SMTP:
    ///
    /// 1. Run `Enable-ExchangeCertificate -Services SMTP` for it on the sending server.
    /// 2. If Exchange asks whether to replace the default SMTP certificate, answer no: internal
    ///    mail uses that one.
    ///
    /// For other errors, check these points:
    ///
    /// - TLS 1.2 and its cipher suites are enabled on the sending server.
    /// - No firewall inspects or interrupts TLS connections on port 25.
    /// - The network does not drop connections.
    ///
    /// ## Sources
    /// - KB 4051498 ("Outbound email messages are not sent on the Exchange Hub Transport or Edge
    ///   server", Microsoft Learn): with `UnknownCredentials`, the certificate is not bound to the
    ///   SMTP service; the queue shows 421 4.4.1.
    /// - Observed at therealcontoso.com ("TLS negotiation failed with error UnknownCredentials",
    ///   2017-10-19): mail stayed in the queue with 451 4.4.0 although port 25 was open.
    /// - "Exchange Server TLS configuration best practices" (Microsoft Learn): how to enable TLS
    ///   1.2 and its cipher suites on the server.
    TlsNegotiationFailed {
        code: "TLS003",
        name: "tls-negotiation-failed",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
    }
}

impl Cause for TlsNegotiationFailed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let error = context.tls().error.map(|error| context.text(error))?;
        if error.eq_ignore_ascii_case("NoCredentials") || !context.concerns_our_side() {
            return None;
        }
        let flows = context
            .group()
            .map(|group| group.flows.as_slice())
            .unwrap_or_default();
        let flows = flows
            .iter()
            .map(|flow| &context.analysis.aggregate.flows[*flow]);
        let (failed, sessions) = flows.fold((0, 0), |(failed, sessions), flow| {
            (failed + flow.failed_sessions, sessions + flow.sessions)
        });
        let explanation = format!(
            "The TLS handshake of send connector '{}' with Exchange Online failed with {error}. This happened in {failed} of {sessions} {} with this certificate.",
            context.send_connector(),
            if sessions == 1 { "session" } else { "sessions" }
        );
        let mut finding = Diagnosis::of(&Self::META, explanation).confidence(Confidence::Medium);
        finding.fix = if error.eq_ignore_ascii_case("UnknownCredentials") {
            bind_to_smtp(context)
        } else {
            vec![Fix::step(CHECK_TLS)]
        };
        if !delivering::mostly_fails_in_tls(context) {
            finding.severity = Severity::Warning;
        }
        Some(finding)
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let failed = context.is_online && context.says("Security status ");
        failed.then(|| {
            let explanation = format!(
                "{} \'{}\': the TLS handshake of send connector '{}' with Exchange Online failed. {}",
                context.shows(),
                context.quoted(),
                context.send_connector(),
                context.waiting()
            );
            Diagnosis::of(&Self::META, explanation).fix(Fix::step(CHECK_TLS))
        })
    }
}

const CHECK_TLS: &str = "1. Check that TLS 1.2 and its cipher suites are enabled on the sending server. 2. Check that no firewall inspects or interrupts TLS connections on port 25 to Exchange Online.";

/// The steps for a certificate that is not bound to SMTP (KB 4051498).
fn bind_to_smtp(context: &CauseContext<'_>) -> Vec<Fix> {
    let why = "UnknownCredentials usually means that the certificate is not enabled for SMTP (KB 4051498).";
    let service = Service::offering(context);
    let thumbprint = context.certificate().and_then(certificates::thumbprint);
    let Some(thumbprint) = thumbprint else {
        return vec![Fix::step(&format!(
            "{why} 1. Find the certificate that TlsCertificateName of the send connector names (Get-SendConnector, Get-ExchangeCertificate). 2. Enable it for SMTP on every source server (Enable-ExchangeCertificate -Services SMTP). {} 3. Restart {}.",
            certificates::asks(context.analysis.language),
            service.words(context.analysis.language)
        ))];
    };
    let found = context.certificate();
    if found.is_some_and(|found| delivering::is_of_no_use(context.analysis, found)) {
        return offer::switch_from_own_authority(context);
    }
    let servers = delivering::failing_in_tls(context);
    let own = context.analysis.on_premises;
    let wanted = Wanted {
        thumbprint,
        from: None,
        service,
        edges: Edges::of(context.analysis.streams),
    };
    bring::into_use(context.analysis.language, own, &servers, wanted, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, TAKEN, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn failed(error: &'static str) -> Session {
        Session {
            starttls: Starttls::Failed(error),
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn fires_as_an_error_where_most_sessions_fail() {
        let found = findings(
            &TlsNegotiationFailed,
            &[failed("UnknownCredentials")],
            &[contoso()],
        );
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(causes(&[failed("SocketError")], &[contoso()]), ["TLS003"]);
    }

    #[test]
    fn fires_as_an_error_where_most_sessions_fail_by_now() {
        let good = |time| Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let bad = |time| Session {
            time,
            ..failed("UnknownCredentials")
        };
        let mut sessions = vec![
            good("2026-11-03T01:00"),
            good("2026-11-03T01:10"),
            good("2026-11-03T01:20"),
            good("2026-11-03T01:30"),
            good("2026-11-03T01:40"),
            bad("2026-11-03T02:00"),
            good("2026-11-03T02:10"),
            bad("2026-11-03T02:20"),
            bad("2026-11-03T02:30"),
        ];
        let found = findings(&TlsNegotiationFailed, &sessions, &[contoso()]);
        assert_eq!(found[0].severity, Severity::Error);
        sessions.push(good("2026-11-03T02:15"));
        sessions.push(good("2026-11-03T02:25"));
        let found = findings(&TlsNegotiationFailed, &sessions, &[contoso()]);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn fires_as_a_warning_where_few_do() {
        let good = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let found = findings(
            &TlsNegotiationFailed,
            &[good, failed("InvalidToken")],
            &[contoso()],
        );
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn stays_silent_on_missing_credentials_and_good_handshakes() {
        assert!(
            findings(
                &TlsNegotiationFailed,
                &[failed("NoCredentials"), Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "451 4.4.0 Security status InvalidToken";
        assert!(of_error(&TlsNegotiationFailed, error).is_some());
        assert!(of_error(&TlsNegotiationFailed, "451 4.4.0 DNS query failed").is_none());
    }
}
