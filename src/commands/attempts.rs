//! What a worker does with a session when messages are followed: it counts the session, and finds the
//! attempts to send messages that are followed.
//!
//! In: sessions, and the keys of the messages that are followed so far. Out: a [`Part`] for each chunk.
//! Must not make an attempt of a message of no interest: nearly all are.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::choice::Choice;
use super::counting::CountOnWorkers;
use super::inputs::Inputs;
use crate::aggregate::Aggregate;
use crate::mail::attempt::{self, Attempt, MailDigest};
use crate::session::Session;
use crate::session::sink::Finish;
use crate::smtp::message_key::{self, MessageKeys};
use crate::smtp::peer::Peer;

/// Which attempts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// None: the keys of the messages to follow are enough.
    Nothing,
    /// Those of messages that are followed.
    Followed,
    /// Those of messages that were followed before. Nothing new is followed.
    Known,
    /// All.
    All,
}

/// What is done with each session.
pub(super) struct Pass<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) choice: &'a Choice,
    /// Counts the sessions, the first time that they are read.
    pub(super) counting: Option<&'a CountOnWorkers<'a>>,
    pub(super) keeps: Keeps,
    /// The messages that are followed so far. Workers may know the latest ones or not.
    keys: RwLock<MessageKeys>,
}

/// What comes of one chunk.
#[derive(Default)]
pub(super) struct Part {
    pub(super) aggregate: Aggregate,
    /// The messages to follow.
    pub(super) keys: Vec<u64>,
    /// The same, to look them up.
    near: MessageKeys,
    pub(super) attempts: Vec<Attempt>,
    /// The messages of which an attempt was passed over.
    pub(super) others: Vec<u64>,
    /// How many messages and recipients were left out, because their sessions have too many.
    pub(super) beyond_in_sessions: u64,
}

/// Stands for all messages without an id: there is something to tell.
pub(super) const NAMELESS: u64 = 0;

impl<'a> Pass<'a> {
    pub(super) fn new(inputs: &'a Inputs, choice: &'a Choice, keeps: Keeps) -> Pass<'a> {
        Pass {
            inputs,
            choice,
            counting: None,
            keeps,
            keys: RwLock::default(),
        }
    }

    /// The same, and the sessions are counted.
    pub(super) fn counting(self, counting: &'a CountOnWorkers<'a>) -> Pass<'a> {
        let counting = Some(counting);
        Pass { counting, ..self }
    }

    /// From now on, keeps the attempts of these messages.
    pub(super) fn follow(&self, keys: impl Iterator<Item = u64>) {
        let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(keys);
    }

    fn known(&self) -> RwLockReadGuard<'_, MessageKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn session(&self, stream: usize, session: &Session<MailDigest>, part: &mut Part) {
        if let Some(counting) = self.counting {
            counting.count(stream, session, &mut part.aggregate);
        }
        if !attempt::has_own_mail(session) {
            return;
        }
        let transactions = session.digest.watch();
        let concerns = self.may_go_online(session) && self.inputs.limits.hold(&session.frame);
        if concerns {
            part.beyond_in_sessions += transactions.left_out();
        }
        let known = self.known();
        for (number, id) in transactions.ids() {
            let key = id.map(message_key::of);
            let is_known = key.is_some_and(|key| known.contains(&key) || part.near.contains(&key));
            let is_looked_at = concerns
                && self.keeps != Keeps::Known
                && (self.choice.is_specific() || transactions.lacks_any(number));
            if !(is_known || is_looked_at || self.keeps == Keeps::All) {
                part.others
                    .extend(key.filter(|_| self.keeps == Keeps::Followed));
                continue;
            }
            if is_looked_at && key.is_none() && self.keeps != Keeps::All {
                part.keys.push(NAMELESS);
            }
            let attempt = Attempt::of(stream, session, number);
            let is_followed = is_looked_at && self.is_to_follow(&attempt);
            self.keep(attempt, key, is_known, is_followed, part);
        }
    }

    fn is_to_follow(&self, attempt: &Attempt) -> bool {
        if self.choice.is_specific() {
            self.choice.names(attempt)
        } else {
            attempt.has_failure()
        }
    }

    fn keep(
        &self,
        attempt: Attempt,
        key: Option<u64>,
        is_known: bool,
        is_followed: bool,
        part: &mut Part,
    ) {
        if let Some(key) = key.filter(|_| is_followed) {
            part.keys.push(key);
            part.near.insert(key);
        }
        match self.keeps {
            Keeps::All => part.attempts.push(attempt),
            Keeps::Followed | Keeps::Known if is_known || is_followed => {
                part.attempts.push(attempt);
            }
            Keeps::Followed => part.others.extend(key),
            Keeps::Nothing | Keeps::Known => {}
        }
    }

    /// Whether the session may go to Exchange Online. Exports may say that another host stands for it.
    fn may_go_online(&self, session: &Session<MailDigest>) -> bool {
        let peer = session.digest.view(&session.frame).peer;
        peer != Peer::Other || !self.inputs.exports.on_premises.send_connectors.is_empty()
    }
}

impl Finish<MailDigest> for Pass<'_> {
    type Part = Part;

    /// Attempts wait for the chunks before them.
    const LARGEST_CHUNK: u64 = 12 * 1024 * 1024;

    fn finish(&self, file: usize, session: &Session<MailDigest>, part: &mut Part) -> bool {
        self.session(self.inputs.found.corpus.files[file].stream, session, part);
        true
    }
}
