//! The texts that the text, Markdown and HTML reports share.
//!
//! In: values of the document. Out: short texts. Names in them are as they came from logs and exports,
//! so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

use crate::language::Language;
use crate::language::count::{self, count, grouped};
use crate::render::{facts, phrase_sentences as say, words};
use crate::report::certificate::MatchVerdict;
use crate::report::document::{
    CheckFinding, CodeCount, Confidence, Document, Healthy, Input, LogNote, NoteKind, QueuesRead,
    ReplyCount, Severity, TenantSummary,
};
use crate::report::on_premises::{OnPremisesReport, WizardRow};

/// A labelled value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// What it is, in one word.
    pub(super) label: String,
    /// The value.
    pub(super) text: String,
}

pub(super) fn detail(label: String, text: String) -> Detail {
    Detail { label, text }
}

/// Severity and confidence, such as `error, certain`.
pub(super) fn rating(language: Language, severity: Severity, confidence: Confidence) -> String {
    language.list(&[
        facts::severity(language, severity),
        facts::confidence(language, confidence),
    ])
}

/// The date of a time.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// What a finding is about. A stream with the name `.` is the given folder.
pub(super) fn subject(language: Language, finding: &CheckFinding) -> String {
    match finding.subject.as_str() {
        "." => words::given_folder(language),
        subject => subject.to_owned(),
    }
}

/// What a finding is about, its tenant, and how often it was seen.
pub(super) fn about(language: Language, finding: &CheckFinding) -> Vec<Detail> {
    let mut details = vec![detail(words::about(language), subject(language, finding))];
    if let Some(tenant) = &finding.tenant {
        details.push(detail(words::tenant(language), tenant.clone()));
    }
    if finding.count > 1 {
        let times = count(language, finding.count, count::TIME);
        details.push(detail(say::seen(language), times));
    }
    details
}

/// A reply and how often it was received.
pub(super) fn reply(language: Language, reply: &ReplyCount) -> String {
    reply_with(reply, &count(language, reply.count, count::TIME))
}

/// The same for data, where a count has no thousands separators and the words are English.
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
pub(super) fn healthy(language: Language, connector: &Healthy) -> String {
    let mut counts = vec![
        count(language, connector.sessions, count::SESSION),
        count(language, connector.accepted, count::ACCEPTED_RECIPIENT),
    ];
    counts.extend(rejected_otherwise(language, connector));
    if connector.dropped > 0 {
        let sessions = count(language, connector.dropped, count::SESSION);
        counts.push(say::without_reply(language, &sessions));
    }
    if connector.not_connected > 0 {
        let connections = count(language, connector.not_connected, count::CONNECTION);
        counts.push(say::not_connected(language, &connections));
    }
    let name = language.quoted(&connector.send_connector);
    let placed = placed(language, &name, &connector.streams);
    words::with_parts(language, &placed, &language.list(&counts))
}

/// How many rejections of a send connector without an incident there were, and with which codes.
fn rejected_otherwise(language: Language, connector: &Healthy) -> Option<String> {
    /// More codes would hide the number.
    const MOST: usize = 3;
    let kinds = &connector.other_rejections;
    let total: u64 = kinds.iter().map(|kind| kind.count).sum();
    let code = |kind: &CodeCount| match &kind.enhanced {
        Some(enhanced) => format!("{} {enhanced}", kind.code),
        None => kind.code.to_string(),
    };
    let mut codes: Vec<String> = kinds.iter().take(MOST).map(code).collect();
    if kinds.len() > MOST {
        codes.push("…".to_owned());
    }
    let rejections = count(language, total, count::REJECTION);
    (total > 0).then(|| say::rejected_otherwise(language, &rejections, &language.list(&codes)))
}

/// The most frequent of the other rejections, and the number of further kinds.
pub(super) fn other_rejections(language: Language, report: &Document) -> Vec<String> {
    const MOST: usize = 5;
    let kinds = &report.other_rejections;
    let listed = kinds.iter().take(MOST);
    let mut sentences: Vec<String> = listed.map(|kind| reply(language, kind)).collect();
    if kinds.len() > MOST {
        let more = count(language, (kinds.len() - MOST) as u64, count::MORE_KIND);
        sentences.push(say::more_kinds(language, &more));
    }
    sentences
}

/// How much of the logs was read, or `None` without logs.
pub(super) fn logs_read(language: Language, input: &Input) -> Option<String> {
    if input.files == 0 {
        return None;
    }
    let files = count(language, input.files, count::LOG_FILE);
    let lines = count(language, input.lines, count::LINE);
    let sessions = count(language, input.sessions, count::SESSION);
    let online = grouped(input.exchange_online_sessions);
    Some(match (&input.first, &input.last) {
        (Some(first), Some(last)) => {
            say::logs_of(language, &files, &lines, &sessions, &online, first, last)
        }
        _ => say::logs(language, &files, &lines, &sessions, &online),
    })
}

/// The tenants, the local Exchange, notes about the logs, and the files that were not used.
pub(super) fn also_read(language: Language, report: &Document) -> Vec<String> {
    const MOST: usize = 8;
    let input = &report.input;
    let tenants = report.tenants.iter();
    let mut sentences: Vec<String> = tenants.map(|one| tenant(language, one)).collect();
    let own = report.on_premises.as_ref();
    sentences.extend(own.and_then(|own| own_side(language, own)));
    let queues = report.queues.as_ref();
    sentences.extend(queues.map(|read| self::queues(language, read)));
    let wizard = own.into_iter().flat_map(|own| &own.wizard);
    let changed = wizard.filter(|row| row.differs == Some(true));
    sentences.extend(changed.map(|row| changed_since(language, row)));
    sentences.extend(input.notes.iter().map(|one| note(language, one)));
    let skipped = input.skipped.iter().take(MOST);
    sentences.extend(skipped.map(|one| {
        // A reason of several Japanese sentences has a full stop, which does not stand in parentheses.
        let reason = one.reason.trim_end_matches('。');
        say::not_used(language, &one.file, reason)
    }));
    if input.skipped.len() > MOST {
        let more = (input.skipped.len() - MOST) as u64;
        let more = count(language, more, count::MORE_FILE);
        sentences.push(say::more_not_used(language, &more));
    }
    sentences
}

fn tenant(language: Language, tenant: &TenantSummary) -> String {
    let domains = match tenant.accepted_domains {
        Some(domains) => count(language, domains as u64, count::ACCEPTED_DOMAIN),
        None => say::no_domains(language),
    };
    let connectors = tenant.inbound_connectors as u64;
    let connectors = count(language, connectors, count::INBOUND_CONNECTOR);
    say::tenant_read(language, &tenant.name, &connectors, &domains)
}

/// How many queues and messages in them were exported.
fn queues(language: Language, read: &QueuesRead) -> String {
    let queues = count(language, read.queues, count::QUEUE);
    match read.messages {
        Some(messages) => {
            let messages = count(language, messages, count::MESSAGE);
            say::queues_with_messages(language, &queues, &messages)
        }
        None => say::queues_alone(language, &queues),
    }
}

/// How many send connectors and certificates of the local Exchange were exported.
fn own_side(language: Language, own: &OnPremisesReport) -> Option<String> {
    let connectors = own.send_connectors.len() as u64;
    let certificates = own.certificates.len() as u64;
    let settings = own.wizard.len() as u64;
    let kinds = [
        (
            own.send_connectors_exported,
            connectors,
            count::SEND_CONNECTOR,
        ),
        (own.certificates_exported, certificates, count::CERTIFICATE),
        (!own.wizard.is_empty(), settings, count::WIZARD_SETTING),
    ];
    let given = kinds.into_iter().filter(|(given, ..)| *given);
    let counted: Vec<String> = given
        .map(|(_, many, noun)| count(language, many, noun))
        .collect();
    (!counted.is_empty()).then(|| say::on_premises(language, &language.list(&counted)))
}

/// A setting that was changed after the hybrid wizard ran.
fn changed_since(language: Language, row: &WizardRow) -> String {
    let connector = row.connector.as_deref().unwrap_or_default();
    let name = row.certificate_name.as_deref().unwrap_or_default();
    let day = row.local_time.clone();
    let day = day.unwrap_or_else(|| say::unknown_day(language));
    match &row.exported_name {
        Some(exported) => say::changed_since(language, connector, name, &day, exported),
        None => say::cleared_since(language, connector, name, &day),
    }
}

fn note(language: Language, note: &LogNote) -> String {
    let words = match note.kind {
        NoteKind::Malformed => say::malformed(language),
        NoteKind::HeaderMissing => say::no_header(language),
        NoteKind::UnterminatedQuote => say::open_quote(language),
        NoteKind::ExtraColumns => say::more_columns(language),
        NoteKind::UnreadableTime => say::strange_time(language),
        NoteKind::Utf16 => say::utf16(language),
        NoteKind::ForeignSession => say::strange_session(language),
        NoteKind::UnknownEvent => say::strange_event(language),
        NoteKind::SessionsGivenUp => say::given_up(language),
        NoteKind::Pasted => say::pasted(language),
    };
    let times = count(language, note.count, count::TIME);
    let place = format!("{}:{}", note.first.file, note.first.line);
    say::noted(language, &words, &times, &place)
}

/// The sections after incidents and checks: a heading and its sentences. Empty sections are left out.
pub(super) fn closing(language: Language, report: &Document) -> Vec<(String, Vec<String>)> {
    let connectors = |rows: &[Healthy]| -> Vec<String> {
        rows.iter().map(|row| healthy(language, row)).collect()
    };
    let mut read: Vec<String> = logs_read(language, &report.input).into_iter().collect();
    read.extend(also_read(language, report));
    let mut sections = vec![
        (
            words::connectors_that_work(language),
            connectors(&report.healthy),
        ),
        (
            words::connectors_without_mail(language),
            connectors(&report.unproven),
        ),
        (
            words::other_rejections(language),
            other_rejections(language, report),
        ),
        (words::not_checked(language), report.not_judged.clone()),
        (words::what_was_read(language), read),
    ];
    sections.retain(|(_, sentences)| !sentences.is_empty());
    sections
}

/// A thing and where it was seen, such as `'Outbound' on EX01/Hub`.
pub(super) fn placed(language: Language, what: &str, streams: &[String]) -> String {
    match streams {
        [only] if only == "." => words::in_folder(language, what),
        _ => words::on_servers(language, what, &self::streams(language, streams)),
    }
}

/// The names of streams. The name `.` is the PATH itself.
pub(super) fn streams(language: Language, names: &[String]) -> String {
    let shown = |name: &String| match name.as_str() {
        "." => words::given_folder(language),
        name => name.to_owned(),
    };
    let names: Vec<String> = names.iter().map(shown).collect();
    language.list(&names)
}

/// Whether an inbound connector expects a certificate, in a word or two.
pub(super) fn verdict(language: Language, verdict: MatchVerdict) -> String {
    match verdict {
        MatchVerdict::Match => words::matched(language),
        MatchVerdict::NoMatch => words::no_match(language),
        MatchVerdict::Uncertain => words::uncertain(language),
        MatchVerdict::Unknown => words::unknown(language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Language = Language::English;

    #[test]
    fn data_has_no_separators() {
        let answer = ReplyCount {
            code: 550,
            enhanced: Some("5.7.64".to_owned()),
            attr: None,
            text: "TenantAttribution; Relay Access Denied".to_owned(),
            count: 2_478,
        };
        assert!(reply(ENGLISH, &answer).ends_with("(2,478 times)"));
        assert!(reply_as_data(&answer).ends_with("(2478 times)"));
    }

    #[test]
    fn the_given_folder_is_a_place() {
        let names = |names: &[&str]| names.iter().copied().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            placed(ENGLISH, "it", &names(&["."])),
            "it in the given folder"
        );
        assert_eq!(
            placed(ENGLISH, "it", &names(&["EX01/Hub", "EX02/Hub"])),
            "it on EX01/Hub, EX02/Hub"
        );
    }
}
