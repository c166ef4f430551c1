//! What a digest holds, as the program uses it.
//!
//! In: nothing. Out: plain types.
//! Must not know the form of the file.

use crate::aggregate::StreamAggregate;
use crate::input::corpus::Stream;
use crate::input::header::Layout;
use crate::input::pasted::Pasted;
use crate::input::timestamp::Timestamp;
use crate::mail::attempt::{Attempt, Tried};
use crate::session::key::SessionId;
use crate::session::open_rows::OpenRow;
use crate::session::stream_read::StreamRead;

use super::fingerprint::Fingerprint;

/// A digest.
#[derive(Debug)]
pub struct LogDigest {
    /// What was chosen of the sessions when it was made.
    pub limits: ChosenLimits,
    /// The streams, in name order.
    pub streams: Vec<StreamDigest>,
}

/// What was chosen of the sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChosenLimits {
    /// The start of the period.
    pub since: Option<Timestamp>,
    /// The end of the period.
    pub until: Option<Timestamp>,
    /// The pattern of the send connectors.
    pub connector: Option<String>,
}

/// What a digest holds of one stream.
#[derive(Debug)]
pub struct StreamDigest {
    /// The stream.
    pub stream: Stream,
    /// Its files, in their order.
    pub files: Vec<DigestLog>,
    /// What was read, but for the tail.
    pub read: StreamRead,
    /// What was counted, but for the sessions that may go on.
    pub aggregate: StreamAggregate,
    /// How the stream goes on. `None` where it cannot, so that everything was counted.
    pub rest: Option<StreamRest>,
    /// Its attempts to send messages. `None` where nobody may ask for them: of pipes, and of logs that are too
    /// large.
    pub mail: Option<StreamMail>,
}

impl StreamDigest {
    /// The same with what was read of it later, from where it went on. `later` has all its files.
    pub fn and(self, later: StreamDigest) -> StreamDigest {
        let mut read = self.read;
        read.reopen_file();
        read.add_stream(&later.read, 0);
        let mail = self.mail.zip(later.mail);
        StreamDigest {
            stream: later.stream,
            files: later.files,
            read,
            aggregate: self.aggregate.and(later.aggregate),
            rest: later.rest,
            mail: mail.map(|(mail, later)| mail.and(later)),
        }
    }
}

/// How a stream goes on if more is logged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamRest {
    /// The rows of the sessions that may go on, in order.
    pub rows: Vec<OpenRow>,
    /// What the last file ends with, behind its last newline: a line that Exchange may not have written to its
    /// end.
    pub tail: Vec<u8>,
    /// The layout of the next line.
    pub layout: Layout,
}

/// The attempts to send messages of a stream.
#[derive(Debug, Default)]
pub struct StreamMail {
    /// The attempts, in the order of their first rows.
    pub attempts: Vec<HeldAttempt>,
    /// How many messages and recipients are missing, because their sessions have too many.
    pub left_out: u64,
    /// How many are missing in sessions with other servers than Exchange Online.
    pub left_out_elsewhere: u64,
}

impl StreamMail {
    /// The same with the attempts of a later part of the stream.
    pub fn and(mut self, later: StreamMail) -> StreamMail {
        self.attempts.extend(later.attempts);
        self.left_out += later.left_out;
        self.left_out_elsewhere += later.left_out_elsewhere;
        self.sort();
        self
    }

    /// Sorts the attempts.
    pub fn sort(&mut self) {
        self.attempts.sort_by_key(|one| one.attempt.place);
    }
}

/// An attempt to send a message. It does not hold what only lists of messages show: the session, the other
/// side, and replies that took a message.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldAttempt {
    /// Whether the session was chosen.
    pub is_chosen: bool,
    /// The attempt. Its places are by file, and the first file of the stream has number 0.
    pub attempt: Attempt,
}

impl HeldAttempt {
    /// What a digest holds of an attempt.
    pub fn of(attempt: Attempt, is_chosen: bool) -> HeldAttempt {
        let place = attempt.place;
        let recipients = attempt.recipients.into_iter().map(|tried| Tried {
            place,
            reply: tried.reply.filter(|_| tried.outcome.is_failure()),
            ..tried
        });
        HeldAttempt {
            is_chosen,
            attempt: Attempt {
                stream: 0,
                session: SessionId::of(b""),
                remote: "".into(),
                recipients: recipients.collect(),
                ..attempt
            },
        }
    }
}

/// What a digest holds of one log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLog {
    /// Name for reports.
    pub name: String,
    /// By what it is known again; `None` for a pipe.
    pub fingerprint: Option<Fingerprint>,
    /// The length that was known before it was read.
    pub known_bytes: Option<u64>,
    /// How many lines it has, but for the tail.
    pub lines: u64,
    /// It was read to its end.
    pub is_whole: bool,
    /// It looked copied from elsewhere, and was cleaned.
    pub pasted: Option<Pasted>,
}
