//! The marks in the picture: when a connector was changed, the hybrid wizard ran, a certificate expires.
//!
//! In: exports in the document, and the rows of a send connector. Out: dashed lines through its rows, and
//! a list below the picture.
//! Must not show a time of the hybrid wizard as exact: its logs have no time zone.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::lanes::Group;
use super::page::Page;
use super::prose::prose;
use super::say;
use super::scale::{ROW, Scale, rounded};
use crate::render::plain::visible as shown;
use crate::report::document::InboundConnectorRow;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Wizard,
    Changed,
    Expires,
}

impl Kind {
    fn sign(self) -> &'static str {
        match self {
            Kind::Wizard => "⚑",
            Kind::Changed => "◆",
            Kind::Expires => "▼",
        }
    }
}

/// A mark.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    kind: Kind,
    at: f64,
    time: String,
    /// What stands beside the sign if there is room.
    short: String,
    /// What stands in the list.
    sentence: String,
}

/// How far behind the middle of its sign a text begins, in pixels.
const BESIDE: u32 = 9;

/// The distance to the next mark at which the text of one fits, in percent.
const ROOM: f64 = 24.0;

impl Mark {
    /// The line through a row.
    pub(super) fn line(&self) -> Markup {
        let x = format!("{}%", rounded(self.at));
        html! { line class="mk" x1=(x) x2=(x) y1="0" y2=(ROW) {} }
    }
}

/// The marks of a send connector, in order of time.
pub(super) fn of(page: &Page<'_>, group: &Group<'_>, scale: &Scale) -> Vec<Mark> {
    let mut marks = changes(page, group, scale);
    marks.extend(expiries(page, group, scale));
    marks.extend(wizard(page, group, scale));
    marks.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.kind.cmp(&b.kind)));
    marks.dedup();
    marks
}

/// Changes of the inbound connectors that decide about this send connector.
fn changes(page: &Page<'_>, group: &Group<'_>, scale: &Scale) -> Vec<Mark> {
    let language = page.language;
    let matched = group.lanes.iter().flat_map(|lane| &lane.rows);
    let matched = matched.filter_map(|row| row.matched.inbound_connector.as_deref());
    let incidents = page.report.incidents.iter();
    let named = incidents
        .filter(|incident| incident.send_connector == group.connector)
        .filter_map(|incident| incident.inbound_connector.as_deref());
    let names: BTreeSet<&str> = matched.chain(named).collect();
    let connectors = page
        .report
        .tenants
        .iter()
        .flat_map(|tenant| &tenant.connectors);
    let connectors = connectors.filter(|connector| names.contains(connector.name.as_str()));
    let mark = |connector: &InboundConnectorRow| {
        let time = connector.when_changed.clone()?;
        let name = language.quoted(&connector.name);
        Some(Mark {
            kind: Kind::Changed,
            at: scale.at(&time).filter(|_| scale.holds(&time))?,
            short: say::changed_in_brief(language),
            sentence: say::connector_changed(language, &time, &name),
            time,
        })
    };
    connectors.filter_map(mark).collect()
}

/// Certificates that expire within the picture.
fn expiries(page: &Page<'_>, group: &Group<'_>, scale: &Scale) -> Vec<Mark> {
    let language = page.language;
    let mut seen = BTreeSet::new();
    let rows = group.lanes.iter().flat_map(|lane| &lane.rows);
    rows.filter_map(|row| {
        let time = row.not_after.clone()?;
        let letter = page.letters.letter(row)?;
        let at = scale.at(&time).filter(|_| scale.holds(&time))?;
        seen.insert(letter.to_owned()).then(|| Mark {
            kind: Kind::Expires,
            at,
            short: say::expires_in_brief(language, letter),
            sentence: say::certificate_expires(
                language,
                &time,
                letter,
                &page.certificate_name(row),
            ),
            time,
        })
    })
    .collect()
}

/// Runs of the hybrid wizard that set a connector of this name, or an inbound connector.
fn wizard(page: &Page<'_>, group: &Group<'_>, scale: &Scale) -> Vec<Mark> {
    let language = page.language;
    let own = page.report.on_premises.iter();
    let runs = own.flat_map(|own| &own.wizard_runs);
    let inbound: BTreeSet<&str> = page
        .report
        .tenants
        .iter()
        .flat_map(|tenant| &tenant.connectors)
        .map(|connector| connector.name.as_str())
        .collect();
    runs.filter_map(|run| {
        let concerns = |name: &String| name == group.connector || inbound.contains(name.as_str());
        let time = run.local_time.clone()?;
        let at = scale.at(&time).filter(|_| scale.holds(&time))?;
        let connectors = language.list(&run.connectors);
        run.connectors.iter().any(concerns).then(|| Mark {
            kind: Kind::Wizard,
            at,
            short: say::wizard_in_brief(language),
            sentence: say::wizard_ran(language, &time.replace('T', " "), &connectors, &run.file),
            time,
        })
    })
    .collect()
}

/// The signs above the rows of a send connector.
pub(super) fn row(page: &Page<'_>, marks: &[Mark]) -> Markup {
    if marks.is_empty() {
        return html! {};
    }
    let shifts = shifts(marks);
    let next = |index: usize| marks.get(index + 1).map_or(100.0, |mark| mark.at);
    html! {
        div class="marks" aria-hidden="true" {
            div class="who" { (say::marks(page.language)) }
            div class="plotbox" {
                svg class="plot" height="18" {
                    @for (index, mark) in marks.iter().enumerate() {
                        @let x = format!("{}%", rounded(mark.at));
                        text x=(x) dx=(shifts[index]) y="12" text-anchor="middle" { (mark.kind.sign()) }
                        @if next(index) - mark.at > ROOM {
                            text class="t" x=(x) dx=(shifts[index] + BESIDE) y="12" { (shown(&mark.short)) }
                        }
                    }
                }
            }
            div class="cnt" {}
        }
    }
}

/// How far each sign is moved to the right, in pixels, so that it does not lie on the one before it.
fn shifts(marks: &[Mark]) -> Vec<u32> {
    /// The width of a sign: in pixels, and in percent of the picture on the narrowest page.
    const SIGN: (u32, f64) = (12, 4.0);
    let mut shifts: Vec<u32> = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .map(|before| (marks[before].at, shifts[before]));
        shifts.push(match before {
            Some((at, shift)) if mark.at - at < SIGN.1 => shift + SIGN.0,
            _ => 0,
        });
    }
    shifts
}

/// All marks as sentences.
pub(super) fn list(page: &Page<'_>, marks: &[Vec<Mark>]) -> Markup {
    let mut sentences: Vec<(&str, &str, &str)> = marks
        .iter()
        .flatten()
        .map(|mark| (mark.time.as_str(), mark.kind.sign(), mark.sentence.as_str()))
        .collect();
    sentences.sort_unstable();
    sentences.dedup();
    html! {
        @if !sentences.is_empty() {
            h3 { (say::marks_in_picture(page.language)) }
            ul class="limits" {
                @for (_, sign, sentence) in sentences {
                    li { (sign) " " (prose(sentence, &page.clock)) }
                }
            }
        }
    }
}

/// The kinds that occur, with their meaning.
pub(super) fn kinds(page: &Page<'_>, marks: &[Vec<Mark>]) -> Vec<(&'static str, String)> {
    let language = page.language;
    let kinds: BTreeSet<Kind> = marks.iter().flatten().map(|mark| mark.kind).collect();
    let text = |kind: Kind| match kind {
        Kind::Wizard => say::key_wizard(language),
        Kind::Changed => say::key_changed(language),
        Kind::Expires => say::key_expires(language),
    };
    kinds
        .into_iter()
        .map(|kind| (kind.sign(), text(kind)))
        .collect()
}
