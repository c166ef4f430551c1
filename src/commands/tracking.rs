//! Reads message tracking logs for `sendlens messages`, once: it finds the messages that Exchange Online
//! rejected or deferred, and all rows of the messages that are followed.
//!
//! In: the [`Inputs`], and which messages are followed so far. Out: message ids, and the [`Tracked`] steps.
//! Must not decide fates.
//! A row may show that a message is followed of which rows were passed over before. Those of the same part
//! of the file are then read again at once. A filter ([`Seen`]) says which files before it may hold others,
//! and these files are read again at the end.
//! Memory: what is followed, and the filter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::choice::Choice;
use super::config::Config;
use super::inputs::{Inputs, not_to_its_end, warn};
use crate::aggregate::timeline::Timeline;
use crate::aggregate::windows::Window;
use crate::input::lines::LineCounts;
use crate::input::stream;
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::{Family, TrackingFile};
use crate::mail::coverage::StreamCoverage;
use crate::mail::followed::Keys;
use crate::mail::message_id::MessageId;
use crate::mail::tracked::{Tracked, names_exchange_online};
use crate::progress;
use crate::smtp::message_key::MessageKeys;
use crate::smtp::seen::{MOST_PARTS, Parts, Seen};
use crate::tracking::read::{self, Plan, Sink, TrackingResult};
use crate::tracking::{Entry, Event, EventSet, TrackingStep, Wanted};

/// What tracking logs show.
#[derive(Debug, Default)]
pub(super) struct Troubled {
    /// The messages to follow.
    pub(super) ids: Vec<MessageId>,
    /// All steps of the followed messages, and of the delivery reports on them.
    pub(super) tracked: Tracked,
    /// What was read.
    pub(super) read: TrackingRead,
}

/// What was read of tracking logs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TrackingRead {
    pub(super) files: usize,
    pub(super) counts: LineCounts,
    /// Whether all files could be read to their end.
    pub(super) whole: bool,
}

impl TrackingRead {
    fn of(result: &TrackingResult) -> TrackingRead {
        TrackingRead {
            files: result.spans.len(),
            counts: result.counts,
            whole: result.errors.is_empty(),
        }
    }
}

/// Reads tracking logs.
pub(super) struct TrackingReader<'a> {
    pub(super) config: &'a Config,
    pub(super) inputs: &'a Inputs,
    pub(super) choice: &'a Choice,
    /// The send connectors to Exchange Online, in lower case.
    pub(super) connectors: &'a BTreeSet<String>,
    /// Whether it was said which files cannot be read to their end.
    pub(super) has_warned: &'a AtomicBool,
}

impl TrackingReader<'_> {
    /// How many rows about sending there are over time, for the messages that the options ask for.
    pub(super) fn sent_over_time(&self) -> (Timeline, TrackingRead) {
        let mut rows = Timeline::default();
        let events = [Event::Fail, Event::Defer, Event::SendExternal, Event::Send];
        let wanted = Wanted::events(EventSet::of(&events));
        let result = self.read(&wanted, None, &mut |step: TrackingStep| {
            let id = step.entry.message_id().and_then(MessageId::of);
            if id.is_some_and(|id| self.is_asked_for(&step, &id)) {
                rows.add(step.entry.time, 1);
            }
        });
        (rows, TrackingRead::of(&result))
    }

    /// Finds the messages that Exchange Online rejected or deferred, or that the options ask for, in a window
    /// of time or at any time, and all steps of the messages that are followed. Those with the keys in
    /// `queued` may be followed, too.
    pub(super) fn troubled(
        &self,
        keys: &mut Keys,
        queued: MessageKeys,
        window: Option<Window>,
    ) -> Troubled {
        let files = &self.inputs.found.tracking;
        if files.is_empty() {
            let whole = true;
            let read = TrackingRead {
                whole,
                ..TrackingRead::default()
            };
            return Troubled {
                read,
                ..Troubled::default()
            };
        }
        let wanted = self.wanted(keys, queued);
        let mut following = Following {
            reader: self,
            window,
            keys,
            ids: Vec::new(),
            wanted: wanted.clone(),
            late: MessageKeys::default(),
            seen: Seen::in_parts(files.len().min(MOST_PARTS)),
            missed: FxHashMap::default(),
            tracked: Tracked::default(),
        };
        let result = self.read(&wanted, None, &mut following);
        while !following.missed.is_empty() {
            self.read_missed(&mut following);
        }
        let Following {
            ids, mut tracked, ..
        } = following;
        let pool = &self.inputs.pool;
        pool.install(|| tracked.finish(&|step| self.goes_online(step)));
        for (server, coverage) in coverage(files, &result.spans) {
            tracked.cover(&server, coverage);
        }
        Troubled {
            ids,
            tracked,
            read: TrackingRead::of(&result),
        }
    }

    /// The rows that are wanted from the beginning.
    fn wanted(&self, keys: &Keys, queued: MessageKeys) -> Wanted {
        let wanted = Wanted::messages(keys.all().iter().copied().chain(queued).collect());
        let mut events = vec![Event::Dsn];
        let asked_for = [Event::Fail, Event::Defer, Event::SendExternal, Event::Send];
        events.extend(asked_for.into_iter().filter(|one| self.may_ask_for(one)));
        let wanted = wanted.or_events(EventSet::of(&events)).noting_others();
        wanted.with_subjects(self.choice.subjects)
    }

    /// Reads the files again in which rows of messages and reports that are wanted by now may have been passed
    /// over. They may show more reports.
    fn read_missed(&self, following: &mut Following<'_>) {
        let missed = std::mem::take(&mut following.missed);
        let mut parts = Parts::default();
        missed.values().for_each(|some| parts.add(*some));
        let (files, count) = (self.inputs.found.tracking.len(), following.seen.parts());
        let is_read = |file| parts.has(part_of(file, files, count));
        let wanted = Wanted::messages(missed.into_keys().collect());
        let wanted = wanted.with_subjects(self.choice.subjects);
        self.read(&wanted, Some(&is_read), &mut |step: TrackingStep| {
            following.learn_report(&step.entry);
            following.tracked.add(step);
        });
    }

    /// Whether all messages are listed, and only tracking logs show them.
    fn lists_all(&self) -> bool {
        self.choice.all && self.inputs.logs.files.is_empty()
    }

    /// Whether a row with this event may make its message one to follow.
    fn may_ask_for(&self, event: &Event) -> bool {
        match event {
            Event::Fail | Event::Defer => true,
            Event::SendExternal | Event::Send => self.lists_all() || self.choice.is_specific(),
            _ => false,
        }
    }

    /// Whether a row is about sending a message that the options ask for.
    pub(super) fn is_asked_for(&self, step: &TrackingStep, id: &MessageId) -> bool {
        let entry = &step.entry;
        let limits = &self.inputs.limits;
        let is_of_connector = !limits.choose_connectors()
            || entry
                .connector()
                .is_some_and(|connector| limits.hold_connector(connector));
        is_of_connector
            && limits.hold_span(entry.time, entry.time)
            && self.goes_online(step)
            && (!self.choice.is_specific() || self.choice.names_step(step, id))
    }

    /// Whether a row is about the way to Exchange Online.
    fn goes_online(&self, step: &TrackingStep) -> bool {
        let sends = |entry: &Entry| {
            matches!(
                entry.event,
                Event::SendExternal | Event::Send | Event::Fail | Event::Defer
            )
        };
        let connector = step.entry.connector().unwrap_or_default();
        sends(&step.entry)
            && (names_exchange_online(step)
                || self.connectors.contains(&connector.to_ascii_lowercase()))
    }

    fn read(
        &self,
        wanted: &Wanted,
        only: Option<&dyn Fn(usize) -> bool>,
        sink: &mut dyn Sink,
    ) -> TrackingResult {
        let files = &self.inputs.found.tracking;
        let sizes = files.iter().filter_map(|file| file.source.known_len());
        let progress = progress::new(self.config.language, self.config.progress, sizes.sum());
        let advance = |bytes| progress.advance(bytes);
        let plan = Plan {
            files,
            wanted,
            only,
            pool: &self.inputs.pool,
            progress: &advance,
        };
        let result = read::each_row(&plan, sink);
        progress.finish();
        if !result.errors.is_empty() && !self.has_warned.swap(true, Ordering::Relaxed) {
            for (file, error) in &result.errors {
                let name = &files[*file].name;
                let language = self.config.language;
                let sentence = not_to_its_end(language, name, &error.to_string());
                warn(self.config, &sentence);
            }
        }
        result
    }
}

/// The part of the input to which a file belongs, for the filter.
fn part_of(file: usize, files: usize, parts: usize) -> usize {
    file * parts / files
}

/// Learns from the rows which messages are followed, and takes their steps.
struct Following<'a> {
    reader: &'a TrackingReader<'a>,
    /// The time in which a row may show that a message is to follow; `None` if at any time.
    window: Option<Window>,
    keys: &'a mut Keys,
    /// The messages that a row shows to be rejected or deferred, or that is asked for.
    ids: Vec<MessageId>,
    /// What is wanted by now.
    wanted: Wanted,
    /// The messages and reports that were not wanted from the beginning.
    late: MessageKeys,
    /// The messages whose rows were passed over.
    seen: Seen,
    /// Those that are wanted by now, and where rows of them may have been passed over.
    missed: FxHashMap<u64, Parts>,
    tracked: Tracked,
}

impl Following<'_> {
    /// Learns from a step which messages and reports are followed.
    fn learn(&mut self, step: &TrackingStep) {
        let entry = &step.entry;
        let is_within = self.window.is_none_or(|window| window.holds(entry.time));
        if is_within
            && self.reader.may_ask_for(&entry.event)
            && let Some(key) = entry.message_key
            && !self.keys.contains(key)
        {
            self.choose(step, key);
        }
        self.learn_report(entry);
    }

    /// Learns which report is one on a message that is followed.
    fn learn_report(&mut self, entry: &Entry) {
        if !matches!(entry.event, Event::Dsn | Event::Fail) {
            return;
        }
        let (Some(message), Some(reference)) = (entry.message_key, entry.reference_key) else {
            return;
        };
        let (report, original) = match entry.event {
            Event::Dsn => (message, reference),
            _ => (reference, message),
        };
        if self.keys.contains(original) {
            self.want(report);
        }
    }

    /// Follows the message of a step, if it is asked for.
    fn choose(&mut self, step: &TrackingStep, key: u64) {
        let id = step.entry.message_id().and_then(MessageId::of);
        let Some(id) = id.filter(|id| self.reader.is_asked_for(step, id)) else {
            return;
        };
        self.keys.add(key);
        if self.keys.contains(key) {
            self.want(key);
            self.ids.push(id);
        }
    }

    /// From now on, wants all rows of a message or report.
    fn want(&mut self, key: u64) {
        if !self.wanted.add(key) {
            return;
        }
        self.late.insert(key);
        let parts = self.seen.parts_of(key);
        if !parts.is_empty() {
            self.missed.insert(key, parts);
        }
    }

    fn pass_over(&mut self, file: usize, key: u64) {
        let files = self.reader.inputs.found.tracking.len();
        self.seen.add(part_of(file, files, self.seen.parts()), key);
    }
}

impl Sink for Following<'_> {
    fn look(&mut self, steps: &[TrackingStep], others: &[u64]) -> Option<&Wanted> {
        steps.iter().for_each(|step| self.learn(step));
        let is_late = |key: &u64| self.late.contains(key);
        let lacks = !self.late.is_empty() && others.iter().any(is_late);
        lacks.then_some(&self.wanted)
    }

    fn step(&mut self, step: TrackingStep) {
        let entry = &step.entry;
        let is_report = entry.event == Event::Dsn;
        let about = [entry.message_key, entry.reference_key.filter(|_| is_report)];
        if about.iter().flatten().any(|key| self.wanted.has(*key)) {
            return self.tracked.add(step);
        }
        for key in about.into_iter().flatten() {
            self.pass_over(entry.file, key);
        }
    }

    fn others(&mut self, file: usize, others: &[u64]) {
        for key in others {
            self.pass_over(file, *key);
        }
    }
}

/// How far the logs of each server reach. Only the transport service decides what becomes of a message.
fn coverage(
    files: &[TrackingFile],
    spans: &[(Timestamp, Timestamp)],
) -> Vec<(String, StreamCoverage)> {
    let mut servers: BTreeMap<String, (Timestamp, Vec<&str>)> = BTreeMap::new();
    for (file, (_, last)) in files.iter().zip(spans) {
        if !matches!(file.family, Family::Transport | Family::Unknown) {
            continue;
        }
        let server = file.server.as_deref().unwrap_or_default().to_owned();
        let (end, names) = servers.entry(server).or_default();
        *end = end.later(*last);
        names.push(&file.name);
    }
    let servers = servers.into_iter();
    servers
        .map(|(server, (last, names))| {
            let missing = stream::missing_files(names.into_iter());
            let gaps = missing.iter().filter_map(stream::MissingFiles::period);
            let coverage = StreamCoverage {
                server: None,
                last,
                gaps: gaps.collect(),
            };
            (server, coverage)
        })
        .collect()
}
