//! The report that a tired person reads at night.
//!
//! In: a [`Document`]. Out: text of 80 columns: the verdict first, then each incident, healthy
//! connectors, what could not be judged.
//! Must not need colour: it only adds weight, and the caller may strip it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::report::document::{CheckFinding, Document, Incident};
use crate::rules::{Confidence, Severity};

use super::phrases::{all_clear, count, note_words, streams};
use super::plain::{self, visible};
use super::timeline;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const LABEL: usize = 11;

/// Writes the report.
///
/// # Errors
/// Whatever the writer says.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    verdict(report, out)?;
    for (index, incident) in report.incidents.iter().enumerate() {
        self::incident(index + 1, incident, out)?;
    }
    findings(&report.findings, out)?;
    healthy(report, out)?;
    other_rejections(report, out)?;
    not_judged(report, out)?;
    read(report, out)
}

fn heading(text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => BOLD,
    }
}

fn verdict(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let refused: u64 = report
        .incidents
        .iter()
        .map(|incident| incident.rejected.replies)
        .sum();
    let Some(worst) = report.incidents.first() else {
        let text = all_clear(report);
        return writeln!(out, "{GREEN}{}{GREEN:#}", plain::paragraph(&text, ""));
    };
    let style = style_of(worst.cause.severity);
    let incidents = count(report.incidents.len() as u64, "incident");
    let refused = count(refused, "refusal");
    let text = format!(
        "{incidents}, {refused}. '{}' fails since {}: {} ({}).",
        worst.send_connector,
        worst.first.as_deref().unwrap_or("an unknown time"),
        worst.cause.name,
        worst.cause.code,
    );
    writeln!(out, "{style}{}{style:#}", plain::paragraph(&text, ""))?;
    if let Some(fix) = worst.fix.iter().find(|fix| fix.command.is_some()) {
        let command = fix.command.as_deref().unwrap_or_default();
        let why = if worst.cause.confidence == Confidence::Low {
            "To find out"
        } else {
            "To mend it"
        };
        writeln!(out, "{why}, in {}:", visible(&fix.place))?;
        writeln!(out, "{}", plain::command(command, "    "))?;
        writeln!(out, "{}", plain::paragraph(&fix.note, ""))?;
    }
    Ok(())
}

fn incident(number: usize, incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let cause = &incident.cause;
    let style = style_of(cause.severity);
    let sure = match cause.confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a pointer only",
    };
    writeln!(
        out,
        "\n{style}{number}. {} {}{style:#} ({}, {sure})",
        cause.code,
        cause.name,
        cause.severity.as_str()
    )?;
    writeln!(out, "{}", plain::paragraph(&incident.explanation, "   "))?;
    if !incident.also.is_empty() {
        field(
            "Also",
            &format!("{} (see `sendlens explain`)", incident.also.join(", ")),
            out,
        )?;
    }
    affected(incident, out)?;
    if let Some([scale, accepted, refused]) = timeline::lines(incident) {
        let indent = " ".repeat(3 + LABEL);
        field("Time line", &scale, out)?;
        writeln!(out, "{indent}{accepted}\n{indent}{refused}")?;
    }
    offered(incident, out)?;
    for reply in &incident.replies {
        let enhanced = reply.enhanced.as_deref().unwrap_or("");
        field(
            "Reply",
            &format!(
                "{} {enhanced} {} ({})",
                reply.code,
                reply.text,
                count(reply.count, "time")
            ),
            out,
        )?;
    }
    if !incident.evidence.is_empty() {
        writeln!(out, "   Proof")?;
    }
    for row in &incident.evidence {
        writeln!(out, "     {}", visible(&row.place()))?;
        writeln!(out, "{}", plain::row(&row.text, "       ", 3))?;
    }
    fix(&incident.fix, out)
}

/// Who is affected, and since when.
fn affected(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let rejected = incident.rejected;
    field(
        "Affected",
        &format!(
            "send connector '{}' on {}: {}, {}, {} refused or failed",
            incident.send_connector,
            streams(&incident.streams),
            count(rejected.replies, "reply"),
            count(rejected.messages, "message"),
            count(rejected.sessions, "session")
        ),
        out,
    )?;
    let unknown = "an unknown time";
    field(
        "Since",
        &format!(
            "{}, last {}",
            incident.first.as_deref().unwrap_or(unknown),
            incident.last.as_deref().unwrap_or(unknown)
        ),
        out,
    )
}

fn fix(steps: &[crate::rules::fix::Fix], out: &mut dyn Write) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "   {GREEN}Fix{GREEN:#}")?;
    }
    for step in steps {
        match &step.command {
            Some(command) => {
                writeln!(out, "     In {}:", visible(&step.place))?;
                writeln!(out, "{}", plain::command(command, "       "))?;
                writeln!(out, "{}", plain::paragraph(&step.note, "     "))?;
            }
            None => writeln!(out, "{}", plain::paragraph(&step.note, "     "))?,
        }
    }
    Ok(())
}

fn field(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let first = format!("   {label:<LABEL$}");
    let rest = " ".repeat(3 + LABEL);
    writeln!(out, "{}", plain::hanging(text, &first, &rest))
}

fn offered(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    match &incident.certificate {
        Some(certificate) => {
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
                text.push_str(&format!(
                    ", valid {} to {}",
                    &from[..10.min(from.len())],
                    &until[..10.min(until.len())]
                ));
            }
            field("Offered", &text, out)?;
        }
        None => field(
            "Offered",
            "no certificate, or one that the input does not show",
            out,
        )?,
    }
    match (&incident.inbound_connector, &incident.tenant) {
        (Some(connector), Some(tenant)) => field(
            "Against",
            &format!("inbound connector '{connector}' of {tenant}"),
            out,
        ),
        (None, Some(tenant)) => field("Against", tenant, out),
        _ => Ok(()),
    }
}

fn findings(findings: &[CheckFinding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    heading("Findings", out)?;
    for finding in findings {
        let style = style_of(finding.severity);
        writeln!(
            out,
            "{style}{} {}{style:#} ({})",
            finding.code,
            finding.name,
            finding.severity.as_str()
        )?;
        writeln!(out, "{}", plain::paragraph(&finding.message, "   "))?;
        fix(&finding.fix, out)?;
    }
    Ok(())
}

fn healthy(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    if report.healthy.is_empty() {
        return Ok(());
    }
    heading("Healthy send connectors", out)?;
    for connector in &report.healthy {
        let text = format!(
            "'{}' on {}: {}, {} accepted",
            connector.send_connector,
            streams(&connector.streams),
            count(connector.sessions, "session"),
            count(connector.accepted, "recipient")
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    Ok(())
}

fn other_rejections(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    const MOST: usize = 5;
    if report.other_rejections.is_empty() {
        return Ok(());
    }
    heading("Refusals for other reasons", out)?;
    for reply in report.other_rejections.iter().take(MOST) {
        let enhanced = reply.enhanced.as_deref().unwrap_or("");
        let text = format!(
            "{} {enhanced} {} ({})",
            reply.code,
            reply.text,
            count(reply.count, "time")
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    if report.other_rejections.len() > MOST {
        writeln!(
            out,
            "   and {} more kinds (see --format json)",
            report.other_rejections.len() - MOST
        )?;
    }
    Ok(())
}

fn not_judged(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    heading("What could not be judged", out)?;
    for sentence in &report.not_judged {
        writeln!(out, "{}", plain::hanging(sentence, " - ", "   "))?;
    }
    Ok(())
}

fn read(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let input = &report.input;
    heading("What was read", out)?;
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
    writeln!(out, "{}", plain::paragraph(&text, "   "))?;
    for tenant in &report.tenants {
        let domains = match tenant.accepted_domains {
            Some(domains) => count(domains as u64, "accepted domain"),
            None => "no export of accepted domains".to_owned(),
        };
        let text = format!(
            "Tenant {}: {}, {domains}.",
            tenant.name,
            count(tenant.inbound_connectors as u64, "inbound connector")
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    for note in &input.notes {
        let text = format!(
            "{} ({}, first at {}:{})",
            note_words(&note.code),
            count(note.count, "time"),
            note.first.file,
            note.first.line
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    const MOST: usize = 8;
    for skipped in input.skipped.iter().take(MOST) {
        let text = format!("Not used: {} ({}).", skipped.file, skipped.reason);
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    if input.skipped.len() > MOST {
        let more = input.skipped.len() - MOST;
        writeln!(out, "   Not used: {more} more files (see --format json).")?;
    }
    Ok(())
}
