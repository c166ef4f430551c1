//! What is kept of a session once its rows are gone: small, owned, each value with its place.
//!
//! In: an assembled session. Out: [`SessionFacts`] for the aggregates.
//! Must not judge: whether a refusal is an incident depends on what others know.

use std::net::IpAddr;
use std::sync::Arc;

use crate::input::timestamp::Timestamp;
use crate::session::frame::{Completeness, Frame};

use super::certificate::{Certificate, Offered};
use super::evidence::{Evidence, KeptRow, ProofRow};
use super::refusals::{Refusals, Rejection};

/// The TLS side of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Whether the EHLO reply before STARTTLS offers STARTTLS; `None` without such a reply.
    pub offered: Option<bool>,
    /// The banner or that EHLO reply is masked with `X` or `*`.
    pub masked: bool,
    /// STARTTLS was issued.
    pub requested: bool,
    /// The protocol agreed on, such as `TLS1_2`; `None` without a finished handshake.
    pub protocol: Option<Arc<str>>,
    /// The error of the last failed negotiation, such as `NoCredentials`.
    pub error: Option<Arc<str>>,
    /// The EHLO reply that decided `offered`; not kept once a handshake has finished.
    pub ehlo: Option<Evidence>,
    /// The row of the failed negotiation.
    pub failure: Option<(Timestamp, Evidence)>,
}

/// Recipients accepted in one minute, by sender domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The time of the reply that took the message.
    pub time: Timestamp,
    /// The sender's domain in lower case, empty for the null sender.
    pub sender_domain: Arc<str>,
    /// How many recipients.
    pub recipients: u32,
}

/// The part that a session plays where hub and front end share a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyPart {
    /// No proxying seen.
    None,
    /// A hub session carried on by a front end (`XPROXYTO`).
    Hub,
    /// A front-end session acting for the hub session with this id.
    FrontEnd {
        /// The hub's session id as logged.
        hub_session: Arc<str>,
        /// The hub's host name as logged; empty where it is not.
        hub_host: Arc<str>,
    },
    /// A front end handing an inbound session to a hub: never concerns Exchange Online.
    Inbound,
}

impl ProxyPart {
    /// There is another session that carries the same conversation on.
    pub fn is_half(&self) -> bool {
        matches!(self, ProxyPart::Hub | ProxyPart::FrontEnd { .. })
    }
}

/// What the rows of a session say, without its outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// The other side is Exchange Online, by its own words.
    pub exchange_online: bool,
    /// The address that the other side saw (`Hello [203.0.113.7]`), as logged.
    pub source_address: Option<Arc<str>>,
    /// TLS.
    pub tls: Tls,
    /// Our certificate.
    pub certificate: Option<Offered>,
    /// The other side's certificate.
    pub remote_certificate: Option<Offered>,
    /// MAIL commands.
    pub messages: u32,
    /// Recipients taken, in messages that were taken.
    pub accepted: u32,
    /// Recipients refused, or taken in messages that were refused.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub rejections: Vec<Rejection>,
    /// The accepted recipients by minute and sender domain.
    pub accepted_by: Vec<Accepted>,
    /// Hub or front end.
    pub proxy: ProxyPart,
    /// The row that shows the proxying.
    pub proxy_evidence: Option<Evidence>,
}

/// What counts of a session without TLS failure or proxying.
#[derive(Debug, Clone, Copy)]
pub struct Countable<'a> {
    /// The other side is Exchange Online.
    pub exchange_online: bool,
    /// The address that the other side saw.
    pub source_address: Option<&'a Arc<str>>,
    /// TLS.
    pub tls: &'a Tls,
    /// Our certificate, and the row that shows it.
    pub certificate: Option<(&'a Arc<Certificate>, &'a KeptRow)>,
    /// The other side's certificate, and the row that shows it.
    pub remote_certificate: Option<(&'a Arc<Certificate>, &'a KeptRow)>,
    /// The first line of the reply to EHLO.
    pub ehlo: &'a KeptRow,
    /// Recipients taken.
    pub accepted: u32,
    /// Recipients refused, or taken in messages that were refused.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub refusals: &'a Refusals,
    /// The accepted recipients by minute and sender domain.
    pub accepted_by: &'a [Accepted],
}

impl Countable<'_> {
    /// As [`SessionFacts::offered_none`].
    pub fn offered_none(&self, frame: &Frame) -> bool {
        offered_none(self.certificate.is_some(), frame, self.tls)
    }

    /// The beginning is in the input.
    pub fn has_start(&self, frame: &Frame) -> bool {
        has_start(frame)
    }

    /// The row that best shows the state of TLS.
    pub fn background(&self) -> Option<ProofRow<'_>> {
        let row = match self.tls.protocol {
            None => Some(self.ehlo),
            Some(_) => self.remote_certificate.map(|(_, row)| row),
        };
        row.and_then(KeptRow::row)
    }
}

impl Tls {
    /// STARTTLS without any result: rows are missing where a certificate would stand.
    fn is_hole(&self) -> bool {
        self.requested && self.protocol.is_none() && self.error.is_none()
    }
}

fn has_start(frame: &Frame) -> bool {
    matches!(
        frame.completeness(),
        Completeness::Whole | Completeness::NoEnd
    )
}

/// The log shows that no certificate was offered.
pub(super) fn offered_none(has_certificate: bool, frame: &Frame, tls: &Tls) -> bool {
    !has_certificate && has_start(frame) && !tls.is_hole()
}

/// A whole session as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    /// Index of its stream.
    pub stream: usize,
    /// The outline.
    pub frame: Frame,
    /// What was said.
    pub talk: Talk,
}

impl SessionFacts {
    /// The send connector.
    pub fn connector(&self) -> &Arc<str> {
        &self.frame.connector
    }

    /// How much of the session is in the input.
    pub fn completeness(&self) -> Completeness {
        self.frame.completeness()
    }

    /// The beginning is in the input.
    pub fn has_start(&self) -> bool {
        has_start(&self.frame)
    }

    /// The log shows that no certificate was offered: the beginning is there, and no rows are
    /// missing where it would stand. STARTTLS without any result is such a hole.
    pub fn offered_none(&self) -> bool {
        let talk = &self.talk;
        offered_none(talk.certificate.is_some(), &self.frame, &talk.tls)
    }
}

/// Reads an address as it stands in `Hello [203.0.113.7]` or `[IPv6:2001:db8::1]`.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text
        .strip_prefix("IPv6:")
        .or_else(|| text.strip_prefix("ipv6:"))
        .unwrap_or(text);
    text.parse().ok()
}
