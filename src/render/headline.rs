//! The beginning of a report: what is broken, how much, and the command to run first.
//!
//! In: the document. Out: short texts. Names in them are not yet escaped, see [`super::phrases`].
//! Must not lay out text. Must not say more than was checked: without logs, the texts are only about
//! the configuration.

use crate::render::phrases::{UNKNOWN_TIME, count, grouped, shell, subject};
use crate::report::document::{
    CheckFinding, Confidence, Document, Fix, Incident, IncidentState, Purpose, Severity,
};

/// The counts of what was found, such as `1 incident, 6 rejections`.
pub(super) fn counts(report: &Document) -> String {
    let mut counts = Vec::new();
    if !report.incidents.is_empty() {
        let rejected: u64 = report
            .incidents
            .iter()
            .map(|incident| incident.rejected.replies)
            .sum();
        counts.push(count(report.incidents.len() as u64, "incident"));
        // Failures without a reply are counted by session.
        let incidents = report.incidents.iter();
        let sessions = incidents.map(|incident| incident.rejected.sessions).sum();
        let queues = report
            .incidents
            .iter()
            .filter(|incident| incident.status.state != IncidentState::Over)
            .filter_map(|incident| incident.queue.as_ref());
        let waiting = queues.map(|queue| queue.messages.unwrap_or(0)).sum();
        match (rejected, sessions, waiting) {
            (0, 0, 0) => {}
            (0, 0, waiting) => counts.push(count(waiting, "waiting message")),
            (0, sessions, _) => counts.push(count(sessions, "failed session")),
            (rejected, ..) => counts.push(count(rejected, "rejection")),
        }
    } else if report.input.files > 0 {
        counts.push("no incident".to_owned());
    }
    if !report.findings.is_empty() {
        counts.push(count(report.findings.len() as u64, "finding"));
    } else if report.input.files == 0 && report.incidents.is_empty() {
        counts.push("no finding".to_owned());
    }
    counts.join(", ")
}

/// The first sentences: what is broken, or that nothing was found and where.
pub(super) fn sentences(report: &Document) -> String {
    if let Some(worst) = report.incidents.first() {
        let mut text = format!("{}. {}", counts(report), of_incident(worst));
        // If no step has a command, the first step is shown instead.
        if worst.fix.iter().all(|step| step.command.is_none())
            && let Some(step) = worst.fix.first()
        {
            text.push_str(&format!(" What to do: {}", step.note));
        }
        return text;
    }
    let mut sentences = Vec::new();
    if report.input.files > 0 {
        sentences.push(all_clear(report));
    }
    match worst_finding(report) {
        Some(worst) => sentences.push(format!(
            "{}: {}. {} '{}': {} ({}).",
            count(report.findings.len() as u64, "finding"),
            severities(&report.findings),
            if report.findings.len() == 1 {
                "It is about"
            } else {
                "The worst is about"
            },
            subject(worst),
            worst.name,
            worst.code,
        )),
        None if report.hidden.findings > 0 => {}
        None if report.input.files == 0 => {
            sentences.push("No check found a problem in the given configuration.".to_owned());
            if !report.not_judged.is_empty() {
                sentences.push("What could not be checked is listed below.".to_owned());
            }
        }
        None => {}
    }
    if report.hidden.findings > 0 {
        sentences.push(format!(
            "--select or --ignore left out {}.",
            count(report.hidden.findings, "finding")
        ));
    }
    sentences.join(" ")
}

/// The sentence for an incident, in the tense of its state.
fn of_incident(incident: &Incident) -> String {
    let first = incident.first.as_deref().unwrap_or(UNKNOWN_TIME);
    let last = incident.last.as_deref().unwrap_or(UNKNOWN_TIME);
    let harmless = incident.cause.severity == Severity::Info;
    let (when, then) = match incident.status.state {
        IncidentState::Ongoing if harmless => (format!("has had delays since {first}"), ""),
        IncidentState::Ongoing => (format!("has been failing since {first}"), ""),
        IncidentState::Over if harmless => (format!("had delays from {first} to {last}"), ""),
        IncidentState::Over => (
            format!("failed from {first} to {last}"),
            " It works again now.",
        ),
        IncidentState::Unclear if harmless => (format!("had delays from {first} to {last}"), ""),
        IncidentState::Unclear => (
            format!("failed from {first} to {last}"),
            match incident.queue {
                Some(_) => " Nothing shows whether it is over.",
                None => " The logs do not show whether it is over.",
            },
        ),
    };
    format!(
        "'{}' {when}: {} ({}).{then}",
        incident.send_connector, incident.cause.name, incident.cause.code
    )
}

/// The sentence for a report without incidents. It does not claim more than was checked.
fn all_clear(report: &Document) -> String {
    let input = &report.input;
    if input.records == 0 && input.malformed_lines > 0 {
        return "No row of these logs could be read, so nothing is known about the mail."
            .to_owned();
    }
    let mut text = match input.exchange_online_sessions {
        0 => "No incident: these logs contain no session to Exchange Online.".to_owned(),
        sessions => format!(
            "No incident in {} to Exchange Online.",
            count(sessions, "session")
        ),
    };
    if input.sessions_left_out > 0 {
        text = format!(
            "No incident in the chosen sessions. --since, --until or --connector left out {}.",
            count(input.sessions_left_out, "session")
        );
    }
    if input.lacks_much() {
        text.push_str(&format!(
            " This is incomplete: {} could not be read.",
            count(input.malformed_lines, "line")
        ));
    }
    if report.hidden.incidents > 0 {
        text.push_str(&format!(
            " --select or --ignore left out {}.",
            count(report.hidden.incidents, "incident")
        ));
    }
    text
}

/// The first finding of the worst severity.
pub(super) fn worst_finding(report: &Document) -> Option<&CheckFinding> {
    let worst = report.findings.iter().map(|found| found.severity).max()?;
    report.findings.iter().find(|found| found.severity == worst)
}

/// The number of findings of each severity, the worst first.
fn severities(findings: &[CheckFinding]) -> String {
    let of = |severity: Severity| {
        let number = findings
            .iter()
            .filter(|found| found.severity == severity)
            .count() as u64;
        let noun = match severity {
            Severity::Info => {
                return (number > 0).then(|| format!("{} for information", grouped(number)));
            }
            other => other.as_str(),
        };
        (number > 0).then(|| count(number, noun))
    };
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    severities
        .into_iter()
        .filter_map(of)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The step whose command is shown below the first sentences, and the line before it. It is a step
/// of the worst incident, or without incidents of the worst finding.
pub(super) fn first_step(report: &Document) -> Option<(String, &Fix)> {
    let (confidence, steps) = match report.incidents.first() {
        Some(incident) => (incident.cause.confidence, &incident.fix),
        // A finding for information needs no immediate action.
        None => worst_finding(report)
            .filter(|found| found.severity > Severity::Info)
            .map(|found| (found.confidence, &found.fix))?,
    };
    let step = steps.iter().find(|step| step.command.is_some())?;
    let why = if confidence == Confidence::Low || step.purpose == Purpose::Inspect {
        "To find out more"
    } else {
        "To fix it"
    };
    Some((format!("{why}, run in {}:", shell(&step.place)), step))
}
