//! Parses the command line, runs the command, prints the error, and ends with the exit code.

use std::process::ExitCode;

use clap::Parser as _;

use sendlens::cli::Cli;
use sendlens::exit::Exit;
use sendlens::{commands, output, render};

#[allow(clippy::print_stderr, reason = "errors go to standard error")]
fn main() -> ExitCode {
    let exit = match commands::run(Cli::parse().command) {
        Ok(exit) => exit,
        Err(error) if output::is_closed_pipe(&error) => Exit::Clean,
        Err(error) => {
            let text = format!("{error:#}");
            eprintln!("sendlens: {}", render::plain::visible(&text));
            Exit::Trouble
        }
    };
    exit.into()
}
