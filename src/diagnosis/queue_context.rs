//! What a cause sees of a queue: its error, its send connector, and the exports.
//!
//! In: a state of a queue that may hold mail for Exchange Online, and what the input shows later. Out:
//! answers to the questions of causes.
//! Must not decide a cause. A queue proves what its error says, and nothing about mail that is not in it.

mod sentences;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::queue_status::{self, Later, QueueStatus, Shown};
use crate::diagnosis::status::State;
use crate::onprem::SendConnector;
use crate::queue::{Afterwards, AsOf, Queue, online};
use crate::smtp::reply::{self, Class, RejectionReply};
use crate::smtp::wrapped_reply::WrappedReply;
use crate::tenant::Known;

/// A queue with an error.
#[derive(Debug, Clone, Copy)]
pub struct QueueContext<'a> {
    /// The exports, and the logs if there are any.
    pub checks: &'a CheckContext<'a>,
    /// The queue.
    pub queue: &'a Queue,
    /// The innermost reply of its last error.
    pub reply: &'a WrappedReply,
    /// Its send connector, if it was exported.
    pub connector: Option<&'a SendConnector>,
    /// Whether it surely holds mail for Exchange Online. Otherwise the exports do not show it.
    pub is_online: bool,
    /// Whether what it shows goes on.
    pub status: QueueStatus,
}

/// A shorter failure that is over is nothing to report: the next attempts deliver every day.
const BRIEF: TimeDelta = TimeDelta::minutes(30);

impl<'a> QueueContext<'a> {
    /// The context of a queue. `None` if it holds no mail for Exchange Online, or shows no error.
    pub fn new(
        checks: &'a CheckContext<'a>,
        later: &Later<'_>,
        queue: &'a Queue,
    ) -> Option<QueueContext<'a>> {
        let connectors = &checks.on_premises.send_connectors;
        let is_online = match online::goes_to_exchange_online(queue, connectors) {
            Some(false) => return None,
            known => known.is_some(),
        };
        let reply = queue.innermost()?;
        if queue.message_count == Known::Value(0) {
            return None;
        }
        let connector = online::connector(queue, connectors);
        let shown = Shown {
            queue,
            connector: connector.map(|connector| connector.name.as_str()),
            is_reply: class_of(reply).is_some_and(Class::is_incident),
        };
        Some(QueueContext {
            checks,
            queue,
            reply,
            connector,
            is_online,
            status: queue_status::status(later, shown),
        })
    }

    /// Whether it failed for a short time only, and is not seen to go on.
    pub fn is_brief(&self) -> bool {
        let first = self.queue.first_retry.value().copied().flatten();
        let first = first.filter(|_| self.queue.times_are_utc);
        let times = first.zip(self.queue.as_of.time());
        let is_past =
            self.status.state == State::Over || self.queue.afterwards == Afterwards::Unknown;
        is_past && times.is_some_and(|(first, last)| last - first < BRIEF)
    }

    /// What stands for the send connector: its name, else its Guid, else the next hop.
    pub fn send_connector(&self) -> &'a str {
        let text = |value: &'a Known<Option<String>>| value.value().and_then(Option::as_deref);
        let exported = self.connector.map(|connector| connector.name.as_str());
        exported
            .or_else(|| text(&self.queue.next_hop_connector))
            .or_else(|| text(&self.queue.next_hop_domain))
            .unwrap_or("unknown")
    }

    /// Whether the export shows the name or the Guid of the send connector, so that a command can name it.
    pub fn names_connector(&self) -> bool {
        let guid = self.queue.next_hop_connector.value();
        self.connector.is_some() || guid.is_some_and(Option::is_some)
    }

    /// A sentence if the exports do not show the name of the send connector. `None` if they do.
    pub fn nameless(&self) -> Option<String> {
        if self.connector.is_some() {
            return None;
        }
        let own = self.checks.on_premises;
        let language = self.checks.language;
        let text = match self.queue.next_hop_connector.value() {
            Some(Some(guid)) if own.send_connectors_exported => {
                sentences::not_exported(language, guid)
            }
            Some(Some(guid)) => sentences::only_guid(language, guid),
            _ => sentences::no_connector(language),
        };
        Some(text)
    }

    /// Whether the reply holds these words, in upper or lower case.
    pub fn says(&self, words: &str) -> bool {
        let text = self.reply.reply.to_ascii_lowercase();
        text.contains(&words.to_ascii_lowercase())
    }

    /// Whether Exchange does not find the certificate that the send connector names (454 4.7.5).
    pub fn lacks_named_certificate(&self) -> bool {
        self.says("certificate specified in TlsCertificateName")
    }

    /// The class of a reply of Exchange Online.
    pub fn class(&self) -> Option<Class> {
        class_of(self.reply)
    }

    /// What the queue shows or showed, such as `Queue EX01\41 shows`. The error follows. In Japanese, it ends
    /// with `は`, and the error follows with `です`.
    pub fn shows(&self) -> String {
        let language = self.checks.language;
        let queue = &self.queue.identity.to_string();
        match (self.status.state, self.queue.as_of) {
            (State::Ongoing, _) => sentences::shows(language, queue),
            (_, AsOf::At(time)) => sentences::showed_at(language, &text_of(time), queue),
            _ => sentences::showed(language, queue),
        }
    }

    /// A sentence on the mail that waits, such as `3 messages wait in queue EX01\41, which …`.
    pub fn waiting(&self) -> String {
        let language = self.checks.language;
        let goes_on = self.status.state == State::Ongoing;
        let mail = self.waiting_mail(goes_on);
        let since = self.queue.first_retry.value().copied().flatten();
        let since = since.filter(|_| self.queue.times_are_utc).map(text_of);
        let as_of = match self.queue.as_of {
            AsOf::At(time) => Some(text_of(time)),
            AsOf::NotBefore(_) | AsOf::Unknown => None,
        };
        match (since, as_of, goes_on) {
            (None, None, _) => sentences::waits(language, &mail),
            (None, Some(time), _) => sentences::waits_at(language, &mail, &time),
            (Some(since), None, true) => sentences::waits_since(language, &mail, &since),
            (Some(since), None, false) => sentences::waited_since(language, &mail, &since),
            (Some(since), Some(time), true) => {
                sentences::waits_since_at(language, &mail, &since, &time)
            }
            (Some(since), Some(time), false) => {
                sentences::waited_since_at(language, &mail, &since, &time)
            }
        }
    }

    /// How much mail waits, without the full stop.
    fn waiting_mail(&self, goes_on: bool) -> String {
        let language = self.checks.language;
        let queue = &self.queue.identity.to_string();
        match (&self.queue.message_count, goes_on) {
            (Known::Value(1), true) => sentences::one_waits_in(language, queue),
            (Known::Value(1), false) => sentences::one_waited_in(language, queue),
            (Known::Value(count), true) => sentences::some_wait_in(language, *count, queue),
            (Known::Value(count), false) => sentences::some_waited_in(language, *count, queue),
            (Known::Lost, true) => sentences::mail_waits_in(language, queue),
            (Known::Lost, false) => sentences::mail_waited_in(language, queue),
        }
    }

    /// The reply as a sentence quotes it.
    pub fn quoted(&self) -> &'a str {
        self.reply.reply.trim_end_matches('.')
    }
}

fn class_of(reply: &WrappedReply) -> Option<Class> {
    let line = reply::parse(reply.reply.as_bytes())?;
    Some(RejectionReply::new(line.code, line.text).class())
}

/// A time as sentences have it.
pub(crate) fn text_of(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::send_connector;
    use crate::scenario::queues::{GUID, queue_with, with_context};

    #[test]
    fn a_queue_with_an_error_is_seen() {
        let queue =
            queue_with("451 4.4.395 Target host responded with error. -> 450 4.7.230 Blocked");
        let class = with_context(&queue, &[], |context| {
            let context = context.expect("a context");
            assert_eq!(
                context.waiting(),
                "3 messages wait in queue EX01\\41, which has been failing since 2026-11-03T07:40:55Z (as of 2026-11-03T09:15:00Z)."
            );
            assert!(context.is_online && context.says("BLOCKED"));
            context.class()
        });
        assert_eq!(class, Some(Class::Throttled));
    }

    #[test]
    fn a_send_connector_without_a_name_is_said() {
        let named = SendConnector {
            guid: Some(GUID.to_owned()),
            ..send_connector()
        };
        let queue = queue_with("450 4.7.230 Blocked");
        let nameless = |queue: &Queue, connectors: &[SendConnector]| {
            with_context(queue, connectors, |context| {
                context.expect("a context").nameless()
            })
        };
        assert_eq!(nameless(&queue, &[named]), None);
        let other = nameless(&queue, &[send_connector()]).expect("a sentence");
        assert!(other.starts_with("No exported send connector"), "{other}");
        let mut lost = queue;
        lost.next_hop_connector = Known::Lost;
        let without = nameless(&lost, &[]).expect("a sentence");
        assert!(without.contains("(NextHopConnector)"), "{without}");
    }

    #[test]
    fn what_was_once_is_said_as_past() {
        let mut queue = queue_with("450 4.7.230 Blocked");
        queue.message_count = Known::Value(1);
        queue.afterwards = Afterwards::Unknown;
        with_context(&queue, &[], |context| {
            let context = context.expect("a context");
            assert_eq!(context.status.state, State::Unclear);
            assert_eq!(
                context.waiting(),
                "1 message waited in queue EX01\\41, which had been failing since 2026-11-03T07:40:55Z (as of 2026-11-03T09:15:00Z)."
            );
            assert_eq!(
                context.shows(),
                "At 2026-11-03T09:15:00Z, queue EX01\\41 showed"
            );
            assert!(!context.is_brief());
        });
        queue.as_of = AsOf::At("2026-11-03T08:00:00Z".parse().expect("a time"));
        with_context(&queue, &[], |context| {
            assert!(context.expect("a context").is_brief())
        });
        queue.afterwards = Afterwards::Nothing;
        with_context(&queue, &[], |context| {
            assert!(!context.expect("a context").is_brief())
        });
    }

    #[test]
    fn what_shows_no_failure_is_not_seen() {
        let mut empty = queue_with("450 4.7.230 Blocked");
        empty.message_count = Known::Value(0);
        let mut shadow = queue_with("450 4.7.230 Blocked");
        shadow.identity.queue = "Shadow\\1".to_owned();
        let mut fine = queue_with("x");
        fine.last_error = Known::Value(None);
        for queue in [empty, shadow, fine] {
            with_context(&queue, &[], |context| assert!(context.is_none()));
        }
    }
}
