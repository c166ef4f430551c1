//! Commands matched to replies, first in first out, and the messages that they make.
//!
//! In: the commands and replies of one session in order. Out: accepted and rejected recipients,
//! and every refusal with the command, message and recipient it answers.
//! Must not know TLS or certificates. Works pipelined or not, and from the middle of a session.
//! Invariant: a reply answers at most one command; a lost reply never shifts the rest beyond the
//! next command that the client must wait for.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::Arc;

use crate::input::field::text as text_of;
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::command::{self, Verb};
use super::evidence::ProofRow;
use super::facts::Accepted;
use super::memory::Remembered;
use super::message::Message;
use super::refusals::{Answered, Refusals, Said};
use super::reply::{Enhanced, ReplyLine};
use super::texts::{Span, Texts};
use super::unfinished::{self, Unfinished};

/// Commands waiting for a reply beyond this number mean that the log lacks replies.
const MOST_PENDING: usize = 8_192;

#[derive(Debug, Clone, Copy)]
struct Pending {
    verb: Verb,
    /// The path of RCPT, as [`command::path`] gives it.
    path: Option<Span>,
    message: Option<u32>,
}

/// The dialogue of one session.
#[derive(Debug, Default)]
pub struct Dialogue {
    pending: VecDeque<Pending>,
    /// Sender addresses and the paths of recipients.
    texts: Texts,
    messages_in_flight: Vec<Message>,
    unfinished: Option<Unfinished>,
    next_number: u32,
    /// MAIL commands so far.
    pub messages: u32,
    /// Recipients accepted so far.
    pub accepted: u32,
    /// Recipients rejected so far, but for those of open messages that no reply will come for.
    rejected: u32,
    /// Every refusal so far.
    pub refusals: Refusals,
    /// Accepted recipients by minute and sender domain.
    pub accepted_by: Vec<Accepted>,
}

impl Dialogue {
    /// Forgets everything and keeps the room.
    pub fn clear(&mut self) {
        let mut empty = Dialogue {
            pending: take(&mut self.pending),
            texts: take(&mut self.texts),
            messages_in_flight: take(&mut self.messages_in_flight),
            refusals: take(&mut self.refusals),
            accepted_by: take(&mut self.accepted_by),
            ..Dialogue::default()
        };
        empty.pending.clear();
        empty.texts.clear();
        empty.messages_in_flight.clear();
        empty.refusals.clear();
        empty.accepted_by.clear();
        *self = empty;
    }

    /// Gives back the room that is not in use.
    pub fn shrink(&mut self) {
        self.pending.shrink_to_fit();
        self.texts.shrink();
        self.messages_in_flight.shrink_to_fit();
        self.refusals.shrink();
        self.accepted_by.shrink_to_fit();
    }

    /// A command that needs no address is sent.
    pub fn command(&mut self, verb: Verb) {
        match verb {
            // The client waits for all replies before these: what is pending was never logged.
            Verb::Ehlo | Verb::Helo | Verb::StartTls | Verb::Connect | Verb::AnonymousTls => {
                self.pending.clear();
            }
            _ => {}
        }
        let message = match verb {
            Verb::Data | Verb::Bdat | Verb::BdatLast => {
                self.current().map(|message| message.number)
            }
            _ => None,
        };
        self.push(Pending {
            verb,
            path: None,
            message,
        });
    }

    /// `MAIL FROM` is sent; `None` where no address could be read.
    pub fn mail(&mut self, sender: Option<&[u8]>) {
        if self.pending.is_empty() {
            self.close_messages();
            self.texts.clear();
        }
        self.messages += 1;
        let sender = sender.map(|sender| self.texts.keep(sender));
        let number = self.begin_message(sender);
        self.push(Pending {
            verb: Verb::Mail,
            path: None,
            message: Some(number),
        });
    }

    /// `RCPT TO` is sent. Its address is read once it is refused, which most are not.
    pub fn recipient(&mut self, path: Option<&[u8]>) {
        let path = path.map(|path| self.texts.keep(path));
        if self.messages_in_flight.is_empty() {
            // Its MAIL was before the beginning of the input.
            self.begin_message(None);
        }
        let message = self.messages_in_flight.last_mut().map(|message| {
            message.recipients += 1;
            message.only_path = path.filter(|_| message.recipients == 1);
            message.number
        });
        self.push(Pending {
            verb: Verb::Rcpt,
            path,
            message,
        });
    }

    /// Recipients rejected, if the session ends here.
    pub fn rejected(&self) -> u32 {
        let open = self.messages_in_flight.iter();
        self.rejected + open.map(Message::unanswered).sum::<u32>()
    }

    fn begin_message(&mut self, sender: Option<Span>) -> u32 {
        let number = self.next_number;
        self.next_number += 1;
        self.messages_in_flight.push(Message {
            number,
            sender,
            recipients: 0,
            only_path: None,
            taken: 0,
            refused: false,
            rejected: 0,
        });
        number
    }

    /// Counts the recipients of refused messages whose own replies never came.
    fn close_messages(&mut self) {
        self.rejected = self.rejected();
        self.messages_in_flight.clear();
    }

    /// The verb that the next reply answers.
    pub fn awaited(&self) -> Option<Verb> {
        self.pending.front().map(|pending| pending.verb)
    }

    /// Takes a reply line if it begins as replies to the awaited command usually do, and says whether
    /// it does.
    #[inline]
    pub fn usual_reply(
        &mut self,
        data: &[u8],
        time: Timestamp,
        domains: &mut Remembered<Arc<str>>,
    ) -> bool {
        let Some(&pending) = self.pending.front() else {
            return false;
        };
        let usual = pending.verb.usual_reply();
        if usual.is_none() || data.first_chunk() != usual {
            return false;
        }
        self.pending.pop_front();
        self.unfinished = None;
        self.positive(pending, 250, time, domains);
        true
    }

    /// A reply line arrives. Gives the verb that it answers once the reply is whole.
    pub fn reply(
        &mut self,
        reply: &ReplyLine<'_>,
        row: &Row<'_>,
        domains: &mut Remembered<Arc<str>>,
    ) -> Option<Verb> {
        if reply.code >= 400 {
            return self.refusal_line(reply, row);
        }
        if reply.more {
            return None;
        }
        self.unfinished = None;
        self.resynchronise(reply);
        let pending = self.pending.pop_front()?;
        self.positive(pending, reply.code, row.time, domains);
        Some(pending.verb)
    }

    fn push(&mut self, pending: Pending) {
        if self.pending.len() >= MOST_PENDING {
            self.pending.clear();
        }
        self.pending.push_back(pending);
    }

    fn current(&self) -> Option<&Message> {
        self.messages_in_flight.last()
    }

    fn message_mut(&mut self, number: Option<u32>) -> Option<&mut Message> {
        let first = self.messages_in_flight.first()?.number;
        self.messages_in_flight
            .get_mut((number?.checked_sub(first)?) as usize)
    }

    /// Some replies say by their enhanced code what they answer; where that is further back in the
    /// queue, the replies before it were not logged.
    fn resynchronise(&mut self, reply: &ReplyLine<'_>) {
        let Some(code) = reply.text.trim_ascii_start().first_chunk::<5>() else {
            return;
        };
        let is_usual = |verb: &Verb| {
            let usual = verb.usual_reply();
            usual.is_some_and(|usual| usual[4..9] == *code)
        };
        let Some(answered) = [Verb::Mail, Verb::Rcpt, Verb::Bdat]
            .into_iter()
            .find(is_usual)
        else {
            return;
        };
        let front = self.pending.front();
        if front.is_some_and(|front| is_usual(&front.verb)) {
            return;
        }
        // The longer look: `2.1.50` is another code.
        let code = Enhanced::strip(reply.text).map(|(code, _)| code);
        if !matches!(code, Some(Enhanced(2, 1, 0 | 5) | Enhanced(2, 6, 0))) {
            return;
        }
        let fits = |pending: &Pending| is_usual(&pending.verb);
        if front.is_some_and(|front| front.verb != Verb::Rset) {
            match self.pending.iter().position(fits) {
                Some(at) => drop(self.pending.drain(..at)),
                // Seen from the middle of a session: the command was before the beginning.
                None => self.pending.push_front(Pending {
                    verb: answered,
                    path: None,
                    message: None,
                }),
            }
        }
    }

    fn positive(
        &mut self,
        pending: Pending,
        code: u16,
        time: Timestamp,
        domains: &mut Remembered<Arc<str>>,
    ) {
        match pending.verb {
            Verb::Rcpt => {
                if let Some(message) = self.message_mut(pending.message) {
                    message.taken += 1;
                }
            }
            Verb::Data if (300..400).contains(&code) => {
                self.pending.push_front(Pending {
                    verb: Verb::DataEnd,
                    ..pending
                });
            }
            Verb::BdatLast | Verb::DataEnd => self.message_taken(pending.message, time, domains),
            _ => {}
        }
    }

    fn message_taken(
        &mut self,
        number: Option<u32>,
        time: Timestamp,
        domains: &mut Remembered<Arc<str>>,
    ) {
        let Some(message) = self.message_mut(number) else {
            return;
        };
        let (recipients, sender) = (take(&mut message.taken), message.sender);
        self.accepted += recipients;
        if recipients == 0 {
            return;
        }
        let Some(sender) = sender else { return };
        let sender = self.texts.of(sender);
        let domain = memchr::memrchr(b'@', sender).map_or(&[][..], |at| &sender[at + 1..]);
        let minute = |time: Timestamp| time.millis().div_euclid(60_000);
        let in_minute = self.accepted_by.last_mut();
        let mut in_minute = in_minute.filter(|last| minute(last.time) == minute(time));
        // Most senders of a session have one domain, written in one way.
        if let Some(last) = &mut in_minute
            && last.sender_domain.as_bytes() == domain
        {
            last.recipients += recipients;
            return;
        }
        let sender_domain = domains.of(domain, || text_of(domain).to_ascii_lowercase().into());
        match in_minute {
            Some(last) if last.sender_domain == *sender_domain => last.recipients += recipients,
            _ => self.accepted_by.push(Accepted {
                time,
                sender_domain: Arc::clone(sender_domain),
                recipients,
            }),
        }
    }

    fn refusal_line(&mut self, reply: &ReplyLine<'_>, row: &Row<'_>) -> Option<Verb> {
        let earlier = self.unfinished.take();
        if earlier.is_none() && !reply.more && unfinished::is_one_line(reply.text) {
            let (place, line) = (row.place, row.line);
            return self.refused(&Said {
                code: reply.code,
                text: reply.text,
                time: row.time,
                row: ProofRow { place, line },
            });
        }
        let unfinished = Unfinished::with_line(earlier, reply, row);
        if reply.more {
            self.unfinished = Some(unfinished);
            return None;
        }
        self.refused(&unfinished.said())
    }

    /// A whole refusal: it answers the next command.
    fn refused(&mut self, said: &Said<'_>) -> Option<Verb> {
        let pending = self.pending.pop_front();
        let verb = pending.map(|pending| pending.verb);
        let number = pending.and_then(|pending| pending.message);
        let message = self.message_mut(number).copied();
        match verb {
            Some(Verb::Mail) => {
                if let Some(message) = self.message_mut(number) {
                    message.refused = true;
                }
            }
            Some(Verb::Rcpt) => {
                self.rejected += 1;
                if let Some(message) = self.message_mut(number) {
                    message.rejected += 1;
                }
            }
            Some(Verb::Data | Verb::DataEnd | Verb::Bdat | Verb::BdatLast) => {
                if let Some(message) = self.message_mut(number) {
                    let taken = take(&mut message.taken);
                    self.rejected += taken;
                }
            }
            _ => {}
        }
        let path = match verb {
            Some(Verb::Rcpt) => pending.and_then(|pending| pending.path),
            _ => message.and_then(|message| message.only_path),
        };
        let sender = message.and_then(|message| message.sender);
        let text = |span| self.texts.of(span);
        let answered = Answered {
            verb,
            sender: sender.map(text),
            recipient: path.and_then(|path| command::address(text(path))),
            message: number,
        };
        self.refusals.push(said, &answered);
        verb
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
