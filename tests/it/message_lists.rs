//! `sendlens messages` as a list for people: the table of a spreadsheet, sums, limits, and what is missing.

use std::path::Path;

use serde_json::Value;

use crate::corpus::{HEADER, Session};
use crate::program::{Call, Run, run};
use crate::sample;
use crate::usage::{folder, on, refuses, write};

/// The columns as `docs/json.md` lists them.
fn documented_columns() -> Vec<String> {
    let text = std::fs::read_to_string("docs/json.md").expect("the page");
    let (_, rest) = text
        .split_once(
            "The columns of `--format csv`, with one row for each recipient in the same order: ",
        )
        .expect("the list");
    let (list, _) = rest.split_once(". The columns stay").expect("its end");
    let columns = list
        .split(", ")
        .map(|column| column.trim_matches('`').to_owned());
    columns.collect()
}

/// A table as a spreadsheet opens it.
fn table(bytes: &[u8]) -> (Vec<String>, Vec<csv::StringRecord>) {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    let columns = reader.headers().expect("columns");
    let columns = columns.iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row of CSV"));
    (columns, rows.collect())
}

/// What a row of the table says of a recipient, from the other formats.
fn row_of(record: &Value, recipient: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let attempt = record["attempts"].as_array().and_then(|all| all.last());
    let attempt = attempt.unwrap_or(&Value::Null);
    let cells = [
        &recipient["address"],
        &record["sender"],
        &recipient["fate"],
        &recipient["certainty"],
        &recipient["time"],
        &recipient["reply"],
        &recipient["reason"],
        &recipient["source"],
        &recipient["host"],
        &recipient["expires"],
        &recipient["ndr"]["message_id"],
        &recipient["ndr"]["time"],
        &recipient["ndr"]["arrived"],
        &record["message_id"],
        &record["subject"],
        &record["first"],
        &record["last"],
        &attempt["send_connector"],
        &attempt["stream"],
        &record["incident"],
    ];
    cells.into_iter().map(text).collect()
}

#[test]
fn a_spreadsheet_shows_one_row_for_each_recipient_in_order() {
    const BOM: &[u8] = "\u{feff}".as_bytes();
    let columns = documented_columns();
    assert_eq!(columns.len(), 20, "{columns:?}");
    let out = folder();
    let mut compared = 0;
    for case in sample::all() {
        let path = sample::path(&case);
        let listed = run(["messages", &path]);
        let printed = run(["messages", "-f", "csv", &path]);
        assert_eq!(printed.code, listed.code, "{case}");
        if listed.code != 0 {
            continue;
        }
        let (found, rows) = table(&printed.out);
        assert_eq!(found, columns, "{case}");
        let mut wanted = Vec::new();
        for record in listed.lines().iter().filter(|one| one["type"] == "message") {
            let recipients = record["recipients"].as_array().expect("a list").iter();
            wanted.extend(recipients.map(|recipient| row_of(record, recipient)));
        }
        assert_eq!(rows.len(), wanted.len(), "{case}");
        for (row, wanted) in rows.iter().zip(&wanted) {
            // A cell that looks like a formula has a mark in front.
            let cells = row
                .iter()
                .map(|cell| cell.strip_prefix('\'').unwrap_or(cell));
            assert_eq!(cells.collect::<Vec<_>>(), *wanted, "{case}");
        }
        let first: Vec<&str> = rows.iter().map(|row| &row[15]).collect();
        assert!(first.is_sorted(), "{case}: {first:?}");
        compared += rows.len();
        // Excel needs the mark to read UTF-8, and only in a file.
        assert!(!printed.out.starts_with(BOM), "{case}");
        let file = out.path().join("people.csv");
        let saved = Call::new(["messages", &path, "-o"]).argument(&file).run();
        assert_eq!(saved.code, 0, "{}", saved.err);
        let saved = std::fs::read(&file).expect("the file");
        let behind = saved.strip_prefix(BOM).expect("the mark");
        assert_eq!(behind, printed.out, "{case}");
    }
    assert!(compared >= 40, "only {compared} rows");
}

/// The lines of files, as an editor counts them.
fn lines_in<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let lines = |bytes: &[u8]| {
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        ends + u64::from(!bytes.is_empty() && !bytes.ends_with(b"\n"))
    };
    files.into_iter().map(lines).sum()
}

/// Holds the sums of a list against each other. Returns the lines of the message tracking logs.
fn add_up(what: &str, run: &Run) -> u64 {
    let lines = run.lines();
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["type"], "summary", "{what}");
    for input in ["send_logs", "tracking_logs"] {
        let read = &summary[input];
        let number = |name: &str| read[name].as_u64().expect("a number");
        let kinds = ["header_lines", "records", "blank_lines", "malformed_lines"];
        let sum: u64 = kinds.map(number).iter().sum();
        assert_eq!(sum, number("lines"), "{what}: {input}: {read}");
    }
    assert_eq!(summary["messages"], lines.len() - 1, "{what}");
    summary["tracking_logs"]["lines"]
        .as_u64()
        .expect("a number")
}

/// The message tracking logs of the cases.
fn tracking_logs() -> Vec<(String, Vec<u8>)> {
    let files = walkdir::WalkDir::new(sample::folder()).into_iter();
    let files = files.map(|entry| entry.expect("an entry").into_path());
    let mut logs: Vec<(String, Vec<u8>)> = files
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.to_uppercase().starts_with("MSGTRK")
        })
        .map(|path| {
            let content = std::fs::read(&path).expect("a log");
            // Every system's own separator, to compare the names of cases with.
            let path = path.to_string_lossy().replace('\\', "/");
            (path, content)
        })
        .collect();
    logs.sort();
    assert!(logs.len() >= 3, "only {} message tracking logs", logs.len());
    logs
}

#[test]
fn every_line_of_every_case_is_of_one_kind() {
    let logs = tracking_logs();
    let mut counted = 0;
    for case in sample::all() {
        let listed = run(["messages", &sample::path(&case)]);
        if listed.code != 0 {
            continue;
        }
        let own = logs
            .iter()
            .filter(|(path, _)| path.contains(&format!("/{case}/")));
        let own = own.map(|(_, content)| content.as_slice());
        let expected = lines_in(own);
        assert_eq!(add_up(&case, &listed), expected, "{case}");
        counted += expected;
    }
    assert!(counted > 0);
}

/// What others may have made of a log.
fn damaged(log: &[u8]) -> Vec<(String, Vec<u8>)> {
    let end = log
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| *pair == b"\r\n");
    let ends: Vec<usize> = end.map(|(at, _)| at + 2).collect();
    let header = ends[4];
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    // Cut in the middle of a row, of its end, and behind the header.
    for at in (header..log.len())
        .step_by(97)
        .chain([log.len() - 1, header])
    {
        all.push((format!("cut at {at}"), log[..at].to_vec()));
    }
    for (name, garbage) in [
        ("zeros", &b"\0\0\0\0"[..]),
        ("no UTF-8", b"\xff\xfe\xfd\r\n"),
        ("an open quote", b"2026-12-11T07:20:00.842Z,\"10.0.0.5\r\n"),
        ("commas", b",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n"),
        ("another header", b"#Fields: event-id,message-id,date-time,new-column\r\nFAIL,<a@b>,2026-12-11T07:20:00.842Z,x\r\n"),
        ("a header of nothing", b"#Fields: \r\n#\r\n"),
        ("blank lines", b"\r\n\n \r\n"),
        ("a row of a send log", b"2026-12-11T07:20:00.842Z,Out,08DF31F688AD62C9,1,10.0.0.5:1,192.0.2.1:25,<,250 ok,\r\n"),
    ] {
        for at in [header, ends[5], log.len()] {
            let parts = [&log[..at], garbage, &log[at..]].concat();
            all.push((format!("{name} at {at}"), parts));
        }
    }
    all.push(("twice".to_owned(), [log, log].concat()));
    all
}

#[test]
fn every_line_of_a_damaged_tracking_log_is_of_one_kind() {
    let (_, log) = tracking_logs().remove(0);
    let mut read = 0;
    for (what, content) in damaged(&log) {
        let folder = folder();
        write(&folder, "EX01/MSGTRK2026121107-1.LOG", &content);
        let listed = on("messages", &[], folder.path());
        // Nothing may be left of it that is a log.
        if listed.code == 3 {
            continue;
        }
        assert_eq!(
            add_up(&what, &listed),
            lines_in([content.as_slice()]),
            "{what}"
        );
        read += 1;
    }
    assert!(read >= 30, "only {read} logs were read");
}

#[test]
fn what_one_session_has_too_much_of_is_counted() {
    const MORE: usize = 100_010;
    let mut rows = Session::default().rows();
    let row = |number: usize, event: char, data: &str| {
        format!(
            "To Office 365,08DF31F688AD62C9,{number},10.0.0.5:36222,192.0.2.36:25,{event},{data},\r\n"
        )
    };
    let more = (0..MORE).flat_map(|number| {
        [
            row(16, '>', &format!("RCPT TO:<u{number}@example.org>")),
            row(16, '<', "250 2.1.5 Recipient OK"),
        ]
    });
    let quit = rows.split_off(16);
    let all = rows.into_iter().chain(more).chain(quit);
    let log: String = all
        .map(|row| format!("2026-11-03T02:14:01.000Z,{row}"))
        .collect();
    let folder = folder();
    write(&folder, "SEND2026110302-1.LOG", format!("{HEADER}{log}"));
    let listed = on("messages", &["--fate", "waiting"], folder.path());
    assert_eq!(listed.code, 0, "{}", listed.err);
    // The message, its first recipient, and the others.
    let beyond = 2 + MORE - 100_000;
    assert_eq!(
        listed.lines().last().expect("a summary")["left_out_in_sessions"],
        beyond
    );
    let said = format!("{beyond} messages and recipients were not followed");
    assert!(listed.err.contains(&said), "{}", listed.err);
    let report = on("diagnose", &["-f", "json"], folder.path());
    assert_eq!(report.json()["incidents"][0]["mail"], Value::Null);
    assert!(report.err.contains("`sendlens messages`"), "{}", report.err);
}

#[test]
fn a_report_says_if_messages_were_not_followed() {
    let path = sample::folder().join("half-rejected/SEND2026120807-1.LOG");
    let log = std::fs::read(&path).expect("the log");
    let piped = Call::new(["diagnose", "-f", "json", "-"]).stdin(&log).run();
    assert_eq!(piped.json()["incidents"][0]["mail"], Value::Null);
    let words = "what became of the rejected messages is not in this report, because standard input can be read only once. `sendlens messages`";
    assert!(piped.err.contains(words), "{}", piped.err);
    let followed = run(["diagnose", "-f", "json", "sample-logs/half-rejected"]);
    assert!(followed.json()["incidents"][0]["mail"].is_object());
    assert!(!followed.err.contains("what became"), "{}", followed.err);
}

#[test]
fn the_size_limit_counts_both_kinds_of_logs() {
    let folder = folder();
    let case = sample::folder().join("half-rejected");
    let log = std::fs::read(case.join("SEND2026120807-1.LOG")).expect("the log");
    write(&folder, "SEND2026120807-1.LOG", log);
    let (_, tracking) = tracking_logs().remove(0);
    let path = write(&folder, "EX01/MSGTRK2026121107-1.LOG", tracking);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("the log");
    // Nothing but zeros behind its rows; nothing of it is written to the disk.
    file.set_len(300 * 1024 * 1024).expect("a large file");
    let found = on("diagnose", &["-f", "json"], folder.path());
    assert_eq!(found.json()["incidents"][0]["mail"], Value::Null);
    let words = "larger than 256 MB together";
    assert!(found.err.contains(words), "{}", found.err);
}

#[test]
fn an_empty_folder_is_told_what_else_can_be_read() {
    let empty = folder();
    refuses(
        &on("messages", &[], empty.path()),
        3,
        &[
            "no Exchange send logs",
            "SmtpSend",
            "MSGTRK*.LOG",
            "MessageTracking",
            "Get-Message -IncludeRecipientInfo",
            "sendlens collect",
        ],
    );
    let said = on("diagnose", &[], empty.path());
    refuses(&said, 3, &["SmtpSend", "Get-Queue", "QueueViewer"]);
    assert!(!said.err.contains("MSGTRK"), "{}", said.err);
    let (_, tracking) = tracking_logs().remove(0);
    write(&empty, "MSGTRK2026121107-1.LOG", tracking);
    let here = [
        "`sendlens messages` reads the message tracking logs",
        "1 message tracking log",
    ];
    refuses(&on("diagnose", &[], empty.path()), 3, &here);
    let sessions = on("sessions", &[], Path::new(empty.path()));
    refuses(&sessions, 3, &["no Exchange send logs"]);
}
