//! The catalogue of causes as data, for `sendlens rules` and the README.
//!
//! In: [`CAUSES`]. Out: [`CatalogueEntry`]s in order of precedence.

use schemars::JsonSchema;
use serde::Serialize;

use crate::rules::{CAUSES, Confidence, Entry, Severity};

/// One entry.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogueEntry {
    /// Always `rule`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// The usual severity.
    pub severity: Severity,
    /// The usual confidence.
    pub confidence: Confidence,
    /// What it is about, in one sentence.
    pub summary: String,
}

/// All entries in order of precedence.
pub fn entries() -> Vec<CatalogueEntry> {
    CAUSES.iter().map(|rule| entry(rule.entry())).collect()
}

fn entry(entry: &Entry) -> CatalogueEntry {
    CatalogueEntry {
        kind: "rule".to_owned(),
        code: entry.code.to_owned(),
        name: entry.name.to_owned(),
        severity: entry.severity,
        confidence: entry.confidence,
        summary: entry.summary(),
    }
}
