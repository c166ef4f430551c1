//! The facts below the heading: how long, how much, who is affected, what was read.
//!
//! In: a document. Out: a few numbers, each with its label.
//! Must not show a number of something that was not given.

use maud::{Markup, html};

use super::lanes::Group;
use super::page::Page;
use super::say;
use super::scale::seconds;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::state::{self, Outcome, Shown};
use crate::render::{facts, times};
use crate::report::document::{IncidentState, QueuedMail};

/// A fact: its label, its value, and what belongs to the value.
struct Fact {
    label: String,
    value: String,
    small: String,
}

pub(super) fn list(page: &Page<'_>, groups: &[Group<'_>]) -> Markup {
    let facts = facts_of(page, groups);
    html! {
        @if !facts.is_empty() {
            dl class="facts" {
                @for fact in &facts {
                    div {
                        dt { (fact.label) }
                        dd { (shown(&fact.value)) small { (shown(&fact.small)) } }
                    }
                }
            }
        }
    }
}

fn facts_of(page: &Page<'_>, groups: &[Group<'_>]) -> Vec<Fact> {
    let facts = [
        period(page),
        messages(page),
        died(page),
        waiting(page),
        senders(page),
        servers(page, groups),
        read_from(page),
    ];
    facts.into_iter().flatten().collect()
}

/// How long the logs are.
fn period(page: &Page<'_>) -> Option<Fact> {
    let input = &page.report.input;
    let (first, last) = (input.first.as_ref()?, input.last.as_ref()?);
    let ends = seconds(first).zip(seconds(last));
    let (begin, end) = ends.unwrap_or_default();
    Some(Fact {
        label: say::period_label(page.language),
        value: times::duration(page.language, begin, end),
        small: page.clock.period(first, last),
    })
}

/// How many messages were rejected. It is left out where something else became of the mail, or without logs.
fn messages(page: &Page<'_>) -> Option<Fact> {
    let rejected = page.report.rejected;
    let others = [Outcome::Silent, Outcome::Waiting];
    let mut incidents = page.report.incidents.iter();
    let is_other = incidents.any(|incident| others.contains(&Outcome::of(incident)));
    let is_given = page.report.input.files > 0;
    (rejected.messages > 0 || (is_given && !is_other)).then(|| Fact {
        label: say::messages_rejected(page.language),
        value: grouped(rejected.messages),
        small: count(page.language, rejected.replies, count::REJECTION),
    })
}

/// How many sessions ended without a reply, in the incidents in which most did.
fn died(page: &Page<'_>) -> Option<Fact> {
    let incidents = page.report.incidents.iter();
    let silent = incidents.filter(|incident| Outcome::of(incident) == Outcome::Silent);
    let sessions: u64 = silent.map(state::dropped).sum();
    (sessions > 0).then(|| Fact {
        label: say::sessions_died(page.language),
        value: grouped(sessions),
        small: say::without_a_reply(page.language),
    })
}

/// How many messages wait in queues, and when they did.
fn waiting(page: &Page<'_>) -> Option<Fact> {
    let language = page.language;
    let incidents = page.report.incidents.iter();
    let open = incidents.filter(|incident| incident.status.state != IncidentState::Over);
    let mails: Vec<&QueuedMail> = open
        .filter_map(|incident| incident.queue.as_ref())
        .collect();
    let messages: Option<u64> = mails.iter().map(|mail| mail.messages).sum();
    let queues: usize = mails.iter().map(|mail| mail.queues.len()).sum();
    let queues = count(language, queues as u64, count::QUEUE_READ);
    let as_of = mails.iter().filter_map(|mail| mail.as_of.as_deref()).max();
    let as_of = as_of.map(|time| say::as_of(language, &page.clock.time(time)));
    let small: Vec<String> = std::iter::once(say::in_queues(language, &queues))
        .chain(as_of)
        .collect();
    (!mails.is_empty()).then(|| Fact {
        label: say::messages_waiting(language),
        value: messages.map_or_else(|| say::not_known(language), grouped),
        small: language.list(&small),
    })
}

/// How many senders are affected.
fn senders(page: &Page<'_>) -> Option<Fact> {
    let language = page.language;
    let senders = page
        .report
        .rejected
        .senders
        .filter(|senders| *senders > 0)?;
    Some(Fact {
        label: say::senders_affected(language),
        value: grouped(senders),
        small: count::noun(language, senders, count::ADDRESS).to_owned(),
    })
}

/// What was read: logs, queues and tenants, as far as they were given.
fn read_from(page: &Page<'_>) -> Option<Fact> {
    let language = page.language;
    let report = page.report;
    let queues = report.queues.as_ref().map_or(0, |read| read.queues);
    let mut kinds = vec![
        (report.input.files, count::LOG_FILE),
        (queues, count::QUEUE_READ),
        (report.tenants.len() as u64, count::TENANT),
    ];
    kinds.retain(|(number, _)| *number > 0);
    let (number, noun) = *kinds.first()?;
    let first = count::noun(language, number, noun).to_owned();
    let others = kinds.iter().skip(1);
    let others = others.map(|(number, noun)| count(language, *number, *noun));
    let small: Vec<String> = std::iter::once(first).chain(others).collect();
    Some(Fact {
        label: say::read_from(language),
        value: grouped(number),
        small: language.list(&small),
    })
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
