//! Writes certificates and the catalogue as CSV, text and Markdown.
//!
//! In: rows of the report. Out: CSV rows, or text that fits the terminal.
//! Must not use thousands separators in CSV.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::render::csv::{Rows, joined};
use crate::render::phrases::{count, grouped, place};
use crate::render::plain;
use crate::render::plain::visible;
use crate::report::catalogue::CatalogueEntry;
use crate::report::certificate::CertificateRow;

const CERTIFICATE_COLUMNS: [&str; 18] = [
    "send_connector",
    "stream",
    "exchange_online",
    "thumbprint",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "days_left",
    "names",
    "first",
    "last",
    "sessions",
    "accepted",
    "rejected",
    "verdict",
    "tenant",
    "inbound_connector",
];

/// Writes certificates as CSV.
///
/// # Errors
/// The error of the writer.
pub fn certificates_csv(rows: &[CertificateRow], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Rows::new(&CERTIFICATE_COLUMNS, out)?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    for row in rows {
        writer.row(&[
            row.send_connector.clone(),
            row.stream.clone(),
            row.exchange_online.to_string(),
            text(&row.thumbprint),
            text(&row.subject),
            text(&row.issuer),
            text(&row.not_before),
            text(&row.not_after),
            row.days_left
                .map(|days| days.to_string())
                .unwrap_or_default(),
            joined(&row.names),
            text(&row.first),
            text(&row.last),
            row.sessions.to_string(),
            row.accepted.to_string(),
            row.rejected.to_string(),
            row.matched.verdict.as_str().to_owned(),
            text(&row.matched.tenant),
            text(&row.matched.inbound_connector),
        ])?;
    }
    writer.finish()
}

/// Writes certificates as text, with one block for each.
///
/// # Errors
/// The error of the writer.
pub fn certificates_text(rows: &[CertificateRow], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(
            out,
            "These logs contain no session in which a certificate was offered."
        );
    }
    for row in rows {
        let target = if row.exchange_online {
            "to Exchange Online"
        } else {
            "to other servers"
        };
        let place = place(std::slice::from_ref(&row.stream));
        let text = format!("'{}' {place}, {target}", row.send_connector);
        writeln!(out, "{}", plain::hanging(&text, "", "  "))?;
        let unknown = || "unknown".to_owned();
        let lines = [
            format!(
                "certificate {}",
                row.thumbprint.clone().unwrap_or_else(unknown)
            ),
            format!(
                "subject     {}",
                row.subject.clone().unwrap_or_else(unknown)
            ),
            format!("names       {}", row.names.join(", ")),
            match row.days_left {
                Some(days) => format!("validity    {}", validity(days)),
                None => "validity    not logged".to_owned(),
            },
            format!(
                "seen        {} to {}",
                row.first.clone().unwrap_or_else(unknown),
                row.last.clone().unwrap_or_else(unknown)
            ),
            format!(
                "outcome     {}, {} accepted, {} rejected",
                count(row.sessions, "session"),
                count(row.accepted, "recipient"),
                grouped(row.rejected)
            ),
            match (&row.matched.inbound_connector, &row.matched.tenant) {
                (Some(connector), Some(tenant)) => {
                    format!(
                        "match       {}: '{connector}' of {tenant}",
                        row.matched.verdict.as_str()
                    )
                }
                _ => format!("match       {}", row.matched.verdict.as_str()),
            },
        ];
        for line in lines {
            writeln!(out, "{}", plain::hanging(&line, "  ", "              "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// How long a certificate is still valid.
fn validity(days_left: i64) -> String {
    let days = count(days_left.unsigned_abs(), "day");
    if days_left < 0 {
        format!("expired {days} ago")
    } else {
        format!("{days} left")
    }
}

/// Writes the catalogue as a text table.
///
/// # Errors
/// The error of the writer.
pub fn catalogue_text(entries: &[CatalogueEntry], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(plain::WIDTH).unwrap_or(80))
        .set_header(["Code", "Name", "Severity", "What it finds"]);
    for entry in entries {
        table.add_row([
            entry.code.clone(),
            entry.name.clone(),
            entry.severity.as_str().to_owned(),
            visible(&entry.summary),
        ]);
    }
    // Codes and names are copied and searched for, so they are not broken.
    for column in 0..3 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes the catalogue as a Markdown table.
///
/// # Errors
/// The error of the writer.
pub fn catalogue_markdown(entries: &[CatalogueEntry], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| code | name | severity | what it finds |")?;
    writeln!(out, "|---|---|---|---|")?;
    for entry in entries {
        let summary = entry.summary.replace('|', "\\|");
        writeln!(
            out,
            "| {} | {} | {}, {} | {summary} |",
            entry.code,
            entry.name,
            entry.severity.as_str(),
            entry.confidence.as_str()
        )?;
    }
    Ok(())
}
