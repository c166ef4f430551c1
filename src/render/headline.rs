//! What the reports for people say first: what is broken, how much, and the command to begin with.
//!
//! In: the document. Out: short texts, not yet made safe: see [`super::phrases`].
//! Must not lay out, and never says more than was looked at: without logs it speaks of the
//! configuration alone.

use crate::render::phrases::{UNKNOWN_TIME, count, subject};
use crate::report::document::{CheckFinding, Confidence, Document, Fix, Purpose, Severity};

/// How many there are of what, such as `1 incident, 6 refusals`.
pub(super) fn counts(report: &Document) -> String {
    let mut counts = Vec::new();
    if !report.incidents.is_empty() {
        let refused = report
            .incidents
            .iter()
            .map(|incident| incident.rejected.replies)
            .sum();
        counts.push(count(report.incidents.len() as u64, "incident"));
        counts.push(count(refused, "refusal"));
    } else if report.input.files > 0 {
        counts.push("no incident".to_owned());
    }
    if !report.findings.is_empty() {
        counts.push(count(report.findings.len() as u64, "finding"));
    } else if report.input.files == 0 {
        counts.push("no finding".to_owned());
    }
    counts.join(", ")
}

/// The sentences that come first: what is broken, or that nothing was found and where.
pub(super) fn sentences(report: &Document) -> String {
    if let Some(worst) = report.incidents.first() {
        let since = worst.first.as_deref().unwrap_or(UNKNOWN_TIME);
        let when = match &worst.last {
            // Probably mended already.
            Some(last) if worst.probably_fixed => format!("failed from {since} to {last}"),
            _ => format!("fails since {since}"),
        };
        let mut text = format!(
            "{}. '{}' {when}: {} ({}).",
            counts(report),
            worst.send_connector,
            worst.cause.name,
            worst.cause.code,
        );
        // Where no command helps, the step itself is said.
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
            sentences.push("No check found anything in the configuration given.".to_owned());
            if !report.not_judged.is_empty() {
                sentences.push("What could not be judged is listed below.".to_owned());
            }
        }
        None => {}
    }
    if report.hidden.findings > 0 {
        sentences.push(format!(
            "{} hidden by --select or --ignore.",
            count(report.hidden.findings, "finding")
        ));
    }
    sentences.join(" ")
}

/// What is said where there is no incident: never more than was looked at.
fn all_clear(report: &Document) -> String {
    let input = &report.input;
    let mut text = match input.exchange_online_sessions {
        0 => "No incident: no session in these logs goes to Exchange Online.".to_owned(),
        sessions => format!(
            "No incident in {} to Exchange Online.",
            count(sessions, "session")
        ),
    };
    if input.sessions_left_out > 0 {
        text = format!(
            "No incident among the sessions asked for; {} left out by --since, --until or --connector.",
            count(input.sessions_left_out, "session")
        );
    }
    if report.hidden.incidents > 0 {
        text.push_str(&format!(
            " {} hidden by --select or --ignore.",
            count(report.hidden.incidents, "incident")
        ));
    }
    text
}

/// The first of the worst.
fn worst_finding(report: &Document) -> Option<&CheckFinding> {
    let worst = report.findings.iter().map(|found| found.severity).max()?;
    report.findings.iter().find(|found| found.severity == worst)
}

/// How many findings of each severity, the worst first.
fn severities(findings: &[CheckFinding]) -> String {
    let of = |severity: Severity| {
        let number = findings
            .iter()
            .filter(|found| found.severity == severity)
            .count() as u64;
        let noun = match severity {
            Severity::Info => return (number > 0).then(|| format!("{number} for information")),
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

/// The command that stands directly under the headline, and the words before it: that of the worst
/// incident, or without incidents that of the worst finding.
pub(super) fn first_step(report: &Document) -> Option<(String, &Fix)> {
    let (confidence, steps) = match report.incidents.first() {
        Some(incident) => (incident.cause.confidence, &incident.fix),
        // What is only for information asks for nothing at once.
        None => worst_finding(report)
            .filter(|found| found.severity > Severity::Info)
            .map(|found| (found.confidence, &found.fix))?,
    };
    let step = steps.iter().find(|step| step.command.is_some())?;
    let why = if confidence == Confidence::Low || step.purpose == Purpose::Inspect {
        "To find out"
    } else {
        "To mend it"
    };
    Some((format!("{why}, in {}:", step.place), step))
}
