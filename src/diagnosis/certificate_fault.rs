//! Why Exchange or Exchange Online cannot use a certificate as it is.
//!
//! In: a certificate, what it is made for, and what the export of a server says about it. Out:
//! [`Fault`]s, each with one sentence, which checks and the plan of a renewal share.
//! Must not report a value that the input does not show. Must not look at names or dates: inbound
//! connectors and other entries judge those.
//! Sources: KB 4051498 (a certificate that is not bound to SMTP), the Exchange documentation of
//! certificates (elliptic-curve keys since the update of November 2024), and the reference of
//! Set-SendConnector (`TlsCertificateName` names issuer and subject).

use crate::diagnosis::rule::{Confidence, Severity};
use crate::diagnosis::transport_certificate::serves_smtp;
use crate::language::Language;
use crate::onprem::ExchangeCertificate;
use crate::onprem::model::CertificateUsage;
use crate::smtp::certificate::Certificate;

/// A certificate for server authentication only, as an observation and not a fault.
pub fn server_only(_language: Language) -> String {
    "It is for server authentication only, as are all certificates that public authorities issue since 2026. That is no fault: Microsoft has published no need for client authentication here, and a log in which such a certificate delivered mail proves that it works."
        .to_owned()
}

/// Why a certificate cannot be used as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Issuer and subject are the same.
    SelfSigned,
    /// The export says that an enterprise authority signed it.
    EnterpriseAuthority,
    /// Its issuer is named like an authority in Active Directory.
    DirectoryIssuer,
    /// Its status is `Revoked`.
    Revoked,
    /// Its status is `Invalid`, `Untrusted` or `PendingRequest`.
    Invalid(&'static str),
    /// Its status is `RevocationCheckFailure`.
    Unchecked,
    /// The server has no private key for it.
    NoPrivateKey,
    /// SMTP is not among its services.
    NotForSmtp,
    /// Its subject is empty.
    NoSubject,
    /// It has an elliptic-curve key.
    EllipticCurve,
    /// Its extended key usage does not contain server authentication.
    NotForServers,
}

impl Fault {
    /// What is wrong, in sentences that begin with "It" or "Its".
    pub fn sentence(self, _language: Language) -> String {
        match self {
            Fault::SelfSigned => "It is self-signed. Exchange Online accepts only certificates of public authorities.",
            Fault::EnterpriseAuthority => "It is signed by an enterprise authority (RootCAType Enterprise). Exchange Online accepts only certificates of public authorities.",
            Fault::DirectoryIssuer => "Its issuer has the name of an authority in Active Directory (DC=). Exchange Online accepts only certificates of public authorities.",
            Fault::Revoked => "It is revoked. Exchange Online does not accept a revoked certificate.",
            Fault::Invalid(status) => return format!("Its status on the server is {status}, so Exchange does not use it."),
            Fault::Unchecked => "Its status on the server is RevocationCheckFailure: the server cannot reach the revocation list of the authority. Exchange may then not use it.",
            Fault::NoPrivateKey => "It has no private key on the server, so the server cannot offer it.",
            Fault::NotForSmtp => "It is not enabled for SMTP on the server, so Exchange does not use it for mail (KB 4051498).",
            Fault::NoSubject => "It has no subject. Exchange needs one: TlsCertificateName names a certificate by issuer and subject, so no send connector can name this certificate.",
            Fault::EllipticCurve => "It has an elliptic-curve key. Exchange can use it only with the security update of November 2024 or later, and if the registry value EnableEccCertificateSupport is 1 on every server.",
            Fault::NotForServers => "It is not for server authentication: its extended key usage does not contain this purpose. Exchange does not use it for TLS.",
        }
        .to_owned()
    }

    /// How certain it is that the certificate cannot be used.
    pub fn confidence(self) -> Confidence {
        match self {
            Fault::DirectoryIssuer | Fault::EllipticCurve | Fault::NotForServers => {
                Confidence::Medium
            }
            Fault::Unchecked => Confidence::Low,
            _ => Confidence::High,
        }
    }

    /// How severe it is.
    pub fn severity(self) -> Severity {
        match self {
            Fault::Unchecked => Severity::Info,
            _ => Severity::Warning,
        }
    }

    /// Whether only another certificate helps. Everything else can be set on the servers.
    pub fn needs_another(self) -> bool {
        match self {
            Fault::SelfSigned
            | Fault::EnterpriseAuthority
            | Fault::DirectoryIssuer
            | Fault::Revoked
            | Fault::Invalid(_)
            | Fault::NoSubject
            | Fault::NotForServers => true,
            Fault::Unchecked | Fault::NoPrivateKey | Fault::NotForSmtp | Fault::EllipticCurve => {
                false
            }
        }
    }

    /// Whether a server with this fault cannot offer the certificate at all. A log in which it was
    /// offered proves that the fault is gone.
    pub fn prevents_offer(self) -> bool {
        match self {
            Fault::NoPrivateKey
            | Fault::NotForSmtp
            | Fault::NoSubject
            | Fault::EllipticCurve
            | Fault::Unchecked
            | Fault::NotForServers
            | Fault::Invalid(_) => true,
            Fault::SelfSigned
            | Fault::EnterpriseAuthority
            | Fault::DirectoryIssuer
            | Fault::Revoked => false,
        }
    }
}

/// The faults that the certificate itself shows.
pub fn of_certificate(certificate: &Certificate, usage: &CertificateUsage) -> Vec<Fault> {
    let self_signed = certificate.is_self_signed();
    let subject = certificate.subject.as_deref();
    let issuer = certificate.issuer.as_deref().unwrap_or_default();
    let faults = [
        (self_signed, Fault::SelfSigned),
        (
            !self_signed && is_directory_name(issuer),
            Fault::DirectoryIssuer,
        ),
        (
            subject.is_some_and(|subject| subject.trim().is_empty()),
            Fault::NoSubject,
        ),
        (usage.elliptic_curve == Some(true), Fault::EllipticCurve),
        (
            usage.server_authentication == Some(false),
            Fault::NotForServers,
        ),
    ];
    let found = faults.iter().filter(|(holds, _)| *holds);
    found.map(|(_, fault)| *fault).collect()
}

/// The faults that the certificate and its export show.
pub fn of_exported(found: &ExchangeCertificate) -> Vec<Fault> {
    let mut faults = of_certificate(&found.certificate, &found.usage);
    let text = |value: &crate::tenant::Known<Option<String>>| -> String {
        let text = value.value().and_then(Option::as_deref).unwrap_or_default();
        text.trim().to_ascii_lowercase()
    };
    if text(&found.root_ca_type) == "enterprise" && !faults.contains(&Fault::SelfSigned) {
        faults.retain(|fault| *fault != Fault::DirectoryIssuer);
        faults.push(Fault::EnterpriseAuthority);
    }
    let status = match text(&found.status).as_str() {
        "revoked" => Some(Fault::Revoked),
        "invalid" => Some(Fault::Invalid("Invalid")),
        "untrusted" => Some(Fault::Invalid("Untrusted")),
        "pendingrequest" => Some(Fault::Invalid("PendingRequest")),
        "revocationcheckfailure" => Some(Fault::Unchecked),
        _ => None,
    };
    faults.extend(status);
    if found.has_private_key.value() == Some(&false) {
        faults.push(Fault::NoPrivateKey);
    }
    if serves_smtp(found) == Some(false) {
        faults.push(Fault::NotForSmtp);
    }
    faults.sort_unstable();
    faults
}

/// What the export shows to be wrong with a certificate, each as a sentence behind a space.
pub fn sentences(language: Language, found: &ExchangeCertificate) -> String {
    let faults = of_exported(found).into_iter();
    let sentences = faults.map(|fault| format!(" {}", fault.sentence(language)));
    sentences.collect()
}

/// Whether a name has the parts of a directory (`DC=contoso, DC=local`). Microsoft's own public
/// authorities are below `DC=microsoft, DC=com`.
fn is_directory_name(issuer: &str) -> bool {
    let compact: String = issuer
        .to_ascii_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let mut parts = compact.split([',', '+']);
    parts.any(|part| part.starts_with("dc=")) && !compact.contains("dc=microsoft")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::exchange_certificate;
    use crate::tenant::Known;

    fn with(change: impl FnOnce(&mut ExchangeCertificate)) -> Vec<Fault> {
        let mut found = exchange_certificate('A');
        change(&mut found);
        of_exported(&found)
    }

    fn text(value: &str) -> Known<Option<String>> {
        Known::Value(Some(value.to_owned()))
    }

    #[test]
    fn each_fault_is_seen() {
        assert_eq!(with(|_| {}), []);
        assert_eq!(
            with(|found| found.certificate.issuer = found.certificate.subject.clone()),
            [Fault::SelfSigned]
        );
        assert_eq!(
            with(|found| found.root_ca_type = text("Enterprise")),
            [Fault::EnterpriseAuthority]
        );
        assert_eq!(
            with(|found| found.certificate.issuer =
                Some("CN=Contoso CA, DC=contoso, DC=local".to_owned())),
            [Fault::DirectoryIssuer]
        );
        assert_eq!(
            with(|found| found.status = text("Revoked")),
            [Fault::Revoked]
        );
        assert_eq!(
            with(|found| found.status = text("RevocationCheckFailure")),
            [Fault::Unchecked]
        );
        assert_eq!(
            with(|found| found.has_private_key = Known::Value(false)),
            [Fault::NoPrivateKey]
        );
        assert_eq!(
            with(|found| found.services = Known::Value(vec!["IIS".to_owned()])),
            [Fault::NotForSmtp]
        );
        assert_eq!(
            with(|found| found.certificate.subject = Some(String::new())),
            [Fault::NoSubject]
        );
        assert_eq!(
            with(|found| found.usage.elliptic_curve = Some(true)),
            [Fault::EllipticCurve]
        );
        assert_eq!(
            with(|found| found.usage.server_authentication = Some(false)),
            [Fault::NotForServers]
        );
    }

    #[test]
    fn a_lost_value_and_a_public_authority_are_no_fault() {
        let lost = with(|found| {
            found.services = Known::Lost;
            found.status = Known::Lost;
            found.has_private_key = Known::Lost;
            found.root_ca_type = Known::Lost;
            found.certificate.subject = None;
            found.certificate.issuer = None;
        });
        assert_eq!(lost, []);
        for (kind, status) in [("ThirdParty", "Valid"), ("None", "DateInvalid")] {
            let found = with(|found| {
                found.root_ca_type = text(kind);
                found.status = text(status);
                found.usage.client_authentication = Some(false);
            });
            assert_eq!(found, [], "{kind}");
        }
        assert!(!is_directory_name(
            "CN=Microsoft IT TLS CA 4, DC=microsoft, DC=com"
        ));
    }
}
