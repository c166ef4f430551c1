//! One SMTP reply: its code, enhanced code and ATTR number, and the class that they indicate.
//!
//! In: the data of a `<` row. Out: a [`ReplyLine`] and, for 4xx and 5xx replies, a [`Class`].
//! Must not use the English sentence, which is sometimes translated and changes over the years.
//! Source of the classes: Microsoft's list of NDR codes, KB 4051495, KB 3169958; observed.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex::bytes::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::field::text as text_of;

/// A reply line as logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyLine<'a> {
    /// The three-digit code.
    pub code: u16,
    /// True for `550-…`: more lines follow.
    pub more: bool,
    /// What follows the code.
    pub text: &'a [u8],
}

/// Splits a reply line; `None` if the data does not begin with three digits.
#[inline]
pub fn parse(data: &[u8]) -> Option<ReplyLine<'_>> {
    let [a, b, c, ref rest @ ..] = *data else {
        return None;
    };
    if !(a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit()) {
        return None;
    }
    let code = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
    match rest.first() {
        None => Some(ReplyLine {
            code,
            more: false,
            text: rest,
        }),
        Some(b'-') => Some(ReplyLine {
            code,
            more: !ends_folded(rest),
            text: &rest[1..],
        }),
        Some(b' ') => Some(ReplyLine {
            code,
            more: false,
            text: &rest[1..],
        }),
        Some(_) => None,
    }
}

/// A reply of several lines may stand in one row, with `\n` written out between them. It is complete if
/// its last line has a blank after the code.
fn ends_folded(text: &[u8]) -> bool {
    // Hardly any line holds a backslash.
    memchr::memchr(b'\\', text).is_some()
        && memchr::memmem::rfind(text, br"\n").is_some_and(|at| {
            let last = &text[at + 2..];
            last.len() >= 3
                && last[..3].iter().all(u8::is_ascii_digit)
                && last.get(3) != Some(&b'-')
        })
}

/// An enhanced status code such as `5.7.64` (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl Enhanced {
    /// Reads the code at the start of a reply's text. Returns the code and the rest.
    #[inline]
    pub fn strip(text: &[u8]) -> Option<(Enhanced, &[u8])> {
        let text = text.trim_ascii_start();
        let (class, rest) = number(text)?;
        let (subject, rest) = number(rest.strip_prefix(b".")?)?;
        let (detail, rest) = number(rest.strip_prefix(b".")?)?;
        let class = u8::try_from(class)
            .ok()
            .filter(|class| matches!(class, 2 | 4 | 5))?;
        let rest = match rest {
            [] => rest,
            [b' ', ..] => rest,
            [b';' | b':' | b',', rest @ ..] if rest.first().is_none_or(|byte| *byte == b' ') => {
                rest
            }
            _ => return None,
        };
        Some((Enhanced(class, subject, detail), rest.trim_ascii_start()))
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every rejection shows one, so it is written in one call.
        let mut text = [b'.'; 16];
        let mut end = 0;
        for number in [u16::from(self.0), self.1, self.2] {
            let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
            let mut rest = number;
            for digit in text[end..end + digits].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            end += digits + 1;
        }
        out.write_str(str::from_utf8(&text[..end - 1]).unwrap_or_default())
    }
}

/// A number of one to three digits, and what follows it.
#[inline]
fn number(text: &[u8]) -> Option<(u16, &[u8])> {
    let digits = text
        .iter()
        .take(4)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let (number, rest) = text.split_at(digits);
    let value = number
        .iter()
        .fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
    Some((value, rest))
}

/// A 4xx or 5xx reply with all its lines joined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RejectionReply<'a> {
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code, if the reply has one.
    pub enhanced: Option<Enhanced>,
    /// The ATTR number as written, such as `36` or `3.4`.
    pub attr: Option<Cow<'a, str>>,
    /// The text after the codes, bracketed host and session id included.
    pub text: Cow<'a, str>,
}

static ATTR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)\bATTR(\d+(?:\.\d+)?)").ok());

/// Whether a word may be an ATTR number. This avoids the regular expression for nearly every reply.
fn may_have_attr(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'R', b'r', text).any(|at| {
        let (before, behind) = text.split_at(at);
        let word = before.last_chunk::<3>();
        behind.get(1).is_some_and(u8::is_ascii_digit)
            && word.is_some_and(|word| word.eq_ignore_ascii_case(b"ATT"))
    })
}

impl<'a> RejectionReply<'a> {
    /// Reads a reply from its code and the text of its lines, without the codes of the later lines.
    pub fn new(code: u16, text: &'a [u8]) -> RejectionReply<'a> {
        let (enhanced, rest) = match Enhanced::strip(text) {
            Some((enhanced, rest)) => (Some(enhanced), rest),
            None => (None, text.trim_ascii()),
        };
        let attr = ATTR
            .as_ref()
            .filter(|_| may_have_attr(rest))
            .and_then(|pattern| pattern.captures(rest))
            .and_then(|found| found.get(1))
            .map(|number| text_of(number.as_bytes()));
        let text = text_of(rest.trim_ascii());
        RejectionReply {
            code,
            enhanced,
            attr,
            text,
        }
    }

    /// The text without what differs from one occurrence to the next: bracketed host, time and
    /// session id.
    pub fn sentence(&self) -> &str {
        // The search by bytes is the faster one, and both end at the start of a character.
        let end = memchr::memchr_iter(b'[', self.text.as_bytes())
            .find(|at| *at > 0 && self.text.as_bytes()[at - 1] == b' ');
        self.text[..end.unwrap_or(self.text.len())].trim_end()
    }

    /// Whether the text holds these words, where the codes alone leave several reasons open.
    fn says(&self, words: &str) -> bool {
        let (text, words) = (self.text.as_bytes(), words.as_bytes());
        let mut parts = text.windows(words.len());
        parts.any(|part| part.eq_ignore_ascii_case(words))
    }

    /// The class that the codes indicate.
    pub fn class(&self) -> Class {
        let attr = self.attr.as_deref();
        let Some(Enhanced(class, subject, detail)) = self.enhanced else {
            return Class::Other;
        };
        match (class, subject, detail) {
            (4 | 5, 7, 64) => Class::Attribution,
            (4 | 5, 7, 232 | 233 | 236 | 705 | 708 | 750) => Class::TenantLimit,
            (4 | 5, 7, 711) => Class::ConnectorBlocked,
            (5, 7, 57 | 30) => Class::WrongEndpoint,
            (4 | 5, 7, 3) if self.code == 451 => Class::TlsDemanded,
            (4 | 5, 7, 0) if self.says("STARTTLS") => Class::TlsDemanded,
            (4, 7, 0) if self.says("TLS channel") => Class::TlsDemanded,
            (5, 7, 0) | (5, 4, 1) if self.says("Relay Access Denied") => Class::Attribution,
            (4 | 5, 7, 51) => Class::RestrictingPartner,
            (4 | 5, 7, 68) => Class::DirectSend,
            (4 | 5, 7, 230) => Class::Throttled,
            (4 | 5, 4, 62) => Class::WrongRegion,
            (5, 7, 1) if self.code >= 500 && matches!(attr, Some("1" | "2")) => Class::Attribution,
            (4 | 5, 4, 4) if attr == Some("36") => Class::Attribution,
            (4 | 5, 4, 4) if attr == Some("5") => Class::Unauthenticated,
            (4, 4, 3 | 4) | (4, 3, 2) if self.code == 451 => match attr {
                Some("1" | "2" | "3" | "3.4" | "17" | "18" | "55" | "55.1") => Class::Temporary,
                _ => Class::Other,
            },
            _ => Class::Other,
        }
    }
}

/// The reason for a rejection by Exchange Online.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The sender could not be attributed: 5.7.64, ATTR36, 5.7.1 with ATTR1 or ATTR2.
    Attribution,
    /// Attributed by recipient in another region: 4.4.62 (ATTR35).
    WrongRegion,
    /// Attributed by recipient, a restricting partner connector refused: 5.7.51.
    RestrictingPartner,
    /// Attributed by recipient, direct send refused: 5.7.68.
    DirectSend,
    /// No connector matched and the recipient's tenant has no mail: 4.4.4 ATTR5.
    Unauthenticated,
    /// Microsoft's side, temporary: 451 with ATTR1, 2, 3, 3.4, 17, 18, 55 or 55.1.
    Temporary,
    /// Outdated Exchange throttled or blocked: 4.7.230, 5.7.230.
    Throttled,
    /// Exchange Online demands TLS, or does not accept the TLS that was offered: 451 5.7.3, 5.7.0 with
    /// STARTTLS, 454 4.7.0.
    TlsDemanded,
    /// The host takes mail of users and devices, not of servers: 5.7.57, 5.7.30.
    WrongEndpoint,
    /// Microsoft has blocked the inbound connector: 5.7.711.
    ConnectorBlocked,
    /// The tenant or its traffic is limited: 5.7.232, 233, 236, 705, 708, 750.
    TenantLimit,
    /// Not about attribution.
    Other,
}

impl Class {
    /// Whether a cause is looked for; everything else is counted among the other rejections.
    pub fn is_incident(self) -> bool {
        self != Class::Other
    }

    /// Whether the sender's side was not recognised.
    pub fn is_attribution(self) -> bool {
        matches!(
            self,
            Class::Attribution
                | Class::WrongRegion
                | Class::RestrictingPartner
                | Class::DirectSend
                | Class::Unauthenticated
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> RejectionReply<'_> {
        let reply = parse(line.as_bytes()).expect("reply");
        RejectionReply::new(reply.code, reply.text)
    }

    const REPLIES: &[(&str, Class)] = &[
        (
            "550 5.7.64 TenantAttribution; Relay Access Denied [x.prod.outlook.com]",
            Class::Attribution,
        ),
        ("550 5.7.64 Zugriff verweigert", Class::Attribution),
        (
            "550 5.7.64 Relay Access Denied ATTR36. For more details",
            Class::Attribution,
        ),
        (
            "451 4.4.4 Relay Access Denied, unrecognized sender domain. ATTR36",
            Class::Attribution,
        ),
        (
            "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35.",
            Class::WrongRegion,
        ),
        (
            "550 5.7.51 TenantInboundAttribution; Rejecting",
            Class::RestrictingPartner,
        ),
        (
            "550 5.7.68 TenantInboundAttribution; Direct Send not allowed",
            Class::DirectSend,
        ),
        ("550 5.7.1 Relay Access Denied ATTR1", Class::Attribution),
        ("550 5.7.1 Unable to relay", Class::Other),
        (
            "550 4.4.4 Mail received as unauthenticated attr5",
            Class::Unauthenticated,
        ),
        (
            "451 4.4.4 Mail received as unauthenticated ATTR5",
            Class::Unauthenticated,
        ),
        (
            "451 4.3.2 Temporary server error. Please try again later ATTR3.4 [x]",
            Class::Temporary,
        ),
        (
            "451 4.4.3 Temporary server error. Please try again later ATTR55.1",
            Class::Temporary,
        ),
        ("451 4.4.4 Temporary server error ATTR99", Class::Other),
        ("550 4.4.4 Temporary server error ATTR1", Class::Other),
        (
            "450 4.7.230 Connecting Exchange server version is out-of-date",
            Class::Throttled,
        ),
        (
            "550 5.7.230 Connecting Exchange server version is out-of-date",
            Class::Throttled,
        ),
        (
            "554 5.4.14 Hop count exceeded - possible mail loop ATTR34",
            Class::Other,
        ),
        (
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
            Class::Other,
        ),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", Class::Other),
        ("550 Relay Access Denied TenantAttribution", Class::Other),
        ("550 5.7.0 Relay Access Denied", Class::Attribution),
        ("550 5.4.1 Relay Access Denied", Class::Attribution),
        (
            "454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot: Access Denied",
            Class::TlsDemanded,
        ),
        ("454 4.7.0 Temporary authentication failure", Class::Other),
        (
            "451 5.7.3 STARTTLS is required to send mail",
            Class::TlsDemanded,
        ),
        (
            "451 5.7.3 Must issue a STARTTLS command first",
            Class::TlsDemanded,
        ),
        (
            "530 5.7.0 Must issue a STARTTLS command first",
            Class::TlsDemanded,
        ),
        ("535 5.7.3 Authentication unsuccessful", Class::Other),
        (
            "530 5.7.57 Client not authenticated to send mail",
            Class::WrongEndpoint,
        ),
        (
            "550 5.7.30 Basic authentication is not supported for Client Submission",
            Class::WrongEndpoint,
        ),
        (
            "550 5.7.711 Access denied, bad inbound connector. AS(2204)",
            Class::ConnectorBlocked,
        ),
        ("550 5.7.236 exceeded its daily limit", Class::TenantLimit),
        (
            "550 5.7.705 Access denied, tenant has exceeded threshold",
            Class::TenantLimit,
        ),
        (
            "550 5.7.606 Access denied, banned sending IP [x]",
            Class::Other,
        ),
    ];

    #[test]
    fn codes_decide_the_class() {
        for (line, class) in REPLIES {
            assert_eq!(read(line).class(), *class, "{line}");
        }
    }

    #[test]
    fn brackets_are_no_part_of_the_sentence() {
        let found = read(
            "550 5.7.64 TenantAttribution; Relay Access Denied [A.prod.outlook.com 2025-01-29T19:07:30.476Z 08DD]",
        );
        assert_eq!(found.sentence(), "TenantAttribution; Relay Access Denied");
        assert_eq!(found.enhanced, Some(Enhanced(5, 7, 64)));
        assert_eq!(found.attr, None);
        assert_eq!(read("550 5.7.64 x ATTR36.").attr.as_deref(), Some("36"));
    }

    proptest! {
        #[test]
        fn the_short_look_spares_no_attr_number(text in r"([ATRatr05. x]|ATTR|ATTR5|\xFF){0,12}") {
            let text: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
            let pattern = ATTR.as_ref().expect("pattern");
            prop_assert!(!pattern.is_match(&text) || may_have_attr(&text));
        }
    }

    #[test]
    fn enhanced_codes_are_written_as_they_stand() {
        for text in ["5.7.64", "2.0.0", "4.7.230", "5.999.100", "4.10.9"] {
            let (code, _) = Enhanced::strip(text.as_bytes()).expect("code");
            assert_eq!(code.to_string(), text);
        }
        let most = Enhanced(u8::MAX, u16::MAX, u16::MAX);
        assert_eq!(most.to_string(), "255.65535.65535");
    }

    #[test]
    fn lines_that_are_no_reply() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"25"), None);
        assert_eq!(parse(b"2500 x"), None);
        assert!(parse(b"550-5.7.64 more").expect("reply").more);
        assert!(!parse(b"250").expect("reply").more);
    }
}
