//! Standard error that cannot be written, which changes nothing.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use crate::program::PROGRAM;
use crate::usage::{CASE, folder, names, refused, write};

/// What standard error is.
#[derive(Debug, Clone, Copy)]
enum Broken {
    Closed,
    Full,
    ClosedPipe,
}

/// The exit code and standard output.
fn ends(arguments: &[&str], broken: Option<Broken>) -> (Option<i32>, Vec<u8>) {
    let redirected = match broken {
        Some(Broken::Closed) => "2>&-",
        Some(Broken::Full) => "2>/dev/full",
        Some(Broken::ClosedPipe) | None => "",
    };
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("exec \"$0\" \"$@\" {redirected}"), PROGRAM])
        .args(arguments)
        .stdin(Stdio::null());
    if let Some(Broken::ClosedPipe) = broken {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        command.stderr(writer);
    }
    let output = command.output().expect("the program starts");
    (output.status.code(), output.stdout)
}

#[test]
fn it_changes_neither_the_output_nor_the_exit_code() {
    let folder = refused("relay.contoso.com");
    write(&folder, "tenant/SendConnector.json", "[{\"Name\": ");
    write(
        &folder,
        "SEND2026110303-1.LOG",
        "\u{feff}#Log-type: SMTP Send Protocol Log\r\nx\r\n",
    );
    let path = folder.path().to_str().expect("UTF-8");
    for (arguments, code) in [
        // With warnings.
        (&["diagnose", "-f", "json", path][..], 2),
        (&["sessions", path], 2),
        (&["lint", path], 2),
        (&["sessions", "--progress", "always", path], 2),
        (&["diagnose", "--since", "2027-01-01", path], 2),
        // With an error.
        (&["diagnose", "no-such-folder"], 2),
        (&["diagnose"], 2),
        (&["diagnose", "--no-such-option"], 2),
        (&["sessions", "-o", "/no/such/folder", CASE], 2),
        (&["explain", "XYZ999"], 2),
        // Without either.
        (&["diagnose", CASE], 1),
        (&["--help"], 0),
    ] {
        let usual = ends(arguments, None);
        assert_eq!(usual.0, Some(code), "{arguments:?}");
        for broken in [Broken::Closed, Broken::Full, Broken::ClosedPipe] {
            assert_eq!(
                ends(arguments, Some(broken)),
                usual,
                "{arguments:?}, {broken:?}"
            );
        }
    }
}

#[test]
fn a_file_is_written_whole_all_the_same() {
    let input = refused("relay.contoso.com");
    write(&input, "tenant/SendConnector.json", "[{\"Name\": ");
    let input = input.path().to_str().expect("UTF-8");
    for broken in [Broken::Closed, Broken::Full, Broken::ClosedPipe] {
        let folder = folder();
        let file = folder.path().join("a.ndjson");
        let file = file.to_str().expect("UTF-8");
        let (code, out) = ends(&["sessions", "-o", file, input], Some(broken));
        assert_eq!((code, out.len()), (Some(2), 0), "{broken:?}");
        assert_eq!(names(folder.path()), ["a.ndjson"], "{broken:?}");
        // A run that fails leaves nothing.
        let missing = format!("{file}.2");
        let (code, _) = ends(
            &["sessions", "-o", &missing, "no-such-folder"],
            Some(broken),
        );
        assert_eq!(code, Some(2), "{broken:?}");
        assert_eq!(names(folder.path()), ["a.ndjson"], "{broken:?}");
    }
}
