//! The digest of a session: every row goes through here once and is then forgotten.
//!
//! In: rows in order. Out: a [`SessionView`] of what was said so far.
//! Must not allocate for routine rows. Unknown rows are passed over, never an error.

use std::mem::take;
use std::sync::Arc;

use crate::input::record::Row;
use crate::session::Digest;
use crate::session::frame::Frame;

use super::certificate_rows::CertificateRows;
use super::command::{self, Verb};
use super::dialogue::Dialogue;
use super::evidence::{Evidence, KeptRow};
use super::facts::{ProxyPart, Tls};
use super::greeting::{self, EhloLine, Greeting};
use super::host;
use super::information::Meaning;
use super::memory::DigestMemory;
use super::reply;
use super::view::SessionView;

/// Reads the rows of one session.
#[derive(Debug, Default)]
pub struct SmtpDigest {
    dialogue: Dialogue,
    certificates: CertificateRows,
    tls: Tls,
    /// The first line of the reply to the last EHLO before STARTTLS.
    ehlo: KeptRow,
    /// The other side has named itself so.
    exchange_online: bool,
    source_address: Option<Arc<str>>,
    proxy: Proxy,
}

#[derive(Debug, Default)]
struct Proxy {
    part: Option<ProxyPart>,
    evidence: Option<Evidence>,
}

impl Digest for SmtpDigest {
    type Memory = DigestMemory;

    #[inline]
    fn row(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        match row.event {
            b'>' => self.command(row),
            b'<' => self.reply(row, memory),
            b'*' => self.information(row, memory),
            b'+' => self.dialogue.command(Verb::Connect),
            _ => {}
        }
    }

    fn prepend(&mut self, earlier: SmtpDigest) {
        // Before the first command and reply only the proxying can have been said.
        if self.proxy.part.is_none() {
            self.proxy = earlier.proxy;
        }
    }

    fn shrink(&mut self) {
        self.dialogue.shrink();
    }

    fn clear(&mut self) {
        let mut room = take(self);
        room.dialogue.clear();
        room.certificates.clear();
        room.ehlo.clear();
        self.dialogue = room.dialogue;
        self.certificates = room.certificates;
        self.ehlo = room.ehlo;
    }
}

impl SmtpDigest {
    /// The part that the session plays where hub and front end share a conversation, if any.
    pub fn proxy(&self) -> &ProxyPart {
        self.proxy.part.as_ref().unwrap_or(&ProxyPart::None)
    }

    /// The other side is Exchange Online: a front end's own clients never are.
    fn is_with_exchange_online(&self) -> bool {
        self.exchange_online && *self.proxy() != ProxyPart::Inbound
    }

    /// All that was said so far, with what the session's outline adds.
    pub fn view<'a>(&'a self, frame: &'a Frame) -> SessionView<'a> {
        let dialogue = &self.dialogue;
        // The EHLO reply matters only where no handshake has finished.
        let unfinished = self.tls.protocol.is_none();
        let proxy_row = self.proxy.evidence.as_ref();
        SessionView {
            id: frame.id.key(),
            connector: &frame.connector,
            first: frame.first,
            started: frame.started,
            ended: frame.ended,
            completeness: frame.completeness(),
            exchange_online: self.is_with_exchange_online(),
            source_address: self.source_address.as_ref(),
            tls: &self.tls,
            certificate: self.certificates.ours(),
            remote_certificate: self.certificates.theirs(),
            ehlo: unfinished.then(|| self.ehlo.row()).flatten(),
            messages: dialogue.messages,
            accepted: dialogue.accepted,
            rejected: dialogue.rejected(),
            rejections: &dialogue.rejections,
            early_rejections: None,
            accepted_by: &dialogue.accepted_by,
            proxy: self.proxy(),
            proxy_row: proxy_row.map(Evidence::row),
        }
    }

    fn command(&mut self, row: &Row<'_>) {
        let data = row.data().bytes();
        let verb = command::verb(&data);
        match verb {
            Verb::Mail => {
                self.certificates.freeze();
                self.dialogue.mail(command::address(&data));
            }
            Verb::Rcpt => self.dialogue.recipient(command::path(&data)),
            Verb::Ehlo | Verb::Helo => {
                if !self.tls.requested {
                    self.tls.offered = None;
                    self.ehlo.clear();
                }
                self.dialogue.command(verb);
            }
            Verb::StartTls => {
                self.tls.requested = true;
                self.dialogue.command(verb);
            }
            Verb::XProxyTo => {
                self.exchange_online |= host::names_exchange_online(&data);
                self.set_proxy(ProxyPart::Hub, row);
                self.dialogue.command(verb);
            }
            _ => self.dialogue.command(verb),
        }
    }

    fn reply(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        let raw = row.data().raw();
        let raw = raw.strip_prefix(b"\"").unwrap_or(raw);
        let dialogue = &mut self.dialogue;
        if dialogue.usual_reply(raw, row.time, &mut memory.domains) {
            if !self.exchange_online {
                let data = row.data().bytes();
                self.exchange_online = host::bracket_names_exchange_online(&data);
            }
            return;
        }
        let data = row.data().bytes();
        let awaited = self.dialogue.awaited();
        if awaited == Some(Verb::Ehlo) {
            let line = memory.ehlo_lines.of(&data, || EhloLine::read(&data));
            if let Some(line) = line.as_ref().filter(|line| line.code < 400) {
                self.ehlo_line(&line.greeting, row);
                if line.more {
                    return;
                }
            }
        }
        let Some(reply) = reply::parse(&data) else {
            return;
        };
        match awaited {
            Some(Verb::Helo) if reply.code < 400 => {
                let greeting = Greeting::read(reply.text);
                self.greeted(&greeting);
            }
            Some(Verb::Connect) | None if reply.code == 220 => {
                self.exchange_online |= host::names_exchange_online(reply.text);
                self.tls.masked |= greeting::is_masked(reply.text);
            }
            _ => {}
        }
        let answered = self.dialogue.reply(&reply, row, &mut memory.domains);
        if !self.exchange_online {
            self.exchange_online = host::bracket_names_exchange_online(reply.text)
                || (answered == Some(Verb::XProxyTo) && host::names_exchange_online(reply.text));
        }
    }

    fn greeted(&mut self, greeting: &Greeting) {
        self.exchange_online |= greeting.exchange_online;
        if greeting.address.is_some() {
            self.source_address.clone_from(&greeting.address);
        }
    }

    /// One line of an EHLO reply.
    fn ehlo_line(&mut self, greeting: &Greeting, row: &Row<'_>) {
        self.greeted(greeting);
        if self.tls.requested {
            return;
        }
        self.tls.offered = Some(self.tls.offered.unwrap_or(false) || greeting.starttls);
        self.tls.masked |= greeting.masked;
        if self.ehlo.place().is_none() {
            self.ehlo.keep(row);
        }
    }

    fn information(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        let context = row.context().raw();
        if context.starts_with(b"sending message") {
            return;
        }
        let meaning = if row.context().is_empty() {
            let data = row.data().raw();
            memory
                .texts
                .of(data, || Meaning::of_text(&row.data().text()))
        } else {
            let contexts = &mut memory.contexts;
            contexts.of(context, || Meaning::of_context(&row.context().text()))
        };
        match meaning {
            Meaning::Nothing => {}
            Meaning::Certificate => self.certificate_row(row, memory),
            Meaning::Negotiated(protocol) => {
                self.tls.protocol = Some(Arc::clone(protocol));
                self.tls.error = None;
                self.tls.failure = None;
            }
            Meaning::Failed(error) => {
                self.tls.error = Some(Arc::clone(error));
                self.tls.failure = Some((row.time, Evidence::of(row)));
            }
            Meaning::FrontEnd {
                hub_session,
                hub_host,
            } => {
                let part = ProxyPart::FrontEnd {
                    hub_session: Arc::clone(hub_session),
                    hub_host: Arc::clone(hub_host),
                };
                self.set_proxy(part, row);
            }
            Meaning::Hub => self.set_proxy(ProxyPart::Hub, row),
            Meaning::Inbound => self.set_proxy(ProxyPart::Inbound, row),
        }
    }

    fn certificate_row(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        self.certificates.row(row, &mut memory.certificates);
    }

    fn set_proxy(&mut self, part: ProxyPart, row: &Row<'_>) {
        if self.proxy.part.is_none() {
            self.proxy = Proxy {
                part: Some(part),
                evidence: Some(Evidence::of(row)),
            };
        }
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
pub(super) mod tests;
