//! Reads the recipients of a message in a queue.
//!
//! In: the field `Recipients` of any export form. Out: [`QueuedRecipient`]s.
//! Must not take a blank field for no recipient: without `-IncludeRecipientInfo` it is always blank.
//! Invariant: one recipient that cannot be read loses all of them.

use crate::tenant::Known;
use crate::tenant::table::{Object, Value};

use super::field::{error_of, word_of};
use super::model::{LastError, QueuedRecipient};

/// The recipients of a row.
pub(super) fn of(object: &Object) -> Known<Vec<QueuedRecipient>> {
    let read = match object.get("Recipients") {
        Some(Value::List(values)) if values.iter().all(is_text) => {
            // A reader of lists may have split the text of an error.
            let texts: Vec<&str> = values.iter().filter_map(text).collect();
            joined(&texts.join(", "))
        }
        Some(Value::List(values)) => values.iter().map(one).collect(),
        Some(Value::Text(text)) => joined(text),
        Some(value @ Value::Object(_)) => one(value).map(|one| vec![one]),
        _ => None,
    };
    match read {
        Some(recipients) if !recipients.is_empty() => Known::Value(recipients),
        _ => Known::Lost,
    }
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// A recipient of a list.
fn one(value: &Value) -> Option<QueuedRecipient> {
    let object = match value {
        Value::Text(text) => return item(text),
        Value::Object(object) => object,
        _ => return None,
    };
    let Known::Value(Some(address)) = object.text_of("Address") else {
        return item(object.text.as_deref()?);
    };
    Some(QueuedRecipient {
        address,
        status: word_of(object, "Status"),
        last_error: error_of(object),
    })
}

/// The recipients of a text in which a script, `Format-List` or remoting has joined them.
fn joined(text: &str) -> Option<Vec<QueuedRecipient>> {
    let text = text.trim();
    let text = match text.strip_prefix('{') {
        Some(inside) => inside.strip_suffix('}')?,
        None => text,
    };
    if text.ends_with('…') || text.ends_with("...") || text.contains("@{") {
        return None;
    }
    let starts: Vec<usize> = starts(text);
    if starts.is_empty() {
        return item(text).map(|one| vec![one]);
    }
    if !text[..starts[0]].trim().is_empty() {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let items = starts.iter().zip(ends);
    items
        .map(|(start, end)| item(text[*start..end].trim_end().trim_end_matches(',')))
        .collect()
}

/// Where recipients begin: at the start or behind a blank or comma, with an address and a status. An
/// error may hold addresses too.
fn starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = &text[..at];
        let begin = before
            .rfind(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '{'))
            .map_or(0, |at| {
                at + before[at..].chars().next().map_or(1, char::len_utf8)
            });
        let behind_item = begin == 0
            || before[..begin].ends_with([' ', ',', '\n', '\r', '\t'])
            || before[..begin].trim().is_empty();
        let after = &text[at + 1..];
        let Some((domain, rest)) = after.split_once(';') else {
            break;
        };
        let is_address = begin < at
            && !domain.is_empty()
            && !domain.contains(|letter: char| {
                letter.is_whitespace() || matches!(letter, '@' | ',' | '<' | '>' | '{' | '}')
            })
            && !before[begin..].contains(['<', '>', '(', '\'', '"']);
        if behind_item && is_address && begins_with_status(rest) {
            starts.push(begin);
        }
    }
    starts.dedup();
    starts
}

/// `Retry;…`, or the number that stands for a status.
fn begins_with_status(text: &str) -> bool {
    let Some(word) = text.get(..16).unwrap_or(text).split(';').next() else {
        return false;
    };
    is_status(word)
}

fn is_status(word: &str) -> bool {
    const STATUSES: [&str; 7] = [
        "Complete", "Ready", "Retry", "None", "Active", "Locked", "Deleted",
    ];
    let is_number =
        !word.is_empty() && word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        || STATUSES
            .iter()
            .any(|status| status.eq_ignore_ascii_case(word))
}

/// One recipient: `ADDRESS;STATUS;ERROR;;`, or `ADDRESS;2;2;ERROR;16;<connector>;0` in which numbers stand
/// for names.
fn item(text: &str) -> Option<QueuedRecipient> {
    let text = text.trim();
    let (address, rest) = text.split_once(';').unwrap_or((text, ""));
    let address = address.trim();
    let is_address = !address.is_empty()
        && address.contains('@')
        && !address.contains(|letter: char| letter.is_whitespace() || "{}<>".contains(letter));
    if !is_address {
        return None;
    }
    let recipient = |status, last_error| QueuedRecipient {
        address: address.to_owned(),
        status,
        last_error,
    };
    let Some((status, rest)) = rest.split_once(';') else {
        return Some(recipient(Known::Lost, Known::Lost));
    };
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(status) {
        // Two more fields follow the error.
        let error = rest.rsplitn(3, ';').nth(2).unwrap_or(rest);
        return Some(recipient(
            Known::Value(Some(status.to_owned())),
            Known::Value(error_in(error)),
        ));
    }
    let error = rest
        .split_once(';')
        .filter(|(second, _)| is_number(second))
        .and_then(|(_, rest)| rest.rsplitn(4, ';').nth(3));
    Some(recipient(
        Known::Lost,
        error.map_or(Known::Lost, |error| Known::Value(error_in(error))),
    ))
}

fn error_in(text: &str) -> Option<LastError> {
    let text = text.trim();
    (!text.is_empty()).then(|| LastError::of(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: Value) -> Known<Vec<QueuedRecipient>> {
        of(&Object {
            fields: vec![("Recipients".to_owned(), value)],
            ..Object::default()
        })
    }

    fn addresses(value: Value) -> Option<Vec<String>> {
        let read = read(value);
        let read = read.value()?;
        Some(read.iter().map(|one| one.address.clone()).collect())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn joined_texts_are_split_where_recipients_begin() {
        let two = Some(vec![
            "sam@contoso.com".to_owned(),
            "ada@contoso.com".to_owned(),
        ]);
        for joined in [
            "sam@contoso.com;Retry;;;, ada@contoso.com;Retry;;;",
            "sam@contoso.com;Retry;;; ada@contoso.com;Complete;;;",
            "{sam@contoso.com;Retry;;;, ada@contoso.com;Retry;;;}",
            "sam@contoso.com;Retry;[{LED=550 5.1.1 <x@y.com>; no, bob@x.com; unknown}];;, ada@contoso.com;Retry;;;",
            "sam@contoso.com;2;2;A matching connector; or none;16;<No Matching Connector>;0, ada@contoso.com;2;2;;16;<x>;0",
        ] {
            assert_eq!(addresses(text(joined)), two, "{joined}");
            let split = joined
                .trim_matches(['{', '}'])
                .split(", ")
                .map(text)
                .collect();
            if !joined.contains("550") {
                assert_eq!(addresses(Value::List(split)), two, "{joined}");
            }
        }
    }

    #[test]
    fn an_item_has_a_status_and_an_error() {
        let one = item("ada@contoso.com;Retry;[{LRT=x};{LED=451 4.7.0 Busy}];;").expect("an item");
        assert_eq!(one.status, Known::Value(Some("Retry".to_owned())));
        let error = one.last_error.value().cloned().flatten().expect("an error");
        assert_eq!(error.innermost.reply, "451 4.7.0 Busy");
        let one = item(
            "chris@contoso.com;2;2;A connector cannot be found; x;16;<No Matching Connector>;0",
        )
        .expect("an item");
        assert!(one.status.is_lost());
        let error = one.last_error.value().cloned().flatten().expect("an error");
        assert_eq!(error.text, "A connector cannot be found; x");
        assert!(item("ada@contoso.com;Complete;;;").is_some_and(|one| one.is_complete()));
    }

    #[test]
    fn blank_and_lost_recipients_are_unknown() {
        for value in [
            Value::Null,
            Value::Lost,
            Value::List(Vec::new()),
            text(""),
            text("{}"),
            text("{sam@contoso.com;Retry;;;…}"),
            text("2 recipients"),
            Value::List(vec![text("sam@contoso.com;Retry;;;"), Value::Lost]),
        ] {
            assert!(read(value.clone()).is_lost(), "{value:?}");
        }
        assert!(of(&Object::default()).is_lost());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "([a@;, {}\n…é]|Retry|<|…){0,40}") {
            let _ = read(Value::Text(text));
        }
    }
}
