//! Matches replies to commands, first in first out, and follows the messages of a session.
//!
//! In: the commands and replies of one session in order. Out: accepted and rejected recipients, and every
//! 4xx and 5xx reply with the command, message and recipient that it answers.
//! Must not know TLS or certificates. Pipelining, or a missing beginning, must make no difference.
//! Invariant: a reply answers at most one command. A lost reply never shifts later replies beyond the
//! next command for which the client must wait.

use std::mem::take;
use std::sync::Arc;

use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::command::{self, Verb};
use super::evidence::ProofRow;
use super::facts::Accepted;
use super::memory::Memo;
use super::message::Message;
use super::pending::{MOST_PENDING, Pending, PendingCommands};
use super::rejections::{Answered, Rejections, Said};
use super::reply::ReplyLine;
use super::taken::Taken;
use super::texts::{Span, Texts};
use super::unfinished::{self, Unfinished};
use super::watch::{Concerned, Watch};

/// The dialogue of one session. `W` is told what becomes of messages and recipients.
#[derive(Debug, Default)]
pub struct Dialogue<W: Watch = ()> {
    pending: PendingCommands<W::Recipient>,
    /// Sender addresses and the paths of recipients.
    texts: Texts,
    messages_in_flight: Vec<Message>,
    unfinished: Option<Unfinished>,
    next_number: u32,
    /// MAIL commands so far.
    pub messages: u32,
    /// Recipients accepted so far.
    pub accepted: u32,
    /// Recipients rejected so far, except those of open messages that will get no reply.
    rejected: u32,
    /// Every 4xx and 5xx reply so far.
    pub rejections: Rejections,
    /// Accepted recipients by minute and sender domain.
    pub accepted_by: Vec<Accepted>,
    /// Accepted recipients that are missing there, because there are too many.
    pub accepted_left_out: u64,
    /// What is told.
    pub(super) watch: W,
}

impl<W: Watch> Dialogue<W> {
    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        let mut empty = Dialogue {
            pending: take(&mut self.pending),
            texts: take(&mut self.texts),
            messages_in_flight: take(&mut self.messages_in_flight),
            rejections: take(&mut self.rejections),
            accepted_by: take(&mut self.accepted_by),
            watch: take(&mut self.watch),
            ..Dialogue::default()
        };
        empty.pending.clear();
        empty.texts.clear();
        empty.messages_in_flight.clear();
        empty.rejections.clear();
        empty.accepted_by.clear();
        empty.watch.clear();
        *self = empty;
    }

    /// Releases memory that is not in use.
    pub fn shrink(&mut self) {
        self.pending.shrink();
        self.texts.shrink();
        self.messages_in_flight.shrink_to_fit();
        self.rejections.shrink();
        self.accepted_by.shrink_to_fit();
        self.watch.shrink();
    }

    /// The client sends a command without an address.
    pub fn command(&mut self, verb: Verb) {
        self.watch.command(verb);
        match verb {
            // The client waits for all replies before it sends these, so pending replies were not logged.
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
        self.pending.push(Pending {
            verb,
            path: None,
            message,
            recipient: W::Recipient::default(),
        });
    }

    /// The client sends `MAIL FROM` in this row. `sender` is `None` if no address could be read.
    pub fn mail(&mut self, sender: Option<&[u8]>, row: &Row<'_>) {
        if self.messages_in_flight.len() >= MOST_PENDING {
            self.pending.clear();
        }
        if self.pending.is_empty() {
            self.close_messages();
            self.texts.clear();
        }
        self.messages += 1;
        let kept = sender.map(|sender| self.texts.keep(sender));
        let number = self.begin_message(kept);
        self.watch.mail(number, sender, row);
        self.pending.push(Pending {
            verb: Verb::Mail,
            path: None,
            message: Some(number),
            recipient: W::Recipient::default(),
        });
    }

    /// The client sends `RCPT TO` in this row. The address is parsed only if the recipient is rejected.
    pub fn recipient(&mut self, text: Option<&[u8]>, row: &Row<'_>) {
        let path = text.map(|path| self.texts.keep(path));
        if self.messages_in_flight.is_empty() {
            // The MAIL command came before the beginning of the input.
            self.begin_message(None);
        }
        let message = self.messages_in_flight.last_mut().map(|message| {
            message.recipients += 1;
            message.only_path = path.filter(|_| message.recipients == 1);
            message.number
        });
        let recipient = match message {
            Some(number) => self.watch.recipient(number, text, row),
            None => W::Recipient::default(),
        };
        self.pending.push(Pending {
            verb: Verb::Rcpt,
            path,
            message,
            recipient,
        });
    }

    /// The recipients rejected if the session ends here.
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

    /// Counts the recipients of rejected messages that never got a reply.
    fn close_messages(&mut self) {
        self.rejected = self.rejected();
        self.messages_in_flight.clear();
    }

    /// The verb that the next reply answers.
    pub fn awaited(&self) -> Option<Verb> {
        self.pending.front().map(|pending| pending.verb)
    }

    /// Takes a reply line if it begins with the usual reply to the awaited command. Returns whether it
    /// does.
    #[inline]
    pub fn usual_reply(
        &mut self,
        data: &[u8],
        row: &Row<'_>,
        domains: &mut Memo<Arc<str>>,
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
        self.positive(pending, 250, row, domains);
        true
    }

    /// Takes a reply line. Returns the verb that the reply answers once the reply is complete.
    pub fn reply(
        &mut self,
        reply: &ReplyLine<'_>,
        row: &Row<'_>,
        domains: &mut Memo<Arc<str>>,
    ) -> Option<Verb> {
        if reply.code >= 400 {
            return self.refusal_line(reply, row);
        }
        if reply.more {
            return None;
        }
        self.unfinished = None;
        self.pending.resynchronise(reply);
        let pending = self.pending.pop_front()?;
        self.positive(pending, reply.code, row, domains);
        Some(pending.verb)
    }

    fn current(&self) -> Option<&Message> {
        self.messages_in_flight.last()
    }

    fn message_mut(&mut self, number: Option<u32>) -> Option<&mut Message> {
        let first = self.messages_in_flight.first()?.number;
        self.messages_in_flight
            .get_mut((number?.checked_sub(first)?) as usize)
    }

    fn positive(
        &mut self,
        pending: Pending<W::Recipient>,
        code: u16,
        row: &Row<'_>,
        domains: &mut Memo<Arc<str>>,
    ) {
        match pending.verb {
            Verb::Rcpt => {
                self.watch.accepted(pending.recipient);
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
            Verb::BdatLast | Verb::DataEnd => {
                if let Some(number) = pending.message {
                    self.watch.taken(number, row);
                }
                self.message_taken(pending.message, row.time, domains);
            }
            _ => {}
        }
    }

    fn message_taken(
        &mut self,
        number: Option<u32>,
        time: Timestamp,
        domains: &mut Memo<Arc<str>>,
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
        let taken = Taken {
            time,
            sender: self.texts.of(sender),
            recipients,
        };
        self.accepted_left_out += taken.add_to(&mut self.accepted_by, domains);
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

    /// Takes a complete 4xx or 5xx reply, which answers the next command.
    fn refused(&mut self, said: &Said<'_>) -> Option<Verb> {
        let pending = self.pending.pop_front();
        let verb = pending.map(|pending| pending.verb);
        let number = pending.and_then(|pending| pending.message);
        let message = self.message_mut(number).copied();
        if let Some((pending, number)) = pending.zip(number) {
            let concerned = match pending.verb {
                Verb::Rcpt => Concerned::Recipient(pending.recipient),
                _ => Concerned::Message(number),
            };
            self.watch.refused(concerned, said);
        }
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
        self.rejections.push(said, &answered);
        verb
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
