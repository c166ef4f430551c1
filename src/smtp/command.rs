//! One SMTP command as logged in a `>` row.
//!
//! In: the data of the row. Out: the verb, and the address of `MAIL` and `RCPT`.
//! Must not know replies. Invariant: an unknown verb is [`Verb::Other`] and never an error, because it
//! also gets a reply.

use memchr::{memchr, memchr2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verbs that this program distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The connection itself: answered by the banner.
    Connect,
    /// `EHLO`.
    Ehlo,
    /// `HELO`.
    Helo,
    /// `STARTTLS`.
    StartTls,
    /// `X-ANONYMOUSTLS`, between Exchange servers.
    AnonymousTls,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The end of the message after `DATA`: not logged, but answered.
    DataEnd,
    /// `BDAT n`.
    Bdat,
    /// `BDAT n LAST`.
    BdatLast,
    /// `RSET`.
    Rset,
    /// `QUIT`.
    Quit,
    /// `XPROXYTO`: a hub asks a front end to carry the session on.
    XProxyTo,
    /// Anything else.
    Other,
}

impl Verb {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Connect => "CONNECT",
            Verb::Ehlo => "EHLO",
            Verb::Helo => "HELO",
            Verb::StartTls => "STARTTLS",
            Verb::AnonymousTls => "X-ANONYMOUSTLS",
            Verb::Mail => "MAIL",
            Verb::Rcpt => "RCPT",
            Verb::Data | Verb::DataEnd => "DATA",
            Verb::Bdat | Verb::BdatLast => "BDAT",
            Verb::Rset => "RSET",
            Verb::Quit => "QUIT",
            Verb::XProxyTo => "XPROXYTO",
            Verb::Other => "OTHER",
        }
    }

    /// How nearly every positive reply to the command begins, if the codes of the reply identify the command.
    /// Source: the enhanced codes of RFC 3463, as Exchange gives them.
    #[inline(always)]
    pub fn usual_reply(self) -> Option<&'static [u8; 10]> {
        match self {
            Verb::Rcpt => Some(b"250 2.1.5 "),
            Verb::Mail => Some(b"250 2.1.0 "),
            Verb::Bdat | Verb::BdatLast | Verb::DataEnd => Some(b"250 2.6.0 "),
            _ => None,
        }
    }
}

/// The verb of a command line.
#[inline]
pub fn verb(data: &[u8]) -> Verb {
    // Lower and upper case differ in one bit. Clearing it makes letters upper case.
    let start = data
        .first_chunk::<4>()
        .map(|start| start.map(|byte| byte & !0x20));
    let short = matches!(data.get(4), None | Some(b' ' | b':'));
    match start.as_ref() {
        Some(b"RCPT") if short => Verb::Rcpt,
        Some(b"MAIL") if short => Verb::Mail,
        Some(b"BDAT") if short => bdat(data),
        Some(b"DATA") if short => Verb::Data,
        Some(b"RSET") if short => Verb::Rset,
        Some(b"EHLO") if short => Verb::Ehlo,
        Some(b"HELO") if short => Verb::Helo,
        Some(b"QUIT") if short => Verb::Quit,
        _ => long_verb(data),
    }
}

fn long_verb(data: &[u8]) -> Verb {
    let end = data
        .iter()
        .position(|byte| matches!(byte, b' ' | b':'))
        .unwrap_or(data.len());
    let is = |word: &[u8]| data[..end].eq_ignore_ascii_case(word);
    match data.first().map(u8::to_ascii_uppercase) {
        Some(b'S') if is(b"STARTTLS") => Verb::StartTls,
        Some(b'X') if is(b"XPROXYTO") => Verb::XProxyTo,
        Some(b'X') if is(b"X-ANONYMOUSTLS") => Verb::AnonymousTls,
        _ => Verb::Other,
    }
}

fn bdat(data: &[u8]) -> Verb {
    let last = data.trim_ascii_end();
    let is_last = last.len() > 5 && last[last.len() - 5..].eq_ignore_ascii_case(b" LAST");
    if is_last { Verb::BdatLast } else { Verb::Bdat }
}

/// The part of `MAIL FROM:<…>` or `RCPT TO:<…>` from the colon on; `None` if there is no colon. Its
/// [`address`] is the address of the command.
#[inline]
pub fn path(data: &[u8]) -> Option<&[u8]> {
    // `RCPT TO:` and `MAIL FROM:` have their colon in one of two places.
    let colon = match (data.get(7), data.get(9)) {
        (Some(b':'), _) if !data[..7].contains(&b':') => 7,
        (_, Some(b':')) if !data[..9].contains(&b':') => 9,
        _ => memchr(b':', data)?,
    };
    Some(&data[colon..])
}

/// The address of `MAIL FROM:<…>` or `RCPT TO:<…>`, without brackets; empty for the null sender.
/// Parameters after the address are left out. `None` if there is no address.
pub fn address(data: &[u8]) -> Option<&[u8]> {
    let rest = path(data)?[1..].trim_ascii_start();
    if let Some(inner) = rest.strip_prefix(b"<") {
        let plain = match memchr2(b'>', b'"', inner) {
            None => return Some(inner),
            Some(end) if inner[end] == b'>' => return Some(&inner[..end]),
            Some(_) => &inner[..memchr(b'>', inner).unwrap_or(inner.len())],
        };
        // A quoted local part may hold a bracket: the address ends at the first one outside quotes.
        let mut quoted = false;
        let mut escaped = false;
        for (at, byte) in inner.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'>' if !quoted => return Some(&inner[..at]),
                _ => {}
            }
        }
        return Some(plain);
    }
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_told_apart() {
        for (data, expected) in [
            ("MAIL FROM:<a@contoso.com> SIZE=1", Verb::Mail),
            ("mail from:<>", Verb::Mail),
            ("RCPT TO:<a@example.org>", Verb::Rcpt),
            ("RSET", Verb::Rset),
            ("BDAT 3412 LAST", Verb::BdatLast),
            ("BDAT 3412", Verb::Bdat),
            ("DATA", Verb::Data),
            ("X-ANONYMOUSTLS", Verb::AnonymousTls),
            ("XPROXYTO PORT=25", Verb::XProxyTo),
            ("MAILX", Verb::Other),
            ("", Verb::Other),
        ] {
            assert_eq!(verb(data.as_bytes()), expected, "{data}");
        }
    }

    #[test]
    fn addresses_stand_between_brackets() {
        for (data, expected) in [
            (
                "MAIL FROM:<a@contoso.com> SIZE=1 AUTH=<>",
                Some("a@contoso.com"),
            ),
            ("MAIL FROM:<>", Some("")),
            ("RCPT TO: <b@example.org>", Some("b@example.org")),
            ("RCPT TO:b@example.org NOTIFY=NEVER", Some("b@example.org")),
            ("RCPT TO:<\"a>b\"@example.org>", Some("\"a>b\"@example.org")),
            ("RCPT TO:<open@example.org", Some("open@example.org")),
            ("RCPT:TO:<a@example.org>", Some("TO:<a@example.org>")),
            ("RCPT TO:<a:b@example.org>", Some("a:b@example.org")),
            ("RCPT TO :<a@example.org>", Some("a@example.org")),
            ("RCPT TO:", None),
            ("RCPT", None),
        ] {
            let expected = expected.map(str::as_bytes);
            assert_eq!(address(data.as_bytes()), expected, "{data}");
            // Whoever keeps the path alone reads the same address.
            let of_path = path(data.as_bytes()).and_then(address);
            assert_eq!(of_path, expected, "{data}");
        }
    }
}
