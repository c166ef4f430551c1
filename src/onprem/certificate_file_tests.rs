//! Tests of certificate files.
//!
//! In: files of every form. Out: certificates, or the error that names the form.

use super::*;
use proptest::prelude::*;

const DER: &[u8] = include_bytes!("../../tests/it/certificates/mail-contoso.cer");
const CHAIN: &[u8] = include_bytes!("../../tests/it/certificates/chain.pem");
const PKCS7: &[u8] = include_bytes!("../../tests/it/certificates/chain.p7b");
const REQUEST: &[u8] = include_bytes!("../../tests/it/certificates/request.csr");
const AUTHORITY: &[u8] = include_bytes!("../../tests/it/certificates/authority.crt");
const WILDCARD: &[u8] = include_bytes!("../../tests/it/certificates/wildcard-contoso.pem");

fn chain() -> String {
    String::from_utf8(CHAIN.to_vec()).unwrap()
}

fn names(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().leaf().names.clone()
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let units: Vec<u16> = mark.encode_utf16().chain(text.encode_utf16()).collect();
    units.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// A DER value.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

const PKCS7_DATA: [u8; 11] = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];

#[test]
fn der_gives_one_certificate() {
    let file = read(DER).unwrap();
    let leaf = file.leaf();
    assert_eq!(leaf.common_name().as_deref(), Some("mail.contoso.com"));
    assert_eq!(leaf.names, ["mail.contoso.com", "autodiscover.contoso.com"]);
    assert_eq!(leaf.serial.as_deref(), Some("2001"));
    assert_eq!(file.others().count(), 0);
    assert!(!file.leaf_is_authority);
    let two = read(&[DER, DER].concat()).unwrap();
    assert_eq!((two.others().count(), two.end_certificates), (1, 2));
}

#[test]
fn the_leaf_of_a_chain_is_found_at_any_position() {
    let file = read(CHAIN).unwrap();
    assert_eq!(file.leaf().serial.as_deref(), Some("2001"));
    let serials: Vec<_> = file.others().map(|other| other.serial.clone()).collect();
    assert_eq!(serials, [Some("01".to_owned()), Some("0C".to_owned())]);
    assert_eq!(file.end_certificates, 1);
    let alone = read(AUTHORITY).unwrap();
    assert!(alone.leaf_is_authority);
    assert_eq!(alone.leaf().serial.as_deref(), Some("0C"));
    let both = read(&[CHAIN, WILDCARD].concat()).unwrap();
    assert_eq!(both.leaf().serial.as_deref(), Some("2001"));
    assert_eq!(both.end_certificates, 2);
}

#[test]
fn text_around_blocks_and_every_encoding_are_read() {
    let text = chain();
    let bags = format!(
        "Bag Attributes\n    localKeyID: 01 00\nsubject=/CN=mail.contoso.com\n{}\nissuer=x\n",
        text
    );
    let parameters =
        format!("{text}-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n");
    let indented = text.replace('\n', "  \n   ");
    for bytes in [
        bags.into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        [b"Stra\xDFe\n", text.as_bytes()].concat(),
        utf16(&text, true),
        utf16(&text, false),
        parameters.into_bytes(),
        indented.into_bytes(),
    ] {
        assert!(looks_like_one(&bytes));
        assert_eq!(names(&bytes)[0], "mail.contoso.com");
    }
}

#[test]
fn a_private_key_is_rejected_in_every_form_before_it_is_decoded() {
    let pem = |label: &str| {
        format!(
            "{}-----BEGIN {label}-----\n!no base64!\n-----END {label}-----\n",
            chain()
        )
    };
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let text = pem(label);
        assert_eq!(read(text.as_bytes()), Err(CertificateFileError::PrivateKey));
        assert_eq!(
            read(&utf16(&text, true)),
            Err(CertificateFileError::PrivateKey)
        );
    }
    let zeros = [0; 200];
    let version = |number: u8| vec![2, 1, number];
    let algorithm = value(0x30, &PKCS7_DATA);
    let octets = value(4, &zeros);
    for content in [
        [version(0), value(2, &zeros), value(2, &zeros)].concat(),
        [version(0), algorithm.clone(), octets.clone()].concat(),
        [version(1), octets.clone()].concat(),
        [algorithm.clone(), octets.clone()].concat(),
    ] {
        let bytes = value(0x30, &content);
        assert!(looks_like_one(&bytes));
        assert_eq!(read(&bytes), Err(CertificateFileError::PrivateKey));
    }
}

#[test]
fn containers_and_requests_are_named() {
    let content = [
        vec![2, 1, 3],
        value(0x30, &[&PKCS7_DATA[..], &[0; 200]].concat()),
    ];
    let pfx = value(0x30, &content.concat());
    assert_eq!(read(&pfx), Err(CertificateFileError::Pkcs12));
    // Some tools write it without lengths.
    let streamed = [
        &[0x30, 0x80, 2, 1, 3, 0x30, 0x80][..],
        &PKCS7_DATA,
        &[0; 64],
    ];
    assert_eq!(read(&streamed.concat()), Err(CertificateFileError::Pkcs12));
    assert_eq!(read(PKCS7), Err(CertificateFileError::Pkcs7));
    assert_eq!(read(REQUEST), Err(CertificateFileError::Request));
    for (label, error) in [
        ("PKCS7", CertificateFileError::Pkcs7),
        ("PKCS12", CertificateFileError::Pkcs12),
        ("NEW CERTIFICATE REQUEST", CertificateFileError::Request),
        ("X509 CRL", CertificateFileError::Nothing),
        ("CERTIFICATE", CertificateFileError::NotX509 { block: 1 }),
    ] {
        let text = format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        assert_eq!(read(text.as_bytes()), Err(error), "{label}");
    }
    for error in [CertificateFileError::Pkcs7, CertificateFileError::Pkcs12] {
        assert!(error.to_string().contains("as .cer"));
    }
}

#[test]
fn an_error_names_the_damaged_block() {
    let text = chain();
    let damaged = text.replacen("MII", "M!I", 1);
    let error = read(damaged.as_bytes()).unwrap_err();
    assert_eq!(error, CertificateFileError::Damaged { block: 1 });
    assert!(error.to_string().contains("base64 is damaged"));
    let (cut, _) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        read(cut.as_bytes()),
        Err(CertificateFileError::Cut { block: 3 })
    );
    assert_eq!(
        read(&DER[..DER.len() - 1]),
        Err(CertificateFileError::Nothing)
    );
    assert_eq!(read(b""), Err(CertificateFileError::Nothing));
    assert_eq!(read(b"hello"), Err(CertificateFileError::Nothing));
}

#[test]
fn logs_and_exports_do_not_look_like_certificates() {
    for text in [
        "#Log-type: SMTP Send Protocol Log\n",
        "[{\"Name\": \"x\", \"Pem\": \"-----BEGIN CERTIFICATE-----\"}]",
        "0123",
        "",
    ] {
        assert!(!looks_like_one(text.as_bytes()), "{text}");
    }
    assert!(looks_like_one(DER) && looks_like_one(PKCS7) && looks_like_one(REQUEST));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = (read(&bytes), looks_like_one(&bytes));
        let _ = read(&[&[0x30, 0x82], &bytes[..]].concat());
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0..DER.len(), byte in any::<u8>()) {
        let mut bytes = DER.to_vec();
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}
