//! Too many open sessions: which ones are no longer waited for.
//!
//! In: the outlines of the open sessions. Out: those that have been silent the longest, and whether rows
//! of them may still come.
//! Must not depend on how sessions are kept: the result follows from their rows.
//! A log in which sessions never end would otherwise fill the memory. No server has so many connections.

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;

use super::frame::Frame;

/// How many sessions may be open at the same time. If there are more, half of them are given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most(pub(super) usize);

/// A session to give up.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenUp {
    /// Its index.
    pub(super) index: usize,
    /// Its first row.
    pub(super) first: LinePlace,
    /// No more rows of it are expected.
    pub(super) is_over: bool,
}

impl Most {
    /// In one chunk.
    pub(super) const IN_CHUNK: Most = Most(32_768);
    /// Between the chunks of a stream.
    pub(super) const IN_STREAM: Most = Most(65_536);

    /// The sessions to give up, in the order of their first rows.
    pub(super) fn to_give_up(self, open: &[(usize, &Frame)]) -> Vec<GivenUp> {
        let mut open = open.to_vec();
        let times = open.iter().map(|(_, frame)| frame.silent_since().0);
        let now = times.fold(Timestamp::UNKNOWN, Timestamp::later);
        let give_up = open.len().saturating_sub(self.0 / 2);
        if give_up < open.len() {
            open.select_nth_unstable_by_key(give_up, |(_, frame)| frame.silent_since());
        }
        open.truncate(give_up);
        open.sort_unstable_by_key(|(_, frame)| frame.first);
        let given_up = open.into_iter().map(|(index, frame)| GivenUp {
            index,
            first: frame.first,
            is_over: frame.is_over_by(now),
        });
        given_up.collect()
    }
}
