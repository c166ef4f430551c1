//! Writes incidents and findings as one table for spreadsheets.
//!
//! In: a [`Document`]. Out: CSV with one row for each incident, then one row for each finding. A
//! column without a value is empty. A list is one cell: names are separated by `;`, and texts that can
//! contain a `;` are separated by line breaks.
//! Must not write a cell that a spreadsheet reads as a formula: see [`super::csv`]. Must not use
//! thousands separators.

use std::io::{self, Write};

use crate::render::csv::{Rows, joined, shown};
use crate::render::phrases;
use crate::report::document::{CheckFinding, Document, EvidenceRow, Fix, Incident};

const COLUMNS: [&str; 27] = [
    "type",
    "id",
    "code",
    "name",
    "severity",
    "confidence",
    "also",
    "subject",
    "send_connector",
    "streams",
    "certificate_subject",
    "thumbprint",
    "certificate_names",
    "tenant",
    "inbound_connector",
    "replies",
    "messages",
    "sessions",
    "count",
    "first",
    "last",
    "message",
    "reply_texts",
    "commands",
    "notes",
    "evidence",
    "state",
];

/// The columns whose cells have lines.
const IN_LINES: [&str; 4] = ["reply_texts", "commands", "notes", "evidence"];

/// Writes the table. The names of the columns are written even if there is no row.
///
/// # Errors
/// The error of the writer.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(&COLUMNS, out)?.in_lines(&IN_LINES);
    for incident in &report.incidents {
        rows.row(&of_incident(incident))?;
    }
    for finding in &report.findings {
        rows.row(&of_finding(finding))?;
    }
    rows.finish()
}

fn of_incident(incident: &Incident) -> [String; COLUMNS.len()] {
    let cause = &incident.cause;
    let rejected = incident.rejected;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let certificate = incident.certificate.as_ref();
    let subject = certificate.and_then(|shown| {
        let undivided = shown.subject_and_issuer.clone();
        shown.subject.clone().or(undivided)
    });
    let [commands, notes] = steps(&incident.fix);
    [
        "incident".to_owned(),
        incident.id.clone(),
        cause.code.clone(),
        cause.name.clone(),
        cause.severity.as_str().to_owned(),
        cause.confidence.as_str().to_owned(),
        joined(&incident.also),
        String::new(),
        incident.send_connector.clone(),
        joined(&incident.streams),
        subject.unwrap_or_default(),
        certificate.map_or(String::new(), |shown| text(&shown.thumbprint)),
        certificate.map_or(String::new(), |shown| joined(&shown.names)),
        text(&incident.tenant),
        text(&incident.inbound_connector),
        rejected.replies.to_string(),
        rejected.messages.to_string(),
        rejected.sessions.to_string(),
        String::new(),
        text(&incident.first),
        text(&incident.last),
        incident.explanation.clone(),
        lines(incident.replies.iter().map(phrases::reply_as_data)),
        commands,
        notes,
        places(&incident.evidence),
        incident.status.state.as_str().to_owned(),
    ]
}

fn of_finding(finding: &CheckFinding) -> [String; COLUMNS.len()] {
    let none = String::new;
    let [commands, notes] = steps(&finding.fix);
    [
        "finding".to_owned(),
        none(),
        finding.code.clone(),
        finding.name.clone(),
        finding.severity.as_str().to_owned(),
        finding.confidence.as_str().to_owned(),
        none(),
        finding.subject.clone(),
        none(),
        none(),
        none(),
        none(),
        none(),
        finding.tenant.clone().unwrap_or_default(),
        none(),
        none(),
        none(),
        none(),
        finding.count.to_string(),
        none(),
        none(),
        finding.message.clone(),
        none(),
        commands,
        notes,
        places(&finding.evidence),
        none(),
    ]
}

/// The commands, and the notes about them.
fn steps(fix: &[Fix]) -> [String; 2] {
    // One step can have several commands, each on a line.
    let commands = fix.iter().filter_map(|step| step.command.as_deref());
    let commands = commands.flat_map(str::lines).map(str::to_owned);
    let notes = fix.iter().map(|step| step.note.clone());
    [lines(commands), lines(notes)]
}

fn places(rows: &[EvidenceRow]) -> String {
    lines(rows.iter().map(EvidenceRow::place))
}

/// A line for each text. No text has lines of its own.
fn lines(texts: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = texts.map(|text| shown(&text).into_owned()).collect();
    lines.join("\n")
}
