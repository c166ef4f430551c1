//! Opens the output, and makes sure that it is no input.
//!
//! In: a [`Config`], and what was found. Out: an open [`Output`] for the report, and one for the list of
//! replaced values, or a sentence.
//! Must not write anything.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::commands::config::Config;
use crate::commands::exports::Exports;
use crate::input::discover::Found;
use crate::language::{Language, labels, sentences};
use crate::output::Output;
use crate::part_file;

/// Opens the output, which is none of the files that the options name. `others` are more files that
/// are read.
///
/// # Errors
/// If the output is an input, or cannot be written.
pub(crate) fn open(config: &Config, others: &[PathBuf]) -> Result<Output> {
    refuse_named(config, config.output.as_deref(), others)?;
    Output::open(config.language, config.output.as_deref(), config.color)
}

/// Opens the file for the list of replaced values. `None` if none is asked for.
///
/// # Errors
/// If the file is an input or the output, or cannot be written.
pub(crate) fn open_map(config: &Config, others: &[PathBuf]) -> Result<Option<Output>> {
    let Some(map) = config.map.as_deref() else {
        return Ok(None);
    };
    if map.as_os_str().is_empty() {
        bail!(no_map(config.language));
    }
    let output = config.output.as_deref();
    if output.is_some_and(|output| part_file::are_same(map, output)) {
        bail!(map_is_output(config.language, &map.display().to_string()));
    }
    refuse_named(config, Some(map), others)?;
    Output::open(config.language, Some(map), config.color).map(Some)
}

/// The file is none of those that the options name.
fn refuse_named(config: &Config, file: Option<&Path>, others: &[PathBuf]) -> Result<()> {
    if let Some(target) = Target::of(file) {
        let tenants = config.tenants.iter().map(|(_, path)| path);
        let named = config.paths.iter().chain(tenants);
        let mut named = named.chain(&config.on_premises).chain(others);
        let reads_it = config.paths.iter().any(|path| path.as_os_str() == "-");
        if named.any(|path| target.is(path)) || (reads_it && target.is_standard_input()) {
            return target.refuse(config.language);
        }
    }
    Ok(())
}

/// The output is none of the logs, archives, exports and certificates that were found. A file of no
/// use, such as the report of an earlier run, may be replaced.
///
/// # Errors
/// If the output is one of them.
pub(crate) fn refuse_found(config: &Config, found: &Found, exports: &Exports) -> Result<()> {
    for file in [&config.output, &config.map] {
        let Some(target) = Target::of(file.as_deref()) else {
            continue;
        };
        let mut files = found.kept.iter().chain(&exports.files);
        if files.any(|path| target.is_or_holds(path)) {
            return target.refuse(config.language);
        }
    }
    Ok(())
}

/// A file that would be replaced.
struct Target<'a> {
    shown: &'a Path,
    identity: Identity,
}

impl<'a> Target<'a> {
    /// `None` if nothing would be replaced.
    fn of(file: Option<&'a Path>) -> Option<Target<'a>> {
        let shown = file?;
        let is_file = shown.metadata().is_ok_and(|known| known.is_file());
        let identity = is_file.then(|| identity(shown)).flatten()?;
        Some(Target { shown, identity })
    }

    fn is(&self, path: &Path) -> bool {
        identity(path).is_some_and(|other| other == self.identity)
    }

    /// The place of a member is below its archive.
    fn is_or_holds(&self, path: &Path) -> bool {
        let on_disk = path.ancestors().find_map(identity);
        on_disk.is_some_and(|other| other == self.identity)
    }

    #[cfg(unix)]
    fn is_standard_input(&self) -> bool {
        use std::os::fd::AsFd as _;
        let input = std::io::stdin().as_fd().try_clone_to_owned();
        let known = input.and_then(|input| std::fs::File::from(input).metadata());
        known.is_ok_and(|known| numbers(&known) == self.identity)
    }

    #[cfg(not(unix))]
    fn is_standard_input(&self) -> bool {
        same_file::Handle::stdin().is_ok_and(|input| input == self.identity)
    }

    fn refuse<T>(&self, language: Language) -> Result<T> {
        bail!(is_read(language, &self.shown.display().to_string()))
    }
}

/// What two names of one file share: the device and the number of the file, so that hard links are
/// told too.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().map(|known| numbers(&known))
}

#[cfg(unix)]
fn numbers(known: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (known.dev(), known.ino())
}

/// The same, which here only an open file has. No other program is kept from what it does with it.
#[cfg(not(unix))]
type Identity = same_file::Handle;

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    let is_file = path.metadata().is_ok_and(|known| known.is_file());
    is_file
        .then(|| same_file::Handle::from_path(path).ok())
        .flatten()
}

labels! {
    no_map: "--redact= needs the name of a file, or leave out the =", "--redact= にはファイルの名前が必要です。指定しない場合は = を省略してください。" ["d347454c"];
}

sentences! {
    /// The list of replaced values, and the output in one file.
    fn map_is_output(file: &str) {
        en: "{file}: the output is written there, so the list of replaced values cannot be. Choose another name for one of them",
        ja: "{file}: ここには出力を書き込むため、置き換えた値の一覧は書き込めません。どちらかに別の名前を選んでください。" ["b77651ed"],
    }
    /// The output would replace an input.
    fn is_read(file: &str) {
        en: "{file}: this file is read, so the output cannot be written there. Choose another name",
        ja: "{file}: このファイルは読み取る対象のため、ここには出力を書き込めません。別の名前を選んでください。" ["655e2dd7"],
    }
}
