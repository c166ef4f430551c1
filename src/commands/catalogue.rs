//! `sendlens rules` prints the catalogue, and `sendlens explain` the description of one entry, or
//! the entries that are about a reply or a notice.
//!
//! In: a format, or a question. Out: text on standard output.
//! Must not read any input.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::shell::print;
use crate::cli::{CatalogueFormat, RulesArgs};
use crate::diagnosis::rule::{RuleMeta, Severity};
use crate::exit::Exit;
use crate::language::{Language, labels, sentences};
use crate::render;
use crate::report::lookup::{Lookup, look_up, unknown_codes};
use crate::report::{catalogue, schema};

/// `sendlens rules`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn rules(language: Language, args: &RulesArgs) -> Result<Exit> {
    if args.schema {
        return print(language, |out| {
            render::json::document(&schema::schemas(), out)
        });
    }
    let entries = catalogue::entries(language);
    print(language, |out| match args.format {
        CatalogueFormat::Text => render::tables::catalogue_text(language, &entries, out),
        CatalogueFormat::Json => render::json::document(&entries, out),
        CatalogueFormat::Ndjson => entries
            .iter()
            .try_for_each(|entry| render::json::line(entry, out)),
        CatalogueFormat::Markdown => render::tables::catalogue_markdown(language, &entries, out),
    })
}

/// `sendlens explain`.
///
/// # Errors
/// If no entry is about the question, or the output cannot be written.
pub(crate) fn explain(language: Language, question: &[String]) -> Result<Exit> {
    // `explain 454 4.7.5` and `explain '454 4.7.5'` are the same.
    let question = question.join(" ");
    match look_up(&question) {
        Lookup::Found(found) => {
            let exit = match found[..] {
                [entry] => print(language, |out| describe(language, entry, out)),
                _ => print(language, |out| list(language, &found, out)),
            }?;
            match unknown_codes(&question).as_slice() {
                [] => Ok(exit),
                unknown => bail!(no_such_code(language, &language.list(unknown))),
            }
        }
        Lookup::Nearly(nearest) if nearest.is_empty() => {
            bail!(nothing_about(language, &question))
        }
        Lookup::Nearly(nearest) => {
            let names: Vec<String> = nearest.iter().map(|meta| named(meta)).collect();
            let names = one_of(language, &names);
            bail!(nothing_but_near(language, &question, &names))
        }
    }
}

fn describe(language: Language, entry: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    let severity = match entry.severity {
        Severity::Error => error_word(language),
        Severity::Warning => warning_word(language),
        Severity::Info => info_word(language),
    };
    writeln!(out, "{} {} ({severity})", entry.code, entry.name)?;
    writeln!(out, "\n{}", entry.plain_text(language))
}

fn list(language: Language, found: &[&RuleMeta], out: &mut dyn Write) -> io::Result<()> {
    let mut entries = catalogue::entries(language);
    let place = |code: &str| found.iter().position(|meta| meta.code == code);
    entries.retain(|entry| place(&entry.code).is_some());
    entries.sort_by_key(|entry| place(&entry.code));
    writeln!(out, "{}\n", several(language, entries.len()))?;
    render::tables::catalogue_text(language, &entries, out)
}

/// The code and the name of an entry.
fn named(entry: &RuleMeta) -> String {
    format!("{} ({})", entry.code, entry.name)
}

/// Names of which one is meant.
fn one_of(language: Language, names: &[String]) -> String {
    names.join(match language {
        Language::English => " or ",
        Language::Japanese => " または ",
    })
}

labels! {
    error_word: "error", "エラー" ["21918751"];
    warning_word: "warning", "警告" ["792112ef"];
    info_word: "info", "情報" ["0fb40705"];
}

sentences! {
    /// What stands above a list of entries.
    fn several(entries: usize) {
        en: "{entries} causes and checks are about this. `sendlens explain CODE` describes one of them.",
        ja: "これに関係する原因とチェックは {entries} 件あります。`sendlens explain CODE` で、それぞれの説明を表示します。" ["add9b243"],
    }
    /// Codes that do not exist, beside others that do.
    fn no_such_code(codes: &str) {
        en: "{codes}: no cause or check has this code or name. `sendlens rules` lists all codes and names",
        ja: "{codes}: このコードまたは名前の原因やチェックはありません。`sendlens rules` で、すべてのコードと名前を一覧表示できます。" ["ea0b56b7"],
    }
    /// A question that no entry answers.
    fn nothing_about(question: &str) {
        en: "{question}: no cause or check has this code or name or is about this reply, notice or error word. `sendlens rules` lists all codes and names",
        ja: "{question}: このコードまたは名前の原因やチェック、またはこの応答、通知、エラーの語に関係する原因やチェックはありません。`sendlens rules` で、すべてのコードと名前を一覧表示できます。" ["b178ec40"],
    }
    /// The same, with entries whose names are similar.
    fn nothing_but_near(question: &str, entries: &str) {
        en: "{question}: no cause or check has this code or name or is about this reply, notice or error word. Do you mean {entries}? `sendlens rules` lists all codes and names",
        ja: "{question}: このコードまたは名前の原因やチェック、またはこの応答、通知、エラーの語に関係する原因やチェックはありません。{entries} のことですか? `sendlens rules` で、すべてのコードと名前を一覧表示できます。" ["c725af3a"],
    }
}
