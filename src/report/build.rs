//! Puts the document of `diagnose` together.
//!
//! In: the study, what was read, what was skipped. Out: a [`Document`].
//! Must not decide anything: causes come from [`super::incident`].

use std::collections::BTreeMap;

use crate::attribution::judgement::ConnectorView;
use crate::input::corpus::Corpus;
use crate::input::lines::LineCounts;
use crate::input::notes::{NoteKind, Notes};
use crate::input::place::PlaceTable;
use crate::input::timestamp::Timestamp;
use crate::rules::setup::{LogReading, MalformedLine, Setup};
use crate::rules::study::Study;
use crate::smtp::evidence::Evidence;
use crate::tenant::Tenant;

use super::certificate;
use super::checks;
use super::document::{
    Document, EvidenceRow, Healthy, Hidden, Incident, Input, Note, Place, Program, ReplyCount,
    SCHEMA_VERSION, SkippedFile, StreamSummary, TenantSummary,
};
use super::incident;
use super::not_judged;
use super::on_premises::on_premises;

/// What was read, beside the sessions.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The log files.
    pub corpus: &'a Corpus,
    /// Where lines stand.
    pub places: &'a PlaceTable,
    /// Lines by kind.
    pub counts: LineCounts,
    /// Bytes of all log files.
    pub bytes: u64,
    /// Oddities.
    pub notes: Notes,
    /// The earliest row.
    pub first: Timestamp,
    /// The latest row.
    pub last: Timestamp,
    /// What the days that certificates have left are counted from.
    pub now: Timestamp,
    /// Files not used.
    pub skipped: Vec<SkippedFile>,
    /// Sentences about exports that could not be used in full.
    pub export_notes: Vec<String>,
    /// Sessions outside the period or connectors asked for.
    pub sessions_left_out: u64,
}

/// Rows longer than this are cut in output.
const LONGEST_ROW: usize = 600;

impl Reading<'_> {
    /// File and line of a place.
    pub fn place(&self, place: crate::input::place::LinePlace) -> Place {
        let (file, line) = self.places.locate(place);
        Place {
            file: self.corpus.files[file].name.clone(),
            line,
        }
    }

    fn log_reading(&self) -> LogReading {
        let malformed = self.notes.places(NoteKind::Malformed).iter();
        LogReading {
            malformed: self.notes.count(NoteKind::Malformed),
            malformed_lines: malformed
                .map(|place| {
                    let Place { file, line } = self.place(*place);
                    let is_last = self.places.is_last_of_file(*place);
                    MalformedLine {
                        file,
                        line,
                        is_last,
                    }
                })
                .collect(),
            files: self
                .corpus
                .files
                .iter()
                .map(|file| (file.stream, file.name.clone()))
                .collect(),
            left_out: self.sessions_left_out,
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
pub fn document(study: &Study<'_>, reading: &Reading<'_>) -> Document {
    let locate = |row: &Evidence| reading.evidence(row);
    let incidents = incident::incidents(study, &locate);
    let healthy = healthy(study, &incidents);
    let log_reading = reading.log_reading();
    let setup = Setup {
        tenants: study.tenants,
        on_premises: study.on_premises,
        logs: Some(study),
        reading: &log_reading,
        now: reading.now,
        strict: study.strict,
    };
    let checked = checks::checked(&setup, &locate);
    let mut not_judged = checked.untold;
    not_judged.extend(what_was_not_judged(study, reading));
    Document {
        schema_version: SCHEMA_VERSION,
        program: Program::this(),
        input: input(study, reading),
        tenants: tenants(study.tenants),
        on_premises: on_premises(study.on_premises, study.tenants),
        incidents,
        other_rejections: other_rejections(study),
        certificates: certificate::rows(study, reading.now)
            .into_iter()
            .filter(|row| row.exchange_online)
            .collect(),
        healthy,
        findings: checked.findings,
        hidden: Hidden::default(),
        not_judged,
    }
}

fn input(study: &Study<'_>, reading: &Reading<'_>) -> Input {
    let corpus = reading.corpus;
    let streams = corpus
        .streams
        .iter()
        .enumerate()
        .map(|(index, stream)| StreamSummary {
            name: stream.name.clone(),
            files: corpus
                .files
                .iter()
                .filter(|file| file.stream == index)
                .count() as u64,
            sessions: study
                .aggregate
                .sessions_by_stream
                .get(&index)
                .copied()
                .unwrap_or(0),
        })
        .collect();
    let notes = reading
        .notes
        .iter()
        .map(|(kind, count, place)| Note {
            code: kind.code().to_owned(),
            count,
            first: reading.place(place),
        })
        .collect();
    Input {
        files: corpus.files.len() as u64,
        bytes: reading.bytes,
        lines: reading.counts.lines,
        header_lines: reading.counts.header,
        records: reading.counts.records,
        blank_lines: reading.counts.blank,
        malformed_lines: reading.counts.malformed,
        sessions: study.aggregate.sessions,
        exchange_online_sessions: study.aggregate.exchange_online_sessions,
        sessions_left_out: reading.sessions_left_out,
        rejections: study.aggregate.rejections,
        first: reading.first.rfc3339(),
        last: reading.last.rfc3339(),
        streams,
        skipped: reading.skipped.clone(),
        notes,
    }
}

/// The tenants by their numbers.
pub(super) fn tenants(tenants: &[Tenant]) -> Vec<TenantSummary> {
    tenants
        .iter()
        .map(|tenant| TenantSummary {
            name: tenant.name.clone(),
            inbound_connectors: tenant.connectors.len(),
            accepted_domains: tenant.domains.as_ref().map(Vec::len),
            files: tenant.files.clone(),
        })
        .collect()
}

fn other_rejections(study: &Study<'_>) -> Vec<ReplyCount> {
    let mut replies: Vec<ReplyCount> = study
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

/// Send connectors with sessions to Exchange Online and no incident.
fn healthy(study: &Study<'_>, incidents: &[Incident]) -> Vec<Healthy> {
    let mut found: BTreeMap<&str, Healthy> = BTreeMap::new();
    for lane in study
        .aggregate
        .lanes
        .iter()
        .filter(|lane| lane.key.exchange_online)
    {
        let connector = study.aggregate.names.text(lane.key.connector);
        if incidents
            .iter()
            .any(|incident| incident.send_connector == connector)
        {
            continue;
        }
        let healthy = found.entry(connector).or_insert_with(|| Healthy {
            send_connector: connector.to_owned(),
            streams: Vec::new(),
            sessions: 0,
            accepted: 0,
        });
        healthy.sessions += lane.sessions;
        healthy.accepted += lane.accepted;
        let stream = &study.streams[lane.key.stream].name;
        if !healthy.streams.contains(stream) {
            healthy.streams.push(stream.clone());
            healthy.streams.sort();
        }
    }
    found.into_values().collect()
}

/// What could not be judged, each with what would help.
fn what_was_not_judged(study: &Study<'_>, reading: &Reading<'_>) -> Vec<String> {
    let mut sentences = reading.export_notes.clone();
    if !study.has_exports() && study.aggregate.exchange_online_sessions > 0 {
        sentences.push("No export of inbound connectors was given: certificates could not be compared with what the tenant expects. Run Get-InboundConnector and Get-AcceptedDomain in Exchange Online PowerShell, each with `| ConvertTo-Json -Depth 5`, and put the files into the folder.".to_owned());
    }
    sentences.extend(not_judged::missing_exports(study.tenants));
    sentences.extend(not_judged::lost_values(study.tenants));
    if study
        .judgements
        .iter()
        .flat_map(|judgement| &judgement.views)
        .any(ConnectorView::is_uncertain)
    {
        sentences.push("At least one certificate fits a connector only in a way that is not documented (verdict `uncertain`).".to_owned());
    }
    if study.aggregate.exchange_online_sessions == 0 && study.aggregate.sessions > 0 {
        sentences.push("No session in the logs goes to Exchange Online.".to_owned());
    }
    sentences.push("The logs show what was offered. Whether Microsoft accepted the certificate chain, and what other tenants have set, is not in them.".to_owned());
    sentences
}
