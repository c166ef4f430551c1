//! The document of `diagnose` and `lint`: names and shapes are fixed, see the contract in the
//! README.
//!
//! In: nothing. Out: the types; their order of fields is the order of output.
//! Must not hold anything that is not written out.

use schemars::JsonSchema;
use serde::Serialize;

pub use super::certificate::CertificateInfo;
pub use crate::diagnosis::fix::{Fix, Purpose};
pub use crate::diagnosis::rule::{Confidence, Severity};
pub use crate::input::notes::NoteKind;

/// The version of all formats.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that `diagnose` found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document {
    /// Raised when a name or meaning changes.
    pub schema_version: u32,
    /// Who wrote it.
    pub program: Program,
    /// What was read.
    pub input: Input,
    /// The tenants whose exports were given.
    pub tenants: Vec<TenantSummary>,
    /// The organisation's own side, where exports of it were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises: Option<crate::report::on_premises::OnPremisesReport>,
    /// What is broken, worst first.
    pub incidents: Vec<Incident>,
    /// Refusals that have nothing to do with attribution.
    pub other_rejections: Vec<ReplyCount>,
    /// Which certificate was offered where.
    pub certificates: Vec<crate::report::certificate::CertificateRow>,
    /// Send connectors to Exchange Online without an incident.
    pub healthy: Vec<Healthy>,
    /// Checks of configuration and logs.
    pub findings: Vec<CheckFinding>,
    /// What `--select` and `--ignore` hide.
    pub hidden: Hidden,
    /// What could not be judged, and what would help.
    pub not_judged: Vec<String>,
}

/// Incidents that were found and not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hidden {
    /// How many.
    pub incidents: u64,
    /// Their refusals.
    pub replies: u64,
    /// Findings of checks that were not asked for.
    pub findings: u64,
}

/// The program.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Program {
    /// This one.
    pub fn this() -> Program {
        Program {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// What was read; the lines add up.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Input {
    /// Send logs read.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Their lines: header, records, blank and malformed together.
    pub lines: u64,
    /// Lines that begin with `#`.
    pub header_lines: u64,
    /// Rows.
    pub records: u64,
    /// Blank lines.
    pub blank_lines: u64,
    /// Lines that are none of these.
    pub malformed_lines: u64,
    /// Sessions.
    pub sessions: u64,
    /// Sessions to Exchange Online.
    pub exchange_online_sessions: u64,
    /// Sessions outside `--since`, `--until` and `--connector`: counted, not judged.
    pub sessions_left_out: u64,
    /// All 4xx and 5xx replies of the sessions judged.
    pub rejections: u64,
    /// The earliest row.
    pub first: Option<String>,
    /// The latest row.
    pub last: Option<String>,
    /// By server and role.
    pub streams: Vec<StreamSummary>,
    /// Files that were not used.
    pub skipped: Vec<SkippedFile>,
    /// Oddities of the logs.
    pub notes: Vec<Note>,
}

/// One server and role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StreamSummary {
    /// Its name.
    pub name: String,
    /// Log files.
    pub files: u64,
    /// Sessions.
    pub sessions: u64,
}

/// A file that was not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SkippedFile {
    /// Its name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// An oddity of the logs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Note {
    /// Its code.
    pub code: String,
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: Place,
    /// What it is; not part of the output.
    #[serde(skip)]
    pub kind: NoteKind,
}

/// A line of a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to the PATH given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

/// A tenant.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TenantSummary {
    /// Its name.
    pub name: String,
    /// How many inbound connectors its exports hold.
    pub inbound_connectors: usize,
    /// How many accepted domains; `null` where no export of them was given.
    pub accepted_domains: Option<usize>,
    /// The exports.
    pub files: Vec<String>,
}

/// Refusals and failures with one send connector, certificate and cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Incident {
    /// The same for the same send connector, certificate and cause.
    pub id: String,
    /// Why.
    pub cause: Cause,
    /// Codes of other causes that hold too.
    pub also: Vec<String>,
    /// The send connector; for a proxied session the hub's.
    pub send_connector: String,
    /// Where.
    pub streams: Vec<String>,
    /// What was offered; `null` where nothing was, or where it is unknown.
    pub certificate: Option<CertificateInfo>,
    /// The tenant that decides, where known.
    pub tenant: Option<String>,
    /// The inbound connector that decides, where known.
    pub inbound_connector: Option<String>,
    /// How much.
    pub rejected: RejectedCount,
    /// The distinct replies.
    pub replies: Vec<ReplyCount>,
    /// When first.
    pub first: Option<String>,
    /// When last.
    pub last: Option<String>,
    /// The length of a bucket.
    pub timeline_bucket_seconds: i64,
    /// Recipients accepted by this send connector and replies that refused, over time.
    pub timeline: Vec<Bucket>,
    /// What happened, in sentences.
    pub explanation: String,
    /// The rows that prove it.
    pub evidence: Vec<EvidenceRow>,
    /// What fixes it.
    pub fix: Vec<Fix>,
    /// What it describes is probably fixed already; not part of the output.
    #[serde(skip)]
    pub probably_fixed: bool,
}

/// A cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Cause {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
}

/// How much was refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RejectedCount {
    /// Reply rows.
    pub replies: u64,
    /// Distinct messages.
    pub messages: u64,
    /// Distinct sessions, failed ones included.
    pub sessions: u64,
}

/// A reply and how often it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReplyCount {
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The ATTR number.
    pub attr: Option<String>,
    /// The sentence without bracketed host, time and session id.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// A part of a time line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bucket {
    /// Its beginning.
    pub start: String,
    /// Recipients accepted.
    pub accepted: u64,
    /// Replies that refused, or failures.
    pub rejected: u64,
}

/// A row that proves something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceRow {
    /// The file, relative to the PATH given.
    pub file: String,
    /// The line, from 1; `null` for a value of an export whose line cannot be told.
    pub line: Option<u64>,
    /// The row, or the value.
    pub text: String,
}

impl EvidenceRow {
    /// `file:line`, or the file alone.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}

/// A send connector to Exchange Online that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Healthy {
    /// The send connector.
    pub send_connector: String,
    /// Where.
    pub streams: Vec<String>,
    /// Sessions.
    pub sessions: u64,
    /// Recipients accepted.
    pub accepted: u64,
}

/// A check of configuration or logs that found something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckFinding {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: String,
    /// The tenant, if it is about one.
    pub tenant: Option<String>,
    /// What was found.
    pub message: String,
    /// The rows or values that prove it.
    pub evidence: Vec<EvidenceRow>,
    /// What mends it.
    pub fix: Vec<Fix>,
    /// How often.
    pub count: u64,
}

impl Document {
    /// The worst severity of incidents and findings.
    pub fn worst(&self) -> Option<Severity> {
        let incidents = self
            .incidents
            .iter()
            .map(|incident| incident.cause.severity);
        let findings = self.findings.iter().map(|finding| finding.severity);
        incidents.chain(findings).max()
    }
}
