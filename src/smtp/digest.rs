//! The digest of a session: every row goes through here once and is then forgotten.
//!
//! In: rows in order. Out: a [`SessionView`] of what was said so far.
//! Must not allocate for routine rows. Unknown rows are passed over, never an error.

use std::mem::take;
use std::sync::Arc;

use crate::input::record::Row;
use crate::input::timestamp::Timestamp;
use crate::session::Digest;
use crate::session::frame::Frame;

use super::certificate_rows::CertificateRows;
use super::command::{self, Verb};
use super::dialogue::Dialogue;
use super::evidence::{Evidence, KeptRow};
use super::facts::{Distrust, End, ProxyPart, Tls};
use super::greeting::{self, EhloLine, Greeting};
use super::host::{self, HostKind};
use super::information::Meaning;
use super::memory::DigestMemory;
use super::peer::{CertificateSays, Peer, PeerRows};
use super::reply;
use super::view::SessionView;
use super::watch::Watch;

/// Reads the rows of one session. `W` is told what becomes of each message and recipient; most
/// commands need no watch, which costs nothing then.
#[derive(Debug, Default)]
pub struct SmtpDigest<W: Watch = ()> {
    dialogue: Dialogue<W>,
    certificates: CertificateRows,
    tls: Tls,
    /// The first line of the reply to the last EHLO before STARTTLS.
    ehlo: KeptRow,
    peer: PeerRows,
    /// The reply to the last EHLO has not begun yet.
    awaits_ehlo: bool,
    quit: bool,
    ended: bool,
    /// The last row of a session in which nothing was accepted or rejected.
    end_row: Option<Evidence>,
    /// The first attempt to connect that failed.
    not_connected: Option<(Timestamp, Evidence)>,
    source_address: Option<Arc<str>>,
    proxy: Proxy,
}

#[derive(Debug, Default)]
struct Proxy {
    part: Option<ProxyPart>,
    evidence: Option<Evidence>,
}

impl<W: Watch> Digest for SmtpDigest<W> {
    type Memory = DigestMemory;

    #[inline]
    fn row(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        match row.event {
            b'>' => self.command(row),
            b'<' => self.reply(row, memory),
            b'*' => self.information(row, memory),
            b'+' => self.dialogue.command(Verb::Connect),
            b'-' => self.end(row),
            _ => {}
        }
    }

    fn prepend(&mut self, earlier: SmtpDigest<W>) {
        // Before the connect row only the proxying is said.
        if earlier.proxy.part.is_some() {
            self.proxy = earlier.proxy;
        }
        // Likewise an attempt to connect.
        self.not_connected = earlier.not_connected.or(self.not_connected.take());
    }

    fn may_be_prepended(&self) -> bool {
        // Exchange writes nothing about certificates or TLS before the connect row.
        let is_quiet = self.certificates.is_untouched() && self.tls == Tls::default();
        is_quiet && self.dialogue.watch.may_be_prepended()
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

impl<W: Watch> SmtpDigest<W> {
    /// What the watch has noted.
    pub fn watch(&self) -> &W {
        &self.dialogue.watch
    }

    /// The part that the session plays where hub and front end share a conversation, if any.
    pub fn proxy(&self) -> &ProxyPart {
        self.proxy.part.as_ref().unwrap_or(&ProxyPart::None)
    }

    /// Who the other side is: a front end's own clients never are Exchange Online.
    fn peer(&self, frame: &Frame) -> Peer {
        let port = frame.remote.rsplit(':').next().unwrap_or_default();
        match self.proxy() {
            ProxyPart::Inbound => Peer::Other,
            // The certificate is that of the front end.
            ProxyPart::Hub => self.peer.peer(CertificateSays::Nothing, port),
            _ => self.peer.peer(self.certificates.theirs_say(), port),
        }
    }

    fn how_it_ended(&self) -> End {
        match (self.quit, self.ended) {
            (true, _) => End::Quit,
            (false, true) => End::Dropped,
            (false, false) => End::Open,
        }
    }

    /// All that was said so far, with what the session's outline adds.
    pub fn view<'a>(&'a self, frame: &'a Frame) -> SessionView<'a> {
        let dialogue = &self.dialogue;
        // The EHLO reply matters only where no handshake has finished.
        let unfinished = self.tls.protocol.is_none();
        let proxy_row = self.proxy.evidence.as_ref();
        let not_connected = self.not_connected.as_ref();
        let not_connected = not_connected.filter(|_| frame.never_connected());
        SessionView {
            id: frame.id.key(),
            connector: &frame.connector,
            first: frame.first,
            started: frame.started,
            ended: frame.ended,
            completeness: frame.completeness(),
            peer: self.peer(frame),
            end: self.how_it_ended(),
            end_row: self.end_row.as_ref().map(Evidence::row),
            not_connected: not_connected.map(|(time, row)| (*time, row.row())),
            source_address: self.source_address.as_ref(),
            tls: &self.tls,
            certificate: self.certificates.ours(),
            unreadable_certificate: self.certificates.is_unreadable(),
            remote_certificate: self.certificates.theirs(),
            ehlo: unfinished.then(|| self.ehlo.row()).flatten(),
            messages: dialogue.messages,
            accepted: dialogue.accepted,
            rejected: dialogue.rejected(),
            rejections: &dialogue.rejections,
            early_rejections: None,
            accepted_by: &dialogue.accepted_by,
            accepted_left_out: dialogue.accepted_left_out,
            proxy: self.proxy(),
            proxy_row: proxy_row.map(Evidence::row),
        }
    }

    fn end(&mut self, row: &Row<'_>) {
        self.ended = true;
        let dialogue = &self.dialogue;
        if !self.quit && dialogue.accepted == 0 && dialogue.rejections.is_empty() {
            self.end_row = Some(Evidence::of(row));
        }
    }

    fn command(&mut self, row: &Row<'_>) {
        let data = row.data().bytes();
        let verb = command::verb(&data);
        match verb {
            Verb::Mail => {
                self.certificates.freeze();
                self.dialogue.mail(command::address(&data), row);
            }
            Verb::Rcpt => self.dialogue.recipient(command::path(&data), row),
            Verb::Ehlo | Verb::Helo => {
                if !self.tls.requested {
                    self.tls.offered = None;
                    self.ehlo.clear();
                }
                self.awaits_ehlo = true;
                self.dialogue.command(verb);
            }
            Verb::StartTls => {
                self.tls.requested = true;
                self.dialogue.command(verb);
            }
            Verb::XProxyTo => {
                let to = host::names_exchange_online(&data).then_some(HostKind::ExchangeOnline);
                self.peer.carried_on(to);
                self.set_proxy(ProxyPart::Hub, row);
                self.dialogue.command(verb);
            }
            Verb::Quit => {
                self.quit = true;
                self.dialogue.command(verb);
            }
            _ => self.dialogue.command(verb),
        }
    }

    fn reply(&mut self, row: &Row<'_>, memory: &mut DigestMemory) {
        let raw = row.data().raw();
        let raw = raw.strip_prefix(b"\"").unwrap_or(raw);
        let dialogue = &mut self.dialogue;
        if dialogue.usual_reply(raw, row, &mut memory.domains) {
            if self.peer.asks_for_bracket() {
                let data = row.data().bytes();
                if host::bracket_names_exchange_online(&data) {
                    self.peer.bracket();
                }
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
                self.peer.named(HostKind::of_first_word(reply.text));
                self.tls.masked |= greeting::is_masked(reply.text);
            }
            _ => {}
        }
        let answered = self.dialogue.reply(&reply, row, &mut memory.domains);
        if answered == Some(Verb::XProxyTo) && host::names_exchange_online(reply.text) {
            self.peer.carried_on(Some(HostKind::ExchangeOnline));
        }
        if self.peer.asks_for_bracket() && host::bracket_names_exchange_online(reply.text) {
            self.peer.bracket();
        }
    }

    fn greeted(&mut self, greeting: &Greeting) {
        if take(&mut self.awaits_ehlo) {
            self.peer.named(greeting.host);
        }
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
        let plain = context.strip_prefix(b"\"").unwrap_or(context);
        if plain.starts_with(b"sending message") {
            self.dialogue.watch.announced(row);
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
            Meaning::Distrusted(error) => self.distrust(Arc::clone(error), row),
            Meaning::ChainStatus => {
                let status = row.data().text();
                let status = status.trim();
                if !status.is_empty() && !status.eq_ignore_ascii_case("Valid") {
                    self.distrust(status.into(), row);
                }
            }
            Meaning::NotConnected => {
                if self.not_connected.is_none() {
                    self.not_connected = Some((row.time, Evidence::of(row)));
                }
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

    /// The first row that says so counts: the second repeats it in other words.
    fn distrust(&mut self, error: Arc<str>, row: &Row<'_>) {
        if self.tls.distrust.is_none() {
            self.tls.distrust = Some(Distrust {
                error,
                time: row.time,
                row: Evidence::of(row),
            });
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
