//! The tokens of a text that are recognised by their form: times, addresses, hosts, mailboxes, links.
//!
//! In: a text and a place in it. Out: the token that begins there, and what it is.
//! Must not know any name.

use std::sync::LazyLock;

use regex::Regex;

use super::scripts::of_one_script;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A link.
    Link,
    /// A time or a date.
    Time,
    /// A mailbox or message id, without angle brackets.
    Mailbox,
    /// An address, a range or an endpoint.
    Address,
    /// The identity of an object.
    Guid,
    /// A thumbprint or the id of a session: they stay.
    Identifier,
    /// A text with a dot in it: a host, a file, or a member of an object.
    Dotted,
    /// A word.
    Word,
}

/// The forms, in the order in which they are tried. The longest wins, and of equals the first.
const FORMS: [(Form, &str); 8] = [
    (Form::Link, r#"^https?://[^\s'"<>\[\]]+"#),
    (
        Form::Time,
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    ),
    (
        Form::Mailbox,
        r#"^[^\s<>@,;:'"()\[\]=]+(?:=[^\s<>@,;:'"()\[\]]+)*@(?:\[[0-9A-Fa-f:.]+\]|[\w*][\w.*-]*)"#,
    ),
    (
        Form::Address,
        r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:-[0-9]{1,3}(?:\.[0-9]{1,3}){3}|/[0-9]{1,2}|:[0-9]{1,5})?|\[(?i:IPv6:)?[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*)(?:/[0-9]{1,3}|-[0-9A-Fa-f:]+)?)",
    ),
    (
        Form::Guid,
        r"^\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?",
    ),
    (
        Form::Identifier,
        r"^(?:[0-9A-Fa-f]{40}|08[Dd][0-9A-Fa-f]{13})",
    ),
    (Form::Dotted, r"^(?:\*\.)?\w[\w-]*(?:\.\w[\w-]*)+"),
    (Form::Word, r"^[^\W_]+"),
];

static PATTERNS: LazyLock<Vec<(Form, Regex)>> = LazyLock::new(|| {
    let compiled = FORMS
        .iter()
        .filter_map(|(form, pattern)| Some((*form, Regex::new(pattern).ok()?)));
    compiled.collect()
});

/// The token at the start of a text, and its length. `None` at a sign that belongs to no word.
pub(super) fn at_start(text: &str) -> Option<(Form, usize)> {
    let text = of_one_script(text);
    let first = text.chars().next()?;
    if !(first.is_alphanumeric()
        || first == '_'
        || matches!(
            first,
            '*' | '[' | '{' | ':' | '+' | '#' | '.' | '-' | '/' | '!' | '='
        ))
    {
        return None;
    }
    let mut best: Option<(Form, usize)> = None;
    for (form, pattern) in PATTERNS.iter() {
        let Some(found) = pattern.find(text) else {
            continue;
        };
        let end = found.end();
        let cuts_a_word = text[..end]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
            && text[end..]
                .chars()
                .next()
                .is_some_and(char::is_alphanumeric);
        if end > 0 && !cuts_a_word && best.is_none_or(|(_, length)| end > length) {
            best = Some((*form, end));
        }
    }
    best
}

/// A thumbprint, if it has the form of one.
pub(super) fn thumbprint(text: &str) -> String {
    let is_one = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one {
        text.to_owned()
    } else {
        "…".to_owned()
    }
}

/// The id of a session as Exchange makes it, if it has that form.
pub(super) fn session_id(text: &str) -> String {
    let is_one = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one {
        text.to_owned()
    } else {
        "…".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_recognised_by_their_form() {
        for (text, form, length) in [
            ("https://aka.ms/x, and", Form::Link, 17),
            ("2026-11-03T02:14:09.120Z.", Form::Time, 24),
            ("anna.b@contoso.com>", Form::Mailbox, 18),
            ("10.0.0.1:25,", Form::Address, 11),
            ("203.0.113.16/28.", Form::Address, 15),
            ("[2001:db8::1]:25", Form::Address, 16),
            ("2001:db8:41::25. No", Form::Address, 15),
            ("::ffff:203.0.113.7.", Form::Address, 18),
            ("6e4d3f9a-0b0c-4c5d-9e1f-223344556677'", Form::Guid, 36),
            ("mail.contoso.com.", Form::Dotted, 16),
            ("*.contoso.com'", Form::Dotted, 13),
            ("5.7.64 x", Form::Dotted, 6),
            ("Exchange Online", Form::Word, 8),
            ("08DF3304C2547364]", Form::Identifier, 16),
        ] {
            assert_eq!(at_start(text), Some((form, length)), "{text}");
        }
        assert_eq!(at_start(" x"), None);
        assert_eq!(at_start(""), None);
    }
}
