//! A row of a tracking log that is kept: what a fate, and the report on it, needs.
//!
//! In: a row. Out: an [`Entry`], and one [`TrackingStep`] for each of its recipients.
//! Must not keep what is personal and not needed: subjects only if they are asked for, no clients.

use std::sync::Arc;

use crate::input::field::text;
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::{Family, TrackingFile};

use super::columns::Column;
use super::context::{self, CustomData, DsnKinds, Resubmission, Sending};
use super::event::{Event, Origin};
use super::row::Row;
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
    /// `connector-id`: the send connector, or `SERVER\Receive connector`.
    pub connector: Option<Box<str>>,
    /// The host that the row sends to, as it is configured, for events that have one.
    pub next_hop: Option<Box<str>>,
    /// Its address.
    pub next_hop_address: Option<Box<str>>,
    /// `message-id` as written.
    pub message_id: Option<Box<str>>,
    /// `network-message-id` as 32 lower-case hex digits, or as written if it is none. The same in
    /// all copies of one message.
    pub network_id: Option<Box<str>>,
    /// `internal-message-id`: a number on one server.
    pub internal_id: Option<u64>,
    /// `reference`: DSN: the message id of the original. FAIL: that of the delivery report.
    /// TRANSFER: the internal id of the parent.
    pub reference: Option<Box<str>>,
    /// `related-recipient-address`: EXPAND: the group. RESOLVE, REDIRECT: the address before.
    pub related_recipient: Option<Box<str>>,
    /// The sender: `return-path`, or `sender-address` where that is empty. `None` for `<>`.
    pub sender: Option<Box<str>>,
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
    /// The session id in the send log, where the row has it.
    pub send_session: Option<Box<str>>,
    /// The reply to the message itself, from `source-context`.
    pub data_reply: Option<Box<str>>,
    /// What kind of delivery report a DSN row is.
    pub dsn: DsnKinds,
    /// Whether the row shows that the message is a journal report: the journaling agent made it.
    pub is_journal_report: bool,
    /// `message-subject`, only if subjects are asked for.
    pub subject: Option<Box<str>>,
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
    /// The envelope sender, empty for the null sender; `None` if the row does not show it.
    pub fn from(&self) -> Option<&str> {
        match self.null_return_path {
            true => Some(""),
            false => self.sender.as_deref(),
        }
    }

    /// The number and the server under which the next hop took the message, as an Exchange server
    /// says them in its reply: its own internal id, so that the next server's log can be joined.
    pub fn taken_as(&self) -> Option<(u64, &str)> {
        let reply = self.data_reply.as_deref()?;
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
    let context = row.get(Column::SourceContext);
    let context = text(&context);
    let sends = matches!(
        event,
        Event::SendExternal | Event::Send | Event::Fail | Event::Defer
    );
    let sending = if sends {
        Sending::of(&context)
    } else {
        Sending::default()
    };
    let custom = CustomData::of(&text(&row.get(Column::CustomData)));
    let info = context::info_time(&text(&row.get(Column::MessageInfo)));
    let is_deferred = event == Event::Defer;
    let (sender, null_return_path) = sender(row);
    let hop = |column| {
        let names_hop = event.names_next_hop();
        names_hop.then(|| value(row, column)).flatten()
    };
    Entry {
        time,
        file: 0,
        row: 0,
        server: file.server.clone(),
        family: file.family,
        connector: value(row, Column::ConnectorId),
        next_hop: hop(Column::ServerHostname),
        next_hop_address: hop(Column::ServerIp),
        message_id: value(row, Column::MessageId),
        network_id: value(row, Column::NetworkMessageId).map(network_id),
        internal_id: value(row, Column::InternalMessageId).and_then(|id| id.parse().ok()),
        reference: value(row, Column::Reference),
        related_recipient: value(row, Column::RelatedRecipient),
        sender,
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
        send_session: sending.session.map(Into::into),
        data_reply: sending.reply.map(Into::into),
        dsn: match event {
            Event::Dsn => DsnKinds::of(&context),
            _ => DsnKinds::default(),
        },
        is_journal_report: names_journal(&event, &origin, &context),
        origin,
        subject: subjects.then(|| value(row, Column::Subject)).flatten(),
        event,
    }
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
    let addresses = row.get(Column::RecipientAddress);
    let addresses = text(&addresses);
    let addresses = split_addresses(&addresses);
    let statuses = row.get(Column::RecipientStatus);
    let statuses = text(&statuses);
    let all = status::of_recipients(&statuses, addresses.len());
    let known: Vec<_> = addresses
        .into_iter()
        .zip(all)
        .filter(|(address, _)| !address.is_empty())
        .map(|(address, status)| (Some(address.into()), status))
        .collect();
    if known.is_empty() {
        let status = status::of_recipients(&statuses, 1);
        return status.into_iter().map(|status| (None, status)).collect();
    }
    known
}

/// The addresses between semicolons. One in quotes belongs to an address.
fn split_addresses(addresses: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let mut parts: Vec<&str> = addresses
        .split(|character| {
            is_quoted ^= character == '"';
            character == ';' && !is_quoted
        })
        .collect();
    // A quote that does not end is no quote.
    if is_quoted {
        parts = addresses.split(';').collect();
    }
    parts.iter_mut().for_each(|part| *part = part.trim());
    parts
}

/// A column that holds something.
fn value(row: &Row<'_>, column: Column) -> Option<Box<str>> {
    let value = row.get(column);
    let value = text(&value);
    let value = value.trim();
    (!value.is_empty()).then(|| value.into())
}

/// The sender, and whether the return path is `<>`.
fn sender(row: &Row<'_>) -> (Option<Box<str>>, bool) {
    let path = value(row, Column::ReturnPath);
    match path.as_deref() {
        Some("<>") => (None, true),
        Some(path) => {
            let inner = path.strip_prefix('<');
            let inner = inner.and_then(|path| path.strip_suffix('>'));
            (Some(inner.unwrap_or(path).into()), false)
        }
        None => (value(row, Column::SenderAddress), false),
    }
}

/// The digits of a GUID, however it is written.
fn network_id(id: Box<str>) -> Box<str> {
    let digits: String = id
        .chars()
        .filter(|character| !matches!(character, '-' | '{' | '}'))
        .collect();
    let is_guid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_guid {
        digits.to_ascii_lowercase().into()
    } else {
        id
    }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
