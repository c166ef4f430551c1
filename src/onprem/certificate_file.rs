//! Reads a certificate file (`.cer`, `.crt`, `.pem`) in DER or PEM, with one certificate or a
//! chain.
//!
//! In: the bytes of the file. Out: a [`CertificateFile`] with the certificates in file order, and
//! which of them is the server's own.
//! Must not decode a private key: a file with a key is rejected before its base64 is read.
//! Invariant: nothing here panics, whatever the bytes.
//! Source: RFC 7468 for the labels. Containers are recognised by the beginning of their structure
//! (RFC 5208, 5915, 5958, 7292, 8017, and 5652 for PKCS #7).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use x509_parser::asn1_rs::{FromBer as _, Header, Length, Tag};
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest};

use crate::language::{Language, labels, sentences};
use crate::smtp::certificate::Certificate;

use super::model::CertificateUsage;
use super::{certificate_usage, der};

/// The size above which a file is not read. A certificate that a server offers is never so long.
pub const LONGEST: u64 = 1024 * 1024;

/// What a certificate file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificateFile {
    /// All certificates, in file order. There is at least one.
    certificates: Vec<Certificate>,
    /// The index of the certificate that the server would offer.
    leaf: usize,
    /// Whether that certificate is an authority's. The file then holds no other kind.
    pub leaf_is_authority: bool,
    /// What that certificate is made for.
    pub leaf_usage: CertificateUsage,
    /// How many certificates are not an authority's and do not issue another one in the file.
    pub end_certificates: usize,
}

impl CertificateFile {
    /// The certificate that the server would offer: the first that is not an authority's and does
    /// not issue another one in the file.
    pub fn leaf(&self) -> &Certificate {
        &self.certificates[self.leaf]
    }

    /// The other certificates, in file order.
    pub fn others(&self) -> impl Iterator<Item = &Certificate> {
        let leaf = self.leaf;
        let all = self.certificates.iter().enumerate();
        all.filter(move |(index, _)| *index != leaf)
            .map(|(_, certificate)| certificate)
    }
}

/// Why a file gives no certificate. Each text follows the name of the file, and says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum CertificateFileError {
    /// The file holds a private key, in PEM or DER.
    PrivateKey,
    /// The file is a PKCS #12 container (`.pfx`, `.p12`).
    Pkcs12,
    /// The file is a PKCS #7 container (`.p7b`).
    Pkcs7,
    /// The file is a certificate request (`.csr`, `.req`).
    Request,
    /// The base64 of a block cannot be decoded.
    Damaged {
        /// The block, from 1.
        block: usize,
    },
    /// A block has no end line.
    Cut {
        /// The block, from 1.
        block: usize,
    },
    /// A block has the label of a certificate, but is not a certificate.
    NotX509 {
        /// The block, from 1.
        block: usize,
    },
    /// The file has none of the known forms.
    Nothing,
}

impl CertificateFileError {
    /// The text in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            CertificateFileError::PrivateKey => private_key(language),
            CertificateFileError::Pkcs12 => pkcs12(language),
            CertificateFileError::Pkcs7 => pkcs7(language),
            CertificateFileError::Request => request(language),
            CertificateFileError::Damaged { block } => damaged(language, *block),
            CertificateFileError::Cut { block } => cut(language, *block),
            CertificateFileError::NotX509 { block } => not_x509(language, *block),
            CertificateFileError::Nothing => nothing(language),
        }
    }
}

/// Whether bytes from the beginning of a file have a PEM block, or begin a DER structure. Only
/// [`read`] decides whether the file holds a certificate.
pub fn looks_like_one(bytes: &[u8]) -> bool {
    let structure = matches!(bytes, [0x30, 0x80..=0x84, ..])
        && header(bytes).is_some_and(|(header, _)| header.tag() == Tag::Sequence);
    structure || text(bytes).lines().any(is_begin)
}

/// Reads a file.
///
/// # Errors
/// Returns an error if the file holds a private key, holds no certificate, or is damaged.
pub fn read(bytes: &[u8]) -> Result<CertificateFile, CertificateFileError> {
    if !text(bytes).lines().any(is_begin) {
        return gather(split_der(bytes)?);
    }
    let text = trimmed(&text(bytes));
    // This comes before anything is decoded.
    let mut labels = text.lines().filter(|line| is_begin(line));
    if labels.any(|label| label.contains("PRIVATE KEY")) {
        return Err(CertificateFileError::PrivateKey);
    }
    let mut ders = Vec::new();
    for (index, found) in Pem::iter_from_buffer(text.as_bytes()).enumerate() {
        let block = index + 1;
        let pem = found.map_err(|error| match error {
            x509_parser::error::PEMError::IncompletePEM => CertificateFileError::Cut { block },
            _ => CertificateFileError::Damaged { block },
        })?;
        match pem.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => match rejection(&pem.contents) {
                Some(error) => return Err(error),
                None if der::certificate(&pem.contents).is_none() => {
                    return Err(CertificateFileError::NotX509 { block });
                }
                None => ders.push(pem.contents),
            },
            "PKCS7" | "CMS" => return Err(CertificateFileError::Pkcs7),
            "PKCS12" => return Err(CertificateFileError::Pkcs12),
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                return Err(CertificateFileError::Request);
            }
            // Parameters, revocation lists and public keys do not matter here.
            _ => {}
        }
    }
    gather(ders)
}

/// Splits a file that holds one DER certificate, or several in a row.
fn split_der(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CertificateFileError> {
    if let Some(error) = rejection(bytes) {
        return Err(error);
    }
    let mut ders = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Ok((behind, _)) = X509Certificate::from_der(rest) else {
            return Err(CertificateFileError::Nothing);
        };
        ders.push(rest[..rest.len() - behind.len()].to_vec());
        rest = behind;
    }
    Ok(ders)
}

fn gather(ders: Vec<Vec<u8>>) -> Result<CertificateFile, CertificateFileError> {
    let mut certificates = Vec::new();
    let mut parsed = Vec::new();
    for bytes in &ders {
        let certificate = der::certificate(bytes).ok_or(CertificateFileError::Nothing)?;
        let (_, x509) =
            X509Certificate::from_der(bytes).map_err(|_| CertificateFileError::Nothing)?;
        certificates.push(certificate);
        parsed.push(x509);
    }
    let issues_another = |index: usize| {
        let subject = parsed[index].subject().as_raw();
        let mut others = parsed.iter().enumerate();
        others.any(|(other, x509)| other != index && x509.issuer().as_raw() == subject)
    };
    let all = || 0..parsed.len();
    let is_end = |index: &usize| !parsed[*index].is_ca() && !issues_another(*index);
    let leaf = all()
        .find(is_end)
        .or_else(|| all().find(|index| !parsed[*index].is_ca()))
        .or_else(|| all().find(|index| !issues_another(*index)))
        .or_else(|| all().next())
        .ok_or(CertificateFileError::Nothing)?;
    Ok(CertificateFile {
        leaf,
        leaf_is_authority: parsed[leaf].is_ca(),
        leaf_usage: certificate_usage::of_der(&ders[leaf]),
        end_certificates: all().filter(is_end).count(),
        certificates,
    })
}

/// Why a structure is rejected, or `None`. The beginning is enough to decide: no part of a key is
/// parsed.
fn rejection(bytes: &[u8]) -> Option<CertificateFileError> {
    let first = inside(bytes)?;
    let (header, content) = header(first)?;
    match header.tag() {
        Tag::Integer => {
            let (number, rest) = definite(&header, content)?;
            let (next, next_content) = self::header(rest)?;
            match (number, next.tag()) {
                ([3], Tag::Sequence) if oid_of(rest).is_some_and(is_pkcs7) => {
                    Some(CertificateFileError::Pkcs12)
                }
                // PKCS #1: version, modulus, and so on. A bare public key begins with its modulus.
                ([0 | 1], Tag::Integer) => Some(CertificateFileError::PrivateKey),
                // PKCS #8: version, algorithm, key.
                ([0 | 1], Tag::Sequence) => {
                    let (_, behind) = definite(&next, next_content)?;
                    let (third, _) = self::header(behind)?;
                    (third.tag() == Tag::OctetString).then_some(CertificateFileError::PrivateKey)
                }
                // SEC 1: version, key.
                ([1], Tag::OctetString) => Some(CertificateFileError::PrivateKey),
                _ => None,
            }
        }
        Tag::Oid => {
            let (oid, _) = definite(&header, content)?;
            is_pkcs7(oid).then_some(CertificateFileError::Pkcs7)
        }
        Tag::Sequence => {
            // An encrypted PKCS #8 key: algorithm, octets.
            let (_, behind) = definite(&header, content)?;
            let octets = self::header(behind)
                .is_some_and(|(next, _)| next.tag() == Tag::OctetString && oid_of(first).is_some());
            if octets {
                return Some(CertificateFileError::PrivateKey);
            }
            let request = X509CertificationRequest::from_der(bytes).is_ok();
            request.then_some(CertificateFileError::Request)
        }
        _ => None,
    }
}

/// Whether the identifier is under 1.2.840.113549.1.7, the arc of PKCS #7 and of what PKCS #12
/// wraps.
fn is_pkcs7(oid: &[u8]) -> bool {
    oid.starts_with(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07])
}

/// The object identifier at the beginning of a sequence.
fn oid_of(sequence: &[u8]) -> Option<&[u8]> {
    let (header, content) = header(inside(sequence)?)?;
    let oid = header.tag() == Tag::Oid;
    oid.then(|| definite(&header, content))?.map(|(oid, _)| oid)
}

/// The content of a sequence, together with whatever follows the sequence.
fn inside(bytes: &[u8]) -> Option<&[u8]> {
    let (header, content) = header(bytes)?;
    (header.tag() == Tag::Sequence).then_some(content)
}

fn header(bytes: &[u8]) -> Option<(Header<'_>, &[u8])> {
    let (rest, header) = Header::from_ber(bytes).ok()?;
    Some((header, rest))
}

/// The content of a value of known length, and what follows it.
fn definite<'a>(header: &Header<'_>, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    match header.length() {
        Length::Definite(length) => rest.split_at_checked(length),
        Length::Indefinite => None,
    }
}

/// Decodes UTF-8 or UTF-16. PEM is ASCII, so another code page does no harm.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    let encoding = match bytes {
        [first, 0, second, 0, ..] if *first > 0 && *second > 0 => UTF_16LE,
        [0, first, 0, second, ..] if *first > 0 && *second > 0 => UTF_16BE,
        _ => return String::from_utf8_lossy(bytes),
    };
    encoding.decode_without_bom_handling(bytes).0
}

/// Trims every line and gives all lines the same ending, so that a block that a mail program
/// changed can be read. Header lines of an encrypted block do not occur here: such a block is a
/// key.
fn trimmed(text: &str) -> String {
    let lines = text.split(['\r', '\n']).map(str::trim);
    lines.collect::<Vec<_>>().join("\n")
}

fn is_begin(line: &str) -> bool {
    line.trim().starts_with("-----BEGIN ")
}

labels! {
    private_key: "holds a private key, so it was not read: sendlens never needs one, and a copy of the key only puts it at risk. Export the certificate without the key: use `Export-Certificate`, or select \"No, do not export the private key\" in the Certificate Export Wizard", "秘密キーが含まれているため、読み取っていません。sendlens に秘密キーは不要で、キーのコピーは危険を増やすだけです。秘密キーを含めずに証明書をエクスポートしてください。`Export-Certificate` を使用するか、証明書のエクスポート ウィザードで [いいえ、秘密キーをエクスポートしません] を選択します。" ["891da16d"];
    pkcs12: "is a PKCS #12 container (.pfx, .p12), which also holds the private key: sendlens never needs one, and a copy of the key only puts it at risk. Export the certificate alone, as .cer: use `Export-Certificate`, or select \"No, do not export the private key\" in the Certificate Export Wizard", "秘密キーも含む PKCS #12 形式 (.pfx、.p12) のファイルです。sendlens に秘密キーは不要で、キーのコピーは危険を増やすだけです。証明書だけを .cer としてエクスポートしてください。`Export-Certificate` を使用するか、証明書のエクスポート ウィザードで [いいえ、秘密キーをエクスポートしません] を選択します。" ["40a7c504"];
    pkcs7: "is a PKCS #7 container (.p7b), which sendlens does not read. Open the container, and export the server's certificate as .cer (DER or Base-64 encoded X.509)", "PKCS #7 形式 (.p7b) のファイルで、sendlens では読み取れません。ファイルを開き、サーバーの証明書を .cer (DER または Base 64 encoded X.509) としてエクスポートしてください。" ["65c6ea12"];
    request: "is a certificate request, not a certificate. Use the certificate that the authority issues for it, or the host name in the request", "証明書ではなく、証明書の要求です。この要求に対して証明機関が発行した証明書か、要求に含まれるホスト名を指定してください。" ["cce4779f"];
    nothing: "holds no certificate. Export the certificate as .cer (DER or Base-64 encoded X.509)", "証明書が含まれていません。証明書を .cer (DER または Base 64 encoded X.509) としてエクスポートしてください。" ["07ccfa80"];
}

sentences! {
    /// [`CertificateFileError::Damaged`].
    fn damaged(block: usize) {
        en: "cannot be decoded, because its base64 is damaged in block {block}. Copy or export the file again, as .cer (DER or Base-64 encoded X.509)",
        ja: "ブロック {block} の base64 が破損しているため、デコードできません。ファイルをもう一度コピーするか、.cer (DER または Base 64 encoded X.509) としてもう一度エクスポートしてください。" ["b1520e36"],
    }
    /// [`CertificateFileError::Cut`].
    fn cut(block: usize) {
        en: "is incomplete: block {block} has no end line (-----END …). Copy or export the file again",
        ja: "ファイルが不完全です。ブロック {block} に終了行 (-----END …) がありません。ファイルをもう一度コピーするか、エクスポートしてください。" ["a67c78bb"],
    }
    /// [`CertificateFileError::NotX509`].
    fn not_x509(block: usize) {
        en: "cannot be used, because block {block} is not an X.509 certificate. Export the file again, as .cer (DER or Base-64 encoded X.509)",
        ja: "ブロック {block} が X.509 証明書ではないため、使用できません。ファイルを .cer (DER または Base 64 encoded X.509) としてもう一度エクスポートしてください。" ["67e08519"],
    }
}

#[cfg(test)]
#[path = "certificate_file_tests.rs"]
mod tests;
