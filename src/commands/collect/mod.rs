//! `sendlens collect` prints the PowerShell scripts that collect the input in one folder: exports and logs,
//! or, with `--fleet`, digests that this program makes on many servers.
//!
//! In: which script, and the name of a file to write to, if any. Out: the script, with the functions that
//! both share and the version of this program.
//! Must not run anything. Invariant: a script is ASCII, so that no console and no editor can damage it.

use std::io::Write as _;

use anyhow::Result;

use crate::cli::CollectArgs;
use crate::exit::Exit;
use crate::language::Language;
use crate::output::Output;

/// The script that exports and copies.
const COLLECT: &str = include_str!("collect.ps1");

/// The script that makes digests on servers.
const FLEET: &str = include_str!("fleet.ps1");

/// What both scripts share.
const SHARED: &str = include_str!("shared.ps1");

/// The line of a script that stands for [`SHARED`].
const SHARED_LINE: &str = "# SENDLENS_SHARED\n";

/// The placeholder for the version of this program.
const VERSION_WORD: &str = "SENDLENS_VERSION";

/// A script as it is printed.
pub fn script(fleet: bool) -> String {
    let script = if fleet { FLEET } else { COLLECT };
    script
        .replacen(SHARED_LINE, SHARED, 1)
        .replace(VERSION_WORD, env!("CARGO_PKG_VERSION"))
}

/// Prints a script.
///
/// # Errors
/// If the output cannot be written.
pub fn collect(language: Language, args: &CollectArgs) -> Result<Exit> {
    let mut out = Output::open(
        language,
        args.output.as_deref(),
        anstream::ColorChoice::Never,
    )?;
    out.write_all(script(args.fleet).as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}
