//! Hub sessions and the front-end sessions that carry them on.
//!
//! In: front-end sessions (each names its hub session) and hub sessions. Out: for a hub session,
//! the half that Exchange Online saw.
//! Ids come again after a restart, so the times of the halves must overlap.

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::session::frame::Frame;
use crate::session::key::{SessionId, SessionKey};
use crate::smtp::facts::{ProxyPart, SessionFacts};
use crate::smtp::refusals::Rejection;

/// Front-end sessions by the hub session they act for.
#[derive(Debug, Default)]
pub struct FrontEnds {
    halves: FxHashMap<SessionKey, Vec<SessionFacts>>,
}

/// Clocks of two servers differ: halves this far apart still overlap.
const CLOCK_SKEW: i64 = 5_000;

impl FrontEnds {
    /// Keeps a front-end session until its hub half comes.
    pub fn keep(&mut self, facts: SessionFacts) {
        if let ProxyPart::FrontEnd { hub_session, .. } = &facts.talk.proxy {
            let key = SessionKey::of(hub_session.as_bytes());
            self.halves.entry(key).or_default().push(facts);
        }
    }

    /// The front-end half of a hub session, removed: the one whose time overlaps and whose
    /// beginning is nearest.
    /// Where two hubs use the same id at the same time, the host that the front end names decides.
    pub fn take(&mut self, hub: &SessionFacts, server: Option<&str>) -> Option<SessionFacts> {
        let halves = self.halves.get_mut(&hub.frame.id.key())?;
        let best = halves
            .iter()
            .enumerate()
            .filter(|(_, half)| overlaps(half, hub))
            .min_by_key(|(index, half)| {
                let apart = distance(half.frame.started, hub.frame.started);
                (names_another_host(half, server), apart, *index)
            })
            .map(|(index, _)| index)?;
        Some(halves.remove(best))
    }

    /// The front-end sessions whose hub half never came, in reading order.
    pub fn rest(&mut self) -> Vec<SessionFacts> {
        let mut rest: Vec<SessionFacts> =
            self.halves.drain().flat_map(|(_, halves)| halves).collect();
        rest.sort_by_key(|facts| facts.frame.first);
        rest
    }
}

/// The front end names a host other than the hub's server.
fn names_another_host(half: &SessionFacts, server: Option<&str>) -> bool {
    match (&half.talk.proxy, server) {
        (ProxyPart::FrontEnd { hub_host, .. }, Some(server)) => {
            let name = hub_host.split('.').next().unwrap_or_default();
            !name.eq_ignore_ascii_case(server)
        }
        _ => false,
    }
}

fn overlaps(half: &SessionFacts, hub: &SessionFacts) -> bool {
    overlap(
        (half.frame.started, half.frame.ended),
        (hub.frame.started, hub.frame.ended),
    )
}

/// True where two periods overlap, a little skew of the clocks allowed. Unknown times overlap
/// nothing.
pub fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    match (one.1.since(other.0), other.1.since(one.0)) {
        (Some(after), Some(before)) => after >= -CLOCK_SKEW && before >= -CLOCK_SKEW,
        _ => false,
    }
}

fn distance(one: Timestamp, other: Timestamp) -> u64 {
    one.since(other).map_or(u64::MAX, i64::unsigned_abs)
}

/// What Exchange Online saw of a proxied session: the front end's certificate, TLS state and
/// address, the hub's messages.
pub fn joined(mut hub: SessionFacts, front: SessionFacts) -> SessionFacts {
    let hub_talk = &mut hub.talk;
    hub_talk.exchange_online |= front.talk.exchange_online;
    hub_talk.certificate = front.talk.certificate;
    hub_talk.remote_certificate = front.talk.remote_certificate;
    hub_talk.tls = front.talk.tls;
    hub_talk.source_address = front.talk.source_address;
    hub_talk.proxy = ProxyPart::None;
    // What the front end was refused before the hub's commands went through.
    let early = front
        .talk
        .rejections
        .into_iter()
        .map(|rejection| Rejection {
            message: None,
            ..rejection
        });
    hub_talk.rejections.splice(0..0, early);
    hub
}

/// The other half of a proxied session, as `sendlens sessions` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHalf {
    /// The stream of the other half.
    pub stream: usize,
    /// Its session id.
    pub id: SessionId,
    started: Timestamp,
    ended: Timestamp,
}

/// A small index of proxied sessions, to name each one's other half.
#[derive(Debug, Default)]
pub struct HalvesIndex {
    hubs: FxHashMap<SessionKey, Vec<OtherHalf>>,
    fronts: FxHashMap<SessionKey, Vec<OtherHalf>>,
}

impl HalvesIndex {
    /// Notes a session if it is half of a proxied conversation.
    pub fn note(&mut self, stream: usize, frame: &Frame, part: &ProxyPart) {
        let (halves, key) = match part {
            ProxyPart::Hub => (&mut self.hubs, frame.id.key()),
            ProxyPart::FrontEnd { hub_session, .. } => {
                (&mut self.fronts, SessionKey::of(hub_session.as_bytes()))
            }
            ProxyPart::None | ProxyPart::Inbound => return,
        };
        halves.entry(key).or_default().push(OtherHalf {
            stream,
            id: frame.id.clone(),
            started: frame.started,
            ended: frame.ended,
        });
    }

    /// The other half of a session, where it is in the input.
    pub fn other_half(&self, frame: &Frame, part: &ProxyPart) -> Option<&OtherHalf> {
        let halves = match part {
            ProxyPart::Hub => self.fronts.get(&frame.id.key()),
            ProxyPart::FrontEnd { hub_session, .. } => {
                self.hubs.get(&SessionKey::of(hub_session.as_bytes()))
            }
            ProxyPart::None | ProxyPart::Inbound => None,
        };
        let span = (frame.started, frame.ended);
        halves?
            .iter()
            .filter(|half| overlap((half.started, half.ended), span))
            .min_by_key(|half| distance(half.started, frame.started))
    }
}
