//! The rows below the heading: who an incident is about, since when, why, and what to do first.
//!
//! In: the incidents of a document. Out: a row for each, and one for what works.
//! Must not shorten a command.

use maud::{Markup, html};

use super::page::Page;
use super::prose::{chip, prose};
use super::say;
use crate::language::Language;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::state::Shown;
use crate::render::{facts, steps};
use crate::report::document::{Fix, Incident, Purpose};

/// After so many rows, the others are counted.
const MOST_ROWS: usize = 12;

/// Up to so many incidents, each shows its fix.
const MOST_WITH_FIX: usize = 4;

/// Who an incident is about, in a few words: the send connector and its server, or their number.
pub(super) fn subject(page: &Page<'_>, incident: &Incident) -> String {
    about(page, incident, |servers| {
        count(page.language, servers.len() as u64, count::SERVER)
    })
}

/// The same with the names of some servers.
fn who(page: &Page<'_>, incident: &Incident) -> String {
    about(page, incident, |servers| {
        facts::some(page.language, servers)
    })
}

/// The send connector, and its servers in the words of `several` if they are known.
fn about(page: &Page<'_>, incident: &Incident, several: impl Fn(&[String]) -> String) -> String {
    let language = page.language;
    let servers = facts::servers(language, &page.report.input, &incident.streams);
    let connector = language.quoted(&incident.send_connector);
    match servers.as_slice() {
        [] => connector,
        _ if incident.streams == ["."] => connector,
        [one] => say::connector_on(language, &connector, one),
        servers => say::connector_on(language, &connector, &several(servers)),
    }
}

/// A row for each incident, and one for what works.
pub(super) fn all(page: &Page<'_>) -> Markup {
    let language = page.language;
    let incidents = page.report.incidents.as_slice();
    let with_fix = incidents.len() <= MOST_WITH_FIX;
    let beyond = incidents.get(MOST_ROWS..).unwrap_or_default();
    let works = facts::works_in_brief(language, &page.report.healthy);
    html! {
        @if !incidents.is_empty() || works.is_some() {
            ul class="verdicts" {
                @for (index, incident) in incidents.iter().enumerate().take(MOST_ROWS) {
                    (verdict(page, index + 1, incident, with_fix))
                }
                @if !beyond.is_empty() {
                    @let sizes: u64 = beyond.iter().map(facts::size).sum();
                    li {
                        span {}
                        span class="s" { (say::more_incidents(language, &grouped(beyond.len() as u64))) }
                        span class="n" { b { (grouped(sizes)) } }
                    }
                }
                @if let Some((names, recipients)) = &works {
                    li {
                        (chip("ok", &say::healthy(language)))
                        span class="s" { (shown(names)) }
                        span class="n" { (shown(&say::accepted_recipients(language, &grouped(*recipients)))) }
                    }
                }
            }
        }
    }
}

fn verdict(page: &Page<'_>, number: usize, incident: &Incident, with_fix: bool) -> Markup {
    let language = page.language;
    let state = Shown::of(incident);
    let first = incident.first.as_deref().unwrap_or_default();
    let last = incident.last.as_deref().unwrap_or_default();
    let who = who(page, incident);
    let when = if state.is_open() {
        say::since(language, first, &who)
    } else {
        say::from_to(language, first, last, &who)
    };
    let noun = facts::size_noun(incident);
    let size = count(language, facts::size(incident), noun);
    html! {
        li {
            (chip(page.state_class(incident), &state.label(language)))
            span class="s" {
                a href={ "#i" (number) } {
                    b { (prose(&when, &page.clock)) } (language.gap())
                    (prose(&compared_or_cause(language, incident), &page.clock))
                }
                @if with_fix && state != Shown::Over {
                    @if let Some(line) = fix_line(page, &incident.fix) {
                        span class="fixline" { (line) }
                    }
                }
            }
            span class="n" { (shown(&size)) }
        }
    }
}

/// The cause, and the two names if names were compared.
fn compared_or_cause(language: Language, incident: &Incident) -> String {
    let failing = incident.failing_step.as_ref();
    let names = failing.and_then(|step| Some((step.offered.first()?, step.expected.first()?)));
    match names {
        Some((offered, expected)) => say::compared(language, offered, expected),
        None => incident.cause.summary.clone(),
    }
}

/// The fix in one line: the command, else the first step.
fn fix_line(page: &Page<'_>, fixes: &[Fix]) -> Option<Markup> {
    let language = page.language;
    let with_command = fixes.iter().find(|step| step.command.is_some());
    let chosen = with_command.or(fixes.first())?;
    let Some(command) = &chosen.command else {
        let note = steps::of(&chosen.note);
        let text = note.steps.first().copied().unwrap_or(note.before);
        let first = steps::first_sentence(text);
        return Some(html! { b { (say::fix(language)) } " " (prose(first, &page.clock)) });
    };
    let label = match chosen.purpose {
        Purpose::Inspect => say::look_first(language),
        _ => say::fix(language),
    };
    let alike = fixes.iter().filter(|step| is_alike(step, chosen)).count() - 1;
    Some(html! {
        b { (label) } " " code { (shown(command)) }
        @if alike > 0 { " " (say::more_commands(language, &grouped(alike as u64))) }
    })
}

/// Whether two steps run the same cmdlet, as on one server after the other.
fn is_alike(one: &Fix, other: &Fix) -> bool {
    let cmdlet = |fix: &Fix| {
        let command = fix.command.as_deref()?;
        command.split_whitespace().next().map(str::to_owned)
    };
    one.purpose == other.purpose && cmdlet(one) == cmdlet(other)
}
