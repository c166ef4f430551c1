//! The incidents that queues alone show, as data.
//!
//! In: a [`QueueIncident`]. Out: an [`Incident`] without sessions, replies and timeline.
//! Must not decide anything.

use chrono::{DateTime, Utc};

use super::document::{
    EvidenceRow, Failing, Incident, IncidentCause, IncidentStatus, QueuedMail, RejectedCount,
};
use super::incident_id;
use crate::aggregate::timeline;
use crate::diagnosis::queue_status::Proof;
use crate::diagnosis::status::State;
use crate::engine::queues::QueueIncident;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::queue::{AsOf, Queue};

/// Longer errors of queues are cut in the output.
const LONGEST_ERROR: usize = 600;

/// More queues are no better proof.
const MOST_QUEUES: usize = 6;

/// An incident that queues alone show.
pub(super) fn row(language: Language, incident: &QueueIncident<'_>) -> Incident {
    let (meta, diagnosis, queues) = (incident.meta, &incident.diagnosis, &incident.queues);
    let Times { first, last, as_of } = Times::of(queues);
    let counts = queues.iter().map(|queue| queue.message_count.value());
    let deciding = diagnosis.deciding.clone();
    Incident {
        id: incident_id::of(&incident.send_connector, "", meta.code),
        cause: IncidentCause::of(language, meta, diagnosis),
        also: incident.also.iter().copied().map(str::to_owned).collect(),
        send_connector: incident.send_connector.clone(),
        streams: Vec::new(),
        certificate: None,
        tenant: deciding.as_ref().map(|deciding| deciding.tenant.clone()),
        inbound_connector: deciding.and_then(|deciding| deciding.connector),
        status: IncidentStatus {
            state: incident.status.state.into(),
            since: match incident.status.state {
                State::Ongoing => first.clone(),
                State::Over => last.clone(),
                State::Unclear => None,
            },
            accepted_after: match incident.status.proof {
                Some(Proof::Accepted(count)) => count,
                _ => 0,
            },
        },
        failing_step: meta.step.map(|step| Failing {
            step,
            offered: Vec::new(),
            expected: Vec::new(),
        }),
        fails_next: None,
        rejected: RejectedCount::default(),
        by_stream: Vec::new(),
        mail: None,
        replies: Vec::new(),
        first,
        last,
        timeline_bucket_seconds: timeline::LADDER[0],
        timeline: Vec::new(),
        queue: Some(QueuedMail {
            queues: queues
                .iter()
                .map(|queue| queue.identity.to_string())
                .collect(),
            messages: counts.sum::<Option<u64>>(),
            as_of,
        }),
        explanation: diagnosis.explanation.clone(),
        evidence: queues
            .iter()
            .take(MOST_QUEUES)
            .map(|queue| shown(queue))
            .collect(),
        fix: diagnosis.fix.clone(),
    }
}

/// The times of an incident, as texts.
struct Times {
    first: Option<String>,
    last: Option<String>,
    as_of: Option<String>,
}

impl Times {
    fn of(queues: &[&Queue]) -> Times {
        let known = || queues.iter().filter(|queue| queue.times_are_utc);
        let first = known().filter_map(|queue| queue.first_retry.value().copied().flatten());
        let retried = known().filter_map(|queue| queue.last_retry.value().copied().flatten());
        let as_of = queues.iter().filter_map(|queue| match queue.as_of {
            AsOf::At(time) => Some(time),
            AsOf::NotBefore(_) | AsOf::Unknown => None,
        });
        let as_of = as_of.max();
        let text =
            |time: Option<DateTime<Utc>>| time.and_then(|time| Timestamp::from(time).rfc3339());
        Times {
            first: text(first.min()),
            last: text(retried.max().or(as_of)),
            as_of: text(as_of),
        }
    }
}

/// A queue as evidence.
fn shown(queue: &Queue) -> EvidenceRow {
    let error = queue.last_error.value().and_then(Option::as_ref);
    let error = error.map_or("", |error| error.text.as_str());
    let count = match queue.message_count.value() {
        Some(count) => format!(", MessageCount {count}"),
        None => String::new(),
    };
    let mut text = format!("Queue {}{count}, LastError {error}", queue.identity);
    if let Some((at, _)) = text.char_indices().nth(LONGEST_ERROR) {
        text.truncate(at);
        text.push('…');
    }
    EvidenceRow {
        file: queue.file.clone(),
        line: queue.line,
        text,
    }
}
