//! `sessions -f parquet`: the rows of the file are the records of NDJSON.
//!
//! The file is read back with the library that wrote it. `tests/parquet.sh` reads it with DuckDB.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::{Map, Value, json};

use crate::corpus::{self, Session};
use crate::document::Document;
use crate::program::{Run, run};
use crate::sample;
use crate::usage::{CASE, folder, names, on, refuses, write};

/// Runs `sessions` into a file in this folder.
fn into(folder: &Path, options: &[&str], path: &Path) -> (Run, PathBuf) {
    let file = folder.join("sessions.parquet");
    let mut all = options.to_vec();
    all.extend(["-o", file.to_str().expect("UTF-8")]);
    (on("sessions", &all, path), file)
}

/// The bytes of the file that this input becomes.
fn bytes(options: &[&str], path: &Path) -> Vec<u8> {
    let folder = folder();
    let (run, file) = into(folder.path(), options, path);
    assert!(run.out.is_empty(), "{}", run.text());
    std::fs::read(file).expect("a file")
}

/// The rows of the file that this input becomes, in the form of the records of NDJSON.
fn rows(options: &[&str], path: &Path) -> Vec<Value> {
    let folder = folder();
    let (run, file) = into(folder.path(), options, path);
    assert!(run.out.is_empty() && run.code == 0, "{run:?}");
    assert_eq!(names(folder.path()), ["sessions.parquet"]);
    let rows = reader(&file).into_iter();
    rows.map(|row| object(&row.expect("a row"))).collect()
}

fn reader(file: &Path) -> SerializedFileReader<File> {
    let file = File::open(file).expect("a file");
    SerializedFileReader::new(file).expect("a Parquet file")
}

fn object(row: &Row) -> Value {
    let fields = row.get_column_iter();
    let fields = fields.map(|(name, field)| (name.clone(), value(field)));
    Value::Object(fields.collect())
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Int(value) => json!(value),
        Field::Long(value) => json!(value),
        Field::Str(value) => json!(value),
        Field::TimestampMillis(value) => {
            let time = DateTime::from_timestamp_millis(*value).expect("a time");
            json!(time.to_rfc3339_opts(SecondsFormat::Millis, true))
        }
        Field::Group(row) => object(row),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        other => panic!("no column is of this type: {other:?}"),
    }
}

/// The records of NDJSON, with a null for each field that may be left out.
fn records(options: &[&str], path: &Path) -> Vec<Value> {
    let run = on("sessions", options, path);
    let records = run.lines().into_iter();
    let records = records.map(|mut record| {
        fill(&mut record, "attribution");
        fill(&mut record, "proxy");
        fill(&mut record["certificate"], "subject_and_issuer");
        fill(&mut record["remote_certificate"], "subject_and_issuer");
        record
    });
    records.collect()
}

fn fill(record: &mut Value, name: &str) {
    if let Value::Object(fields) = record {
        fields.entry(name).or_insert(Value::Null);
    }
}

/// Asserts that the rows are the records, in their order.
fn same(what: &str, options: &[&str], path: &Path) -> Vec<Value> {
    let (rows, records) = (rows(options, path), records(options, path));
    assert_eq!(rows.len(), records.len(), "{what}");
    for (row, record) in rows.iter().zip(&records) {
        assert_eq!(row, record, "{what}");
    }
    rows
}

#[test]
fn rows_are_the_records_of_every_case() {
    let mut all = Vec::new();
    for case in sample::cases() {
        let path = sample::path(&case);
        let path = Path::new(&path);
        all.extend(same(&case, &[], path));
        same(&case, &["--redact"], path);
    }
    assert!(all.len() > 300, "only {} sessions", all.len());
    // Each column that can be null is so in some case, and has a value in another.
    for pointer in [
        "/local",
        "/source_address",
        "/tls/offered",
        "/tls/protocol",
        "/tls/error",
        "/certificate",
        "/certificate/not_after",
        "/remote_certificate",
        "/rejections/0",
        "/rejections/0/recipient",
        "/rejections/0/enhanced",
        "/rejections/0/attr",
        "/attribution",
        "/attribution/by",
        "/attribution/trace/0",
        "/proxy",
    ] {
        let is_null = |row: &&Value| row.pointer(pointer).is_none_or(Value::is_null);
        let nulls = all.iter().filter(is_null).count();
        assert!(nulls > 0 && nulls < all.len(), "{pointer}: {nulls}");
    }
    assert!(all.iter().any(|row| !row["rejections"][1].is_null()));
}

#[test]
fn all_cases_together_are_one_file() {
    let rows = same("all", &[], &sample::folder());
    assert!(rows.len() > 300, "only {} sessions", rows.len());
    let japanese = same("all in Japanese", &["--lang", "ja"], &sample::folder());
    assert_eq!(japanese.len(), rows.len());
}

#[test]
fn a_large_corpus_gives_the_same_file_in_every_way() {
    let corpus = corpus::write();
    let path = corpus.folder.path();
    let rows = same("corpus", &[], path);
    assert_eq!(rows.len() as u64, corpus.sessions);
    let first = bytes(&["--threads", "1"], path);
    for threads in ["2", "8"] {
        for io in ["mmap", "read"] {
            let other = bytes(&["--threads", threads, "--io", io], path);
            assert!(first == other, "{threads} threads, {io}");
        }
    }
}

#[test]
fn options_choose_the_same_sessions() {
    for options in [
        &["--connector", "Outbound*"][..],
        &["--since", "2026-11-03T02:00:00Z"],
        &["--since", "1h", "--strict"],
    ] {
        let rows = same("options", options, Path::new(CASE));
        assert!(!rows.is_empty(), "{options:?}");
    }
}

#[test]
fn an_empty_result_has_the_columns_and_no_row() {
    let folder = folder();
    let options = ["--connector", "no such connector"];
    let (run, file) = into(folder.path(), &options, Path::new(CASE));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let empty = reader(&file);
    assert_eq!(empty.metadata().file_metadata().num_rows(), 0);
    assert_eq!(empty.num_row_groups(), 0);
    let full = into(folder.path(), &[], Path::new(CASE)).1;
    let schema = |reader: &SerializedFileReader<File>| {
        let metadata = reader.metadata().file_metadata();
        metadata.schema().clone()
    };
    assert_eq!(schema(&empty), schema(&reader(&full)));
    assert_eq!(empty.into_iter().count(), 0);
}

#[test]
fn texts_are_as_logged() {
    let hostile = "Out\u{202e}=1+1\u{200b}|<b>\u{7f}";
    let session = Session {
        connector: hostile,
        ..Session::default()
    };
    let folder = folder();
    write(&folder, "logs/SEND2026110302-1.LOG", session.log());
    let rows = same("hostile", &[], folder.path());
    assert_eq!(rows[0]["connector"], hostile);
}

#[test]
fn a_file_is_needed() {
    let refused = on("sessions", &["-f", "parquet"], Path::new(CASE));
    refuses(&refused, 2, &["Parquet", "-o sessions.parquet"]);
    let refused = on(
        "sessions",
        &["-f", "parquet", "--lang", "ja"],
        Path::new(CASE),
    );
    refuses(&refused, 2, &["Parquet", "-o sessions.parquet", "標準出力"]);
    // The input is not even looked for.
    let refused = on("sessions", &["-f", "parquet"], Path::new("no-such-folder"));
    refuses(&refused, 2, &["-o sessions.parquet"]);
    assert!(!refused.err.contains("no-such-folder"), "{}", refused.err);
}

#[test]
fn other_commands_do_not_write_it() {
    for command in ["diagnose", "certificates", "messages"] {
        let folder = folder();
        let (file, path) = (folder.path().join("a.parquet"), Path::new(CASE));
        let file = file.to_str().expect("UTF-8");
        refuses(&on(command, &["-o", file], path), 2, &["a.parquet", "-f"]);
        let asked = on(command, &["-f", "parquet", "-o", file], path);
        refuses(&asked, 2, &["parquet"]);
        assert!(names(folder.path()).is_empty(), "{command}");
    }
}

#[test]
fn the_ending_or_the_option_chooses_it() {
    let folder = folder();
    let path = Path::new(CASE);
    let chosen = bytes(&[], path);
    assert!(chosen.starts_with(b"PAR1") && chosen.ends_with(b"PAR1"));
    let file = folder.path().join("SESSIONS.PARQUET");
    let options = ["-o", file.to_str().expect("UTF-8")];
    on("sessions", &options, path);
    assert!(std::fs::read(&file).expect("a file") == chosen);
    let file = folder.path().join("sessions");
    let options = ["-f", "parquet", "-o", file.to_str().expect("UTF-8")];
    on("sessions", &options, path);
    assert!(std::fs::read(&file).expect("a file") == chosen);
}

#[cfg(target_os = "linux")]
#[test]
fn a_named_pipe_or_device_is_a_file() {
    let options = ["-f", "parquet", "-o", "/dev/stdout"];
    let written = on("sessions", &options, Path::new(CASE));
    assert!(written.out == bytes(&[], Path::new(CASE)));
}

/// A terminal has a name too.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_no_file() {
    use nix::fcntl::OFlag;
    use nix::pty;
    let terminal = pty::posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY).expect("a terminal");
    pty::grantpt(&terminal).expect("a terminal");
    pty::unlockpt(&terminal).expect("a terminal");
    let name = pty::ptsname_r(&terminal).expect("its name");
    for (lang, word) in [("en", "terminal"), ("ja", "ターミナル")] {
        let options = ["-f", "parquet", "-o", &name, "--lang", lang];
        let refused = on("sessions", &options, Path::new(CASE));
        refuses(&refused, 2, &[&name, word, "-o sessions.parquet"]);
    }
    // Text may go there.
    let options = ["-f", "csv", "-o", &name, "--connector", "none"];
    let text = on("sessions", &options, Path::new(CASE));
    assert_eq!((text.code, text.err.as_str()), (0, ""));
}

#[test]
fn a_failed_run_leaves_the_older_file() {
    let folder = folder();
    let file = write(&folder, "sessions.parquet", "an older file");
    let (failed, _) = into(folder.path(), &[], Path::new("no-such-folder"));
    refuses(&failed, 2, &["no-such-folder"]);
    assert_eq!(names(folder.path()), ["sessions.parquet"]);
    let content = std::fs::read_to_string(file).expect("the file");
    assert_eq!(content, "an older file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_sentence() {
    let options = ["-f", "parquet", "-o", "/dev/full"];
    let failed = on("sessions", &options, Path::new(CASE));
    refuses(&failed, 2, &["space"]);
    assert_eq!(failed.err.lines().count(), 1, "{}", failed.err);
}

/// The file lies beside the logs when they are read again.
#[test]
fn a_file_beside_the_logs_is_left_alone() {
    let folder = folder();
    write(&folder, "SEND2026110302-1.LOG", Session::default().log());
    let (first, file) = into(folder.path(), &[], folder.path());
    let before = std::fs::read(&file).expect("a file");
    let (again, _) = into(folder.path(), &[], folder.path());
    assert_eq!((first.code, again.code), (0, 0), "{}", again.err);
    assert!(std::fs::read(&file).expect("a file") == before);
}

/// The columns of the schema as the page lists them: path, type, and whether it can be null.
fn columns() -> Vec<[String; 3]> {
    let folder = folder();
    let (_, file) = into(folder.path(), &[], Path::new(CASE));
    let reader = reader(&file);
    let mut columns = Vec::new();
    let root = reader.metadata().file_metadata().schema();
    for field in root.get_fields() {
        list("", field, &mut columns);
    }
    columns
}

fn list(above: &str, field: &Type, columns: &mut Vec<[String; 3]>) {
    let info = field.get_basic_info();
    let path = format!("{above}{}", field.name());
    let null = match info.repetition() {
        Repetition::OPTIONAL => "yes",
        Repetition::REQUIRED | Repetition::REPEATED => "no",
    };
    let mut add = |kind: &str| {
        columns.push([format!("`{path}`"), kind.to_owned(), null.to_owned()]);
    };
    match (info.logical_type_ref(), field) {
        (Some(LogicalType::List), Type::GroupType { fields, .. }) => {
            let element = &fields[0].get_fields()[0];
            if element.is_primitive() {
                return add("list of strings");
            }
            add("list of structs");
            for field in element.get_fields() {
                list(&format!("{path}[]."), field, columns);
            }
        }
        (_, Type::GroupType { fields, .. }) => {
            add("struct");
            for field in fields {
                list(&format!("{path}."), field, columns);
            }
        }
        (Some(LogicalType::String), _) => add("string"),
        (Some(LogicalType::Timestamp { .. }), _) => add("timestamp"),
        (_, primitive) => add(match primitive.get_physical_type() {
            Physical::BOOLEAN => "boolean",
            Physical::INT32 => "int32",
            Physical::INT64 => "int64",
            other => panic!("{path}: {other}"),
        }),
    }
}

#[test]
fn the_page_lists_the_columns() {
    let page = Document::read("docs/json.md");
    let section = page
        .text
        .split("\n### Parquet\n")
        .nth(1)
        .expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells = row.trim_matches(['|', ' ']).split(" | ");
        cells.map(str::to_owned).collect::<Vec<_>>()
    });
    let listed: Vec<Vec<String>> = rows.collect();
    let columns: Vec<Vec<String>> = columns().into_iter().map(Vec::from).collect();
    assert_eq!(listed, columns);
}

#[test]
fn times_are_utc_to_the_millisecond() {
    let folder = folder();
    let (_, file) = into(folder.path(), &[], Path::new(CASE));
    let reader = reader(&file);
    let schema = reader.metadata().file_metadata().schema_descr();
    let times = schema
        .columns()
        .iter()
        .filter_map(|column| match column.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => Some((time.is_adjusted_to_u_t_c, time.unit)),
            _ => None,
        });
    let times: Vec<_> = times.collect();
    assert_eq!(times.len(), 7);
    let wanted = (true, parquet::basic::TimeUnit::MILLIS);
    assert!(times.iter().all(|time| *time == wanted), "{times:?}");
    // What the program is, for whoever finds the file.
    let metadata = reader.metadata().file_metadata();
    let about = metadata.key_value_metadata().expect("metadata").iter();
    let about: Map<String, Value> = about
        .map(|pair| (pair.key.clone(), json!(pair.value)))
        .collect();
    let wanted = json!({
        "sendlens.version": env!("CARGO_PKG_VERSION"),
        "sendlens.schema_version": "1",
    });
    assert_eq!(Value::Object(about), wanted);
    assert_eq!(
        run(["--version"]).text().trim(),
        concat!("sendlens ", env!("CARGO_PKG_VERSION"))
    );
}
