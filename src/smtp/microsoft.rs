//! The issuers of the certificates that Exchange Online has presented over the years.
//!
//! In: the issuer of a remote certificate as logged. Out: whether Microsoft has used it.
//! Must not hold a name without a source.
//! Source: the certificates of `mail.protection.outlook.com` over the years; logs go back to 2013.

use super::name::DistinguishedName;

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
