//! `--lang ja`: what people read is Japanese, and everything else is the same.

use rayon::prelude::*;
use serde_json::Value;

use crate::program::{Call, run};
use crate::sample;

/// Fields of JSON that hold sentences.
const SENTENCES: [&str; 9] = [
    "change",
    "explanation",
    "message",
    "not_judged",
    "note",
    "reason",
    "reasons",
    "subject",
    "summary",
];

fn is_japanese(text: &str) -> bool {
    text.contains(|sign| matches!(sign, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}'))
}

/// What differs outside sentences, and how many sentences there were in both languages.
fn compare(path: &str, english: &Value, japanese: &Value, found: &mut (Vec<String>, usize)) {
    match (english, japanese) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            for (name, value) in one {
                compare(&format!("{path}.{name}"), value, &other[name], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (one, other) in one.iter().zip(other) {
                compare(path, one, other, found);
            }
        }
        (Value::String(one), Value::String(other)) if one != other => {
            let field = path.rsplit('.').next().unwrap_or_default();
            // The rows that prove a finding may hold a sentence of the program instead of a row.
            let is_sentence = SENTENCES.contains(&field) || path.ends_with("evidence.text");
            if is_sentence && is_japanese(other) {
                found.1 += 1;
            } else {
                found.0.push(format!("{path}: {one} and {other}"));
            }
        }
        _ if english == japanese => {}
        _ => found.0.push(format!("{path}: {english} and {japanese}")),
    }
}

#[test]
fn data_differs_in_sentences_alone() {
    let cases = sample::all();
    let found = cases.par_iter().map(|case| {
        let mut found = (Vec::new(), 0);
        let path = sample::path(case);
        for command in ["diagnose", "messages"] {
            let ask = |language| {
                let call = Call::new([command, "-f", "json", "--quiet", "--now", "2026-12-01"]);
                call.argument("--lang")
                    .argument(language)
                    .argument(&path)
                    .run()
            };
            let (english, japanese) = (ask("en"), ask("ja"));
            assert_eq!(english.code, japanese.code, "{case} {command}");
            if !english.out.is_empty() {
                let name = format!("{case} {command}");
                compare(&name, &english.json(), &japanese.json(), &mut found);
            }
        }
        found
    });
    let found: Vec<(Vec<String>, usize)> = found.collect();
    let sentences: usize = found.iter().map(|(_, sentences)| sentences).sum();
    let faults: Vec<String> = found.into_iter().flat_map(|(faults, _)| faults).collect();
    let shown = &faults[..faults.len().min(30)];
    assert!(faults.is_empty(), "{} faults: {shown:#?}", faults.len());
    assert!(sentences > 500, "only {sentences} sentences");
}

#[test]
fn the_short_report_is_one_screen_of_80_columns() {
    for case in sample::cases() {
        let call = Call::new([
            "diagnose",
            "--color",
            "never",
            "--lang",
            "ja",
            &sample::path(&case),
        ]);
        let short = call.run();
        assert!(is_japanese(short.text()), "{case}: {}", short.text());
        let report = run(["diagnose", "-f", "json", &sample::path(&case)]).json();
        let incidents = report["incidents"].as_array().expect("a list").len();
        let table = if incidents > 1 { 3 + 2 * incidents } else { 0 };
        let lines = short.text().lines().count();
        assert!(lines <= 24 + table, "{case}: {lines} lines");
        for line in short.text().lines() {
            let columns = textwrap::core::display_width(line);
            // A quoted value of a command, a path and a name are never broken.
            let is_value = line.trim_start().starts_with(['-', '\'', '|'])
                || line.starts_with("  根拠")
                || !line.trim().contains(' ');
            assert!(
                columns <= 80 || is_value,
                "{case}: {columns} columns: {line}"
            );
        }
    }
}

/// Whole sentences that must not be in what a Japanese reads. Names, commands and log rows may.
#[test]
fn no_english_sentence_is_left_in_a_report() {
    let sentence = regex::Regex::new(
        r"[a-z]{2,} (?:the|is|are|was|were|not|no|and|of|to|that|which|with) [a-z]{2,}",
    );
    let sentence = sentence.expect("a pattern");
    let aside = regex::Regex::new(r"\([^()]*\)|「[^」]*」").expect("a pattern");
    for case in sample::cases() {
        let report = Call::new([
            "diagnose",
            "-f",
            "json",
            "--lang",
            "ja",
            &sample::path(&case),
        ]);
        let report = report.run().json();
        let mut left = Vec::new();
        for list in ["incidents", "findings"] {
            for one in report[list].as_array().expect("a list") {
                let mut texts: Vec<&Value> = vec![
                    &one["explanation"],
                    &one["message"],
                    &one["cause"]["summary"],
                    &one["summary"],
                ];
                texts.extend(
                    one["fix"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|fix| &fix["note"]),
                );
                // Replies and names of pages are in parentheses, names of the input in quotes.
                let texts = texts.into_iter().filter_map(Value::as_str);
                let texts = texts.map(|text| aside.replace_all(text, "").into_owned());
                left.extend(texts.filter(|text| sentence.is_match(text)));
            }
        }
        assert!(left.is_empty(), "{case}: {left:#?}");
    }
}

#[test]
fn the_environment_may_choose_and_the_option_wins() {
    let path = sample::path("healthy");
    let by_variable = Call::new(["diagnose", &path])
        .variable("SENDLENS_LANG", "ja")
        .run();
    assert!(is_japanese(by_variable.text()));
    let by_option = Call::new(["diagnose", &path, "--lang", "en"]).variable("SENDLENS_LANG", "ja");
    assert!(!is_japanese(by_option.run().text()));
    let unknown = Call::new(["diagnose", &path])
        .variable("SENDLENS_LANG", "xx")
        .run();
    assert_eq!(unknown.code, 2, "{}", unknown.err);
    assert!(
        unknown.err.contains("xx") && unknown.err.contains("ja"),
        "{}",
        unknown.err
    );
}

#[test]
fn explain_and_help_are_japanese() {
    let text = run(["explain", "CRT004", "--lang", "ja"]);
    assert!(text.text().contains("## 対処方法"), "{}", text.text());
    for command in [
        "diagnose",
        "lint",
        "preflight",
        "messages",
        "sessions",
        "certificates",
        "rules",
        "explain",
        "collect",
        "completions",
        "man",
    ] {
        let help = run([command, "--help", "--lang", "ja"]);
        assert!(is_japanese(help.text()), "{command}: {}", help.text());
        let manual = run(["man", command, "--lang", "ja"]);
        assert!(is_japanese(manual.text()), "{command}: {}", manual.text());
    }
}
