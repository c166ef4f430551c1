//! The two languages of the texts, read from the sources: each text stands in both, and the Japanese was
//! read against the English that stands beside it.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

/// A text in both languages.
struct Pair {
    file: String,
    english: String,
    japanese: String,
    read: String,
}

/// All texts that `sentences!` and `labels!` declare.
fn pairs() -> Vec<Pair> {
    const LITERAL: &str = r#""((?:[^"\\]|\\.)*)""#;
    let forms = [
        format!(r#"\ben:\s*{LITERAL},\s*ja:\s*{LITERAL}\s*\["([0-9a-f]{{8}})"\]"#),
        format!(r#"\b[a-z_0-9]+:\s*{LITERAL},\s*{LITERAL}\s*\["([0-9a-f]{{8}})"\];"#),
    ];
    let forms = forms.map(|form| Regex::new(&form).expect("a pattern"));
    let mut pairs = Vec::new();
    for entry in WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let entry = entry.expect("a file");
        if entry.path().extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(entry.path()).expect("text");
        // The example in the documentation of the macro is no text of the program.
        let lines = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let source = lines.collect::<Vec<_>>().join("\n");
        for found in forms.iter().flat_map(|form| form.captures_iter(&source)) {
            pairs.push(Pair {
                file: entry.path().display().to_string(),
                english: found[1].to_owned(),
                japanese: found[2].to_owned(),
                read: found[3].to_owned(),
            });
        }
    }
    pairs
}

/// FNV-1a with 32 bits.
pub(crate) fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{hash:08x}")
}

/// What stays the same in every language: values, options, codes, cmdlets, and what is in backticks.
fn unchanged(text: &str) -> BTreeSet<String> {
    let pattern = r"\{[a-z_]+\}|--[a-z-]+|\b[A-Z]{3}\d{3}\b|\b(?:Get|Set|New|Enable|Start)-[A-Z][A-Za-z]+|`[^`]+`";
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern
        .find_iter(text)
        .map(|found| found.as_str().to_owned())
        .collect()
}

#[test]
fn the_japanese_was_read_against_the_english_beside_it() {
    let pairs = pairs();
    assert!(pairs.len() > 250, "{} texts", pairs.len());
    let stale: Vec<String> = pairs
        .iter()
        .filter(|pair| pair.read != fingerprint(&pair.english))
        .map(|pair| {
            let digits = fingerprint(&pair.english);
            format!(
                "{}: read {:?} again, then write [\"{digits}\"]",
                pair.file, pair.japanese
            )
        })
        .collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn both_languages_hold_the_same_values_and_commands() {
    for pair in pairs() {
        assert_eq!(
            unchanged(&pair.english),
            unchanged(&pair.japanese),
            "{}: {}",
            pair.file,
            pair.english
        );
    }
}

#[test]
fn japanese_is_japanese() {
    let is_japanese =
        |sign: char| matches!(sign, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    let value = Regex::new(r"\{[a-z_]+\}").expect("a pattern");
    for pair in pairs() {
        // A text without words of its own is the same in both.
        let words = value.replace_all(&pair.english, "");
        let has_words = words
            .split(|sign: char| !sign.is_alphabetic())
            .any(|word| word.len() > 1 && word.chars().any(char::is_lowercase));
        assert!(
            !has_words || pair.japanese.contains(is_japanese),
            "{}: {:?}",
            pair.file,
            pair.japanese
        );
        assert!(
            !pair.english.contains(is_japanese),
            "{}: {}",
            pair.file,
            pair.english
        );
    }
}

#[test]
fn a_changed_text_has_another_fingerprint() {
    assert_eq!(fingerprint(""), "811c9dc5");
    assert_eq!(fingerprint("a"), "e40c292c");
    assert_ne!(
        fingerprint("{connector} works."),
        fingerprint("{connector} works")
    );
}
