//! How sessions went over time: how many there were, how many delivered, and how many failed without
//! a word.
//!
//! In: sessions, one by one. Out: a [`Course`], whose [`Stretch`]es each tell of a short time.
//! Must not keep sessions. Memory does not grow with their number: stretches become longer.
//! Invariant: the result depends on the sessions only, not on their order or on parts.

use crate::input::timestamp::Timestamp;
use crate::smtp::view::SessionView;

use super::buckets::{Buckets, Join, Ladder};
use super::failure::Failed;

/// From a minute to ten weeks; a week has stretches of five minutes.
pub(super) static STRETCHES: Ladder = Ladder {
    lengths: &[
        60_000,
        300_000,
        900_000,
        3_600_000,
        10_800_000,
        21_600_000,
        86_400_000,
        604_800_000,
        6_048_000_000,
    ],
    most: 3_000,
};

/// Sessions of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many.
    pub sessions: u64,
    /// The earliest beginning.
    pub first: Timestamp,
    /// The latest end.
    pub last: Timestamp,
}

impl Tally {
    /// Counts a session.
    pub fn add(&mut self, first: Timestamp, last: Timestamp) {
        self.merge(&Tally {
            sessions: 1,
            first,
            last,
        });
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Tally) {
        self.sessions += other.sessions;
        self.first = self.first.earlier(other.first);
        self.last = self.last.later(other.last);
    }
}

/// The sessions that ended in a short time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stretch {
    /// All of them.
    pub all: Tally,
    /// Those that delivered something.
    pub taken: Tally,
    /// Those in which a recipient was rejected.
    pub rejected: Tally,
    /// Those that were dropped.
    pub dropped: Tally,
    /// Those for which no connection came about.
    pub unconnected: Tally,
    /// How many of them failed in TLS.
    pub failed_in_tls: u64,
    /// The recipients that they delivered to.
    pub accepted_recipients: u64,
    /// The recipients that were rejected in them, for whatever reason.
    pub rejected_recipients: u64,
}

impl Stretch {
    /// How many sessions failed without a reply: in TLS, dropped, or not connected.
    pub fn died(&self) -> u64 {
        self.failed_in_tls + self.dropped.sessions + self.unconnected.sessions
    }
}

impl Join for Stretch {
    fn join(&mut self, other: Stretch) {
        self.all.merge(&other.all);
        self.taken.merge(&other.taken);
        self.rejected.merge(&other.rejected);
        self.dropped.merge(&other.dropped);
        self.unconnected.merge(&other.unconnected);
        self.failed_in_tls += other.failed_in_tls;
        self.accepted_recipients += other.accepted_recipients;
        self.rejected_recipients += other.rejected_recipients;
    }
}

/// The sessions over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course(Buckets<Stretch>);

impl Default for Course {
    fn default() -> Course {
        Course(Buckets::new(&STRETCHES))
    }
}

impl Course {
    /// Counts a session at its end. One without a time is not counted.
    pub(super) fn session(&mut self, session: &SessionView<'_>, failed: Option<Failed>) {
        let (first, last) = (session.started, session.ended);
        if !last.is_known() {
            return;
        }
        let mut one = Tally::default();
        one.add(first, last);
        let mut stretch = Stretch {
            all: one,
            accepted_recipients: u64::from(session.accepted),
            rejected_recipients: u64::from(session.rejected),
            ..Stretch::default()
        };
        if session.accepted > 0 {
            stretch.taken = one;
        }
        if session.rejected > 0 {
            stretch.rejected = one;
        }
        match failed {
            Some(Failed::Dropped(_)) => stretch.dropped = one,
            Some(Failed::NotConnected(_)) => stretch.unconnected = one,
            Some(Failed::Tls(_)) => stretch.failed_in_tls = 1,
            None => {}
        }
        self.0.add(last.millis(), stretch);
    }

    pub(super) fn ladder() -> &'static Ladder {
        &STRETCHES
    }

    pub(super) fn buckets(&self) -> &Buckets<Stretch> {
        &self.0
    }

    pub(super) fn of_buckets(buckets: Buckets<Stretch>) -> Course {
        Course(buckets)
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: &Course) {
        self.0.merge(&other.0, |stretch| *stretch);
    }

    /// The stretches in order of time, each with its beginning in milliseconds.
    pub fn stretches(&self) -> impl Iterator<Item = (i64, &Stretch)> {
        self.0
            .values()
            .iter()
            .map(|(start, stretch)| (*start, stretch))
    }

    /// How many sessions there were between two times, without those that delivered before or after.
    pub fn sessions_within(&self, first: Timestamp, last: Timestamp) -> u64 {
        let stretches = self.stretches().map(|(_, stretch)| stretch);
        stretches
            .filter(|stretch| stretch.all.last >= first && stretch.all.first <= last)
            .map(|stretch| {
                let taken = stretch.taken;
                let is_outside = taken.last <= first || taken.first >= last;
                stretch.all.sessions - if is_outside { taken.sessions } else { 0 }
            })
            .sum()
    }

    /// The step of the ladder in use.
    pub fn step(&self) -> usize {
        self.0.step()
    }

    /// The same with stretches of at least this step.
    pub fn at_step(&self, step: usize) -> Course {
        let mut course = self.clone();
        course.0.coarsen(step);
        course
    }

    /// The length of a stretch, in milliseconds.
    pub fn length(&self) -> i64 {
        self.0.length()
    }
}
