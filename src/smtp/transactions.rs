//! The mail transactions of a session: each message with its id, its sender, and what became of each
//! recipient.
//!
//! In: what the [`super::dialogue`] says as a [`Watch`]. Out: a [`Transaction`] for each MAIL, borrowed.
//! Must not match replies to commands. A transaction whose rows are partly missing says so: what was not
//! read stays `None`.
//! Memory: that of one session, which the next session reuses.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::input::field::text as text_of;
use crate::input::place::LinePlace;
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::command::{self, Verb};
use super::rejections::Said;
use super::texts::{Span, Texts};
use super::watch::{Concerned, Watch};

/// Longer replies are cut: the codes stand first.
const LONGEST_REPLY: usize = 600;

/// The mail transactions of one session so far.
#[derive(Debug, Default)]
pub struct Transactions {
    texts: Texts,
    list: Vec<Noted>,
    recipients: Vec<NotedRecipient>,
    announced: Option<Announced>,
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

/// One MAIL and what followed it.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    /// The message id as logged; `None` where no row names it, as in Exchange 2010.
    pub id: Option<Cow<'a, str>>,
    /// The number of the message on this server.
    pub record: Option<u64>,
    /// The envelope sender, empty for the null sender; `None` where unknown.
    pub sender: Option<Cow<'a, str>>,
    /// `SIZE=` of MAIL.
    pub size: Option<u64>,
    /// When it began.
    pub time: Timestamp,
    /// Its first row.
    pub place: LinePlace,
    /// The recipients, in order. MAIL may be rejected before any is named.
    pub recipients: Vec<Receiver<'a>>,
    /// The other side took the message over, for those whom it had accepted.
    pub taken: bool,
    /// The rejection of the message as a whole.
    pub rejected: Option<Answer<'a>>,
}

/// A recipient of a transaction.
#[derive(Debug, Clone)]
pub struct Receiver<'a> {
    /// The address; `None` where it could not be read.
    pub address: Option<Cow<'a, str>>,
    /// The address before it was rewritten (`ORCPT=rfc822;…`).
    pub original: Option<Cow<'a, str>>,
    /// `NOTIFY=NEVER`: nobody is told if it fails.
    pub notify_never: bool,
    /// The other side said yes to RCPT.
    pub accepted: bool,
    /// The reply that decided: to RCPT, or to the message.
    pub answer: Option<Answer<'a>>,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The code.
    pub code: u16,
    /// What follows the code.
    pub text: Cow<'a, str>,
    /// When.
    pub time: Timestamp,
    /// Its row.
    pub place: LinePlace,
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

    fn begin(&mut self, number: u32, row: &Row<'_>) -> &mut Noted {
        let announced = self.announced.take();
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
        let last = self.list.len() - 1;
        &mut self.list[last]
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

    fn noted(&mut self, code: u16, text: &[u8], time: Timestamp, place: LinePlace) -> NotedAnswer {
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
        let sender = sender.map(|sender| self.texts.keep(sender));
        let noted = self.begin(message, row);
        noted.sender = sender;
        noted.size = number_behind(&row.data().bytes(), &SIZE);
    }

    fn recipient(&mut self, message: u32, path: Option<&[u8]>, row: &Row<'_>) -> Option<u32> {
        if self.list.last().is_none_or(|last| last.number != message) {
            // MAIL came before the beginning of the input, and with it the row that names the message.
            self.announced = None;
            self.begin(message, row);
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
        let answer = self.noted(code, text, row.time, row.place);
        if let Some(noted) = self.message(message) {
            noted.answer.get_or_insert(answer);
        }
    }

    fn refused(&mut self, concerned: Concerned<Option<u32>>, said: &Said<'_>) {
        let answer = self.noted(said.code, said.text, said.time, said.row.place);
        match concerned {
            Concerned::Recipient(recipient) => {
                // Once the message is refused, a reply to RCPT only says that there is no message.
                let recipient = recipient.filter(|at| !self.is_refused_for(*at));
                let one = recipient.and_then(|at| self.recipients.get_mut(at as usize));
                if let Some(one) = one {
                    one.answer.get_or_insert(answer);
                }
            }
            Concerned::Message(message) => {
                if let Some(noted) = self.message(message) {
                    noted.answer.get_or_insert(answer);
                }
            }
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
        self.among_own = false;
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What stands before the number of the message on this server.
static RECORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("RecordId "));

/// What stands before the message id.
static ID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("InternetMessageId "));

/// What stands before the size of the message.
static SIZE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" SIZE="));

/// What follows these words.
fn behind<'a>(text: &'a [u8], words: &Finder<'_>) -> Option<&'a [u8]> {
    let at = words.find(text)?;
    Some(&text[at + words.needle().len()..])
}

/// The number that follows these words.
fn number_behind(text: &[u8], words: &Finder<'_>) -> Option<u64> {
    let rest = behind(text, words)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    number(&rest[..digits])
}

/// The parameters of RCPT: what follows the address.
fn parameters(path: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'>', path).map_or(0, |at| at + 1);
    &path[end..]
}

fn is_never_notified(path: &[u8]) -> bool {
    let mut words = parameters(path).split(|byte| *byte == b' ');
    words.any(|word| word.eq_ignore_ascii_case(b"NOTIFY=NEVER"))
}

/// `ORCPT=rfc822;user@contoso.com`.
fn original_recipient(path: &[u8]) -> Option<&[u8]> {
    const START: &[u8] = b"ORCPT=rfc822;";
    let mut words = parameters(path).split(|byte| *byte == b' ');
    words.find_map(|word| {
        let (start, address) = word.split_at_checked(START.len())?;
        start.eq_ignore_ascii_case(START).then_some(address)
    })
}

#[cfg(test)]
#[path = "transactions_tests.rs"]
mod tests;
