//! CRT002: the issuer and the subject are the same.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::{offer, wizard, wording};

declare_rule! {
    /// The certificate that was offered is self-signed.
    ///
    /// ## What it finds
    /// Sessions to Exchange Online whose certificate has the same issuer and subject. Usually this
    /// is the certificate that Exchange created during its installation. Exchange Online replies
    /// with `550 5.7.64` or with `454 4.7.0 Failed to establish appropriate TLS channel:
    /// UntrustedRoot`.
    ///
    /// This entry appears only where a certificate matters: an enabled OnPremises connector of a
    /// given tenant has a certificate name, or no inbound connectors were given.
    ///
    /// ## Why it matters
    /// Exchange Online accepts only certificates of public certificate authorities.
    ///
    /// ## What to do
    /// 1. Check that a certificate of a public authority is installed and enabled for SMTP on every
    ///    source server.
    /// 2. Set `TlsCertificateName` of the send connector to this certificate.
    ///
    /// ## Sources
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): a self-signed
    ///   certificate is enough between your servers, but hybrid mail flow needs one of a trusted
    ///   third-party authority.
    /// - KB 2888788 (event 2004): for `454 4.7.0 Failed to establish appropriate TLS channel`, this
    ///   event gives the reason why the certificate was not accepted.
    SelfSignedCertificate {
        code: "CRT002",
        name: "self-signed-certificate",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: Certificate,
    }
}

impl Cause for SelfSignedCertificate {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context
            .certificate()
            .filter(|found| found.is_self_signed())?;
        if !context.concerns_our_side() || !context.certificate_matters() {
            return None;
        }
        let explanation = format!(
            "Send connector '{}' offered {}. This certificate is self-signed: its issuer and its subject are the same. Exchange Online accepts only certificates of public certificate authorities.",
            context.send_connector(),
            wording::certificate(context.analysis.language, certificate)
        );
        let mut finding = Diagnosis::of(&Self::META, explanation);
        finding.fix = offer::switch(
            context,
            "the public certificate",
            "1. Find the certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        );
        finding.fix.extend(wizard::offered(context, None));
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings};

    #[test]
    fn fires_where_issuer_and_subject_are_equal() {
        let own = [Session {
            names: &["EX01.contoso.com"],
            issuer: "CN=EX01.contoso.com",
            ..Session::default()
        }];
        assert_eq!(causes(&own, &[contoso()]), ["CRT002"]);
    }

    #[test]
    fn the_certificate_of_another_server_gets_its_real_thumbprint() {
        let sessions = [
            Session {
                stream: "EX01/Hub",
                mails: vec![("a@contoso.com", TAKEN)],
                ..Session::default()
            },
            Session {
                stream: "EX02/Hub",
                names: &["EX02"],
                issuer: "CN=EX02",
                ..Session::default()
            },
        ];
        let found = findings(&SelfSignedCertificate, &sessions, &[contoso()]);
        let command = found[0].fix[0].command.as_deref().expect("a command");
        assert!(
            command.starts_with("Enable-ExchangeCertificate -Server 'EX02'"),
            "{command}"
        );
        assert!(!command.contains('<'), "{command}");
    }

    #[test]
    fn stays_silent_on_an_authoritys() {
        assert!(findings(&SelfSignedCertificate, &[Session::default()], &[contoso()]).is_empty());
    }
}
