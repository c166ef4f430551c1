//! Follows messages over all sessions, in two passes over the send logs.
//!
//! In: a [`Config`] and a [`Choice`]. Out: each followed [`Message`] with all its attempts, to a
//! [`Follower`].
//! The first pass counts the sessions as `diagnose` does, and finds the messages to follow. The second
//! finds all their attempts: a message may have been taken before it was rejected, or by a server whose
//! logs were read earlier. Where nothing is to be followed there is no second pass.
//! Standard input and pipes can be read only once. Then the attempts of the latest messages are kept
//! until it is known whether they are followed; an attempt that was longer ago is not found.
//! Must not keep sessions. Memory: the followed messages, up to [`crate::mail::followed::MOST_MESSAGES`].

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Context as _, Result};
use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashMap;

use super::config::Config;
use super::counting::{CountOnWorkers, Counting, frame_asked_for};
use super::inputs::Inputs;
use super::pipeline::{analysis_of, read_again, read_sessions};
use crate::aggregate::Aggregate;
use crate::aggregate::silence::silences;
use crate::cli::MessagesArgs;
use crate::diagnosis::analysis::Analysis;
use crate::input::corpus::Corpus;
use crate::input::lines::LineCounts;
use crate::input::place::PlaceTable;
use crate::input::stream;
use crate::input::timestamp::Timestamp;
use crate::mail::attempt::{self, Attempt, MailDigest};
use crate::mail::coverage::{Coverage, StreamCoverage};
use crate::mail::fate::Verdict;
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::message_id::{self, MessageId};
use crate::report::build::{self, Reading};
use crate::report::document::Incident;
use crate::report::message::Context;
use crate::session::Session;
use crate::session::parallel::ReadResult;
use crate::session::sink::{Finish, Sink};
use crate::smtp::peer::Peer;

/// How many messages are kept until it is known whether they are followed, if the input can be read only
/// once.
const LATEST: usize = 50_000;

/// Which messages are listed.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// Every message that was sent to Exchange Online.
    pub(crate) all: bool,
    /// The messages with these ids.
    pub(crate) message_ids: Vec<MessageId>,
    /// The messages whose sender matches.
    pub(crate) sender: Option<GlobMatcher>,
    /// The messages with a recipient that matches.
    pub(crate) recipient: Option<GlobMatcher>,
    /// The messages with a recipient that has one of these fates.
    pub(crate) fates: Vec<Verdict>,
    /// Show subjects.
    pub(crate) subjects: bool,
}

impl Choice {
    /// Checks the options.
    ///
    /// # Errors
    /// If a pattern is wrong, or a message id is empty.
    pub(crate) fn new(args: &MessagesArgs) -> Result<Choice> {
        if args.message_id.iter().any(|id| MessageId::of(id).is_none()) {
            anyhow::bail!("--message-id needs an id such as '<a1@ex01.contoso.com>'");
        }
        Ok(Choice {
            all: args.all,
            message_ids: args
                .message_id
                .iter()
                .filter_map(|id| MessageId::of(id))
                .collect(),
            sender: glob("--sender", args.sender.as_deref())?,
            recipient: glob("--recipient", args.recipient.as_deref())?,
            fates: args.fate.clone(),
            subjects: args.subjects,
        })
    }

    /// Whether messages are asked for by id, sender or recipient, whatever became of them.
    pub(crate) fn is_specific(&self) -> bool {
        !self.message_ids.is_empty() || self.sender.is_some() || self.recipient.is_some()
    }

    /// Whether an attempt is one of a message that is asked for by id, sender and recipient.
    pub(crate) fn names(&self, attempt: &Attempt) -> bool {
        let id = attempt.id.as_deref().and_then(MessageId::of);
        let is_id = |wanted: &MessageId| id.as_ref() == Some(wanted);
        let sender = match attempt.sender.as_deref() {
            Some("") => Some("<>"),
            sender => sender,
        };
        let matches = |pattern: &GlobMatcher, text: &str| pattern.is_match(text);
        (self.message_ids.is_empty() || self.message_ids.iter().any(is_id))
            && self
                .sender
                .as_ref()
                .is_none_or(|pattern| sender.is_some_and(|sender| matches(pattern, sender)))
            && self.recipient.as_ref().is_none_or(|pattern| {
                let mut recipients = attempt.recipients.iter();
                recipients.any(|one| {
                    let address = one.address.as_deref();
                    address.is_some_and(|address| matches(pattern, address))
                })
            })
    }
}

/// A pattern for addresses.
fn glob(option: &str, pattern: Option<&str>) -> Result<Option<GlobMatcher>> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
    let glob =
        glob.with_context(|| format!("{option} needs a valid pattern such as '*@contoso.com'"))?;
    Ok(Some(glob.compile_matcher()))
}

/// Receives the followed messages.
pub(crate) trait Follower {
    /// The next message, in the order of first attempts.
    fn message(&mut self, message: &Message, context: &Context<'_>);
}

/// What was read.
pub(crate) struct FollowRead {
    pub(crate) counts: LineCounts,
    pub(crate) cut_tails: u64,
    /// Whether all files could be read to their end.
    pub(crate) whole: bool,
    /// How many attempts were left out, because there are too many messages.
    pub(crate) beyond: u64,
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
    };
    let result = read_sessions(config, inputs, &pass, &mut first);
    let FirstPass {
        counting,
        keys,
        latest,
        followed,
        ..
    } = first;
    let totals = counting.finish();
    let read = |beyond| FollowRead {
        counts: result.counts,
        cut_tails: result.cut_tails,
        whole: result.errors.is_empty(),
        beyond,
    };
    let beyond = analysis_of(config, inputs, totals, &result, |analysis, reading| {
        let outlook = Outlook::new(config, inputs, analysis, reading);
        if corpus.has_pipe() {
            let rest = latest.into_rest().filter(|_| choice.all);
            outlook.tell(&result.places, followed, rest, follower);
            return keys.beyond();
        }
        outlook.second_pass(&pass, keys, follower)
    });
    read(beyond)
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
}

impl Sink<MailDigest, Part> for FirstPass<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.pass.session(stream, &session, &mut part);
        self.part(stream, part);
    }

    fn part(&mut self, _stream: usize, part: Part) {
        self.counting.merge(part.aggregate);
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

fn key_of(attempt: &Attempt) -> Option<u64> {
    let id = attempt.id.as_deref()?;
    Some(message_id::key(id.as_bytes()))
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

/// What decides fates besides the attempts.
struct Outlook<'a> {
    config: &'a Config,
    inputs: &'a Inputs,
    coverage: Coverage,
    incidents: Vec<Incident>,
    online: OnlineFlows,
}

impl<'a> Outlook<'a> {
    fn new(
        config: &'a Config,
        inputs: &'a Inputs,
        analysis: &Analysis<'_>,
        reading: &Reading<'_>,
    ) -> Outlook<'a> {
        Outlook {
            config,
            inputs,
            coverage: coverage(analysis, reading.corpus),
            incidents: build::document(analysis, reading).incidents,
            online: OnlineFlows::of(analysis),
        }
    }

    /// Finds all attempts of the messages with these keys. Returns how many attempts were left out.
    fn second_pass(&self, first: &Pass<'_>, keys: Keys, follower: &mut dyn Follower) -> u64 {
        let beyond = keys.beyond();
        if keys.is_empty() && !first.choice.all {
            return beyond;
        }
        let pass = Pass {
            config: self.config,
            inputs: self.inputs,
            choice: first.choice,
            counting: None,
            keys: Some(&keys),
            keeps_all: first.choice.all,
        };
        let mut second = SecondPass {
            pass: &pass,
            outlook: self,
            keys: &keys,
            followed: Followed::default(),
            follower,
        };
        // The first pass has warned of what cannot be read.
        let ReadResult { places, .. } = read_again(self.config, self.inputs, &pass, &mut second);
        let SecondPass {
            followed, follower, ..
        } = second;
        let beyond = beyond + followed.beyond();
        self.tell(&places, followed, std::iter::empty(), follower);
        beyond
    }

    /// Gives the messages to the follower: first those that are not followed, then the others.
    fn tell(
        &self,
        places: &PlaceTable,
        followed: Followed,
        rest: impl Iterator<Item = Attempt>,
        follower: &mut dyn Follower,
    ) {
        let goes_online = |attempt: &Attempt| self.online.holds(attempt);
        let context = self.context(places, &goes_online);
        for attempt in rest {
            follower.message(&alone(attempt), &context);
        }
        for message in followed.finish() {
            follower.message(&message, &context);
        }
    }

    fn context<'c>(
        &'c self,
        places: &'c PlaceTable,
        goes_online: &'c dyn Fn(&Attempt) -> bool,
    ) -> Context<'c> {
        Context {
            corpus: &self.inputs.found.corpus,
            places,
            coverage: &self.coverage,
            incidents: &self.incidents,
            goes_online,
        }
    }
}

/// A message with one attempt.
fn alone(attempt: Attempt) -> Message {
    Message {
        id: attempt.id.as_deref().and_then(MessageId::of),
        attempts: vec![attempt],
        left_out: 0,
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
        let goes_online = |attempt: &Attempt| self.outlook.online.holds(attempt);
        let context = self.outlook.context(places, &goes_online);
        for attempt in attempts {
            let is_followed = match key_of(&attempt) {
                Some(key) => self.keys.contains(key),
                None => attempt.has_failure(),
            };
            if is_followed {
                self.followed.add(attempt);
            } else if goes_online(&attempt) {
                self.follower.message(&alone(attempt), &context);
            }
        }
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

/// Which sessions go to Exchange Online, as the analysis decided for all of them together.
struct OnlineFlows {
    by_peer: BTreeMap<(usize, String, Peer), bool>,
    /// Whether all, for those that show no other side.
    by_connector: BTreeMap<(usize, String), bool>,
}

impl OnlineFlows {
    fn of(analysis: &Analysis<'_>) -> OnlineFlows {
        let mut flows = OnlineFlows {
            by_peer: BTreeMap::new(),
            by_connector: BTreeMap::new(),
        };
        for flow in &analysis.aggregate.flows {
            let connector = analysis.aggregate.names.text(flow.key.connector).to_owned();
            let key = (flow.key.stream, connector);
            let all = flows.by_connector.entry(key.clone()).or_insert(true);
            *all &= flow.exchange_online;
            let one = (key.0, key.1, flow.key.peer);
            *flows.by_peer.entry(one).or_default() |= flow.exchange_online;
        }
        flows
    }

    fn holds(&self, attempt: &Attempt) -> bool {
        let connector = attempt.connector.to_string();
        let by_peer = (attempt.stream, connector.clone(), attempt.peer);
        let known = self.by_peer.get(&by_peer).copied();
        known.unwrap_or_else(|| {
            let all = self.by_connector.get(&(attempt.stream, connector));
            attempt.peer.is_exchange_online()
                || (attempt.peer == Peer::Unknown && all.copied().unwrap_or(false))
        })
    }
}

/// How far the logs reach.
fn coverage(analysis: &Analysis<'_>, corpus: &Corpus) -> Coverage {
    let streams = analysis.streams.iter().enumerate().map(|(index, known)| {
        let activity = analysis.aggregate.activity.get(&index);
        let seconds = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
        let silent = activity.map(silences).unwrap_or_default().into_iter();
        let silent = silent.map(|(from, until)| (seconds(from), seconds(until)));
        let files = corpus.files.iter().filter(|file| file.stream == index);
        let missing = stream::missing_files(files.map(|file| file.name.as_str()));
        StreamCoverage {
            server: known.server.clone(),
            last: activity.map_or(Timestamp::UNKNOWN, |activity| activity.last),
            gaps: silent
                .chain(missing.iter().filter_map(stream::MissingFiles::period))
                .collect(),
        }
    });
    Coverage {
        streams: streams.collect(),
        ..Coverage::default()
    }
}
