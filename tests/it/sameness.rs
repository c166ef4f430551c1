//! The same input gives the same bytes.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::corpus::{self, Corpus};
use crate::counting::add_up;
use crate::program::{Call, Run, run};
use crate::sample;

const COMMANDS: [&[&str]; 3] = [
    &["diagnose", "-f", "json"],
    &["sessions"],
    &["certificates"],
];
const THREADS: [&str; 4] = ["1", "2", "3", "8"];
const IO: [&str; 2] = ["mmap", "read"];

/// Runs every command with every number of threads and every way of reading.
fn same_in_every_way(what: &str, path: &Path) {
    for command in COMMANDS {
        let mut first: Option<Run> = None;
        for threads in THREADS {
            for io in IO {
                let mut arguments: Vec<&str> = command.to_vec();
                arguments.extend(["--threads", threads, "--io", io]);
                arguments.push(path.to_str().expect("a path in UTF-8"));
                let run = run(arguments);
                // A hub's half alone shows no certificate of ours.
                let silent = command[0] == "certificates" && what == "frontend-missing";
                assert_eq!(run.out.is_empty(), silent, "{what}: {command:?}");
                match &first {
                    None => first = Some(run),
                    Some(first) => assert!(
                        *first == run,
                        "{what}: {command:?} differs with {threads} threads and {io}"
                    ),
                }
            }
        }
    }
}

#[test]
fn every_case_is_the_same_in_every_way() {
    for case in sample::cases() {
        same_in_every_way(&case, Path::new(&sample::path(&case)));
    }
}

#[test]
fn a_large_corpus_is_the_same_in_every_way() {
    let corpus = corpus::write();
    assert!(corpus.bytes >= 8_000_000, "{} bytes", corpus.bytes);
    assert!(corpus.over_borders > 50, "{}", corpus.over_borders);
    same_in_every_way("corpus", corpus.folder.path());
    holds_what_was_written(&corpus);
    order_of_arguments(&corpus);
}

/// The large corpus gives the numbers with which it was written.
fn holds_what_was_written(corpus: &Corpus) {
    let path = corpus.folder.path();
    let diagnose = run([
        "diagnose".as_ref(),
        "-f".as_ref(),
        "json".as_ref(),
        path.as_os_str(),
    ]);
    assert_eq!(diagnose.code, 1);
    let report = diagnose.json();
    let sessions = run(["sessions".as_ref(), path.as_os_str()]);
    add_up("corpus", &report, &sessions);
    let input = &report["input"];
    assert_eq!(input["sessions"], Value::from(corpus.sessions));
    assert_eq!(input["records"], Value::from(corpus.rows));
    assert_eq!(input["bytes"], Value::from(corpus.bytes));
    assert_eq!(input["header_lines"], Value::from(9 * 5));
    assert_eq!(input["malformed_lines"], Value::from(0));
    assert_eq!(input["rejections"], Value::from(corpus.refused));
    assert!(
        sessions
            .lines()
            .iter()
            .all(|session| session["completeness"] == "whole" && session["rows"] == 19)
    );
    // EX01 and EX02 changed their certificate; EX03 never had another one.
    let mut found: Vec<(String, String, u64)> = report["incidents"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|incident| {
            (
                incident["cause"]["code"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                incident["send_connector"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                incident["rejected"]["replies"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    found.sort();
    let sum: u64 = found.iter().map(|(.., replies)| replies).sum();
    assert_eq!(sum, corpus.refused, "{found:?}");
    for connector in ["Outbound, relay", "To Office 365"] {
        assert!(
            found
                .iter()
                .any(|(code, name, _)| code == "CRT004" && name == connector),
            "{found:?}"
        );
    }
}

/// The files one by one, in several orders.
fn order_of_arguments(corpus: &Corpus) {
    let forward: Vec<&Path> = corpus.logs.iter().map(|log| log.as_path()).collect();
    let mut backward = forward.clone();
    backward.reverse();
    let mut turned = forward.clone();
    turned.rotate_left(4);
    let mut twice = turned.clone();
    twice.extend(forward.iter().take(3));
    for command in COMMANDS {
        let call = |paths: &[&Path]| {
            let options = command.iter().map(|option| option.as_ref());
            run(options.chain(paths.iter().map(|path| path.as_os_str())))
        };
        let first = call(&forward);
        for paths in [&backward, &turned, &twice] {
            assert!(
                first == call(paths),
                "{command:?} differs by order of PATHs"
            );
        }
    }
}

#[test]
fn the_order_of_folders_does_not_matter() {
    let send = "TransportRoles/Logs";
    let groups: [Vec<String>; 3] = [
        ["EX01", "contoso", "fabrikam"]
            .map(|name| format!("sample-logs/two-tenants/{name}"))
            .to_vec(),
        ["Hub/ProtocolLog/SmtpSend", "FrontEnd/ProtocolLog/SmtpSend"]
            .map(|name| format!("sample-logs/hub-and-frontend/EX01/{send}/{name}"))
            .to_vec(),
        ["EX02", "tenant", "EX01"]
            .map(|name| format!("sample-logs/server-out-of-step/{name}"))
            .to_vec(),
    ];
    for group in groups {
        for command in COMMANDS {
            let call = |paths: &[String]| {
                let options = command.iter().map(|option| (*option).to_owned());
                run(options.chain(paths.iter().cloned()))
            };
            let first = call(&group);
            assert!(first.code < 2, "{}", first.err);
            for turn in 1..group.len() {
                let mut turned = group.clone();
                turned.rotate_left(turn);
                assert!(first == call(&turned), "{command:?} {turned:?}");
                turned.reverse();
                assert!(first == call(&turned), "{command:?} {turned:?}");
            }
        }
    }
}

/// Sessions without what depends on the name of the input.
fn nameless(run: &Run) -> Vec<Value> {
    let mut sessions = run.lines();
    for session in &mut sessions {
        let session = session.as_object_mut().expect("an object");
        assert!(session.remove("stream").is_some());
        assert!(session.remove("file").is_some());
    }
    sessions
}

/// The logs of all cases, in UTF-16 or not.
fn logs(utf16: bool) -> Vec<PathBuf> {
    let logs: Vec<_> = sample::cases()
        .iter()
        .flat_map(|case| sample::logs(case))
        .filter(|log| std::fs::read(log).expect("a log").starts_with(b"\xFF\xFE") == utf16)
        .collect();
    assert!(!logs.is_empty());
    logs
}

#[test]
fn standard_input_gives_the_sessions_of_the_file() {
    let corpus = corpus::write();
    let mut logs = logs(false);
    logs.extend(corpus.logs.iter().take(2).cloned());
    piped_as_read(&logs);
}

#[test]
fn standard_input_in_utf16_gives_the_sessions_of_the_file() {
    piped_as_read(&logs(true));
}

fn piped_as_read(logs: &[PathBuf]) {
    for log in logs {
        let file = run(["sessions".as_ref(), log.as_os_str()]);
        let bytes = std::fs::read(log).expect("a log");
        for threads in ["1", "3"] {
            let piped = Call::new(["sessions", "--threads", threads, "-"])
                .stdin(&bytes)
                .run();
            assert_eq!(piped.code, 0, "{}: {}", log.display(), piped.err);
            assert_eq!(nameless(&piped), nameless(&file), "{}", log.display());
        }
    }
}
