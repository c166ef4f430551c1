//! Halves of proxied conversations, until they are matched.
//!
//! In: hub sessions and the front-end sessions that carry them on (each names its hub session).
//! Out: for a hub session, the half that Exchange Online saw.
//! Must not match before all have come: ids come again after a restart, and two hubs may use the
//! same id at the same time.

use crate::input::place::LinePlace;

use super::half::Half;
use super::kept::{Kept, Models};
use super::nearest::{Nearest, distance};

/// What to do with front-end sessions whose hub half is not in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrontEndsAlone {
    /// Count them under their own send connector.
    #[default]
    Count,
    /// Leave them out: only some send connectors or times are asked for.
    LeaveOut,
}

/// All halves so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Halves {
    hubs: Vec<Kept>,
    front_ends: Vec<Kept>,
    models: Models,
}

/// The halves once all have come.
#[derive(Debug)]
pub(super) struct Matched {
    hubs: Vec<Kept>,
    /// By id. Those that have been given out are gone.
    front_ends: Vec<Option<Kept>>,
    /// For each hub session: its front-end half, by index.
    halves: Vec<Option<usize>>,
}

/// What was found of a conversation.
pub(super) enum Found<'a> {
    /// A hub session, with its front-end half where that is in the input.
    Hub(&'a Half, Option<&'a Half>),
    /// A front-end session whose hub half is not in the input.
    FrontEndAlone(&'a Half),
}

impl Halves {
    /// Keeps a half.
    pub(super) fn keep(&mut self, half: Half) {
        let kept = Kept::of(half, &mut self.models);
        if kept.is_hub() {
            self.hubs.push(kept);
        } else {
            self.front_ends.push(kept);
        }
    }

    /// Adds those of another part.
    pub(super) fn merge(&mut self, mut part: Halves) {
        self.hubs.append(&mut part.hubs);
        self.front_ends.append(&mut part.front_ends);
    }

    /// All of them, in an order that follows from their content.
    pub(super) fn all(&self) -> impl Iterator<Item = Half> {
        let mut all: Vec<&Kept> = self.hubs.iter().chain(&self.front_ends).collect();
        all.sort_unstable_by_key(|half| half.order());
        all.into_iter().map(Kept::half)
    }

    /// Gives all of them to the stream with this index.
    pub(super) fn move_to(&mut self, stream: usize) {
        let all = self.hubs.iter_mut().chain(&mut self.front_ends);
        all.for_each(|half| half.move_to(stream));
    }

    /// Shows the places of their rows, to be changed.
    pub(super) fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        let all = self.hubs.iter_mut().chain(&mut self.front_ends);
        all.for_each(|half| half.each_place(change));
    }

    /// Matches them. `servers` has the server of each stream, where it is known.
    pub(super) fn matched(self, servers: &[Option<String>]) -> Matched {
        let (mut hubs, mut front_ends) = (self.hubs, self.front_ends);
        hubs.sort_unstable_by_key(Kept::order);
        front_ends.sort_unstable_by(|one, other| {
            let by_id = one.id().cmp(other.id());
            by_id.then_with(|| one.order().cmp(&other.order()))
        });
        let mut waiting = Waiting::of(&front_ends);
        let halves = hubs.iter().map(|hub| {
            let server = servers.get(hub.stream()).and_then(Option::as_deref);
            waiting.take(hub, server)
        });
        Matched {
            halves: halves.collect(),
            hubs,
            front_ends: front_ends.into_iter().map(Some).collect(),
        }
    }
}

impl Matched {
    /// Gives out the hub sessions, each with its front-end half where that is in the input, and then the
    /// front-end sessions whose hub half is not.
    pub(super) fn each(self, mut visit: impl FnMut(Found<'_>)) {
        let mut front_ends = self.front_ends;
        for (one, other) in self.hubs.into_iter().zip(self.halves) {
            let other = other.and_then(|at| front_ends[at].take());
            visit(Found::Hub(
                &one.into_half(),
                other.map(Kept::into_half).as_ref(),
            ));
        }
        for one in front_ends.into_iter().flatten() {
            visit(Found::FrontEndAlone(&one.into_half()));
        }
    }
}

/// The front-end halves that a hub session may still find.
struct Waiting<'a> {
    /// By id, then by time.
    front_ends: &'a [Kept],
    any: Nearest,
    /// The index of each half, by id, then by the host that the half names, then by time.
    by_host: Vec<usize>,
    hosts: Vec<String>,
    of_host: Nearest,
    /// Where each half is among `by_host`.
    places: Vec<usize>,
}

impl<'a> Waiting<'a> {
    fn of(front_ends: &'a [Kept]) -> Waiting<'a> {
        let hosts: Vec<String> = front_ends.iter().map(Kept::hub_host).collect();
        let mut by_host: Vec<usize> = (0..front_ends.len()).collect();
        by_host.sort_by_key(|at| (front_ends[*at].id(), &hosts[*at], *at));
        let mut places = vec![0; by_host.len()];
        for (place, at) in by_host.iter().enumerate() {
            places[*at] = place;
        }
        let periods = |order: &mut dyn Iterator<Item = usize>| {
            let periods = order.map(|at| front_ends[at].period());
            Nearest::of(periods.collect())
        };
        Waiting {
            front_ends,
            any: periods(&mut (0..front_ends.len())),
            of_host: periods(&mut by_host.iter().copied()),
            by_host,
            hosts,
            places,
        }
    }

    /// The front-end half of a hub session, by index, which is then no longer waiting: the one whose
    /// time overlaps and whose beginning is nearest. Where two hubs use the same id at the same time,
    /// the host that the front end names decides.
    fn take(&mut self, hub: &Kept, server: Option<&str>) -> Option<usize> {
        let of_host = server.and_then(|server| self.of_host(hub, server));
        let found = of_host.or_else(|| {
            let start = self.front_ends.partition_point(|half| half.id() < hub.id());
            let after = self
                .front_ends
                .partition_point(|half| half.id() <= hub.id());
            let around = self.any.around(start..after, hub.period());
            self.nearest(hub, around)
        })?;
        self.any.remove(found);
        self.of_host.remove(self.places[found]);
        Some(found)
    }

    fn of_host(&self, hub: &Kept, server: &str) -> Option<usize> {
        let key = (hub.id(), server.to_ascii_lowercase());
        let order = |at: &usize| (self.front_ends[*at].id(), &self.hosts[*at]);
        let start = self
            .by_host
            .partition_point(|at| order(at) < (key.0, &key.1));
        let after = self
            .by_host
            .partition_point(|at| order(at) <= (key.0, &key.1));
        let around = self.of_host.around(start..after, hub.period());
        let around = around.map(|found| found.map(|place| self.by_host[place]));
        self.nearest(hub, around)
    }

    fn nearest(&self, hub: &Kept, around: [Option<usize>; 2]) -> Option<usize> {
        let apart = |at: &usize| distance(self.front_ends[*at].period().0, hub.period().0);
        around.into_iter().flatten().min_by_key(apart)
    }
}
