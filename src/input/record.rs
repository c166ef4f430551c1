//! One row of a log: nine columns that borrow from the line.
//!
//! In: a line, and where its columns end. Out: each column, when it is asked for.
//! Must not find the columns, and must not know what events or data mean.

use std::ops::Range;

use super::field::Field;
use super::place::LinePlace;
use super::timestamp::Timestamp;

/// Where the connector starts in Exchange's own layout: after the time and its comma.
pub(super) const CONNECTOR: usize = 25;

/// How long a session id is. One of this length is taken as it is, because the fast path looks no closer.
pub(super) const SESSION_LENGTH: usize = 16;

/// One row of a log. A column is cut out when it is asked for, because most rows need only a few.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// `date-time`; unknown if it could not be read.
    pub time: Timestamp,
    /// `event`: `+`, `-`, `>`, `<` or `*`; 0 if the column holds something else.
    pub event: u8,
    /// The whole line, kept for evidence.
    pub line: &'a [u8],
    /// Where the line stands.
    pub place: LinePlace,
    /// Where connector, session, sequence, local, remote, event and data end in Exchange's own layout.
    pub(super) ends: [u16; 7],
    /// Where connector, session, sequence, local, remote, data and context start and end in any other layout.
    pub(super) other: Option<Box<[Range<u32>; 7]>>,
}

impl<'a> Row<'a> {
    /// `connector-id`: the name of the send connector.
    pub fn connector(&self) -> Field<'a> {
        Field::new(match &self.other {
            None => self.slice(CONNECTOR as u16, self.ends[0]),
            Some(columns) => self.column(&columns[0]),
        })
    }

    /// `session-id`, never empty.
    #[inline(always)]
    pub fn session(&self) -> &'a [u8] {
        match &self.other {
            None => self.slice(self.ends[0] + 1, self.ends[1]),
            Some(columns) => self.column(&columns[1]),
        }
    }

    /// `sequence-number`, if it is a number.
    pub fn sequence(&self) -> Option<u32> {
        match &self.other {
            None => digits(self.slice(self.ends[1] + 1, self.ends[2])),
            Some(columns) => digits(&Field::new(self.column(&columns[2])).bytes()),
        }
    }

    /// Whether the sequence number is 0.
    #[inline(always)]
    pub fn has_number_zero(&self) -> bool {
        // The first digit is enough for most numbers.
        let first = self.line.get(usize::from(self.ends[1]) + 1);
        let may_be = self.other.is_some() || first == Some(&b'0');
        may_be && self.sequence() == Some(0)
    }

    /// `local-endpoint`.
    pub fn local(&self) -> Field<'a> {
        Field::new(match &self.other {
            None => self.slice(self.ends[2] + 1, self.ends[3]),
            Some(columns) => self.column(&columns[3]),
        })
    }

    /// `remote-endpoint`.
    pub fn remote(&self) -> Field<'a> {
        Field::new(match &self.other {
            None => self.slice(self.ends[3] + 1, self.ends[4]),
            Some(columns) => self.column(&columns[4]),
        })
    }

    /// `data`.
    #[inline(always)]
    pub fn data(&self) -> Field<'a> {
        Field::new(match &self.other {
            None => self.slice(self.ends[5] + 1, self.ends[6]),
            Some(columns) => self.column(&columns[5]),
        })
    }

    /// `context`.
    #[inline(always)]
    pub fn context(&self) -> Field<'a> {
        Field::new(match &self.other {
            None => {
                let start = usize::from(self.ends[6]) + 1;
                self.line.get(start..).unwrap_or_default()
            }
            Some(columns) => self.column(&columns[6]),
        })
    }

    fn column(&self, range: &Range<u32>) -> &'a [u8] {
        let range = range.start as usize..range.end as usize;
        self.line.get(range).unwrap_or_default()
    }

    #[inline(always)]
    fn slice(&self, from: u16, until: u16) -> &'a [u8] {
        let range = usize::from(from)..usize::from(until);
        self.line.get(range).unwrap_or_default()
    }
}

#[inline(always)]
pub(super) fn known_event(event: u8) -> u8 {
    if matches!(event, b'+' | b'-' | b'<' | b'>' | b'*') {
        event
    } else {
        0
    }
}

#[inline]
fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0u32, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u32::from(digit))
    })
}
