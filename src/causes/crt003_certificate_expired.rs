//! CRT003: the session is outside the validity period of the certificate.

use crate::aggregate::occurrence::Validity;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::{offer, on_premises, wizard, wording};

declare_rule! {
    /// The certificate that was offered was expired or not valid yet.
    ///
    /// ## What it finds
    /// Mail that was rejected before the certificate became valid or after it expired, with `550
    /// 5.7.64` or `454 4.7.0 Failed to establish appropriate TLS channel`. The log row shows these
    /// dates. Older Exchange versions do not log them. In that case, the dates come from the
    /// exported certificate with the same thumbprint. Without that export, this entry does not
    /// appear.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Exchange Online does not accept an expired certificate.
    ///
    /// ## What to do
    /// 1. Renew the certificate.
    /// 2. Import it on every source server.
    /// 3. Enable it for SMTP.
    /// 4. Set `TlsCertificateName` of the send connector to it.
    ///
    /// ## Sources
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - KB 2888788 (event 2004): for `454 4.7.0 Failed to establish appropriate TLS channel`, this
    ///   event gives the reason why the certificate was not accepted.
    CertificateExpired {
        code: "CRT003",
        name: "certificate-expired",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Certificate,
    }
}

impl Cause for CertificateExpired {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        // The row of another session may show the dates that the row of this session lacks.
        let (start, end) = on_premises::validity(context);
        let validity = context.occurrence.key.validity;
        let (first, last) = (context.first(), context.occurrence.last);
        let expired = end.filter(|end| {
            validity == Validity::Expired || first.since(*end).is_some_and(|over| over > 0)
        });
        let early = start.filter(|start| {
            validity == Validity::Early || start.since(last).is_some_and(|before| before > 0)
        });
        let why = match (expired, early) {
            (Some(end), _) => format!("expired at {end}"),
            (None, Some(start)) => format!("is not valid before {start}"),
            (None, None) => return None,
        };
        let explanation = format!(
            "Send connector '{}' offered {}. This certificate {why}.",
            context.send_connector(),
            wording::certificate(context.analysis.language, certificate)
        );
        let mut finding = Diagnosis::of(&Self::META, explanation);
        let (which, note) = if expired.is_some() {
            (
                "the renewed certificate",
                "1. Renew the certificate, if you have not done so. 2. Import the renewed certificate, with its private key, on every source server. 3. Enable it for SMTP there. 4. Replace the placeholder in the command with its thumbprint. 5. Run the command. If the renewed certificate has the same issuer and subject as the old one, the name means both, and this changes nothing: first stop the transport service, clear the name and remove the old certificate.",
            )
        } else {
            (
                "a certificate that is valid now",
                "The certificate that was offered is only valid later, and another one is needed until then. 1. Check that the clock of the server is right. 2. Find a certificate that is valid now and that the inbound connector expects, such as the previous one. 3. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 4. Replace the placeholder in the command with its thumbprint. 5. Run the command.",
            )
        };
        let later = expired.map_or(String::new(), |_| offer::valid_later(context));
        let note = format!("{note}{later}");
        finding.fix = offer::switch(context, which, &note);
        finding.fix.extend(wizard::offered(context, None));
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::timestamp::Timestamp;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, with_analysis};
    use crate::tenant::Known;

    fn valid(period: &'static str) -> [Session; 1] {
        [Session {
            valid: period,
            ..Session::default()
        }]
    }

    #[test]
    fn fires_outside_the_dates() {
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        assert_eq!(causes(&expired, &[contoso()]), ["CRT003"]);
        let early = valid("2026-12-01T00:00:00.000Z 2027-12-01T00:00:00.000Z");
        assert_eq!(causes(&early, &[contoso()]), ["CRT003"]);
        let found = findings(&CertificateExpired, &early, &[contoso()]);
        let text = format!("{:?}", found[0].fix);
        assert!(!text.to_lowercase().contains("renew"), "{text}");
    }

    #[test]
    fn a_source_server_that_lacks_the_renewed_certificate_gets_it_first() {
        let mut renewed = exchange_certificate('B');
        renewed.certificate.issuer = Some("CN=Other CA".to_owned());
        let mut other = exchange_certificate('C');
        other.server = Some("EX02".to_owned());
        other.certificate.subject = Some("CN=EX02".to_owned());
        let mut connector = send_connector();
        connector.source_servers = Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]);
        let own = on_premises(vec![connector], vec![renewed, other]);
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        let steps = with_analysis(&expired, &[contoso()], &own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            CertificateExpired.check(&context).unwrap().fix
        });
        let commands: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.command.as_deref())
            .collect();
        assert_eq!(commands.len(), 2, "{commands:?}");
        assert!(commands[0].starts_with("Enable-ExchangeCertificate -Server 'EX02'"));
        assert!(steps[0].note.contains("Import-ExchangeCertificate"));
        assert!(commands[1].contains("Set-SendConnector"));
        assert!(steps[1].note.contains("Do this last."));
    }

    #[test]
    fn a_renewed_certificate_that_is_valid_later_is_named() {
        let mut later = exchange_certificate('B');
        later.certificate.not_before = Timestamp::parse(b"2026-12-01T00:00:00.000Z");
        let own = on_premises(vec![send_connector()], vec![later]);
        let expired = valid("2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z");
        let note = |own: &OnPremises| {
            with_analysis(&expired, &[contoso()], own, |analysis| {
                let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
                let found = CertificateExpired.check(&context).unwrap();
                found.fix[0].note.clone()
            })
        };
        let text = note(&own);
        assert!(text.contains(&"B".repeat(40)), "{text}");
        assert!(text.ends_with("before 2026-12-01T00:00:00.000Z."), "{text}");
        assert!(!note(&OnPremises::default()).contains("By the export"));
    }

    #[test]
    fn stays_silent_within_them() {
        assert!(findings(&CertificateExpired, &[Session::default()], &[contoso()]).is_empty());
    }
}
