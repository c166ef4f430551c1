//! The values that options may have.
//!
//! In: nothing. Out: plain types.
//! Must not describe them: [`crate::help`] does.

use clap::ValueEnum;

/// `--io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Io {
    /// As was faster in measurements.
    Auto,
    /// Map local files into memory.
    Mmap,
    /// Read piece by piece.
    Read,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// At anything.
    Info,
    /// At warnings and errors.
    Warning,
    /// At errors.
    Error,
    /// At nothing.
    Never,
}

/// The formats of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// Text to read.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object on each line.
    Ndjson,
    /// Markdown for a change request.
    Markdown,
    /// One page for a browser or a printer.
    Html,
}

/// The formats of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    /// Text to read.
    Text,
    /// One JSON array.
    Json,
    /// One JSON object on each line.
    Ndjson,
    /// A Markdown table.
    Markdown,
}
