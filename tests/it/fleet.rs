//! The script of `collect --fleet`, which makes digests on many servers over PowerShell remoting.
//!
//! The grammar of PowerShell shows what runs on a server, what it writes there, and that everything is
//! removed. Where a PowerShell is installed, the script is run against played servers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::powershell::{self, Call, Script};
use crate::program::run;

/// The blocks that run on a server.
const BLOCKS: [&str; 3] = ["$Prepare", "$Digest", "$Clean"];

/// The cmdlets that it calls on this computer, besides those in [`REMOTE_CMDLETS`].
const CMDLETS: [&str; 19] = [
    "Copy-Item",
    "Get-Command",
    "Get-PSSession",
    "Group-Object",
    "Invoke-Command",
    "Move-Item",
    "New-Object",
    "New-PSSession",
    "New-PSSessionOption",
    "Remove-PSSession",
    "Select-Object",
    "Set-StrictMode",
    "Sort-Object",
    "Write-Host",
    "Write-Progress",
    "Write-Warning",
    "ForEach-Object",
    "Get-Item",
    "Test-Path",
];

/// The cmdlets that it calls on a server.
const REMOTE_CMDLETS: [&str; 9] = [
    "ForEach-Object",
    "Get-Item",
    "Get-Process",
    "Join-Path",
    "New-Item",
    "Remove-Item",
    "Start-Sleep",
    "Test-Path",
    "Where-Object",
];

fn text() -> String {
    let run = run(["collect", "--fleet"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    run.text().to_owned()
}

fn script() -> Script {
    Script::parse(&text())
}

fn is_remote(inside: &[String]) -> bool {
    inside
        .first()
        .is_some_and(|place| BLOCKS.contains(&place.as_str()))
}

/// The calls of one name.
fn named<'a>(calls: &'a [Call], name: &str) -> Vec<&'a Call> {
    calls.iter().filter(|call| call.name == name).collect()
}

#[test]
fn it_is_printed_with_what_the_scripts_share() {
    let text = text();
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.contains(&format!("sendlens collect --fleet (version {version})")));
    assert!(text.starts_with("<#\n.SYNOPSIS") || text.starts_with("<#\r\n.SYNOPSIS"));
    assert!(text.is_ascii() && !text.contains("SENDLENS_"));
    assert!(text.contains("function Write-Problem {"));

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("fleet.ps1");
    let arguments = [OsStr::new("collect"), OsStr::new("--fleet")];
    let run = run(arguments
        .into_iter()
        .chain([OsStr::new("-o"), file.as_os_str()]));
    assert_eq!((run.code, run.out.as_slice()), (0, &b""[..]));
    assert_eq!(fs::read_to_string(&file).expect("the file"), text);

    // Get-Help describes each parameter.
    let described: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(".PARAMETER "))
        .collect();
    let block = text.split("\nparam(").nth(1).expect("parameters");
    let block = block.split("\n)").next().expect("an end");
    let declared: Vec<&str> = block
        .lines()
        .filter_map(|line| line.split_once("] $"))
        .filter_map(|(_, name)| name.split([' ', ',']).next())
        .collect();
    assert!(declared.len() > 8, "{declared:?}");
    assert_eq!(
        described.iter().collect::<BTreeSet<_>>(),
        declared.iter().collect::<BTreeSet<_>>()
    );
}

#[test]
fn it_calls_only_what_it_needs() {
    let text = text();
    let script = Script::parse(&text);
    let calls = script.calls();
    assert!(calls.len() > 100, "only {} calls", calls.len());
    let is_own = |name: &str| text.contains(&format!("\nfunction {name} {{"));
    let mut here = BTreeSet::new();
    let mut there = BTreeSet::new();
    let mut by_value = Vec::new();
    for call in &calls {
        if call.name.starts_with('$') {
            by_value.push(format!("{} {}", call.name, call.words.join(" ")));
        } else if is_remote(&call.inside) {
            // A server knows none of the functions.
            there.insert(call.name.as_str());
        } else if !is_own(&call.name) {
            here.insert(call.name.as_str());
        }
    }
    assert_eq!(there, BTreeSet::from(REMOTE_CMDLETS));
    let here: BTreeSet<&str> = here.difference(&there).copied().collect();
    let wanted = BTreeSet::from(CMDLETS);
    let wanted: BTreeSet<&str> = wanted.difference(&there).copied().collect();
    assert_eq!(here, wanted);
    by_value.sort();
    assert_eq!(
        by_value,
        [
            "$Clean $Root $Leaf",
            "$Command @Argument -ErrorAction Stop",
            "$task.Program @arguments 2>&1",
        ]
    );
    // The names of cmdlets in texts are those that only get, and what is said.
    let cmdlet = regex::Regex::new(r"\b[A-Z][A-Za-z]+-[A-Z]\w+").expect("a pattern");
    for text in powershell::parts(&text).texts {
        for found in cmdlet.find_iter(&text) {
            assert!(found.as_str().starts_with("Get-"), "{text}");
        }
    }
    for word in [
        "iex",
        "scriptblock",
        "Invoke-Expression",
        "Add-Type",
        "-EncodedCommand",
    ] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn nothing_runs_on_a_server_but_its_blocks() {
    let script = script();
    let calls = script.calls();
    let remote = named(&calls, "Invoke-Command");
    let blocks: Vec<_> = remote
        .iter()
        .map(|call| call.argument("-ScriptBlock").expect("a block"))
        .collect();
    assert_eq!(blocks, ["$Prepare", "$Digest", "$Clean", "$Clean"]);
    // Each block is given once and never changed.
    for block in BLOCKS {
        let given = script.assignments();
        assert_eq!(given.iter().filter(|one| one.to == block).count(), 1);
    }
    // All servers of a batch run the program at the same time, but no more than wanted.
    let digest = remote[1];
    assert_eq!(digest.argument("-Session"), Some("$sessions"));
    assert_eq!(digest.argument("-ThrottleLimit"), Some("$ThrottleLimit"));
    // One that fails leaves the others their answers.
    assert_eq!(digest.argument("-ErrorAction"), Some("SilentlyContinue"));
    assert_eq!(digest.argument("-ErrorVariable"), Some("failed"));
}

#[test]
fn it_writes_on_a_server_only_below_the_temporary_folder() {
    let script = script();
    let calls = script.calls();
    let assignments = script.assignments();
    let values = |to: &str, place: &str| -> Vec<String> {
        assignments
            .iter()
            .filter(|one| one.to == to && one.inside.first().is_some_and(|at| at == place))
            .map(|one| one.value.clone())
            .collect()
    };
    // The folder has the name of this run, which nothing else has.
    let below = "Join-Path -Path $base -ChildPath $Plan.Leaf";
    assert_eq!(values("$folder", "$Prepare"), [below]);
    let below = "Join-Path -Path $Base -ChildPath $Leaf";
    assert_eq!(values("$folder", "$Clean"), [below]);
    let leaf: Vec<_> = assignments.iter().filter(|one| one.to == "$Leaf").collect();
    assert_eq!(leaf.len(), 1);
    assert_eq!(
        leaf[0].value,
        "'sendlens-' + [guid]::NewGuid().ToString('N')"
    );
    // What is made, and what is written, is this folder or in it.
    let made = named(&calls, "New-Item");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].argument("-Path"), Some("$folder"));
    assert!(made[0].is_inside("$Prepare"));
    assert_eq!(
        values("$answer.Output", "$Prepare"),
        ["Join-Path -Path $folder -ChildPath 'server.digest'"]
    );
    assert_eq!(
        values("$answer.Program", "$Prepare"),
        [
            "$Plan.RemoteProgram",
            "Join-Path -Path $folder -ChildPath 'sendlens.exe'"
        ]
    );
    let copies = named(&calls, "Copy-Item");
    assert_eq!(copies.len(), 2);
    let sent = copies[0];
    assert_eq!(sent.argument("-ToSession"), Some("$Target.Session"));
    assert_eq!(sent.argument("-Destination"), Some("$answer.Program"));
    let text = text();
    let kept = "if ($RemoteProgram -ne '') { return }";
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place(kept) < place("-ToSession"), "it replaces a program");
    assert!(text.contains("$arguments += @('-o', $answer.Output, '--server', $Plan.Name)"));
}

#[test]
fn it_sets_on_a_server_only_what_ends_with_the_session() {
    let script = script();
    let assignments = script.assignments();
    let set: BTreeSet<&str> = assignments
        .iter()
        .filter(|one| is_remote(&one.inside))
        .map(|one| one.to.as_str())
        .filter(|to| !to.starts_with("$answer.") && (to.contains('.') || to.contains(':')))
        .collect();
    assert_eq!(
        set,
        BTreeSet::from([
            "$global:SendlensDigest",
            "(Get-Process -Id $PID).PriorityClass"
        ])
    );
    for block in BLOCKS {
        for member in script.members(Some(block)) {
            for word in [
                "Write", "Create", "Delete", "Move", "Copy", "Set", "Start", "Kill",
            ] {
                assert!(!member.starts_with(word), "{block}: {member}");
            }
        }
    }
}

#[test]
fn it_removes_only_the_temporary_folder() {
    let script = script();
    let calls = script.calls();
    let removed = named(&calls, "Remove-Item");
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].argument("-LiteralPath"), Some("$folder"));
    assert_eq!(removed[0].inside, ["$Clean"]);
    // A name that is not the one of a temporary folder is refused before anything is removed.
    let text = text();
    let check = "if ($Leaf -notmatch '^sendlens-[0-9a-f]{32}$') { throw ";
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place(check) < place("Remove-Item -LiteralPath"));
    for word in [
        "::Delete",
        ".Delete(",
        "Clear-Item",
        "rmdir",
        "Remove-ItemProperty",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    // On this computer, only a complete digest leaves its temporary folder.
    let moved = named(&calls, "Move-Item");
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].argument("-LiteralPath"), Some("$part"));
    assert!(place("$length -ne $Answer.Bytes") < place("Move-Item"));
}

#[test]
fn it_closes_every_session_and_cleans_up_after_an_error() {
    let script = script();
    let calls = script.calls();
    let opened = named(&calls, "New-PSSession");
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].inside, ["Open-Session"]);
    assert_eq!(opened[0].argument("-Name"), Some("$names"));
    let names = script.assignments();
    let names = names.iter().find(|one| one.to == "$names").expect("names");
    assert!(
        names.value.contains("'{0}-{1}' -f $Leaf"),
        "{}",
        names.value
    );
    let closed = named(&calls, "Remove-PSSession");
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].inside, ["Clear-Server"]);
    let found = named(&calls, "Get-PSSession");
    assert_eq!(found[0].argument("-Name"), Some("($Leaf + '-*')"));
    // Sessions are opened in the try of which the finally closes them.
    let opening = named(&calls, "Open-Session");
    assert_eq!(opening.len(), 1);
    assert_eq!(opening[0].inside, ["Invoke-Batch"]);
    let clearing = named(&calls, "Clear-Server");
    assert_eq!(clearing.len(), 1);
    assert_eq!(clearing[0].inside, ["Invoke-Batch", "finally"]);
    let text = text();
    let batch = text.split("function Invoke-Batch {").nth(1).expect("it");
    let batch = batch.split("\n}").next().expect("its end");
    let place = |what: &str| batch.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place("try {") < place("Open-Session"));
    // The folder is removed before the session is closed, and else over a new connection.
    let clear = text.split("function Clear-Server {").nth(1).expect("it");
    let place = |what: &str| clear.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place("-ScriptBlock $Clean") < place("Remove-PSSession"));
    assert!(place("Remove-PSSession") < place("Invoke-Command -ComputerName"));
    assert!(place("Invoke-Command -ComputerName") < place("Remove it by hand"));
}

#[test]
fn no_file_goes_through_the_pipeline() {
    let text = text();
    for word in [
        "Get-Content -",
        "Set-Content",
        "ReadAllBytes",
        "WriteAllBytes",
        "Base64",
        "[byte",
        "AsByteStream",
        "-Encoding",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    let calls = Script::parse(&text).calls();
    let copies = named(&calls, "Copy-Item");
    let brought = copies.last().expect("a copy");
    assert_eq!(brought.argument("-FromSession"), Some("$Target.Session"));
    assert_eq!(brought.argument("-Destination"), Some("$part"));
    // Errors of a copy are no success.
    assert!(
        copies
            .iter()
            .all(|copy| copy.argument("-ErrorAction") == Some("Stop"))
    );
}

#[test]
fn it_runs_the_program_at_a_low_priority() {
    let text = text();
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}"));
    let lowered = place("(Get-Process -Id $PID).PriorityClass = 'BelowNormal'");
    assert!(place("$Prepare = {") < lowered && lowered < place("$Digest = {"));
    // All servers get the same start of the period.
    assert!(text.contains("Since = $SinceText"));
    assert!(text.contains("$arguments += @('--since', $Plan.Since)"));
}

#[test]
fn it_says_when_it_cannot_work() {
    let text = text();
    let place = |text_of: &str| text.find(text_of).unwrap_or_else(|| panic!("no {text_of}"));
    // No type may be used before it is known that types can be used, here and on a server.
    let here = place("$ExecutionContext.SessionState.LanguageMode -ne");
    assert!(here < place("New-Object") && here < place("[System.") && here < place("[guid]"));
    let block = text.split("$Prepare = {").nth(1).expect("a block");
    let block = block.split("\n}").next().expect("its end");
    let place = |what: &str| block.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place("LanguageMode -ne 'FullLanguage'") < place("New-Item"));
    assert!(!block.contains("[pscustomobject]") && !block.contains("[string]"));
    // Nothing is made where there is nothing to read.
    assert!(place("there is no folder") < place("New-Item"));
    assert_eq!(text.matches("{ exit 1 }").count(), 3);
    for reason in ["'unreachable'", "'no logs'", "'error'"] {
        assert!(text.contains(reason), "{reason}");
    }
    assert!(text.contains("if ($Answer.Code -eq 3) {\n        Set-State $Target 'no logs'"));
    assert!(text.contains("'Next, run: sendlens diagnose \"{0}\"' -f $Root"));
}

#[test]
#[ignore = "needs PowerShell; .ci/run runs it where one is installed"]
fn a_powershell_runs_it() {
    let shell = powershell::installed().expect("a PowerShell in the PATH");
    let place = tempfile::tempdir().expect("a folder");

    let played = play_in(&shell, place.path(), "named");
    assert_eq!(played.code, 0, "{}", played.said);
    assert_eq!(played.digests, ["EX01.digest", "EX02.digest"]);
    for wanted in [
        "Servers with a digest: 2 of 8",
        "PROBLEM - DOWN01: unreachable. [DOWN01] Connecting to remote server DOWN01 failed",
        "PROBLEM - EMPTY01: no logs. ",
        "PROBLEM - NONE01: no logs. there is no folder ",
        "PROBLEM - LOCKED01: error. scripts are restricted on this server",
        "PROBLEM - LOST01: error. [LOST01] The network connection was interrupted",
        "PROBLEM - CUT01: error. ",
        "Next, run: sendlens diagnose",
    ] {
        assert!(
            played.summary.contains(wanted),
            "{wanted}: {}",
            played.summary
        );
    }
    let report = run([
        OsStr::new("diagnose"),
        OsStr::new("--format"),
        OsStr::new("json"),
        played.out.as_os_str(),
    ])
    .json();
    let streams: Vec<_> = report["input"]["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .map(|stream| stream["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(streams, ["EX01/FrontEnd", "EX01/Hub", "EX02/Hub"]);

    let played = play_in(&shell, place.path(), "shell");
    assert_eq!(played.code, 0, "{}", played.said);
    assert_eq!(played.digests, ["EX01.digest", "EX02.digest"]);

    let played = play_in(&shell, place.path(), "nothing");
    assert_eq!(played.code, 1, "{}", played.said);
    assert!(played.digests.is_empty());
    assert!(
        played
            .summary
            .trim_end()
            .ends_with("No server gave a digest")
    );
    assert!(!played.summary.contains("sendlens diagnose"));
}

/// What a run of the script left.
struct Played {
    code: i32,
    said: String,
    out: PathBuf,
    summary: String,
    digests: Vec<String>,
}

/// Runs the script against the servers of a play. Nothing may be left on them.
fn play_in(shell: &Path, place: &Path, play: &str) -> Played {
    let out = place.join(play);
    let servers = place.join(format!("{play}-servers"));
    lay_out(&servers);
    let file = place.join("fleet.ps1");
    fs::write(&file, text()).expect("the script");
    let output = Command::new(shell)
        .args(["-NoProfile", "-NonInteractive"])
        .args(["-ExecutionPolicy", "Bypass", "-File"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fleet_mock.ps1"))
        .args([&file, &out, &servers])
        .arg(env!("CARGO_BIN_EXE_sendlens"))
        .arg(play)
        .output()
        .expect("PowerShell");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("Open sessions: 0"), "{said}");
    for server in fs::read_dir(&servers).expect("servers") {
        let temporary = server.expect("a server").path().join("temp");
        let left = fs::read_dir(&temporary).expect("a folder").count();
        assert_eq!(left, 0, "{}: {said}", temporary.display());
    }
    let mut left: Vec<String> = fs::read_dir(&out)
        .expect("the output folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left.pop().as_deref(), Some("summary.txt"), "{left:?}");
    Played {
        code: output.status.code().expect("a code"),
        said,
        summary: fs::read_to_string(out.join("summary.txt")).expect("a summary"),
        out,
        digests: left,
    }
}

/// A folder for each server, with its folder for temporary files and its logs.
fn lay_out(servers: &Path) {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/collected/logs");
    let names = [
        "EX01", "EX02", "EMPTY01", "NONE01", "LOCKED01", "LOST01", "CUT01",
    ];
    for name in names {
        let server = servers.join(name);
        fs::create_dir_all(server.join("temp")).expect("a folder");
        for role in ["Hub", "FrontEnd"] {
            let below = format!("Logs/{role}/ProtocolLog/SmtpSend");
            let to = server.join("V15/TransportRoles").join(&below);
            // What the server sends is in the log of one role or two.
            let from = if name == "EX02" { "EX02" } else { "EX01" };
            let from = logs.join(from).join(&below).join("SEND2026111109-1.LOG");
            if name == "NONE01" || !from.is_file() {
                continue;
            }
            fs::create_dir_all(&to).expect("a folder");
            if name != "EMPTY01" {
                fs::copy(from, to.join("SEND2026111109-1.LOG")).expect("a log");
            }
        }
    }
}
