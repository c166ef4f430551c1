//! Writes the report as one page for a browser or a printer.
//!
//! In: a [`Document`] and a [`View`]. Out: one HTML file that needs no other file. It has no script, no
//! image, and no address that a browser would load.
//! Invariant: every text goes through [`crate::render::plain::visible`] and then through the escaping of
//! `maud`. Only the style sheet of this folder is inserted unescaped. The page also tells the browser to
//! run no scripts and to load nothing.
//!
//! | file | part of the page |
//! |---|---|
//! | `top` | the heading, what is open, and the facts |
//! | `picture`, `plot`, `lanes`, `scale`, `letters`, `marks` | which certificate each server offered over time |
//! | `incident`, `way` | an incident: its cause, its fix, where it fails, its proof |
//! | `sections` | checks, certificates, what works, what was read |
//! | `page` | what every part needs |
//! | `prose`, `labels`, `matches`, and the files of sentences | texts |

mod incident;
mod incident_sentences;
mod labels;
mod lanes;
mod letters;
mod marks;
mod matches;
mod page;
mod picture;
mod picture_sentences;
mod plot;
mod prose;
mod say;
mod scale;
mod section_sentences;
mod sections;
mod top;
mod top_sentences;
mod way;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::lanes::Group;
use self::letters::Letters;
use self::page::{Budget, Page};
use self::scale::Scale;
use crate::render::plain::visible as shown;
use crate::render::view::View;
use crate::report::document::Document;

const STYLE: &str = include_str!("page.css");

/// The browser loads nothing and runs nothing. The style sheet is part of the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page that is larger is written again with less, down to the last budget.
const MOST_BYTES: usize = 200_000;

const BUDGETS: [Budget; 4] = [
    Budget {
        proof: 7,
        row: usize::MAX,
        effect: 6,
        lanes: 60,
        findings: 6,
        certificates: 120,
    },
    Budget {
        proof: 3,
        row: 330,
        effect: 6,
        lanes: 40,
        findings: 6,
        certificates: 80,
    },
    Budget {
        proof: 1,
        row: 330,
        effect: 3,
        lanes: 20,
        findings: 3,
        certificates: 40,
    },
    Budget {
        proof: 1,
        row: 200,
        effect: 3,
        lanes: 8,
        findings: 1,
        certificates: 20,
    },
];

/// From so many incidents on, each shows less evidence.
const MANY_INCIDENTS: usize = 9;

/// Writes the page.
///
/// # Errors
/// The error of the writer.
pub(super) fn document(report: &Document, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let first = usize::from(report.incidents.len() >= MANY_INCIDENTS);
    let mut page = String::new();
    for budget in &BUDGETS[first..] {
        page = in_lines(&whole(report, view, *budget).into_string());
        if page.len() <= MOST_BYTES {
            break;
        }
    }
    writeln!(out, "{page}")
}

/// Starts a new line before each block element. A `<` always begins an element, because it is escaped
/// in texts.
fn in_lines(page: &str) -> String {
    const BLOCKS: [&str; 17] = [
        "body", "dl", "figure", "footer", "h1", "h2", "h3", "head", "header", "html", "li", "main",
        "meta", "section", "style", "tbody", "tr",
    ];
    let mut lines = String::with_capacity(page.len() + page.len() / 16);
    for piece in page.split_inclusive('<') {
        if lines.ends_with('<') && BLOCKS.iter().any(|block| piece.starts_with(block)) {
            lines.pop();
            lines.push_str("\n<");
        }
        lines.push_str(piece);
    }
    lines
}

fn whole(report: &Document, view: &View, budget: Budget) -> Markup {
    let groups = lanes::groups(report);
    let mut letters = Letters::default();
    for row in groups
        .iter()
        .flat_map(|group| &group.lanes)
        .flat_map(|lane| lane.runs())
    {
        letters.add(row.0);
    }
    let page = Page {
        report,
        language: view.language,
        clock: view.clock(report),
        letters,
        budget,
    };
    let scale = scale_of(&page, view, &groups);
    let language = view.language;
    let title = view.title.clone().unwrap_or_else(|| top::headline(&page));
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (shown(&title)) " – sendlens" }
                style { (PreEscaped(STYLE)) (PreEscaped(margins(&page))) }
            }
            body {
                @if !report.incidents.is_empty() {
                    a class="skip" href="#i1" { (say::skip(language)) }
                }
                @if let Some(scale) = &scale { (picture::symbols(scale)) }
                (top::header(&page, view, &groups))
                main {
                    (picture::section(&page, &groups, scale.as_ref()))
                    @for (index, incident) in report.incidents.iter().enumerate() {
                        (incident::section(&page, index + 1, incident))
                    }
                    (sections::checks(&page))
                    (sections::certificates(&page, &groups))
                    (sections::nothing_to_do(&page))
                    (sections::read(&page))
                    (sections::not_judged(&page))
                }
                footer {
                    (shown(&report.program.name)) " " (shown(&report.program.version)) " "
                    (say::read_only(language)) " "
                    span class="hint" { (say::pointer(language)) }
                }
            }
        }
    }
}

/// The scale that all rows of the picture share.
fn scale_of(page: &Page<'_>, view: &View, groups: &[Group<'_>]) -> Option<Scale> {
    let grid = page.report.grid.as_ref()?;
    let scale = Scale::new(grid, 1, view.zone, view.language)?;
    let lanes = groups.iter().flat_map(|group| &group.lanes);
    let largest = lanes
        .flat_map(|lane| lane.counts(|start| scale.bucket(start)).into_values())
        .map(|counts| counts.accepted.max(counts.rejected).max(counts.dropped))
        .fold(1.0, f64::max);
    Scale::new(grid, scale::full(largest), view.zone, view.language)
}

/// The margins of printed pages. They hold no name of the input: only the period in digits and months.
fn margins(page: &Page<'_>) -> String {
    let is_safe = |character: &char| character.is_alphanumeric() || " –,:/+_-".contains(*character);
    let period: String = top::period(page).chars().filter(is_safe).collect();
    format!(
        "@media print{{@page{{@top-left{{content:\"sendlens\"}}@top-right{{content:\"{period}\"}}}}}}"
    )
}
