//! Tests of [`super`]: the same steps whatever the threads, the chunks and the kind of source.

use std::io::Write;

use super::*;
use crate::input::bytes::IoMode;
use crate::input::discover::{self, Search};
use crate::input::packed::Budget;
use crate::scenario::tracking;
use crate::smtp::message_key;
use crate::tracking::event::{Event, EventSet};

fn pool(threads: usize) -> rayon::ThreadPool {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().expect("threads")
}

fn read_by(
    files: &[TrackingFile],
    wanted: &Wanted,
    threads: usize,
    chunk: u64,
) -> (Vec<TrackingStep>, TrackingResult) {
    let plan = Plan {
        files,
        wanted,
        only: None,
        pool: &pool(threads),
        progress: &|_| {},
    };
    let mut steps = Vec::new();
    let result = each_step_by(&plan, chunk, &mut |step| steps.push(step));
    let counts = result.counts;
    assert_eq!(
        counts.lines,
        counts.header + counts.records + counts.blank + counts.malformed
    );
    (steps, result)
}

fn read(files: &[TrackingFile], wanted: &Wanted) -> (Vec<TrackingStep>, TrackingResult) {
    read_by(files, wanted, 1, LARGEST_CHUNK)
}

fn held(text: &str) -> Source {
    Source::Held(text.as_bytes().to_vec())
}

/// Many rows with all that changes the state of a reader.
fn long_text() -> String {
    let mut text = tracking::header();
    for number in 0..400 {
        let id = format!("<0efaea{number}@");
        let row = tracking::FAILED.replace("<0efaea714cc2c4b2@", &id);
        let row = row.replace("7b0c2c55", &format!("{number:08x}"));
        text.push_str(&row);
        text.push_str("\r\n");
        match number % 50 {
            7 => text.push_str("cut off\r\n\r\n"),
            20 => text.push_str(
                "#Fields: date-time,event-id,message-id,recipient-address\r\n2026-11-18T08:00:00.000Z,FAIL,<a@b>,x@y\r\n",
            ),
            30 => text.push_str(&tracking::header()),
            _ => {}
        }
    }
    text.push_str("2026-11-18T07:2");
    text
}

fn shape(result: &TrackingResult) -> String {
    format!(
        "{:?} {} {} {} {:?} {:?} {:?}",
        result.counts,
        result.wanted_rows,
        result.duplicates,
        result.cut_tails,
        result.spans,
        result
            .notes
            .iter()
            .map(|(kind, count, place)| (kind, count, result.places.locate(place)))
            .collect::<Vec<_>>(),
        result.errors.len(),
    )
}

#[test]
fn chunks_threads_and_sources_make_no_difference() {
    let text = long_text();
    let on_disk = |io| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("write");
        let source = Source::file(file.path(), io).expect("a source");
        (source, file)
    };
    let (read_file, _one) = on_disk(IoMode::Read);
    let (mapped, _two) = on_disk(IoMode::Mmap);
    let pipe = Source::pipe(Box::new(io::Cursor::new(text.clone().into_bytes())));
    let name = "EX01/MSGTRK2026111807-1.LOG";
    let expected = read(&[tracking::file(name, held(&text))], &Wanted::everything());
    assert_eq!((expected.1.wanted_rows, expected.1.duplicates), (321, 7));
    assert_eq!(expected.1.cut_tails, 1);
    assert_eq!(expected.1.bytes, text.len() as u64);
    for (source, chunks) in [
        (held(&text), vec![97, 777, 64 * 1024]),
        (read_file, vec![1_000, LARGEST_CHUNK]),
        (mapped, vec![1_000, LARGEST_CHUNK]),
        (pipe, vec![1_000]),
    ] {
        let files = [tracking::file(name, source)];
        for chunk in chunks {
            for threads in [1, 3] {
                if files[0].source.is_pipe() && threads > 1 {
                    continue;
                }
                let found = read_by(&files, &Wanted::everything(), threads, chunk);
                assert!(found.0 == expected.0, "{chunk} {threads}");
                assert_eq!(shape(&found.1), shape(&expected.1), "{chunk} {threads}");
            }
        }
    }
}

#[test]
fn packed_and_decoded_files_give_the_same_steps() {
    let text = long_text();
    let root = tempfile::tempdir().expect("a folder");
    let of = |name: &str, bytes: &[u8]| {
        let folder = root.path().join(name).join("EX01");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(name), bytes).expect("a file");
        let search = Search {
            io: IoMode::Auto,
            budget: Budget::new(u64::MAX),
            server: None,
        };
        let found = discover::find(&[root.path().join(name)], &search);
        assert!(found.errors.is_empty() && found.skipped.is_empty());
        assert_eq!(found.tracking.len(), 1, "{name}");
        read_by(&found.tracking, &Wanted::everything(), 2, 1_000)
    };
    let (steps, result) = of("MSGTRK2026111807-1.LOG", text.as_bytes());
    assert_eq!(steps.len(), 321);
    assert_eq!(steps[0].entry.server.as_deref(), Some("EX01"));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("pack");
    let packed = packer.finish().expect("pack");
    for (name, bytes) in [
        ("MSGTRK2026111807-2.LOG", utf16),
        ("msgtrk2026111807-3.log.gz", packed),
    ] {
        let (same, counted) = of(name, &bytes);
        assert!(same == steps, "{name}");
        assert_eq!(counted.counts, result.counts, "{name}");
        assert_eq!(counted.spans, result.spans, "{name}");
    }
}

#[test]
fn a_message_is_followed_over_servers_in_the_order_of_time() {
    let files = tracking::story();
    let ids = ["<3a42b9d6ab9ec852@EX01.contoso.com>"];
    let wanted = Wanted::messages(message_key::of_all(ids));
    let plan = Plan {
        files: &files,
        wanted: &wanted,
        only: None,
        pool: &pool(2),
        progress: &|_| {},
    };
    let (steps, result) = collect(&plan);
    let found: Vec<_> = steps
        .iter()
        .map(|step| {
            let entry = &step.entry;
            let file = files[entry.file].name.as_str();
            (entry.event.clone(), file, step.line)
        })
        .collect();
    assert_eq!(
        found,
        [
            (Event::Defer, "EX01/MSGTRK2026111807-1.LOG", 8),
            (Event::Send, "EX01/MSGTRK2026111807-1.LOG", 11),
            (Event::SendExternal, "EX02/MSGTRK2026111807-1.LOG", 6),
        ]
    );
    assert_eq!((result.counts.records, result.wanted_rows), (8, 3));
    assert_eq!(result.counts.header, 15);
    assert_eq!(result.spans[1].0.to_string(), "2026-11-18T07:20:02.115Z");
}

#[test]
fn what_became_of_a_report_takes_a_second_reading() {
    let files = tracking::story();
    let (steps, _) = read(&files, &Wanted::events(EventSet::of(&[Event::Fail])));
    assert_eq!(steps.len(), 2);
    let reports = steps.iter().filter_map(|step| step.entry.reference());
    let (steps, _) = read(&files, &Wanted::messages(message_key::of_all(reports)));
    let events: Vec<_> = steps.iter().map(|step| step.entry.event.name()).collect();
    assert_eq!(events, ["DSN", "DELIVER"]);
}

#[test]
fn a_row_that_is_read_twice_counts_once() {
    let mut files = tracking::story();
    files.extend(tracking::story());
    let (steps, result) = read(&files, &Wanted::everything());
    let (once, _) = read(&files[..3], &Wanted::everything());
    assert_eq!(steps, once);
    assert_eq!((result.wanted_rows, result.duplicates), (8, 8));
    assert_eq!(result.counts.records, 16);
}

#[test]
fn lines_of_any_length_are_counted_and_the_rows_around_them_read() {
    let row = tracking::FAILED;
    let many: String = (0..3_000)
        .map(|n| format!("user{n}@fabrikam.com;"))
        .collect();
    let status = "250 2.1.5 Recipient OK;".repeat(3_000);
    let wide = row
        .replace("ann@fabrikam.com", many.trim_end_matches(';'))
        .replace(
            &row[row.find("[{LED").expect("a status")..row.find(",8120").expect("a size")],
            status.trim_end_matches(';'),
        );
    let text = format!(
        "{}{row}\r\n{}\r\n{wide}\r\n{}\r\n{row}x",
        tracking::header(),
        "a,".repeat(1024 * 1024),
        "\0".repeat(3 * 1024 * 1024),
    );
    for chunk in [100_000, LARGEST_CHUNK] {
        let files = [tracking::file("MSGTRK1.LOG", held(&text))];
        let (steps, result) = read_by(&files, &Wanted::everything(), 2, chunk);
        assert_eq!(result.counts.records, 3);
        assert_eq!(result.counts.malformed, 2);
        assert_eq!(
            steps.iter().filter(|step| step.status.is_own).count(),
            3_001
        );
        // The last row has the id of the first.
        assert_eq!((result.duplicates, result.cut_tails), (1, 0));
    }
}

#[test]
fn a_file_without_header_or_usable_columns_is_counted() {
    let mut file = tracking::file("MSGTRK1.LOG", held(tracking::FAILED));
    file.headerless = true;
    let (steps, result) = read(&[file], &Wanted::everything());
    assert_eq!(steps.len(), 1);
    assert_eq!(result.notes.count(NoteKind::HeaderMissing), 1);
    let mut file = tracking::file("MSGTRK1.LOG", held(tracking::FAILED));
    file.fields = "date-time,session-id".to_owned();
    let (steps, result) = read(&[file], &Wanted::everything());
    assert!(steps.is_empty());
    assert_eq!(result.counts.malformed, 1);
}

#[test]
fn a_file_that_shrinks_is_named() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(long_text().as_bytes()).expect("write");
    let source = Source::file(file.path(), IoMode::Read).expect("a source");
    file.as_file().set_len(4_000).expect("length");
    let files = [
        tracking::file("MSGTRK1.LOG", source),
        tracking::file("MSGTRK2.LOG", held("")),
    ];
    let (steps, result) = read(&files, &Wanted::everything());
    assert!(!steps.is_empty());
    assert_eq!(result.errors.len(), 1);
    assert_eq!(result.errors[0].0, 0);
}
