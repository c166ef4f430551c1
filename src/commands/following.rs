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

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context as _, Result};
use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashMap;

use super::config::Config;
use super::counting::{CountOnWorkers, Counting, frame_asked_for};
use super::inputs::Inputs;
use super::pipeline::{analysis_of, read_again, read_sessions};
use super::tracking::{TrackingRead, TrackingReader, Troubled};
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
use crate::mail::case::{self, Sources};
use crate::mail::coverage::{Coverage, StreamCoverage};
use crate::mail::fate::Verdict;
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::message_id::{self, MessageId};
use crate::mail::queued::{Queued, Waiting};
use crate::mail::tracked::Tracked;
use crate::onprem::SendConnector;
use crate::queue::Queues;
use crate::report::build::{self, Reading};
use crate::report::document::Incident;
use crate::report::message::Context;
use crate::session::Session;
use crate::session::parallel::ReadResult;
use crate::session::sink::{Finish, Sink};
use crate::smtp::peer::Peer;
use crate::tracking::TrackingStep;

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

    /// Whether a row of a tracking log is one of a message that is asked for by id, sender and recipient.
    pub(crate) fn names_step(&self, step: &TrackingStep, id: &MessageId) -> bool {
        let entry = &step.entry;
        let sender = match entry.null_return_path {
            true => Some("<>"),
            false => entry.sender.as_deref(),
        };
        (self.message_ids.is_empty() || self.message_ids.contains(id))
            && is_match(self.sender.as_ref(), sender)
            && is_match(self.recipient.as_ref(), step.recipient.as_deref())
    }

    /// Whether a message in a queue is asked for by id, sender and recipient.
    fn names_queued(&self, one: &Waiting<'_>, id: &MessageId) -> bool {
        let sender = one
            .message
            .from
            .value()
            .map(|from| from.as_deref().unwrap_or("<>"));
        let recipients = one.message.waiting_recipients();
        let pattern = self.recipient.as_ref();
        (self.message_ids.is_empty() || self.message_ids.contains(id))
            && is_match(self.sender.as_ref(), sender)
            && (pattern.is_none()
                || recipients
                    .into_iter()
                    .flatten()
                    .any(|two| is_match(pattern, Some(&two.address))))
    }

    /// Whether an attempt is one of a message that is asked for by id, sender and recipient.
    pub(crate) fn names(&self, attempt: &Attempt) -> bool {
        let id = attempt.id.as_deref().and_then(MessageId::of);
        let is_id = |wanted: &MessageId| id.as_ref() == Some(wanted);
        let sender = match attempt.sender.as_deref() {
            Some("") => Some("<>"),
            sender => sender,
        };
        let mut recipients = attempt.recipients.iter();
        (self.message_ids.is_empty() || self.message_ids.iter().any(is_id))
            && is_match(self.sender.as_ref(), sender)
            && recipients.any(|one| is_match(self.recipient.as_ref(), one.address.as_deref()))
    }
}

/// Whether a text matches. Without a pattern, every text does.
fn is_match(pattern: Option<&GlobMatcher>, text: Option<&str>) -> bool {
    pattern.is_none_or(|pattern| text.is_some_and(|text| pattern.is_match(text)))
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
    let (beyond, tracking) = analysis_of(config, inputs, totals, &result, |analysis, reading| {
        let outlook = Outlook::new(config, inputs, choice, analysis, reading);
        if corpus.has_pipe() {
            let rest = latest.into_rest();
            return outlook.only_pass(&result.places, (followed, keys), rest, follower);
        }
        outlook.second_pass(&pass, keys, follower)
    });
    FollowRead {
        counts: result.counts,
        cut_tails: result.cut_tails,
        whole: result.errors.is_empty() && tracking.whole,
        beyond,
        tracking,
    }
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
    choice: &'a Choice,
    coverage: Coverage,
    incidents: Vec<Incident>,
    online: OnlineFlows,
    connectors: BTreeSet<String>,
    /// The Guids of the send connectors to Exchange Online.
    guids: Vec<String>,
    queues: &'a Queues,
}

impl<'a> Outlook<'a> {
    fn new(
        config: &'a Config,
        inputs: &'a Inputs,
        choice: &'a Choice,
        analysis: &Analysis<'_>,
        reading: &Reading<'_>,
    ) -> Outlook<'a> {
        let online = OnlineFlows::of(analysis);
        let exported = inputs.exports.on_premises.send_connectors.iter();
        let exported: Vec<&SendConnector> = exported
            .filter(|connector| connector.goes_to_exchange_online() == Some(true))
            .collect();
        let names = exported.iter().map(|connector| connector.name.as_str());
        Outlook {
            config,
            inputs,
            choice,
            coverage: coverage(analysis, reading.corpus),
            incidents: build::document(analysis, reading).incidents,
            connectors: names
                .chain(online.connectors())
                .map(str::to_ascii_lowercase)
                .collect(),
            guids: exported
                .iter()
                .filter_map(|connector| connector.guid.clone())
                .collect(),
            online,
            queues: inputs.queues(),
        }
    }

    fn tracking(&self) -> TrackingReader<'_> {
        TrackingReader {
            config: self.config,
            inputs: self.inputs,
            choice: self.choice,
            connectors: &self.connectors,
        }
    }

    /// Adds the messages that only tracking logs or queues show to those that are followed.
    fn beside_send_logs(&self, keys: &mut Keys) -> Troubled {
        let mut troubled = self.tracking().troubled(keys);
        for (id, waiting) in Queued::of(self.queues).iter() {
            let is_online = waiting.iter().any(|one| one.goes_online(&self.guids));
            let is_asked_for = !self.choice.is_specific()
                || waiting.iter().any(|one| self.choice.names_queued(one, id));
            if is_online && is_asked_for {
                keys.add(id.key());
                if keys.contains(id.key()) {
                    troubled.ids.insert(id.clone());
                }
            }
        }
        troubled
    }

    /// Decides with what was followed in one pass. Returns how many attempts were left out.
    fn only_pass(
        &self,
        places: &PlaceTable,
        (mut followed, mut keys): (Followed, Keys),
        rest: impl Iterator<Item = Attempt>,
        follower: &mut dyn Follower,
    ) -> (u64, TrackingRead) {
        let troubled = self.beside_send_logs(&mut keys);
        let beyond = keys.beyond() + followed.beyond();
        // An attempt that is kept may be one of a message that only a tracking log shows as rejected.
        let mut others = Vec::new();
        for attempt in rest {
            match key_of(&attempt) {
                Some(key) if keys.contains(key) => followed.add(attempt),
                _ if self.choice.all => others.push(attempt),
                _ => {}
            }
        }
        let read = self.tell(places, followed, &troubled, others, follower);
        (beyond, read)
    }

    /// Finds all attempts of the messages with these keys. Returns how many attempts were left out.
    fn second_pass(
        &self,
        first: &Pass<'_>,
        mut keys: Keys,
        follower: &mut dyn Follower,
    ) -> (u64, TrackingRead) {
        let troubled = self.beside_send_logs(&mut keys);
        let beyond = keys.beyond();
        if keys.is_empty() && !first.choice.all {
            let (_, read) = self.tracking().track(std::iter::empty());
            return (beyond, read);
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
        let read = self.tell(&places, followed, &troubled, Vec::new(), follower);
        (beyond, read)
    }

    /// Gives the messages to the follower: first those that are not followed, then the others.
    fn tell(
        &self,
        places: &PlaceTable,
        mut followed: Followed,
        troubled: &Troubled,
        others: Vec<Attempt>,
        follower: &mut dyn Follower,
    ) -> TrackingRead {
        troubled.ids.iter().for_each(|id| followed.add_id(id));
        let ids = followed.ids().chain(&troubled.reports);
        let (tracked, read) = self.tracking().track(ids);
        let queued = Queued::of(self.queues);
        let goes_online = |attempt: &Attempt| self.online.holds(attempt);
        let sources = Sources {
            coverage: &self.coverage,
            tracked: &tracked,
            queued: &queued,
        };
        let context = self.context(places, sources, &goes_online);
        for attempt in others {
            follower.message(&alone(attempt), &context);
        }
        let mut messages = followed.finish();
        // Some have no attempt in a send log.
        messages.sort_by_cached_key(|message| case::period(message, sources).0);
        for message in messages {
            follower.message(&message, &context);
        }
        read
    }

    fn context<'c>(
        &'c self,
        places: &'c PlaceTable,
        sources: Sources<'c>,
        goes_online: &'c dyn Fn(&Attempt) -> bool,
    ) -> Context<'c> {
        Context {
            corpus: &self.inputs.found.corpus,
            places,
            sources,
            incidents: &self.incidents,
            goes_online,
            online_connectors: &self.guids,
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
        // Nothing else is known of a message that was never rejected.
        let (tracked, queued) = (Tracked::default(), Queued::default());
        let sources = Sources {
            coverage: &self.outlook.coverage,
            tracked: &tracked,
            queued: &queued,
        };
        let context = self.outlook.context(places, sources, &goes_online);
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

    /// The send connectors whose sessions all go to Exchange Online.
    fn connectors(&self) -> impl Iterator<Item = &str> {
        let mut online: BTreeMap<&str, bool> = BTreeMap::new();
        for ((_, connector), all) in &self.by_connector {
            *online.entry(connector).or_insert(true) &= all;
        }
        let online = online.into_iter();
        online.filter_map(|(connector, all)| all.then_some(connector))
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
