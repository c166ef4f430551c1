//! What people hand over instead of the file: copies from pages and mails, logs of other kinds, logs without
//! rows, and exports with what a console puts around them.

use serde_json::Value;
use tempfile::TempDir;

use crate::corpus::{HEADER, Random, Session};
use crate::counting::add_up;
use crate::program::{Call, causes, run, texts};
use crate::usage::{diagnose, folder, on, refused, refuses, write};
use crate::zip_file::{Member, zip};

const LOG: &str = "logs/SEND2026110302-1.LOG";

/// The log of one rejected session, without its byte order mark.
fn log() -> String {
    let log = Session::default().log();
    log.trim_start_matches('\u{feff}').to_owned()
}

/// The rows of that log.
fn rows() -> Vec<String> {
    let log = log();
    let rows = log.lines().filter(|line| !line.starts_with('#'));
    rows.map(str::to_owned).collect()
}

/// Every line changed by `change`, which gets its number from 0.
fn each(change: impl Fn(usize, &str) -> String) -> String {
    let log = log();
    let lines = log.lines().enumerate();
    lines.map(|(at, line)| change(at, line) + "\n").collect()
}

/// The folder of a tenant, whose connector does not match the certificate, with this log.
fn with(log: impl AsRef<[u8]>) -> TempDir {
    let folder = refused("relay.contoso.com");
    write(&folder, LOG, log);
    folder
}

/// The findings of a code.
fn findings<'a>(report: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().expect("findings");
    all.iter()
        .filter(|finding| finding["code"] == code)
        .collect()
}

/// A row with blanks after the commas between its columns.
fn spaced(line: &str) -> String {
    let mut quoted = false;
    let mut text = String::new();
    for character in line.chars() {
        quoted ^= character == '"';
        text.push(character);
        if character == ',' && !quoted {
            text.push(' ');
        }
    }
    text.trim_end().to_owned()
}

/// A row as a spreadsheet copies it: cells without quotes between tabs.
fn cells(line: &str) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let record = reader.records().next().expect("a row").expect("a row");
    record.iter().collect::<Vec<_>>().join("\t")
}

/// Lines of at most `width` characters, broken at blanks.
fn wrapped(line: &str, width: usize) -> String {
    let mut text = String::new();
    let mut length = 0;
    for (at, word) in line.split(' ').enumerate() {
        let count = word.chars().count();
        if at > 0 && length + 1 + count > width {
            text.push('\n');
            length = 0;
        } else if at > 0 {
            text.push(' ');
            length += 1;
        }
        text.push_str(word);
        length += count;
    }
    text
}

/// Lines cut at a width, as a console does.
fn cut(line: &str, width: usize) -> String {
    let characters: Vec<char> = line.chars().collect();
    let parts = characters.chunks(width).map(|part| part.iter().collect());
    parts.collect::<Vec<String>>().join("\n")
}

fn html(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Copies of the log from which everything can be read, each with a word by which the finding names it.
fn copies() -> Vec<(&'static str, String)> {
    let mut copies = plain_copies();
    copies.extend([
        ("fixed blanks", each(|_, line| line.replace(' ', "\u{a0}"))),
        ("marks", each(|_, line| format!("- {line}")) + "- \n"),
        (
            "line numbers",
            each(|at, line| format!("[{at}] {line}")) + "[25]\n",
        ),
    ]);
    copies
}

/// The more usual ones.
#[allow(clippy::too_many_lines, reason = "a list, copy by copy")]
fn plain_copies() -> Vec<(&'static str, String)> {
    let event = |line: &str, from: &str, to: &str| line.replace(from, to);
    vec![
        (
            "line numbers",
            each(|at, line| format!("{:>4}. {line}", at + 1)),
        ),
        (
            "line numbers",
            each(|at, line| format!("{}:{line}", at + 1)),
        ),
        (
            "line numbers",
            each(|at, line| format!("{}\t{line}", at + 1)),
        ),
        (
            "file names",
            each(|at, line| format!("C:\\logs\\SEND2026110302-1.LOG:{}:{line}", at + 1)),
        ),
        ("marks", each(|_, line| format!("> {line}"))),
        ("marks", each(|_, line| format!("> > {line}"))),
        ("marks", each(|_, line| format!("- {line}"))),
        ("marks", each(|_, line| format!("    {line}"))),
        ("'&lt;'", each(|_, line| html(line))),
        ("'&lt;'", each(|_, line| format!("<p>{}<br/>", html(line)))),
        (
            "'\\*'",
            each(|_, line| event(line, ",*,", ",\\*,").replace('_', "\\_")),
        ),
        (
            "curly",
            each(|_, line| {
                let mut open = false;
                let quote = |character: char| match character {
                    '"' => {
                        open = !open;
                        if open { '“' } else { '”' }
                    }
                    other => other,
                };
                let line = event(line, ",-,", ",–,");
                line.chars().map(quote).collect()
            }),
        ),
        ("tabs", each(|_, line| cells(line))),
        ("tabs", each(|_, line| cells(line).trim_end().to_owned())),
        (
            "semicolons",
            each(|_, line| {
                let cells = cells(line);
                let quoted = cells.split('\t').map(|cell| {
                    if cell.contains(['"', ';']) {
                        format!("\"{}\"", cell.replace('"', "\"\""))
                    } else {
                        cell.to_owned()
                    }
                });
                quoted.collect::<Vec<_>>().join(";")
            }),
        ),
        ("blanks after the commas", each(|_, line| spaced(line))),
        ("wrapped lines", each(|_, line| wrapped(line, 76))),
        ("wrapped lines", each(|_, line| cut(line, 80))),
        (
            "marks",
            each(|_, line| format!("> {}", wrapped(line, 72).replace('\n', "\n> "))),
        ),
        ("marks", each(|_, line| format!("\u{a0}\u{a0}{line}\n"))),
    ]
}

#[test]
fn a_copied_log_says_what_it_is_and_gives_the_same_answer() {
    let original = diagnose(with(log()).path()).json();
    assert_eq!(causes(&original), ["CRT005"]);
    for (sign, copy) in copies() {
        let folder = with(&copy);
        let report = diagnose(folder.path()).json();
        assert_eq!(causes(&report), ["CRT005"], "{sign}:\n{copy}\n{report:#}");
        for field in [
            "certificate",
            "rejected",
            "replies",
            "first",
            "last",
            "send_connector",
        ] {
            assert_eq!(
                report["incidents"][0][field], original["incidents"][0][field],
                "{sign}: {field}"
            );
        }
        add_up(sign, &report, &on("sessions", &[], folder.path()));
        assert_eq!(report["input"]["malformed_lines"], 0, "{sign}:\n{copy}");
        assert_eq!(report["input"]["lines"], copy.lines().count(), "{sign}");
        assert_eq!(report["input"]["bytes"], copy.len(), "{sign}");
        let found = findings(&report, "LOG001");
        assert_eq!(found.len(), 1, "{sign}");
        assert_eq!(found[0]["severity"], "info", "{sign}");
        let message = found[0]["message"].as_str().expect("a message");
        assert!(
            message.contains(sign) && message.contains("looks copied"),
            "{sign}: {message}"
        );
        assert!(texts(&report["input"]["notes"], "/code").contains(&"pasted".to_owned()));
    }
}

#[test]
fn the_places_of_a_copied_log_are_those_of_its_lines() {
    // Doubled blank lines, and rows in two lines: the rejection is far from its number in the log.
    let copy = each(|_, line| format!("> {}\n>", wrapped(line, 76).replace('\n', "\n> ")));
    let at = copy.lines().position(|line| line.contains("02:14:02.500Z"));
    let line = at.expect("a rejection") + 1;
    let report = diagnose(with(&copy).path()).json();
    let evidence = report["incidents"][0]["evidence"]
        .as_array()
        .expect("evidence");
    let rejection = evidence.iter().find(|row| {
        row["text"]
            .as_str()
            .is_some_and(|text| text.contains("5.7.64"))
    });
    assert_eq!(
        rejection.expect("the rejection")["line"],
        line,
        "{evidence:#?}"
    );
}

#[test]
fn a_copied_log_is_the_same_however_it_is_read() {
    for (sign, copy) in copies().into_iter().step_by(3) {
        let folder = with(&copy);
        let expected = on(
            "diagnose",
            &["-f", "json", "--threads", "1", "--io", "read"],
            folder.path(),
        );
        for options in [
            &["-f", "json", "--threads", "4", "--io", "mmap"][..],
            &["-f", "json", "--threads", "2", "--io", "auto"],
        ] {
            assert_eq!(
                on("diagnose", options, folder.path()).out,
                expected.out,
                "{sign}"
            );
        }
        let bytes = std::fs::read(folder.path().join(LOG)).expect("a log");
        let file = on("sessions", &[], folder.path()).lines();
        let piped = Call::new(["sessions", "-"]).stdin(&bytes).run().lines();
        assert_eq!(piped.len(), file.len(), "{sign}");
        assert_eq!(piped[0]["certificate"], file[0]["certificate"], "{sign}");
        assert_eq!(piped[0]["line"], file[0]["line"], "{sign}");
    }
}

#[test]
fn a_copied_log_in_utf16_or_ansi_is_read() {
    let copy = each(|at, line| format!("{:>3}: {line}", at + 1).replace("Office", "Bür\u{f6}"));
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(copy.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let ansi: Vec<u8> = copy
        .chars()
        .map(|character| u8::try_from(u32::from(character)).expect("Latin-1"))
        .collect();
    for bytes in [utf16, ansi] {
        let size = bytes.len();
        let report = diagnose(with(bytes).path()).json();
        assert_eq!(causes(&report), ["CRT005"]);
        assert_eq!(report["incidents"][0]["send_connector"], "To Bür\u{f6} 365");
        assert_eq!(report["input"]["bytes"], size);
    }
}

#[test]
fn half_of_a_session_gives_no_verdict() {
    // Another session of the file is whole.
    let whole = Session {
        id: "08DF31F688AD6300",
        ..Session::default()
    };
    let rows = rows();
    let certificate = rows
        .iter()
        .position(|row| row.contains("Sending certificate"));
    let certificate = certificate.expect("a certificate");
    for (what, row) in [
        ("cut", rows[certificate][..150].to_owned()),
        ("event", rows[certificate].replace(",*,", ",,")),
        ("columns", rows[certificate].replace('"', "")),
    ] {
        let mut damaged = rows.clone();
        damaged[certificate] = row;
        let other = whole.log();
        let other = other.lines().filter(|line| line.starts_with("2026"));
        let lines = damaged.iter().map(String::as_str).chain(other);
        let copy: String = lines.map(|line| format!("> {line}\n")).collect();
        let folder = with(&copy);
        let report = diagnose(folder.path()).json();
        add_up(what, &report, &on("sessions", &[], folder.path()));
        assert_eq!(causes(&report), ["CRT005"], "{what}");
        assert_eq!(report["incidents"][0]["rejected"]["sessions"], 1, "{what}");
        assert_eq!(report["input"]["sessions"], 1, "{what}");
        assert_eq!(report["input"]["malformed_lines"], rows.len(), "{what}");
        let found = findings(&report, "LOG001");
        assert!(
            found.iter().all(|finding| finding["severity"] == "warning"),
            "{what}"
        );
        let messages = found.iter().map(|finding| finding["message"].to_string());
        let message = messages.collect::<String>();
        assert!(
            message.contains("nothing can be concluded"),
            "{what}: {message}"
        );
    }
}

#[test]
fn rows_that_somebody_left_out_give_no_verdict() {
    for gap in ["...", "[…]", "<snip>"] {
        let mut rows = rows();
        rows.splice(4..10, [gap.to_owned()]);
        let whole = Session {
            id: "08DF31F688AD6300",
            ..Session::default()
        };
        let whole = whole.log();
        rows.extend(whole.lines().skip(5).map(str::to_owned));
        let folder = with(rows.join("\n"));
        let report = diagnose(folder.path()).json();
        add_up(gap, &report, &on("sessions", &[], folder.path()));
        assert_eq!(causes(&report), ["CRT005"], "{gap}");
        assert_eq!(report["input"]["sessions"], 1, "{gap}");
        let found = findings(&report, "LOG001");
        let messages = found.iter().map(|finding| finding["message"].to_string());
        let messages = messages.collect::<String>();
        assert!(
            messages.contains("rows left out by hand"),
            "{gap}: {messages}"
        );
    }
}

#[test]
fn a_copy_without_one_certain_row_is_exit_3_and_said() {
    let folder = with(each(|_, line| {
        line.replace(['<', '>', '*', '+'], "?")
            .replace(",-,", ",?,")
    }));
    let run = diagnose(folder.path());
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("looks copied") || run.err.contains("look copied"),
        "{}",
        run.err
    );
    let report = run.json();
    assert_eq!(report["input"]["records"], 0);
    assert!(causes(&report).is_empty());
    let text = on("diagnose", &["--full"], folder.path());
    assert!(!text.text().contains("No incident"), "{}", text.text());
}

#[test]
fn rows_that_exchange_does_not_write_are_malformed_and_named() {
    // The damage begins far behind the beginning of the file.
    let mut log = log();
    for number in 0..40 {
        let id = format!("08DF31F688AE{number:04X}");
        let session = Session {
            id: &id,
            ..Session::default()
        };
        log.extend(
            session
                .log()
                .lines()
                .skip(5)
                .map(|line| format!("{line}\r\n")),
        );
    }
    let damaged: Vec<String> = log
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            300..310 => line.replace(",<,", ",&lt;,"),
            310..320 => format!("{line},more"),
            _ => line.to_owned(),
        })
        .collect();
    let folder = with(damaged.join("\r\n"));
    let report = diagnose(folder.path()).json();
    add_up("damaged", &report, &on("sessions", &[], folder.path()));
    let malformed = report["input"]["malformed_lines"]
        .as_u64()
        .expect("a number");
    assert!(malformed > 10, "{malformed}");
    let found = findings(&report, "LOG001");
    assert_eq!(found[0]["severity"], "warning");
    let message = found[0]["message"].as_str().expect("a message");
    assert!(message.contains("a web page or a spreadsheet"), "{message}");
    let notes = texts(&report["input"]["notes"], "/code");
    assert!(
        notes.contains(&"unknown-event".to_owned()) && notes.contains(&"extra-columns".to_owned())
    );
}

#[test]
fn whatever_is_pasted_the_sums_are_equal() {
    let mut random = Random::new(13);
    for round in 0..24 {
        let copies = copies();
        let (_, copy) = &copies[random.below(copies.len())];
        let mut lines: Vec<String> = copy.lines().map(str::to_owned).collect();
        for _ in 0..random.below(6) {
            let at = random.below(lines.len());
            let characters = lines[at].chars().count();
            let place = random.below(characters + 1);
            let line: Vec<char> = lines[at].chars().collect();
            let (before, behind) = line.split_at(place);
            let (before, behind): (String, String) =
                (before.iter().collect(), behind.iter().collect());
            match random.below(6) {
                0 => lines[at] = before,
                1 => lines[at] = behind,
                2 => lines[at] = format!("{before}\"{behind}"),
                3 => lines[at] = format!("{before},{behind}"),
                4 => lines.insert(at, "Then this happens:".to_owned()),
                _ => {
                    lines[at] = before;
                    lines.insert(at + 1, behind);
                }
            }
        }
        let copy = lines.join("\n");
        let folder = with(&copy);
        let run = diagnose(folder.path());
        let what = format!("round {round}:\n{copy}");
        if run.out.is_empty() {
            assert!(matches!(run.code, 2 | 3), "{what}");
            continue;
        }
        let report = run.json();
        add_up(&what, &report, &on("sessions", &[], folder.path()));
        assert_eq!(report["input"]["lines"], copy.lines().count(), "{what}");
    }
}

#[test]
fn a_cut_last_line_is_for_information() {
    let folder = refused("relay.contoso.com");
    let log = log();
    let cut = log.find("QUIT").expect("QUIT");
    // More files than the report shows places.
    for number in 1..=7 {
        let name = format!("EX0{number}/SEND2026110302-1.LOG");
        write(&folder, &name, &log[..cut]);
    }
    let report = diagnose(folder.path()).json();
    let found = findings(&report, "LOG001");
    assert_eq!(
        (found.len(), &found[0]["severity"]),
        (1, &Value::from("info"))
    );
    assert_eq!(found[0]["count"], 7);
    // A broken line in the middle is more than that.
    let broken = log.replacen("STARTTLS,\r\n", "\r\n", 1);
    write(&folder, "EX01/SEND2026110302-1.LOG", broken);
    let report = diagnose(folder.path()).json();
    assert_eq!(findings(&report, "LOG001")[0]["severity"], "warning");
}

#[test]
fn a_copy_may_end_in_the_middle_of_a_row() {
    for (sign, copy) in plain_copies() {
        // Of a wrapped row, more than one line is left.
        let wrapped = copy.lines().filter(|line| !line.trim().is_empty()).count();
        if wrapped != log().lines().count() {
            continue;
        }
        let rejection = copy.find("550 5.7.64").expect("a rejection");
        let next = rejection + copy[rejection..].find("2026-").expect("a row") + 45;
        let folder = with(&copy[..next]);
        let report = diagnose(folder.path()).json();
        assert_eq!(causes(&report), ["CRT005"], "{sign}:\n{copy}");
        add_up(sign, &report, &on("sessions", &[], folder.path()));
        let found = findings(&report, "LOG001");
        assert!(
            found.iter().all(|finding| finding["severity"] == "info"),
            "{sign}: {found:#?}"
        );
    }
}

/// The other direction of the session: Exchange is the server.
fn receive_rows() -> String {
    let rows = rows();
    let turned = rows.iter().map(|row| {
        let row = row
            .replace(",<,", ",=,")
            .replace(",>,", ",<,")
            .replace(",=,", ",>,");
        let row = row.replace(
            "10.0.0.5:36222,192.0.2.36:25",
            "10.0.0.5:25,192.0.2.36:36222",
        );
        row.replace("To Office 365", "EX01\\Default Frontend EX01") + "\r\n"
    });
    turned.collect()
}

const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-03 02:14:08\r\n\
    #Fields: date time c-ip cs-username s-sitename s-ip cs-method cs-uri-query sc-status\r\n\
    2026-11-03 02:14:08 192.0.2.9 client SMTPSVC1 10.0.0.5 EHLO +client.example.org 250\r\n";

const CONNECTIVITY: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: Transport Connectivity Log\r\n\
    #Date: 2026-11-03T02:14:08.000Z\r\n#Fields: date-time,session,source,Destination,direction,description\r\n\
    2026-11-03T02:14:08.120Z,08DF31F688AD62C9,SMTP,contoso.mail.onmicrosoft.com,+,Undefined 00000000\r\n";

const TRACKING: &str = "\u{feff}#Software: Microsoft Exchange Server\r\n#Version: 15.02.1748.010\r\n#Log-type: Message Tracking Log\r\n\
    #Fields: date-time,source,event-id,message-id,recipient-address\r\n\
    2026-11-03T02:14:08.120Z,SMTP,FAIL,<a@contoso.com>,ann@fabrikam.com\r\n";

#[test]
fn tracking_logs_change_nothing_but_the_fates_of_messages() {
    let folder = with(log());
    let without = diagnose(folder.path()).json();
    write(&folder, "EX01/MSGTRK2026110302-1.LOG", TRACKING);
    let member = Member::new("EX02/MSGTRKMD2026110302-1.LOG", TRACKING.as_bytes());
    write(&folder, "tracking.zip", zip(&[member]));
    write(
        &folder,
        "trace.csv",
        "date_time_utc,source_context,event_id\r\n",
    );
    let mut report = diagnose(folder.path()).json();
    let skipped = report["input"]["skipped"].take();
    assert_eq!(
        texts(&skipped, "/reason"),
        // Tracking logs are read for what became of the mail.
        ["message trace of Exchange Online"]
    );
    assert_eq!(texts(&skipped, "/file"), ["trace.csv"]);
    report["input"]["skipped"] = without["input"]["skipped"].clone();
    assert_eq!(report, without);
    let alone = tempfile::tempdir().expect("a folder");
    write(&alone, "MSGTRK2026110302-1.LOG", TRACKING);
    let found = ["1 message tracking log"];
    refuses(&on("diagnose", &[], alone.path()), 3, &found);
}

#[test]
fn logs_of_other_kinds_are_named() {
    let folder = with(log());
    write(&folder, "other/a.log", receive_rows());
    let fields = HEADER.lines().last().expect("fields");
    write(
        &folder,
        "other/b.log",
        format!("{fields}\r\n{}", receive_rows()),
    );
    write(&folder, "other/c.log", IIS);
    write(&folder, "other/d.log", CONNECTIVITY);
    let copied: String = receive_rows()
        .lines()
        .map(|row| format!("> {row}\n"))
        .collect();
    write(&folder, "other/e.log", copied);
    let report = diagnose(folder.path()).json();
    assert_eq!(report["input"]["files"], 1);
    let reasons = texts(&report["input"]["skipped"], "/reason");
    let receive = "SMTP Receive Protocol Log (by its rows)";
    assert_eq!(
        reasons,
        [
            receive,
            receive,
            "log of Internet Information Services (IIS)",
            "Transport Connectivity Log",
            receive
        ]
    );
}

#[test]
fn exit_3_names_what_is_in_the_folder() {
    let folder = folder();
    write(&folder, "a.log", receive_rows());
    write(&folder, "b.log", receive_rows());
    write(&folder, "c.log", IIS);
    write(&folder, "d.log", CONNECTIVITY);
    write(&folder, "notes.txt", "Please have a look at these.");
    write(&folder, "picture.png", b"\x89PNG\0\0");
    write(&folder, "empty.txt", "");
    for command in ["diagnose", "sessions", "certificates"] {
        refuses(
            &on(command, &[], folder.path()),
            3,
            &[
                "2 receive logs",
                "1 connectivity log",
                "1 IIS log",
                "1 other file",
                "1 binary file",
                "1 empty file",
            ],
        );
    }
}

#[test]
fn header_lines_alone_are_exit_3() {
    let folder = folder();
    write(&folder, "SEND2026110302-1.LOG", HEADER);
    write(&folder, "SEND2026110303-1.LOG", HEADER);
    let words = [
        "2 send logs",
        "protocol logging is off",
        "-ProtocolLoggingLevel Verbose",
    ];
    for command in ["diagnose", "sessions", "certificates"] {
        refuses(&on(command, &[], folder.path()), 3, &words);
    }
    let piped = Call::new(["diagnose", "-"]).stdin(HEADER.as_bytes()).run();
    refuses(&piped, 3, &words[1..]);
    // An export names the connector.
    let connector = r#"{"Name":"To Office 365","Enabled":true,"AddressSpaces":["smtp:*;1"],"SmartHosts":["contoso-com.mail.protection.outlook.com"],"Fqdn":null,"ProtocolLoggingLevel":"None"}"#;
    write(&folder, "SendConnector.json", connector);
    refuses(&diagnose(folder.path()), 3, &["-Identity 'To Office 365'"]);
    // With one row, it is a log.
    write(&folder, "SEND2026110304-1.LOG", log());
    assert!(diagnose(folder.path()).code < 2);
}

/// What `lint -f json` says of one file.
fn lint(name: &str, text: &str) -> Value {
    let folder = folder();
    write(&folder, name, text);
    on("lint", &["-f", "json"], folder.path()).json()
}

#[test]
fn what_a_console_puts_around_a_list_is_left_out() {
    let list = "Name                         : Inbound from contoso\nEnabled                      : True\nConnectorType                : OnPremises\nRequireTls                   : True\nRestrictDomainsToCertificate : False\nRestrictDomainsToIPAddresses : False\nTlsSenderCertificateName     : mail.contoso.com\nSenderIPAddresses            : {}\nSenderDomains                : {smtp:*;1}\n";
    let doubled = list.replace('\n', "\n\n");
    let quoted = |text: &str| {
        text.lines()
            .map(|line| format!("> {line}\n"))
            .collect::<String>()
    };
    let prompt = "PS C:\\> Get-InboundConnector | fl Name,Enabled,ConnectorType,RequireTls,TlsSenderCertificateName,SenderIPAddresses\n\n";
    let shell = "[PS] C:\\Windows\\system32>Get-InboundConnector | fl\n\n";
    let broken = "PS C:\\Users\\anna> Get-InboundConnector | Format-List Name,Enabled,ConnectorType,RequireTls,\nTlsSenderCertificateName,SenderIPAddresses,SenderDomains\n\n";
    for (what, text) in [
        ("prompt", format!("{prompt}{list}\nPS C:\\>\n")),
        (
            "shell",
            format!("{shell}{list}\n[PS] C:\\Windows\\system32>"),
        ),
        ("long command", format!("{broken}{list}")),
        ("doubled", format!("{prompt}\n{doubled}")),
        ("quoted", quoted(&format!("{prompt}{list}"))),
        (
            "mail",
            format!("Hello,\n\n{}", quoted(&format!("{prompt}{doubled}"))),
        ),
    ] {
        let report = lint("inbound.txt", &text);
        assert_eq!(
            report["tenants"][0]["inbound_connectors"], 1,
            "{what}: {report:#}"
        );
        let lost = report["not_judged"].to_string();
        assert!(!lost.contains("lost"), "{what}: {lost}");
    }
    let json = format!("{shell}[{{\"Name\":\"A\",\"SenderIPAddresses\":[]}}]\n[PS] C:\\>\n");
    assert_eq!(lint("x.txt", &json)["tenants"][0]["inbound_connectors"], 1);
}

#[test]
fn a_table_for_the_eye_is_named_with_the_command_that_would_do() {
    let table = "PS C:\\> Get-InboundConnector | ft Name,TlsSenderCertificateName,SenderIPAddresses\n\n\
        Name                 TlsSenderCertificateName SenderIPAddresses\n\
        ----                 ------------------------ -----------------\n\
        Inbound from contoso mail.contoso.com         {203.0.113.1, 203.0.113.2…\n";
    let folder = folder();
    write(&folder, "output.txt", table);
    refuses(
        &on("lint", &["--full"], folder.path()),
        3,
        &[
            "output.txt",
            "Format-Table",
            "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5",
        ],
    );
    write(&folder, "Inbound.txt", table);
    assert_eq!(on("lint", &[], folder.path()).code, 2);
    let report = with(log());
    write(&report, "mail.txt", table);
    let report = diagnose(report.path()).json();
    let reasons = texts(&report["input"]["skipped"], "/reason");
    assert!(reasons[0].starts_with("Format-Table output"), "{reasons:?}");
}

#[test]
fn the_inbound_rows_of_a_mixed_export_are_read() {
    let csv = "Direction,Name,Enabled,ConnectorType,RequireTls,TlsSenderCertificateName,SenderIPAddresses,SenderDomains,SmartHosts,RecipientDomains,UseMXRecord\n\
        Inbound,Inbound from contoso,True,OnPremises,True,mail.contoso.com,,smtp:*;1,,,\n\
        Outbound,Outbound to contoso,True,OnPremises,,,,,mail.contoso.com,*,False\n\
        Inbound,Partner,True,Partner,True,,203.0.113.9,smtp:fabrikam.com;1,,,\n";
    let report = lint("connectors.csv", csv);
    assert_eq!(report["tenants"][0]["inbound_connectors"], 2, "{report:#}");
    let json = r#"[{"Kind":"InboundConnector","Name":"A","SmartHosts":null,"SenderIPAddresses":[],"TlsSenderCertificateName":"mail.contoso.com"},
        {"Kind":"OutboundConnector","Name":"B","SmartHosts":["mail.contoso.com"],"SenderIPAddresses":null,"TlsSenderCertificateName":null}]"#;
    assert_eq!(
        lint("connectors.json", json)["tenants"][0]["inbound_connectors"],
        1
    );
}

#[test]
fn dates_of_a_culture_are_read_where_they_are_certain() {
    let certificate = |thumbprint: char, from: &str, until: &str| {
        let thumbprint = thumbprint.to_string().repeat(40);
        format!(
            "Thumbprint         : {thumbprint}\nSubject            : CN=mail.contoso.com\nIssuer             : CN=Example CA\nServices           : SMTP\nNotBefore          : {from}\nNotAfter           : {until}\nCertificateDomains : {{mail.contoso.com}}\n\n"
        )
    };
    let ends = |text: &str| {
        let report = lint("certificates.txt", text);
        let rows = report["on_premises"]["certificates"]
            .as_array()
            .expect("certificates");
        let ends: Vec<String> = rows
            .iter()
            .map(|row| row["not_after"].as_str().unwrap_or("lost").to_owned())
            .collect();
        (ends, report["not_judged"].to_string())
    };
    let day = "2033-01-30T02:48:33.000Z";
    for (from, until) in [
        ("30.01.2026 2:48:33", "30.01.2033 2:48:33"),
        ("1/30/2026 2:48:33 AM", "1/30/2033 2:48:33 AM"),
        ("30/01/2026 02:48:33", "30/01/2033 02:48:33"),
    ] {
        assert_eq!(ends(&certificate('A', from, until)).0, [day], "{until}");
    }
    // The order of one date holds for the others of the file.
    let both = certificate('A', "1/30/2026 1:00:00 AM", "1/30/2033 2:48:33 AM")
        + &certificate('B', "5/6/2026 1:00:00 AM", "7/8/2033 1:00:00 AM");
    assert_eq!(ends(&both).0, [day, "2033-07-08T01:00:00.000Z"]);
    let (lost, said) = ends(&certificate('A', "5/6/2026 1:00:00", "7/8/2033 1:00:00"));
    assert_eq!(lost, ["lost"]);
    assert!(
        said.contains("5/6/2026 1:00:00") && said.contains("two dates"),
        "{said}"
    );
}

#[test]
fn names_of_the_oldest_form_may_end_in_a_semicolon() {
    let rows: String = rows()
        .iter()
        .flat_map(|row| {
            if !row.contains("Sending certificate") {
                return vec![row.clone()];
            }
            let start = row.split(",*,").next().expect("columns").to_owned();
            [
                (",", "Sending certificate"),
                ("CN=mail.contoso.com,", "Certificate subject"),
                ("CN=Example CA,", "Certificate issuer name"),
                (
                    "0D92CFF6070B73AD5722EC8B4DA3389B,",
                    "Certificate serial number",
                ),
                (
                    "AAA3D3DADA6891A2CCB3134D0B2D7764F1351BC4,",
                    "Certificate thumbprint",
                ),
                (
                    "mail.contoso.com;autodiscover.contoso.com;,",
                    "Certificate alternate names",
                ),
            ]
            .map(|(data, context)| format!("{start},*,{data}{context}"))
            .to_vec()
        })
        .map(|row| row + "\r\n")
        .collect();
    let folder = with(format!("{HEADER}{rows}"));
    let sessions = run(["sessions".as_ref(), folder.path().as_os_str()]).lines();
    assert_eq!(
        sessions[0]["certificate"]["names"],
        serde_json::json!(["mail.contoso.com", "autodiscover.contoso.com"])
    );
}

#[test]
fn what_a_spreadsheet_saved_is_named_and_gives_no_whole_verdict() {
    let time = |row: &str| {
        let (time, rest) = row.split_once(',').expect("a time");
        format!("{} {},{rest}", &time[..10], &time[11..19])
    };
    let minutes = |row: &str| {
        let (_, rest) = row.split_once(',').expect("a time");
        format!("14:09.1,{rest}")
    };
    let session = |row: &str| {
        let mut columns: Vec<&str> = row.splitn(4, ',').collect();
        columns[2] = "8.99E+15";
        columns.join(",")
    };
    let other = Session {
        id: "08DF31F688AE0007",
        ..Session::default()
    };
    let whole = other.log();
    let changes: [&dyn Fn(&str) -> String; 3] = [&time, &minutes, &session];
    for change in changes {
        let changed: Vec<String> = rows().iter().map(|row| change(row)).collect();
        let alone = with(format!("{HEADER}{}\n", changed.join("\n")));
        let run = diagnose(alone.path());
        assert_eq!(run.code, 3, "{}: {run:?}", changed[0]);
        let beside = with(format!("{whole}{}\n", changed.join("\n")));
        let report = diagnose(beside.path()).json();
        let found = findings(&report, "LOG001");
        let message = found[0]["message"].as_str().expect("a message");
        for words in ["spreadsheet", "is incomplete"] {
            assert!(message.contains(words), "{}: {message}", changed[0]);
        }
        let sessions = on("sessions", &[], beside.path());
        add_up(&changed[0], &report, &sessions);
    }
}

#[test]
fn a_log_in_a_form_that_is_not_read_is_named_and_missed() {
    let columns =
        |row: &str| -> Vec<String> { cells(row).split('\t').map(str::to_owned).collect() };
    let each_row = |change: &dyn Fn(Vec<String>) -> String| {
        let rows: Vec<String> = rows().iter().map(|row| change(columns(row))).collect();
        rows.join("\n")
    };
    for (words, text) in [
        (
            "Markdown table",
            each_row(&|row| format!("| {} |", row.join(" | "))),
        ),
        (
            "table of a web page",
            each_row(&|row| {
                format!(
                    "<tr><td>{}</td></tr>",
                    html(&row.join("\t")).replace('\t', "</td><td>")
                )
            }),
        ),
        ("old Macs", rows().join("\r")),
        (
            "a spreadsheet saved",
            each_row(&|mut row| {
                row[0] = "11/3/2026 2:14".to_owned();
                row.join("\t")
            }),
        ),
    ] {
        let alone = tempfile::tempdir().expect("a folder");
        write(&alone, "paste.txt", &text);
        refuses(&diagnose(alone.path()), 3, &["paste.txt", words]);
        let beside = with(log());
        write(&beside, "paste.txt", &text);
        let report = diagnose(beside.path()).json();
        let missed = report["not_judged"].to_string();
        assert!(
            missed.contains(words) && missed.contains("incomplete"),
            "{missed}"
        );
    }
    let iis = "2026-11-03 08:00:01 192.0.2.1 OutboundConnectionCommand SMTPSVC1 RELAY01 - 25 EHLO - relay01.example.org 0 0 4 0 125 SMTP - - - -\n";
    let alone = tempfile::tempdir().expect("a folder");
    write(&alone, "ex261103.log", iis);
    refuses(&diagnose(alone.path()), 3, &["1 IIS log"]);
}

#[test]
fn one_cut_row_behind_the_header_is_no_copy_of_a_page() {
    let folder = folder();
    let row = &rows()[0];
    for length in [7, 40, row.len() - 30] {
        write(
            &folder,
            "SEND2026110302-1.LOG",
            format!("{HEADER}{}", &row[..length]),
        );
        for command in ["diagnose", "sessions"] {
            let run = on(command, &[], folder.path());
            refuses(&run, 3, &["was cut", "Copy it again"]);
            assert!(!run.err.contains("web page"), "{run:?}");
        }
    }
}
