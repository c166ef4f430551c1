//! The case folders of sample-logs.
//!
//! In: the folders as they are. Out: their names, their logs, and what their READMEs promise.

use std::path::{Path, PathBuf};

use serde_json::Value;
use walkdir::WalkDir;

/// The folder that holds the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs")
}

/// The names of the cases with send logs, sorted. The others are about messages alone.
pub(crate) fn cases() -> Vec<String> {
    let mut names = all();
    names.retain(|case| !logs(case).is_empty());
    names
}

/// The names of all cases, sorted.
pub(crate) fn all() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("sample-logs");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry of sample-logs"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no case in sample-logs");
    names
}

/// A case as a PATH relative to the package, the same on every machine.
pub(crate) fn path(case: &str) -> String {
    format!("sample-logs/{case}")
}

/// The send logs of a case, by the number of the file.
pub(crate) fn logs(case: &str) -> Vec<PathBuf> {
    let mut logs: Vec<PathBuf> = WalkDir::new(folder().join(case))
        .into_iter()
        .map(|entry| entry.expect("an entry of the case").into_path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("SEND") && name.ends_with(".LOG")
        })
        .collect();
    logs.sort_by_key(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let (day, number) = name.split_once('-').expect("SEND<hour>-<number>");
        let folder = path.parent().map(Path::to_owned);
        (
            folder,
            day.to_owned(),
            number.parse::<u32>().expect("a number"),
        )
    });
    logs
}

/// The block under "What must appear".
pub(crate) fn promise(case: &str) -> Value {
    let path = folder().join(case).join("README.md");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (_, section) = text
        .split_once("## What must appear")
        .unwrap_or_else(|| panic!("{case}: no section"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let (_, block) = section
        .split_once("```json")
        .unwrap_or_else(|| panic!("{case}: no block"));
    let (block, _) = block
        .split_once("```")
        .unwrap_or_else(|| panic!("{case}: the block does not end"));
    serde_json::from_str(block).unwrap_or_else(|error| panic!("{case}: {error}"))
}
