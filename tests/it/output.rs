//! Where data goes, and what text looks like: whole files, a closed pipe, colours, widths.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::Value;

use crate::formats::FORMATS;
use crate::program::{Call, PROGRAM, Run, run};
use crate::sample;
use crate::usage::{CASE, diagnose, folder, names, on, refused, refuses, write};

#[test]
fn a_file_is_written_whole_and_alone() {
    let reports = FORMATS.iter().map(|format| ("diagnose", *format));
    let tables = [("sessions", "csv"), ("certificates", "json")];
    for (command, format) in reports.chain(tables) {
        let folder = folder();
        let file = folder.path().join("report");
        std::fs::write(&file, "an older report").expect("a file");
        let path = file.to_str().expect("UTF-8");
        let written = run([command, "-f", format, "-o", path, CASE]);
        let printed = run([command, "-f", format, CASE]);
        assert_eq!(written.code, printed.code);
        assert!(written.out.is_empty());
        let content = std::fs::read_to_string(&file).expect("the report");
        // A table begins with a mark in a file only.
        let content = content.trim_start_matches('\u{FEFF}');
        assert_eq!(
            content,
            printed.text(),
            "{command} -f {format}: the file is not what is printed"
        );
        assert_eq!(names(folder.path()), ["report"]);
    }
}

#[test]
fn an_unwritable_output_is_known_before_the_work() {
    let folder = folder();
    let into = folder.path().join("missing/report.json");
    let run_into = run(["diagnose", "-o", into.to_str().expect("UTF-8"), CASE]);
    refuses(&run_into, 2, &["report.json"]);
    let taken = run([
        "diagnose",
        "-o",
        folder.path().to_str().expect("UTF-8"),
        CASE,
    ]);
    refuses(&taken, 2, &["folder"]);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_failed_run_leaves_the_older_file() {
    let folder = folder();
    let file = folder.path().join("report.json");
    std::fs::write(&file, "an older report").expect("a file");
    let path = file.to_str().expect("UTF-8");
    let failed = run(["diagnose", "-f", "json", "-o", path, "no-such-folder"]);
    refuses(&failed, 2, &["no-such-folder"]);
    assert_eq!(names(folder.path()), ["report.json"]);
    let content = std::fs::read_to_string(&file).expect("the file");
    assert_eq!(content, "an older report");
}

#[test]
fn an_output_inside_the_input_does_not_read_itself() {
    let folder = refused("relay.contoso.com");
    let plain = diagnose(folder.path()).json();
    let file = folder.path().join("report.json");
    let path = file.to_str().expect("UTF-8");
    let written = on("diagnose", &["-f", "json", "-o", path], folder.path());
    assert_eq!(written.code, 1, "{}", written.err);
    let content = std::fs::read(&file).expect("the report");
    let report: Value = serde_json::from_slice(&content).expect("JSON");
    assert_eq!(report["input"]["skipped"], plain["input"]["skipped"]);
    // The report of the run before is neither an export nor trouble.
    let again = diagnose(folder.path());
    assert_eq!(again.code, 1, "{}", again.err);
    assert_eq!(again.json()["tenants"], plain["tenants"]);
    assert_eq!(again.json()["incidents"], plain["incidents"]);
}

#[cfg(unix)]
#[test]
fn an_output_file_has_the_permissions_of_a_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let file = folder.path().join("report.json");
    let other = folder.path().join("other");
    std::fs::write(&other, "a new file").expect("a file");
    let path = file.to_str().expect("UTF-8");
    assert_eq!(run(["diagnose", "-f", "json", "-o", path, CASE]).code, 1);
    let mode = |path: &Path| {
        let mode = std::fs::metadata(path)
            .expect("a file")
            .permissions()
            .mode();
        format!("{:o}", mode & 0o777)
    };
    assert_eq!(mode(&file), mode(&other));
}

#[test]
fn a_closed_pipe_is_success() {
    let corpus = crate::corpus::write();
    for (command, format) in [
        ("sessions", "ndjson"),
        ("sessions", "csv"),
        ("sessions", "json"),
    ] {
        let mut child = Command::new(PROGRAM)
            .args([command, "-f", format])
            .arg(corpus.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        assert!(line.ends_with('\n'));
        drop(out);
        let mut err = String::new();
        let mut pipe = child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut err).expect("standard error");
        let status = child.wait().expect("an end");
        assert_eq!(status.code(), Some(0), "{command} -f {format}: {err}");
        assert_eq!(err, "", "{command} -f {format}");
    }
}

#[test]
fn standard_output_carries_data_only() {
    let folder = refused("relay.contoso.com");
    write(&folder, "tenant/InboundConnector.xml", "<Objs><Obj");
    for options in [&[][..], &["--progress", "always"]] {
        let sessions = on("sessions", options, folder.path());
        assert_eq!(sessions.code, 2);
        assert!(!sessions.err.is_empty());
        assert_eq!(sessions.lines().len(), 1);
        let mut json = vec!["-f", "json"];
        json.extend(options);
        let report = on("diagnose", &json, folder.path());
        assert_eq!(report.json()["input"]["sessions"], 1);
    }
    let quiet = on("sessions", &["--quiet"], folder.path());
    assert_eq!((quiet.code, quiet.err.as_str()), (2, ""));
    assert_eq!(quiet.lines().len(), 1);
    for case in sample::cases() {
        let sessions = run(["sessions", &sample::path(&case)]);
        assert!(sessions.lines().iter().all(Value::is_object));
        assert_eq!(sessions.err, "", "{case}");
    }
}

#[test]
fn colour_is_for_terminals_only() {
    let escapes = |run: &Run| run.out.contains(&0x1b);
    let bare = Regex::new("\x1b\\[[0-9;]*m").expect("a pattern");
    for case in sample::cases() {
        let path = sample::path(&case);
        let plain = run(["diagnose", &path]);
        assert!(!escapes(&plain), "{case}: redirected");
        let no_color = Call::new(["diagnose", &path])
            .variable("NO_COLOR", "1")
            .run();
        assert_eq!(no_color, plain, "{case}: NO_COLOR");
        assert_eq!(
            run(["diagnose", "--color", "never", &path]),
            plain,
            "{case}"
        );
        let coloured = run(["diagnose", "--color", "always", &path]);
        assert!(escapes(&coloured), "{case}: always");
        assert_eq!(
            bare.replace_all(coloured.text(), ""),
            plain.text(),
            "{case}"
        );
    }
}

#[test]
fn no_line_of_the_report_is_wider_than_80_columns() {
    let mut wide = Vec::new();
    // The place of a row is not broken: it is meant to be copied.
    let place = Regex::new(r"^     \S+:\d+$").expect("a pattern");
    for case in sample::cases() {
        let report = run(["diagnose", "--full", &sample::path(&case)]);
        let long = report.text().lines().filter(|line| {
            unicode_width::UnicodeWidthStr::width(*line) > 80 && !place.is_match(line)
        });
        wide.extend(long.map(|line| format!("{case}: {line}")));
    }
    assert_eq!(wide, Vec::<String>::new());
}

#[test]
fn addresses_in_the_report_are_not_broken_over_lines() {
    for case in sample::cases() {
        let path = sample::path(&case);
        let report = run(["diagnose", "-f", "json", &path]).json();
        let text = run(["diagnose", "--full", &path]);
        let replies = report["incidents"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|incident| incident["replies"].as_array().into_iter().flatten());
        for reply in replies {
            let reply = reply["text"].as_str().expect("a text");
            for word in reply
                .split_whitespace()
                .filter(|word| word.starts_with("http"))
            {
                assert!(text.text().contains(word), "{case}: {word} is broken");
            }
        }
    }
}

/// Waits until a condition holds.
#[cfg(target_os = "linux")]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed().as_secs() < 30, "{what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// A run that waits for more of its log, and the folder that it writes to.
#[cfg(target_os = "linux")]
struct Waiting {
    folder: tempfile::TempDir,
    program: std::process::Child,
    /// It stays open, so that the run cannot end by itself.
    _input: std::process::ChildStdin,
}

#[cfg(target_os = "linux")]
impl Waiting {
    /// Where the tests run in the background, Ctrl-C may be ignored: options of `env` let it through.
    fn new(env: &[&str]) -> Waiting {
        let folder = folder();
        let log = std::fs::read(first_log("healthy")).expect("log");
        let mut program = Command::new("env")
            .args(env)
            .args([PROGRAM, "sessions", "-", "-o"])
            .arg(folder.path().join("sessions.ndjson"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("program");
        let mut input = program.stdin.take().expect("standard input");
        std::io::Write::write_all(&mut input, &log).expect("write");
        let waiting = Waiting {
            folder,
            program,
            _input: input,
        };
        eventually("no part file", || names(waiting.folder.path()).len() == 1);
        waiting
    }

    fn send(&self, signal: &str) {
        let number = self.program.id().to_string();
        let kill = Command::new("kill").args(["-s", signal, &number]).status();
        assert!(kill.expect("kill").success());
    }

    /// The exit code and the files that are left.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let end = self.program.wait().expect("end");
        (end.code(), names(self.folder.path()))
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_leaves_no_half_file() {
    for (signal, number) in [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ABRT", 6),
        ("USR1", 10),
        ("USR2", 12),
        ("ALRM", 14),
        ("TERM", 15),
        ("XCPU", 24),
        ("VTALRM", 26),
        ("PROF", 27),
        ("IO", 29),
    ] {
        let waiting = Waiting::new(&["--default-signal"]);
        waiting.send(signal);
        let end = waiting.end();
        assert_eq!(end, (Some(128 + number), Vec::new()), "{signal}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let waiting = Waiting::new(&["--default-signal=TERM", "--ignore-signal=HUP"]);
    waiting.send("HUP");
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(names(waiting.folder.path()).len(), 1);
    waiting.send("TERM");
    assert_eq!(waiting.end(), (Some(143), Vec::new()));
}

#[cfg(target_os = "linux")]
fn first_log(case: &str) -> std::path::PathBuf {
    let mut waiting = vec![std::path::PathBuf::from(sample::path(case))];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("folder");
            waiting.extend(entries.map(|entry| entry.expect("entry").path()));
        } else if path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("log"))
        {
            return path;
        }
    }
    panic!("{case} has no log");
}
