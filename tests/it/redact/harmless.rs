//! The words of an input that may stand in redacted output.
//!
//! In: texts. Out: their tokens, and which of them are harmless.
//! Invariant: no name of a sample case is harmless. A test says so.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use walkdir::WalkDir;

/// Tokens as people would search for them: letters and digits, three or more.
pub(super) fn tokens(text: &str) -> BTreeSet<String> {
    text.split(|sign: char| !sign.is_alphanumeric())
        .filter(|token| token.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect()
}

/// Why a token that may come from an input is harmless.
const SHAPES: [(&str, &str); 8] = [
    (r"^[0-9]+$", "numbers: counts, ports, parts of times"),
    (r"^[0-9]+t[0-9]+$|^[0-9]+z$", "parts of times"),
    (
        r"^[0-9a-f]{40}$",
        "thumbprints stay, so that certificates can be compared",
    ),
    (
        r"^08d[0-9a-f]{13}$",
        "ids of sessions: a time and a counter",
    ),
    (
        r"^(?:send|recv|msgtrk(?:md|ma|ms)?)[0-9]{8,10}$",
        "names that Exchange gives to its logs",
    ),
    (
        r"^(?:eop|eur[0-9]{2}|[a-z]{3,4}prd[0-9]{2}|[a-z]{3,4}p[0-9]{3}|[a-z0-9]{4,12}(?:ft|mb|on)[0-9]{3,5}|[a-z]{2}[0-9]pepf[0-9a-f]{8})$",
        "Microsoft's own servers",
    ),
    (r"^(?:attr[0-9]+|s[0-9]{5})$", "codes of Exchange Online"),
    (
        r"^db8$",
        "the network for documentation, from which stand-ins are taken",
    ),
];

/// Names of public certificate authorities, and of Microsoft in certificates.
const AUTHORITIES: [&str; 13] = [
    "ca1",
    "issuing",
    "digicert",
    "encrypt",
    "global",
    "let",
    "r10",
    "r11",
    "r12",
    "rsa",
    "sha256",
    "redmond",
    "washington",
];

/// What every link and every domain holds.
const GENERIC: [&str; 5] = ["https", "com", "net", "org", "local"];

/// Names in examples of the program's own texts. They are names in sample cases too.
const EXAMPLES: [&str; 9] = [
    "contoso",
    "fabrikam",
    "adatum",
    "northwind",
    "tailspintoys",
    "litware",
    "ex01",
    "ex02",
    "edge01",
];

static WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut words = BTreeSet::new();
    // What the program itself writes, the names of columns included.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in WalkDir::new(&root) {
        let path = entry.expect("an entry of src").into_path();
        let name = path.strip_prefix(&root).expect("below src");
        let is_test = path.to_string_lossy().ends_with("_tests.rs");
        let is_source = !is_test && path.extension().is_some_and(|extension| extension == "rs");
        // The options and the catalogue hold examples, and this module the lists that are tested.
        if name.starts_with("cli.rs") || name.starts_with("redact") || name.starts_with("scenario")
        {
            continue;
        }
        if is_source {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            words.extend(
                super::words::literals(&text)
                    .iter()
                    .flat_map(|text| tokens(text)),
            );
        }
    }
    // Fields of JSON are named as in the source.
    let field = Regex::new(r"(?m)^    pub ([a-z_]+):").expect("a pattern");
    for folder in ["report", "diagnosis", "attribution", "preflight"] {
        for entry in WalkDir::new(root.join(folder)) {
            let path = entry.expect("an entry of src").into_path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                words.extend(field.captures_iter(&text).flat_map(|one| tokens(&one[1])));
            }
        }
    }
    words.extend(tokens(include_str!("../../../src/render/html/page.css")));
    // Replies of Exchange, and its own rows.
    words.extend(tokens(include_str!("../../../src/redact/reply_words.txt")));
    words.extend(tokens(include_str!("../../../src/redact/row_words.txt")));
    words.extend(AUTHORITIES.map(str::to_owned));
    words.extend(GENERIC.map(str::to_owned));
    for example in EXAMPLES {
        words.remove(example);
    }
    words
});

/// Whether a token may stand in redacted output.
pub(super) fn is_harmless(token: &str) -> bool {
    static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let patterns = SHAPES.iter();
        patterns
            .map(|(pattern, _)| Regex::new(pattern).expect("a pattern"))
            .collect()
    });
    WORDS.contains(token) || PATTERNS.iter().any(|pattern| pattern.is_match(token))
}

#[test]
fn no_name_is_harmless() {
    let names = EXAMPLES.into_iter().chain([
        "smtp.contoso.net",
        "anna",
        "bob",
        "maria",
        "oslo",
        "日本支社",
        "ltd",
        "a1b2c3",
        "10z9",
        "08dx",
    ]);
    for name in names {
        for token in tokens(name) {
            let is_part_of_a_host = matches!(token.as_str(), "smtp" | "net");
            assert!(is_part_of_a_host || !is_harmless(&token), "{token}");
        }
    }
    assert!(WORDS.len() > 1500, "{} words", WORDS.len());
}
