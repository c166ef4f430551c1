//! Half of a proxied conversation.
//!
//! In: hub sessions and the front-end sessions that carry them on. Out: a [`Half`] of each, and what
//! Exchange Online saw of the two together.
//! Must not know which halves belong together; [`super::halves`] decides that.

use std::sync::Arc;

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::session::Completeness;
use crate::session::key::SessionKey;
use crate::smtp::certificate::{Offered, ShownCertificate};
use crate::smtp::command::Verb;
use crate::smtp::evidence::{Evidence, ProofRow};
use crate::smtp::facts::{Accepted, End, ProxyPart, Tls};
use crate::smtp::peer::Peer;
use crate::smtp::rejections::{Rejection, Rejections};
use crate::smtp::view::SessionView;

/// Half of a proxied conversation: what is counted of a session, in room of its own.
#[derive(Debug)]
pub(super) struct Half {
    pub(super) stream: usize,
    pub(super) id: SessionKey,
    pub(super) connector: Arc<str>,
    pub(super) first: LinePlace,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) completeness: Completeness,
    pub(super) peer: Peer,
    pub(super) end: End,
    pub(super) end_row: Option<Evidence>,
    pub(super) not_connected: Option<(Timestamp, Evidence)>,
    /// The session ended before the period asked for.
    pub(super) earlier: bool,
    pub(super) source_address: Option<Arc<str>>,
    pub(super) tls: Tls,
    pub(super) certificate: Option<Offered>,
    pub(super) unreadable_certificate: bool,
    pub(super) remote_certificate: Option<Offered>,
    pub(super) ehlo: Option<Evidence>,
    pub(super) messages: u32,
    pub(super) accepted: u32,
    pub(super) rejected: u32,
    pub(super) rejections: Rejections,
    pub(super) accepted_by: Box<[Accepted]>,
    pub(super) accepted_left_out: u64,
    pub(super) proxy: ProxyPart,
    pub(super) proxy_row: Option<Evidence>,
}

impl Half {
    /// Keeps what counts of a session.
    pub(super) fn of(stream: usize, session: &SessionView<'_>) -> Half {
        // Exchange Online saw the TLS of the front end, not that between hub and front end.
        let is_front_end = !matches!(session.proxy, ProxyPart::Hub);
        let tls = is_front_end.then(|| session.tls.clone());
        let remote_certificate = session.remote_certificate.filter(|_| is_front_end);
        let ehlo = session.ehlo.filter(|_| is_front_end);
        // Only a hub is proved by its proxying, and only where something was refused.
        let proxy_row = session
            .proxy_row
            .filter(|_| !is_front_end && session.is_rejected());
        Half {
            stream,
            id: match session.proxy {
                ProxyPart::FrontEnd { hub_session, .. } => SessionKey::of(hub_session.as_bytes()),
                _ => session.id.clone(),
            },
            connector: Arc::clone(session.connector),
            first: session.first,
            started: session.started,
            ended: session.ended,
            completeness: session.completeness,
            peer: session.peer,
            end: session.end,
            end_row: session
                .end_row
                .filter(|_| session.end == End::Dropped)
                .map(ProofRow::evidence),
            not_connected: session
                .not_connected
                .map(|(time, row)| (time, row.evidence())),
            earlier: false,
            source_address: session.source_address.cloned(),
            tls: tls.unwrap_or_default(),
            certificate: session.certificate.map(ShownCertificate::offered),
            unreadable_certificate: session.unreadable_certificate,
            remote_certificate: remote_certificate.map(ShownCertificate::offered),
            ehlo: ehlo.map(ProofRow::evidence),
            messages: session.messages,
            accepted: session.accepted,
            rejected: session.rejected,
            rejections: session.rejections.clone(),
            accepted_by: session.accepted_by.into(),
            accepted_left_out: session.accepted_left_out,
            proxy: session.proxy.clone(),
            proxy_row: proxy_row.map(ProofRow::evidence),
        }
    }

    /// The half as a session of its own.
    pub(super) fn view(&self) -> SessionView<'_> {
        SessionView {
            id: &self.id,
            connector: &self.connector,
            first: self.first,
            started: self.started,
            ended: self.ended,
            completeness: self.completeness,
            peer: self.peer,
            end: self.end,
            end_row: self.end_row.as_ref().map(Evidence::row),
            not_connected: self
                .not_connected
                .as_ref()
                .map(|(time, row)| (*time, row.row())),
            source_address: self.source_address.as_ref(),
            tls: &self.tls,
            certificate: self.certificate.as_ref().map(Offered::shown),
            unreadable_certificate: self.unreadable_certificate,
            remote_certificate: self.remote_certificate.as_ref().map(Offered::shown),
            ehlo: self.ehlo.as_ref().map(Evidence::row),
            messages: self.messages,
            accepted: self.accepted,
            rejected: self.rejected,
            rejections: &self.rejections,
            early_rejections: None,
            accepted_by: &self.accepted_by,
            accepted_left_out: self.accepted_left_out,
            proxy: &self.proxy,
            proxy_row: self.proxy_row.as_ref().map(Evidence::row),
        }
    }

    /// The index of its stream.
    pub(super) fn stream(&self) -> usize {
        self.stream
    }

    /// True where its own rows show that the other side is Exchange Online.
    pub(super) fn is_with_exchange_online(&self) -> bool {
        self.peer.is_exchange_online()
    }

    /// The same, of a session that ended before the period asked for.
    pub(super) fn earlier(self) -> Half {
        Half {
            earlier: true,
            ..self
        }
    }

    /// Whether the session ended before the period asked for.
    pub(super) fn is_earlier(&self) -> bool {
        self.earlier
    }

    /// A hub's rows show no reply of the other side: our own front end closed the session, or it replied
    /// to XPROXYTO that it could not carry it on.
    fn has_no_answer(&self) -> bool {
        let of_front_end = |refused: Rejection<'_>| {
            refused.verb == Some(Verb::XProxyTo) && !refused.reply.class().is_incident()
        };
        let is_refused = !self.rejections.is_empty();
        self.messages == 0
            && self.accepted == 0
            && (is_refused || self.end == End::Dropped)
            && self.rejections.iter().all(of_front_end)
    }

    /// The session ended without any reply that says why.
    fn failed_silently(&self) -> bool {
        let is_dropped = self.end == End::Dropped && self.accepted == 0;
        (is_dropped || self.not_connected.is_some()) && self.rejections.is_empty()
    }
}

/// What Exchange Online saw of a proxied session: the front end's certificate, TLS state and
/// address, the hub's messages. Where the hub learned nothing of the other side, the front end also
/// knows how the session ended, and the reply of our own front end is none of Exchange Online.
pub(super) fn joined<'a>(hub: &'a Half, front_end: &'a Half) -> SessionView<'a> {
    let ends_there = hub.has_no_answer() && front_end.failed_silently();
    let hub = hub.view();
    let front_end = front_end.view();
    let ending = if ends_there { front_end } else { hub };
    SessionView {
        peer: Peer::of_halves(hub.peer, front_end.peer),
        certificate: front_end.certificate,
        unreadable_certificate: front_end.unreadable_certificate,
        remote_certificate: front_end.remote_certificate,
        tls: front_end.tls,
        ehlo: front_end.ehlo,
        source_address: front_end.source_address,
        early_rejections: Some(front_end.rejections),
        rejections: ending.rejections,
        end: ending.end,
        end_row: ending.end_row,
        not_connected: ending.not_connected,
        proxy: &ProxyPart::None,
        ..hub
    }
}
