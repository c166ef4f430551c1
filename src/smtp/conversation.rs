//! The digest of a session: every row goes through here once and is then forgotten.
//!
//! In: rows in order. Out: a [`Talk`].
//! Must not allocate for routine rows. Unknown rows are passed over, never an error.

use crate::input::record::Row;
use crate::session::Digest;

use super::certificate::{CertificateMemory, CertificateRows};
use super::command::{self, Verb};
use super::dialogue::Dialogue;
use super::facts::{Evidence, ProxyPart, Talk, Tls};
use super::host;
use super::reply::{self, ReplyLine};

/// Reads the rows of one session.
#[derive(Debug, Default)]
pub struct Conversation {
    dialogue: Dialogue,
    certificates: CertificateRows,
    tls: Tls,
    exchange_online: bool,
    source_address: Option<Box<str>>,
    proxy: Proxy,
}

#[derive(Debug, Default)]
struct Proxy {
    part: Option<ProxyPart>,
    evidence: Option<Evidence>,
}

impl Digest for Conversation {
    type Memory = CertificateMemory;

    #[inline]
    fn row(&mut self, row: &Row<'_>, memory: &mut CertificateMemory) {
        match row.event {
            b'>' => self.command(row),
            b'<' => self.reply(row),
            b'*' => self.information(row, memory),
            b'+' => self.dialogue.command(Verb::Connect),
            _ => {}
        }
    }

    fn prepend(&mut self, earlier: Conversation) {
        // Before the first command and reply only the proxying can have been said.
        if self.proxy.part.is_none() {
            self.proxy = earlier.proxy;
        }
    }
}

impl Conversation {
    /// What is known of a session whose TLS has failed, without its messages; `None` for any other.
    pub fn failed(&self) -> Option<Talk> {
        self.tls.failure.as_ref()?;
        let (certificate, remote_certificate) = self.certificates.so_far();
        Some(Talk {
            exchange_online: self.exchange_online,
            source_address: self.source_address.clone(),
            tls: self.tls.clone(),
            certificate,
            remote_certificate,
            messages: self.dialogue.messages,
            accepted: 0,
            rejected: 0,
            rejections: Vec::new(),
            accepted_by: Vec::new(),
            proxy: self.proxy.part.clone().unwrap_or(ProxyPart::None),
            proxy_evidence: None,
        })
    }

    /// All rows have been read.
    pub fn finish(mut self) -> Talk {
        self.dialogue.finish();
        let (certificate, remote_certificate) = self.certificates.finish();
        let part = self.proxy.part.unwrap_or(ProxyPart::None);
        Talk {
            exchange_online: self.exchange_online && part != ProxyPart::Inbound,
            source_address: self.source_address,
            tls: self.tls,
            certificate,
            remote_certificate,
            messages: self.dialogue.messages,
            accepted: self.dialogue.accepted,
            rejected: self.dialogue.rejected,
            rejections: self.dialogue.rejections,
            accepted_by: self.dialogue.accepted_by,
            proxy: part,
            proxy_evidence: self.proxy.evidence,
        }
    }

    fn command(&mut self, row: &Row<'_>) {
        let data = row.data.bytes();
        let verb = command::verb(&data);
        match verb {
            Verb::Mail => {
                self.certificates.freeze();
                self.dialogue.mail(command::address(&data));
            }
            Verb::Rcpt => self.dialogue.recipient(command::address(&data)),
            Verb::Ehlo | Verb::Helo => {
                if !self.tls.requested {
                    self.tls.offered = None;
                    self.tls.ehlo = None;
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

    fn reply(&mut self, row: &Row<'_>) {
        let data = row.data.bytes();
        let Some(reply) = reply::parse(&data) else {
            return;
        };
        match self.dialogue.awaited() {
            Some(Verb::Ehlo) if reply.code < 400 => self.ehlo_line(&reply, row),
            Some(Verb::Helo) if reply.code < 400 => {
                self.greeting(&reply);
                if let Some(address) = hello_address(reply.text) {
                    self.source_address = Some(address);
                }
            }
            Some(Verb::Connect) | None if reply.code == 220 => {
                self.greeting(&reply);
                self.tls.masked |= is_masked(reply.text);
            }
            _ => {}
        }
        let answered = self.dialogue.reply(&reply, row);
        if !self.exchange_online {
            self.exchange_online = host::bracket_names_exchange_online(reply.text)
                || (answered == Some(Verb::XProxyTo) && host::names_exchange_online(reply.text));
        }
    }

    fn greeting(&mut self, reply: &ReplyLine<'_>) {
        self.exchange_online = self.exchange_online || host::names_exchange_online(reply.text);
    }

    /// One line of an EHLO reply: a keyword a line, or all of them folded into one.
    fn ehlo_line(&mut self, reply: &ReplyLine<'_>, row: &Row<'_>) {
        self.greeting(reply);
        if let Some(address) = hello_address(reply.text) {
            self.source_address = Some(address);
        }
        if self.tls.requested {
            return;
        }
        let offers = reply
            .text
            .split(|byte| byte.is_ascii_whitespace())
            .any(|word| word.eq_ignore_ascii_case(b"STARTTLS"));
        self.tls.offered = Some(self.tls.offered.unwrap_or(false) || offers);
        self.tls.masked |= is_masked(reply.text);
        self.tls.ehlo.get_or_insert_with(|| Evidence::of(row));
    }

    fn information(&mut self, row: &Row<'_>, memory: &mut CertificateMemory) {
        let context = row.context.raw();
        if context.starts_with(b"sending message") || self.certificates.row(row, memory) {
            return;
        }
        let text = if row.context.is_empty() {
            row.data.text()
        } else {
            row.context.text()
        };
        if let Some(rest) = text.strip_prefix("TLS protocol ") {
            if rest.contains("negotiation succeeded") {
                let protocol = rest.split(' ').next().unwrap_or_default();
                self.tls.protocol = Some(protocol_name(protocol).into());
                self.tls.error = None;
                self.tls.failure = None;
            }
        } else if let Some(rest) = text.strip_prefix("TLS negotiation failed") {
            let error = rest
                .trim_start()
                .strip_prefix("with error")
                .unwrap_or(rest)
                .trim_start();
            let end = error.find([' ', '.', ',', ';']).unwrap_or(error.len());
            self.tls.error = Some(error[..end].into());
            self.tls.failure = Some((row.time, Evidence::of(row)));
        } else if let Some(at) = text.find("Outbound proxy from ") {
            let rest = &text[at + "Outbound proxy from ".len()..];
            if let Some(hub_session) = session_id_in(rest) {
                let hub_host = rest.split(' ').next().unwrap_or_default();
                self.set_proxy(
                    ProxyPart::FrontEnd {
                        hub_session: hub_session.into(),
                        hub_host: hub_host.into(),
                    },
                    row,
                );
            }
        } else if text.contains("now being proxied through the next hop") {
            self.set_proxy(ProxyPart::Hub, row);
        } else if text.starts_with("Proxying inbound session") {
            self.set_proxy(ProxyPart::Inbound, row);
        }
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

/// `… with session id 08DE1A2B3C4D5E6F. …`
fn session_id_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("with session id ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// `… Hello [203.0.113.7] …`
fn hello_address(text: &[u8]) -> Option<Box<str>> {
    let at = memchr::memmem::find(text, b"Hello [")?;
    let rest = &text[at + b"Hello [".len()..];
    let end = memchr::memchr(b']', rest)?;
    Some(String::from_utf8_lossy(&rest[..end]).into())
}

/// A firewall overwrites what it does not know with `X` or `*`: `XXXXXXXA`, `220 ****…`.
fn is_masked(text: &[u8]) -> bool {
    text.split(|byte| byte.is_ascii_whitespace()).any(|word| {
        let stars =
            word.len() >= 3 && word.iter().filter(|byte| **byte == b'*').count() * 2 > word.len();
        let keyword = word.strip_suffix(b"A").unwrap_or(word);
        stars || (keyword.len() >= 4 && keyword.iter().all(|byte| *byte == b'X'))
    })
}

/// `SP_PROT_TLS1_2_CLIENT` or the number of Windows' `SP_PROT_…` constant, as `TLS1_2`.
/// Source: `schannel.h`.
fn protocol_name(protocol: &str) -> &str {
    match protocol {
        "32" => "SSL3",
        "128" => "TLS1_0",
        "512" => "TLS1_1",
        "2048" => "TLS1_2",
        "8192" => "TLS1_3",
        _ => protocol.strip_prefix("SP_PROT_").map_or(protocol, |name| {
            name.strip_suffix("_CLIENT").unwrap_or(name)
        }),
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
