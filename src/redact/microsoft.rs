//! Which names of Microsoft's hosts stay, and where the name of a tenant stands in them.
//!
//! In: a host name in lower case. Out: its parts: those that stay, and those that name somebody.
//! Must not let a label pass that a customer can choose.
//! Source of the forms: hosts of MX records and banners, and the brackets of Exchange Online's replies.

use std::sync::LazyLock;

use regex::Regex;

/// Domains whose first label is the name that a tenant chose: `contoso.onmicrosoft.com`.
const INITIAL_DOMAINS: [&str; 5] = [
    "onmicrosoft.com",
    "onmicrosoft.us",
    "onmicrosoft.de",
    "onmicrosoft.cn",
    "partner.onmschina.cn",
];

/// Domains below which MX records hold the domain of a customer with dashes:
/// `contoso-com.mail.protection.outlook.com`. Microsoft's own banners stand there too.
const MX_DOMAINS: [&str; 10] = [
    "mail.protection.outlook.com",
    "mail.protection.office365.us",
    "mail.protection.partner.outlook.cn",
    "mail.protection.outlook.cn",
    "mail.protection.outlook.de",
    "mail.protection.apps.mil",
    "mail.eo.outlook.com",
    "mx.microsoft",
    "sovcloud.fr",
    "sovcloud.de",
];

/// Microsoft's other domains.
const OWN_DOMAINS: [&str; 17] = [
    "protection.outlook.com",
    "protection.outlook.cn",
    "protection.outlook.de",
    "protection.office365.us",
    "protection.partner.outlook.cn",
    "protection.apps.mil",
    "prod.outlook.com",
    "prod.partner.outlook.cn",
    "exchangelabs.com",
    "outlook.com",
    "outlook.cn",
    "office365.com",
    "office365.us",
    "office.com",
    "microsoft.com",
    "microsoft",
    "aka.ms",
];

/// Labels of Microsoft's hosts that are words.
const LABELS: [&str; 26] = [
    "admin",
    "autodiscover",
    "docs",
    "eo",
    "eop",
    "go",
    "hve",
    "learn",
    "mail",
    "mx",
    "o-v1",
    "a-v1",
    "r-v1",
    "outbound",
    "outlook",
    "partner",
    "portal",
    "prod",
    "protection",
    "smtp",
    "smtp-hve",
    "support",
    "technet",
    "techcommunity",
    "www",
    "*",
];

/// A part of a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// It stays.
    Stays(&'a str),
    /// The name that a tenant chose.
    Tenant(&'a str),
    /// The domain of a customer, with dashes instead of dots.
    Dashed(&'a str),
    /// Any other label.
    Label(&'a str),
}

/// The pieces of one of Microsoft's hosts, in their order. `None` if it is no host of Microsoft.
pub(super) fn pieces(host: &str) -> Option<Vec<Piece<'_>>> {
    let below = |domain: &&str| {
        let rest = host.strip_suffix(*domain)?;
        match rest {
            "" => Some(("", host)),
            _ => Some((rest.strip_suffix('.')?, &host[rest.len()..])),
        }
    };
    if let Some((rest, domain)) = INITIAL_DOMAINS.iter().find_map(below) {
        return Some(with(domain, initial(rest)));
    }
    if let Some((rest, domain)) = MX_DOMAINS.iter().find_map(below) {
        return Some(with(domain, labels(rest).map(mx_label).collect()));
    }
    let (rest, domain) = OWN_DOMAINS.iter().find_map(below)?;
    Some(with(domain, labels(rest).map(own_label).collect()))
}

/// Whether a host names nobody but Microsoft.
pub(super) fn stays(host: &str) -> bool {
    let stays = |piece: &Piece<'_>| matches!(piece, Piece::Stays(_));
    pieces(host).is_some_and(|pieces| pieces.iter().all(stays))
}

fn with<'a>(domain: &'a str, mut pieces: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    pieces.push(Piece::Stays(domain));
    pieces
}

fn labels(rest: &str) -> impl Iterator<Item = &str> {
    rest.split('.').filter(|label| !label.is_empty())
}

/// `contoso`, `contoso.mail`, or labels before them.
fn initial(rest: &str) -> Vec<Piece<'_>> {
    let labels: Vec<&str> = labels(rest).collect();
    let routing = labels.len() > 1 && labels.last() == Some(&"mail");
    let tenant = labels.len().saturating_sub(1 + usize::from(routing));
    let piece = |(at, label)| match label {
        "*" => Piece::Stays(label),
        _ if at == tenant => Piece::Tenant(label),
        _ if at > tenant => Piece::Stays(label),
        _ => Piece::Label(label),
    };
    labels.into_iter().enumerate().map(piece).collect()
}

fn mx_label(label: &str) -> Piece<'_> {
    if LABELS.contains(&label) || is_server(label) {
        Piece::Stays(label)
    } else if label.contains('-') {
        Piece::Dashed(label)
    } else {
        Piece::Label(label)
    }
}

fn own_label(label: &str) -> Piece<'_> {
    static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        // `eurprd01`, `eop-eur05`, `mail-am6eur05on2104`, `am0pr01mb1234`.
        let pattern = "^(?:[a-z]{3,4}(?:prd[0-9]{2}|p[0-9]{3})|eop-[a-z]{3}[0-9]{2}|mail-[a-z0-9]{6,12}on[0-9]{4,5}|[a-z]{2,3}[0-9]?p[a-z]?[0-9]{0,3}[a-z0-9]{0,3}mb[0-9]{3,5})$";
        Regex::new(pattern).ok()
    });
    let known = OTHERS.as_ref().is_some_and(|others| others.is_match(label));
    if known || LABELS.contains(&label) || is_server(label) {
        Piece::Stays(label)
    } else {
        Piece::Label(label)
    }
}

/// Whether it is the name of one of Microsoft's servers: `am0pepf0000012f`, `am0eur05ft012`.
fn is_server(label: &str) -> bool {
    static SERVER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let pattern = "^[a-z]{2,3}[0-9]{0,2}(?:[a-z]{3}[0-9]{2}ft[0-9]{3,4}|pepf[0-9a-f]{8}|ffo11fd[0-9]{3})$";
        Regex::new(pattern).ok()
    });
    SERVER.as_ref().is_some_and(|server| server.is_match(label))
}

#[cfg(test)]
mod tests {
    use super::Piece::{Dashed, Label, Stays, Tenant};
    use super::*;

    #[test]
    fn the_name_of_a_tenant_is_found() {
        for (host, expected) in [
            (
                "contoso.onmicrosoft.com",
                vec![Tenant("contoso"), Stays("onmicrosoft.com")],
            ),
            (
                "contoso.mail.onmicrosoft.com",
                vec![Tenant("contoso"), Stays("mail"), Stays("onmicrosoft.com")],
            ),
            (
                "contoso-com.mail.protection.outlook.com",
                vec![Dashed("contoso-com"), Stays("mail.protection.outlook.com")],
            ),
            (
                "contoso-com.o-v1.mx.microsoft",
                vec![Dashed("contoso-com"), Stays("o-v1"), Stays("mx.microsoft")],
            ),
            (
                "contoso.prod.outlook.com",
                vec![Label("contoso"), Stays("prod.outlook.com")],
            ),
            (
                "contoso.mail.protection.outlook.com",
                vec![Label("contoso"), Stays("mail.protection.outlook.com")],
            ),
        ] {
            assert_eq!(pieces(host), Some(expected), "{host}");
        }
        assert_eq!(pieces("outlook.com.contoso.com"), None);
        assert_eq!(pieces("notoutlook.com"), None);
    }

    #[test]
    fn microsofts_hosts_stay() {
        for host in [
            "am6eur05ft007.eop-eur05.prod.protection.outlook.com",
            "am0pepf0000012f.eurprd01.prod.outlook.com",
            "as8p193mb0001.eurp193.prod.outlook.com",
            "am0eur05ft012.mail.protection.outlook.com",
            "mail-am6eur05on2104.outbound.protection.outlook.com",
            "mail.protection.outlook.com",
            "smtp.office365.com",
            "outlook.com",
        ] {
            assert!(stays(host), "{host}: {:?}", pieces(host));
        }
    }
}
