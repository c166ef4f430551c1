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
use crate::language::{Language, sentences};
use crate::onprem::ExchangeCertificate;
use crate::onprem::model::CertificateUsage;
use crate::smtp::certificate::Certificate;

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
    pub fn sentence(self, language: Language) -> String {
        match self {
            Fault::SelfSigned => self_signed(language),
            Fault::EnterpriseAuthority => of_enterprise_authority(language),
            Fault::DirectoryIssuer => of_directory_issuer(language),
            Fault::Revoked => revoked(language),
            Fault::Invalid(status) => invalid(language, status),
            Fault::Unchecked => unchecked(language),
            Fault::NoPrivateKey => without_private_key(language),
            Fault::NotForSmtp => not_for_smtp(language),
            Fault::NoSubject => without_subject(language),
            Fault::EllipticCurve => of_elliptic_curve(language),
            Fault::NotForServers => not_for_servers(language),
        }
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

/// What the export shows to be wrong with a certificate, as sentences behind another one.
pub fn sentences(language: Language, found: &ExchangeCertificate) -> String {
    let faults = of_exported(found).into_iter();
    let sentences = faults.map(|fault| fault.sentence(language));
    let before = match language {
        Language::English => " ",
        Language::Japanese => "",
    };
    sentences
        .map(|sentence| format!("{before}{sentence}"))
        .collect()
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

sentences! {
    /// A certificate for server authentication only, as an observation and not a fault.
    pub fn server_only() {
        en: "It is for server authentication only, as are all certificates that public authorities issue since 2026. That is no fault: Microsoft has published no need for client authentication here, and a log in which such a certificate delivered mail proves that it works.",
        ja: "サーバー認証専用の証明書です。2026 年以降に公的な証明機関が発行する証明書は、すべてサーバー認証専用です。これは問題ではありません。クライアント認証が必要だという情報を Microsoft は公開しておらず、このような証明書でメールが配信されたログがあれば、機能することが証明されます。" ["0d4aa9d1"],
    }
    /// [`Fault::SelfSigned`].
    fn self_signed() {
        en: "It is self-signed. Exchange Online accepts only certificates of public authorities.",
        ja: "この証明書は自己署名証明書です。Exchange Online が受け入れるのは、公的な証明機関の証明書だけです。" ["5a286aa9"],
    }
    /// [`Fault::EnterpriseAuthority`].
    fn of_enterprise_authority() {
        en: "It is signed by an enterprise authority (RootCAType Enterprise). Exchange Online accepts only certificates of public authorities.",
        ja: "この証明書はエンタープライズ証明機関によって署名されています (RootCAType が Enterprise)。Exchange Online が受け入れるのは、公的な証明機関の証明書だけです。" ["a34baaa0"],
    }
    /// [`Fault::DirectoryIssuer`].
    fn of_directory_issuer() {
        en: "Its issuer has the name of an authority in Active Directory (DC=). Exchange Online accepts only certificates of public authorities.",
        ja: "この証明書の発行者名は、Active Directory の証明機関の形式 (DC=) です。Exchange Online が受け入れるのは、公的な証明機関の証明書だけです。" ["b7e7b128"],
    }
    /// [`Fault::Revoked`].
    fn revoked() {
        en: "It is revoked. Exchange Online does not accept a revoked certificate.",
        ja: "この証明書は失効しています。Exchange Online は失効した証明書を受け入れません。" ["acb4be54"],
    }
    /// [`Fault::Invalid`].
    fn invalid(status: &str) {
        en: "Its status on the server is {status}, so Exchange does not use it.",
        ja: "サーバー上でのこの証明書の状態は {status} であるため、Exchange では使用されません。" ["89fc8a9d"],
    }
    /// [`Fault::Unchecked`].
    fn unchecked() {
        en: "Its status on the server is RevocationCheckFailure: the server cannot reach the revocation list of the authority. Exchange may then not use it.",
        ja: "サーバー上でのこの証明書の状態は RevocationCheckFailure で、サーバーが証明機関の失効リストに到達できません。この場合、Exchange で使用されないことがあります。" ["aa512a32"],
    }
    /// [`Fault::NoPrivateKey`].
    fn without_private_key() {
        en: "It has no private key on the server, so the server cannot offer it.",
        ja: "サーバー上にこの証明書の秘密キーがないため、サーバーは証明書を提示できません。" ["0d0325d2"],
    }
    /// [`Fault::NotForSmtp`].
    fn not_for_smtp() {
        en: "It is not enabled for SMTP on the server, so Exchange does not use it for mail (KB 4051498).",
        ja: "この証明書はサーバー上で SMTP に対して有効になっていないため、Exchange でメールに使用されません (KB 4051498)。" ["bf5640aa"],
    }
    /// [`Fault::NoSubject`].
    fn without_subject() {
        en: "It has no subject. Exchange needs one: TlsCertificateName names a certificate by issuer and subject, so no send connector can name this certificate.",
        ja: "この証明書にはサブジェクトがありません。TlsCertificateName は発行者とサブジェクトで証明書を指定するため、Exchange にはサブジェクトが必要です。どの送信コネクタもこの証明書を指定できません。" ["73a94b3f"],
    }
    /// [`Fault::EllipticCurve`].
    fn of_elliptic_curve() {
        en: "It has an elliptic-curve key. Exchange can use it only with the security update of November 2024 or later, and if the registry value EnableEccCertificateSupport is 1 on every server.",
        ja: "この証明書のキーは楕円曲線キーです。Exchange で使用できるのは、2024 年 11 月以降のセキュリティ更新プログラムが適用され、すべてのサーバーでレジストリ値 EnableEccCertificateSupport が 1 になっている場合だけです。" ["58b95652"],
    }
    /// [`Fault::NotForServers`].
    fn not_for_servers() {
        en: "It is not for server authentication: its extended key usage does not contain this purpose. Exchange does not use it for TLS.",
        ja: "この証明書はサーバー認証用ではありません。拡張キー使用法にこの目的が含まれていないため、Exchange で TLS に使用されません。" ["f264f2cd"],
    }
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
