//! A row of a tracking log that is kept: what a fate, and the report on it, needs.
//!
//! In: a row. Out: an [`Entry`], and one [`TrackingStep`] for each of its recipients.
//! Must not keep what is personal and not needed: subjects only if they are asked for, no clients.

use std::borrow::Cow;
use std::sync::Arc;

use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::{Family, TrackingFile};
use crate::smtp::message_key;

use super::columns::Column;
use super::context::{self, CustomData, DsnKinds, Resubmission, Sending};
use super::event::{Event, Origin};
use super::row::{Row, map_text};
use super::status::{self, RecipientStatus};

/// What one row says about its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `date-time`.
    pub time: Timestamp,
    /// The index of the file among the tracking logs.
    pub file: usize,
    /// Tells rows apart. A row that is read twice, or from a copy of the file, has the same number again.
    pub row: u128,
    /// The server that wrote the row, where the path shows it.
    pub server: Option<Arc<str>>,
    /// The service that wrote the file.
    pub family: Family,
    /// `event-id`.
    pub event: Event,
    /// `source`.
    pub origin: Origin,
    /// `internal-message-id`: a number on one server.
    pub internal_id: Option<u64>,
    /// Whether the return path is `<>`, as for delivery reports.
    pub null_return_path: bool,
    /// When the message entered the organisation, from `message-info`.
    pub entered: Timestamp,
    /// When a DEFER row says that it is tried again, from `message-info`.
    pub next_attempt: Timestamp,
    /// Why it was sent once more.
    pub resubmitted: Option<Resubmission>,
    /// Whether the reply in the status is that of a host outside, where the row says it.
    pub reply_from_outside: Option<bool>,
    /// What kind of delivery report a DSN row is.
    pub dsn: DsnKinds,
    /// Whether the row shows that the message is a journal report: the journaling agent made it.
    pub is_journal_report: bool,
    /// The key of the message id.
    pub message_key: Option<u64>,
    /// The key of the reference, as a message id.
    pub reference_key: Option<u64>,
    texts: Texts,
}

/// The texts of a row. None is empty.
#[derive(Debug, Clone, Copy)]
enum Text {
    Connector,
    NextHop,
    NextHopAddress,
    MessageId,
    NetworkId,
    Reference,
    RelatedRecipient,
    Sender,
    SendSession,
    DataReply,
    Subject,
}

/// How many there are.
const TEXTS: usize = Text::Subject as usize + 1;

/// The texts of a row in one piece of memory: very many rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Texts {
    all: Box<str>,
    /// Where each one ends, and the next begins.
    ends: [u32; TEXTS],
}

impl Texts {
    /// Takes the texts in the order of [`Text`]; those that are missing are empty.
    fn of(texts: [&str; TEXTS]) -> Texts {
        let mut end = 0;
        let ends = texts.map(|text| {
            end += text.len() as u32;
            end
        });
        let all = texts.concat().into();
        Texts { all, ends }
    }

    fn get(&self, text: Text) -> Option<&str> {
        let number = text as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let text = self.all.get(start as usize..self.ends[number] as usize)?;
        (!text.is_empty()).then_some(text)
    }
}

/// What one row says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingStep {
    /// The row. All its recipients share it.
    pub entry: Arc<Entry>,
    /// The line in the file, from 1.
    pub line: u64,
    /// The recipient; `None` for a row that has none.
    pub recipient: Option<Box<str>>,
    /// What `recipient-status` says about this recipient.
    pub status: RecipientStatus,
}

impl Entry {
    /// `connector-id`: the send connector, or `SERVER\Receive connector`.
    pub fn connector(&self) -> Option<&str> {
        self.texts.get(Text::Connector)
    }

    /// The host that the row sends to, as it is configured, for events that have one.
    pub fn next_hop(&self) -> Option<&str> {
        self.texts.get(Text::NextHop)
    }

    /// Its address.
    pub fn next_hop_address(&self) -> Option<&str> {
        self.texts.get(Text::NextHopAddress)
    }

    /// `message-id` as written.
    pub fn message_id(&self) -> Option<&str> {
        self.texts.get(Text::MessageId)
    }

    /// `network-message-id` as 32 lower-case hex digits, or as written if it is none. The same in
    /// all copies of one message.
    pub fn network_id(&self) -> Option<&str> {
        self.texts.get(Text::NetworkId)
    }

    /// `reference`: DSN: the message id of the original. FAIL: that of the delivery report.
    /// TRANSFER: the internal id of the parent.
    pub fn reference(&self) -> Option<&str> {
        self.texts.get(Text::Reference)
    }

    /// `related-recipient-address`: EXPAND: the group. RESOLVE, REDIRECT: the address before.
    pub fn related_recipient(&self) -> Option<&str> {
        self.texts.get(Text::RelatedRecipient)
    }

    /// The sender: `return-path`, or `sender-address` where that is empty. `None` for `<>`.
    pub fn sender(&self) -> Option<&str> {
        self.texts.get(Text::Sender)
    }

    /// The session id in the send log, where the row has it.
    pub fn send_session(&self) -> Option<&str> {
        self.texts.get(Text::SendSession)
    }

    /// The reply to the message itself, from `source-context`.
    pub fn data_reply(&self) -> Option<&str> {
        self.texts.get(Text::DataReply)
    }

    /// `message-subject`, only if subjects are asked for.
    pub fn subject(&self) -> Option<&str> {
        self.texts.get(Text::Subject)
    }

    /// The envelope sender, empty for the null sender; `None` if the row does not show it.
    pub fn from(&self) -> Option<&str> {
        match self.null_return_path {
            true => Some(""),
            false => self.sender(),
        }
    }

    /// The number and the server under which the next hop took the message, as an Exchange server
    /// says them in its reply: its own internal id, so that the next server's log can be joined.
    pub fn taken_as(&self) -> Option<(u64, &str)> {
        let reply = self.data_reply()?;
        let (_, behind) = reply.split_once("[InternalId=")?;
        let (inner, _) = behind.split_once(']')?;
        let (number, host) = inner.split_once(',')?;
        let host = host.trim().strip_prefix("Hostname=")?.trim();
        Some((number.trim().parse().ok()?, host)).filter(|_| !host.is_empty())
    }
}

/// What a row says. The place is filled in by the reader.
pub(super) fn entry(row: &Row<'_>, time: Timestamp, file: &TrackingFile, subjects: bool) -> Entry {
    let event = Event::of(&row.get(Column::EventId));
    let origin = Origin::of(&row.get(Column::Source));
    let context = row.text(Column::SourceContext);
    let sends = matches!(
        event,
        Event::SendExternal | Event::Send | Event::Fail | Event::Defer
    );
    let sending = if sends {
        Sending::of(&context)
    } else {
        Sending::default()
    };
    let custom = CustomData::of(&row.text(Column::CustomData));
    let info = context::info_time(&row.text(Column::MessageInfo));
    let is_deferred = event == Event::Defer;
    let (sender, null_return_path) = sender(row);
    let texts = texts(row, &event, sending, &sender, subjects);
    let key = |text| {
        let id = texts.get(text)?;
        message_key::of_any(id.as_bytes())
    };
    let (message_key, reference_key) = (key(Text::MessageId), key(Text::Reference));
    Entry {
        time,
        file: 0,
        row: 0,
        server: file.server.clone(),
        family: file.family,
        internal_id: row.trimmed(Column::InternalMessageId).parse().ok(),
        null_return_path,
        entered: if is_deferred {
            Timestamp::UNKNOWN
        } else {
            info
        },
        next_attempt: if is_deferred {
            info
        } else {
            Timestamp::UNKNOWN
        },
        resubmitted: custom.resubmitted,
        reply_from_outside: custom.reply_from_outside,
        dsn: match event {
            Event::Dsn => DsnKinds::of(&context),
            _ => DsnKinds::default(),
        },
        is_journal_report: names_journal(&event, &origin, &context),
        message_key,
        reference_key,
        texts,
        origin,
        event,
    }
}

/// The texts of a row.
fn texts(
    row: &Row<'_>,
    event: &Event,
    sending: Sending<'_>,
    sender: &str,
    subjects: bool,
) -> Texts {
    let hop = |column| match event.names_next_hop() {
        true => row.trimmed(column),
        false => Cow::default(),
    };
    let subject = match subjects {
        true => row.trimmed(Column::Subject),
        false => Cow::default(),
    };
    let network_id = row.trimmed(Column::NetworkMessageId);
    let mut digits = [0; GUID];
    Texts::of([
        &row.trimmed(Column::ConnectorId),
        &hop(Column::ServerHostname),
        &hop(Column::ServerIp),
        &row.trimmed(Column::MessageId),
        guid(&network_id, &mut digits).unwrap_or(&network_id),
        &row.trimmed(Column::Reference),
        &row.trimmed(Column::RelatedRecipient),
        sender,
        sending.session.unwrap_or_default(),
        sending.reply.unwrap_or_default(),
        &subject,
    ])
}

/// Whether a row is that of a new journal report. Agents that make messages name themselves in
/// `source-context` of RECEIVE; no version documents how, so any name with `journal` counts.
fn names_journal(event: &Event, origin: &Origin, context: &str) -> bool {
    *event == Event::Receive
        && *origin == Origin::Agent
        && context.to_ascii_lowercase().contains("journal")
}

/// Each recipient of a row with its status; one entry without an address if there is none.
pub(super) fn recipients(row: &Row<'_>) -> Vec<(Option<Box<str>>, RecipientStatus)> {
    let addresses = row.text(Column::RecipientAddress);
    let addresses = || split_addresses(&addresses);
    let statuses = row.text(Column::RecipientStatus);
    let all = status::of_recipients(&statuses, addresses().count());
    if addresses().all(str::is_empty) {
        let status = status::of_recipients(&statuses, 1);
        return status.into_iter().map(|status| (None, status)).collect();
    }
    addresses()
        .zip(all)
        .filter(|(address, _)| !address.is_empty())
        .map(|(address, status)| (Some(address.into()), status))
        .collect()
}

/// The addresses between semicolons. One in quotes belongs to an address.
fn split_addresses(addresses: &str) -> impl Iterator<Item = &str> {
    let quotes = addresses.bytes().filter(|byte| *byte == b'"').count();
    // A quote that does not end is no quote.
    let has_quotes = quotes.is_multiple_of(2);
    let mut is_quoted = false;
    let parts = addresses.split(move |character| {
        is_quoted ^= has_quotes && character == '"';
        character == ';' && !is_quoted
    });
    parts.map(str::trim)
}

/// The sender, empty if there is none, and whether the return path is `<>`.
fn sender<'a>(row: &Row<'a>) -> (Cow<'a, str>, bool) {
    let path = row.trimmed(Column::ReturnPath);
    match &*path {
        "<>" => (Cow::default(), true),
        "" => (row.trimmed(Column::SenderAddress), false),
        _ => (map_text(path, bare), false),
    }
}

/// Without one pair of angle brackets.
fn bare(path: &str) -> &str {
    let inner = path.strip_prefix('<');
    let inner = inner.and_then(|path| path.strip_suffix('>'));
    inner.unwrap_or(path)
}

/// The digits of a GUID.
const GUID: usize = 32;

/// The digits of a GUID in lower case, however it is written; `None` if the text is none.
fn guid<'a>(text: &str, digits: &'a mut [u8; GUID]) -> Option<&'a str> {
    let mut found = text
        .bytes()
        .filter(|byte| !matches!(byte, b'-' | b'{' | b'}'));
    for digit in digits.iter_mut() {
        *digit = found.next().filter(u8::is_ascii_hexdigit)?;
    }
    digits.make_ascii_lowercase();
    let is_guid = found.next().is_none();
    is_guid.then(|| str::from_utf8(digits).ok()).flatten()
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
