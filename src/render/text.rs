//! Writes the whole report as text for a terminal.
//!
//! In: a [`Document`] and a [`View`]. Out: text: first the verdict, then each incident, the checks, the
//! healthy send connectors, what could not be checked, and what was read. Without logs, the parts about
//! logs are left out.
//! Must not need colours: they only add emphasis, and the caller can remove them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::language::Language;
use crate::render::phrases::Detail;
use crate::render::plain::{Lines, padded, visible};
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{facts, headline, incident_phrases, phrases, plain, timeline, words};
use crate::report::document::{
    CheckFinding, Document, EvidenceRow, Fix, Healthy, Incident, Severity,
};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const LABEL: usize = 11;

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub(super) fn document(report: &Document, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page {
        language: view.language,
        lines: Lines::of(view.width),
        clock: view.clock(report),
        out,
    };
    if let Some(title) = &view.title {
        writeln!(page.out, "{BOLD}{}{BOLD:#}", page.paragraph(title, ""))?;
    }
    verdict(report, page)?;
    for (index, incident) in report.incidents.iter().enumerate() {
        self::incident(index + 1, incident, page)?;
    }
    checks(&report.findings, page)?;
    healthy(report, page)?;
    other_rejections(report, page)?;
    not_judged(report, page)?;
    read(report, page)
}

/// What is written to, and how.
struct Page<'a> {
    language: Language,
    lines: Lines,
    clock: Clock,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn paragraph(&self, text: &str, indent: &str) -> String {
        self.hanging(text, indent, indent)
    }

    /// A sentence with its times in the time zone of the reader. Log rows are not sentences.
    fn hanging(&self, text: &str, first: &str, rest: &str) -> String {
        self.lines.hanging(&self.clock.exact(text), first, rest)
    }
}

fn heading(text: &str, page: &mut Page<'_>) -> io::Result<()> {
    writeln!(page.out, "\n{BOLD}{text}{BOLD:#}")
}

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => BOLD,
    }
}

fn verdict(report: &Document, page: &mut Page<'_>) -> io::Result<()> {
    let style = report.worst().map_or(GREEN, style_of);
    let text = headline::sentences(page.language, report);
    writeln!(page.out, "{style}{}{style:#}", page.paragraph(&text, ""))?;
    if let Some((intro, step)) = headline::first_step(page.language, report) {
        let command = step.command.as_deref().unwrap_or_default();
        writeln!(page.out, "{}", visible(&intro))?;
        writeln!(page.out, "{}", page.lines.command(command, "    "))?;
        writeln!(page.out, "{}", page.paragraph(&step.note, ""))?;
    }
    Ok(())
}

fn incident(number: usize, incident: &Incident, page: &mut Page<'_>) -> io::Result<()> {
    let cause = &incident.cause;
    let style = style_of(cause.severity);
    writeln!(
        page.out,
        "\n{style}{number}. {} {}{style:#} ({})",
        visible(&cause.code),
        visible(&cause.name),
        phrases::rating(page.language, cause.severity, cause.confidence)
    )?;
    writeln!(page.out, "{}", page.paragraph(&incident.explanation, "   "))?;
    details(
        &incident_phrases::circumstances(page.language, incident),
        page,
    )?;
    if let Some([scale, accepted, rejected]) = timeline::lines(page.language, incident) {
        let indent = " ".repeat(3 + LABEL);
        field(&timeline::label(page.language), &scale, page)?;
        writeln!(page.out, "{indent}{accepted}\n{indent}{rejected}")?;
    }
    details(&incident_phrases::exchange(page.language, incident), page)?;
    proof(&incident.evidence, page)?;
    fix(&incident.fix, page)
}

fn checks(findings: &[CheckFinding], page: &mut Page<'_>) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    heading(&words::checks(page.language), page)?;
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            writeln!(page.out)?;
        }
        let style = style_of(finding.severity);
        writeln!(
            page.out,
            "{style}{} {}{style:#} ({})",
            visible(&finding.code),
            visible(&finding.name),
            phrases::rating(page.language, finding.severity, finding.confidence)
        )?;
        writeln!(page.out, "{}", page.paragraph(&finding.message, "   "))?;
        details(&phrases::about(page.language, finding), page)?;
        proof(&finding.evidence, page)?;
        fix(&finding.fix, page)?;
    }
    Ok(())
}

fn proof(rows: &[EvidenceRow], page: &mut Page<'_>) -> io::Result<()> {
    if !rows.is_empty() {
        writeln!(page.out, "   {}", words::evidence(page.language))?;
    }
    for row in rows {
        writeln!(page.out, "     {}", visible(&row.place()))?;
        writeln!(page.out, "{}", plain::row(&row.text, "       ", 3))?;
    }
    Ok(())
}

fn fix(steps: &[Fix], page: &mut Page<'_>) -> io::Result<()> {
    if !steps.is_empty() {
        let label = words::fix(page.language);
        writeln!(page.out, "   {GREEN}{label}{GREEN:#}")?;
    }
    for step in steps {
        if let Some(command) = &step.command {
            let shell = facts::shell(page.language, &step.place);
            let intro = words::run_in(page.language, &shell);
            writeln!(page.out, "     {}", visible(&intro))?;
            writeln!(page.out, "{}", page.lines.command(command, "       "))?;
        }
        writeln!(page.out, "{}", page.paragraph(&step.note, "     "))?;
    }
    Ok(())
}

fn details(details: &[Detail], page: &mut Page<'_>) -> io::Result<()> {
    details
        .iter()
        .try_for_each(|detail| field(&detail.label, &detail.text, page))
}

fn field(label: &str, text: &str, page: &mut Page<'_>) -> io::Result<()> {
    let first = format!("   {}", padded(label, LABEL));
    let rest = " ".repeat(3 + LABEL);
    writeln!(page.out, "{}", page.hanging(text, &first, &rest))
}

/// A heading with one sentence for each entry, or nothing if there are no entries.
fn list(title: &str, sentences: &[String], page: &mut Page<'_>) -> io::Result<()> {
    if sentences.is_empty() {
        return Ok(());
    }
    heading(title, page)?;
    entries(sentences, page)
}

fn entries(sentences: &[String], page: &mut Page<'_>) -> io::Result<()> {
    for sentence in sentences {
        writeln!(page.out, "{}", page.hanging(sentence, "   ", "     "))?;
    }
    Ok(())
}

fn healthy(report: &Document, page: &mut Page<'_>) -> io::Result<()> {
    let language = page.language;
    let sentences = |rows: &[Healthy]| -> Vec<String> {
        rows.iter()
            .map(|row| phrases::healthy(language, row))
            .collect()
    };
    let works = words::connectors_that_work(language);
    list(&works, &sentences(&report.healthy), page)?;
    let unproven = words::connectors_without_mail(language);
    list(&unproven, &sentences(&report.unproven), page)
}

fn other_rejections(report: &Document, page: &mut Page<'_>) -> io::Result<()> {
    let sentences = phrases::other_rejections(page.language, report);
    list(&words::other_rejections(page.language), &sentences, page)
}

fn not_judged(report: &Document, page: &mut Page<'_>) -> io::Result<()> {
    if report.not_judged.is_empty() {
        return Ok(());
    }
    heading(&words::not_checked(page.language), page)?;
    for sentence in &report.not_judged {
        writeln!(page.out, "{}", page.hanging(sentence, " - ", "   "))?;
    }
    Ok(())
}

fn read(report: &Document, page: &mut Page<'_>) -> io::Result<()> {
    let logs = phrases::logs_read(page.language, &report.input);
    let also = phrases::also_read(page.language, report);
    if logs.is_none() && also.is_empty() {
        return Ok(());
    }
    heading(&words::what_was_read(page.language), page)?;
    if let Some(logs) = logs {
        writeln!(page.out, "{}", page.paragraph(&logs, "   "))?;
    }
    entries(&also, page)
}
