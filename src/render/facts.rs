//! What people ask first about a report, in short sentences: how it stands, who is affected, what became of
//! the mail, what works.
//!
//! In: parts of the document. Out: short texts in the language of the reader. Names in them are as they
//! came from logs and exports, so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

use crate::language::Language;
use crate::language::count::{self, Noun, count, grouped};
use crate::render::state::{Outcome, Shown};
use crate::render::times::Clock;
use crate::render::{fact_sentences as say, words};
use crate::report::document::{
    CheckFinding, Confidence, Document, FailingStep, Healthy, Hidden, Incident, IncidentState,
    Input, MailCount, Severity,
};

/// How many servers are named where there is room for some.
const MOST_SERVERS: usize = 4;

/// How many incidents are in which state, such as `3 incidents: 2 ongoing, 1 over`.
pub(super) fn states(language: Language, incidents: &[Incident]) -> String {
    let number = |state: IncidentState| {
        let those = incidents
            .iter()
            .filter(|incident| incident.status.state == state);
        those.count() as u64
    };
    let states = [
        (number(IncidentState::Ongoing), say::ongoing(language)),
        (number(IncidentState::Unclear), say::unclear(language)),
        (number(IncidentState::Over), say::over(language)),
    ];
    let states: Vec<String> = states
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| say::number_of(language, &grouped(number), &word))
        .collect();
    let all = count(language, incidents.len() as u64, count::INCIDENT);
    words::with_parts(language, &all, &language.list(&states))
}

/// How certain a cause is.
pub(super) fn confidence(language: Language, confidence: Confidence) -> String {
    match confidence {
        Confidence::High => say::certain(language),
        Confidence::Medium => say::likely(language),
        Confidence::Low => say::unconfirmed(language),
    }
}

/// The shell for a command, as it follows the word "in".
pub(super) fn shell(language: Language, place: &str) -> String {
    match (language, place) {
        (Language::English, "Exchange Management Shell") => format!("the {place}"),
        _ => place.to_owned(),
    }
}

/// The servers of some streams, each once. A stream whose server is not known stands for itself, and the
/// stream `.` is the given folder.
pub(super) fn servers(language: Language, input: &Input, streams: &[String]) -> Vec<String> {
    let mut servers: Vec<String> = Vec::new();
    for stream in streams {
        let mut known = input.streams.iter();
        let known = known.find(|known| known.name == *stream);
        let server = match (
            known.and_then(|known| known.server.as_ref()),
            stream.as_str(),
        ) {
            (Some(server), _) => server.clone(),
            (None, ".") => words::given_folder(language),
            (None, stream) => stream.to_owned(),
        };
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

/// The servers in the narrow column of a table. The given folder has no name.
pub(super) fn servers_in_brief(language: Language, input: &Input, incident: &Incident) -> String {
    let queues = incident.queue.iter().flat_map(|queue| &queue.queues);
    let mut names = servers(language, input, &incident.streams);
    if incident.streams == ["."] {
        names.clear();
    }
    names.extend(queues.cloned());
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

/// How large an incident is, and what is counted: messages, sessions that failed, or messages that wait.
fn counted(incident: &Incident) -> (u64, Noun) {
    let (messages, sessions) = (incident.rejected.messages, incident.rejected.sessions);
    let waiting = incident.queue.as_ref().and_then(|queue| queue.messages);
    match Outcome::of(incident) {
        Outcome::Silent if sessions > 0 => (sessions, count::FAILED_SESSION),
        _ if messages > 0 => (messages, count::MESSAGE),
        _ if sessions > 0 => (sessions, count::FAILED_SESSION),
        _ => (waiting.unwrap_or(0), count::WAITING_MESSAGE),
    }
}

/// How large an incident is.
pub(super) fn size(incident: &Incident) -> u64 {
    counted(incident).0
}

/// What its size counts.
pub(super) fn size_noun(incident: &Incident) -> Noun {
    counted(incident).1
}

/// Since when, or from when to when.
pub(super) fn when(language: Language, clock: &Clock, incident: &Incident) -> String {
    let (Some(first), Some(last)) = (&incident.first, &incident.last) else {
        return say::unknown_time(language);
    };
    match incident.status.state {
        IncidentState::Ongoing => say::since(language, &clock.time(first), &clock.time(last)),
        IncidentState::Over => {
            let later = incident.status.accepted_after;
            let later = count(language, later, count::RECIPIENT);
            say::accepted_since(language, &clock.period(first, last), &later)
        }
        IncidentState::Unclear => say::not_shown(language, &clock.period(first, last)),
    }
}

/// Servers, messages, rejections and sessions that are affected.
pub(super) fn hit(language: Language, input: &Input, incident: &Incident) -> String {
    let rejected = incident.rejected;
    let numbers = [
        (rejected.messages, count::MESSAGE),
        (rejected.senders.unwrap_or(0), count::SENDER),
        (rejected.replies, count::REJECTION),
        (rejected.sessions, count::SESSION),
    ];
    let mut parts: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    if let Some(queue) = &incident.queue {
        let waiting = queue.messages;
        parts.push(waiting.map_or_else(
            || say::unknown_number_waits(language),
            |messages| count(language, messages, count::WAITING_MESSAGE),
        ));
        parts.push(say::in_queue(language, &some(language, &queue.queues)));
    }
    in_streams(language, input, &language.list(&parts), &incident.streams)
}

/// A thing on the servers of some streams.
fn in_streams(language: Language, input: &Input, what: &str, streams: &[String]) -> String {
    match streams {
        [] => what.to_owned(),
        [only] if only == "." => words::in_folder(language, what),
        _ => {
            let servers = servers(language, input, streams);
            words::on_servers(language, what, &some(language, &servers))
        }
    }
}

/// Some names, and how many more there are.
pub(super) fn some(language: Language, names: &[String]) -> String {
    if names.len() <= MOST_SERVERS {
        return language.list(names);
    }
    let first = language.list(&names[..MOST_SERVERS]);
    say::and_more(
        language,
        &first,
        &grouped((names.len() - MOST_SERVERS) as u64),
    )
}

/// What became of the messages.
pub(super) fn mail(language: Language, mail: &MailCount) -> String {
    let parts = [
        (mail.bounced, say::bounced(language)),
        (mail.lost, say::lost(language)),
        (mail.delivered_later, say::delivered_later(language)),
        (mail.waiting, say::waiting(language)),
        (mail.unknown, words::unknown(language)),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| say::number_of(language, &grouped(number), &word))
        .collect();
    let recipients = count(language, mail.recipients, count::RECIPIENT);
    say::mail_of(language, &language.list(&parts), &recipients)
}

/// Names that were compared: what was offered, and what is expected. Each with its label.
pub(super) fn compared(language: Language, incident: &Incident) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let connector = incident.inbound_connector.as_ref().map(|connector| {
        let tenant = incident.tenant.as_deref().unwrap_or_default();
        say::connector_of(language, &language.quoted(connector), tenant)
    });
    let failing = incident.failing_step.as_ref();
    let offered = failing.map_or(&[][..], |failing| &failing.offered);
    let expected = failing.map_or(&[][..], |failing| &failing.expected);
    if let Some(step) = failing.map(|failing| failing.step)
        && is_about_domains(step)
    {
        // The connector matches. What is missing is an accepted domain of the tenant.
        let label = match step {
            FailingStep::Sender => say::sender(language),
            _ => say::domain(language),
        };
        if !offered.is_empty() {
            let domains = some(language, offered);
            values.push((label, say::not_accepted(language, &domains)));
        }
        if !expected.is_empty() {
            values.push((say::accepted(language), some(language, expected)));
        }
        values.extend(connector.map(|connector| (say::against(language), connector)));
        return values;
    }
    if !offered.is_empty() {
        values.push((say::offered(language), some(language, offered)));
    }
    match (expected, connector) {
        ([], None) => {}
        ([], Some(connector)) => values.push((say::against(language), connector)),
        (names, None) => values.push((say::expected(language), some(language, names))),
        (names, Some(connector)) => {
            let names = some(language, names);
            values.push((
                say::expected(language),
                say::expected_by(language, &names, &connector),
            ));
        }
    }
    values
}

/// Whether domains are looked up in the accepted domains of the tenant at this step.
pub(super) fn is_about_domains(step: FailingStep) -> bool {
    matches!(step, FailingStep::AcceptedDomain | FailingStep::Sender)
}

/// The send connectors that work, the first of them by name.
pub(super) fn works(language: Language, healthy: &[Healthy], most: usize) -> Option<String> {
    names_of(language, healthy, most).map(|names| {
        let accepted = healthy.iter().map(|connector| connector.accepted).sum();
        say::working(
            language,
            &names,
            &count(language, accepted, count::RECIPIENT),
        )
    })
}

/// The names of the send connectors that work, and how many recipients were accepted.
pub(super) fn works_in_brief(language: Language, healthy: &[Healthy]) -> Option<(String, u64)> {
    let names = names_of(language, healthy, MOST_SERVERS)?;
    let accepted = healthy.iter().map(|connector| connector.accepted).sum();
    Some((names, accepted))
}

/// A send connector that works, with its counts.
pub(super) fn healthy(language: Language, input: &Input, connector: &Healthy) -> String {
    let rejected = connector
        .other_rejections
        .iter()
        .map(|kind| kind.count)
        .sum();
    let counts = [
        (connector.sessions, count::SESSION),
        (connector.accepted, count::ACCEPTED_RECIPIENT),
        (rejected, count::OTHER_REJECTION),
        (connector.dropped, count::SESSION_WITHOUT_REPLY),
        (connector.not_connected, count::FAILED_CONNECTION),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    let name = language.quoted(&connector.send_connector);
    let place = in_streams(language, input, &name, &connector.streams);
    words::with_parts(language, &place, &language.list(&counts))
}

/// How serious something is.
pub(super) fn severity(language: Language, severity: Severity) -> String {
    match severity {
        Severity::Error => say::error_word(language),
        Severity::Warning => say::warning_word(language),
        Severity::Info => say::info_word(language),
    }
}

/// The send connectors that delivered nothing, the first of them by name.
pub(super) fn delivered_nothing(
    language: Language,
    unproven: &[Healthy],
    most: usize,
) -> Option<String> {
    names_of(language, unproven, most).map(|names| say::nothing_delivered(language, &names))
}

fn names_of(language: Language, connectors: &[Healthy], most: usize) -> Option<String> {
    let names: Vec<String> = connectors
        .iter()
        .take(most)
        .map(|connector| language.quoted(&connector.send_connector))
        .collect();
    if names.is_empty() {
        return None;
    }
    let more = connectors.len().saturating_sub(most) as u64;
    let names = language.list(&names);
    Some(match more {
        0 => names,
        more => say::and_more(language, &names, &grouped(more)),
    })
}

/// What the checks found, as a sentence.
pub(super) fn checks(language: Language, findings: &[CheckFinding]) -> Option<String> {
    severities(language, findings).map(|found| say::checks_found(language, &found))
}

/// How many findings of each severity there are, with their codes.
pub(super) fn severities(language: Language, findings: &[CheckFinding]) -> Option<String> {
    let of = |severity: Severity| {
        let found = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        let mut codes: Vec<&str> = found.clone().map(|finding| finding.code.as_str()).collect();
        let number = codes.len() as u64;
        codes.dedup();
        let number = match severity {
            Severity::Error => count(language, number, count::ERROR),
            Severity::Warning => count(language, number, count::WARNING),
            Severity::Info => say::for_information(language, &grouped(number)),
        };
        (!codes.is_empty()).then(|| say::with_codes(language, &number, &language.list(&codes)))
    };
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let parts: Vec<String> = all.into_iter().filter_map(of).collect();
    (!parts.is_empty()).then(|| language.list(&parts))
}

/// How much could not be checked.
pub(super) fn not_judged(language: Language, report: &Document) -> Option<String> {
    let points = report.not_judged.len() as u64;
    (points > 0).then(|| say::not_checked(language, &count(language, points, count::POINT)))
}

/// What `--select` and `--ignore` left out.
pub(super) fn left_out(language: Language, hidden: &Hidden) -> Option<String> {
    let numbers = [
        (hidden.incidents, count::INCIDENT),
        (hidden.findings, count::FINDING),
    ];
    let parts: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    (!parts.is_empty()).then(|| say::options_left_out(language, &language.list(&parts)))
}

/// How many lines could not be read, if they are so many that the report says too little.
pub(super) fn unreadable(language: Language, report: &Document) -> Option<String> {
    let input = &report.input;
    let lines = || count(language, input.malformed_lines, count::LOG_LINE);
    input
        .lacks_much()
        .then(|| say::incomplete(language, &lines()))
}

/// Whether mail of an incident is rejected, waits, or dies without a reply, in two words. The subject is a
/// server or a send connector.
pub(super) fn what_happens(language: Language, subject: &str, state: Shown) -> String {
    match state {
        Shown::Rejected => say::is_rejected(language, subject),
        Shown::Silent => say::is_silent(language, subject),
        Shown::Waiting => say::waits(language, subject),
        Shown::Delayed => say::is_delayed(language, subject),
        Shown::Unclear => say::was_rejected(language, subject),
        Shown::Over => say::is_over(language, subject),
    }
}
