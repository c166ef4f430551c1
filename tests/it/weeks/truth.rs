//! What must be reported of a week, counted from what was written.
//!
//! In: what happened, row by row. Out: incidents with their numbers, times and states.
//! Must not read a report.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Key, Millis};
use super::status;

/// Between which times something happened; the same twice where one row says it.
pub(super) type Span = (Millis, Millis);

/// Something that counts.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) at: Span,
    pub(super) stream: String,
    pub(super) connector: String,
    /// The session, by its number in the week.
    pub(super) session: usize,
    pub(super) what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A reply of an incident.
    Refused {
        key: Key,
        /// The message, by its number in the week.
        message: Option<usize>,
        recipients: u32,
    },
    /// A session that failed as a whole.
    Failed { key: Key },
    /// A reply of no incident.
    Other { foreign: bool },
    /// Recipients whose message was taken.
    Taken {
        recipients: u32,
        thumbprint: Option<String>,
        matches: bool,
    },
    /// A session that may be one too many for "healthy".
    Doubtful,
}

/// What must be reported as one incident.
#[derive(Debug)]
pub(super) struct Incident {
    pub(super) streams: BTreeSet<String>,
    pub(super) replies: u64,
    pub(super) messages: u64,
    pub(super) sessions: u64,
    pub(super) first: Span,
    pub(super) last: Span,
    /// The states that the rule allows: one, but where a count is too close to call.
    pub(super) states: BTreeSet<&'static str>,
}

/// What must be reported of a week.
#[derive(Debug)]
pub(super) struct Truth {
    pub(super) incidents: BTreeMap<Key, Incident>,
    /// Send connectors that must not be called healthy.
    pub(super) unhealthy: BTreeSet<String>,
    /// Send connectors that must be called healthy.
    pub(super) healthy: BTreeSet<String>,
    /// Replies of Exchange Online that belong to no incident.
    pub(super) other: u64,
    /// Replies of other hosts.
    pub(super) foreign: u64,
}

/// Counts; `online` names the send connectors that go to Exchange Online, `foreign` all others.
pub(super) fn of(
    happenings: &[Happening],
    online: &BTreeSet<String>,
    foreign: &BTreeSet<String>,
    log_end: Millis,
) -> Truth {
    let mut by_key: BTreeMap<Key, Vec<&Happening>> = BTreeMap::new();
    let mut truth = Truth {
        incidents: BTreeMap::new(),
        unhealthy: foreign.clone(),
        healthy: BTreeSet::new(),
        other: 0,
        foreign: 0,
    };
    let mut doubtful = BTreeSet::new();
    let mut delivering = BTreeSet::new();
    for happening in happenings {
        match &happening.what {
            What::Refused { key, .. } | What::Failed { key } => {
                by_key.entry(key.clone()).or_default().push(happening);
                truth.unhealthy.insert(happening.connector.clone());
            }
            What::Other { foreign: true } => truth.foreign += 1,
            What::Other { foreign: false } => {
                truth.other += 1;
                doubtful.insert(happening.connector.clone());
            }
            What::Taken { .. } => {
                delivering.insert(happening.connector.clone());
            }
            What::Doubtful => {
                doubtful.insert(happening.connector.clone());
            }
        }
    }
    truth.healthy = online
        .iter()
        .filter(|name| delivering.contains(*name))
        .filter(|name| !doubtful.contains(*name) && !truth.unhealthy.contains(*name))
        .cloned()
        .collect();
    for (key, mut own) in by_key {
        own.sort_by_key(|happening| happening.at);
        let incident = incident(&key, &own, happenings, log_end);
        truth.incidents.insert(key, incident);
    }
    truth
}

fn incident(key: &Key, own: &[&Happening], all: &[Happening], log_end: Millis) -> Incident {
    let streams: BTreeSet<String> = own.iter().map(|event| event.stream.clone()).collect();
    let sessions: BTreeSet<usize> = own.iter().map(|event| event.session).collect();
    let mut messages = BTreeSet::new();
    let mut replies = 0;
    for event in own {
        if let What::Refused { message, .. } = &event.what {
            replies += 1;
            messages.extend(*message);
        }
    }
    let last = own.iter().map(|event| event.at).max_by_key(|at| at.1);
    Incident {
        replies,
        messages: messages.len() as u64,
        sessions: sessions.len() as u64,
        first: own[0].at,
        last: last.expect("an incident has something in it"),
        states: status::states(key, own, &streams, all, log_end),
        streams,
    }
}
