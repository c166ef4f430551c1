//! Writes one stream: opens sessions, mixes their rows, and begins new files.
//!
//! In: a [`Plan`]. Out: whole files to an [`Output`], and their counts.
//! Must not read a clock.
//! Invariant: the bytes depend only on the plan. Every script is written to its last row, so the
//! files contain what the dialogues counted.

use std::io;

use super::Counts;
use super::connector::{self, Connector, Kind};
use super::dialogue::Dialogue;
use super::random::Random;
use super::script::Script;
use super::text::{self, Clock};

/// 2026-11-02T06:00:00Z, the hour of the first file.
const START: u64 = 1_793_599_200_000;
const HOUR: u64 = 3_600_000;
/// The first rows of a file are this many milliseconds before its hour.
const EARLY: u64 = 9_000;
/// Files that are smaller than this share an hour, so that their numbers count up.
const HOUR_BYTES: u64 = 64 << 20;
const FILES_AN_HOUR: u64 = 12;
const FLUSH_AT: usize = 1 << 20;
/// The number of sessions that are open at a time varies between these.
const OPEN: std::ops::Range<u32> = 20..61;

/// Where the files of a stream go.
pub(crate) trait Output {
    /// Begins the next file.
    ///
    /// # Errors
    /// If the file cannot be created.
    fn begin(&mut self, file: &str) -> io::Result<()>;

    /// Adds bytes to the current file.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// The plan of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The seed of the whole corpus.
    pub(crate) seed: u64,
    /// The number of the stream, from 0.
    pub(crate) index: usize,
    /// The server's name.
    pub(crate) server: String,
    /// The number of files.
    pub(crate) files: u64,
    /// The approximate size of each file.
    pub(crate) file_bytes: u64,
}

/// An open session.
#[derive(Debug, Default)]
struct Open {
    script: Script,
    /// The connector and the session id, with the commas around them.
    names: Vec<u8>,
    /// The endpoints before and after the connect row, with the commas around them.
    endpoints: [Vec<u8>; 2],
    row: usize,
    at: usize,
}

/// Writes one stream.
pub(crate) struct StreamWriter<'a> {
    plan: &'a Plan,
    connectors: Vec<Connector>,
    random: Random,
    counts: Counts,
    files: Files<'a>,
    open: Vec<Open>,
    spare: Vec<Open>,
    next_id: u64,
    /// The approximate number of bytes that the open sessions have still to write.
    owed: u64,
    wanted_open: usize,
}

impl<'a> StreamWriter<'a> {
    /// A writer for the plan.
    pub(crate) fn new(plan: &'a Plan, output: &'a mut dyn Output) -> StreamWriter<'a> {
        StreamWriter {
            plan,
            connectors: connector::all(&plan.server, plan.index),
            random: Random::new(plan.seed, plan.index as u64),
            counts: Counts::default(),
            files: Files::new(plan, output),
            open: Vec::new(),
            spare: Vec::new(),
            // Servers may use the same ids. The key of a session is stream and id.
            next_id: 0x08DE_1A2B_3C00_0000,
            owed: 0,
            wanted_open: 40,
        }
    }

    /// Writes all files.
    ///
    /// # Errors
    /// The error of the output.
    pub(crate) fn write(mut self) -> io::Result<Counts> {
        let target = self.plan.files * self.plan.file_bytes;
        loop {
            let may_open = self.files.total + self.owed < target;
            if may_open && self.open.len() < self.wanted_open {
                self.open_session();
            } else if self.open.is_empty() {
                break;
            } else {
                self.rows_of_one_session()?;
            }
        }
        self.files.finish(&mut self.counts)?;
        Ok(self.counts)
    }

    fn open_session(&mut self) {
        let mut session = self.spare.pop().unwrap_or_default();
        session.script.clear();
        session.row = 0;
        session.at = 0;
        let kind = match self.random.below(100) {
            0..48 => Kind::Healthy,
            48..72 => Kind::Failing,
            72..90 => Kind::Internal,
            _ => Kind::Internet,
        };
        let connector = &self.connectors[kind as usize];
        let peer_count = u32::try_from(connector.peers.len()).expect("a few hosts");
        let peer = &connector.peers[self.random.below(peer_count) as usize];
        Dialogue {
            connector,
            peer,
            server: &self.plan.server,
            script: &mut session.script,
            random: &mut self.random,
            counts: &mut self.counts,
            now: self.files.clock.millis(),
            pace: self.files.pace(self.wanted_open),
        }
        .write();
        session.names.clear();
        session.names.push(b',');
        session.names.extend_from_slice(connector.name.as_bytes());
        session.names.push(b',');
        text::hex_upper(&mut session.names, self.next_id);
        session.names.push(b',');
        self.next_id += 1 + u64::from(self.random.below(3));
        let port = 20_000 + self.random.below(40_000);
        let local = format!("198.51.100.11:{port}");
        for (endpoints, local) in session.endpoints.iter_mut().zip(["", &local]) {
            endpoints.clear();
            for part in [",", local, ",", peer.remote, ","] {
                endpoints.extend_from_slice(part.as_bytes());
            }
        }
        self.owed += session.bytes();
        self.open.push(session);
    }

    /// Writes the next row of a random session, and the rows that belong to it.
    fn rows_of_one_session(&mut self) -> io::Result<()> {
        let count = u32::try_from(self.open.len()).expect("few sessions are open");
        let chosen = self.random.below(count) as usize;
        loop {
            let session = &mut self.open[chosen];
            self.files.row(session)?;
            if session.row == session.script.len() {
                let done = self.open.swap_remove(chosen);
                self.owed = self.owed.saturating_sub(done.bytes());
                self.spare.push(done);
                if self.random.percent(10) {
                    self.wanted_open =
                        (OPEN.start + self.random.below(OPEN.end - OPEN.start)) as usize;
                }
                return Ok(());
            }
            if !session.script.is_glued(session.row) || self.random.below(8) == 0 {
                self.files.tick();
                return Ok(());
            }
        }
    }
}

impl Open {
    /// The approximate number of bytes of all its rows.
    fn bytes(&self) -> u64 {
        let columns = 24 + self.names.len() + 2 + self.endpoints[1].len();
        (self.script.bytes() + self.script.len() * columns) as u64
    }
}

/// The files of a stream and the time of their rows.
struct Files<'a> {
    plan: &'a Plan,
    output: &'a mut dyn Output,
    buffer: Vec<u8>,
    clock: Clock,
    /// Milliseconds that a file covers.
    span: u64,
    begun: u64,
    /// Bytes of the current file that are no longer in the buffer.
    flushed: u64,
    /// Bytes of all rows so far.
    total: u64,
    /// Bytes written so far, including headers.
    bytes: u64,
    records: u64,
}

impl<'a> Files<'a> {
    fn new(plan: &'a Plan, output: &'a mut dyn Output) -> Files<'a> {
        let an_hour = HOUR_BYTES.div_ceil(plan.file_bytes).min(FILES_AN_HOUR);
        Files {
            plan,
            output,
            buffer: Vec::with_capacity(FLUSH_AT + (64 << 10)),
            clock: Clock::new(START - EARLY),
            span: HOUR / an_hour,
            begun: 0,
            flushed: 0,
            total: 0,
            bytes: 0,
            records: 0,
        }
    }

    /// Writes the session's next row.
    #[inline]
    fn row(&mut self, session: &mut Open) -> io::Result<()> {
        let is_full = self.file_len() >= self.plan.file_bytes && self.begun < self.plan.files;
        if self.begun == 0 || is_full {
            self.roll()?;
        }
        let before = self.buffer.len();
        let number = session.row;
        let text = session.script.row(number, session.at);
        let connected = usize::from(!session.script.is_before_connect(number));
        self.buffer.extend_from_slice(self.clock.text());
        self.buffer.extend_from_slice(&session.names);
        text::number(&mut self.buffer, number as u64);
        self.buffer.extend_from_slice(&session.endpoints[connected]);
        self.buffer.extend_from_slice(text);
        session.at += text.len();
        session.row += 1;
        self.records += 1;
        self.total += (self.buffer.len() - before) as u64;
        if self.buffer.len() >= FLUSH_AT {
            self.flush()?;
        }
        Ok(())
    }

    /// Advances the time according to how far the file has grown.
    #[inline]
    fn tick(&mut self) {
        let file = self.begun.saturating_sub(1);
        let share = self.span * self.file_len() / self.plan.file_bytes;
        self.clock.advance(START - EARLY + file * self.span + share);
    }

    /// The approximate number of milliseconds between two rows of one session.
    fn pace(&self, open: usize) -> u64 {
        self.span * 145 * open as u64 / self.plan.file_bytes
    }

    fn file_len(&self) -> u64 {
        self.flushed + self.buffer.len() as u64
    }

    fn roll(&mut self) -> io::Result<()> {
        self.flush()?;
        let an_hour = HOUR / self.span;
        let (hour, number) = (self.begun / an_hour, self.begun % an_hour + 1);
        let name = text::file_hour(START + hour * HOUR);
        self.output.begin(&format!("SEND{name}-{number}.LOG"))?;
        // Exchange writes the time at which it opened the file. Here it is later than the first
        // rows.
        let date = text::timestamp(START + self.begun * self.span);
        self.flushed = 0;
        self.begun += 1;
        for line in [
            b"\xEF\xBB\xBF#Software: Microsoft Exchange Server".as_slice(),
            b"#Version: 15.0.0.0",
            b"#Log-type: SMTP Send Protocol Log",
            &[b"#Date: ", date.as_slice()].concat(),
            b"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
        ] {
            self.buffer.extend_from_slice(line);
            self.buffer.extend_from_slice(b"\r\n");
        }
        self.tick();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.output.write(&self.buffer)?;
            self.flushed += self.buffer.len() as u64;
            self.bytes += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    fn finish(&mut self, counts: &mut Counts) -> io::Result<()> {
        self.flush()?;
        counts.files = self.begun;
        counts.bytes = self.bytes;
        counts.records = self.records;
        counts.header_lines = 5 * self.begun;
        counts.lines = counts.records + counts.header_lines;
        Ok(())
    }
}
