//! Tests of [`super`]: what each line is, and that both ways to read a row agree.

use super::*;
use crate::input::bytes::Source;
use crate::scenario::tracking::{self, FIELDS};
use crate::smtp::message_key;
use crate::tracking::event::{Event, EventSet};
use proptest::prelude::*;

fn read_with(text: &[u8], wanted: &Wanted, fields: &str, is_short: bool) -> ChunkSummary {
    let file = tracking::file("EX01/MSGTRK1.LOG", Source::Held(Vec::new()));
    let columns = Columns::from_fields(fields).expect("columns");
    let task = Task {
        number: 0,
        file: &file,
        wanted,
    };
    let mut reader = ChunkReader::new(task, 0, columns);
    if !is_short {
        reader.probe = None;
    }
    reader.read(text);
    reader.finish()
}

fn read(text: &str, wanted: &Wanted) -> ChunkSummary {
    read_with(text.as_bytes(), wanted, FIELDS, true)
}

fn counts(summary: &ChunkSummary) -> [u64; 5] {
    let counts = summary.counts;
    [
        counts.lines,
        counts.header,
        counts.records,
        counts.blank,
        counts.malformed,
    ]
}

#[test]
fn every_line_is_of_one_kind() {
    let text = format!(
        "{}\r\n  \r\nnonsense\n{}",
        tracking::text(&[tracking::FAILED, tracking::TAKEN]),
        tracking::SENT
    );
    let summary = read(&text, &Wanted::everything());
    assert_eq!(counts(&summary), [11, 5, 3, 2, 1]);
    assert_eq!(summary.wanted_rows, 3);
    assert!(!summary.ends_malformed);
    assert_eq!(
        [summary.first, summary.last].map(|time| time.to_string()),
        ["2026-11-18T07:20:00.842Z", "2026-11-18T09:02:43.310Z"]
    );
}

#[test]
fn what_is_malformed_is_counted_by_its_reason() {
    let row = tracking::FAILED;
    let lines = [
        row[..row.len() - 40].to_owned(),
        format!("{row},more"),
        row.replace(",FAIL,", ",,"),
        row.replace("2026-11-18T07:20:00.842Z", "11/18/2026 7:20"),
        "x".repeat(2 * 1024 * 1024),
        format!("\"{row}"),
    ];
    let summary = read(&lines.join("\r\n"), &Wanted::everything());
    assert_eq!(counts(&summary), [6, 0, 0, 0, 6]);
    let notes = |kind| summary.notes.count(kind);
    assert_eq!(notes(NoteKind::Malformed), 6);
    assert_eq!(notes(NoteKind::ExtraColumns), 1);
    assert_eq!(notes(NoteKind::UnknownEvent), 1);
    assert_eq!(notes(NoteKind::UnreadableTime), 1);
    assert_eq!(notes(NoteKind::UnterminatedQuote), 1);
    assert!(summary.ends_malformed && summary.steps.is_empty());
}

#[test]
fn a_header_in_the_middle_changes_the_columns() {
    let other = "2026-11-18T10:00:00.000Z,<b@c>,FAIL,SMTP,future,x@y";
    let text = format!(
        "{}\n\u{feff}#Fields: date-time,message-id,event-id,source,new,recipient-address\n{other}\n#Fields: unusable\n{other}\n{}\n",
        tracking::FAILED,
        tracking::FAILED
    );
    let summary = read(&text, &Wanted::everything());
    assert_eq!(counts(&summary), [6, 2, 3, 0, 1]);
    let ids: Vec<_> = summary
        .steps
        .iter()
        .filter_map(|step| step.entry.message_id())
        .collect();
    assert_eq!(
        ids,
        ["<0efaea714cc2c4b2@EX01.contoso.com>", "<b@c>", "<b@c>"]
    );
    assert_eq!(summary.columns.count(), 6);
    let lines: Vec<u64> = summary.steps.iter().map(|step| step.line).collect();
    assert_eq!(lines, [0, 2, 4]);
}

#[test]
fn only_wanted_rows_are_kept() {
    let text = tracking::text(&[
        tracking::FAILED,
        tracking::REPORT,
        tracking::DEFERRED,
        tracking::TAKEN,
        tracking::REFUSED,
    ]);
    let events = |wanted: &Wanted| -> Vec<Event> {
        let mut steps = read(&text, wanted).steps;
        steps.dedup_by_key(|step| step.line);
        steps.iter().map(|step| step.entry.event.clone()).collect()
    };
    let ids = message_key::of_all(["0EFAEA714CC2C4B2@ex01.contoso.com"]);
    assert_eq!(events(&Wanted::messages(ids)), [Event::Fail, Event::Dsn]);
    let trouble = Wanted::events(EventSet::trouble());
    assert_eq!(
        events(&trouble),
        [Event::Fail, Event::Dsn, Event::Defer, Event::Fail]
    );
    assert_eq!(events(&Wanted::default()), []);
}

#[test]
fn the_rows_behind_a_wanted_event_are_wanted_and_the_others_are_told() {
    let text = tracking::text(&[
        tracking::REPORT_DELIVERED,
        tracking::TAKEN,
        tracking::FAILED,
        tracking::REPORT,
        tracking::REPORT_DELIVERED,
    ]);
    let wanted = Wanted::events(EventSet::of(&[Event::Fail])).noting_others();
    let summary = read(&text, &wanted);
    let mut lines: Vec<u64> = summary.steps.iter().map(|step| step.line).collect();
    lines.dedup();
    // The report that the FAIL row names, and what became of it.
    assert_eq!(lines, [7, 8, 9]);
    let keys =
        |step: &TrackingStep| message_key::of(step.entry.message_id().expect("an id").as_bytes());
    let others = read(&text, &Wanted::everything()).steps;
    assert_eq!(summary.others, [keys(&others[0]), keys(&others[1])]);
    assert!(read(&text, &Wanted::default()).others.is_empty());
}

#[test]
fn subjects_are_read_only_if_they_are_asked_for() {
    let subject = |wanted: &Wanted| {
        let steps = read(tracking::TAKEN, wanted).steps;
        steps[0].entry.subject().map(str::to_owned)
    };
    let wanted = Wanted::everything();
    assert_eq!(subject(&wanted), None);
    let wanted = wanted.with_subjects(true);
    assert_eq!(subject(&wanted).as_deref(), Some("Minutes, part 2"));
}

#[test]
fn a_row_read_twice_has_one_key() {
    let key = |line: &str| read(line, &Wanted::everything()).steps[0].entry.row;
    let row = tracking::TAKEN;
    assert_eq!(key(row), key(row));
    // Saved by a program that quotes other columns.
    assert_eq!(key(row), key(&row.replace(",SMTP,", ",\"SMTP\",")));
    let other = row.replace("a0b0c0d0-0004", "a0b0c0d0-0009");
    assert_ne!(key(row), key(&other));
    // Without an id, all columns decide.
    let nil = |line: &str| {
        let id = "a0b0c0d0-0004-4000-8000-08df2677aa02";
        assert!(line.contains(id));
        line.replace(id, "00000000-0000-0000-0000-000000000000")
    };
    assert_eq!(key(&nil(row)), key(&nil(row)));
    let size = row.replace(",7300,2,", ",7301,2,");
    assert_ne!(key(&nil(row)), key(&nil(&size)));
}

/// What must be the same whichever way a row is read.
fn shape(summary: ChunkSummary) -> (LineCounts, Timestamp, Timestamp, Vec<TrackingStep>) {
    (summary.counts, summary.first, summary.last, summary.steps)
}

const SMALL: &str = "date-time,source-context,event-id,x,message-id,reference,recipient-address";

proptest! {
    #[test]
    fn the_short_way_agrees_with_the_general_way(
        rows in proptest::collection::vec(
            (
                prop_oneof!["2026-11-18T07:20:0[0-9].842Z", "[ -~]{0,24}"],
                "[ -~]{0,12}",
                prop_oneof![Just("FAIL"), Just("DSN"), Just("\"DSN\""), Just(""), Just("SEND")],
                "[ -~]{0,80}",
                prop_oneof!["<[ab]@c>", "[ -~]{0,10}"],
                prop_oneof!["<[ab]@c>", "[ -~]{0,10}"],
                "[a-z@;]{0,9}",
                any::<bool>(),
            ),
            1..8
        ),
        ends in prop_oneof![Just("\n"), Just("\r\n"), Just("\r\r\n")]
    ) {
        let mut text = String::new();
        for (time, context, event, other, id, reference, to, raw) in &rows {
            let columns = [time, context, *event, other, id, reference, to];
            if *raw {
                text.push_str(&columns.join(","));
            } else {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
                writer.write_record(columns).expect("write");
                let bytes = writer.into_inner().expect("bytes");
                text.push_str(std::str::from_utf8(&bytes).expect("UTF-8").trim_end_matches('\n'));
            }
            text.push_str(ends);
        }
        let wanted = Wanted::messages(message_key::of_all(["<a@c>"]));
        for wanted in [wanted, Wanted::everything(), Wanted::events(EventSet::trouble())] {
            let short = read_with(text.as_bytes(), &wanted, SMALL, true);
            let general = read_with(text.as_bytes(), &wanted, SMALL, false);
            prop_assert_eq!(shape(short), shape(general));
        }
    }

    #[test]
    fn arbitrary_bytes_are_counted(text in proptest::collection::vec(any::<u8>(), 0..600)) {
        let summary = read_with(&text, &Wanted::everything(), SMALL, true);
        let [lines, header, records, blank, malformed] = counts(&summary);
        prop_assert_eq!(lines, header + records + blank + malformed);
    }
}
