//! No word of an input stands in redacted output, unless it is harmless.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use regex::Regex;
use walkdir::WalkDir;

use super::harmless::{is_harmless, tokens};
use super::{COMMANDS, ask};
use crate::sample;

/// Everything in a folder that may not pass.
struct Forbidden {
    tokens: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Forbidden {
    fn of(folder: &Path) -> Forbidden {
        let mut found = Forbidden {
            tokens: BTreeSet::new(),
            addresses: BTreeSet::new(),
        };
        for entry in WalkDir::new(folder) {
            let path = entry.expect("an entry of the case").into_path();
            let name = path.strip_prefix(folder).expect("below the folder");
            // The README of a case is about it, and no input.
            if name.ends_with("README.md") {
                continue;
            }
            found.tokens.extend(tokens(&name.to_string_lossy()));
            if path.is_file() {
                let bytes = std::fs::read(&path).expect("a file");
                found.text(&String::from_utf8_lossy(&bytes));
            }
        }
        found.tokens.retain(|token| !is_harmless(token));
        found
    }

    fn text(&mut self, text: &str) {
        self.tokens.extend(tokens(text));
        let address = Regex::new(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b").expect("a pattern");
        let addresses = address.find_iter(text).map(|found| found.as_str());
        // Stand-ins are taken from the networks for documentation, as the addresses of sample cases are.
        let real = addresses.filter(|address| {
            let documented = [
                "192.0.2.",
                "198.51.100.",
                "203.0.113.",
                "127.0.0.1",
                "0.0.0.0",
            ];
            !documented.iter().any(|net| address.starts_with(net))
                && address.parse::<std::net::Ipv4Addr>().is_ok()
        });
        self.addresses.extend(real.map(str::to_owned));
    }

    /// What of it stands in an output.
    fn in_output(&self, output: &str) -> Vec<String> {
        let shown = tokens(output);
        let mut leaks: Vec<String> = self.tokens.intersection(&shown).cloned().collect();
        let address = Regex::new(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").expect("a pattern");
        let addresses = address.find_iter(output).map(|found| found.as_str());
        leaks.extend(
            addresses
                .filter(|one| self.addresses.contains(*one))
                .map(str::to_owned),
        );
        leaks
    }
}

/// The leaks of every command and format over a folder, and how many outputs there were.
fn leaks(name: &str, folder: &Path) -> (Vec<String>, usize) {
    let forbidden = Forbidden::of(folder);
    assert!(!forbidden.tokens.is_empty(), "{name}: nothing to find");
    let (mut leaks, mut outputs) = (Vec::new(), 0);
    let mut look = |command: &[&str], format: &str, language: &str| {
        let run = ask(command, format, &["--redact", "--lang", language], folder);
        outputs += usize::from(!run.out.is_empty());
        for leak in forbidden.in_output(run.text()) {
            leaks.push(format!(
                "{name}, {} -f {format}, {language}: {leak}",
                command[0]
            ));
        }
    };
    for (command, formats) in COMMANDS {
        for format in formats {
            look(command, format, "en");
        }
    }
    for (command, format) in [("diagnose", "json"), ("diagnose", "html"), ("lint", "json")] {
        look(&[command], format, "ja");
    }
    (leaks, outputs)
}

fn none(found: Vec<(Vec<String>, usize)>, least: usize) {
    let outputs: usize = found.iter().map(|(_, outputs)| outputs).sum();
    let leaks: Vec<String> = found.into_iter().flat_map(|(leaks, _)| leaks).collect();
    let shown = &leaks[..leaks.len().min(40)];
    assert!(leaks.is_empty(), "{} leaks: {shown:#?}", leaks.len());
    assert!(outputs >= least, "only {outputs} outputs");
}

#[test]
fn no_word_of_a_sample_case_passes() {
    let cases = sample::all();
    let found = cases.par_iter().map(|case| {
        let path = sample::path(case);
        leaks(case, Path::new(&path))
    });
    none(found.collect(), 1000);
}

#[test]
fn no_word_of_a_generated_week_passes() {
    let seeds = (0..6_u64).into_par_iter();
    let found = seeds.map(|seed| {
        let folder = tempfile::tempdir().expect("a folder");
        crate::weeks::write(seed, folder.path());
        leaks(&format!("week {seed}"), folder.path())
    });
    none(found.collect(), 60);
}

#[test]
fn without_redaction_the_check_finds_names() {
    let path = sample::path("renamed-certificate");
    let forbidden = Forbidden::of(Path::new(&path));
    for (command, formats) in COMMANDS {
        for format in formats {
            let run = ask(command, format, &[], Path::new(&path));
            let leaks = forbidden.in_output(run.text());
            // This text shows of a session only its send connector, `Outbound to Office 365`, and of a
            // configuration without findings no name.
            if matches!((command[0], *format), ("sessions" | "lint", "text")) {
                continue;
            }
            assert!(
                leaks.contains(&"contoso".to_owned()),
                "{command:?} {format}"
            );
        }
    }
}
