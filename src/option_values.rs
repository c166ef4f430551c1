//! What people may type where an option takes a format, a fate or a language.
//!
//! In: nothing. Out: the names of formats, fates and languages.
//! Must not know what is done with them, and must not describe them: [`crate::help`] does. Languages have
//! their own names everywhere.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::language::Language;
use crate::mail::fate::Verdict;
use crate::render::format::{ReportFormat, SessionFormat, TableFormat};

impl ValueEnum for ReportFormat {
    fn value_variants<'a>() -> &'a [ReportFormat] {
        use ReportFormat::{Csv, Html, Json, Markdown, Ndjson, Text};
        &[Text, Json, Ndjson, Csv, Markdown, Html]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            ReportFormat::Text => "text",
            ReportFormat::Json => "json",
            ReportFormat::Ndjson => "ndjson",
            ReportFormat::Csv => "csv",
            ReportFormat::Markdown => "markdown",
            ReportFormat::Html => "html",
        }))
    }
}

impl ValueEnum for TableFormat {
    fn value_variants<'a>() -> &'a [TableFormat] {
        use TableFormat::{Csv, Json, Ndjson, Text};
        &[Ndjson, Json, Csv, Text]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            TableFormat::Ndjson => "ndjson",
            TableFormat::Json => "json",
            TableFormat::Csv => "csv",
            TableFormat::Text => "text",
        }))
    }
}

impl ValueEnum for SessionFormat {
    fn value_variants<'a>() -> &'a [SessionFormat] {
        use TableFormat::{Csv, Json, Ndjson, Text};
        &[
            SessionFormat::Table(Ndjson),
            SessionFormat::Table(Json),
            SessionFormat::Table(Csv),
            SessionFormat::Table(Text),
            #[cfg(feature = "parquet")]
            SessionFormat::Parquet,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            SessionFormat::Table(format) => format.to_possible_value(),
            #[cfg(feature = "parquet")]
            SessionFormat::Parquet => Some(PossibleValue::new("parquet")),
        }
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
        Some(PossibleValue::new(self.as_str()))
    }
}
