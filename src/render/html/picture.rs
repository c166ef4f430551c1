//! The picture: which certificate each server offered over time, and what came of it.
//!
//! In: a document. Out: a grid of rows on one scale, with their key and marks.
//! Must not compute an own scale for a row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maud::{Markup, html};

use super::lanes::{Counts, Group, Lane};
use super::marks::{self, Mark};
use super::page::Page;
use super::plot::{REJECTED, bars, gaps, incident_lines, run as plotted};
use super::prose::chip;
use super::runs::{Look, Run, joined_runs};
use super::say;
use super::scale::{ROW, Room, Scale, Tick, rounded};
use crate::language::Language;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::report::document::CertificateRow;

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
                        line class="tick" x1=(x) x2=(x) y1=(from) y2=(to) {}
                        @if tick.room != Room::Never {
                            text class=(label_class(&tick)) x=(x) dx="3" y=(y) { (tick.label) }
                        }
                    }
                }
            }
            div class="cnt" {}
        }
    }
}

fn label_class(tick: &Tick) -> &'static str {
    match (tick.is_day, tick.room) {
        (true, Room::Wide) => "day alt",
        (true, _) => "day",
        (false, Room::Wide) => "alt",
        (false, _) => "hour",
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
                    span class="to" { (shown(&page.target_of(group))) }
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
                svg class="plot" height=(ROW) role="img" aria-label=(shown(&label(page, lane, scale))) {
                    use href="#gr" width="100%" height=(ROW) {}
                    (gaps(page, lane, scale))
                    (bars("acc", 3, scale, &accepted_bars, true))
                    (bars("ref", REJECTED, scale, &rejected_bars, false))
                    (bars("dead", REJECTED, scale, &dropped_bars, false))
                    @for run in joined_runs(lane, scale) { (plotted(page, &run)) }
                    @for mark in marks { (mark.line()) }
                    (incident_lines(page, lane, scale))
                }
            }
            div class="cnt" role="cell" {
                @for (index, (class, text)) in counts_in_words(page, lane).iter().enumerate() {
                    @if index > 0 { br; }
                    span class=(class) { (text) }
                }
            }
        }
    }
}

/// The numbers beside a row, each with the class of its text.
fn counts_in_words(page: &Page<'_>, lane: &Lane<'_>) -> Vec<(&'static str, String)> {
    type Words = fn(Language, &str) -> String;
    let language = page.language;
    let sums = lane.sums(page.report);
    let other: Words = match sums.rejected {
        0 => say::only_other_count,
        _ => say::other_count,
    };
    let mut counts: Vec<(u64, &'static str, Words)> = vec![
        (sums.rejected, "r", say::rejected_count),
        (sums.other, "a", other),
        (sums.dropped, "d", say::died_count),
    ];
    counts.retain(|(number, ..)| *number > 0);
    counts.push((sums.accepted, "a", say::accepted_count));
    let counts = counts.into_iter();
    counts
        .map(|(number, class, words)| (class, words(language, &grouped(number))))
        .collect()
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
                    @if index > 0 { (language.comma()) }
                    @let name = say::incident_number(language, &(number + 1).to_string());
                    a href={ "#i" (number + 1) } aria-label=(name) { (number + 1) }
                }
            }
        }
    }
}

/// A row of the picture as a sentence.
fn label(page: &Page<'_>, lane: &Lane<'_>, scale: &Scale) -> String {
    let language = page.language;
    let runs = joined_runs(lane, scale);
    let runs: Vec<String> = runs.iter().map(|run| run.in_words(page)).collect();
    let counts = counts_in_words(page, lane);
    let counts: Vec<String> = counts.into_iter().map(|(_, text)| text).collect();
    say::lane_in_words(
        language,
        &page.lane_name(lane),
        &runs.join("; "),
        &language.list(&counts),
    )
}

/// What the signs mean. Only those that occur are listed.
fn key_of(page: &Page<'_>, groups: &[Group<'_>], marks: &[Vec<Mark>], scale: &Scale) -> Markup {
    let language = page.language;
    let lanes = || groups.iter().flat_map(|group| &group.lanes);
    let rows = || lanes().flat_map(|lane| lane.rows.iter().copied());
    let any = |of: fn(&CertificateRow) -> u64| rows().any(|row| of(row) > 0);
    let runs: Vec<Run<'_>> = lanes().flat_map(|lane| joined_runs(lane, scale)).collect();
    let mut looks: BTreeMap<Look, &str> = BTreeMap::new();
    for run in &runs {
        looks.entry(run.look()).or_insert_with(|| run.class(page));
    }
    let gapped = lanes().any(|lane| {
        let mut gaps = page.report.input.gaps.iter();
        lane.streams.len() == 1 && gaps.any(|gap| gap.stream == lane.streams[0])
    });
    html! {
        ul class="key" aria-label=(say::key(language)) {
            @if any(|row| row.accepted) { li { (sample("acc", true)) (say::key_accepted(language)) } }
            @if any(|row| row.rejected) { li { (sample("ref", false)) (say::key_rejected(language)) } }
            @if any(|row| row.dropped) { li { (sample("dead", false)) (say::key_died(language)) } }
            @for (look, class) in &looks {
                li { (swatch(class, look.is_striped(), None)) (meaning(language, *look)) }
            }
            @if gapped {
                li {
                    svg width="18" height="14" aria-hidden="true" { rect class="gap" x="1" width="16" height="14" {} }
                    (say::key_gap(language))
                }
            }
            @for (sign, text) in marks::kinds(page, marks) { li { (sign) " " (text) } }
            li { (full_height(language, groups, scale)) }
        }
    }
}

fn meaning(language: Language, look: Look) -> String {
    match look {
        Look::Matches => say::key_matches(language),
        Look::NoMatch => say::key_no_match(language),
        Look::Disabled => say::key_disabled(language),
        Look::Unknown => say::key_unknown(language),
        Look::Expired => say::key_expired(language),
        Look::Early => say::key_early(language),
        Look::NotOffered => say::key_none(language),
    }
}

/// What the height of a bar means.
fn full_height(language: Language, groups: &[Group<'_>], scale: &Scale) -> String {
    let lanes = || groups.iter().flat_map(|group| &group.lanes);
    let recipients = count(language, scale.full, count::RECIPIENT);
    let sessions = count(language, scale.full, count::SESSION);
    let any = |of: fn(&CertificateRow) -> u64| {
        let mut rows = lanes().flat_map(|lane| &lane.rows);
        rows.any(|row| of(row) > 0)
    };
    let is_answered = any(|row| row.accepted + row.rejected);
    let amount = match (is_answered, any(|row| row.dropped)) {
        (true, true) => say::recipients_or_sessions(language, &recipients, &sessions),
        (false, true) => sessions,
        (_, false) => recipients,
    };
    let period = say::period(language, scale.step);
    let mut sentences = vec![say::full_height(language, &amount, &period)];
    if lanes().any(|lane| lane.streams.len() > 1) {
        sentences.push(say::average(language));
    }
    language.together(&sentences)
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
