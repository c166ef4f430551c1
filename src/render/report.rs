//! Writes the report of `diagnose` and `lint` in any format.
//!
//! In: a [`Document`] and the format. Out: bytes to a writer.
//! Must not know the options of the command line, or whether the writer is a terminal.

use std::io::{self, Write};

use crate::render::format::ReportFormat;
use crate::render::view::{Extent, View};
use crate::render::{document_csv, html, json, markdown, short, text};
use crate::report::document::Document;

/// Writes the report.
///
/// # Errors
/// The error of the writer.
pub fn write(
    report: &Document,
    format: ReportFormat,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ReportFormat::Text if view.extent == Extent::Short => short::document(report, view, out),
        ReportFormat::Text => text::document(report, view, out),
        ReportFormat::Json => json::document(report, out),
        ReportFormat::Ndjson => json::lines(report, out),
        ReportFormat::Csv => document_csv::document(report, out),
        ReportFormat::Markdown => markdown::document(report, view, out),
        ReportFormat::Html => html::document(report, view, out),
    }
}
