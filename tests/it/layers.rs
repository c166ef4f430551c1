//! The directions in which modules may use each other, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

/// The modules below the command layer, in the order of the data. A module uses only modules that
/// stand before it, and of those only the ones listed.
const ALLOWED: [(&str, &[&str]); 21] = [
    ("language", &[]),
    ("input", &["language"]),
    ("session", &["input"]),
    ("smtp", &["input", "session"]),
    ("tracking", &["input", "smtp"]),
    ("aggregate", &["input", "session", "smtp"]),
    ("tenant", &["language"]),
    ("onprem", &["language", "input", "smtp", "tenant"]),
    ("attribution", &["language", "input", "smtp", "tenant"]),
    ("queue", &["language", "input", "smtp", "tenant", "onprem"]),
    (
        "mail",
        &[
            "input", "session", "smtp", "tracking", "tenant", "onprem", "queue",
        ],
    ),
    (
        "digest_file",
        &["language", "input", "session", "smtp", "aggregate", "mail"],
    ),
    ("diagnosis", FACTS),
    (
        "remedy",
        &[
            "language",
            "input",
            "smtp",
            "tenant",
            "onprem",
            "attribution",
            "queue",
            "diagnosis",
        ],
    ),
    ("causes", ENTRIES),
    ("checks", ENTRIES),
    (
        "engine",
        &[
            "language",
            "input",
            "aggregate",
            "onprem",
            "queue",
            "diagnosis",
            "causes",
            "checks",
        ],
    ),
    ("preflight", ENTRIES),
    (
        "report",
        &[
            "language",
            "input",
            "session",
            "smtp",
            "aggregate",
            "tenant",
            "onprem",
            "tracking",
            "mail",
            "digest_file",
            "attribution",
            "queue",
            "diagnosis",
            "causes",
            "checks",
            "engine",
            "preflight",
        ],
    ),
    (
        "redact",
        &[
            "input",
            "smtp",
            "mail",
            "aggregate",
            "digest_file",
            "tenant",
            "onprem",
            "queue",
            "diagnosis",
            "report",
        ],
    ),
    ("render", &["language", "report"]),
];

/// Everything that is known of an input.
const FACTS: &[&str] = &[
    "language",
    "input",
    "session",
    "smtp",
    "aggregate",
    "tenant",
    "onprem",
    "attribution",
    "queue",
];

/// What an entry of the catalogue, or the plan of a renewal, works with.
const ENTRIES: &[&str] = &[
    "language",
    "input",
    "session",
    "smtp",
    "aggregate",
    "tenant",
    "onprem",
    "attribution",
    "queue",
    "diagnosis",
    "remedy",
];

/// Modules of the command layer that stand in `src` itself. They may use anything.
const COMMAND_FILES: [&str; 11] = [
    "main",
    "lib",
    "cli",
    "console",
    "exit",
    "help",
    "option_values",
    "output",
    "part_file",
    "progress",
    "signals",
];

/// Modules for tests alone.
const TEST_MODULES: [&str; 1] = ["scenario"];

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
    /// It belongs to the command layer, which may use anything.
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
    let own = if name.ends_with("_tests.rs") || TEST_MODULES.contains(&module.as_str()) {
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
        command: module == "commands" || COMMAND_FILES.contains(&module.as_str()),
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
        let tests = TEST_MODULES.contains(&source.module.as_str());
        assert!(
            u8::from(known) + u8::from(source.command) + u8::from(tests) == 1,
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
fn every_module_stands_behind_what_it_uses() {
    for (at, (module, allowed)) in ALLOWED.iter().enumerate() {
        for used in *allowed {
            let before = ALLOWED[..at].iter().any(|(earlier, _)| earlier == used);
            assert!(before, "{module} may not use {used}, which comes after it");
        }
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
            if top != source.module && modules.contains(top) && !allowed.contains(&top) {
                against.push(format!("{} uses {used}", source.name));
            }
        }
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}

/// The files that each file uses, by their names below `src`.
fn files_used(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeMap<String, &str> = sources
        .iter()
        .map(|source| (module_path(&source.name), source.name.as_str()))
        .collect();
    let mut used = BTreeMap::new();
    for source in sources {
        let own = module_path(&source.name);
        let mut files = BTreeSet::new();
        for path in paths(&source.code, &own, &modules) {
            // The longest part of the path that is a module is the file.
            let mut path = path.as_str();
            loop {
                if let Some(file) = modules.get(path) {
                    files.insert(*file);
                    break;
                }
                match path.rsplit_once("::") {
                    Some((shorter, _)) => path = shorter,
                    None => break,
                }
            }
        }
        files.remove(source.name.as_str());
        used.insert(source.name.as_str(), files);
    }
    used
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; `lib.rs` and `main.rs` are nothing.
fn module_path(name: &str) -> String {
    let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
    match stem {
        "lib" | "main" => String::new(),
        stem => stem.replace('/', "::"),
    }
}

/// The absolute paths that code of a module names: behind `crate::`, `super::`, `self::`, and the
/// names of child modules.
fn paths(code: &str, own: &str, modules: &BTreeMap<String, &str>) -> BTreeSet<String> {
    let start = Regex::new(r"\b(?:crate|sendlens|self|(?:super::)*super)::").expect("a pattern");
    let mut found = BTreeSet::new();
    for hit in start.find_iter(code) {
        let before = &code[..hit.start()];
        if before.ends_with("::") {
            continue;
        }
        let ups = hit.as_str().matches("super").count();
        let mut base: Vec<&str> = match &code[hit.range()] {
            text if text.starts_with("crate") || text.starts_with("sendlens") => Vec::new(),
            _ => own.split("::").collect(),
        };
        base.truncate(base.len() - ups.min(base.len()));
        let mut relative = BTreeSet::new();
        expand("", &code[hit.end()..], &mut relative);
        for path in relative {
            let parts = base.iter().copied().chain([path.as_str()]);
            found.insert(parts.collect::<Vec<_>>().join("::"));
        }
    }
    let children = modules.keys().filter_map(|module| {
        let child = module.strip_prefix(own)?.strip_prefix("::")?;
        (!child.contains("::")).then_some((module, child))
    });
    for (module, child) in children.filter(|_| !own.is_empty()) {
        let named = Regex::new(&format!(r"(^|[^:\w]){child}::")).expect("a pattern");
        if named.is_match(code) {
            found.insert(module.clone());
        }
    }
    found
}

/// The files from which each file can be reached and that it reaches itself.
fn circles<'a>(used: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let reached = |from: &'a str| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(file) = next.pop() {
            for used in used.get(file).into_iter().flatten() {
                if seen.insert(*used) {
                    next.push(used);
                }
            }
        }
        seen
    };
    let files = used.keys().copied();
    files.filter(|file| reached(file).contains(file)).collect()
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let sources = sources();
    let used = files_used(&sources);
    let count: usize = used.values().map(BTreeSet::len).sum();
    assert!(count > 500, "only {count} uses found");
    let circles = circles(&used);
    assert!(circles.is_empty(), "in circles: {circles:?}");
}

#[test]
fn a_circle_is_noticed() {
    let used = BTreeMap::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c"])),
        ("c", BTreeSet::from(["b"])),
        ("d", BTreeSet::from(["a"])),
    ]);
    assert_eq!(circles(&used), BTreeSet::from(["b", "c"]));
}

#[test]
fn no_entry_uses_another() {
    let sources = sources();
    let entry = Regex::new(ENTRY_FILE).expect("a pattern");
    let mut against = Vec::new();
    for (file, used) in files_used(&sources) {
        let Some(own) = entry.captures(file) else {
            continue;
        };
        let code_of = |name: &str| Some(entry.captures(name)?[1].to_owned());
        let others = used
            .iter()
            .filter(|used| code_of(used).is_some_and(|code| code != own[1]));
        against.extend(others.map(|other| format!("{file} uses {other}")));
    }
    assert!(against.is_empty(), "{}", against.join("\n"));
}

#[test]
fn codes_stand_in_their_own_entry_alone() {
    let code = Regex::new(r#""[A-Z]{3}[0-9]{3}""#).expect("a pattern");
    let comment = Regex::new(r"(?m)//[^\n]*").expect("a pattern");
    let entry = Regex::new(ENTRY_FILE).expect("a pattern");
    let mut against = Vec::new();
    for source in sources().iter().filter(|source| source.lines > 0) {
        let own = entry.captures(&source.name);
        let own = own.map(|found| format!("\"{}\"", found[1].to_uppercase()));
        let text = before_tests(&source.whole);
        let text = comment.replace_all(&text, "");
        for found in code.find_iter(&text) {
            if own.as_deref() != Some(found.as_str()) {
                against.push(format!("{} names {}", source.name, found.as_str()));
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
    assert_eq!(files, ["input/mapping.rs"]);
}

/// A file of an entry; its code is the first group. What is not the entry itself is in a folder of its name.
const ENTRY_FILE: &str = r"^(?:causes|checks)/([a-z]{3}[0-9]{3})_";

#[test]
fn entry_files_are_named_after_code_and_name() {
    let entries = crate::program::run(["rules", "-f", "json"]).json();
    let mut wanted: Vec<String> = entries
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            let group = entry["group"].as_str().expect("a group");
            let code = entry["code"].as_str().expect("a code").to_lowercase();
            let name = entry["name"].as_str().expect("a name").replace('-', "_");
            format!("{group}s/{code}_{name}.rs")
        })
        .collect();
    wanted.sort();
    let entry = Regex::new(ENTRY_FILE).expect("a pattern");
    let found: Vec<String> = sources()
        .into_iter()
        .map(|source| source.name)
        .filter(|name| entry.is_match(name) && name.matches('/').count() == 1)
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn folders_of_entries_hold_nothing_else() {
    let entry = Regex::new(ENTRY_FILE).expect("a pattern");
    let others: Vec<String> = sources()
        .into_iter()
        .map(|source| source.name)
        .filter(|name| name.starts_with("causes/") || name.starts_with("checks/"))
        .filter(|name| !entry.is_match(name) && !name.ends_with("/mod.rs"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
