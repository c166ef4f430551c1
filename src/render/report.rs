//! The report of `diagnose` and `lint` in any of its forms.
//!
//! In: a [`Document`] and the form asked for. Out: bytes to a writer.
//! Must not know options of the command line, nor whether the writer is a terminal.

use std::io::{self, Write};

use crate::render::{document_csv, html, json, markdown, text};
use crate::report::document::Document;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal, with colours.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// A row per incident and finding.
    Csv,
    /// For a ticket.
    Markdown,
    /// One page for a browser or a printer.
    Html,
}

impl Format {
    /// Whether it holds escape sequences of colours, which the caller takes out where none are
    /// wanted. All others are data, to be written as they are.
    pub fn is_coloured(self) -> bool {
        self == Format::Text
    }
}

/// Writes the report.
///
/// # Errors
/// Whatever the writer says.
pub fn write(report: &Document, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::document(report, out),
        Format::Json => json::document(report, out),
        Format::Ndjson => json::lines(report, out),
        Format::Csv => document_csv::document(report, out),
        Format::Markdown => markdown::document(report, out),
        Format::Html => html::document(report, out),
    }
}
