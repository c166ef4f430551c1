//! What the reports for people say, whatever their form.
//!
//! In: values of the document. Out: short texts, not yet made safe: names in them are as they came
//! from logs and exports, and the caller escapes for its form.
//! Must not lay out: no width, no markup, no colour.

use crate::report::document::{
    CheckFinding, Confidence, Document, Healthy, Incident, Input, Note, NoteKind, ReplyCount,
    Severity, TenantSummary,
};
use crate::report::on_premises::{OnPremisesReport, WizardRow};

/// A labelled value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// One word.
    pub(super) label: &'static str,
    /// What it is.
    pub(super) text: String,
}

fn detail(label: &'static str, text: String) -> Detail {
    Detail { label, text }
}

/// The heading of the whole report.
pub(super) const TITLE: &str = "Report of sendlens";
/// The heading of findings.
pub(super) const CHECKS: &str = "Checks";
/// The heading of send connectors that work.
pub(super) const HEALTHY: &str = "Send connectors without refusals";
/// The heading of refusals that belong to no incident.
pub(super) const OTHER_REJECTIONS: &str = "Refusals for other reasons";
/// The heading of what is unknown.
pub(super) const NOT_JUDGED: &str = "What could not be judged";
/// The heading of the input.
pub(super) const READ: &str = "What was read";

/// What stands where a time is not known.
pub(super) const UNKNOWN_TIME: &str = "an unknown time";

/// How bad and how sure, such as `error, certain`.
pub(super) fn rating(severity: Severity, confidence: Confidence) -> String {
    let sure = match confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a pointer only",
    };
    format!("{}, {sure}", severity.as_str())
}

/// Other causes, who is affected, and since when.
pub(super) fn circumstances(incident: &Incident) -> Vec<Detail> {
    let mut details = Vec::new();
    if !incident.also.is_empty() {
        let also = incident.also.join(", ");
        details.push(detail("Also", format!("{also} (see `sendlens explain`)")));
    }
    let rejected = incident.rejected;
    details.push(detail(
        "Affected",
        format!(
            "send connector '{}' on {}: {}, {}, {} refused or failed",
            incident.send_connector,
            streams(&incident.streams),
            count(rejected.replies, "reply"),
            count(rejected.messages, "message"),
            count(rejected.sessions, "session")
        ),
    ));
    details.push(detail(
        "Since",
        format!(
            "{}, last {}",
            incident.first.as_deref().unwrap_or(UNKNOWN_TIME),
            incident.last.as_deref().unwrap_or(UNKNOWN_TIME)
        ),
    ));
    details
}

/// What was offered, against what, and what was answered.
pub(super) fn exchange(incident: &Incident) -> Vec<Detail> {
    let mut details = vec![detail("Offered", offered(incident))];
    match (&incident.inbound_connector, &incident.tenant) {
        (Some(connector), Some(tenant)) => details.push(detail(
            "Against",
            format!("inbound connector '{connector}' of {tenant}"),
        )),
        (None, Some(tenant)) => details.push(detail("Against", tenant.clone())),
        _ => {}
    }
    let replies = incident.replies.iter();
    details.extend(replies.map(|answer| detail("Reply", reply(answer))));
    details
}

/// The certificate in one line.
fn offered(incident: &Incident) -> String {
    let Some(certificate) = &incident.certificate else {
        return "no certificate, or one that the input does not show".to_owned();
    };
    let subject = certificate
        .subject
        .as_deref()
        .or(certificate.subject_and_issuer.as_deref());
    let mut text = subject
        .filter(|text| !text.is_empty())
        .unwrap_or("(no subject)")
        .to_owned();
    if let Some(thumbprint) = &certificate.thumbprint {
        text.push_str(&format!(", thumbprint {thumbprint}"));
    }
    if !certificate.names.is_empty() {
        text.push_str(&format!(", names {}", certificate.names.join(", ")));
    }
    if let (Some(from), Some(until)) = (&certificate.not_before, &certificate.not_after) {
        text.push_str(&format!(", valid {} to {}", day(from), day(until)));
    }
    text
}

/// The date of a time.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// What a finding is about, of which tenant, and how often it was seen.
/// What a finding is about; `.` is a stream: the folder that was named.
pub(super) fn subject(finding: &CheckFinding) -> &str {
    match finding.subject.as_str() {
        "." => "the folder given",
        subject => subject,
    }
}

pub(super) fn about(finding: &CheckFinding) -> Vec<Detail> {
    let mut details = vec![detail("About", subject(finding).to_owned())];
    if let Some(tenant) = &finding.tenant {
        details.push(detail("Tenant", tenant.clone()));
    }
    if finding.count > 1 {
        details.push(detail("Seen", count(finding.count, "time")));
    }
    details
}

/// A reply and how often it came.
pub(super) fn reply(reply: &ReplyCount) -> String {
    let enhanced = reply.enhanced.as_deref().unwrap_or("");
    format!(
        "{} {enhanced} {} ({})",
        reply.code,
        reply.text,
        count(reply.count, "time")
    )
}

/// A send connector that works.
pub(super) fn healthy(connector: &Healthy) -> String {
    format!(
        "'{}' on {}: {}, {} accepted",
        connector.send_connector,
        streams(&connector.streams),
        count(connector.sessions, "session"),
        count(connector.accepted, "recipient")
    )
}

/// The most frequent of the other refusals, and how many kinds more there are.
pub(super) fn other_rejections(report: &Document) -> Vec<String> {
    const MOST: usize = 5;
    let kinds = &report.other_rejections;
    let mut sentences: Vec<String> = kinds.iter().take(MOST).map(reply).collect();
    if kinds.len() > MOST {
        let more = kinds.len() - MOST;
        sentences.push(format!("and {more} more kinds (see --format json)"));
    }
    sentences
}

/// How much of the logs was read; nothing where there were none.
pub(super) fn logs_read(input: &Input) -> Option<String> {
    if input.files == 0 {
        return None;
    }
    let mut text = format!(
        "{}, {}, {}, {} of them to Exchange Online",
        count(input.files, "log file"),
        count(input.lines, "line"),
        count(input.sessions, "session"),
        input.exchange_online_sessions
    );
    if let (Some(first), Some(last)) = (&input.first, &input.last) {
        text.push_str(&format!(", from {first} to {last}"));
    }
    text.push('.');
    Some(text)
}

/// Tenants, oddities of the logs, and files that were not used.
pub(super) fn also_read(report: &Document) -> Vec<String> {
    const MOST: usize = 8;
    let input = &report.input;
    let mut sentences: Vec<String> = report.tenants.iter().map(tenant).collect();
    sentences.extend(report.on_premises.as_ref().and_then(own_side));
    let own = report.on_premises.iter();
    let wizard = own.flat_map(|own| &own.wizard);
    sentences.extend(
        wizard
            .filter(|row| row.differs == Some(true))
            .map(changed_since),
    );
    sentences.extend(input.notes.iter().map(note));
    let skipped = input.skipped.iter().take(MOST);
    sentences
        .extend(skipped.map(|skipped| format!("Not used: {} ({}).", skipped.file, skipped.reason)));
    if input.skipped.len() > MOST {
        let more = input.skipped.len() - MOST;
        sentences.push(format!("Not used: {more} more files (see --format json)."));
    }
    sentences
}

fn tenant(tenant: &TenantSummary) -> String {
    let domains = match tenant.accepted_domains {
        Some(domains) => count(domains as u64, "accepted domain"),
        None => "no export of accepted domains".to_owned(),
    };
    format!(
        "Tenant {}: {}, {domains}.",
        tenant.name,
        count(tenant.inbound_connectors as u64, "inbound connector")
    )
}

/// How many send connectors and certificates of the local Exchange were exported.
fn own_side(own: &OnPremisesReport) -> Option<String> {
    let connectors = own.send_connectors.len() as u64;
    let certificates = own.certificates.len() as u64;
    let kinds = [
        (own.send_connectors_exported, connectors, "send connector"),
        (own.certificates_exported, certificates, "certificate"),
        (
            !own.wizard.is_empty(),
            own.wizard.len() as u64,
            "hybrid wizard setting",
        ),
    ];
    let given = kinds.into_iter().filter(|(given, ..)| *given);
    let counted: Vec<String> = given.map(|(_, many, what)| count(many, what)).collect();
    (!counted.is_empty()).then(|| format!("On-premises: {}.", counted.join(", ")))
}

/// What somebody changed after the hybrid wizard.
fn changed_since(row: &WizardRow) -> String {
    format!(
        "The hybrid wizard gave '{}' the certificate name '{}' on {} (local time); the export shows {}.",
        row.connector.as_deref().unwrap_or_default(),
        row.certificate_name.as_deref().unwrap_or_default(),
        row.local_time.as_deref().unwrap_or("an unknown day"),
        match &row.exported_name {
            Some(name) => format!("'{name}'"),
            None => "none".to_owned(),
        },
    )
}

fn note(note: &Note) -> String {
    let words = match note.kind {
        NoteKind::Malformed => "Lines that could not be read, such as a cut last one",
        NoteKind::HeaderMissing => {
            "Log files without a header; Exchange's nine columns were assumed"
        }
        NoteKind::UnterminatedQuote => "Rows whose quotes do not end on their line",
        NoteKind::ExtraColumns => "Rows with more columns than their header names",
        NoteKind::UnreadableTime => "Rows whose time could not be read",
        NoteKind::Utf16 => "Log files in UTF-16, decoded",
    };
    format!(
        "{words} ({}, first at {}:{})",
        count(note.count, "time"),
        note.first.file,
        note.first.line
    )
}

/// What follows incidents and checks: a heading and its sentences, where there are any.
pub(super) fn closing(report: &Document) -> Vec<(&'static str, Vec<String>)> {
    let working = report.healthy.iter().map(healthy).collect();
    let mut read: Vec<String> = logs_read(&report.input).into_iter().collect();
    read.extend(also_read(report));
    let mut sections = vec![
        (HEALTHY, working),
        (OTHER_REJECTIONS, other_rejections(report)),
        (NOT_JUDGED, report.not_judged.clone()),
        (READ, read),
    ];
    sections.retain(|(_, sentences)| !sentences.is_empty());
    sections
}

/// What the columns of a table of incidents hold.
pub(super) const OVERVIEW: [&str; 8] = [
    "Cause",
    "Severity",
    "Send connector",
    "On",
    "Refusals",
    "Messages",
    "First",
    "Last",
];

/// An incident as a row of that table.
pub(super) fn overview(incident: &Incident) -> [String; 8] {
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "unknown".to_owned());
    [
        format!("{} {}", incident.cause.code, incident.cause.name),
        incident.cause.severity.as_str().to_owned(),
        incident.send_connector.clone(),
        streams(&incident.streams),
        incident.rejected.replies.to_string(),
        incident.rejected.messages.to_string(),
        time(&incident.first),
        time(&incident.last),
    ]
}

/// `.` is the PATH itself.
pub(super) fn streams(names: &[String]) -> String {
    let shown = |name: &String| {
        if name == "." {
            "the folder given".to_owned()
        } else {
            name.clone()
        }
    };
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A number with its noun.
pub(super) fn count(number: u64, noun: &str) -> String {
    match (number, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "reply") => format!("{number} replies"),
        _ => format!("{number} {noun}s"),
    }
}
