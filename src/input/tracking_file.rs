//! A message tracking log that was found.
//!
//! In: its place and its name. Out: the service that wrote it, and its server where the path shows one.
//! Must not read rows.

use std::sync::Arc;

use super::bytes::Source;

/// The service that wrote a tracking log, by the beginning of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `MSGTRK`: Transport, on mailbox and Edge servers. Only this one decides a fate.
    Transport,
    /// `MSGTRKMD`: Mailbox Transport Delivery.
    Delivery,
    /// `MSGTRKMS`: Mailbox Transport Submission.
    Submission,
    /// `MSGTRKMA`: moderation.
    Moderation,
    /// `MSGTRKM`: the mailbox role of Exchange 2007 and 2010.
    Mailbox,
    /// The name does not say it.
    Unknown,
}

/// The beginnings of names, longer ones first.
const PREFIXES: [(&str, Family); 5] = [
    ("MSGTRKMD", Family::Delivery),
    ("MSGTRKMS", Family::Submission),
    ("MSGTRKMA", Family::Moderation),
    ("MSGTRKM", Family::Mailbox),
    ("MSGTRK", Family::Transport),
];

impl Family {
    /// The family of a file with this name: a prefix and a date.
    pub fn of(name: &str) -> Family {
        let name = name.rsplit(['/', '!', '\\']).next().unwrap_or(name);
        let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
        let prefix = &name[..letters];
        let known = PREFIXES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(prefix));
        known.map_or(Family::Unknown, |(_, family)| *family)
    }
}

/// One tracking log.
#[derive(Debug)]
pub struct TrackingFile {
    /// Name for reports: relative to the PATH given, with `/`.
    pub name: String,
    /// The server, where the path shows it.
    pub server: Option<Arc<str>>,
    /// The service that wrote it.
    pub family: Family,
    /// The bytes.
    pub source: Source,
    /// The value of its first `#Fields` line, or the columns that its rows seem to have.
    pub fields: String,
    /// The value of its `#Log-type` line, or what stands for it in reports.
    pub log_type: String,
    /// It has no header line.
    pub headerless: bool,
    /// It is decoded from UTF-16.
    pub is_utf16: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_family() {
        for (name, family) in [
            ("MSGTRK2026111807-1.LOG", Family::Transport),
            ("msgtrk20261118-12.log", Family::Transport),
            ("a.zip!EX01/MSGTRKMD2026111807-1.LOG", Family::Delivery),
            ("EX01/MsgTrkMS2026111807-1.LOG", Family::Submission),
            ("MSGTRKMA2026111807-1.LOG", Family::Moderation),
            ("MSGTRKM20101118-1.LOG", Family::Mailbox),
            ("MSGTRKX2026111807-1.LOG", Family::Unknown),
            ("tracking.log", Family::Unknown),
            ("é", Family::Unknown),
        ] {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }
}
