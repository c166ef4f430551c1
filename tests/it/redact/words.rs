//! The words that the program lets pass are those of its own texts.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use walkdir::WalkDir;

/// Where the list is.
const LIST: &str = "src/redact/words.txt";

/// Where that of Japanese is.
const JAPANESE_LIST: &str = "src/redact/words_ja.txt";

/// The modules whose texts reach reports.
const MODULES: [&str; 17] = [
    "attribution",
    "causes",
    "checks",
    "diagnosis",
    "engine",
    "input",
    "language",
    "mail",
    "onprem",
    "preflight",
    "queue",
    "remedy",
    "report",
    "smtp",
    "tenant",
    "tracking",
    "commands",
];

/// Names in examples. They are in no list.
const NAMES: [&str; 2] = ["contoso", "ex01"];

/// The texts in a source, without comments and tests.
pub(super) fn literals(source: &str) -> Vec<String> {
    static TESTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^#\[cfg\(test\)\]\r?\nmod [a-z_]+ \{").expect("a pattern")
    });
    static TEXTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r###"(?s)//[^\n]*|/\*.*?\*/|r##"(.*?)"##|r#"(.*?)"#|\br"([^"]*)"|b?"((?:\\.|[^"\\])*)"|b?'(?:\\.[^']*|[^'\\])'"###,
        )
        .expect("a pattern")
    });
    static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\\u\{[0-9A-Fa-f]+\}|\\[nrt0\\]|\{[^{}]*\}").expect("a pattern")
    });
    let end = TESTS
        .find(source)
        .map_or(source.len(), |found| found.start());
    let texts = TEXTS.captures_iter(&source[..end]);
    texts
        .filter_map(|found| (1..=4).find_map(|group| found.get(group)))
        .map(|text| ESCAPES.replace_all(text.as_str(), " ").into_owned())
        .collect()
}

fn words() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let word = Regex::new(r"^(?:[a-z]{1,30}|[a-z]{1,12}[0-9]{1,7})$").expect("a pattern");
    let mut words = BTreeSet::new();
    for module in MODULES {
        let depth = if module == "commands" { 1 } else { usize::MAX };
        let files = [root.join(module), root.join(format!("{module}.rs"))];
        for folder in files.into_iter().filter(|path| path.exists()) {
            for entry in WalkDir::new(folder).max_depth(depth) {
                let path = entry.expect("an entry of src").into_path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if !name.ends_with(".rs") || name.ends_with("_tests.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                for text in literals(&text) {
                    let found = text.split(|sign: char| !sign.is_alphanumeric());
                    let found = found
                        .map(str::to_lowercase)
                        .filter(|found| word.is_match(found));
                    words.extend(found);
                }
            }
        }
    }
    for name in NAMES {
        words.remove(name);
    }
    words
}

/// The runs of Japanese signs in the texts of the program.
fn japanese() -> BTreeSet<String> {
    let run = Regex::new(r"[\u{3005}\u{3041}-\u{3096}\u{309D}-\u{309F}\u{30A1}-\u{30FA}\u{30FC}-\u{30FF}\u{4E00}-\u{9FFF}]+")
        .expect("a pattern");
    let mut runs = BTreeSet::new();
    for entry in WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.expect("an entry of src").into_path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(".rs") || name.ends_with("_tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        for text in literals(&text) {
            runs.extend(run.find_iter(&text).map(|run| run.as_str().to_owned()));
        }
    }
    runs
}

#[test]
fn the_japanese_list_holds_the_words_of_the_programs_texts() {
    let runs: Vec<String> = japanese().into_iter().collect();
    let longest = runs.iter().map(|run| run.chars().count()).max();
    assert!(
        longest <= Some(60),
        "a run of {longest:?} signs: words.rs looks at 60"
    );
    hold(JAPANESE_LIST, &runs);
}

#[test]
fn the_list_holds_the_words_of_the_programs_texts() {
    let words: Vec<String> = words().into_iter().collect();
    hold(LIST, &words);
}

/// Holds a list against what is expected of it.
fn hold(list: &str, words: &[String]) {
    let expected = format!("{}\n", words.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(list);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("the list");
    }
    let listed = std::fs::read_to_string(&path).expect("the list");
    let listed: BTreeSet<&str> = listed.lines().collect();
    let expected: BTreeSet<&str> = expected.lines().collect();
    assert!(expected.len() > 1000, "only {} words", expected.len());
    assert_eq!(
        (
            listed.difference(&expected).collect::<Vec<_>>(),
            expected.difference(&listed).collect::<Vec<_>>()
        ),
        (Vec::new(), Vec::new()),
        "UPDATE_DOCS=1 renews {list}"
    );
}
