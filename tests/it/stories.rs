//! Stories of real people: what the fix of a sample case must say, and faults met elsewhere.
//!
//! In: sample cases, some of them in other folders or with other options. Out: causes, commands and
//! notes. The promises of the cases have the causes and counts; here is what a promise cannot say.

use std::path::Path;

use serde_json::Value;

use crate::program::{causes, run};
use crate::sample;
use crate::usage::{folder, on, write};

fn report(case: &str) -> Value {
    run(["diagnose", "-f", "json", &sample::path(case)]).json()
}

/// The steps of the first incident, or without incidents of the finding with this code.
fn steps(report: &Value, code: &str) -> Vec<Value> {
    let of = |list: &str, pointer: &str| {
        let all = report[list].as_array().cloned().unwrap_or_default();
        let mut all = all.into_iter();
        all.find(|one| one.pointer(pointer).and_then(Value::as_str) == Some(code))
    };
    let found = of("incidents", "/cause/code").or_else(|| of("findings", "/code"));
    let found = found.unwrap_or_else(|| panic!("no {code} in {report}"));
    found["fix"].as_array().expect("steps").clone()
}

fn commands(steps: &[Value]) -> Vec<&str> {
    let commands = steps.iter().filter_map(|step| step["command"].as_str());
    commands.collect()
}

/// Commands and notes as one text.
fn words(steps: &[Value]) -> String {
    let texts = steps
        .iter()
        .flat_map(|step| [&step["command"], &step["note"]]);
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    texts.join("\n")
}

/// Each of these stands behind the one before.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("no {part} behind the one before in {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_certificate_of_the_same_name_needs_the_whole_procedure() {
    for (case, code) in [
        ("same-name-old-offered", "CRT003"),
        ("same-name-renewed", "CRT102"),
    ] {
        let steps = steps(&report(case), code);
        in_order(
            &words(&steps),
            &[
                "Stop-Service",
                "-TlsCertificateName $null",
                "Remove-ExchangeCertificate",
                "-TlsCertificateName \"<I>",
                "Start-Service",
            ],
        );
    }
}

/// A copy of a sample case whose logs are those of `server`, and its first log also those of another.
fn copied(case: &str, server: &str, other: Option<&str>) -> tempfile::TempDir {
    let root = folder();
    let copy = |from: &Path, to: String| {
        let to = root.path().join(to);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from, to).expect("a copy");
    };
    let case = sample::folder().join(case);
    let mut first = true;
    let mut entries: Vec<_> = walkdir::WalkDir::new(&case)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .collect();
    entries.sort_by_key(|entry| entry.path().to_owned());
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".LOG") {
            copy(entry.path(), format!("{server}/Hub/{name}"));
            if let Some(other) = other.filter(|_| std::mem::take(&mut first)) {
                copy(entry.path(), format!("{other}/Hub/{name}"));
            }
        } else if name.ends_with(".json") {
            copy(entry.path(), format!("tenant/{name}"));
        }
    }
    root
}

#[test]
fn a_name_that_another_server_needed_before_stays() {
    let since = "2026-11-03T02:00:00Z";
    for (other, options, begins) in [
        (None, &["-f", "json"][..], "Set-InboundConnector"),
        (Some("EX09"), &["-f", "json"], "New-InboundConnector"),
        (
            Some("EX09"),
            &["-f", "json", "--since", since],
            "New-InboundConnector",
        ),
    ] {
        let root = copied("renamed-certificate", "EX01", other);
        let report = on("diagnose", options, root.path()).json();
        let steps = steps(&report, "CRT004");
        let command = commands(&steps)[0].to_owned();
        assert!(command.starts_with(begins), "{other:?}: {command}");
    }
}

#[test]
fn a_name_that_a_connector_left_out_may_need_stays() {
    let root = copied("renamed-certificate", "EX01", None);
    let log = root.path().join("EX01/Hub/SEND2026110222-1.LOG");
    let bytes = std::fs::read(log).expect("a log");
    let text = String::from_utf8_lossy(&bytes).replace("Outbound to Office 365", "Nightly");
    write(&root, "EX09/Hub/SEND2026110222-1.LOG", text);
    for options in [
        &["-f", "json"][..],
        &["-f", "json", "--connector", "Outbound*"],
    ] {
        let report = on("diagnose", options, root.path()).json();
        let steps = steps(&report, "CRT004");
        let command = commands(&steps)[0].to_owned();
        assert!(command.starts_with("New-InboundConnector"), "{command}");
    }
}

#[test]
fn every_server_out_of_step_is_in_the_fix() {
    let steps = steps(&report("several-servers-out-of-step"), "CRT006");
    let text = words(&steps);
    for server in ["EX02", "EX04", "EX05"] {
        assert!(
            text.contains(&format!("-Server '{server}'")),
            "{server}: {text}"
        );
    }
    assert!(!text.contains("-Server 'EX01'"), "{text}");
}

#[test]
fn a_folder_is_no_server() {
    let case = sample::folder().join("server-out-of-step");
    for (below, server) in [
        ("SmtpSend", "<server>"),
        ("Hub/ProtocolLog/SmtpSend", "EX02"),
    ] {
        let root = folder();
        for name in ["EX01", "EX02"] {
            let from = case.join(name).join("SEND2026111109-1.LOG");
            let to = root.path().join(format!("logs/{name}/{below}"));
            std::fs::create_dir_all(&to).expect("a folder");
            std::fs::copy(from, to.join("SEND2026111109-1.LOG")).expect("a copy");
        }
        for name in ["InboundConnector.json", "AcceptedDomain.json"] {
            let to = root.path().join("tenant");
            std::fs::create_dir_all(&to).expect("a folder");
            std::fs::copy(case.join("tenant").join(name), to.join(name)).expect("a copy");
        }
        let report = on("diagnose", &["-f", "json"], root.path()).json();
        let text = words(&steps(&report, "CRT006"));
        assert!(
            text.contains(&format!("-Server '{server}'")),
            "{below}: {text}"
        );
    }
}

/// A case, a code, what its fix must say, and what it must not say.
type Asked = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ASKED: &[Asked] = &[
    (
        "partner-address",
        "CON002",
        &["-ConnectorType OnPremises"],
        &[],
    ),
    (
        "client-submission-endpoint",
        "SND001",
        &[
            "Set-SendConnector",
            ".mail.protection.outlook.com",
            ".mx.microsoft",
        ],
        &[],
    ),
    (
        "hve-endpoint",
        "SND001",
        &[".mail.protection.outlook.com", ".mx.microsoft"],
        &[],
    ),
    (
        "mx-microsoft-smarthost",
        "CRT004",
        &["-TlsSenderCertificateName"],
        &["SmartHosts", "mail.protection"],
    ),
    (
        "unknown-credentials",
        "TLS003",
        &["Enable-ExchangeCertificate", "-Services SMTP", "answer No"],
        &["TLS 1.2"],
    ),
    (
        "remote-distrusted",
        "TLS006",
        &["DigiCert Global Root G2", "DisableRootAutoUpdate"],
        &["-TlsCertificateName"],
    ),
    (
        "ipv6-address",
        "CON004",
        &["IPv4"],
        &["SenderIPAddresses @{"],
    ),
    (
        "connector-blocked",
        "CON008",
        &["Get-BlockedConnector", "Remove-BlockedConnector"],
        &["Set-InboundConnector"],
    ),
    (
        "tenant-limit",
        "ATT008",
        &["domain of your own"],
        &["InboundConnector", "SendConnector"],
    ),
    (
        "outdated-baseline",
        "ATT007",
        &[
            "KB5066367",
            "KB5066369",
            "Subscription Edition",
            "Get-OnPremServerReportInfo",
            "New-TenantExemptionInfo",
        ],
        &["ESU"],
    ),
    (
        "edge-name-over-256",
        "CRT002",
        &[
            "SND110",
            "-TlsCertificateName $null",
            "Start-EdgeSynchronization",
        ],
        &["-TlsCertificateName \"<I>"],
    ),
    (
        "wildcard-with-apex",
        "CRT004",
        &["-TlsSenderCertificateName '*.contoso.com'"],
        &[],
    ),
    (
        "connector-fell-silent",
        "SND109",
        &["Get-Queue", "454 4.7.5"],
        &[],
    ),
    (
        "connection-failed",
        "NET001",
        &["Test-NetConnection"],
        &["TlsCertificateName"],
    ),
    (
        "tls-channel-refused",
        "ATT001",
        &["RootCAType", "-TlsCertificateName"],
        &[],
    ),
];

#[test]
fn fixes_say_what_the_story_asks_for() {
    for (case, code, has, lacks) in ASKED {
        let text = words(&steps(&report(case), code));
        for part in *has {
            assert!(text.contains(part), "{case}: no {part} in {text}");
        }
        for part in *lacks {
            assert!(!text.contains(part), "{case}: {part} in {text}");
        }
    }
}

#[test]
fn an_incident_that_is_over_is_told_in_the_past_and_needs_no_fix() {
    let case = sample::path("over-since-morning");
    let report = run(["diagnose", "-f", "json", &case]).json();
    let incident = &report["incidents"][0];
    assert_eq!(incident["status"]["state"], "over");
    assert_eq!(incident["status"]["since"], incident["last"]);
    assert!(commands(&steps(&report, "CRT004")).is_empty());
    let timeline = incident["timeline"].as_array().expect("a timeline");
    let end = timeline.last().and_then(|bucket| bucket["start"].as_str());
    assert!(end.expect("a time") > incident["last"].as_str().expect("a time"));
    for format in ["text", "markdown", "html"] {
        let run = run(["diagnose", "-f", format, &case]);
        let text = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Over"), "{format}: {text}");
        assert!(!text.contains("Rejected now"), "{format}: {text}");
    }
    let csv = run(["diagnose", "-f", "csv", &case]);
    let csv = csv.text();
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].ends_with(",state"), "{}", rows[0]);
    assert!(csv.contains(",over"), "{csv}");
}

#[test]
fn ongoing_incidents_come_first() {
    let over = sample::path("over-since-morning");
    let ongoing = sample::path("unknown-credentials");
    let report = run(["diagnose", "-f", "json", &over, &ongoing]).json();
    let states = report["incidents"].as_array().expect("incidents").iter();
    let states: Vec<&str> = states
        .filter_map(|incident| incident["status"]["state"].as_str())
        .collect();
    let rank = |state: &&str| {
        ["ongoing", "unclear", "over"]
            .iter()
            .position(|known| known == state)
    };
    assert!(
        states.len() > 1 && states.is_sorted_by_key(rank),
        "{states:?}"
    );
}

#[test]
fn a_newer_export_does_not_erase_the_cause() {
    let report = report("changed-since-story");
    assert_eq!(causes(&report), ["CRT004"]);
    assert_eq!(
        report["incidents"][0]["also"],
        serde_json::json!(["CON007"])
    );
}

#[test]
fn a_period_does_not_forget_what_was_offered_before() {
    let path = "sample-logs/renamed-certificate";
    let whole = run(["diagnose", "-f", "json", path]).json();
    let first = whole["incidents"][0]["first"].as_str().expect("a time");
    let since = run(["diagnose", "-f", "json", "--since", first, path]).json();
    assert_eq!(causes(&whole), ["CRT004"]);
    assert_eq!(causes(&since), ["CRT004"]);
    assert!(
        since["input"]["sessions_left_out"]
            .as_u64()
            .expect("a number")
            > 0
    );
}

#[test]
fn a_foreign_server_gets_no_fix() {
    let report = report("foreign-server-names-exchange-online");
    assert_eq!(causes(&report), Vec::<String>::new());
    let all = report.to_string();
    assert!(!all.contains("SenderIPAddresses"), "{all}");
}

#[test]
fn healthy_means_healthy() {
    for case in sample::cases() {
        let report = report(&case);
        for healthy in report["healthy"].as_array().expect("a list") {
            let connector = &healthy["send_connector"];
            assert!(
                healthy["accepted"].as_u64().expect("a number") > 0,
                "{case}: {healthy}"
            );
            let incidents = report["incidents"].as_array().expect("a list");
            let mut broken = incidents.iter().map(|incident| &incident["send_connector"]);
            assert!(
                !broken.any(|broken| broken == connector),
                "{case}: {healthy}"
            );
        }
    }
    assert!(Path::new("sample-logs/healthy").is_dir());
}
