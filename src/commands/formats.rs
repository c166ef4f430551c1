//! Chooses the format of the output.
//!
//! In: `-f`, and the file of `-o`. Out: a format.
//! Must not write under an ending that says something else, unless `-f` asks for it.

use std::path::Path;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::language::{Language, sentences};

/// The endings of files, and the formats they stand for.
const ENDINGS: [(&str, &str); 7] = [
    ("json", "json"),
    ("ndjson", "ndjson"),
    ("csv", "csv"),
    ("md", "markdown"),
    ("html", "html"),
    ("parquet", "parquet"),
    ("txt", "text"),
];

/// The format that was asked for, else the one that the ending of the file stands for, else `default`.
///
/// # Errors
/// If the command does not write what the ending stands for.
pub(super) fn chosen<F: ValueEnum>(
    language: Language,
    asked: Option<F>,
    output: Option<&Path>,
    default: F,
) -> Result<F> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    let ending = output.and_then(Path::extension);
    let ending = ending.unwrap_or_default().to_string_lossy();
    let known = ENDINGS
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known));
    let (Some((_, name)), Some(output)) = (known, output) else {
        return Ok(default);
    };
    let Ok(format) = F::from_str(name, false) else {
        let file = output.display().to_string();
        bail!(not_written(language, &file, name, &names::<F>().join(", ")));
    };
    Ok(format)
}

fn names<F: ValueEnum>() -> Vec<String> {
    let values = F::value_variants().iter();
    let values = values.filter_map(ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

sentences! {
    /// An ending of a format that the command does not have.
    fn not_written(file: &str, format: &str, formats: &str) {
        en: "{file}: this command does not write {format}. Choose another ending, or give the format with -f: {formats}",
        ja: "{file}: このコマンドは {format} を書き込めません。別の拡張子を選ぶか、-f で次のいずれかの形式を指定してください: {formats}" ["f8477ad4"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::format::{ReportFormat, TableFormat};

    fn report(asked: Option<ReportFormat>, output: Option<&str>) -> ReportFormat {
        chosen(
            Language::English,
            asked,
            output.map(Path::new),
            ReportFormat::Text,
        )
        .expect("a format")
    }

    #[test]
    fn the_ending_chooses() {
        for (name, format) in [
            ("a.json", ReportFormat::Json),
            ("a.NDJSON", ReportFormat::Ndjson),
            ("b.json/a.csv", ReportFormat::Csv),
            ("a.json.md", ReportFormat::Markdown),
            ("a.html", ReportFormat::Html),
            ("a.txt", ReportFormat::Text),
            ("a.log", ReportFormat::Text),
            ("json", ReportFormat::Text),
        ] {
            assert_eq!(report(None, Some(name)), format, "{name}");
        }
        assert_eq!(report(None, None), ReportFormat::Text);
        let asked = Some(ReportFormat::Json);
        assert_eq!(report(asked, Some("a.csv")), ReportFormat::Json);
    }

    #[test]
    fn an_ending_of_another_command_is_refused() {
        let format = chosen(
            Language::English,
            None,
            Some(Path::new("a.html")),
            TableFormat::Ndjson,
        );
        let error = format.expect_err("no format of tables").to_string();
        for part in ["a.html", "html", "-f", "ndjson, json, csv, text"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
