//! The messages that are followed: which ones, and all their attempts.
//!
//! In: keys of message ids in a first pass, [`Attempt`]s in a second. Out: [`Message`]s, each with its
//! attempts in the order of time.
//! Must not decide fates.
//! Memory: the followed messages, which are those that were rejected or deferred, up to a limit. What is
//! beyond it is counted.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::attempt::{Attempt, Outcome};
use super::by_id::ById;
use super::message_id::MessageId;
use crate::smtp::message_key::MessageKeys;

/// How many messages are followed at most.
pub const MOST_MESSAGES: usize = 200_000;

/// How many attempts of a message are kept before repeated ones are left out.
const MOST_ATTEMPTS: usize = 16;

/// The keys of the message ids to follow.
#[derive(Debug)]
pub struct Keys {
    keys: MessageKeys,
    most: usize,
    beyond: u64,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys::up_to(MOST_MESSAGES)
    }
}

impl Keys {
    /// No keys yet, and at most so many.
    pub fn up_to(most: usize) -> Keys {
        Keys {
            keys: MessageKeys::default(),
            most,
            beyond: 0,
        }
    }

    /// Adds a key, unless there are too many.
    pub fn add(&mut self, key: u64) {
        if self.keys.len() < self.most {
            self.keys.insert(key);
        } else if !self.keys.contains(&key) {
            self.beyond += 1;
        }
    }

    /// Whether the message with this key is followed.
    #[inline]
    pub fn contains(&self, key: u64) -> bool {
        self.keys.contains(&key)
    }

    /// All keys.
    pub fn all(&self) -> &MessageKeys {
        &self.keys
    }

    /// Whether no message is followed.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many attempts were left out, because their messages are too many.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }
}

/// A message and its attempts.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Its id; `None` where no row names it. Then it has one attempt.
    pub id: Option<MessageId>,
    /// The attempts, in the order of time.
    pub attempts: Vec<Attempt>,
    /// Its sender in lower case, where another message has the same id: what belongs to this one has this
    /// sender.
    pub only_from: Option<String>,
    /// How many more attempts there were, each a deferral that the next one repeated.
    pub left_out: u64,
}

/// All messages that are followed.
#[derive(Debug)]
pub struct Followed {
    messages: ById<Message>,
    nameless: Vec<Message>,
    most_nameless: usize,
    beyond: u64,
}

impl Default for Followed {
    fn default() -> Followed {
        Followed {
            messages: ById::default(),
            nameless: Vec::new(),
            most_nameless: MOST_MESSAGES,
            beyond: 0,
        }
    }
}

impl Followed {
    /// Adds an attempt, in any order.
    pub fn add(&mut self, attempt: Attempt) {
        let id = attempt.id.as_deref().unwrap_or_default();
        match self.messages.entry(id, Message::with_id) {
            Some(message) => message.add(attempt),
            None => self.add_nameless(attempt),
        }
    }

    /// Adds a message that the send logs may not show.
    pub fn add_id(&mut self, id: &MessageId) {
        self.messages.add_id(id, Message::with_id);
    }

    /// The ids of the messages.
    pub fn ids(&self) -> impl Iterator<Item = &MessageId> {
        self.messages.ids()
    }

    /// Forgets the attempts of messages, so that all of them can come once more. Returns their streams.
    pub fn restart(&mut self, is_wanted: impl Fn(u64) -> bool) -> BTreeSet<usize> {
        let mut streams = BTreeSet::new();
        for (id, message) in self.messages.iter_mut() {
            if is_wanted(id.key()) {
                let attempts = message.attempts.drain(..);
                streams.extend(attempts.map(|attempt| attempt.stream));
                message.left_out = 0;
            }
        }
        streams
    }

    /// Shows all attempts, to be changed.
    pub fn each_attempt(&mut self, mut change: impl FnMut(&mut Attempt)) {
        for (_, message) in self.messages.iter_mut() {
            message.attempts.iter_mut().for_each(&mut change);
        }
        for message in &mut self.nameless {
            message.attempts.iter_mut().for_each(&mut change);
        }
    }

    fn add_nameless(&mut self, attempt: Attempt) {
        if self.nameless.len() >= self.most_nameless {
            self.beyond += 1;
            return;
        }
        self.nameless.push(Message {
            id: None,
            attempts: vec![attempt],
            only_from: None,
            left_out: 0,
        });
    }

    /// How many messages without an id were left out, because they are too many.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The messages, in the order of their first attempts, then those without any, by id. Different
    /// messages with one id are apart.
    pub fn finish(self) -> Vec<Message> {
        let messages: Vec<Message> = self.messages.into_values().chain(self.nameless).collect();
        let messages = messages.into_par_iter().flat_map_iter(apart);
        let mut messages: Vec<Message> = messages.collect();
        let last = Attempt::order_of_none();
        messages.par_sort_by(|one, other| {
            let order = |message: &Message| {
                let first = message.attempts.first();
                first.map_or(last, Attempt::order)
            };
            (order(one), &one.id).cmp(&(order(other), &other.id))
        });
        messages
    }
}

impl Message {
    fn with_id(id: &MessageId) -> Message {
        Message {
            id: Some(id.clone()),
            ..Message::default()
        }
    }

    /// Whether what another input shows under this id may be of this message. `None` is an unknown sender,
    /// and the null sender is empty.
    pub fn may_be_from(&self, sender: Option<&str>) -> bool {
        let only = self.only_from.as_deref();
        only.zip(sender)
            .is_none_or(|(only, sender)| only == sender.to_lowercase())
    }

    fn add(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        if self.attempts.len() <= MOST_ATTEMPTS {
            return;
        }
        // A message that waits for two days has hundreds of attempts that say the same.
        let is_repeated = |pair: &[Attempt]| pair[0].is_repeated_by(&pair[1]);
        if let Some(at) = self.attempts[1..].windows(2).position(is_repeated) {
            self.attempts.remove(at + 1);
            self.left_out += 1;
        }
    }
}

impl Attempt {
    /// Whether a later attempt shows everything about its recipients that this one shows.
    fn is_repeated_by(&self, later: &Attempt) -> bool {
        let will_be_tried = |one: &super::attempt::Tried| {
            matches!(one.outcome, Outcome::Deferred | Outcome::Broken)
                && later
                    .recipients
                    .iter()
                    .any(|two| two.address == one.address)
        };
        self.stream == later.stream
            && self.order() <= later.order()
            && self.recipients.iter().all(will_be_tried)
    }
}

/// The messages that share an id. Both the sender and the size tell them apart: the size alone grows
/// from server to server, and one message has one sender.
fn apart(mut message: Message) -> Vec<Message> {
    message.attempts.sort_by_key(Attempt::order);
    if message.attempts.len() < 2 {
        return vec![message];
    }
    let mut senders: BTreeMap<Option<String>, Vec<u64>> = BTreeMap::new();
    for attempt in &message.attempts {
        let sizes = senders.entry(sender(attempt)).or_default();
        sizes.extend(attempt.size);
    }
    let all_known = senders
        .iter()
        .all(|(sender, sizes)| sender.is_some() && !sizes.is_empty());
    let sizes: Vec<&Vec<u64>> = senders.values().collect();
    let is_shared = |at: usize| {
        let others = sizes.iter().enumerate().filter(|(other, _)| *other != at);
        let mut others = others.flat_map(|(_, sizes)| sizes.iter());
        others.any(|size| sizes[at].contains(size))
    };
    if senders.len() < 2 || !all_known || (0..sizes.len()).any(is_shared) {
        return vec![message];
    }
    let mut messages: BTreeMap<Option<String>, Message> = BTreeMap::new();
    for attempt in message.attempts {
        let from = sender(&attempt);
        let one = messages.entry(from.clone()).or_insert_with(|| Message {
            id: message.id.clone(),
            only_from: from,
            ..Message::default()
        });
        one.attempts.push(attempt);
    }
    messages.into_values().collect()
}

fn sender(attempt: &Attempt) -> Option<String> {
    attempt.sender.as_deref().map(str::to_lowercase)
}

#[cfg(test)]
#[path = "followed_tests.rs"]
mod tests;
