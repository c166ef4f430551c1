//! `sendlens rules` prints the catalogue, and `sendlens explain` the description of one entry, or
//! the entries that are about a reply or a notice.
//!
//! In: a format, or a question. Out: text on standard output.
//! Must not read any input.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::shell::print;
use crate::cli::{CatalogueFormat, RulesArgs};
use crate::diagnosis::rule::RuleMeta;
use crate::exit::Exit;
use crate::language::Language;
use crate::render;
use crate::report::lookup::{Lookup, look_up, unknown_codes};
use crate::report::{catalogue, schema};

/// `sendlens rules`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn rules(language: Language, args: &RulesArgs) -> Result<Exit> {
    if args.schema {
        return print(|out| render::json::document(&schema::schemas(), out));
    }
    let entries = catalogue::entries(language);
    print(|out| match args.format {
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
                [entry] => print(|out| describe(language, entry, out)),
                _ => print(|out| list(language, &found, out)),
            }?;
            match unknown_codes(&question).as_slice() {
                [] => Ok(exit),
                unknown => bail!(
                    "{}: no cause or check has this code or name. `sendlens rules` lists all codes and names",
                    unknown.join(", ")
                ),
            }
        }
        Lookup::Nearly(nearest) => bail!(
            "{question}: no cause or check has this code or name or is about this reply, notice or \
             error word. {}`sendlens rules` lists all codes and names",
            suggestion(&nearest)
        ),
    }
}

fn describe(language: Language, entry: &RuleMeta, out: &mut dyn Write) -> io::Result<()> {
    let severity = entry.severity.as_str();
    writeln!(out, "{} {} ({severity})", entry.code, entry.name)?;
    writeln!(out, "\n{}", entry.plain_text(language))
}

fn list(language: Language, found: &[&RuleMeta], out: &mut dyn Write) -> io::Result<()> {
    let mut entries = catalogue::entries(language);
    let place = |code: &str| found.iter().position(|meta| meta.code == code);
    entries.retain(|entry| place(&entry.code).is_some());
    entries.sort_by_key(|entry| place(&entry.code));
    let count = entries.len();
    writeln!(
        out,
        "{count} causes and checks are about this. `sendlens explain CODE` describes one of them.\n"
    )?;
    render::tables::catalogue_text(language, &entries, out)
}

/// The nearest entries as a question, with a space after it. Empty if there are none.
fn suggestion(nearest: &[&RuleMeta]) -> String {
    let names: Vec<String> = nearest
        .iter()
        .map(|meta| format!("{} ({})", meta.code, meta.name))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("Do you mean {}? ", names.join(" or "))
}
