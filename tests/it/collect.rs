//! The script that `collect` prints, and a folder as the script writes it.
//!
//! `collected` holds what the script writes for one tenant and two servers, in the forms of
//! PowerShell 7 (tenants) and Windows PowerShell 5.1 (on-premises). Where a PowerShell is
//! installed, the script is run against played cmdlets and must write the same.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use regex::Regex;
use serde_json::Value;
use walkdir::WalkDir;

use crate::powershell::{self, Parts, Script};
use crate::program::run;

/// The cmdlets that it calls besides those that only get.
const CMDLETS: [&str; 11] = [
    "Add-Member",
    "Add-Type",
    "ConvertTo-Json",
    "ForEach-Object",
    "New-Object",
    "Select-Object",
    "Set-StrictMode",
    "Where-Object",
    "Write-Host",
    "Write-Progress",
    "Write-Warning",
];

/// The members that it uses and that touch nothing.
const MEMBERS: &[&str] = &[
    "Add",
    "AddDays",
    "AddHours",
    "AllDirectories",
    "Combine",
    "ContainsKey",
    "Create",
    "Dispose",
    "Fastest",
    "GetBaseException",
    "GetDirectoryName",
    "GetFolderPath",
    "GetUnresolvedProviderPathFromPSPath",
    "InvariantCulture",
    "MachineName",
    "MaxValue",
    "MinValue",
    "Replace",
    "SpecifyKind",
    "Split",
    "Substring",
    "ToArray",
    "ToBase64String",
    "ToString",
    "ToUniversalTime",
    "Trim",
    "TrimEnd",
    "TrimStart",
    "TryParseExact",
    "Unspecified",
    "Utc",
    "UtcNow",
    "Zero",
];

/// The members that touch files: one lists a folder, the others make, copy and write.
const FILE_MEMBERS: [&str; 6] = [
    "AppendAllText",
    "CopyTo",
    "CreateDirectory",
    "CreateEntryFromFile",
    "GetFiles",
    "WriteAllText",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")
}

fn script() -> String {
    let run = run(["collect"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    run.text().to_owned()
}

#[test]
fn it_prints_the_script_with_the_version() {
    let source = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/commands/collect");
        fs::read_to_string(folder.join(name)).expect("a script")
    };
    let printed = script();
    let version = env!("CARGO_PKG_VERSION");
    let whole = source("collect.ps1").replace("# SENDLENS_SHARED\n", &source("shared.ps1"));
    assert_eq!(printed, whole.replace("SENDLENS_VERSION", version));
    assert!(!printed.contains("SENDLENS_"));
    assert!(printed.contains(&format!("sendlens collect (version {version})")));
    assert!(
        printed.is_ascii(),
        "a console could break what is not ASCII"
    );
    assert!(printed.starts_with("<#\n.SYNOPSIS") || printed.starts_with("<#\r\n.SYNOPSIS"));

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("collect.ps1");
    let run = run([OsStr::new("collect"), OsStr::new("-o"), file.as_os_str()]);
    assert_eq!((run.code, run.out.as_slice()), (0, &b""[..]));
    assert_eq!(fs::read_to_string(&file).expect("the file"), printed);
}

#[test]
fn it_fits_the_grammar_of_powershell() {
    let script = Script::parse(&script());
    let calls = script.calls();
    assert!(calls.len() > 100, "only {} calls", calls.len());
    let one = calls.iter().find(|call| call.name == "Add-Member");
    let one = one.expect("a call of Add-Member");
    assert_eq!(one.argument("-MemberType"), Some("NoteProperty"));
    assert_eq!(one.inside, ["Export-Queue"]);
    for broken in ["if (", "'open", "foreach ($one of 1) {}", "function { }}"] {
        let broken = broken.to_owned();
        let parsed = std::panic::catch_unwind(move || Script::parse(&broken));
        assert!(parsed.is_err());
    }
}

#[test]
fn it_calls_nothing_that_changes_anything() {
    let Parts { code, texts } = powershell::parts(&script());
    let cmdlet = Regex::new(r"\b[A-Z][A-Za-z]+-[A-Z]\w+").expect("a pattern");
    let own: BTreeSet<&str> = Regex::new(r"function ([\w-]+)")
        .expect("a pattern")
        .captures_iter(&code)
        .map(|found| found.get(1).expect("a name").as_str())
        .collect();
    assert!(own.len() > 10, "{own:?}");
    let used: BTreeSet<&str> = cmdlet
        .find_iter(&code)
        .map(|found| found.as_str())
        .filter(|name| !own.contains(name) && *name != "Get-Command")
        .collect();
    assert_eq!(used, BTreeSet::from(CMDLETS));
    // Cmdlets of Exchange are called by their names in texts.
    for text in &texts {
        for name in cmdlet.find_iter(text) {
            let name = name.as_str();
            // What is only said: how to connect, and how to export by hand.
            let said = ["Connect-ExchangeOnline", "ConvertTo-Json", "Set-Content"];
            let fine = name.starts_with("Get-") || said.contains(&name);
            assert!(fine, "{name} in {text}");
        }
        assert!(
            !text.contains("Credential") && !text.contains("Password"),
            "{text}"
        );
    }
    let member = Regex::new(r"::(\w+)|\.(\w+)\(").expect("a pattern");
    let members: BTreeSet<&str> = member
        .captures_iter(&code)
        .filter_map(|found| Some(found.get(1).or(found.get(2))?.as_str()))
        .collect();
    let allowed: BTreeSet<&str> = MEMBERS.iter().copied().chain(FILE_MEMBERS).collect();
    assert_eq!(members, allowed);
    // One call by a value, and no other way to run something.
    assert_eq!(code.matches('&').count(), 1);
    assert!(code.contains("& $Command @Argument -ErrorAction Stop"));
    for word in [
        "Invoke-",
        "Start-",
        "iex",
        "scriptblock",
        "-TypeDefinition",
        "> ",
        ">>",
    ] {
        assert!(!code.contains(word), "{word}");
    }
    // Only what belongs to Windows is loaded.
    let loads = code.matches("Add-Type").count();
    assert_eq!(
        code.matches("Add-Type -AssemblyName System.IO.Compression")
            .count(),
        loads
    );
    for alias in [
        r"\|\s*\?",
        r"\|\s*%",
        r"\|\s*(where|foreach|select|sort|ft|fl|sc|ni)\b",
    ] {
        let alias = Regex::new(alias).expect("a pattern");
        assert!(!alias.is_match(&code), "{alias}");
    }
}

#[test]
fn it_writes_the_text_of_what_remoting_left() {
    let Parts { code, texts } = powershell::parts(&script());
    // Inside a text, a deserialised enumeration gives its number.
    for text in ["$value", "$element", "$_", "$($property.Value)"] {
        assert!(!texts.iter().any(|found| found == text), "{text}");
    }
    assert_eq!(code.matches(".ToString()").count(), 1);
    // A certificate that was made anew says nothing about its key.
    assert!(code.contains("function Test-Rebuilt") && code.contains("if (Test-Rebuilt $one)"));
}

#[test]
fn it_says_when_it_cannot_work() {
    let script = script();
    let place = |text: &str| script.find(text).unwrap_or_else(|| panic!("no {text}"));
    // No type may be used before it is known that types can be used.
    assert!(place("$ExecutionContext.SessionState.LanguageMode -ne") < place("New-Object"));
    assert!(place("$ExecutionContext.SessionState.LanguageMode -ne") < place("[System."));
    assert!(place("The output folder {0} cannot be made") > place("CreateDirectory($Root)"));
    // Nothing collected is said last, and is no success.
    let nothing = place("Nothing was collected");
    assert!(nothing > place("Next, run: sendlens diagnose"));
    assert_eq!(script.matches("{ exit 1 }").count(), 3);
    // What was given is given again.
    for option in [" -Prefix ", " -Tenant ", " -Server ", " -Zip"] {
        assert!(
            script.contains(&format!("$Again += '{option}'")),
            "{option}"
        );
    }
    let commands = powershell::parts(&script).texts;
    assert!(
        !commands
            .iter()
            .any(|text| text.contains("Get-InboundConnector"))
    );
}

#[test]
fn the_check_sees_what_is_forbidden() {
    let Parts { code, texts } = powershell::parts(
        "<# Remove-Item #> Set-Item 'it''s Remove-X' # Clear-Item\nGet-Item \"a `\" $($b.c)\"",
    );
    assert!(code.contains("Set-Item") && code.contains("Get-Item"));
    assert!(
        !code.contains("Remove-") && !code.contains("Clear-"),
        "{code}"
    );
    assert_eq!(texts, ["it's Remove-X", "a \" $($b.c)"]);
    for broken in [
        "'open",
        "\"open",
        "<# open",
        "({)}",
        "(",
        "}",
        "\"$(Remove-Item x)\"",
    ] {
        let broken = broken.to_owned();
        let result = std::panic::catch_unwind(move || powershell::parts(&broken));
        assert!(result.is_err());
    }
}

#[test]
fn it_asks_for_every_field_that_the_readers_want() {
    let texts = powershell::parts(&script()).texts;
    let field = Regex::new(r#"(?:\w+_of|named|text|is_true)\(\s*(?:object,\s*)?"([A-Z]\w+)""#)
        .expect("a pattern");
    let mut count = 0;
    for file in [
        "tenant/connector.rs",
        "tenant/domain.rs",
        "onprem/send_connector.rs",
        "onprem/exchange_certificate.rs",
        "queue/row.rs",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        let source = fs::read_to_string(path).expect("a source");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for found in field.captures_iter(source) {
            let name = &found[1];
            // What stands in for another field where that is missing.
            let stand_ins = [
                "WhenChanged",
                "Punycode",
                "DnsNameList",
                "PSComputerName",
                "OriginatingServer",
            ];
            if !stand_ins.contains(&name) {
                assert!(texts.iter().any(|text| text == name), "{file}: {name}");
                count += 1;
            }
        }
    }
    assert!(count > 20, "only {count} fields found");
}

#[test]
fn it_exports_no_subject_and_copies_tracking_logs_only_if_asked() {
    let script = script();
    let texts = powershell::parts(&script).texts;
    assert!(
        !texts
            .iter()
            .any(|text| text.contains("Subject") && text != "Subject")
    );
    // Certificates have a subject, messages must not.
    assert_eq!(texts.iter().filter(|text| *text == "Subject").count(), 1);
    assert!(script.contains("They contain personal data"));
    assert!(script.contains("if ($CopyTrackingLogs) {"));
    assert!(script.contains("[switch] $CopyTrackingLogs,"));
    assert!(script.contains("-Name 'ExportTimeUTC' -Value $time"));
}

#[test]
fn a_folder_that_it_wrote_is_read_without_options() {
    let run = run(["diagnose", "--format", "json", "tests/it/collected"]);
    assert_eq!(run.code, 1, "{}", run.err);
    check_report(&run.json());
}

fn check_report(report: &Value) {
    assert_eq!(report["tenants"][0]["name"], "contoso.onmicrosoft.com");
    assert_eq!(report["tenants"][0]["inbound_connectors"], 1);
    assert_eq!(report["tenants"][0]["accepted_domains"], 3);
    assert_eq!(report["tenants"].as_array().map(Vec::len), Some(1));
    let queues = &report["queues"];
    assert_eq!(
        (&queues["queues"], &queues["messages"]),
        (&2.into(), &2.into())
    );
    assert_eq!(queues["files"].as_array().map(Vec::len), Some(6));
    let streams: Vec<_> = report["input"]["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .map(|stream| stream["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(streams, ["EX01/FrontEnd", "EX01/Hub", "EX02/Hub"]);
    assert_eq!(report["input"]["malformed_lines"], 0);
    let incidents = report["incidents"].as_array().expect("incidents");
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0]["streams"], serde_json::json!(["EX02/Hub"]));
    assert_eq!(incidents[0]["tenant"], "contoso.onmicrosoft.com");
    let skipped: Vec<_> = report["input"]["skipped"]
        .as_array()
        .expect("skipped")
        .iter()
        .map(|file| file["file"].as_str().expect("a name"))
        .collect();
    assert_eq!(skipped, ["on-premises/LogPaths.json", "summary.txt"]);
    check_own_side(report);
}

/// Nothing of the local Exchange is lost on the way.
fn check_own_side(report: &Value) {
    let own = &report["on_premises"];
    let connectors = own["send_connectors"].as_array().expect("connectors");
    let certificates = own["certificates"].as_array().expect("certificates");
    assert_eq!((connectors.len(), certificates.len()), (2, 2));
    for row in connectors.iter().chain(certificates) {
        assert_eq!(row["lost"].as_array().map(Vec::len), Some(0), "{row}");
    }
    let wanted = serde_json::json!({
        "name": "Outbound to Office 365",
        "smart_hosts": ["contoso-com.mail.protection.outlook.com"],
        "address_spaces": ["smtp:*;1"],
        "source_servers": ["EX01", "EX02"],
        "require_tls": true,
        "tls_certificate_name":
            "<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com, O=Contoso, C=US",
    });
    for (field, value) in wanted.as_object().expect("fields") {
        assert_eq!(&connectors[0][field], value, "{field}");
    }
    assert_eq!(connectors[1]["name"], "To the archive");
    assert!(connectors[1]["tls_certificate_name"].is_null());
    let offered = report["certificates"].as_array().expect("certificates");
    for (at, server, services) in [
        (0, "EX01", serde_json::json!(["IIS", "SMTP"])),
        (1, "EX02", serde_json::json!(["SMTP"])),
    ] {
        let row = &certificates[at];
        assert_eq!(
            (&row["server"], &row["services"]),
            (&server.into(), &services)
        );
        assert_eq!(row["status"], "Valid");
        let stream = format!("{server}/Hub");
        let same = offered.iter().find(|row| row["stream"] == stream.as_str());
        assert_eq!(row["thumbprint"], same.expect("an offer")["thumbprint"]);
    }
}

#[test]
#[ignore = "needs PowerShell; .ci/run runs it where one is installed"]
fn a_powershell_runs_it() {
    let shell = powershell::installed().expect("a PowerShell in the PATH");
    let place = tempfile::tempdir().expect("a folder");
    let logs = lay_out_logs(place.path());
    let played = |play: &str| play_in(&shell, place.path(), &logs, play);

    let (out, summary) = played("both");
    assert_eq!(exports(&out), exports(&folder().join("collected")));
    assert!(summary.contains("Send logs of EX02 FrontEnd: there is no folder"));
    assert!(summary.contains("Problems: 1."), "{summary}");
    let words = ["diagnose", "--format", "json"].map(OsStr::new);
    let report = run(words.into_iter().chain([out.as_os_str()])).json();
    check_report(&report);
    let archive = fs::read(out.with_extension("zip")).expect("an archive");
    assert!(archive.starts_with(b"PK"));
    let name = b"logs/EX01/Logs/Hub/ProtocolLog/SmtpSend/";
    assert!(memchr::memmem::find(&archive, name).is_some());
    assert_eq!(report["input"]["files"], 3, "the old log is not copied");

    let queues = "logs/EX01/Logs/Hub/QueueViewer/TRANSPORTQUEUE2026111109-1.LOG";
    assert!(out.join(queues).is_file());
    let tracking = "logs/EX01/Logs/MessageTracking";
    assert!(!out.join(tracking).exists(), "{summary}");
    assert!(
        summary.contains("because -CopyTrackingLogs was not given. They contain personal data.")
    );

    let (out, summary) = played("online");
    assert_eq!(exports(&out).len(), 2);
    assert!(
        summary.contains("in the Exchange Management Shell: & '"),
        "{summary}"
    );

    let (out, summary) = played("failing");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("an export");
    let tenant = "tenants/contoso.onmicrosoft.com";
    assert_eq!(read(&format!("{tenant}/InboundConnector.json")), "[]\r\n");
    assert_eq!(read("on-premises/SendConnector.json"), "[]\r\n");
    assert!(
        out.join("on-premises/EX01/ExchangeCertificate.json")
            .is_file()
    );
    assert!(!out.join("on-premises/EX02").exists());
    assert!(
        summary.contains("PROBLEM - Get-ExchangeCertificate EX02: The RPC server is unavailable.")
    );
    assert!(
        summary.contains("EDGE01 is an Edge Transport server"),
        "{summary}"
    );
    assert!(!out.join("logs").exists());

    let (out, summary) = played("imported");
    check_imported(&out, &summary);

    let (out, summary) = played("nothing");
    assert!(exports(&out).is_empty());
    assert!(summary.contains("Connect-ExchangeOnline; & '"), "{summary}");
    assert!(
        summary.trim_end().ends_with("said above first"),
        "{summary}"
    );
    assert!(!summary.contains("sendlens diagnose"), "{summary}");
}

/// What the script writes in a window that imported a session, with the message tracking logs.
fn check_imported(out: &Path, summary: &str) {
    let tracked = "logs/EX02/Logs/MessageTracking/MSGTRK20261111-1.LOG";
    assert!(out.join(tracked).is_file(), "{summary}");
    assert!(!out.join("logs/EX02/Logs/Hub").exists());
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("an export");
    assert!(read("on-premises/SendConnector.json").contains("\"DomainValidation\""));
    assert!(!read("on-premises/EX01/ExchangeCertificate.json").contains("HasPrivateKey"));
    assert!(
        summary.contains("in the Exchange Management Shell"),
        "{summary}"
    );
}

/// Runs the script against the cmdlets of a play: the folder that it wrote, and its summary.
fn play_in(shell: &Path, place: &Path, logs: &Path, play: &str) -> (PathBuf, String) {
    let out = place.join(play);
    let file = place.join("collect.ps1");
    fs::write(&file, script()).expect("the script");
    let output = Command::new(shell)
        .args(["-NoProfile", "-NonInteractive"])
        .args(["-ExecutionPolicy", "Bypass", "-File"])
        .arg(folder().join("collect_mock.ps1"))
        .args([&file, &out])
        .arg(logs)
        .arg(folder().join("collected"))
        .arg(play)
        .output()
        .expect("PowerShell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = i32::from(play == "nothing");
    let fine = output.status.code() == Some(code) && errors.is_empty();
    assert!(fine, "{said}{errors}");
    let summary = fs::read_to_string(out.join("summary.txt")).expect("a summary");
    (out, summary)
}

/// The logs of the servers, each with one that ended before the period.
fn lay_out_logs(place: &Path) -> PathBuf {
    let logs = place.join("servers");
    for server in ["EX01", "EX02"] {
        let name = "TRANSPORTQUEUE2026111109-1.LOG";
        let from = format!("collected/logs/{server}/Logs/Hub/QueueViewer/{name}");
        let queues = logs.join(server).join("QueueViewer");
        fs::create_dir_all(&queues).expect("a folder");
        fs::copy(folder().join(from), queues.join(name)).expect("a log");
        let tracking = logs.join(server).join("MessageTracking");
        fs::create_dir_all(&tracking).expect("a folder");
        let text = "#Log-type: Message Tracking Log\r\n";
        fs::write(tracking.join("MSGTRK20261111-1.LOG"), text).expect("a log");
    }
    for (server, role) in [("EX01", "Hub"), ("EX01", "FrontEnd"), ("EX02", "Hub")] {
        let from = format!("collected/logs/{server}/Logs/{role}/ProtocolLog/SmtpSend");
        let from = folder().join(from).join("SEND2026111109-1.LOG");
        let to = logs.join(server).join(role);
        fs::create_dir_all(&to).expect("a folder");
        fs::copy(&from, to.join("SEND2026111109-1.LOG")).expect("a log");
        let old = to.join("SEND2026110109-1.LOG");
        fs::copy(&from, &old).expect("a log");
        // 2026-11-01T10:00:00Z
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_527_200);
        let file = File::options().write(true).open(&old).expect("the log");
        file.set_modified(time).expect("its time");
    }
    logs
}

/// The exports of a folder by their path, rows in the order of their names; places of logs and times of
/// exports differ from run to run.
fn exports(folder: &Path) -> Vec<(String, Value)> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.expect("an entry").into_path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    files
        .map(|path| {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let mut rows: Vec<Value> = serde_json::from_str(&text).expect("an array");
            for row in &mut rows {
                let varying = [
                    "SendProtocolLogPath",
                    "QueueLogPath",
                    "MessageTrackingLogPath",
                    "ExportTimeUTC",
                ];
                for field in varying {
                    if let Some(value) = row.get_mut(field) {
                        *value = Value::Null;
                    }
                }
            }
            rows.sort_by_key(|row| row["Name"].as_str().map(str::to_owned));
            let name = path.strip_prefix(folder).expect("below the folder");
            (name.to_string_lossy().replace('\\', "/"), Value::from(rows))
        })
        .collect()
}
