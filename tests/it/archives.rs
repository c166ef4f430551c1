//! Archives: the report of the unpacked folder, and nothing hostile in them does harm.

use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::program::{Call, Run};
use crate::sample;
use crate::usage::{diagnose, folder, write};
use crate::zip_file::{Member, gzipped, zip, zstandard};

/// All files of a case with their names in it.
fn files(case: &str) -> Vec<(String, Vec<u8>)> {
    let root = sample::folder().join(case);
    let entries = WalkDir::new(&root).sort_by_file_name().into_iter();
    let paths = entries.map(|entry| entry.expect("an entry").into_path());
    paths
        .filter(|path| path.is_file())
        .map(|path| {
            let below = path.strip_prefix(&root).expect("below the case");
            let name = below.to_string_lossy().replace('\\', "/");
            (name, std::fs::read(&path).expect("a file"))
        })
        .collect()
}

fn members(case: &str) -> Vec<Member> {
    let files = files(case);
    let member = |(name, bytes): (String, Vec<u8>)| Member::new(&name, &bytes);
    files.into_iter().map(member).collect()
}

/// Writes the case as a folder with its own name and reads it, so that only the archive differs.
fn unpacked(folder: &TempDir, case: &str) -> Run {
    for (name, bytes) in files(case) {
        write(folder, &format!("{case}/{name}"), &bytes);
    }
    diagnose(&folder.path().join(case))
}

/// The report without the names of archives.
fn without(run: &Run, parts: &[&str]) -> Value {
    let mut text = run.text().to_owned();
    for part in parts {
        text = text.replace(part, "");
    }
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_zip_gives_the_report_of_the_folder() {
    for case in sample::cases() {
        let (plain, packed) = (folder(), folder());
        let expected = unpacked(&plain, &case);
        let path = write(&packed, &format!("{case}.zip"), zip(&members(&case)));
        let found = diagnose(&path);
        assert_eq!(found.code, expected.code, "{case}: {}", found.err);
        if !expected.out.is_empty() {
            let archive = format!("{case}.zip!");
            assert_eq!(without(&found, &[&archive]), expected.json(), "{case}");
        }
    }
}

#[test]
fn compressed_logs_give_the_report_of_the_folder() {
    let case = "several-servers-out-of-step";
    let expected = unpacked(&folder(), case);
    for (ending, pack) in [
        (".gz", gzipped as fn(&[u8]) -> Vec<u8>),
        (".zst", zstandard as fn(&[u8]) -> Vec<u8>),
    ] {
        let packed = folder();
        for (name, bytes) in files(case) {
            write(&packed, &format!("{case}/{name}{ending}"), pack(&bytes));
        }
        let found = diagnose(&packed.path().join(case));
        assert_eq!(found.code, 1, "{}", found.err);
        assert_eq!(without(&found, &[ending]), expected.json(), "{ending}");
    }
}

#[test]
fn a_zip_in_a_folder_and_in_a_zip_are_read_too() {
    let case = "certificate-mismatch";
    let expected = unpacked(&folder(), case).json();
    let codes = |run: &Run| {
        let report = run.json();
        (
            report["incidents"][0]["cause"].clone(),
            report["input"]["records"].clone(),
        )
    };
    let wanted = (
        expected["incidents"][0]["cause"].clone(),
        expected["input"]["records"].clone(),
    );
    let inner = zip(&members(case));
    let in_folder = folder();
    write(&in_folder, "sent/from-exchange.zip", &inner);
    assert_eq!(codes(&diagnose(in_folder.path())), wanted);
    for member in [
        Member::new("inner.zip", &inner),
        Member::stored("inner.zip", &inner),
    ] {
        let outer = folder();
        let path = write(&outer, "outer.zip", zip(&[member]));
        let found = diagnose(&path);
        assert_eq!(codes(&found), wanted, "{}", found.err);
        let place = found.json()["incidents"][0]["evidence"][0]["file"].clone();
        let place = place.as_str().expect("a file").to_owned();
        assert!(place.starts_with("outer.zip!inner.zip!"), "{place}");
    }
    let three = zip(&[Member::new(
        "middle.zip",
        &zip(&[Member::new("inner.zip", &inner)]),
    )]);
    let deep = folder();
    let found = diagnose(&write(&deep, "outer.zip", &three));
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("Unpack one of them first"),
        "{}",
        found.err
    );
}

#[test]
fn streams_are_named_as_if_unpacked() {
    let log = std::fs::read(&sample::logs("healthy")[0]).expect("a log");
    let name = "TransportRoles/Logs/Hub/ProtocolLog/SmtpSend/SEND2026110300-1.LOG";
    let root = folder();
    write(&root, "EX01.zip", zip(&[Member::new(name, &log)]));
    write(
        &root,
        "EX02.zip",
        zip(&[Member::new(&format!("EX02/{name}"), &log)]),
    );
    let found = diagnose(root.path()).json();
    let streams: Vec<&str> = found["input"]["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .filter_map(|stream| stream["name"].as_str())
        .collect();
    assert_eq!(streams, ["EX01/Hub", "EX02/Hub"]);
}

#[test]
fn an_archive_beside_its_files_is_not_read_twice() {
    let case = "certificate-mismatch";
    for place in ["", "case/"] {
        let root = folder();
        write(&root, "case.zip", zip(&members(case)));
        for (name, bytes) in files(case) {
            write(&root, &format!("{place}{name}"), &bytes);
        }
        let found = diagnose(root.path());
        let expected = unpacked(&folder(), case).json();
        let report = found.json();
        assert_eq!(
            report["input"]["records"], expected["input"]["records"],
            "{place}"
        );
        let skipped = report["input"]["skipped"].to_string();
        assert!(skipped.contains("which was read"), "{skipped}");
    }
}

/// A healthy log, and one member that cannot be used.
fn with_bad(bad: Member) -> (TempDir, Run) {
    let log = std::fs::read(&sample::logs("certificate-mismatch")[0]).expect("a log");
    let good = Member::new("EX01/SEND2026110300-1.LOG", &log);
    let root = folder();
    let path = write(&root, "case.zip", zip(&[good, bad]));
    let found = diagnose(&path);
    (root, found)
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_read() {
    let log = std::fs::read(&sample::logs("healthy")[0]).expect("a log");
    let name = "EX02/SEND2026110300-1.LOG";
    let new = || Member::new(name, &log);
    let same = Member::new("EX01/send2026110300-1.log", &log);
    let cases = [
        (
            Member {
                is_encrypted: true,
                ..new()
            },
            "needs a password",
        ),
        (
            Member {
                is_damaged: true,
                ..new()
            },
            "damaged",
        ),
        (
            Member {
                said_len: Some(7),
                ..new()
            },
            "damaged",
        ),
        (
            Member {
                said_len: Some(1 << 30),
                ..new()
            },
            "far more than its size",
        ),
        (
            Member {
                method: Some(14),
                ..new()
            },
            "LZMA",
        ),
        (Member::new("../../SEND1.LOG", &log), "leads out"),
        (Member::new("/etc/SEND1.LOG", &log), "leads out"),
        (Member::new("C:\\x\\SEND1.LOG", &log), "leads out"),
        (same, "have this name"),
    ];
    for (bad, words) in cases {
        let (_root, found) = with_bad(bad);
        assert_eq!(found.code, 2, "{words}: {}", found.err);
        assert!(found.err.contains(words), "{words}: {}", found.err);
        if words != "far more than its size" {
            let report = found.json();
            assert_eq!(
                report["incidents"].as_array().map(Vec::len),
                Some(1),
                "{words}"
            );
        }
    }
}

#[test]
fn two_members_with_one_name_are_noticed() {
    let log = std::fs::read(&sample::logs("certificate-mismatch")[0]).expect("a log");
    let twice = Member::new("EX01/SEND2026110300-1.LOG", &log);
    let (_root, found) = with_bad(twice);
    assert_eq!(found.code, 2);
    assert!(found.err.contains("the same name"), "{}", found.err);
}

#[test]
fn an_archive_that_is_cut_is_named() {
    let whole = zip(&members("certificate-mismatch"));
    let root = folder();
    let path = write(&root, "case.zip", &whole[..whole.len() / 2]);
    let found = diagnose(&path);
    assert_eq!(found.code, 2);
    assert!(found.err.contains("Copy it again"), "{}", found.err);
    // A log that ends early gives what it has.
    let log = std::fs::read(&sample::logs("certificate-mismatch")[0]).expect("a log");
    let packed = gzipped(&log.repeat(40));
    let path = write(
        &root,
        "SEND2026110300-1.LOG.gz",
        &packed[..packed.len() - 20],
    );
    let found = diagnose(&path);
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("could not be read to its end"),
        "{}",
        found.err
    );
    assert_eq!(found.json()["incidents"].as_array().map(Vec::len), Some(1));
}

/// A log with rows and then so many zeros.
fn bomb(zeros: usize) -> Vec<u8> {
    let mut bytes = std::fs::read(&sample::logs("certificate-mismatch")[0]).expect("a log");
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

#[test]
fn a_bomb_is_stopped() {
    let bytes = bomb(200 << 20);
    let root = folder();
    let logs = [
        write(&root, "a/SEND2026110300-1.LOG.gz", gzipped(&bytes)),
        write(&root, "b/SEND2026110300-1.LOG.zst", zstandard(&bytes)),
    ];
    for path in logs {
        let found = diagnose(&path);
        assert_eq!(found.code, 2, "{}", found.err);
        assert!(found.err.contains("unpacking was stopped"), "{}", found.err);
        assert_eq!(found.json()["incidents"].as_array().map(Vec::len), Some(1));
    }
    let path = write(
        &root,
        "case.zip",
        zip(&[Member::new("SEND2026110300-1.LOG", &bytes)]),
    );
    let found = diagnose(&path);
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("far more than its size"),
        "{}",
        found.err
    );
}

#[test]
fn all_archives_together_have_a_limit() {
    let root = folder();
    let path = write(
        &root,
        "case.zip",
        zip(&members("several-servers-out-of-step")),
    );
    let with = |limit: &str| {
        Call::new(["diagnose", "-f", "json", "--max-unpacked", limit])
            .argument(&path)
            .run()
    };
    assert_eq!(with("1MB").code, 1);
    let found = with("2000");
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("allow more with --max-unpacked"),
        "{}",
        found.err
    );
}

#[test]
fn threads_change_nothing() {
    let case = "several-servers-out-of-step";
    let root = folder();
    let path = write(&root, "case.zip", zip(&members(case)));
    for command in ["diagnose", "sessions", "certificates"] {
        let with = |threads: &str| {
            let call = Call::new([command, "-f", "json", "--threads", threads]);
            call.argument(&path).run()
        };
        let one = with("1");
        assert!(!one.out.is_empty());
        for threads in ["2", "5"] {
            assert_eq!(with(threads), one, "{command} {threads}");
        }
    }
}

#[test]
fn documents_and_other_archives_are_named() {
    let root = folder();
    let document = zip(&[
        Member::new("[Content_Types].xml", b"<Types/>"),
        Member::new("word/document.xml", b"<w/>"),
    ]);
    write(&root, "notes.docx", &document);
    write(&root, "case.7z", b"7z\xBC\xAF\x27\x1C rest");
    write(&root, "case.rar", b"Rar!\x1A\x07\x00 rest");
    let log = std::fs::read(&sample::logs("healthy")[0]).expect("a log");
    write(&root, "SEND2026110300-1.LOG", &log);
    let found = diagnose(root.path());
    assert_eq!(found.code, 0, "{}", found.err);
    let skipped = found.json()["input"]["skipped"].to_string();
    for words in [
        "7-zip archive: unpack it first",
        "RAR archive: unpack it first",
        "not a text",
    ] {
        assert!(skipped.contains(words), "{skipped}");
    }
}
