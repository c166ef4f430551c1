//! Writes the answers of `preflight` as Markdown, for a change request.
//!
//! In: [`Preflight`]s and a [`View`]. Out: Markdown in the order of the page: the verdict, the certificate,
//! the tenants with their steps, the send connectors, and what could not be checked.
//! Must not let a text of the input become markup: all of them go through `inline` or `fenced`.

use std::io::{self, Write};

use crate::language::Language;
use crate::language::count::grouped;
use crate::render::markdown_text::{fenced, inline};
use crate::render::plain::visible;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{facts, preflight_sentences as say, steps, words};
use crate::report::document::{CertificateInfo, Fix};
use crate::report::preflight::{Form, Preflight, SendConnectorChange, TenantVerdict};

/// Writes the answers.
///
/// # Errors
/// The error of the writer.
pub fn documents(answers: &[Preflight], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut AnswerText {
        language: view.language,
        clock: Clock::new(view.language, view.zone, None, None),
        out,
    };
    page.top(answers, view.title.as_deref())?;
    for (index, answer) in answers.iter().enumerate() {
        page.answer(index + 1, answer, answers.len() > 1)?;
    }
    let program = concat!("sendlens ", env!("CARGO_PKG_VERSION"));
    let written = say::written_by(page.language, program);
    writeln!(page.out, "\n{}", inline(&written))
}

/// What is written to, and how.
struct AnswerText<'a> {
    language: Language,
    clock: Clock,
    out: &'a mut dyn Write,
}

impl AnswerText<'_> {
    fn top(&mut self, answers: &[Preflight], title: Option<&str>) -> io::Result<()> {
        let language = self.language;
        // By this line, an answer that lies beside the logs is not read as a log.
        writeln!(self.out, "<!-- sendlens preflight -->\n")?;
        let heading = title.map_or_else(|| say::report_title(language), str::to_owned);
        writeln!(self.out, "# {}", inline(&heading))?;
        let now = answers.iter().find_map(|answer| answer.now.as_deref());
        let checked = now.map_or_else(String::new, |now| {
            let checked = say::checked_at(language, &self.clock.time(now), self.clock.zone());
            format!(" ({})", inline(&checked))
        });
        let [only] = answers else {
            let ready = answers.iter().filter(|answer| answer.certain).count();
            let (all, ready) = (answers.len() as u64, ready as u64);
            let several = say::several(language, &grouped(all), &grouped(ready));
            return writeln!(self.out, "\n**{}**{checked}", inline(&several));
        };
        let summary = self.clock.prose(&only.summary).into_owned();
        writeln!(self.out, "\n**{}**{checked}", inline(&summary))
    }

    fn answer(
        &mut self,
        number: usize,
        answer: &Preflight,
        is_one_of_several: bool,
    ) -> io::Result<()> {
        let language = self.language;
        let number = if is_one_of_several {
            format!("{number}. ")
        } else {
            String::new()
        };
        let label = words::new_certificate(language);
        writeln!(self.out, "\n## {number}{label}: {}", inline(&answer.given))?;
        if is_one_of_several {
            let (_, state) = say::state(language, answer);
            let summary = self.clock.prose(&answer.summary).into_owned();
            writeln!(self.out, "\n**{state}.** {}", inline(&summary))?;
        }
        self.certificate(answer)?;
        if !answer.notes.is_empty() {
            writeln!(self.out, "\n### {}\n", say::notes(language))?;
        }
        for note in &answer.notes {
            let severity = facts::severity(language, note.severity);
            let text = self.clock.prose(&note.text).into_owned();
            writeln!(self.out, "- **{severity}:** {}", inline(&text))?;
        }
        for tenant in &answer.tenants {
            self.tenant(tenant)?;
        }
        self.send_connectors(&answer.send_connectors)?;
        writeln!(self.out, "\n### {}\n", words::not_checked(language))?;
        for sentence in &answer.not_judged {
            let sentence = self.clock.prose(sentence).into_owned();
            writeln!(self.out, "- {}", inline(&sentence))?;
        }
        Ok(())
    }

    fn certificate(&mut self, answer: &Preflight) -> io::Result<()> {
        let language = self.language;
        if answer.form != Form::Certificate {
            return Ok(());
        }
        let known = &answer.candidate;
        let validity = known.not_before.as_ref().zip(known.not_after.as_ref());
        let validity = validity.map(|(from, until)| {
            let (from, until) = (self.clock.date(from), self.clock.date(until));
            words::from_to(language, &from, &until)
        });
        let mut fields = vec![
            (words::subject(language), known.subject.clone()),
            (words::issuer(language), known.issuer.clone()),
            (words::names(language), Some(language.list(&known.names))),
            (words::thumbprint(language), known.thumbprint.clone()),
            (words::validity(language), validity),
        ];
        for other in &answer.chain {
            fields.push((say::also_in_file(language), Some(self.name(other))));
        }
        writeln!(self.out)?;
        for (label, value) in fields {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                writeln!(self.out, "- **{label}:** {}", inline(&value))?;
            }
        }
        Ok(())
    }

    fn tenant(&mut self, tenant: &TenantVerdict) -> io::Result<()> {
        let language = self.language;
        let (_, label) = say::verdict(language, tenant);
        let heading = say::tenant(language, &tenant.tenant);
        writeln!(self.out, "\n### {}: {label}", inline(&heading))?;
        self.paragraph(&say::relay_of(language, tenant))?;
        for reason in &tenant.reasons {
            self.paragraph(reason)?;
        }
        if !tenant.steps.is_empty() {
            writeln!(self.out, "\n#### {}", say::steps(language))?;
        }
        for (index, step) in tenant.steps.iter().enumerate() {
            self.step(index + 1, step)?;
        }
        Ok(())
    }

    /// A step. Its number is no item of a list, because trackers begin a list anew behind a block of code.
    fn step(&mut self, number: usize, step: &Fix) -> io::Result<()> {
        let note = self.clock.prose(&step.note).into_owned();
        let note = steps::of(&note);
        match &step.command {
            Some(command) => {
                let shell = facts::shell(self.language, &step.place);
                let intro = words::run_in(self.language, &shell);
                writeln!(self.out, "\n**{number}.** {}", inline(&intro))?;
                fenced("powershell", &visible(command), self.out)?;
                self.paragraph(note.before)?;
            }
            None => writeln!(self.out, "\n**{number}.** {}", inline(note.before))?,
        }
        for (index, text) in note.steps.iter().enumerate() {
            let space = if index == 0 { "\n" } else { "" };
            writeln!(self.out, "{space}{}. {}", index + 1, inline(text))?;
        }
        Ok(())
    }

    fn send_connectors(&mut self, connectors: &[SendConnectorChange]) -> io::Result<()> {
        let language = self.language;
        if connectors.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n### {}\n", say::send_connectors(language))?;
        let columns = [
            words::send_connector(language),
            words::server(language),
            say::today(language),
            words::thumbprint(language),
            say::assigned(language),
            say::afterwards(language),
        ];
        writeln!(self.out, "| {} |", columns.join(" | "))?;
        writeln!(self.out, "|{}", "---|".repeat(columns.len()))?;
        for connector in connectors {
            let today = connector.today.as_ref();
            let thumbprint = today.and_then(|today| today.thumbprint.clone());
            let name = today.map_or_else(
                || words::no_certificate_shown(language),
                |today| self.name(today),
            );
            let (_, label) = say::change(language, connector.outcome);
            let change = self.clock.prose(&connector.change).into_owned();
            let tenants = match connector.tenants.as_slice() {
                [] => say::no_tenant(language),
                tenants => language.list(tenants),
            };
            let cells = [
                connector.name.clone(),
                say::place(language, connector.stream.as_deref()),
                name,
                thumbprint.unwrap_or_default(),
                tenants,
                format!("{label}: {change}"),
            ];
            let cells = cells.map(|cell| inline(&cell));
            writeln!(self.out, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }

    fn name(&self, certificate: &CertificateInfo) -> String {
        let known = certificate.subject.clone();
        let known = known.or_else(|| certificate.subject_and_issuer.clone());
        let known = known.filter(|name| !name.is_empty());
        known.unwrap_or_else(|| say::unnamed_certificate(self.language))
    }

    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let text = self.clock.prose(text).into_owned();
        writeln!(self.out, "\n{}", inline(&text))
    }
}
