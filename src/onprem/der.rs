//! One X.509 certificate in DER form.
//!
//! In: bytes. Out: a [`Certificate`] as a log row would describe it: names in .NET's X.500 text
//! form, serial and thumbprint in upper-case hex.
//! Must not judge validity or chains. Nothing here panics, whatever the bytes.

use sha1::{Digest as _, Sha1};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;

/// Reads a certificate that fills the bytes exactly; `None` where they are anything else.
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
        subject: Some(parsed.subject().to_string()),
        issuer: Some(parsed.issuer().to_string()),
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
