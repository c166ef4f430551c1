//! The report of one screen: how long and how wide it is, and that it leaves nothing out unsaid.

use serde_json::Value;

use crate::program::run;
use crate::sample;

/// The lines of a screen.
const SCREEN: usize = 24;

fn short(case: &str) -> String {
    let run = run(["diagnose", "--color", "never", &sample::path(case)]);
    run.text().to_owned()
}

fn incidents(case: &str) -> Vec<Value> {
    let report = run(["diagnose", "-f", "json", &sample::path(case)]).json();
    report["incidents"].as_array().expect("a list").clone()
}

/// One incident fits on a screen. More have a table before, with one or two lines for each.
#[test]
fn it_is_one_screen() {
    let mut lines = Vec::new();
    for case in sample::cases() {
        let number = incidents(&case).len();
        let count = short(&case).lines().count();
        let table = if number > 1 { 3 + 2 * number } else { 0 };
        assert!(
            count <= SCREEN + table,
            "{case}: {count} lines for {number} incidents"
        );
        lines.push(count);
    }
    lines.sort_unstable();
    let (median, largest) = (lines[lines.len() / 2], lines[lines.len() - 1]);
    assert!(
        median <= SCREEN,
        "the median is {median}, the largest {largest}"
    );
}

#[test]
fn it_is_80_columns_wide() {
    for case in sample::cases() {
        for line in short(&case).lines() {
            let columns = textwrap::core::display_width(line);
            // A quoted value of a command, a path and a name are never broken.
            let is_value = line.trim_start().starts_with(['-', '\'', '|'])
                || line.starts_with("  Evidence")
                || !line.trim().contains(' ');
            assert!(
                columns <= 80 || is_value,
                "{case}: {columns} columns: {line}"
            );
        }
    }
}

#[test]
fn it_names_state_connector_cause_and_place() {
    for case in sample::cases() {
        let text = short(&case);
        let incidents = incidents(&case);
        let Some(first) = incidents.first() else {
            assert!(
                text.contains("No incident") || text.contains("No row"),
                "{case}: {text}"
            );
            continue;
        };
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for pointer in ["/send_connector", "/cause/code"] {
            let value = first
                .pointer(pointer)
                .and_then(Value::as_str)
                .expect("text");
            assert!(joined.contains(value), "{case}: {value}");
        }
        let states = [
            "Rejected now",
            "Silent now",
            "Waiting now",
            "Delayed now",
            "Unclear",
            "Over",
        ];
        assert!(states.iter().any(|state| text.contains(state)), "{case}");
        for incident in &incidents {
            let code = incident["cause"]["code"].as_str().expect("a code");
            assert!(text.contains(code), "{case}: {code}");
        }
        let evidence = first["evidence"].as_array().expect("a list");
        if let Some(row) = evidence.first() {
            let file = row["file"].as_str().expect("a file");
            assert!(text.contains(file), "{case}: {file}");
        }
    }
}

#[test]
fn what_is_left_out_is_counted() {
    for case in sample::cases() {
        let text = short(&case);
        let report = run(["diagnose", "-f", "json", &sample::path(&case)]).json();
        let points = report["not_judged"].as_array().expect("a list").len();
        assert_eq!(points > 0, text.contains("Not checked:"), "{case}");
        for finding in report["findings"].as_array().expect("a list") {
            let code = finding["code"].as_str().expect("a code");
            assert!(text.contains(code), "{case}: {code}");
        }
        assert!(text.contains("--full"), "{case}");
    }
}

#[test]
fn a_title_stands_first() {
    let path = sample::path("renamed-certificate");
    for format in ["text", "markdown", "html"] {
        let run = run(["diagnose", "-f", format, "--title", "INC-4711", &path]);
        let at = run.text().find("INC-4711").expect("the title");
        let cause = run.text().find("CRT004").expect("the cause");
        assert!(at < cause, "{format}");
    }
}

#[test]
fn a_time_zone_moves_times_in_text_and_not_in_data() {
    let path = sample::path("renamed-certificate");
    let in_tokyo = |more: &[&str]| {
        let mut arguments = vec!["diagnose", "--color", "never", "--time-zone", "Asia/Tokyo"];
        arguments.extend(more);
        arguments.push(&path);
        run(arguments)
    };
    let text = in_tokyo(&[]);
    assert!(text.text().contains("since 3 Nov 11:14"), "{}", text.text());
    assert!(text.text().contains("all times Asia/Tokyo"));
    let full = in_tokyo(&["--full"]);
    assert!(full.text().contains("2026-11-03T11:14:09.185+09:00"));
    // A log row stays as it is.
    assert!(full.text().contains("2026-11-03T02:14:0"));
    let html = in_tokyo(&["-f", "html"]);
    assert!(html.text().contains("3\u{A0}Nov\u{A0}11:14</time>"));
    assert!(
        html.text()
            .contains("datetime=\"2026-11-03T02:14:09.185Z\"")
    );
    let json = in_tokyo(&["-f", "json"]);
    assert_eq!(json.out, run(["diagnose", "-f", "json", &path]).out);
    let wrong = run(["diagnose", "--time-zone", "Mars/Olympus", &path]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("Mars/Olympus") && wrong.err.contains("Europe/Berlin"));
}
