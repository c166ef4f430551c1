//! Logs of other kinds, and logs without a row.

use super::*;

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
