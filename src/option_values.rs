//! What people may type where an option takes a format, a fate or a language.
//!
//! In: nothing. Out: the names of formats, fates and languages, with a description for the help.
//! Must not know what is done with them.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::language::Language;
use crate::mail::fate::Verdict;
use crate::render::format::{ReportFormat, TableFormat};

impl ValueEnum for ReportFormat {
    fn value_variants<'a>() -> &'a [ReportFormat] {
        use ReportFormat::{Csv, Html, Json, Markdown, Ndjson, Text};
        &[Text, Json, Ndjson, Csv, Markdown, Html]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            ReportFormat::Text => ("text", "Text to read"),
            ReportFormat::Json => ("json", "One JSON document"),
            ReportFormat::Ndjson => ("ndjson", "One JSON object on each line"),
            ReportFormat::Csv => (
                "csv",
                "One row for each incident and finding, for spreadsheets",
            ),
            ReportFormat::Markdown => ("markdown", "Markdown for a ticket"),
            ReportFormat::Html => ("html", "One page for a browser or a printer"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for TableFormat {
    fn value_variants<'a>() -> &'a [TableFormat] {
        use TableFormat::{Csv, Json, Ndjson, Text};
        &[Ndjson, Json, Csv, Text]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            TableFormat::Ndjson => ("ndjson", "One JSON object on each line"),
            TableFormat::Json => ("json", "One JSON array"),
            TableFormat::Csv => ("csv", "One row for each record, for spreadsheets"),
            TableFormat::Text => ("text", "Text to read"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Language] {
        &[Language::English, Language::Japanese]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        // Each in its own language, for those who read no other.
        let help = match self {
            Language::English => "English",
            Language::Japanese => "日本語",
        };
        Some(PossibleValue::new(self.tag()).help(help))
    }
}

impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Verdict] {
        use Verdict::{Bounced, Delivered, Expanded, Lost, Unknown, Waiting};
        &[Delivered, Bounced, Lost, Waiting, Expanded, Unknown]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Verdict::Delivered => "A host outside took it over",
            Verdict::Bounced => "Your server gave up, and tells the sender",
            Verdict::Lost => "Your server gave up, and tells nobody",
            Verdict::Waiting => "It is in a queue",
            Verdict::Expanded => "It was a group, whose members have fates of their own",
            Verdict::Unknown => "The input does not show it",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}
