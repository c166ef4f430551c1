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

use sendlens::input::bytes::Source;
use sendlens::input::header::Layout;
use sendlens::input::lines;
use sendlens::input::record::Row;
use sendlens::input::tracking_file::{Family, TrackingFile};
use sendlens::session::assembly::ChunkAssembler;
use sendlens::session::join::{Joined, Joiner};
use sendlens::session::{Digest, Session};
use sendlens::smtp::digest::SmtpDigest;
use sendlens::smtp::message_key;
use sendlens::smtp::reply::Enhanced;
use sendlens::tracking::{Wanted, read};

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

/// The columns of a tracking log.
const FIELDS: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";

/// What stands before and behind the message id in a row of a tracking log.
const ROW: [&str; 2] = [
    "2026-11-18T09:02:43.310Z,10.0.0.6,EX02,192.0.2.36,contoso-com.mail.protection.outlook.com,\";250 2.6.0 <3a42b9d6ab9ec852@EX01.contoso.com> [InternalId=5450313518243, Hostname=AS8P193MB0001.EURP193.PROD.OUTLOOK.COM] 7001 bytes in 0.101, 67.689 KB/sec Queued mail for delivery;ClientSubmitTime:\",Outbound to Office 365,SMTP,SENDEXTERNAL,5613522257399,<",
    "@EX01.contoso.com>,91b7d0f3-2c8e-4b60-a0d4-08df26755d11,eve@tailspintoys.com,250 2.1.5 Recipient OK,5233,1,,,Order 77,bob@contoso.com,bob@contoso.com,2026-11-18T07:25:08.000Z;SRV=EX01.contoso.com:TOTAL-HUB=5852;LSRV=EX02.contoso.com:TOTAL-HUB=2.8|SMS=0.9,Originating,,,,S:ExternalSendLatency=0.402;S:ToEntity=Internet;S:IsSmtpResponseFromExternalServer=True;S:AccountForest=contoso.com,Email,a0b0c0d0-0003-4000-8000-08df26755d14,15.02.1748.010\r\n",
];

/// A tracking log of 32 MB, and the number of its rows.
static TRACKING: LazyLock<(Vec<TrackingFile>, u64)> = LazyLock::new(|| {
    let (mut text, mut rows) = (String::new(), 0);
    while text.len() < 32_000_000 {
        text.push_str(&format!("{}{rows:016x}{}", ROW[0], ROW[1]));
        rows += 1;
    }
    let file = TrackingFile {
        name: "MSGTRK2026111809-1.LOG".to_owned(),
        server: None,
        family: Family::Transport,
        source: Source::Held(text.into_bytes()),
        fields: FIELDS.to_owned(),
        log_type: "Message Tracking Log".to_owned(),
        headerless: true,
        is_utf16: false,
    };
    (vec![file], rows)
});

/// Finds the rows of few messages in a tracking log.
#[divan::bench]
fn tracking(bencher: Bencher<'_, '_>) {
    let (files, rows) = &*TRACKING;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.expect("a thread");
    let ids = ["<0000000000000007@ex01.contoso.com>"];
    let wanted = Wanted::messages(message_key::of_all(ids));
    let size = files[0].source.known_len().unwrap_or(0);
    bencher.counter(BytesCount::new(size)).bench(|| {
        let plan = read::Plan {
            files,
            wanted: &wanted,
            only: None,
            pool: &pool,
            progress: &|_| {},
        };
        let (steps, result) = read::collect(&plan);
        assert_eq!((steps.len(), result.counts.records), (1, *rows));
    });
}

fn size() -> BytesCount {
    BytesCount::new(CORPUS.expected.counts.bytes)
}
