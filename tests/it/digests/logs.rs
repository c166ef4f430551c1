//! A folder of logs and exports, and digests of its streams.
//!
//! In: a folder. Out: what the program says of it, of its digests, and of both mixed. The program runs in this
//! process, because it runs thousands of times.
//! Must not compare anything.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::FromArgMatches as _;
use serde_json::Value;
use walkdir::WalkDir;

use sendlens::cli::Cli;
use sendlens::exit::Exit;
use sendlens::language::Language;
use sendlens::{commands, help};

use crate::corpus::Random;

/// What a run gave: how it ended, or the sentence of an error, and what it wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gave {
    pub(super) exit: Result<Exit, String>,
    pub(super) wrote: Option<Vec<u8>>,
}

/// Runs the program with these arguments and an output file, in this process.
pub(super) fn run(arguments: &[String], out: &Path) -> Gave {
    let _ = fs::remove_file(out);
    write(arguments, out)
}

/// The same, and what is in the output file stays there.
pub(super) fn write(arguments: &[String], out: &Path) -> Gave {
    let out_of = ["-o".to_owned(), text(out), "-q".to_owned()];
    let all = ["sendlens".to_owned()].into_iter();
    let all = all.chain(arguments.iter().cloned()).chain(out_of);
    let typed = help::command(Language::English).try_get_matches_from(all);
    let typed = typed.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    let typed = Cli::from_arg_matches(&typed).expect("options");
    Gave {
        exit: commands::run(typed).map_err(|error| format!("{error:#}")),
        wrote: fs::read(out).ok(),
    }
}

/// Does some work for each number below this one, on all cores. The program needs the stack of a main thread, and
/// none of its threads may do other work meanwhile.
pub(super) fn each<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    let results = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads = (0..cores).map(|_| {
            let thread = std::thread::Builder::new().stack_size(16 << 20);
            let run = || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let result = work(number);
                    results.lock().expect("no thread failed").push(result);
                }
            };
            thread.spawn_scoped(scope, run).expect("a thread")
        });
        let threads: Vec<_> = threads.collect();
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    results.into_inner().expect("no thread failed")
}

/// A path as an argument.
pub(super) fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The lines of a digest.
pub(super) fn lines(digest: &Path) -> Vec<Value> {
    let file = fs::File::open(digest).expect("a digest");
    let reader = zstd::stream::read::Decoder::new(file).expect("zstd");
    let lines = std::io::BufReader::new(reader).lines();
    let lines = lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"));
    lines.collect()
}

/// A folder of logs and exports.
pub(super) struct Folder {
    pub(super) root: tempfile::TempDir,
    /// The streams whose logs are files of their own, with these files, relative to the folder.
    pub(super) streams: BTreeMap<String, Vec<PathBuf>>,
}

impl Folder {
    /// Whatever `write` writes.
    pub(super) fn of(write: impl FnOnce(&Path)) -> Folder {
        let root = tempfile::tempdir().expect("a folder");
        write(&root.path().join("whole"));
        let mut folder = Folder {
            root,
            streams: BTreeMap::new(),
        };
        let whole = folder.digest("whole.digest", &[], &[]);
        for line in lines(&whole) {
            let text = |key: &str| line[key].as_str().expect("a text").to_owned();
            match line["type"].as_str() {
                Some("stream") => drop(folder.streams.insert(text("name"), Vec::new())),
                Some("file") => {
                    let name = text("name");
                    // The files of a stream come behind it, and the streams in the order of names.
                    let mut last = folder.streams.last_entry().expect("a stream");
                    last.get_mut().push(PathBuf::from(name));
                }
                _ => {}
            }
        }
        let whole = folder.root.path().join("whole");
        let is_there = |file: &PathBuf| whole.join(file).is_file();
        folder.streams.retain(|_, files| files.iter().all(is_there));
        folder
    }

    /// A copy of a folder.
    pub(super) fn copy(original: &Path) -> Folder {
        Folder::of(|whole| copy(original, whole))
    }

    /// The folder with everything in it.
    pub(super) fn whole(&self) -> PathBuf {
        self.root.path().join("whole")
    }

    /// What a command writes about these paths.
    pub(super) fn report(&self, command: &[&str], options: &[String], paths: &[PathBuf]) -> Gave {
        let words = command.iter().map(|word| (*word).to_owned());
        let arguments = words.chain(options.iter().cloned());
        let arguments: Vec<String> = arguments
            .chain(["--threads".to_owned(), "1".to_owned()])
            .chain(paths.iter().map(|path| text(path)))
            .collect();
        run(&arguments, &self.root.path().join("out"))
    }

    /// Writes a digest of some streams, or of all if none is named.
    pub(super) fn digest(&self, name: &str, streams: &[&String], options: &[String]) -> PathBuf {
        let file = self.root.path().join(name);
        let mut arguments = vec!["digest".to_owned(), text(&self.whole())];
        arguments.extend(options.iter().cloned());
        for stream in streams {
            let pattern: String = stream
                .chars()
                .map(|sign| match sign {
                    '*' | '?' | '[' | ']' | '{' | '}' => format!("[{sign}]"),
                    other => other.to_string(),
                })
                .collect();
            arguments.extend(["--stream".to_owned(), pattern]);
        }
        let gave = run(&arguments, &file);
        assert!(
            gave.exit.is_ok() && gave.wrote.is_some(),
            "{arguments:?} {gave:?}"
        );
        file
    }

    /// A folder with the exports, and with the logs of the streams that are not left out.
    pub(super) fn without(&self, name: &str, left_out: &[&String]) -> PathBuf {
        let rest = self.root.path().join(name).join("whole");
        copy(&self.whole(), &rest);
        for stream in left_out {
            for file in &self.streams[*stream] {
                fs::remove_file(rest.join(file)).expect("a file");
            }
        }
        rest
    }
}

/// Copies a folder. The copies are links where that is possible.
pub(super) fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.expect("an entry");
        let target = to.join(entry.path().strip_prefix(from).expect("below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Ends the last log of each stream anywhere, as if it was copied while Exchange wrote it.
pub(super) fn cut(folder: &Path, random: &mut Random) {
    let mut last: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let path = entry.expect("an entry").into_path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("SEND") && name.ends_with(".LOG") {
            last.insert(path.parent().expect("a folder").to_owned(), path);
        }
    }
    for log in last.into_values() {
        let mut bytes = fs::read(&log).expect("a log");
        bytes.truncate(bytes.len() / 2 + random.below(bytes.len() / 2 + 1));
        // The file may be a link.
        fs::remove_file(&log).expect("a log");
        fs::write(&log, bytes).expect("a log");
    }
}
