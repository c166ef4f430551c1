//! The manual: one page for the program, and one for each command.
//!
//! In: the definition of the command line, and the help of each command. Out: pages for `man`.
//! Must not repeat what the options say of themselves.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::help::{HELP, Help};

/// Writes the page of the program.
///
/// # Errors
/// The error of the writer.
pub(super) fn program(program: &Command, out: &mut dyn Write) -> io::Result<()> {
    let man = Man::new(program.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut page = Roff::new();
    page.control("SH", ["COMMANDS"]);
    for help in HELP {
        let about = program.find_subcommand(help.command);
        let about = about.and_then(Command::get_about).map(ToString::to_string);
        page.control("TP", []);
        page.text([bold(format!("sendlens-{}(1)", help.command))]);
        page.text([roman(about.unwrap_or_default())]);
    }
    page.to_writer(out)?;
    man.render_version_section(out)
}

/// Writes the page of a command.
///
/// # Errors
/// The error of the writer.
pub(super) fn command(command: &Command, help: &Help, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("sendlens-{}", help.command);
    let man = Man::new(command.clone().display_name(&name)).title(&name);
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut page = Roff::new();
    if !help.notes.is_empty() {
        page.control("SH", ["NOTES"]);
        for line in help.notes.trim_start_matches('\n').lines() {
            page.text([roman(line)]);
            page.control("br", []);
        }
    }
    page.control("SH", ["EXIT STATUS"]);
    for (code, means) in help.exits {
        page.control("TP", []);
        page.text([bold(code.to_string())]);
        page.text([roman(*means)]);
    }
    page.control("SH", ["EXAMPLES"]);
    for example in help.examples {
        page.control("TP", []);
        page.text([bold(example.line)]);
        page.text([roman(example.does)]);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("sendlens(1)")]);
    page.to_writer(out)
}
