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
use super::stream::{self, FileOrder, GivenServer};
use super::walk::Place;
use super::whole_paths::WholePaths;

/// A file with its place below a PATH. A file in an archive has the place that it would have if the
/// archive were unpacked where it is.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// Where it is; below its archive as below a folder.
    pub(super) path: PathBuf,
    /// The PATH as typed; for a file PATH, its folder.
    pub(super) typed: String,
    /// Folders below the PATH.
    pub(super) relative: Vec<String>,
    pub(super) file_name: String,
    /// Whether it, or its archive, is a PATH itself.
    pub(super) is_path: bool,
    /// Its name for reports below the PATH, if that is not the place.
    pub(super) shown: Option<String>,
    pub(super) in_archive: bool,
}

impl Named {
    pub(super) fn of(place: Place) -> Named {
        Named {
            path: place.path,
            typed: place.typed,
            relative: place.relative,
            file_name: place.file_name,
            is_path: place.is_path,
            shown: None,
            in_archive: false,
        }
    }

    /// A member of this archive, as if it were unpacked into a folder with the archive's name.
    pub(super) fn member(&self, inner: &[String]) -> Named {
        let stem = self.stem();
        let mut relative = self.relative.clone();
        let mut typed = self.typed.clone();
        if self.is_path && !self.in_archive {
            typed = match typed.as_str() {
                "" => stem.to_owned(),
                folder => format!("{folder}/{stem}"),
            };
        } else if inner.len() < 2 || inner[0] != stem {
            relative.push(stem.to_owned());
        }
        relative.extend_from_slice(&inner[..inner.len().saturating_sub(1)]);
        let mut path = self.path.clone();
        path.extend(inner);
        Named {
            path,
            typed,
            relative,
            file_name: inner.last().cloned().unwrap_or_default(),
            is_path: self.is_path,
            shown: Some(format!("{}!{}", self.short(), inner.join("/"))),
            in_archive: true,
        }
    }

    /// The name without the ending of an archive.
    pub(super) fn stem(&self) -> &str {
        let name = self.file_name.as_str();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Takes the ending of a compressed file off, so that it is ordered like the others. Reports show it.
    pub(super) fn unpack_name(&mut self) {
        self.shown = Some(self.short());
        self.file_name = stream::without_packing(&self.file_name).to_owned();
    }

    /// The name for reports, relative to the PATH.
    fn short(&self) -> String {
        self.shown.clone().unwrap_or_else(|| {
            let mut parts = self.relative.clone();
            parts.push(self.file_name.clone());
            parts.join("/")
        })
    }

    /// The same with the PATH in front.
    fn long(&self) -> String {
        let typed = prefix::plain(&self.typed).replace('\\', "/");
        let mut folder = typed.trim_end_matches('/');
        if self.is_path && self.in_archive {
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        }
        let short = self.short();
        if folder.is_empty() && !typed.starts_with('/') {
            return short;
        }
        format!("{folder}/{short}")
    }
}

/// A recognised log file, before streams are formed.
pub(super) struct FoundLog {
    pub(super) named: Named,
    pub(super) source: Source,
    pub(super) is_utf16: bool,
    pub(super) original_bytes: Option<u64>,
    pub(super) headerless: bool,
    pub(super) layout: Layout,
    pub(super) pasted: Option<Pasted>,
}

/// A folder of logs: its stream, its whole path as typed, and its files with their names.
type NamedFolder = (stream::StreamName, String, Vec<(String, FoundLog)>);

/// Groups logs by folder, names the streams, and orders streams by name and files by number.
pub(super) fn form_streams(
    logs: Vec<(String, FoundLog)>,
    server: Option<&GivenServer>,
    corpus: &mut Corpus,
) {
    let mut folders: BTreeMap<PathBuf, Vec<(String, FoundLog)>> = BTreeMap::new();
    let mut whole_paths = WholePaths::default();
    for (name, log) in logs {
        let folder = log.named.path.parent().unwrap_or(Path::new(""));
        let folder = whole_paths.folder(folder).to_owned();
        folders.entry(folder).or_default().push((name, log));
    }
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut named: Vec<NamedFolder> = Vec::new();
    for files in folders.into_values() {
        let first = &files[0].1.named;
        let stream = stream::name_with(&first.typed, &first.relative, server);
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
    let mut same: BTreeMap<(usize, &String), usize> = BTreeMap::new();
    for names in &candidates {
        for (form, name) in names.iter().enumerate() {
            *same.entry((form, name)).or_default() += 1;
        }
    }
    let unique =
        |form: usize, name: &String| !name.is_empty() && same.get(&(form, name)) == Some(&1);
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
    let named = &files[0].1.named;
    let typed = stream::components(&named.typed);
    let last = typed.last().cloned().unwrap_or_default();
    let with_path = match stream.name.as_str() {
        "." => last,
        name => format!("{last}/{name}"),
    };
    [with_path, named.relative.join("/")]
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
    files.sort_by_cached_key(|(_, log)| FileOrder::of(&log.named.file_name));
    for (name, log) in files {
        corpus.files.push(LogFile {
            name,
            stream: index,
            source: log.source,
            layout: log.layout,
            headerless: log.headerless,
            is_utf16: log.is_utf16,
            original_bytes: log.original_bytes,
            pasted: log.pasted,
            earlier: None,
        });
    }
}

/// Names relative to the PATH; where two PATHs give the same name, the PATH is put in front.
pub(super) fn display_names<'a>(files: impl Iterator<Item = &'a Named> + Clone) -> Vec<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.clone() {
        *count.entry(file.short()).or_default() += 1;
    }
    files
        .map(|file| match count.get(&file.short()) {
            Some(1) => file.short(),
            _ => file.long(),
        })
        .collect()
}
