//! Every sample case against the promise in its README, and against snapshots of its reports.

use serde_json::Value;

use crate::formats::FORMATS;
use crate::program::{causes, run};
use crate::sample;

#[test]
fn there_are_enough_cases_and_each_is_described() {
    let cases = sample::cases();
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    let index = std::fs::read_to_string(sample::folder().join("README.md")).expect("README.md");
    for case in &cases {
        let promise = sample::promise(case);
        assert!(promise["incidents"].is_array(), "{case}: no incidents");
        assert!(promise["exit_code"].is_u64(), "{case}: no exit code");
        assert!(promise["input"].is_object(), "{case}: no input");
        assert!(
            index.contains(&format!("({case}/README.md)")),
            "{case} is not in the list"
        );
        assert!(!sample::logs(case).is_empty(), "{case}: no log");
    }
}

#[test]
fn every_case_keeps_its_promise() {
    let mut broken = Vec::new();
    for case in sample::cases() {
        let promise = sample::promise(&case);
        let run = run(["diagnose", "--format", "json", &sample::path(&case)]);
        if promise["exit_code"] != run.code {
            broken.push(format!("{case}: exit code {}", run.code));
        }
        broken.extend(
            against(&promise, &run.json())
                .into_iter()
                .map(|difference| format!("{case}: {difference}")),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_formats_agree_on_exit_codes() {
    for case in sample::cases() {
        let promise = sample::promise(&case);
        for &format in FORMATS {
            let run = run(["diagnose", "-f", format, &sample::path(&case)]);
            assert_eq!(
                promise["exit_code"],
                Value::from(run.code),
                "{case} as {format}"
            );
        }
    }
}

/// Differences of a report from the block in the README: only what the block names.
fn against(promise: &Value, report: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let wanted = promise["incidents"].as_array().expect("a list");
    let codes: Vec<&str> = wanted
        .iter()
        .map(|incident| incident["cause"].as_str().expect("a code"))
        .collect();
    let found = causes(report);
    if found != codes {
        return vec![format!("causes {found:?} instead of {codes:?}")];
    }
    for (number, wanted) in wanted.iter().enumerate() {
        let incident = &report["incidents"][number];
        for (key, value) in wanted.as_object().expect("an object") {
            let found = match key.as_str() {
                "cause" => &incident["cause"]["code"],
                "thumbprint" if value.is_null() => &incident["certificate"],
                "thumbprint" => &incident["certificate"]["thumbprint"],
                other => incident
                    .get(other)
                    .unwrap_or_else(|| panic!("no {other} in {incident}")),
            };
            if !holds(found, value) {
                differences.push(format!("incident {number}: {key} {found}, not {value}"));
            }
        }
    }
    if !holds(&report["input"], &promise["input"]) {
        differences.push(format!("input {}", report["input"]));
    }
    if let Some(wanted) = promise.get("findings") {
        let found = finding_codes(report);
        if *wanted != found {
            differences.push(format!("findings {found}, not {wanted}"));
        }
    }
    if let Some(wanted) = promise.get("other_rejections") {
        let others = report["other_rejections"].as_array().expect("a list");
        let sum: u64 = others
            .iter()
            .map(|reply| reply["count"].as_u64().expect("a count"))
            .sum();
        if *wanted != sum {
            differences.push(format!("{sum} other rejections, not {wanted}"));
        }
    }
    differences
}

/// The codes of all findings, sorted.
fn finding_codes(report: &Value) -> Value {
    let findings = report["findings"].as_array().expect("a list");
    let mut codes: Vec<&str> = findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    Value::from(codes)
}

#[test]
fn lint_names_exactly_the_codes_promised() {
    let mut broken = Vec::new();
    let mut asked = 0;
    for case in sample::cases() {
        let promise = sample::promise(&case);
        let Some(wanted) = promise.get("lint") else {
            continue;
        };
        asked += 1;
        let run = run(["lint", "--format", "json", &sample::path(&case)]);
        let report = run.json();
        assert_eq!(
            report["incidents"],
            Value::from(Vec::<Value>::new()),
            "{case}"
        );
        let found = finding_codes(&report);
        if found != wanted["codes"] || wanted["exit_code"] != run.code {
            let code = run.code;
            broken.push(format!("{case}: {found} and exit {code}, not {wanted}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(asked >= 16, "only {asked} cases promise anything of lint");
}

#[test]
fn preflight_answers_as_promised() {
    let mut asked = 0;
    for case in sample::cases() {
        let promise = sample::promise(&case);
        for wanted in promise["preflight"].as_array().into_iter().flatten() {
            asked += 1;
            let file = wanted["certificate"].as_str().expect("a file");
            let file = format!("{}/{file}", sample::path(&case));
            let run = run(["preflight", "-f", "json", &file, &sample::path(&case)]);
            let answer = run.json();
            let tenants = answer["tenants"].as_array().expect("tenants");
            let verdicts: serde_json::Map<String, Value> = tenants
                .iter()
                .map(|tenant| {
                    let name = tenant["tenant"].as_str().expect("a name").to_owned();
                    (name, tenant["verdict"].clone())
                })
                .collect();
            assert_eq!(Value::from(verdicts), wanted["verdicts"], "{case}: {file}");
            assert_eq!(wanted["exit_code"], run.code, "{case}: {file}");
        }
    }
    assert!(
        asked >= 3,
        "only {asked} cases promise anything of preflight"
    );
}

/// Objects as subsets, everything else as it is.
fn holds(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|found| holds(found, value))),
        _ => found == wanted,
    }
}

#[test]
fn a_broken_promise_is_noticed() {
    let promise = sample::promise("renamed-certificate");
    let report = run(["diagnose", "-f", "json", "sample-logs/renamed-certificate"]).json();
    assert_eq!(against(&promise, &report), Vec::<String>::new());
    for (pointer, value) in [
        ("/incidents/0/cause/code", Value::from("CRT005")),
        ("/incidents/0/certificate/thumbprint", Value::Null),
        ("/incidents/0/rejected/messages", Value::from(4)),
        ("/input/records", Value::from(222)),
        ("/other_rejections/0/count", Value::from(9)),
    ] {
        let mut changed = report.clone();
        *changed.pointer_mut(pointer).expect(pointer) = value;
        assert_eq!(against(&promise, &changed).len(), 1, "{pointer}");
    }
}

#[test]
fn reports_are_as_before() {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    for case in sample::cases() {
        let path = sample::path(&case);
        let json = run(["diagnose", "-f", "json", &path]);
        let json = json
            .text()
            .replacen(&version, "\"version\": \"[version]\"", 1);
        let text = run(["diagnose", "--color", "never", "--full", &path]);
        let short = run(["diagnose", "--color", "never", &path]);
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(format!("{case}.json"), json);
            insta::assert_snapshot!(format!("{case}.txt"), text.text());
            insta::assert_snapshot!(format!("{case}.short"), short.text());
        });
    }
}

#[test]
fn certificates_and_sessions_are_as_before() {
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for command in ["sessions", "certificates"] {
            for case in ["hub-and-frontend", "session-start-missing", "two-tenants"] {
                let run = run([command, &sample::path(case)]);
                insta::assert_snapshot!(format!("{case}.{command}"), run.text());
            }
        }
        for format in ["csv", "text"] {
            let run = run(["certificates", "-f", format, "sample-logs/two-tenants"]);
            insta::assert_snapshot!(format!("two-tenants.certificates.{format}"), run.text());
        }
        insta::assert_snapshot!("catalogue", run(["rules"]).text());
    });
}
