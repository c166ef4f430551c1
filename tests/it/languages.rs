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

/// The text of an entry of the catalogue in both languages.
struct Entry {
    file: String,
    english: String,
    japanese: String,
    read: String,
}

/// A doc comment as a text.
fn uncommented(lines: &str) -> String {
    let lines = lines.lines().map(|line| {
        let line = line.trim_start().trim_start_matches("///");
        line.strip_prefix(' ').unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A text without its breaks of lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entries() -> Vec<Entry> {
    let english = Regex::new(r"declare_rule! \{\n((?:\s*///.*\n)+)").expect("a pattern");
    let japanese = Regex::new(r#"((?:\s*///.*\n)+)\s*japanese: \["([0-9a-f]{8})"\],"#);
    let japanese = japanese.expect("a pattern");
    let mut entries = Vec::new();
    for folder in ["src/causes", "src/checks"] {
        for entry in WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let path = entry.expect("a file").into_path();
            let Ok(source) = std::fs::read_to_string(&path) else {
                continue;
            };
            let source = source.replace("\r\n", "\n");
            let Some(one) = english.captures(&source) else {
                continue;
            };
            let file = path.display().to_string();
            let other = japanese.captures(&source);
            let other = other.unwrap_or_else(|| panic!("{file} has no text in Japanese"));
            entries.push(Entry {
                file,
                english: uncommented(&one[1]),
                japanese: uncommented(&other[1]),
                read: other[2].to_owned(),
            });
        }
    }
    entries
}

/// The headings that every entry has, in both languages.
const HEADINGS: [(&str, &str); 4] = [
    ("What it finds", "検出する内容"),
    ("Why it matters", "問題となる理由"),
    ("What to do", "対処方法"),
    ("Sources", "出典"),
];

/// What a text consists of: its headings, its numbered steps and its items.
fn outline(text: &str) -> Vec<String> {
    let step = Regex::new(r"^(?:[0-9]+\.|-) ").expect("a pattern");
    let lines = text.lines().filter_map(|line| {
        let heading = line.strip_prefix("## ").map(|heading| {
            let known = HEADINGS.iter().find(|(_, other)| *other == heading);
            format!("## {}", known.map_or(heading, |(english, _)| english))
        });
        heading.or_else(|| Some(step.find(line)?.as_str().to_owned()))
    });
    lines.collect()
}

#[test]
fn every_entry_of_the_catalogue_stands_in_both_languages() {
    let entries = entries();
    let all = crate::program::run(["rules", "-f", "json"]).json();
    assert_eq!(entries.len(), all.as_array().expect("a list").len());
    let mut faults = Vec::new();
    for Entry {
        file,
        english,
        japanese,
        read,
    } in &entries
    {
        let digits = fingerprint(english);
        if *read != digits {
            faults.push(format!(
                "{file}: read the Japanese again, then write japanese: [\"{digits}\"]"
            ));
        }
        if outline(english) != outline(japanese) {
            faults.push(format!(
                "{file}: {:?} and {:?}",
                outline(english),
                outline(japanese)
            ));
        }
        let same = unchanged(&in_one_line(english));
        let other = unchanged(&in_one_line(japanese));
        if same != other {
            faults.push(format!("{file}: {same:?} and {other:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
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
