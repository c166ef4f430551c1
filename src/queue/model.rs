//! Queues and their messages, independent of the form of the export.
//!
//! In: nothing. Out: plain types, which the readers of this folder fill.
//! Must not parse files.
//! Invariant: each object keeps its file and, if it is known, its line.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::smtp::wrapped_reply::{self, WrappedReply};
use crate::tenant::Known;

/// Everything that is known about queues.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queues {
    /// The queues, by server and name. A queue of which a log shows several errors is there once for
    /// each, in the order of time.
    pub queues: Vec<Queue>,
    /// The messages, by server, queue and number. Copies in shadow queues are there too.
    pub messages: Vec<QueuedMessage>,
    /// Whether an export of queues was given. An empty one counts, and so does a log of queues.
    pub queues_exported: bool,
    /// Whether an export of messages was given. An empty one counts.
    pub messages_exported: bool,
    /// The files read, as named by the caller, in name order.
    pub files: Vec<String>,
}

impl Queues {
    /// Whether nothing about queues was given.
    pub fn is_empty(&self) -> bool {
        !self.queues_exported && !self.messages_exported
    }

    /// The messages that wait, without the copies in shadow queues.
    pub fn waiting(&self) -> impl Iterator<Item = &QueuedMessage> {
        self.messages.iter().filter(|message| !message.is_copy())
    }
}

/// The newest states of queues, by name.
#[derive(Debug, Default)]
pub struct CurrentQueues<'a>(HashMap<String, Vec<&'a Queue>>);

impl<'a> CurrentQueues<'a> {
    /// Those of these queues.
    pub fn of(queues: &'a Queues) -> CurrentQueues<'a> {
        let mut all = CurrentQueues::default();
        for queue in queues.queues.iter().filter(|queue| queue.is_current()) {
            let name = queue.identity.queue.to_ascii_lowercase();
            all.0.entry(name).or_default().push(queue);
        }
        all
    }

    /// The queue in which a message is; `None` if no export of queues shows it.
    pub fn of_message(&self, message: &QueuedMessage) -> Option<&'a Queue> {
        let identity = message.queue.value()?;
        let of_name = self.0.get(&identity.queue.to_ascii_lowercase())?;
        let mut newest_first = of_name.iter().rev();
        newest_first
            .find(|queue| queue.identity.is_same(identity))
            .copied()
    }
}

/// The time at which an export shows the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The export says when it was made.
    At(DateTime<Utc>),
    /// It was made at this time or later: the newest time that it holds.
    NotBefore(DateTime<Utc>),
    /// It holds no time that can be read.
    Unknown,
}

impl AsOf {
    /// The time itself, or the time before which it was not.
    pub fn time(self) -> Option<DateTime<Utc>> {
        match self {
            AsOf::At(time) | AsOf::NotBefore(time) => Some(time),
            AsOf::Unknown => None,
        }
    }
}

/// What the input shows of a queue after one of its states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing: it is the newest state.
    Nothing,
    /// At this time, it held no mail, or showed no error while no attempt ran.
    Recovered(DateTime<Utc>),
    /// At this time, an export of all queues of the server does not show it.
    Gone(DateTime<Utc>),
    /// At this time, it showed an error too. That state says more.
    Replaced(DateTime<Utc>),
    /// The input goes on, and does not show how the queue was.
    Unknown,
}

/// The name of a queue, such as `EX01\41` or `EX01\Shadow\17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueIdentity {
    /// The server, if the export names it.
    pub server: Option<String>,
    /// What follows the server: a number, `Submission`, `Unreachable`, `Poison`, `Shadow\17`.
    pub queue: String,
}

impl QueueIdentity {
    /// Whether it is a shadow queue, which holds copies of messages of another server.
    pub fn is_shadow(&self) -> bool {
        let first = self.queue.split('\\').next().unwrap_or_default();
        first.eq_ignore_ascii_case("Shadow")
    }

    /// Whether it is the poison queue, whose messages wait until an administrator acts.
    pub fn is_poison(&self) -> bool {
        self.queue.eq_ignore_ascii_case("Poison")
    }

    /// Whether two exports name one queue. Names without a server are of one queue if the rest is
    /// equal.
    pub fn is_same(&self, other: &QueueIdentity) -> bool {
        let servers = match (&self.server, &other.server) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => true,
        };
        servers && self.queue.eq_ignore_ascii_case(&other.queue)
    }
}

impl fmt::Display for QueueIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Some(server) => write!(out, "{server}\\{}", self.queue),
            None => out.write_str(&self.queue),
        }
    }
}

/// `LastError` of a queue, a message or a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// The text as exported.
    pub text: String,
    /// The innermost reply in it, and who spoke.
    pub innermost: WrappedReply,
    /// Whether the text was cut, so that the end of the reply may be missing.
    pub is_cut: bool,
}

impl LastError {
    /// Reads the text of an export.
    pub fn of(text: &str) -> LastError {
        LastError {
            text: text.to_owned(),
            innermost: wrapped_reply::unwrap(text),
            is_cut: false,
        }
    }
}

/// A queue (`Get-Queue`), or a stretch of time in which a log shows it with one error.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// `Identity`, else `QueueIdentity`.
    pub identity: QueueIdentity,
    /// `Status`: `Active`, `Connecting`, `Ready`, `Retry`, `Suspended`.
    pub status: Known<Option<String>>,
    /// `DeliveryType`, such as `DnsConnectorDelivery`.
    pub delivery_type: Known<Option<String>>,
    /// `NextHopCategory`: `Internal` or `External`.
    pub next_hop_category: Known<Option<String>>,
    /// `NextHopDomain`.
    pub next_hop_domain: Known<Option<String>>,
    /// `NextHopConnector`: the Guid of the send connector where mail goes outside.
    pub next_hop_connector: Known<Option<String>>,
    /// `TlsDomain`.
    pub tls_domain: Known<Option<String>>,
    /// `LastError`; `Value(None)` if there was none.
    pub last_error: Known<Option<LastError>>,
    /// `MessageCount`.
    pub message_count: Known<u64>,
    /// `RetryCount`.
    pub retry_count: Known<u64>,
    /// `FirstRetryTime`; in a log, the first row with this error.
    pub first_retry: Known<Option<DateTime<Utc>>>,
    /// `LastRetryTime`.
    pub last_retry: Known<Option<DateTime<Utc>>>,
    /// `NextRetryTime`.
    pub next_retry: Known<Option<DateTime<Utc>>>,
    /// Whether the times are UTC. Otherwise they are the local times of an unknown time zone.
    pub times_are_utc: bool,
    /// When the export shows it.
    pub as_of: AsOf,
    /// What the input shows of the queue after this state.
    pub afterwards: Afterwards,
    /// The file it came from, as named by the caller.
    pub file: String,
    /// The line there, from 1, if it is known.
    pub line: Option<u64>,
}

impl Queue {
    /// Whether it holds copies of messages of another server. They are never counted.
    pub fn is_shadow(&self) -> bool {
        let delivery = self.delivery_type.value().and_then(Option::as_deref);
        self.identity.is_shadow()
            || delivery.is_some_and(|delivery| delivery.eq_ignore_ascii_case("ShadowRedundancy"))
    }

    /// From when to when the input shows it in this state; `None` where that is open.
    pub fn shown(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let first = self.first_retry.value().copied().flatten();
        let first = first.filter(|_| self.times_are_utc);
        let end = match self.as_of {
            AsOf::At(time) => Some(time),
            AsOf::NotBefore(_) | AsOf::Unknown => None,
        };
        (first.or(self.as_of.time()), end)
    }

    /// Whether this is the newest state of the queue that the input holds.
    pub fn is_current(&self) -> bool {
        self.afterwards == Afterwards::Nothing
    }

    /// Whether an administrator suspended it.
    pub fn is_suspended(&self) -> bool {
        is_word(&self.status, "Suspended")
    }

    /// The innermost reply of its last error. `None` if it was cut off.
    pub fn innermost(&self) -> Option<&WrappedReply> {
        let error = self.last_error.value()?.as_ref()?;
        (!error.innermost.is_wrapper).then_some(&error.innermost)
    }
}

/// A message in a queue (`Get-Message`).
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedMessage {
    /// The queue that it is in.
    pub queue: Known<QueueIdentity>,
    /// The number of the message on its server, which is the same in all its queues.
    pub number: Known<u64>,
    /// `InternetMessageId` without the angle brackets.
    pub message_id: Known<Option<String>>,
    /// `FromAddress`; `Value(None)` is the empty sender of bounces, which is shown as `<>`.
    pub from: Known<Option<String>>,
    /// `Status`: `Active`, `Ready`, `Retry`, `Suspended`, `PendingRemove`, `PendingSuspend`, `Locked`.
    pub status: Known<Option<String>>,
    /// `Size` in bytes.
    pub size: Known<u64>,
    /// `DateReceived`: when this server received it.
    pub received: Known<Option<DateTime<Utc>>>,
    /// `ExpirationTime`: when it is given up.
    pub expires: Known<Option<DateTime<Utc>>>,
    /// `LastError` of the message itself; its queue has one of its own.
    pub last_error: Known<Option<LastError>>,
    /// `RetryCount`.
    pub retry_count: Known<u64>,
    /// `Recipients`. Without `-IncludeRecipientInfo` the field is blank: the recipients are lost.
    pub recipients: Known<Vec<QueuedRecipient>>,
    /// Whether the times are UTC. Otherwise they are the local times of an unknown time zone.
    pub times_are_utc: bool,
    /// When the export shows it.
    pub as_of: AsOf,
    /// The file it came from, as named by the caller.
    pub file: String,
    /// The line there, from 1, if it is known.
    pub line: Option<u64>,
}

impl QueuedMessage {
    /// Whether it is a copy in a shadow queue, which waits for nobody.
    pub fn is_copy(&self) -> bool {
        self.queue.value().is_some_and(QueueIdentity::is_shadow)
    }

    /// Whether it stays until an administrator acts: it is suspended, or in the poison queue.
    pub fn is_held(&self) -> bool {
        is_word(&self.status, "Suspended")
            || self.queue.value().is_some_and(QueueIdentity::is_poison)
    }

    /// The recipients for whom it still waits; `None` if the export lost them.
    pub fn waiting_recipients(&self) -> Option<impl Iterator<Item = &QueuedRecipient>> {
        let recipients = self.recipients.value()?;
        Some(recipients.iter().filter(|one| !one.is_complete()))
    }
}

/// A recipient of a message in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedRecipient {
    /// The address.
    pub address: String,
    /// `Status`: `Complete`, `Ready`, `Retry`.
    pub status: Known<Option<String>>,
    /// `LastError` for this recipient.
    pub last_error: Known<Option<LastError>>,
}

impl QueuedRecipient {
    /// Whether the message was delivered to it already.
    pub fn is_complete(&self) -> bool {
        is_word(&self.status, "Complete")
    }
}

fn is_word(value: &Known<Option<String>>, word: &str) -> bool {
    let text = value.value().and_then(Option::as_deref);
    text.is_some_and(|text| text.eq_ignore_ascii_case(word))
}
