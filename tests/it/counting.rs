//! Sums that must be equal: nothing is counted twice, nothing is lost.

use serde_json::Value;

use crate::program::{Run, run};
use crate::sample;

/// The number at a pointer.
fn number(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("no number at {pointer} in {value}"))
}

/// The sum of the numbers at a pointer of each value.
fn sum<'a>(list: impl IntoIterator<Item = &'a Value>, pointer: &str) -> u64 {
    list.into_iter().map(|value| number(value, pointer)).sum()
}

fn list<'a>(report: &'a Value, name: &str) -> &'a [Value] {
    report
        .pointer(name)
        .and_then(Value::as_array)
        .unwrap_or_else(|| panic!("no list {name}"))
}

/// Holds the sums of a report against each other and against the sessions of the same input.
pub(crate) fn add_up(what: &str, report: &Value, sessions: &Run) {
    let input = |name: &str| number(report, &format!("/input/{name}"));
    assert_eq!(
        input("lines"),
        input("header_lines") + input("records") + input("blank_lines") + input("malformed_lines"),
        "{what}: lines"
    );
    let sessions = sessions.lines();
    assert!(
        sessions.iter().all(|session| session["type"] == "session"),
        "{what}: a line that is no session"
    );
    assert_eq!(input("sessions"), sessions.len() as u64, "{what}: sessions");
    assert_eq!(
        input("sessions"),
        sum(list(report, "/input/streams"), "/sessions"),
        "{what}: sessions of streams"
    );
    assert_eq!(
        input("files"),
        sum(list(report, "/input/streams"), "/files"),
        "{what}: files of streams"
    );
    let online = sessions
        .iter()
        .filter(|session| session["exchange_online"] == true);
    assert_eq!(
        input("exchange_online_sessions"),
        online.count() as u64,
        "{what}: sessions to Exchange Online"
    );
    assert_eq!(
        input("records"),
        sum(&sessions, "/rows"),
        "{what}: every record belongs to one session"
    );
    let incidents = list(report, "/incidents");
    assert_eq!(
        input("rejections"),
        sum(incidents, "/rejected/replies") + sum(list(report, "/other_rejections"), "/count"),
        "{what}: every rejection belongs to one incident or to the others"
    );
    for incident in incidents {
        assert_eq!(
            number(incident, "/rejected/replies"),
            sum(list(incident, "/replies"), "/count"),
            "{what}: replies of incident {}",
            incident["id"]
        );
    }
}

#[test]
fn every_case_adds_up() {
    for case in sample::cases() {
        let path = sample::path(&case);
        let report = run(["diagnose", "-f", "json", &path]).json();
        add_up(&case, &report, &run(["sessions", &path]));
        assert_eq!(number(&report, "/input/sessions_left_out"), 0, "{case}");
        for incident in list(&report, "/incidents") {
            // Failed sessions are in the timeline too; rows without a time do not.
            let refused = sum(list(incident, "/timeline"), "/rejected");
            let replies = number(incident, "/rejected/replies");
            let most = replies + number(incident, "/rejected/sessions");
            assert!(
                (replies..=most).contains(&refused),
                "{case}: the timeline of {} shows {refused}",
                incident["id"]
            );
        }
    }
}

#[test]
fn all_cases_at_once_add_up() {
    let report = run(["diagnose", "-f", "json", "sample-logs"]).json();
    add_up("all", &report, &run(["sessions", "sample-logs"]));
    let files: usize = sample::cases()
        .iter()
        .map(|case| sample::logs(case).len())
        .sum();
    assert_eq!(number(&report, "/input/files"), files as u64);
}

#[test]
fn lines_are_those_of_the_files() {
    for case in sample::cases() {
        let report = run(["diagnose", "-f", "json", &sample::path(&case)]).json();
        let mut lines = 0;
        let mut bytes = 0;
        for log in sample::logs(&case) {
            let content = std::fs::read(&log).expect("a log");
            bytes += content.len() as u64;
            let newlines = content.iter().filter(|byte| **byte == b'\n').count() as u64;
            // A UTF-16 newline ends in a zero byte.
            let ends = content.ends_with(b"\n") || content.ends_with(b"\n\0");
            lines += newlines + u64::from(!ends);
        }
        assert_eq!(number(&report, "/input/lines"), lines, "{case}: lines");
        assert_eq!(number(&report, "/input/bytes"), bytes, "{case}: bytes");
    }
}

#[test]
fn what_is_left_out_is_counted_and_not_judged() {
    let path = "sample-logs/renamed-certificate";
    let all = run(["diagnose", "-f", "json", path]).json();
    let arguments = [
        "diagnose",
        "-f",
        "json",
        "--since",
        "2026-11-03T04:00:00Z",
        path,
    ];
    let part = run(arguments).json();
    for name in ["lines", "records", "sessions", "exchange_online_sessions"] {
        assert_eq!(part["input"][name], all["input"][name], "{name}");
    }
    let left_out = number(&part, "/input/sessions_left_out");
    assert!(left_out > 0 && left_out < number(&all, "/input/sessions"));
    assert_eq!(
        number(&part, "/input/rejections"),
        sum(list(&part, "/incidents"), "/rejected/replies")
            + sum(list(&part, "/other_rejections"), "/count")
    );
}
