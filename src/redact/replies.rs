//! Replies of servers.
//!
//! In: a reply, or its text without the codes. Out: the codes, and the text if it is one of the known texts
//! of Exchange. Hosts and addresses in it are replaced.
//! Must not let a sentence pass that somebody else wrote: a server says whatever it wants.

use super::prose::CUT;
use super::redactor::Redactor;
use super::tokens::{self, Form};
use super::words;

impl Redactor {
    /// The text of a reply without its codes.
    pub(super) fn reply_text(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        if is_known(text) {
            self.text(text, words::is_of_replies)
        } else {
            CUT.to_owned()
        }
    }

    /// A reply with its codes: `550 5.7.64 TenantAttribution; …`, `250-…`.
    pub(super) fn reply(&mut self, reply: &str) -> String {
        let codes = codes(reply);
        format!("{}{}", &reply[..codes], self.reply_text(&reply[codes..]))
    }
}

/// The length of the codes at the start of a reply, with the blanks behind them.
fn codes(reply: &str) -> usize {
    let mut at = 0;
    let code = reply.bytes().take_while(u8::is_ascii_digit).count();
    if code != 3 {
        return 0;
    }
    at += code;
    let separator = |at: usize| {
        let behind = reply[at..].bytes();
        behind
            .take_while(|byte| matches!(byte, b' ' | b'-'))
            .count()
    };
    at += separator(at);
    let enhanced = reply[at..]
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let parts = reply[at..at + enhanced].split('.');
    if parts.clone().count() == 3 && parts.clone().all(|part| !part.is_empty()) {
        at += enhanced;
        at += separator(at);
    }
    at
}

/// Whether every word is one of known replies, or is recognised by its form.
fn is_known(text: &str) -> bool {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        match tokens::at_start(rest) {
            Some((Form::Word, length)) if !stays(&rest[..length]) => return false,
            Some((_, length)) => at += length,
            None => {
                let sign = rest.chars().next().unwrap_or(' ');
                if sign.is_alphanumeric() {
                    return false;
                }
                at += sign.len_utf8();
            }
        }
    }
    true
}

/// Whether a word does not make a reply unknown. A long number is cut, but says nothing about the rest.
fn stays(word: &str) -> bool {
    words::is_of_replies(word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts_stay_and_others_are_cut_to_their_codes() {
        let mut redactor = Redactor::default();
        for (reply, expected) in [
            (
                "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com 2026-11-05T09:31:20.462Z 08DFD65920473C41]",
                "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com 2026-11-05T09:31:20.462Z 08DFD65920473C41]",
            ),
            (
                "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to https://support.microsoft.com/kb/3169958 [mail.contoso.com]",
                "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to https://support.microsoft.com/kb/3169958 [host1.domain1.example]",
            ),
            ("550 5.1.1 Anna Smith has left Contoso", "550 5.1.1 …"),
            ("550-5.1.1 Call 10.0.0.1, Bob", "550-5.1.1 …"),
            ("250", "250"),
            ("Bob is out", "…"),
        ] {
            assert_eq!(redactor.reply(reply), expected);
        }
    }
}
