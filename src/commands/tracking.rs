//! Reads message tracking logs for `sendlens messages`: first for the messages that Exchange Online
//! rejected or deferred, then for all steps of the messages that are followed.
//!
//! In: the [`Inputs`], and which messages are followed. Out: message ids, and the [`Tracked`] steps.
//! Must not decide fates. Memory: what is followed.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::config::Config;
use super::inputs::{Inputs, warn};
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
use crate::tracking::read::{self, Plan, TrackingResult};
use crate::tracking::{Entry, Event, EventSet, MessageIds, TrackingStep, Wanted};

/// What the first reading finds.
#[derive(Debug, Default)]
pub(super) struct Troubled {
    /// The messages to follow.
    pub(super) ids: BTreeSet<MessageId>,
    /// The delivery reports on them, which are messages themselves.
    pub(super) reports: BTreeSet<MessageId>,
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
    pub(super) has_warned: &'a Cell<bool>,
}

impl TrackingReader<'_> {
    /// How many rows about sending there are over time, for the messages that the options ask for.
    pub(super) fn sent_over_time(&self) -> (Timeline, TrackingRead) {
        let mut rows = Timeline::default();
        let events = [Event::Fail, Event::Defer, Event::SendExternal, Event::Send];
        let wanted = Wanted::events(EventSet::of(&events));
        let result = self.read(&wanted, &mut |step| {
            let id = step.entry.message_id.as_deref().and_then(MessageId::of);
            if id.is_some_and(|id| self.is_asked_for(&step, &id)) {
                rows.add(step.entry.time, 1);
            }
        });
        (rows, TrackingRead::of(&result))
    }

    /// Finds the messages that Exchange Online rejected or deferred, or that the options ask for, in a
    /// window of time or at any time.
    pub(super) fn troubled(&self, keys: &mut Keys, window: Option<Window>) -> Troubled {
        let mut found = Troubled::default();
        if self.inputs.found.tracking.is_empty() {
            found.read.whole = true;
            return found;
        }
        let mut events = vec![Event::Fail, Event::Defer, Event::Dsn];
        let lists_all = self.choice.all && self.inputs.found.corpus.files.is_empty();
        let is_wide = self.choice.is_specific() || lists_all;
        if is_wide {
            events.extend([Event::SendExternal, Event::Send]);
        }
        let wanted = Wanted::events(EventSet::of(&events));
        let result = self.read(&wanted, &mut |step| {
            let entry = &step.entry;
            let Some(id) = entry.message_id.as_deref().and_then(MessageId::of) else {
                return;
            };
            if entry.event == Event::Dsn {
                let original = entry.reference.as_deref().and_then(MessageId::of);
                if original.is_some_and(|original| keys.contains(original.key())) {
                    found.reports.insert(id);
                }
                return;
            }
            let is_within = window.is_none_or(|window| window.holds(entry.time));
            if is_within && self.is_asked_for(&step, &id) {
                keys.add(id.key());
                if keys.contains(id.key()) {
                    found.ids.insert(id.clone());
                }
            }
            if entry.event == Event::Fail
                && keys.contains(id.key())
                && let Some(report) = entry.reference.as_deref().and_then(MessageId::of)
            {
                found.reports.insert(report);
            }
        });
        found.read = TrackingRead::of(&result);
        found
    }

    /// Whether a row is about sending a message that the options ask for.
    pub(super) fn is_asked_for(&self, step: &TrackingStep, id: &MessageId) -> bool {
        let entry = &step.entry;
        let pattern = self.config.connector.as_ref();
        let is_of_connector = pattern.is_none_or(|pattern| {
            let connector = entry.connector.as_deref();
            connector.is_some_and(|connector| pattern.is_match(connector))
        });
        is_of_connector
            && self.inputs.period.holds_span(entry.time, entry.time)
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
        let connector = step.entry.connector.as_deref().unwrap_or_default();
        sends(&step.entry)
            && (names_exchange_online(step)
                || self.connectors.contains(&connector.to_ascii_lowercase()))
    }

    /// Reads all steps of the messages with these ids, and of the reports on them.
    pub(super) fn track<'i>(
        &self,
        ids: impl Iterator<Item = &'i MessageId>,
    ) -> (Tracked, TrackingRead) {
        let mut tracked = Tracked::default();
        let files = &self.inputs.found.tracking;
        if files.is_empty() {
            let whole = true;
            return (
                tracked,
                TrackingRead {
                    whole,
                    ..TrackingRead::default()
                },
            );
        }
        let ids: MessageIds = ids.map(MessageId::as_str).collect();
        let wanted = Wanted::messages(ids).with_subjects(self.choice.subjects);
        let result = self.read(&wanted, &mut |step| {
            let goes_online = self.goes_online(&step);
            tracked.add(step, goes_online);
        });
        tracked.sort();
        for (server, coverage) in coverage(files, &result.spans) {
            tracked.cover(&server, coverage);
        }
        (tracked, TrackingRead::of(&result))
    }

    fn read(&self, wanted: &Wanted, take: &mut dyn FnMut(TrackingStep)) -> TrackingResult {
        let files = &self.inputs.found.tracking;
        let sizes = files.iter().filter_map(|file| file.source.known_len());
        let progress = progress::new(self.config.progress, sizes.sum());
        let advance = |bytes| progress.advance(bytes);
        let plan = Plan {
            files,
            wanted,
            pool: &self.inputs.pool,
            progress: &advance,
        };
        let result = read::each_step(&plan, take);
        progress.finish();
        if !result.errors.is_empty() && !self.has_warned.replace(true) {
            for (file, error) in &result.errors {
                let name = &files[*file].name;
                let sentence = format!("{name}: the file could not be read to its end: {error}");
                warn(self.config, &sentence);
            }
        }
        result
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
