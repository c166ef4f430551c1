//! Writes the report as Markdown for a ticket.
//!
//! In: a [`Document`]. Out: Markdown with tables and fenced blocks, as GitHub and most trackers read
//! it, with the content of the text report.
//! Invariant: no name from a log or export becomes markup. Outside fenced blocks, every character with
//! a meaning is escaped, and no text contains a line break. A fence is longer than any run of backticks
//! in its block.

use std::io::{self, Write};

use crate::render::phrases::Detail;
use crate::render::plain::visible;
use crate::render::{headline, incident_phrases, phrases, timeline};
use crate::report::document::{CheckFinding, Document, EvidenceRow, Fix, Incident};

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}", phrases::TITLE)?;
    writeln!(out, "\n**{}**", inline(&headline::sentences(report)))?;
    if let Some((intro, step)) = headline::first_step(report) {
        writeln!(out, "\n{}", inline(&intro))?;
        let command = step.command.as_deref().unwrap_or_default();
        fenced("powershell", &visible(command), out)?;
        paragraph(&step.note, out)?;
    }
    overview(report, out)?;
    for (index, incident) in report.incidents.iter().enumerate() {
        self::incident(index + 1, incident, out)?;
    }
    checks(&report.findings, out)?;
    for (title, sentences) in phrases::closing(report) {
        writeln!(out, "\n## {title}\n")?;
        for sentence in sentences {
            writeln!(out, "- {}", inline(&sentence))?;
        }
    }
    let program = &report.program;
    let written = format!("{} {}", program.name, program.version);
    writeln!(out, "\nWritten by {}.", inline(&written))
}

/// A table of the incidents, if there is more than one.
fn overview(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    if report.incidents.len() < 2 {
        return Ok(());
    }
    let columns = incident_phrases::OVERVIEW;
    writeln!(out, "\n| # | {} |", columns.join(" | "))?;
    writeln!(out, "|---|{}", "---|".repeat(columns.len()))?;
    for (index, incident) in report.incidents.iter().enumerate() {
        let cells = incident_phrases::overview(incident).map(|cell| inline(&cell));
        writeln!(out, "| {} | {} |", index + 1, cells.join(" | "))?;
    }
    Ok(())
}

fn incident(number: usize, incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let cause = &incident.cause;
    let title = format!("{} {}", cause.code, cause.name);
    let rating = phrases::rating(cause.severity, cause.confidence);
    writeln!(out, "\n## {number}. {} ({rating})", inline(&title))?;
    paragraph(&incident.explanation, out)?;
    writeln!(out)?;
    details(&incident_phrases::circumstances(incident), out)?;
    details(&incident_phrases::exchange(incident), out)?;
    if let Some(lines) = timeline::lines(incident) {
        writeln!(out, "\n**Timeline**")?;
        fenced("text", &lines.map(|line| visible(&line)).join("\n"), out)?;
    }
    proof(&incident.evidence, out)?;
    fix(&incident.fix, out)
}

fn checks(findings: &[CheckFinding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {}", phrases::CHECKS)?;
    for finding in findings {
        let title = format!("{} {}", finding.code, finding.name);
        let rating = phrases::rating(finding.severity, finding.confidence);
        writeln!(out, "\n### {} ({rating})", inline(&title))?;
        paragraph(&finding.message, out)?;
        writeln!(out)?;
        details(&phrases::about(finding), out)?;
        proof(&finding.evidence, out)?;
        fix(&finding.fix, out)?;
    }
    Ok(())
}

fn details(details: &[Detail], out: &mut dyn Write) -> io::Result<()> {
    for detail in details {
        writeln!(out, "- **{}:** {}", detail.label, inline(&detail.text))?;
    }
    Ok(())
}

fn proof(rows: &[EvidenceRow], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n**Evidence**")?;
    let shown = |row: &EvidenceRow| {
        let place = row.place();
        format!("{}\n  {}", visible(&place), visible(&row.text))
    };
    let rows: Vec<String> = rows.iter().map(shown).collect();
    fenced("text", &rows.join("\n"), out)
}

fn fix(steps: &[Fix], out: &mut dyn Write) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "\n**Fix**")?;
    }
    for step in steps {
        if let Some(command) = &step.command {
            let shell = phrases::shell(&step.place);
            writeln!(out, "\nRun in {}:", inline(&shell))?;
            fenced("powershell", &visible(command), out)?;
        }
        paragraph(&step.note, out)?;
    }
    Ok(())
}

fn paragraph(text: &str, out: &mut dyn Write) -> io::Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", inline(text))
}

/// A fenced block. The lines of the text must be safe to show.
fn fenced(language: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let longest = text.split(|sign| sign != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    writeln!(out, "\n{fence}{language}\n{text}\n{fence}")
}

/// The text on one line with all markup escaped, both at the beginning of a line and inside one.
pub fn inline(text: &str) -> String {
    let text = visible(text.trim());
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut number = true;
    for (at, sign) in text.char_indices() {
        // `1.`, `-` and similar begin a list only at the beginning of a line.
        let listed = match sign {
            '-' | '+' | '=' => at == 0,
            '.' | ')' => number && at > 0,
            // No text from a log becomes a link.
            ':' => text[at..].starts_with("://"),
            _ => false,
        };
        let marks = matches!(
            sign,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' | '$'
        );
        if listed || marks {
            escaped.push('\\');
        }
        escaped.push(sign);
        number &= sign.is_ascii_digit();
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_with_a_meaning_are_escaped() {
        assert_eq!(
            inline("a|b `c` <d> [e](f) *g* _h_ #i \\j ~k &amp; ![l]\nm"),
            "a\\|b \\`c\\` \\<d\\> \\[e\\](f) \\*g\\* \\_h\\_ \\#i \\\\j \\~k \\&amp; \\!\\[l\\]\\\\u{a}m"
        );
        assert_eq!(inline("mail.contoso.com - 1."), "mail.contoso.com - 1.");
    }

    #[test]
    fn nothing_begins_a_list_or_a_heading() {
        for (text, safe) in [
            ("- a", "\\- a"),
            ("+ a", "\\+ a"),
            ("=== a", "\\=== a"),
            ("12. a", "12\\. a"),
            ("1) a", "1\\) a"),
            ("    # a", "\\# a"),
            ("> a", "\\> a"),
        ] {
            assert_eq!(inline(text), safe);
        }
    }

    #[test]
    fn addresses_are_no_links() {
        assert_eq!(inline("see https://a.b/c"), "see https\\://a.b/c");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        for (text, fence) in [("a", "```"), ("`a```", "````"), ("`````", "``````")] {
            let mut out = Vec::new();
            fenced("text", text, &mut out).expect("a block");
            let out = String::from_utf8(out).expect("text");
            assert_eq!(out, format!("\n{fence}text\n{text}\n{fence}\n"));
        }
    }
}
