//! Tests of the file as a whole: row groups, drafts, and what is kept in memory.

use std::fs::File;
use std::io::Write;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Row, RowAccessor as _};

use super::row_groups::Limits;
use super::{Drafts, Writer};
use crate::report::document::CertificateInfo;
use crate::report::preserialized::Preserialized;
use crate::report::session_record::{ProxyRecord, RejectionRecord, SessionRecord, TlsRecord};

/// A record that differs from its neighbours: lists of other lengths, and other fields that are null.
fn record(number: u64, line: u64) -> SessionRecord<'static> {
    let on = |every: u64| number.is_multiple_of(every);
    let certificate = CertificateInfo {
        subject: on(3).then(|| format!("CN=mail{}.contoso.com", number / 10)),
        issuer: Some("CN=Example CA".to_owned()),
        subject_and_issuer: None,
        serial: Some(String::new()),
        thumbprint: Some(format!("{number:040X}")),
        not_before: Some("2026-11-03T02:14:09.120Z".to_owned()),
        not_after: on(2).then(|| "2027-11-03T02:14:09.999Z".to_owned()),
        names: (0..number % 4)
            .map(|name| format!("{name}.contoso.com"))
            .collect(),
    };
    let rejection = |at: u64| RejectionRecord {
        time: (at == 0).then(|| "2026-11-03T02:14:09.121Z".to_owned()),
        verb: on(2).then_some("RCPT"),
        sender: Some(format!("user{number}@contoso.com").into()),
        recipient: (at == 1).then(|| "someone@example.org".into()),
        code: 550,
        enhanced: None,
        attr: Some("36".into()),
        text: "denied\u{202e}\0".into(),
    };
    SessionRecord {
        kind: "session",
        stream: "EX01/Hub".into(),
        connector: format!("connector {}", number / 5).into(),
        session_id: format!("{number:016X}"),
        completeness: "whole",
        started: Some(format!("2026-11-03T02:14:09.{:03}Z", number % 1000)),
        ended: None,
        local: on(7).then(|| format!("10.0.0.6:{number}").into()),
        remote: Some("192.0.2.1:25".into()),
        exchange_online: on(2),
        source_address: None,
        tls: Preserialized::new(TlsRecord {
            offered: Some(on(3)).filter(|_| on(2)),
            requested: on(5),
            protocol: None,
            error: Some("é".to_owned()).filter(|_| on(11)),
        }),
        certificate: on(2).then(|| Preserialized::new(certificate.clone())),
        remote_certificate: on(3).then(|| Preserialized::new(certificate)),
        messages: u32::MAX,
        accepted: 0,
        rejected: number as u32,
        rejections: (0..number % 3).map(rejection).collect(),
        attribution: None,
        proxy: on(4).then(|| ProxyRecord {
            role: "hub",
            stream: on(8).then(|| "EX01/FrontEnd".into()),
            session_id: None,
        }),
        file: format!("EX01/SEND{}.LOG", number / 50).into(),
        line,
        rows: 27,
    }
}

/// The file that some records become.
fn written(limits: Limits, write: impl FnOnce(&mut Writer<'_>)) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    let mut writer = Writer::with_limits(&mut file, limits).expect("a beginning");
    write(&mut writer);
    writer.finish().expect("an end");
    file
}

fn one_by_one(numbers: std::ops::Range<u64>) -> impl FnOnce(&mut Writer<'_>) {
    move |writer| {
        for number in numbers {
            let record = record(number, number * number);
            writer.record(&record).expect("a record");
        }
    }
}

fn rows(file: File) -> (Vec<i64>, Vec<Row>) {
    let reader = SerializedFileReader::new(file).expect("a Parquet file");
    let groups = reader.metadata().row_groups().iter();
    let groups = groups.map(|group| group.num_rows()).collect();
    let rows = reader.into_iter().map(|row| row.expect("a row"));
    (groups, rows.collect())
}

const NUMBERS: std::ops::Range<u64> = 0..1_000;

#[test]
fn rows_do_not_depend_on_where_a_row_group_ends() {
    let (groups, whole) = rows(written(Limits::default(), one_by_one(NUMBERS)));
    assert_eq!(groups, [1_000]);
    let line = |row: &Row| row.get_long(21).expect("the line");
    let lines: Vec<i64> = whole.iter().map(line).collect();
    let wanted: Vec<i64> = (0..1_000).map(|number| number * number).collect();
    assert_eq!(lines, wanted);
    for limit in [1, 7, 999, 1_000, 1_001] {
        let limits = Limits {
            rows: limit as usize,
            ..Limits::default()
        };
        let (groups, rows) = rows(written(limits, one_by_one(NUMBERS)));
        assert_eq!(groups.iter().sum::<i64>(), 1_000);
        let (last, full) = groups.split_last().expect("a row group");
        assert!(full.iter().all(|rows| *rows == limit), "{groups:?}");
        assert!((1..=limit).contains(last), "{groups:?}");
        assert!(rows == whole, "{limit}");
    }
}

#[test]
fn memory_is_that_of_one_row_group() {
    let limits = Limits {
        bytes: 20_000,
        ..Limits::default()
    };
    let mut most = 0;
    let file = written(limits, |writer| {
        for number in NUMBERS {
            let record = record(number, number);
            writer.record(&record).expect("a record");
            most = most.max(writer.row_groups.columns().size());
        }
    });
    assert!((15_000..20_000).contains(&most), "{most} bytes");
    let (groups, rows) = rows(file);
    assert!(groups.len() > 10, "{groups:?}");
    assert_eq!(rows.len(), 1_000);
}

/// A record that is larger than a row group may be is a row group of its own.
#[test]
fn a_large_record_is_written_at_once() {
    let limits = Limits {
        bytes: 1,
        ..Limits::default()
    };
    let (groups, rows) = rows(written(limits, one_by_one(0..9)));
    assert_eq!((groups, rows.len()), (vec![1; 9], 9));
}

#[test]
fn drafts_become_the_records_that_they_stand_for() {
    let limits = Limits {
        rows: 70,
        ..Limits::default()
    };
    // Every fifth session is left out, and every seventh is no draft.
    let is_listed = |number: &u64| !number.is_multiple_of(5);
    let is_whole = |number: u64| number.is_multiple_of(7);
    let plain = written(limits, |writer| {
        for number in NUMBERS.filter(is_listed) {
            let record = record(number, number + 1);
            writer.record(&record).expect("a record");
        }
    });
    let drafted = written(limits, |writer| {
        for chunk in 0..10 {
            let numbers = chunk * 100..(chunk + 1) * 100;
            let mut drafts = Drafts::default();
            for number in numbers.clone().filter(|number| !is_whole(*number)) {
                if is_listed(&number) {
                    drafts.push(&record(number, 0), number + 1);
                } else {
                    drafts.skip();
                }
            }
            for number in numbers {
                if !is_whole(number) {
                    let line = |line| line;
                    writer.draft(&mut drafts, line).expect("a draft");
                } else if is_listed(&number) {
                    let record = record(number, number + 1);
                    writer.record(&record).expect("a record");
                }
            }
        }
    });
    let [plain, drafted] = [plain, drafted].map(rows);
    assert_eq!(plain.0, drafted.0);
    assert!(plain.1 == drafted.1);
    assert_eq!(plain.1.len(), 800);
}

#[test]
fn years_have_as_many_digits_as_they_need() {
    for (text, millis) in [
        ("1970-01-01T00:00:00.001Z", 1),
        ("+10000-01-01T00:00:00.000Z", 253_402_300_800_000),
        ("-0001-12-31T23:59:59.999Z", -62_167_219_200_001),
    ] {
        let file = written(Limits::default(), |writer| {
            let mut record = record(1, 1);
            record.ended = Some(text.to_owned());
            writer.record(&record).expect("a record");
        });
        let (_, rows) = rows(file);
        assert_eq!(rows[0].get_timestamp_millis(6).expect("a time"), millis);
    }
}

/// A full disk.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_error_of_the_file_stays_what_it_is() {
    let mut full = Full;
    let mut writer = Writer::new(&mut full).expect("a beginning");
    for number in NUMBERS {
        writer.record(&record(number, 1)).expect("a record");
    }
    let error = writer.finish().expect_err("no space");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}
