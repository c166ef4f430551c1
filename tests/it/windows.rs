//! What only Windows has: prefixed paths, shares, file systems without regard to case, the console,
//! its way to quote, files that another program holds, and names of devices. `tests/windows.sh` runs these tests elsewhere.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::corpus::Session;
use crate::program::{Run, run};
use crate::targets::{ends_before_the_logs, input, onto, refuses_to_replace, text_of};
use crate::usage::{CASE, diagnose, folder, names, on, refuses, write};

/// Where the log lies below the folder of a server.
const HUB: &str = r"TransportRoles\Logs\Hub\ProtocolLog\SmtpSend";

/// A folder with a log of the server EX01.
fn server() -> TempDir {
    let folder = folder();
    let name = format!(r"EX01\{HUB}\SEND2026110302-1.LOG");
    write(&folder, &name, Session::default().log());
    folder
}

/// A path without the prefix that `canonicalize` puts in front of it.
fn plain(path: &Path) -> String {
    let whole = path.canonicalize().expect("a folder");
    let whole = whole.to_str().expect("UTF-8");
    whole.strip_prefix(r"\\?\").unwrap_or(whole).to_owned()
}

fn stream(run: &Run) -> String {
    assert!(matches!(run.code, 0 | 1), "{run:?}");
    let report = run.json();
    let streams = report["input"]["streams"].as_array().expect("a list");
    let [stream] = &streams[..] else {
        panic!("not one stream: {streams:?}");
    };
    let name = stream["name"].as_str().expect("a name");
    name.to_owned()
}

#[test]
fn a_prefix_is_no_server() {
    let folder = server();
    let path = plain(folder.path());
    let slashes = path.replace('\\', "/");
    for typed in [
        path.clone(),
        format!(r"\\?\{path}"),
        format!(r"\\.\{path}"),
        format!("//./{slashes}"),
        format!(r"\\?\{path}\EX01\{HUB}"),
        format!(r"\\?\{path}\EX01\{HUB}\SEND2026110302-1.LOG"),
    ] {
        let run = diagnose(Path::new(&typed));
        assert_eq!(stream(&run), "EX01/Hub", "{typed}");
    }
}

/// On a server itself, everything up to the drive is the installation: no part of it is a server.
#[test]
fn a_prefixed_drive_names_no_server() {
    let folder = folder();
    let name = format!(r"V15\{HUB}\SEND2026110302-1.LOG");
    write(&folder, &name, Session::default().log());
    let typed = format!(r"\\?\{}\V15\{HUB}", plain(folder.path()));
    assert_eq!(stream(&diagnose(Path::new(&typed))), "Hub");
}

/// `tests/windows.sh` makes this share; on Windows itself administrators have it.
const SHARE: &str = r"\\localhost\c$";

#[test]
fn a_share_names_its_server_in_every_form() {
    if !Path::new(SHARE).exists() {
        assert!(
            std::env::var_os("SENDLENS_SHARE").is_none(),
            "{SHARE} is not there"
        );
        eprintln!("{SHARE} is not there: only the other tests of paths were run");
        return;
    }
    let folder = folder();
    let name = format!(r"{HUB}\SEND2026110302-1.LOG");
    write(&folder, &name, Session::default().log());
    let path = plain(folder.path());
    let (drive, below) = path.split_at(2);
    assert_eq!(drive, "C:", "the temporary folder is on drive C:");
    let share = format!(r"localhost\c${below}\{HUB}");
    let slashes = share.replace('\\', "/");
    for typed in [
        format!(r"\\{share}"),
        format!("//{slashes}"),
        format!(r"\\?\UNC\{share}"),
        format!(r"\\{share}\*.log"),
        format!("//{slashes}/*.log"),
        format!(r"\\?\UNC\{share}\*.log"),
    ] {
        let run = diagnose(Path::new(&typed));
        assert_eq!(stream(&run), "localhost/Hub", "{typed}");
    }
}

#[test]
fn a_prefixed_path_that_is_missing_is_no_pattern() {
    let typed = format!(r"\\?\{}\missing", plain(folder().path()));
    let run = run(["diagnose", &typed]);
    refuses(&run, 2, &["missing", "no such file or folder"]);
}

#[test]
fn patterns_do_not_regard_case() {
    let folder = server();
    let path = plain(folder.path());
    let whole = diagnose(folder.path()).json();
    for pattern in [
        format!(r"{path}\EX01\{HUB}\*.log"),
        format!(r"{path}\EX01\{HUB}\send*.LOG"),
        format!(r"{path}\E*\{}", HUB.to_lowercase()),
        format!(r"{path}\e*\T*\l*\*\p*\S*\*.log"),
        format!(r"{path}\**\*.log"),
        format!(r"\\?\{path}\EX01\{HUB}\*.log"),
        path.replace('\\', "/") + "/ex0?/**/send[0-9]*.log",
    ] {
        let run = diagnose(Path::new(&pattern));
        assert!(matches!(run.code, 0 | 1), "{pattern}: {}", run.err);
        assert_eq!(stream(&run), "EX01/Hub", "{pattern}");
        let report: Value = run.json();
        assert_eq!(report["input"]["records"], whole["input"]["records"]);
    }
}

#[test]
fn a_file_is_read_once_whatever_its_case() {
    let folder = server();
    let path = plain(folder.path());
    let log = format!(r"{path}\EX01\{HUB}\SEND2026110302-1.LOG");
    let lower = log.to_lowercase();
    let prefixed = format!(r"\\?\{log}");
    let run = run(["diagnose", "-f", "json", &log, &lower, &prefixed]);
    assert_eq!(run.json()["input"]["files"], 1, "{}", run.err);
}

#[test]
fn a_quotation_mark_in_a_path_is_explained() {
    let swallowed = r#"C:\My Logs" -f json"#;
    for arguments in [
        &["diagnose", swallowed][..],
        &["lint", "--tenant", r#"contoso=C:\My Logs""#],
        &["sessions", ".", "-o", r#"C:\My Logs""#],
        &["preflight", "mail.contoso.com", swallowed],
    ] {
        let run = run(arguments);
        refuses(&run, 2, &[r"Leave out the last \ and write", r"C:\My Logs"]);
    }
}

/// The console of a test run, if there is one, is not the one to play with: the test runs itself
/// again in a new console without a window.
#[test]
fn colors_turn_on_the_codes_of_the_console() {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;

    let this = std::env::current_exe().expect("a program");
    let output = std::process::Command::new(this)
        .args(["--exact", "windows::in_a_console", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .creation_flags(CREATE_NO_WINDOW)
        .output()
        .expect("the test starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{err}"
    );
}

#[test]
#[ignore = "needs a console of its own, which another test makes"]
fn in_a_console() {
    use std::process::{Command, Stdio};
    use winapi_util::{HandleRef, console};
    const CODES: u32 = 0x0004;

    let screen = || {
        let mut options = std::fs::File::options();
        options.read(true).write(true);
        options.open("CONOUT$").expect("a console")
    };
    let mode = || console::mode(HandleRef::from_file(&screen())).expect("a mode");
    let classic = mode() & !CODES;
    let mode_after = |color: &str| {
        console::set_mode(HandleRef::from_file(&screen()), classic).expect("a mode");
        let status = Command::new(crate::program::PROGRAM)
            .args(["diagnose", "--color", color, crate::usage::CASE])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdout(Stdio::from(screen()))
            .status()
            .expect("the program starts");
        assert_eq!(status.code(), Some(1));
        mode()
    };
    assert_eq!(mode_after("auto"), classic | CODES);
    assert_eq!(mode_after("always"), classic | CODES);
    assert_eq!(mode_after("never"), classic);
}

#[test]
fn a_file_that_another_program_holds_open_is_named_before_the_logs_are_read() {
    use std::os::windows::fs::OpenOptionsExt as _;
    const SHARE_READ: u32 = 1;
    let folder = folder();
    write(&folder, "held.ndjson", "an older report");
    let file = folder.path().join("held.ndjson");
    let held = fs::File::options()
        .read(true)
        .share_mode(SHARE_READ)
        .open(&file);
    ends_before_the_logs(
        &file,
        &["held.ndjson", "another program has it open", "close it"],
    );
    drop(held);
    assert_eq!(names(folder.path()), ["held.ndjson"]);
    assert_eq!(text_of(&file), "an older report");
}

#[test]
fn the_device_for_nothing_takes_everything() {
    for device in ["NUL", "nul", r"\\.\NUL"] {
        let run = run(["diagnose", "-o", device, CASE]);
        assert_eq!((run.code, run.text()), (1, ""), "{device}: {}", run.err);
    }
}

#[test]
fn a_long_path_is_written() {
    let folder = folder();
    let deep = folder.path().join("a".repeat(100)).join("b".repeat(100));
    let deep = deep.join("c".repeat(100));
    fs::create_dir_all(&deep).expect("a folder");
    let file = deep.join("report.json");
    for _ in 0..2 {
        let run = on(
            "diagnose",
            &["-o", file.to_str().expect("UTF-8")],
            Path::new(CASE),
        );
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(text_of(&file).starts_with('{'));
        assert_eq!(names(&deep), ["report.json"]);
    }
}

#[test]
fn an_input_in_other_letters_is_not_replaced() {
    let folder = input();
    let log = folder.path().join("logs/SEND2026110302-1.LOG");
    let hard = folder.path().join("logs/hard.txt");
    fs::hard_link(&log, &hard).expect("a link");
    for name in ["LOGS\\send2026110302-1.log", "logs\\hard.txt"] {
        let target = folder.path().join(name);
        refuses_to_replace(onto("sessions", &target).argument(&log), &log, &folder);
    }
}
