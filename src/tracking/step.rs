//! A row of a tracking log that is kept: what a fate, and the report on it, needs.
//!
//! In: a [`Row`]. Out: an [`Entry`], and one [`TrackingStep`] for each of its recipients.
//! Must not keep what is personal and not needed: subjects only if they are asked for, no clients.

use std::sync::Arc;

use crate::input::field::text;
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::Family;

use super::columns::Column;
use super::context::{self, DsnKinds, Resubmission};
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
    /// The line in this file, from 1.
    pub line: u64,
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
    /// `message-subject`, only if subjects are asked for.
    pub subject: Option<Box<str>>,
}

/// What one row says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingStep {
    /// The row. All its recipients share it.
    pub entry: Arc<Entry>,
    /// The recipient; `None` for a row that has none.
    pub recipient: Option<Box<str>>,
    /// What `recipient-status` says about this recipient.
    pub status: RecipientStatus,
}
