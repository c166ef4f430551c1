//! Measures the throughput of each stage from bytes to facts, in memory and on one thread.
//!
//! ```sh
//! cargo bench --bench stages
//! ```
//!
//! In: about 32 MB of generated logs. Out: the time and the bytes per second of each stage.
//! Must not leave anything out: every run compares its counts with those of the generator.
//! The stage `lines` is the limit: no other can be faster than counting newlines.

mod generator;

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;

use sendlens::input::header::Layout;
use sendlens::input::lines;
use sendlens::input::record::Row;
use sendlens::session::assembly::ChunkAssembler;
use sendlens::session::join::{Joined, Joiner};
use sendlens::session::{Digest, Session};
use sendlens::smtp::digest::SmtpDigest;
use sendlens::smtp::reply::Enhanced;

use generator::{Config, Expected, MemoryFile};

/// The logs and their counts.
struct Corpus {
    files: Vec<MemoryFile>,
    expected: Expected,
}

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let config = Config {
        seed: 1,
        bytes: 32_000_000,
        files_per_stream: 4,
        streams: Config::servers(2),
    };
    let (files, expected) =
        generator::in_memory(&config).expect("files of 4 MB are large enough for the generator");
    Corpus { files, expected }
});

fn main() {
    LazyLock::force(&CORPUS);
    divan::main();
}

/// Counts newlines.
#[divan::bench]
fn lines(bencher: Bencher<'_, '_>) {
    bencher.counter(size()).bench(|| {
        let newlines = |file: &MemoryFile| memchr::memchr_iter(b'\n', &file.bytes).count() as u64;
        let count: u64 = CORPUS.files.iter().map(newlines).sum();
        assert_eq!(count, CORPUS.expected.counts.lines);
    });
}

/// Splits lines into columns.
#[divan::bench]
fn records(bencher: Bencher<'_, '_>) {
    bencher.counter(size()).bench(|| {
        let (mut rows, mut header, mut lines) = (0, 0, 0);
        for file in &CORPUS.files {
            let summary = lines::read(&file.bytes, 0, Layout::default(), |found, _| {
                divan::black_box(found);
                rows += found.len() as u64;
            });
            header += summary.counts.header;
            lines += summary.counts.lines;
        }
        let counts = &CORPUS.expected.counts;
        assert_eq!(
            (rows, header, lines),
            (counts.records, counts.header_lines, counts.lines)
        );
    });
}

/// Joins rows into sessions, without reading what they say.
#[divan::bench]
fn sessions(bencher: Bencher<'_, '_>) {
    bencher.counter(size()).bench(|| {
        let (mut sessions, mut rows, mut never_ended) = (0, 0, 0);
        assemble(|session: Session<RowCount>| {
            sessions += 1;
            rows += session.digest.rows;
            never_ended += u64::from(!session.frame.has_end());
        });
        let counts = &CORPUS.expected.counts;
        assert_eq!(
            (sessions, rows, never_ended),
            (counts.sessions, counts.records, counts.never_ended)
        );
    });
}

/// Joins rows into sessions, and reads the dialogue, TLS and certificates.
#[divan::bench]
fn conversations(bencher: Bencher<'_, '_>) {
    bencher.counter(size()).bench(|| {
        let (mut online, mut certificates, mut accepted, mut messages) = (0, 0, 0, 0);
        let (mut attribution, mut other) = (0, 0);
        assemble(|session: Session<SmtpDigest>| {
            let talk = session.digest.view(&session.frame);
            online += u64::from(talk.is_with_exchange_online());
            certificates += u64::from(talk.certificate.is_some());
            accepted += u64::from(talk.accepted);
            messages += u64::from(talk.messages);
            for rejection in talk.refused() {
                match rejection.reply.enhanced {
                    Some(Enhanced(5, 7, 64)) => attribution += 1,
                    _ => other += 1,
                }
            }
        });
        let counts = &CORPUS.expected.counts;
        assert_eq!(
            (attribution, other),
            (counts.rejections_5764, counts.other_rejections)
        );
        assert_eq!(
            (online, certificates),
            (
                counts.exchange_online_sessions,
                counts.own_certificate_sessions
            )
        );
        assert_eq!(
            (accepted, messages),
            (counts.accepted_recipients, counts.messages)
        );
    });
}

/// Reads only the number of rows of a session.
#[derive(Default)]
struct RowCount {
    rows: u64,
}

impl Digest for RowCount {
    type Memory = ();

    fn row(&mut self, _row: &Row<'_>, _memory: &mut ()) {
        self.rows += 1;
    }

    fn prepend(&mut self, earlier: RowCount) {
        self.rows += earlier.rows;
    }
}

/// Passes every session of the corpus to `emit`. Each file is one chunk.
fn assemble<D: Digest>(mut take: impl FnMut(Session<D>)) {
    let mut emit = |joined: Joined<'_, D>| {
        if let Joined::Session(session) = joined {
            take(*session);
        }
    };
    let mut chunk = 0;
    for files in CORPUS.files.chunk_by(|a, b| a.stream == b.stream) {
        let mut joiner = Joiner::default();
        for file in files {
            let mut assembler = ChunkAssembler::new(|_: &Session<D>| false);
            lines::read(&file.bytes, chunk, Layout::default(), |rows, layout| {
                assembler.rows(rows, layout);
            });
            joiner.join(assembler.finish(), &mut emit);
            chunk += 1;
        }
        joiner.finish(&mut emit);
    }
}

fn size() -> BytesCount {
    BytesCount::new(CORPUS.expected.counts.bytes)
}
