//! The answers of `preflight` as one page, for a change request.
//!
//! In: [`Preflight`]s and a [`View`]. Out: one HTML file: the verdict, then for each certificate the
//! tenants with their steps, the send connectors, and what could not be checked.
//! Must not fold anything: who approves a change reads all of it.

use std::io::{self, Write};

use maud::{Markup, html};

use super::frame;
use super::incident::step;
use super::prose::{chip, date, host, prose, time, whole_thumbprint};
use crate::language::Language;
use crate::language::count::grouped;
use crate::render::plain::visible as shown;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{facts, preflight_sentences as say, words};
use crate::report::document::CertificateInfo;
use crate::report::preflight::{
    Form, Preflight, PreflightNote, SendConnectorChange, TenantVerdict,
};

/// Writes the page.
///
/// # Errors
/// The error of the writer.
pub fn answers(answers: &[Preflight], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = AnswerPage {
        language: view.language,
        // A renewal is about years: none is left out.
        clock: Clock::new(view.language, view.zone, None, None),
    };
    let title = view.title.as_deref();
    let body = html! {
        (page.header(answers, title))
        main {
            @for (index, answer) in answers.iter().enumerate() {
                (page.answer(index + 1, answer, answers.len() > 1))
            }
        }
        footer { (say::written_by(page.language, concat!("sendlens ", env!("CARGO_PKG_VERSION")))) }
    };
    let headline = title.map_or_else(|| page.headline(answers), str::to_owned);
    let whole = frame::page(page.language, &headline, &page.checked(answers), &body);
    writeln!(out, "{}", frame::in_lines(&whole.into_string()))
}

/// What every part of the page needs.
struct AnswerPage {
    language: Language,
    clock: Clock,
}

impl AnswerPage {
    fn header(&self, answers: &[Preflight], title: Option<&str>) -> Markup {
        html! {
            header {
                p class="top" {
                    span { b { "sendlens" } " · " (say::purpose(self.language)) }
                    span { (self.checked(answers)) }
                }
                @if let Some(title) = title { p class="title" { (shown(title)) } }
                h1 { (prose(&self.headline(answers), &self.clock)) }
                ul class="verdicts" {
                    @if let [only] = answers {
                        @for (index, tenant) in only.tenants.iter().enumerate() {
                            (self.tenant_row(index + 1, tenant))
                        }
                    } @else {
                        @for (index, answer) in answers.iter().enumerate() {
                            (self.answer_row(index + 1, answer))
                        }
                    }
                }
            }
        }
    }

    /// The verdict, or how many certificates are ready.
    fn headline(&self, answers: &[Preflight]) -> String {
        match answers {
            [only] => only.summary.clone(),
            several => {
                let ready = several.iter().filter(|answer| answer.certain).count();
                let (all, ready) = (several.len() as u64, ready as u64);
                say::several(self.language, &grouped(all), &grouped(ready))
            }
        }
    }

    /// The time for which the validity was checked.
    fn checked(&self, answers: &[Preflight]) -> String {
        let now = answers.iter().find_map(|answer| answer.now.as_deref());
        now.map_or_else(String::new, |now| {
            say::checked_at(self.language, &self.clock.time(now), self.clock.zone())
        })
    }

    fn tenant_row(&self, number: usize, tenant: &TenantVerdict) -> Markup {
        let (class, label) = say::verdict(self.language, tenant);
        html! {
            li {
                (chip(class, &label))
                span class="s" {
                    a href={ "#c1t" (number) } { b { (shown(&tenant.tenant)) } }
                    span class="fixline" { (say::relay(self.language, tenant.relay)) }
                }
                span class="n" {}
            }
        }
    }

    fn answer_row(&self, number: usize, answer: &Preflight) -> Markup {
        let (class, label) = say::state(self.language, answer);
        html! {
            li {
                (chip(class, &label))
                span class="s" {
                    a href={ "#c" (number) } { b { (shown(&answer.given)) } }
                    " " (prose(&answer.summary, &self.clock))
                }
                span class="n" {}
            }
        }
    }

    fn answer(&self, number: usize, answer: &Preflight, is_one_of_several: bool) -> Markup {
        let language = self.language;
        let (class, label) = say::state(language, answer);
        let heading = format!("ch{number}");
        html! {
            section class={ "inc " (class) } id={ "c" (number) } aria-labelledby=(heading) {
                header {
                    h2 id=(heading) {
                        @if is_one_of_several { (number) ". " }
                        (words::new_certificate(language)) ": " (shown(&answer.given))
                    }
                    (chip(class, &label))
                }
                @if is_one_of_several { p class="cause" { (prose(&answer.summary, &self.clock)) } }
                (self.certificate(answer))
                (self.notes(&answer.notes))
                @for (index, tenant) in answer.tenants.iter().enumerate() {
                    (self.tenant(number, index + 1, tenant))
                }
                (self.send_connectors(&answer.send_connectors))
                h3 { (words::not_checked(language)) }
                ul class="limits" {
                    @for sentence in &answer.not_judged { li { (prose(sentence, &self.clock)) } }
                }
            }
        }
    }

    /// What is known of the new certificate. Of a host name, only the name is.
    fn certificate(&self, answer: &Preflight) -> Markup {
        let language = self.language;
        let known = &answer.candidate;
        let row = |label: String, value: Markup| {
            html! { tr { th scope="row" { (label) } td class="wrap" { (value) } } }
        };
        let text = |value: &Option<String>| {
            let value = value.clone().filter(|value| !value.is_empty());
            value.map(|value| html! { (shown(&value)) })
        };
        let validity = known.not_before.as_ref().zip(known.not_after.as_ref());
        let validity = validity.map(|(from, until)| {
            html! { (date(from, &self.clock)) " – " (date(until, &self.clock)) }
        });
        let names = (!known.names.is_empty()).then(|| names(self.language, &known.names));
        let thumbprint = known.thumbprint.as_deref();
        let rows = [
            (words::subject(language), text(&known.subject)),
            (words::issuer(language), text(&known.issuer)),
            (words::names(language), names),
            (
                words::thumbprint(language),
                thumbprint
                    .map(|digits| html! { span class="print" { (whole_thumbprint(digits)) } }),
            ),
            (words::validity(language), validity),
        ];
        html! {
            @if answer.form == Form::Certificate {
                table class="pairs" {
                    tbody {
                        @for (label, value) in rows {
                            @if let Some(value) = value { (row(label, value)) }
                        }
                        @for other in &answer.chain {
                            (row(say::also_in_file(language), html! { (shown(&self.name(other))) }))
                        }
                    }
                }
            }
        }
    }

    fn notes(&self, notes: &[PreflightNote]) -> Markup {
        html! {
            @if !notes.is_empty() {
                h3 { (say::notes(self.language)) }
                ul class="notes" {
                    @for note in notes {
                        li {
                            (chip(note.severity.as_str(), &facts::severity(self.language, note.severity)))
                            " " (prose(&note.text, &self.clock))
                        }
                    }
                }
            }
        }
    }

    /// A tenant, why it does or does not expect the certificate, and what to do in which order.
    fn tenant(&self, answer: usize, number: usize, tenant: &TenantVerdict) -> Markup {
        let language = self.language;
        let (class, label) = say::verdict(language, tenant);
        html! {
            header class="tenant" id={ "c" (answer) "t" (number) } {
                h3 { (shown(&say::tenant(language, &tenant.tenant))) }
                (chip(class, &label))
                span class="code wrap" { (shown(&say::relay_of(language, tenant))) }
            }
            @for reason in &tenant.reasons { p class="cause" { (prose(reason, &self.clock)) } }
            @if !tenant.steps.is_empty() {
                h4 { (say::steps(language)) }
                ol class="steps" {
                    @for fix in &tenant.steps { li { (step(language, &self.clock, fix)) } }
                }
            }
        }
    }

    fn send_connectors(&self, connectors: &[SendConnectorChange]) -> Markup {
        let language = self.language;
        html! {
            @if !connectors.is_empty() {
                h3 { (say::send_connectors(language)) }
                table class="stack certs" {
                    thead {
                        tr {
                            th scope="col" { (words::send_connector(language)) }
                            th scope="col" { (say::today(language)) }
                            th scope="col" { (say::assigned(language)) }
                            th scope="col" { (say::afterwards(language)) }
                        }
                    }
                    tbody { @for connector in connectors { (self.send_connector(connector)) } }
                }
            }
        }
    }

    fn send_connector(&self, connector: &SendConnectorChange) -> Markup {
        let language = self.language;
        let (class, label) = say::change(language, connector.outcome);
        let thumbprint = connector.today.as_ref();
        let thumbprint = thumbprint.and_then(|today| today.thumbprint.as_deref());
        let tenants = match connector.tenants.as_slice() {
            [] => say::no_tenant(language),
            tenants => language.list(tenants),
        };
        html! {
            tr {
                th scope="row" class="wrap" {
                    (shown(&connector.name)) br;
                    span class="soft" { (shown(&say::place(language, connector.stream.as_deref()))) }
                }
                td class="wrap" data-l=(say::today(language)) {
                    @match &connector.today {
                        Some(today) => { (shown(&self.name(today))) }
                        None => { (words::no_certificate_shown(language)) }
                    }
                    @if let Some(digits) = thumbprint { " " (whole_thumbprint(digits)) }
                    @if let Some(seen) = &connector.seen {
                        " " span class="soft" { (say::seen(language)) " " (time(seen, &self.clock)) }
                    }
                }
                td class="wrap" data-l=(say::assigned(language)) { (shown(&tenants)) }
                td class="wrap" data-l=(say::afterwards(language)) {
                    (chip(class, &label)) " " (prose(&connector.change, &self.clock))
                }
            }
        }
    }

    /// The common name of a certificate, or whatever is known instead.
    fn name(&self, certificate: &CertificateInfo) -> String {
        super::page::name_of(certificate.subject.as_deref(), &certificate.names)
            .or_else(|| certificate.subject_and_issuer.clone())
            .unwrap_or_else(|| say::unnamed_certificate(self.language))
    }
}

/// Host names, each of which may break after its dots.
fn names(language: Language, names: &[String]) -> Markup {
    html! {
        @for (index, name) in names.iter().enumerate() {
            @if index > 0 { (language.comma()) }
            (host(name))
        }
    }
}
