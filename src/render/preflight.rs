//! Writes the answer of `preflight` as text.
//!
//! In: [`Preflight`]s and a [`View`]. Out: text of 80 columns: first the verdict, then the reasons, then the steps.
//! Must not need colours: they only add emphasis, and the caller can remove them.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use chrono_tz::Tz;

use crate::language::{Language, labels, sentences};
use crate::render::plain::visible;
use crate::render::times::Clock;
use crate::render::view::View;
use crate::render::{facts, plain, words};
use crate::report::document::{CertificateInfo, Fix, Severity};
use crate::report::preflight::{Preflight, Relay, SendConnectorChange, TenantVerdict, Verdict};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// The language of the reader, and the time zone if it is not UTC. In UTC, times stay as they are in the
/// data.
struct Reader {
    language: Language,
    clock: Option<Clock>,
}

impl Reader {
    fn of(view: &View) -> Reader {
        let clock = Clock::new(view.language, view.zone, None, None);
        Reader {
            language: view.language,
            clock: (view.zone != Tz::UTC).then_some(clock),
        }
    }

    /// A sentence with its times.
    fn prose<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.clock {
            Some(clock) => clock.prose(text),
            None => Cow::Borrowed(text),
        }
    }

    fn day(&self, time: &str) -> String {
        match &self.clock {
            Some(clock) => clock.date(time),
            None => time.get(..10).unwrap_or(time).to_owned(),
        }
    }
}

/// Writes the answer.
fn document(answer: &Preflight, reader: &Reader, out: &mut dyn Write) -> io::Result<()> {
    let style = match answer.severity {
        Some(Severity::Error) => RED,
        Some(Severity::Warning) => YELLOW,
        Some(Severity::Info) | None => GREEN,
    };
    let verdict = plain::paragraph(&reader.prose(&answer.summary), "");
    writeln!(out, "{style}{verdict}{style:#}")?;
    heading(&words::new_certificate(reader.language), out)?;
    for line in certificate(&answer.candidate, reader) {
        writeln!(out, "{}", plain::hanging(&line, "   ", "     "))?;
    }
    for note in &answer.notes {
        let severity = facts::severity(reader.language, note.severity);
        let text = format!("{severity}: {}", reader.prose(&note.text));
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    for tenant in &answer.tenants {
        self::tenant(tenant, reader, out)?;
    }
    senders(&answer.send_connectors, reader, out)?;
    heading(&words::not_checked(reader.language), out)?;
    for sentence in &answer.not_judged {
        writeln!(
            out,
            "{}",
            plain::hanging(&reader.prose(sentence), " - ", "   ")
        )?;
    }
    Ok(())
}

/// Writes several answers, separated by blank lines and a rule.
///
/// # Errors
/// The error of the writer.
pub fn documents(answers: &[Preflight], view: &View, out: &mut dyn Write) -> io::Result<()> {
    let reader = &Reader::of(view);
    if let Some(title) = &view.title {
        writeln!(out, "{BOLD}{}{BOLD:#}\n", plain::paragraph(title, ""))?;
    }
    if let Some(clock) = &reader.clock {
        writeln!(out, "({})\n", clock.all_times())?;
    }
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n{}\n", "-".repeat(plain::WIDTH))?;
        }
        document(answer, reader, out)?;
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

fn certificate(certificate: &CertificateInfo, reader: &Reader) -> Vec<String> {
    let mut lines = Vec::new();
    let language = reader.language;
    let mut add = |label: String, value: Option<&str>| {
        lines.extend(
            value
                .filter(|value| !value.is_empty())
                .map(|value| format!("{label} {value}")),
        );
    };
    add(words::subject(language), certificate.subject.as_deref());
    add(words::issuer(language), certificate.issuer.as_deref());
    let names = language.list(&certificate.names);
    add(words::names(language), Some(&names));
    add(
        words::thumbprint(language),
        certificate.thumbprint.as_deref(),
    );
    let validity = certificate
        .not_before
        .as_ref()
        .zip(certificate.not_after.as_ref());
    let validity = validity
        .map(|(from, until)| words::from_to(language, &reader.day(from), &reader.day(until)));
    add(words::validity(language), validity.as_deref());
    lines
}

/// Whether a tenant expects the certificate, in a word or two.
fn verdict(language: Language, verdict: Verdict) -> String {
    match verdict {
        Verdict::Match => words::matched(language),
        Verdict::NoMatch => words::no_match(language),
        Verdict::Uncertain => words::uncertain(language),
        Verdict::Unknown => words::unknown(language),
    }
}

/// Which mail gets through, in a word or two.
fn relay(language: Language, relay: Relay) -> String {
    match relay {
        Relay::AnySender => any_sender(language),
        Relay::AcceptedSenders => accepted_senders(language),
        Relay::None => no_mail(language),
        Relay::Unknown => words::unknown(language),
    }
}

fn tenant(tenant: &TenantVerdict, reader: &Reader, out: &mut dyn Write) -> io::Result<()> {
    let language = reader.language;
    let verdict = verdict(language, tenant.verdict);
    let relay = relay(language, tenant.relay);
    let text = if tenant.concerned {
        tenant_heading(language, &tenant.tenant, &verdict, &relay)
    } else {
        unaffected_tenant(language, &tenant.tenant, &verdict, &relay)
    };
    heading(&text, out)?;
    for reason in &tenant.reasons {
        writeln!(out, "{}", plain::paragraph(&reader.prose(reason), "   "))?;
    }
    if !tenant.steps.is_empty() {
        writeln!(out, "   {GREEN}{}{GREEN:#}", steps(language))?;
    }
    for (index, step) in tenant.steps.iter().enumerate() {
        self::step(index + 1, step, reader, out)?;
    }
    Ok(())
}

fn step(number: usize, step: &Fix, reader: &Reader, out: &mut dyn Write) -> io::Result<()> {
    let first = format!("   {number:>2}. ");
    let rest = " ".repeat(first.len());
    let note = reader.prose(&step.note);
    match &step.command {
        Some(command) => {
            let shell = facts::shell(reader.language, &step.place);
            let intro = words::run_in(reader.language, &shell);
            writeln!(out, "{first}{}", visible(&intro))?;
            writeln!(out, "{}", plain::command(command, &format!("{rest}  ")))?;
            writeln!(out, "{}", plain::paragraph(&note, &rest))
        }
        None => writeln!(out, "{}", plain::hanging(&note, &first, &rest)),
    }
}

fn senders(
    senders: &[SendConnectorChange],
    reader: &Reader,
    out: &mut dyn Write,
) -> io::Result<()> {
    if senders.is_empty() {
        return Ok(());
    }
    let language = reader.language;
    heading(&send_connectors(language), out)?;
    for sender in senders {
        let connector = language.quoted(&sender.name);
        let connector = match sender.stream.as_deref() {
            Some(".") => words::in_folder(language, &connector),
            Some(stream) => words::on_servers(language, &connector, stream),
            None => by_export(language, &connector),
        };
        let today = match &sender.today {
            Some(today) => offers(language, &connector, &described(language, today)),
            None => offers_nothing_known(language, &connector),
        };
        let text = language.together(&[today, reader.prose(&sender.change).into_owned()]);
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    Ok(())
}

/// The subject of a certificate, or whatever is known instead, and its thumbprint.
fn described(language: Language, certificate: &CertificateInfo) -> String {
    let known = certificate.subject.clone();
    let known = known.or_else(|| certificate.subject_and_issuer.clone());
    let subject = known.unwrap_or_else(|| a_certificate(language));
    match &certificate.thumbprint {
        Some(digits) => with_thumbprint(language, &subject, digits),
        None => subject,
    }
}

labels! {
    any_sender: "any sender", "すべて" ["4ea002da"];
    accepted_senders: "accepted senders", "承認済みドメインのみ" ["bd1e995e"];
    no_mail: "none", "なし" ["ada7afdb"];
    steps: "Steps", "手順" ["d46b8bd4"];
    send_connectors: "Send connectors", "送信コネクタ" ["fbba0231"];
    a_certificate: "a certificate", "証明書" ["813c1f5b"];
}

sentences! {
    /// The heading of a tenant.
    fn tenant_heading(tenant: &str, verdict: &str, relay: &str) {
        en: "Tenant {tenant}: {verdict}, mail that gets through: {relay}",
        ja: "テナント {tenant}: {verdict}、メールが受け入れられる送信者: {relay}" ["7c9edfc5"],
    }
    /// The heading of a tenant that the certificate does not affect.
    fn unaffected_tenant(tenant: &str, verdict: &str, relay: &str) {
        en: "Tenant {tenant} (not affected): {verdict}, mail that gets through: {relay}",
        ja: "テナント {tenant} (影響なし): {verdict}、メールが受け入れられる送信者: {relay}" ["aa44bd3d"],
    }
    /// A send connector that only an export shows.
    fn by_export(connector: &str) {
        en: "{connector} (from its export)",
        ja: "{connector} (エクスポートより)" ["3eed1c47"],
    }
    /// A certificate with its thumbprint.
    fn with_thumbprint(certificate: &str, digits: &str) {
        en: "{certificate} (thumbprint {digits})",
        ja: "{certificate} (拇印 {digits})" ["682dc78e"],
    }
    /// What a send connector offers today.
    fn offers(connector: &str, certificate: &str) {
        en: "{connector} offers {certificate}.",
        ja: "{connector}は {certificate} を提示しています。" ["f82bba82"],
    }
    /// A send connector of which no certificate is known.
    fn offers_nothing_known(connector: &str) {
        en: "{connector} offers no certificate, or one that the input does not show.",
        ja: "{connector}が提示する証明書はないか、入力からは分かりません。" ["125b73af"],
    }
}
