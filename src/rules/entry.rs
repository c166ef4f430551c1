//! What every entry of the catalogue has, and what it says where it holds.
//!
//! In: nothing. Out: the [`Rule`] trait, the `entry!` macro, severities and confidences.
//! The text of an entry is its doc comment, kept in the binary for `sendlens explain`.

use serde::Serialize;

use super::case::Case;
use super::fix::Fix;

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Should be looked at.
    Warning,
    /// Mail is lost.
    Error,
}

/// How sure it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A pointer.
    Low,
    /// Follows from the simulation.
    Medium,
    /// The input proves it.
    High,
}

impl Severity {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Confidence {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// An entry's fixed part.
#[derive(Debug)]
pub struct Entry {
    /// The code, such as `CRT004`.
    pub code: &'static str,
    /// The name, such as `certificate-renamed`.
    pub name: &'static str,
    /// The usual severity.
    pub severity: Severity,
    /// The usual confidence.
    pub confidence: Confidence,
    /// The full text, Markdown.
    pub text: &'static str,
}

impl Entry {
    /// The first paragraph of the text on one line.
    pub fn summary(&self) -> String {
        let first = self.text.trim_start().split("\n\n").next().unwrap_or("");
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text without the blank that a doc comment puts before each line.
    pub fn plain_text(&self) -> String {
        let lines: Vec<&str> = self
            .text
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.join("\n").trim().to_owned()
    }
}

/// The tenant and inbound connector that decide a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// The tenant's name.
    pub tenant: String,
    /// The connector's name; `None` where only the tenant is known.
    pub connector: Option<String>,
    /// When the connector was changed, where known.
    pub changed: Option<chrono::DateTime<chrono::Utc>>,
}

/// An entry that holds.
#[derive(Debug, Clone)]
pub struct Finding {
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What decides.
    pub deciding: Option<Deciding>,
    /// What happened, in sentences with the real names.
    pub explanation: String,
    /// What mends it.
    pub fix: Vec<Fix>,
}

impl Finding {
    /// A finding of an entry's usual severity and confidence.
    pub fn of(entry: &Entry, explanation: String) -> Finding {
        Finding {
            severity: entry.severity,
            confidence: entry.confidence,
            deciding: None,
            explanation,
            fix: Vec::new(),
        }
    }

    /// With the tenant and connector that decide.
    pub fn deciding(mut self, deciding: Option<Deciding>) -> Finding {
        self.deciding = deciding;
        self
    }

    /// With a way to mend it.
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fix.push(fix);
        self
    }

    /// With another confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Finding {
        self.confidence = confidence;
        self
    }
}

/// An entry of the catalogue.
pub trait Rule: Sync {
    /// Code, name and text.
    fn entry(&self) -> &'static Entry;

    /// What it finds, if it holds for this case.
    fn check(&self, case: &Case<'_>) -> Option<Finding>;

    /// True for entries that hold only where no entry before them does: they are never listed
    /// beside another cause.
    fn only_alone(&self) -> bool {
        false
    }
}

/// Declares an entry: its type, its fixed part and, as doc comment, its text.
macro_rules! entry {
    ($(#[doc = $text:expr])+ $name:ident, $code:literal, $slug:literal, $severity:ident, $confidence:ident) => {
        $(#[doc = $text])+
        #[derive(Debug)]
        pub(crate) struct $name;

        impl $name {
            const ENTRY: $crate::rules::Entry = $crate::rules::Entry {
                code: $code,
                name: $slug,
                severity: $crate::rules::Severity::$severity,
                confidence: $crate::rules::Confidence::$confidence,
                text: concat!($($text, "\n"),+),
            };
        }
    };
}
pub(crate) use entry;
