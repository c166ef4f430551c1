//! The incidents as data: what the engine decided, with counts, replies and timeline.
//!
//! In: an [`Analysis`] and the [`engine::DiagnosedIncident`]s. Out: [`Incident`]s in their documented order.
//! Must not decide anything.

use std::collections::BTreeMap;

use super::document::{
    Bucket, EvidenceRow, Incident, IncidentCause, IncidentStatus, RejectedCount, ReplyCount,
};
use super::effect::{self, AcceptedByStream};
use super::{certificate, failing, incident_id, incident_of_queues};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence};
use crate::aggregate::timeline::{self, Timeline, Times};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::evidence;
use crate::diagnosis::status::Status;
use crate::engine;
use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::Evidence;

/// The number of buckets that a timeline aims at.
const MOST_BUCKETS: i64 = 168;

/// The number of buckets before the first rejection. They show the time before the incident.
const BUCKETS_BEFORE: i64 = 12;

/// Turns a row that was kept into a row for the output.
pub type Locate<'a> = &'a dyn Fn(&Evidence) -> EvidenceRow;

/// All incidents for the output: the ongoing ones first, then by severity, number of rejections and
/// first time.
pub fn rows(
    analysis: &Analysis<'_>,
    incidents: &[engine::DiagnosedIncident<'_>],
    queues: &[engine::queues::QueueIncident<'_>],
    locate: Locate<'_>,
) -> Vec<Incident> {
    let sums = Sums::of(analysis, incidents);
    let mut accepted = Accepted::default();
    let mut rows: Vec<Incident> = incidents
        .iter()
        .zip(sums.0)
        .filter_map(|(incident, sum)| row(analysis, incident, sum, &mut accepted, locate))
        .chain(
            queues
                .iter()
                .map(|incident| incident_of_queues::row(analysis.language, incident)),
        )
        .collect();
    rows.sort_by(|a, b| {
        let size = |incident: &Incident| (incident.rejected.replies, incident.rejected.sessions);
        (a.status.state.cmp(&b.status.state))
            .then(b.cause.severity.cmp(&a.cause.severity))
            .then(size(b).cmp(&size(a)))
            .then_with(|| (&a.first, &a.id).cmp(&(&b.first, &b.id)))
    });
    rows
}

/// How many messages and sessions each incident has.
struct Sums(Vec<(u64, u64)>);

impl Sums {
    fn of(analysis: &Analysis<'_>, incidents: &[engine::DiagnosedIncident<'_>]) -> Sums {
        let aggregate = analysis.aggregate;
        // An occurrence is in one incident at most.
        let mut incident_of = vec![None; aggregate.occurrences.len()];
        for (number, incident) in incidents.iter().enumerate() {
            for occurrence in &incident.occurrences {
                incident_of[*occurrence] = Some(number);
            }
        }
        let mut sums = Sums(vec![(0, 0); incidents.len()]);
        let mut touched = Vec::new();
        let all = [&aggregate.message_sets, &aggregate.session_sets];
        for (which, sets) in all.into_iter().enumerate() {
            for (set, count) in sets {
                touched.clear();
                touched.extend(set.iter().filter_map(|occurrence| incident_of[*occurrence]));
                touched.sort_unstable();
                touched.dedup();
                for number in &touched {
                    let (messages, sessions) = &mut sums.0[*number];
                    *if which == 0 { messages } else { sessions } += count;
                }
            }
        }
        sums
    }
}

/// What the flows of a send connector in some streams accepted over time, and their end. Many incidents
/// ask for the same.
#[derive(Default)]
struct Accepted {
    by_streams: BTreeMap<(Name, Vec<usize>), (Timeline, Timestamp)>,
    by_stream: AcceptedByStream,
}

impl Accepted {
    fn of(&mut self, analysis: &Analysis<'_>, key: (Name, Vec<usize>)) -> &(Timeline, Timestamp) {
        self.by_streams
            .entry(key)
            .or_insert_with_key(|(connector, streams)| {
                let lanes = streams
                    .iter()
                    .map(|stream| analysis.lane(*connector, *stream));
                let (mut accepted, mut end) = (Timeline::default(), Timestamp::UNKNOWN);
                for (flow, _) in lanes.flatten() {
                    accepted.merge(&flow.accepted_over_time);
                    end = end.later(flow.last);
                }
                (accepted, end)
            })
    }
}

fn row(
    analysis: &Analysis<'_>,
    incident: &engine::DiagnosedIncident<'_>,
    (messages, sessions): (u64, u64),
    accepted: &mut Accepted,
    locate: Locate<'_>,
) -> Option<Incident> {
    let aggregate = analysis.aggregate;
    let indices = &incident.occurrences;
    let occurrences: Vec<&Occurrence> = indices
        .iter()
        .map(|index| &aggregate.occurrences[*index])
        .collect();
    let (meta, diagnosis) = (incident.meta, &incident.diagnosis);
    let flow = &aggregate.flows[occurrences.first()?.key.flow];
    let info = analysis
        .certificate(flow.key.certificate)
        .map(certificate::info);
    let send_connector = aggregate.names.text(flow.key.connector).to_owned();
    let thumbprint = info
        .as_ref()
        .and_then(|info| info.thumbprint.clone())
        .unwrap_or_default();
    let (first, last) = effect::period(occurrences.iter().copied());
    let streams = streams(analysis, &occurrences);
    let accepted_in_all = accepted.of(analysis, (flow.key.connector, streams.clone()));
    let (timeline_bucket_seconds, timeline) =
        timeline(&occurrences, accepted_in_all, (first, last));
    let deciding = diagnosis.deciding.clone();
    Some(Incident {
        id: incident_id::of(&send_connector, &thumbprint, meta.code),
        cause: IncidentCause::of(analysis.language, meta, diagnosis),
        also: incident.also.iter().copied().map(str::to_owned).collect(),
        send_connector,
        streams: streams
            .iter()
            .map(|stream| analysis.streams[*stream].name.clone())
            .collect(),
        certificate: info,
        tenant: deciding.as_ref().map(|deciding| deciding.tenant.clone()),
        inbound_connector: deciding.and_then(|deciding| deciding.connector),
        failing_step: failing::step(analysis, incident, &occurrences),
        fails_next: failing::next(analysis, incident, &occurrences),
        status: state(incident.status),
        rejected: RejectedCount {
            replies: effect::replies(occurrences.iter().copied()),
            messages,
            sessions,
            senders: effect::senders(analysis, occurrences.iter().copied()),
        },
        by_stream: effect::by_stream(analysis, &occurrences, &mut accepted.by_stream),
        mail: None,
        replies: replies(analysis, &occurrences),
        first: first.rfc3339(),
        last: last.rfc3339(),
        timeline_bucket_seconds,
        timeline,
        queue: None,
        explanation: diagnosis.explanation.clone(),
        evidence: evidence_rows(analysis, incident, &occurrences, locate),
        fix: diagnosis.fix.clone(),
    })
}

fn state(status: Status) -> IncidentStatus {
    IncidentStatus {
        state: status.state.into(),
        since: status.since.rfc3339(),
        accepted_after: status.accepted_after,
    }
}

/// The rows that prove it, and the setting of the hybrid wizard behind it.
fn evidence_rows(
    analysis: &Analysis<'_>,
    incident: &engine::DiagnosedIncident<'_>,
    occurrences: &[&Occurrence],
    locate: Locate<'_>,
) -> Vec<EvidenceRow> {
    let rows = evidence::rows(analysis, incident.meta.proof, occurrences);
    let mut rows: Vec<EvidenceRow> = rows.into_iter().map(locate).collect();
    rows.extend(incident.wizard.map(|setting| EvidenceRow {
        file: setting.file.clone(),
        line: Some(setting.line),
        text: setting.text.clone(),
    }));
    rows
}

fn streams(analysis: &Analysis<'_>, occurrences: &[&Occurrence]) -> Vec<usize> {
    let flows = &analysis.aggregate.flows;
    let mut streams: Vec<usize> = occurrences
        .iter()
        .map(|one| flows[one.key.flow].key.stream)
        .collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

fn replies(analysis: &Analysis<'_>, occurrences: &[&Occurrence]) -> Vec<ReplyCount> {
    let names = &analysis.aggregate.names;
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for occurrence in occurrences {
        if let Kind::Reply {
            code,
            enhanced,
            attr,
            sentence,
            ..
        } = occurrence.key.kind
        {
            let key = (
                code,
                enhanced,
                attr.map(|attr| names.text(attr)),
                names.text(sentence),
            );
            *counts.entry(key).or_default() += occurrence.count;
        }
    }
    let mut replies: Vec<ReplyCount> = counts
        .into_iter()
        .map(|((code, enhanced, attr, text), count)| ReplyCount {
            code,
            enhanced: enhanced.map(|enhanced| enhanced.to_string()),
            attr: attr.map(str::to_owned),
            text: text.to_owned(),
            count,
        })
        .collect();
    replies.sort_by_key(|reply| std::cmp::Reverse(reply.count));
    replies
}

fn timeline(
    occurrences: &[&Occurrence],
    (accepted, end): &(Timeline, Timestamp),
    period: (Timestamp, Timestamp),
) -> (i64, Vec<Bucket>) {
    let mut rejected = Times::default();
    occurrences
        .iter()
        .for_each(|one| rejected.merge(&one.over_time));
    // What was accepted until the end of the log shows whether the incident is over.
    let end = period.1.later(*end);
    let seconds = end.since(period.0).unwrap_or(0) / 1000;
    let step = timeline::step_for(seconds, MOST_BUCKETS)
        .max(rejected.step())
        .max(accepted.step());
    let length = timeline::LADDER[step];
    let begin = period.0.millis() / 1000 - BUCKETS_BEFORE * length;
    let end = end.millis() / 1000;
    let mut buckets: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (start, count) in accepted.at_step(step) {
        if (begin..=end).contains(&start) {
            buckets.entry(start).or_default().0 += count;
        }
    }
    for (start, count) in rejected.at_step(step) {
        buckets.entry(start).or_default().1 += count;
    }
    let buckets = buckets
        .into_iter()
        .filter_map(|(start, (accepted, rejected))| {
            let start = Timestamp::from_millis(start * 1000).to_chrono()?;
            let start = start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            Some(Bucket {
                start,
                accepted,
                rejected,
            })
        })
        .collect();
    (length, buckets)
}
