//! What stands for a log: many files, links, pipes, long lines, large files that are none.

use crate::program::{Call, Run};
use crate::sample;
use crate::usage::{diagnose, folder, write};

fn log() -> Vec<u8> {
    std::fs::read(&sample::logs("certificate-mismatch")[0]).expect("a log")
}

fn incidents(run: &Run) -> usize {
    run.json()["incidents"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_line_that_is_too_long_is_malformed_in_every_way_of_reading() {
    let root = folder();
    let mut bytes = log();
    bytes.extend(b"2026-11-03T02:14:09.120Z,Outbound,08DE1A2B3C4D5E6F,0,,,+,,");
    bytes.resize(bytes.len() + 3_000_000, b'x');
    bytes.extend(b"\r\n");
    bytes.extend(log());
    let path = write(root.path(), "SEND2026110300-1.LOG", &bytes);
    let with = |io: &str| {
        let call = Call::new(["diagnose", "-f", "json", "--io", io]);
        call.argument(&path).run()
    };
    let read = with("read");
    assert_eq!(read.json()["input"]["malformed_lines"], 1, "{}", read.err);
    assert_eq!(with("mmap").json()["input"], read.json()["input"]);
    let piped = Call::new(["diagnose", "-f", "json", "-"])
        .stdin(&bytes)
        .run();
    let (mut piped, mut read) = (piped.json(), read.json());
    for report in [&mut piped, &mut read] {
        let input = report["input"].as_object_mut().expect("an object");
        input.remove("streams");
        input.remove("notes");
    }
    assert_eq!(piped["input"], read["input"]);
}

#[test]
fn the_same_log_in_utf16_has_the_same_rows_whatever_its_size() {
    let root = folder();
    let text = String::from_utf8(log()).expect("UTF-8").repeat(400);
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let plain = diagnose(&write(root.path(), "a/SEND1.LOG", text.as_bytes())).json();
    let path = write(root.path(), "b/SEND1.LOG", &utf16);
    let decoded = diagnose(&path).json();
    for field in ["records", "lines", "sessions", "malformed_lines"] {
        assert_eq!(decoded["input"][field], plain["input"][field], "{field}");
    }
    assert_eq!(decoded["input"]["bytes"], utf16.len());
    assert_eq!(
        decoded["incidents"][0]["rejected"],
        plain["incidents"][0]["rejected"]
    );
}

#[test]
fn large_data_of_other_programs_is_no_export() {
    let root = folder();
    let case = sample::folder().join("certificate-mismatch");
    for (name, unit) in [
        ("data.json", "{\"id\":1},"),
        ("data.xml", "<Obj><I32>1</I32></Obj>"),
    ] {
        let (before, behind) = if name.ends_with("json") {
            ("[{\"id\":0},", "{\"id\":2}]")
        } else {
            ("<Objs Version=\"1.1.0.1\">", "</Objs>")
        };
        let text = format!("{before}{}{behind}", unit.repeat(3_000_000 / unit.len()));
        write(root.path(), name, text.as_bytes());
    }
    let call = Call::new(["diagnose", "-f", "json"])
        .argument(&case)
        .argument(root.path());
    let found = call.run();
    assert_eq!(found.code, 1, "{}", found.err);
    let report = found.json();
    let skipped = report["input"]["skipped"].as_array().expect("a list");
    let others = skipped
        .iter()
        .filter(|file| file["reason"] == "neither a send log nor an export");
    assert_eq!(others.count(), 3, "{skipped:?}");
}

#[test]
fn an_export_has_no_more_values_than_fit_in_memory() {
    let root = folder();
    let row = "\"Name\":\"a\",\"TlsSenderCertificateName\":\"b\",\"SenderIPAddresses\":";
    let numbers = "1,".repeat(2_000_000);
    let text = format!("{{{row}[{numbers}1]}}");
    write(root.path(), "InboundConnector.json", text.as_bytes());
    let header = "Name,DomainName,DomainType\r\n";
    let text = format!("{header}{}", "a,b\r\n".repeat(1_000_001));
    write(root.path(), "AcceptedDomain.csv", text.as_bytes());
    let call = Call::new(["diagnose", "-f", "json"])
        .argument(sample::folder().join("certificate-mismatch"))
        .argument(root.path());
    let found = call.run();
    assert_eq!(found.code, 2, "{}", found.err);
    for name in ["InboundConnector.json", "AcceptedDomain.csv"] {
        let sentence = format!("{name}: the file has more than 2000000 values");
        assert!(found.err.contains(&sentence), "{}", found.err);
    }
    assert_eq!(found.json()["incidents"].as_array().map(Vec::len), Some(1));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use crate::program::PROGRAM;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::process::Command;

    /// Runs a line of a shell.
    fn shell(line: &str, folder: &Path) -> Run {
        let output = Command::new("sh")
            .args(["-c", line])
            .env("PROGRAM", PROGRAM)
            .current_dir(folder)
            .output()
            .expect("a shell");
        Run {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[test]
    fn more_files_than_descriptors_are_read_and_so_are_the_exports() {
        let root = folder();
        let case = sample::folder().join("certificate-mismatch/tenant");
        for entry in std::fs::read_dir(case).expect("exports") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let bytes = std::fs::read(&path).expect("an export");
            write(root.path(), &format!("tenant/{name}"), &bytes);
        }
        for number in 0..300 {
            write(
                root.path(),
                &format!("EX01/SEND2026110300-{number}.LOG"),
                log(),
            );
        }
        for io in ["read", "mmap"] {
            let line = format!("ulimit -n 64; exec \"$PROGRAM\" diagnose -f json --io {io} .");
            let found = shell(&line, root.path());
            assert_eq!(found.code, 1, "{}", found.err);
            let report = found.json();
            assert_eq!(report["input"]["files"], 300);
            assert_eq!(report["incidents"][0]["cause"]["code"], "CRT005");
        }
    }

    #[test]
    fn links_pipes_and_devices_in_a_folder_are_left_alone_and_named() {
        let (root, outside) = (folder(), folder());
        write(root.path(), "EX01/SEND2026110300-1.LOG", log());
        let other = write(outside.path(), "EX02/SEND2026110300-1.LOG", log());
        symlink(outside.path(), root.path().join("elsewhere")).expect("a link");
        symlink(&other, root.path().join("SEND2026110300-2.LOG")).expect("a link");
        symlink(root.path(), root.path().join("EX01/again")).expect("a link");
        symlink("/dev/zero", root.path().join("zero")).expect("a link");
        let made = Command::new("mkfifo")
            .arg(root.path().join("pipe"))
            .status();
        assert!(made.expect("mkfifo").success());
        let found = diagnose(root.path());
        assert_eq!(found.code, 1, "{}", found.err);
        let report = found.json();
        assert_eq!(report["input"]["files"], 1);
        let skipped = report["input"]["skipped"].to_string();
        for words in [
            "elsewhere",
            "SEND2026110300-2.LOG",
            "leads out of the folder",
            "link to a folder that contains it",
            "pipe or device",
        ] {
            assert!(skipped.contains(words), "{words}: {skipped}");
        }
    }

    #[test]
    fn a_pipe_that_is_named_is_read() {
        let root = folder();
        let path = write(root.path(), "SEND2026110300-1.LOG", log());
        let expected = diagnose(&path).json();
        for line in [
            "cat SEND*.LOG | \"$PROGRAM\" diagnose -f json /dev/stdin",
            "\"$PROGRAM\" diagnose -f json /dev/stdin < SEND2026110300-1.LOG",
            "mkfifo named; cat SEND*.LOG > named & \"$PROGRAM\" diagnose -f json named",
        ] {
            let found = shell(line, root.path());
            assert_eq!(found.code, 1, "{line}: {}", found.err);
            let report = found.json();
            assert_eq!(
                report["input"]["records"], expected["input"]["records"],
                "{line}"
            );
            assert_eq!(incidents(&found), 1, "{line}");
        }
        let found = shell("\"$PROGRAM\" diagnose /dev/null", root.path());
        assert_eq!(found.code, 3, "{}", found.err);
    }
}
