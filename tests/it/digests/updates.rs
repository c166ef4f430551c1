//! `--update` gives what a digest made afresh would hold of everything that was ever there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use walkdir::WalkDir;

use sendlens::exit::Exit;

use super::logs::{Gave, copy, each, run, text, write};
use crate::corpus::Random;
use crate::program::PROGRAM;
use crate::{sample, weeks};

/// The logs of a server over time.
pub(super) struct Server {
    root: tempfile::TempDir,
    /// All logs as they will be in the end, by folder, in their order.
    logs: BTreeMap<PathBuf, Vec<(PathBuf, Vec<u8>)>>,
    /// Bytes of each folder that are there.
    written: BTreeMap<PathBuf, usize>,
}

impl Server {
    pub(super) fn of(write: impl FnOnce(&Path)) -> Server {
        let root = tempfile::tempdir().expect("a folder");
        let all = root.path().join("all");
        write(&all);
        let mut logs: BTreeMap<PathBuf, Vec<(PathBuf, Vec<u8>)>> = BTreeMap::new();
        for entry in WalkDir::new(&all) {
            let path = entry.expect("an entry").into_path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with("SEND") && name.ends_with(".LOG") {
                let below = path.strip_prefix(&all).expect("below").to_owned();
                let folder = below.parent().expect("a folder").to_owned();
                let bytes = fs::read(&path).expect("a log");
                logs.entry(folder).or_default().push((below, bytes));
            }
        }
        let order = |path: &Path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let (day, number) = name.split_once('-').expect("SEND<hour>-<number>");
            (day.to_owned(), number.parse::<u32>().expect("a number"))
        };
        for files in logs.values_mut() {
            files.sort_by_key(|(path, _)| order(path));
        }
        fs::create_dir(root.path().join("live")).expect("a folder");
        fs::create_dir(root.path().join("union")).expect("a folder");
        Server {
            root,
            logs,
            written: BTreeMap::new(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Exchange goes on writing: up to `most` bytes in each folder, and to the end if there is no limit.
    pub(super) fn grow(&mut self, random: &mut Random, most: Option<usize>) {
        for (folder, files) in &self.logs {
            let written = self.written.entry(folder.clone()).or_default();
            *written = match most {
                Some(most) => *written + random.below(most),
                None => usize::MAX,
            };
            let mut rest = *written;
            for (path, bytes) in files {
                let count = rest.min(bytes.len());
                rest -= count;
                let target = self.root.path().join("live").join(path);
                let union = self.root.path().join("union").join(path);
                // What was deleted is not written again.
                let is_new = !target.exists() && !union.exists();
                if count > 0 && (is_new || target.exists()) {
                    fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
                    fs::write(target, &bytes[..count]).expect("a log");
                }
            }
        }
    }

    /// Retention deletes the oldest logs of each folder.
    fn delete(&self, random: &mut Random) {
        for files in self.logs.values() {
            let count = random.below(files.len() + 1);
            for (path, _) in &files[..count] {
                let _ = fs::remove_file(self.path("live").join(path));
            }
        }
    }

    /// What is there was seen.
    fn see(&self) {
        for entry in WalkDir::new(self.path("live")) {
            let entry = entry.expect("an entry");
            let below = entry.path().strip_prefix(self.path("live")).expect("below");
            let target = self.path("union").join(below);
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).expect("a folder");
            } else {
                fs::copy(entry.path(), target).expect("a copy");
            }
        }
    }

    fn update(&self) -> Gave {
        let arguments = [
            "digest".to_owned(),
            text(&self.path("live")),
            "--update".to_owned(),
        ];
        write(&arguments, &self.path("updated.digest"))
    }

    fn afresh(&self) -> Gave {
        let arguments = ["digest".to_owned(), text(&self.path("union"))];
        run(&arguments, &self.path("fresh.digest"))
    }

    /// Updates the digest, and compares it.
    pub(super) fn holds(&self, what: &str) {
        self.see();
        let fresh = self.afresh();
        let updated = self.update();
        if updated.wrote != fresh.wrote {
            let lines = |name: &str| super::logs::lines(&self.path(name));
            let (one, other) = (lines("updated.digest"), lines("fresh.digest"));
            let differs = one.iter().zip(&other).find(|(one, other)| one != other);
            panic!("{what}: {differs:#?} {:?} {:?}", updated.exit, fresh.exit);
        }
        assert!(fresh.wrote.is_some(), "{what}");
        let known = |gave: Gave| gave.exit.expect("an exit");
        let (updated, fresh) = (known(updated), known(fresh));
        // Without a file that is left, nothing is there to be read.
        assert!(
            updated == fresh || updated == Exit::Nothing,
            "{what}: {updated:?} {fresh:?}"
        );
    }
}

#[test]
fn an_updated_digest_is_one_made_afresh() {
    each(7, |seed| {
        let mut random = Random::new(seed ^ 0x0DD);
        let mut server = Server::of(|folder| weeks::write(seed * 5 + 3, folder));
        let all = server.logs.values().flatten().map(|(_, bytes)| bytes.len());
        let folders = server.logs.len().max(1);
        let most = all.sum::<usize>() / folders / 2;
        for step in 0..3 {
            server.grow(&mut random, Some(most + 2));
            if !WalkDir::new(server.path("live"))
                .into_iter()
                .any(|entry| entry.is_ok_and(|entry| entry.file_type().is_file()))
            {
                continue;
            }
            server.holds(&format!("seed {seed}, step {step}"));
            if step % 2 == 1 && seed % 3 > 0 {
                server.delete(&mut random);
            }
        }
        server.grow(&mut random, None);
        server.holds(&format!("seed {seed}, in the end"));
        // Nothing new.
        server.holds(&format!("seed {seed}, again"));
    });
}

/// A server with all logs of a case.
fn complete(case: &str) -> Server {
    let mut server = Server::of(|folder| copy(&sample::folder().join(case), folder));
    server.grow(&mut Random::new(1), None);
    server
}

/// The first log, below the folder of the logs that are there.
fn first_log(server: &Server) -> PathBuf {
    let (path, _) = &server.logs.values().next().expect("a folder")[0];
    server.path("live").join(path)
}

/// Changes the first row, not the header.
fn another_row(bytes: &mut [u8]) {
    let row = bytes.windows(3).position(|three| three == b"\n20");
    bytes[row.expect("a row") + 4] = b'5';
}

#[test]
fn a_log_that_shrank_or_became_another_is_read_anew() {
    for change in [
        (|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2)) as fn(&mut Vec<u8>),
        |bytes| another_row(bytes),
        |bytes| bytes.clear(),
    ] {
        let server = complete("renamed-certificate");
        server.holds("before");
        let log = first_log(&server);
        let mut bytes = fs::read(&log).expect("a log");
        change(&mut bytes);
        fs::write(&log, bytes).expect("a log");
        server.holds("after");
    }
}

#[test]
fn what_cannot_be_counted_again_is_refused_and_stays() {
    let mut server = Server::of(|folder| weeks::write(3, folder));
    server.grow(&mut Random::new(1), None);
    let files = server.logs.values().find(|files| files.len() > 1);
    let files = files.expect("several logs in a folder").clone();
    server.holds("before");
    let before = fs::read(server.path("updated.digest")).expect("a digest");
    fs::remove_file(server.path("live").join(&files[0].0)).expect("a log");
    let (last, mut bytes) = files.last().expect("a log").clone();
    another_row(&mut bytes);
    fs::write(server.path("live").join(last), bytes).expect("a log");
    let gave = server.update();
    let sentence = gave.exit.expect_err("it cannot be updated");
    assert!(sentence.contains("is gone"), "{sentence}");
    assert_eq!(gave.wrote, Some(before));
}

#[test]
fn a_digest_that_is_none_is_not_replaced() {
    let server = complete("renamed-certificate");
    for wrong in [&b"not a digest\n"[..], b"", b"(\xb5/\xfd broken"] {
        fs::write(server.path("updated.digest"), wrong).expect("a file");
        let gave = server.update();
        assert!(gave.exit.is_err(), "{gave:?}");
        assert_eq!(gave.wrote.as_deref(), Some(wrong));
    }
}

#[test]
fn an_update_that_is_killed_leaves_a_digest() {
    let mut random = Random::new(7);
    let mut server = Server::of(|folder| weeks::write(8, folder));
    for step in 0..4 {
        server.grow(&mut random, Some(60_000));
        let known = fs::read(server.path("updated.digest")).ok();
        server.see();
        let fresh = server.afresh().wrote;
        let mut child = Command::new(PROGRAM)
            .args(["digest", "-q", "--update", "-o"])
            .arg(server.path("updated.digest"))
            .arg(server.path("live"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(random.below(120) as u64));
        let _ = child.kill();
        let _ = child.wait();
        let now = fs::read(server.path("updated.digest")).ok();
        assert!(now == known || now == fresh, "step {step}");
        server.holds(&format!("step {step}"));
    }
}
