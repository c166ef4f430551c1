//! What exports of queues say of a message: rule 9 of the table of fates.
//!
//! In: a [`Case`]. Out: a [`Fate`] if the rule holds.
//! Must not conclude anything from absence: an export holds a part of the queues of one server.

use super::case::Case;
use super::fate::{Certainty, Fate, Reason, Source, Verdict};
use super::queued::Waiting;
use crate::queue::LastError;
use crate::tenant::Known;

const MINUTE: i64 = 60_000;

/// Rule 9: an export that is later than the last rejection holds the message and the recipient.
pub(super) fn waiting(case: &Case<'_>) -> Option<Fate> {
    let newest_first = |one: &&Waiting<'_>| std::cmp::Reverse(one.surely_at());
    let mut queued: Vec<&Waiting<'_>> = case.queued.iter().collect();
    queued.sort_by_key(newest_first);
    queued.into_iter().find_map(|one| waits(case, one))
}

fn waits(case: &Case<'_>, one: &Waiting<'_>) -> Option<Fate> {
    // The times of an export are those of retries, in whole seconds. After a final reply that is too
    // near: the export may be older.
    let slack = if case.has_final_reply() { 0 } else { MINUTE };
    let is_later = one
        .surely_at()
        .since(case.last_time())
        .is_some_and(|after| after >= -slack);
    if !is_later && case.last_time().is_known() {
        return None;
    }
    let certainty = match one.message.waiting_recipients() {
        Some(mut recipients) => recipients
            .find(|two| case.is_for(&two.address))
            .map(|_| Certainty::High),
        // It may wait for others.
        None => (!case.has_final_reply()).then_some(Certainty::Medium),
    }?;
    let error = error(case, one);
    let fate = Fate::new(Verdict::Waiting, certainty, Source::Queue, one.time());
    let fate = Fate {
        expires: one.expires(),
        ..fate
    };
    let fate = fate.saying(error.map(|error| error.innermost.reply.as_str()));
    Some(if one.message.is_held() {
        fate.because(Reason::Held)
    } else {
        fate
    })
}

/// The last error: that of the recipient, else of the message, else of its queue.
fn error<'a>(case: &Case<'_>, one: &Waiting<'a>) -> Option<&'a LastError> {
    fn known(value: &Known<Option<LastError>>) -> Option<&LastError> {
        value.value()?.as_ref()
    }
    let own = one.message.recipients.value().and_then(|recipients| {
        let mut own = recipients.iter();
        own.find(|two| case.is_for(&two.address))
    });
    own.and_then(|own| known(&own.last_error))
        .or_else(|| known(&one.message.last_error))
        .or_else(|| one.queue.and_then(|queue| known(&queue.last_error)))
}

#[cfg(test)]
#[path = "queue_rules_tests.rs"]
mod tests;
