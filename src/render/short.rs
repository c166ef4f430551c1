//! Writes the short report for a terminal: one screen.
//!
//! In: a [`Document`] and a [`View`]. Out: text. If there are several incidents, it begins with a table of
//! them. Then come the first incident with its fix, what works and what the checks found as counts, and
//! how to see the rest.
//! Must not need colours: they only add emphasis, and the caller can remove them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use crate::language::count::{self, count, grouped};
use crate::render::plain::{Lines, padded, visible};
use crate::render::state::Shown;
use crate::render::steps;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{facts, headline, short_sentences as say, words};
use crate::report::document::{Document, Fix, Incident, Purpose, Severity};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// The column at which values begin.
const LABEL: usize = 13;

/// How many of a kind are named.
const MOST_NAMES: usize = 4;

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub(super) fn document(report: &Document, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let sheet = Sheet {
        report,
        view,
        clock: view.clock(report),
        lines: Lines::of(view.width),
    };
    let mut lines = Vec::new();
    if let Some(title) = &view.title {
        lines.extend(sheet.styled(title, BOLD));
    }
    let incidents = report.incidents.as_slice();
    let (head, repair) = match incidents {
        [] => sheet.without_incident(),
        [first, ..] => (sheet.incident(first), sheet.repair(&first.fix)),
    };
    let mut most = SCREEN;
    if incidents.len() > 1 {
        let table = sheet.table();
        most += table.len();
        lines.extend(table);
    }
    lines.extend(head);
    let rest = sheet.rest();
    if let Some(repair) = repair {
        let room = most.saturating_sub(lines.len() + rest.len());
        lines.extend(sheet.fitted(repair, room));
    }
    lines.extend(rest);
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// The lines of a screen. A report of one incident fits into it.
const SCREEN: usize = 24;

/// How the lines are made.
struct Sheet<'a> {
    report: &'a Document,
    view: &'a View,
    clock: Clock,
    lines: Lines,
}

impl Sheet<'_> {
    /// A text in a style, as lines.
    fn styled(&self, text: &str, style: Style) -> Vec<String> {
        let text = self.lines.paragraph(text, "");
        text.lines()
            .map(|line| format!("{style}{line}{style:#}"))
            .collect()
    }

    fn hanging(&self, text: &str, first: &str, rest: &str) -> Vec<String> {
        let text = self.lines.hanging(text, first, rest);
        text.lines().map(str::to_owned).collect()
    }

    /// A value with its label, below the heading of an incident.
    fn field(&self, label: &str, text: &str) -> Vec<String> {
        self.hanging(text, &labelled(label), &" ".repeat(LABEL))
    }

    /// What the checks found, if there is no incident, and the fix of the worst finding.
    fn without_incident(&self) -> (Vec<String>, Option<Repair>) {
        let style = self.report.worst().map_or(GREEN, style_of_severity);
        let head = self.styled(&headline::sentences(self.view.language, self.report), style);
        let worst = headline::worst_finding(self.report);
        let worst = worst.filter(|worst| worst.severity > Severity::Info);
        (head, worst.and_then(|worst| self.repair(&worst.fix)))
    }

    /// All incidents, one in a row.
    fn table(&self) -> Vec<String> {
        let language = self.view.language;
        let heading = facts::states(language, &self.report.incidents);
        let mut lines = self.styled(&format!("{heading} ({})", self.clock.all_times()), BOLD);
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.lines.width()).unwrap_or(80))
            .set_header(say::columns(language));
        for (index, incident) in self.report.incidents.iter().enumerate() {
            table.add_row(self.table_row(index + 1, incident));
        }
        for (column, alignment) in [
            (0, CellAlignment::Right),
            (1, CellAlignment::Left),
            (2, CellAlignment::Left),
            (5, CellAlignment::Right),
            (6, CellAlignment::Left),
        ] {
            if let Some(column) = table.column_mut(column) {
                column.set_constraint(ColumnConstraint::ContentWidth);
                column.set_cell_alignment(alignment);
            }
        }
        lines.extend(table.lines().map(|line| line.trim_end().to_owned()));
        lines.push(String::new());
        lines
    }

    fn table_row(&self, number: usize, incident: &Incident) -> [String; 7] {
        let language = self.view.language;
        let first = incident.first.as_deref();
        [
            number.to_string(),
            Shown::of(incident).label(language),
            first.map_or_else(|| words::unknown(language), |time| self.clock.time(time)),
            incident.send_connector.clone(),
            facts::servers_in_brief(language, &self.report.input, incident),
            grouped(facts::size(incident)),
            incident.cause.code.clone(),
        ]
        .map(|cell| visible(&cell))
    }

    fn incident(&self, incident: &Incident) -> Vec<String> {
        let language = self.view.language;
        let state = Shown::of(incident);
        let several = self.report.incidents.len() > 1;
        let (number, zone) = if several {
            ("1. ", String::new())
        } else {
            ("", format!(" ({})", self.clock.all_times()))
        };
        let style = style_of(state);
        let label = state.label(language);
        let connector = visible(&language.quoted(&incident.send_connector));
        let mut lines = vec![format!("{style}{number}{label}{style:#} {connector}{zone}")];
        let summary = self.clock.prose(&incident.cause.summary);
        let cause = say::cause_of(
            language,
            summary.trim_end_matches(['.', '。']),
            &incident.cause.code,
            &facts::confidence(language, incident.cause.confidence),
        );
        lines.extend(self.hanging(&cause, "  ", "  "));
        let mut fields = facts::compared(language, incident);
        let when = facts::when(language, &self.clock, incident);
        fields.push((words::when(language), when));
        let hit = facts::hit(language, &self.report.input, incident);
        fields.push((words::affected(language), hit));
        let mail = incident.mail.as_ref();
        fields.extend(mail.map(|mail| (words::mail(language), facts::mail(language, mail))));
        for (label, value) in fields {
            lines.extend(self.field(&label, &value));
        }
        lines.extend(self.proof(incident));
        lines
    }

    /// One row that shows it, and how many more there are.
    fn proof(&self, incident: &Incident) -> Option<String> {
        let row = incident.evidence.first()?;
        let language = self.view.language;
        let place = visible(&row.place());
        // A link is not wrapped: its address has no width on the screen.
        let place = match (self.view.link)(&row.file) {
            Some(address) => format!("\x1b]8;;{address}\x1b\\{place}\x1b]8;;\x1b\\"),
            None => place,
        };
        let more = match incident.evidence.len() as u64 - 1 {
            0 => String::new(),
            more => say::more_rows(language, &count(language, more, count::MORE_LINE)),
        };
        Some(format!(
            "{}{place}{more}",
            labelled(&words::evidence(language))
        ))
    }

    /// The first step with a command, or the first without one. The others are counted.
    fn repair(&self, fixes: &[Fix]) -> Option<Repair> {
        let language = self.view.language;
        let chosen = fixes.iter().find(|step| step.command.is_some());
        let chosen = chosen.or(fixes.first())?;
        let intro = match &chosen.command {
            Some(_) if chosen.purpose == Purpose::Inspect => {
                words::find_out_in(language, &facts::shell(language, &chosen.place))
            }
            Some(_) => words::fix_in(language, &facts::shell(language, &chosen.place)),
            None => say::to_fix_it(language),
        };
        let mut head = self.styled(&visible(&intro), GREEN);
        if let Some(command) = &chosen.command {
            let command = self.lines.command(command, "    ");
            head.extend(command.lines().map(str::to_owned));
        }
        let text = self.clock.prose(&chosen.note);
        let note = steps::of(&text);
        if !note.before.is_empty() {
            let shown = match note.steps.as_slice() {
                [] => note.before,
                _ => steps::first_sentence(note.before),
            };
            head.extend(self.hanging(shown, "  ", "  "));
        }
        let steps = note.steps.iter().enumerate().map(|(index, step)| {
            let first = format!("  {}. ", index + 1);
            self.hanging(steps::first_sentence(step), &first, "     ")
        });
        Some(Repair {
            head,
            steps: steps.collect(),
            others: fixes.len() - 1,
        })
    }

    /// The fix in at most so many lines. What does not fit is counted.
    fn fitted(&self, mut repair: Repair, most: usize) -> Vec<String> {
        let language = self.view.language;
        let whole = repair.steps.len();
        let left_out = |repair: &Repair| whole - repair.steps.len() + repair.others;
        // A blank line stands before it, and the count of what is left out behind.
        let used = |repair: &Repair| {
            let steps: usize = repair.steps.iter().map(Vec::len).sum();
            1 + repair.head.len() + steps + usize::from(left_out(repair) > 0)
        };
        while !repair.steps.is_empty() && used(&repair) > most {
            repair.steps.pop();
        }
        let left_out = left_out(&repair);
        let mut lines = vec![String::new()];
        lines.append(&mut repair.head);
        lines.extend(repair.steps.into_iter().flatten());
        if left_out > 0 {
            let more = say::more_steps(language, &grouped(left_out as u64));
            lines.extend(self.hanging(&more, "  ", "  "));
        }
        lines
    }

    /// What works, what the checks found, what is not known, and how to see everything.
    fn rest(&self) -> Vec<String> {
        let language = self.view.language;
        let report = self.report;
        let sentences = [
            facts::works(language, &report.healthy, MOST_NAMES),
            facts::delivered_nothing(language, &report.unproven, MOST_NAMES),
            facts::checks(language, &report.findings),
            facts::left_out(language, &report.hidden),
            facts::not_judged(language, report),
            facts::unreadable(language, report),
            Some(say::more(language)),
        ];
        let mut lines = vec![String::new()];
        for sentence in sentences.into_iter().flatten() {
            lines.extend(self.hanging(&sentence, "", "  "));
        }
        lines
    }
}

/// A fix, as lines.
struct Repair {
    /// Where to run which command, and what stands before the steps.
    head: Vec<String>,
    /// The lines of each step.
    steps: Vec<Vec<String>>,
    /// How many other fixes there are.
    others: usize,
}

/// A label and the blanks behind it.
fn labelled(label: &str) -> String {
    format!("  {}", padded(label, LABEL - 2))
}

fn style_of(state: Shown) -> Style {
    match state {
        Shown::Rejected | Shown::Silent | Shown::Waiting => RED,
        Shown::Delayed | Shown::Unclear => YELLOW,
        Shown::Over => GREEN,
    }
}

fn style_of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => BOLD,
    }
}
