//! Builds the document of `diagnose`.
//!
//! In: an analysis, what was read, and what was skipped. Out: a [`Document`].
//! Must not decide anything: decisions come from [`crate::engine`].

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::activity::Activity;
use crate::aggregate::intern::Name;
use crate::aggregate::reply_codes::ReplyCodes;
use crate::checks::MalformedLines;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::check_context::{CheckContext, LogReading, MalformedLine};
use crate::diagnosis::queue_status::Later;
use crate::diagnosis::undetermined;
use crate::engine;
use crate::input::lines::LineCounts;
use crate::input::log_list::LogList;
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::queue::{Queue, Queues};
use crate::report::document::{
    CodeCount, Document, EvidenceRow, Healthy, Hidden, Input, LogNote, Place, Program, ReplyCount,
    SCHEMA_VERSION, SkippedFile, StreamSummary,
};
use crate::report::grid::Grid;
use crate::report::on_premises::on_premises;
use crate::report::tenants::tenants;
use crate::report::{certificate, checks, effect, gaps, incident};
use crate::smtp::evidence::Evidence;

/// What was read, except the sessions.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The log files.
    pub logs: &'a LogList,
    /// The number of lines of each kind.
    pub counts: LineCounts,
    /// The size of all log files in bytes.
    pub bytes: u64,
    /// Notes about the logs, such as malformed lines, with places by file.
    pub notes: Notes,
    /// Malformed lines at the end of their file.
    pub cut_tails: u64,
    /// The time of the earliest row.
    pub first: Timestamp,
    /// The time of the latest row.
    pub last: Timestamp,
    /// The first and the last time of the chosen period of the logs.
    pub period: (Timestamp, Timestamp),
    /// The time at which certificates are checked for expiry.
    pub now: Timestamp,
    /// The files that were not used.
    pub skipped: Vec<SkippedFile>,
    /// Sentences about exports that could not be used completely.
    pub export_notes: Vec<String>,
    /// The number of sessions outside the chosen period or send connectors.
    pub sessions_left_out: u64,
    /// The queues of the local Exchange.
    pub queues: &'a Queues,
    /// Those that the input shows within the chosen period.
    pub queues_in_period: Vec<&'a Queue>,
}

/// Longer rows are cut in the output.
const LONGEST_ROW: usize = 600;

impl Reading<'_> {
    /// The file and line of a place by file.
    pub fn place(&self, place: LinePlace) -> Place {
        let (file, line) = place.in_file();
        Place {
            file: self.logs.files[file].name.clone(),
            line,
        }
    }

    /// The common time scale.
    pub fn grid(&self) -> Option<Grid> {
        let (first, last) = self.period;
        Grid::of(first, last)
    }

    fn log_reading(&self) -> LogReading {
        let malformed = self.notes.places(NoteKind::Malformed).iter();
        LogReading {
            malformed: self.notes.count(NoteKind::Malformed),
            malformed_lines: malformed
                .map(|place| {
                    let Place { file, line } = self.place(*place);
                    MalformedLine { file, line }
                })
                .collect(),
            files: self
                .logs
                .files
                .iter()
                .map(|file| (file.stream, file.name.clone()))
                .collect(),
            left_out: self.sessions_left_out,
            cut_tails: self.cut_tails,
            rows: self.counts.records,
            foreign_rows: if self.counts.records == 0 {
                // Whatever it is, Exchange did not write it.
                self.counts.malformed
            } else {
                let foreign = [
                    NoteKind::UnknownEvent,
                    NoteKind::ExtraColumns,
                    NoteKind::UnreadableTime,
                    NoteKind::ForeignSession,
                ];
                foreign.iter().map(|kind| self.notes.count(*kind)).sum()
            },
            changed_by_spreadsheet: self.notes.count(NoteKind::UnreadableTime)
                + self.notes.count(NoteKind::ForeignSession),
            pasted: self
                .logs
                .files
                .iter()
                .filter_map(|file| Some((file.name.clone(), file.pasted.clone()?)))
                .collect(),
        }
    }

    fn evidence(&self, row: &Evidence) -> EvidenceRow {
        let Place { file, line } = self.place(row.place);
        let mut text = row.text();
        if let Some((at, _)) = text.char_indices().nth(LONGEST_ROW) {
            text.truncate(at);
            text.push('…');
        }
        let line = Some(line);
        EvidenceRow { file, line, text }
    }
}

/// Builds the document.
pub fn document(analysis: &Analysis<'_>, reading: &Reading<'_>) -> Document {
    let locate = |row: &Evidence| reading.evidence(row);
    let grid = reading.grid();
    let incidents = engine::incidents(analysis);
    let log_reading = reading.log_reading();
    let context = CheckContext {
        tenants: analysis.tenants,
        on_premises: analysis.on_premises,
        // Without a log there is nothing that checks of logs could miss.
        logs: (!reading.logs.files.is_empty()).then_some(analysis),
        reading: &log_reading,
        now: reading.now,
        strict: analysis.strict,
        language: analysis.language,
    };
    let mut checked = engine::run_checks(&context);
    let later = Later::of(context.logs, reading.queues);
    engine::queues::heed(&context, &reading.queues_in_period, &later, &mut checked);
    let mut not_judged = undetermined::sentences(analysis.language, &checked.undetermined);
    not_judged.extend(reading.export_notes.iter().cloned());
    if context.logs.is_some() {
        not_judged.extend(undetermined::of_logs(analysis));
    }
    let logged = engine::queues::logged_causes(&context, &incidents);
    let queues = &reading.queues_in_period;
    let queues = engine::queues::incidents(&context, queues, &later, &logged);
    let without_incident = engine::healthy::without_incident(analysis, &incidents, &queues);
    Document {
        schema_version: SCHEMA_VERSION,
        program: Program::this(),
        input: input(analysis, reading),
        tenants: tenants(analysis.tenants),
        on_premises: on_premises(analysis.on_premises, analysis.tenants),
        queues: super::queues::read(reading.queues),
        incidents: incident::rows(analysis, &incidents, &queues, &locate),
        rejected: effect::total(analysis, &incidents),
        other_rejections: other_rejections(analysis),
        certificates: certificate::rows(analysis, reading.now, grid.as_ref())
            .into_iter()
            .filter(|row| row.exchange_online)
            .collect(),
        grid,
        healthy: connectors(analysis, &without_incident.healthy),
        unproven: connectors(analysis, &without_incident.unproven),
        findings: checks::rows(context.language, checked.findings, &locate),
        hidden: Hidden::default(),
        not_judged,
    }
}

fn input(analysis: &Analysis<'_>, reading: &Reading<'_>) -> Input {
    let logs = reading.logs;
    let mut files = vec![0; logs.streams.len()];
    for file in &logs.files {
        files[file.stream] += 1;
    }
    let unseen = Activity::default();
    let activity = |stream: usize| {
        let known = analysis.aggregate.activity.get(&stream);
        known.unwrap_or(&unseen)
    };
    let streams = logs
        .streams
        .iter()
        .enumerate()
        .map(|(index, stream)| StreamSummary {
            name: stream.name.clone(),
            server: stream.server.clone(),
            files: files[index],
            sessions: analysis
                .aggregate
                .sessions_by_stream
                .get(&index)
                .copied()
                .unwrap_or(0),
            first: activity(index).first.rfc3339(),
            last: activity(index).last.rfc3339(),
        })
        .collect();
    let notes = reading
        .notes
        .iter()
        .map(|(kind, count, place)| LogNote {
            code: match kind {
                // A separate check reports these.
                NoteKind::Malformed => MalformedLines::META.code.to_owned(),
                other => other.name().to_owned(),
            },
            kind,
            count,
            first: reading.place(place),
        })
        .collect();
    Input {
        files: logs.files.len() as u64,
        bytes: reading.bytes,
        lines: reading.counts.lines,
        header_lines: reading.counts.header,
        records: reading.counts.records,
        blank_lines: reading.counts.blank,
        malformed_lines: reading.counts.malformed,
        sessions: analysis.aggregate.sessions,
        exchange_online_sessions: analysis.aggregate.exchange_online_sessions,
        sessions_left_out: reading.sessions_left_out,
        rejections: analysis.aggregate.rejections,
        first: reading.first.rfc3339(),
        last: reading.last.rfc3339(),
        streams,
        gaps: gaps::rows(analysis, logs),
        skipped: reading.skipped.clone(),
        notes,
    }
}

fn other_rejections(analysis: &Analysis<'_>) -> Vec<ReplyCount> {
    let mut replies: Vec<ReplyCount> = analysis
        .aggregate
        .other_rejections
        .iter()
        .map(|((code, enhanced, text), count)| ReplyCount {
            code: *code,
            enhanced: enhanced.map(|enhanced| enhanced.to_string()),
            attr: None,
            text: text.to_string(),
            count: *count,
        })
        .collect();
    replies.sort_by_key(|reply| std::cmp::Reverse(reply.count));
    replies
}

/// Send connectors without an incident, sorted by name.
fn connectors(analysis: &Analysis<'_>, connectors: &BTreeSet<Name>) -> Vec<Healthy> {
    let mut found: BTreeMap<&str, (Healthy, ReplyCodes)> = BTreeMap::new();
    let flows = analysis
        .aggregate
        .flows
        .iter()
        .filter(|flow| flow.exchange_online && connectors.contains(&flow.key.connector));
    for flow in flows {
        let connector = analysis.aggregate.names.text(flow.key.connector);
        let (healthy, codes) = found.entry(connector).or_insert_with(|| {
            let healthy = Healthy {
                send_connector: connector.to_owned(),
                streams: Vec::new(),
                sessions: 0,
                accepted: 0,
                rejected: 0,
                other_rejections: Vec::new(),
                dropped: 0,
                not_connected: 0,
            };
            (healthy, ReplyCodes::default())
        });
        codes.merge(&flow.other_rejections);
        healthy.sessions += flow.sessions;
        healthy.accepted += flow.accepted;
        healthy.rejected += flow.rejected;
        for (_, stretch) in flow.course.stretches() {
            healthy.dropped += stretch.dropped.sessions;
            healthy.not_connected += stretch.unconnected.sessions;
        }
        let stream = &analysis.streams[flow.key.stream].name;
        healthy.streams.push(stream.clone());
    }
    for (healthy, _) in found.values_mut() {
        healthy.streams.sort();
        healthy.streams.dedup();
    }
    let found = found.into_values();
    found
        .map(|(healthy, codes)| Healthy {
            other_rejections: by_frequency(&codes),
            ..healthy
        })
        .collect()
}

fn by_frequency(codes: &ReplyCodes) -> Vec<CodeCount> {
    let codes = codes.iter();
    let mut counts: Vec<CodeCount> = codes
        .map(|(code, enhanced, count)| CodeCount {
            code,
            enhanced: enhanced.map(|enhanced| enhanced.to_string()),
            count,
        })
        .collect();
    counts.sort_by_key(|one| std::cmp::Reverse(one.count));
    counts
}
