//! Says why nothing can be used: what is in the given folder instead, and what to do next.
//!
//! In: what was found, and what the exports and logs hold. Out: one sentence or two for standard error.
//! Must not print.

use std::collections::BTreeMap;

use crate::commands::exports::{CERTIFICATE, Exports};
use crate::input::discover::Found;
use crate::input::lines::LineCounts;
use crate::input::skip::SkipReason;
use crate::remedy::command;
use crate::tenant::Known;

/// The message if an export is needed and there is none.
pub(crate) const NO_EXPORT: &str = "there is no export of a tenant. In Exchange Online PowerShell, run ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5, and the same with Get-AcceptedDomain. Save the outputs as files in the given folder";

/// What the lines of the logs are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// There are rows.
    Some,
    /// There are lines, but none of them is a row that can be used.
    Unreadable,
    /// There are only header lines, because protocol logging is off, or one row that was cut.
    None,
}

/// Why there is no export, and what is there instead.
pub(super) fn without_exports(found: &Found, exports: &Exports) -> String {
    let unread = exports.unread.iter().chain(&exports.strays);
    let unread: String = unread.map(|file| format!(". {file}")).collect();
    let wizard = if exports.on_premises.is_empty() {
        ""
    } else {
        ". The log of the hybrid wizard alone shows only what was set at that time"
    };
    format!("{NO_EXPORT}{unread}{wizard}{}", inventory(found, exports))
}

/// What a command reads besides send logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Besides {
    /// Nothing.
    Nothing,
    /// Exports and logs of queues.
    Queues,
    /// Message tracking logs, and exports of queues.
    Mail,
}

impl Besides {
    /// What else can be given, and how to get it.
    fn sentence(self) -> &'static str {
        match self {
            Besides::Nothing => "",
            Besides::Queues => {
                ". `diagnose` also reads exports of queues (Get-Queue) and the logs of queues in TransportRoles\\Logs\\Hub\\QueueViewer"
            }
            Besides::Mail => {
                ". `messages` also reads message tracking logs (MSGTRK*.LOG in TransportRoles\\Logs\\MessageTracking) and exports of queues (Get-Queue, and Get-Message -IncludeRecipientInfo). `sendlens collect -o collect.ps1` writes the script that collects all of them"
            }
        }
    }
}

/// Why there is no log, what is there instead, and what to do next.
pub(super) fn without_logs(besides: Besides, found: &Found, exports: &Exports) -> String {
    let is_tracking = |reason: &SkipReason| kind_of(reason) == TRACKING;
    let has_tracking = found.skipped.iter().any(|file| is_tracking(&file.reason));
    let tracking = match has_tracking {
        true => ". `sendlens messages` reads the message tracking logs that are here",
        false => "",
    };
    let inventory = format!(
        "{}{tracking}{}",
        besides.sentence(),
        inventory(found, exports)
    );
    let skipped = |wanted: fn(&SkipReason) -> bool| {
        let mut files = found.skipped.iter();
        files.find(|file| wanted(&file.reason))
    };
    if skipped(|reason| matches!(reason, SkipReason::ReceiveLog(_))).is_some() {
        return format!(
            "there are receive logs here, but no send logs. Give the folder SmtpSend instead, which is next to SmtpReceive{inventory}"
        );
    }
    if let Some(log) = skipped(|reason| matches!(reason, SkipReason::Disguised(_))) {
        return format!(
            "{}: {}. It cannot be read with certainty. Copy the log files from the server again{inventory}",
            log.file, log.reason
        );
    }
    if let Some(archive) = skipped(|reason| matches!(reason, SkipReason::Archive(_))) {
        return format!("{}: {}{inventory}", archive.file, archive.reason);
    }
    if !exports.tenants.is_empty() || !exports.on_premises.files.is_empty() {
        return format!(
            "there are exports, but no send logs. Add the folder ProtocolLog\\SmtpSend of the server, or check the exports alone with `sendlens lint`{inventory}"
        );
    }
    format!(
        "there are no Exchange send logs. Look for TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend on the server, and make sure that protocol logging is on for the send connector (Set-SendConnector -ProtocolLoggingLevel Verbose){inventory}"
    )
}

/// Why the logs are of no use although they are send logs.
pub(super) fn without_rows(
    rows: Rows,
    counts: &LineCounts,
    found: &Found,
    exports: &Exports,
) -> String {
    let files = count(found.corpus.files.len(), "send log");
    if rows == Rows::Unreadable {
        let malformed = usize::try_from(counts.malformed).unwrap_or(usize::MAX);
        return format!(
            "no row of {files} can be read with certainty ({} malformed). They look copied from a web page, a mail or a spreadsheet. Copy the log files from the server again",
            count(malformed, "line"),
        );
    }
    if counts.malformed > 0 {
        return format!(
            "{files} with header lines and one row that was cut: the file was copied while Exchange was writing it. Copy it again later{}",
            inventory(found, exports)
        );
    }
    let off = exports.on_premises.send_connectors.iter();
    let mut off = off.filter(|connector| {
        matches!(&connector.protocol_logging, Known::Value(Some(level)) if level.eq_ignore_ascii_case("None"))
    });
    let name = off.next().map_or_else(
        || "'<name of the send connector>'".to_owned(),
        command::send_identity_of,
    );
    format!(
        "{files} with header lines only: protocol logging is off for the send connector, or nothing was sent over it. To turn it on, run in the Exchange Management Shell: Set-SendConnector -Identity {name} -ProtocolLoggingLevel Verbose{}",
        inventory(found, exports)
    )
}

/// What was in the folder, such as `. Found: 2 receive logs, 3 other files`; empty if nothing was.
fn inventory(found: &Found, exports: &Exports) -> String {
    let mut kinds: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut add = |kind| *kinds.entry(kind).or_default() += 1;
    for file in &found.skipped {
        add(kind_of(&file.reason));
    }
    let tenants = exports.tenants.iter().flat_map(|tenant| &tenant.files);
    let own = exports.on_premises.files.iter();
    for _ in tenants.chain(own).chain(&exports.queues.files) {
        add((5, "export"));
    }
    for file in &exports.skipped {
        add(match file.reason.as_str() {
            CERTIFICATE => (6, "certificate file"),
            _ => OTHER,
        });
    }
    if kinds.is_empty() {
        return String::new();
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|((_, kind), number)| count(number, kind))
        .collect();
    format!(". Found here: {}", kinds.join(", "))
}

/// Files of no use.
const OTHER: (usize, &str) = (11, "other file");

const TRACKING: (usize, &str) = (1, "message tracking log");

/// The kind of a file that was skipped, with its place in the list.
fn kind_of(reason: &SkipReason) -> (usize, &'static str) {
    match reason {
        SkipReason::ReceiveLog(_) => (0, "receive log"),
        SkipReason::OtherLog(log_type) if log_type.contains("Message Tracking") => TRACKING,
        SkipReason::OtherLog(log_type) if log_type.contains("Connectivity") => {
            (2, "connectivity log")
        }
        SkipReason::OtherLog(log_type) if log_type.contains("Internet Information") => {
            (3, "IIS log")
        }
        SkipReason::OtherLog(_) => (4, "other log"),
        SkipReason::Disguised(_) => (4, "log in a form that is not read"),
        SkipReason::Archive(_) => (7, "archive"),
        SkipReason::Empty => (8, "empty file"),
        SkipReason::Binary => (9, "binary file"),
        SkipReason::AlsoUnpacked(_) => (7, "file in an archive, unpacked beside it"),
        SkipReason::OwnReport => (10, "report of sendlens"),
        SkipReason::NotASendLog
        | SkipReason::LinkOut
        | SkipReason::LinkToItself
        | SkipReason::PipeOrDevice => OTHER,
    }
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
