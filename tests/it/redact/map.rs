//! The list of replaced values, for its owner.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{Call, Run};
use crate::usage::{folder, names, refuses};

const CASE: &str = "sample-logs/renamed-certificate";

fn diagnose(options: &[&str], place: &Path) -> Run {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASE);
    let call = Call::new(["diagnose", "-q", "-f", "json"].iter().chain(options));
    call.argument(case).folder(place).run()
}

#[test]
fn the_list_holds_each_value_once() {
    let place = folder();
    let run = diagnose(&["--redact=map.csv", "-o", "report.json"], place.path());
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(names(place.path()), ["map.csv", "report.json"]);
    let list = std::fs::read_to_string(place.path().join("map.csv")).expect("UTF-8");
    assert!(
        list.starts_with("\u{feff}kind,original,stand_in\n"),
        "{list}"
    );
    for row in [
        "connector,Outbound to Office 365,connector",
        "host,smtp.contoso.net,host",
        "mailbox,",
        "serial,",
    ] {
        let found = list.lines().any(|line| line.starts_with(row));
        assert_eq!(found, row != "mailbox,", "{row} in {list}");
    }
    let mut stand_ins: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    for row in reader.records() {
        let row = row.expect("a row");
        let other = stand_ins.insert((row[0].to_owned(), row[2].to_owned()), row[1].to_owned());
        assert_eq!(other, None, "{} stands for two values", &row[2]);
    }
    assert!(stand_ins.len() > 5, "{list}");
}

#[test]
fn without_a_file_there_is_no_list() {
    let place = folder();
    let run = diagnose(&["--redact"], place.path());
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(names(place.path()).is_empty());
    assert!(!run.text().contains("contoso"));
    // The option takes no value that follows it.
    assert!(run.text().contains("\"incidents\""));
}

#[test]
fn an_input_or_the_output_is_never_replaced() {
    let place = folder();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASE);
    for entry in walkdir::WalkDir::new(&log).into_iter().flatten() {
        if entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "LOG")
        {
            let name = entry.file_name();
            std::fs::copy(entry.path(), place.path().join(name)).expect("a copy");
        }
    }
    let before = names(place.path());
    let input = before[0].clone();
    let bytes = std::fs::read(place.path().join(&input)).expect("a log");
    let on = |options: &[String]| {
        let call = Call::new(
            ["diagnose", "-f", "json"]
                .iter()
                .map(|one| (*one).to_owned())
                .chain(options.iter().cloned()),
        );
        call.argument(".").folder(place.path()).run()
    };
    refuses(
        &on(&[format!("--redact={input}")]),
        2,
        &["this file is read", &input],
    );
    let both = [
        "--redact=new.json".to_owned(),
        "-o".to_owned(),
        "./new.json".to_owned(),
    ];
    refuses(&on(&both), 2, &["new.json: the output is written there"]);
    refuses(&on(&["--redact=".to_owned()]), 2, &["--redact"]);
    refuses(
        &on(&["--redact=no/such/map.csv".to_owned()]),
        2,
        &["no/such/map.csv", "there is no such folder"],
    );
    assert_eq!(names(place.path()), before);
    assert_eq!(
        std::fs::read(place.path().join(&input)).expect("a log"),
        bytes
    );
}

#[test]
fn without_a_report_there_is_no_list() {
    let place = folder();
    std::fs::write(place.path().join("notes.txt"), "nothing").expect("a file");
    let call = Call::new(["diagnose", "-q", "--redact=map.csv", "."]);
    let run = call.folder(place.path()).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(names(place.path()), ["notes.txt"]);
}
