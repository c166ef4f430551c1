//! Lists every message of message tracking logs without send logs, however many there are
//! (`sendlens messages --all`).
//!
//! In: an [`Outlook`]. Out: each message, to a [`Follower`], in the order of first attempts.
//! The logs are read once to count the rows about sending over time, and then once for each window of time,
//! for the messages that are first sent in it. Files that may hold other rows of these are read again. Must not
//! decide fates.
//! Memory: the messages of one window, which has at most [`MOST_ROWS`] such rows unless one bucket of the
//! time line has more.

use super::outlook::{Follower, Outlook, Take};
use super::tracking::{TrackingRead, TrackingReader, Troubled};
use crate::aggregate::windows::{Window, windows};
use crate::input::timestamp::Timestamp;
use crate::mail::case::{Sources, Traces};
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::queued::Queued;
use crate::mail::tracked::Step;
use crate::report::message::Context;
use crate::smtp::message_key::MessageKeys;

/// How many rows about sending a window has at most.
const MOST_ROWS: u64 = 100_000;

/// Gives every message to the follower.
pub(super) fn tell<F: Follower>(
    outlook: &Outlook<'_>,
    follower: &F,
    take: Take<'_, F>,
) -> TrackingRead {
    let (rows, read) = outlook.tracking().sent_over_time();
    for window in windows(&rows, MOST_ROWS) {
        let mut keys = Keys::up_to(usize::MAX);
        let tracking = outlook.tracking();
        let troubled = tracking.troubled(&mut keys, MessageKeys::default(), Some(window));
        tell_some(outlook, troubled, window, follower, take);
    }
    tell_waiting(outlook, follower, take);
    read
}

/// Gives the messages to the follower that wait, and were never sent.
fn tell_waiting<F: Follower>(outlook: &Outlook<'_>, follower: &F, take: Take<'_, F>) {
    let queued = Queued::of(&outlook.inputs.exports.queues);
    let ids: Vec<_> = outlook.asked_for_in_queues(&queued).collect();
    if ids.is_empty() {
        return;
    }
    let mut keys = Keys::up_to(usize::MAX);
    ids.iter().for_each(|(id, _)| keys.add(id.key()));
    // No row is in this window.
    let end = Timestamp::from_millis(i64::MAX);
    let none = Window { start: end, end };
    let tracking = outlook.tracking();
    let mut troubled = tracking.troubled(&mut keys, MessageKeys::default(), Some(none));
    let ids = ids.into_iter().map(|(id, _)| id.clone());
    troubled.ids.extend(ids);
    tell_some(outlook, troubled, none, follower, take);
}

/// Gives those of these messages to the follower that are first sent in a window.
fn tell_some<F: Follower>(
    outlook: &Outlook<'_>,
    troubled: Troubled,
    window: Window,
    follower: &F,
    take: Take<'_, F>,
) {
    let fresh = Fresh {
        window,
        reader: outlook.tracking(),
        follower,
    };
    let followed = Followed::default();
    // The next window needs the memory.
    drop(outlook.tell(followed, troubled, Vec::new(), &fresh, take));
}

/// Leaves out messages that are first sent in another window, where they are listed.
struct Fresh<'a, F> {
    window: Window,
    reader: TrackingReader<'a>,
    follower: &'a F,
}

impl<F> Fresh<'_, F> {
    /// Whether this is the window of a message. One that was never sent is in that of the message with which
    /// it shares its id.
    fn holds(&self, message: &Message, sources: Sources<'_>) -> bool {
        let Some(id) = &message.id else {
            return true;
        };
        let is_sent = |step: &&Step| self.reader.is_asked_for(&step.step, id);
        // The steps are in the order of time.
        if let Some(sent) = Traces::of(message, sources).steps().find(is_sent) {
            return self.window.holds(sent.time());
        }
        let mut all = sources.tracked.steps(id).iter();
        let first = all.find(is_sent);
        first.is_none_or(|first| self.window.holds(first.time()))
    }
}

impl<F: Follower> Follower for Fresh<'_, F> {
    type Told = F::Told;

    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut F::Told) {
        if self.holds(message, context.sources) {
            self.follower.tell(message, context, told);
        }
    }
}
