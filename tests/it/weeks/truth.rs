//! What must be reported of a week, counted from what was written.
//!
//! In: what happened, row by row. Out: incidents with their numbers, times and states.
//! Must not read a report.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Key, Millis};

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
        states: states(key, own, &streams, all, log_end),
        streams,
    }
}

/// The rule "Is it over?".
fn states(
    key: &Key,
    own: &[&Happening],
    streams: &BTreeSet<String>,
    all: &[Happening],
    log_end: Millis,
) -> BTreeSet<&'static str> {
    let first = own[0].at.0;
    let last = own
        .iter()
        .max_by_key(|event| event.at.1)
        .expect("not empty");
    let here =
        |event: &&Happening| event.connector == key.connector && streams.contains(&event.stream);
    let taken = |event: &Happening| match &event.what {
        What::Taken { recipients, .. } => *recipients,
        _ => 0,
    };
    let refused = |event: &Happening, any: bool| match &event.what {
        What::Refused {
            key: of,
            recipients,
            ..
        } if any || of == key => *recipients,
        _ => 0,
    };
    let during = all
        .iter()
        .filter(here)
        .filter(|event| event.at.1 >= first && event.at.0 <= last.at.1);
    let (mut taken_during, mut own_refused, mut any_refused) = (0, 0, 0);
    for event in during {
        taken_during += taken(event);
        own_refused += refused(event, false);
        any_refused += refused(event, true);
    }
    let (mut after, mut after_in_others) = (0, 0);
    let mut renewed: BTreeSet<&str> = BTreeSet::new();
    for event in all
        .iter()
        .filter(here)
        .filter(|event| event.at.0 > last.at.1)
    {
        after += taken(event);
        if event.session != last.session {
            after_in_others += taken(event);
        }
        if let What::Taken {
            thumbprint,
            matches: true,
            ..
        } = &event.what
            && *thumbprint != key.thumbprint
        {
            renewed.insert(&event.stream);
        }
    }
    let shares: Vec<f64> = if own_refused == 0 {
        // Whole sessions fail: the share is of sessions, and nothing was delivered meanwhile.
        if taken_during == 0 {
            vec![1.0]
        } else {
            vec![1.0, 0.1]
        }
    } else {
        [own_refused, any_refused]
            .map(|all_refused| f64::from(own_refused) / f64::from(all_refused + taken_during))
            .to_vec()
    };
    let unlikely = |share: f64, count: u32, limit: f64| {
        (1.0 - share).powi(i32::try_from(count).expect("a small count")) < limit
    };
    let mut over = BTreeSet::new();
    for share in shares {
        for count in [after, after_in_others] {
            // Rounding and the choice of what counts must not decide.
            over.insert(unlikely(share, count, 0.005));
            over.insert(unlikely(share, count, 0.02));
        }
    }
    let about_certificate = ["CRT", "TLS", "CON00", "DOM"]
        .iter()
        .any(|family| key.cause.starts_with(family) && key.cause != "CON008");
    if renewed.len() == streams.len() && about_certificate {
        over = BTreeSet::from([true]);
    } else if !renewed.is_empty() {
        // On some of the servers only, or no certificate was to blame.
        over.insert(true);
    }
    let silence = own
        .windows(2)
        .map(|pair| pair[1].at.0.saturating_sub(pair[0].at.0))
        .max()
        .unwrap_or(0);
    let since = log_end.saturating_sub(last.at.1);
    let mut states = BTreeSet::new();
    if over.contains(&true) {
        states.insert("over");
    }
    if over.contains(&false) {
        if since <= silence + 60_000 {
            states.insert("ongoing");
        }
        if since + 60_000 > silence {
            states.insert("unclear");
        }
    }
    states
}
