//! The report of `diagnose` and `lint` in any of its forms.
//!
//! In: a [`Document`] and the form asked for. Out: bytes to a writer.
//! Must not know options of the command line, nor whether the writer is a terminal.

use std::io::{self, Write};

use crate::render::format::ReportFormat;
use crate::render::{document_csv, html, json, markdown, text};
use crate::report::document::Document;

/// Writes the report.
///
/// # Errors
/// Whatever the writer says.
pub fn write(report: &Document, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Text => text::document(report, out),
        ReportFormat::Json => json::document(report, out),
        ReportFormat::Ndjson => json::lines(report, out),
        ReportFormat::Csv => document_csv::document(report, out),
        ReportFormat::Markdown => markdown::document(report, out),
        ReportFormat::Html => html::document(report, out),
    }
}
