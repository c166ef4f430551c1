//! Domains that belong to Microsoft, and that no customer can own.
//!
//! In: a domain. Out: lists, and whether other organisations have names below it.
//! Must not hold a name without a source.

use psl::{List, Psl as _};

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
