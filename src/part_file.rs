//! A file that appears only when it is complete. It is written under another name in the same folder,
//! and renamed at the end.
//!
//! In: the name of a file, and bytes. Out: the complete file or none. If it can't get its name at the
//! end, it gets another one, which the error says.
//! Must not leave an incomplete file, however the program ends.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use tempfile::NamedTempFile;

use crate::input::discover::PART_PREFIX;
use crate::language::{Language, labels, sentences};

/// A file that is being written.
pub(crate) struct PartFile {
    part: BufWriter<NamedTempFile>,
    /// Where it goes.
    target: PathBuf,
    /// The same as it was typed.
    shown: PathBuf,
    /// The language of errors.
    language: Language,
}

/// How often a file is renamed before it gets another name. On Windows, other programs such as virus
/// scanners hold new files open for a moment.
const TRIES: u32 = if cfg!(windows) { 10 } else { 1 };

const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl PartFile {
    /// Tries whether the file can be written, and begins it.
    ///
    /// # Errors
    /// If the folder or the file that is there cannot be written.
    pub(crate) fn open(language: Language, shown: &Path, buffer: usize) -> Result<PartFile> {
        let no_name = || no_file_name(language, &shown.display().to_string());
        let target = real(shown).with_context(no_name)?;
        let there = target.metadata().ok();
        if let Some(there) = &there {
            try_there(language, &target, there).map_err(|fault| {
                let cannot = cannot(language, shown, &fault.reason);
                anyhow!((fault.advice)(language, &cannot))
            })?;
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // A signal waits here until it is known what to remove.
        let mut unfinished = unfinished();
        let part = begin(folder, there.as_ref()).map_err(|error| {
            let cannot = cannot(language, shown, &reason(language, &error));
            anyhow!(other_folder(language, &cannot))
        })?;
        unfinished.push(part.path().to_owned());
        Ok(PartFile {
            part: BufWriter::with_capacity(buffer, part),
            target,
            shown: shown.to_owned(),
            language,
        })
    }

    /// Gives the complete file its name.
    ///
    /// # Errors
    /// If the rest cannot be written, or the file cannot get its name.
    pub(crate) fn finish(self) -> Result<()> {
        let (language, shown) = (self.language, &self.shown);
        let failed = |error: &io::Error| cannot(language, shown, &reason(language, error));
        let part = self.part.into_inner();
        let part = part.map_err(|error| anyhow!(failed(error.error())))?;
        // A signal waits here until the file has its final name.
        let mut unfinished = unfinished();
        // It is closed before it is renamed.
        let part = part.into_temp_path().keep();
        let part = part.map_err(|error| anyhow!(failed(&error.error)))?;
        unfinished.retain(|unfinished| *unfinished != *part);
        match rename(&part, &self.target) {
            Ok(()) => Ok(()),
            Err(error) => {
                let other = saved(&part, &self.target, shown).display().to_string();
                bail!(output_is_in(language, &failed(&error), &other))
            }
        }
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.part.write(bytes);
        written.map_err(|error| named(self.language, &self.shown, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.part.flush();
        flushed.map_err(|error| named(self.language, &self.shown, &error))
    }
}

/// The error with the name of the file.
fn named(language: Language, shown: &Path, error: &io::Error) -> io::Error {
    let reason = reason(language, error);
    io::Error::new(error.kind(), cannot(language, shown, &reason))
}

pub(crate) fn cannot(language: Language, shown: &Path, reason: &str) -> String {
    not_written(language, &shown.display().to_string(), reason)
}

/// What went wrong, in a few words. Those of the operating system stay as they are.
pub(crate) fn reason(language: Language, error: &io::Error) -> String {
    if is_open_elsewhere(error) {
        return open_elsewhere(language);
    }
    if error.kind() == io::ErrorKind::NotFound {
        return no_such_folder(language);
    }
    let kind = error.kind().to_string();
    if kind != "uncategorized error" && kind != "other error" {
        return kind;
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.trim_end_matches('.').to_owned()
}

/// Whether Windows says that another program has the file, or a part of it, for itself.
fn is_open_elsewhere(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    let codes = [Some(SHARING_VIOLATION), Some(LOCK_VIOLATION)];
    cfg!(windows) && codes.contains(&error.raw_os_error())
}

/// Whether two names are of one file, which need not exist.
pub(crate) fn are_same(one: &Path, other: &Path) -> bool {
    let place = |path| real(path).map(|place: PathBuf| place.to_string_lossy().into_owned());
    match (place(one), place(other)) {
        (Some(one), Some(other)) if cfg!(windows) => one.to_lowercase() == other.to_lowercase(),
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The place of the file. A link keeps its target. On Windows, the place is in the form that has no
/// limit of 260 characters. `None` if this is no name of a file.
fn real(shown: &Path) -> Option<PathBuf> {
    if let Ok(target) = shown.canonicalize() {
        return Some(target);
    }
    let name = shown.file_name()?;
    let folder = match shown.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize();
    Some(folder.map_or_else(|_| shown.to_owned(), |folder| folder.join(name)))
}

/// Why a file cannot be replaced, and what helps.
struct Fault {
    reason: String,
    /// What says what helps, behind what says that the file cannot be written.
    advice: fn(Language, &str) -> String,
}

/// Tries whether the file that is there can be replaced. It stays unchanged.
fn try_there(language: Language, target: &Path, there: &Metadata) -> Result<(), Fault> {
    if there.permissions().readonly() {
        return Err(Fault {
            reason: read_only(language),
            advice: make_writable,
        });
    }
    match open_to_replace(target) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault {
            reason: reason(language, &error),
            advice: if is_open_elsewhere(&error) {
                close_it
            } else {
                make_writable
            },
        }),
    }
}

#[cfg(not(windows))]
fn open_to_replace(target: &Path) -> io::Result<File> {
    File::options().write(true).open(target)
}

/// Asks for the right to delete too, which a file is replaced with. All other programs may go on with
/// what they do.
#[cfg(windows)]
fn open_to_replace(target: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const GENERIC_WRITE: u32 = 0x4000_0000;
    const DELETE: u32 = 0x0001_0000;
    const SHARE_ALL: u32 = 7;
    File::options()
        .access_mode(GENERIC_WRITE | DELETE)
        .share_mode(SHARE_ALL)
        .open(target)
}

/// Creates the file under its first name, with the rights of the file that it replaces, or with the
/// usual rights of a new file.
fn begin(folder: &Path, there: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PART_PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = there.map(Metadata::permissions);
        builder.permissions(permissions.unwrap_or(fs::Permissions::from_mode(0o666)));
    }
    let part = builder.tempfile_in(folder)?;
    if let Some(there) = there {
        keep_rights(part.as_file(), there);
    }
    Ok(part)
}

/// Gives the file the owner, the group and the rights of another one, as far as that is allowed.
#[cfg(unix)]
fn keep_rights(part: &File, there: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (owner, group) = (there.uid(), there.gid());
    let is_same = |own: &Metadata| (own.uid(), own.gid()) == (owner, group);
    if !part.metadata().is_ok_and(|own| is_same(&own))
        && fchown(part, Some(owner), Some(group)).is_err()
    {
        let _ = fchown(part, None, Some(group));
    }
    // Last, because a new owner takes rights away.
    let _ = part.set_permissions(there.permissions());
}

#[cfg(not(unix))]
fn keep_rights(_part: &File, _there: &Metadata) {}

fn rename(part: &Path, target: &Path) -> io::Result<()> {
    let mut tries = 1;
    loop {
        match fs::rename(part, target) {
            Err(_) if tries < TRIES => std::thread::sleep(BETWEEN_TRIES),
            result => return result,
        }
        tries += 1;
    }
}

/// Gives the file a free name that looks like the one it can't have.
fn saved(part: &Path, target: &Path, shown: &Path) -> PathBuf {
    for number in 2..100 {
        let other = numbered(target, number);
        if !other.exists() && fs::rename(part, &other).is_ok() {
            return numbered(shown, number);
        }
    }
    shown.with_file_name(part.file_name().unwrap_or_default())
}

/// `report-2.json` for `report.json`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

/// The part files of this run, until they are complete.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the part files of this run and ends the program.
#[allow(clippy::exit, reason = "a signal ends the program")]
pub fn remove_and_exit(code: i32) {
    let parts = unfinished();
    remove(&parts);
    std::process::exit(code);
}

/// Removes the part files of this run, if the program ends by a fault of its own.
pub fn remove_after_panic() {
    match UNFINISHED.try_lock() {
        Ok(parts) => remove(&parts),
        Err(TryLockError::Poisoned(parts)) => remove(&parts.into_inner()),
        // What holds it is the fault itself.
        Err(TryLockError::WouldBlock) => {}
    }
}

fn remove(parts: &[PathBuf]) {
    for part in parts {
        // Nothing more can be done if the file cannot be removed.
        let _ = fs::remove_file(part);
    }
}

labels! {
    open_elsewhere: "another program has it open", "別のプログラムが開いています" ["0a890abb"];
    no_such_folder: "there is no such folder", "このようなフォルダーはありません" ["372945b7"];
    read_only: "it is read-only", "読み取り専用です" ["e4eb283d"];
}

sentences! {
    /// A name that no file can have.
    fn no_file_name(path: &str) {
        en: "{path}: this is no file name",
        ja: "{path}: ファイル名ではありません" ["62fdb96c"],
    }
    /// What could not be done, and why.
    fn not_written(path: &str, reason: &str) {
        en: "{path}: the file cannot be written ({reason})",
        ja: "{path}: ファイルに書き込めません ({reason})" ["e37bd701"],
    }
    /// Behind what could not be done: the file is protected.
    fn make_writable(cannot: &str) {
        en: "{cannot}. Choose another name, or make it writable",
        ja: "{cannot}。別の名前を選ぶか、ファイルを書き込み可能にしてください。" ["e59666bf"],
    }
    /// Behind what could not be done: another program has the file.
    fn close_it(cannot: &str) {
        en: "{cannot}. Choose another name, or close it there",
        ja: "{cannot}。別の名前を選ぶか、そのプログラムでファイルを閉じてください。" ["67abaa0d"],
    }
    /// Behind what could not be done: the folder is at fault.
    fn other_folder(cannot: &str) {
        en: "{cannot}. Choose a folder that exists and that you can write to",
        ja: "{cannot}。存在していて書き込み可能なフォルダーを選んでください。" ["70806bb6"],
    }
    /// Behind what could not be done: where the output went.
    fn output_is_in(cannot: &str, other: &str) {
        en: "{cannot}. The output is in {other} instead",
        ja: "{cannot}。出力は代わりに {other} にあります。" ["1ec1fb33"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_keeps_the_ending() {
        for (name, other) in [
            ("a/report.json", "a/report-2.json"),
            ("report", "report-2"),
            ("a.b.csv", "a.b-2.csv"),
        ] {
            assert_eq!(numbered(Path::new(name), 2), Path::new(other));
        }
    }

    /// The program has one list of part files, so these tests run one after the other.
    static ALONE: Mutex<()> = Mutex::new(());

    #[test]
    fn a_panic_leaves_no_part_file() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("folder");
        let count = || fs::read_dir(folder.path()).expect("folder").count();
        let mut file = PartFile::open(Language::English, &folder.path().join("report.json"), 16)
            .expect("part file");
        file.write_all(b"the first half of what").expect("write");
        assert_eq!(count(), 1);
        remove_after_panic();
        // The end of the program closes the file, and Windows removes it only then.
        let (file, path) = file.part.into_inner().expect("written").into_parts();
        std::mem::forget(path);
        drop(file);
        assert_eq!(count(), 0);
    }

    #[test]
    fn a_file_that_loses_its_name_gets_another() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("folder");
        let shown = folder.path().join("report.json");
        fs::write(folder.path().join("report-2.json"), "taken").expect("file");
        let mut file = PartFile::open(Language::English, &shown, 16).expect("part file");
        file.write_all(b"what was found").expect("write");
        fs::create_dir(&shown).expect("folder");
        let error = file.finish().expect_err("the name is taken").to_string();
        let other = folder.path().join("report-3.json");
        assert!(error.contains(&other.display().to_string()), "{error}");
        assert_eq!(fs::read_to_string(other).expect("file"), "what was found");
    }
}
