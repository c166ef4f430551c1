//! The picture: which certificate each server offered over time, and what came of it.
//!
//! In: a document. Out: a grid of rows on one scale, with their key and marks.
//! Must not compute an own scale for a row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use maud::{Markup, html};

use super::lanes::{Counts, Group, Lane};
use super::letters::key;
use super::marks::{self, Mark};
use super::prose::chip;
use super::say;
use super::scale::{HEIGHT, Scale, float_of, rounded};
use super::{Page, matches};
use crate::language::count::grouped;
use crate::render::plain::visible as shown;
use crate::report::certificate::MatchVerdict;
use crate::report::document::{CertificateRow, Incident};

/// The height of a row.
const ROW: u32 = 66;

/// Where the certificates begin, where the bars of rejections do, and where the line of an incident is.
const CERTIFICATE: u32 = 23;
const REJECTED: u32 = 38;
const INCIDENT: u32 = 64;

/// A break of fewer periods between two runs of a certificate is not shown.
const SHORT_BREAK: f64 = 6.0;

/// The width of the plot in pixels for which names are chosen, on a narrow and on a wide page.
const NARROW: f64 = 460.0;
const WIDE: f64 = 800.0;

/// The picture, or nothing if no session went to Exchange Online.
pub(super) fn section(page: &Page<'_>, groups: &[Group<'_>], scale: Option<&Scale>) -> Markup {
    let Some(scale) = scale.filter(|_| !groups.is_empty()) else {
        return html! {};
    };
    let language = page.language;
    let marks: Vec<Vec<Mark>> = groups
        .iter()
        .map(|group| marks::of(page, group, scale))
        .collect();
    html! {
        section id="pic" {
            h2 id="h-pic" { (say::picture(language)) }
            p class="soft small" { (say::picture_rows(language)) }
            figure class="pic" aria-labelledby="h-pic" {
                (key_of(page, groups, &marks, scale))
                div role="table" aria-labelledby="h-pic" {
                    div role="row" class="vh" {
                        span role="columnheader" { (say::server(language)) }
                        span role="columnheader" { (say::certificates_over_time(language)) }
                        span role="columnheader" { (say::counts(language)) }
                    }
                    (axis(page, scale, true))
                    @for (group, marks) in groups.iter().zip(&marks) {
                        (self::group(page, group, marks, scale))
                    }
                    (axis(page, scale, false))
                }
            }
            (marks::list(page, &marks))
        }
    }
}

/// The symbols that all rows use.
pub(super) fn symbols(scale: &Scale) -> Markup {
    let lines = |wanted: bool| {
        let lines = scale.lines().into_iter();
        let lines = lines.filter(|(_, is_day)| *is_day == wanted);
        lines.fold(String::new(), |mut path, (at, _)| {
            let _ = write!(path, "M{} 0v9", rounded(at));
            path
        })
    };
    html! {
        svg width="0" height="0" style="position:absolute" aria-hidden="true" focusable="false" {
            defs {
                pattern id="st" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect width="1.6" height="7" style="fill:var(--badfill);opacity:.3" {}
                }
                pattern id="g" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)" {
                    rect width="5" height="5" style="fill:var(--ground)" {}
                    rect width="1" height="5" style="fill:var(--faint)" {}
                }
                symbol id="gr" viewBox={ "0 0 " (scale.buckets) " 9" } preserveAspectRatio="none" {
                    path class="grid" d=(lines(false)) {}
                    path class="grid day" d=(lines(true)) {}
                }
            }
        }
    }
}

/// The times above or below the rows.
fn axis(page: &Page<'_>, scale: &Scale, above: bool) -> Markup {
    let (class, from, to, y) = if above {
        ("axis head", 18, 24, 15)
    } else {
        ("axis", 0, 6, 16)
    };
    html! {
        div class=(class) aria-hidden="true" {
            div class="who" { (page.clock.zone()) }
            div class="plotbox" {
                svg class="plot" height="24" {
                    @for tick in scale.ticks() {
                        @let x = format!("{}%", rounded(tick.at));
                        g class=(if tick.is_minor { "alt" } else { "" }) {
                            line class="tick" x1=(x) x2=(x) y1=(from) y2=(to) {}
                            text class=(if tick.is_day { "day" } else { "" }) x=(x) dx="3" y=(y) { (tick.label) }
                        }
                    }
                }
            }
            div class="cnt" {}
        }
    }
}

fn group(page: &Page<'_>, group: &Group<'_>, marks: &[Mark], scale: &Scale) -> Markup {
    let language = page.language;
    let (class, label) = page.state_of_connector(group.connector);
    html! {
        div class="cgrp" role="rowgroup" {
            div class="conn" role="row" {
                div role="cell" style="display:contents" {
                    b { (shown(group.connector)) }
                    (chip(class, &label))
                    span { (shown(&page.target_of(group))) }
                }
            }
            (marks::row(page, marks))
            @for (number, lane) in group.lanes.iter().enumerate() {
                @if number == page.budget.lanes {
                    @let more = grouped((group.lanes.len() - number) as u64);
                    p class="soft small" { (say::more_rows(language, &more)) }
                }
                @if number < page.budget.lanes {
                    (self::lane(page, lane, marks, scale))
                }
            }
        }
    }
}

fn lane(page: &Page<'_>, lane: &Lane<'_>, marks: &[Mark], scale: &Scale) -> Markup {
    let language = page.language;
    let (accepted, rejected, dropped) = lane.sums();
    let counts = lane.counts(|start| scale.bucket(start));
    let of = |kind: fn(&Counts) -> f64| {
        let bars = counts
            .iter()
            .map(move |(number, counts)| (*number, kind(counts)));
        bars.filter(|(_, count)| *count > 0.0).collect::<Vec<_>>()
    };
    let accepted_bars = of(|counts| counts.accepted);
    let rejected_bars = of(|counts| counts.rejected);
    let dropped_bars = of(|counts| counts.dropped);
    html! {
        div class="lane" role="row" {
            div class="who" role="rowheader" {
                b { (shown(&page.lane_name(lane))) }
                (incident_links(page, lane))
            }
            div class="plotbox" role="cell" {
                svg class="plot" height=(ROW) role="img" aria-label=(shown(&label(page, lane))) {
                    use href="#gr" width="100%" height=(ROW) {}
                    (gaps(page, lane, scale))
                    (bars("acc", 3, scale, &accepted_bars, true))
                    (bars("ref", REJECTED, scale, &rejected_bars, false))
                    (bars("dead", REJECTED, scale, &dropped_bars, false))
                    @for run in joined_runs(lane, scale) { (self::run(page, &run)) }
                    @for mark in marks { (mark.line()) }
                    (incident_lines(page, lane, scale))
                }
            }
            div class="cnt" role="cell" {
                @if rejected > 0 {
                    span class="r" { (say::rejected_count(language, &grouped(rejected))) } br;
                }
                @if dropped > 0 {
                    span class="d" { (say::died_count(language, &grouped(dropped))) } br;
                }
                span class="a" { (say::accepted_count(language, &grouped(accepted))) }
            }
        }
    }
}

/// All bars of a kind as one path: upwards for accepted mail, downwards for the rest.
fn bars(class: &str, y: u32, scale: &Scale, counts: &[(u64, f64)], up: bool) -> Markup {
    if counts.is_empty() {
        return html! {};
    }
    let mut path = String::new();
    for (bucket, count) in counts {
        let least = if up { 1.5 } else { 3.0 };
        let height = rounded(scale.height(*count, least));
        let _ = if up {
            write!(path, "M{bucket}.08 {HEIGHT}v-{height}h.84v{height}z")
        } else {
            write!(path, "M{bucket}.08 0v{height}h.84v-{height}z")
        };
    }
    html! {
        svg x="0" y=(y) width="100%" height=(HEIGHT) viewBox={ "0 0 " (scale.buckets) " " (HEIGHT) } preserveAspectRatio="none" {
            path class=(class) d=(path) {}
        }
    }
}

/// A certificate in the picture.
struct Run<'a> {
    row: &'a CertificateRow,
    first: String,
    last: String,
    x: f64,
    width: f64,
}

/// The runs of a row. Short breaks between two of the same certificate are not shown.
fn joined_runs<'a>(lane: &Lane<'a>, scale: &Scale) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (row, first, last) in lane.runs() {
        let (Some(x), Some(end)) = (scale.at(&first), scale.at(&last)) else {
            continue;
        };
        if let Some(before) = runs.last_mut()
            && key(before.row) == key(row)
            && before.row.offered == row.offered
            && x - (before.x + before.width) < scale.periods(SHORT_BREAK)
        {
            before.width = (end - before.x).max(before.width);
            before.last = last;
            continue;
        }
        runs.push(Run {
            row,
            first,
            last,
            x,
            width: (end - x).max(0.25),
        });
    }
    runs
}

fn run(page: &Page<'_>, run: &Run<'_>) -> Markup {
    let language = page.language;
    let row = run.row;
    let name = page.certificate_name(row);
    let letter = page.letters.letter(row).unwrap_or_default();
    let verdict = matches::verdict(language, row);
    let title = say::run_title(
        language,
        &name,
        row.thumbprint.as_deref().unwrap_or("–"),
        &verdict,
        &run.first,
        &run.last,
    );
    let (long, class) = label_of(&name, &matches::verdict_in_brief(language, row), run.width);
    html! {
        svg class={ "run " (page.letters.class(row)) } x={ (rounded(run.x)) "%" } y=(CERTIFICATE)
            width={ (rounded(run.width)) "%" } height="15" {
            title { (letter) " " (shown(&title)) }
            rect width="100%" height="100%" {}
            @if row.matched.verdict == MatchVerdict::NoMatch {
                rect class="st" width="100%" height="100%" {}
            }
            text y="11.5" x="5" {
                tspan class="l" { (letter) }
                @if let Some(long) = &long {
                    tspan class=(class) dx="4" { (shown(long)) }
                }
            }
        }
    }
}

/// What fits beside the letter: the name with the verdict, the name alone, or nothing. The class says
/// whether it fits only on a wide page.
fn label_of(name: &str, verdict: &str, width: f64) -> (Option<String>, &'static str) {
    let whole = format!("{name} · {verdict}");
    for (text, room, class) in [
        (whole.as_str(), NARROW, "n"),
        (name, NARROW, "n"),
        (whole.as_str(), WIDE, "w"),
        (name, WIDE, "w"),
    ] {
        let columns = textwrap::core::display_width(text) as u64;
        if float_of(columns) * 5.9 + 22.0 <= width / 100.0 * room {
            return (Some(text.to_owned()), class);
        }
    }
    (None, "n")
}

/// The times without a log, on a server alone.
fn gaps(page: &Page<'_>, lane: &Lane<'_>, scale: &Scale) -> Markup {
    let [stream] = lane.streams.as_slice() else {
        return html! {};
    };
    let gaps = page.report.input.gaps.iter();
    let gaps = gaps.filter(|gap| gap.stream == *stream);
    let places = gaps.filter_map(|gap| Some((scale.at(&gap.first)?, scale.at(&gap.last)?)));
    html! {
        @for (from, to) in places {
            rect class="gap" x={ (rounded(from)) "%" } y="0" width={ (rounded((to - from).max(0.3))) "%" } height=(ROW) {}
        }
    }
}

/// The line of each incident, with its number.
fn incident_lines(page: &Page<'_>, lane: &Lane<'_>, scale: &Scale) -> Markup {
    html! {
        @for number in &lane.incidents {
            @let incident = &page.report.incidents[*number];
            @if let Some((from, to)) = line_of(incident, lane, scale) {
                @let class = page.state_class(incident);
                line class={ "span " (class) } x1={ (rounded(from)) "%" } x2={ (rounded(to.max(from + 0.3))) "%" }
                    y1=(INCIDENT) y2=(INCIDENT) {}
                @let (at, text) = if from < 6.0 { (2, "8.5") } else { (-15, "-8.5") };
                svg class={ "badge " (class) } x={ (rounded(from)) "%" } y="52" overflow="visible" {
                    rect x=(at) width="13" height="13" rx="6.5" {}
                    text x=(text) y="10" { (number + 1) }
                }
            }
        }
    }
}

/// From when to when an incident is on the servers of a row.
fn line_of(incident: &Incident, lane: &Lane<'_>, scale: &Scale) -> Option<(f64, f64)> {
    let here = incident.by_stream.iter();
    let here = here.filter(|effect| lane.streams.contains(&effect.stream.as_str()));
    let (mut first, mut last) = (None::<&String>, None::<&String>);
    for effect in here {
        first = first.into_iter().chain(&effect.first).min();
        last = last.into_iter().chain(&effect.last).max();
    }
    let first = first.or(incident.first.as_ref())?;
    let last = last.or(incident.last.as_ref())?;
    Some((scale.at(first)?, scale.at(last)?))
}

fn incident_links(page: &Page<'_>, lane: &Lane<'_>) -> Markup {
    let language = page.language;
    html! {
        @if lane.streams.len() > 1 {
            span { (say::same_certificates(language)) }
        }
        @if !lane.incidents.is_empty() {
            span {
                (say::incident_word(language)) " "
                @for (index, number) in lane.incidents.iter().enumerate() {
                    @if index > 0 { ", " }
                    @let name = say::incident_number(language, &(number + 1).to_string());
                    a href={ "#i" (number + 1) } aria-label=(name) { (number + 1) }
                }
            }
        }
    }
}

/// A row of the picture as a sentence.
fn label(page: &Page<'_>, lane: &Lane<'_>) -> String {
    let language = page.language;
    let runs: Vec<String> = lane
        .runs()
        .into_iter()
        .map(|(row, first, last)| {
            let period = page.clock.period(&first, &last);
            let name = page.certificate_name(row);
            say::run_in_words(language, &name, &matches::verdict(language, row), &period)
        })
        .collect();
    let (accepted, rejected, dropped) = lane.sums();
    say::lane_in_words(
        language,
        &page.lane_name(lane),
        &runs.join("; "),
        &grouped(rejected),
        &grouped(dropped),
        &grouped(accepted),
    )
}

/// What the signs mean. Only those that occur are listed.
fn key_of(page: &Page<'_>, groups: &[Group<'_>], marks: &[Vec<Mark>], scale: &Scale) -> Markup {
    let language = page.language;
    let lanes = || groups.iter().flat_map(|group| &group.lanes);
    let rows = || lanes().flat_map(|lane| lane.rows.iter().copied());
    let verdicts: BTreeSet<&str> = rows().map(|row| page.letters.class(row)).collect();
    let first = |sign: char| {
        verdicts
            .iter()
            .find(|class| class.starts_with(sign))
            .copied()
    };
    let any = |of: fn(&CertificateRow) -> u64| rows().any(|row| of(row) > 0);
    let swatches = [
        (first('m'), false, say::key_matches(language)),
        (first('n'), true, say::key_no_match(language)),
        (first('u'), false, say::key_unknown(language)),
        (
            verdicts.get("none").copied(),
            false,
            say::key_none(language),
        ),
    ];
    let gapped = lanes().any(|lane| {
        let mut gaps = page.report.input.gaps.iter();
        lane.streams.len() == 1 && gaps.any(|gap| gap.stream == lane.streams[0])
    });
    let full = grouped(scale.full);
    let period = say::period(language, scale.step);
    html! {
        ul class="key" aria-label=(say::key(language)) {
            @if any(|row| row.accepted) { li { (sample("acc", true)) (say::key_accepted(language)) } }
            @if any(|row| row.rejected) { li { (sample("ref", false)) (say::key_rejected(language)) } }
            @if any(|row| row.dropped) { li { (sample("dead", false)) (say::key_died(language)) } }
            @for (class, striped, text) in &swatches {
                @if let Some(class) = class { li { (swatch(class, *striped, None)) (text) } }
            }
            @if gapped {
                li {
                    svg width="18" height="14" aria-hidden="true" { rect class="gap" x="1" width="16" height="14" {} }
                    (say::key_gap(language))
                }
            }
            @for (sign, text) in marks::kinds(page, marks) { li { (sign) " " (text) } }
            li { (say::full_height(language, &full, &period)) }
        }
    }
}

fn sample(class: &str, up: bool) -> Markup {
    let (first, second) = if up { (4, 1) } else { (0, 0) };
    html! {
        svg width="18" height="14" aria-hidden="true" {
            rect class=(class) x="2" y=(first) width="5" height="10" {}
            rect class=(class) x="9" y=(second) width="5" height="13" {}
        }
    }
}

/// The colour of a certificate, with its letter.
pub(super) fn swatch(class: &str, striped: bool, letter: Option<&str>) -> Markup {
    html! {
        svg class="sw" width="26" height="16" aria-hidden="true" {
            rect class={ (class) "i" } x="1" y="1" width="24" height="14" {}
            @if striped { rect class="sti" x="1" y="1" width="24" height="14" {} }
            @if let Some(letter) = letter {
                text x="13" y="12" text-anchor="middle" style="font-weight:700;fill:var(--ink)" { (letter) }
            }
        }
    }
}
