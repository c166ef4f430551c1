//! Reads `QueueSnapShot.xml`, in which every server since Exchange 2013 keeps the newest state of its larger
//! queues.
//!
//! In: the bytes of the file. Out: [`Queue`]s with the time of the file. It is the only export that states
//! its own time.
//! Must not follow references or load anything. Invariant: what is not known is skipped.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use crate::tenant::{Known, export};

use super::field::connector;
use super::identity;
use super::model::{Afterwards, AsOf, LastError, Queue, QueueIdentity};

/// The name of the outermost element.
const ROOT: &str = "QueueAggregationInfo";

/// The name of the element of a queue.
const QUEUE: &str = "LocalQueueInfo";

/// Whether a text is such a file, by its beginning.
pub fn is_snapshot(head: &[u8]) -> bool {
    let text = export::text(&head[..head.len().min(4096)]);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    text.starts_with('<') && {
        let root = text
            .split('<')
            .find(|tag| !tag.trim().is_empty() && !tag.starts_with('?') && !tag.starts_with('!'));
        root.is_some_and(|tag| tag.starts_with(ROOT))
    }
}

/// Reads the queues. `None` if the text is not well formed.
pub fn read(file: &str, bytes: &[u8]) -> Option<Vec<Queue>> {
    let text = export::text(bytes);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    let (mut queues, mut fields) = (Vec::new(), HashMap::new());
    let mut time = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.local_name();
                path.push(name.as_ref().to_owned());
                value.clear();
            }
            Event::Text(text) => value.push_str(&text),
            Event::CData(text) => value.push_str(&text),
            Event::GeneralRef(reference) => push_reference(&mut value, &reference),
            Event::End(_) => {
                let name = path.pop()?;
                let parent = path.last().map_or("", String::as_str);
                if name == QUEUE {
                    queues.extend(queue(file, &std::mem::take(&mut fields)));
                } else if parent == QUEUE {
                    fields.insert(name, std::mem::take(&mut value));
                } else if parent == ROOT && name == "Time" {
                    time = value.trim().parse::<DateTime<Utc>>().ok();
                }
                value.clear();
            }
            Event::Eof if path.is_empty() => break,
            Event::Eof => return None,
            _ => {}
        }
    }
    for queue in &mut queues {
        queue.as_of = time.map_or(AsOf::Unknown, AsOf::At);
    }
    Some(queues)
}

fn push_reference(text: &mut String, reference: &BytesRef<'_>) {
    let letter = reference.resolve_char_ref().ok().flatten();
    match letter {
        Some(letter) => text.push(letter),
        None => text.push_str(
            quick_xml::escape::resolve_predefined_entity(reference).unwrap_or("\u{FFFD}"),
        ),
    }
}

fn queue(file: &str, fields: &HashMap<String, String>) -> Option<Queue> {
    let text = |name: &str| match fields.get(name).map(|text| text.trim()) {
        None => Known::Lost,
        Some("") => Known::Value(None),
        Some(text) => Known::Value(Some(text.to_owned())),
    };
    let identity = identity::parse(fields.get("QueueIdentity")?)?;
    let server = text("ServerIdentity").value().cloned().flatten();
    let count = fields.get("MessageCount");
    let count = count.and_then(|text| text.trim().parse().ok());
    Some(Queue {
        identity: QueueIdentity {
            server: identity.server.or(server),
            queue: identity.queue,
        },
        status: text("Status"),
        delivery_type: text("DeliveryType"),
        next_hop_category: text("NextHopCategory"),
        next_hop_domain: text("NextHopDomain"),
        next_hop_connector: match text("NextHopConnector") {
            Known::Value(text) => Known::Value(text.and_then(|text| connector(&text))),
            Known::Lost => Known::Lost,
        },
        tls_domain: text("TlsDomain"),
        // An element that is not there is an error that there was not.
        last_error: Known::Value(
            fields
                .get("LastError")
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
                .map(LastError::of),
        ),
        message_count: count.map_or(Known::Lost, Known::Value),
        retry_count: Known::Lost,
        first_retry: Known::Lost,
        last_retry: Known::Lost,
        next_retry: Known::Lost,
        times_are_utc: true,
        as_of: AsOf::Unknown,
        afterwards: Afterwards::Nothing,
        file: file.to_owned(),
        line: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = r#"<?xml version="1.0"?>
<QueueAggregationInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <QueueInfo>
    <LocalQueueInfo>
      <QueueIdentity>EX01\41</QueueIdentity>
      <ServerIdentity>EX01</ServerIdentity>
      <MessageCount>12</MessageCount>
      <NextHopDomain>contoso.mail.onmicrosoft.com</NextHopDomain>
      <DeliveryType>DnsConnectorDelivery</DeliveryType>
      <Status>Retry</Status>
      <LastError>451 4.4.395 Target host responded with error. -&gt; 421 4.4.1 Connection timed out</LastError>
      <TlsDomain />
      <NextHopConnector>fd96793c-ff84-493f-a380-552c06f95e14</NextHopConnector>
    </LocalQueueInfo>
  </QueueInfo>
  <Time>2026-11-18T09:15:00.1234567Z</Time>
  <TotalMessageCount>12</TotalMessageCount>
</QueueAggregationInfo>"#;

    #[test]
    fn queues_have_the_time_of_the_file() {
        assert!(is_snapshot(FILE.as_bytes()));
        let queues = read("QueueSnapShot.xml", FILE.as_bytes()).expect("queues");
        let queue = &queues[0];
        assert_eq!(queue.identity.to_string(), "EX01\\41");
        assert_eq!(queue.message_count, Known::Value(12));
        assert_eq!(queue.tls_domain, Known::Value(None));
        assert_eq!(
            queue.innermost().map(|reply| reply.reply.as_str()),
            Some("421 4.4.1 Connection timed out")
        );
        let time = queue.as_of.time().expect("a time").to_string();
        assert!(time.starts_with("2026-11-18 09:15:00"), "{time}");
    }

    #[test]
    fn other_files_are_none() {
        for text in [
            "<Objs></Objs>",
            "[]",
            "QueueAggregationInfo",
            "<?xml version=\"1.0\"?>",
        ] {
            assert!(!is_snapshot(text.as_bytes()), "{text}");
        }
        assert_eq!(read("x", b"<QueueAggregationInfo><Time>"), None);
        assert_eq!(read("x", b"<QueueAggregationInfo></Time>"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(<|>|/|LocalQueueInfo|QueueAggregationInfo|Time|&lt;|&x|a|é| ){0,40}") {
            let _ = (is_snapshot(text.as_bytes()), read("x", text.as_bytes()));
        }
    }
}
