//! Writes a digest.
//!
//! In: what was read of each stream, in the order of names. Out: the bytes of the file.
//! Must not hold more than one line.

use std::io::{self, Write};

use serde::Serialize;
use sha1::{Digest as _, Sha1};
use zstd::stream::write::Encoder;

use super::attempt::AttemptRecord;
use super::file_record::FileRecord;
use super::record::{EndRecord, FrameRecord, HeaderRecord, MailRecord, StreamRecord};
use super::rest_record::{OpenRowsRecord, RestRecord};
use super::stream::{ChosenLimits, StreamDigest, StreamMail};

/// Level 9 takes five times as long and saves a fifth, and level 15 saves hardly more.
const LEVEL: i32 = 3;

/// Writes the lines of a digest.
pub struct DigestWriter<W: Write> {
    out: Encoder<'static, W>,
    hash: Sha1,
    lines: u64,
}

impl<W: Write> DigestWriter<W> {
    /// Begins a digest of so many streams.
    ///
    /// # Errors
    /// The error of the destination.
    pub fn new(out: W, limits: &ChosenLimits, streams: usize) -> io::Result<DigestWriter<W>> {
        let mut out = Encoder::new(out, LEVEL)?;
        out.include_checksum(true)?;
        let mut writer = DigestWriter {
            out,
            hash: Sha1::new(),
            lines: 0,
        };
        let header = HeaderRecord::of(limits, streams);
        writer.line(&FrameRecord::Digest(header))?;
        Ok(writer)
    }

    /// Writes the next stream.
    ///
    /// # Errors
    /// The error of the destination.
    pub fn stream(&mut self, one: &StreamDigest) -> io::Result<()> {
        let StreamDigest {
            stream,
            files,
            read,
            aggregate,
            rest,
            mail,
        } = one;
        let record = StreamRecord::of(stream, files.len(), read);
        self.line(&FrameRecord::Stream(record))?;
        for file in files {
            self.line(&FrameRecord::File(FileRecord::of(file)))?;
        }
        aggregate.each_record(&mut |record| self.line(record))?;
        if let Some(rest) = rest {
            self.line(&FrameRecord::Rest(RestRecord::of(rest)))?;
            for rows in OpenRowsRecord::of(&rest.rows) {
                self.line(&FrameRecord::OpenRows(rows))?;
            }
        }
        let Some(mail) = mail else {
            return Ok(());
        };
        let StreamMail {
            attempts,
            left_out,
            left_out_elsewhere,
        } = mail;
        self.line(&FrameRecord::Mail(MailRecord {
            left_out: *left_out,
            left_out_elsewhere: *left_out_elsewhere,
        }))?;
        for attempt in attempts {
            self.line(&FrameRecord::Attempt(AttemptRecord::of(attempt)))?;
        }
        Ok(())
    }

    /// Ends the digest.
    ///
    /// # Errors
    /// The error of the destination.
    pub fn finish(mut self) -> io::Result<W> {
        let end = EndRecord {
            lines: self.lines,
            sha1: hex(&self.hash.clone().finalize()),
        };
        self.line(&FrameRecord::End(end))?;
        self.out.finish()
    }

    fn line(&mut self, record: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.lines += 1;
        self.out.write_all(&line)
    }
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
