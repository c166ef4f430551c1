//! `sendlens completions` prints completions for a shell, and `sendlens man` prints the manual page.
//!
//! In: the definition of the command line. Out: a script or a page on standard output.
//! Must not read any input.

use std::io::{self, Write};

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::completions;
use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::Output;

/// Writes output that needs no input.
///
/// # Errors
/// The error of the writer.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit> {
    let mut out = Output::open(None, anstream::ColorChoice::Auto)?;
    write(&mut out)?;
    out.finish()?;
    Ok(Exit::Clean)
}

/// `sendlens completions`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn completions(shell: Shell) -> Result<Exit> {
    let causes = CAUSES.iter().map(|cause| cause.meta());
    let entries = causes.chain(CHECKS.iter().map(|check| check.meta()));
    let mut codes: Vec<_> = entries.map(|entry| (entry.code, entry.name)).collect();
    codes.sort_unstable();
    print(|out| completions::write(shell, Cli::command(), &codes, out))
}

/// `sendlens man`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn man() -> Result<Exit> {
    print(|out| clap_mangen::Man::new(Cli::command()).render(out))
}
