//! Log files grouped into streams: one folder is one stream.
//!
//! In: recognised log files. Out: the corpus, streams in name order, files in number order.
//! Must not open files. Invariant: two folders never share a name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::bytes::Source;
use super::corpus::{Corpus, LogFile, Stream};
use super::header::Layout;
use super::pasted::Pasted;
use super::prefix;
use super::stream::{self, FileOrder};

/// One file below a PATH.
#[derive(Debug)]
pub(super) struct CandidateFile {
    pub(super) path: PathBuf,
    /// The PATH as typed; for a file PATH, its folder.
    pub(super) typed: String,
    /// Folders below the PATH.
    pub(super) relative: Vec<String>,
    pub(super) file_name: String,
}

/// A recognised log file, before streams are formed.
pub(super) struct FoundLog {
    pub(super) candidate: CandidateFile,
    pub(super) source: Source,
    pub(super) utf16: Option<u64>,
    pub(super) headerless: bool,
    pub(super) layout: Layout,
    pub(super) pasted: Option<Pasted>,
}

/// A folder of logs: its stream, its whole path as typed, and its files with their names.
type NamedFolder = (stream::StreamName, String, Vec<(String, FoundLog)>);

/// Groups logs by folder, names the streams, and orders streams by name and files by number.
pub(super) fn form_streams(logs: Vec<(String, FoundLog)>, corpus: &mut Corpus) {
    let mut folders: BTreeMap<PathBuf, Vec<(String, FoundLog)>> = BTreeMap::new();
    for (name, log) in logs {
        let folder = log
            .candidate
            .path
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        let folder = folder.canonicalize().unwrap_or(folder);
        folders.entry(folder).or_default().push((name, log));
    }
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut named: Vec<NamedFolder> = Vec::new();
    for files in folders.into_values() {
        let first = &files[0].1.candidate;
        let stream = stream::name(&first.typed, &first.relative);
        let mut long = stream::components(&first.typed);
        long.extend_from_slice(&first.relative);
        *count.entry(stream.name.clone()).or_default() += 1;
        named.push((stream, long.join("/"), files));
    }
    tell_apart(&mut named, &count);
    named.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    for (stream, _, files) in named {
        push_stream(stream, files, corpus);
    }
}

/// Two folders never share a name: the last part of the PATH as typed distinguishes them, else the
/// folder relative to it, else the whole path, else a number.
fn tell_apart(named: &mut [NamedFolder], count: &BTreeMap<String, usize>) {
    let candidates: Vec<[String; 2]> = named.iter().map(other_names).collect();
    let unique = |form: usize, name: &String| {
        let same = candidates.iter().filter(|names| names[form] == *name);
        !name.is_empty() && same.count() == 1
    };
    let mut taken = BTreeSet::new();
    for ((stream, long, _), names) in named.iter_mut().zip(&candidates) {
        if count.get(&stream.name) != Some(&1) {
            stream.name = match names {
                [typed, _] if unique(0, typed) => typed.clone(),
                [_, relative] if unique(1, relative) => relative.clone(),
                _ => std::mem::take(long),
            };
            if stream.server.is_none() {
                stream.server = stream::server_of_folder(&stream.name);
            }
        }
        let base = stream.name.clone();
        let mut number = 2;
        while !taken.insert(stream.name.clone()) {
            stream.name = format!("{base} ({number})");
            number += 1;
        }
    }
}

/// The stream's name after the last part of the PATH, and the folder relative to the PATH.
fn other_names((stream, _, files): &NamedFolder) -> [String; 2] {
    let candidate = &files[0].1.candidate;
    let typed = stream::components(&candidate.typed);
    let last = typed.last().cloned().unwrap_or_default();
    let with_path = match stream.name.as_str() {
        "." => last,
        name => format!("{last}/{name}"),
    };
    [with_path, candidate.relative.join("/")]
}

fn push_stream(
    stream: stream::StreamName,
    mut files: Vec<(String, FoundLog)>,
    corpus: &mut Corpus,
) {
    let index = corpus.streams.len();
    corpus.streams.push(Stream {
        name: stream.name,
        server: stream.server,
    });
    files.sort_by_cached_key(|(_, log)| FileOrder::of(&log.candidate.file_name));
    for (name, log) in files {
        corpus.files.push(LogFile {
            name,
            stream: index,
            source: log.source,
            layout: log.layout,
            headerless: log.headerless,
            utf16: log.utf16,
            pasted: log.pasted,
        });
    }
}

/// Names relative to the PATH; where two PATHs give the same name, the PATH is put in front.
pub(super) fn display_names(candidates: &[CandidateFile]) -> Vec<String> {
    let short = |file: &CandidateFile| {
        let mut parts = file.relative.clone();
        parts.push(file.file_name.clone());
        parts.join("/")
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for file in candidates {
        *count.entry(short(file)).or_default() += 1;
    }
    candidates
        .iter()
        .map(|file| match count.get(&short(file)) {
            Some(1) => short(file),
            _ => format!(
                "{}/{}",
                prefix::plain(&file.typed)
                    .replace('\\', "/")
                    .trim_end_matches('/'),
                short(file)
            ),
        })
        .collect()
}
