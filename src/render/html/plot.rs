//! What is drawn in a row of the picture: bars, certificates, gaps, the lines of incidents.
//!
//! In: a row and the scale of the picture. Out: parts of its drawing, with x and width in percent and y in
//! pixels.
//! Must not draw text that scales.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::lanes::Lane;
use super::letters::key;
use super::page::Page;
use super::scale::{HEIGHT, ROW, Scale, float_of, rounded};
use super::{matches, say};
use crate::render::plain::visible as shown;
use crate::report::certificate::MatchVerdict;
use crate::report::document::{CertificateRow, Incident};

/// Where the certificates begin, where the bars of rejections do, and where the line of an incident is.
const CERTIFICATE: u32 = 23;
pub(super) const REJECTED: u32 = 38;
const INCIDENT: u32 = 66;
const BADGE: u32 = 59;

/// The width of a letter in percent of the picture.
const LETTER: f64 = 2.6;

/// A break of fewer periods between two runs of a certificate is not shown.
const SHORT_BREAK: f64 = 6.0;

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

/// A certificate in the picture.
pub(super) struct Run<'a> {
    row: &'a CertificateRow,
    first: String,
    last: String,
    x: f64,
    width: f64,
}

/// The runs of a row. Short breaks between two of the same certificate are not shown.
pub(super) fn joined_runs<'a>(lane: &Lane<'a>, scale: &Scale) -> Vec<Run<'a>> {
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
    align(&mut runs, scale);
    widen(&mut runs);
    runs
}

/// Lets runs begin and end with the periods of the bars, so that no bar stands beside the certificate that
/// it is about. Where one follows another within a period, the border is where it begins.
fn align(runs: &mut [Run<'_>], scale: &Scale) {
    let exact: Vec<Option<(f64, f64)>> = runs
        .iter()
        .map(|run| scale.at(&run.first).zip(scale.at(&run.last)))
        .collect();
    let periods: Vec<Option<(f64, f64)>> = runs
        .iter()
        .map(|run| {
            let (begin, end) = scale
                .period_of(&run.first)
                .zip(scale.period_of(&run.last))?;
            Some((begin.0, end.1))
        })
        .collect();
    for (index, run) in runs.iter_mut().enumerate() {
        let (Some((first, last)), Some((mut begin, mut end))) = (exact[index], periods[index])
        else {
            continue;
        };
        let before = index.checked_sub(1);
        let before = before.and_then(|before| exact[before].zip(periods[before]));
        if let Some(((_, last_before), (_, end_before))) = before
            && last_before <= first
            && end_before > begin
        {
            begin = first;
        }
        if let Some((next, _)) = exact.get(index + 1).copied().flatten()
            && last <= next
        {
            end = end.min(next);
        }
        run.x = begin;
        run.width = (end - begin).max(0.25);
    }
}

/// Makes short runs as wide as their letter, where nothing else is. Their title has the exact times.
fn widen(runs: &mut [Run<'_>]) {
    let starts: Vec<f64> = runs
        .iter()
        .skip(1)
        .map(|run| run.x)
        .chain([100.0])
        .collect();
    let mut end = 0.0;
    for (run, next) in runs.iter_mut().zip(starts) {
        if run.width < LETTER {
            // At the right edge there is only room to the left.
            run.x = run.x.min(100.0 - LETTER).max(f64::min(end, run.x));
            run.width = run.width.max(LETTER.min(next - run.x));
        }
        end = run.x + run.width;
    }
}

pub(super) fn run(page: &Page<'_>, run: &Run<'_>) -> Markup {
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

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::language::Language;
    use crate::report::document::{CertificateRun, Grid};

    fn row(thumbprint: &str, first: &str, last: &str) -> CertificateRow {
        let time = |time: &str| Some(format!("2026-11-11T{time}Z"));
        CertificateRow {
            thumbprint: Some(thumbprint.to_owned()),
            runs: vec![CertificateRun {
                first: time(first),
                last: time(last),
                sessions: 2,
                accepted: 1,
                rejected: 0,
                dropped: 0,
            }],
            ..CertificateRow::default()
        }
    }

    fn spans(rows: &[CertificateRow]) -> Vec<(f64, f64)> {
        let grid = Grid {
            start: "2026-11-11T09:00:00Z".to_owned(),
            bucket_seconds: 60,
            buckets: 10,
        };
        let scale = Scale::new(&grid, 1, Tz::UTC, Language::English).expect("a scale");
        let lane = Lane {
            streams: vec!["EX01"],
            rows: rows.iter().collect(),
            incidents: Vec::new(),
        };
        let runs = joined_runs(&lane, &scale);
        runs.iter()
            .map(|run| (run.x.round(), (run.x + run.width).round()))
            .collect()
    }

    #[test]
    fn a_certificate_is_as_long_as_its_bars() {
        let one = row("A", "09:02:05.534", "09:08:33.592");
        assert_eq!(spans(&[one]), [(20.0, 90.0)]);
    }

    #[test]
    fn a_certificate_begins_where_the_one_before_it_ends() {
        let rows = [
            row("A", "09:00:05", "09:04:10"),
            row("B", "09:04:30", "09:09:59"),
        ];
        assert_eq!(spans(&rows), [(0.0, 45.0), (45.0, 100.0)]);
        let apart = [
            row("A", "09:00:05", "09:03:10"),
            row("B", "09:06:30", "09:09:59"),
        ];
        assert_eq!(spans(&apart), [(0.0, 40.0), (60.0, 100.0)]);
    }
}
