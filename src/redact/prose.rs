//! Sentences, commands and other texts with names in them.
//!
//! In: a text that this program made from names of the input. Out: the same with stand-ins. Words of this
//! program's own texts stay, and so do numbers, times and codes. Everything else becomes `…`.
//! Must not let a word pass because it looks harmless.

use super::redactor::Redactor;
use super::scripts::are_of_one_word;
use super::stand_ins::{Kind, Part};
use super::tokens::{self, Form};
use super::vocabulary::{Found, Named};
use super::words;

/// What stands for something that is not known to be harmless.
pub(super) const CUT: &str = "…";

/// Hosts of links that this program and Microsoft's replies give.
const LINKS: [&str; 6] = [
    "aka.ms",
    "go.microsoft.com",
    "learn.microsoft.com",
    "support.microsoft.com",
    "techcommunity.microsoft.com",
    "technet.microsoft.com",
];

/// The last labels of dotted texts that are files and no hosts.
const FILES: [&str; 8] = ["csv", "json", "log", "ps1", "txt", "xml", "cer", "pem"];

impl Redactor {
    /// A text with stand-ins.
    pub(super) fn prose(&mut self, text: &str) -> String {
        self.text(text, words::is_known)
    }

    /// A text in which only words stay that `stays` knows.
    pub(super) fn text(&mut self, text: &str, stays: fn(&str) -> bool) -> String {
        self.vocabulary.prepare();
        let names = self.vocabulary.find(text);
        let mut out = String::with_capacity(text.len());
        let mut names = names.into_iter().peekable();
        let mut at = 0;
        while at < text.len() {
            while names.peek().is_some_and(|name| name.start < at) {
                names.next();
            }
            if let Some(quoted) = quoted_name(text, at) {
                out.push_str(&self.certificate_name(quoted));
                at += quoted.len();
                continue;
            }
            let name = names.peek().filter(|name| name.start == at).copied();
            let token = if begins_a_word(text, at) {
                tokens::at_start(&text[at..])
            } else {
                None
            };
            match (name, token) {
                (Some(name), token) if token.is_none_or(|(_, length)| name.end >= at + length) => {
                    let stand_in = self.found(&name, &text[name.start..name.end]);
                    out.push_str(&stand_in);
                    at = name.end;
                }
                (_, Some((form, length))) => {
                    let token = &text[at..at + length];
                    let is_id = follows_message_id(&out)
                        || text[at + length..].starts_with("> [InternalId=");
                    let piece = if form == Form::Mailbox && is_id {
                        self.message_id(token)
                    } else {
                        self.token(form, token, stays)
                    };
                    push(&mut out, &piece);
                    at += length;
                }
                _ => {
                    let sign = text[at..].chars().next().unwrap_or(' ');
                    // A letter in the middle of a word cannot be reached: its word is a token.
                    if sign.is_alphanumeric() {
                        push(&mut out, CUT);
                    } else {
                        out.push(sign);
                    }
                    at += sign.len_utf8();
                }
            }
        }
        out
    }

    /// The stand-in for a name in a text.
    fn found(&mut self, name: &Found, written: &str) -> String {
        let Some((original, named)) = self.vocabulary.name(name.name) else {
            return CUT.to_owned();
        };
        let original = if original.eq_ignore_ascii_case(written) {
            written.to_owned()
        } else {
            original.to_owned()
        };
        self.named(named, &original)
    }

    /// The stand-in for a name by what it is.
    pub(super) fn named(&mut self, named: Named, name: &str) -> String {
        match named {
            Named::Connector => self.connector(name),
            Named::Tenant => self.tenant(name),
            Named::CertificateName => self.certificate_name(name),
            Named::File => self.file(name),
            Named::Serial => self.serial(name),
            Named::Queue => self.queue(name),
            Named::Stream => self.stream(name),
            Named::Server => self.server(name),
            Named::Plain => self.plain_name(name),
        }
    }

    fn token(&mut self, form: Form, token: &str, stays: fn(&str) -> bool) -> String {
        match form {
            Form::Time | Form::Identifier => token.to_owned(),
            Form::Link => link(token),
            Form::Mailbox => self.mailbox(token),
            Form::Address => self
                .address(token)
                .unwrap_or_else(|| self.parts(token, stays)),
            Form::Guid => self.guid(token),
            Form::Dotted => self.dotted(token, stays),
            Form::Word if stays(token) => token.to_owned(),
            Form::Word => CUT.to_owned(),
        }
    }

    /// A text with dots: numbers, a file or member of known words, or a host.
    fn dotted(&mut self, token: &str, stays: fn(&str) -> bool) -> String {
        let labels = token.split('.');
        let last = labels.clone().next_back().unwrap_or_default();
        let is_number = labels
            .clone()
            .all(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if is_number {
            return token.to_owned();
        }
        let known = words::are_all_known(token);
        let is_file = FILES.contains(&last.to_lowercase().as_str());
        let has_domain =
            psl::suffix(token.to_lowercase().as_bytes()).is_some_and(|suffix| suffix.is_known());
        if known && (is_file || !has_domain) {
            return self.parts(token, stays);
        }
        let is_word = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        if last.chars().count() < 2 || is_word(last) {
            return self.parts(token, stays);
        }
        if is_file {
            return self.file(token);
        }
        self.host(token)
    }

    /// Each word for itself.
    fn parts(&mut self, token: &str, stays: fn(&str) -> bool) -> String {
        let mut out = String::new();
        for piece in token.split_inclusive(|sign: char| !sign.is_alphanumeric()) {
            let word = piece.trim_end_matches(|sign: char| !sign.is_alphanumeric());
            if !word.is_empty() {
                push(&mut out, if stays(word) { word } else { CUT });
            }
            out.push_str(&piece[word.len()..]);
        }
        out
    }

    pub(super) fn guid(&mut self, text: &str) -> String {
        let plain = text.trim_matches(['{', '}']);
        let number = self.given.number(Part::Guid, plain);
        let stand_in = text.replace(plain, &format!("00000000-0000-0000-0000-{number:012}"));
        self.given.note(Kind::Guid, text, stand_in)
    }
}

/// A distinguished name in single quotes that begins here.
fn quoted_name(text: &str, at: usize) -> Option<&str> {
    let opening = text[..at].chars().next_back();
    let closing = match opening {
        Some('\'') => '\'',
        Some('「') => '」',
        _ => return None,
    };
    let rest = &text[at..];
    let is_name = rest.starts_with("<I>") || super::certificates::is_name(rest);
    let ends = |(at, sign): &(usize, &str)| {
        let behind = rest[at + sign.len()..].chars().next();
        closing == '」' || behind.is_none_or(|sign| !sign.is_alphanumeric())
    };
    let end = rest.match_indices(closing).find(ends).map(|(at, _)| at);
    is_name.then(|| &rest[..end.unwrap_or(rest.len())])
}

/// Whether a token can begin here.
fn begins_a_word(text: &str, at: usize) -> bool {
    !are_of_one_word(text[..at].chars().next_back(), text[at..].chars().next())
}

/// Whether the next token is a message id: Exchange writes `InternetMessageId <…>`.
fn follows_message_id(before: &str) -> bool {
    let before = before.trim_end_matches(['<', ' ', ':', '=']);
    let start = before.char_indices().rev().nth(8).map_or(0, |(at, _)| at);
    let end = before[start..].to_ascii_lowercase();
    end == "messageid" || end == "essage-id"
}

/// Adds a piece. Several things in a row that were cut are one.
fn push(out: &mut String, piece: &str) {
    if piece == CUT && out.trim_end().ends_with(CUT) {
        out.truncate(out.trim_end().len());
        return;
    }
    out.push_str(piece);
}

/// A link stays if its host and its words are known.
fn link(token: &str) -> String {
    let scheme = if token.starts_with("https") {
        "https://"
    } else {
        "http://"
    };
    let rest = token[scheme.len()..].trim_end_matches(['.', ',', ';', ')']);
    let behind = &token[scheme.len() + rest.len()..];
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_known = LINKS.contains(&host.to_lowercase().as_str()) && words::are_all_known(path);
    if is_known {
        return token.to_owned();
    }
    format!("{scheme}{CUT}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn_connector("Outbound to Fabrikam (EX01)");
        redactor.learn_connector("mail");
        redactor.learn_server("EX01");
        redactor.learn_tenant("日本 支社");
        redactor
    }

    #[test]
    fn names_are_replaced_and_words_stay() {
        let mut redactor = redactor();
        for (text, expected) in [
            (
                "Send connector 'Outbound to Fabrikam (EX01)' on EX01 offered CN=… to 日本 支社.",
                "Send connector 'connector1' on host1 offered CN=… to tenant1.",
            ),
            (
                "Send connector 'mail' sends mail of Anna@contoso.com (2 messages, 5.7.64).",
                "Send connector 'connector2' sends mail of user1@domain1.example (2 messages, 5.7.64).",
            ),
            (
                "The report expects 'mail.contoso.com' from 10.0.0.1, and Anna Smith too.",
                "The report expects 'host2.domain1.example' from 192.0.2.1, and … too.",
            ),
            (
                "ConvertTo-Json -InputObject @(Get-AcceptedDomain) | Set-Content AcceptedDomain.json",
                "ConvertTo-Json -InputObject @(Get-AcceptedDomain) | Set-Content AcceptedDomain.json",
            ),
            (
                "See https://aka.ms/BlockUnsafeExchange.",
                "See https://aka.ms/BlockUnsafeExchange.",
            ),
            ("See https://contoso.com/x.", "See https://…."),
            (
                "issued by 'CN=R12, O=Let's Encrypt, C=US', not 'CN=Contoso, O=Contoso'.",
                "issued by 'CN=R12, O=Let's Encrypt, C=US', not 'CN=host3, O=organisation1'.",
            ),
        ] {
            assert_eq!(redactor.prose(text), expected);
        }
    }
}
