//! The way of the mail to Exchange Online, and where on it it fails.
//!
//! In: an incident with its failing step. Out: six steps: passed, failing, failing next, not reached.
//! Must not say that a step was passed if the document does not name the step that fails.

use maud::{Markup, html};

use super::page::{Page, name_of};
use super::prose::{date, host, thumbprint};
use super::say;
use crate::language::Language;
use crate::render::plain::visible as shown;
use crate::report::document::{Failing, FailingStep, Incident};

/// How many names of a comparison are shown.
const MOST_NAMES: usize = 2;

/// The steps, in their order.
const STEPS: [FailingStep; 6] = [
    FailingStep::Tls,
    FailingStep::Certificate,
    FailingStep::InboundConnector,
    FailingStep::AcceptedDomain,
    FailingStep::Sender,
    FailingStep::Recipient,
];

/// What is known of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    Passed,
    Fails,
    FailsNext,
    NotReached,
    Result,
}

pub(super) fn section(page: &Page<'_>, incident: &Incident) -> Markup {
    let Some(failing) = &incident.failing_step else {
        return html! {};
    };
    html! {
        h3 { (say::where_it_fails(page.language)) }
        ol class="path" {
            @for (index, step) in STEPS.into_iter().enumerate() {
                (self::step(page, incident, failing, index, step))
            }
        }
    }
}

fn passage(incident: &Incident, failing: &Failing, step: FailingStep) -> Passage {
    let next = incident.fails_next.as_ref().map(|next| next.step);
    if step == failing.step {
        Passage::Fails
    } else if step < failing.step {
        Passage::Passed
    } else if step == FailingStep::Recipient {
        Passage::Result
    } else if next == Some(step) {
        Passage::FailsNext
    } else {
        Passage::NotReached
    }
}

fn step(
    page: &Page<'_>,
    incident: &Incident,
    failing: &Failing,
    index: usize,
    step: FailingStep,
) -> Markup {
    let language = page.language;
    let passage = passage(incident, failing, step);
    let (class, sign, hidden) = match passage {
        Passage::Passed => ("pass", "✓", say::passed(language)),
        Passage::Fails => ("fail", "✕", say::fails_here(language)),
        Passage::FailsNext => ("next", "!", say::would_fail_next(language)),
        Passage::NotReached => ("skip2", "–", say::not_reached_word(language)),
        Passage::Result => ("refuse", "✕", say::result_word(language)),
    };
    html! {
        li class=(class) {
            span class="q" { (index + 1) ". " (question(language, step)) }
            div {
                span class="g" aria-hidden="true" { (sign) }
                span class="vh" { (hidden) " " }
                (answer(page, incident, failing, step, passage))
            }
        }
    }
}

fn question(language: Language, step: FailingStep) -> String {
    match step {
        FailingStep::Tls => say::question_tls(language),
        FailingStep::Certificate => say::question_certificate(language),
        FailingStep::InboundConnector => say::question_connector(language),
        FailingStep::AcceptedDomain => say::question_domain(language),
        FailingStep::Sender => say::question_sender(language),
        FailingStep::Recipient => say::question_result(language),
    }
}

fn answer(
    page: &Page<'_>,
    incident: &Incident,
    failing: &Failing,
    step: FailingStep,
    passage: Passage,
) -> Markup {
    let language = page.language;
    match passage {
        Passage::NotReached => html! { b { (say::not_reached(language)) } },
        Passage::FailsNext => {
            let next = incident.fails_next.as_ref();
            let name = next.and_then(|next| next.offered.first());
            html! {
                b { @if let Some(name) = name { (host(name)) br; } (say::domain_not_accepted(language)) }
            }
        }
        Passage::Result => result(page, incident),
        Passage::Passed if step == FailingStep::Certificate => certificate(page, incident),
        Passage::Passed => html! { b { (shown(&passed(language, incident, step))) } },
        Passage::Fails => html! {
            b { (shown(&fails(language, incident, step))) }
            @if step == FailingStep::Certificate { br; (certificate(page, incident)) }
            @if step == FailingStep::Recipient { br; (result(page, incident)) }
            (comparison(language, failing))
        },
    }
}

fn passed(language: Language, incident: &Incident, step: FailingStep) -> String {
    match (step, &incident.inbound_connector) {
        (FailingStep::Tls, _) => say::tls_worked(language),
        (FailingStep::InboundConnector, Some(connector)) => {
            say::connector_matches(language, &language.quoted(connector))
        }
        _ => say::yes(language),
    }
}

fn fails(language: Language, incident: &Incident, step: FailingStep) -> String {
    match (step, &incident.inbound_connector) {
        (FailingStep::Tls, _) => say::tls_failed(language),
        (FailingStep::Certificate, _) => say::certificate_unusable(language),
        (FailingStep::InboundConnector, Some(connector)) => {
            say::connector_expects_another(language, &language.quoted(connector))
        }
        (FailingStep::InboundConnector, None) => say::no_connector_matches(language),
        (FailingStep::AcceptedDomain, _) => say::domain_not_accepted(language),
        (FailingStep::Sender, _) => say::sender_not_accepted(language),
        (FailingStep::Recipient, _) => say::rejected_all_the_same(language),
    }
}

/// The certificate that was offered.
fn certificate(page: &Page<'_>, incident: &Incident) -> Markup {
    let language = page.language;
    let Some(certificate) = &incident.certificate else {
        return html! { b { (say::no_certificate_known(language)) } };
    };
    let name = name_of(certificate.subject.as_deref(), &certificate.names);
    let letter = certificate.thumbprint.as_deref();
    let letter = letter.and_then(|digits| page.letters.of_thumbprint(digits));
    html! {
        @if let Some(name) = &name { b { (host(name)) } br; }
        @if let Some(letter) = letter { (letter) " · " }
        @if let Some(digits) = &certificate.thumbprint { (thumbprint(digits)) br; }
        @if let Some(end) = &certificate.not_after {
            span class="nb" { (say::valid_until(language)) " " (date(end, &page.clock)) }
        }
    }
}

/// What Exchange Online replied.
fn result(page: &Page<'_>, incident: &Incident) -> Markup {
    let language = page.language;
    html! {
        @match incident.replies.first() {
            Some(reply) => {
                b { (reply.code) " " @if let Some(enhanced) = &reply.enhanced { (host(enhanced)) } }
            }
            None => b { (say::no_reply(language)) },
        }
    }
}

/// What was offered and what was expected. Labels that differ are marked.
fn comparison(language: Language, failing: &Failing) -> Markup {
    let (offered, expected) = match failing.step {
        FailingStep::AcceptedDomain => (say::domain(language), say::of_tenant(language)),
        FailingStep::Sender => (say::sender_word(language), say::of_tenant(language)),
        _ => (say::offered(language), say::expected(language)),
    };
    let pair = |name: &String, other: Option<&String>| match other {
        Some(other) => marked(name, other),
        None => host(name),
    };
    html! {
        @if !failing.offered.is_empty() || !failing.expected.is_empty() {
            dl class="cmp" {
                @for name in failing.offered.iter().take(MOST_NAMES) {
                    dt { (offered) }
                    dd { (pair(name, failing.expected.first())) }
                }
                @for name in failing.expected.iter().take(MOST_NAMES) {
                    dt { (expected) }
                    dd { (pair(name, failing.offered.first())) }
                }
            }
        }
    }
}

/// A name whose labels that differ from another name's are marked, compared from the right.
fn marked(name: &str, other: &str) -> Markup {
    let name = shown(name);
    let labels: Vec<&str> = name.split('.').collect();
    let others: Vec<&str> = other.rsplit('.').collect();
    let count = labels.len();
    html! {
        @for (index, label) in labels.iter().enumerate() {
            @if index > 0 { "." wbr; }
            @let same = others.get(count - 1 - index).is_some_and(|other| other.eq_ignore_ascii_case(label));
            @if same { (label) } @else { mark { (label) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_compared_from_the_right() {
        let page = marked("smtp.contoso.net", "mail.contoso.com").into_string();
        assert_eq!(page, "<mark>smtp</mark>.<wbr>contoso.<wbr><mark>net</mark>");
        let page = marked("contoso.com", "mail.contoso.com").into_string();
        assert_eq!(page, "contoso.<wbr>com");
    }
}
