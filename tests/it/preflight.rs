//! Before a renewal: yes, no and unclear, and which files are not accepted.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::corpus::tenant;
use crate::program::{Run, run, texts};
use crate::usage::{folder, refuses, write};

const HEALTHY: &str = "sample-logs/healthy";
const NOW: &str = "--now=2026-11-22";

/// A certificate of the tests.
fn certificate(name: &str) -> String {
    format!("tests/it/certificates/{name}")
}

fn ask(candidate: &str, path: &str) -> (Run, Value) {
    let run = run(["preflight", NOW, "-f", "json", candidate, path]);
    let answer = run.json();
    (run, answer)
}

/// Exit code, verdict, connector, relay of the first tenant.
fn verdict(candidate: &str, path: &str) -> (i32, String, Option<String>, String) {
    let (run, answer) = ask(candidate, path);
    let tenant = &answer["tenants"][0];
    let text = |name: &str| tenant[name].as_str().map(str::to_owned);
    (
        run.code,
        text("verdict").expect("a verdict"),
        text("inbound_connector"),
        text("relay").expect("a relay"),
    )
}

fn commands(answer: &Value) -> Vec<String> {
    let tenants = answer["tenants"].as_array().expect("tenants");
    let steps = tenants
        .iter()
        .flat_map(|tenant| tenant["steps"].as_array().expect("steps"));
    steps
        .filter_map(|step| step["command"].as_str().map(str::to_owned))
        .collect()
}

fn on(arguments: &[&str], path: &Path) -> Run {
    let arguments = arguments.iter().map(OsStr::new);
    run(["preflight", NOW]
        .iter()
        .map(OsStr::new)
        .chain(arguments)
        .chain([path.as_os_str()]))
}

#[test]
fn yes_no_and_perhaps_in_three_cases() {
    let inbound = || Some("Inbound from contoso".to_owned());
    let is = |code, verdict: &str, connector: Option<String>, relay: &str| {
        (code, verdict.to_owned(), connector, relay.to_owned())
    };
    let (same, other) = (
        certificate("mail-contoso.cer"),
        certificate("smtp-contoso-net.pem"),
    );
    let wildcard = certificate("wildcard-contoso.pem");
    for case in [
        HEALTHY,
        "sample-logs/renamed-certificate",
        "sample-logs/server-out-of-step",
    ] {
        assert_eq!(
            verdict(&same, case),
            is(0, "match", inbound(), "any_sender"),
            "{case}"
        );
        assert_eq!(
            verdict(&other, case),
            is(1, "no_match", None, "none"),
            "{case}"
        );
        assert_eq!(
            verdict(&wildcard, case),
            is(1, "uncertain", inbound(), "unknown"),
            "{case}"
        );
    }
}

#[test]
fn the_answer_keeps_the_contract() {
    let (_, answer) = ask(&certificate("mail-contoso.cer"), HEALTHY);
    assert_eq!(answer["schema_version"], 1);
    let thumbprint = answer["candidate"]["thumbprint"].as_str().expect("hex");
    assert_eq!(thumbprint.len(), 40);
    assert_eq!(answer["candidate"]["not_after"], "2027-11-20T00:00:00.000Z");
    assert_eq!(answer["candidate"]["names"][1], "autodiscover.contoso.com");
    assert_eq!(answer["certain"], true);
    let tenant = &answer["tenants"][0];
    assert_eq!(tenant["tenant"], "contoso.onmicrosoft.com");
    assert_eq!(tenant["matched_name"], "mail.contoso.com");
    assert_eq!(tenant["accepted_domain"], "mail.contoso.com");
    let connector = &answer["send_connectors"][0];
    assert_eq!(connector["name"], "To Office 365");
    assert_eq!(connector["outcome"], "stays_attributed");
    assert_eq!(
        connector["today"]["thumbprint"],
        "5A12811B29A2E1B6A05DF53389078438FCBD0482"
    );
    assert!(
        connector["change"]
            .as_str()
            .is_some_and(|change| change.starts_with("Its mail stays assigned"))
    );
    let judged = texts(&answer["not_judged"], "");
    assert!(
        judged
            .iter()
            .any(|text| text.contains("Microsoft must also accept the chain"))
    );
    let commands = commands(&answer);
    assert!(commands[0].contains(&format!("-Thumbprint '{thumbprint}' -Services SMTP")));
    assert!(
        commands[1]
            .starts_with("Set-SendConnector -Identity 'To Office 365' -TlsCertificateName '<I>")
    );
    for name in ["CN=Example CA", "CN=mail.contoso.com"] {
        assert!(commands[1].contains(name), "{}", commands[1]);
    }
}

#[test]
fn the_text_says_the_verdict_first_and_numbers_the_steps() {
    let run = run(["preflight", &certificate("smtp-contoso-net.pem"), HEALTHY]);
    assert_eq!(run.code, 1);
    let text = run.text();
    assert!(text.starts_with("No: "), "{text}");
    let order = [
        "1. Run in Microsoft Graph PowerShell:",
        "2. Run in Exchange Online PowerShell:\n         New-InboundConnector",
        "3. Wait an hour",
        "Enable-ExchangeCertificate",
        "Set-SendConnector -Identity 'To Office 365'",
        "sendlens certificates",
        "-Enabled $false",
        "What could not be checked",
    ];
    let places: Vec<_> = order.iter().map(|part| text.find(part)).collect();
    assert!(places.iter().all(Option::is_some), "{places:?} in {text}");
    assert!(places.is_sorted(), "{places:?}");
    let yes = run_text(&certificate("mail-contoso.cer"));
    assert!(yes.starts_with("Yes: "), "{yes}");
    let perhaps = run_text("*.contoso.com");
    assert!(perhaps.starts_with("Unclear: "), "{perhaps}");
}

fn run_text(candidate: &str) -> String {
    run(["preflight", candidate, HEALTHY]).text().to_owned()
}

#[test]
fn exit_codes_go_by_fail_on() {
    let code = |candidate: &str, level: &str| {
        run(["preflight", NOW, "--fail-on", level, candidate, HEALTHY]).code
    };
    for (candidate, info, error, never) in [
        (certificate("mail-contoso.cer"), 0, 0, 0),
        (certificate("smtp-contoso-net.pem"), 1, 1, 0),
        (certificate("wildcard-contoso.pem"), 1, 0, 0),
        (certificate("expired.pem"), 1, 1, 0),
        (certificate("self-signed.pem"), 1, 1, 0),
        (certificate("future.pem"), 1, 0, 0),
        (certificate("authority.crt"), 1, 1, 0),
    ] {
        assert_eq!(code(&candidate, "info"), info, "{candidate}");
        assert_eq!(code(&candidate, "error"), error, "{candidate}");
        assert_eq!(code(&candidate, "never"), never, "{candidate}");
    }
}

#[test]
fn host_names_stand_for_certificates() {
    assert_eq!(verdict("mail.contoso.com", HEALTHY).0, 0);
    assert_eq!(verdict("MAIL.contoso.com.", HEALTHY).0, 0);
    assert_eq!(verdict("smtp.contoso.net", HEALTHY).1, "no_match");
    let (run, answer) = ask("*.contoso.com", HEALTHY);
    assert_eq!(run.code, 1);
    assert_eq!(answer["form"], "host_name");
    assert_eq!(answer["candidate"]["subject"], Value::Null);
    let first = &commands(&answer)[0];
    assert_eq!(
        first,
        "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName '*.contoso.com'"
    );
}

#[test]
fn a_host_name_that_is_also_a_pattern_of_files_is_refused() {
    let folder = folder();
    write(&folder, "mail.contoso.com/note.txt", "x");
    let found = crate::program::Call::new(["preflight", "*.contoso.com", "."])
        .folder(folder.path())
        .run();
    refuses(&found, 2, &["*.contoso.com", "./*.contoso.com"]);
}

#[test]
fn a_chain_gives_the_certificate_of_the_server() {
    let (run, answer) = ask(&certificate("chain.pem"), HEALTHY);
    assert_eq!(run.code, 0, "{answer}");
    assert_eq!(answer["candidate"]["serial"], "2001");
    assert_eq!(texts(&answer["chain"], "/serial"), ["01", "0C"]);
}

#[test]
fn private_keys_are_refused_with_the_reason() {
    let folder = folder();
    let exports = folder.path().join("tenant");
    tenant(&exports, "mail.contoso.com");
    // Built here from nothing: no key is kept in the repository.
    let label = ["PRIVATE", "KEY"].join(" ");
    let key = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    let public = std::fs::read(certificate("smtp-contoso-net.pem")).expect("a certificate");
    write(&folder, "both.pem", [public, key.into_bytes()].concat());
    let oid = [0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
    let mut pfx = vec![0x30, 0x82, 0, 146, 2, 1, 3, 0x30, 0x81, 140];
    pfx.extend(oid);
    pfx.resize(150, 0);
    write(&folder, "renewal.pfx", &pfx);
    write(&folder, "renewal.cer", &pfx);
    for (file, word) in [
        ("both.pem", "holds a private key"),
        ("renewal.pfx", "PKCS #12"),
        ("renewal.cer", "PKCS #12"),
    ] {
        let path = folder.path().join(file);
        let found = on(&[path.to_str().expect("UTF-8")], &exports);
        refuses(
            &found,
            2,
            &[
                word,
                "never needs one",
                "Export-Certificate",
                "do not export the private key",
            ],
        );
    }
}

#[test]
fn what_is_no_certificate_is_named() {
    let folder = folder();
    let text = std::fs::read_to_string(certificate("smtp-contoso-net.pem")).expect("PEM");
    write(&folder, "damaged.pem", text.replacen("MII", "M!I", 1));
    write(&folder, "note.cer", "hello");
    write(&folder, "empty.crt", "");
    let damaged = folder.path().join("damaged.pem");
    let note = folder.path().join("note.cer");
    let empty = folder.path().join("empty.crt");
    for (file, words) in [
        (certificate("chain.p7b").as_str(), ["PKCS #7", ".cer"]),
        (
            &certificate("request.csr"),
            ["certificate request", "host name"],
        ),
        (
            damaged.to_str().expect("UTF-8"),
            ["base64 is damaged", "block 1"],
        ),
        (
            note.to_str().expect("UTF-8"),
            ["holds no certificate", ".cer"],
        ),
        (
            empty.to_str().expect("UTF-8"),
            ["holds no certificate", ".cer"],
        ),
        ("newcert.cer", ["newcert.cer", "no such file"]),
        (
            HEALTHY,
            ["sample-logs/healthy", "First give the new certificate"],
        ),
    ] {
        refuses(&run(["preflight", file, HEALTHY]), 2, &words);
    }
    refuses(&run(["preflight"]), 2, &["there is no CERT"]);
    refuses(
        &run(["preflight", "mail.contoso.com"]),
        2,
        &["there is no PATH"],
    );
    let none = run(["preflight", "mail.contoso.com", "sample-logs/no-export"]);
    refuses(&none, 3, &["no export", "Get-InboundConnector"]);
    let missing = run(["preflight", "mail.contoso.com", "nowhere"]);
    refuses(&missing, 2, &["nowhere", "no such file or folder"]);
}

#[test]
fn exports_alone_are_enough_and_may_be_named() {
    let named = "--tenant=contoso=sample-logs/healthy/tenant";
    let found = run(["preflight", NOW, "-f", "json", named, "mail.contoso.com"]);
    assert_eq!(found.code, 0, "{}", found.err);
    let answer = found.json();
    assert_eq!(answer["send_connectors"], Value::Array(Vec::new()));
    assert!(
        texts(&answer["not_judged"], "")
            .iter()
            .any(|text| text.contains("No send log"))
    );
    assert_eq!(answer["tenants"][0]["tenant"], "contoso");
}

#[test]
fn refusals_despite_a_match_keep_it_from_being_certain() {
    let case = "sample-logs/despite-match";
    let (run, answer) = ask("mail.contoso.com", case);
    assert_eq!((run.code, &answer["certain"]), (1, &Value::Bool(false)));
    assert_eq!(answer["tenants"][0]["verdict"], "match");
    assert!(texts(&answer["notes"], "/text")[0].contains("is rejected in the logs"));
    // With an expired certificate, mail is rejected because of that alone: the renewal fixes it.
    assert_eq!(
        verdict("mail.contoso.com", "sample-logs/certificate-expired").0,
        0
    );
    // Rejection by the recipient's side: nothing to do with the certificate.
    let found = verdict("mail.contoso.com", "sample-logs/recipient-side");
    assert_eq!(found.0, 0, "{found:?}");
    // Nobody knows what is offered where the front end's log is missing.
    let (_, answer) = ask("mail.contoso.com", "sample-logs/frontend-missing");
    let change = answer["send_connectors"][0]["change"].as_str();
    assert!(
        change.is_some_and(|change| change.contains("not in the input")),
        "{change:?}"
    );
}

#[test]
fn several_tenants_are_told_apart() {
    let case = "sample-logs/two-tenants";
    let (run, answer) = ask(&certificate("smtp-fabrikam.pem"), case);
    assert_eq!(run.code, 0, "{answer}");
    assert_eq!(texts(&answer["tenants"], "/verdict"), ["no_match", "match"]);
    assert_eq!(answer["tenants"][0]["concerned"], false);
    assert_eq!(
        texts(&answer["send_connectors"], "/outcome"),
        ["not_concerned", "becomes_attributed"]
    );
    let (run, answer) = ask(&certificate("both-tenants.pem"), case);
    assert_eq!(run.code, 1);
    assert_eq!(texts(&answer["tenants"], "/verdict"), ["match", "match"]);
    assert_eq!(texts(&answer["tenants"], "/relay"), ["unknown", "unknown"]);
    assert!(texts(&answer["notes"], "/text")[0].contains("Several tenants claim it"));
    // Chosen by name, the send connector would leave its tenant.
    let candidate = certificate("smtp-fabrikam.pem");
    let found = crate::program::run([
        "preflight",
        "-f",
        "json",
        "--connector",
        "Contoso*",
        &candidate,
        case,
    ]);
    assert_eq!(found.code, 1);
    assert_eq!(
        texts(&found.json()["send_connectors"], "/outcome"),
        ["changes_tenant"]
    );
}

#[test]
fn lost_values_are_never_a_yes() {
    let folder = folder();
    tenant(folder.path(), "mail.contoso.com");
    let path = folder.path().join("InboundConnector.json");
    let export = std::fs::read_to_string(&path).expect("an export");
    let mut rows: Value = serde_json::from_str(&export).expect("JSON");
    let row = match &mut rows {
        Value::Array(rows) => &mut rows[0],
        row => row,
    };
    row["ConnectorType"] = Value::from(7);
    std::fs::write(&path, rows.to_string()).expect("an export");
    let found = on(&["-f", "json", "mail.contoso.com"], folder.path());
    assert_eq!(found.code, 1);
    let answer = found.json();
    assert_eq!(answer["tenants"][0]["verdict"], "uncertain");
    let reasons = texts(&answer["tenants"][0]["reasons"], "");
    assert!(reasons[0].contains("lost ConnectorType") && reasons[0].contains("export as JSON"));
}

#[test]
fn several_certificates_give_an_array_and_lines() {
    let certificates = [
        certificate("mail-contoso.cer"),
        certificate("smtp-contoso-net.pem"),
    ];
    let with = |format: &str| {
        run([
            "preflight",
            NOW,
            "-f",
            format,
            &certificates[0],
            &certificates[1],
            HEALTHY,
        ])
    };
    let array = with("json");
    assert_eq!(array.code, 1);
    let array = array.json();
    assert_eq!(texts(&array, "/tenants/0/verdict"), ["match", "no_match"]);
    let mut lines = with("ndjson").lines();
    for line in &mut lines {
        let line = line.as_object_mut().expect("an object");
        assert_eq!(line.shift_remove("type"), Some(Value::from("preflight")));
    }
    assert_eq!(Value::from(lines), array);
    let text = with("text").text().to_owned();
    assert!(text.contains("Yes: ") && text.contains("\nNo: "), "{text}");
}

#[test]
fn hostile_names_stay_names() {
    let candidate = certificate("hostile.pem");
    let text = run(["preflight", &candidate, HEALTHY]);
    assert_eq!(text.code, 1);
    let raw = |character: char| character.is_control() && character != '\n';
    assert!(!text.text().chars().any(raw), "{}", text.text());
    let (_, answer) = ask(&candidate, HEALTHY);
    for command in commands(&answer) {
        assert!(!command.contains("Remove-Mailbox"), "{command}");
        assert!(!command.contains("$(calc)"), "{command}");
    }
}

#[test]
fn the_same_answer_whatever_threads_and_reading() {
    let candidate = certificate("smtp-fabrikam.pem");
    let with = |options: &[&str]| {
        let arguments = ["preflight", "-f", "json"].iter().chain(options);
        run(arguments
            .copied()
            .chain([candidate.as_str(), "sample-logs/two-tenants"]))
    };
    let one = with(&["--threads", "1"]);
    assert_eq!(one, with(&["--threads", "8"]));
    assert_eq!(one, with(&["--io", "mmap"]));
    assert_eq!(one, with(&[]));
}
