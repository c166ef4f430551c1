//! The rejections of one session while it is read, in room that the next session uses again.
//!
//! In: rejections in order. Out: each of them again, borrowed, for whoever counts or shows them. A
//! clone takes no more room than they need.
//! Must not match replies to commands. Allocates nothing per rejection once the room is there.

use std::borrow::Cow;

use crate::input::field::text as text_of;
use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;

use super::command::Verb;
use super::evidence::ProofRow;
use super::reply::RejectionReply;
use super::texts::{Span, Texts};

/// A 4xx or 5xx reply that borrows its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection<'a> {
    /// When.
    pub time: Timestamp,
    /// The command that it answers; `None` where that is not in the input.
    pub verb: Option<Verb>,
    /// The envelope sender of the message, empty for the null sender; `None` where unknown.
    pub sender: Option<Cow<'a, str>>,
    /// The recipient; `None` where the reply is about no single one.
    pub recipient: Option<Cow<'a, str>>,
    /// The message's number within the session, from 0; `None` outside a message.
    pub message: Option<u32>,
    /// What the reply says.
    pub reply: RejectionReply<'a>,
    /// The reply's first row.
    pub row: ProofRow<'a>,
}

/// What a rejection says and where, before it is known what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub(super) code: u16,
    /// The text of all its lines, codes of the later ones removed.
    pub(super) text: &'a [u8],
    pub(super) time: Timestamp,
    pub(super) row: ProofRow<'a>,
}

/// What a rejection answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) verb: Option<Verb>,
    pub(super) sender: Option<&'a [u8]>,
    pub(super) recipient: Option<&'a [u8]>,
    pub(super) message: Option<u32>,
}

/// The most rejections of a session that are kept. Exchange ends a session after some twenty messages,
/// and a message has at most some thousand recipients.
pub const MOST_REJECTIONS: usize = 100_000;

/// The rejections of a session, in order.
#[derive(Debug, Clone, Default)]
pub struct Rejections {
    list: Vec<Noted>,
    texts: Texts,
    /// How many more there were than are kept.
    left_out: u64,
}

/// A rejection by the places of its texts.
#[derive(Debug, Clone, Copy)]
struct Noted {
    time: Timestamp,
    verb: Option<Verb>,
    sender: Option<Span>,
    recipient: Option<Span>,
    message: Option<u32>,
    code: u16,
    text: Span,
    place: LinePlace,
    line: Span,
}

impl Rejections {
    /// True where nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many more there were than are kept.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Rejection<'_>> {
        self.list.iter().map(|noted| self.refused(noted))
    }

    /// What the reply of each says behind its code, in order.
    pub fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let list = self.list.iter();
        list.map(|noted| text_of(self.texts.of(noted.text)))
    }

    /// Adds one of another list: the code and the text of the reply with its time and row, and what it
    /// answers.
    pub fn restore(
        &mut self,
        (code, text, time, row): (u16, &str, Timestamp, ProofRow<'_>),
        (verb, sender, recipient, message): (Option<Verb>, Option<&str>, Option<&str>, Option<u32>),
    ) {
        let said = Said {
            code,
            text: text.as_bytes(),
            time,
            row,
        };
        let answered = Answered {
            verb,
            sender: sender.map(str::as_bytes),
            recipient: recipient.map(str::as_bytes),
            message,
        };
        self.push(&said, &answered);
    }

    /// Counts some that are not kept.
    pub fn leave_out(&mut self, count: u64) {
        self.left_out += count;
    }

    /// Shows the place of each, to be changed.
    pub fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        self.list
            .iter_mut()
            .for_each(|noted| change(&mut noted.place));
    }

    fn refused(&self, noted: &Noted) -> Rejection<'_> {
        let text = |span| text_of(self.texts.of(span));
        Rejection {
            time: noted.time,
            verb: noted.verb,
            sender: noted.sender.map(text),
            recipient: noted.recipient.map(text),
            message: noted.message,
            reply: RejectionReply::new(noted.code, self.texts.of(noted.text)),
            row: ProofRow {
                place: noted.place,
                line: self.texts.of(noted.line),
            },
        }
    }

    /// Notes the next one.
    pub(super) fn push(&mut self, said: &Said<'_>, answered: &Answered<'_>) {
        if self.list.len() == MOST_REJECTIONS {
            self.left_out += 1;
            return;
        }
        let texts = &mut self.texts;
        self.list.push(Noted {
            time: said.time,
            verb: answered.verb,
            sender: answered.sender.map(|sender| texts.keep(sender)),
            recipient: answered.recipient.map(|recipient| texts.keep(recipient)),
            message: answered.message,
            code: said.code,
            text: texts.keep(said.text),
            place: said.row.place,
            line: texts.keep(said.row.line),
        });
    }

    /// Gives back the room that is not in use.
    pub fn shrink(&mut self) {
        self.list.shrink_to_fit();
        self.texts.shrink();
    }

    /// Forgets all of them and keeps the room.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.texts.clear();
        self.left_out = 0;
    }
}
