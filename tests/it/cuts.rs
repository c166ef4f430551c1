//! A log says the same however it is cut into files, and however its sessions interleave.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::corpus::HEADER;
use crate::counting::add_up;
use crate::program::run;
use crate::sample;

/// Cases whose logs are one stream, in UTF-8, in every form of the certificate row.
const CASES: [&str; 8] = [
    "renamed-certificate",
    "certificate-mismatch",
    "self-signed",
    "private-key",
    "starttls-stripped",
    "two-tenants",
    "healthy",
    "session-start-missing",
];

/// The rows of a case in the order of its files, without header lines and without a cut tail.
fn rows(case: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for log in sample::logs(case) {
        let content = std::fs::read(log).expect("a log");
        let content = String::from_utf8(content).expect("UTF-8");
        for line in content.lines() {
            let line = line.trim_start_matches('\u{feff}');
            if !line.starts_with('#') && line.matches(',').count() >= 8 {
                rows.push(format!("{line}\r\n"));
            }
        }
    }
    assert!(rows.len() > 50, "{case}: {} rows", rows.len());
    rows
}

/// The sessions of a folder, without their places.
fn sessions(folder: &Path) -> Vec<Value> {
    let run = run(["sessions".as_ref(), folder.as_os_str()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut sessions = run.lines();
    for session in &mut sessions {
        let session = session.as_object_mut().expect("an object");
        assert!(session.remove("file").is_some());
        assert!(session.remove("line").is_some());
    }
    sessions
}

/// What is diagnosed, without places.
fn diagnosis(folder: &Path) -> Value {
    let run = run([
        "diagnose".as_ref(),
        "-f".as_ref(),
        "json".as_ref(),
        folder.as_os_str(),
    ]);
    let mut report = run.json();
    for incident in report["incidents"].as_array_mut().expect("a list") {
        incident["evidence"] = Value::Null;
    }
    let names = ["incidents", "other_rejections", "certificates", "healthy"];
    names
        .iter()
        .map(|name| report[*name].clone())
        .chain(["sessions", "records", "rejections"].map(|name| report["input"][name].clone()))
        .collect()
}

/// The sessions of rows in one file, and what is diagnosed.
fn whole(rows: &[String]) -> (Vec<Value>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = format!("\u{feff}{HEADER}{}", rows.concat());
    std::fs::write(folder.path().join("SEND2026110301-1.LOG"), log).expect("a log");
    (sessions(folder.path()), diagnosis(folder.path()))
}

/// The column with the session id.
fn id(row: &str) -> String {
    column(row, 2)
}

/// A column; connector names in quotes may hold commas.
fn column(row: &str, number: usize) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(row.as_bytes());
    let record = reader.records().next().expect("a row").expect("columns");
    record[number].to_owned()
}

fn sorted(mut sessions: Vec<Value>) -> Vec<String> {
    let mut texts: Vec<String> = sessions.drain(..).map(|value| value.to_string()).collect();
    texts.sort();
    texts
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings(24))]

    #[test]
    fn a_log_cut_into_files_gives_the_same_sessions(
        case in prop::sample::select(&CASES[..]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..14),
    ) {
        let rows = rows(case);
        let (wanted, diagnosed) = whole(&rows);
        let mut borders: BTreeMap<usize, bool> = cuts
            .iter()
            .map(|(cut, header)| (cut.index(rows.len()), *header))
            .collect();
        borders.entry(0).or_insert(true);
        let folder = tempfile::tempdir().expect("a folder");
        let starts: Vec<usize> = borders.keys().copied().collect();
        for (number, (start, header)) in borders.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(rows.len());
            let header = if *header { HEADER } else { "" };
            let log = format!("{header}{}", rows[*start..end].concat());
            // Not padded, so that 10 stands before 2 where files are taken by name.
            let name = format!("SEND2026110301-{}.LOG", number + 1);
            std::fs::write(folder.path().join(name), log).expect("a log");
        }
        prop_assert_eq!(sessions(folder.path()), wanted);
        prop_assert_eq!(diagnosis(folder.path()), diagnosed);
    }

    #[test]
    fn sessions_that_interleave_otherwise_are_the_same(
        case in prop::sample::select(&CASES[..]),
        order in prop::collection::vec(any::<prop::sample::Index>(), 400),
    ) {
        let rows = rows(case);
        let (wanted, diagnosed) = whole(&rows);
        let mut by_session: BTreeMap<String, std::collections::VecDeque<String>> = BTreeMap::new();
        for row in &rows {
            by_session.entry(id(row)).or_default().push_back(row.clone());
        }
        let mut left: Vec<_> = by_session.into_values().collect();
        let mut mixed = Vec::new();
        let mut order = order.iter().cycle();
        while !left.is_empty() {
            let at = order.next().expect("cycles").index(left.len());
            if let Some(row) = left[at].pop_front() {
                mixed.push(row);
            }
            if left[at].is_empty() {
                left.swap_remove(at);
            }
        }
        prop_assert_eq!(mixed.len(), rows.len());
        let (found, again) = whole(&mixed);
        prop_assert_eq!(sorted(found), sorted(wanted));
        // What follows a failed negotiation goes by the order of the log: no shuffling there.
        if case != "private-key" {
            prop_assert_eq!(again, diagnosed);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_add_up(
        header in any::<bool>(),
        lines in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "[-+<>*,\"0-9A-F:.TZ ]{0,120}".prop_map(String::into_bytes),
                "2026-11-03T02:14:0[0-9]\\.[0-9]{3}Z,C?,08DE1A2B3C4D5E6[0-9],[0-9]?,,,[-+<>*],(\"?[ -~]{0,60}\"?),(Sending certificate|)"
                    .prop_map(String::into_bytes),
            ],
            0..60,
        ),
        end in prop::sample::select(&["\n", "\r\n"][..]),
    ) {
        let mut log = if header { HEADER.as_bytes().to_vec() } else { Vec::new() };
        for line in lines {
            log.extend(line);
            log.extend(end.as_bytes());
        }
        arbitrary(&log);
    }

    #[test]
    fn a_damaged_log_never_panics_and_adds_up(
        case in prop::sample::select(&CASES[..]),
        damage in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..30
        ),
    ) {
        let mut log = format!("\u{feff}{HEADER}{}", rows(case).concat()).into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(log.len());
            match how {
                0 => log[at] = byte,
                1 => log.insert(at, byte),
                _ => { log.remove(at); }
            }
        }
        arbitrary(&log);
    }
}

/// Another tool may have lost the numbers. An information row with number 0 then stands in the middle of
/// a session, and a file that begins with it looks like the beginning of one.
#[test]
fn a_log_whose_numbers_are_all_zero_may_be_cut_anywhere() {
    for case in ["renamed-certificate", "private-key", "starttls-stripped"] {
        let zero = |row: &String| {
            let (number, id) = (column(row, 3), id(row));
            row.replacen(&format!(",{id},{number},"), &format!(",{id},0,"), 1)
        };
        let rows: Vec<String> = rows(case).iter().map(zero).collect();
        assert!(rows.iter().all(|row| column(row, 3) == "0"));
        let (wanted, diagnosed) = whole(&rows);
        for size in [3, 7, 20] {
            let folder = tempfile::tempdir().expect("a folder");
            for (number, part) in rows.chunks(size).enumerate() {
                let name = format!("SEND2026110301-{}.LOG", number + 1);
                let log = format!("{HEADER}{}", part.concat());
                std::fs::write(folder.path().join(name), log).expect("a log");
            }
            assert_eq!(sessions(folder.path()), wanted, "{case} {size}");
            assert_eq!(diagnosis(folder.path()), diagnosed, "{case} {size}");
        }
    }
}

/// The failed sessions of the case, whose last row never came: the service was stopped, or the log
/// was cut. The rejections of the sessions that follow within a minute still belong to the failure.
#[test]
fn a_failure_without_an_end_still_explains_what_follows() {
    let rows = rows("private-key");
    let failed: Vec<String> = rows
        .iter()
        .filter(|row| row.contains("NoCredentials"))
        .map(|row| id(row))
        .collect();
    assert_eq!(failed.len(), 3);
    let ends = |row: &&String| row.contains(",-,,") && failed.contains(&id(row));
    let endless: Vec<String> = rows.iter().filter(|row| !ends(row)).cloned().collect();
    assert_eq!(endless.len(), rows.len() - 3);
    let summary = |rows: &[String]| {
        let (_, diagnosed) = whole(rows);
        let incidents = diagnosed[0].as_array().expect("a list").clone();
        let part = |incident: Value| (incident["cause"].clone(), incident["rejected"].clone());
        incidents.into_iter().map(part).collect::<Vec<_>>()
    };
    assert_eq!(summary(&endless), summary(&rows));
}

/// Any bytes as a log: read or skipped, never a panic ([`run`] sees to that), and every sum right.
fn arbitrary(log: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("SEND2026110301-1.LOG"), log).expect("a log");
    let path = folder.path().as_os_str();
    let diagnose = run(["diagnose".as_ref(), "-f".as_ref(), "json".as_ref(), path]);
    let sessions = run(["sessions".as_ref(), path]);
    if diagnose.code == 3 {
        // Where no line is a row, the report still counts the lines.
        assert!(!diagnose.err.is_empty());
        assert_eq!(sessions.code, 3);
        if diagnose.out.is_empty() {
            return;
        }
        assert_eq!(diagnose.json()["input"]["records"], 0);
    }
    add_up("arbitrary", &diagnose.json(), &sessions);
    // Text has other code on its way, and must not fail either.
    assert_eq!(run(["diagnose".as_ref(), path]).code, diagnose.code);
}
