//! The report that a tired person reads at night.
//!
//! In: a [`Document`]. Out: text of 80 columns: the verdict first, then each incident, healthy
//! connectors, what could not be judged.
//! Must not need colour: it only adds weight, and the caller may strip it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::report::document::{Bucket, CheckFinding, Document, Incident};
use crate::rules::{Confidence, Severity};

use super::plain::{self, visible};

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const LABEL: usize = 11;

/// Writes the report.
///
/// # Errors
/// Whatever the writer says.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    verdict(report, out)?;
    for (index, incident) in report.incidents.iter().enumerate() {
        self::incident(index + 1, incident, out)?;
    }
    findings(&report.findings, out)?;
    healthy(report, out)?;
    other_rejections(report, out)?;
    not_judged(report, out)?;
    read(report, out)
}

fn heading(text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{text}{BOLD:#}")
}

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => BOLD,
    }
}

fn verdict(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let refused: u64 = report
        .incidents
        .iter()
        .map(|incident| incident.rejected.replies)
        .sum();
    let Some(worst) = report.incidents.first() else {
        let text = match report.input.exchange_online_sessions {
            0 => "No incident: no session in these logs goes to Exchange Online.".to_owned(),
            count => format!("No incident in {count} sessions to Exchange Online."),
        };
        return writeln!(out, "{GREEN}{}{GREEN:#}", plain::paragraph(&text, ""));
    };
    let style = style_of(worst.cause.severity);
    let count = report.incidents.len();
    let incidents = if count == 1 {
        "1 incident".to_owned()
    } else {
        format!("{count} incidents")
    };
    let text = format!(
        "{incidents}, {refused} refusals. '{}' fails since {}: {} ({}).",
        worst.send_connector,
        worst.first.as_deref().unwrap_or("an unknown time"),
        worst.cause.name,
        worst.cause.code,
    );
    writeln!(out, "{style}{}{style:#}", plain::paragraph(&text, ""))?;
    if let Some(fix) = worst.fix.iter().find(|fix| fix.command.is_some()) {
        let command = fix.command.as_deref().unwrap_or_default();
        writeln!(out, "To mend it, in {}:", visible(&fix.place))?;
        writeln!(out, "{}", plain::command(command, "    "))?;
    }
    Ok(())
}

fn incident(number: usize, incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let cause = &incident.cause;
    let style = style_of(cause.severity);
    let sure = match cause.confidence {
        Confidence::High => "certain",
        Confidence::Medium => "likely",
        Confidence::Low => "a pointer only",
    };
    writeln!(
        out,
        "\n{style}{number}. {} {}{style:#} ({}, {sure})",
        cause.code,
        cause.name,
        cause.severity.as_str()
    )?;
    writeln!(out, "{}", plain::paragraph(&incident.explanation, "   "))?;
    if !incident.also.is_empty() {
        field(
            "Also",
            &format!("{} (see `sendlens explain`)", incident.also.join(", ")),
            out,
        )?;
    }
    affected(incident, out)?;
    timeline(incident, out)?;
    offered(incident, out)?;
    for reply in &incident.replies {
        let enhanced = reply.enhanced.as_deref().unwrap_or("");
        field(
            "Reply",
            &format!(
                "{} times {} {enhanced} {}",
                reply.count, reply.code, reply.text
            ),
            out,
        )?;
    }
    if !incident.evidence.is_empty() {
        writeln!(out, "   Proof")?;
    }
    for row in &incident.evidence {
        writeln!(out, "     {}:{}", visible(&row.file), row.line)?;
        writeln!(out, "{}", plain::row(&row.text, "       ", 3))?;
    }
    fix(&incident.fix, out)
}

/// Who is affected, and since when.
fn affected(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let count = incident.rejected;
    field(
        "Affected",
        &format!(
            "send connector '{}' on {}: {} replies, {} messages, {} sessions refused or failed",
            incident.send_connector,
            incident.streams.join(", "),
            count.replies,
            count.messages,
            count.sessions
        ),
        out,
    )?;
    let unknown = "an unknown time";
    field(
        "Since",
        &format!(
            "{}, last {}",
            incident.first.as_deref().unwrap_or(unknown),
            incident.last.as_deref().unwrap_or(unknown)
        ),
        out,
    )
}

fn fix(steps: &[crate::rules::fix::Fix], out: &mut dyn Write) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "   {GREEN}Fix{GREEN:#}")?;
    }
    for step in steps {
        match &step.command {
            Some(command) => {
                writeln!(out, "     In {}:", visible(&step.place))?;
                writeln!(out, "{}", plain::command(command, "       "))?;
                writeln!(out, "{}", plain::paragraph(&step.note, "     "))?;
            }
            None => writeln!(out, "{}", plain::paragraph(&step.note, "     "))?,
        }
    }
    Ok(())
}

fn field(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let first = format!("   {label:<LABEL$}");
    let rest = " ".repeat(3 + LABEL);
    writeln!(out, "{}", plain::hanging(text, &first, &rest))
}

fn offered(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    match &incident.certificate {
        Some(certificate) => {
            let subject = certificate
                .subject
                .as_deref()
                .or(certificate.subject_and_issuer.as_deref());
            let mut text = subject
                .filter(|text| !text.is_empty())
                .unwrap_or("(no subject)")
                .to_owned();
            if let Some(thumbprint) = &certificate.thumbprint {
                text.push_str(&format!(", thumbprint {thumbprint}"));
            }
            if !certificate.names.is_empty() {
                text.push_str(&format!(", names {}", certificate.names.join(", ")));
            }
            if let (Some(from), Some(until)) = (&certificate.not_before, &certificate.not_after) {
                text.push_str(&format!(
                    ", valid {} to {}",
                    &from[..10.min(from.len())],
                    &until[..10.min(until.len())]
                ));
            }
            field("Offered", &text, out)?;
        }
        None => field(
            "Offered",
            "no certificate, or one that the input does not show",
            out,
        )?,
    }
    match (&incident.inbound_connector, &incident.tenant) {
        (Some(connector), Some(tenant)) => field(
            "Against",
            &format!("inbound connector '{connector}' of {tenant}"),
            out,
        ),
        (None, Some(tenant)) => field("Against", tenant, out),
        _ => Ok(()),
    }
}

/// Two lines of signs: accepted recipients and refusals, a sign per bucket or several.
fn timeline(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    const SIGNS: usize = 48;
    let seconds = incident.timeline_bucket_seconds.max(1);
    let starts: Vec<i64> = incident.timeline.iter().filter_map(seconds_of).collect();
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        return Ok(());
    };
    let buckets = usize::try_from((last - first) / seconds + 1).unwrap_or(usize::MAX);
    let per_sign = buckets.div_ceil(SIGNS).max(1);
    let mut accepted = vec![0; buckets.div_ceil(per_sign).min(SIGNS)];
    let mut rejected = accepted.clone();
    for (start, bucket) in starts.iter().zip(&incident.timeline) {
        let at = usize::try_from((start - first) / seconds).unwrap_or(0) / per_sign;
        if let (Some(taken), Some(refused)) = (accepted.get_mut(at), rejected.get_mut(at)) {
            *taken += bucket.accepted;
            *refused += bucket.rejected;
        }
    }
    let from = incident
        .timeline
        .first()
        .map_or("", |bucket| bucket.start.as_str());
    let length = period(seconds * i64::try_from(per_sign).unwrap_or(1));
    field(
        "Time line",
        &format!("from {from}, one sign per {length}"),
        out,
    )?;
    let indent = " ".repeat(3 + LABEL);
    writeln!(out, "{indent}accepted |{}|", signs(&accepted))?;
    writeln!(out, "{indent}refused  |{}|", signs(&rejected))
}

fn seconds_of(bucket: &Bucket) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(&bucket.start).ok()?;
    Some(time.timestamp())
}

fn signs(counts: &[u64]) -> String {
    const SCALE: [char; 5] = ['.', ':', '+', '*', '#'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let sign = |count: u64| {
        let steps = SCALE.len() as u64;
        let at = (count.saturating_mul(steps)).div_ceil(most).clamp(1, steps) - 1;
        SCALE[usize::try_from(at).unwrap_or(0)]
    };
    counts
        .iter()
        .map(|count| if *count == 0 { ' ' } else { sign(*count) })
        .collect()
}

fn period(seconds: i64) -> String {
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s => (s / 60, "minute"),
    };
    if count == 1 {
        unit.to_owned()
    } else {
        format!("{count} {unit}s")
    }
}

fn findings(findings: &[CheckFinding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    heading("Findings", out)?;
    for finding in findings {
        let style = style_of(finding.severity);
        writeln!(
            out,
            "{style}{} {}{style:#} ({})",
            finding.code,
            finding.name,
            finding.severity.as_str()
        )?;
        writeln!(out, "{}", plain::paragraph(&finding.message, "   "))?;
        fix(&finding.fix, out)?;
    }
    Ok(())
}

fn healthy(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    if report.healthy.is_empty() {
        return Ok(());
    }
    heading("Healthy send connectors", out)?;
    for connector in &report.healthy {
        let text = format!(
            "'{}' on {}: {} sessions, {} recipients accepted",
            connector.send_connector,
            connector.streams.join(", "),
            connector.sessions,
            connector.accepted
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    Ok(())
}

fn other_rejections(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    const MOST: usize = 5;
    if report.other_rejections.is_empty() {
        return Ok(());
    }
    heading("Refusals for other reasons", out)?;
    for reply in report.other_rejections.iter().take(MOST) {
        let enhanced = reply.enhanced.as_deref().unwrap_or("");
        let text = format!(
            "{} times {} {enhanced} {}",
            reply.count, reply.code, reply.text
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    if report.other_rejections.len() > MOST {
        writeln!(
            out,
            "   and {} more kinds (see --format json)",
            report.other_rejections.len() - MOST
        )?;
    }
    Ok(())
}

fn not_judged(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    heading("What could not be judged", out)?;
    for sentence in &report.not_judged {
        writeln!(out, "{}", plain::hanging(sentence, " - ", "   "))?;
    }
    Ok(())
}

fn read(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let input = &report.input;
    heading("What was read", out)?;
    let mut text = format!(
        "{} log files, {} lines, {} sessions, {} of them to Exchange Online",
        input.files, input.lines, input.sessions, input.exchange_online_sessions
    );
    if let (Some(first), Some(last)) = (&input.first, &input.last) {
        text.push_str(&format!(", from {first} to {last}"));
    }
    text.push('.');
    writeln!(out, "{}", plain::paragraph(&text, "   "))?;
    for tenant in &report.tenants {
        let domains = match tenant.accepted_domains {
            Some(count) => format!("{count} accepted domains"),
            None => "no export of accepted domains".to_owned(),
        };
        let text = format!(
            "Tenant {}: {} inbound connectors, {domains}.",
            tenant.name, tenant.inbound_connectors
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    for note in &input.notes {
        let text = format!(
            "Note {}: {} times, first at {}:{}.",
            note.code, note.count, note.first.file, note.first.line
        );
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    for skipped in &input.skipped {
        let text = format!("Not used: {} ({}).", skipped.file, skipped.reason);
        writeln!(out, "{}", plain::hanging(&text, "   ", "     "))?;
    }
    Ok(())
}
