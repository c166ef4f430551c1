//! Writes the report as one page for a browser or a printer.
//!
//! In: a [`Document`] and a [`View`]. Out: one HTML file that needs no other file. It has no script, no
//! image, and no address that a browser would load.
//! Invariant: every text goes through [`crate::render::plain::visible`] and then through the escaping of
//! `maud`. The page also tells the browser to run no scripts and to load nothing.
//!
//! | file | part of the page |
//! |---|---|
//! | `top`, `verdict`, `fact_list` | the heading, what is open, and the facts |
//! | `picture`, `plot`, `runs`, `lanes`, `scale`, `letters`, `marks` | which certificate each server offered over time |
//! | `incident`, `way` | an incident: its cause, its fix, where it fails, its proof |
//! | `sections` | checks, certificates, what works, what was read |
//! | `page` | what every part needs |
//! | `frame` | what every page has: its head, its policy, its style sheet |
//! | `preflight` | a page of its own: the answers of `preflight` |
//! | `prose`, `labels`, `matches`, and the files of sentences | texts |

mod fact_list;
mod frame;
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
mod preflight;
mod prose;
mod runs;
mod say;
mod scale;
mod section_sentences;
mod sections;
mod top;
mod top_sentences;
mod verdict;
mod way;

use std::io::{self, Write};

use maud::{Markup, html};

pub use self::preflight::answers;

use self::lanes::Group;
use self::letters::Letters;
use self::page::{Budget, Page};
use self::scale::Scale;
use crate::render::plain::visible as shown;
use crate::render::view::View;
use crate::report::document::Document;

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
        page = frame::in_lines(&whole(report, view, *budget).into_string());
        if page.len() <= MOST_BYTES {
            break;
        }
    }
    writeln!(out, "{page}")
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
    let title = view
        .title
        .clone()
        .unwrap_or_else(|| page.clock.prose(&top::headline(&page)).replace('`', ""));
    let body = html! {
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
            (say::read_only(language)) (language.gap())
            span class="hint" { (say::pointer(language)) }
        }
    };
    frame::page(language, &title, &top::period(&page), &body)
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
