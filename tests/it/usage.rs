//! Wrong use and broken input: a sentence, the right exit code, and a report of what can be read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::corpus::{HEADER, Session, tenant};
use crate::powershell;
use crate::program::{Run, causes, run};
use crate::sample;

pub(crate) const CASE: &str = "sample-logs/renamed-certificate";

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn write(folder: impl AsRef<Path>, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.as_ref().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, content).expect("a file");
    path
}

/// A folder with a log of one rejected session and the exports of a tenant that expects `name`.
pub(crate) fn refused(name: &str) -> TempDir {
    let folder = folder();
    write(
        &folder,
        "logs/SEND2026110302-1.LOG",
        Session::default().log(),
    );
    tenant(&folder.path().join("tenant"), name);
    folder
}

pub(crate) fn on(command: &str, options: &[&str], path: &Path) -> Run {
    let mut arguments = vec![OsStr::new(command)];
    arguments.extend(options.iter().map(OsStr::new));
    arguments.push(path.as_os_str());
    run(arguments)
}

pub(crate) fn diagnose(path: &Path) -> Run {
    on("diagnose", &["-f", "json"], path)
}

/// One sentence on standard error that names all of these, and nothing on standard output.
pub(crate) fn refuses(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(run.out.is_empty(), "{run:?}");
    for word in words {
        assert!(run.err.contains(word), "no {word} in: {}", run.err);
    }
}

/// The names in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_path_is_needed() {
    for command in ["diagnose", "sessions", "certificates"] {
        refuses(&run([command]), 2, &["PATH", "standard input"]);
    }
}

#[test]
fn no_command_and_unknown_options_are_wrong_use() {
    assert_eq!(run::<&str>([]).code, 2);
    for arguments in [
        &["diagnose", "--no-such-option", CASE][..],
        &["diagnose", "--format", "pdf", CASE],
        &["diagnose", "--threads", "0", CASE],
        &["diagnose", "--threads", "many", CASE],
        &["diagnose", "--since", "yesterday", CASE],
        &["diagnose", "--until", "2026-13-01", CASE],
        &["diagnose", "--connector", "[", CASE],
        &["explain", "XYZ999"],
        &["no-such-command"],
    ] {
        let run = run(arguments);
        refuses(&run, 2, &[]);
        assert!(!run.err.trim().is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_data() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["diagnose", "--help"],
        &["man"],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 0);
        assert!(run.text().contains("sendlens") && run.err.is_empty());
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(["completions", shell]);
        assert!(script.code == 0 && script.text().contains("sendlens"));
        // Values of options, of arguments, and codes.
        for value in ["markdown", "mmap", "always", "elvish", "CRT004", "SND102"] {
            assert!(script.text().contains(value), "{shell}: {value}");
        }
    }
}

#[test]
fn powershell_completes_values_behind_options_and_codes_behind_explain() {
    let script = run(["completions", "powershell"]).text().to_owned();
    // The script can be taken apart: quotes and brackets are closed, and no text runs code.
    powershell::parts(&script);
    // Windows PowerShell reads the output of a program in the code page of the console.
    assert!(script.is_ascii());
    let place = |key: &str| {
        let begin = format!("        '{key}' = @(\n");
        let (_, rest) = script
            .split_once(&begin)
            .unwrap_or_else(|| panic!("no {key}"));
        let (choices, _) = rest.split_once("        )\n").expect("an end");
        let choice = |line: &str| {
            let (_, line) = line.split_once("@('").expect("a choice");
            line.split_once('\'').expect("a text").0.to_owned()
        };
        choices.lines().map(choice).collect::<Vec<_>>()
    };
    let formats = ["text", "json", "ndjson", "csv", "markdown", "html"];
    assert_eq!(place("diagnose --format"), formats);
    assert_eq!(place("diagnose -f"), formats);
    assert_eq!(place("sessions --io"), ["auto", "mmap", "read"]);
    assert_eq!(place("lint --color"), ["auto", "always", "never"]);
    assert_eq!(place("lint --progress"), ["auto", "always", "never"]);
    assert!(place("completions ").contains(&"powershell".to_owned()));
    assert!(place("explain ").contains(&"ATT001".to_owned()));
    assert!(place("diagnose --select").contains(&"CON101".to_owned()));
    assert!(place(" ").contains(&"diagnose".to_owned()));
    // Paths are completed by PowerShell itself.
    assert_eq!(place("diagnose --output"), Vec::<String>::new());
}

#[test]
fn a_missing_path_is_named() {
    let missing = run(["diagnose", "no-such-folder"]);
    refuses(&missing, 2, &["no-such-folder"]);
    let glob = run(["diagnose", "no-such-folder/*.LOG"]);
    refuses(&glob, 2, &["no-such-folder"]);
}

#[test]
fn what_can_be_read_is_reported_beside_a_missing_path() {
    let run = run(["diagnose", "-f", "json", CASE, "no-such-folder"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no-such-folder"));
    assert_eq!(causes(&run.json()), ["CRT004"]);
}

#[test]
fn nothing_usable_is_exit_3() {
    let empty = folder();
    for command in ["diagnose", "sessions", "certificates"] {
        refuses(&on(command, &[], empty.path()), 3, &["SmtpSend"]);
    }
    write(&empty, "SEND2026110302-1.LOG", "");
    refuses(&diagnose(empty.path()), 3, &["SmtpSend"]);
}

#[test]
fn receive_logs_alone_are_exit_3() {
    let receive = folder();
    let log = "sample-logs/healthy/RECV2026111308-1.LOG";
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join(log);
    write(
        &receive,
        "RECV2026111308-1.LOG",
        std::fs::read(log).expect("a log"),
    );
    refuses(&diagnose(receive.path()), 3, &["receive log", "SmtpSend"]);
}

#[test]
fn exports_alone_are_exit_3() {
    let exports = folder();
    tenant(exports.path(), "mail.contoso.com");
    refuses(&diagnose(exports.path()), 3, &["export", "SmtpSend"]);
}

#[test]
fn a_header_without_rows_is_exit_3() {
    let headers = folder();
    write(&headers, "SEND2026110302-1.LOG", HEADER);
    refuses(&diagnose(headers.path()), 3, &["protocol logging is off"]);
}

#[test]
fn an_export_that_is_none_is_said_and_the_report_printed() {
    let mut silent = Vec::new();
    for garbage in [
        &b"this is no export at all"[..],
        b"[{\"Name\": \"Inbound from contoso\", \"TlsSenderCer",
        b"\x00\x01\x02\xff\xfe",
        b"",
    ] {
        let folder = refused("mail.contoso.com");
        write(&folder, "tenant/InboundConnector.json", garbage);
        let run = diagnose(folder.path());
        assert_eq!(run.json()["input"]["sessions"], 1);
        assert_eq!(causes(&run.json()), ["ATT006"]);
        if run.code != 2 || !run.err.contains("InboundConnector.json") {
            let garbage = String::from_utf8_lossy(garbage);
            silent.push(format!("{garbage:?}: exit {}, {:?}", run.code, run.err));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn lists_that_an_export_lost_accuse_nobody() {
    let folder = refused("mail.contoso.com");
    std::fs::remove_file(folder.path().join("tenant/InboundConnector.json")).expect("an export");
    let export = "\"Name\",\"Enabled\",\"ConnectorType\",\"SenderIPAddresses\",\"SenderDomains\",\"RequireTls\",\"TlsSenderCertificateName\"\r\n\
        \"Inbound from contoso\",\"True\",\"OnPremises\",\"System.Collections.ArrayList\",\"System.Collections.ArrayList\",\"False\",\"\"\r\n";
    write(&folder, "tenant/InboundConnector.csv", export);
    let run = diagnose(folder.path());
    assert!(run.code < 2, "{run:?}");
    let report = run.json();
    for code in causes(&report) {
        // The address may be in the list that was lost: neither "not listed" nor "nobody".
        assert!(
            !["CON003", "CON004", "CRT001"].contains(&code.as_str()),
            "{code}"
        );
    }
    let text = on("diagnose", &["--full"], folder.path());
    let all = format!("{}{}", text.text(), text.err).replace('\n', " ");
    assert!(
        all.contains("JSON") || all.contains("ConvertTo-Json"),
        "{all}"
    );
    assert!(all.contains("SenderIPAddresses"), "{all}");
}

#[test]
fn a_log_cut_in_half_still_works() {
    for case in sample::cases() {
        for log in sample::logs(&case) {
            let content = std::fs::read(&log).expect("a log");
            if content.len() < 6_000 {
                continue;
            }
            let folder = folder();
            write(
                &folder,
                "SEND2026110302-1.LOG",
                &content[..content.len() / 2],
            );
            let run = diagnose(folder.path());
            assert!(run.code < 2, "{}: {run:?}", log.display());
            let input = run.json()["input"].clone();
            assert!(input["records"].as_u64() > Some(0), "{}", log.display());
            let malformed = input["malformed_lines"].as_u64();
            assert!(malformed <= Some(1), "{}: {input}", log.display());
        }
    }
}

#[test]
fn the_cause_survives_a_cut_tail() {
    let folder = refused("relay.contoso.com");
    let log = Session::default().log();
    let cut = log.find("QUIT").expect("QUIT");
    write(&folder, "logs/SEND2026110302-1.LOG", &log[..cut]);
    let report = diagnose(folder.path()).json();
    assert_eq!(causes(&report), ["CRT005"]);
    let sessions = on("sessions", &[], folder.path()).lines();
    assert_eq!(sessions[0]["completeness"], "no_end");
}
