//! Decides which states of queues are the newest ones, and what the input shows after the others.
//!
//! In: all states of all queues, the exports that show every queue of a server, and the ends of logs. Out:
//! the states in order, each with its [`Afterwards`].
//! Must not take silence for an empty queue: a log leaves out queues with fewer than ten messages.
//! Invariant: the result does not depend on the order of the files.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::tenant::Known;

use super::model::{Afterwards, AsOf, Queue};

/// An export that does not say its time was made up to so long after its newest time: a queue with mail is
/// tried again more often.
const OPEN_TIME: TimeDelta = TimeDelta::hours(1);

/// A state is the newest one if its log goes on for no longer than this without it.
const TICKS: TimeDelta = TimeDelta::minutes(5);

/// The newest export of `Get-Queue` of each server: its time and its file. It shows all queues of the
/// server, so a queue that is not in it is gone.
pub(super) type WholeExports = BTreeMap<String, (DateTime<Utc>, String)>;

/// The newest exports among these queues, all of which come from exports.
pub(super) fn whole_exports(queues: &[Queue]) -> WholeExports {
    let mut newest = WholeExports::new();
    for queue in queues {
        if let (Some(server), Some(time)) = (server_of(queue), queue.as_of.time()) {
            let found = (time, queue.file.clone());
            let known = newest.entry(server).or_insert_with(|| found.clone());
            if found > *known {
                *known = found;
            }
        }
    }
    newest
}

fn server_of(queue: &Queue) -> Option<String> {
    let server = queue.identity.server.as_ref();
    server.map(|name| name.to_lowercase())
}

/// Sorts the queues, and says what the input shows after each state. `log_ends` has the end of what the
/// logs of a server show, for each of their files.
pub(super) fn settle(
    queues: &mut [Queue],
    whole: &WholeExports,
    log_ends: &BTreeMap<String, DateTime<Utc>>,
) {
    let name = |queue: &Queue| queue.identity.to_string().to_lowercase();
    queues.sort_by_cached_key(|queue| {
        (
            name(queue),
            queue.as_of.time(),
            queue.file.clone(),
            queue.line,
        )
    });
    for at in 0..queues.len() {
        let queue = &queues[at];
        let next = queues.get(at + 1);
        let next = next.filter(|next| name(next) == name(queue));
        let after = match next {
            Some(next) => in_state(queue, next),
            None => without_state(queue, whole, log_ends),
        };
        queues[at].afterwards = after;
    }
}

/// What the next state of a queue says about the time after this one.
fn in_state(queue: &Queue, next: &Queue) -> Afterwards {
    let Some(time) = next.as_of.time() else {
        return Afterwards::Unknown;
    };
    let is_ready = next
        .status
        .value()
        .and_then(Option::as_deref)
        .is_some_and(|status| status.eq_ignore_ascii_case("Ready"));
    let is_empty = next.message_count == Known::Value(0);
    if matches!(next.last_error, Known::Value(Some(_))) && !is_empty {
        return match next.innermost() {
            Some(_) => Afterwards::Replaced(time),
            None => Afterwards::Unknown,
        };
    }
    // While an attempt runs, no error is shown.
    let has_recovered = is_empty || is_ready && next.last_error == Known::Value(None);
    if has_recovered && is_before(queue.as_of, time) {
        Afterwards::Recovered(time)
    } else {
        Afterwards::Unknown
    }
}

/// What is known where no later state is.
fn without_state(
    queue: &Queue,
    whole: &WholeExports,
    log_ends: &BTreeMap<String, DateTime<Utc>>,
) -> Afterwards {
    let newest = server_of(queue).and_then(|server| whole.get(&server));
    if let (Some((newest, file)), Some(time)) = (newest, queue.as_of.time())
        && *file != queue.file
        && time < *newest
    {
        return match is_before(queue.as_of, *newest) {
            true => Afterwards::Gone(*newest),
            false => Afterwards::Unknown,
        };
    }
    match (log_ends.get(&queue.file), queue.as_of.time()) {
        (Some(end), Some(time)) if *end - time > TICKS => Afterwards::Unknown,
        _ => Afterwards::Nothing,
    }
}

/// Whether a state was surely shown before this time.
fn is_before(as_of: AsOf, time: DateTime<Utc>) -> bool {
    match as_of {
        AsOf::At(shown) => shown <= time,
        AsOf::NotBefore(shown) => time - shown >= OPEN_TIME,
        AsOf::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::queues::queue_with;

    const ERROR: &str = "421 4.4.2 Connection dropped";

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-18T{text}:00Z").parse().expect("a time")
    }

    fn state(shown: &str, error: Option<&str>, count: u64) -> Queue {
        let mut queue = queue_with(error.unwrap_or(ERROR));
        if error.is_none() {
            queue.last_error = Known::Value(None);
        }
        queue.message_count = Known::Value(count);
        queue.as_of = AsOf::At(time(shown));
        queue.file = format!("{shown}.json");
        queue
    }

    fn with_status(mut queue: Queue, status: &str) -> Queue {
        queue.status = Known::Value(Some(status.to_owned()));
        queue
    }

    /// What the input shows after the first of these states.
    fn after(mut queues: Vec<Queue>) -> Afterwards {
        let whole = whole_exports(&queues);
        settle(&mut queues, &whole, &BTreeMap::new());
        queues[0].afterwards
    }

    #[test]
    fn a_later_state_shows_what_became_of_the_error() {
        let late = time("11:00");
        let first = || state("09:00", Some(ERROR), 3);
        for (next, expected) in [
            (state("11:00", Some(ERROR), 0), Afterwards::Recovered(late)),
            (
                with_status(state("11:00", None, 2), "Ready"),
                Afterwards::Recovered(late),
            ),
            // An attempt runs.
            (
                with_status(state("11:00", None, 2), "Active"),
                Afterwards::Unknown,
            ),
            (
                state("11:00", Some("450 4.7.230 Blocked"), 2),
                Afterwards::Replaced(late),
            ),
            // The inner reply was cut off.
            (
                state(
                    "11:00",
                    Some("451 4.4.0 Primary target IP address responded with: \""),
                    2,
                ),
                Afterwards::Unknown,
            ),
        ] {
            assert_eq!(after(vec![first(), next.clone()]), expected, "{next:?}");
        }
        assert_eq!(after(vec![first()]), Afterwards::Nothing);
    }

    #[test]
    fn a_queue_is_gone_if_a_later_export_lacks_it() {
        let mut other = state("11:00", None, 1);
        other.identity.queue = "99".to_owned();
        let first = state("09:00", Some(ERROR), 3);
        let gone = Afterwards::Gone(time("11:00"));
        assert_eq!(after(vec![first.clone(), other.clone()]), gone);
        // The rows of one export have times of their own, some milliseconds apart.
        let mut beside = other.clone();
        beside.file.clone_from(&first.file);
        assert_eq!(after(vec![first.clone(), beside]), Afterwards::Nothing);
        // The export of another server says nothing.
        other.identity.server = Some("EX02".to_owned());
        assert_eq!(after(vec![first, other]), Afterwards::Nothing);
    }

    #[test]
    fn an_export_without_its_time_may_be_later() {
        let empty = |shown| state(shown, Some(ERROR), 0);
        let mut first = state("09:00", Some(ERROR), 3);
        first.as_of = AsOf::NotBefore(time("09:00"));
        let late = Afterwards::Recovered(time("10:00"));
        assert_eq!(after(vec![first.clone(), empty("10:00")]), late);
        assert_eq!(
            after(vec![first.clone(), empty("09:59")]),
            Afterwards::Unknown
        );
        first.as_of = AsOf::Unknown;
        assert_eq!(after(vec![first, empty("10:00")]), Afterwards::Unknown);
    }

    #[test]
    fn a_log_that_goes_on_without_the_queue_proves_nothing() {
        let mut queues = [state("09:00", Some(ERROR), 12)];
        for (end, expected) in [
            ("09:05", Afterwards::Nothing),
            ("09:06", Afterwards::Unknown),
        ] {
            let ends = BTreeMap::from([(queues[0].file.clone(), time(end))]);
            settle(&mut queues, &WholeExports::new(), &ends);
            assert_eq!(queues[0].afterwards, expected, "{end}");
        }
    }
}
