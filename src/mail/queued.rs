//! What exports of queues show of messages that wait.
//!
//! In: [`Queues`]. Out: the messages by id, each with its queue.
//! Must not decide fates. Copies in shadow queues wait for nobody and are left out.

use std::collections::BTreeMap;

use super::message_id::MessageId;
use crate::input::timestamp::Timestamp;
use crate::onprem::SendConnector;
use crate::queue::{AsOf, CurrentQueues, Queue, QueuedMessage, Queues, online};

/// A message that waits, and its queue if an export shows it.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The message.
    pub message: &'a QueuedMessage,
    /// Its queue.
    pub queue: Option<&'a Queue>,
}

/// The messages that wait, by id.
#[derive(Debug, Clone, Default)]
pub struct Queued<'a> {
    messages: BTreeMap<MessageId, Vec<Waiting<'a>>>,
}

impl<'a> Queued<'a> {
    /// The messages of these queues.
    pub fn of(queues: &'a Queues) -> Queued<'a> {
        let mut messages: BTreeMap<MessageId, Vec<Waiting<'a>>> = BTreeMap::new();
        let current = CurrentQueues::of(queues);
        for message in queues.waiting() {
            let id = message.message_id.value().and_then(Option::as_deref);
            let Some(id) = id.and_then(MessageId::of) else {
                continue;
            };
            let queue = current.of_message(message);
            if queue.is_some_and(Queue::is_shadow) {
                continue;
            }
            messages
                .entry(id)
                .or_default()
                .push(Waiting { message, queue });
        }
        Queued { messages }
    }

    /// The places in which a message waits.
    pub fn of_message(&self, id: &MessageId) -> &[Waiting<'a>] {
        self.messages.get(id).map_or(&[], Vec::as_slice)
    }

    /// The messages, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&MessageId, &[Waiting<'a>])> {
        let messages = self.messages.iter();
        messages.map(|(id, waiting)| (id, waiting.as_slice()))
    }
}

/// The time zones of the world, in milliseconds: a local time may be off by so much.
const ZONES: i64 = 14 * 3_600_000;

impl Waiting<'_> {
    /// A time at which it certainly waited: of a local time, the earliest that it can be.
    pub fn surely_at(&self) -> Timestamp {
        let Some(time) = self.message.as_of.time() else {
            return Timestamp::UNKNOWN;
        };
        let time = Timestamp::from(time);
        let is_exact = self.message.times_are_utc || matches!(self.message.as_of, AsOf::At(_));
        if is_exact {
            time
        } else {
            Timestamp::from_millis(time.millis().saturating_sub(ZONES))
        }
    }

    /// The sender, empty for the null sender; `None` if the export does not show it.
    pub fn from(&self) -> Option<&str> {
        match self.message.from.value()? {
            Some(from) if from != "<>" => Some(from),
            _ => Some(""),
        }
    }

    /// The time to show: as it stands in the export.
    pub fn time(&self) -> Timestamp {
        let time = self.message.as_of.time();
        time.map_or(Timestamp::UNKNOWN, Timestamp::from)
    }

    /// When Exchange gives it up.
    pub fn expires(&self) -> Timestamp {
        let time = self.message.expires.value().copied().flatten();
        match time {
            Some(time) if self.message.times_are_utc => Timestamp::from(time),
            _ => Timestamp::UNKNOWN,
        }
    }

    /// Whether its queue leads to Exchange Online, as far as the exports show.
    pub fn goes_online(&self, connectors: &[SendConnector]) -> bool {
        let queue = self.queue;
        queue.is_some_and(|queue| online::goes_to_exchange_online(queue, connectors) == Some(true))
    }
}
