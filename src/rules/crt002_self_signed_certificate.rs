//! CRT002: issuer and subject are the same.

use super::case::Case;
use super::entry::entry;
use super::{Entry, Finding, Rule, own_side, words};

entry! {
    /// The certificate offered is self-signed.
    ///
    /// ## What it finds
    /// Sessions to Exchange Online whose certificate has the same issuer and subject: usually the
    /// one that Exchange made for itself at installation.
    ///
    /// ## Why it matters
    /// Exchange Online takes only certificates of public authorities.
    ///
    /// ## What to do
    /// Set `TlsCertificateName` of the send connector to the public certificate, and check that it
    /// is there and enabled for SMTP on every source server.
    SelfSignedCertificate, "CRT002", "self-signed-certificate", Error, High
}

impl Rule for SelfSignedCertificate {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let certificate = case.certificate().filter(|found| found.is_self_signed())?;
        if !case.concerns_our_side() || case.identifies_by_address() {
            return None;
        }
        let explanation = format!(
            "'{}' offered {}, which is self-signed: its issuer is its subject. Exchange Online takes only certificates of public authorities.",
            case.send_connector(),
            words::certificate(certificate)
        );
        Some(Finding::of(&Self::ENTRY, explanation).fix(own_side::switch(case, "the public certificate", "Put in the thumbprint of the public certificate; it must be enabled for SMTP on every source server.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings};

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
    fn stays_silent_on_an_authoritys() {
        assert!(findings(&SelfSignedCertificate, &[Session::default()], &[contoso()]).is_empty());
    }
}
