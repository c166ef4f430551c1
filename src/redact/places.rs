//! Stand-ins for files, folders, streams and queues.
//!
//! In: a path or a name as reports write it. Out: the same with stand-ins. Names that Exchange, or this
//! program, gives to every folder and file of a kind stay.
//! Must not let a name pass that a person chose.

use std::sync::LazyLock;

use regex::Regex;

use super::folders;
use super::redactor::Redactor;
use super::stand_ins::{Kind, Part};

/// Names of exports: the cmdlets whose output they hold.
const EXPORTS: [&str; 12] = [
    "accepteddomain",
    "accepteddomains",
    "exchangecertificate",
    "exchangecertificates",
    "inboundconnector",
    "inboundconnectors",
    "message",
    "messages",
    "queue",
    "queues",
    "sendconnector",
    "sendconnectors",
];

/// Endings that say what a file is.
const ENDINGS: [&str; 24] = [
    "7z", "cer", "clixml", "crt", "csv", "der", "eml", "evtx", "gz", "html", "json", "log", "md",
    "ndjson", "pem", "pfx", "ps1", "rar", "tar", "tsv", "txt", "xlsx", "xml", "zip",
];

/// The names that Exchange gives to its logs.
static LOG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:SEND|RECV|MSGTRK(?:MA|MD|MS|M)?|CONNECTLOG|ROUTING|HttpErr|[A-Z]{4})[0-9]{8,10}-[0-9]{1,6}\.LOG(?:\.gz|\.zst|\.zip)?$")
        .ok()
});

/// Kinds of queues that are words.
const QUEUES: [&str; 5] = ["delivery", "poison", "shadow", "submission", "unreachable"];

impl Redactor {
    /// The stand-in for a file or folder, with the folders before it.
    pub(super) fn file(&mut self, path: &str) -> String {
        if matches!(path, "" | "." | "-") {
            return path.to_owned();
        }
        let segments: Vec<&str> = path.split_inclusive(['/', '\\']).collect();
        let count = segments.len();
        let mut stand_in = String::new();
        for (at, segment) in segments.into_iter().enumerate() {
            let plain = segment.trim_end_matches(['/', '\\']);
            let part = if at + 1 == count && plain.len() == segment.len() {
                self.file_name(plain)
            } else {
                self.folder(plain)
            };
            stand_in.push_str(&part);
            stand_in.push_str(&segment[plain.len()..]);
        }
        self.given.note(Kind::File, path, stand_in)
    }

    fn folder(&mut self, name: &str) -> String {
        let is_drive = name.len() == 2 && name.ends_with(':');
        if is_drive || folders::is_of_exchange(name) {
            return name.to_owned();
        }
        if self.is_server(name) {
            return self.server(name);
        }
        format!("folder{}", self.given.number(Part::Folder, name))
    }

    fn file_name(&mut self, name: &str) -> String {
        if LOG.as_ref().is_some_and(|pattern| pattern.is_match(name)) && !self.is_server(name) {
            return name.to_owned();
        }
        let mut stem = name;
        while let Some((before, ending)) = stem.rsplit_once('.') {
            if before.is_empty() || !ENDINGS.contains(&ending.to_lowercase().as_str()) {
                break;
            }
            stem = before;
        }
        let behind = &name[stem.len()..];
        if behind.is_empty() {
            return self.folder(name);
        }
        // `ExchangeCertificate-EX01.json`: what `collect` writes for a server.
        let (kind, server) = match stem.split_once('-') {
            Some((kind, server)) => (kind, Some(server)),
            None => (stem, None),
        };
        if EXPORTS.contains(&kind.to_lowercase().as_str()) {
            match server {
                None => return name.to_owned(),
                Some(server) if self.is_server(server) => {
                    return format!("{kind}-{}{behind}", self.server(server));
                }
                Some(_) => {}
            }
        }
        format!("file{}{behind}", self.given.number(Part::File, stem))
    }

    /// The stand-in for a stream: `SERVER/Role`, a role, or a folder.
    pub(super) fn stream(&mut self, name: &str) -> String {
        let parts = name.split('/').map(|part| {
            let is_known = folders::is_of_exchange(part);
            if is_known {
                part.to_owned()
            } else {
                self.server(part)
            }
        });
        let parts: Vec<String> = parts.collect();
        self.given.note(Kind::Stream, name, parts.join("/"))
    }

    /// The stand-in for a queue: `EX01\41`, `EX01\Shadow\17`.
    pub(super) fn queue(&mut self, identity: &str) -> String {
        let known = |part: &str| {
            QUEUES.contains(&part.to_lowercase().as_str())
                || part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let parts: Vec<&str> = identity.split('\\').collect();
        let parts: Vec<String> = parts
            .into_iter()
            .map(|part| {
                if known(part) {
                    part.to_owned()
                } else {
                    self.server(part)
                }
            })
            .collect();
        self.given.note(Kind::Queue, identity, parts.join("\\"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_exchange_stay() {
        let mut redactor = Redactor::default();
        redactor.learn_server("EX01");
        for (path, expected) in [
            ("SEND2026110302-1.LOG", "SEND2026110302-1.LOG"),
            (
                "EX01/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend/SEND20261127-1.LOG.gz",
                "host1/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend/SEND20261127-1.LOG.gz",
            ),
            (
                "contoso/InboundConnector.json",
                "folder1/InboundConnector.json",
            ),
            (
                "on-premises/ExchangeCertificate-EX01.json",
                "folder2/ExchangeCertificate-host1.json",
            ),
            (
                "on-premises/ExchangeCertificate-Oslo.json",
                "folder2/file1.json",
            ),
            (r"C:\Contoso GmbH\SEND logs.txt", r"C:\folder3\file2.txt"),
            ("Contoso", "folder1"),
            ("-", "-"),
        ] {
            assert_eq!(redactor.file(path), expected);
        }
    }

    #[test]
    fn streams_and_queues_keep_their_roles() {
        let mut redactor = Redactor::default();
        assert_eq!(redactor.stream("EX01/Hub"), "host1/Hub");
        assert_eq!(redactor.stream("EX01"), "host1");
        assert_eq!(redactor.stream("."), ".");
        assert_eq!(redactor.queue(r"EX01\41"), r"host1\41");
        assert_eq!(redactor.queue(r"EX01\Shadow\17"), r"host1\Shadow\17");
        assert_eq!(
            redactor.queue(r"EX02\contoso.com"),
            r"host2\domain1.example"
        );
    }
}
