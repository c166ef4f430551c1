//! One session as the rest of the program sees it, borrowed from whoever keeps it.
//!
//! In: an outline and what was said in the session. Out: a [`SessionView`], for the record of the
//! session and for the counts.
//! Must not copy what can be borrowed: a view is read once, at once.

use std::net::IpAddr;
use std::sync::Arc;

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::session::Completeness;
use crate::session::key::SessionKey;

use super::certificate::ShownCertificate;
use super::evidence::ProofRow;
use super::facts::{self, Accepted, End, ProxyPart, Tls};
use super::peer::Peer;
use super::rejections::{Rejection, Rejections};

/// One session, for a moment.
#[derive(Debug, Clone, Copy)]
pub struct SessionView<'a> {
    /// The session's id.
    pub id: &'a SessionKey,
    /// The send connector.
    pub connector: &'a Arc<str>,
    /// The first row.
    pub first: LinePlace,
    /// The earliest known time of its rows.
    pub started: Timestamp,
    /// The latest known time.
    pub ended: Timestamp,
    /// How much of the session is in the input.
    pub completeness: Completeness,
    /// Who the other side is, as far as the session shows.
    pub peer: Peer,
    /// How it ended.
    pub end: End,
    /// The row with which it ended, where nothing was accepted or rejected and we did not say QUIT.
    pub end_row: Option<ProofRow<'a>>,
    /// The first attempt to connect that failed, where no connection came about.
    pub not_connected: Option<(Timestamp, ProofRow<'a>)>,
    /// The address that the other side saw (`Hello [203.0.113.7]`), as logged.
    pub source_address: Option<&'a Arc<str>>,
    /// TLS.
    pub tls: &'a Tls,
    /// Our certificate.
    pub certificate: Option<ShownCertificate<'a>>,
    /// A row about our certificate could not be read.
    pub unreadable_certificate: bool,
    /// The other side's certificate.
    pub remote_certificate: Option<ShownCertificate<'a>>,
    /// The EHLO reply that decided whether STARTTLS was offered; `None` once a handshake has
    /// finished.
    pub ehlo: Option<ProofRow<'a>>,
    /// MAIL commands.
    pub messages: u32,
    /// Recipients accepted, in messages that were accepted.
    pub accepted: u32,
    /// Recipients rejected, or accepted in messages that were rejected.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub rejections: &'a Rejections,
    /// What a front end was refused before the commands of its hub went through.
    pub early_rejections: Option<&'a Rejections>,
    /// The accepted recipients by minute and sender domain.
    pub accepted_by: &'a [Accepted],
    /// Accepted recipients that are missing there, because there are too many.
    pub accepted_left_out: u64,
    /// Hub or front end.
    pub proxy: &'a ProxyPart,
    /// The row that shows the proxying.
    pub proxy_row: Option<ProofRow<'a>>,
}

impl<'a> SessionView<'a> {
    /// True where the beginning is in the input.
    pub fn has_start(&self) -> bool {
        matches!(self.completeness, Completeness::Whole | Completeness::NoEnd)
    }

    /// True where the disconnect row is in the input.
    pub fn has_end(&self) -> bool {
        matches!(
            self.completeness,
            Completeness::Whole | Completeness::NoStart
        )
    }

    /// Whether the other side is Exchange Online, as far as the session shows.
    pub fn is_with_exchange_online(&self) -> bool {
        self.peer.is_exchange_online()
    }

    /// Whether the log shows that no certificate was offered: no rows are missing where the
    /// certificate would stand. Without the beginning, STARTTLS or the offer of it shows this,
    /// because the certificate comes after both.
    pub fn offered_none(&self) -> bool {
        let tls = self.tls;
        let from_there = self.has_start() || tls.requested || tls.offered == Some(true);
        self.certificate.is_none() && !self.unreadable_certificate && from_there && !tls.is_hole()
    }

    /// Whether the session had a connection and ended with nothing: nothing was accepted, nothing
    /// was rejected, and we did not say QUIT.
    pub fn is_dropped(&self) -> bool {
        self.end == End::Dropped
            && self.has_start()
            && self.accepted == 0
            && !self.is_rejected()
            && self.not_connected.is_none()
            // A front end's messages are in its hub's log.
            && !matches!(self.proxy, ProxyPart::FrontEnd { .. } | ProxyPart::Inbound)
    }

    /// The address that Exchange Online saw, where the log shows one.
    pub fn source_ip(&self) -> Option<IpAddr> {
        facts::parse_address(self.source_address?)
    }

    /// True where anything was refused.
    pub fn is_rejected(&self) -> bool {
        !self.rejections.is_empty() || self.early_rejections.is_some_and(|early| !early.is_empty())
    }

    /// Rejections of which it is not kept what they said, because there are too many.
    pub fn rejections_left_out(&self) -> u64 {
        let early = self.early_rejections.map_or(0, Rejections::left_out);
        self.rejections.left_out() + early
    }

    /// Every 4xx and 5xx reply, in order.
    pub fn refused(&self) -> impl Iterator<Item = Rejection<'a>> + use<'a> {
        let early = self.early_rejections.into_iter().flat_map(Rejections::iter);
        let early = early.map(|refused| Rejection {
            message: None,
            ..refused
        });
        early.chain(self.rejections.iter())
    }
}
