//! Why a file was found and not used.
//!
//! In: what the content of the file was recognised as. Out: a [`SkipReason`] to decide by, and its
//! words for reports.
//! Must not hold anything that only a command knows.

use std::fmt;

/// A file that was found and not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Name for reports.
    pub file: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A log of Exchange for received mail, with the type that its header names.
    ReceiveLog(String),
    /// Another log, with the type that its header names.
    OtherLog(String),
    /// A send log in a form that is not read.
    Disguised(&'static str),
    /// A report that this program wrote.
    OwnReport,
    /// A file of no bytes.
    Empty,
    /// An archive of this form.
    Archive(&'static str),
    /// Not a text.
    Binary,
    /// Standard input that is no send log.
    NotASendLog,
    /// A link in a folder to something outside it.
    LinkOut,
    /// A link to a folder that contains it.
    LinkToItself,
    /// A pipe or device in a folder.
    PipeOrDevice,
    /// A member of an archive that was unpacked to this file.
    AlsoUnpacked(String),
}

impl SkipReason {
    /// The reason for a log of this type, as its header names it.
    pub fn of_log(log_type: String) -> SkipReason {
        if log_type.contains("Receive") {
            SkipReason::ReceiveLog(log_type)
        } else {
            SkipReason::OtherLog(log_type)
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::ReceiveLog(log_type) | SkipReason::OtherLog(log_type) => {
                f.write_str(log_type)
            }
            SkipReason::Disguised(form) => f.write_str(form),
            SkipReason::OwnReport => f.write_str("report of sendlens"),
            SkipReason::Empty => f.write_str("empty file"),
            SkipReason::Archive(form) => write!(f, "{form} archive: unpack it first"),
            SkipReason::Binary => f.write_str("not a text file"),
            SkipReason::NotASendLog => f.write_str("not an Exchange send log"),
            SkipReason::LinkOut => f.write_str(
                "link that leads out of the folder. To read what it leads to, name that as a PATH",
            ),
            SkipReason::LinkToItself => f.write_str("link to a folder that contains it"),
            SkipReason::PipeOrDevice => {
                f.write_str("pipe or device. To read it, name it as a PATH")
            }
            SkipReason::AlsoUnpacked(path) => write!(f, "the same as {path}, which was read"),
        }
    }
}
