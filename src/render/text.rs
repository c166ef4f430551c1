//! Writes the report as text for a terminal.
//!
//! In: a [`Document`]. Out: text of 80 columns: first the verdict, then each incident, the checks, the
//! healthy send connectors, what could not be checked, and what was read. Without logs, the parts about
//! logs are left out.
//! Must not need colours: they only add emphasis, and the caller can remove them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::render::phrases::Detail;
use crate::render::plain::visible;
use crate::render::{headline, incident_phrases, phrases, plain, timeline};
use crate::report::document::{CheckFinding, Document, EvidenceRow, Fix, Incident, Severity};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const LABEL: usize = 11;

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    verdict(report, out)?;
    for (index, incident) in report.incidents.iter().enumerate() {
        self::incident(index + 1, incident, out)?;
    }
    checks(&report.findings, out)?;
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
    let style = report.worst().map_or(GREEN, style_of);
    let text = headline::sentences(report);
    writeln!(out, "{style}{}{style:#}", plain::paragraph(&text, ""))?;
    if let Some((intro, step)) = headline::first_step(report) {
        let command = step.command.as_deref().unwrap_or_default();
        writeln!(out, "{}", visible(&intro))?;
        writeln!(out, "{}", plain::command(command, "    "))?;
        writeln!(out, "{}", plain::paragraph(&step.note, ""))?;
    }
    Ok(())
}

fn incident(number: usize, incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let cause = &incident.cause;
    let style = style_of(cause.severity);
    writeln!(
        out,
        "\n{style}{number}. {} {}{style:#} ({})",
        visible(&cause.code),
        visible(&cause.name),
        phrases::rating(cause.severity, cause.confidence)
    )?;
    writeln!(out, "{}", plain::paragraph(&incident.explanation, "   "))?;
    details(&incident_phrases::circumstances(incident), out)?;
    if let Some([scale, accepted, rejected]) = timeline::lines(incident) {
        let indent = " ".repeat(3 + LABEL);
        field("Timeline", &scale, out)?;
        writeln!(out, "{indent}{accepted}\n{indent}{rejected}")?;
    }
    details(&incident_phrases::exchange(incident), out)?;
    proof(&incident.evidence, out)?;
    fix(&incident.fix, out)
}

fn checks(findings: &[CheckFinding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    heading(phrases::CHECKS, out)?;
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let style = style_of(finding.severity);
        writeln!(
            out,
            "{style}{} {}{style:#} ({})",
            visible(&finding.code),
            visible(&finding.name),
            phrases::rating(finding.severity, finding.confidence)
        )?;
        writeln!(out, "{}", plain::paragraph(&finding.message, "   "))?;
        details(&phrases::about(finding), out)?;
        proof(&finding.evidence, out)?;
        fix(&finding.fix, out)?;
    }
    Ok(())
}

fn proof(rows: &[EvidenceRow], out: &mut dyn Write) -> io::Result<()> {
    if !rows.is_empty() {
        writeln!(out, "   Evidence")?;
    }
    for row in rows {
        writeln!(out, "     {}", visible(&row.place()))?;
        writeln!(out, "{}", plain::row(&row.text, "       ", 3))?;
    }
    Ok(())
}

fn fix(steps: &[Fix], out: &mut dyn Write) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "   {GREEN}Fix{GREEN:#}")?;
    }
    for step in steps {
        if let Some(command) = &step.command {
            let shell = phrases::shell(&step.place);
            writeln!(out, "     Run in {}:", visible(&shell))?;
            writeln!(out, "{}", plain::command(command, "       "))?;
        }
        writeln!(out, "{}", plain::paragraph(&step.note, "     "))?;
    }
    Ok(())
}

fn details(details: &[Detail], out: &mut dyn Write) -> io::Result<()> {
    details
        .iter()
        .try_for_each(|detail| field(detail.label, &detail.text, out))
}

fn field(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let first = format!("   {label:<LABEL$}");
    let rest = " ".repeat(3 + LABEL);
    writeln!(out, "{}", plain::hanging(text, &first, &rest))
}

/// A heading with one sentence for each entry, or nothing if there are no entries.
fn list(title: &str, sentences: &[String], out: &mut dyn Write) -> io::Result<()> {
    if sentences.is_empty() {
        return Ok(());
    }
    heading(title, out)?;
    entries(sentences, out)
}

fn entries(sentences: &[String], out: &mut dyn Write) -> io::Result<()> {
    for sentence in sentences {
        writeln!(out, "{}", plain::hanging(sentence, "   ", "     "))?;
    }
    Ok(())
}

fn healthy(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let sentences: Vec<String> = report.healthy.iter().map(phrases::healthy).collect();
    list(phrases::HEALTHY, &sentences, out)?;
    let sentences: Vec<String> = report.unproven.iter().map(phrases::healthy).collect();
    list(phrases::UNPROVEN, &sentences, out)
}

fn other_rejections(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let sentences = phrases::other_rejections(report);
    list(phrases::OTHER_REJECTIONS, &sentences, out)
}

fn not_judged(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    if report.not_judged.is_empty() {
        return Ok(());
    }
    heading(phrases::NOT_JUDGED, out)?;
    for sentence in &report.not_judged {
        writeln!(out, "{}", plain::hanging(sentence, " - ", "   "))?;
    }
    Ok(())
}

fn read(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let logs = phrases::logs_read(&report.input);
    let also = phrases::also_read(report);
    if logs.is_none() && also.is_empty() {
        return Ok(());
    }
    heading(phrases::READ, out)?;
    if let Some(logs) = logs {
        writeln!(out, "{}", plain::paragraph(&logs, "   "))?;
    }
    entries(&also, out)
}
