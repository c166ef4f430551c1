//! Reads rows of `Get-Queue` and `Get-Message`.
//!
//! In: an [`Object`] of any export form. Out: a [`Queue`] or a [`QueuedMessage`], if the row describes one.
//! Must not guess a value: a column that is missing or lost stays [`Known::Lost`].
//! Invariant: the value of an enumeration is read from its name only. Subjects are not read.

use chrono::{DateTime, Utc};

use crate::tenant::Known;
use crate::tenant::kind::{ExportKind, kind};
use crate::tenant::table::{Object, Value};

use super::field::{connector, error_of, word_of};
use super::model::{Afterwards, AsOf, Queue, QueuedMessage};
use super::{identity, recipients};

/// The field in which `sendlens collect` writes when it exported a row.
const EXPORTED: &str = "ExportTimeUTC";

/// Reads a queue. Returns `None` if the row is none, or has no identity.
pub fn read_queue(object: &Object, file: &str) -> Option<Queue> {
    if kind(object) != Some(ExportKind::Queue) {
        return None;
    }
    let identity = identity::queue_in(object, "Identity")
        .or_else(|| identity::queue_in(object, "QueueIdentity"))?;
    let times = Times::of(
        object,
        &["LastRetryTime", "FirstRetryTime", "NextRetryTime"],
    );
    Some(Queue {
        identity,
        status: word_of(object, "Status"),
        delivery_type: word_of(object, "DeliveryType"),
        next_hop_category: word_of(object, "NextHopCategory"),
        next_hop_domain: object.text_of("NextHopDomain"),
        next_hop_connector: connector_of(object),
        tls_domain: object.text_of("TlsDomain"),
        last_error: error_of(object),
        message_count: number_of(object, "MessageCount"),
        retry_count: number_of(object, "RetryCount"),
        first_retry: time_of(object, "FirstRetryTime"),
        last_retry: time_of(object, "LastRetryTime"),
        next_retry: time_of(object, "NextRetryTime"),
        times_are_utc: times.are_utc,
        as_of: exported_at(object),
        afterwards: Afterwards::Nothing,
        file: file.to_owned(),
        line: object.line,
    })
}

/// Reads a message. Returns `None` if the row is none.
pub fn read_message(object: &Object, file: &str) -> Option<QueuedMessage> {
    if kind(object) != Some(ExportKind::QueuedMessage) {
        return None;
    }
    let (queue, number) = identity::message_in(object);
    let queue = identity::queue_in(object, "Queue").or(queue);
    let known = |found: Option<_>| found.map_or(Known::Lost, Known::Value);
    let times = Times::of(object, &["DateReceived", "ExpirationTime"]);
    Some(QueuedMessage {
        queue: known(queue),
        number: number.map_or(Known::Lost, Known::Value),
        message_id: match object.text_of("InternetMessageId") {
            Known::Value(id) => Known::Value(id.map(|id| without_brackets(&id).to_owned())),
            Known::Lost => Known::Lost,
        },
        from: match object.text_of("FromAddress") {
            Known::Value(from) => Known::Value(from.filter(|from| from != "<>")),
            Known::Lost => Known::Lost,
        },
        status: word_of(object, "Status"),
        size: size_of(object),
        received: time_of(object, "DateReceived"),
        expires: time_of(object, "ExpirationTime"),
        last_error: error_of(object),
        retry_count: number_of(object, "RetryCount"),
        recipients: recipients::of(object),
        times_are_utc: times.are_utc,
        as_of: exported_at(object),
        file: file.to_owned(),
        line: object.line,
    })
}

/// An id without one pair of angle brackets.
fn without_brackets(id: &str) -> &str {
    let inside = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    inside.unwrap_or(id)
}

/// `NextHopConnector`. The empty Guid is none.
fn connector_of(object: &Object) -> Known<Option<String>> {
    match object.text_of("NextHopConnector") {
        Known::Value(text) => Known::Value(text.and_then(|text| connector(&text))),
        Known::Lost => Known::Lost,
    }
}

fn number_of(object: &Object, field: &str) -> Known<u64> {
    let number = match object.text_of(field) {
        Known::Value(Some(text)) => text.parse().ok(),
        _ => None,
    };
    number.map_or(Known::Lost, Known::Value)
}

/// `Size`: `5.21 KB (5,335 bytes)`, in whatever way thousands are parted, or a number of bytes.
fn size_of(object: &Object) -> Known<u64> {
    let Known::Value(Some(text)) = object.text_of("Size") else {
        return Known::Lost;
    };
    let exact = match text.split_once('(') {
        Some((_, inside)) => inside.trim_end_matches(')').trim_end_matches("bytes"),
        None => text.as_str(),
    };
    let parts = |letter: char| matches!(letter, ',' | '.' | '\'' | '’') || letter.is_whitespace();
    let whole = text.contains('(') || exact.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = exact.chars().filter(|letter| !parts(*letter)).collect();
    let size = digits.parse().ok().filter(|_| whole);
    size.map_or(Known::Lost, Known::Value)
}

/// A time; `Value(None)` if there was none.
fn time_of(object: &Object, field: &str) -> Known<Option<DateTime<Utc>>> {
    match object.text_of(field) {
        Known::Value(None) => Known::Value(None),
        Known::Value(Some(_)) => match object.time_of(field) {
            Known::Value(time) => Known::Value(Some(time)),
            Known::Lost => Known::Lost,
        },
        Known::Lost => Known::Lost,
    }
}

/// When `collect` exported the row.
fn exported_at(object: &Object) -> AsOf {
    match object.time_of(EXPORTED) {
        Known::Value(time) => AsOf::At(time),
        Known::Lost => AsOf::Unknown,
    }
}

/// In which zone the times of a row are.
struct Times {
    are_utc: bool,
}

impl Times {
    fn of(object: &Object, fields: &[&str]) -> Times {
        let texts = fields.iter().filter_map(|field| match object.get(field) {
            Some(Value::Text(text)) => Some(text.trim()),
            _ => None,
        });
        let mut texts = texts.filter(|text| !text.is_empty());
        Times {
            are_utc: texts.all(shows_zone),
        }
    }
}

/// Whether a time has a zone: `Z`, an offset, or the form of Windows PowerShell, which is UTC.
fn shows_zone(text: &str) -> bool {
    let time = text.split_once(['T', 't']).map_or("", |(_, time)| time);
    text.starts_with("/Date(") || time.ends_with(['Z', 'z']) || time.contains(['+', '-'])
}

impl Queue {
    /// The fields that the export lost and that something depends on, by their names in Exchange.
    pub fn lost_fields(&self) -> Vec<&'static str> {
        lost(&[
            ("NextHopDomain", self.next_hop_domain.is_lost()),
            ("LastError", self.last_error.is_lost()),
            ("MessageCount", self.message_count.is_lost()),
            ("FirstRetryTime", self.first_retry.is_lost()),
            ("LastRetryTime", self.last_retry.is_lost()),
        ])
    }
}

impl QueuedMessage {
    /// The fields that the export lost and that something depends on, by their names in Exchange.
    pub fn lost_fields(&self) -> Vec<&'static str> {
        lost(&[
            ("Queue", self.queue.is_lost()),
            ("InternetMessageId", self.message_id.is_lost()),
            ("FromAddress", self.from.is_lost()),
            ("Recipients", self.recipients.is_lost()),
            ("DateReceived", self.received.is_lost()),
            ("ExpirationTime", self.expires.is_lost()),
            ("LastError", self.last_error.is_lost()),
        ])
    }
}

fn lost(fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    let lost = fields.iter().filter(|(_, lost)| *lost);
    lost.map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::wrapped_reply::Speaker;
    use crate::tenant::export::read;
    use proptest::prelude::*;

    const QUEUE: &str = r#"{"Identity": "EX01\\41", "DeliveryType": "SmartHostConnectorDelivery",
        "NextHopDomain": "contoso-com.mail.protection.outlook.com", "TlsDomain": "",
        "NextHopConnector": "6e4d3f9a-0b0c-4c5d-9e1f-223344556677", "Status": "Retry", "MessageCount": 3,
        "LastError": "[{LRT=11/18/2026 9:12:03 AM};{LED=454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.};{FQDN=};{IP=}]",
        "RetryCount": 9, "LastRetryTime": "2026-11-18T09:12:03Z", "NextRetryTime": "2026-11-18T09:22:03Z",
        "FirstRetryTime": "2026-11-18T07:40:55Z", "NextHopCategory": "External", "ExportTimeUTC": "2026-11-18T09:15:00Z"}"#;

    fn rows(text: &str) -> Vec<Object> {
        read(text.as_bytes()).expect("an export").objects
    }

    #[test]
    fn a_queue_is_read_with_its_innermost_error() {
        let queue = read_queue(&rows(QUEUE)[0], "Queue.json").expect("a queue");
        assert_eq!(queue.identity.to_string(), "EX01\\41");
        assert_eq!(queue.message_count, Known::Value(3));
        assert_eq!(queue.tls_domain, Known::Value(None));
        assert!(queue.times_are_utc && !queue.is_shadow() && !queue.is_suspended());
        assert_eq!(
            queue.as_of,
            AsOf::At("2026-11-18T09:15:00Z".parse().unwrap())
        );
        let innermost = queue.innermost().expect("an error");
        assert!(innermost.reply.starts_with("454 4.7.5 The certificate"));
        assert_eq!(innermost.speaker, Speaker::OwnServer);
        assert!(queue.lost_fields().is_empty());
    }

    #[test]
    fn numbers_of_enumerations_and_local_times_say_less() {
        let row = &rows(
            r#"{"Identity": {"Type": "Delivery", "RowId": 41, "Server": "EX01"}, "DeliveryType": 4, "Status": 3,
               "NextHopDomain": "x", "MessageCount": 1, "LastRetryTime": "2026-11-18 09:12:03"}"#,
        )[0];
        let queue = read_queue(row, "q").expect("a queue");
        assert!(queue.delivery_type.is_lost() && queue.status.is_lost());
        assert!(!queue.times_are_utc);
        assert_eq!(queue.as_of, AsOf::Unknown);
        assert_eq!(queue.lost_fields(), ["LastError", "FirstRetryTime"]);
    }

    #[test]
    fn a_message_is_read_without_its_subject() {
        let row = &rows(
            r#"{"Identity": "EX01\\41\\8237109272603", "Subject": "Minutes", "InternetMessageId": "<c3@EX01.contoso.com>",
               "FromAddress": "<>", "Status": "Retry", "Size": "5.21 KB (5,335 bytes)", "Queue": "EX01\\41",
               "DateReceived": "/Date(1795077600000)/", "ExpirationTime": "2026-11-20T08:40:00Z", "LastError": "",
               "Recipients": [{"Address": "ada@contoso.mail.onmicrosoft.com", "Status": "Retry", "LastError": "451 4.7.0 x"}]}"#,
        )[0];
        let message = read_message(row, "m").expect("a message");
        assert_eq!(message.number, Known::Value(8_237_109_272_603));
        assert_eq!(
            message.message_id,
            Known::Value(Some("c3@EX01.contoso.com".to_owned()))
        );
        assert_eq!(message.from, Known::Value(None));
        assert_eq!(message.size, Known::Value(5335));
        assert_eq!(message.last_error, Known::Value(None));
        assert!(message.times_are_utc && !message.is_copy() && !message.is_held());
        let waiting: Vec<_> = message.waiting_recipients().expect("recipients").collect();
        assert_eq!(waiting[0].address, "ada@contoso.mail.onmicrosoft.com");
        assert!(message.lost_fields().is_empty());
        assert!(!format!("{message:?}").contains("Minutes"));
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in "\\PC{0,40}") {
            let json = serde_json::json!([
                {"Identity": value, "NextHopDomain": value, "MessageCount": value, "LastError": value, "Status": value,
                 "LastRetryTime": value, "NextHopConnector": value},
                {"Identity": value, "InternetMessageId": value, "Queue": value, "Recipients": value, "Size": value,
                 "FromAddress": value, "DateReceived": value},
            ]);
            for row in rows(&json.to_string()) {
                let _ = (read_queue(&row, "x"), read_message(&row, "x"));
            }
        }
    }
}
