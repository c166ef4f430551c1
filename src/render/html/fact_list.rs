//! The facts below the heading: how long, how much, who is affected, what was read.
//!
//! In: a document. Out: a few numbers, each with its label.
//! Must not show a number of something that was not given.

use maud::{Markup, html};

use super::lanes::Group;
use super::page::Page;
use super::say;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::state::{self, Outcome, Shown};
use crate::render::{facts, times};

/// A fact: its label, its value, and what belongs to the value.
struct Fact {
    label: String,
    value: String,
    small: String,
}

pub(super) fn list(page: &Page<'_>, groups: &[Group<'_>]) -> Markup {
    html! {
        dl class="facts" {
            @for fact in facts_of(page, groups) {
                div {
                    dt { (fact.label) }
                    dd { (shown(&fact.value)) small { (shown(&fact.small)) } }
                }
            }
        }
    }
}

fn facts_of(page: &Page<'_>, groups: &[Group<'_>]) -> Vec<Fact> {
    let language = page.language;
    let report = page.report;
    let fact = |label: String, value: String, small: String| Fact {
        label,
        value,
        small,
    };
    let mut facts = Vec::new();
    if let (Some(first), Some(last)) = (&report.input.first, &report.input.last) {
        let ends = super::scale::seconds(first).zip(super::scale::seconds(last));
        let (begin, end) = ends.unwrap_or_default();
        let length = times::duration(language, begin, end);
        facts.push(fact(
            say::period_label(language),
            length,
            page.clock.period(first, last),
        ));
    }
    let silent: u64 = report
        .incidents
        .iter()
        .filter(|incident| Outcome::of(incident) == Outcome::Silent)
        .map(state::dropped)
        .sum();
    if report.rejected.messages > 0 || silent == 0 {
        let replies = count(language, report.rejected.replies, count::REJECTION);
        let messages = grouped(report.rejected.messages);
        facts.push(fact(say::messages_rejected(language), messages, replies));
    }
    if silent > 0 {
        let small = say::without_a_reply(language);
        facts.push(fact(say::sessions_died(language), grouped(silent), small));
    }
    if let Some(senders) = report.rejected.senders.filter(|senders| *senders > 0) {
        let small = count::noun(language, senders, count::ADDRESS).to_owned();
        facts.push(fact(
            say::senders_affected(language),
            grouped(senders),
            small,
        ));
    }
    facts.extend(servers(page, groups));
    let files = report.input.files;
    let small = [
        count::noun(language, files, count::LOG_FILE).to_owned(),
        count(language, report.tenants.len() as u64, count::TENANT),
    ];
    facts.push(fact(
        say::read_from(language),
        grouped(files),
        language.list(&small),
    ));
    facts
}

/// How many of the servers have an open incident.
fn servers(page: &Page<'_>, groups: &[Group<'_>]) -> Option<Fact> {
    let language = page.language;
    let streams = groups.iter().flat_map(|group| &group.lanes);
    let streams = streams.flat_map(|lane| &lane.streams);
    let all: Vec<String> = streams.map(|stream| (*stream).to_owned()).collect();
    let input = &page.report.input;
    let all = facts::servers(language, input, &all).len();
    let open = page.report.incidents.iter();
    let open = open.filter(|incident| Shown::of(incident).is_open());
    let open: Vec<String> = open.flat_map(|incident| incident.streams.clone()).collect();
    let open = facts::servers(language, input, &open).len();
    (all > 0).then(|| Fact {
        label: say::servers(language),
        value: say::of_all(language, &grouped(open as u64), &grouped(all as u64)),
        small: say::with_open_incident(language),
    })
}
