//! The record of a message, as `sendlens messages` shows it, and what was read for all of them.
//!
//! In: nothing. Out: plain types, filled by [`super::message`].
//! Must not make records, and must not render them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::input::lines::LineCounts;

/// A message that Exchange Online rejected or deferred, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MessageRecord {
    /// Always `message`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The message id, as logged. It is `null` if no row names it. Then the message was followed in its
    /// session only.
    pub message_id: Option<String>,
    /// The envelope sender. It is `<>` for the null sender, and `null` if it is unknown.
    pub sender: Option<String>,
    /// The time of the first attempt or row.
    pub first: Option<String>,
    /// The time of the last attempt or row.
    pub last: Option<String>,
    /// The fate that all recipients share, else `partly`.
    pub fate: &'static str,
    /// The recipients that Exchange Online was asked to take.
    pub recipients: Vec<RecipientRecord>,
    /// The attempts in the send logs, in the order of time.
    pub attempts: Vec<AttemptRecord>,
    /// How many more attempts there were. Each was a deferral that the next one repeated.
    pub attempts_left_out: u64,
    /// The id of the incident that rejected or deferred it, if exactly one fits.
    pub incident: Option<String>,
    /// The subject. It is `null` without `--subjects`, or without a message tracking log.
    pub subject: Option<String>,
}

/// What became of a message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecipientRecord {
    /// The address, as logged. It is `null` if no row names a recipient.
    pub address: Option<String>,
    /// `delivered`, `bounced`, `lost`, `waiting`, `expanded` or `unknown`.
    pub fate: &'static str,
    /// `high`, `medium` or `low`. It is `null` if the fate is unknown.
    pub certainty: Option<&'static str>,
    /// When the fate was decided. If the fate is unknown, the time of the last row about the recipient.
    pub time: Option<String>,
    /// The last reply.
    pub reply: Option<String>,
    /// The input that shows the fate: `send_log`, `message_tracking` or `queue`.
    pub source: &'static str,
    /// The delivery report to the sender, if a message tracking log shows it.
    pub ndr: Option<NdrRecord>,
    /// Why the fate is unknown or less certain.
    pub reason: Option<&'static str>,
    /// The host that took the message over.
    pub host: Option<String>,
    /// Until when Exchange tries again, if the message waits.
    pub expires: Option<String>,
}

/// A delivery report (NDR).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NdrRecord {
    /// Its message id.
    pub message_id: Option<String>,
    /// When it was made.
    pub time: Option<String>,
    /// Whether a row shows that it reached the mailbox of the sender, or left the organisation.
    pub arrived: bool,
}

/// An attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptRecord {
    /// When it began.
    pub time: Option<String>,
    /// The stream: server and role.
    pub stream: String,
    /// The send connector.
    pub send_connector: String,
    /// The session id, as logged.
    pub session_id: String,
    /// Whether the other side is Exchange Online, as far as the input shows.
    pub exchange_online: bool,
    /// `taken`, `refused` (5xx), `deferred` (4xx), `broken` (the session ended without a reply),
    /// `unseen` (the rows are not in the input), or `partly` if recipients differ.
    pub outcome: &'static str,
    /// The reply, or the first rejection if there are several replies.
    pub reply: Option<String>,
    /// The outcome for each recipient. It is left out if the recipients do not differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<AttemptRecipient>>,
    /// The file of the first row.
    pub file: String,
    /// The line of the first row, from 1.
    pub line: u64,
}

/// What an attempt gave for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptRecipient {
    /// The address, as logged.
    pub address: Option<String>,
    /// The outcome.
    pub outcome: &'static str,
}

/// What was read for the records: the last object of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MessagesSummary {
    /// Always `summary`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The number of messages listed.
    pub messages: u64,
    /// The number of attempts to send other messages that were not followed, because there are too many
    /// messages.
    pub attempts_not_followed: u64,
    /// The number of messages and recipients that were not followed, because their sessions have too many.
    pub left_out_in_sessions: u64,
    /// The lines of the send logs.
    pub send_logs: LinesRead,
    /// The lines of the message tracking logs.
    pub tracking_logs: LinesRead,
}

/// How many lines of each kind were read. Each line is of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinesRead {
    /// The number of files.
    pub files: u64,
    /// The number of lines: header lines, records, blank and malformed lines together.
    pub lines: u64,
    /// The number of lines that begin with `#`.
    pub header_lines: u64,
    /// The number of log rows.
    pub records: u64,
    /// The number of blank lines.
    pub blank_lines: u64,
    /// The number of all other lines.
    pub malformed_lines: u64,
}

impl LinesRead {
    /// The numbers for so many files.
    pub fn of(files: usize, counts: &LineCounts) -> LinesRead {
        LinesRead {
            files: files as u64,
            lines: counts.lines,
            header_lines: counts.header,
            records: counts.records,
            blank_lines: counts.blank,
            malformed_lines: counts.malformed,
        }
    }
}

/// An object of the output of `sendlens messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum MessageOutput {
    /// A message.
    Message(MessageRecord),
    /// The last object.
    Summary(MessagesSummary),
}
