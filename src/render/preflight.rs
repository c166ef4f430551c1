//! Writes the answer of `preflight` as text.
//!
//! In: [`Preflight`]s and a [`View`]. Out: text of 80 columns: first the verdict, then the reasons, then the steps.
//! Must not need colours: they only add emphasis, and the caller can remove them.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use chrono_tz::Tz;
use serde::Serialize;

use crate::render::plain::visible;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{phrases, plain};
use crate::report::document::{CertificateInfo, Fix, Severity};
use crate::report::preflight::{Preflight, SendConnectorChange, TenantVerdict};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// The time zone of the reader, if it is not UTC. In UTC, times stay as they are in the data.
struct ReaderTimes(Option<Clock>);

impl ReaderTimes {
    fn of(view: &View) -> ReaderTimes {
        let clock = Clock::new(view.language, view.zone, None, None);
        ReaderTimes((view.zone != Tz::UTC).then_some(clock))
    }

    /// A sentence with its times.
    fn prose<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.0 {
            Some(clock) => clock.prose(text),
            None => Cow::Borrowed(text),
        }
    }

    fn day(&self, time: &str) -> String {
        match &self.0 {
            Some(clock) => clock.date(time),
            None => time.get(..10).unwrap_or(time).to_owned(),
        }
    }
}

/// Writes the answer.
fn document(answer: &Preflight, times: &ReaderTimes, out: &mut dyn Write) -> io::Result<()> {
    let style = match answer.severity {
        Some(Severity::Error) => RED,
        Some(Severity::Warning) => YELLOW,
        Some(Severity::Info) | None => GREEN,
    };
    let verdict = plain::paragraph(&times.prose(&answer.summary), "");
    writeln!(out, "{style}{verdict}{style:#}")?;
    heading("New certificate", out)?;
    for line in certificate(&answer.candidate, times) {
        writeln!(out, "{}", plain::hanging(&line, "   ", "     "))?;
    }
    for note in &answer.notes {
        let text = format!("{}: {}", note.severity.as_str(), times.prose(&note.text));
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    for tenant in &answer.tenants {
        self::tenant(tenant, times, out)?;
    }
    senders(&answer.send_connectors, times, out)?;
    heading(phrases::NOT_JUDGED, out)?;
    for sentence in &answer.not_judged {
        writeln!(
            out,
            "{}",
            plain::hanging(&times.prose(sentence), " - ", "   ")
        )?;
    }
    Ok(())
}

/// Writes several answers, separated by blank lines and a rule.
///
/// # Errors
/// The error of the writer.
pub fn documents(answers: &[Preflight], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let times = &ReaderTimes::of(view);
    if let Some(title) = &view.title {
        writeln!(out, "{BOLD}{}{BOLD:#}\n", plain::paragraph(title, ""))?;
    }
    if let Some(clock) = &times.0 {
        writeln!(out, "({})\n", clock.all_times())?;
    }
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n{}\n", "-".repeat(plain::WIDTH))?;
        }
        document(answer, times, out)?;
    }
    Ok(())
}

/// Writes one document, or an array if there are several.
///
/// # Errors
/// The error of the writer.
pub fn json(answers: &[Preflight], out: &mut dyn Write) -> io::Result<()> {
    match answers {
        [one] => crate::render::json::document(one, out),
        several => crate::render::json::document(&several, out),
    }
}

/// Writes one document on each line.
///
/// # Errors
/// The error of the writer.
pub fn lines(answers: &[Preflight], out: &mut dyn Write) -> io::Result<()> {
    let mut answers = answers.iter();
    answers.try_for_each(|answer| crate::render::json::typed_line("preflight", answer, out))
}

fn heading(text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{}{BOLD:#}", plain::paragraph(text, ""))
}

fn certificate(certificate: &CertificateInfo, times: &ReaderTimes) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |label: &str, value: Option<&str>| {
        lines.extend(
            value
                .filter(|value| !value.is_empty())
                .map(|value| format!("{label} {value}")),
        );
    };
    add("Subject", certificate.subject.as_deref());
    add("Issuer", certificate.issuer.as_deref());
    add("Names", Some(&certificate.names.join(", ")));
    add("Thumbprint", certificate.thumbprint.as_deref());
    let validity = certificate
        .not_before
        .as_ref()
        .zip(certificate.not_after.as_ref());
    let validity =
        validity.map(|(from, until)| format!("{} to {}", times.day(from), times.day(until)));
    add("Valid", validity.as_deref());
    lines
}

/// An enum word of the JSON output, with spaces.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('_', " ")
}

fn tenant(tenant: &TenantVerdict, times: &ReaderTimes, out: &mut dyn Write) -> io::Result<()> {
    let aside = if tenant.concerned {
        ""
    } else {
        " (not affected)"
    };
    let text = format!(
        "Tenant {}{aside}: {}, mail that gets through: {}",
        tenant.tenant,
        word(&tenant.verdict),
        word(&tenant.relay)
    );
    heading(&text, out)?;
    for reason in &tenant.reasons {
        writeln!(out, "{}", plain::paragraph(&times.prose(reason), "   "))?;
    }
    if !tenant.steps.is_empty() {
        writeln!(out, "   {GREEN}Steps{GREEN:#}")?;
    }
    for (index, step) in tenant.steps.iter().enumerate() {
        self::step(index + 1, step, times, out)?;
    }
    Ok(())
}

fn step(number: usize, step: &Fix, times: &ReaderTimes, out: &mut dyn Write) -> io::Result<()> {
    let first = format!("   {number:>2}. ");
    let rest = " ".repeat(first.len());
    let note = times.prose(&step.note);
    match &step.command {
        Some(command) => {
            let shell = phrases::shell(&step.place);
            writeln!(out, "{first}Run in {}:", visible(&shell))?;
            writeln!(out, "{}", plain::command(command, &format!("{rest}  ")))?;
            writeln!(out, "{}", plain::paragraph(&note, &rest))
        }
        None => writeln!(out, "{}", plain::hanging(&note, &first, &rest)),
    }
}

fn senders(
    senders: &[SendConnectorChange],
    times: &ReaderTimes,
    out: &mut dyn Write,
) -> io::Result<()> {
    if senders.is_empty() {
        return Ok(());
    }
    heading("Send connectors", out)?;
    for sender in senders {
        let place = match sender.stream.as_deref() {
            Some(".") => " in the given folder".to_owned(),
            Some(stream) => format!(" on {stream}"),
            None => " (from its export)".to_owned(),
        };
        let today = match &sender.today {
            Some(today) => {
                let subject = today
                    .subject
                    .as_deref()
                    .or(today.subject_and_issuer.as_deref())
                    .unwrap_or("a certificate");
                let thumbprint = today.thumbprint.as_deref();
                let thumbprint =
                    thumbprint.map_or_else(String::new, |text| format!(" (thumbprint {text})"));
                format!("offers {subject}{thumbprint}")
            }
            None => "offers no certificate, or one that the input does not show".to_owned(),
        };
        let text = format!(
            "'{}'{place} {today}. {}",
            sender.name,
            times.prose(&sender.change)
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    Ok(())
}
