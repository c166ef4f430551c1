//! An incident: its cause, its fix, where the mail fails on its way, its effect and its proof.
//!
//! In: an incident. Out: a section of the page. The fix stands before the proof, and the proof is folded.
//! Must not leave out that something was left out.

use maud::{Markup, html};

use super::page::Page;
use super::prose::{chip, command, exact_time, prose, time};
use super::{say, way};
use crate::language::Language;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::state::{Outcome, Shown};
use crate::render::times::Clock;
use crate::render::{facts, steps, words};
use crate::report::document::{EvidenceRow, Fix, Incident, ReplyCount, StreamEffect};

pub(super) fn section(page: &Page<'_>, number: usize, incident: &Incident) -> Markup {
    let language = page.language;
    let state = Shown::of(incident);
    let cause = &incident.cause;
    let heading = format!("ih{number}");
    let sure = facts::confidence(language, cause.confidence);
    let rated = language.list(&[format!("{} {}", cause.code, cause.name), sure]);
    let also = language.list(&incident.also);
    html! {
        section class={ "inc " (page.state_class(incident)) } id={ "i" (number) } aria-labelledby=(heading) {
            header {
                h2 id=(heading) { (number) ". " (prose(cause.summary.trim_end_matches(['.', '。']), &page.clock)) }
                (chip(page.state_class(incident), &state.label(language)))
                span class="code" {
                    (shown(&rated))
                    @if !also.is_empty() { " · " (shown(&say::also(language, &also))) }
                }
            }
            p class="cause" { (prose(&incident.explanation, &page.clock)) }
            (fixes(page, &incident.fix, state))
            (way::section(page, incident))
            div class="two" {
                div { (effect(page, incident)) }
                div { (replies(page, incident)) }
            }
            (mail(page, incident))
            (proof(page, &incident.evidence))
        }
    }
}

/// The steps, in order.
fn fixes(page: &Page<'_>, fixes: &[Fix], state: Shown) -> Markup {
    let language = page.language;
    let heading = match state {
        Shown::Over if fixes.len() > 1 => say::to_keep_it_away(language),
        Shown::Over => say::nothing_to_do_now(language),
        _ => say::to_fix_it(language),
    };
    html! {
        @if !fixes.is_empty() {
            h3 { (heading) }
            ol class="steps" {
                @for fix in fixes { li { (self::fix(page, fix)) } }
            }
        }
    }
}

/// A step: what to mind, the command, and the steps around it.
pub(super) fn fix(page: &Page<'_>, fix: &Fix) -> Markup {
    step(page.language, &page.clock, fix)
}

/// The same for a page of another kind.
pub(super) fn step(language: Language, clock: &Clock, fix: &Fix) -> Markup {
    let note = steps::of(&fix.note);
    html! {
        @if !note.before.is_empty() { (prose(note.before, clock)) }
        @if let Some(text) = &fix.command {
            (command(text, &fix.place, &say::command_for(language, &fix.place), &say::one_click(language)))
        }
        @if !note.steps.is_empty() {
            ol class="substeps" {
                @for step in &note.steps { li { (prose(step, clock)) } }
            }
        }
    }
}

/// The counts of each server.
fn effect(page: &Page<'_>, incident: &Incident) -> Markup {
    let language = page.language;
    let (Some(first), Some(last)) = (&incident.first, &incident.last) else {
        return html! {};
    };
    let (shown_rows, folded) = split(&incident.by_stream, page.budget.effect);
    let rejected: u64 = folded.iter().map(|row| row.replies + row.dropped).sum();
    html! {
        h3 {
            (say::effect(language)) " " (exact_time(first, &page.clock)) " – " (exact_time(last, &page.clock))
        }
        @if !shown_rows.is_empty() {
            (effect_table(page, incident, shown_rows))
        }
        @if !folded.is_empty() {
            details {
                summary { (say::more_servers(language, &grouped(folded.len() as u64), &grouped(rejected))) }
                (effect_table(page, incident, folded))
            }
        }
    }
}

fn effect_table(page: &Page<'_>, incident: &Incident, rows: &[StreamEffect]) -> Markup {
    let language = page.language;
    let silent = Outcome::of(incident) == Outcome::Silent;
    let column = if silent {
        say::died(language)
    } else {
        say::rejected(language)
    };
    html! {
        table class="stack" {
            caption class="vh" { (say::effect_per_server(language)) }
            thead {
                tr {
                    th scope="col" { (say::server(language)) }
                    th scope="col" class="num" { (column) }
                    th scope="col" class="num" { (say::senders(language)) }
                    th scope="col" class="num" { (say::accepted(language)) }
                    th scope="col" { (say::first_and_last(language)) }
                }
            }
            tbody {
                @for row in rows {
                    @let senders = row.senders.map_or_else(|| say::not_known(language), grouped);
                    tr {
                        th scope="row" { (shown(&page.stream_name(&row.stream))) }
                        td class=(if silent { "num q" } else { "num bad" }) data-l=(column) {
                            (grouped(if silent { row.dropped } else { row.replies }))
                        }
                        td class="num" data-l=(say::senders(language)) { (senders) }
                        td class="num" data-l=(say::accepted(language)) { (grouped(row.accepted)) }
                        td class="when" data-l=(say::first_and_last(language)) {
                            @if let (Some(first), Some(last)) = (&row.first, &row.last) {
                                (time(first, &page.clock)) " – " (time(last, &page.clock))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn replies(page: &Page<'_>, incident: &Incident) -> Markup {
    html! {
        @if !incident.replies.is_empty() {
            h3 { (say::what_was_replied(page.language)) }
            (reply_table(page, &incident.replies))
        }
    }
}

/// Replies with their counts.
pub(super) fn reply_table(page: &Page<'_>, replies: &[ReplyCount]) -> Markup {
    /// More kinds of replies than this say nothing more.
    const MOST: usize = 8;
    let language = page.language;
    let (listed, rest) = split(replies, MOST);
    html! {
        table {
            caption class="vh" { (say::replies(language)) }
            thead {
                tr {
                    th scope="col" class="num" { (say::times(language)) }
                    th scope="col" { (say::reply(language)) }
                }
            }
            tbody {
                @for reply in listed {
                    tr {
                        td class="num" { (grouped(reply.count)) }
                        td class="wrap" {
                            b class="nb" {
                                (reply.code)
                                @if let Some(enhanced) = &reply.enhanced { " " (shown(enhanced)) }
                            }
                            " " (shown(&reply.text))
                        }
                    }
                }
            }
        }
        @if !rest.is_empty() {
            p class="soft small" { (say::more_kinds(language, &grouped(rest.len() as u64))) }
        }
    }
}

/// What became of the messages.
fn mail(page: &Page<'_>, incident: &Incident) -> Markup {
    let language = page.language;
    html! {
        @if let Some(mail) = &incident.mail {
            h3 { (say::what_became_of_the_mail(language)) }
            @let messages = count(language, mail.messages, count::MESSAGE);
            @let became = words::with_parts(language, &messages, &facts::mail(language, mail));
            p {
                (say::counted(language, &became)) (language.gap())
                (say::lists_them(language)) " " code { "sendlens messages" }
            }
        }
    }
}

/// The rows that show it, folded.
pub(super) fn proof(page: &Page<'_>, rows: &[EvidenceRow]) -> Markup {
    let language = page.language;
    let (listed, rest) = split(rows, page.budget.proof);
    html! {
        @if !rows.is_empty() {
            details class="pf" {
                summary { b { (say::proof(language)) } " " (count(language, rows.len() as u64, count::LOG_LINE)) }
                ul class="proof" {
                    @for row in listed {
                        li {
                            div class="at mono" { (shown(&row.place())) }
                            pre { (shown(&cut(&row.text, page.budget.row))) }
                        }
                    }
                }
                @if !rest.is_empty() {
                    p class="soft small" { (say::more_proof(language, &grouped(rest.len() as u64))) }
                }
            }
        }
    }
}

/// A text with at most so many characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The first of a list, and the rest. A rest of one is not worth a line of its own.
pub(super) fn split<T>(all: &[T], most: usize) -> (&[T], &[T]) {
    if all.len() <= most.saturating_add(1) {
        (all, &[])
    } else {
        all.split_at(most)
    }
}
