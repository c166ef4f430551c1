//! A redacted digest names nobody, and its diagnosis stays the same.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::logs::{Folder, each};
use crate::sample;

/// Names of the organisations in the samples.
const NAMES: [&str; 6] = [
    "contoso",
    "fabrikam",
    "adatum",
    "woodgrove",
    "northwind",
    "tailspin",
];

/// What a report says without names: causes and counts of incidents, and what was read.
fn outline(folder: &Folder, digest: &Path) -> (Vec<String>, Value) {
    let gave = folder.report(&["diagnose", "-f", "json"], &[], &[digest.to_owned()]);
    let wrote = gave.wrote.unwrap_or_else(|| panic!("{:?}", gave.exit));
    let mut report: Value = serde_json::from_slice(&wrote).expect("JSON");
    let incidents = report["incidents"].as_array().expect("a list");
    let mut incidents: Vec<String> = incidents
        .iter()
        .map(|one| {
            let cause = &one["cause"]["code"];
            format!(
                "{cause} {} {} {}",
                one["rejected"], one["mail"], one["status"]
            )
        })
        .collect();
    incidents.sort();
    let mut input = report["input"].take();
    // These hold names.
    for key in ["streams", "notes", "gaps", "skipped"] {
        input.as_object_mut().expect("an object").remove(key);
    }
    (incidents, input)
}

#[test]
fn a_redacted_digest_gives_the_same_diagnosis_without_names() {
    let cases = sample::cases();
    let incidents = each(cases.len() as u64 / 2, |seed| {
        let case = &cases[usize::try_from(seed).expect("few cases") * 2];
        let folder = Folder::copy(&sample::folder().join(case));
        let plain = folder.digest("plain.digest", &[], &[]);
        let redacted = folder.digest("redacted.digest", &[], &["--redact".to_owned()]);
        let bytes = fs::read(&redacted).expect("a digest");
        let text = zstd::decode_all(bytes.as_slice()).expect("zstd");
        let text = String::from_utf8(text).expect("UTF-8").to_lowercase();
        for name in NAMES {
            let found = text.lines().find(|line| line.contains(name));
            assert!(found.is_none(), "{case}: {name} in {found:?}");
        }
        let (expected, got) = (outline(&folder, &plain), outline(&folder, &redacted));
        assert_eq!(got, expected, "{case}");
        expected.0.len()
    });
    assert!(incidents.iter().sum::<usize>() > 20, "{incidents:?}");
}
