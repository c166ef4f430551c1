//! Follows messages over all sessions, in two passes over the send logs.
//!
//! In: a [`Config`] and a [`Choice`]. Out: each followed [`crate::mail::followed::Message`] with all its attempts, to a
//! [`Follower`].
//! The first pass counts the sessions as `diagnose` does, and finds the messages to follow. The second
//! finds all their attempts: a message may have been taken before it was rejected, or by a server whose
//! logs were read earlier. Where nothing is to be followed there is no second pass.
//! Standard input and pipes can be read only once. Then the attempts of the latest messages are kept
//! until it is known whether they are followed; an attempt that was longer ago is not found.
//! Must not keep sessions. Memory: the followed messages, up to [`crate::mail::followed::MOST_MESSAGES`].

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::choice::Choice;
use super::config::Config;
use super::counting::{CountOnWorkers, Counting, frame_asked_for};
use super::inputs::Inputs;
use super::outlook::{Follower, Outlook, key_of};
use super::pipeline::{analysis_of, read_again, read_sessions};
use super::tracked_windows;
use super::tracking::TrackingRead;
use crate::aggregate::Aggregate;
use crate::input::lines::LineCounts;
use crate::input::place::PlaceTable;
use crate::mail::attempt::{self, Attempt, MailDigest};
use crate::mail::followed::{Followed, Keys};
use crate::mail::message_id;
use crate::session::Session;
use crate::session::parallel::ReadResult;
use crate::session::sink::{Finish, Sink};
use crate::smtp::peer::Peer;

/// How many messages are kept until it is known whether they are followed, if the input can be read only
/// once.
const LATEST: usize = 50_000;

/// What was read.
pub(crate) struct FollowRead {
    pub(crate) counts: LineCounts,
    pub(crate) cut_tails: u64,
    /// Whether all files could be read to their end.
    pub(crate) whole: bool,
    /// How many attempts were left out, because there are too many messages.
    pub(crate) beyond: u64,
    /// How many messages and recipients were left out, because their sessions have too many.
    pub(crate) beyond_in_sessions: u64,
    /// What was read of message tracking logs.
    pub(super) tracking: TrackingRead,
}

/// Reads all sessions and follows the messages that are chosen.
pub(crate) fn follow(
    config: &Config,
    inputs: &Inputs,
    choice: &Choice,
    follower: &mut dyn Follower,
) -> FollowRead {
    let corpus = &inputs.found.corpus;
    let on_workers = CountOnWorkers::new(config, inputs);
    let pass = Pass {
        config,
        inputs,
        choice,
        counting: Some(&on_workers),
        keys: None,
        keeps_all: corpus.has_pipe(),
    };
    let mut first = FirstPass {
        pass: &pass,
        counting: Counting::new(&on_workers),
        keys: Keys::default(),
        latest: Latest::default(),
        followed: Followed::default(),
        beyond_in_sessions: 0,
    };
    let result = read_sessions(config, inputs, &pass, &mut first);
    let FirstPass {
        counting,
        keys,
        latest,
        followed,
        beyond_in_sessions,
        ..
    } = first;
    let totals = counting.finish();
    let (beyond, tracking) = analysis_of(config, inputs, totals, &result, |analysis, reading| {
        let outlook = Outlook::new(config, inputs, choice, analysis, reading);
        if corpus.has_pipe() {
            let rest = latest.into_rest();
            return outlook.only_pass(&result.places, (followed, keys), rest, follower);
        }
        second_pass(&outlook, &pass, keys, follower)
    });
    FollowRead {
        counts: result.counts,
        cut_tails: result.cut_tails,
        whole: result.errors.is_empty() && tracking.whole,
        beyond,
        beyond_in_sessions,
        tracking,
    }
}

/// Finds all attempts of the messages with these keys. Returns how many attempts were left out.
fn second_pass(
    outlook: &Outlook<'_>,
    first: &Pass<'_>,
    mut keys: Keys,
    follower: &mut dyn Follower,
) -> (u64, TrackingRead) {
    if outlook.lists_all_tracked() {
        return (0, tracked_windows::tell(outlook, follower));
    }
    let troubled = outlook.beside_send_logs(&mut keys);
    let beyond = keys.beyond();
    if keys.is_empty() && !first.choice.all {
        return (beyond, troubled.read);
    }
    let pass = Pass {
        config: outlook.config,
        inputs: outlook.inputs,
        choice: first.choice,
        counting: None,
        keys: Some(&keys),
        keeps_all: first.choice.all,
    };
    let mut second = SecondPass {
        pass: &pass,
        outlook,
        keys: &keys,
        followed: Followed::default(),
        follower,
    };
    // The first pass has warned of what cannot be read.
    let ReadResult { places, .. } = read_again(outlook.config, outlook.inputs, &pass, &mut second);
    let SecondPass {
        followed, follower, ..
    } = second;
    let beyond = beyond + followed.beyond();
    let read = outlook.tell(&places, followed, &troubled, Vec::new(), follower);
    (beyond, read)
}

/// What both passes do on the workers.
struct Pass<'a> {
    config: &'a Config,
    inputs: &'a Inputs,
    choice: &'a Choice,
    /// In the first pass, counts the sessions.
    counting: Option<&'a CountOnWorkers<'a>>,
    /// In the second pass, the messages to follow.
    keys: Option<&'a Keys>,
    /// Keeps every attempt: there is no second pass, or all messages are listed.
    keeps_all: bool,
}

/// What comes of one chunk.
#[derive(Default)]
struct Part {
    aggregate: Aggregate,
    keys: Vec<u64>,
    attempts: Vec<Attempt>,
    beyond_in_sessions: u64,
}

impl Pass<'_> {
    fn session(&self, stream: usize, session: &Session<MailDigest>, part: &mut Part) {
        if let Some(counting) = self.counting {
            counting.count(stream, session, &mut part.aggregate);
        }
        if !attempt::has_own_mail(session) {
            return;
        }
        let transactions = session.digest.watch();
        let is_online = self.may_go_online(session);
        let is_asked_for = frame_asked_for(self.config, &self.inputs.period, &session.frame);
        if is_online && is_asked_for {
            part.beyond_in_sessions += transactions.left_out();
        }
        for (number, id) in transactions.ids() {
            let key = id.map(message_id::key);
            let lacks = transactions.lacks_any(number);
            let is_known = key
                .zip(self.keys)
                .is_some_and(|(key, keys)| keys.contains(key));
            let concerns = is_online && is_asked_for;
            let is_looked_at = concerns && (lacks || self.choice.is_specific());
            if !(is_known || is_looked_at || self.keeps_all) {
                continue;
            }
            if self.keys.is_none() && !self.keeps_all && key.is_none() {
                // It is followed in its session only, in the second pass.
                part.keys.push(NAMELESS);
                continue;
            }
            let attempt = Attempt::of(stream, session, number);
            let is_followed = concerns
                && if self.choice.is_specific() {
                    self.choice.names(&attempt)
                } else {
                    attempt.has_failure()
                };
            match key {
                Some(key) if self.keys.is_none() => part.keys.extend(is_followed.then_some(key)),
                _ => {}
            }
            if is_known || self.keeps_all || (key.is_none() && is_followed && self.keys.is_some()) {
                part.attempts.push(attempt);
            }
        }
    }

    /// Whether the session may go to Exchange Online. Exports may say that another host stands for it.
    fn may_go_online(&self, session: &Session<MailDigest>) -> bool {
        let peer = session.digest.view(&session.frame).peer;
        peer != Peer::Other || !self.inputs.exports.on_premises.send_connectors.is_empty()
    }
}

/// Stands for all messages without an id: there is something for the second pass.
const NAMELESS: u64 = 0;

impl Finish<MailDigest> for Pass<'_> {
    type Part = Part;

    /// Attempts wait for the chunks before them.
    const LARGEST_CHUNK: u64 = 12 * 1024 * 1024;

    fn finish(&self, file: usize, session: &Session<MailDigest>, part: &mut Part) -> bool {
        self.session(self.inputs.found.corpus.files[file].stream, session, part);
        true
    }
}

/// Collects what the first pass finds.
struct FirstPass<'a> {
    pass: &'a Pass<'a>,
    counting: Counting<'a>,
    keys: Keys,
    latest: Latest,
    followed: Followed,
    beyond_in_sessions: u64,
}

impl Sink<MailDigest, Part> for FirstPass<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.part(stream, part);
    }

    fn part(&mut self, _stream: usize, part: Part) {
        self.counting.merge(part.aggregate);
        self.beyond_in_sessions += part.beyond_in_sessions;
        for key in part.keys {
            self.keys.add(key);
            for earlier in self.latest.take(key) {
                self.followed.add(earlier);
            }
        }
        for attempt in part.attempts {
            match key_of(&attempt) {
                Some(key) if self.keys.contains(key) => self.followed.add(attempt),
                Some(key) => self.latest.keep(key, attempt),
                None if attempt.has_failure() => self.followed.add(attempt),
                None => {}
            }
        }
    }
}

/// The attempts of the latest messages, while it is not known whether these are followed.
#[derive(Default)]
struct Latest {
    attempts: FxHashMap<u64, Vec<Attempt>>,
    order: VecDeque<u64>,
}

impl Latest {
    fn keep(&mut self, key: u64, attempt: Attempt) {
        let known = self.attempts.entry(key).or_default();
        if known.is_empty() {
            self.order.push_back(key);
        }
        known.push(attempt);
        if self.order.len() > LATEST
            && let Some(oldest) = self.order.pop_front()
        {
            self.attempts.remove(&oldest);
        }
    }

    fn take(&mut self, key: u64) -> Vec<Attempt> {
        // The key stays in the order, where it does no harm.
        self.attempts.remove(&key).unwrap_or_default()
    }

    /// What was kept and is not followed, in order.
    fn into_rest(mut self) -> impl Iterator<Item = Attempt> {
        let order = std::mem::take(&mut self.order);
        order
            .into_iter()
            .flat_map(move |key| self.attempts.remove(&key).unwrap_or_default())
    }
}

/// Collects the attempts of followed messages, and passes on the others if all are listed.
struct SecondPass<'a> {
    pass: &'a Pass<'a>,
    outlook: &'a Outlook<'a>,
    keys: &'a Keys,
    followed: Followed,
    follower: &'a mut dyn Follower,
}

impl SecondPass<'_> {
    fn attempts(&mut self, attempts: Vec<Attempt>, places: &PlaceTable) {
        let mut others = Vec::new();
        for attempt in attempts {
            let is_followed = match key_of(&attempt) {
                Some(key) => self.keys.contains(key),
                None => attempt.has_failure(),
            };
            if is_followed {
                self.followed.add(attempt);
            } else {
                others.push(attempt);
            }
        }
        self.outlook.tell_others(places, others, self.follower);
    }
}

impl Sink<MailDigest, Part> for SecondPass<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.attempts(part.attempts, places);
    }

    fn finished(&mut self, _stream: usize, part: &mut Part, places: &PlaceTable) {
        // All at once, when the turn of the first comes: the places of the chunk are known.
        let attempts = std::mem::take(&mut part.attempts);
        self.attempts(attempts, places);
    }
}
