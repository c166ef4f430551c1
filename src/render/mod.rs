//! Writes reports and records as text, JSON, NDJSON, CSV, Markdown, HTML and Parquet.
//!
//! In: the data of [`crate::report`]. Out: bytes to a writer.
//! Must not compute anything that a script could need: everything that is shown is in the data.
//! Invariant: no text from a log or export reaches a terminal or a text file with its control or direction
//! characters, reaches a spreadsheet as a formula, or becomes markup.

pub mod csv;
pub mod document_csv;
mod fact_sentences;
mod facts;
pub mod format;
mod headline;
pub mod hidden;
#[cfg(test)]
mod hostile_tests;
pub mod html;
mod incident_phrases;
pub mod json;
mod markdown;
pub mod markdown_preflight;
mod markdown_sentences;
mod markdown_text;
pub mod messages;
#[cfg(feature = "parquet")]
pub mod parquet;
mod phrase_sentences;
mod phrases;
pub mod plain;
pub mod preflight;
mod preflight_sentences;
pub mod report;
pub mod session_list;
pub mod sessions;
mod short;
mod short_sentences;
mod state;
mod steps;
pub mod tables;
mod text;
pub mod timeline;
mod times;
pub mod view;
mod words;

/// The version of this crate's machine formats is the report's.
pub use crate::report::document::SCHEMA_VERSION;
