//! Reads a digest that anybody may have written.
//!
//! In: bytes, unpacked. Out: a [`LogDigest`], or what is wrong with them.
//! Must not use a digest that is not whole: nothing is returned before its last line was compared with all
//! others. Memory: what the digest holds, and one line.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;
use sha1::{Digest as _, Sha1};

use crate::aggregate::saved::{AggregateRecord, Loader, count};
use crate::input::bytes::Source;

use super::fault::DigestFault;
use super::record::{EndRecord, FORMAT, FrameRecord, HeaderRecord, StreamRecord, VERSION};
use super::stream::{ChosenLimits, DigestLog, LogDigest, StreamDigest, StreamMail, StreamRest};
use super::write::hex;

/// A digest of so many bytes would be one of many terabytes of logs.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// No line is longer: a session has at most a hundred thousand rejections.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// Reads a digest. Its attempts to send messages are kept only if they are wanted.
///
/// # Errors
/// If it cannot be used.
pub fn read(source: &Source, wants_mail: bool) -> Result<LogDigest, DigestFault> {
    let mut lines = Lines {
        reader: BufReader::new(source.read()?),
        line: Vec::new(),
        hash: Sha1::new(),
        number: 0,
        bytes: 0,
    };
    let (limits, streams) = header(&mut lines)?;
    let mut reading = Reading {
        wants_mail,
        streams: Vec::new(),
        open: None,
    };
    loop {
        let before = (lines.number, lines.hash.clone());
        let Some(line) = lines.next()? else {
            return Err(DigestFault::Cut);
        };
        if let Some(end) = reading.line(line, before.0 + 1)? {
            check_end(&end, before)?;
            break;
        }
    }
    // Only zstd itself knows whether its frame is whole.
    if lines.next()?.is_some() {
        return Err(DigestFault::Damaged(lines.number));
    }
    reading.end_stream()?;
    if reading.streams.len() as u64 != streams {
        return Err(DigestFault::Changed);
    }
    let names = reading.streams.iter().map(|one| &one.stream.name);
    if !names.is_sorted_by(|one, other| one < other) {
        return Err(DigestFault::Changed);
    }
    Ok(LogDigest {
        limits,
        streams: reading.streams,
    })
}

/// Reads the first line: what was chosen of the sessions, and how many streams there are.
fn header(lines: &mut Lines<impl Read>) -> Result<(ChosenLimits, u64), DigestFault> {
    /// What the first line has in every version.
    #[derive(Deserialize)]
    struct AnyHeader {
        format: String,
        version: u64,
    }
    let fault = |_| DigestFault::Damaged(1);
    let line = lines.next()?.ok_or(DigestFault::Cut)?;
    let any: AnyHeader = serde_json::from_slice(line).map_err(fault)?;
    if any.format != FORMAT || any.version == 0 {
        return Err(DigestFault::Damaged(1));
    }
    if any.version > u64::from(VERSION) {
        return Err(DigestFault::Newer(any.version));
    }
    let header: HeaderRecord = serde_json::from_slice(line).map_err(fault)?;
    let limits = header.limits().map_err(DigestFault::in_line(1))?;
    Ok((limits, header.streams))
}

/// What a line is about.
fn kind(line: &[u8]) -> serde_json::Result<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
    }
    // As the program writes it, at the beginning.
    let first = line.strip_prefix(br#"{"type":""#);
    let kind = first.and_then(|first| first.split(|byte| *byte == b'"').next());
    match kind.map(str::from_utf8) {
        Some(Ok(kind)) if !kind.contains('\\') => Ok(kind.into()),
        _ => Ok(serde_json::from_slice::<Kind<'_>>(line)?.kind),
    }
}

/// The last line against all lines before it.
fn check_end(end: &EndRecord, (lines, hash): (u64, Sha1)) -> Result<(), DigestFault> {
    if end.lines != lines || end.sha1 != hex(&hash.finalize()) {
        return Err(DigestFault::Changed);
    }
    Ok(())
}

/// The lines of a digest.
struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// The hash of all lines so far.
    hash: Sha1,
    number: u64,
    bytes: u64,
}

impl<R: Read> Lines<R> {
    /// The next line; `None` at the end.
    fn next(&mut self) -> Result<Option<&[u8]>, DigestFault> {
        self.line.clear();
        let most = LONGEST_LINE.min(MOST_BYTES - self.bytes);
        let mut reader = self.reader.by_ref().take(most);
        let count = match reader.read_until(b'\n', &mut self.line) {
            Ok(count) => count as u64,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(DigestFault::Cut);
            }
            Err(error) => return Err(error.into()),
        };
        self.bytes += count;
        if count == 0 && most > 0 {
            return Ok(None);
        }
        if self.line.last() != Some(&b'\n') {
            return Err(if count == most {
                DigestFault::TooLarge
            } else {
                DigestFault::Cut
            });
        }
        self.hash.update(&self.line);
        self.number += 1;
        Ok(Some(&self.line))
    }
}

/// What was read so far.
struct Reading {
    wants_mail: bool,
    streams: Vec<StreamDigest>,
    open: Option<OpenStream>,
}

/// A stream of which more lines may come.
struct OpenStream {
    record: StreamRecord,
    files: Vec<DigestLog>,
    loader: Loader,
    rest: Option<StreamRest>,
    mail: Option<StreamMail>,
    /// The number of its first line.
    line: u64,
}

impl Reading {
    /// Takes a line. Returns the last one.
    fn line(&mut self, line: &[u8], number: u64) -> Result<Option<EndRecord>, DigestFault> {
        let fault = |_| DigestFault::Damaged(number);
        let record = match &*kind(line).map_err(fault)? {
            "attempt" if !self.wants_mail => return Ok(None),
            // Nearly all of a digest is of these two kinds. Without a look at their kind again, they are read in a
            // third of the time.
            "open_rows" => FrameRecord::OpenRows(serde_json::from_slice(line).map_err(fault)?),
            "attempt" => FrameRecord::Attempt(serde_json::from_slice(line).map_err(fault)?),
            "digest" | "stream" | "file" | "rest" | "mail" | "end" => {
                serde_json::from_slice(line).map_err(fault)?
            }
            _ => {
                let record: AggregateRecord = serde_json::from_slice(line).map_err(fault)?;
                let open = self.open.as_mut().filter(|open| open.has_all_files());
                let open = open.ok_or(DigestFault::Damaged(number))?;
                let taken = open.loader.take(&record);
                taken.map_err(DigestFault::in_line(number))?;
                return Ok(None);
            }
        };
        self.frame(record, number)
    }

    /// Takes a line about the digest, a stream or a file. Returns the last one.
    fn frame(
        &mut self,
        record: FrameRecord,
        number: u64,
    ) -> Result<Option<EndRecord>, DigestFault> {
        let in_line = DigestFault::in_line(number);
        match record {
            FrameRecord::Digest(_) => Err(DigestFault::Damaged(number)),
            FrameRecord::Stream(record) => {
                self.end_stream()?;
                self.open = Some(OpenStream {
                    files: Vec::new(),
                    loader: Loader::new(record.files),
                    rest: None,
                    mail: None,
                    record,
                    line: number,
                });
                Ok(None)
            }
            FrameRecord::File(record) => {
                let open = self.open.as_mut().filter(|open| !open.has_all_files());
                let open = open.ok_or(DigestFault::Damaged(number))?;
                open.files.push(record.file().map_err(in_line)?);
                Ok(None)
            }
            FrameRecord::Rest(record) => {
                let open = self.open.as_mut().filter(|open| open.has_all_files());
                let open = open.ok_or(DigestFault::Damaged(number))?;
                open.rest = Some(record.rest().map_err(in_line)?);
                Ok(None)
            }
            FrameRecord::OpenRows(record) => {
                let open = self.open.as_mut();
                let open = open.ok_or(DigestFault::Damaged(number))?;
                let rest = open.rest.as_mut().ok_or(DigestFault::Damaged(number))?;
                let added = record.add_to(&mut rest.rows, open.record.files);
                added.map_err(in_line)?;
                Ok(None)
            }
            FrameRecord::Mail(_) if !self.wants_mail => Ok(None),
            FrameRecord::Mail(record) => {
                let open = self.open.as_mut().filter(|open| open.has_all_files());
                let open = open.ok_or(DigestFault::Damaged(number))?;
                open.mail = Some(StreamMail {
                    attempts: Vec::new(),
                    left_out: count(record.left_out).map_err(&in_line)?,
                    left_out_elsewhere: count(record.left_out_elsewhere).map_err(&in_line)?,
                });
                Ok(None)
            }
            FrameRecord::Attempt(record) => {
                let open = self.open.as_mut();
                let open = open.ok_or(DigestFault::Damaged(number))?;
                let attempt = record.attempt(open.record.files).map_err(in_line)?;
                let mail = open.mail.as_mut().ok_or(DigestFault::Damaged(number))?;
                mail.attempts.push(attempt);
                Ok(None)
            }
            FrameRecord::End(record) => Ok(Some(record)),
        }
    }

    fn end_stream(&mut self) -> Result<(), DigestFault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        if !open.has_all_files() {
            return Err(DigestFault::Damaged(open.line));
        }
        let read = open.record.read();
        self.streams.push(StreamDigest {
            stream: open.record.stream(),
            read: read.map_err(DigestFault::in_line(open.line))?,
            files: open.files,
            aggregate: open.loader.finish(),
            rest: open.rest,
            mail: open.mail,
        });
        Ok(())
    }
}

impl OpenStream {
    fn has_all_files(&self) -> bool {
        self.files.len() == self.record.files as usize
    }
}
