//! Logs that are held in memory, read as the program reads them.
//!
//! In: the bytes of log files. Out: the outlines of their sessions. Must not join sessions itself:
//! it calls what the commands call.

use std::collections::VecDeque;
use std::sync::OnceLock;

use sendlens::input::bytes::Source;
use sendlens::input::corpus::{Corpus, LogFile, Stream};
use sendlens::input::header::Layout;
use sendlens::input::lines;
use sendlens::input::place::PlaceTable;
use sendlens::session::Session;
use sendlens::session::assembly::ChunkAssembler;
use sendlens::session::parallel::{self, Plan, ReadResult};
use sendlens::session::sink::{Finish, Sink};
use sendlens::smtp::digest::SmtpDigest;

use crate::outline::Outline;

/// The files of one stream.
pub fn corpus(files: impl IntoIterator<Item = Source>, layout: Layout) -> Corpus {
    let file = |source| LogFile {
        name: String::new(),
        stream: 0,
        source,
        layout,
        headerless: false,
        is_utf16: false,
        original_bytes: None,
        pasted: None,
        earlier: None,
    };
    Corpus {
        streams: vec![Stream {
            name: String::new(),
            server: None,
        }],
        files: files.into_iter().map(file).collect(),
    }
}

/// What came of a log.
pub struct Sessions {
    /// The outlines in the order of the program.
    pub outlines: Vec<Outline>,
    /// The sessions themselves, if workers have dealt with none.
    pub sessions: Vec<Session<SmtpDigest>>,
    /// What else was read.
    pub read: ReadResult,
}

/// Reads a log in chunks of at most so many bytes. `on_workers` says whether the workers deal with the
/// sessions that they see whole.
///
/// # Panics
/// If lines or rows are lost or doubled.
pub fn read<const CHUNK: u64>(corpus: &Corpus, on_workers: bool) -> Sessions {
    let mut collected = Collected::default();
    let plan = Plan {
        corpus,
        streams: None,
        keeps_open: None,
        resumes: &[],
        pool: pool(),
        progress: &|_| {},
    };
    let read = parallel::assemble(&plan, &Workers::<CHUNK>(on_workers), &mut collected);
    let counts = read.streams[0].counts;
    let kinds = counts.header + counts.records + counts.blank + counts.malformed;
    assert_eq!(kinds, counts.lines, "every line is of one kind");
    let rows: u64 = collected.outlines.iter().map(|session| session.rows).sum();
    assert_eq!(rows, counts.records, "every row is in one session");
    Sessions {
        outlines: collected.outlines,
        sessions: collected.sessions,
        read,
    }
}

fn pool() -> &'static rayon::ThreadPool {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        pool.build().expect("a thread")
    })
}

struct Workers<const CHUNK: u64>(bool);

impl<const CHUNK: u64> Finish<SmtpDigest> for Workers<CHUNK> {
    type Part = VecDeque<Outline>;

    const LARGEST_CHUNK: u64 = CHUNK;

    fn finish(&self, _: usize, session: &Session<SmtpDigest>, part: &mut Self::Part) -> bool {
        if self.0 {
            part.push_back(Outline::of(session));
        }
        self.0
    }
}

#[derive(Default)]
struct Collected {
    outlines: Vec<Outline>,
    sessions: Vec<Session<SmtpDigest>>,
}

impl Sink<SmtpDigest, VecDeque<Outline>> for Collected {
    fn take(&mut self, _: usize, session: Session<SmtpDigest>, places: &PlaceTable) {
        self.outlines.push(Outline::of(&session).placed(places));
        self.sessions.push(session);
    }

    fn finished(&mut self, _: usize, part: &mut VecDeque<Outline>, places: &PlaceTable) {
        let outline = part.pop_front().expect("a worker has dealt with it");
        self.outlines.push(outline.placed(places));
    }
}

/// Rows of events, data and contexts as one session, from its first row to the disconnect row.
pub struct SessionText(String, u32);

impl Default for SessionText {
    fn default() -> SessionText {
        let mut text = SessionText(String::new(), 0);
        text.row('*', "", "attempting to connect");
        text.row('+', "", "");
        text
    }
}

impl SessionText {
    /// Adds a row.
    pub fn row(&mut self, event: char, data: &str, context: &str) {
        use std::fmt::Write;
        let SessionText(text, number) = self;
        let _ = write!(
            text,
            "2026-11-03T02:14:{:02}.120Z,To cloud,08DE1A2B3C4D5E6F,{number},10.0.0.5:1,192.0.2.1:25,{event},",
            *number % 60
        );
        *number += 1;
        quoted(data, text);
        text.push(',');
        quoted(context, text);
        text.push('\n');
    }

    /// Reads the session twice, the second time with everything that is remembered of the first time.
    ///
    /// # Panics
    /// If that makes a difference.
    pub fn check(mut self) {
        self.row('-', "", "Local");
        let text = self.0.repeat(2);
        let mut found = Vec::new();
        let mut chunk = ChunkAssembler::new(|session: &Session<SmtpDigest>| {
            found.push(Outline::of(session).without_places());
            true
        });
        let summary = lines::read(text.as_bytes(), 0, Layout::default(), |rows, layout| {
            chunk.rows(rows, layout);
        });
        drop(chunk.finish());
        assert_eq!(summary.counts.records, summary.counts.lines);
        assert_eq!(summary.counts.lines, u64::from(self.1) * 2);
        let [first, second] = &found[..] else {
            panic!("{} sessions", found.len());
        };
        assert_eq!(first, second);
    }
}

/// Writes a column as Exchange does. There are no line ends in a column.
pub fn quoted(column: &str, text: &mut String) {
    let one_line = |letter: char| if letter.is_control() { ' ' } else { letter };
    let letters = column.chars().map(one_line);
    if column.contains([',', '"']) {
        text.push('"');
        for letter in letters {
            text.extend(std::iter::repeat_n(letter, 1 + usize::from(letter == '"')));
        }
        text.push('"');
    } else {
        text.extend(letters);
    }
}
