//! The times of hub sessions and of the front-end sessions that carry them on, and an index of
//! both by session id.
//!
//! In: hub and front-end sessions. Out: for each, the other half, as `sendlens sessions` names it.
//! Ids come again after a restart, so the times of the halves must overlap.

use crate::session::frame::Frame;
use crate::session::key::{SessionId, SessionKey};
use crate::smtp::facts::ProxyPart;

use super::nearest::{Nearest, Period, distance};

/// The other half of a proxied session, as `sendlens sessions` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHalf {
    /// The stream of the other half.
    pub stream: usize,
    /// Its session id.
    pub id: SessionId,
    period: Period,
}

/// Collects the halves of proxied sessions.
#[derive(Debug, Default)]
pub struct HalvesNoted {
    hubs: Vec<(SessionKey, OtherHalf)>,
    front_ends: Vec<(SessionKey, OtherHalf)>,
}

/// A small index of proxied sessions, to name each one's other half.
#[derive(Debug)]
pub struct HalvesIndex {
    hubs: ById,
    front_ends: ById,
}

/// The halves on one side, by the id of the hub session and by time.
#[derive(Debug)]
struct ById {
    halves: Vec<(SessionKey, OtherHalf)>,
    /// Which one came first to the input.
    numbers: Vec<usize>,
    nearest: Nearest,
}

impl HalvesNoted {
    /// Notes a session if it is half of a proxied conversation.
    pub fn note(&mut self, stream: usize, frame: &Frame, part: &ProxyPart) {
        let (halves, key) = match part {
            ProxyPart::Hub => (&mut self.hubs, frame.id.key().clone()),
            ProxyPart::FrontEnd { hub_session, .. } => {
                (&mut self.front_ends, SessionKey::of(hub_session.as_bytes()))
            }
            ProxyPart::None | ProxyPart::Inbound => return,
        };
        let half = OtherHalf {
            stream,
            id: frame.id.clone(),
            period: (frame.started, frame.ended),
        };
        halves.push((key, half));
    }

    /// The index of all of them.
    pub fn index(self) -> HalvesIndex {
        HalvesIndex {
            hubs: ById::of(self.hubs),
            front_ends: ById::of(self.front_ends),
        }
    }
}

impl HalvesIndex {
    /// The other half of a session, where it is in the input.
    pub fn other_half(&self, frame: &Frame, part: &ProxyPart) -> Option<&OtherHalf> {
        let period = (frame.started, frame.ended);
        match part {
            ProxyPart::Hub => self.front_ends.nearest(frame.id.key(), period),
            ProxyPart::FrontEnd { hub_session, .. } => {
                let key = SessionKey::of(hub_session.as_bytes());
                self.hubs.nearest(&key, period)
            }
            ProxyPart::None | ProxyPart::Inbound => None,
        }
    }
}

impl ById {
    fn of(halves: Vec<(SessionKey, OtherHalf)>) -> ById {
        let mut numbered: Vec<_> = halves.into_iter().enumerate().collect();
        numbered.sort_by(|(_, one), (_, other)| {
            (&one.0, one.1.period.0).cmp(&(&other.0, other.1.period.0))
        });
        let (numbers, halves): (Vec<usize>, Vec<_>) = numbered.into_iter().unzip();
        let periods = halves.iter().map(|(_, half)| half.period);
        ById {
            nearest: Nearest::of(periods.collect()),
            numbers,
            halves,
        }
    }

    /// The half with this id whose time overlaps and whose beginning is nearest.
    fn nearest(&self, key: &SessionKey, period: Period) -> Option<&OtherHalf> {
        let start = self.halves.partition_point(|(known, _)| known < key);
        let after = self.halves.partition_point(|(known, _)| known <= key);
        let around = self.nearest.around(start..after, period);
        let order = |at: &usize| {
            let apart = distance(self.halves[*at].1.period.0, period.0);
            (apart, self.numbers[*at])
        };
        let best = around.into_iter().flatten().min_by_key(order)?;
        Some(&self.halves[best].1)
    }
}
