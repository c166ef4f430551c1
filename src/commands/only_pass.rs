//! Follows messages over sessions that can be read only once, as from a pipe.
//!
//! In: what workers find in each chunk. Out: the attempts of followed messages, and the latest attempts of
//! others.
//! An attempt is kept until it is known whether its message is followed. One that was longer ago is not
//! found.
//! Memory: the followed messages, and [`LATEST`] others.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::attempts::{Part, Pass};
use super::counting::Counting;
use super::outlook::key_of;
use crate::input::place::PlaceTable;
use crate::mail::attempt::{Attempt, MailDigest};
use crate::mail::followed::{Followed, Keys};
use crate::session::Session;
use crate::session::sink::Sink;

/// How many messages are kept until it is known whether they are followed.
const LATEST: usize = 50_000;

/// Collects what the only pass finds.
pub(super) struct OnlyPass<'a> {
    pub(super) pass: &'a Pass<'a>,
    pub(super) counting: Counting<'a>,
    pub(super) keys: Keys,
    pub(super) latest: Latest,
    pub(super) followed: Followed,
    /// How many messages and recipients were left out, because their sessions have too many.
    pub(super) beyond_in_sessions: u64,
}

impl<'a> OnlyPass<'a> {
    pub(super) fn new(pass: &'a Pass<'a>, counting: Counting<'a>) -> OnlyPass<'a> {
        OnlyPass {
            pass,
            counting,
            keys: Keys::default(),
            latest: Latest::default(),
            followed: Followed::default(),
            beyond_in_sessions: 0,
        }
    }
}

impl Sink<MailDigest, Part> for OnlyPass<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.part(stream, part);
    }

    fn part(&mut self, _stream: usize, part: Part) {
        self.counting.merge(part.aggregate);
        self.beyond_in_sessions += part.beyond_in_sessions;
        for key in part.keys {
            self.keys.add(key);
            for earlier in self.latest.take(key) {
                self.followed.add(earlier);
            }
        }
        for attempt in part.attempts {
            match key_of(&attempt) {
                Some(key) if self.keys.contains(key) => self.followed.add(attempt),
                Some(key) => self.latest.keep(key, attempt),
                None if attempt.has_failure() => self.followed.add(attempt),
                None => {}
            }
        }
    }

    fn end(&mut self, stream: usize, places: &PlaceTable) {
        self.counting.end(stream, places);
    }
}

/// The attempts of the latest messages, while it is not known whether these are followed.
#[derive(Default)]
pub(super) struct Latest {
    attempts: FxHashMap<u64, Vec<Attempt>>,
    order: VecDeque<u64>,
}

impl Latest {
    fn keep(&mut self, key: u64, attempt: Attempt) {
        let known = self.attempts.entry(key).or_default();
        if known.is_empty() {
            self.order.push_back(key);
        }
        known.push(attempt);
        if self.order.len() > LATEST
            && let Some(oldest) = self.order.pop_front()
        {
            self.attempts.remove(&oldest);
        }
    }

    fn take(&mut self, key: u64) -> Vec<Attempt> {
        // The key stays in the order, where it does no harm.
        self.attempts.remove(&key).unwrap_or_default()
    }

    /// What was kept and is not followed, in order.
    pub(super) fn into_rest(mut self) -> impl Iterator<Item = Attempt> {
        let order = std::mem::take(&mut self.order);
        order
            .into_iter()
            .flat_map(move |key| self.attempts.remove(&key).unwrap_or_default())
    }
}
