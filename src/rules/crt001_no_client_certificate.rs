//! CRT001: TLS without a certificate of ours.

use crate::attribution::judgement::AddressMatch;

use super::case::Case;
use super::entry::entry;
use super::{Confidence, Entry, Finding, Rule, own_side};

entry! {
    /// TLS worked, but this server offered no certificate.
    ///
    /// ## What it finds
    /// Sessions with a finished handshake and without any row about a certificate sent, where no
    /// enabled inbound connector lists the address either.
    ///
    /// ## Why it matters
    /// Without a certificate the mail is nobody's.
    ///
    /// ## What to do
    /// Set `TlsCertificateName` of the send connector to the certificate of the organisation, and
    /// make sure that certificate is enabled for SMTP on every source server.
    NoClientCertificate, "CRT001", "no-client-certificate", Error, High
}

impl Rule for NoClientCertificate {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        if !case.is_unattributed() || !case.tls().negotiated || !case.offered_none() {
            return None;
        }
        // Where an address list or the address itself is unknown, nobody can say that none lists it.
        let listed = case.judgement.views.iter().any(|view| {
            let may_list = matches!(view.address, AddressMatch::Listed | AddressMatch::Unknown);
            view.may_be_active() && may_list
        });
        if listed || case.identifies_by_address() {
            return None;
        }
        let explanation = format!(
            "'{}' used TLS with Exchange Online and offered no certificate.{}",
            case.send_connector(),
            own_side::named_otherwise(case)
        );
        let confidence = if case.study.has_exports() {
            Confidence::High
        } else {
            Confidence::Medium
        };
        Some(Finding::of(&Self::ENTRY, explanation).confidence(confidence).fix(own_side::switch(case, "the certificate", "Put in the thumbprint of the certificate that the inbound connector expects; it must be enabled for SMTP on every source server.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings, tenant};

    fn bare() -> [Session; 1] {
        [Session {
            names: &[],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_without_a_certificate() {
        assert_eq!(causes(&bare(), &[contoso()]), ["CRT001"]);
        let found = findings(&NoClientCertificate, &bare(), &[]);
        assert_eq!(found[0].confidence, Confidence::Medium);
    }

    #[test]
    fn stays_silent_with_one_and_where_the_address_is_listed() {
        assert!(findings(&NoClientCertificate, &[Session::default()], &[contoso()]).is_empty());
        let mut listed = contoso();
        listed.connectors.push(crate::rules::scenario::connector(
            "by address",
            None,
            &["203.0.113.7"],
        ));
        assert!(findings(&NoClientCertificate, &bare(), &[listed]).is_empty());
        let by_address = tenant(None, &["203.0.113.9"], &["contoso.com"]);
        assert!(findings(&NoClientCertificate, &bare(), &[by_address]).is_empty());
    }
}
