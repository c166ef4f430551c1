//! Recognises hosts of Exchange Online, and normalises host names so that they can be compared.
//!
//! In: the text of banners, EHLO replies and rejections. Out: whether it names Exchange Online, and
//! normalised names.
//! Must not use address ranges, which change too often to prove anything.

/// Domains under which Exchange Online's inbound hosts live, sovereign clouds included.
/// Source: Microsoft's lists of endpoints; hosts of MX records; observed.
const INBOUND: [&str; 9] = [
    ".protection.outlook.com",
    ".mx.microsoft",
    ".protection.office365.us",
    ".protection.partner.outlook.cn",
    ".protection.outlook.de",
    ".protection.apps.mil",
    ".protection.outlook.cn",
    ".sovcloud.fr",
    ".sovcloud.de",
];

/// Domains of the servers that name themselves in brackets at the end of a reply.
const BACKEND: [&str; 4] = [
    ".prod.outlook.com",
    ".protection.outlook.com",
    ".prod.exchangelabs.com",
    ".prod.partner.outlook.cn",
];

/// Hosts and domains of the client submission service: users and devices submit mail there, and a
/// send connector cannot relay through it.
/// Source: Microsoft's pages on client submission and on High Volume Email.
const SUBMISSION: [&str; 6] = [
    ".smtp.office365.com",
    ".outlook.office365.com",
    ".smtp.office365.us",
    ".outlook.office365.us",
    ".hve.mx.microsoft",
    ".smtp-hve.office365.com",
];

/// Names on certificates of Exchange Online that are no host of it.
/// Source: certificates of `mail.protection.outlook.com`.
const ON_CERTIFICATES: [&str; 2] = [".outlook.com", ".office365.com"];

/// What a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// It takes mail of other servers for Exchange Online.
    ExchangeOnline,
    /// It takes mail of users and devices.
    Submission,
    /// Any other host.
    Other,
}

impl HostKind {
    /// What the host with this name is. `None` if the text is no host name with a dot, or masked.
    pub fn of(name: &[u8]) -> Option<HostKind> {
        let name = name.strip_suffix(b".").unwrap_or(name);
        let is_host =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !name.contains(&b'.') || !name.iter().all(is_host) {
            return None;
        }
        let is = |domains: &[&str]| {
            is_under(name, domains)
                || domains
                    .iter()
                    .any(|domain| name.eq_ignore_ascii_case(&domain.as_bytes()[1..]))
        };
        // High Volume Email has its hosts below an inbound domain.
        if is(&SUBMISSION) {
            Some(HostKind::Submission)
        } else if is_under(name, &INBOUND) {
            Some(HostKind::ExchangeOnline)
        } else {
            Some(HostKind::Other)
        }
    }

    /// What the host is that a banner or an EHLO reply begins with. Only its first word counts: the
    /// rest is whatever the other side wants to say.
    pub fn of_first_word(text: &[u8]) -> Option<HostKind> {
        let text = text.trim_ascii_start();
        let end = text.iter().position(u8::is_ascii_whitespace);
        HostKind::of(&text[..end.unwrap_or(text.len())])
    }
}

/// Whether a normalised name on a certificate is one that certificates of Exchange Online hold.
pub fn is_name_of_exchange_online(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let dotted = format!(".{name}");
    let mut known = INBOUND.iter().chain(&SUBMISSION).chain(&ON_CERTIFICATES);
    known.any(|domain| dotted.ends_with(domain))
}

/// Whether a word of a text of our own side is a host in one of Exchange Online's inbound domains: a
/// smart host, or the destination of a proxied session.
pub fn names_exchange_online(text: &[u8]) -> bool {
    may_name_exchange_online(text)
        && words(text).any(|word| HostKind::of(word) == Some(HostKind::ExchangeOnline))
}

/// Whether a word of a text of our own side is a host of the client submission service.
pub fn names_submission(text: &[u8]) -> bool {
    words(text).any(|word| HostKind::of(word) == Some(HostKind::Submission))
}

/// Whether the text names a server of Exchange Online in brackets.
pub fn bracket_names_exchange_online(text: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'[', text) else {
        return false;
    };
    let text = &text[open..];
    may_name_exchange_online(text)
        && words(text).any(|word| is_under(word, &BACKEND) || is_under(word, &INBOUND))
}

/// A cheap test that rules out nearly every other text: every domain that is looked for begins with
/// `.pro`, `.mx.` or `.sov`.
/// Without it, `diagnose` executes 4 % more instructions.
fn may_name_exchange_online(text: &[u8]) -> bool {
    memchr::memchr_iter(b'.', text).any(|dot| {
        let next = text[dot + 1..].first_chunk::<3>();
        let next = next.map(|next| next.map(|byte| byte.to_ascii_lowercase()));
        matches!(next.as_ref(), Some(b"pro" | b"mx." | b"sov"))
    })
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')))
        .filter(|word| word.len() > 12)
}

fn is_under(word: &[u8], domains: &[&str]) -> bool {
    let word = word.strip_suffix(b".").unwrap_or(word);
    // Every domain has a dot among its last ten characters; most words have none.
    let ends_like_a_host = word.iter().rev().take(10).any(|byte| *byte == b'.');
    ends_like_a_host
        && domains.iter().any(|domain| {
            word.len() > domain.len()
                && word[word.len() - domain.len()..].eq_ignore_ascii_case(domain.as_bytes())
        })
}

/// The host name in lower case, without a trailing dot, with A-labels (`xn--…`). A leading `*.` is kept.
/// Returns `None` if the text is not a host name with at least one dot.
pub fn normalise(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('.');
    let (wildcard, host) = match name.strip_prefix("*.") {
        Some(host) => ("*.", host),
        None => ("", name),
    };
    let ascii = match is_plain(host) {
        true => host.to_ascii_lowercase(),
        false => idna::domain_to_ascii(host).ok()?,
    };
    let labels_are_good = ascii.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    let is_address = ascii.parse::<std::net::Ipv4Addr>().is_ok();
    (labels_are_good && ascii.contains('.') && !is_address).then(|| format!("{wildcard}{ascii}"))
}

/// Whether a name is already in the form that [`domain`] returns, except for the case of its letters:
/// letters, digits, hyphens and underscores between dots, and no A-label, which may be a wrong one.
pub fn is_plain(name: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    name.bytes().all(is_usual) && !name.ends_with('.') && !name.contains("--")
}

/// The domain of a mail address, normalised; `None` for the null sender or an address without one.
pub fn domain_of(address: &str) -> Option<String> {
    let (_, name) = address.rsplit_once('@')?;
    domain(name)
}

/// Does the same for the part after the `@`.
pub fn domain(name: &str) -> Option<String> {
    normalise(name).or_else(|| {
        let plain = name.trim().trim_end_matches('.').to_ascii_lowercase();
        (!plain.is_empty()).then_some(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cheap_test_rules_out_no_host_of_exchange_online() {
        for domain in INBOUND.iter().chain(&BACKEND) {
            let host = format!("EX-1.contoso{}", domain.to_uppercase());
            assert!(bracket_names_exchange_online(
                format!("ok [{host}]").as_bytes()
            ));
        }
    }

    #[test]
    fn hosts_of_exchange_online() {
        for text in [
            " AM0EUR01FT005.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready",
            "contoso-com.mail.protection.outlook.com Hello [203.0.113.7]",
            "contoso-com.m-v1.mx.microsoft Hello",
            "x.mail.protection.office365.us",
        ] {
            assert!(names_exchange_online(text.as_bytes()), "{text}");
        }
        for text in [
            "mail.contoso.com Hello",
            "evilprotection.outlook.com",
            "protection.outlook.com",
            "",
        ] {
            assert!(!names_exchange_online(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn only_the_first_word_is_a_host() {
        for (text, kind) in [
            (
                "x.mail.protection.outlook.com Microsoft ESMTP",
                Some(HostKind::ExchangeOnline),
            ),
            (
                "fabrikam-com.w-v1.mx.microsoft Hello [203.0.113.7]",
                Some(HostKind::ExchangeOnline),
            ),
            (
                "x.mail.protection.sovcloud.fr Hello",
                Some(HostKind::ExchangeOnline),
            ),
            (
                "PN2PR01CA0191.outlook.office365.com Microsoft ESMTP",
                Some(HostKind::Submission),
            ),
            ("smtp.office365.com Hello", Some(HostKind::Submission)),
            ("smtp.hve.mx.microsoft Hello", Some(HostKind::Submission)),
            (
                "mx.example.org Hello [198.51.100.66] x.mail.protection.outlook.com",
                Some(HostKind::Other),
            ),
            ("evilprotection.outlook.com Hello", Some(HostKind::Other)),
            ("****************", None),
            ("Hello x.mail.protection.outlook.com", None),
            ("", None),
        ] {
            assert_eq!(HostKind::of_first_word(text.as_bytes()), kind, "{text}");
        }
    }

    #[test]
    fn brackets_name_the_server() {
        assert!(bracket_names_exchange_online(
            b"5.7.64 Denied [CH3PEPF00000016.namprd21.prod.outlook.com 2025 08DD]"
        ));
        assert!(!bracket_names_exchange_online(
            b"5.7.64 Denied CH3PEPF00000016.namprd21.prod.outlook.com"
        ));
        assert!(!bracket_names_exchange_online(
            b"5.7.1 Denied [mail.contoso.com]"
        ));
    }

    #[test]
    fn names_compare_in_one_form() {
        assert_eq!(
            normalise("Mail.Contoso.COM.").as_deref(),
            Some("mail.contoso.com")
        );
        assert_eq!(normalise("*.Contoso.com").as_deref(), Some("*.contoso.com"));
        assert_eq!(
            normalise("bücher.example").as_deref(),
            Some("xn--bcher-kva.example")
        );
        for text in [
            "*",
            "a.*.com",
            "localhost",
            "",
            "Contoso Mail",
            "192.0.2.1",
            "a..b",
        ] {
            assert_eq!(normalise(text), None, "{text}");
        }
    }

    #[test]
    fn the_domain_is_behind_the_last_at() {
        assert_eq!(
            domain_of("\"a@b\"@Contoso.com").as_deref(),
            Some("contoso.com")
        );
        assert_eq!(domain_of(""), None);
    }

    proptest! {
        #[test]
        fn plain_names_are_their_own_ascii_form(name in r"[A-Za-z0-9_-]{1,3}(\.[A-Za-z0-9_-]{0,4}){0,3}") {
            if is_plain(&name) {
                prop_assert_eq!(idna::domain_to_ascii(&name).ok(), Some(name.to_ascii_lowercase()));
            }
        }
    }
}
