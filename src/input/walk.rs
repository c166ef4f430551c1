//! From paths as typed to the files and pipes that they stand for.
//!
//! In: PATHs (files, folders, patterns, `-`). Out: files with their place below the PATH, pipes, what was
//! left alone, and what could not be read.
//! Must not open files. Invariant: the order in which the file system lists files changes nothing, and a
//! file reached over two PATHs is there once.

use std::collections::BTreeSet;
use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::error::InputError;
use super::pattern;
use super::skip::{SkipReason, Skipped};
use super::whole_paths::WholePaths;

/// The beginning of the names of output files that are not whole yet.
pub const PART_PREFIX: &str = ".sendlens-";

/// A file below a PATH.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// The PATH as typed; for a file PATH, its folder.
    pub(super) typed: String,
    /// Folders below the PATH.
    pub(super) relative: Vec<String>,
    pub(super) file_name: String,
    /// Whether it is a PATH itself.
    pub(super) is_path: bool,
}

/// What the PATHs stand for.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Place>,
    /// Pipes that a PATH names; `-` is standard input.
    pub(super) pipes: Vec<PathBuf>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) errors: Vec<InputError>,
}

/// Looks at every PATH.
pub(super) fn walk(paths: &[PathBuf]) -> Walked {
    let mut walked = Walked::default();
    for path in paths {
        if path.as_os_str() == "-" || path.as_os_str() == "/dev/stdin" {
            walked.pipes.push(PathBuf::from("-"));
        } else {
            walked.expand(path);
        }
    }
    walked.files.sort_by(|a, b| {
        (&a.typed, &a.relative, &a.file_name).cmp(&(&b.typed, &b.relative, &b.file_name))
    });
    let mut seen = BTreeSet::new();
    let mut whole_paths = WholePaths::default();
    walked.files.retain(|file| {
        seen.insert(if file.is_path {
            // The name may be written in another way than it is.
            let whole = file.path.canonicalize();
            whole.unwrap_or_else(|_| file.path.clone())
        } else {
            whole_paths.file(&file.path)
        })
    });
    walked.pipes.sort();
    walked.pipes.dedup();
    walked
}

impl Walked {
    /// A PATH becomes the files it stands for.
    fn expand(&mut self, path: &Path) {
        let typed = path.to_string_lossy().into_owned();
        if path.exists() {
            return self.path(path, &typed);
        }
        if !pattern::is_pattern(&typed) {
            return self.errors.push(InputError::Missing { path: typed });
        }
        let matches = pattern::matches(&typed);
        if matches.is_empty() {
            self.errors.push(InputError::NoMatch { path: typed });
        }
        for path in matches {
            let typed = path.to_string_lossy().into_owned();
            self.path(&path, &typed);
        }
    }

    /// A PATH that exists.
    fn path(&mut self, path: &Path, typed: &str) {
        if path.is_dir() {
            return self.folder(path, typed);
        }
        if path.metadata().is_ok_and(|known| is_pipe(&known)) {
            return self.pipes.push(path.to_owned());
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default();
        self.files.push(Place {
            path: path.to_owned(),
            typed: folder.to_string_lossy().into_owned(),
            relative: Vec::new(),
            file_name: name.to_string_lossy().into_owned(),
            is_path: true,
        });
    }

    fn folder(&mut self, folder: &Path, typed: &str) {
        let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut links = Vec::new();
        let stays = |entry: &DirEntry| {
            let leads_out = entry.depth() > 0 && entry.path_is_symlink() && {
                let target = entry.path().canonicalize();
                target.is_ok_and(|target| !target.starts_with(&root))
            };
            if leads_out {
                links.push(entry.path().to_owned());
            }
            !leads_out
        };
        for entry in WalkDir::new(folder)
            .follow_links(true)
            .into_iter()
            .filter_entry(stays)
        {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                // Our own output, while it is being written.
                Ok(entry) if is_own_part(&entry) => {}
                Ok(entry) => self.entry(folder, typed, entry.into_path()),
                Err(error) if error.loop_ancestor().is_some() => {
                    let link = error.path().unwrap_or(folder);
                    self.skip(folder, link, SkipReason::LinkToItself);
                }
                Err(error) => {
                    let path = error.path().map(|path| path.to_string_lossy().into_owned());
                    self.errors.push(InputError::Unreadable {
                        path: path.unwrap_or_else(|| typed.to_owned()),
                        source: error.into(),
                    });
                }
            }
        }
        for link in links {
            self.skip(folder, &link, SkipReason::LinkOut);
        }
    }

    /// A file, pipe or device in a folder. Only what is named is waited for: reading a pipe that nobody
    /// writes would never end.
    fn entry(&mut self, folder: &Path, typed: &str, path: PathBuf) {
        let is_file = path
            .metadata()
            .map_or(true, |known| FileType::is_file(&known.file_type()));
        if !is_file {
            return self.skip(folder, &path, SkipReason::PipeOrDevice);
        }
        let mut relative = parts_below(folder, &path);
        let file_name = relative.pop().unwrap_or_default();
        self.files.push(Place {
            path,
            typed: typed.to_owned(),
            relative,
            file_name,
            is_path: false,
        });
    }

    fn skip(&mut self, folder: &Path, path: &Path, reason: SkipReason) {
        let file = parts_below(folder, path).join("/");
        self.skipped.push(Skipped { file, reason });
    }
}

/// The parts of a path below a folder.
fn parts_below(folder: &Path, path: &Path) -> Vec<String> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect()
}

fn is_own_part(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(PART_PREFIX)
}

#[cfg(unix)]
fn is_pipe(known: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = known.file_type();
    kind.is_fifo() || kind.is_char_device() || kind.is_socket()
}

#[cfg(not(unix))]
fn is_pipe(_known: &Metadata) -> bool {
    false
}
