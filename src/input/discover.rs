//! From paths as typed to files, each recognised by its content.
//!
//! In: PATHs (files, folders, globs, `-`). Out: log files in stream order, other texts that may be
//! exports, what was skipped and why, and what could not be read.
//! Must not parse rows or exports. Invariant: the order in which the file system lists files
//! changes nothing, and a file reached over two PATHs is read once.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use walkdir::WalkDir;

use super::bytes::{IoMode, Source};
use super::corpus::Corpus;
use super::grouping::{CandidateFile, FoundLog, display_names, form_streams};
use super::pasted::{self, Pasted};
use super::pattern;
use super::skip::{SkipReason, Skipped};
use super::sniff::{self, FileKind};

/// Why a PATH or file could not be used; each is one sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The PATH does not exist.
    #[error("{path}: there is no such file or folder; check the spelling")]
    Missing {
        /// The PATH as typed.
        path: String,
    },
    /// A glob without a match.
    #[error("{path}: no file matches this pattern; check the folder and the pattern")]
    NoMatch {
        /// The pattern as typed.
        path: String,
    },
    /// The operating system refused.
    #[error("{path}: cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A text that is no log: an export, perhaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Where it is.
    pub path: PathBuf,
    /// Name for reports.
    pub name: String,
    /// The folder that holds it, relative to the PATH, `.` for the PATH itself.
    pub folder: String,
    /// The name of the folder itself, for a tenant without an initial domain.
    pub folder_name: String,
    /// Its first bytes.
    pub head: Vec<u8>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The log files.
    pub corpus: Corpus,
    /// Other texts, by name.
    pub texts: Vec<TextFile>,
    /// What was not used, by name.
    pub skipped: Vec<Skipped>,
    /// What could not be read.
    pub errors: Vec<InputError>,
    /// Standard input was asked for.
    pub wants_pipe: bool,
}

/// Looks at every PATH.
pub fn find(paths: &[PathBuf], mode: IoMode) -> Found {
    let mut found = Found::default();
    let mut candidates = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.wants_pipe = true;
        } else {
            expand(path, &mut candidates, &mut found.errors);
        }
    }
    candidates.sort_by(|a, b| {
        (&a.typed, &a.relative, &a.file_name).cmp(&(&b.typed, &b.relative, &b.file_name))
    });
    let mut seen = BTreeSet::new();
    candidates.retain(|file| {
        seen.insert(
            file.path
                .canonicalize()
                .unwrap_or_else(|_| file.path.clone()),
        )
    });
    let names = display_names(&candidates);
    let mut logs = Vec::new();
    for (candidate, name) in candidates.into_iter().zip(names) {
        look_at(candidate, name, mode, &mut found, &mut logs);
    }
    form_streams(logs, &mut found.corpus);
    found.skipped.sort();
    found.texts.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// A PATH becomes the files it stands for.
fn expand(path: &Path, candidates: &mut Vec<CandidateFile>, errors: &mut Vec<InputError>) {
    let typed = path.to_string_lossy().into_owned();
    if path.exists() {
        return walk(path, &typed, candidates, errors);
    }
    if !pattern::is_pattern(&typed) {
        return errors.push(InputError::Missing { path: typed });
    }
    let matches = pattern::matches(&typed);
    if matches.is_empty() {
        errors.push(InputError::NoMatch { path: typed });
    }
    for path in matches {
        let typed = path.to_string_lossy().into_owned();
        walk(&path, &typed, candidates, errors);
    }
}

fn walk(
    path: &Path,
    typed: &str,
    candidates: &mut Vec<CandidateFile>,
    errors: &mut Vec<InputError>,
) {
    if !path.is_dir() {
        let folder = path.parent().map_or(String::new(), |folder| {
            folder.to_string_lossy().into_owned()
        });
        candidates.push(CandidateFile {
            path: path.to_owned(),
            typed: folder,
            relative: Vec::new(),
            file_name: path
                .file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        });
        return;
    }
    for entry in WalkDir::new(path).follow_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            // Our own output, while it is being written.
            Ok(entry) if is_own_part(&entry) => {}
            Ok(entry) => {
                let below = entry.path().strip_prefix(path).unwrap_or(entry.path());
                let mut relative: Vec<String> = below
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy().into_owned())
                    .collect();
                let file_name = relative.pop().unwrap_or_default();
                let path = entry.into_path();
                candidates.push(CandidateFile {
                    path,
                    typed: typed.to_owned(),
                    relative,
                    file_name,
                });
            }
            Err(error) => errors.push(InputError::Unreadable {
                path: error
                    .path()
                    .map_or(typed.to_owned(), |path| path.to_string_lossy().into_owned()),
                source: error.into(),
            }),
        }
    }
}

/// The beginning of the names of output files that are not whole yet.
pub const PART_PREFIX: &str = ".sendlens-";

fn is_own_part(entry: &walkdir::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(PART_PREFIX)
}

fn look_at(
    file: CandidateFile,
    name: String,
    mode: IoMode,
    found: &mut Found,
    logs: &mut Vec<(String, FoundLog)>,
) {
    let opened = Source::open(&file.path, mode)
        .and_then(|source| Ok((source.head(sniff::HEAD_BYTES)?, source)));
    let (head, source) = match opened {
        Ok(opened) => opened,
        Err(source) => {
            let path = file.path.to_string_lossy().into_owned();
            return found.errors.push(InputError::Unreadable { path, source });
        }
    };
    let encoding = sniff::utf16(&head);
    let mut skip = |reason| {
        found.skipped.push(Skipped {
            file: name.clone(),
            reason,
        })
    };
    let recognised = sniff::recognise(&head, encoding);
    match recognised.kind {
        kind @ (FileKind::SendLog | FileKind::HeaderlessSendLog) => {
            let utf16 = encoding.map(|_| source.len());
            let (source, pasted) = match log_bytes(source, encoding, recognised.pasted, &file.path)
            {
                Ok(bytes) => bytes,
                Err(source) => {
                    let path = file.path.to_string_lossy().into_owned();
                    return found.errors.push(InputError::Unreadable { path, source });
                }
            };
            let log = FoundLog {
                candidate: file,
                source,
                utf16,
                headerless: kind == FileKind::HeaderlessSendLog,
                layout: recognised.layout,
                pasted,
            };
            logs.push((name, log));
        }
        FileKind::OtherLog(log_type) => skip(SkipReason::of_log(log_type)),
        FileKind::Disguised(form) => skip(SkipReason::Disguised(form)),
        FileKind::Empty => skip(SkipReason::Empty),
        FileKind::Archive(form) => skip(SkipReason::Archive(form)),
        FileKind::Binary => skip(SkipReason::Binary),
        FileKind::Text => {
            let folder = if file.relative.is_empty() {
                ".".to_owned()
            } else {
                file.relative.join("/")
            };
            let folder_name = folder_name(&file);
            found.texts.push(TextFile {
                path: file.path,
                name,
                folder,
                folder_name,
                head,
            });
        }
    }
}

/// The bytes of a log as they are to be read. What must be decoded or cleaned is held in memory.
fn log_bytes(
    source: Source,
    encoding: Option<&'static Encoding>,
    is_pasted: bool,
    path: &Path,
) -> io::Result<(Source, Option<Pasted>)> {
    let is_pasted = is_pasted && source.len() <= pasted::MOST_BYTES;
    if encoding.is_none() && !is_pasted {
        return Ok((source, None));
    }
    let mut bytes = std::fs::read(path)?;
    if let Some(encoding) = encoding {
        bytes = encoding.decode(&bytes).0.into_owned().into_bytes();
    }
    if !is_pasted {
        return Ok((Source::Owned(bytes), None));
    }
    let (text, mut pasted) = pasted::clean(&pasted::text(&bytes));
    pasted.bytes = bytes.len() as u64;
    Ok((Source::Owned(text.into_bytes()), Some(pasted)))
}

/// The last component of the folder that holds the file, resolved where the PATH is `.`.
fn folder_name(file: &CandidateFile) -> String {
    let folder = file.path.parent().map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    folder
        .and_then(|folder| folder.canonicalize().ok())
        .and_then(|folder| {
            folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .unwrap_or_else(|| ".".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LOG: &str = "#Log-type: SMTP Send Protocol Log\n";

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
            IoMode::Auto,
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
    fn globs_are_expanded_and_missing_paths_named() {
        let root = tempfile::tempdir().expect("folder");
        write(root.path(), "SEND20261103-1.LOG", LOG);
        let found = find(
            &[
                root.path().join("*.LOG"),
                root.path().join("*.nothing"),
                root.path().join("absent"),
            ],
            IoMode::Auto,
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
        let found = find(
            &[root.path().join("a"), root.path().join("b")],
            IoMode::Auto,
        );
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
        let found = find(&[root.path().to_owned()], IoMode::Auto);
        assert!(found.corpus.files[0].utf16.is_some());
        assert_eq!(found.corpus.files[0].source.len(), LOG.len() as u64);
    }
}
