//! `sendlens rules` prints the catalogue, and `sendlens explain` the description of one entry.
//!
//! In: a format, or a code or name. Out: text on standard output.
//! Must not read any input.

use anyhow::{Result, bail};

use super::shell::print;
use crate::cli::{CatalogueFormat, RulesArgs};
use crate::exit::Exit;
use crate::render;
use crate::report::{catalogue, schema};

/// `sendlens rules`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn rules(args: &RulesArgs) -> Result<Exit> {
    if args.schema {
        return print(|out| render::json::document(&schema::schemas(), out));
    }
    let entries = catalogue::entries();
    print(|out| match args.format {
        CatalogueFormat::Text => render::tables::catalogue_text(&entries, out),
        CatalogueFormat::Json => render::json::document(&entries, out),
        CatalogueFormat::Ndjson => entries
            .iter()
            .try_for_each(|entry| render::json::line(entry, out)),
        CatalogueFormat::Markdown => render::tables::catalogue_markdown(&entries, out),
    })
}

/// `sendlens explain`.
///
/// # Errors
/// If there is no such entry, or the output cannot be written.
pub(crate) fn explain(code: &str) -> Result<Exit> {
    let Some(entry) = catalogue::find(code) else {
        bail!(
            "{code}: there is no such cause or check. `sendlens rules` lists all codes and names"
        );
    };
    print(|out| {
        let severity = entry.severity.as_str();
        writeln!(out, "{} {} ({severity})", entry.code, entry.name)?;
        writeln!(out, "\n{}", entry.plain_text())
    })
}
