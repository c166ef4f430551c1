//! Halves of proxied conversations, until they are matched.
//!
//! In: hub sessions and the front-end sessions that carry them on (each names its hub session).
//! Out: for a hub session, the half that Exchange Online saw.
//! Must not match before all have come: ids come again after a restart, and two hubs may use the
//! same id at the same time.

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

use super::proxy::{distance, overlap};

/// What to do with front-end sessions whose hub half is not in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrontEndsAlone {
    /// Count them under their own send connector.
    #[default]
    Count,
    /// Leave them out: only some send connectors or times are asked for.
    LeaveOut,
}

/// Half of a proxied conversation: what is counted of a session, in room of its own.
#[derive(Debug)]
pub(super) struct Half {
    stream: usize,
    id: SessionKey,
    connector: Arc<str>,
    first: LinePlace,
    started: Timestamp,
    ended: Timestamp,
    completeness: Completeness,
    peer: Peer,
    end: End,
    end_row: Option<Evidence>,
    not_connected: Option<(Timestamp, Evidence)>,
    /// The session ended before the period asked for.
    earlier: bool,
    source_address: Option<Arc<str>>,
    tls: Tls,
    certificate: Option<Offered>,
    unreadable_certificate: bool,
    remote_certificate: Option<Offered>,
    ehlo: Option<Evidence>,
    messages: u32,
    accepted: u32,
    rejected: u32,
    rejections: Rejections,
    accepted_by: Box<[Accepted]>,
    proxy: ProxyPart,
    proxy_row: Option<Evidence>,
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
                _ => session.id,
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
            proxy: session.proxy.clone(),
            proxy_row: proxy_row.map(ProofRow::evidence),
        }
    }

    /// The half as a session of its own.
    pub(super) fn view(&self) -> SessionView<'_> {
        SessionView {
            id: self.id,
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

    /// In this order halves are matched; no two halves are equal in it.
    fn order(&self) -> impl Ord + use<> {
        (self.started, self.ended, self.stream, self.first)
    }

    fn overlaps(&self, other: &Half) -> bool {
        overlap((self.started, self.ended), (other.started, other.ended))
    }

    /// The front end names a host other than the hub's server.
    fn names_another_host(&self, server: Option<&str>) -> bool {
        match (&self.proxy, server) {
            (ProxyPart::FrontEnd { hub_host, .. }, Some(server)) => {
                let name = hub_host.split('.').next().unwrap_or_default();
                !name.eq_ignore_ascii_case(server)
            }
            _ => false,
        }
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

/// All halves so far.
#[derive(Debug, Default)]
pub(super) struct Halves {
    hubs: Vec<Half>,
    front_ends: Vec<Half>,
}

/// The halves once all have come.
#[derive(Debug)]
pub(super) struct Matched {
    hubs: Vec<Half>,
    /// By id.
    front_ends: Vec<Half>,
    /// For each hub session: its front-end half, by index.
    halves: Vec<Option<usize>>,
    /// For each front-end session: whether it is the half of a hub session.
    is_taken: Vec<bool>,
}

impl Halves {
    /// Keeps a half.
    pub(super) fn keep(&mut self, half: Half) {
        if matches!(half.proxy, ProxyPart::Hub) {
            self.hubs.push(half);
        } else {
            self.front_ends.push(half);
        }
    }

    /// Adds those of another part.
    pub(super) fn merge(&mut self, mut part: Halves) {
        self.hubs.append(&mut part.hubs);
        self.front_ends.append(&mut part.front_ends);
    }

    /// Matches them. `servers` has the server of each stream, where it is known.
    pub(super) fn matched(self, servers: &[Option<String>]) -> Matched {
        let (mut hubs, mut front_ends) = (self.hubs, self.front_ends);
        hubs.sort_unstable_by_key(Half::order);
        front_ends.sort_unstable_by_key(|half| (half.id, half.order()));
        let mut is_taken = vec![false; front_ends.len()];
        let halves = hubs.iter().map(|hub| {
            let server = servers.get(hub.stream).and_then(Option::as_deref);
            let best = best(&front_ends, &is_taken, hub, server);
            if let Some(best) = best {
                is_taken[best] = true;
            }
            best
        });
        Matched {
            halves: halves.collect(),
            hubs,
            front_ends,
            is_taken,
        }
    }
}

impl Matched {
    /// The hub sessions, each with its front-end half where that is in the input.
    pub(super) fn hubs(&self) -> impl Iterator<Item = (&Half, Option<&Half>)> {
        let halves = self.halves.iter();
        let halves = halves.map(|half| half.map(|at| &self.front_ends[at]));
        self.hubs.iter().zip(halves)
    }

    /// The front-end sessions whose hub half is not in the input.
    pub(super) fn front_ends_alone(&self) -> impl Iterator<Item = &Half> {
        let front_ends = self.front_ends.iter().zip(&self.is_taken);
        front_ends.filter_map(|(half, is_taken)| (!is_taken).then_some(half))
    }
}

/// The front-end half of a hub session, by index: the one whose time overlaps and whose beginning
/// is nearest.
/// Where two hubs use the same id at the same time, the host that the front end names decides.
fn best(front_ends: &[Half], is_taken: &[bool], hub: &Half, server: Option<&str>) -> Option<usize> {
    let start = front_ends.partition_point(|half| half.id < hub.id);
    let with_id = (start..front_ends.len()).take_while(|at| front_ends[*at].id == hub.id);
    with_id
        .filter(|at| !is_taken[*at] && front_ends[*at].overlaps(hub))
        .min_by_key(|at| {
            let half = &front_ends[*at];
            let apart = distance(half.started, hub.started);
            (half.names_another_host(server), apart, *at)
        })
}
