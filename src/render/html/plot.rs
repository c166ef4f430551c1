//! What is drawn in a row of the picture: bars, certificates, gaps, the lines of incidents.
//!
//! In: a row and the scale of the picture. Out: parts of its drawing, with x and width in percent and y in
//! pixels.
//! Must not draw text that scales.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::lanes::Lane;
use super::page::Page;
use super::runs::{LETTER, Run};
use super::say;
use super::scale::{HEIGHT, ROW, Scale, float_of, rounded};
use crate::render::plain::visible as shown;
use crate::report::document::Incident;

/// Where the certificates begin, where the bars of rejections do, and where the line of an incident is.
const CERTIFICATE: u32 = 23;
pub(super) const REJECTED: u32 = 38;
const INCIDENT: u32 = 66;
const BADGE: u32 = 59;

/// The width of the plot in pixels for which names are chosen, on a narrow and on a wide page. The style
/// sheet shows no names where it is less than the first.
const NARROW: f64 = 440.0;
const WIDE: f64 = 690.0;

/// All bars of a kind as one path: upwards for accepted mail, downwards for the rest.
pub(super) fn bars(class: &str, y: u32, scale: &Scale, counts: &[(u64, f64)], up: bool) -> Markup {
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

pub(super) fn run(page: &Page<'_>, run: &Run<'_>) -> Markup {
    let language = page.language;
    let row = run.row;
    let name = page.certificate_name(row);
    let letter = page.letters.letter(row).unwrap_or_default();
    let verdict = run.verdict(language);
    let title = say::run_title(
        language,
        &name,
        row.thumbprint.as_deref().unwrap_or("–"),
        &verdict,
        &run.first,
        &run.last,
    );
    let (long, class) = label_of(&name, &run.verdict_in_brief(language), run.width);
    html! {
        svg class={ "run " (run.class(page)) } x={ (rounded(run.x)) "%" } y=(CERTIFICATE)
            width={ (rounded(run.width)) "%" } height="15" {
            title { (letter) " " (shown(&title)) }
            rect width="100%" height="100%" {}
            @if run.look().is_striped() {
                rect class="st" width="100%" height="100%" {}
            }
            text y="11.5" x=(if run.width < 2.0 * LETTER { "1.5" } else { "5" }) {
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
pub(super) fn gaps(page: &Page<'_>, lane: &Lane<'_>, scale: &Scale) -> Markup {
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
pub(super) fn incident_lines(page: &Page<'_>, lane: &Lane<'_>, scale: &Scale) -> Markup {
    html! {
        @for number in &lane.incidents {
            @let incident = &page.report.incidents[*number];
            @if let Some((from, to)) = line_of(incident, lane, scale) {
                @let class = page.state_class(incident);
                line class={ "span " (class) } x1={ (rounded(from)) "%" } x2={ (rounded(to.max(from + 0.3))) "%" }
                    y1=(INCIDENT) y2=(INCIDENT) {}
                // Two digits are wider than the circle of one.
                @let width = if *number < 9 { 13.0 } else { 19.0 };
                @let at = if from < 6.0 { 2.0 } else { -2.0 - width };
                svg class={ "badge " (class) } x={ (rounded(from)) "%" } y=(BADGE) overflow="visible" {
                    rect x=(at) width=(width) height="13" rx="6.5" {}
                    text x=(at + width / 2.0) y="10" { (number + 1) }
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
    Some((scale.period_of(first)?.0, scale.period_of(last)?.1))
}
