//! Exports in the forms in which PowerShell writes them, live and as remoting leaves them, in several cultures.
//!
//! In: the folders of `powershell-exports`, each with the exports of one sample case. Every form must give what
//! the sample case gives, and one that loses values nothing wrong.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Run, run, texts};
use crate::sample;
use crate::usage::{folder, on, write};

const CASE: &str = "wrong-tls-certificate-name";

/// The forms, and whether they lose something.
fn forms() -> Vec<(PathBuf, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/powershell-exports");
    let entries = std::fs::read_dir(root).expect("the folder");
    let mut forms: Vec<(PathBuf, bool)> = entries
        .map(|entry| entry.expect("an entry").path())
        // Queues have forms of their own.
        .filter(|path| path.is_dir() && !path.ends_with("queues"))
        .map(|path| {
            let lossy = path.join("lossy").exists();
            (path, lossy)
        })
        .collect();
    forms.sort();
    assert!(forms.len() > 25, "{forms:?}");
    forms
}

/// A run over the log of the case and the exports of a form.
fn diagnose(form: &Path) -> Run {
    let log = sample::logs(CASE).remove(0);
    let words = ["diagnose", "-f", "json"].map(std::ffi::OsStr::new);
    run(words.into_iter().chain([log.as_os_str(), form.as_os_str()]))
}

/// The report as text, which says what an export lost.
fn said(form: &Path) -> String {
    let log = sample::logs(CASE).remove(0);
    let words = ["diagnose", "--full"].map(std::ffi::OsStr::new);
    let run = run(words.into_iter().chain([log.as_os_str(), form.as_os_str()]));
    run.text().replace('\n', " ").replace("  ", " ")
}

/// What the send log and the exports show of the certificates, the connectors and the tenant.
fn facts(report: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let own = &report["on_premises"];
    let certificates: Vec<&Value> = own["certificates"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    // The stand-ins have other keys than the certificates of the case.
    let by_subject = |command: &Value| {
        let named = certificates.iter().map(|certificate| {
            let field = |name: &str| certificate[name].as_str().expect("a text").to_owned();
            (field("thumbprint"), field("subject"))
        });
        named.fold(command.to_string(), |text, (thumbprint, subject)| {
            text.replace(&thumbprint, &subject)
        })
    };
    for finding in report["findings"].as_array().expect("findings") {
        let commands = finding["fix"].as_array().expect("a fix").iter();
        let commands: Vec<_> = commands.map(|step| by_subject(&step["command"])).collect();
        facts.insert(format!(
            "{} {} {commands:?}",
            finding["code"], finding["subject"]
        ));
    }
    for connector in report["on_premises"]["send_connectors"]
        .as_array()
        .into_iter()
        .flatten()
    {
        facts.insert(format!(
            "{} {}",
            connector["name"], connector["tls_certificate_name"]
        ));
    }
    for certificate in report["on_premises"]["certificates"]
        .as_array()
        .into_iter()
        .flatten()
    {
        facts.insert(format!(
            "{} {}",
            certificate["subject"], certificate["issuer"]
        ));
    }
    for tenant in report["tenants"].as_array().expect("tenants") {
        facts.insert(format!("{} {}", tenant["name"], tenant["accepted_domains"]));
    }
    facts
}

#[test]
fn every_form_gives_what_the_sample_case_gives() {
    let expected = run(["diagnose", "-f", "json", &sample::path(CASE)]);
    let facts_of_case = facts(&expected.json());
    assert_eq!(texts(&expected.json()["findings"], "/code"), ["SND102"]);
    for (form, lossy) in forms() {
        let found = diagnose(&form);
        let report = found.json();
        assert_eq!(report["incidents"], Value::Array(Vec::new()));
        if !lossy {
            assert_eq!(found.code, expected.code, "{form:?}\n{}", found.err);
            assert_eq!(facts(&report), facts_of_case, "{form:?}\n{}", found.err);
        }
    }
}

#[test]
fn a_form_that_loses_values_says_nothing_wrong_and_what_it_lost() {
    let expected = facts(&run(["diagnose", "-f", "json", &sample::path(CASE)]).json());
    let mut seen = 0;
    for (form, _) in forms().into_iter().filter(|(_, lossy)| *lossy) {
        let found = diagnose(&form);
        let report = found.json();
        let unknown: Vec<String> = facts(&report).difference(&expected).cloned().collect();
        assert_eq!(unknown, Vec::<String>::new(), "{form:?}\n{}", found.err);
        for certificate in report["on_premises"]["certificates"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert_ne!(certificate["has_private_key"], false, "{form:?}");
            let end = certificate["not_after"].as_str();
            assert!(
                end.is_none_or(|end| end.starts_with("2036-")),
                "{form:?} {end:?}"
            );
        }
        let said = said(&form) + &found.err;
        let words = [
            "lost",
            "was cut",
            "loses",
            "cuts values",
            "without Services",
        ];
        let named = words.iter().any(|word| said.contains(word));
        assert!(named, "{form:?}\n{said}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn pages_other_xml_and_tables_are_named_with_the_command_to_use() {
    for (form, word) in [
        ("dead-html", "ConvertTo-Html"),
        ("dead-xml", "ConvertTo-Xml"),
        ("live-table-wide", "Format-Table"),
    ] {
        let (form, _) = forms()
            .into_iter()
            .find(|(path, _)| path.ends_with(form))
            .expect("the form");
        let found = diagnose(&form);
        assert_eq!(found.code, 2);
        let command = "ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5";
        assert!(found.err.contains(word), "{}", found.err);
        assert!(found.err.contains(command), "{}", found.err);
    }
}

#[test]
fn an_empty_export_is_named_with_what_to_write() {
    for (name, word) in [
        (
            "InboundConnector.csv",
            "If the tenant has no inbound connector, write []",
        ),
        ("AcceptedDomain.csv", "Export again"),
    ] {
        let folder = folder();
        write(&folder, &format!("tenant/{name}"), "");
        write(&folder, "tenant/note.txt", "x");
        let run = on("lint", &["--full"], folder.path());
        assert!(run.err.contains(name) && run.err.contains(word), "{run:?}");
    }
    // The same where an option names the folder.
    let named = folder();
    write(&named, "tenant/InboundConnector.csv", "");
    write(&named, "tenant/AcceptedDomain.json", "[]");
    let tenant = named.path().join("tenant");
    let tenant = format!("contoso={}", tenant.display());
    let run = on("lint", &["--tenant", &tenant], named.path());
    assert!(
        run.err
            .contains("If the tenant has no inbound connector, write []"),
        "{run:?}"
    );
    // ConvertTo-Json makes no file of no connector at all.
    let domains = r#"[{"DomainName":"contoso.onmicrosoft.com","DomainType":"Authoritative","InitialDomain":true}]"#;
    let folder = folder();
    write(&folder, "tenant/AcceptedDomain.json", domains);
    let run = on("lint", &["--full"], folder.path());
    let word = "If the tenant has no inbound connector, write []";
    assert!(run.err.contains(word), "{run:?}");
}
