//! The top of the page: what is open, who is affected, what fixes it.
//!
//! In: a document. Out: the heading, a row for each incident, the facts, and links to the parts.
//! Must fit on the first screen for a few incidents.

use maud::{Markup, html};

use super::lanes::Group;
use super::page::Page;
use super::prose::prose;
use super::{fact_list, say, verdict};
use crate::language::Language;
use crate::render::plain::visible as shown;
use crate::render::state::{Outcome, Shown};
use crate::render::view::View;
use crate::render::{facts, headline};
use crate::report::document::{Incident, IncidentState};

/// Up to so many incidents, the heading names who is affected.
const MOST_NAMED: usize = 3;

pub(super) fn header(page: &Page<'_>, view: &View, groups: &[Group<'_>]) -> Markup {
    let language = page.language;
    html! {
        header {
            p class="top" {
                span { b { "sendlens" } " · " (say::purpose(language)) }
                span { (shown(&period(page))) }
            }
            @if let Some(title) = &view.title { p class="title" { (shown(title)) } }
            h1 { (prose(&headline(page), &page.clock)) }
            (verdict::all(page))
            (fact_list::list(page, groups))
            (contents(page, groups))
        }
    }
}

/// The period of the logs, or without logs of the queues, and the time zone.
pub(super) fn period(page: &Page<'_>) -> String {
    let input = &page.report.input;
    let zone = page.clock.all_times();
    let logs = input.first.as_deref().zip(input.last.as_deref());
    // What is no time would be shown as it is, and this text stands in the style sheet too.
    let is_time = |time: &str| super::scale::seconds(time).is_some();
    let period = logs.or_else(|| of_queues(&page.report.incidents));
    match period.filter(|(first, last)| is_time(first) && is_time(last)) {
        Some((first, last)) => {
            let days = page.clock.days(first, last);
            page.language.list(&[days, zone])
        }
        None => zone,
    }
}

/// The period in which queues show incidents.
fn of_queues(incidents: &[Incident]) -> Option<(&str, &str)> {
    let shown = || {
        let waiting = incidents.iter();
        waiting.filter_map(|incident| Some((incident, incident.queue.as_ref()?)))
    };
    let first = shown().filter_map(|(incident, _)| incident.first.as_deref());
    let last = shown().filter_map(|(incident, _)| incident.last.as_deref());
    let as_of = shown().filter_map(|(_, queue)| queue.as_of.as_deref());
    let last = last.chain(as_of).max()?;
    Some((first.min().unwrap_or(last), last))
}

/// The heading: one sentence without a code.
pub(super) fn headline(page: &Page<'_>) -> String {
    let language = page.language;
    let incidents = page.report.incidents.as_slice();
    match incidents {
        [] => headline::sentences(language, page.report),
        [only] => say::one_incident(language, &happens(language, only), &only.cause.summary),
        several => {
            let open: Vec<&Incident> = several
                .iter()
                .filter(|incident| Shown::of(incident).is_open())
                .collect();
            let states = facts::states(language, several);
            if open.is_empty() || open.len() > MOST_NAMED {
                return say::counted(language, &states);
            }
            let named: Vec<String> = open
                .into_iter()
                .map(|incident| {
                    let subject = verdict::subject(page, incident);
                    facts::what_happens(language, &subject, Shown::of(incident))
                })
                .collect();
            say::counted_with_names(language, &states, &language.list(&named))
        }
    }
}

/// What happens to the mail of the only incident.
fn happens(language: Language, incident: &Incident) -> String {
    match (incident.status.state, Outcome::of(incident)) {
        (IncidentState::Ongoing, Outcome::Rejected) => say::mail_is_rejected(language),
        (IncidentState::Ongoing, Outcome::Silent) => say::mail_is_stuck(language),
        (IncidentState::Ongoing, Outcome::Waiting) => say::mail_waits(language),
        (IncidentState::Ongoing, Outcome::Delayed) => say::mail_is_delayed(language),
        (IncidentState::Unclear, Outcome::Rejected) => say::mail_was_rejected(language),
        (IncidentState::Unclear, Outcome::Silent) => say::mail_was_stuck(language),
        (IncidentState::Unclear, Outcome::Waiting) => say::mail_waited(language),
        (IncidentState::Unclear, Outcome::Delayed) => say::mail_was_delayed(language),
        (IncidentState::Over, Outcome::Rejected) => say::rejected_no_more(language),
        (IncidentState::Over, Outcome::Silent) => say::stuck_no_more(language),
        (IncidentState::Over, Outcome::Waiting) => say::waits_no_more(language),
        (IncidentState::Over, Outcome::Delayed) => say::delayed_no_more(language),
    }
}

fn contents(page: &Page<'_>, groups: &[Group<'_>]) -> Markup {
    let language = page.language;
    let incidents = page.report.incidents.len();
    html! {
        nav aria-label=(say::contents(language)) {
            ul {
                @if !groups.is_empty() && page.report.grid.is_some() {
                    li { a href="#pic" { (say::the_picture(language)) } }
                }
                @if incidents > 0 {
                    li {
                        (say::incidents(language))
                        @for number in 1..=incidents {
                            " "
                            a href={ "#i" (number) } aria-label=(say::incident_number(language, &number.to_string())) { (number) }
                        }
                    }
                }
                @if !page.report.findings.is_empty() {
                    li { a href="#checks" { (say::checks(language)) } }
                }
                @if !page.report.certificates.is_empty() {
                    li { a href="#certs" { (say::certificates(language)) } }
                }
                li { a href="#read" { (say::what_was_read(language)) } }
            }
        }
    }
}
