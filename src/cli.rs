//! The command line as you type it. [`crate::commands::config`] checks the options before anything
//! runs.
//!
//! In: the command line. Out: [`Cli`].
//! Must not read files, and must not describe options to people: [`crate::help`] does.

mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::language::Language;
use crate::mail::fate::Verdict;
use crate::progress;
use crate::render::format::{ReportFormat, SessionFormat, TableFormat};

pub use values::{AnswerFormat, CatalogueFormat, Color, FailOn, Io};

/// The program.
#[derive(Debug, Parser)]
#[command(name = "sendlens", version, max_term_width = 100)]
pub struct Cli {
    /// The language of what people read.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "LANGUAGE",
        default_value = "en",
        env = LANGUAGE_VARIABLE
    )]
    pub lang: Language,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The variable of the environment that chooses the language.
pub const LANGUAGE_VARIABLE: &str = "SENDLENS_LANG";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Finds causes and fixes.
    Diagnose(DiagnoseArgs),
    /// Writes a record for each session.
    Sessions(SessionsArgs),
    /// Writes a record for each certificate.
    Certificates(CertificatesArgs),
    /// Writes a record for each message.
    Messages(MessagesArgs),
    /// Writes what `diagnose` needs of logs into a small file.
    Digest(DigestArgs),
    /// Runs the checks.
    Lint(DiagnoseArgs),
    /// Plans a certificate renewal.
    Preflight(PreflightArgs),
    /// Lists the catalogue.
    Rules(RulesArgs),
    /// Describes an entry of the catalogue.
    Explain {
        /// A code or name, or a reply, in one or more words.
        #[arg(value_name = "CODE", required = true)]
        question: Vec<String>,
    },
    /// Prints a script that collects the input.
    Collect(CollectArgs),
    /// Prints a completion script.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual.
    Man(ManArgs),
}

/// The heading of options that few need.
pub const RARE: &str = "Rare options";

/// What to read, and which part of it.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files, folders, archives, patterns, or `-`.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exports of a tenant, with a name or without.
    #[arg(long, value_name = "NAME=PATH")]
    pub tenant: Vec<String>,
    /// Exports of the local Exchange.
    #[arg(long, value_name = "PATH")]
    pub on_prem: Vec<PathBuf>,
    /// Which part of it.
    #[command(flatten)]
    pub part: PartArgs,
    /// How to read it.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The time at which certificates may be expired.
    #[arg(help_heading = RARE, long, value_name = "TIME")]
    pub now: Option<String>,
    /// Whether only documented name matches count.
    #[arg(help_heading = RARE, long)]
    pub strict: bool,
}

/// Which part of the logs to read, and what it is called.
#[derive(Debug, Args)]
pub struct PartArgs {
    /// The start of the period.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// The end of the period.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The send connectors to read.
    #[arg(long, value_name = "GLOB")]
    pub connector: Option<String>,
    /// The streams to read.
    #[arg(long, value_name = "GLOB")]
    pub stream: Vec<String>,
    /// The server of logs whose path does not show one.
    #[arg(long, value_name = "NAME")]
    pub server: Option<String>,
}

/// How to read.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// The number of threads.
    #[arg(help_heading = RARE, long, value_name = "N")]
    pub threads: Option<usize>,
    /// How to read files.
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub io: Io,
    /// The most that may come out of archives.
    #[arg(help_heading = RARE, long, value_name = "SIZE", default_value = "256GB")]
    pub max_unpacked: String,
}

/// Where to write, and what else to show.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// The file to write to.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use colours.
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub color: Color,
    /// When to show progress.
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub progress: progress::When,
    /// Whether to leave out warnings.
    #[arg(help_heading = RARE, short, long)]
    pub quiet: bool,
    /// Whether to replace names, and the file for the list of them.
    #[arg(long, value_name = "MAP", num_args = 0..=1, require_equals = true)]
    #[allow(
        clippy::option_option,
        reason = "the option may be absent, or have no value"
    )]
    pub redact: Option<Option<PathBuf>>,
    /// The severity from which the exit code is 1.
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
}

/// `diagnose` and `lint`.
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the report.
    #[arg(short, long, value_enum)]
    pub format: Option<ReportFormat>,
    /// The only entries of the catalogue to report, or what their codes begin with.
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub select: Vec<String>,
    /// The entries to leave out.
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// How to show it.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// How a report is shown.
#[derive(Debug, Args)]
pub struct ViewArgs {
    /// Whether to write more than one screen.
    #[arg(long)]
    pub full: bool,
    /// Its title and its times.
    #[command(flatten)]
    pub heading: HeadingArgs,
}

/// The title and the times of what people read.
#[derive(Debug, Args)]
pub struct HeadingArgs {
    /// The title.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The time zone.
    #[arg(long, value_name = "ZONE", default_value = "utc")]
    pub time_zone: String,
}

/// `sessions`.
#[derive(Debug, Args)]
pub struct SessionsArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the output.
    #[arg(short, long, value_enum)]
    pub format: Option<SessionFormat>,
}

/// `certificates`.
#[derive(Debug, Args)]
pub struct CertificatesArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the output.
    #[arg(short, long, value_enum)]
    pub format: Option<TableFormat>,
}

/// `messages`.
#[derive(Debug, Args)]
pub struct MessagesArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the output.
    #[arg(short, long, value_enum)]
    pub format: Option<TableFormat>,
    /// Whether to list messages without a rejection.
    #[arg(long)]
    pub all: bool,
    /// The messages to list.
    #[arg(long, value_name = "ID")]
    pub message_id: Vec<String>,
    /// Their senders.
    #[arg(long, value_name = "GLOB")]
    pub sender: Option<String>,
    /// Their recipients.
    #[arg(long, value_name = "GLOB")]
    pub recipient: Option<String>,
    /// The fates of their recipients.
    #[arg(long, value_enum, value_name = "FATE", value_delimiter = ',')]
    pub fate: Vec<Verdict>,
    /// Whether to show subjects.
    #[arg(long)]
    pub subjects: bool,
}

/// `digest`.
#[derive(Debug, Args)]
pub struct DigestArgs {
    /// Files, folders, archives, patterns, or `-`.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The file to write to.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Whether to read only what was added since the file was written.
    #[arg(long)]
    pub update: bool,
    /// Whether to leave out attempts to send messages.
    #[arg(long)]
    pub without_messages: bool,
    /// Which part of it.
    #[command(flatten)]
    pub part: PartArgs,
    /// Replace names and addresses.
    #[arg(long, value_name = "MAP", num_args = 0..=1, require_equals = true)]
    #[allow(
        clippy::option_option,
        reason = "the option may be absent, or have no value"
    )]
    pub redact: Option<Option<PathBuf>>,
    /// How to read it.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// When to show progress.
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub progress: progress::When,
    /// Whether to leave out warnings.
    #[arg(help_heading = RARE, short, long)]
    pub quiet: bool,
}

/// `preflight`.
///
/// CERT and PATH share one list, because only the files show which is which. See
/// [`crate::commands`].
#[derive(Debug, Args)]
#[command(
    override_usage = "sendlens preflight [OPTIONS] <CERT>... <PATH>...",
    mut_arg("paths", |arg| arg.value_names(["CERT", "PATH"]))
)]
pub struct PreflightArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the answer.
    #[arg(short, long, value_enum)]
    pub format: Option<AnswerFormat>,
    /// How to show it.
    #[command(flatten)]
    pub heading: HeadingArgs,
}

/// `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// The format of the output.
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: CatalogueFormat,
    /// Whether to print the JSON Schemas instead.
    #[arg(long)]
    pub schema: bool,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command whose page to print.
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// The folder for all pages.
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// Print the script that makes digests on many servers instead.
    #[arg(long)]
    pub fleet: bool,
    /// The file to write to.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
