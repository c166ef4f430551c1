//! The parts that a session consists of once its rows are gone: small, each value with its place.
//!
//! In: rows, and what the readers of a conversation found in them. Out: [`Evidence`], [`Tls`],
//! [`Accepted`], [`ProxyPart`].
//! Must not judge: whether a rejection is an incident depends on what others know.

use std::net::IpAddr;
use std::sync::Arc;

use crate::input::field::text as text_of;
use crate::input::place::Place;
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

/// A row kept as proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands.
    pub place: Place,
    /// The line; bytes that are no UTF-8 become U+FFFD when it is shown.
    pub line: Arc<[u8]>,
}

impl Evidence {
    /// Keeps a row.
    pub fn of(row: &Row<'_>) -> Evidence {
        Evidence {
            place: row.place,
            line: row.line.into(),
        }
    }

    /// The row, borrowed.
    pub fn row(&self) -> ProofRow<'_> {
        ProofRow {
            place: self.place,
            line: &self.line,
        }
    }

    /// The line as text.
    pub fn text(&self) -> String {
        text_of(&self.line).into_owned()
    }
}

/// A row that may become evidence and still belongs to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofRow<'a> {
    /// Where it stands.
    pub place: Place,
    /// The line.
    pub line: &'a [u8],
}

impl ProofRow<'_> {
    /// Keeps the row.
    pub fn evidence(self) -> Evidence {
        Evidence {
            place: self.place,
            line: self.line.into(),
        }
    }
}

/// A row that may become evidence, in room that the next session uses again.
#[derive(Debug, Clone, Default)]
pub struct KeptRow {
    place: Option<Place>,
    line: Vec<u8>,
}

impl KeptRow {
    /// Keeps this row instead of the one before.
    pub fn keep(&mut self, row: &Row<'_>) {
        self.place = Some(row.place);
        self.line.clear();
        self.line.extend_from_slice(row.line);
    }

    /// Keeps no row, and its room.
    pub fn clear(&mut self) {
        self.place = None;
    }

    /// Where the row stands; `None` where none is kept.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The row; `None` where none is kept.
    pub fn row(&self) -> Option<ProofRow<'_>> {
        self.place.map(|place| ProofRow {
            place,
            line: &self.line,
        })
    }

    /// The row as evidence.
    pub fn evidence(&self) -> Option<Evidence> {
        self.row().map(ProofRow::evidence)
    }
}

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

impl Tls {
    /// True after STARTTLS without any result: rows are missing where a certificate would stand.
    pub(super) fn is_hole(&self) -> bool {
        self.requested && self.protocol.is_none() && self.error.is_none()
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
