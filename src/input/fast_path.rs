//! The fast path for rows in Exchange's own layout: it cuts columns by the places of the commas.
//!
//! In: the lines of a block with their commas outside quotes. Out: a [`Row`] for each line that looks
//! like one, up to the first line that the general way must read.
//! Must not say why a line is no row. Invariant: the columns are those that the general way finds.

use super::line_index::{Block, Line};
use super::place::LinePlace;
use super::record::{CONNECTOR, Row, SESSION_LENGTH, known_event};
use super::timestamp::DayCache;

/// The lines of a block that are to be read.
#[derive(Debug, Clone, Copy)]
pub struct LineRange {
    /// The number of the first line in its block.
    pub first: usize,
    /// How many lines to read at most.
    pub most: usize,
    /// The place of the first line.
    pub place: LinePlace,
}

/// Reads rows up to the first line that the general way must read, and adds them to `found`.
pub fn rows<'a>(
    block: &Block<'a, '_>,
    range: LineRange,
    days: &mut DayCache,
    found: &mut Vec<Row<'a>>,
) {
    let mut place = range.place;
    for line in block.lines(range.first).take(range.most) {
        let Some(row) = row(&line, place, days) else {
            return;
        };
        found.push(row);
        place.line = place.line.saturating_add(1);
    }
}

/// The commas of a row in Exchange's own layout.
const COMMAS: u32 = 8;

/// Reads a line by the places of its commas outside quotes. Returns `None` for anything unusual, which
/// the general way then reads.
#[inline(always)]
pub fn row<'a>(line: &Line<'a, '_>, place: LinePlace, days: &mut DayCache) -> Option<Row<'a>> {
    let bytes = line.bytes();
    let returns = usize::from(bytes.last() == Some(&b'\r'));
    let bytes = &bytes[..bytes.len() - returns];
    let is = |place: usize, byte: u8| bytes.get(place) == Some(&byte);
    let time = days.parse_exact(bytes.first_chunk()?)?;
    let [connector, session] = ends_of_names(line);
    let [sequence, local, remote, event] = ends_behind_session(line, session + 1);
    let kind = bytes.get(remote + 1).map_or(0, |byte| known_event(*byte));
    // A line with eight commas has them where this function looks for them. The general way trims more
    // than one carriage return.
    if line.commas() != COMMAS
        || bytes.last() == Some(&b'\r')
        || !is(CONNECTOR - 1, b',')
        || session != connector + 1 + SESSION_LENGTH
        || is(connector + 1, b'"')
        || is(session + 1, b'"')
        || event != remote + 2
        || kind == 0
    {
        return None;
    }
    let data = line.only_comma_from(event + 1);
    Some(Row {
        time,
        event: kind,
        line: bytes,
        place,
        ends: [connector, session, sequence, local, remote, event, data].map(|end| end as u16),
        other: None,
    })
}

/// Where connector and session end.
#[inline(always)]
fn ends_of_names(line: &Line<'_, '_>) -> [usize; 2] {
    let first = line.commas_from(CONNECTOR);
    let second = first & first.wrapping_sub(1);
    if second == 0 {
        return far_ends(*line, CONNECTOR);
    }
    [first, second].map(|commas| CONNECTOR + commas.trailing_zeros() as usize)
}

/// Where sequence, local, remote and event end, which begin at `start`.
#[inline(always)]
fn ends_behind_session(line: &Line<'_, '_>, start: usize) -> [usize; 4] {
    let mut rest = line.commas_from(start);
    let mut last = rest;
    let ends = [(); 4].map(|()| {
        last = rest;
        rest &= rest.wrapping_sub(1);
        start + last.trailing_zeros() as usize
    });
    // A word that has run out of commas stays empty.
    if last == 0 {
        return far_ends(*line, start);
    }
    ends
}

/// Where columns end that are too long to be seen at once, as IPv6 addresses make them.
#[cold]
fn far_ends<const N: usize>(line: Line<'_, '_>, start: usize) -> [usize; N] {
    let mut start = start;
    [(); N].map(|()| {
        let end = line.next_comma(start);
        start = end + 1;
        end
    })
}

#[cfg(test)]
mod tests {
    use super::super::line_index::LineIndex;
    use super::*;

    fn is_usual(line: &str) -> bool {
        let mut found = None;
        let place = LinePlace { chunk: 0, line: 0 };
        LineIndex::default().each_line(line.as_bytes(), |line| {
            found = Some(row(line, place, &mut DayCache::default()).is_some());
        });
        found.expect("a line")
    }

    const START: &str = "2026-11-03T02:14:09.120Z";

    #[test]
    fn what_exchange_writes_goes_the_short_way() {
        let long = "x".repeat(300);
        for rest in [
            "Outbound,08DE1A2B3C4D5E6F,12,10.0.0.6:20613,192.0.2.1:25,>,RCPT TO:<a@example.org>,",
            "\"To, cloud\",08DE1A2B3C4D5E6F,3,,,*,,attempting to connect\r",
            "C,08DE1A2B3C4D5E6F,1,a,b,<,\"250 2.6.0 <a> [InternalId=1, Hostname=b]\",",
            "C,08DE1A2B3C4D5E6F,1,a,b,*,\"CN=a, O=\"\"thawte, Inc.\"\"\",\"Sending, certificate\"",
            &format!("{long},08DE1A2B3C4D5E6F,1,[2001:db8::1]:1,{long},<,{long},{long}"),
        ] {
            assert!(is_usual(&format!("{START},{rest}")), "{rest}");
        }
    }

    #[test]
    fn what_needs_care_does_not() {
        for rest in [
            "C,08DE1A2B3C4D5E6F,1,a,b,<,d",
            "C,08DE1A2B3C4D5E6F,1,a,b,<,d,c,more",
            "C,,1,a,b,<,d,",
            "C,8.99E+15,1,a,b,<,d,",
            "C,\"08DE1A2B3C4D5E6F\",1,a,b,<,d,",
            "C,08DE1A2B3C4D5E6F,1,a,b,<<,d,",
            "C,08DE1A2B3C4D5E6F,1,a,b,?,d,",
            "C,08DE1A2B3C4D5E6F,1,a,b,<,d,\"open",
            "C,08DE1A2B3C4D5E6F,1,a,b,<,d\"e,f\",",
            "C,08DE1A2B3C4D5E6F,1,a,b,<,d,c\r\r",
        ] {
            assert!(!is_usual(&format!("{START},{rest}")), "{rest}");
        }
        assert!(!is_usual("yesterday,C,08DE1A2B3C4D5E6F,1,a,b,<,d,"));
        assert!(!is_usual("\n"));
    }
}
