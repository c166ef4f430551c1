//! A session as its record shows it, borrowed from whoever has read its rows.
//!
//! In: a session's outline and what was said in it. Out: a [`SessionView`].
//! Must not copy what can be borrowed: a record is written at once.

use std::net::IpAddr;
use std::sync::Arc;

use crate::session::frame::Frame;

use super::certificate::Certificate;
use super::facts::{self, Accepted, ProxyPart, Tls};
use super::refusals::Refused;

/// One session, for a moment.
#[derive(Debug)]
pub struct SessionView<'a> {
    /// The outline.
    pub frame: &'a Frame,
    /// The other side is Exchange Online, by its own words.
    pub exchange_online: bool,
    /// The address that the other side saw, as logged.
    pub source_address: Option<&'a str>,
    /// TLS.
    pub tls: &'a Tls,
    /// Our certificate.
    pub certificate: Option<&'a Arc<Certificate>>,
    /// The other side's certificate.
    pub remote_certificate: Option<&'a Arc<Certificate>>,
    /// MAIL commands.
    pub messages: u32,
    /// Recipients taken, in messages that were taken.
    pub accepted: u32,
    /// Recipients refused, or taken in messages that were refused.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub refused: Vec<Refused<'a>>,
    /// The accepted recipients by minute and sender domain.
    pub accepted_by: &'a [Accepted],
    /// Hub or front end.
    pub proxy: &'a ProxyPart,
}

impl SessionView<'_> {
    /// As [`facts::SessionFacts::offered_none`].
    pub fn offered_none(&self) -> bool {
        facts::offered_none(self.certificate.is_some(), self.frame, self.tls)
    }

    /// The address that Exchange Online saw, where the log shows one.
    pub fn source_ip(&self) -> Option<IpAddr> {
        facts::parse_address(self.source_address?)
    }
}
