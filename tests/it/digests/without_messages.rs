//! `--without-messages`: a smaller digest, the same diagnosis but for messages, and updates that leave them out too.

use std::process::Command;

use serde_json::Value;

use super::logs::{Gave, lines, run, text, write};
use super::updates::Server;
use crate::corpus::Random;
use crate::program::PROGRAM;
use crate::weeks;

/// Whether a digest has lines about messages.
fn has_messages(server: &Server, digest: &str) -> bool {
    let lines = lines(&server.path(digest));
    lines
        .iter()
        .any(|line| line["type"] == "mail" || line["type"] == "attempt")
}

fn digest(server: &Server, folder: &str, options: &[&str], file: &str) -> Gave {
    let folder = text(&server.path(folder));
    let arguments = ["digest", &folder]
        .into_iter()
        .chain(options.iter().copied());
    let arguments: Vec<String> = arguments.map(str::to_owned).collect();
    write(&arguments, &server.path(file))
}

#[test]
fn what_is_left_out_stays_out() {
    let mut server = Server::of(|folder| weeks::write(8, folder));
    server.grow(&mut Random::new(5), Some(60_000));
    digest(&server, "live", &[], "with.digest");
    assert!(has_messages(&server, "with.digest"));
    let first = digest(&server, "live", &["--without-messages"], "updated.digest");
    assert!(!has_messages(&server, "updated.digest"));
    server.grow(&mut Random::new(5), None);
    let updated = digest(&server, "live", &["--update"], "updated.digest");
    let fresh = digest(&server, "live", &["--without-messages"], "fresh.digest");
    assert!(updated == fresh && updated != first);
    // The other way round, they go away.
    let left = digest(
        &server,
        "live",
        &["--update", "--without-messages"],
        "with.digest",
    );
    assert_eq!(left.wrote, fresh.wrote);
}

/// The diagnosis, what it says of the mail of its incidents, and the rest.
fn diagnosis(server: &Server, path: &str) -> (Gave, Vec<Value>, Vec<Value>) {
    let arguments = ["diagnose", &text(&server.path(path)), "-f", "json"];
    let gave = run(&arguments.map(str::to_owned), &server.path("report"));
    let wrote = gave.wrote.clone().unwrap_or_default();
    let mut report: Value = serde_json::from_slice(&wrote).expect("JSON");
    let incidents = report["incidents"].as_array_mut().expect("incidents");
    let mail = incidents.iter_mut().map(|one| one["mail"].take()).collect();
    (
        gave,
        mail,
        report["incidents"].as_array().cloned().unwrap_or_default(),
    )
}

#[test]
fn the_diagnosis_is_the_same_but_for_messages() {
    let mut server = Server::of(|folder| weeks::write(8, folder));
    server.grow(&mut Random::new(5), None);
    digest(&server, "live", &["--without-messages"], "small.digest");
    let (whole, counted, incidents) = diagnosis(&server, "live");
    let (small, missing, same) = diagnosis(&server, "small.digest");
    assert!(!incidents.is_empty() && counted.iter().any(Value::is_object));
    assert!(missing.iter().all(Value::is_null), "{missing:?}");
    assert_eq!((same, small.exit), (incidents, whole.exit));
    let said = Command::new(PROGRAM)
        .arg("diagnose")
        .arg(server.path("small.digest"))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("--without-messages"), "{said}");
}
