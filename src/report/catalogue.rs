//! The catalogue as data, for `sendlens rules` and `sendlens explain`.
//!
//! In: [`CAUSES`] and [`CHECKS`]. Out: [`CatalogueEntry`]s, first the causes in their order of
//! precedence, then the checks by code.
//! Must not contain the texts of entries: they are in the files of the entries.

use schemars::JsonSchema;
use serde::Serialize;

use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::diagnosis::rule::{Confidence, RuleMeta, Severity};
use crate::language::Language;

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryGroup {
    /// It explains rejections and TLS failures in the logs.
    Cause,
    /// It checks the configuration or the logs, even if nothing failed.
    Check,
}

/// One cause or check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogueEntry {
    /// Always `rule`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is a cause or a check.
    pub group: EntryGroup,
    /// The code, such as `CRT004`.
    pub code: String,
    /// The name, such as `certificate-renamed`.
    pub name: String,
    /// The usual severity.
    pub severity: Severity,
    /// The usual confidence.
    pub confidence: Confidence,
    /// What it finds, in one sentence.
    pub summary: String,
}

/// All entries: first the causes in their order of precedence, then the checks by code.
pub fn entries(language: Language) -> Vec<CatalogueEntry> {
    let causes = CAUSES.iter().map(|rule| (EntryGroup::Cause, rule.meta()));
    let checks = CHECKS.iter().map(|check| (EntryGroup::Check, check.meta()));
    causes
        .chain(checks)
        .map(|(group, found)| entry(language, group, found))
        .collect()
}

fn entry(language: Language, group: EntryGroup, entry: &RuleMeta) -> CatalogueEntry {
    CatalogueEntry {
        kind: "rule".to_owned(),
        group,
        code: entry.code.to_owned(),
        name: entry.name.to_owned(),
        severity: entry.severity,
        confidence: entry.confidence,
        summary: entry.summary(language),
    }
}

/// The metadata of every entry: first the causes in their order of precedence, then the checks by
/// code.
pub fn metas() -> impl Iterator<Item = &'static RuleMeta> {
    let causes = CAUSES.iter().map(|cause| cause.meta());
    causes.chain(CHECKS.iter().map(|check| check.meta()))
}

/// Finds an entry by code or name, in upper or lower case.
pub fn find(code_or_name: &str) -> Option<&'static RuleMeta> {
    metas().find(|meta| {
        meta.code.eq_ignore_ascii_case(code_or_name) || meta.name.eq_ignore_ascii_case(code_or_name)
    })
}

/// Whether at least one code of the catalogue begins with the text.
pub fn is_code_prefix(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let mut codes = metas().map(|meta| meta.code);
    !text.is_empty() && codes.any(|code| code.starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn causes_stand_before_checks() {
        let groups: Vec<EntryGroup> = entries(Language::English)
            .iter()
            .map(|entry| entry.group)
            .collect();
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

    #[test]
    fn codes_and_names_are_unique_and_texts_are_whole() {
        let mut seen = BTreeSet::new();
        for meta in metas() {
            assert!(
                seen.insert(meta.code) && seen.insert(meta.name),
                "{} twice",
                meta.code
            );
            for heading in ["What it finds", "Why it matters", "What to do"] {
                let place = meta.text.find(&format!("## {heading}"));
                assert!(place.is_some(), "{} lacks the heading {heading}", meta.code);
            }
            assert!(
                !meta.summary(Language::English).is_empty(),
                "{} lacks a first sentence",
                meta.code
            );
        }
    }

    #[test]
    fn every_text_ends_with_its_sources() {
        for meta in metas() {
            let text = meta.plain_text(Language::English);
            let last = text.rfind("\n## ").map(|place| &text[place + 1..]);
            let sources = last.and_then(|last| last.strip_prefix("## Sources\n"));
            let sources = sources.unwrap_or_else(|| panic!("{} lacks its sources", meta.code));
            let source = sources.lines().find(|line| line.starts_with("- "));
            assert!(source.is_some(), "{} has no source", meta.code);
        }
    }

    #[test]
    fn entries_are_found_by_code_and_name() {
        assert_eq!(
            find("crt004").map(|meta| meta.name),
            Some("certificate-renamed")
        );
        assert_eq!(
            find("certificate-renamed").map(|meta| meta.code),
            Some("CRT004")
        );
        assert!(find("XYZ").is_none());
    }

    #[test]
    fn checks_stand_by_code() {
        let codes: Vec<&str> = CHECKS.iter().map(|check| check.meta().code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
    }
}
