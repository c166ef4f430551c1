//! Everything that the input shows of one message and one recipient.
//!
//! In: a [`Message`], and the [`Coverage`] of the input. Out: a [`Case`] for each recipient.
//! Must not decide fates.

use std::collections::BTreeMap;

use super::address::Address;
use super::attempt::{Attempt, Outcome, Tried};
use super::coverage::Coverage;
use super::followed::Message;
use crate::input::timestamp::Timestamp;

/// One recipient of one message.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The address as logged; `None` if no row names a recipient.
    pub address: Option<&'a str>,
    /// The envelope sender, empty for the null sender; `None` where unknown.
    pub sender: Option<&'a str>,
    /// Whether a row names the message id, so that other sessions could be searched.
    pub has_id: bool,
    /// Whether the message has no other recipient in the send logs.
    pub is_alone: bool,
    /// The attempts in send logs, in the order of time.
    pub tries: Vec<Try<'a>>,
    /// How far the input reaches.
    pub coverage: &'a Coverage,
}

/// An attempt, and what it gave for this recipient.
#[derive(Debug, Clone, Copy)]
pub struct Try<'a> {
    /// The attempt.
    pub attempt: &'a Attempt,
    /// What it gave.
    pub tried: &'a Tried,
}

impl Try<'_> {
    /// The time of the reply.
    pub fn time(&self) -> Timestamp {
        self.tried.time
    }

    /// What it gave.
    pub fn outcome(&self) -> Outcome {
        self.tried.outcome
    }

    /// The command did not come to name a recipient.
    pub fn is_nameless(&self) -> bool {
        self.tried.address.is_none()
    }
}

impl<'a> Case<'a> {
    /// The cases of a message, by the order in which recipients were first tried.
    pub fn all(message: &'a Message, coverage: &'a Coverage) -> Vec<Case<'a>> {
        let sender = message
            .attempts
            .iter()
            .find_map(|one| one.sender.as_deref());
        let mut numbers: BTreeMap<Address, usize> = BTreeMap::new();
        let mut cases: Vec<Case<'a>> = Vec::new();
        let mut nameless = Vec::new();
        for attempt in &message.attempts {
            for tried in &attempt.recipients {
                let one = Try { attempt, tried };
                let Some(address) = tried.address.as_deref() else {
                    nameless.push(one);
                    continue;
                };
                let Some(key) = Address::of(address) else {
                    nameless.push(one);
                    continue;
                };
                let next = cases.len();
                let number = *numbers.entry(key).or_insert_with(|| {
                    cases.push(Case {
                        address: Some(address),
                        sender,
                        has_id: message.id.is_some(),
                        is_alone: false,
                        tries: Vec::new(),
                        coverage,
                    });
                    next
                });
                cases[number].tries.push(one);
            }
        }
        if cases.is_empty() {
            cases.push(Case {
                address: None,
                sender,
                has_id: message.id.is_some(),
                is_alone: false,
                tries: Vec::new(),
                coverage,
            });
        }
        let is_alone = cases.len() == 1;
        for case in &mut cases {
            case.is_alone = is_alone;
            // An attempt that ended before a recipient was named may have been for any of them.
            case.tries.extend(&nameless);
            case.tries
                .sort_by_key(|one| (one.time(), one.attempt.order()));
        }
        cases
    }

    /// The latest attempt.
    pub fn last(&self) -> Option<Try<'a>> {
        self.tries.last().copied()
    }

    /// The time of the latest attempt, else an unknown one.
    pub fn last_time(&self) -> Timestamp {
        self.last().map_or(Timestamp::UNKNOWN, |last| last.time())
    }

    /// The time of the first attempt, else an unknown one.
    pub fn first_time(&self) -> Timestamp {
        let first = self.tries.first();
        first.map_or(Timestamp::UNKNOWN, |first| first.attempt.time)
    }

    /// The time of the last rejection or deferral on any server; an unknown one, which is before all
    /// others, if there is none.
    pub fn last_failure(&self) -> Timestamp {
        let failures = self.tries.iter().filter(|one| one.outcome().is_failure());
        failures.fold(Timestamp::UNKNOWN, |last, one| last.later(one.time()))
    }

    /// Whether nobody would be told of a failure: the sender is the null sender, or asked for it.
    /// `None` if the sender is not known.
    pub fn is_silent(&self) -> Option<bool> {
        let never = self.tries.iter().any(|one| one.tried.notify_never);
        if never {
            return Some(true);
        }
        self.sender.map(str::is_empty)
    }
}
