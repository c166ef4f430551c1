//! Attempts to send messages as records, and back.
//!
//! In: a [`HeldAttempt`] of one stream. Out: an [`AttemptRecord`]. Or the other way round, checked.
//! Must not leave out what a digest holds of an attempt: each field is named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::saved::{LineRecord, Millis, RecordFault, timestamp};
use crate::mail::attempt::{Attempt, Outcome, Taker, Tried};
use crate::smtp::peer::Peer;

use super::stream::HeldAttempt;

/// An attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptRecord {
    /// The send connector.
    pub connector: String,
    /// Who the other side is.
    pub peer: Peer,
    /// Whether the other side is outside of the organisation.
    pub taker: Taker,
    /// When it began.
    pub time: Millis,
    /// Its first row.
    pub first: LineRecord,
    /// The message id.
    pub id: Option<String>,
    /// The envelope sender, empty for the null sender.
    pub sender: Option<String>,
    /// The size that was declared.
    pub size: Option<u64>,
    /// The session is outside the period or the send connectors asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
    /// The recipients.
    pub recipients: Vec<TriedRecord>,
}

/// What an attempt gave for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriedRecord {
    /// The address.
    pub address: Option<String>,
    /// The address before it was rewritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Nobody is told if it fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notify_never: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// When the reply came that decided, else when the session ended.
    pub time: Millis,
    /// The reply, if it did not take the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

impl AttemptRecord {
    pub(super) fn of(one: &HeldAttempt) -> AttemptRecord {
        let HeldAttempt { is_chosen, attempt } = one;
        let Attempt {
            // There is only one.
            stream: _,
            connector,
            // Only lists of messages show these.
            session: _,
            remote: _,
            peer,
            taker,
            time,
            place,
            id,
            sender,
            size,
            recipients,
        } = attempt;
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        let recipients = recipients.iter().map(|tried| {
            let Tried {
                address,
                original,
                notify_never,
                outcome,
                time,
                // That of the attempt.
                place: _,
                reply,
            } = tried;
            TriedRecord {
                address: text(address),
                original: text(original),
                notify_never: *notify_never,
                outcome: *outcome,
                time: time.known().map(|time| time.millis()),
                reply: text(reply),
            }
        });
        AttemptRecord {
            connector: connector.to_string(),
            peer: *peer,
            taker: *taker,
            time: time.known().map(|time| time.millis()),
            first: LineRecord::of(*place),
            id: text(id),
            sender: text(sender),
            size: *size,
            left_out: !is_chosen,
            recipients: recipients.collect(),
        }
    }

    pub(super) fn attempt(&self, files: u32) -> Result<HeldAttempt, RecordFault> {
        let place = self.first.place(files)?;
        let text = |text: &Option<String>| text.as_deref().map(Box::from);
        let recipients = self.recipients.iter().map(|tried| {
            Ok(Tried {
                address: text(&tried.address),
                original: text(&tried.original),
                notify_never: tried.notify_never,
                outcome: tried.outcome,
                time: timestamp(tried.time)?,
                place,
                reply: text(&tried.reply),
            })
        });
        let attempt = Attempt {
            stream: 0,
            connector: self.connector.as_str().into(),
            session: crate::session::key::SessionId::of(b""),
            remote: "".into(),
            peer: self.peer,
            taker: self.taker,
            time: timestamp(self.time)?,
            place,
            id: text(&self.id),
            sender: text(&self.sender),
            size: self.size,
            recipients: recipients.collect::<Result<_, RecordFault>>()?,
        };
        Ok(HeldAttempt::of(attempt, !self.left_out))
    }
}
