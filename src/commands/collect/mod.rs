//! `sendlens collect`: the PowerShell script that writes everything wanted into one folder.
//!
//! In: nothing but the name of a file to write to. Out: the script as it stands in `collect.ps1`,
//! with the version of this program in it. Must not run anything.
//! Invariant: it is ASCII, so that no console and no editor can break it.

use std::io::Write as _;

use anyhow::Result;

use crate::cli::CollectArgs;
use crate::exit::Exit;
use crate::output::Output;

/// The script, with a word in place of the version.
const SCRIPT: &str = include_str!("collect.ps1");

/// Stands in the script for the version of this program.
const VERSION_WORD: &str = "SENDLENS_VERSION";

/// The script as it is printed.
pub fn script() -> String {
    SCRIPT.replace(VERSION_WORD, env!("CARGO_PKG_VERSION"))
}

/// Prints the script.
///
/// # Errors
/// Where the output cannot be written.
pub fn collect(args: &CollectArgs) -> Result<Exit> {
    let mut out = Output::open(args.output.as_deref(), anstream::ColorChoice::Never)?;
    out.write_all(script().as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}
