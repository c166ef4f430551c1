//! The documents of the project, taken apart: their blocks, commands, and links.
//!
//! In: `README.md`, `CONTRIBUTING.md` and `docs/` with its subfolders. Out: fenced blocks with their
//! lines, headings, links, and the output of the commands. Must not judge anything;
//! [`super::documents`], [`super::recipes`] and [`super::translations`] do.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regex::Regex;
use walkdir::WalkDir;

/// How the README calls the program before it is installed.
const BY_CARGO: &str = "cargo run --release -- ";

/// A document, with line ends of one kind.
pub(crate) struct Document {
    /// Relative to the package, with `/`.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Document {
    pub(crate) fn read(name: &str) -> Document {
        let text = fs::read_to_string(folder().join(name));
        let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
        Document {
            name: name.to_owned(),
            text: text.replace("\r\n", "\n"),
        }
    }

    /// The documents whose commands are run and whose outputs are compared.
    pub(crate) fn all() -> Vec<Document> {
        let mut names: Vec<String> = files_below("docs")
            .filter(|name| name.ends_with(".md"))
            .collect();
        names.extend(["README.md", "CONTRIBUTING.md"].map(str::to_owned));
        names.sort();
        names.iter().map(|name| Document::read(name)).collect()
    }

    pub(crate) fn path(&self) -> PathBuf {
        folder().join(&self.name)
    }

    /// The fenced blocks, those inside lists included.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut inside = false;
        let mut before = "";
        for (number, line) in self.text.lines().enumerate() {
            let line = line.trim_start();
            match (inside, line.strip_prefix("```")) {
                (false, Some(language)) => {
                    inside = true;
                    blocks.push(Block {
                        language: language.to_owned(),
                        first: number + 1,
                        lines: Vec::new(),
                        before: before.to_owned(),
                    });
                }
                (true, Some(_)) => inside = false,
                (true, None) => blocks.last_mut().expect("open").lines.push(line.to_owned()),
                (false, None) => {}
            }
            before = line;
        }
        assert!(!inside, "{}: the last block does not end", self.name);
        blocks
    }

    /// The text without fenced blocks.
    pub(crate) fn prose(&self) -> String {
        let mut inside = false;
        let outside = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        });
        outside.collect::<Vec<_>>().join("\n")
    }

    /// The anchors of its headings in their order, as hosts of repositories make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter_map(|line| {
            let heading = line.trim_start_matches('#');
            (heading.len() < line.len()).then(|| heading.trim().to_lowercase())
        });
        headings
            .map(|heading| {
                let kept = heading.chars().filter_map(|character| match character {
                    ' ' => Some('-'),
                    '-' | '_' => Some(character),
                    other => other.is_alphanumeric().then_some(other),
                });
                kept.collect()
            })
            .collect()
    }

    /// What a link of this document leads to: the name of the file, and the anchor in it.
    pub(crate) fn target(&self, link: &str) -> (String, String) {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        if file.is_empty() {
            return (self.name.clone(), anchor.to_owned());
        }
        let mut parts: Vec<&str> = self.name.split('/').collect();
        parts.pop();
        for part in file.split('/') {
            match part {
                "." => {}
                ".." => {
                    let up = parts.pop();
                    assert!(up.is_some(), "{}: {link} leads too far up", self.name);
                }
                name => parts.push(name),
            }
        }
        (parts.join("/"), anchor.to_owned())
    }
}

/// The links in a text, those to the web included.
pub(crate) fn links(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    let found = link.captures_iter(text);
    found.map(|found| found[1].to_owned()).collect()
}

/// Whether a link leads to the web.
pub(crate) fn is_web(link: &str) -> bool {
    link.contains("://")
}

/// A fenced block.
pub(crate) struct Block {
    pub(crate) language: String,
    /// The number of its first line inside the fence, counted from 0.
    pub(crate) first: usize,
    /// Its lines without their indentation.
    pub(crate) lines: Vec<String>,
    /// The line above the fence.
    pub(crate) before: String,
}

impl Block {
    /// The lines that a reader would paste into a Unix shell and that a test may run.
    pub(crate) fn shell_lines(&self) -> &[String] {
        match self.language.as_str() {
            "sh" if self.before != "<!-- not run -->" => &self.lines,
            _ => &[],
        }
    }

    /// Those of them that run this program.
    pub(crate) fn commands(&self) -> Vec<String> {
        let lines = self.shell_lines().iter();
        lines
            .map(|line| line.replacen(BY_CARGO, "sendlens ", 1))
            .filter(|line| line.starts_with("sendlens "))
            .collect()
    }
}

/// The words of the first command of a line: quotes are taken off, a pipe or comment ends it.
pub(crate) fn words(line: &str) -> Vec<String> {
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

#[test]
fn lines_are_split_as_a_shell_does() {
    assert_eq!(
        words("a  'b | c' \"d e\" x'y'z"),
        ["a", "b | c", "d e", "xyz"]
    );
    assert_eq!(words("a '' # rest"), ["a", ""]);
    assert_eq!(words("a b | c"), ["a", "b"]);
}

/// Runs the program with these arguments in the folder of the package.
pub(crate) fn program(arguments: &[String]) -> Output {
    assert_cmd::Command::new(binary())
        .args(arguments)
        .current_dir(folder())
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program can be started")
}

/// Runs the program's part of a line, without a shell.
pub(crate) fn sendlens(line: &str) -> Output {
    program(&words(line)[1..])
}

/// Runs a whole line, pipes and all, with the program in the `PATH`.
pub(crate) fn through_shell(line: &str) -> Output {
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder())
        .env("PATH", path_with_program())
        .output()
        .expect("sh can be started")
}

/// What a command wrote. It must have ended well: with 0, or with 1 where it found something.
pub(crate) fn stdout(line: &str, output: &Output) -> String {
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{line}\nended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// The `PATH` with the folder of the program in front.
pub(crate) fn path_with_program() -> std::ffi::OsString {
    let own = binary().parent().expect("a file is in a folder").to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(own).chain(env::split_paths(&path));
    env::join_paths(folders).expect("a PATH")
}

/// Whether another program is installed.
pub(crate) fn is_installed(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| {
        let file = folder.join(name);
        file.is_file() || file.with_extension("exe").is_file()
    })
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sendlens"))
}

/// The names of everything below a folder of the package, relative to the package, with `/`.
pub(crate) fn files_below(name: &str) -> impl Iterator<Item = String> {
    let entries = WalkDir::new(folder().join(name)).into_iter();
    entries.map(|entry| {
        let path = entry.expect("an entry of a folder").into_path();
        let name = path.strip_prefix(folder()).expect("below the package");
        name.to_string_lossy().replace('\\', "/")
    })
}

/// The folder of the package.
pub(crate) fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
