//! Parse, call, print the error chain, end with the exit code.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use sendlens::cli::{CatalogueFormat, Cli, Command, FailOn};
use sendlens::config::Config;
use sendlens::exit::Exit;
use sendlens::run::{self, Filter};
use sendlens::{collect, lint, listing, output, preflight, render, report, rules};

#[allow(
    clippy::print_stderr,
    reason = "the error chain goes to standard error"
)]
fn main() -> ExitCode {
    let exit = match call(Cli::parse().command) {
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

fn call(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Diagnose(args) => {
            let mut input = args.input;
            let filter = Filter::new(args.select, args.ignore, &mut input.paths)?;
            let config = Config::new(input, args.output, FailOn::Error)?;
            run::diagnose(&config, args.format, &filter)
        }
        Command::Lint(args) => {
            let mut input = args.input;
            let filter = Filter::new(args.select, args.ignore, &mut input.paths)?;
            let config = Config::of_exports(input, args.output)?;
            lint::lint(&config, args.format, &filter)
        }
        Command::Sessions(args) => {
            let config = Config::new(args.input, args.output, FailOn::Error)?;
            listing::sessions(&config, args.format)
        }
        Command::Certificates(args) => {
            let config = Config::new(args.input, args.output, FailOn::Error)?;
            run::certificates(&config, args.format)
        }
        Command::Preflight(args) => preflight::preflight(args.input, args.output, args.format),
        Command::Rules(args) if args.schema => {
            run::print(|out| render::json::document(&report::schema::schemas(), out))
        }
        Command::Rules(args) => run::print(|out| {
            let entries = report::catalogue::entries();
            match args.format {
                CatalogueFormat::Text => render::tables::catalogue_text(&entries, out),
                CatalogueFormat::Json => render::json::document(&entries, out),
                CatalogueFormat::Ndjson => entries
                    .iter()
                    .try_for_each(|entry| render::json::line(entry, out)),
                CatalogueFormat::Markdown => render::tables::catalogue_markdown(&entries, out),
            }
        }),
        Command::Explain { code } => match rules::find(&code) {
            Some(entry) => run::print(|out| {
                let head = format!(
                    "{} {} ({})",
                    entry.code,
                    entry.name,
                    entry.severity.as_str()
                );
                writeln!(out, "{head}\n\n{}", entry.plain_text())
            }),
            None => anyhow::bail!("{code}: no such entry; `sendlens rules` lists them all"),
        },
        Command::Collect(args) => collect::collect(&args),
        Command::Completions { shell } => run::print(|out| {
            clap_complete::generate(shell, &mut Cli::command(), "sendlens", out);
            Ok(())
        }),
        Command::Man => run::print(|out| clap_mangen::Man::new(Cli::command()).render(out)),
    }
}
