//! The forms in which output can be written.
//!
//! In: nothing. Out: one enum for reports and one for tables.
//! Must not know how a form is named on the command line.

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
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

impl ReportFormat {
    /// Whether the report holds escape sequences for colours. The caller removes them where no colours
    /// are wanted. All other forms are data, which the caller writes unchanged.
    pub fn is_coloured(self) -> bool {
        self == ReportFormat::Text
    }
}

/// The forms of a table, such as the list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// One JSON object per line.
    Ndjson,
    /// One JSON array.
    Json,
    /// One CSV row per record.
    Csv,
    /// One line of text per record.
    Text,
}
