//! Exports and logs of queues: mail that waits, also where the log has no session at all.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Run, run, texts};
use crate::usage::{diagnose, folder, on, write};

const GUID: &str = "6e4d3f9a-0b0c-4c5d-9e1f-223344556677";

/// The forms in which PowerShell writes queues, and whether they lose something.
fn forms() -> Vec<(PathBuf, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/powershell-exports/queues");
    let entries = std::fs::read_dir(root).expect("the folder");
    let mut forms: Vec<(PathBuf, bool)> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let lossy = path.join("lossy").exists();
            (path, lossy)
        })
        .collect();
    forms.sort();
    forms
}

fn codes(report: &Value) -> Vec<String> {
    texts(&report["incidents"], "/cause/code")
        .into_iter()
        .map(|code| code.to_owned())
        .collect()
}

#[test]
fn every_form_shows_the_incident_without_any_log() {
    for (form, _) in forms().into_iter().filter(|(_, lossy)| !lossy) {
        let found = diagnose(&form);
        assert_eq!(found.code, 1, "{form:?}\n{}", found.err);
        let report = found.json();
        assert_eq!(codes(&report), ["SND002"], "{form:?}");
        let incident = &report["incidents"][0];
        assert_eq!(incident["send_connector"], GUID, "{form:?}");
        assert_eq!(incident["queue"]["messages"], 3, "{form:?}");
        assert_eq!(incident["queue"]["queues"][0], "EX01\\41", "{form:?}");
        assert_eq!(incident["status"]["state"], "ongoing");
        let queues = &report["queues"];
        assert_eq!(queues["messages"], 3, "{form:?}");
        assert_eq!(queues["queues"], 3, "{form:?}");
        assert_eq!(report["input"]["files"], 0);
    }
}

#[test]
fn a_form_that_loses_values_says_nothing_wrong_and_what_it_lost() {
    for (form, _) in forms().into_iter().filter(|(_, lossy)| *lossy) {
        let found = diagnose(&form);
        if found.out.is_empty() {
            assert_ne!(found.code, 0, "{form:?}");
            let words = ["loses", "cuts", "Format-Table", "export"];
            let named = words.iter().any(|word| found.err.contains(word));
            assert!(named, "{form:?}\n{}", found.err);
            continue;
        }
        let report = found.json();
        let codes = codes(&report);
        assert!(codes.iter().all(|code| code == "SND002"), "{form:?}");
        let said = report["not_judged"].to_string() + &found.err;
        let words = [
            "lost",
            "cut",
            "without recipients",
            "loses",
            "broken",
            "time zone",
        ];
        assert!(
            words.iter().any(|word| said.contains(word)),
            "{form:?}\n{said}"
        );
    }
}

const ERROR: &str = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.";

/// The export of one queue.
fn queue(error: &str, category: &str) -> String {
    serde_json::json!([{
        "Identity": "EX01\\41", "DeliveryType": "SmartHostConnectorDelivery", "NextHopCategory": category,
        "NextHopDomain": "contoso-com.mail.protection.outlook.com", "NextHopConnector": GUID, "Status": "Retry",
        "MessageCount": 7, "LastError": error, "RetryCount": 9, "FirstRetryTime": "2026-11-18T07:40:55Z",
        "LastRetryTime": "2026-11-18T09:12:03Z", "ExportTimeUTC": "2026-11-18T09:15:00Z",
    }])
    .to_string()
}

fn of_queue(error: &str) -> Value {
    let folder = folder();
    write(&folder, "Queue.json", queue(error, "External"));
    diagnose(folder.path()).json()
}

#[test]
fn the_report_says_what_waits_since_when() {
    let folder = folder();
    write(&folder, "Queue.json", queue(ERROR, "External"));
    let found = on("diagnose", &["--full"], folder.path());
    let text = found.text();
    for words in [
        "7 waiting messages",
        "has been failing since 2026-11-18T07:40:55.000Z",
        "named-certificate-not-found (SND002)",
        "Queues: 1 queue, no export of their messages.",
        "waiting: 7 messages, as of 2026-11-18T09:15:00.000Z",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "no {words} in {text}");
    }
    assert!(!text.contains("Offered"), "{text}");
    for format in ["csv", "markdown", "html", "ndjson"] {
        let found = on("diagnose", &["-f", format], folder.path());
        assert_eq!(found.code, 1, "{}", found.err);
        assert!(found.text().contains("SND002"), "{format}");
    }
}

#[test]
fn a_finding_says_that_a_queue_shows_the_error() {
    let report = diagnose(Path::new("sample-logs/waiting-in-queue")).json();
    let message = report["findings"][0]["message"].as_str().expect("a text");
    assert!(
        message.ends_with(" Queue EX01\\41 shows the error 454 4.7.5."),
        "{message}"
    );
}

#[test]
fn only_what_reaches_into_the_period_is_an_incident() {
    let folder = folder();
    write(&folder, "Queue.json", queue(ERROR, "External"));
    for (options, code) in [
        (&["--since", "2026-11-18T09:00:00Z"][..], 1),
        (&["--since", "2026-11-18T09:16:00Z"], 0),
        (&["--until", "2026-11-18T08:00:00Z"], 1),
        (&["--until", "2026-11-18T07:00:00Z"], 0),
    ] {
        let found = on("diagnose", options, folder.path());
        assert_eq!(found.code, code, "{options:?}\n{}", found.text());
    }
    // An export that does not say its time may be of the period.
    let undated = queue(ERROR, "External").replace("ExportTimeUTC", "Other");
    write(&folder, "Queue.json", undated);
    let found = on("diagnose", &["--since", "2026-11-19"], folder.path());
    assert_eq!(found.code, 1, "{}", found.text());
}

#[test]
fn each_error_leads_to_its_cause() {
    for (error, code, also) in [
        (ERROR, "SND002", &[][..]),
        (
            "454 4.7.5 Certificate validation failure, reason:UntrustedRoot",
            "TLS006",
            &[],
        ),
        (
            "451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketTimedout: Socket error code 10060",
            "NET001",
            &[],
        ),
        ("421 4.4.1 Connection timed out", "CRT007", &["NET001"]),
        (
            "421 4.4.2 Connection dropped due to ConnectionReset",
            "TLS005",
            &[],
        ),
        ("451 5.7.3 STARTTLS is required to send mail", "TLS001", &[]),
        ("451 4.4.0 Security status InvalidToken", "TLS003", &[]),
        (
            "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
            "ATT002",
            &[],
        ),
        (
            "451 4.4.4 Temporary server error. Please try again later ATTR3",
            "ATT003",
            &[],
        ),
        (
            "450 4.7.230 Connecting Exchange server version is out-of-date",
            "ATT007",
            &[],
        ),
    ] {
        let report = of_queue(error);
        assert_eq!(codes(&report), [code], "{error}");
        assert_eq!(texts(&report["incidents"][0]["also"], ""), also, "{error}");
    }
    for error in [
        "",
        "451 4.4.0 DNS query failed",
        "432 4.3.2 STOREDRV.Deliver; busy",
    ] {
        assert_eq!(codes(&of_queue(error)), [""; 0], "{error}");
    }
}

#[test]
fn internal_queues_are_no_incident() {
    let folder = folder();
    write(&folder, "Queue.json", queue(ERROR, "Internal"));
    let found = diagnose(folder.path());
    assert_eq!(found.code, 0, "{}", found.err);
    assert_eq!(codes(&found.json()), [""; 0]);
}

#[test]
fn logs_of_queues_are_exports_that_nobody_had_to_make() {
    let folder = folder();
    let row = format!(
        "2026-11-18T09:00:00.000Z,1,QUEUE,EX01\\41,Retry,DnsConnectorDelivery,contoso.mail.onmicrosoft.com,,12,0,0,0,0,-3,External,Normal,0,{GUID},mail.protection.outlook.com,{ERROR},,\r\n"
    );
    let log = format!(
        "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1748.010\r\n#Log-type: Transport Queue Log\r\n#Date: 2026-11-18T09:00:00.000Z\r\n#Fields: Timestamp,SequenceNumber,EventId,QueueIdentity,Status,DeliveryType,NextHopDomain,NextHopKey,MessageCount,DeferredMessageCount,LockedMessageCount,IncomingRate,OutgoingRate,Velocity,NextHopCategory,RiskLevel,OutboundIPPool,NextHopConnector,TlsDomain,LastError,Data,CustomData\r\n{row}"
    );
    write(&folder, "QueueViewer/TRANSPORTQUEUE2026111809-1.LOG", &log);
    let report = diagnose(folder.path()).json();
    assert_eq!(codes(&report), ["SND002"]);
    assert_eq!(report["incidents"][0]["evidence"][0]["line"], 6);
    assert_eq!(report["input"]["skipped"], Value::Array(Vec::new()));

    let folder = self::folder();
    let snapshot = format!(
        "<?xml version=\"1.0\"?><QueueAggregationInfo><QueueInfo><LocalQueueInfo><QueueIdentity>EX01\\41</QueueIdentity><MessageCount>12</MessageCount><NextHopDomain>contoso.mail.onmicrosoft.com</NextHopDomain><DeliveryType>DnsConnectorDelivery</DeliveryType><LastError>{ERROR}</LastError></LocalQueueInfo></QueueInfo><Time>2026-11-18T09:15:00Z</Time></QueueAggregationInfo>"
    );
    write(&folder, "QueueSnapShot.xml", &snapshot);
    let report = diagnose(folder.path()).json();
    assert_eq!(codes(&report), ["SND002"]);
    assert_eq!(
        report["incidents"][0]["queue"]["as_of"],
        "2026-11-18T09:15:00.000Z"
    );
    // It is read whole or not at all.
    write(&folder, "QueueSnapShot.xml", &snapshot[..200]);
    let found: Run = diagnose(folder.path());
    assert_eq!(found.code, 2);
    assert!(found.err.contains("copy it again"), "{}", found.err);
}

#[test]
fn explain_finds_the_reply_inside() {
    for (text, code) in [
        (format!("[{{LRT=11/18/2026 9:12:03 AM}};{{LED={ERROR}}};{{FQDN=}};{{IP=}}]"), "SND002"),
        ("451 4.4.0 Primary target IP address responded with: \"451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35\" Attempted failover to alternate host, but that did not succeed.".to_owned(), "ATT002"),
        ("550 5.4.300 Message expired -> 450 4.7.230 Connecting Exchange server version is out-of-date".to_owned(), "ATT007"),
        ("Server at contoso-com.mail.protection.outlook.com (192.0.2.36) returned '451 4.4.4 Temporary server error. Please try again later ATTR3'".to_owned(), "ATT003"),
    ] {
        let found = run(["explain", &text]);
        assert_eq!(found.code, 0, "{}", found.err);
        assert!(found.text().contains(code), "{text}\n{}", found.text());
    }
}

/// The case of mail that waits, with these files beside it.
fn waiting_with(files: &[(&str, &str)]) -> Value {
    let folder = folder();
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/waiting-in-queue");
    for entry in walkdir::WalkDir::new(&case) {
        let entry = entry.expect("an entry");
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(&case).expect("below the case");
            let content = std::fs::read(entry.path()).expect("a file");
            write(&folder, &name.to_string_lossy(), content);
        }
    }
    for (name, content) in files {
        write(&folder, name, content);
    }
    diagnose(folder.path()).json()
}

/// The queue of that case in an export of 10:05, or another queue.
fn later_export(number: u32, count: u32) -> String {
    let text = std::fs::read_to_string("sample-logs/waiting-in-queue/on-premises/Queue.json");
    let rows: Value = serde_json::from_str(&text.expect("the export")).expect("JSON");
    let mut row = rows[0].clone();
    row["Identity"] = format!("EX01\\{number}").into();
    row["QueueIdentity"] = row["Identity"].clone();
    row["MessageCount"] = count.to_string().into();
    row["ExportTimeUTC"] = "2026-11-18T10:05:00.0000000Z".into();
    Value::Array(vec![row]).to_string()
}

fn status(report: &Value) -> &Value {
    &report["incidents"][0]["status"]["state"]
}

fn messages_of_findings(report: &Value) -> String {
    texts(&report["findings"], "/message").join(" ")
}

#[test]
fn a_later_export_shows_that_it_is_over() {
    let report = waiting_with(&[]);
    assert_eq!(
        (codes(&report), status(&report)),
        (vec!["SND002".into()], &"ongoing".into())
    );
    assert!(messages_of_findings(&report).contains("Queue EX01\\41 shows"));
    // The queue is there and empty, or gone.
    for export in [later_export(41, 0), later_export(44, 0)] {
        let report = waiting_with(&[("later/Queue.json", &export)]);
        assert_eq!(codes(&report), ["SND002"], "{export}");
        let incident = &report["incidents"][0];
        assert_eq!(incident["status"]["state"], "over", "{export}");
        assert_eq!(incident["status"]["since"], "2026-11-18T08:52:40.000Z");
        assert_eq!(incident["queue"]["messages"], 3);
        let step = incident["fix"][0]["note"].as_str().expect("a note");
        assert!(
            step.starts_with("No fix is needed any more: at 2026-11-18T10:05:00Z"),
            "{step}"
        );
        assert_eq!(incident["fix"].as_array().map(Vec::len), Some(1));
        let said = messages_of_findings(&report);
        assert!(!said.contains("Queue EX01"), "{said}");
        assert_eq!(texts(&report["findings"], "/code"), ["SND102"]);
    }
    // It still fails, in another queue.
    let report = waiting_with(&[("later/Queue.json", &later_export(57, 8))]);
    let incident = &report["incidents"][0];
    assert_eq!(status(&report), "ongoing");
    assert_eq!(incident["queue"]["queues"], serde_json::json!(["EX01\\57"]));
    assert_eq!(incident["queue"]["messages"], 8);
}

#[test]
fn later_logs_show_that_it_is_over_or_leave_it_open() {
    let text = std::fs::read_to_string("sample-logs/waiting-in-queue/SEND2026111718-1.LOG");
    let text = text.expect("the log");
    // The same sessions on the next day, with other ids.
    let log = |hour: u32| {
        let day = text.replace("2026-11-17T18", &format!("2026-11-18T{hour:02}"));
        day.replace(",08DE", ",08DF")
    };
    let report = waiting_with(&[("SEND2026111810-1.LOG", &log(10))]);
    assert_eq!(codes(&report), ["SND002"]);
    assert_eq!(status(&report), "over");
    let accepted = &report["incidents"][0]["status"]["accepted_after"];
    assert!(accepted.as_u64() > Some(0), "{accepted}");
    assert!(!messages_of_findings(&report).contains("Queue EX01"));
    // Another server goes on for hours.
    let report = waiting_with(&[("EX02/SEND2026111812-1.LOG", &log(12))]);
    assert_eq!(codes(&report), ["SND002"]);
    assert_eq!(status(&report), "unclear");
    assert_eq!(report["incidents"][0]["status"]["since"], Value::Null);
    let said = messages_of_findings(&report);
    assert!(
        said.contains("At 2026-11-18T08:55:00Z, queue EX01\\41 showed the error 454 4.7.5."),
        "{said}"
    );
}

#[test]
fn without_the_name_of_the_send_connector_the_incident_says_so() {
    let timeout = "[{LED=451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketTimedout: Socket error code 10060};{MSG=};{FQDN=contoso-com.mail.protection.outlook.com};{IP=192.0.2.36}]";
    for (error, code) in [(ERROR, "SND002"), (timeout, "NET001")] {
        // The Guid alone, as someone copied these columns.
        let folder = folder();
        let guid = serde_json::json!([{"Identity": "EX01\\41", "NextHopConnector": GUID, "LastError": error}]);
        write(&folder, "Queue.json", guid.to_string());
        let report = diagnose(folder.path()).json();
        assert_eq!(codes(&report), [code]);
        let incident = &report["incidents"][0];
        assert_eq!(incident["send_connector"], GUID);
        assert_eq!(incident["queue"]["messages"], Value::Null);
        let text = incident["explanation"].as_str().expect("a text");
        assert!(text.contains(&format!("only its Guid {GUID}")), "{text}");
        // No column names it.
        let without = serde_json::json!([{"Identity": "EX01\\41", "MessageCount": 3,
            "NextHopDomain": "contoso.mail.onmicrosoft.com", "LastError": error}]);
        write(&folder, "Queue.json", without.to_string());
        let report = diagnose(folder.path()).json();
        assert_eq!(codes(&report), [code]);
        let text = report["incidents"][0]["explanation"].to_string();
        assert!(
            text.contains("does not show the send connector of the queue"),
            "{text}"
        );
    }
    // The exports of the case name it.
    let report = diagnose(Path::new("sample-logs/waiting-in-queue")).json();
    let text = report["incidents"][0]["explanation"].to_string();
    assert!(!text.contains("Guid"), "{text}");
}
