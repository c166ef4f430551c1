//! Writes the report as Markdown for a ticket: short, in the order of the page.
//!
//! In: a [`Document`] and a [`View`]. Out: Markdown, as GitHub and most trackers read it: a table of the
//! incidents, each with its fix, and what nobody must read first in `<details>`.
//! Must not let a text of the input become markup: all of them go through [`inline`] or [`fenced`].

use std::io::{self, Write};

use crate::language::count::{self, count, grouped};
use crate::render::markdown_text::{fenced, inline};
use crate::render::plain::visible;
use crate::render::state::Shown;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{
    facts, headline, incident_phrases, markdown_sentences as say, phrases, steps, words,
};
use crate::report::document::{CertificateRow, CheckFinding, Document, EvidenceRow, Fix, Incident};

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub(super) fn document(report: &Document, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page {
        report,
        view,
        clock: view.clock(report),
        out,
    };
    page.top()?;
    for (index, incident) in report.incidents.iter().enumerate() {
        page.incident(index + 1, incident)?;
    }
    page.checks()?;
    page.certificates()?;
    page.closing()
}

/// What is written to, and how.
struct Page<'a> {
    report: &'a Document,
    view: &'a View,
    clock: Clock,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    /// The title, the verdict, and a table of the incidents.
    fn top(&mut self) -> io::Result<()> {
        let title = self.view.title.clone();
        if title.is_some() {
            // By this line, a report that lies beside the logs is not read as a log.
            writeln!(self.out, "<!-- sendlens report -->\n")?;
        }
        let title = title.unwrap_or_else(|| say::report_title(self.view.language));
        writeln!(self.out, "# {}", inline(&title))?;
        let report = self.report;
        let verdict = match report.incidents.as_slice() {
            [] => headline::sentences(self.view.language, report),
            incidents => facts::states(self.view.language, incidents),
        };
        let verdict = self.clock.prose(&verdict).into_owned();
        let zone = self.clock.all_times();
        writeln!(self.out, "\n**{}** ({zone})", inline(&verdict))?;
        self.overview()
    }

    fn overview(&mut self) -> io::Result<()> {
        let language = self.view.language;
        if self.report.incidents.is_empty() {
            return Ok(());
        }
        let columns = say::columns(language);
        writeln!(self.out, "\n| # | {} |", columns.join(" | "))?;
        writeln!(self.out, "|---|{}", "---|".repeat(columns.len()))?;
        for (index, incident) in self.report.incidents.iter().enumerate() {
            let first = incident.first.as_deref().unwrap_or_default();
            let last = incident.last.as_deref().unwrap_or_default();
            let when = match Shown::of(incident).is_open() {
                true => self.clock.time(first),
                false => self.clock.period(first, last),
            };
            let size = count(language, facts::size(incident), facts::size_noun(incident));
            let cells = [
                Shown::of(incident).label(language),
                when,
                incident.send_connector.clone(),
                facts::servers_in_brief(language, &self.report.input, incident),
                size,
                format!("{} {}", incident.cause.code, incident.cause.name),
            ];
            let cells = cells.map(|cell| inline(&cell));
            writeln!(self.out, "| {} | {} |", index + 1, cells.join(" | "))?;
        }
        Ok(())
    }

    fn incident(&mut self, number: usize, incident: &Incident) -> io::Result<()> {
        let language = self.view.language;
        let cause = &incident.cause;
        let summary = self.clock.prose(&cause.summary);
        let summary = inline(summary.trim_end_matches(['.', '。']));
        writeln!(self.out, "\n## {number}. {summary}\n")?;
        let rating = phrases::rating(language, cause.severity, cause.confidence);
        let code = format!("{} {} ({rating})", cause.code, cause.name);
        let connector = language.quoted(&incident.send_connector);
        let mut fields = vec![
            (words::cause(language), code),
            (words::send_connector(language), connector),
            (
                words::when(language),
                facts::when(language, &self.clock, incident),
            ),
            (
                words::affected(language),
                facts::hit(language, &self.report.input, incident),
            ),
        ];
        fields.extend(facts::compared(language, incident));
        let mail = incident.mail.as_ref();
        fields.extend(mail.map(|mail| (words::mail(language), facts::mail(language, mail))));
        for (label, value) in fields {
            writeln!(self.out, "- **{label}:** {}", inline(&value))?;
        }
        self.fixes(&incident.fix)?;
        self.begin_details(&say::details(language))?;
        self.paragraph(&incident.explanation)?;
        writeln!(self.out)?;
        for detail in incident_phrases::exchange(language, incident) {
            writeln!(self.out, "- **{}:** {}", detail.label, inline(&detail.text))?;
        }
        self.proof(&incident.evidence)?;
        self.end_details()
    }

    fn fixes(&mut self, fixes: &[Fix]) -> io::Result<()> {
        if fixes.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n**{}**", words::fix(self.view.language))?;
        fixes.iter().try_for_each(|fix| self.fix(fix))
    }

    fn fix(&mut self, fix: &Fix) -> io::Result<()> {
        if let Some(command) = &fix.command {
            let shell = facts::shell(self.view.language, &fix.place);
            let intro = words::run_in(self.view.language, &shell);
            writeln!(self.out, "\n{}", inline(&intro))?;
            fenced("powershell", &visible(command), self.out)?;
        }
        let note = self.clock.prose(&fix.note).into_owned();
        let note = steps::of(&note);
        self.paragraph(note.before)?;
        for (index, step) in note.steps.iter().enumerate() {
            let space = if index == 0 { "\n" } else { "" };
            writeln!(self.out, "{space}{}. {}", index + 1, inline(step))?;
        }
        Ok(())
    }

    fn checks(&mut self) -> io::Result<()> {
        let language = self.view.language;
        let Some(found) = facts::severities(language, &self.report.findings) else {
            return Ok(());
        };
        writeln!(
            self.out,
            "\n## {}\n\n{}",
            words::checks(language),
            inline(&found)
        )?;
        self.begin_details(&say::details(language))?;
        for finding in &self.report.findings {
            self.check(finding)?;
        }
        self.end_details()
    }

    fn check(&mut self, finding: &CheckFinding) -> io::Result<()> {
        let title = format!("{} {}", finding.code, finding.name);
        let rating = phrases::rating(self.view.language, finding.severity, finding.confidence);
        writeln!(self.out, "\n### {} ({rating})", inline(&title))?;
        self.paragraph(&finding.message)?;
        writeln!(self.out)?;
        for detail in phrases::about(self.view.language, finding) {
            writeln!(self.out, "- **{}:** {}", detail.label, inline(&detail.text))?;
        }
        self.fixes(&finding.fix)?;
        self.proof(&finding.evidence)
    }

    /// Which certificate was offered where, and with what result.
    fn certificates(&mut self) -> io::Result<()> {
        let language = self.view.language;
        let offered = |row: &&CertificateRow| row.exchange_online && row.offered == Some(true);
        let rows: Vec<&CertificateRow> = self.report.certificates.iter().filter(offered).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let number = count(language, rows.len() as u64, count::CERTIFICATE);
        self.begin_details(&say::certificates_offered(language, &number))?;
        let columns = say::certificate_columns(language);
        writeln!(self.out, "\n| {} |", columns.join(" | "))?;
        writeln!(self.out, "|{}", "---|".repeat(columns.len()))?;
        for row in rows {
            let first = row.first.as_deref().unwrap_or_default();
            let last = row.last.as_deref().unwrap_or_default();
            let cells = [
                row.send_connector.clone(),
                phrases::streams(language, std::slice::from_ref(&row.stream)),
                row.subject.clone().unwrap_or_default(),
                row.thumbprint.clone().unwrap_or_default(),
                self.clock.period(first, last),
                grouped(row.accepted),
                grouped(row.rejected),
                phrases::verdict(language, row.matched.verdict),
            ];
            let cells = cells.map(|cell| inline(&cell));
            writeln!(self.out, "| {} |", cells.join(" | "))?;
        }
        self.end_details()
    }

    fn closing(&mut self) -> io::Result<()> {
        for (title, sentences) in phrases::closing(self.view.language, self.report) {
            writeln!(self.out, "\n## {title}\n")?;
            for sentence in sentences {
                let sentence = self.clock.prose(&sentence).into_owned();
                writeln!(self.out, "- {}", inline(&sentence))?;
            }
        }
        let program = &self.report.program;
        let written = format!("{} {}", program.name, program.version);
        let written = say::written_by(self.view.language, &inline(&written));
        writeln!(self.out, "\n{written}")
    }

    fn proof(&mut self, rows: &[EvidenceRow]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n**{}**", words::evidence(self.view.language))?;
        let shown = |row: &EvidenceRow| {
            let place = row.place();
            format!("{}\n  {}", visible(&place), visible(&row.text))
        };
        let rows: Vec<String> = rows.iter().map(shown).collect();
        fenced("text", &rows.join("\n"), self.out)
    }

    /// A sentence of the document as a paragraph of its own.
    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let text = self.clock.prose(text).into_owned();
        writeln!(self.out, "\n{}", inline(&text))
    }

    fn begin_details(&mut self, summary: &str) -> io::Result<()> {
        writeln!(self.out, "\n<details>\n<summary>{summary}</summary>")
    }

    fn end_details(&mut self) -> io::Result<()> {
        writeln!(self.out, "\n</details>")
    }
}
