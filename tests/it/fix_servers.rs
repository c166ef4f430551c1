//! Servers in reports: which service a fix restarts and where, on which servers an incident is over,
//! and what happens now and then on servers that work.
//!
//! In: sample cases with changes, and logs written here. Out: incidents, fixes, and healthy send
//! connectors.

use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use crate::corpus::{HEADER, Session, tenant};
use crate::sample;
use crate::usage::{diagnose, folder, write};

/// The first incident with this cause.
fn incident(report: &Value, code: &str) -> Value {
    let incidents = report["incidents"].as_array().expect("a list");
    let mut with = incidents.iter().filter(|one| one["cause"]["code"] == code);
    let found = with.next().unwrap_or_else(|| panic!("no {code}: {report}"));
    found.clone()
}

/// A copy of the case with a front end, whose front end is on EX02 and cannot use its private key.
fn with_front_end_on_another_server() -> tempfile::TempDir {
    let root = folder();
    let case = sample::folder().join("hub-and-frontend");
    let files = WalkDir::new(&case).into_iter().flatten();
    for entry in files.filter(|entry| entry.file_type().is_file()) {
        let name = entry.path().strip_prefix(&case).expect("in the case");
        let name = name.to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(entry.path()).expect("a file");
        let Some(rest) = name.strip_prefix("EX01/TransportRoles/Logs/FrontEnd/") else {
            write(&root, &name, text);
            continue;
        };
        let failed = text
            .lines()
            .map(|line| match line.split_once(",*,,\"TLS protocol") {
                Some((start, _)) => {
                    format!("{start},*,,TLS negotiation failed with error NoCredentials\r\n")
                }
                None => format!("{line}\r\n"),
            });
        let failed: String = failed.collect();
        write(
            &root,
            &format!("EX02/TransportRoles/Logs/FrontEnd/{rest}"),
            failed,
        );
    }
    root
}

#[test]
fn a_front_end_is_restarted_where_it_offers_the_certificate() {
    let root = with_front_end_on_another_server();
    let report = diagnose(root.path()).json();
    let incident = incident(&report, "CRT007");
    let fix = incident["fix"].to_string();
    assert!(fix.contains("-Server 'EX02'"), "{fix}");
    assert!(!fix.contains("-Server 'EX01'"), "{fix}");
    assert!(fix.contains("MSExchangeFrontEndTransport"), "{fix}");
    assert!(!fix.contains("MSExchangeTransport"), "{fix}");
    let explanation = incident["explanation"].as_str().expect("a text");
    assert!(explanation.contains("EX02/FrontEnd"), "{explanation}");
}

/// The rows of sessions, each begun in a minute of its own after 02:00.
fn log(sessions: impl IntoIterator<Item = (u32, Vec<String>)>) -> String {
    let mut log = HEADER.to_owned();
    for (minute, rows) in sessions {
        for (number, row) in rows.iter().enumerate() {
            log.push_str(&format!("2026-11-03T02:{minute:02}:{number:02}.000Z,{row}"));
        }
    }
    log
}

fn session(minute: u32, server: u32, name: &str, reply: &str) -> (u32, Vec<String>) {
    let id = format!("08DF31F688AD{server:02}{minute:02}");
    let session = Session {
        id: &id,
        name,
        reply,
        ..Session::default()
    };
    let mut rows = session.rows();
    if reply == TAKEN {
        // The message itself goes before QUIT.
        let rest = "10.0.0.5:36222,192.0.2.36:25";
        let queued = "250 2.6.0 <a@contoso.com> Queued mail for delivery";
        rows.insert(
            16,
            format!("To Office 365,{id},16,{rest},>,BDAT 1 LAST,\r\n"),
        );
        rows.insert(17, format!("To Office 365,{id},17,{rest},<,{queued},\r\n"));
        for (number, row) in rows.iter_mut().enumerate().skip(18) {
            let old = format!(",{id},{},", number - 2);
            *row = row.replace(&old, &format!(",{id},{number},"));
        }
    }
    (minute, rows)
}

const TAKEN: &str = "250 2.1.5 Recipient OK";
const DENIED: &str = crate::corpus::DENIED;

fn write_log(root: &tempfile::TempDir, server: &str, log: &str) {
    let name =
        format!("{server}/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend/SEND2026110302-1.LOG");
    write(root, &name, log);
}

#[test]
fn an_incident_that_is_over_on_one_server_says_so() {
    let root = folder();
    tenant(&root.path().join("tenant"), "mail.contoso.com");
    let bad = |server| move |minute| session(minute, server, "smtp.contoso.net", DENIED);
    let fixed = |minute| session(minute, 1, "mail.contoso.com", TAKEN);
    write_log(
        &root,
        "EX01",
        &log((0..12).map(bad(1)).chain((12..20).map(fixed))),
    );
    write_log(&root, "EX02", &log((0..20).map(bad(2))));
    let report = diagnose(root.path()).json();
    let incident = incident(&report, "CRT005");
    assert_eq!(incident["status"]["state"], "ongoing", "{incident}");
    let explanation = incident["explanation"].as_str().expect("a text");
    assert!(
        explanation.ends_with("It is over on EX01/Hub. It goes on on EX02/Hub only."),
        "{explanation}"
    );
}

#[test]
fn dropped_sessions_and_failed_connections_are_counted_where_they_are_no_incident() {
    let root = folder();
    tenant(&root.path().join("tenant"), "mail.contoso.com");
    let taken = |minute| session(minute, 1, "mail.contoso.com", TAKEN);
    let dropped = |minute| {
        let (minute, mut rows) = taken(minute);
        rows.truncate(12);
        let closed = "To Office 365,08DF31F688AD01".to_owned();
        rows.push(format!(
            "{closed}{minute:02},12,10.0.0.5:36222,192.0.2.36:25,-,,Remote\r\n"
        ));
        (minute, rows)
    };
    let sessions = (0..10).map(|minute| match minute {
        3 | 7 => dropped(minute),
        _ => taken(minute),
    });
    write_log(&root, "EX01", &log(sessions));
    let run = crate::program::run([Path::new("diagnose"), Path::new("--full"), root.path()]);
    let words: Vec<&str> = run.text().split_whitespace().collect();
    let text = words.join(" ");
    assert!(text.contains("2 sessions ended without a reply"), "{text}");
    let report = diagnose(root.path()).json();
    assert_eq!(report["healthy"][0]["dropped"], 2, "{report}");
    assert_eq!(report["healthy"][0]["accepted"], 8, "{report}");
}
