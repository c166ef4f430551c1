//! The formats in which output can be written.
//!
//! In: nothing. Out: one enum for reports, one for tables, and one for the table of sessions.
//! Must not know the names of the formats on the command line.

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// Text for a terminal, with colours.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object on each line.
    Ndjson,
    /// One row for each incident and finding.
    Csv,
    /// Markdown for a ticket.
    Markdown,
    /// One page for a browser or a printer.
    Html,
}

impl ReportFormat {
    /// Whether the report contains escape sequences for colours. The caller removes them if no colours
    /// are wanted. The caller writes all other formats unchanged.
    pub fn is_coloured(self) -> bool {
        self == ReportFormat::Text
    }
}

/// The formats of a table, such as the list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// One JSON object on each line.
    Ndjson,
    /// One JSON array.
    Json,
    /// One CSV row for each record.
    Csv,
    /// Text, with one line or block for each record.
    Text,
}

/// The formats of the list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFormat {
    /// A format that every table has.
    Table(TableFormat),
    /// One Parquet file.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl SessionFormat {
    /// Whether it is written to files only. Shells and consoles damage what is no text, and Windows
    /// PowerShell does so also on the way to a file.
    pub fn needs_file(self) -> bool {
        !matches!(self, SessionFormat::Table(_))
    }
}
