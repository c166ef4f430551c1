//! The texts that the text, Markdown and HTML reports share.
//!
//! In: values of the document. Out: short texts. Names in them are as they came from logs and exports,
//! so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

pub(super) use crate::language::count::grouped;
use crate::report::document::{
    CheckFinding, CodeCount, Confidence, Document, Healthy, Input, LogNote, NoteKind, QueuesRead,
    ReplyCount, Severity, TenantSummary,
};
use crate::report::on_premises::{OnPremisesReport, WizardRow};

/// A labelled value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// What it is, in one word.
    pub(super) label: &'static str,
    /// The value.
    pub(super) text: String,
}

pub(super) fn detail(label: &'static str, text: String) -> Detail {
    Detail { label, text }
}

/// The heading of the findings.
pub(super) const CHECKS: &str = "Checks";
/// The heading of send connectors that work.
pub(super) const HEALTHY: &str = "Send connectors that work";
/// The heading of send connectors with a few sessions and nothing accepted.
pub(super) const UNPROVEN: &str = "Send connectors that delivered nothing";
/// The heading of the rejections that belong to no incident.
pub(super) const OTHER_REJECTIONS: &str = "Mail rejected for other reasons";
/// The heading of what could not be checked.
pub(super) const NOT_JUDGED: &str = "What could not be checked";
/// The heading of the input.
pub(super) const READ: &str = "What was read";

/// The text for a time that is not known.
pub(super) const UNKNOWN_TIME: &str = "an unknown time";

/// Severity and confidence, such as `error, certain`.
pub(super) fn rating(severity: Severity, confidence: Confidence) -> String {
    let sure = match confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "unconfirmed",
    };
    format!("{}, {sure}", severity.as_str())
}

/// The date of a time.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// What a finding is about. A stream with the name `.` is the given folder.
pub(super) fn subject(finding: &CheckFinding) -> &str {
    match finding.subject.as_str() {
        "." => "the given folder",
        subject => subject,
    }
}

/// What a finding is about, its tenant, and how often it was seen.
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

/// A reply and how often it was received.
pub(super) fn reply(reply: &ReplyCount) -> String {
    reply_with(reply, &count(reply.count, "time"))
}

/// The same for data, where a count has no thousands separators.
pub(super) fn reply_as_data(reply: &ReplyCount) -> String {
    let times = match reply.count {
        1 => "1 time".to_owned(),
        more => format!("{more} times"),
    };
    reply_with(reply, &times)
}

fn reply_with(reply: &ReplyCount, times: &str) -> String {
    let enhanced = reply.enhanced.as_deref().unwrap_or("");
    format!("{} {enhanced} {} ({times})", reply.code, reply.text)
}

/// A send connector without an incident.
pub(super) fn healthy(connector: &Healthy) -> String {
    let rejected = rejected_otherwise(connector);
    let dropped = match connector.dropped {
        0 => String::new(),
        some => format!(", {} ended without a reply", count(some, "session")),
    };
    let unconnected = match connector.not_connected {
        0 => String::new(),
        some => format!(", {} failed", count(some, "connection")),
    };
    format!(
        "'{}' {}: {}, {} accepted{rejected}{dropped}{unconnected}",
        connector.send_connector,
        place(&connector.streams),
        count(connector.sessions, "session"),
        count(connector.accepted, "recipient")
    )
}

/// How many rejections of a send connector without an incident there were, and with which codes.
fn rejected_otherwise(connector: &Healthy) -> String {
    /// More codes would hide the number.
    const MOST: usize = 3;
    let kinds = &connector.other_rejections;
    let total: u64 = kinds.iter().map(|kind| kind.count).sum();
    if total == 0 {
        return String::new();
    }
    let code = |kind: &CodeCount| match &kind.enhanced {
        Some(enhanced) => format!("{} {enhanced}", kind.code),
        None => kind.code.to_string(),
    };
    let mut codes: Vec<String> = kinds.iter().take(MOST).map(code).collect();
    if kinds.len() > MOST {
        codes.push("…".to_owned());
    }
    let total = count(total, "rejection");
    format!(", {total} for other reasons ({})", codes.join(", "))
}

/// The most frequent of the other rejections, and the number of further kinds.
pub(super) fn other_rejections(report: &Document) -> Vec<String> {
    const MOST: usize = 5;
    let kinds = &report.other_rejections;
    let mut sentences: Vec<String> = kinds.iter().take(MOST).map(reply).collect();
    if kinds.len() > MOST {
        let more = count((kinds.len() - MOST) as u64, "more kind");
        sentences.push(format!("and {more} of replies (see --format json)"));
    }
    sentences
}

/// How much of the logs was read, or `None` without logs.
pub(super) fn logs_read(input: &Input) -> Option<String> {
    if input.files == 0 {
        return None;
    }
    let mut text = format!(
        "{}, {}, {}, {} of them to Exchange Online",
        count(input.files, "log file"),
        count(input.lines, "line"),
        count(input.sessions, "session"),
        grouped(input.exchange_online_sessions)
    );
    if let (Some(first), Some(last)) = (&input.first, &input.last) {
        text.push_str(&format!(", from {first} to {last}"));
    }
    text.push('.');
    Some(text)
}

/// The tenants, the local Exchange, notes about the logs, and the files that were not used.
pub(super) fn also_read(report: &Document) -> Vec<String> {
    const MOST: usize = 8;
    let input = &report.input;
    let mut sentences: Vec<String> = report.tenants.iter().map(tenant).collect();
    sentences.extend(report.on_premises.as_ref().and_then(own_side));
    sentences.extend(report.queues.as_ref().map(queues));
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
        let more = count((input.skipped.len() - MOST) as u64, "more file");
        sentences.push(format!("Not used: {more} (see --format json)."));
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

/// How many queues and messages in them were exported.
fn queues(read: &QueuesRead) -> String {
    let messages = match read.messages {
        Some(messages) => format!("{} in them", count(messages, "message")),
        None => "no export of their messages".to_owned(),
    };
    format!("Queues: {}, {messages}.", count(read.queues, "queue"))
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

/// A setting that was changed after the hybrid wizard ran.
fn changed_since(row: &WizardRow) -> String {
    format!(
        "The hybrid wizard set the certificate name of '{}' to '{}' on {} (local time). The export shows {}.",
        row.connector.as_deref().unwrap_or_default(),
        row.certificate_name.as_deref().unwrap_or_default(),
        row.local_time.as_deref().unwrap_or("an unknown day"),
        match &row.exported_name {
            Some(name) => format!("'{name}'"),
            None => "no certificate name".to_owned(),
        },
    )
}

fn note(note: &LogNote) -> String {
    let words = match note.kind {
        NoteKind::Malformed => "Lines that could not be read, such as an incomplete last line",
        NoteKind::HeaderMissing => "Log files without a header, read with Exchange's nine columns",
        NoteKind::UnterminatedQuote => "Rows with a quoted value that does not end on its line",
        NoteKind::ExtraColumns => "Lines with more columns than Exchange writes",
        NoteKind::UnreadableTime => "Lines with a time that Exchange does not write",
        NoteKind::Utf16 => "Log files in UTF-16, decoded",
        NoteKind::ForeignSession => "Lines with a session id that Exchange does not write",
        NoteKind::UnknownEvent => "Lines with an event that Exchange does not write",
        NoteKind::SessionsGivenUp => {
            "Sessions counted before their end was read, because too many were open at the same time"
        }
        NoteKind::Pasted => {
            "Log files that look copied from a web page or a spreadsheet, cleaned before reading"
        }
    };
    format!(
        "{words} ({}, first at {}:{})",
        count(note.count, "time"),
        note.first.file,
        note.first.line
    )
}

/// The sections after incidents and checks: a heading and its sentences. Empty sections are left out.
pub(super) fn closing(report: &Document) -> Vec<(&'static str, Vec<String>)> {
    let working = report.healthy.iter().map(healthy).collect();
    let unproven = report.unproven.iter().map(healthy).collect();
    let mut read: Vec<String> = logs_read(&report.input).into_iter().collect();
    read.extend(also_read(report));
    let mut sections = vec![
        (HEALTHY, working),
        (UNPROVEN, unproven),
        (OTHER_REJECTIONS, other_rejections(report)),
        (NOT_JUDGED, report.not_judged.clone()),
        (READ, read),
    ];
    sections.retain(|(_, sentences)| !sentences.is_empty());
    sections
}

/// Where something happened, such as `on EX01/Hub`.
pub(super) fn place(streams: &[String]) -> String {
    match streams {
        [only] if only == "." => "in the given folder".to_owned(),
        _ => format!("on {}", self::streams(streams)),
    }
}

/// The names of streams. The name `.` is the PATH itself.
pub(super) fn streams(names: &[String]) -> String {
    let shown = |name: &String| {
        if name == "." {
            "the given folder".to_owned()
        } else {
            name.clone()
        }
    };
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// The shell for a command, as it follows the word "in".
pub(super) fn shell(place: &str) -> String {
    match place {
        "Exchange Management Shell" => format!("the {place}"),
        _ => place.to_owned(),
    }
}

/// A number with its noun, such as `1 session` or `2,478,960 lines`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", grouped(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_noun_and_have_separators() {
        for (number, text) in [
            (0, "0 sessions"),
            (1, "1 session"),
            (999, "999 sessions"),
            (1_000, "1,000 sessions"),
            (2_478_960, "2,478,960 sessions"),
        ] {
            assert_eq!(count(number, "session"), text);
        }
    }

    #[test]
    fn data_has_no_separators() {
        let answer = ReplyCount {
            code: 550,
            enhanced: Some("5.7.64".to_owned()),
            attr: None,
            text: "TenantAttribution; Relay Access Denied".to_owned(),
            count: 2_478,
        };
        assert!(reply(&answer).ends_with("(2,478 times)"));
        assert!(reply_as_data(&answer).ends_with("(2478 times)"));
    }

    #[test]
    fn the_given_folder_is_a_place() {
        let names = |names: &[&str]| names.iter().copied().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(place(&names(&["."])), "in the given folder");
        assert_eq!(
            place(&names(&["EX01/Hub", "EX02/Hub"])),
            "on EX01/Hub, EX02/Hub"
        );
    }
}
