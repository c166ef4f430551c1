//! Lists every message of message tracking logs without send logs, however many there are
//! (`sendlens messages --all`).
//!
//! In: an [`Outlook`]. Out: each message, to a [`Follower`], in the order of first attempts.
//! The logs are read once to count the rows about sending over time, and then twice for each window of
//! time: for the messages that are first sent in it, and for all their rows. Must not decide fates.
//! Memory: the messages of one window, which has at most [`MOST_ROWS`] such rows unless one bucket of the
//! [`Timeline`] has more, and 16 bytes for each such row of all logs, by which rows that are read twice are
//! known.

use super::outlook::{Follower, Outlook};
use super::tracking::{TrackingRead, TrackingReader, Troubled};
use crate::aggregate::timeline::{LADDER, Timeline};
use crate::input::place::PlaceTable;
use crate::input::timestamp::Timestamp;
use crate::mail::case;
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::queued::Queued;
use crate::report::message::Context;

/// How many rows about sending a window has at most.
const MOST_ROWS: u64 = 100_000;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The first moment.
    start: Timestamp,
    /// The first moment behind it.
    end: Timestamp,
}

impl Window {
    /// Whether a time lies in it.
    pub(super) fn holds(self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }
}

/// Windows of at most so many rows, unless one bucket has more, in the order of time.
fn windows(rows: &Timeline, most: u64) -> Vec<Window> {
    let length = LADDER[rows.step()];
    let moment = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let mut windows: Vec<Window> = Vec::new();
    let mut size = 0;
    for (start, count) in rows.at_step(0) {
        let end = moment(start.saturating_add(length));
        match windows.last_mut() {
            Some(last) if size + count <= most => {
                last.end = end;
                size += count;
            }
            _ => {
                let start = moment(start);
                windows.push(Window { start, end });
                size = count;
            }
        }
    }
    windows
}

/// Gives every message to the follower.
pub(super) fn tell(outlook: &Outlook<'_>, follower: &mut dyn Follower) -> TrackingRead {
    let (rows, mut read) = outlook.tracking().sent_over_time();
    for window in windows(&rows, MOST_ROWS) {
        let mut keys = Keys::up_to(usize::MAX);
        let troubled = outlook.tracking().troubled(&mut keys, Some(window));
        read = tell_some(outlook, &troubled, window.start, follower);
    }
    // What waits, and was never sent.
    let waiting = waiting(outlook);
    if !waiting.ids.is_empty() {
        let end = Timestamp::from_millis(i64::MAX);
        read = tell_some(outlook, &waiting, end, follower);
    }
    read
}

/// The messages in queues.
fn waiting(outlook: &Outlook<'_>) -> Troubled {
    let mut found = Troubled::default();
    let queues = &outlook.inputs.exports.queues;
    for (id, _) in outlook.asked_for_in_queues(&Queued::of(queues)) {
        found.ids.insert(id.clone());
    }
    found
}

/// Gives those of these messages to the follower that were not sent before a time.
fn tell_some(
    outlook: &Outlook<'_>,
    troubled: &Troubled,
    start: Timestamp,
    follower: &mut dyn Follower,
) -> TrackingRead {
    let mut fresh = Fresh {
        start,
        reader: outlook.tracking(),
        follower,
    };
    let places = PlaceTable::default();
    outlook.tell(
        &places,
        Followed::default(),
        troubled,
        Vec::new(),
        &mut fresh,
    )
}

/// Leaves out messages that were sent in an earlier window, where they are listed.
struct Fresh<'a> {
    start: Timestamp,
    reader: TrackingReader<'a>,
    follower: &'a mut dyn Follower,
}

impl Follower for Fresh<'_> {
    fn message(&mut self, message: &Message, context: &Context<'_>) {
        let mut steps = case::steps_of(message, context.sources);
        let id = message.id.as_ref();
        let was_sent = id.is_some_and(|id| {
            steps.any(|one| one.time() < self.start && self.reader.is_asked_for(&one.step, id))
        });
        if !was_sent {
            self.follower.message(message, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(minutes: &[(i64, u64)]) -> Timeline {
        let mut rows = Timeline::default();
        for (minute, count) in minutes {
            rows.add(Timestamp::from_millis(minute * 60_000 + 5), *count);
        }
        rows
    }

    /// The windows in minutes, the second number behind the last minute.
    fn minutes(minutes: &[(i64, u64)], most: u64) -> Vec<(i64, i64)> {
        let minute = |time: Timestamp| time.millis() / 60_000;
        let windows = windows(&timeline(minutes), most).into_iter();
        windows
            .map(|window| (minute(window.start), minute(window.end)))
            .collect()
    }

    #[test]
    fn windows_hold_all_rows_once_and_not_too_many() {
        assert_eq!(minutes(&[], 10), []);
        let all = [(0, 6), (1, 4), (2, 1), (7, 25), (8, 3), (9, 7), (10, 1)];
        // One minute has more than fit.
        assert_eq!(
            minutes(&all, 10),
            [(0, 2), (2, 3), (7, 8), (8, 10), (10, 11)]
        );
        assert_eq!(minutes(&all, 100), [(0, 11)]);
        let windows = windows(&timeline(&all), 10);
        for (minute, _) in all {
            let time = Timestamp::from_millis(minute * 60_000 + 59_999);
            let holding = windows.iter().filter(|window| window.holds(time));
            assert_eq!(holding.count(), 1, "{minute}");
        }
    }
}
