//! A redacted report says the same: codes, counts, times, order, and the same stand-in for the same value.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::ask;
use crate::sample;

/// Fields whose texts hold names among words, so that no pair is the whole text.
const TEXTS: [&str; 16] = [
    "address_spaces",
    "change",
    "command",
    "enhanced",
    "evidence",
    "explanation",
    "fix",
    "message",
    "not_judged",
    "note",
    "reasons",
    "reply",
    "smart_hosts",
    "steps",
    "summary",
    "text",
];

/// Of these, the texts of the program. Every word of them is known, so nothing in them is cut.
const OWN_TEXTS: [&str; 8] = [
    "change",
    "command",
    "explanation",
    "message",
    "note",
    "not_judged",
    "reasons",
    "summary",
];

const COMMANDS: [&[&str]; 6] = [
    &["diagnose"],
    &["lint"],
    &["sessions"],
    &["certificates"],
    &["messages", "--all", "--subjects"],
    &["preflight", "mail.contoso.com"],
];

/// The pairs of a list: originals in lower case.
pub(super) fn pairs(list: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_reader(list.trim_start_matches('\u{feff}').as_bytes());
    let mut pairs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let original = row[1].to_lowercase();
        pairs.entry(original).or_default().push(row[2].to_owned());
    }
    pairs
}

struct Comparison {
    pairs: BTreeMap<String, Vec<String>>,
    replaced: usize,
    faults: Vec<String>,
}

impl Comparison {
    fn compare(&mut self, path: &str, plain: &Value, redacted: &Value) {
        match (plain, redacted) {
            (Value::Object(plain), Value::Object(redacted)) => {
                assert!(plain.keys().eq(redacted.keys()), "{path}: other fields");
                for (name, value) in plain {
                    self.compare(&format!("{path}.{name}"), value, &redacted[name]);
                }
            }
            (Value::Array(plain), Value::Array(redacted)) => {
                assert_eq!(plain.len(), redacted.len(), "{path}");
                for (one, other) in plain.iter().zip(redacted) {
                    self.compare(path, one, other);
                }
            }
            (Value::String(plain), Value::String(redacted)) => self.text(path, plain, redacted),
            _ => assert_eq!(plain, redacted, "{path}"),
        }
    }

    fn text(&mut self, path: &str, plain: &str, redacted: &str) {
        let field = path.rsplit('.').next().unwrap_or_default();
        let is_text = TEXTS.contains(&field)
            || (field == "subject" && path.contains("findings"))
            || field == "trace"
            || field == "error"
            || field == "reason";
        if OWN_TEXTS.contains(&field) && redacted.contains('…') && !plain.contains('…') {
            self.faults.push(format!("{path}: {redacted}"));
        }
        if plain == redacted || is_text {
            return;
        }
        self.replaced += 1;
        if !self.is_pair(plain, redacted) && plain != "x.x.x.x:25" {
            self.faults
                .push(format!("{path}: {plain} became {redacted}"));
        }
    }

    fn is_pair(&self, plain: &str, redacted: &str) -> bool {
        let is = |plain: &str, redacted: &str| {
            let known = self.pairs.get(&plain.to_lowercase());
            plain == redacted || known.is_some_and(|known| known.iter().any(|one| one == redacted))
        };
        let bare = |text: &str| text.trim_matches(['[', ']', '<', '>']).to_owned();
        let with_port = || {
            let (plain, port) = plain.rsplit_once(':')?;
            let (redacted, same) = redacted.rsplit_once(':')?;
            Some(port == same && is(&bare(plain), &bare(redacted)))
        };
        is(plain, redacted) || is(&bare(plain), &bare(redacted)) || with_port().unwrap_or(false)
    }
}

/// What differs between the outputs of a command, and how many values were replaced.
fn faults(command: &[&str], language: &str, folder: &Path) -> (Vec<String>, usize) {
    let place = tempfile::tempdir().expect("a folder");
    let map = place.path().join("map.csv");
    let option = format!("--redact={}", map.display());
    let plain = ask(command, "json", &["--lang", language], folder);
    let redacted = ask(command, "json", &["--lang", language, &option], folder);
    assert_eq!(
        plain.code,
        redacted.code,
        "{command:?} {}",
        folder.display()
    );
    if plain.out.is_empty() {
        assert!(redacted.out.is_empty() && !map.exists(), "{redacted:?}");
        return (Vec::new(), 0);
    }
    let list = std::fs::read_to_string(&map).expect("the list");
    let mut comparison = Comparison {
        pairs: pairs(&list),
        replaced: 0,
        faults: Vec::new(),
    };
    comparison.compare(command[0], &plain.json(), &redacted.json());
    let faults = comparison.faults.iter();
    let named = faults.map(|fault| format!("{}: {fault}", folder.display()));
    (named.collect(), comparison.replaced)
}

fn all_the_same(folders: &[std::path::PathBuf], least: usize) {
    let found: Vec<(Vec<String>, usize)> = folders
        .par_iter()
        .flat_map_iter(|folder| {
            let english = COMMANDS.iter().map(|command| faults(command, "en", folder));
            // Its report holds the sentences of causes, checks and fixes.
            let japanese = [faults(&["diagnose"], "ja", folder)];
            english.chain(japanese).collect::<Vec<_>>()
        })
        .collect();
    let replaced: usize = found.iter().map(|(_, replaced)| replaced).sum();
    let faults: Vec<String> = found.into_iter().flat_map(|(faults, _)| faults).collect();
    let shown = &faults[..faults.len().min(30)];
    assert!(faults.is_empty(), "{} faults: {shown:#?}", faults.len());
    assert!(replaced > least, "only {replaced} values were replaced");
}

#[test]
fn sample_cases_are_diagnosed_the_same() {
    let cases = sample::all().into_iter();
    let folders: Vec<_> = cases.map(|case| sample::folder().join(case)).collect();
    all_the_same(&folders, 10_000);
}

#[test]
fn generated_weeks_are_diagnosed_the_same() {
    let places: Vec<_> = (0..4_u64)
        .map(|seed| {
            let folder = tempfile::tempdir().expect("a folder");
            crate::weeks::write(seed, folder.path());
            folder
        })
        .collect();
    let folders: Vec<_> = places.iter().map(|place| place.path().to_owned()).collect();
    all_the_same(&folders, 2_000);
}

#[test]
fn threads_and_runs_change_nothing() {
    for case in [
        "hub-and-frontend",
        "several-servers-out-of-step",
        "two-tenants",
    ] {
        let path = sample::folder().join(case);
        for command in COMMANDS {
            let one = ask(command, "json", &["--redact", "--threads", "1"], &path);
            let many = ask(
                command,
                "json",
                &["--redact", "--threads", "7", "--io", "mmap"],
                &path,
            );
            assert_eq!(one, many, "{case} {command:?}");
        }
    }
}
