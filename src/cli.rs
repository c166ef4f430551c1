//! Options as typed. Resolved into [`crate::config`] before anything runs.
//!
//! In: the command line. Out: [`Cli`]. Must not read files.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::progress;
use crate::render::format::{ReportFormat, TableFormat};

/// Finds out, from Exchange send protocol logs, why Microsoft 365 refuses mail.
#[derive(Debug, Parser)]
#[command(name = "sendlens", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the cause of every refusal (550 5.7.64 and its kin) and the command that mends it
    Diagnose(DiagnoseArgs),
    /// One record per SMTP session, with the certificate offered
    Sessions(TableArgs),
    /// Which certificate each send connector and server offered, when, with what outcome
    Certificates(TableArgs),
    /// Check the configuration, on exports alone
    Lint(DiagnoseArgs),
    /// Before a renewal: would Exchange Online attribute this certificate, and what comes first?
    Preflight(PreflightArgs),
    /// List the catalogue of causes and checks
    Rules(RulesArgs),
    /// Print the full text of one entry of the catalogue
    Explain {
        /// Code or name, such as CRT004 or certificate-renamed
        code: String,
    },
    /// Print a PowerShell script that writes everything wanted into one folder
    Collect(CollectArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What to read, and what of it.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files, folders (searched recursively), globs, or - for a log on standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exports of a tenant: NAME=PATH, or PATH alone to take the name from the exports
    #[arg(long, value_name = "NAME=PATH")]
    pub tenant: Vec<String>,
    /// Exports of the local Exchange (Get-SendConnector, Get-ExchangeCertificate); repeatable
    #[arg(long, value_name = "PATH")]
    pub on_prem: Vec<PathBuf>,
    /// Only sessions since this time: RFC 3339, a date, or 3d, 12h, 30m back from the last line
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only sessions until this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only send connectors whose name matches this pattern
    #[arg(long, value_name = "GLOB")]
    pub connector: Option<String>,
    /// Threads to use (all processors by default)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How files are read
    #[arg(long, value_enum, default_value = "auto")]
    pub io: Io,
    /// The time against which the end of certificates is counted (the last log line by default)
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// Count only wildcard matches that Microsoft documents: the same name, or one label below a
    /// wildcard
    #[arg(long)]
    pub strict: bool,
}

/// How and where to write.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Colour
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
    /// Progress on standard error
    #[arg(long, value_enum, default_value = "auto")]
    pub progress: progress::When,
    /// No warnings and summaries on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// Exit with 1 if something of this severity or worse was found (error by default; lint and
    /// preflight: warning)
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
}

/// `diagnose` and `lint`.
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The form of the report
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: ReportFormat,
    /// Report only these codes (prefixes allowed)
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave these codes out (prefixes allowed)
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub ignore: Vec<String>,
}

/// `sessions` and `certificates`.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The form of the output
    #[arg(short, long, value_enum, default_value = "ndjson")]
    pub format: TableFormat,
}

/// `preflight`.
///
/// CERT and PATH share one list: which is which, only the files tell. See [`crate::preflight`].
#[derive(Debug, Args)]
#[command(
    override_usage = "sendlens preflight [OPTIONS] <CERT>... <PATH>...",
    mut_arg("paths", |arg| arg.value_names(["CERT", "PATH"]).help(PREFLIGHT_PATHS)),
    after_help = PREFLIGHT_EXITS
)]
pub struct PreflightArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to write.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The form of the answer: with several CERTs, json is an array
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
}

const PREFLIGHT_PATHS: &str = "First the new certificate (.cer, .crt or .pem, DER or PEM, never with its private key), or a host name such as mail.contoso.com or *.contoso.com; then files and folders with the exports of the tenants and, if you have them, the send logs";

const PREFLIGHT_EXITS: &str = "Ends with 0 only if it is certain: exactly one of the tenants given takes the certificate for its own, mail of any sender may pass (or what is not documented about it stays as it is today), no other tenant expects what it replaces, and it is valid; or if all tenants identify their servers by address, so that nothing changes.";

/// `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// The form of the output
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: CatalogueFormat,
    /// Print the JSON Schemas of all JSON outputs instead
    #[arg(long)]
    pub schema: bool,
}

/// `collect`.
#[derive(Debug, Args)]
#[command(after_help = COLLECT_HELP)]
pub struct CollectArgs {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

const COLLECT_HELP: &str = "\
The script asks whatever the PowerShell window it runs in is connected to, Exchange Online or the
Exchange Management Shell, and changes nothing there. Run it in both, with the same folder:

  sendlens collect -o collect.ps1
  Connect-ExchangeOnline
  .\\collect.ps1 -OutputFolder C:\\Temp\\case
  (in the Exchange Management Shell)
  .\\collect.ps1 -OutputFolder C:\\Temp\\case -CopyLogs -Days 14
  sendlens diagnose C:\\Temp\\case

Get-Help .\\collect.ps1 -Full tells all its parameters. Where Windows refuses to run scripts:
Set-ExecutionPolicy -Scope Process RemoteSigned, which counts for that window only.";

/// `--io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Io {
    /// The faster way on the files measured: reading
    Auto,
    /// Mapped into memory where the path is local
    Mmap,
    /// Read window by window
    Read,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// Nothing
    Never,
}

impl ValueEnum for ReportFormat {
    fn value_variants<'a>() -> &'a [ReportFormat] {
        use ReportFormat::{Csv, Html, Json, Markdown, Ndjson, Text};
        &[Text, Json, Ndjson, Csv, Markdown, Html]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            ReportFormat::Text => ("text", "For people"),
            ReportFormat::Json => ("json", "One JSON document"),
            ReportFormat::Ndjson => ("ndjson", "One JSON object per line"),
            ReportFormat::Csv => ("csv", "A row per incident and finding, for spreadsheets"),
            ReportFormat::Markdown => ("markdown", "For a ticket"),
            ReportFormat::Html => ("html", "One page for a browser or a printer"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for TableFormat {
    fn value_variants<'a>() -> &'a [TableFormat] {
        use TableFormat::{Csv, Json, Ndjson, Text};
        &[Ndjson, Json, Csv, Text]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            TableFormat::Ndjson => ("ndjson", "One JSON object per line"),
            TableFormat::Json => ("json", "One JSON array"),
            TableFormat::Csv => ("csv", "CSV"),
            TableFormat::Text => ("text", "For people"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line
    Ndjson,
}

/// The forms of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    /// For people
    Text,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// A Markdown table
    Markdown,
}
