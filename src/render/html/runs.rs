//! The runs of certificates in a row of the picture: from where to where each is drawn, and how.
//!
//! In: a row and the scale of the picture. Out: [`Run`]s, with x and width in percent.
//! Must not draw, and must not compare a certificate: the document says whether it matches.

use super::lanes::Lane;
use super::letters::key;
use super::page::Page;
use super::scale::{Scale, seconds};
use super::{matches, say};
use crate::language::Language;
use crate::report::certificate::MatchVerdict;
use crate::report::document::CertificateRow;

/// The width of a letter in percent of the picture.
pub(super) const LETTER: f64 = 2.6;

/// A break of fewer periods between two runs of a certificate is not shown.
const SHORT_BREAK: f64 = 6.0;

/// A certificate in the picture, as long as it is drawn in the same way.
pub(super) struct Run<'a> {
    pub(super) row: &'a CertificateRow,
    validity: Validity,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) x: f64,
    pub(super) width: f64,
}

/// Whether a certificate was valid when it was offered, as far as its dates are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validity {
    Early,
    Valid,
    Expired,
}

/// What the drawing of a certificate says about it, in the order of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Matches,
    NoMatch,
    Disabled,
    Unknown,
    Expired,
    Early,
    NotOffered,
}

impl Look {
    /// Whether it is striped.
    pub(super) fn is_striped(self) -> bool {
        matches!(
            self,
            Look::NoMatch | Look::Disabled | Look::Expired | Look::Early
        )
    }
}

impl Run<'_> {
    /// What its drawing says.
    pub(super) fn look(&self) -> Look {
        match (self.validity, self.row.matched.verdict) {
            _ if self.row.offered == Some(false) => Look::NotOffered,
            (Validity::Expired, _) => Look::Expired,
            (Validity::Early, _) => Look::Early,
            (Validity::Valid, MatchVerdict::Match) => Look::Matches,
            (Validity::Valid, MatchVerdict::NoMatch) if matches::is_disabled(self.row) => {
                Look::Disabled
            }
            (Validity::Valid, MatchVerdict::NoMatch) => Look::NoMatch,
            (Validity::Valid, MatchVerdict::Uncertain | MatchVerdict::Unknown) => Look::Unknown,
        }
    }

    /// The class of its colour.
    pub(super) fn class<'p>(&self, page: &'p Page<'_>) -> &'p str {
        match self.look() {
            Look::Expired | Look::Early => "x1",
            _ => page.letters.class(self.row),
        }
    }

    /// What is right or wrong with it, as a part of a sentence.
    pub(super) fn verdict(&self, language: Language) -> String {
        match self.look() {
            Look::Expired => say::expired(language),
            Look::Early => say::not_valid_yet(language),
            _ => matches::verdict(language, self.row),
        }
    }

    /// The same in two words.
    pub(super) fn verdict_in_brief(&self, language: Language) -> String {
        match self.look() {
            Look::Expired | Look::Early => self.verdict(language),
            _ => matches::verdict_in_brief(language, self.row),
        }
    }

    /// The same with its name and its time, for those who do not see it.
    pub(super) fn in_words(&self, page: &Page<'_>) -> String {
        let period = page.clock.period(&self.first, &self.last);
        let name = page.certificate_name(self.row);
        say::run_in_words(page.language, &name, &self.verdict(page.language), &period)
    }
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
            validity: Validity::Valid,
            first,
            last,
            x,
            width: (end - x).max(0.25),
        });
    }
    let mut runs = runs
        .into_iter()
        .flat_map(|run| by_validity(run, scale))
        .collect::<Vec<_>>();
    align(&mut runs, scale);
    widen(&mut runs);
    runs
}

/// Cuts a run where its certificate becomes valid and where it expires.
fn by_validity<'a>(run: Run<'a>, scale: &Scale) -> Vec<Run<'a>> {
    let row = run.row;
    let (mut parts, mut rest) = (Vec::new(), run);
    for (time, before, after) in [
        (&row.not_before, Validity::Early, Validity::Valid),
        (&row.not_after, Validity::Valid, Validity::Expired),
    ] {
        let Some((time, border)) = time.as_ref().and_then(|time| Some((time, seconds(time)?)))
        else {
            continue;
        };
        let is_past = |other: &str| seconds(other).is_some_and(|other| other > border);
        match (is_past(&rest.first), is_past(&rest.last), scale.at(time)) {
            (true, ..) => rest.validity = after,
            (false, false, _) => {
                rest.validity = before;
                break;
            }
            (false, true, Some(at)) => {
                let end = rest.x + rest.width;
                parts.push(Run {
                    validity: before,
                    last: time.clone(),
                    width: at - rest.x,
                    first: rest.first,
                    ..rest
                });
                rest = Run {
                    row,
                    validity: after,
                    first: time.clone(),
                    last: rest.last,
                    x: at,
                    width: end - at,
                };
            }
            (false, true, None) => {}
        }
    }
    parts.push(rest);
    parts
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

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::report::certificate::Match;
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

    fn looks(rows: &[CertificateRow]) -> Vec<(Look, f64, f64)> {
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
            .map(|run| (run.look(), run.x.round(), (run.x + run.width).round()))
            .collect()
    }

    fn spans(rows: &[CertificateRow]) -> Vec<(f64, f64)> {
        let looks = looks(rows).into_iter();
        looks.map(|(_, from, to)| (from, to)).collect()
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

    #[test]
    fn a_certificate_is_drawn_as_expired_from_then_on() {
        let dated = |not_before: &str, not_after: &str| CertificateRow {
            matched: Match {
                verdict: MatchVerdict::Match,
                ..Match::default()
            },
            not_before: Some(not_before.to_owned()),
            not_after: Some(not_after.to_owned()),
            ..row("A", "09:02:05", "09:08:33")
        };
        let (past, future) = ("2025-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
        let within = "2026-11-11T09:05:00.000Z";
        for (not_before, not_after, expected) in [
            (past, future, vec![(Look::Matches, 20.0, 90.0)]),
            (
                past,
                within,
                vec![(Look::Matches, 20.0, 50.0), (Look::Expired, 50.0, 90.0)],
            ),
            (past, past, vec![(Look::Expired, 20.0, 90.0)]),
            (
                within,
                future,
                vec![(Look::Early, 20.0, 50.0), (Look::Matches, 50.0, 90.0)],
            ),
            (future, future, vec![(Look::Early, 20.0, 90.0)]),
            ("soon", "later", vec![(Look::Matches, 20.0, 90.0)]),
        ] {
            let found = looks(&[dated(not_before, not_after)]);
            assert_eq!(found, expected, "{not_before} {not_after}");
        }
    }
}
