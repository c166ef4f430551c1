//! The documents are true: their commands run, what they show is what the program prints, and what
//! they name exists.
//!
//! - A line of a fenced `sh` block that starts with `sendlens` or `cargo run --release --` is run.
//!   Other lines are commands for developers, of which the files and targets are checked. A block
//!   under the comment `<!-- not run -->` is left alone.
//! - A `text` block right below a block of one command shows its output. A block or a passage under
//!   `<!-- shows: COMMAND -->` shows the output of that command; a passage ends with `<!-- end -->`.
//! - A block that ends with a line `…` shows only the first lines.
//!
//! All of this holds for the pages in other languages too. [`super::translations`] compares them with
//! the English ones.
//!
//! `UPDATE_DOCS=1 cargo test --test it documents` writes what the program prints today into these
//! places instead of failing. Outputs of `jq` are checked and written only where `jq` and `sh` are
//! installed.

use std::collections::BTreeSet;
use std::env;
use std::fs;

use regex::Regex;

use crate::document::{
    Block, Document, files_below, folder, is_installed, is_web, links, sendlens, stdout,
    through_shell, words,
};

const REPORT: &str = "diagnose sample-logs/renamed-certificate";
const CATALOGUE: &str = "sendlens rules --format json";
const README_BYTES: usize = 9 * 1024;
/// The pages that together link to every document.
const INDEXES: [&str; 3] = ["README.md", "CONTRIBUTING.md", "docs/ja/README.md"];
/// A last line that stands for the rest of an output.
pub(crate) const REST: &str = "…";

#[test]
fn every_command_runs() {
    let mut count = 0;
    for document in Document::all() {
        for block in document.blocks() {
            for line in block.commands() {
                stdout(&line, &sendlens(&line));
                count += 1;
                if line.contains(" | ") && has_jq() {
                    let shown = stdout(&line, &through_shell(&line));
                    assert!(!shown.is_empty(), "{}: {line} shows nothing", document.name);
                }
            }
            for line in block.shell_lines() {
                check_developer_command(&document.name, line);
            }
        }
    }
    assert!(count >= 15, "only {count} commands found");
}

/// Commands that would run this test again, or for minutes: their files and targets exist.
fn check_developer_command(name: &str, line: &str) {
    let words = words(line);
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        None | Some("sendlens") => {}
        Some("cargo") => {
            let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("Cargo.toml");
            while let Some(word) = words.next() {
                if matches!(word, "--test" | "--bench" | "--example") {
                    let target = words.next().expect("a target");
                    let named = format!("name = \"{target}\"");
                    assert!(manifest.contains(&named), "{name}: no target of `{line}`");
                }
            }
        }
        Some("bash" | "python3") => {
            let file = words.next().expect("a file");
            assert!(folder().join(file).is_file(), "{name}: no file of `{line}`");
        }
        Some(_) => panic!("{name}: `{line}` is neither run nor known to this test"),
    }
}

#[test]
fn what_they_show_is_what_the_program_prints() {
    let update = env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1");
    let mut differences = Vec::new();
    for document in Document::all() {
        let renewed = renewed(&document);
        if document.text == renewed {
            continue;
        }
        if update {
            // Renamed into place, because the other tests read it at the same time.
            let beside = document.path().with_extension("md.new");
            fs::write(&beside, renewed).expect("a file beside the document can be written");
            fs::rename(&beside, document.path()).expect("the document can be replaced");
            continue;
        }
        let mut pairs = document.text.lines().zip(renewed.lines());
        let line = pairs.position(|(old, new)| old != new).unwrap_or(0);
        differences.push(format!(
            "{} line {}: it has\n{}\nand the program prints\n{}",
            document.name,
            line + 1,
            document.text.lines().nth(line).unwrap_or_default(),
            renewed.lines().nth(line).unwrap_or_default(),
        ));
    }
    let differences = differences.join("\n");
    assert!(
        differences.is_empty(),
        "{differences}\nRenew all documents with UPDATE_DOCS=1."
    );
}

#[test]
fn the_readme_is_short_and_starts_with_two_commands() {
    let readme = Document::read("README.md");
    let size = readme.text.len();
    assert!(size <= README_BYTES, "README.md has {size} bytes");
    for wanted in [&format!("cargo run --release -- {REPORT}"), "cargo test"] {
        let found = readme.blocks().into_iter().any(|block| {
            let lines = block.lines.iter().zip(block.first..60);
            block.language == "sh" && lines.into_iter().any(|(line, _)| line == wanted)
        });
        assert!(found, "'{wanted}' is not in the first 60 lines");
    }
}

#[test]
fn every_code_they_name_exists() {
    let rules = stdout(CATALOGUE, &sendlens(CATALOGUE));
    let rules: serde_json::Value = serde_json::from_str(&rules).expect("the catalogue is JSON");
    let known: BTreeSet<&str> = rules
        .as_array()
        .expect("the catalogue is an array")
        .iter()
        .filter_map(|rule| rule["code"].as_str())
        .collect();
    let code = Regex::new(r"\b[A-Z]{3}\d{3}\b").expect("the pattern is valid");
    for document in Document::all() {
        for found in code.find_iter(&document.text) {
            let name = &document.name;
            assert!(known.contains(found.as_str()), "{name}: {}", found.as_str());
        }
    }
}

/// In blocks that are not run, and in the middle of a sentence too.
#[test]
fn every_command_and_option_they_name_exists() {
    let named = Regex::new(r"(?m)(?:`|^\s*)sendlens ([a-z]+)([^`\n|]*)").expect("a pattern");
    let option = Regex::new(r"(?:^|\s)(--?[a-z][a-z-]*)").expect("a pattern");
    let mut commands = BTreeSet::new();
    for document in Document::all() {
        for found in named.captures_iter(&document.text) {
            let (command, rest) = (&found[1], &found[2]);
            let output = sendlens(&format!("sendlens {command} --help"));
            let name = &document.name;
            assert!(output.status.success(), "{name}: no command '{command}'");
            let help = String::from_utf8_lossy(&output.stdout).into_owned();
            for option in option.captures_iter(rest) {
                let known = help
                    .split([' ', ',', '\n', '=', '['])
                    .any(|word| word == &option[1]);
                assert!(known, "{name}: '{command}' has no {}", &option[1]);
            }
            commands.insert(command.to_owned());
        }
    }
    for command in ["diagnose", "lint", "preflight", "collect", "sessions"] {
        assert!(commands.contains(command), "no document names '{command}'");
    }
}

/// The first column of the tables in the sections about commands.
#[test]
fn every_field_of_the_json_page_is_in_a_schema() {
    let schema = "sendlens rules --schema";
    let schema = stdout(schema, &sendlens(schema));
    let name = Regex::new(r"`([a-z_]+)`").expect("a pattern");
    let page = Document::read("docs/json.md");
    let mut count = 0;
    for section in page.text.split("\n## ").skip(1) {
        if section.starts_with("Formats") {
            continue;
        }
        for row in section.lines().filter_map(|line| line.strip_prefix("| ")) {
            let (fields, _) = row.split_once(" | ").expect("a row has columns");
            for field in name.captures_iter(fields) {
                let property = format!("\"{}\":", &field[1]);
                assert!(schema.contains(&property), "no field {property}");
                count += 1;
            }
        }
    }
    assert!(count >= 50, "only {count} fields found");
}

#[test]
fn the_oldest_rust_they_name_is_that_of_the_manifest() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("Cargo.toml");
    let version = Regex::new(r"(1\.\d+) (?:or newer|以降)").expect("a pattern");
    let mut count = 0;
    for document in Document::all() {
        for found in version.captures_iter(&document.text) {
            let line = format!("rust-version = \"{}\"", &found[1]);
            assert!(manifest.contains(&line), "{}: {}", document.name, &found[0]);
            count += 1;
        }
    }
    assert!(count >= 1, "no document names the oldest Rust");
}

#[test]
fn every_link_leads_somewhere() {
    let mut linked = BTreeSet::new();
    for document in linking_documents() {
        let links = links(&document.prose());
        for link in links.iter().filter(|link| !is_web(link)) {
            let (file, anchor) = document.target(link);
            let exists = folder().join(&file).exists();
            assert!(exists, "{}: no {link}", document.name);
            if !anchor.is_empty() {
                let anchors = Document::read(&file).anchors();
                assert!(anchors.contains(&anchor), "{}: no {link}", document.name);
            }
            if INDEXES.contains(&document.name.as_str()) {
                linked.insert(file);
            }
        }
    }
    for document in Document::all() {
        let linked = document.name == INDEXES[0] || linked.contains(&document.name);
        assert!(linked, "no page of {INDEXES:?} links to {}", document.name);
    }
}

/// All documents with links, the READMEs of the sample cases included.
fn linking_documents() -> Vec<Document> {
    let more = ["CHANGELOG.md", "benches/README.md"].map(str::to_owned);
    let cases = files_below("sample-logs").filter(|name| name.ends_with("/README.md"));
    let mut documents = Document::all();
    documents.extend(
        more.into_iter()
            .chain(cases)
            .map(|name| Document::read(&name)),
    );
    documents
}

/// A document with everything that it shows as the program prints it today.
fn renewed(document: &Document) -> String {
    let mut lines: Vec<String> = document.text.lines().map(str::to_owned).collect();
    // From the end, so that the earlier line numbers stay right.
    for (first, end, command) in places(document).into_iter().rev() {
        if let Some(new) = shown(&command, &lines[first..end]) {
            lines.splice(first..end, new);
        }
    }
    lines.join("\n") + "\n"
}

/// Where a document shows outputs: the first line, the line behind the last, and the command. In their
/// order.
pub(crate) fn places(document: &Document) -> Vec<(usize, usize, String)> {
    let lines: Vec<&str> = document.text.lines().collect();
    let blocks = document.blocks();
    let mut places = passages(&lines);
    for (index, block) in blocks.iter().enumerate() {
        let above = index.checked_sub(1).map(|above| &blocks[above]);
        if let Some(command) = shown_command(block, above) {
            places.push((block.first, block.first + block.lines.len(), command));
        }
    }
    places.sort();
    places
}

/// The command whose output a block shows.
fn shown_command(block: &Block, above: Option<&Block>) -> Option<String> {
    if let Some(command) = marked(&block.before) {
        return Some(command.to_owned());
    }
    let above = above.filter(|_| block.language == "text")?;
    let after = above.first + above.lines.len() + 1;
    match &above.commands()[..] {
        [command] if above.lines.len() == 1 && block.first <= after + 2 => Some(command.clone()),
        _ => None,
    }
}

fn marked(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- shows: ")?.strip_suffix(" -->")
}

/// What stands between `<!-- shows: COMMAND -->` and `<!-- end -->`, outside of a fenced block.
fn passages(lines: &[&str]) -> Vec<(usize, usize, String)> {
    let marks = lines.iter().enumerate().filter_map(|(number, line)| {
        let command = marked(line)?;
        let fenced = lines.get(number + 1)?.starts_with("```");
        (!fenced).then(|| {
            let length = lines[number..]
                .iter()
                .position(|line| *line == "<!-- end -->");
            let end = number + length.expect("the passage ends");
            (number + 1, end, command.to_owned())
        })
    });
    marks.collect()
}

/// The lines that the program prints today in place of these, if it can be known here.
fn shown(command: &str, old: &[String]) -> Option<Vec<String>> {
    let output = match command.contains(" | ") {
        true if has_jq() => through_shell(command),
        true => return None,
        false => sendlens(command),
    };
    let output = stdout(command, &output);
    let mut new: Vec<String> = output.lines().map(str::to_owned).collect();
    if let Some((REST, kept)) = old.split_last().map(|(last, kept)| (last.as_str(), kept))
        && new.len() > kept.len()
    {
        new.truncate(kept.len());
        new.push(REST.to_owned());
    }
    Some(new)
}

fn has_jq() -> bool {
    is_installed("sh") && is_installed("jq")
}
