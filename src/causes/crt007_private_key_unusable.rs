//! CRT007: the transport service cannot use the private key.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::remedy::bring::Wanted;
use crate::remedy::service::Service;
use crate::remedy::{bring, certificates, offer, wording};

declare_rule! {
    /// The transport service cannot use the private key of the certificate.
    ///
    /// ## What it finds
    /// Sessions with `TLS negotiation failed with error NoCredentials`, and the sessions without
    /// TLS that follow within a minute. The queue shows 421 4.4.1 or 451 4.4.0.
    ///
    /// ## Why it matters
    /// No TLS session with this certificate succeeds. If TLS is not required, the server sends mail
    /// without it. Exchange Online cannot assign that mail to your tenant.
    ///
    /// ## What to do
    /// 1. Give NETWORK SERVICE read access to the private key. Or import the certificate again with
    ///    its private key.
    /// 2. Enable the certificate for SMTP.
    /// 3. Restart the transport service.
    ///
    /// ## Sources
    /// - KB 4495258 ("TLS negotiation failed with error NoCredentials", Microsoft Learn): the
    ///   certificate that the send connector names lacks its private key; the queue shows 421
    ///   4.4.1.
    /// - Observed at supertekboy.com ("TLS negotiation failed with error NoCredentials",
    ///   2017-02-28): one server failed while the others with the same send connector worked.
    /// - Observed at jaapwesselius.com (2019): an Edge server could receive with the certificate,
    ///   but failed with NoCredentials when it sent.
    PrivateKeyUnusable {
        code: "CRT007",
        name: "private-key-unusable",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
    }
}

impl Cause for PrivateKeyUnusable {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let error = context.tls().error.map(|error| context.text(error))?;
        if !error.eq_ignore_ascii_case("NoCredentials") || !context.concerns_our_side() {
            return None;
        }
        let service = Service::offering(context);
        let explanation = format!(
            "The TLS handshake of send connector '{}' failed with NoCredentials. {} cannot use the private key of {}.",
            context.send_connector(),
            match service {
                Service::Transport => "The transport service",
                Service::FrontEnd => "The front end transport service",
            },
            context.certificate().map_or_else(
                || "the certificate that it should offer".to_owned(),
                |found| wording::certificate(context.analysis.language, found)
            )
        );
        let mut finding = Diagnosis::of(&Self::META, explanation);
        let thumbprint = context.certificate().and_then(certificates::thumbprint);
        let Some(thumbprint) = thumbprint else {
            return Some(finding.fix(Fix::step(&format!(
                "1. Give {} read access to the private key of the send connector's certificate. Or import the certificate again with its private key. 2. Restart {}.",
                service.account(context.analysis.language),
                service.words(context.analysis.language)
            ))));
        };
        let found = context.certificate();
        if found.is_some_and(|found| delivering::is_of_no_use(context.analysis, found)) {
            finding.fix = offer::switch_from_own_authority(context);
            return Some(finding);
        }
        finding.fix = bring::into_use(
            context.analysis.language,
            context.analysis.on_premises,
            &delivering::failing_in_tls(context),
            Wanted {
                thumbprint,
                from: None,
                service,
                edges: Edges::of(context.analysis.streams),
            },
            &format!(
                "On this server, {} cannot use the private key.",
                service.words(context.analysis.language)
            ),
        );
        Some(finding)
    }

    /// The queue shows a connection that timed out, although it was made: a place to look.
    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let may_be = context.is_online
            && (context.says("Connection timed out") || context.says("Unable to connect"))
            && !context.says("Socket");
        may_be.then(|| {
            let explanation = format!(
                "{} \'{}\', which also comes if the transport service cannot use the private key of the certificate of send connector '{}'. {}",
                context.shows(),
                context.quoted(),
                context.send_connector(),
                context.waiting()
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Medium)
                .fix(Fix::step(
                    "Look at the send log of the time of the last attempt. 'TLS negotiation failed with error NoCredentials' shows that the private key cannot be used.",
                ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, causes, contoso, findings};
    use crate::scenario::queues::of_error;

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

    #[test]
    fn a_queue_leaves_it_open() {
        let found = of_error(&PrivateKeyUnusable, "421 4.4.1 Connection timed out");
        assert_eq!(
            found.map(|found| found.confidence),
            Some(Confidence::Medium)
        );
        assert!(
            of_error(
                &PrivateKeyUnusable,
                "SocketTimedout: Socket error code 10060"
            )
            .is_none()
        );
    }
}
