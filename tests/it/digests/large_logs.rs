//! Sessions that are open at the end of a large log, of which only the parts with their rows are read again.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::logs::{run, text};
use super::updates::Server;
use crate::corpus::Random;

/// So many sessions, of which six are under way at any time.
const SESSIONS: usize = 7_000;

/// Of so many sessions, one has its end only at the end of the log.
const LASTING: usize = 900;

const ROWS: [&str; 8] = [
    "+,,",
    "<,\"220 AM0PEPF0000012F.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready\",",
    ">,EHLO mail.contoso.com,",
    "<,250 AM0PEPF0000012F.mail.protection.outlook.com Hello [203.0.113.7],",
    ">,MAIL FROM:<anna@contoso.com> SIZE=2048,",
    ">,RCPT TO:<desk@fabrikam.com>,",
    "<,550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com],",
    "-,,Local",
];

/// A row, with the columns in their usual order or in another one.
fn row(second: usize, session: usize, number: usize, other_columns: bool) -> String {
    let (minutes, seconds) = (second / 60, second % 60);
    let time = format!(
        "2026-11-03T{:02}:{:02}:{seconds:02}.000Z",
        minutes / 60,
        minutes % 60
    );
    let id = format!("08DE{session:012X}");
    let ends = "10.0.0.4:25001,52.101.73.1:25";
    let what = ROWS[number];
    if other_columns {
        format!("{time},{id},To Office 365,{number},{ends},{what}\r\n")
    } else {
        format!("{time},To Office 365,{id},{number},{ends},{what}\r\n")
    }
}

/// A log of some five megabytes. Its columns may change in the middle, and it may have a line that is longer than
/// any line of a log.
fn log(has_other_columns: bool, has_long_line: bool) -> String {
    let last = ROWS.len() - 1;
    let mut log = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: SMTP Send Protocol Log\r\n#Date: 2026-11-03T00:00:00.000Z\r\n#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n".to_owned();
    let mut other_columns = false;
    for step in 0..SESSIONS + last {
        if has_other_columns && step == SESSIONS / 3 {
            other_columns = true;
            log.push_str("#Fields: date-time,session-id,connector-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n");
        }
        if has_long_line && step == SESSIONS / 2 {
            writeln!(log, "{}", "x".repeat(1_300_000)).expect("memory");
        }
        // Session `step` writes its first row, the one before it the second, and so on.
        for number in (0..ROWS.len()).rev() {
            let session = step
                .checked_sub(number)
                .filter(|session| *session < SESSIONS);
            let lasts = session.is_some_and(|session| session % LASTING == 0 && number == last);
            if let Some(session) = session.filter(|_| !lasts) {
                log.push_str(&row(step, session, number, other_columns));
            }
        }
    }
    for session in (0..SESSIONS).step_by(LASTING) {
        log.push_str(&row(SESSIONS + ROWS.len(), session, last, other_columns));
    }
    log
}

/// The digest is that of the whole log, and shows what the log shows.
fn holds(server: &Server, what: &str) {
    server.holds(what);
    let diagnosis = |path: &str| {
        let arguments = ["diagnose", &text(&server.path(path)), "-f", "json"];
        run(&arguments.map(str::to_owned), &server.path("report"))
    };
    assert_eq!(diagnosis("updated.digest"), diagnosis("live"), "{what}");
}

#[test]
fn sessions_that_last_go_on_wherever_their_rows_are() {
    for (has_other_columns, has_long_line) in [(false, false), (true, false), (false, true)] {
        let what = format!("{has_other_columns} {has_long_line}");
        let log = log(has_other_columns, has_long_line);
        assert!(log.len() > 4 << 20, "{}", log.len());
        let mut server = Server::of(|folder: &Path| {
            let folder = folder.join("EX01/Hub");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("SEND2026110300-1.LOG"), &log).expect("a log");
        });
        let mut random = Random::new(0x1A57);
        server.grow(&mut random, Some(log.len()));
        holds(&server, &what);
        server.grow(&mut random, None);
        holds(&server, &what);
    }
}
