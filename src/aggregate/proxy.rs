//! The times of hub sessions and of the front-end sessions that carry them on, and an index of
//! both by session id.
//!
//! In: hub and front-end sessions. Out: for each, the other half, as `sendlens sessions` names it.
//! Ids come again after a restart, so the times of the halves must overlap.

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::session::frame::Frame;
use crate::session::key::{SessionId, SessionKey};
use crate::smtp::facts::ProxyPart;

/// Clocks of two servers differ: halves this far apart still overlap.
const CLOCK_SKEW: i64 = 5_000;

/// True where two periods overlap, a little skew of the clocks allowed. Unknown times overlap
/// nothing.
pub fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    match (one.1.since(other.0), other.1.since(one.0)) {
        (Some(after), Some(before)) => after >= -CLOCK_SKEW && before >= -CLOCK_SKEW,
        _ => false,
    }
}

/// How far apart two times are.
pub(super) fn distance(one: Timestamp, other: Timestamp) -> u64 {
    one.since(other).map_or(u64::MAX, i64::unsigned_abs)
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
