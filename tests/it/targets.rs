//! Where output goes: the format that its ending chooses, no input that it replaces, and whether it can
//! be written at all.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::corpus::Session;
use crate::program::{Call, Run, run};
use crate::usage::{CASE, folder, names, on, refused, refuses, write};
use crate::zip_file::{Member, zip};

const MARK: &str = "\u{FEFF}";

pub(crate) fn text_of(path: &Path) -> String {
    fs::read_to_string(path).expect("UTF-8")
}

/// Writes to this name in a new folder, and returns what is there then.
fn written(command: &str, options: &[&str], name: &str) -> String {
    let folder = folder();
    let file = folder.path().join(name);
    let mut options = options.to_vec();
    options.extend(["-o", file.to_str().expect("UTF-8")]);
    let run = on(command, &options, Path::new(CASE));
    assert!(run.code < 2, "{command} {options:?}: {}", run.err);
    assert_eq!(names(folder.path()), [name]);
    text_of(&file)
}

#[test]
fn the_ending_chooses_the_format() {
    for (command, endings) in [
        (
            "diagnose",
            &[
                ("a.json", "json"),
                ("a.ndjson", "ndjson"),
                ("a.CSV", "csv"),
                ("a.md", "markdown"),
                ("a.html", "html"),
                ("a.txt", "text"),
                ("a.report", "text"),
            ][..],
        ),
        ("lint", &[("a.json", "json"), ("a", "text")]),
        (
            "sessions",
            &[
                ("a.json", "json"),
                ("a.csv", "csv"),
                ("a.txt", "text"),
                ("a.log", "ndjson"),
            ],
        ),
        ("certificates", &[("a.ndjson", "ndjson"), ("a.csv", "csv")]),
    ] {
        for (name, format) in endings {
            let chosen = written(command, &[], name);
            let asked = written(command, &["-f", format], name);
            assert_eq!(chosen, asked, "{command} -o {name}");
            let other = written(command, &["-f", "json"], name);
            assert_eq!(chosen == other, *format == "json", "{command} -o {name}");
        }
    }
    let folder = folder();
    let file = folder.path().join("answer.json");
    let options = ["-o", file.to_str().expect("UTF-8"), "mail.contoso.com"];
    on("preflight", &options, Path::new(CASE));
    assert!(text_of(&file).starts_with('{'), "{}", text_of(&file));
}

#[test]
fn an_ending_that_the_command_does_not_write_is_refused() {
    for (command, name) in [
        ("sessions", "a.html"),
        ("certificates", "a.md"),
        ("diagnose", "a.parquet"),
    ] {
        let folder = folder();
        let file = folder.path().join(name);
        let refused = on(
            command,
            &["-o", file.to_str().expect("UTF-8")],
            Path::new(CASE),
        );
        refuses(&refused, 2, &[name, "-f", "json"]);
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn a_table_in_a_file_begins_with_a_mark_for_spreadsheets() {
    for command in ["diagnose", "lint", "sessions", "certificates"] {
        let printed = run([command, "-f", "csv", CASE]);
        assert!(!printed.text().starts_with(MARK), "{command}");
        let file = written(command, &[], "a.csv");
        let content = file.strip_prefix(MARK);
        assert_eq!(content, Some(printed.text()), "{command}");
    }
    let json = written("diagnose", &[], "a.json");
    assert!(!json.starts_with(MARK));
}

#[cfg(target_os = "linux")]
#[test]
fn a_table_on_standard_output_has_no_mark() {
    let printed = run(["sessions", "-f", "csv", "-o", "/dev/stdout", CASE]);
    assert!(printed.text().starts_with("stream,"), "{}", printed.text());
}

#[test]
fn cells_are_whole_for_every_delimiter() {
    let session = Session {
        connector: "Out; to Exchange Online",
        ..Session::default()
    };
    let folder = refused("relay.contoso.com");
    write(&folder, "logs/SEND2026110302-1.LOG", session.log());
    for command in ["diagnose", "sessions", "certificates"] {
        let run = on(command, &["-f", "csv"], folder.path());
        let cell = ",\"Out; to Exchange Online\",";
        let text = format!(",{}", run.text().replace('\n', "\n,"));
        assert!(text.contains(cell), "{command}: {}", run.text());
        // Names of a certificate are a list with semicolons.
        let bare = run
            .text()
            .split('"')
            .step_by(2)
            .any(|text| text.contains([';', '\t']));
        assert!(!bare, "{command}: {}", run.text());
    }
}

/// A folder with a log, exports and what else is found beside them.
pub(crate) fn input() -> TempDir {
    let folder = refused("relay.contoso.com");
    let log = Session::default().log();
    let received = log.replace("SMTP Send Protocol Log", "SMTP Receive Protocol Log");
    write(&folder, "logs/RECV2026110302-1.LOG", received);
    let member = Member::new("EX02/SEND2026110302-1.LOG", log.as_bytes());
    write(&folder, "case.zip", zip(&[member]));
    let certificate = fs::read("tests/it/certificates/smtp-contoso-net.pem").expect("a file");
    write(&folder, "new.pem", certificate);
    write(
        &folder,
        "on-premises/SendConnector.json",
        "[{\"Name\": \"Out\", ",
    );
    folder
}

/// The output would replace this input: nothing is written, and the file stays.
pub(crate) fn refuses_to_replace(call: Call, input: &Path, folder: &TempDir) {
    let before = fs::read(input).expect("an input");
    let count = files(folder.path()).len();
    let run = call.run();
    refuses(&run, 2, &["this file is read", "Choose another name"]);
    assert_eq!(
        fs::read(input).expect("an input"),
        before,
        "{}",
        input.display()
    );
    assert_eq!(files(folder.path()).len(), count, "a file is left or gone");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter();
    let paths = entries.map(|entry| entry.expect("an entry").into_path());
    paths.filter(|path| path.is_file()).collect()
}

pub(crate) fn onto(command: &str, target: &Path) -> Call {
    Call::new([command, "-f", "json", "-o"]).argument(target)
}

#[test]
fn no_input_in_a_folder_is_replaced() {
    let folder = input();
    for name in [
        "logs/SEND2026110302-1.LOG",
        "logs/RECV2026110302-1.LOG",
        "tenant/InboundConnector.json",
        "tenant/AcceptedDomain.json",
        "case.zip",
        "new.pem",
        // It cannot be read, but it is what should be.
        "on-premises/SendConnector.json",
    ] {
        let target = folder.path().join(name);
        for command in ["diagnose", "sessions", "certificates", "lint"] {
            let call = onto(command, &target).argument(folder.path());
            refuses_to_replace(call, &target, &folder);
        }
    }
}

#[test]
fn no_input_that_is_named_is_replaced() {
    let folder = input();
    let path = |name: &str| folder.path().join(name);
    let log = path("logs/SEND2026110302-1.LOG");
    let pattern = path("logs/SEND*.LOG");
    for named in [log.clone(), pattern, path("logs/../logs")] {
        let call = onto("sessions", &log).argument(&named);
        refuses_to_replace(call, &log, &folder);
    }
    let archive = path("case.zip");
    let call = onto("diagnose", &archive).argument(&archive);
    refuses_to_replace(call, &archive, &folder);
    let export = path("tenant/InboundConnector.json");
    for option in ["--tenant", "--on-prem"] {
        for named in [export.clone(), path("tenant")] {
            let call = onto("diagnose", &export);
            let call = call.argument(&log).argument(option).argument(&named);
            if option == "--tenant" || named == export {
                refuses_to_replace(call, &export, &folder);
            }
        }
    }
    let certificate = path("new.pem");
    let call = onto("preflight", &certificate);
    let call = call.argument(&certificate).argument(path("tenant"));
    refuses_to_replace(call, &certificate, &folder);
}

#[cfg(unix)]
#[test]
fn no_input_is_replaced_through_a_link() {
    let folder = input();
    let other = tempfile::tempdir().expect("a folder");
    for name in [
        "logs/SEND2026110302-1.LOG",
        "tenant/InboundConnector.json",
        "case.zip",
    ] {
        let input = folder.path().join(name);
        let soft = other.path().join("soft.json");
        let hard = other.path().join("hard.json");
        std::os::unix::fs::symlink(&input, &soft).expect("a link");
        fs::hard_link(&input, &hard).expect("a link");
        for target in [&soft, &hard] {
            let call = onto("diagnose", target).argument(folder.path());
            refuses_to_replace(call, &input, &folder);
            assert!(target.exists());
        }
        fs::remove_file(&soft).expect("a link");
        fs::remove_file(&hard).expect("a link");
    }
    // The folder itself through a link.
    let link = other.path().join("link");
    std::os::unix::fs::symlink(folder.path(), &link).expect("a link");
    let log = folder.path().join("logs/SEND2026110302-1.LOG");
    refuses_to_replace(onto("sessions", &log).argument(&link), &log, &folder);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_on_standard_input_is_not_replaced() {
    let folder = input();
    let log = folder.path().join("logs/SEND2026110302-1.LOG");
    let before = fs::read(&log).expect("a log");
    for named in ["-", "/dev/stdin"] {
        let run = std::process::Command::new(crate::program::PROGRAM)
            .args(["sessions", named, "-o"])
            .arg(&log)
            .stdin(fs::File::open(&log).expect("a log"))
            .output()
            .expect("the program starts");
        assert_eq!(run.status.code(), Some(2), "{named}: {run:?}");
        assert_eq!(fs::read(&log).expect("a log"), before, "{named}");
    }
}

/// Writes a report into the folder of its input, again and again.
fn replaced(name: &str, options: &[&str]) {
    let folder = refused("relay.contoso.com");
    let file = folder.path().join(name);
    let options = [options, &["-o", file.to_str().expect("UTF-8")]].concat();
    let bare = on("diagnose", &["-f", "json"], folder.path()).json();
    let mut reports = Vec::new();
    for _ in 0..3 {
        let run = on("diagnose", &options, folder.path());
        assert_eq!(run.code, 1, "{options:?}: {}", run.err);
        reports.push(text_of(&file));
    }
    // The second and the third name the one before.
    assert_eq!(reports[1], reports[2], "{options:?}");
    let beside = on("diagnose", &["-f", "json"], folder.path()).json();
    for part in "incidents findings tenants on_premises not_judged".split(' ') {
        assert_eq!(beside[part], bare[part], "{options:?}: {part}");
    }
    for part in ["records", "malformed_lines", "notes"] {
        assert_eq!(
            beside["input"][part], bare["input"][part],
            "{options:?}: {part}"
        );
    }
}

#[test]
fn the_report_of_an_earlier_run_is_replaced() {
    for language in ["--lang=en", "--lang=ja"] {
        for name in ["a.json", "a.ndjson", "a.csv", "a.md", "a.html", "a.txt"] {
            replaced(name, &[language]);
        }
        replaced("a.txt", &[language, "--full"]);
    }
    for name in ["a.json", "a.ndjson", "a.csv", "a.txt"] {
        for command in ["sessions", "certificates"] {
            let folder = refused("relay.contoso.com");
            let file = folder.path().join(name);
            let options = ["-o", file.to_str().expect("UTF-8")];
            for _ in 0..2 {
                let run = on(command, &options, folder.path());
                assert_eq!((run.code, run.err.as_str()), (0, ""), "{command} {name}");
            }
        }
    }
}

/// Standard input stays open, so the run ends only if it reads no log.
pub(crate) fn ends_before_the_logs(target: &Path, words: &[&str]) {
    let mut program = std::process::Command::new(crate::program::PROGRAM)
        .args(["sessions", "-", "-o"])
        .arg(target)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let input = program.stdin.take();
    let begun = std::time::Instant::now();
    while program.try_wait().expect("a program").is_none() {
        if begun.elapsed().as_secs() > 30 {
            program.kill().expect("a program");
            panic!("{}: the log is waited for", target.display());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(input);
    let output = program.wait_with_output().expect("an end");
    let run = Run {
        code: output.status.code().unwrap_or(-1),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    refuses(&run, 2, words);
}

#[test]
fn the_output_is_tried_before_any_log_is_read() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    write(&folder, "file", "a file");
    write(&folder, "locked.ndjson", "an older report");
    let mut rights = fs::metadata(path("locked.ndjson"))
        .expect("a file")
        .permissions();
    rights.set_readonly(true);
    fs::set_permissions(path("locked.ndjson"), rights).expect("a file");
    for (target, words) in [
        (path("missing/a.ndjson"), &["a.ndjson", "folder"][..]),
        (path("file/a.ndjson"), &["a.ndjson", "folder"]),
        (path("."), &["folder"]),
        (
            path("locked.ndjson"),
            &["locked.ndjson", "read-only", "another name"],
        ),
    ] {
        ends_before_the_logs(&target, words);
    }
    assert_eq!(names(folder.path()), ["file", "locked.ndjson"]);
    assert_eq!(text_of(&path("locked.ndjson")), "an older report");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_rights_and_its_owner() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let folder = folder();
    let file = folder.path().join("report.json");
    for mode in [0o600, 0o640, 0o664, 0o4755] {
        fs::write(&file, "an older report").expect("a file");
        // Only the administrator can give a file away.
        let given = chown(&file, Some(1234), Some(2345)).is_ok();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a file");
        let options = ["-o", file.to_str().expect("UTF-8")];
        assert_eq!(on("diagnose", &options, Path::new(CASE)).code, 1);
        assert!(text_of(&file).starts_with('{'));
        let known = fs::metadata(&file).expect("a file");
        assert_eq!(format!("{:o}", known.mode() & 0o7777), format!("{mode:o}"));
        if given {
            assert_eq!((known.uid(), known.gid()), (1234, 2345));
        }
        fs::remove_file(&file).expect("a file");
    }
}
