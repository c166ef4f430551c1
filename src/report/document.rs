//! The document of `diagnose` and `lint`. Names and shapes are fixed, because scripts depend on them.
//! `docs/json.md` describes them.
//!
//! In: nothing. Out: the types. The order of their fields is the order in the output.
//! Must not contain anything that the output does not need.

use schemars::JsonSchema;
use serde::Serialize;

pub use super::certificate::{CertificateInfo, CertificateRow};
pub use super::certificate_use::{CertificateRun, UseBucket};
pub use super::evidence::EvidenceRow;
pub use super::gaps::LogGap;
pub use super::grid::Grid;
pub use super::incident_parts::{
    Bucket, Failing, IncidentState, IncidentStatus, MailCount, RejectedCount, ReplyCount,
    StreamEffect,
};
pub use super::queues::{QueuedMail, QueuesRead};
pub use super::tenants::{InboundConnectorRow, TenantSummary};
use crate::diagnosis::cause::Diagnosis;
pub use crate::diagnosis::fix::{Fix, Purpose};
use crate::diagnosis::rule::RuleMeta;
pub use crate::diagnosis::rule::{Confidence, FailingStep, Severity};
pub use crate::input::notes::NoteKind;
use crate::language::Language;

/// The version of all formats.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of `diagnose` or `lint`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document {
    /// The version of the format. It increases when a name or a meaning changes.
    pub schema_version: u32,
    /// The program that wrote the report.
    pub program: Program,
    /// What was read.
    pub input: Input,
    /// The tenants whose exports were given.
    pub tenants: Vec<TenantSummary>,
    /// The configuration of the local Exchange, if exports of it were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises: Option<crate::report::on_premises::OnPremisesReport>,
    /// The queues of the local Exchange, if exports or logs of them were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queues: Option<QueuesRead>,
    /// The incidents, the worst first.
    pub incidents: Vec<Incident>,
    /// How much was rejected in all incidents together, those in `hidden` included.
    pub rejected: RejectedCount,
    /// Rejections that belong to no incident.
    pub other_rejections: Vec<ReplyCount>,
    /// The time scale of the timelines in `certificates`. It is `null` without logs.
    pub grid: Option<Grid>,
    /// For each send connector and stream with sessions to Exchange Online, the certificates that were
    /// offered. Sessions without a certificate have a row too.
    pub certificates: Vec<CertificateRow>,
    /// The send connectors to Exchange Online that deliver mail and have no incident.
    pub healthy: Vec<Healthy>,
    /// The send connectors to Exchange Online without an incident that delivered nothing, in too few
    /// sessions to say more.
    pub unproven: Vec<Healthy>,
    /// What the checks of configuration and logs found.
    pub findings: Vec<CheckFinding>,
    /// What `--select` and `--ignore` left out.
    pub hidden: Hidden,
    /// What could not be checked, and what would help.
    pub not_judged: Vec<String>,
}

/// What was found, but left out by `--select` or `--ignore`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hidden {
    /// The number of incidents.
    pub incidents: u64,
    /// The number of their rejections.
    pub replies: u64,
    /// The number of findings.
    pub findings: u64,
}

/// The program that wrote the report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Program {
    /// This program.
    pub fn this() -> Program {
        Program {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// What was read. The four kinds of lines add up to all lines.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Input {
    /// The number of send logs.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The number of lines: header lines, records, blank and malformed lines together.
    pub lines: u64,
    /// The number of lines that begin with `#`.
    pub header_lines: u64,
    /// The number of log rows.
    pub records: u64,
    /// The number of blank lines.
    pub blank_lines: u64,
    /// The number of all other lines.
    pub malformed_lines: u64,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of sessions to Exchange Online.
    pub exchange_online_sessions: u64,
    /// The number of sessions that `--since`, `--until` or `--connector` left out.
    pub sessions_left_out: u64,
    /// The number of 4xx and 5xx replies in the sessions that were not left out.
    pub rejections: u64,
    /// The time of the earliest row.
    pub first: Option<String>,
    /// The time of the latest row.
    pub last: Option<String>,
    /// The streams. There is one for each server and role.
    pub streams: Vec<StreamSummary>,
    /// The times for which a stream has no log, as the check LOG002 finds them, sorted by stream and
    /// time.
    pub gaps: Vec<LogGap>,
    /// The files that were not used.
    pub skipped: Vec<SkippedFile>,
    /// Notes about the logs, such as malformed lines.
    pub notes: Vec<LogNote>,
}

impl Input {
    /// Whether so many lines could not be read that the others say too little.
    pub fn lacks_much(&self) -> bool {
        crate::input::lines::lack_much(self.malformed_lines, self.records)
    }
}

/// A stream: one server and role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StreamSummary {
    /// Its name.
    pub name: String,
    /// The server, if the path shows it.
    pub server: Option<String>,
    /// The number of log files.
    pub files: u64,
    /// The number of sessions.
    pub sessions: u64,
    /// The time of its earliest row. It is `null` without sessions.
    pub first: Option<String>,
    /// The time of its latest row.
    pub last: Option<String>,
}

/// A file that was not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SkippedFile {
    /// Its name.
    pub file: String,
    /// Why it was not used.
    pub reason: String,
}

/// A note about the logs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LogNote {
    /// Its code.
    pub code: String,
    /// How often it occurs.
    pub count: u64,
    /// The first place.
    pub first: Place,
    /// The kind of note. It is not part of the output.
    #[serde(skip)]
    pub kind: NoteKind,
}

/// A line of a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to the given PATH.
    pub file: String,
    /// The line number, from 1.
    pub line: u64,
}

/// Rejections and TLS failures with the same send connector, certificate and cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Incident {
    /// The id. It stays the same for the same send connector, certificate and cause.
    pub id: String,
    /// The cause.
    pub cause: IncidentCause,
    /// The codes of other causes that are true too.
    pub also: Vec<String>,
    /// The send connector. For a proxied session, it is that of the hub.
    pub send_connector: String,
    /// The streams in which it happened.
    pub streams: Vec<String>,
    /// The certificate that was offered. It is `null` if none was offered, or if it is unknown.
    pub certificate: Option<CertificateInfo>,
    /// The tenant that decides, if it is known.
    pub tenant: Option<String>,
    /// The inbound connector that decides, if it is known.
    pub inbound_connector: Option<String>,
    /// Where the mail fails on its way. It is `null` if the cause is at no step of it, or if the input
    /// does not show the step.
    pub failing_step: Option<Failing>,
    /// What would fail next if only the failing step were fixed, as far as the exports show.
    pub fails_next: Option<Failing>,
    /// Whether it is over.
    pub status: IncidentStatus,
    /// How much was rejected.
    pub rejected: RejectedCount,
    /// The same for each stream, the most affected one first.
    pub by_stream: Vec<StreamEffect>,
    /// What became of the messages. It is `null` if they were not followed: there are none, the logs are
    /// too large for that beside a diagnosis, or there are too many messages. `sendlens messages` always
    /// follows them.
    pub mail: Option<MailCount>,
    /// The different replies.
    pub replies: Vec<ReplyCount>,
    /// The time of the first rejection.
    pub first: Option<String>,
    /// The time of the last rejection.
    pub last: Option<String>,
    /// The length of a period of the timeline in seconds.
    pub timeline_bucket_seconds: i64,
    /// The accepted recipients of this send connector and the rejections, over time.
    pub timeline: Vec<Bucket>,
    /// The queues that show it, if no session of the logs does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuedMail>,
    /// What happened, as text.
    pub explanation: String,
    /// The log rows and values that show it.
    pub evidence: Vec<EvidenceRow>,
    /// The steps that fix it.
    pub fix: Vec<Fix>,
}

/// The cause of an incident.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IncidentCause {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it means, in one sentence.
    pub summary: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How certain it is.
    pub confidence: Confidence,
}

impl IncidentCause {
    /// The cause that the engine decided for.
    pub(super) fn of(language: Language, meta: &RuleMeta, diagnosis: &Diagnosis) -> IncidentCause {
        let here = diagnosis.summary.clone();
        IncidentCause {
            code: meta.code.to_owned(),
            name: meta.name.to_owned(),
            summary: here.unwrap_or_else(|| meta.summary(language)),
            severity: diagnosis.severity,
            confidence: diagnosis.confidence,
        }
    }
}

/// How often a reply code was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CodeCount {
    /// The SMTP reply code, such as 550.
    pub code: u16,
    /// The enhanced status code, such as 5.7.606.
    pub enhanced: Option<String>,
    /// How often.
    pub count: u64,
}

/// A send connector to Exchange Online without an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Healthy {
    /// The send connector.
    pub send_connector: String,
    /// The streams in which it is used.
    pub streams: Vec<String>,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of accepted recipients.
    pub accepted: u64,
    /// The number of recipients rejected for reasons that have to do with them, such as unknown ones.
    pub rejected: u64,
    /// The rejections of recipients, messages and sessions for reasons that are no incident, by their
    /// codes, the most frequent first.
    pub other_rejections: Vec<CodeCount>,
    /// The number of sessions that ended without a reply and without a message: too few for an
    /// incident.
    pub dropped: u64,
    /// The number of connections that failed: too few for an incident.
    pub not_connected: u64,
}

/// What a check of the configuration or of the logs found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckFinding {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it means, in one sentence.
    pub summary: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How certain it is.
    pub confidence: Confidence,
    /// The connector, certificate, server or file that it is about.
    pub subject: String,
    /// The tenant that it is about, if any.
    pub tenant: Option<String>,
    /// What was found, as text.
    pub message: String,
    /// The log rows and values that show it.
    pub evidence: Vec<EvidenceRow>,
    /// The steps that fix it.
    pub fix: Vec<Fix>,
    /// How often it was found.
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
