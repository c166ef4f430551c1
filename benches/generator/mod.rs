//! Generates Exchange send protocol logs from a seed, with the counts that a reader must find.
//!
//! In: a [`Config`]. Out: log files in one folder per stream, the tenant's exports, and an
//! [`Expected`].
//! Must not use the crate that is measured, nor a clock.
//! Invariant: the same configuration gives the same bytes on every machine, whatever the number of
//! threads.
//!
//! Each stream is one server with four send connectors. Two send to Exchange Online, one to another
//! server of the organisation, and one to the internet. One of the first two offers a certificate
//! that no inbound connector expects: some of its recipients are rejected with 5.7.64. The form of
//! certificates, EHLO replies and message rows differs by stream and connector.

#![allow(
    dead_code,
    reason = "each program that includes this module uses a part of it"
)]

mod certificate;
mod connector;
mod dialogue;
mod random;
mod script;
mod stream;
mod tenant;
mod text;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use stream::{Output, Plan, StreamWriter};

/// The smallest size of a file. A smaller one could not hold the sessions that are open at a time.
const SMALLEST_FILE: u64 = 256 << 10;

/// What to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// The seed. Another seed gives other logs.
    pub(crate) seed: u64,
    /// The size of all log files together, accurate to about one percent.
    pub(crate) bytes: u64,
    /// The number of log files in each stream. All have about the same size.
    pub(crate) files_per_stream: u64,
    /// The folders below the corpus, `SERVER/Role`.
    pub(crate) streams: Vec<String>,
}

/// What is in the logs of one stream or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Log files.
    pub(crate) files: u64,
    /// Their size, byte order marks and headers included.
    pub(crate) bytes: u64,
    /// Lines. Each ends with a line feed.
    pub(crate) lines: u64,
    /// Lines that begin with `#`, after a byte order mark if there is one.
    pub(crate) header_lines: u64,
    /// Rows.
    pub(crate) records: u64,
    /// Sessions. The key is stream and session id.
    pub(crate) sessions: u64,
    /// Sessions to Exchange Online.
    pub(crate) exchange_online_sessions: u64,
    /// Sessions in which the server offers a certificate, in any form.
    pub(crate) own_certificate_sessions: u64,
    /// Sessions without a disconnect row.
    pub(crate) never_ended: u64,
    /// MAIL commands.
    pub(crate) messages: u64,
    /// Accepted recipients whose message was accepted too.
    pub(crate) accepted_recipients: u64,
    /// Reply rows with 5.7.64. Each rejects one recipient.
    pub(crate) rejections_5764: u64,
    /// Messages with at least one of these rows.
    pub(crate) messages_with_5764: u64,
    /// Sessions with at least one of these rows.
    pub(crate) sessions_with_5764: u64,
    /// Reply rows with any other rejection. Each rejects one recipient.
    pub(crate) other_rejections: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.header_lines += other.header_lines;
        self.records += other.records;
        self.sessions += other.sessions;
        self.exchange_online_sessions += other.exchange_online_sessions;
        self.own_certificate_sessions += other.own_certificate_sessions;
        self.never_ended += other.never_ended;
        self.messages += other.messages;
        self.accepted_recipients += other.accepted_recipients;
        self.rejections_5764 += other.rejections_5764;
        self.messages_with_5764 += other.messages_with_5764;
        self.sessions_with_5764 += other.sessions_with_5764;
        self.other_rejections += other.other_rejections;
    }
}

/// One stream and its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ExpectedStream {
    /// The folder.
    pub(crate) name: String,
    /// What is in it.
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

/// The incident that a diagnosis must find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ExpectedIncident {
    /// The code of its cause.
    pub(crate) cause: &'static str,
    /// The send connector.
    pub(crate) send_connector: &'static str,
    /// The certificate that was offered.
    pub(crate) thumbprint: &'static str,
}

/// What a reader of the corpus must find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Expected {
    /// All streams together.
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Each stream, in the order of the configuration.
    pub(crate) streams: Vec<ExpectedStream>,
    /// The incident that explains every rejection with 5.7.64.
    pub(crate) incident: ExpectedIncident,
}

/// A log file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemoryFile {
    /// The number of its stream, from 0.
    pub(crate) stream: usize,
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

impl Config {
    /// Folder names for this many servers: `EX01/Hub`, `EX02/Hub`, …
    pub(crate) fn servers(count: usize) -> Vec<String> {
        (1..=count).map(|n| format!("EX{n:02}/Hub")).collect()
    }

    fn plans(&self) -> io::Result<Vec<Plan>> {
        let files = self.files_per_stream * self.streams.len() as u64;
        if files == 0 || self.bytes / files < SMALLEST_FILE {
            let reason = format!(
                "{} bytes in {files} files: every file must have at least {SMALLEST_FILE} bytes",
                self.bytes
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let plan = |(index, name): (usize, &String)| Plan {
            seed: self.seed,
            index,
            server: name.split('/').next().unwrap_or(name).to_owned(),
            files: self.files_per_stream,
            file_bytes: self.bytes / files,
        };
        Ok(self.streams.iter().enumerate().map(plan).collect())
    }

    fn expected(&self, counts: Vec<Counts>) -> Expected {
        let mut all = Counts::default();
        counts.iter().for_each(|counts| all.add(counts));
        let named = |(name, counts): (&String, Counts)| ExpectedStream {
            name: name.clone(),
            counts,
        };
        Expected {
            counts: all,
            streams: self.streams.iter().zip(counts).map(named).collect(),
            incident: ExpectedIncident {
                cause: "CRT005",
                send_connector: connector::FAILING_NAME,
                thumbprint: certificate::FABRIKAM.thumbprint,
            },
        }
    }
}

/// Writes the corpus below a folder: the streams, and `tenant/` with the exports.
///
/// # Errors
/// If files would be too small, or if they cannot be written.
pub(crate) fn write_to(config: &Config, folder: &Path) -> io::Result<Expected> {
    let plans = config.plans()?;
    let tenant = folder.join("tenant");
    fs::create_dir_all(&tenant)?;
    for (name, text) in tenant::exports() {
        fs::write(tenant.join(name), text)?;
    }
    let write = |plan: &Plan| -> io::Result<Counts> {
        let folder = folder.join(&config.streams[plan.index]);
        fs::create_dir_all(&folder)?;
        let mut output = FolderOutput { folder, file: None };
        StreamWriter::new(plan, &mut output).write()
    };
    let counts = thread::scope(|scope| {
        let writers: Vec<_> = plans
            .iter()
            .map(|plan| scope.spawn(move || write(plan)))
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().expect("a stream's writer does not panic"))
            .collect::<io::Result<Vec<Counts>>>()
    })?;
    Ok(config.expected(counts))
}

/// Generates the log files in memory, by stream, and in order within each stream.
///
/// # Errors
/// If files would be too small.
pub(crate) fn in_memory(config: &Config) -> io::Result<(Vec<MemoryFile>, Expected)> {
    let mut files = Vec::new();
    let mut counts = Vec::new();
    for plan in config.plans()? {
        let mut output = MemoryOutput {
            stream: plan.index,
            files: &mut files,
        };
        counts.push(StreamWriter::new(&plan, &mut output).write()?);
    }
    Ok((files, config.expected(counts)))
}

/// Files in a folder.
struct FolderOutput {
    folder: PathBuf,
    file: Option<File>,
}

impl Output for FolderOutput {
    fn begin(&mut self, name: &str) -> io::Result<()> {
        self.file = Some(File::create_new(self.folder.join(name))?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Err(io::Error::other("bytes before the first file")),
        }
    }
}

/// Files in memory.
struct MemoryOutput<'a> {
    stream: usize,
    files: &'a mut Vec<MemoryFile>,
}

impl Output for MemoryOutput<'_> {
    fn begin(&mut self, name: &str) -> io::Result<()> {
        self.files.push(MemoryFile {
            stream: self.stream,
            name: name.to_owned(),
            bytes: Vec::new(),
        });
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.files.last_mut() {
            Some(file) => {
                file.bytes.extend_from_slice(bytes);
                Ok(())
            }
            None => Err(io::Error::other("bytes before the first file")),
        }
    }
}
