//! The catalogue as data, for `sendlens rules` and the README.
//!
//! In: [`CAUSES`] and [`CHECKS`]. Out: [`CatalogueEntry`]s, causes in their order of precedence,
//! then checks by code.

use schemars::JsonSchema;
use serde::Serialize;

use crate::rules::{CAUSES, CHECKS, Confidence, Entry, Severity};

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryGroup {
    /// Explains refusals and TLS failures in the logs.
    Cause,
    /// Looks at configuration or logs and needs no failure.
    Check,
}

/// One entry.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogueEntry {
    /// Always `rule`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub group: EntryGroup,
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

/// All entries: causes in their order of precedence, then checks by code.
pub fn entries() -> Vec<CatalogueEntry> {
    let causes = CAUSES.iter().map(|rule| (EntryGroup::Cause, rule.entry()));
    let checks = CHECKS
        .iter()
        .map(|check| (EntryGroup::Check, check.entry()));
    causes
        .chain(checks)
        .map(|(group, found)| entry(group, found))
        .collect()
}

fn entry(group: EntryGroup, entry: &Entry) -> CatalogueEntry {
    CatalogueEntry {
        kind: "rule".to_owned(),
        group,
        code: entry.code.to_owned(),
        name: entry.name.to_owned(),
        severity: entry.severity,
        confidence: entry.confidence,
        summary: entry.summary(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stand_before_checks() {
        let groups: Vec<EntryGroup> = entries().iter().map(|entry| entry.group).collect();
        let causes = groups
            .iter()
            .take_while(|group| **group == EntryGroup::Cause);
        assert_eq!(causes.count(), CAUSES.len());
        assert_eq!(groups.len(), CAUSES.len() + CHECKS.len());
        assert!(
            groups[CAUSES.len()..]
                .iter()
                .all(|group| *group == EntryGroup::Check)
        );
    }
}
