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
    /// The minute counted last, since the epoch, and what is not yet in `over_time` of it: sessions
    /// come in order of time, so most are of the same minute as the one before.
    recent: (i64, u64),
}

impl Activity {
    /// Counts a session.
    pub fn session(&mut self, frame: &Frame) {
        let (started, ended) = (frame.started, frame.ended);
        self.first = self.first.earlier(started);
        self.last = self.last.later(ended);
        self.at(started);
        if minute(started) != minute(ended) {
            self.at(ended);
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

    fn at(&mut self, time: Timestamp) {
        if !time.is_known() {
            return;
        }
        let minute = minute(time);
        if self.recent.0 != minute {
            self.settle();
            self.recent.0 = minute;
        }
        self.recent.1 += 1;
    }

    /// Brings `over_time` up to date, once the last session has been counted.
    pub(super) fn settle(&mut self) {
        let (minute, count) = self.recent;
        let time = Timestamp::from_millis(minute.saturating_mul(MINUTE));
        self.over_time.add(time, count);
        self.recent.1 = 0;
    }

    /// Adds the sessions of another part of the stream.
    pub fn merge(&mut self, mut other: Activity) {
        other.settle();
        self.first = self.first.earlier(other.first);
        self.last = self.last.later(other.last);
        self.over_time.merge(&other.over_time);
        self.without_start.merge(&other.without_start);
        self.without_end.merge(&other.without_end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_do_not_depend_on_order_or_parts() {
        let minutes = [5, 5, 7, 5, 90, 7, 5];
        let count = |minutes: &[i64]| {
            let mut activity = Activity::default();
            for minute in minutes {
                activity.at(Timestamp::from_millis(minute * MINUTE + 17));
            }
            activity
        };
        let mut whole = count(&minutes);
        whole.settle();
        let mut parts = count(&minutes[4..]);
        parts.merge(count(&minutes[..4]));
        parts.settle();
        assert_eq!(whole.over_time, parts.over_time);
        let buckets: Vec<u64> = whole.over_time.at_step(0).into_values().collect();
        assert_eq!(buckets, [4, 2, 1]);
    }
}
