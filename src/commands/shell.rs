//! `sendlens completions` prints completions for a shell, and `sendlens man` prints the manual.
//!
//! In: the definition of the command line. Out: a script or a page on standard output, or pages in a folder.
//! Must not read any input.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::Command;
use clap_complete::Shell;

use super::{completions, manual};
use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::cli::ManArgs;
use crate::exit::Exit;
use crate::help::{self, commands};
use crate::language::{Language, sentences};
use crate::output::Output;

/// Writes output that needs no input.
///
/// # Errors
/// The error of the writer.
pub(crate) fn print(
    language: Language,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Exit> {
    let mut out = Output::open(language, None, anstream::ColorChoice::Auto)?;
    write(&mut out)?;
    out.finish()?;
    Ok(Exit::Clean)
}

/// `sendlens completions`.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn completions(language: Language, shell: Shell) -> Result<Exit> {
    let causes = CAUSES.iter().map(|cause| cause.meta());
    let entries = causes.chain(CHECKS.iter().map(|check| check.meta()));
    let mut codes: Vec<_> = entries.map(|entry| (entry.code, entry.name)).collect();
    codes.sort_unstable();
    print(language, |out| {
        completions::write(language, shell, &codes, out)
    })
}

/// `sendlens man`.
///
/// # Errors
/// If there is no such command, or the output cannot be written.
pub(crate) fn man(language: Language, args: &ManArgs) -> Result<Exit> {
    let mut program = help::command(language);
    program.build();
    if let Some(folder) = &args.output {
        return write_pages(language, &program, folder);
    }
    let Some(name) = &args.command else {
        return print(language, |out| manual::program(language, &program, out));
    };
    match program.find_subcommand(name).zip(commands::of(name)) {
        Some((command, help)) => print(language, |out| {
            manual::command(language, command, help, out)
        }),
        None => bail!(no_such_command(language, name)),
    }
}

/// One file for the program and one for each command.
fn write_pages(language: Language, program: &Command, folder: &Path) -> Result<Exit> {
    let cannot = || no_pages_there(language, &folder.display().to_string());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    let mut page = Vec::new();
    manual::program(language, program, &mut page)?;
    std::fs::write(folder.join("sendlens.1"), &page).with_context(cannot)?;
    for help in commands::HELP {
        let Some(command) = program.find_subcommand(help.command) else {
            continue;
        };
        page.clear();
        manual::command(language, command, help, &mut page)?;
        let name = format!("sendlens-{}.1", help.command);
        std::fs::write(folder.join(name), &page).with_context(cannot)?;
    }
    Ok(Exit::Clean)
}

sentences! {
    /// A command that does not exist.
    fn no_such_command(name: &str) {
        en: "{name}: there is no such command. `sendlens help` lists all of them",
        ja: "{name}: このようなコマンドはありません。`sendlens help` で、すべてのコマンドを一覧表示できます。" ["2ccac10f"],
    }
    /// A folder that cannot be written.
    fn no_pages_there(folder: &str) {
        en: "{folder}: the pages cannot be written there",
        ja: "{folder}: ここにはページを書き込めません" ["8e7aaeeb"],
    }
}
