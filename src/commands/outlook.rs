//! What decides fates besides the attempts in send logs: how far the logs reach, which sessions go to
//! Exchange Online, message tracking logs, and queues.
//!
//! In: the [`Analysis`] of the sessions, and the [`Inputs`]. Out: each followed [`Message`] with
//! everything that is known of it, to a [`Follower`].
//! Must not read send logs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::choice::Choice;
use super::config::Config;
use super::inputs::Inputs;
use super::settling::Settling;
use super::tracking::{TrackingRead, TrackingReader, Troubled};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::gaps;
use crate::input::in_order;
use crate::input::log_list::LogList;
use crate::input::stream::MissingFiles;
use crate::input::timestamp::Timestamp;
use crate::mail::attempt::Attempt;
use crate::mail::case::{Sources, Traces};
use crate::mail::coverage::{Coverage, StreamCoverage};
use crate::mail::followed::{Followed, Keys, Message};
use crate::mail::message_id::MessageId;
use crate::mail::queued::{Queued, Waiting};
use crate::mail::shared_id;
use crate::mail::tracked::Tracked;
use crate::report::build::{self, Reading};
use crate::report::document::Incident;
use crate::report::message::Context;
use crate::smtp::message_key;
use crate::smtp::peer::Peer;

/// What is done with the followed messages.
pub(crate) trait Follower: Sync {
    /// What comes of some messages. It waits for that of the messages before them.
    type Told: Default + Send;

    /// Tells of a message, on any core. The result must not depend on other messages.
    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut Self::Told);
}

/// Takes what comes of the next messages, in the order of first attempts, while a [`Follower`] is told of
/// others.
pub(crate) type Take<'a, F> = &'a mut dyn FnMut(<F as Follower>::Told);

/// What a follower was told of.
#[must_use]
pub(super) struct Told {
    _messages: Vec<Message>,
    _troubled: Troubled,
}

/// Leaves memory as it is: to free millions of small texts takes a twentieth of the time, and the process ends
/// soon.
pub(super) fn forget(told: Told) {
    std::mem::forget(told);
}

/// So many messages are told of by one core at a time.
const BATCH: usize = 256;

/// What decides fates besides the attempts.
pub(super) struct Outlook<'a> {
    pub(super) config: &'a Config,
    pub(super) inputs: &'a Inputs,
    choice: &'a Choice,
    coverage: Coverage,
    incidents: Vec<Incident>,
    online: OnlineFlows,
    connectors: BTreeSet<String>,
    /// Whether it was said which message tracking logs cannot be read to their end.
    has_warned: AtomicBool,
}

impl<'a> Outlook<'a> {
    pub(super) fn new(
        config: &'a Config,
        inputs: &'a Inputs,
        choice: &'a Choice,
        analysis: &Analysis<'_>,
        reading: &Reading<'_>,
    ) -> Outlook<'a> {
        let online = OnlineFlows::of(analysis);
        let exported = inputs.exports.on_premises.send_connectors.iter();
        let names = exported
            .filter(|connector| connector.goes_to_exchange_online() == Some(true))
            .map(|connector| connector.name.as_str());
        Outlook {
            config,
            inputs,
            choice,
            coverage: Coverage {
                error_policies: error_policies(inputs),
                ..coverage(analysis, reading.logs)
            },
            incidents: build::document(analysis, reading).incidents,
            connectors: names
                .chain(online.connectors())
                .map(str::to_ascii_lowercase)
                .collect(),
            online,
            has_warned: AtomicBool::default(),
        }
    }

    /// Whether all messages are listed, and only message tracking logs and queues can show them.
    pub(super) fn lists_all_tracked(&self) -> bool {
        let found = &self.inputs.found;
        self.choice.all && self.inputs.logs.files.is_empty() && !found.tracking.is_empty()
    }

    pub(super) fn tracking(&self) -> TrackingReader<'_> {
        TrackingReader {
            config: self.config,
            inputs: self.inputs,
            choice: self.choice,
            connectors: &self.connectors,
            has_warned: &self.has_warned,
        }
    }

    /// The messages in queues to Exchange Online that the options ask for.
    pub(super) fn asked_for_in_queues<'q, 'e>(
        &'q self,
        queued: &'q Queued<'e>,
    ) -> impl Iterator<Item = (&'q MessageId, &'q [Waiting<'e>])> {
        let connectors = &self.inputs.exports.on_premises.send_connectors;
        queued.iter().filter(move |(id, waiting)| {
            let is_online = waiting.iter().any(|one| one.goes_online(connectors));
            let is_asked_for = !self.choice.is_specific()
                || waiting.iter().any(|one| self.choice.names_queued(one, id));
            is_online && is_asked_for
        })
    }

    /// Adds the messages that only tracking logs or queues show to those that are followed.
    pub(super) fn beside_send_logs(&self, keys: &mut Keys) -> Troubled {
        let queued = Queued::of(&self.inputs.exports.queues);
        let waiting: Vec<&MessageId> = self
            .asked_for_in_queues(&queued)
            .map(|(id, _)| id)
            .collect();
        let waiting_keys = waiting.iter().map(|id| id.key()).collect();
        let mut troubled = self.tracking().troubled(keys, waiting_keys, None);
        for id in waiting {
            keys.add(id.key());
            if keys.contains(id.key()) {
                troubled.ids.push(id.clone());
            }
        }
        troubled
    }

    /// Decides with what was followed in one pass. Returns how many attempts were left out.
    pub(super) fn only_pass<F: Follower>(
        &self,
        settling: &Settling<'_>,
        (mut followed, mut keys): (Followed, Keys),
        rest: impl Iterator<Item = Attempt>,
        follower: &F,
        take: Take<'_, F>,
    ) -> (u64, TrackingRead) {
        let troubled = self.beside_send_logs(&mut keys);
        let beyond = keys.beyond() + followed.beyond();
        // An attempt that is kept may be one of a message that only a tracking log shows as rejected.
        let mut others = Vec::new();
        followed.each_attempt(|attempt| settling.settle(attempt));
        for mut attempt in rest {
            settling.settle(&mut attempt);
            match key_of(&attempt) {
                Some(key) if keys.contains(key) => followed.add(attempt),
                _ if self.choice.all => others.push(attempt),
                _ => {}
            }
        }
        let read = troubled.read;
        forget(self.tell(followed, troubled, others, follower, take));
        (beyond, read)
    }

    /// Gives the messages to the follower: first those that are not followed, then the others. Returns what
    /// can be freed.
    pub(super) fn tell<F: Follower>(
        &self,
        mut followed: Followed,
        troubled: Troubled,
        others: Vec<Attempt>,
        follower: &F,
        take: Take<'_, F>,
    ) -> Told {
        let mut told = F::Told::default();
        self.tell_others(others, follower, &mut told);
        take(told);
        troubled.ids.iter().for_each(|id| followed.add_id(id));
        let queued = Queued::of(&self.inputs.exports.queues);
        let goes_online = |attempt: &Attempt| self.online.holds(attempt);
        let sources = Sources {
            coverage: &self.coverage,
            tracked: &troubled.tracked,
            queued: &queued,
        };
        let context = self.context(sources, &goes_online);
        let pool = &self.inputs.pool;
        let messages = pool.install(|| in_order(followed, sources));
        let tell = |batch: &&[Message]| {
            let mut told = F::Told::default();
            for message in *batch {
                follower.tell(message, &context, &mut told);
            }
            told
        };
        let batches = messages.chunks(BATCH);
        in_order::each(pool, batches, &tell, &mut |_, told| take(told));
        Told {
            _messages: messages,
            _troubled: troubled,
        }
    }

    /// Tells of messages with one attempt, of which nothing else is known: they were never rejected.
    pub(super) fn tell_others<F: Follower>(
        &self,
        others: Vec<Attempt>,
        follower: &F,
        told: &mut F::Told,
    ) {
        let goes_online = |attempt: &Attempt| self.online.holds(attempt);
        let (tracked, queued) = (Tracked::default(), Queued::default());
        let sources = Sources {
            coverage: &self.coverage,
            tracked: &tracked,
            queued: &queued,
        };
        let context = self.context(sources, &goes_online);
        for attempt in others {
            follower.tell(&alone(attempt), &context, told);
        }
    }

    fn context<'c>(
        &'c self,
        sources: Sources<'c>,
        goes_online: &'c (dyn Fn(&Attempt) -> bool + Sync),
    ) -> Context<'c> {
        Context {
            logs: &self.inputs.logs,
            sources,
            incidents: &self.incidents,
            goes_online,
            send_connectors: &self.inputs.exports.on_premises.send_connectors,
        }
    }
}

/// The messages in the order of their first attempts or rows, those that share an id apart.
fn in_order(followed: Followed, sources: Sources<'_>) -> Vec<Message> {
    let messages = followed.finish().into_par_iter();
    let messages = messages.flat_map_iter(|message| shared_id::apart(message, sources.tracked));
    let timed = messages.map(|message| (Traces::of(&message, sources).period().0, message));
    let mut messages: Vec<(Timestamp, Message)> = timed.collect();
    // Some have no attempt in a send log.
    messages.par_sort_by_key(|(first, _)| *first);
    messages.into_iter().map(|(_, message)| message).collect()
}

/// A message with one attempt.
fn alone(attempt: Attempt) -> Message {
    Message {
        id: attempt.id.as_deref().and_then(MessageId::of),
        attempts: vec![attempt],
        only_from: None,
        left_out: 0,
    }
}

/// The key of the message of an attempt; `None` if no row names its id.
pub(super) fn key_of(attempt: &Attempt) -> Option<u64> {
    let id = attempt.id.as_deref()?;
    Some(message_key::of(id.as_bytes()))
}

/// Which sessions go to Exchange Online, as the analysis decided for all of them together, by send
/// connector.
struct OnlineFlows(BTreeMap<String, OnlineFlow>);

/// The sessions of one send connector.
#[derive(Default)]
struct OnlineFlow {
    by_peer: BTreeMap<(usize, Peer), bool>,
    /// Whether all of a stream, for those that show no other side.
    all: BTreeMap<usize, bool>,
}

impl OnlineFlows {
    fn of(analysis: &Analysis<'_>) -> OnlineFlows {
        let mut flows: BTreeMap<String, OnlineFlow> = BTreeMap::new();
        for flow in &analysis.aggregate.flows {
            let connector = analysis.aggregate.names.text(flow.key.connector).to_owned();
            let known = flows.entry(connector).or_default();
            *known.all.entry(flow.key.stream).or_insert(true) &= flow.exchange_online;
            let one = (flow.key.stream, flow.key.peer);
            *known.by_peer.entry(one).or_default() |= flow.exchange_online;
        }
        OnlineFlows(flows)
    }

    /// The send connectors whose sessions all go to Exchange Online.
    fn connectors(&self) -> impl Iterator<Item = &str> {
        let flows = self.0.iter();
        let online = flows.filter(|(_, flow)| flow.all.values().all(|all| *all));
        online.map(|(connector, _)| connector.as_str())
    }

    fn holds(&self, attempt: &Attempt) -> bool {
        let flow = self.0.get(&*attempt.connector);
        let known = flow.and_then(|flow| flow.by_peer.get(&(attempt.stream, attempt.peer)));
        known.copied().unwrap_or_else(|| {
            let all = flow.and_then(|flow| flow.all.get(&attempt.stream));
            attempt.peer.is_exchange_online()
                || (attempt.peer == Peer::Unknown && all.copied().unwrap_or(false))
        })
    }
}

/// The send connectors that treat rejections in their own way, in lower case.
fn error_policies(inputs: &Inputs) -> BTreeSet<String> {
    let connectors = inputs.exports.on_premises.send_connectors.iter();
    let own = connectors.filter(|connector| {
        let policies = connector.error_policies.value().and_then(Option::as_deref);
        policies.is_some_and(|policies| {
            // Some exports write enums as numbers.
            !policies.eq_ignore_ascii_case("Default") && policies != "0"
        })
    });
    own.map(|connector| connector.name.to_ascii_lowercase())
        .collect()
}

/// How far the logs reach.
fn coverage(analysis: &Analysis<'_>, logs: &LogList) -> Coverage {
    let files = logs.files.iter();
    let files = files.map(|file| (file.stream, file.name.as_str()));
    let gaps = gaps::of_streams(analysis, files);
    let streams = analysis.streams.iter().zip(gaps).enumerate();
    let streams = streams.map(|(index, (known, gaps))| {
        let activity = analysis.aggregate.activity.get(&index);
        // Which rows of its day or hour were in a file that is missing is not known.
        let missing = gaps.missing.iter().filter_map(MissingFiles::period);
        StreamCoverage {
            server: known.server.clone(),
            last: activity.map_or(Timestamp::UNKNOWN, |activity| activity.last),
            gaps: gaps.silences.iter().copied().chain(missing).collect(),
        }
    });
    Coverage {
        streams: streams.collect(),
        ..Coverage::default()
    }
}
