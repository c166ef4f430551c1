//! Issues certificates.
//!
//! In: a host name. Out: a certificate for it, another one each time.

use crate::corpus::Random;

use super::model::Certificate;

const ISSUERS: [&str; 4] = [
    "CN=Example CA, O=Example, C=US",
    "CN=R3, O=Let's Encrypt, C=US",
    "CN=thawte SHA256 SSL CA, O=\"thawte, Inc.\", C=US",
    "CN=DigiCert TLS RSA SHA256 2020 CA1, O=DigiCert Inc, C=US",
];
const REST: [&str; 4] = [
    "",
    ", O=Contoso, C=US",
    ", OU=IT, O=Contoso International (L.L.C), L=Dubai, S=Dubai, C=AE",
    ", O=\"Contoso, Ltd.\", C=US",
];

/// A certificate of a public authority.
pub(super) fn for_host(host: &str, random: &mut Random) -> Certificate {
    let rest = REST[random.below(REST.len())];
    let subject = format!("CN={host}{rest}");
    Certificate {
        subject,
        issuer: ISSUERS[random.below(ISSUERS.len())].to_owned(),
        serial: hexadecimal(32, random),
        thumbprint: hexadecimal(40, random),
        not_before: "2026-01-10T00:00:00.000Z".to_owned(),
        not_after: "2027-02-10T23:59:59.000Z".to_owned(),
        names: vec![host.to_owned()],
        matches: false,
    }
}

/// The certificate that a server makes for itself.
pub(super) fn self_signed(server: &str, domain: &str) -> Certificate {
    let mut random = Random::new(server.bytes().map(u64::from).sum());
    Certificate {
        subject: format!("CN={server}"),
        issuer: format!("CN={server}"),
        serial: hexadecimal(32, &mut random),
        thumbprint: hexadecimal(40, &mut random),
        not_before: "2024-05-06T07:11:42.000Z".to_owned(),
        not_after: "2029-05-06T07:11:42.000Z".to_owned(),
        names: vec![server.to_owned(), format!("{server}.{domain}")],
        matches: false,
    }
}

fn hexadecimal(digits: usize, random: &mut Random) -> String {
    (0..digits)
        .map(|_| char::from(b"0123456789ABCDEF"[random.below(16)]))
        .collect()
}
