//! The commands. Each has its own file, and some files are shared.
//!
//! In: a parsed [`Cli`]. Out: an [`Exit`], data on standard output or in a file, and warnings and
//! progress on standard error.
//! Must not decide anything about mail.
//!
//! | module | what it does |
//! |---|---|
//! | `config`, `digest_config` | checks the options and puts them into one struct |
//! | `inputs`, `exports`, `wanted`, `unusable` | find logs and exports, and report what is missing |
//! | `pipeline`, `counting`, `limits`, `chosen` | choose sessions, and read all of them into an analysis |
//! | `digests`, `finishing` | read digests, and put their streams among those of the logs |
//! | `digest`, `digesting`, `keeping` | read logs into digests, and write these |
//! | `updating` | tells what was added to logs since a digest was made |
//! | `choice`, `following`, `attempts`, `first_pass`, `only_pass`, `outlook`, `tracking`, `tracked_windows`, `settling`, `keeping`, `held`, `small_logs`, `mail_count` | follow messages over sessions and tracking logs |
//! | `completions`, `manual`, `shell` | what shells complete, and the manual |
//! | `redaction` | replaces names and addresses in the output |
//! | `target` | opens the output, and makes sure that it is no input |
//! | `formats` | chooses the format of the output |
//! | `filter`, `viewing`, `report` | filter a report, choose how it is shown, write it, and choose the exit code |

mod attempts;
mod catalogue;
mod certificates;
mod choice;
mod chosen;
pub mod collect;
mod completions;
pub mod config;
mod counting;
mod diagnose;
mod digest;
mod digest_config;
mod digesting;
mod digests;
mod export_bytes;
pub mod exports;
pub mod filter;
mod finishing;
mod first_pass;
mod following;
mod formats;
mod held;
mod inputs;
mod keeping;
mod limits;
mod lint;
mod mail_count;
mod manual;
mod messages;
mod only_pass;
mod outlook;
mod pipeline;
mod preflight;
mod queue_files;
mod redaction;
mod report;
mod sessions;
mod settling;
mod shell;
mod small_logs;
mod target;
mod tracked_windows;
mod tracking;
mod unusable;
mod updating;
mod viewing;
mod wanted;

use anyhow::Result;

use self::choice::Choice;
use self::config::Config;
use self::filter::Filter;
use crate::cli::{AnswerFormat, Cli, Command, DiagnoseArgs, FailOn};
use crate::exit::Exit;
use crate::language::Language;
use crate::render::format::{ReportFormat, SessionFormat, TableFormat};

/// Runs a command.
///
/// # Errors
/// If an option is wrong, no input can be used, or the output cannot be written.
pub fn run(typed: Cli) -> Result<Exit> {
    let language = typed.lang;
    match typed.command {
        Command::Diagnose(args) => {
            let format = report_format(language, &args)?;
            let mut input = args.input;
            let filter = Filter::new(language, args.select, args.ignore, &mut input.paths)?;
            let config = Config::new(language, input, args.output, FailOn::Error)?;
            let view = viewing::view(&args.view, &config)?;
            diagnose::diagnose(&config, format, &filter, &view)
        }
        Command::Lint(args) => {
            let format = report_format(language, &args)?;
            let mut input = args.input;
            let filter = Filter::new(language, args.select, args.ignore, &mut input.paths)?;
            let config = Config::of_exports(language, input, args.output)?;
            let view = viewing::view(&args.view, &config)?;
            lint::lint(&config, format, &filter, &view)
        }
        Command::Sessions(args) => {
            let file = args.output.output.as_deref();
            let default = SessionFormat::Table(TableFormat::Ndjson);
            let format = formats::chosen(language, args.format, file, default)?;
            let config = Config::new(language, args.input, args.output, FailOn::Error)?;
            sessions::sessions(&config, format)
        }
        Command::Certificates(args) => {
            let file = args.output.output.as_deref();
            let format = formats::chosen(language, args.format, file, TableFormat::Ndjson)?;
            let config = Config::new(language, args.input, args.output, FailOn::Error)?;
            certificates::certificates(&config, format)
        }
        Command::Preflight(args) => {
            let file = args.output.output.as_deref();
            let format = formats::chosen(language, args.format, file, AnswerFormat::Text)?;
            preflight::preflight(language, args.input, args.output, &args.heading, format)
        }
        Command::Messages(args) => {
            let file = args.output.output.as_deref();
            let format = formats::chosen(language, args.format, file, TableFormat::Ndjson)?;
            let choice = Choice::new(language, &args)?;
            let config = Config::new(language, args.input, args.output, FailOn::Error)?;
            messages::messages(&config, format, &choice)
        }
        Command::Digest(args) => digest::digest(&Config::of_digest(language, args)?),
        Command::Rules(args) => catalogue::rules(language, &args),
        Command::Explain { question } => catalogue::explain(language, &question),
        Command::Collect(args) => collect::collect(language, &args),
        Command::Completions { shell } => shell::completions(language, shell),
        Command::Man(args) => shell::man(language, &args),
    }
}

fn report_format(language: Language, args: &DiagnoseArgs) -> Result<ReportFormat> {
    let file = args.output.output.as_deref();
    formats::chosen(language, args.format, file, ReportFormat::Text)
}
