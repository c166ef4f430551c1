//! The mail transactions of a session: each message with its id, its sender, and what became of each
//! recipient.
//!
//! In: what the [`super::dialogue`] says as a [`Watch`]. Out: a [`Transaction`] for each MAIL, borrowed.
//! Must not match replies to commands. A transaction whose rows are partly missing says so: what was not
//! read stays `None`.
//! Memory: that of one session up to [`MOST_IN_SESSION`], which the next session reuses. What is beyond is
//! counted.

use crate::input::field::text as text_of;
use crate::input::place::LinePlace;
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::command::{self, Verb};
use super::parameters::{
    ID, RECORD, SIZE, behind, is_never_notified, number, number_behind, original_recipient,
};
use super::rejections::Said;
use super::texts::{Span, Texts};
pub use super::transaction::{Answer, Receiver, Transaction};
use super::watch::{Concerned, Watch};

/// Longer replies are cut: the codes stand first.
const LONGEST_REPLY: usize = 600;

/// How many messages and recipients of one session are followed together. Exchange ends a session after a
/// few messages, and a message has some thousand recipients at most.
pub const MOST_IN_SESSION: usize = 100_000;

/// The mail transactions of one session so far.
#[derive(Debug, Default)]
pub struct Transactions {
    texts: Texts,
    list: Vec<Noted>,
    recipients: Vec<NotedRecipient>,
    announced: Option<Announced>,
    /// How many messages and recipients are not in the lists, because the session has too many.
    left_out: u64,
    /// The latest of these messages.
    latest_left_out: Option<u32>,
    /// The client said `X-ANONYMOUSTLS`, as only servers of one organisation do among themselves.
    among_own: bool,
}

/// What the row before MAIL says about the message.
#[derive(Debug, Clone, Copy)]
struct Announced {
    record: Option<u64>,
    id: Option<Span>,
}

/// A transaction by the places of its texts.
#[derive(Debug, Clone, Copy)]
struct Noted {
    number: u32,
    record: Option<u64>,
    id: Option<Span>,
    sender: Option<Span>,
    size: Option<u64>,
    time: Timestamp,
    place: LinePlace,
    /// The number of its first recipient.
    first: u32,
    /// The reply to the whole message, good or bad.
    answer: Option<NotedAnswer>,
}

#[derive(Debug, Clone, Copy)]
struct NotedRecipient {
    path: Option<Span>,
    accepted: bool,
    /// The reply to RCPT, if that is a rejection.
    answer: Option<NotedAnswer>,
}

#[derive(Debug, Clone, Copy)]
struct NotedAnswer {
    code: u16,
    text: Span,
    time: Timestamp,
    place: LinePlace,
}

impl Transactions {
    /// The transactions, in order.
    pub fn iter(&self) -> impl Iterator<Item = Transaction<'_>> {
        (0..self.list.len()).map(|number| self.transaction(number))
    }

    /// The ids of the transactions as logged, with the number of each transaction. It borrows everything
    /// and is cheap.
    pub fn ids(&self) -> impl Iterator<Item = (usize, Option<&[u8]>)> {
        let ids = self.list.iter().map(|noted| noted.id);
        ids.map(|id| id.map(|id| self.texts.of(id))).enumerate()
    }

    /// Whether a recipient of this transaction was rejected or got no reply.
    pub fn lacks_any(&self, number: usize) -> bool {
        let Some(noted) = self.list.get(number) else {
            return false;
        };
        let is_taken = noted.answer.is_some_and(|answer| answer.code < 400);
        let mut recipients = self.of(number).iter();
        !is_taken || recipients.any(|one| one.answer.is_some() || !one.accepted)
    }

    /// How many messages and recipients of the session are not followed, because it has too many.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn is_full(&self) -> bool {
        self.list.len() + self.recipients.len() >= MOST_IN_SESSION
    }

    /// The session is one between servers of one organisation.
    pub fn is_among_own(&self) -> bool {
        self.among_own
    }

    /// The recipients of a transaction.
    fn of(&self, number: usize) -> &[NotedRecipient] {
        let start = self.list.get(number).map(|noted| noted.first as usize);
        let end = self.list.get(number + 1).map(|next| next.first as usize);
        let end = end.unwrap_or(self.recipients.len());
        start
            .and_then(|start| self.recipients.get(start..end))
            .unwrap_or_default()
    }

    /// The transaction with this number, from 0.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn transaction(&self, number: usize) -> Transaction<'_> {
        let noted = &self.list[number];
        let text = |span: Span| text_of(self.texts.of(span));
        let whole = noted.answer.map(|answer| self.answer(&answer));
        let receiver = |one: &NotedRecipient| {
            let path = one.path.map(|path| self.texts.of(path));
            let own = one.answer.map(|answer| self.answer(&answer));
            // What the other side says of the whole message holds for everybody whom it has accepted,
            // and if it refuses the message, for all.
            let of_whole = whole
                .clone()
                .filter(|whole| one.accepted || whole.code >= 400);
            Receiver {
                address: path.and_then(command::address).map(text_of),
                original: path.and_then(original_recipient).map(text_of),
                notify_never: path.is_some_and(is_never_notified),
                accepted: one.accepted,
                answer: own.or(of_whole),
            }
        };
        Transaction {
            id: noted.id.map(text),
            record: noted.record,
            sender: noted.sender.map(text),
            size: noted.size,
            time: noted.time,
            place: noted.place,
            recipients: self.of(number).iter().map(receiver).collect(),
            taken: whole.as_ref().is_some_and(|whole| whole.code < 400),
            rejected: whole.clone().filter(|whole| whole.code >= 400),
        }
    }

    fn answer(&self, noted: &NotedAnswer) -> Answer<'_> {
        Answer {
            code: noted.code,
            text: text_of(self.texts.of(noted.text)),
            time: noted.time,
            place: noted.place,
        }
    }

    /// Begins a message. `None` if the session has too many.
    fn begin(&mut self, number: u32, row: &Row<'_>) -> Option<&mut Noted> {
        let announced = self.announced.take();
        if self.is_full() {
            self.left_out += 1;
            self.latest_left_out = Some(number);
            return None;
        }
        self.list.push(Noted {
            number,
            record: announced.and_then(|announced| announced.record),
            id: announced.and_then(|announced| announced.id),
            sender: None,
            size: None,
            time: row.time,
            place: row.place,
            first: self.recipients.len() as u32,
            answer: None,
        });
        self.list.last_mut()
    }

    /// Whether this message is the latest one.
    fn is_latest(&self, number: u32) -> bool {
        let kept = self.list.last().map(|last| last.number);
        kept == Some(number) || self.latest_left_out == Some(number)
    }

    /// Whether the whole message of a recipient is refused already.
    fn is_refused_for(&self, recipient: u32) -> bool {
        let after = self.list.partition_point(|one| one.first <= recipient);
        let own = after.checked_sub(1).and_then(|at| self.list.get(at));
        let answer = own.and_then(|own| own.answer);
        answer.is_some_and(|answer| answer.code >= 400)
    }

    fn message(&mut self, number: u32) -> Option<&mut Noted> {
        // The numbers ascend.
        let at = self.list.binary_search_by_key(&number, |one| one.number);
        self.list.get_mut(at.ok()?)
    }

    /// Notes the first reply to a message that is followed.
    fn answer_message(&mut self, number: u32, reply: (u16, &[u8]), place: (Timestamp, LinePlace)) {
        if self.message(number).is_none() {
            return;
        }
        let answer = self.noted(reply, place);
        if let Some(noted) = self.message(number) {
            noted.answer.get_or_insert(answer);
        }
    }

    fn noted(
        &mut self,
        (code, text): (u16, &[u8]),
        (time, place): (Timestamp, LinePlace),
    ) -> NotedAnswer {
        let text = &text[..text.len().min(LONGEST_REPLY)];
        let text = self.texts.keep(text.trim_ascii());
        NotedAnswer {
            code,
            text,
            time,
            place,
        }
    }
}

impl Watch for Transactions {
    type Recipient = Option<u32>;

    fn announced(&mut self, row: &Row<'_>) {
        if self.is_full() {
            return;
        }
        let context = row.context().bytes();
        let record =
            number_behind(&context, &RECORD).or_else(|| number(row.data().bytes().trim_ascii()));
        let id = behind(&context, &ID).map(<[u8]>::trim_ascii);
        let id = id.filter(|id| !id.is_empty() && *id != b"<>");
        let id = id.map(|id| self.texts.keep(id));
        self.announced = Some(Announced { record, id });
    }

    fn command(&mut self, verb: Verb) {
        self.among_own |= verb == Verb::AnonymousTls;
    }

    fn mail(&mut self, message: u32, sender: Option<&[u8]>, row: &Row<'_>) {
        if self.begin(message, row).is_none() {
            return;
        }
        let sender = sender.map(|sender| self.texts.keep(sender));
        if let Some(noted) = self.list.last_mut() {
            noted.sender = sender;
            noted.size = number_behind(&row.data().bytes(), &SIZE);
        }
    }

    fn recipient(&mut self, message: u32, path: Option<&[u8]>, row: &Row<'_>) -> Option<u32> {
        if !self.is_latest(message) {
            // MAIL came before the beginning of the input, and with it the row that names the message.
            self.announced = None;
            self.begin(message, row);
        }
        if self.is_full() || self.latest_left_out == Some(message) {
            self.left_out += 1;
            return None;
        }
        let path = path.map(|path| self.texts.keep(path));
        let number = u32::try_from(self.recipients.len()).ok()?;
        self.recipients.push(NotedRecipient {
            path,
            accepted: false,
            answer: None,
        });
        Some(number)
    }

    fn accepted(&mut self, recipient: Option<u32>) {
        if let Some(one) = recipient.and_then(|at| self.recipients.get_mut(at as usize)) {
            one.accepted = true;
        }
    }

    fn taken(&mut self, message: u32, row: &Row<'_>) {
        let data = row.data().bytes();
        let (code, text) = match super::reply::parse(&data) {
            Some(reply) => (reply.code, reply.text),
            None => (250, &*data),
        };
        self.answer_message(message, (code, text), (row.time, row.place));
    }

    fn refused(&mut self, concerned: Concerned<Option<u32>>, said: &Said<'_>) {
        let reply = (said.code, said.text);
        let place = (said.time, said.row.place);
        match concerned {
            Concerned::Recipient(recipient) => {
                // Once the message is refused, a reply to RCPT only says that there is no message.
                let recipient = recipient.filter(|at| !self.is_refused_for(*at));
                let Some(number) = recipient else { return };
                let answer = self.noted(reply, place);
                if let Some(one) = self.recipients.get_mut(number as usize) {
                    one.answer.get_or_insert(answer);
                }
            }
            Concerned::Message(message) => self.answer_message(message, reply, place),
        }
    }

    fn may_be_prepended(&self) -> bool {
        self.announced.is_none()
    }

    fn shrink(&mut self) {
        self.texts.shrink();
        self.list.shrink_to_fit();
        self.recipients.shrink_to_fit();
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.list.clear();
        self.recipients.clear();
        self.announced = None;
        self.left_out = 0;
        self.latest_left_out = None;
        self.among_own = false;
    }
}

#[cfg(test)]
#[path = "transactions_tests.rs"]
mod tests;
