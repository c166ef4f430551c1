//! The parts that a session consists of once its rows are gone: small, each value with its place.
//!
//! In: rows, and what the readers of a conversation found in them. Out: [`Evidence`], [`Tls`],
//! [`Accepted`], [`ProxyPart`].
//! Must not judge: whether a rejection is an incident depends on what others know.

use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::timestamp::Timestamp;

use super::evidence::Evidence;

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
    /// Our own side does not trust the certificate of the other side.
    pub distrust: Option<Distrust>,
}

/// Our own side has refused the certificate of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distrust {
    /// The error, such as `UntrustedRoot`.
    pub error: Arc<str>,
    /// When.
    pub time: Timestamp,
    /// The row that says so.
    pub row: Evidence,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The input does not show its end.
    #[default]
    Open,
    /// We said QUIT.
    Quit,
    /// The other side or the network ended it, or we did without QUIT.
    Dropped,
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
