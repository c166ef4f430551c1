//! Reads one X.509 certificate in DER form.
//!
//! In: bytes. Out: a [`Certificate`] as a log row would describe it: names in .NET's X.500 text
//! form, serial and thumbprint in upper-case hex.
//! Must not judge validity or chains.
//! Invariant: nothing here panics, whatever the bytes.

use sha1::{Digest as _, Sha1};
use x509_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;

/// Reads a certificate that fills the bytes exactly. Returns `None` if they are anything else.
///
/// If the first byte of the serial is 80 or above, DER puts a zero byte before it. The serial keeps
/// this byte, because .NET on Windows, and so Exchange's log, writes it too
/// (github.com/dotnet/corefx/issues/3893).
pub fn certificate(der: &[u8]) -> Option<Certificate> {
    let (rest, parsed) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let time = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.map_or_else(Vec::new, |names| {
        let hosts = names.value.general_names.iter();
        hosts
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect()
    });
    Some(Certificate {
        subject: Some(name_text(parsed.subject())),
        issuer: Some(name_text(parsed.issuer())),
        undivided: None,
        serial: Some(hex(parsed.raw_serial())),
        thumbprint: Some(hex(&Sha1::digest(der))),
        not_before: Some(time(parsed.validity().not_before.timestamp())),
        not_after: Some(time(parsed.validity().not_after.timestamp())),
        names,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A name in the form of `X500DistinguishedName.Name`. The parts are in the reverse of their order
/// in the certificate. The values of a multi-valued part keep their order.
fn name_text(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let values: Vec<String> = part.iter().map(attribute_text).collect();
            values.join(" + ")
        })
        .collect();
    let reversed: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    reversed.join(", ")
}

fn attribute_text(attribute: &AttributeTypeAndValue<'_>) -> String {
    let id = attribute.attr_type().to_id_string();
    let known = TYPES.iter().find(|(known, _)| *known == id);
    let kind = known.map_or_else(|| format!("OID.{id}"), |(_, kind)| (*kind).to_owned());
    format!("{kind}={}", value_text(attribute))
}

/// The short names of Windows (`CertNameToStr`). Any other type is written as `OID.1.2.3`.
const TYPES: [(&str, &str); 20] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.13", "Description"),
    ("2.5.4.17", "PostalCode"),
    ("2.5.4.18", "POBox"),
    ("2.5.4.20", "Phone"),
    ("2.5.4.24", "X21Address"),
    ("2.5.4.42", "G"),
    ("2.5.4.43", "I"),
    ("2.5.4.46", "dnQualifier"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "E"),
];

fn value_text(attribute: &AttributeTypeAndValue<'_>) -> String {
    let value = attribute.attr_value();
    let bytes = attribute.as_slice();
    let text = match value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => String::from_utf8_lossy(bytes).into_owned(),
        // Windows reads a Teletex string as UTF-8. If it is not valid UTF-8, each byte is a
        // character.
        Tag::T61String | Tag::GeneralString => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
        Tag::BmpString => {
            let pairs = bytes.chunks_exact(2);
            let units: Vec<u16> = pairs
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        Tag::UniversalString => bytes
            .chunks_exact(4)
            .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
            .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        // Not a text: hex digits.
        _ => return format!("#{}", hex(bytes)),
    };
    quoted(text)
}

/// Puts a value in quotes if it could not be read back without them. A quote inside is doubled.
fn quoted(text: String) -> String {
    let blank = |character: char| character == ' ' || ('\t'..='\r').contains(&character);
    let needed = text.is_empty()
        || text.starts_with(blank)
        || text.ends_with(blank)
        || text.contains([',', '+', '=', '"', '\n', '<', '>', '#', ';']);
    if needed {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::smtp::name::DistinguishedName;
    use crate::tenant::base64;

    /// A certificate made with openssl. It has many attribute types, a multi-valued part, three
    /// kinds of alternate names, and a serial with its first bit set.
    pub(crate) const MANY: &str = "MIIDWDCCAv6gAwIBAgIEAPABAjAKBggqhkjOPQQDAjCB8zELMAkGA1UEBhMCVVMxEzARBgNVBAgMCldhc2hpbmd0b24x\
        EDAOBgNVBAcMB1JlZG1vbmQxEjAQBgNVBAkMCTEgTWFpbiBTdDEbMBkGA1UECgwSQ29udG9zbywgSW5jLiBFYXN0MQ0w\
        CwYDVQQLDARNYWlsMQwwCgYDVQQLDANBK0IxCzAJBgNVBAUTAjQyMRMwEQYLKwYBBAGCNzwCAQMTAlVTMSAwHgYJKoZI\
        hvcNAQkBFhFhZG1pbkBjb250b3NvLmNvbTErMBAGCgmSJomT8ixkAQEMAng3MBcGA1UEAwwQbWFpbC5jb250b3NvLmNv\
        bTAeFw0yNjExMjIwODE0MjlaFw0yNzExMjIwODE0MjlaMIHzMQswCQYDVQQGEwJVUzETMBEGA1UECAwKV2FzaGluZ3Rv\
        bjEQMA4GA1UEBwwHUmVkbW9uZDESMBAGA1UECQwJMSBNYWluIFN0MRswGQYDVQQKDBJDb250b3NvLCBJbmMuIEVhc3Qx\
        DTALBgNVBAsMBE1haWwxDDAKBgNVBAsMA0ErQjELMAkGA1UEBRMCNDIxEzARBgsrBgEEAYI3PAIBAxMCVVMxIDAeBgkq\
        hkiG9w0BCQEWEWFkbWluQGNvbnRvc28uY29tMSswEAYKCZImiZPyLGQBAQwCeDcwFwYDVQQDDBBtYWlsLmNvbnRvc28u\
        Y29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXuwzxgk/yxqtSiRe05rA1lYXcRRuy+SYJeMCSOavU71s7EBg1AEj\
        FybH46SvEmQYBf20pYHalnD31RIUPlGPu6N+MHwwWwYDVR0RBFQwUoIQbWFpbC5jb250b3NvLmNvbYINKi5jb250b3Nv\
        LmNvbYIaeG4tLW1uY2hlbi0zeWEuZXhhbXBsZS5jb22HBMsAcQeBDWFAY29udG9zby5jb20wHQYDVR0OBBYEFGTb/lym\
        gVWBT9nx4OmvaYzViEnEMAoGCCqGSM49BAMCA0gAMEUCIQCOdK1+uOd0t5uEnr2eeRKmdp4EQ+t8zTiOckkAeADiTwIg\
        dfASUi4yDAiv6aVLFM6iA6fQffuaSmieR5MAHjBUj6E=";

    /// A certificate made with openssl. It has version 1 and no extensions, and is valid beyond
    /// 2049.
    const FEW: &str = "MIIBbDCCARICAQcwCgYIKoZIzj0EAwIwQTETMBEGCgmSJomT8ixkARkWA2NvbTEXMBUGCgmSJomT8ixkARkWB2V4YW1w\
        bGUxETAPBgNVBAMMCCBwYWRkZWQgMCAXDTI2MTEyMjA4MTQxNFoYDzIwNTEwNzE0MDgxNDE0WjBBMRMwEQYKCZImiZPy\
        LGQBGRYDY29tMRcwFQYKCZImiZPyLGQBGRYHZXhhbXBsZTERMA8GA1UEAwwIIHBhZGRlZCAwWTATBgcqhkjOPQIBBggq\
        hkjOPQMBBwNCAARe7DPGCT/LGq1KJF7TmsDWVhdxFG7L5Jgl4wJI5q9TvWzsQGDUASMXJsfjpK8SZBgF/bSlgdqWcPfV\
        EhQ+UY+7MAoGCCqGSM49BAMCA0gAMEUCIHZBxx4aSooAwBRS4R3u0a4U/GS4ofj7q5EsQWjqEPyrAiEAzm/r+u1GzdO5\
        pKIGWM+WNKiEuLVq47fOAJlf/eeIkv4=";

    fn read(text: &str) -> Certificate {
        certificate(&base64(text).unwrap()).unwrap()
    }

    fn time(text: &str) -> Option<Timestamp> {
        Timestamp::parse(text.as_bytes())
    }

    #[test]
    fn a_certificate_reads_as_exchange_logs_it() {
        let name = "OID.0.9.2342.19200300.100.1.1=x7 + CN=mail.contoso.com, E=admin@contoso.com, OID.1.3.6.1.4.1.311.60.2.1.3=US, SERIALNUMBER=42, OU=\"A+B\", OU=Mail, O=\"Contoso, Inc. East\", STREET=1 Main St, L=Redmond, S=Washington, C=US";
        let found = read(MANY);
        assert_eq!(found.subject.as_deref(), Some(name));
        assert_eq!(found.issuer.as_deref(), Some(name));
        assert_eq!(found.serial.as_deref(), Some("00F00102"));
        assert_eq!(
            found.thumbprint.as_deref(),
            Some("A24EEEA405625EFED41CF75B2234BB4B32EA281D")
        );
        assert_eq!(found.not_before, time("2026-11-22T08:14:29.000Z"));
        assert_eq!(found.not_after, time("2027-11-22T08:14:29.000Z"));
        assert_eq!(
            found.names,
            [
                "mail.contoso.com",
                "*.contoso.com",
                "xn--mnchen-3ya.example.com"
            ]
        );
        assert!(found.is_self_signed());
        assert_eq!(
            DistinguishedName::parse(name).first("CN"),
            Some("mail.contoso.com")
        );
    }

    #[test]
    fn an_old_certificate_has_no_names_and_may_outlast_2049() {
        let found = read(FEW);
        assert_eq!(
            found.subject.as_deref(),
            Some("CN=\" padded \", DC=example, DC=com")
        );
        assert_eq!(found.serial.as_deref(), Some("07"));
        assert_eq!(found.not_after, time("2051-07-14T08:14:14.000Z"));
        assert!(found.names.is_empty());
    }

    #[test]
    fn values_are_quoted_where_they_must_be() {
        for (value, text) in [
            ("Example CA", "Example CA"),
            ("", "\"\""),
            ("a\"b", "\"a\"\"b\""),
            ("\ta", "\"\ta\""),
            ("a=b", "\"a=b\""),
            ("#1", "\"#1\""),
            ("a;b", "\"a;b\""),
            ("\u{a0}a", "\u{a0}a"),
            ("R&D 'x' /y", "R&D 'x' /y"),
        ] {
            assert_eq!(quoted(value.to_owned()), text);
        }
    }

    #[test]
    fn what_is_not_exactly_one_certificate_is_none() {
        let der = base64(FEW).unwrap();
        assert_eq!(certificate(&der[..der.len() - 1]), None);
        assert_eq!(certificate(&[&der[..], &[0]].concat()), None);
        assert_eq!(certificate(b""), None);
    }

    proptest! {
        #[test]
        fn a_changed_byte_never_panics(at in 0_usize..363, byte in any::<u8>()) {
            let mut der = base64(FEW).unwrap();
            let at = at.min(der.len() - 1);
            der[at] = byte;
            if let Some(found) = certificate(&der) {
                prop_assert_eq!(found.thumbprint.map(|text| text.len()), Some(40));
            }
        }
    }
}
