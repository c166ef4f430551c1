//! Folders that name nobody.
//!
//! In: the name of a folder. Out: whether Exchange gives it to every folder of a kind.
//! Must not hold a name that a person chose.

/// Folders that Exchange's setup makes, in lower case.
const FOLDERS: [&str; 24] = [
    "",
    ".",
    "..",
    "edge",
    "exchange server",
    "exchangesetuplogs",
    "frontend",
    "hub",
    "logging",
    "logs",
    "mailbox",
    "message_tracking_logs",
    "messagetracking",
    "microsoft",
    "program files",
    "protocollog",
    "queueviewer",
    "smtpsend",
    "transportlog",
    "transportroles",
    "v14",
    "v15",
    "update-hybridconfiguration",
    "hybridconfiguration",
];

/// Whether a folder has a name that Exchange gives.
pub(super) fn is_of_exchange(name: &str) -> bool {
    FOLDERS.contains(&name.to_lowercase().as_str())
}
