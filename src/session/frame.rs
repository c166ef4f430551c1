//! What every session has, whatever was said in it: id, names, times, places, beginning and end.
//!
//! In: rows, one by one. Out: a [`Frame`], and the answer to the question of assembly: does this row
//! begin a new session although its id is in use?
//! Must not look at commands, replies or certificates.

use std::mem::take;
use std::sync::Arc;

use crate::input::place::LinePlace;
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::completeness::Completeness;
use super::key::{SessionId, SessionKey};

/// Reads the rows of one session in order and keeps what matters.
pub trait Digest: Default + Send {
    /// What the digests of one worker share, such as values that many sessions repeat. It must not
    /// change a result.
    type Memory: Default + Send;

    /// Takes the next row.
    fn row(&mut self, row: &Row<'_>, memory: &mut Self::Memory);

    /// Puts the rows that `earlier` has read before all rows read so far. Called only if `earlier` has
    /// seen no connect row, no command and no reply, and if [`Digest::may_be_prepended`] holds for it.
    fn prepend(&mut self, earlier: Self);

    /// Whether [`Digest::prepend`] with these rows gives what reading all rows in order gives. If not,
    /// the rows are read in order.
    fn may_be_prepended(&self) -> bool {
        true
    }

    /// Releases memory that is not in use, because the session may stay open for a long time.
    fn shrink(&mut self) {}

    /// Forgets everything and keeps the memory.
    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Rows that are further apart than this never belong to one session. Exchange drops an idle connection
/// after ten minutes, with common settings after an hour at most, and ids repeat after a restart.
const LONGEST_SILENCE: i64 = 24 * 3_600_000;

/// An attempt to connect that has not failed by then is not in the log.
const LONGEST_ATTEMPT: i64 = 3_600_000;

/// The outline of a session.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The id as logged.
    pub id: SessionId,
    /// The send connector, from the first row that names one.
    pub connector: Arc<str>,
    /// The local endpoint, from the first row that has one; opaque text.
    pub local: String,
    /// The remote endpoint, from the first row that has one; opaque text.
    pub remote: String,
    /// The first row.
    pub first: LinePlace,
    /// The last row.
    pub last: LinePlace,
    /// The earliest known time of its rows.
    pub started: Timestamp,
    /// The latest known time.
    pub ended: Timestamp,
    /// The number of rows.
    pub rows: u64,
    first_row: FirstRow,
    last_time: Timestamp,
    /// Whether a row with a number above 0 has been seen.
    numbered: bool,
    /// Whether everything that a single row can show is known.
    is_outlined: bool,
    seen: RowKinds,
}

/// The kinds of rows that a session has shown, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RowKinds(u8);

impl RowKinds {
    const NOTHING: RowKinds = RowKinds(0);
    /// A row that can only be near the beginning.
    const START: RowKinds = RowKinds(1);
    /// A connect row.
    const CONNECT: RowKinds = RowKinds(2);
    /// A command or a reply.
    const TALK: RowKinds = RowKinds(4);
    /// A disconnect row.
    const END: RowKinds = RowKinds(8);

    /// The kinds by the lower bits of an event. All events differ in these bits.
    const BY_EVENT: [RowKinds; 64] = {
        let mut seen = [RowKinds::NOTHING; 64];
        seen[b'+' as usize % 64] = RowKinds::START.and(RowKinds::CONNECT);
        seen[b'<' as usize % 64] = RowKinds::TALK;
        seen[b'>' as usize % 64] = RowKinds::TALK;
        seen[b'-' as usize % 64] = RowKinds::END;
        seen
    };

    /// What a row with this event shows. It is looked up in a table, because the processor cannot predict
    /// a branch here.
    #[inline(always)]
    fn by(event: u8) -> RowKinds {
        RowKinds::BY_EVENT[usize::from(event) % 64]
    }

    const fn and(self, other: RowKinds) -> RowKinds {
        RowKinds(self.0 | other.0)
    }

    /// Whether any of these kinds has been seen.
    fn has(self, any: RowKinds) -> bool {
        self.0 & any.0 != 0
    }
}

/// What the first row of a session shows. It decides whether the row began a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FirstRow {
    event: u8,
    is_number_zero: bool,
    /// Whether the number is above 0.
    numbered: bool,
    time: Timestamp,
}

impl FirstRow {
    fn of(row: &Row<'_>) -> FirstRow {
        FirstRow {
            event: row.event,
            is_number_zero: row.has_number_zero(),
            numbered: is_numbered(row),
            time: row.time,
        }
    }
}

/// What is kept of a session that a worker has processed.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The session's key.
    pub key: SessionKey,
    first_row: FirstRow,
}

/// How a session that is open before a chunk, and one with the same id that begins in the chunk, go
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// They are two sessions.
    Apart,
    /// They are one session, and what came before changes nothing in how the chunk was read.
    Joined,
    /// They are one session, but what came before may change where it ends.
    Unclear,
}

/// A session and what its rows said.
#[derive(Debug, Clone)]
pub struct Session<D> {
    /// The outline.
    pub frame: Frame,
    /// What was said.
    pub digest: D,
}

impl Frame {
    /// The frame of a session whose first row is `row`. [`Frame::push`] adds the row itself.
    pub fn new(row: &Row<'_>, connector: Arc<str>) -> Frame {
        Frame {
            id: SessionId::of(row.session()),
            connector,
            local: String::new(),
            remote: String::new(),
            first: row.place,
            last: row.place,
            started: Timestamp::UNKNOWN,
            ended: Timestamp::UNKNOWN,
            rows: 0,
            first_row: FirstRow::of(row),
            last_time: Timestamp::UNKNOWN,
            numbered: false,
            is_outlined: false,
            seen: if begins(row) {
                RowKinds::START
            } else {
                RowKinds::NOTHING
            },
        }
    }

    /// Becomes the frame of another session and reuses the memory.
    pub fn renew(&mut self, row: &Row<'_>, connector: Arc<str>) {
        let (mut local, mut remote) = (take(&mut self.local), take(&mut self.remote));
        local.clear();
        remote.clear();
        *self = Frame {
            local,
            remote,
            ..Frame::new(row, connector)
        };
    }

    /// Adds the next row.
    #[inline(always)]
    pub fn push(&mut self, row: &Row<'_>) {
        self.rows += 1;
        self.last = row.place;
        self.seen = self.seen.and(RowKinds::by(row.event));
        self.ended = self.ended.later(row.time);
        self.last_time = row.time.known().unwrap_or(self.last_time);
        if !self.is_outlined {
            self.outline(row);
        }
    }

    /// Takes what only the first rows of a session show.
    #[inline(never)]
    fn outline(&mut self, row: &Row<'_>) {
        if !self.started.is_known() {
            self.started = row.time;
        }
        if !self.numbered {
            self.numbered = is_numbered(row);
        }
        if self.local.is_empty() && !row.local().is_empty() {
            self.local.push_str(&row.local().text());
        }
        if self.remote.is_empty() && !row.remote().is_empty() {
            self.remote.push_str(&row.remote().text());
        }
        let has_ends = !self.local.is_empty() && !self.remote.is_empty();
        self.is_outlined = has_ends && self.started.is_known() && self.numbered;
    }

    /// Whether a row with this frame's id begins another session: a connect row after a connect row or a
    /// dialogue, number 0 after higher numbers, or a day of silence.
    #[inline]
    pub fn is_ended_by(&self, row: &Row<'_>) -> bool {
        self.is_ended(row.event, row.time, || row.has_number_zero())
    }

    /// How this frame and a later one of another chunk go together.
    pub fn border(&self, later: &Frame) -> Border {
        self.border_before(&later.first_row)
    }

    /// The same for a session that a worker has processed.
    pub fn border_to_finished(&self, later: &Finished) -> Border {
        self.border_before(&later.first_row)
    }

    fn border_before(&self, first: &FirstRow) -> Border {
        if self.is_ended(first.event, first.time, || first.is_number_zero) {
            return Border::Apart;
        }
        // The usual session that a border cuts here: the rows before the connection, and then the
        // connect row. Whatever shows later that another session begins, the connect row shows it too.
        let connects = first.event == b'+' && !self.seen.has(RowKinds::CONNECT.and(RowKinds::TALK));
        let numbered = first.numbered || !self.numbered;
        let timed = first.time.is_known() || !self.last_time.is_known();
        if connects && numbered && timed {
            Border::Joined
        } else {
            Border::Unclear
        }
    }

    /// Whether the first row has number 0. A connect row with a higher number may have earlier rows in
    /// the chunk before.
    pub fn begins_with_number_zero(&self) -> bool {
        self.first_row.is_number_zero
    }

    /// What is kept of the session after a worker has processed it.
    pub fn finished(&self) -> Finished {
        Finished {
            key: self.id.key().clone(),
            first_row: self.first_row,
        }
    }

    #[inline(always)]
    fn is_ended(&self, event: u8, time: Timestamp, is_number_zero: impl Fn() -> bool) -> bool {
        match event {
            b'+' if self.seen.has(RowKinds::CONNECT.and(RowKinds::TALK)) => return true,
            b'*' if self.numbered && is_number_zero() => return true,
            _ => {}
        }
        // The short test is right unless a time is unknown.
        let silence = time.millis().wrapping_sub(self.last_time.millis());
        silence.unsigned_abs() > LONGEST_SILENCE as u64
            && time
                .since(self.last_time)
                .is_some_and(|silence| silence.abs() > LONGEST_SILENCE)
    }

    /// Puts an earlier frame of the same session before this one.
    pub fn prepend(&mut self, earlier: Frame) {
        let later = std::mem::replace(self, earlier);
        self.rows += later.rows;
        self.last = later.last;
        self.started = if self.started.is_known() {
            self.started
        } else {
            later.started
        };
        self.ended = self.ended.later(later.ended);
        self.last_time = if later.last_time.is_known() {
            later.last_time
        } else {
            self.last_time
        };
        self.numbered |= later.numbered;
        if self.local.is_empty() {
            self.local = later.local;
        }
        if self.remote.is_empty() {
            self.remote = later.remote;
        }
        self.seen = self.seen.and(later.seen);
    }

    /// Whether the disconnect row has been seen.
    pub fn has_end(&self) -> bool {
        self.seen.has(RowKinds::END)
    }

    /// Whether the beginning is in the input but no connection was made. Such a session has no end.
    pub fn never_connected(&self) -> bool {
        self.seen.has(RowKinds::START) && !self.seen.has(RowKinds::CONNECT.and(RowKinds::TALK))
    }

    /// How long a session has been silent: those with the smallest value, the longest.
    pub(super) fn silent_since(&self) -> (Timestamp, LinePlace) {
        (self.last_time, self.first)
    }

    /// Whether no row is expected any more of a session without an end, now that other sessions have
    /// come to this time: an attempt to connect takes minutes, and a silent session is dropped within a
    /// day.
    pub(super) fn is_over_by(&self, now: Timestamp) -> bool {
        let longest = if self.never_connected() {
            LONGEST_ATTEMPT
        } else {
            LONGEST_SILENCE
        };
        now.since(self.last_time)
            .is_some_and(|silence| silence > longest)
    }

    /// How much of the session is in the input.
    pub fn completeness(&self) -> Completeness {
        match (self.seen.has(RowKinds::START), self.seen.has(RowKinds::END)) {
            (true, true) => Completeness::Whole,
            (false, true) => Completeness::NoStart,
            (true, false) => Completeness::NoEnd,
            (false, false) => Completeness::Fragment,
        }
    }
}

/// Whether the row has a number above 0.
fn is_numbered(row: &Row<'_>) -> bool {
    row.sequence().is_some_and(|number| number > 0)
}

/// Whether a row can only be near the beginning of a session: the connect row, or the information row
/// with number 0 that Exchange 2013 and later write before it.
pub fn begins(row: &Row<'_>) -> bool {
    row.event == b'+' || (row.event == b'*' && row.has_number_zero())
}
