//! From paths as typed to files, each recognised by its content.
//!
//! In: PATHs (files, folders, patterns, archives, `-`). Out: send logs in stream order, tracking logs, other
//! texts that may be exports, what was skipped and why, and what could not be read.
//! Must not parse rows or exports, and keeps no file open.

use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::bytes::Source;
use super::corpus::Corpus;
use super::error::InputError;
use super::grouping::{FoundLog, Named, display_names, form_streams};
use super::members::{self, File, Files};
pub use super::members::{Search, unpacked};
use super::packed::{Budget, Step};
use super::pasted::{self, Pasted};
use super::skip::{SkipReason, Skipped};
use super::sniff::{FileKind, Recognised};
use super::stream::{self, FileOrder, GivenServer};
use super::tracking_file::{Family, TrackingFile};
use super::tracking_head::TrackingHead;
use super::walk;
pub use super::walk::PART_PREFIX;

/// A text that is no log: an export, perhaps.
#[derive(Debug)]
pub struct TextFile {
    /// Where it is; below its archive as below a folder.
    pub path: PathBuf,
    /// Name for reports.
    pub name: String,
    /// The folder that holds it, relative to the PATH, `.` for the PATH itself.
    pub folder: String,
    /// The name of the folder itself, for a tenant without an initial domain.
    pub folder_name: String,
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Its bytes.
    pub source: Source,
}

/// A digest of logs.
#[derive(Debug)]
pub struct FoundDigest {
    /// Where it is; below its archive as below a folder.
    pub path: PathBuf,
    /// Name for reports.
    pub name: String,
    /// Its bytes, unpacked.
    pub source: Source,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The log files.
    pub corpus: Corpus,
    /// The message tracking logs, by server, folder and number.
    pub tracking: Vec<TrackingFile>,
    /// The digests, by name.
    pub digests: Vec<FoundDigest>,
    /// Other texts, by name.
    pub texts: Vec<TextFile>,
    /// Where logs of all kinds and archives are, which no output may replace.
    pub kept: Vec<PathBuf>,
    /// What was not used, by name.
    pub skipped: Vec<Skipped>,
    /// What could not be read.
    pub errors: Vec<InputError>,
    /// The pipes that were asked for; `-` is standard input.
    pub pipes: Vec<PathBuf>,
}

impl Found {
    /// Lists the tracking logs as files that are not used.
    pub fn leave_tracking(&mut self) {
        if self.tracking.is_empty() {
            return;
        }
        let left = self.tracking.drain(..).map(|file| Skipped {
            file: file.name,
            reason: SkipReason::of_log(file.log_type),
        });
        self.skipped.extend(left);
        self.skipped.sort();
    }
}

/// Looks at every PATH.
pub fn find(paths: &[PathBuf], search: &Search) -> Found {
    let walked = walk::walk(paths);
    let files = members::with_members(walked.files, search);
    let mut found = Found {
        skipped: walked.skipped,
        errors: walked.errors,
        pipes: walked.pipes,
        ..Found::default()
    };
    sort_out(files, search.server.as_ref(), &mut found);
    found.skipped.sort();
    found.texts.sort_by(|a, b| a.name.cmp(&b.name));
    found.digests.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Names every file and puts it where it belongs.
fn sort_out(files: Files, server: Option<&GivenServer>, found: &mut Found) {
    found.errors.extend(files.errors);
    let names = display_names(files.files.iter().map(|file| &file.named));
    let (mut logs, mut tracking) = (Vec::new(), Vec::new());
    for (file, name) in files.files.into_iter().zip(names) {
        let skip = |reason| Skipped {
            file: name.clone(),
            reason,
        };
        let is_plain = matches!(
            file.recognised.kind,
            FileKind::Text | FileKind::OwnReport | FileKind::Empty | FileKind::Binary
        );
        if !is_plain || file.skipped.is_some() {
            found.kept.push(file.named.path.clone());
        }
        match file.skipped {
            Some(reason) => found.skipped.push(skip(reason)),
            None => match file.recognised.kind {
                FileKind::SendLog | FileKind::HeaderlessSendLog => {
                    let path = file.named.path.to_string_lossy().into_owned();
                    match log(file) {
                        Ok(log) => logs.push((name, log)),
                        Err(source) => {
                            found.errors.push(InputError::Unreadable { path, source });
                        }
                    }
                }
                FileKind::TrackingLog(head) => {
                    let server = stream::tracking_server(&file.named.typed, &file.named.relative);
                    let order = FileOrder::of(&file.named.file_name);
                    let is_utf16 = file.encoding.is_some();
                    let source = in_utf8(file.source, file.encoding);
                    let file = tracking_file(name, server, head, source, is_utf16);
                    tracking.push((order, file));
                }
                FileKind::OtherLog(log_type) => {
                    found.skipped.push(skip(SkipReason::of_log(log_type)));
                }
                FileKind::Digest => found.digests.push(FoundDigest {
                    path: file.named.path,
                    name,
                    source: file.source,
                }),
                FileKind::Disguised(form) => found.skipped.push(skip(SkipReason::Disguised(form))),
                FileKind::OwnReport => found.skipped.push(skip(SkipReason::OwnReport)),
                FileKind::Empty => found.skipped.push(skip(SkipReason::Empty)),
                FileKind::Archive(form) => found.skipped.push(skip(SkipReason::Archive(form))),
                FileKind::Binary => found.skipped.push(skip(SkipReason::Binary)),
                // A log of queues is an export that Exchange makes by itself.
                FileKind::Text | FileKind::QueueLog => found.texts.push(text(file, name)),
            },
        }
    }
    form_streams(logs, server, &mut found.corpus);
    found.tracking.extend(in_order(tracking));
}

/// Tracking logs by server, folder and number.
fn in_order(mut files: Vec<(FileOrder, TrackingFile)>) -> impl Iterator<Item = TrackingFile> {
    files.sort_by(|(order, file), (other_order, other)| {
        (&file.server, folder_of(&file.name), order, &file.name).cmp(&(
            &other.server,
            folder_of(&other.name),
            other_order,
            &other.name,
        ))
    });
    files.into_iter().map(|(_, file)| file)
}

/// The folder or archive in a name for reports.
fn folder_of(name: &str) -> &str {
    name.rsplit_once(['/', '!'])
        .map_or("", |(folder, _)| folder)
}

pub(super) fn tracking_file(
    name: String,
    server: Option<String>,
    head: TrackingHead,
    source: Source,
    is_utf16: bool,
) -> TrackingFile {
    TrackingFile {
        server: server.map(Into::into),
        family: Family::of(&name),
        name,
        source,
        fields: head.fields,
        log_type: head.log_type,
        headerless: head.headerless,
        is_utf16,
    }
}

fn text(file: File, name: String) -> TextFile {
    let named = file.named;
    TextFile {
        name,
        folder: if named.relative.is_empty() {
            ".".to_owned()
        } else {
            named.relative.join("/")
        },
        folder_name: folder_name(&named),
        path: named.path,
        head: file.head,
        source: file.source,
    }
}

fn log(file: File) -> io::Result<FoundLog> {
    let Recognised {
        kind,
        layout,
        pasted,
    } = file.recognised;
    let bytes = LogBytes::new(file.source, file.encoding, pasted)?;
    Ok(FoundLog {
        named: file.named,
        source: bytes.source,
        is_utf16: file.encoding.is_some(),
        original_bytes: bytes.original,
        headerless: kind == FileKind::HeaderlessSendLog,
        layout,
        pasted: bytes.pasted,
    })
}

/// The bytes of a log as they are to be read.
pub(super) struct LogBytes {
    pub(super) source: Source,
    /// The length before they were cleaned.
    pub(super) original: Option<u64>,
    pub(super) pasted: Option<Pasted>,
}

impl LogBytes {
    /// What must be decoded is decoded as it is read. What must be cleaned is held in memory, except if
    /// it is too large to have been copied.
    pub(super) fn new(
        source: Source,
        encoding: Option<&'static Encoding>,
        is_pasted: bool,
    ) -> io::Result<LogBytes> {
        if is_pasted {
            match source.read_all(pasted::MOST_BYTES) {
                Ok(bytes) => return Ok(LogBytes::cleaned(bytes, encoding)),
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {}
                Err(error) => return Err(error),
            }
        }
        Ok(LogBytes {
            source: in_utf8(source, encoding),
            original: None,
            pasted: None,
        })
    }

    fn cleaned(bytes: Vec<u8>, encoding: Option<&'static Encoding>) -> LogBytes {
        let len = bytes.len() as u64;
        let bytes = decoded(bytes, encoding);
        let (text, mut pasted) = pasted::clean(&pasted::text(&bytes));
        pasted.bytes = len;
        LogBytes {
            source: Source::Held(text.into_bytes()),
            original: Some(len),
            pasted: Some(pasted),
        }
    }
}

/// The bytes as UTF-8, decoded as they are read.
fn in_utf8(source: Source, encoding: Option<&'static Encoding>) -> Source {
    match encoding {
        Some(encoding) => source.unpacked(Step::Utf16(encoding), &Budget::new(u64::MAX)),
        None => source,
    }
}

fn decoded(bytes: Vec<u8>, encoding: Option<&'static Encoding>) -> Vec<u8> {
    match encoding {
        Some(encoding) => encoding.decode(&bytes).0.into_owned().into_bytes(),
        None => bytes,
    }
}

/// The last component of the folder that holds the file, resolved where the PATH is `.`.
fn folder_name(file: &Named) -> String {
    let last = |path: &Path| {
        let name = path.file_name();
        name.map(|name| name.to_string_lossy().into_owned())
    };
    let folder = file.path.parent().unwrap_or(Path::new("."));
    if file.in_archive {
        // In an archive: the folder there, else the name of the archive without its ending.
        return file
            .relative
            .last()
            .cloned()
            .or_else(|| {
                let stem = folder.file_stem();
                stem.map(|stem| stem.to_string_lossy().into_owned())
            })
            .unwrap_or_else(|| ".".to_owned());
    }
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let folder = folder.canonicalize().ok();
    folder
        .and_then(|folder| last(&folder))
        .unwrap_or_else(|| ".".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::bytes::IoMode;
    use super::*;
    use std::fs;

    const LOG: &str = "#Log-type: SMTP Send Protocol Log\n";

    fn search() -> Search {
        Search {
            io: IoMode::Auto,
            budget: Budget::new(u64::MAX),
            server: None,
        }
    }

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, text).expect("file");
    }

    #[test]
    fn files_are_recognised_ordered_and_grouped() {
        let root = tempfile::tempdir().expect("folder");
        write(root.path(), "EX02/SEND2026110301-1.LOG", LOG);
        write(root.path(), "EX01/SEND2026110301-10.LOG", LOG);
        write(root.path(), "EX01/SEND2026110301-2.LOG", LOG);
        write(
            root.path(),
            "EX01/RECV2026110301-1.LOG",
            "#Log-type: SMTP Receive Protocol Log\n",
        );
        write(root.path(), "tenant/in.json", "[]");
        write(root.path(), "empty.log", "");
        let found = find(
            &[root.path().to_owned(), root.path().join("EX01")],
            &search(),
        );
        let names: Vec<&str> = found
            .corpus
            .files
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "EX01/SEND2026110301-2.LOG",
                "EX01/SEND2026110301-10.LOG",
                "EX02/SEND2026110301-1.LOG"
            ]
        );
        let streams: Vec<&str> = found
            .corpus
            .streams
            .iter()
            .map(|stream| stream.name.as_str())
            .collect();
        assert_eq!(streams, ["EX01", "EX02"]);
        let skipped: Vec<(&str, String)> = found
            .skipped
            .iter()
            .map(|s| (s.file.as_str(), s.reason.to_string()))
            .collect();
        assert_eq!(
            skipped,
            [
                (
                    "EX01/RECV2026110301-1.LOG",
                    "SMTP Receive Protocol Log".to_owned()
                ),
                ("empty.log", "empty file".to_owned())
            ]
        );
        assert_eq!(found.texts[0].folder, "tenant");
        assert!(found.errors.is_empty());
    }

    #[test]
    fn tracking_logs_have_a_list_of_their_own() {
        let root = tempfile::tempdir().expect("folder");
        let log = "#Log-type: Message Tracking Log\n";
        let tracking = "TransportRoles/Logs/MessageTracking";
        write(
            root.path(),
            &format!("EX02/{tracking}/MSGTRK20261118-1.LOG"),
            log,
        );
        write(
            root.path(),
            &format!("EX01/{tracking}/msgtrk20261118-10.log"),
            log,
        );
        write(
            root.path(),
            &format!("EX01/{tracking}/MSGTRKMD20261118-2.LOG"),
            log,
        );
        write(root.path(), "EX01/SEND20261118-1.LOG", LOG);
        let mut found = find(&[root.path().to_owned()], &search());
        let files: Vec<(&str, &str, Family)> = found
            .tracking
            .iter()
            .map(|file| {
                let name = file.name.rsplit('/').next().expect("a name");
                (name, file.server.as_deref().expect("a server"), file.family)
            })
            .collect();
        assert_eq!(
            files,
            [
                ("MSGTRKMD20261118-2.LOG", "EX01", Family::Delivery),
                ("msgtrk20261118-10.log", "EX01", Family::Transport),
                ("MSGTRK20261118-1.LOG", "EX02", Family::Transport),
            ]
        );
        assert_eq!(found.corpus.files.len(), 1);
        assert!(found.skipped.is_empty());
        found.leave_tracking();
        assert!(found.tracking.is_empty());
        assert_eq!(found.skipped.len(), 3);
        let reason = found.skipped[0].reason.to_string();
        assert_eq!(reason, "Message Tracking Log");
    }

    #[test]
    fn globs_are_expanded_and_missing_paths_named() {
        let root = tempfile::tempdir().expect("folder");
        write(root.path(), "SEND20261103-1.LOG", LOG);
        let found = find(
            &[
                root.path().join("*.LOG"),
                root.path().join("*.nothing"),
                root.path().join("absent"),
            ],
            &search(),
        );
        assert_eq!(found.corpus.files.len(), 1);
        assert!(matches!(found.errors[0], InputError::NoMatch { .. }));
        assert!(matches!(found.errors[1], InputError::Missing { .. }));
    }

    #[test]
    fn two_folders_never_share_a_name() {
        let root = tempfile::tempdir().expect("folder");
        write(root.path(), "a/SEND20261103-1.LOG", LOG);
        write(root.path(), "b/SEND20261103-1.LOG", LOG);
        let found = find(&[root.path().join("a"), root.path().join("b")], &search());
        assert_ne!(found.corpus.streams[0].name, found.corpus.streams[1].name);
        assert_ne!(found.corpus.files[0].name, found.corpus.files[1].name);
    }

    #[test]
    fn a_utf16_log_is_decoded() {
        let root = tempfile::tempdir().expect("folder");
        let bytes: Vec<u8> = std::iter::once(0xFEFF)
            .chain(LOG.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        fs::write(root.path().join("SEND.LOG"), bytes).expect("file");
        let found = find(&[root.path().to_owned()], &search());
        let file = &found.corpus.files[0];
        assert!(file.is_utf16);
        let text = file.source.read_all(1_000).expect("text");
        assert_eq!(text, LOG.as_bytes());
    }
}
