//! `sendlens messages`: what became of each message of the sample cases, and its options and formats.

use std::path::Path;

use serde_json::Value;

use crate::program::{Call, Run, run};
use crate::sample;

/// The records of the messages, without what was read for them.
fn records(run: &Run) -> Vec<Value> {
    let mut lines = run.lines();
    let last = lines.pop().expect("a summary");
    assert_eq!(last["type"], "summary");
    assert_eq!(last["messages"], lines.len());
    lines
}

/// Message id, recipient, fate, certainty, source and reason, one line for each recipient.
fn fates(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.err);
    let mut lines = Vec::new();
    for record in records(run) {
        assert_eq!(record["type"], "message");
        for recipient in record["recipients"].as_array().expect("recipients") {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            lines.push(format!(
                "{} {} {} {} {}",
                text(&recipient["address"]),
                text(&recipient["fate"]),
                text(&recipient["certainty"]),
                text(&recipient["source"]),
                text(&recipient["reason"])
            ));
        }
    }
    lines
}

#[test]
fn every_case_keeps_its_promise_of_fates() {
    let mut asked = 0;
    for case in sample::all() {
        let promise = sample::promise(&case);
        let Some(wanted) = promise.get("messages") else {
            continue;
        };
        asked += 1;
        let found = fates(&run(["messages", &sample::path(&case)]));
        assert_eq!(*wanted, Value::from(found), "{case}");
    }
    assert!(
        asked >= 5,
        "only {asked} cases promise anything of messages"
    );
}

#[test]
fn another_server_takes_a_deferred_message_whatever_the_order_of_the_logs() {
    let folder = sample::folder().join("deferred-then-taken");
    let [one, two] = ["EX01", "EX02"].map(|server| folder.join(server));
    let fates_of = |paths: [&Path; 2]| {
        let mut call = Call::new(["messages"]);
        for path in paths {
            call = call.argument(path);
        }
        fates(&call.run())
    };
    let wanted = ["eve@tailspintoys.com delivered high send_log -"];
    assert_eq!(fates_of([&one, &two]), wanted);
    assert_eq!(fates_of([&two, &one]), wanted);
    // Without the log of the other server, nothing is claimed.
    let alone = Call::new(["messages"]).argument(&one).run();
    let found = fates(&alone);
    assert!(!found[0].contains("delivered"), "{found:?}");
}

#[test]
fn an_attempt_names_its_rows_and_the_incident() {
    let record = &run(["messages", "sample-logs/deferred-then-taken"]).lines()[0];
    let attempts = record["attempts"].as_array().expect("attempts");
    let outcomes: Vec<&Value> = attempts.iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["deferred", "deferred", "taken"]);
    for attempt in attempts {
        let file = attempt["file"].as_str().expect("a file");
        let path = sample::folder().join("deferred-then-taken").join(file);
        let log = std::fs::read_to_string(path).expect("the log");
        let line = attempt["line"].as_u64().expect("a line") as usize;
        let row = log.lines().nth(line - 1).expect("the row");
        let session = attempt["session_id"].as_str().expect("an id");
        assert!(row.contains(session) && row.contains("MAIL FROM:"), "{row}");
    }
    let report = run(["diagnose", "-f", "json", "sample-logs/deferred-then-taken"]).json();
    assert_eq!(record["incident"], report["incidents"][0]["id"]);
}

#[test]
fn standard_input_is_followed_in_one_pass() {
    let folder = sample::folder().join("half-rejected");
    let log = std::fs::read(folder.join("SEND2026120807-1.LOG")).expect("the log");
    let found = fates(&Call::new(["messages", "-"]).stdin(&log).run());
    assert_eq!(
        found,
        fates(&run(["messages", "sample-logs/half-rejected"]))
    );
}

#[test]
fn options_choose_messages() {
    let with = |options: &[&str]| {
        let call = Call::new(["messages", "sample-logs/deferred-then-taken"]);
        let call = options.iter().fold(call, Call::argument);
        fates(&call.run()).len()
    };
    assert_eq!(with(&[]), 1);
    assert_eq!(with(&["--all"]), 3);
    assert_eq!(with(&["--sender", "anna@*"]), 2);
    assert_eq!(with(&["--recipient", "*@CONTOSO.mail.onmicrosoft.com"]), 2);
    assert_eq!(with(&["--sender", "anna@*", "--recipient", "dan@*"]), 1);
    assert_eq!(
        with(&["--message-id", "77d0c51be90a4f13@ex01.contoso.com"]),
        1
    );
    assert_eq!(with(&["--fate", "bounced,waiting"]), 0);
    assert_eq!(with(&["--fate", "delivered"]), 1);
    assert_eq!(with(&["--since", "2026-12-07T09:30:00Z"]), 0);
    let wrong = run([
        "messages",
        "--message-id",
        "<>",
        "sample-logs/half-rejected",
    ]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn options_choose_messages_that_no_session_shows() {
    for case in ["tracking-logs-only", "waiting-without-session"] {
        let path = sample::path(case);
        let all = records(&run(["messages", &path]));
        let one = &all[0];
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        for (option, value) in [
            ("--message-id", text(&one["message_id"])),
            ("--sender", text(&one["sender"])),
            ("--recipient", text(&one["recipients"][0]["address"])),
        ] {
            let found = records(&run(["messages", option, &value, &path]));
            assert!(found.contains(one), "{case}: {option} {value}");
            assert!(found.len() <= all.len(), "{case}: {option} {value}");
        }
        let nobody = records(&run(["messages", "--sender", "nobody@*", &path]));
        assert_eq!(nobody, Vec::<Value>::new());
    }
}

#[test]
fn the_table_has_one_row_for_each_recipient_that_is_asked_for() {
    let table = run([
        "messages",
        "-f",
        "csv",
        "--fate",
        "bounced,lost",
        "sample-logs/half-rejected",
    ]);
    let rows: Vec<&str> = table.text().lines().collect();
    assert!(rows[0].starts_with("recipient,sender,fate,certainty,time,reply,reason,source,"));
    let recipients: Vec<&str> = rows[1..]
        .iter()
        .map(|row| row.split(',').next().expect("a cell"))
        .collect();
    assert_eq!(
        recipients,
        [
            "ann@fabrikam.com",
            "erin@fabrikam.com",
            "frank@fabrikam.com"
        ]
    );
    assert!(rows[3].starts_with("frank@fabrikam.com,<>,lost,medium,"));
}

#[test]
fn subjects_are_shown_only_on_request() {
    for case in ["bounced-with-report", "tracking-logs-only"] {
        for format in ["ndjson", "json", "csv", "text"] {
            let path = sample::path(case);
            let without = run(["messages", "-f", format, &path]);
            assert!(!without.text().contains("Offer"), "{case} as {format}");
            let with = run(["messages", "--subjects", "-f", format, &path]);
            assert!(with.text().contains("Offer"), "{case} as {format}");
        }
    }
}

#[test]
fn every_line_that_was_read_is_of_one_kind() {
    let folder = crate::usage::folder();
    let case = sample::folder().join("tracking-logs-only");
    let name = "EX01/MessageTracking/MSGTRK2026121107-1.LOG";
    let mut log = std::fs::read_to_string(case.join(name)).expect("a log");
    log.push_str("no row at all\r\n\r\n");
    crate::usage::write(&folder, "MSGTRK2026121107-1.LOG", log);
    for format in ["ndjson", "json"] {
        let call = Call::new(["messages", "-f", format]);
        let run = call.argument(folder.path()).run();
        let objects = match format {
            "json" => run.json().as_array().expect("an array").clone(),
            _ => run.lines(),
        };
        let summary = objects.last().expect("a summary");
        let read = &summary["tracking_logs"];
        let number = |name: &str| read[name].as_u64().expect("a number");
        assert_eq!((number("files"), number("malformed_lines")), (1, 1));
        assert_eq!(number("blank_lines"), 1);
        let kinds = ["header_lines", "records", "blank_lines", "malformed_lines"];
        assert_eq!(kinds.map(number).iter().sum::<u64>(), number("lines"));
        assert!(number("records") > 0);
        assert_eq!(summary["send_logs"]["lines"], 0);
    }
}

#[test]
fn threads_and_ways_of_reading_change_nothing() {
    for case in ["bounced-with-report", "hub-and-frontend", "two-tenants"] {
        let path = sample::path(case);
        let one = run(["messages", "--threads", "1", &path]);
        let many = run(["messages", "--threads", "7", "--io", "mmap", &path]);
        assert_eq!(one.out, many.out, "{case}");
    }
}

#[test]
fn the_list_agrees_with_the_report() {
    for case in sample::cases() {
        let path = sample::path(&case);
        let report = run(["diagnose", "-f", "json", &path]).json();
        let listed = run(["messages", &path]);
        if listed.code != 0 {
            continue;
        }
        let ids: Vec<String> = report["incidents"]
            .as_array()
            .expect("incidents")
            .iter()
            .map(|incident| incident["id"].as_str().expect("an id").to_owned())
            .collect();
        for record in records(&listed) {
            let recipients = record["recipients"].as_array().expect("a list");
            assert!(!recipients.is_empty(), "{case}: {record}");
            if let Some(id) = record["incident"].as_str() {
                assert!(ids.contains(&id.to_owned()), "{case}: {id}");
            }
        }
    }
}
