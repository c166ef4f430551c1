//! What a console or a spreadsheet puts around exports and logs.

use super::*;

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
