//! One line of a banner or of an EHLO reply: the host, its offers, and the address that it sees.
//!
//! In: the text after the code. Out: a [`Greeting`].
//! Must not know the session.

use std::sync::Arc;

use crate::input::field::text as text_of;

use super::host::HostKind;
use super::reply;

/// What a line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    /// What the host is that the line begins with. `None` if it begins with no host name, as the
    /// later lines of a reply do.
    pub host: Option<HostKind>,
    /// The line offers STARTTLS.
    pub starttls: bool,
    /// A firewall has masked a word with `X` or `*`.
    pub masked: bool,
    /// The address that the other side sees (`Hello [203.0.113.7]`), as logged.
    pub address: Option<Arc<str>>,
}

impl Greeting {
    /// Reads a line: a keyword, or all keywords folded into one line.
    pub fn read(text: &[u8]) -> Greeting {
        let mut words = text.split(|byte| byte.is_ascii_whitespace());
        Greeting {
            host: HostKind::of_first_word(text),
            starttls: words.any(|word| word.eq_ignore_ascii_case(b"STARTTLS")),
            masked: is_masked(text),
            address: hello_address(text),
        }
    }
}

/// One line of the reply to EHLO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EhloLine {
    /// The reply's code.
    pub code: u16,
    /// More lines follow.
    pub more: bool,
    /// What it says.
    pub greeting: Greeting,
}

impl EhloLine {
    /// Reads the data of a row. Returns `None` if it is not a reply.
    pub fn read(data: &[u8]) -> Option<EhloLine> {
        let reply = reply::parse(data)?;
        Some(EhloLine {
            code: reply.code,
            more: reply.more,
            greeting: Greeting::read(reply.text),
        })
    }
}

/// `… Hello [203.0.113.7] …`
fn hello_address(text: &[u8]) -> Option<Arc<str>> {
    let at = memchr::memmem::find(text, b"Hello [")?;
    let rest = &text[at + b"Hello [".len()..];
    let end = memchr::memchr(b']', rest)?;
    Some(text_of(&rest[..end]).into())
}

/// A firewall overwrites what it does not know with `X` or `*`: `XXXXXXXA`, `220 ****…`.
pub fn is_masked(text: &[u8]) -> bool {
    memchr::memchr2(b'*', b'X', text).is_some()
        && text.split(|byte| byte.is_ascii_whitespace()).any(|word| {
            let stars = word.len() >= 3
                && word.iter().filter(|byte| **byte == b'*').count() * 2 > word.len();
            let keyword = word.strip_suffix(b"A").unwrap_or(word);
            stars || (keyword.len() >= 4 && keyword.iter().all(|byte| *byte == b'X'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_line_says_everything() {
        let found = Greeting::read(
            b" DB8EUR05FT064.mail.protection.outlook.com Hello [203.0.113.7] SIZE 157286400 STARTTLS 8BITMIME",
        );
        let expected = Greeting {
            host: Some(HostKind::ExchangeOnline),
            starttls: true,
            masked: false,
            address: Some("203.0.113.7".into()),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn firewalls_mask_words() {
        for text in ["XXXXXXXA", "***************", "SIZE 1 XXXXXXXX"] {
            assert!(Greeting::read(text.as_bytes()).masked, "{text}");
        }
        for text in ["X-EXPS GSSAPI", "XXA", "8BITMIME", "* x"] {
            assert!(!Greeting::read(text.as_bytes()).masked, "{text}");
        }
    }
}
