//! `sendlens collect` prints the PowerShell script that collects the exports and logs in one folder.
//!
//! In: the name of a file to write to, if any. Out: the script `collect.ps1`, with the version of this
//! program.
//! Must not run anything. Invariant: the script is ASCII, so that no console and no editor can damage it.

use std::io::Write as _;

use anyhow::Result;

use crate::cli::CollectArgs;
use crate::exit::Exit;
use crate::language::Language;
use crate::output::Output;

/// The script, with a placeholder for the version.
const SCRIPT: &str = include_str!("collect.ps1");

/// The placeholder for the version of this program.
const VERSION_WORD: &str = "SENDLENS_VERSION";

/// The script as it is printed.
pub fn script() -> String {
    SCRIPT.replace(VERSION_WORD, env!("CARGO_PKG_VERSION"))
}

/// Prints the script.
///
/// # Errors
/// If the output cannot be written.
pub fn collect(language: Language, args: &CollectArgs) -> Result<Exit> {
    let mut out = Output::open(
        language,
        args.output.as_deref(),
        anstream::ColorChoice::Never,
    )?;
    out.write_all(script().as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}
