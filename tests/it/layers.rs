//! The directions in which modules may use each other, read from the sources.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

/// What each folder below the command layer may use of the crate, itself left out.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("input", &[]),
    ("session", &["input"]),
    ("smtp", &["input", "session"]),
    ("aggregate", &["input", "session", "smtp"]),
    ("tenant", &[]),
    ("onprem", &["input", "smtp", "tenant"]),
    ("attribution", &["input", "smtp", "tenant"]),
    (
        "rules",
        &[
            "input",
            "session",
            "smtp",
            "aggregate",
            "tenant",
            "onprem",
            "attribution",
        ],
    ),
    (
        "report",
        &[
            "input",
            "session",
            "smtp",
            "aggregate",
            "tenant",
            "onprem",
            "attribution",
            "rules",
        ],
    ),
    ("render", &["report", "rules"]),
];

/// What `render` may use of `rules`.
const RENDER_MAY: [&str; 3] = ["rules::Severity", "rules::Confidence", "rules::fix"];

/// What nothing below the command layer may name.
const FORBIDDEN: [&str; 13] = [
    "clap",
    "anyhow",
    "indicatif",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "std::env",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// A source file without its tests.
struct Source {
    /// The path below `src`, with `/`.
    name: String,
    /// The top module.
    module: String,
    /// It belongs to the command layer, which may use anything: it stands in `src` itself.
    command: bool,
    /// Everything as written.
    whole: String,
    /// Code alone: no comments, no texts, no tests.
    code: String,
    /// The number of lines before the tests.
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: Vec<Source> = WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.expect("an entry of src").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name: Vec<_> = path
                .strip_prefix(&root)
                .expect("below src")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            source(
                name.join("/"),
                std::fs::read_to_string(&path).expect("UTF-8"),
            )
        })
        .collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(sources.len() > 50, "only {} files", sources.len());
    sources
}

fn source(name: String, whole: String) -> Source {
    let module = name.split('/').next().unwrap_or_default();
    let module = module.trim_end_matches(".rs").to_owned();
    // Modules of tests stand last in a file; a file of tests says so in its name or where it is
    // declared.
    let own = if name.ends_with("_tests.rs") || name == "rules/scenario.rs" {
        String::new()
    } else {
        before_tests(&whole)
    };
    let lines = if own.is_empty() {
        0
    } else {
        own.lines().count()
    };
    Source {
        code: code(&own),
        command: !name.contains('/'),
        name,
        module,
        whole,
        lines,
    }
}

fn before_tests(text: &str) -> String {
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\r?\nmod [a-z_]+ \{").expect("a pattern");
    let end = tests.find(text).map_or(text.len(), |found| found.start());
    text[..end].to_owned()
}

/// Code without comments and texts, which may say whatever they like.
fn code(text: &str) -> String {
    let noise = Regex::new(
        r###"(?s)//[^\n]*|/\*.*?\*/|r##".*?"##|r#".*?"#|r"[^"]*"|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'"###,
    )
    .expect("a pattern");
    noise
        .replace_all(text, |found: &regex::Captures<'_>| {
            let text = &found[0];
            if text.starts_with('/') {
                String::new()
            } else {
                "\"\"".to_owned()
            }
        })
        .into_owned()
}

/// The paths behind `crate::`, groups in braces taken apart: `crate::a::{b, c}` gives `a::b`, `a::c`.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let start = Regex::new(r"(?:\bcrate|\bsuper::super|\bsendlens)::").expect("a pattern");
    for hit in start.find_iter(code) {
        expand("", &code[hit.end()..], &mut found);
    }
    found
}

/// Reads one path or group; gives how many bytes it took.
fn expand(prefix: &str, text: &str, found: &mut BTreeSet<String>) -> usize {
    let name =
        |character: char| character.is_alphanumeric() || character == '_' || character == '*';
    let end = text
        .find(|character| !name(character))
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let path = match (prefix, word) {
        ("", word) => word.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, word) => format!("{prefix}::{word}"),
    };
    if let Some(further) = rest.strip_prefix("::") {
        return end + 2 + expand(&path, further, found);
    }
    if !(word.is_empty() && rest.starts_with('{')) {
        found.insert(path);
        return end;
    }
    let mut at = 1;
    while let Some(character) = rest[at..].chars().next() {
        match character {
            '}' => return end + at + 1,
            ',' => at += 1,
            _ if character.is_whitespace() => at += character.len_utf8(),
            _ if name(character) => at += expand(&path, &rest[at..], found),
            other => panic!("{other:?} in a group of use: {rest}"),
        }
        // `as name` behind a path.
        let behind = rest[at..].trim_start();
        if let Some(renamed) = behind.strip_prefix("as ") {
            let end = renamed.find([',', '}']).unwrap_or(renamed.len());
            at = rest.len() - renamed.len() + end;
        }
    }
    end + at
}

#[test]
fn groups_of_uses_are_taken_apart() {
    let code = "use crate::a::{self, b::{C, D as E}, f};\nlet x = crate::g::h(1);\nuse crate::{i, j::K};\npub(crate) fn l() {}";
    let found: Vec<String> = uses(code).into_iter().collect();
    assert_eq!(
        found,
        ["a::b::C", "a::b::D", "a::f", "a::self", "g::h", "i", "j::K"]
    );
}

#[test]
fn comments_texts_and_tests_are_no_code() {
    let text = "//! println!\nfn a() { b(\"anyhow\", '\"', r#\"clap\"#); /* crate::x */ }\n#[cfg(test)]\nmod tests {\n println!();\n}\n";
    assert_eq!(
        code(&before_tests(text)).trim(),
        "fn a() { b(\"\", \"\", \"\");  }"
    );
}

#[test]
fn every_module_has_its_place() {
    for source in sources() {
        let known = ALLOWED.iter().any(|(module, _)| *module == source.module);
        assert!(
            known != source.command,
            "{}: which layer is it?",
            source.name
        );
        assert!(
            source.name.matches('/').count() <= 2,
            "{}: more than two folder levels",
            source.name
        );
    }
}

#[test]
fn modules_use_only_what_is_before_them() {
    let sources = sources();
    let modules: BTreeSet<&str> = sources.iter().map(|source| &*source.module).collect();
    let mut against = Vec::new();
    for source in &sources {
        let Some((_, allowed)) = ALLOWED.iter().find(|(module, _)| *module == source.module) else {
            continue;
        };
        for used in uses(&source.code) {
            let top = used.split("::").next().unwrap_or_default();
            if top == source.module || !modules.contains(top) {
                continue;
            }
            let by_render = source.module == "render" && top == "rules";
            let fine = allowed.contains(&top)
                && (!by_render || RENDER_MAY.iter().any(|may| used.starts_with(may)));
            if !fine {
                against.push(format!("{} uses {used}", source.name));
            }
        }
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}

#[test]
fn below_the_command_nothing_prints_asks_the_clock_or_the_environment() {
    let forbidden = FORBIDDEN.map(|word| {
        let end = if word.ends_with('!') { "" } else { r"\b" };
        let pattern = format!(r"(^|[^A-Za-z0-9_]){}{end}", regex::escape(word));
        (word, Regex::new(&pattern).expect("a pattern"))
    });
    let mut against = Vec::new();
    for source in sources().iter().filter(|source| !source.command) {
        for (word, pattern) in &forbidden {
            if pattern.is_match(&source.code) {
                against.push(format!("{} names {word}", source.name));
            }
        }
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        let intro = source
            .whole
            .lines()
            .take_while(|line| line.starts_with("//!"));
        let words: usize = intro
            .map(|line| line.trim_start_matches("//!").split_whitespace().count())
            .sum();
        assert!(words > 1, "{} does not say what it is for", source.name);
    }
}

#[test]
fn files_stay_short_and_names_mean_something() {
    let mut against = Vec::new();
    let nothing = Regex::new(r"\bmod (utils?|helpers?|common|misc)\b").expect("a pattern");
    for source in sources() {
        if source.lines > 400 {
            against.push(format!(
                "{}: {} lines before its tests",
                source.name, source.lines
            ));
        }
        let stem = source.name.rsplit('/').next().unwrap_or_default();
        if [
            "util.rs",
            "utils.rs",
            "helper.rs",
            "helpers.rs",
            "common.rs",
            "misc.rs",
        ]
        .contains(&stem)
        {
            against.push(format!("{}: a name that says nothing", source.name));
        }
        if nothing.is_match(&source.code) {
            against.push(format!("{}: a module that says nothing", source.name));
        }
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}

#[test]
fn unsafe_stands_in_one_file() {
    let unsafe_block = Regex::new(r"\bunsafe\s*(\{|fn|impl)").expect("a pattern");
    let files: Vec<String> = sources()
        .into_iter()
        .filter(|source| unsafe_block.is_match(&source.code))
        .map(|source| source.name)
        .collect();
    assert_eq!(files, ["input/bytes.rs"]);
}

#[test]
fn rule_files_are_named_after_code_and_name() {
    let entries = crate::program::run(["rules", "-f", "json"]).json();
    let mut wanted: Vec<String> = entries
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            let code = entry["code"].as_str().expect("a code").to_lowercase();
            let name = entry["name"].as_str().expect("a name").replace('-', "_");
            format!("rules/{code}_{name}.rs")
        })
        .collect();
    wanted.sort();
    let rule = Regex::new(r"^rules/[a-z]{3}[0-9]{3}_").expect("a pattern");
    let found: Vec<String> = sources()
        .into_iter()
        .map(|source| source.name)
        .filter(|name| rule.is_match(name))
        .collect();
    assert_eq!(found, wanted);
}
