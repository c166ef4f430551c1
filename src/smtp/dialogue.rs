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

use super::command::Verb;
use super::facts::{Accepted, Rejection};
use super::memory::Remembered;
use super::reply::{Enhanced, Refusal, ReplyLine};
use super::unfinished::Unfinished;

/// Commands waiting for a reply beyond this number mean that the log lacks replies.
const MOST_PENDING: usize = 8_192;

/// A range of [`Dialogue::addresses`].
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    len: u32,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    verb: Verb,
    address: Option<Span>,
    message: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    number: u32,
    sender: Option<Span>,
    recipients: u32,
    only_recipient: Option<Span>,
    taken: u32,
    /// Refused at MAIL: every recipient is rejected, whether it is answered or not.
    refused: bool,
    rejected: u32,
}

/// The dialogue of one session.
#[derive(Debug, Default)]
pub struct Dialogue {
    pending: VecDeque<Pending>,
    addresses: Vec<u8>,
    messages_in_flight: VecDeque<Message>,
    unfinished: Option<Unfinished>,
    next_number: u32,
    /// MAIL commands so far.
    pub messages: u32,
    /// Recipients accepted so far.
    pub accepted: u32,
    /// Recipients rejected so far.
    pub rejected: u32,
    /// Every refusal so far.
    pub rejections: Vec<Rejection>,
    /// Accepted recipients by minute and sender domain.
    pub accepted_by: Vec<Accepted>,
}

impl Dialogue {
    /// Forgets everything and keeps the room.
    pub fn clear(&mut self) {
        let mut empty = Dialogue {
            pending: take(&mut self.pending),
            addresses: take(&mut self.addresses),
            messages_in_flight: take(&mut self.messages_in_flight),
            rejections: take(&mut self.rejections),
            accepted_by: take(&mut self.accepted_by),
            ..Dialogue::default()
        };
        empty.pending.clear();
        empty.addresses.clear();
        empty.messages_in_flight.clear();
        empty.rejections.clear();
        empty.accepted_by.clear();
        *self = empty;
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
            address: None,
            message,
        });
    }

    /// `MAIL FROM` is sent; `None` where no address could be read.
    pub fn mail(&mut self, sender: Option<&[u8]>) {
        if self.pending.is_empty() {
            self.close_messages();
            self.addresses.clear();
        }
        self.messages += 1;
        let sender = sender.map(|sender| self.keep(sender));
        let number = self.begin_message(sender);
        self.push(Pending {
            verb: Verb::Mail,
            address: None,
            message: Some(number),
        });
    }

    /// `RCPT TO` is sent.
    pub fn recipient(&mut self, address: Option<&[u8]>) {
        let address = address.map(|address| self.keep(address));
        if self.messages_in_flight.is_empty() {
            // Its MAIL was before the beginning of the input.
            self.begin_message(None);
        }
        let message = self.messages_in_flight.back_mut().map(|message| {
            message.recipients += 1;
            message.only_recipient = address.filter(|_| message.recipients == 1);
            message.number
        });
        self.push(Pending {
            verb: Verb::Rcpt,
            address,
            message,
        });
    }

    /// The session has ended: what is still open is counted.
    pub fn finish(&mut self) {
        self.close_messages();
    }

    fn begin_message(&mut self, sender: Option<Span>) -> u32 {
        let number = self.next_number;
        self.next_number += 1;
        self.messages_in_flight.push_back(Message {
            number,
            sender,
            recipients: 0,
            only_recipient: None,
            taken: 0,
            refused: false,
            rejected: 0,
        });
        number
    }

    /// Counts the recipients of refused messages whose own replies never came.
    fn close_messages(&mut self) {
        for message in self.messages_in_flight.drain(..) {
            if message.refused {
                self.rejected += message.recipients.saturating_sub(message.rejected);
            }
        }
    }

    /// The verb that the next reply answers.
    pub fn awaited(&self) -> Option<Verb> {
        self.pending.front().map(|pending| pending.verb)
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

    fn keep(&mut self, address: &[u8]) -> Span {
        let start = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        let len = u32::try_from(address.len()).unwrap_or(0);
        self.addresses.extend_from_slice(&address[..len as usize]);
        Span { start, len }
    }

    fn text(&self, span: Span) -> Box<str> {
        text_of(bytes_of(&self.addresses, span)).into()
    }

    fn current(&self) -> Option<&Message> {
        self.messages_in_flight.back()
    }

    fn message_mut(&mut self, number: Option<u32>) -> Option<&mut Message> {
        let first = self.messages_in_flight.front()?.number;
        self.messages_in_flight
            .get_mut((number?.checked_sub(first)?) as usize)
    }

    /// Some replies say by their enhanced code what they answer; where that is further back in the
    /// queue, the replies before it were not logged.
    fn resynchronise(&mut self, reply: &ReplyLine<'_>) {
        let Some(code) = reply.text.trim_ascii_start().first_chunk::<5>() else {
            return;
        };
        let answers: &[Verb] = match code {
            b"2.1.0" => &[Verb::Mail],
            b"2.1.5" => &[Verb::Rcpt],
            b"2.6.0" => &[Verb::Bdat, Verb::BdatLast, Verb::DataEnd],
            _ => return,
        };
        let front = self.pending.front();
        if front.is_some_and(|front| answers.contains(&front.verb)) {
            return;
        }
        // The longer look: `2.1.50` is another code.
        let code = Enhanced::strip(reply.text).map(|(code, _)| code);
        if !matches!(code, Some(Enhanced(2, 1, 0 | 5) | Enhanced(2, 6, 0))) {
            return;
        }
        let fits = |pending: &Pending| answers.contains(&pending.verb);
        if front.is_some_and(|front| front.verb != Verb::Rset) {
            match self.pending.iter().position(fits) {
                Some(at) => drop(self.pending.drain(..at)),
                // Seen from the middle of a session: the command was before the beginning.
                None => self.pending.push_front(Pending {
                    verb: answers[0],
                    address: None,
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
        let sender = bytes_of(&self.addresses, sender);
        let domain = memchr::memrchr(b'@', sender).map_or(&[][..], |at| &sender[at + 1..]);
        let minute = |time: Timestamp| time.millis().div_euclid(60_000);
        let sender_domain = domains.of(domain, || text_of(domain).to_ascii_lowercase().into());
        match self.accepted_by.last_mut() {
            Some(last)
                if last.sender_domain == sender_domain && minute(last.time) == minute(time) =>
            {
                last.recipients += recipients;
            }
            _ => self.accepted_by.push(Accepted {
                time,
                sender_domain,
                recipients,
            }),
        }
    }

    /// True where anything was refused.
    pub fn has_refusals(&self) -> bool {
        !self.rejections.is_empty() || self.unfinished.is_some()
    }

    fn refusal_line(&mut self, reply: &ReplyLine<'_>, row: &Row<'_>) -> Option<Verb> {
        let unfinished = Unfinished::with_line(self.unfinished.take(), reply, row);
        if reply.more {
            self.unfinished = Some(unfinished);
            return None;
        }
        let pending = self.pending.pop_front();
        self.refused(pending, unfinished);
        pending.map(|pending| pending.verb)
    }

    fn refused(&mut self, pending: Option<Pending>, reply: Unfinished) {
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
        let recipient = match verb {
            Some(Verb::Rcpt) => pending.and_then(|pending| pending.address),
            _ => message.and_then(|message| message.only_recipient),
        };
        let rejection = Rejection {
            time: reply.time,
            verb,
            sender: message
                .and_then(|message| message.sender)
                .map(|span| self.text(span)),
            recipient: recipient.map(|span| self.text(span)),
            message: number,
            refusal: Refusal::new(reply.code, &reply.text),
            evidence: reply.evidence,
        };
        self.rejections.push(rejection);
    }
}

fn bytes_of(addresses: &[u8], span: Span) -> &[u8] {
    let range = span.start as usize..(span.start as usize).saturating_add(span.len as usize);
    addresses.get(range).unwrap_or_default()
}
