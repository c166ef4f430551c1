//! The command line as you type it. [`crate::commands::config`] checks the options before anything
//! runs.
//!
//! In: the command line. Out: [`Cli`].
//! Must not read files.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::language::Language;
use crate::mail::fate::Verdict;
use crate::progress;
use crate::render::format::{ReportFormat, TableFormat};

/// Find out from Exchange send protocol logs why Microsoft 365 rejects mail.
#[derive(Debug, Parser)]
#[command(name = "sendlens", version, about, max_term_width = 100)]
pub struct Cli {
    /// The language of what people read. Data, codes, commands and log rows are the same in every
    /// language
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "LANGUAGE",
        default_value = "en",
        env = "SENDLENS_LANG"
    )]
    pub lang: Language,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the cause of rejected mail (550 5.7.64 and related errors), and the fix
    Diagnose(DiagnoseArgs),
    /// Write one record for each SMTP session, with the certificate that was offered
    Sessions(TableArgs),
    /// List which certificate each send connector and server offered, when, and with what result
    Certificates(TableArgs),
    /// List the messages that Exchange Online rejected or deferred, and what became of them
    Messages(MessagesArgs),
    /// Check the configuration. This needs exports, but no logs
    Lint(DiagnoseArgs),
    /// Check a new certificate before you switch to it
    Preflight(PreflightArgs),
    /// List all causes and checks
    Rules(RulesArgs),
    /// Print the full description of a cause or check, or list those that are about a reply
    Explain {
        /// A code or name, such as CRT004 or certificate-renamed, or what you have in front of
        /// you: a reply ('550 5.7.64 TenantAttribution'), a part of it (5.7.64, ATTR36), a notice
        /// (MC1226222, KB3169958) or an error word (NoCredentials)
        #[arg(value_name = "CODE", required = true)]
        question: Vec<String>,
    },
    /// Print a PowerShell script that collects the exports and logs in one folder
    Collect(CollectArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell that runs the script
        shell: clap_complete::Shell,
    },
    /// Print the manual, one page for each command
    Man(ManArgs),
}

/// The heading of options that few need.
const RARE: &str = "Rare options";

/// What to read, and which part of it.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files, folders with all their subfolders, archives (.zip, .gz, .zst), patterns such as
    /// 'SEND*.LOG', or - for a log on standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the exports of this tenant from PATH. Without NAME=, the name comes from the exports.
    /// You can repeat this option
    #[arg(long, value_name = "NAME=PATH")]
    pub tenant: Vec<String>,
    /// Read the exports of the local Exchange from PATH (Get-SendConnector,
    /// Get-ExchangeCertificate). You can repeat this option
    #[arg(long, value_name = "PATH")]
    pub on_prem: Vec<PathBuf>,
    /// Read only sessions since this time: 2026-11-03T02:00:00Z, 2026-11-03, or 3d, 12h, 30m before
    /// the last log line
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Read only sessions until this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Read only send connectors whose name matches this pattern
    #[arg(long, value_name = "GLOB")]
    pub connector: Option<String>,
    /// Number of threads. By default, there is one for each processor
    #[arg(help_heading = RARE, long, value_name = "N")]
    pub threads: Option<usize>,
    /// How to read files
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub io: Io,
    /// How much may come out of all archives together, such as 64MB or 2GB
    #[arg(help_heading = RARE, long, value_name = "SIZE", default_value = "256GB")]
    pub max_unpacked: String,
    /// Check whether certificates are expired at this time. By default, it is the time of the last
    /// log line, and without logs the current time
    #[arg(help_heading = RARE, long, value_name = "TIME")]
    pub now: Option<String>,
    /// Accept only the name matches that Microsoft documents: the same name, or a name one label
    /// below a wildcard
    #[arg(help_heading = RARE, long)]
    pub strict: bool,
}

/// Where to write, and what else to show.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write to a file instead of standard output. In Windows PowerShell, use this and not >, which
    /// changes the encoding
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use colours
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub color: Color,
    /// When to show progress on standard error
    #[arg(help_heading = RARE, long, value_enum, default_value = "auto")]
    pub progress: progress::When,
    /// Do not write warnings to standard error
    #[arg(help_heading = RARE, short, long)]
    pub quiet: bool,
    /// Replace names, addresses and everything else that is personal or names your organisation.
    /// With =MAP, write the list of replaced values to the file MAP. Keep that file to yourself
    #[arg(long, value_name = "MAP", num_args = 0..=1, require_equals = true)]
    #[allow(
        clippy::option_option,
        reason = "the option may be absent, or have no value"
    )]
    pub redact: Option<Option<PathBuf>>,
    /// Exit with code 1 if something of this severity or worse is found. The default is error, and
    /// warning for lint and preflight
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
    /// The format of the report. By default, the ending of the output file chooses it (.json, .ndjson,
    /// .csv, .md, .html or .txt), and without one it is text
    #[arg(short, long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Report only these causes and checks. CRT stands for all codes that begin with it
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave out these causes and checks. CRT stands for all codes that begin with it
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// How to show it.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// How a report is shown.
#[derive(Debug, Args)]
pub struct ViewArgs {
    /// Write everything. Without it, text is one screen
    #[arg(long)]
    pub full: bool,
    /// Its title and its times.
    #[command(flatten)]
    pub heading: HeadingArgs,
}

/// The title and the times of what people read.
#[derive(Debug, Args)]
pub struct HeadingArgs {
    /// A title for the report, such as the number of a ticket
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The time zone of text, Markdown and HTML: utc, local, or a name such as Europe/Berlin. Data is
    /// always UTC
    #[arg(long, value_name = "ZONE", default_value = "utc")]
    pub time_zone: String,
}

/// `sessions` and `certificates`.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the output. By default, the ending of the output file chooses it (.json, .ndjson,
    /// .csv or .txt), and without one it is ndjson
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
    /// The format of the output. csv has one row for each recipient: the list of people to tell. By
    /// default, the ending of the output file chooses it, and without one it is ndjson
    #[arg(short, long, value_enum)]
    pub format: Option<TableFormat>,
    /// List every message that was sent to Exchange Online. First come those without a rejection, as
    /// their sessions end
    #[arg(long)]
    pub all: bool,
    /// List the message with this id, with or without angle brackets. You can repeat this option
    #[arg(long, value_name = "ID")]
    pub message_id: Vec<String>,
    /// List messages whose envelope sender matches this pattern. '<>' is the empty sender of bounces
    #[arg(long, value_name = "GLOB")]
    pub sender: Option<String>,
    /// List messages with a recipient that matches this pattern
    #[arg(long, value_name = "GLOB")]
    pub recipient: Option<String>,
    /// List messages with a recipient that has one of these fates. csv and text show only these
    /// recipients
    #[arg(long, value_enum, value_name = "FATE", value_delimiter = ',')]
    pub fate: Vec<Verdict>,
    /// Show subjects, which only message tracking logs contain
    #[arg(long)]
    pub subjects: bool,
}

/// `preflight`.
///
/// CERT and PATH share one list, because only the files show which is which. See
/// [`crate::commands`].
#[derive(Debug, Args)]
#[command(
    override_usage = "sendlens preflight [OPTIONS] <CERT>... <PATH>...",
    mut_arg("paths", |arg| arg.value_names(["CERT", "PATH"]).help(PREFLIGHT_PATHS))
)]
pub struct PreflightArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The format of the answer. With several CERTs, json is an array. By default, the ending of the
    /// output file chooses it (.json, .ndjson, .md, .html or .txt), and without one it is text
    #[arg(short, long, value_enum)]
    pub format: Option<AnswerFormat>,
    /// How to show it.
    #[command(flatten)]
    pub heading: HeadingArgs,
}

const PREFLIGHT_PATHS: &str = "First the new certificate, then the exports. The certificate is a file (.cer, .crt or .pem, DER or PEM, never with its private key), or a host name such as mail.contoso.com or *.contoso.com. The exports of the tenants are files or folders. Add the send logs if you have them";

/// `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// The format of the output
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: CatalogueFormat,
    /// Print the JSON Schemas of all JSON outputs instead
    #[arg(long)]
    pub schema: bool,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command whose page to print. Without one, it is the page of the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write all pages into this folder instead
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `--io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Io {
    /// The way that was faster in measurements (read)
    Auto,
    /// Map files into memory if their path is local
    Mmap,
    /// Read files piece by piece
    Read,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment variable NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything that is found
    Info,
    /// Warnings and errors
    Warning,
    /// Errors only
    Error,
    /// Nothing: the exit code is never 1
    Never,
}

/// The formats of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// Text to read
    Text,
    /// One JSON document
    Json,
    /// One JSON object on each line
    Ndjson,
    /// Markdown for a change request
    Markdown,
    /// One page for a browser or a printer
    Html,
}

/// The formats of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    /// Text to read
    Text,
    /// One JSON array
    Json,
    /// One JSON object on each line
    Ndjson,
    /// A Markdown table
    Markdown,
}
