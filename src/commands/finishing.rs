//! What a digest shows of a stream if its log ended there: with the sessions that were open, and with the line
//! that may not have been written to its end.
//!
//! In: a [`StreamDigest`]. Out: a [`Finished`], as reading the log gives it.
//! Must not count what the digest has counted.

use super::chosen::{count, keep};
use super::limits::Limits;
use crate::aggregate::{Aggregate, StreamAggregate};
use crate::digest_file::{HeldAttempt, StreamDigest, StreamMail};
use crate::input::header::Layout;
use crate::input::lines::{LineReader, Summary};
use crate::input::record::Row;
use crate::mail::attempt::MailDigest;
use crate::session::Session;
use crate::session::open_rows::Resumed;
use crate::session::stream_read::StreamRead;

/// What is known of a stream whose log has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) read: StreamRead,
    pub(crate) aggregate: StreamAggregate,
    /// Attempts to send messages behind those of the digest.
    pub(crate) mail: StreamMail,
}

impl Finished {
    /// Ends the stream.
    pub(crate) fn of(one: &StreamDigest, limits: &Limits) -> Finished {
        let mut read = one.read.clone();
        let Some(rest) = &one.rest else {
            return Finished {
                read,
                aggregate: one.aggregate.clone(),
                mail: StreamMail::default(),
            };
        };
        let (mut more, mut mail) = (Aggregate::default(), StreamMail::default());
        let mut take = |session: Session<MailDigest>| {
            count(limits, 0, &session, &mut more);
            keep(limits, 0, &session, &mut mail);
        };
        let mut resumed = Resumed::default();
        resumed.rows(&rest.rows, &mut take);
        let tail = tail(one, &mut |row| resumed.row(row, &mut take));
        resumed.finish(&mut take);
        if let Some(tail) = tail {
            read.reopen_file();
            read.add_tail(&tail, rest.tail.len() as u64);
        }
        Finished {
            read,
            aggregate: one.aggregate.with(more),
            mail,
        }
    }

    /// All attempts to send messages of the stream, if the digest holds them.
    pub(crate) fn attempts<'a>(
        &'a self,
        one: &'a StreamDigest,
    ) -> impl Iterator<Item = &'a HeldAttempt> {
        let mail = one.mail.iter();
        mail.flat_map(|mail| mail.attempts.iter().chain(&self.mail.attempts))
    }
}

/// The stream if its log ended there: everything is counted, and it cannot go on.
pub(super) fn finished(one: StreamDigest, limits: &Limits) -> StreamDigest {
    let Finished {
        read,
        aggregate,
        mail: more,
    } = Finished::of(&one, limits);
    let mut files = one.files;
    let has_tail = one.rest.is_some_and(|rest| !rest.tail.is_empty());
    if let Some(last) = files.last_mut().filter(|_| has_tail) {
        last.lines += 1;
    }
    StreamDigest {
        stream: one.stream,
        files,
        read,
        aggregate,
        rest: None,
        mail: one.mail.map(|mail| mail.and(more)),
    }
}

/// What the tail of a stream holds.
pub(super) fn tail_of(one: &StreamDigest) -> Option<Summary> {
    tail(one, &mut |_| ())
}

/// Reads the tail, which is one line behind all of the last file. `visit` gets its row.
fn tail(one: &StreamDigest, visit: &mut dyn FnMut(&Row<'_>)) -> Option<Summary> {
    let rest = one.rest.as_ref().filter(|rest| !rest.tail.is_empty())?;
    let lines = one.files.last().map_or(0, |file| file.lines);
    let file = u32::try_from(one.files.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let mut reader = LineReader::from_line(file, lines, rest.layout);
    let mut rows = |rows: &[Row<'_>], _: &Layout| rows.iter().for_each(&mut *visit);
    reader.read(&rest.tail, &mut rows);
    let mut summary = reader.finish();
    summary.counts.lines -= lines;
    Some(summary)
}
