//! Parses the command line, runs the command, prints the error, and ends with the exit code.

use std::process::ExitCode;

use clap::FromArgMatches as _;

use sendlens::cli::Cli;
use sendlens::exit::Exit;
use sendlens::{commands, help, output, part_file, render, signals};

fn main() -> ExitCode {
    clean_up_at_the_end();
    let language = help::language(std::env::args_os());
    let typed = help::command(language).get_matches();
    let cli = Cli::from_arg_matches(&typed).unwrap_or_else(|error| error.exit());
    let exit = match commands::run(cli) {
        Ok(exit) => exit,
        Err(error) if output::is_closed_pipe(&error) => Exit::Clean,
        Err(error) => {
            output::tell(&render::plain::visible(&format!("{error:#}")));
            Exit::Trouble
        }
    };
    exit.into()
}

/// A file that is not complete goes away, whatever ends the program.
fn clean_up_at_the_end() {
    signals::on_end(part_file::remove_and_exit);
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        part_file::remove_after_panic();
        tell(panic);
    }));
}
