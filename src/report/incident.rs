//! Occurrences become incidents: each gets its cause, and those with the same send connector,
//! certificate and cause are one.
//!
//! In: a [`Study`]. Out: [`Incident`]s in the order of the contract.
//! Invariant: every occurrence is in exactly one incident.

use std::collections::BTreeMap;

use crate::aggregate::intern::Name;
use crate::aggregate::lane::CertificateId;
use crate::aggregate::occurrence::{Kind, Occurrence};
use crate::aggregate::timeline::{self, Timeline};
use crate::input::timestamp::Timestamp;
use crate::rules::case::Case;
use crate::rules::study::Study;
use crate::rules::{CAUSES, Confidence, Entry, Finding, wizard_note};
use crate::smtp::evidence::Evidence;

use super::certificate;
use super::document::{Bucket, Cause, EvidenceRow, Incident, RejectedCount, ReplyCount};

/// Rows shown as proof of one incident.
const MOST_EVIDENCE: usize = 6;

/// Buckets that a time line aims at.
const MOST_BUCKETS: i64 = 168;

/// Buckets before the first refusal, to show what it was like before.
const BUCKETS_BEFORE: i64 = 12;

/// What decides one occurrence.
struct Decided {
    entry: &'static Entry,
    finding: Finding,
    also: Vec<&'static str>,
    /// The line of the hybrid wizard's log that explains it.
    wizard: Option<EvidenceRow>,
}

/// What makes an incident: send connector, certificate (no number where none is known) and code.
type GroupKey = (Name, Option<u32>, &'static str);

/// An occurrence by its index, and what decides it.
type Member = (usize, Decided);

/// Turns a kept row into one for output.
pub type Locate<'a> = &'a dyn Fn(&Evidence) -> EvidenceRow;

/// All incidents: by severity, then number of rejections, then first time.
pub fn incidents(study: &Study<'_>, locate: Locate<'_>) -> Vec<Incident> {
    let mut groups: BTreeMap<GroupKey, Vec<Member>> = BTreeMap::new();
    for (index, occurrence) in study.aggregate.occurrences.iter().enumerate() {
        if let Some(decided) = decide(&Case::new(study, occurrence)) {
            let key = study.aggregate.lanes[occurrence.key.lane].key;
            let certificate = match key.certificate {
                CertificateId::Known(number) => Some(number),
                CertificateId::Absent | CertificateId::Unknown => None,
            };
            let group = groups
                .entry((key.connector, certificate, decided.entry.code))
                .or_default();
            group.push((index, decided));
        }
    }
    let mut incidents: Vec<Incident> = groups
        .into_values()
        .filter_map(|group| incident(study, group, locate))
        .collect();
    incidents.sort_by(|a, b| {
        let size = |incident: &Incident| (incident.rejected.replies, incident.rejected.sessions);
        b.cause
            .severity
            .cmp(&a.cause.severity)
            .then(size(b).cmp(&size(a)))
            .then_with(|| (&a.first, &a.id).cmp(&(&b.first, &b.id)))
    });
    incidents
}

fn decide(case: &Case<'_>) -> Option<Decided> {
    let (at, rule, mut finding) = CAUSES
        .iter()
        .enumerate()
        .find_map(|(at, rule)| rule.check(case).map(|finding| (at, rule, finding)))?;
    let entry = rule.entry();
    // What a connector is like now says nothing about the time before its change.
    let changed = finding
        .deciding
        .as_ref()
        .and_then(|deciding| deciding.changed);
    let last = case.last_rejection();
    if entry.code != "CON007" && changed.is_some_and(|changed| Timestamp::from(changed) > last) {
        finding.confidence = Confidence::Low;
        finding.explanation.push_str(" The connector was changed after the last refusal, so its present setting may not be the one that decided.");
    }
    let wizard = wizard_note::setting(case, &finding);
    if let Some(setting) = wizard {
        finding.explanation.push(' ');
        finding
            .explanation
            .push_str(&wizard_note::sentence(setting));
    }
    let alone = rule.only_alone() || !case.concerns_our_side();
    let also = CAUSES[at + 1..]
        .iter()
        .filter(|rule| !alone && !rule.only_alone() && rule.check(case).is_some())
        .map(|rule| rule.entry().code)
        .collect();
    Some(Decided {
        entry,
        finding,
        also,
        wizard: wizard.map(|setting| EvidenceRow {
            file: setting.file.clone(),
            line: Some(setting.line),
            text: setting.text.clone(),
        }),
    })
}

fn incident(study: &Study<'_>, mut group: Vec<Member>, locate: Locate<'_>) -> Option<Incident> {
    let aggregate = study.aggregate;
    group.sort_by_key(|member| weight(study, member));
    let indices: Vec<usize> = group.iter().map(|(index, _)| *index).collect();
    let occurrences: Vec<&Occurrence> = indices
        .iter()
        .map(|index| &aggregate.occurrences[*index])
        .collect();
    let (_, lead) = group.first()?;
    let lane = &aggregate.lanes[occurrences.first()?.key.lane];
    let info = study
        .certificate(lane.key.certificate)
        .map(certificate::info);
    let send_connector = aggregate.names.text(lane.key.connector).to_owned();
    let thumbprint = info
        .as_ref()
        .and_then(|info| info.thumbprint.clone())
        .unwrap_or_default();
    let (first, last) = period(&occurrences);
    let streams = streams(study, &occurrences);
    let (timeline_bucket_seconds, timeline) = timeline(
        study,
        &occurrences,
        lane.key.connector,
        &streams,
        (first, last),
    );
    let deciding = lead.finding.deciding.clone();
    Some(Incident {
        id: identity(&send_connector, &thumbprint, lead.entry.code),
        cause: Cause {
            code: lead.entry.code.to_owned(),
            name: lead.entry.name.to_owned(),
            severity: lead.finding.severity,
            confidence: lead.finding.confidence,
        },
        also: also(&group),
        send_connector,
        streams: streams
            .iter()
            .map(|stream| study.streams[*stream].name.clone())
            .collect(),
        certificate: info,
        tenant: deciding.as_ref().map(|deciding| deciding.tenant.clone()),
        inbound_connector: deciding.and_then(|deciding| deciding.connector),
        rejected: rejected(study, &occurrences, &indices),
        replies: replies(study, &occurrences),
        first: first.rfc3339(),
        last: last.rfc3339(),
        timeline_bucket_seconds,
        timeline,
        explanation: lead.finding.explanation.clone(),
        evidence: evidence(study, lead.entry.code, &occurrences, locate)
            .into_iter()
            .chain(lead.wizard.clone())
            .collect(),
        fix: lead.finding.fix.clone(),
    })
}

fn rejected(study: &Study<'_>, occurrences: &[&Occurrence], indices: &[usize]) -> RejectedCount {
    let mut sorted = indices.to_vec();
    sorted.sort_unstable();
    let replies = occurrences
        .iter()
        .filter(|one| one.key.kind != Kind::TlsFailure);
    RejectedCount {
        replies: replies.map(|one| one.count).sum(),
        messages: distinct(&study.aggregate.message_sets, &sorted),
        sessions: distinct(&study.aggregate.session_sets, &sorted),
    }
}

/// The occurrence that weighs most speaks for all; a certain one before an uncertain one.
fn weight(study: &Study<'_>, (index, decided): &Member) -> impl Ord + use<> {
    let count = study.aggregate.occurrences[*index].count;
    let sure = (decided.finding.severity, decided.finding.confidence);
    (std::cmp::Reverse(sure), std::cmp::Reverse(count), *index)
}

/// The codes that hold too, in order of precedence.
fn also(group: &[Member]) -> Vec<String> {
    CAUSES
        .iter()
        .map(|rule| rule.entry().code)
        .filter(|code| group.iter().any(|(_, decided)| decided.also.contains(code)))
        .map(str::to_owned)
        .collect()
}

/// The first and last time of all.
fn period(occurrences: &[&Occurrence]) -> (Timestamp, Timestamp) {
    occurrences.iter().fold(
        (Timestamp::UNKNOWN, Timestamp::UNKNOWN),
        |(first, last), one| (first.earlier(one.first), last.later(one.last)),
    )
}

fn streams(study: &Study<'_>, occurrences: &[&Occurrence]) -> Vec<usize> {
    let lanes = &study.aggregate.lanes;
    let mut streams: Vec<usize> = occurrences
        .iter()
        .map(|one| lanes[one.key.lane].key.stream)
        .collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

/// How many sessions or messages have at least one of the occurrences, whose indices are sorted.
fn distinct(sets: &BTreeMap<Vec<usize>, u64>, occurrences: &[usize]) -> u64 {
    sets.iter()
        .filter(|(set, _)| {
            set.iter()
                .any(|index| occurrences.binary_search(index).is_ok())
        })
        .map(|(_, count)| count)
        .sum()
}

fn replies(study: &Study<'_>, occurrences: &[&Occurrence]) -> Vec<ReplyCount> {
    let names = &study.aggregate.names;
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

/// What was offered, what shows the state of TLS or the proxying, and the first refusals.
fn evidence(
    study: &Study<'_>,
    code: &str,
    occurrences: &[&Occurrence],
    locate: Locate<'_>,
) -> Vec<EvidenceRow> {
    let mut rows: Vec<&Evidence> = Vec::new();
    let lanes = occurrences
        .iter()
        .map(|one| &study.aggregate.lanes[one.key.lane]);
    rows.extend(
        lanes
            .filter_map(|lane| lane.certificate_evidence.as_ref())
            .min_by_key(|row| row.place),
    );
    if explained_by_background(code) {
        let backgrounds = occurrences.iter().filter_map(|one| one.background.as_ref());
        rows.extend(backgrounds.min_by_key(|row| row.place));
    }
    let mut refusals: Vec<&Evidence> = occurrences.iter().flat_map(|one| &one.evidence).collect();
    refusals.sort_by_key(|row| row.place);
    rows.extend(refusals);
    let mut seen = Vec::new();
    rows.retain(|row| {
        let new = !seen.contains(&row.place);
        seen.push(row.place);
        new
    });
    rows.into_iter().take(MOST_EVIDENCE).map(locate).collect()
}

/// True for causes that the state of TLS or the proxying shows.
fn explained_by_background(code: &str) -> bool {
    code.starts_with("TLS") || matches!(code, "CRT001" | "CRT007" | "LOG004")
}

fn timeline(
    study: &Study<'_>,
    occurrences: &[&Occurrence],
    connector: Name,
    streams: &[usize],
    period: (Timestamp, Timestamp),
) -> (i64, Vec<Bucket>) {
    let mut rejected = Timeline::default();
    occurrences
        .iter()
        .for_each(|one| rejected.merge(&one.over_time));
    let mut accepted = Timeline::default();
    study
        .lanes_of(connector)
        .filter(|(lane, _)| streams.contains(&lane.key.stream))
        .for_each(|(lane, _)| accepted.merge(&lane.accepted_over_time));
    let seconds = period.1.since(period.0).unwrap_or(0) / 1000;
    let step = timeline::step_for(seconds, MOST_BUCKETS)
        .max(rejected.step())
        .max(accepted.step());
    let length = timeline::LADDER[step];
    let begin = period.0.millis() / 1000 - BUCKETS_BEFORE * length;
    let end = period.1.millis() / 1000;
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

/// Eight hex digits that stay the same from run to run (FNV-1a over the three parts).
fn identity(send_connector: &str, thumbprint: &str, code: &str) -> String {
    let mut hash: u32 = 0x811C_9DC5;
    for part in [send_connector, thumbprint, code] {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    format!("{hash:08x}")
}
