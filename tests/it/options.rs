//! Options that choose: period, connector, codes, tenants, and what the exit code goes by.

use std::path::Path;

use serde_json::Value;

use crate::corpus::Session;
use crate::program::{Call, Run, causes, run};
use crate::sample;
use crate::usage::{CASE, on, refused, refuses};

fn count(options: &[&str]) -> usize {
    let run = on("sessions", options, Path::new(CASE));
    assert_eq!(run.code, 0, "{}", run.err);
    run.lines().len()
}

#[test]
fn the_period_is_kept() {
    let all = run(["sessions", CASE]).lines();
    let between = |since: &str, until: &str| {
        let inside = |session: &&Value| {
            let at = |name: &str| session[name].as_str().expect("a time").to_owned();
            at("ended").as_str() >= since && at("started").as_str() <= until
        };
        all.iter().filter(inside).count()
    };
    let (early, late) = ("2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
    let border = "2026-11-03T02:00:00.000Z";
    let after = between(border, late);
    assert!(after > 0 && after < all.len());
    assert_eq!(count(&["--since", border]), after);
    assert_eq!(count(&["--until", border]), between(early, border));
    assert_eq!(count(&["--since", "2026-11-03T03:00:00+01:00"]), after);
    let day = between("2026-11-03T00:00:00.000Z", late);
    assert!(day < all.len());
    assert_eq!(count(&["--since", "2026-11-03"]), day);
    let eve = between(early, "2026-11-02T23:59:59.999Z");
    assert_eq!(count(&["--until", "2026-11-02"]), eve);
    // The last line stands at 04:09:41.
    let hour = between("2026-11-03T03:09:41.292Z", late);
    assert!(hour > 0 && hour < after);
    assert_eq!(count(&["--since", "1h"]), hour);
    assert_eq!(count(&["--since", "60m"]), hour);
    assert_eq!(count(&["--since", "3d"]), all.len());
    assert_eq!(count(&["--since", "2027-01-01"]), 0);
}

#[test]
fn a_period_without_sessions_is_no_incident() {
    let run = run(["diagnose", "-f", "json", "--since", "2027-01-01", CASE]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(causes(&run.json()), Vec::<String>::new());
}

#[test]
fn connectors_are_chosen_by_pattern() {
    let all = count(&[]);
    let online = count(&["--connector", "Outbound*"]);
    let internal = count(&["--connector", "Intra-Organization*"]);
    assert!(online > 0 && internal > 0);
    assert_eq!(online + internal, all);
    assert_eq!(count(&["--connector", "Outbound to Office 365"]), online);
    assert_eq!(count(&["--connector", "nothing*"]), 0);
    let run = run(["diagnose", "-f", "json", "--connector", "Intra*", CASE]);
    assert_eq!(causes(&run.json()), Vec::<String>::new());
    // The front end's half goes by the hub's connector.
    let path = "sample-logs/hub-and-frontend";
    let proxied = crate::program::run(["diagnose", "-f", "json", "--connector", "Outbound*", path]);
    assert_eq!(causes(&proxied.json()), ["CRT005"]);
}

#[test]
fn standard_input_has_no_last_line_to_count_back_from() {
    let log = Session::default().log();
    for command in ["diagnose", "sessions", "certificates"] {
        let piped = Call::new([command, "--since", "3d", "-"])
            .stdin(log.as_bytes())
            .run();
        refuses(&piped, 2, &["standard input", "date"]);
    }
    let piped = Call::new(["sessions", "--since", "2026-11-01", "-"])
        .stdin(log.as_bytes())
        .run();
    assert_eq!((piped.code, piped.lines().len()), (0, 1));
}

#[test]
fn standard_input_without_a_log_is_exit_3() {
    let mut silent = Vec::new();
    for input in ["", "hello\n", "[{\"Name\": \"Inbound\"}]\n"] {
        for command in ["diagnose", "sessions", "certificates"] {
            let piped = Call::new([command, "-"]).stdin(input.as_bytes()).run();
            if piped.code != 3 || piped.err.is_empty() {
                silent.push(format!("{command} of {input:?}: exit {}", piped.code));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn standard_input_is_judged_against_named_tenants() {
    let folder = refused("relay.contoso.com");
    let log = Session::default().log();
    let exports = folder.path().join("tenant");
    let named = format!("contoso={}", exports.display());
    for (option, name) in [
        (named, "contoso"),
        (exports.display().to_string(), "contoso.onmicrosoft.com"),
    ] {
        let piped = Call::new(["diagnose", "-f", "json", "--tenant", &option, "-"])
            .stdin(log.as_bytes())
            .run();
        assert_eq!(piped.code, 1, "{}", piped.err);
        let report = piped.json();
        assert_eq!(causes(&report), ["CRT005"]);
        assert_eq!(report["tenants"][0]["name"], name);
    }
    let missing = run([
        "diagnose",
        "-f",
        "json",
        "--tenant",
        "contoso=no-such-folder",
        CASE,
    ]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such-folder"));
}

#[test]
fn codes_are_selected_and_ignored() {
    let path = "sample-logs/transient-and-blocked";
    let with = |options: &[&str]| {
        let mut all = vec!["-f", "json"];
        all.extend(options);
        // The PATH stands first: both options take several codes.
        let mut arguments = vec!["diagnose", path];
        arguments.extend(all);
        let run = run(arguments);
        (run.code, causes(&run.json()))
    };
    let owned = |codes: &[&str]| {
        codes
            .iter()
            .map(|code| (*code).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(with(&[]), (1, owned(&["ATT007", "ATT003"])));
    assert_eq!(with(&["--select", "ATT003"]), (0, owned(&["ATT003"])));
    assert_eq!(
        with(&["--select", "att"]),
        (1, owned(&["ATT007", "ATT003"]))
    );
    assert_eq!(with(&["--select", "CRT"]), (0, owned(&[])));
    assert_eq!(with(&["--ignore", "ATT007"]), (0, owned(&["ATT003"])));
    assert_eq!(with(&["--ignore", "ATT007", "ATT003"]), (0, owned(&[])));
    assert_eq!(
        with(&["--select", "ATT", "--ignore", "ATT003"]),
        (1, owned(&["ATT007"]))
    );
}

#[test]
fn the_exit_code_follows_fail_on() {
    let code = |level: &str, case: &str, more: &[&str]| {
        let mut arguments = vec!["diagnose", case, "--fail-on", level];
        arguments.extend(more);
        run(arguments).code
    };
    assert_eq!(code("never", CASE, &[]), 0);
    for level in ["info", "warning", "error"] {
        assert_eq!(code(level, CASE, &[]), 1);
        assert_eq!(code(level, "sample-logs/healthy", &[]), 0);
    }
    let info = ["--select", "ATT003"];
    let path = "sample-logs/transient-and-blocked";
    assert_eq!(code("info", path, &info), 1);
    assert_eq!(code("warning", path, &info), 0);
    assert_eq!(code("never", "no-such-folder", &[]), 2);
}

#[test]
fn globs_are_expanded_by_the_program() {
    let glob = run(["sessions", "sample-logs/renamed-certificate/SEND*.LOG"]);
    let folder = run(["sessions", CASE]);
    assert_eq!(glob.code, 0, "{}", glob.err);
    let ids = |run: &Run| crate::program::texts(&Value::from(run.lines()), "/session_id");
    assert_eq!(ids(&glob), ids(&folder));
}

#[test]
fn paths_are_as_seen_from_the_folder_of_the_call() {
    let here = Call::new(["diagnose", "-f", "json", "."])
        .folder(&sample::folder().join("renamed-certificate"))
        .run();
    let there = run(["diagnose", "-f", "json", CASE]);
    assert_eq!(here, there);
}
