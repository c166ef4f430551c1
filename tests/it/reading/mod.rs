//! What people hand over instead of the file: copies from pages and mails, logs of other kinds, logs without
//! rows, and exports with what a console puts around them.
//!
//! `copies` has logs that were copied, `other_logs` what is no send log or has no row, `consoles` what a console
//! or a spreadsheet made of exports and logs.

mod consoles;
mod copies;
mod other_logs;

use serde_json::Value;
use tempfile::TempDir;

use crate::corpus::{HEADER, Random, Session};
use crate::counting::add_up;
use crate::program::{Call, causes, run, texts};
use crate::usage::{diagnose, folder, on, refused, refuses, write};
use crate::zip_file::{Member, zip};

const LOG: &str = "logs/SEND2026110302-1.LOG";

/// The log of one rejected session, without its byte order mark.
fn log() -> String {
    let log = Session::default().log();
    log.trim_start_matches('\u{feff}').to_owned()
}

/// The rows of that log.
fn rows() -> Vec<String> {
    let log = log();
    let rows = log.lines().filter(|line| !line.starts_with('#'));
    rows.map(str::to_owned).collect()
}

/// Every line changed by `change`, which gets its number from 0.
fn each(change: impl Fn(usize, &str) -> String) -> String {
    let log = log();
    let lines = log.lines().enumerate();
    lines.map(|(at, line)| change(at, line) + "\n").collect()
}

/// The folder of a tenant, whose connector does not match the certificate, with this log.
fn with(log: impl AsRef<[u8]>) -> TempDir {
    let folder = refused("relay.contoso.com");
    write(&folder, LOG, log);
    folder
}

/// The findings of a code.
fn findings<'a>(report: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().expect("findings");
    all.iter()
        .filter(|finding| finding["code"] == code)
        .collect()
}

/// A row as a spreadsheet copies it: cells without quotes between tabs.
fn cells(line: &str) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let record = reader.records().next().expect("a row").expect("a row");
    record.iter().collect::<Vec<_>>().join("\t")
}

fn html(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
