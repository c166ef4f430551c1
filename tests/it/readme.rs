//! The README is true: its commands run, what it shows is what the program prints.
//!
//! A command line is every line of a fenced `sh` block that starts with `sendlens` or with
//! `cargo run --release --`; a block under the comment `<!-- not run -->` is left alone. A `text`
//! block right below a block of one command shows its output. The report and the catalogue stand
//! between comments of that name.
//!
//! `UPDATE_README=1 cargo test --test it readme` writes what the program prints today into these
//! places instead of failing. Outputs of `jq` are checked and written only where `jq` and `sh` are
//! installed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regex::Regex;

const REPORT: &str = "sendlens diagnose sample-logs/renamed-certificate";
const CATALOGUE: &str = "sendlens rules --format markdown";
const BY_CARGO: &str = "cargo run --release -- ";
/// Codes of notes, which count odd lines and are no causes.
const NOTES: [&str; 1] = ["LOG001"];

#[test]
fn every_command_runs() {
    let readme = readme();
    let mut count = 0;
    for block in blocks(&readme) {
        for line in block.commands() {
            let output = sendlens(&line);
            assert!(
                matches!(output.status.code(), Some(0 | 1)),
                "{line}\nended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
            count += 1;
            if line.contains(" | ") && jq_is_here() {
                let shown = stdout(&line, &through_shell(&line));
                assert!(!shown.is_empty(), "{line}\nshows nothing");
            }
        }
    }
    assert!(count >= 10, "only {count} commands found");
}

#[test]
fn what_it_shows_is_what_the_program_prints() {
    let readme = readme();
    let renewed = renewed(&readme);
    if readme == renewed {
        return;
    }
    if env::var_os("UPDATE_README").is_some_and(|value| value == "1") {
        // Renamed into place, because the other tests read it meanwhile.
        let beside = path().with_extension("md.new");
        fs::write(&beside, renewed).expect("README.md.new can be written");
        fs::rename(&beside, path()).expect("README.md can be replaced");
        return;
    }
    let differs = readme
        .lines()
        .zip(renewed.lines())
        .position(|(old, new)| old != new)
        .unwrap_or(0);
    panic!(
        "README.md line {}: it has\n{}\nand the program prints\n{}\nrenew it with UPDATE_README=1",
        differs + 1,
        readme.lines().nth(differs).unwrap_or_default(),
        renewed.lines().nth(differs).unwrap_or_default(),
    );
}

#[test]
fn the_first_commands_stand_near_the_top() {
    let readme = readme();
    for wanted in [&REPORT.replace("sendlens ", BY_CARGO), "cargo test"] {
        let found = blocks(&readme).into_iter().any(|block| {
            let lines = block.lines.iter().zip(block.first..60);
            block.language == "sh" && lines.into_iter().any(|(line, _)| line == wanted)
        });
        assert!(found, "'{wanted}' is not in the first 60 lines");
    }
}

#[test]
fn every_code_and_command_it_names_exists() {
    let readme = readme();
    let rules = stdout(CATALOGUE, &sendlens("sendlens rules --format json"));
    let rules: serde_json::Value = serde_json::from_str(&rules).expect("the catalogue is JSON");
    let known: BTreeSet<&str> = rules
        .as_array()
        .expect("the catalogue is an array")
        .iter()
        .filter_map(|rule| rule["code"].as_str())
        .chain(NOTES)
        .collect();
    let code = Regex::new(r"\b[A-Z]{3}\d{3}\b").expect("the pattern is valid");
    for found in code.find_iter(&readme) {
        assert!(known.contains(found.as_str()), "{}", found.as_str());
    }
    let named = Regex::new(r"sendlens ([a-z]+)\b").expect("the pattern is valid");
    let commands: BTreeSet<&str> = named
        .captures_iter(&readme)
        .filter(|found| readme[..found.get_match().start()].ends_with(['`', '\n']))
        .filter_map(|found| Some(found.get(1)?.as_str()))
        .collect();
    assert!(commands.contains("diagnose"));
    for command in commands {
        let output = sendlens(&format!("sendlens {command} --help"));
        assert!(output.status.success(), "there is no command '{command}'");
    }
}

#[test]
fn lines_are_split_as_a_shell_does() {
    assert_eq!(
        words("a  'b | c' \"d e\" x'y'z"),
        ["a", "b | c", "d e", "xyz"]
    );
    assert_eq!(words("a '' # rest"), ["a", ""]);
    assert_eq!(words("a b | c"), ["a", "b"]);
}

/// The README with every generated part as the program prints it today.
fn renewed(readme: &str) -> String {
    let report = format!("```text\n{}```\n", stdout(REPORT, &sendlens(REPORT)));
    let catalogue = stdout(CATALOGUE, &sendlens(CATALOGUE));
    let text = between(readme, "report", &report);
    with_outputs(&between(&text, "catalogue", &catalogue))
}

/// Replaces what stands between the comments `<!-- NAME begin -->` and `<!-- NAME end -->`.
fn between(text: &str, name: &str, new: &str) -> String {
    let begin = format!("<!-- {name} begin -->\n");
    let end = format!("<!-- {name} end -->\n");
    let (before, rest) = text.split_once(&begin).expect("the begin comment is there");
    let (_, after) = rest.split_once(&end).expect("the end comment is there");
    format!("{before}{begin}{new}{end}{after}")
}

/// Replaces each `text` block that shows the output of the block of one command above it.
fn with_outputs(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let all = blocks(text);
    // From the end, so that the earlier line numbers stay right.
    for pair in all.windows(2).rev() {
        let [command, shown] = pair else { continue };
        let [line] = &command.commands()[..] else {
            continue;
        };
        let after = command.first + command.lines.len() + 1;
        if shown.language != "text" || shown.first > after + 2 {
            continue;
        }
        let output = match line.contains(" | ") {
            true if jq_is_here() => through_shell(line),
            true => continue,
            false => sendlens(line),
        };
        let output = stdout(line, &output);
        lines.splice(
            shown.first..shown.first + shown.lines.len(),
            output.lines().map(str::to_owned),
        );
    }
    lines.join("\n") + "\n"
}

/// A fenced block.
struct Block {
    language: String,
    /// The number of its first line inside the fence, counted from 0.
    first: usize,
    lines: Vec<String>,
    not_run: bool,
}

impl Block {
    /// The command lines that a reader would paste.
    fn commands(&self) -> Vec<String> {
        let runs = self.language == "sh" && !self.not_run;
        self.lines
            .iter()
            .filter(|_| runs)
            .map(|line| line.replacen(BY_CARGO, "sendlens ", 1))
            .filter(|line| line.starts_with("sendlens "))
            .collect()
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        match (inside, line.strip_prefix("```")) {
            (false, Some(language)) => {
                inside = true;
                blocks.push(Block {
                    language: language.to_owned(),
                    first: number + 1,
                    lines: Vec::new(),
                    not_run: before == "<!-- not run -->",
                });
            }
            (true, Some(_)) => inside = false,
            (true, None) => blocks.last_mut().expect("open").lines.push(line.to_owned()),
            (false, None) => {}
        }
        before = line;
    }
    assert!(!inside, "the last block has no end");
    blocks
}

/// The words of the first command of a line: quotes are taken off, a pipe or comment ends it.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open: Option<char> = None;
    let mut in_word = false;
    for character in line.chars() {
        match open {
            Some(quote) if character == quote => open = None,
            None if matches!(character, '|' | '#') && !in_word => break,
            None if character == ' ' => in_word = false,
            _ => {
                if !in_word {
                    words.push(String::new());
                    in_word = true;
                }
                match character {
                    '\'' | '"' if open.is_none() => open = Some(character),
                    _ => words.last_mut().expect("begun").push(character),
                }
            }
        }
    }
    assert!(open.is_none(), "a quote is left open: {line}");
    words
}

/// Runs the program's part of a line, without a shell.
fn sendlens(line: &str) -> Output {
    assert_cmd::Command::new(binary())
        .args(&words(line)[1..])
        .current_dir(folder())
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program can be started")
}

/// Runs a whole line, pipes and all, with the program in the `PATH`.
fn through_shell(line: &str) -> Output {
    let own = binary().parent().expect("a file is in a folder").to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(own).chain(env::split_paths(&path));
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder())
        .env("PATH", env::join_paths(folders).expect("a PATH"))
        .output()
        .expect("sh can be started")
}

fn stdout(line: &str, output: &Output) -> String {
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{line}\nended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn jq_is_here() -> bool {
    ["sh", "jq"].iter().all(|program| {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| {
            let file = folder.join(program);
            file.is_file() || file.with_extension("exe").is_file()
        })
    })
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sendlens"))
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn path() -> PathBuf {
    folder().join("README.md")
}

fn readme() -> String {
    let text = fs::read_to_string(path()).expect("README.md can be read");
    text.replace("\r\n", "\n")
}
