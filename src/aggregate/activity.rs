//! When a stream had sessions, and when sessions were cut.
//!
//! In: the frames of all sessions of a stream, in any order. Out: an [`Activity`].
//! Must not judge whether a silence is odd. Memory does not grow with the number of sessions.

use crate::input::timestamp::Timestamp;
use crate::session::Completeness;
use crate::session::frame::Frame;

use super::timeline::Timeline;

const MINUTE: i64 = 60_000;

fn minute(time: Timestamp) -> i64 {
    time.millis().div_euclid(MINUTE)
}

/// The sessions of a stream over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// The earliest row.
    pub first: Timestamp,
    /// The latest row.
    pub last: Timestamp,
    /// Beginnings and ends of sessions; a session within one minute is counted once.
    pub over_time: Timeline,
    /// The first rows of sessions whose beginning is missing.
    pub without_start: Timeline,
    /// The last rows of sessions whose end is missing.
    pub without_end: Timeline,
}

impl Activity {
    /// Counts a session.
    pub fn session(&mut self, frame: &Frame) {
        let (started, ended) = (frame.started, frame.ended);
        self.first = self.first.earlier(started);
        self.last = self.last.later(ended);
        self.over_time.add(started, 1);
        if minute(started) != minute(ended) {
            self.over_time.add(ended, 1);
        }
        match frame.completeness() {
            Completeness::Whole => {}
            _ if frame.never_connected() => {}
            Completeness::NoStart => self.without_start.add(started, 1),
            Completeness::NoEnd => self.without_end.add(ended, 1),
            Completeness::Fragment => {
                self.without_start.add(started, 1);
                self.without_end.add(ended, 1);
            }
        }
    }

    /// Adds the sessions of another part of the stream.
    pub fn merge(&mut self, other: &Activity) {
        self.first = self.first.earlier(other.first);
        self.last = self.last.later(other.last);
        self.over_time.merge(&other.over_time);
        self.without_start.merge(&other.without_start);
        self.without_end.merge(&other.without_end);
    }
}
