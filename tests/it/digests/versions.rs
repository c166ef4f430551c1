//! Digests of every version are read for good. `version1-….digest` were written by the first program that writes
//! digests, of the cases that they are named after.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::logs::{Folder, each, lines};
use crate::{program, sample};

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/digests");
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut kept: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "digest"))
        .collect();
    kept.sort();
    kept
}

#[test]
fn digests_of_every_version_are_read() {
    let kept = kept();
    for digest in &kept {
        let name = digest.file_stem().expect("a name").to_string_lossy();
        let (version, case) = name.split_once('-').expect("a version and a case");
        let known = lines(digest)[0]["version"].as_u64().expect("a number");
        assert_eq!(format!("version{known}"), version);
        let folder = Folder::copy(&sample::folder().join(case));
        let streams: Vec<&String> = folder.streams.keys().collect();
        let rest = folder.without("rest", &streams);
        for form in [
            &["diagnose", "-f", "json"][..],
            &["certificates", "-f", "ndjson"],
        ] {
            let expected = folder.report(form, &[], &[folder.whole()]);
            let got = folder.report(form, &[], &[digest.clone(), rest.clone()]);
            assert!(got == expected, "{name}: {form:?}");
        }
    }
    assert_eq!(kept.len(), 3, "{kept:?}");
}

#[test]
fn all_lines_are_as_the_schema_says() {
    let schema = program::run(["rules", "--schema"]).json()["digest"].take();
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of the draft that it names");
    let validator = jsonschema::validator_for(&schema).expect("a schema that compiles");
    assert!(!validator.is_valid(&serde_json::json!({"type": "stream"})));
    let cases = sample::cases();
    let kinds = each(cases.len() as u64, |seed| {
        let case = &cases[usize::try_from(seed).expect("few cases")];
        let folder = Folder::copy(&sample::folder().join(case));
        let lines = lines(&folder.digest("one.digest", &[], &[]));
        for line in &lines {
            assert!(validator.is_valid(line), "{case}: {line}");
        }
        let kinds = lines.iter().filter_map(|line| line["type"].as_str());
        kinds.map(str::to_owned).collect::<Vec<String>>()
    });
    let kinds: BTreeSet<String> = kinds.into_iter().flatten().collect();
    assert!(kinds.len() > 18, "{kinds:?}");
}
