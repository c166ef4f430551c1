//! Whether what a queue shows goes on.
//!
//! In: a [`Queue`] with its send connector, what the input shows of the queue later, and the logs. Out: a
//! [`QueueStatus`].
//! Must not take silence for success. A queue is a snapshot: what it shows goes on if nothing later was
//! given, is over if a later state or log shows it, and is unclear otherwise.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::aggregate::flow::Flow;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::status::{State, accepted_after};
use crate::diagnosis::transport_certificate::same_server;
use crate::input::timestamp::Timestamp;
use crate::queue::{Afterwards, AsOf, Queue, Queues};

/// A state that is older than this says nothing about the end of the input. It is the limit after which
/// a message is not known to be tried any more.
const OLD: TimeDelta = TimeDelta::hours(2);

/// An export that does not say its time was made up to so long after its newest time.
const OPEN_TIME: TimeDelta = TimeDelta::hours(1);

/// Exchange Online blocks some minutes of every hour, so mail that it takes within so long proves nothing.
const SPORADIC: TimeDelta = TimeDelta::hours(2);

/// After this time, messages are returned to their senders, and a queue is empty for that reason.
/// Source: "Configure message retry, resubmit, and expiration intervals" (Microsoft Learn).
const EXPIRY: TimeDelta = TimeDelta::days(2);

/// The state of what a queue shows, and what proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueStatus {
    /// Whether it goes on.
    pub state: State,
    /// Why it is over. `None` unless it is.
    pub proof: Option<Proof>,
}

/// What shows that a failure is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// At this time, the queue held no mail or showed no error.
    Recovered(DateTime<Utc>),
    /// At this time, the queue did not exist any more.
    Gone(DateTime<Utc>),
    /// At this time, the queue showed another error.
    OtherError(DateTime<Utc>),
    /// So many recipients were accepted later over the send connector on the server of the queue.
    Accepted(u64),
}

impl QueueStatus {
    const fn of(state: State) -> QueueStatus {
        QueueStatus { state, proof: None }
    }

    const fn over(proof: Proof) -> QueueStatus {
        QueueStatus {
            state: State::Over,
            proof: Some(proof),
        }
    }
}

/// What the input shows after its queues.
#[derive(Debug, Default)]
pub struct Later<'a> {
    /// The latest time of the logs and of the exports of queues.
    end: Timestamp,
    /// The flows to Exchange Online of each send connector by its name in lower case, with their servers.
    flows: BTreeMap<String, Vec<(Option<&'a str>, &'a Flow)>>,
    /// Logs and queues are of one server at most, so that one without a name is the same.
    is_one_server: bool,
}

impl<'a> Later<'a> {
    /// What these logs and queues show.
    pub fn of(logs: Option<&'a Analysis<'_>>, queues: &Queues) -> Later<'a> {
        let mut later = Later {
            end: Timestamp::UNKNOWN,
            ..Later::default()
        };
        let shown = queues.queues.iter().filter_map(|queue| queue.as_of.time());
        if let Some(newest) = shown.max() {
            later.end = newest.into();
        }
        let mut streams = BTreeSet::new();
        if let Some(analysis) = logs {
            later.end = later.end.later(analysis.end());
            let flows = &analysis.aggregate.flows;
            for flow in flows.iter().filter(|flow| flow.exchange_online) {
                let name = analysis.aggregate.names.text(flow.key.connector);
                let server = analysis.server_name(flow.key.stream);
                let own = later.flows.entry(name.to_lowercase()).or_default();
                own.push((server, flow));
                streams.insert(flow.key.stream);
            }
        }
        let servers = queues.queues.iter().map(|queue| &queue.identity.server);
        let servers: BTreeSet<Option<String>> = servers
            .map(|server| server.as_ref().map(|name| name.to_lowercase()))
            .collect();
        later.is_one_server = streams.len() < 2 && servers.len() < 2;
        later
    }

    /// The recipients that were accepted after a time over this send connector on this server.
    fn accepted(&self, connector: &str, server: Option<&str>, time: DateTime<Utc>) -> u64 {
        let flows = self.flows.get(&connector.to_lowercase());
        let is_of_server = |known: Option<&str>| match (known, server) {
            (Some(known), Some(server)) => same_server(known, server),
            _ => self.is_one_server,
        };
        flows
            .into_iter()
            .flatten()
            .filter(|(known, _)| is_of_server(*known))
            .map(|(_, flow)| accepted_after(flow, time.into()))
            .sum()
    }
}

/// What is asked about a queue.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The queue.
    pub queue: &'a Queue,
    /// The name of its send connector, if the exports show it.
    pub connector: Option<&'a str>,
    /// Whether the error is a reply of Exchange Online, which may take some mail meanwhile.
    pub is_reply: bool,
}

/// The state of what a queue shows.
pub fn status(later: &Later<'_>, shown: Shown<'_>) -> QueueStatus {
    let queue = shown.queue;
    match queue.afterwards {
        Afterwards::Recovered(time) if !may_have_expired(queue, time) => {
            return QueueStatus::over(Proof::Recovered(time));
        }
        Afterwards::Gone(time) if !may_have_expired(queue, time) => {
            return QueueStatus::over(Proof::Gone(time));
        }
        Afterwards::Replaced(time) => return QueueStatus::over(Proof::OtherError(time)),
        _ => {}
    }
    let accepted = accepted(later, shown);
    if accepted > 0 {
        return QueueStatus::over(Proof::Accepted(accepted));
    }
    let is_newest = queue.afterwards == Afterwards::Nothing;
    QueueStatus::of(if is_newest && is_recent(queue, later.end) {
        State::Ongoing
    } else {
        State::Unclear
    })
}

/// Recipients that were accepted so late that the failure was over.
fn accepted(later: &Later<'_>, shown: Shown<'_>) -> u64 {
    let (Some(connector), Some(time)) = (shown.connector, latest(shown.queue.as_of)) else {
        return 0;
    };
    let wait = if shown.is_reply {
        SPORADIC
    } else {
        TimeDelta::zero()
    };
    let server = shown.queue.identity.server.as_deref();
    time.checked_add_signed(wait)
        .map_or(0, |time| later.accepted(connector, server, time))
}

/// The latest time at which a state can have been shown.
fn latest(as_of: AsOf) -> Option<DateTime<Utc>> {
    match as_of {
        AsOf::At(time) => Some(time),
        AsOf::NotBefore(time) => time.checked_add_signed(OPEN_TIME),
        AsOf::Unknown => None,
    }
}

/// Whether a state is close to the end of the input. Where nothing has a time, it is.
fn is_recent(queue: &Queue, end: Timestamp) -> bool {
    match (latest(queue.as_of), end.to_chrono()) {
        (_, None) => true,
        (Some(time), Some(end)) => end - time <= OLD,
        (None, Some(_)) => false,
    }
}

/// Whether a queue may have become empty because its messages were returned to their senders.
fn may_have_expired(queue: &Queue, time: DateTime<Utc>) -> bool {
    queue.shown().0.is_none_or(|first| time - first >= EXPIRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, TAKEN, contoso, with_analysis};
    use crate::scenario::queues::queue_with;

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().expect("a time")
    }

    /// A session of send connector `Out` that delivers.
    fn delivery(time: &'static str, stream: &'static str) -> Session {
        Session {
            time,
            stream,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    /// The status of a queue of EX01 that fails from 07:40 to 09:15 on 3 November.
    fn of(
        queue: &Queue,
        connector: Option<&str>,
        sessions: &[Session],
        is_reply: bool,
    ) -> QueueStatus {
        with_analysis(sessions, &[contoso()], &Default::default(), |analysis| {
            let queues = Queues {
                queues: vec![queue.clone()],
                ..Queues::default()
            };
            let later = Later::of((!sessions.is_empty()).then_some(analysis), &queues);
            let shown = Shown {
                queue,
                connector,
                is_reply,
            };
            status(&later, shown)
        })
    }

    fn state(queue: &Queue, sessions: &[Session]) -> State {
        of(queue, Some("out"), sessions, false).state
    }

    fn failing() -> Queue {
        queue_with("421 4.4.2 Connection dropped")
    }

    #[test]
    fn the_newest_state_goes_on() {
        assert_eq!(state(&failing(), &[]), State::Ongoing);
        let before = [delivery("2026-11-03T07:00", "EX01/Hub")];
        assert_eq!(state(&failing(), &before), State::Ongoing);
        let mut undated = failing();
        undated.as_of = AsOf::Unknown;
        assert_eq!(state(&undated, &[]), State::Ongoing);
        assert_eq!(state(&undated, &before), State::Unclear);
    }

    #[test]
    fn later_deliveries_of_the_server_end_it() {
        let after = [delivery("2026-11-03T09:30", "EX01/Hub")];
        let found = of(&failing(), Some("Out"), &after, false);
        assert_eq!(found, QueueStatus::over(Proof::Accepted(1)));
        // Those of another server do not, nor those of an unknown send connector.
        let elsewhere = [delivery("2026-11-03T09:30", "EX02/Hub")];
        assert_eq!(state(&failing(), &elsewhere), State::Ongoing);
        assert_eq!(of(&failing(), None, &after, false).state, State::Ongoing);
        assert_eq!(
            of(&failing(), Some("x"), &after, false).state,
            State::Ongoing
        );
        let refused = [Session {
            mails: vec![("a@contoso.com", DENIED)],
            ..after[0].clone()
        }];
        assert_eq!(state(&failing(), &refused), State::Ongoing);
    }

    #[test]
    fn an_unnamed_server_is_the_same_if_there_is_one_only() {
        let one = [delivery("2026-11-03T09:30", ".")];
        assert_eq!(state(&failing(), &one), State::Over);
        let two = [
            delivery("2026-11-03T09:30", "a"),
            delivery("2026-11-03T09:31", "b"),
        ];
        assert_eq!(state(&failing(), &two), State::Ongoing);
    }

    #[test]
    fn what_exchange_online_replies_may_come_and_go() {
        let at = |time| of(&failing(), Some("Out"), &[delivery(time, "EX01/Hub")], true).state;
        assert_eq!(at("2026-11-03T10:30"), State::Ongoing);
        assert_eq!(at("2026-11-03T11:30"), State::Over);
    }

    #[test]
    fn an_old_state_is_unclear() {
        let at = |time| state(&failing(), &[delivery(time, "EX02/Hub")]);
        assert_eq!(at("2026-11-03T11:14"), State::Ongoing);
        assert_eq!(at("2026-11-03T11:16"), State::Unclear);
        // It may have been exported an hour later than its newest time.
        let mut open = failing();
        open.as_of = AsOf::NotBefore(time("03T09:15"));
        let of_open = |time| state(&open, &[delivery(time, "EX02/Hub")]);
        assert_eq!(of_open("2026-11-03T12:14"), State::Ongoing);
        assert_eq!(of_open("2026-11-03T12:16"), State::Unclear);
        let own = |time| state(&open, &[delivery(time, "EX01/Hub")]);
        assert_eq!(own("2026-11-03T10:10"), State::Ongoing);
        assert_eq!(own("2026-11-03T10:16"), State::Over);
    }

    #[test]
    fn later_states_of_the_queue_decide() {
        let of_state = |afterwards| {
            let mut queue = failing();
            queue.afterwards = afterwards;
            state(&queue, &[])
        };
        let soon = time("03T11:00");
        for (afterwards, expected) in [
            (Afterwards::Recovered(soon), State::Over),
            (Afterwards::Gone(soon), State::Over),
            (Afterwards::Replaced(soon), State::Over),
            (Afterwards::Unknown, State::Unclear),
            // Its messages may have been returned to their senders.
            (Afterwards::Recovered(time("05T07:41")), State::Unclear),
            (Afterwards::Gone(time("05T07:41")), State::Unclear),
            (Afterwards::Gone(time("05T07:39")), State::Over),
        ] {
            assert_eq!(of_state(afterwards), expected, "{afterwards:?}");
        }
    }
}
