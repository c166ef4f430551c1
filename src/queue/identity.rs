//! Reads the identities of queues and messages.
//!
//! In: `Identity`, `Queue` or `QueueIdentity` as text, as an object with its parts, or as an object with
//! its text. Out: a [`QueueIdentity`] and the number of a message.
//! Must not guess a part: an identity that cannot be read is `None`.

use crate::tenant::Known;
use crate::tenant::table::{Object, Value};

use super::model::QueueIdentity;

/// The identity of a queue in a field.
pub(super) fn queue_in(object: &Object, field: &str) -> Option<QueueIdentity> {
    if let Some(Value::Object(parts)) = object.get(field)
        && let Some(identity) = of_parts(parts)
    {
        return Some(identity);
    }
    parse(&text_in(object, field)?)
}

/// The queue and the number of a message in its `Identity`.
pub(super) fn message_in(object: &Object) -> (Option<QueueIdentity>, Option<u64>) {
    if let Some(Value::Object(parts)) = object.get("Identity")
        && let Known::Value(Some(number)) = parts.text_of("InternalId")
    {
        return (queue_in(parts, "QueueIdentity"), number.parse().ok());
    }
    let Some(text) = text_in(object, "Identity") else {
        return (None, None);
    };
    let Some((queue, number)) = text.rsplit_once('\\') else {
        return (None, None);
    };
    let Ok(number) = number.trim().parse() else {
        return (None, None);
    };
    // `EX01\8237109272601` names no queue.
    let names_queue = queue.contains('\\');
    (parse(queue).filter(|_| names_queue), Some(number))
}

/// `EX01\41`, `EX01\Shadow\17`, or a name without a server.
pub(super) fn parse(text: &str) -> Option<QueueIdentity> {
    let text = text.trim();
    let (server, queue) = match text.split_once('\\') {
        Some((server, queue)) if !is_kind(server) => (Some(server.trim()), queue),
        _ => (None, text),
    };
    let queue = queue.trim();
    let server = server.filter(|server| !server.is_empty());
    (!queue.is_empty()).then(|| QueueIdentity {
        server: server.map(str::to_owned),
        queue: queue.to_owned(),
    })
}

/// Whether a word is a kind of queue, and no server.
fn is_kind(word: &str) -> bool {
    ["Shadow", "Submission", "Unreachable", "Poison", "Delivery"]
        .iter()
        .any(|kind| kind.eq_ignore_ascii_case(word.trim()))
}

/// The parts that `ConvertTo-Json` leaves: `{"Type": "Delivery", "RowId": 41, "Server": "EX01"}`.
fn of_parts(parts: &Object) -> Option<QueueIdentity> {
    let text = |field| parts.text_of(field).value().cloned().flatten();
    let kind = text("Type")?;
    let number = text("RowId").filter(|number| number != "0");
    let queue = match number {
        Some(number) if kind.eq_ignore_ascii_case("Delivery") => number,
        Some(number) if kind.eq_ignore_ascii_case("Shadow") => format!("{kind}\\{number}"),
        // A bare number is an enumeration whose meaning is not documented.
        _ if kind.bytes().all(|byte| byte.is_ascii_digit()) => return None,
        _ => kind,
    };
    Some(QueueIdentity {
        server: text("Server"),
        queue,
    })
}

fn text_in(object: &Object, field: &str) -> Option<String> {
    object.text_of(field).value().cloned().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(server: Option<&str>, queue: &str) -> QueueIdentity {
        QueueIdentity {
            server: server.map(str::to_owned),
            queue: queue.to_owned(),
        }
    }

    #[test]
    fn texts_are_taken_apart() {
        for (text, expected) in [
            ("EX01\\41", Some(identity(Some("EX01"), "41"))),
            (
                "EX01\\Shadow\\17",
                Some(identity(Some("EX01"), "Shadow\\17")),
            ),
            ("Shadow\\17", Some(identity(None, "Shadow\\17"))),
            ("41", Some(identity(None, "41"))),
            ("EX01\\", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert!(identity(None, "shadow\\1").is_shadow());
        assert!(!identity(None, "41").is_shadow());
    }

    #[test]
    fn parts_and_texts_name_one_queue() {
        let read = |json: &str| {
            let table = crate::tenant::export::read(json.as_bytes()).expect("an export");
            table.objects.into_iter().next().expect("a row")
        };
        let parts = read(r#"{"Identity": {"Type": "Delivery", "RowId": 41, "Server": "EX01"}}"#);
        assert_eq!(
            queue_in(&parts, "Identity"),
            Some(identity(Some("EX01"), "41"))
        );
        let shadow = read(r#"{"Identity": {"Type": "Shadow\\17", "RowId": 0, "Server": "EX01"}}"#);
        assert!(queue_in(&shadow, "Identity").is_some_and(|one| one.is_shadow()));
        let number = read(r#"{"Identity": {"Type": 3, "RowId": 0, "Server": "EX01"}}"#);
        assert_eq!(queue_in(&number, "Identity"), None);
        for (json, expected) in [
            (
                r#"{"Identity": {"InternalId": 7, "QueueIdentity": "EX01\\41"}}"#,
                (Some(identity(Some("EX01"), "41")), Some(7)),
            ),
            (
                r#"{"Identity": "EX01\\41\\7"}"#,
                (Some(identity(Some("EX01"), "41")), Some(7)),
            ),
            (r#"{"Identity": "EX01\\7"}"#, (None, Some(7))),
            (r#"{"Identity": "x"}"#, (None, None)),
        ] {
            assert_eq!(message_in(&read(json)), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[A-Za-z0-9\\\\ é]{0,20}") {
            if let Some(identity) = parse(&text) {
                prop_assert!(!identity.queue.is_empty());
            }
        }
    }
}
