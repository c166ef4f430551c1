//! What belongs to Microsoft: issuers of the certificates that Exchange Online presents, and
//! domains that no customer can own.
//!
//! In: the issuer of a remote certificate as logged. Out: whether Microsoft has used it; lists.
//! Must not hold a name without a source.
//! Source: the certificates of `mail.protection.outlook.com` over the years; logs go back to 2013.

use psl::{List, Psl as _};

use crate::smtp::name::DistinguishedName;

/// Organisations whose authorities have signed Exchange Online's certificates.
const ORGANISATIONS: [&str; 3] = ["digicert inc", "microsoft corporation", "globalsign nv-sa"];

/// Whether Microsoft has used this issuer: by its organisation, or under `DC=microsoft, DC=com`.
pub fn is_issuer(issuer: &str) -> bool {
    let name = DistinguishedName::parse(issuer);
    let organisation = name
        .first("O")
        .is_some_and(|organisation| ORGANISATIONS.contains(&organisation));
    let mut compact: String = issuer.to_ascii_lowercase().split_whitespace().collect();
    compact.push(',');
    organisation
        || compact.contains("dc=microsoft,dc=com,")
        || compact.contains("dc=com,dc=microsoft,")
}

/// Names below which Microsoft gives hosts to every customer, in addition to the public suffix
/// list.
/// Source: Microsoft's lists of endpoints; tenants' initial and routing domains, MX records.
pub const SHARED_PARENTS: [&str; 19] = [
    "onmicrosoft.com",
    "mail.onmicrosoft.com",
    "onmicrosoft.us",
    "mail.onmicrosoft.us",
    "onmicrosoft.de",
    "mail.onmicrosoft.de",
    "partner.onmschina.cn",
    "mail.partner.onmschina.cn",
    "outlook.com",
    "protection.outlook.com",
    "mail.protection.outlook.com",
    "prod.outlook.com",
    "mx.microsoft",
    "office365.us",
    "protection.office365.us",
    "mail.protection.office365.us",
    "protection.outlook.de",
    "protection.partner.outlook.cn",
    "mail.protection.partner.outlook.cn",
];

/// Microsoft's own domains. No customer can verify a name in them.
pub const OWN_DOMAINS: [&str; 9] = [
    "onmicrosoft.com",
    "onmicrosoft.us",
    "onmicrosoft.de",
    "partner.onmschina.cn",
    "outlook.com",
    "outlook.de",
    "partner.outlook.cn",
    "office365.us",
    "mx.microsoft",
];

/// Whether other organisations have names below this domain. The domain must be in lower case and
/// without a trailing dot.
pub fn is_shared(base: &str) -> bool {
    let suffix = List.suffix(base.as_bytes());
    let listed =
        suffix.is_some_and(|suffix| suffix.typ().is_some() && suffix.as_bytes() == base.as_bytes());
    listed || SHARED_PARENTS.contains(&base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsofts_issuers_are_known() {
        for issuer in [
            "CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US",
            "CN=Microsoft IT SSL SHA2, OU=Microsoft IT, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
            "CN=GlobalSign Organization Validation CA - SHA256 - G3, O=GlobalSign nv-sa, C=BE",
            "CN=MSIT Machine Auth CA 2, DC=redmond, DC=corp, DC=microsoft, DC=com",
        ] {
            assert!(is_issuer(issuer), "{issuer}");
        }
    }

    #[test]
    fn a_firewall_is_not_microsoft() {
        for issuer in [
            "CN=FortiGate CA, O=Fortinet",
            "CN=DigiCert Inc",
            "CN=x, O=Microsoft Corporation Ltd",
        ] {
            assert!(!is_issuer(issuer), "{issuer}");
        }
    }
}
