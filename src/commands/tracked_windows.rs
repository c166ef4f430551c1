//! Lists every message of message tracking logs without send logs, however many there are
//! (`sendlens messages --all`).
//!
//! In: an [`Outlook`]. Out: each message, to a [`Follower`], in the order of first attempts.
//! The logs are read once to count the rows about sending over time, and then twice for each window of
//! time: for the messages that are first sent in it, and for all their rows. Must not decide fates.
//! Memory: the messages of one window, which has at most [`MOST_ROWS`] such rows unless one bucket of the
//! time line has more, and 16 bytes for each such row of all logs, by which rows that are read twice are
//! known.

use super::outlook::{Follower, Outlook};
use super::tracking::{TrackingRead, TrackingReader, Troubled};
use crate::aggregate::windows::windows;
use crate::input::place::PlaceTable;
use crate::input::timestamp::Timestamp;
use crate::mail::case;
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::queued::Queued;
use crate::report::message::Context;

/// How many rows about sending a window has at most.
const MOST_ROWS: u64 = 100_000;

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
