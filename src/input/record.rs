//! One row of a log: nine columns that borrow from the line.
//!
//! In: a line without its line end, and the [`Layout`]. Out: a [`Row`] or why there is none.
//! Must not know what events or data mean. Invariant: the columns are those the `csv` crate finds
//! in the same line; the short way for Exchange's own layout and the general way agree.

use std::borrow::Cow;

use super::columns::{Fields, quoted_len};
use super::field::Field;
use super::header::Layout;
use super::place::Place;
use super::structure::{Line, Marks};
use super::timestamp::{DayCache, Timestamp};

/// One row of a log. Its columns are cut out when they are asked for: of most rows, few are.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// `date-time`; unknown where it could not be read.
    pub time: Timestamp,
    /// `event`: `+`, `-`, `>`, `<` or `*`; 0 where the column holds something else.
    pub event: u8,
    /// The whole line, for evidence.
    pub line: &'a [u8],
    /// Where the line stands.
    pub place: Place,
    columns: Columns,
}

/// The columns beside time and event.
#[derive(Debug, Clone)]
enum Columns {
    /// Exchange's own layout: where connector, session, sequence, local, remote, event and data end.
    Usual([u16; 7]),
    /// Where connector, session, sequence, local, remote, data and context start and end.
    Other([(u16, u16); 7]),
    /// The same of a line longer than any row should be.
    Far(Box<[(u32, u32); 7]>),
}

impl<'a> Row<'a> {
    /// `connector-id`: the name of the send connector.
    pub fn connector(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(CONNECTOR as u16, ends[0]),
            other => self.column(other, 0),
        })
    }

    /// `session-id`, never empty.
    #[inline(always)]
    pub fn session(&self) -> &'a [u8] {
        match &self.columns {
            Columns::Usual(ends) => self.slice(ends[0] + 1, ends[1]),
            other => self.column(other, 1),
        }
    }

    /// `sequence-number`, where it is a number.
    pub fn sequence(&self) -> Option<u32> {
        match &self.columns {
            Columns::Usual(ends) => digits(self.slice(ends[1] + 1, ends[2])),
            other => digits(&Field::new(self.column(other, 2)).bytes()),
        }
    }

    /// `local-endpoint`.
    pub fn local(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[2] + 1, ends[3]),
            other => self.column(other, 3),
        })
    }

    /// `remote-endpoint`.
    pub fn remote(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[3] + 1, ends[4]),
            other => self.column(other, 4),
        })
    }

    /// `data`.
    #[inline(always)]
    pub fn data(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[5] + 1, ends[6]),
            other => self.column(other, 5),
        })
    }

    /// `context`.
    #[inline(always)]
    pub fn context(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.line.get(ends[6] as usize + 1..).unwrap_or_default(),
            other => self.column(other, 6),
        })
    }

    fn column(&self, columns: &Columns, number: usize) -> &'a [u8] {
        let (from, until) = match columns {
            Columns::Usual(_) => return b"",
            Columns::Other(columns) => {
                let (from, until) = columns[number];
                (from.into(), until.into())
            }
            Columns::Far(columns) => columns[number],
        };
        let range = from as usize..until as usize;
        self.line.get(range).unwrap_or_default()
    }

    #[inline(always)]
    fn slice(&self, from: u16, until: u16) -> &'a [u8] {
        let range = usize::from(from)..usize::from(until);
        self.line.get(range).unwrap_or_default()
    }
}

/// Where the connector starts in Exchange's own layout: behind the time and its comma.
const CONNECTOR: usize = 25;

/// The longest line whose places have sixteen bits.
const LONGEST: usize = u16::MAX as usize;

/// What was odd about a row that could be read, or why it could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// A quoted column does not end on its line.
    pub unterminated_quote: bool,
    /// The row has more columns than the layout.
    pub extra_columns: bool,
}

/// Reads one line as a row, whatever its form; `marks` is room to work in. `None` where it has too
/// few columns or no session id.
pub fn parse<'a>(
    line: &'a [u8],
    place: Place,
    layout: &Layout,
    marks: &mut Marks,
    days: &mut DayCache,
    odd: &mut Oddities,
) -> Option<Row<'a>> {
    if layout.is_default() {
        let mut row = None;
        marks.each_line(line, |found| {
            row = with_default(found, place, days).filter(|row| row.line.len() == line.len());
        });
        if row.is_some() {
            return row;
        }
    }
    parse_general(line, place, layout, days, odd)
}

/// The short way for Exchange's own layout, by the places of the commas. Gives up (`None`) on anything unusual, which then takes the general way.
#[inline(always)]
pub fn with_default<'a>(line: &Line<'a, '_>, place: Place, days: &mut DayCache) -> Option<Row<'a>> {
    let bytes = line.bytes();
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    // More than one carriage return is trimmed the general way.
    if bytes.last() == Some(&b'\r') {
        return None;
    }
    let is = |place: usize, byte: u8| bytes.get(place) == Some(&byte);
    let time = days.parse_exact(bytes.first_chunk()?)?;
    let names = line.commas_from(CONNECTOR);
    let behind = names & names.wrapping_sub(1);
    let (connector, session) = if is(CONNECTOR, b'"') || behind == 0 {
        ends_of_names(line, bytes)?
    } else {
        let end = |commas: u64| CONNECTOR + commas.trailing_zeros() as usize;
        (end(names), end(behind))
    };
    let [sequence, local, remote, event] =
        ends_behind_session(line.commas_from(session + 1), session + 1)
            .or_else(|| far_ends(bytes, session + 1))?;
    let quoted = |end: usize| is(end + 1, b'"');
    if !is(CONNECTOR - 1, b',')
        || !is(connector, b',')
        || session == connector + 1
        || event != remote + 2
        || quoted(connector)
        || quoted(session)
        || quoted(sequence)
        || quoted(local)
        || quoted(remote)
        || bytes.len() > LONGEST
    {
        return None;
    }
    let data = end_of_data(line, bytes, event + 1)?;
    Some(Row {
        time,
        event: known_event(*bytes.get(remote + 1)?),
        line: bytes,
        place,
        columns: Columns::Usual(
            [connector, session, sequence, local, remote, event, data].map(|end| end as u16),
        ),
    })
}

/// Where connector and session end, where the connector is quoted or long.
#[inline(never)]
fn ends_of_names(line: &Line<'_, '_>, bytes: &[u8]) -> Option<(usize, usize)> {
    let connector = if bytes.get(CONNECTOR) == Some(&b'"') {
        CONNECTOR + quoted_len(bytes.get(CONNECTOR..)?)?
    } else {
        line.next_commas(CONNECTOR)[0]
    };
    let [session, _] = line.next_commas(connector + 1);
    (session < bytes.len()).then_some((connector, session))
}

/// Where sequence, local, remote and event end, by the commas behind the session, which begin at
/// `start`; `None` where they are too far away to be seen at once.
#[inline(always)]
fn ends_behind_session(commas: u64, start: usize) -> Option<[usize; 4]> {
    let mut rest = commas;
    let ends = [(); 4].map(|()| {
        let end = start + rest.trailing_zeros() as usize;
        // A word that has run out of commas stays empty.
        let last = rest;
        rest &= rest.wrapping_sub(1);
        (end, last)
    });
    (ends[3].1 != 0).then(|| ends.map(|(end, _)| end))
}

/// The same for long endpoints, as IPv6 has them.
#[cold]
fn far_ends(bytes: &[u8], start: usize) -> Option<[usize; 4]> {
    let mut commas = memchr::memchr_iter(b',', bytes.get(start..)?).map(|found| start + found);
    Some([
        commas.next()?,
        commas.next()?,
        commas.next()?,
        commas.next()?,
    ])
}

/// Where the data end that begin at `data`, if the rest of the line is the data and the context.
#[inline(always)]
fn end_of_data(line: &Line<'_, '_>, bytes: &[u8], data: usize) -> Option<usize> {
    let [end, next] = line.next_commas(data);
    // An empty context is followed by commas of later lines at most: no need to tell it apart.
    let is_plain = bytes.get(data)? != &b'"' && bytes.get(end + 1) != Some(&b'"');
    if is_plain && end < bytes.len() && next >= bytes.len() {
        Some(end)
    } else {
        end_of_quoted_data(line, bytes, data)
    }
}

/// The same where data or context are quoted.
#[inline(never)]
fn end_of_quoted_data(line: &Line<'_, '_>, bytes: &[u8], data: usize) -> Option<usize> {
    let end = if bytes.get(data)? == &b'"' {
        data + quoted_len(&bytes[data..])?
    } else {
        line.next_commas(data)[0]
    };
    if bytes.get(end)? != &b',' {
        return None;
    }
    let is_whole = match bytes.get(end + 1) {
        Some(b'"') => quoted_len(&bytes[end + 1..]) == Some(bytes.len() - end - 1),
        _ => line.next_commas(end + 1)[0] >= bytes.len(),
    };
    is_whole.then_some(end)
}

/// A line without its carriage return.
#[inline(always)]
pub fn trim_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let [before @ .., b'\r'] = line {
        line = before;
    }
    line
}

/// The general way: any layout, any quoting.
fn parse_general<'a>(
    line: &'a [u8],
    place: Place,
    layout: &Layout,
    days: &mut DayCache,
    odd: &mut Oddities,
) -> Option<Row<'a>> {
    let mut fields = Fields::new(line);
    let mut columns: [&[u8]; 9] = [b""; 9];
    let mut count = 0;
    for field in &mut fields {
        for (index, column) in columns.iter_mut().enumerate() {
            if layout.place(index) == Some(count) {
                *column = field;
            }
        }
        count += 1;
    }
    odd.unterminated_quote = fields.unterminated;
    odd.extra_columns = count > layout.columns();
    // A file saved again by another tool may quote every column.
    let session = match Field::new(columns[2]).bytes() {
        Cow::Borrowed(session) => session,
        Cow::Owned(_) => columns[2],
    };
    if count < layout.columns() || session.is_empty() {
        return None;
    }
    let time = Field::new(columns[0]).bytes();
    let event = Field::new(columns[6]).bytes();
    let [_, connector, _, sequence, local, remote, _, data, context] = columns;
    let columns = [connector, session, sequence, local, remote, data, context];
    Some(Row {
        time: days.parse(&time).unwrap_or(Timestamp::UNKNOWN),
        event: if event.len() == 1 {
            known_event(event[0])
        } else {
            0
        },
        line,
        place,
        columns: Columns::of(line, columns.map(|column| range_in(line, column))),
    })
}

impl Columns {
    fn of(line: &[u8], columns: [(u32, u32); 7]) -> Columns {
        if line.len() > LONGEST {
            return Columns::Far(Box::new(columns));
        }
        Columns::Other(columns.map(|(from, until)| (from as u16, until as u16)))
    }
}

/// Where a part of the line starts and ends; an absent column is no part of it, and empty.
fn range_in(line: &[u8], part: &[u8]) -> (u32, u32) {
    if part.is_empty() {
        return (0, 0);
    }
    let start = part.as_ptr().addr() - line.as_ptr().addr();
    (start as u32, (start + part.len()) as u32)
}

fn known_event(event: u8) -> u8 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACE: Place = Place { chunk: 0, line: 0 };

    fn read(line: &str) -> Option<Row<'_>> {
        let mut odd = Oddities::default();
        parse(
            line.as_bytes(),
            PLACE,
            &Layout::default(),
            &mut Marks::default(),
            &mut DayCache::default(),
            &mut odd,
        )
    }

    #[test]
    fn a_routine_row() {
        let row = read("2026-11-03T02:14:09.120Z,Outbound,08DE1A2B3C4D5E6F,12,10.0.0.6:20613,192.0.2.1:25,>,RCPT TO:<a@example.org>,").expect("row");
        assert_eq!(
            row.time.rfc3339().as_deref(),
            Some("2026-11-03T02:14:09.120Z")
        );
        assert_eq!(row.connector().text(), "Outbound");
        assert_eq!(row.session(), b"08DE1A2B3C4D5E6F");
        assert_eq!(row.sequence(), Some(12));
        assert_eq!(row.event, b'>');
        assert_eq!(row.data().text(), "RCPT TO:<a@example.org>");
        assert!(row.context().is_empty());
    }

    #[test]
    fn quotes_commas_and_the_leading_space_survive() {
        let row = read(r#"2026-11-03T02:14:09.120Z,"To, cloud",08DE1A2B3C4D5E6F,3,,,*," CN=a, O=""thawte, Inc.""","Sending, certificate""#).expect("row");
        assert_eq!(row.connector().text(), "To, cloud");
        assert_eq!(row.data().text(), r#" CN=a, O="thawte, Inc.""#);
        assert_eq!(row.context().text(), "Sending, certificate");
    }

    #[test]
    fn too_few_columns_or_no_session_is_no_row() {
        assert!(read("2026-11-03T02:14:09.120Z,Outbound,08DE1A2B3C4D5E6F,12,a,b,>,RCPT").is_none());
        assert!(read("2026-11-03T02:14:09.120Z,Outbound,,12,a,b,>,RCPT,").is_none());
        assert!(read("").is_none());
    }

    #[test]
    fn an_unterminated_quote_ends_with_its_line() {
        let mut odd = Oddities::default();
        let line = b"2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,*,d,\"open, end";
        let row = parse(
            line,
            PLACE,
            &Layout::default(),
            &mut Marks::default(),
            &mut DayCache::default(),
            &mut odd,
        )
        .expect("row");
        assert!(odd.unterminated_quote);
        assert_eq!(row.context().text(), "open, end");
    }

    #[test]
    fn other_layouts_and_unreadable_times_are_read() {
        let layout = Layout::from_fields("session-id,event,data,context,connector-id,date-time")
            .expect("layout");
        let mut odd = Oddities::default();
        let row = parse(
            b"AB,<,250 ok,,Out,yesterday",
            PLACE,
            &layout,
            &mut Marks::default(),
            &mut DayCache::default(),
            &mut odd,
        )
        .expect("row");
        assert_eq!(row.session(), b"AB");
        assert_eq!(row.event, b'<');
        assert_eq!(row.connector().text(), "Out");
        assert!(!row.time.is_known());
    }

    #[test]
    fn rows_are_small_and_long_lines_keep_their_columns() {
        // Those of a window stay in the processor's cache, beside its bytes.
        assert!(size_of::<Row<'_>>() <= 72);
        let long = "x".repeat(70_000);
        let line = format!("2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,<,{long},{long}y");
        let row = read(&line).expect("row");
        assert_eq!(row.session(), b"08DE1A2B3C4D5E6F");
        assert_eq!(row.data().text(), long.as_str());
        assert_eq!(row.context().text(), format!("{long}y"));
    }

    #[test]
    fn surplus_columns_are_noted() {
        let mut odd = Oddities::default();
        let line = b"2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,*,d,c,more";
        let row = parse(
            line,
            PLACE,
            &Layout::default(),
            &mut Marks::default(),
            &mut DayCache::default(),
            &mut odd,
        )
        .expect("row");
        assert!(odd.extra_columns);
        assert_eq!(row.context().text(), "c");
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_general_way(
            columns in proptest::collection::vec("[ -~]{0,8}", 5),
            data in "[ -~]{0,16}", context in "[ -~]{0,8}", raw in any::<bool>()
        ) {
            let time = "2026-11-03T02:14:09.120Z";
            let mut all: Vec<&str> = vec![time];
            all.extend(columns.iter().map(String::as_str));
            all.extend(["<", &data, &context]);
            let line = if raw { all.join(",").into_bytes() } else {
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(&all).expect("write");
                writer.into_inner().expect("bytes")
            };
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let mut short = None;
            Marks::default().each_line(line, |found| {
                short = with_default(found, PLACE, &mut DayCache::default());
            });
            if let Some(short) = short {
                let mut odd = Oddities::default();
                let long = parse_general(line, PLACE, &Layout::default(), &mut DayCache::default(), &mut odd).expect("general");
                prop_assert_eq!((short.time, short.event, short.line), (long.time, long.event, long.line));
                    prop_assert_eq!((short.connector(), short.session()), (long.connector(), long.session()));
                    prop_assert_eq!((short.sequence(), short.local()), (long.sequence(), long.local()));
                    prop_assert_eq!((short.remote(), short.data()), (long.remote(), long.data()));
                    prop_assert_eq!(short.context(), long.context());
                prop_assert_eq!(odd, Oddities::default());
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut odd = Oddities::default();
            if let Some(row) = parse(&line, PLACE, &Layout::default(), &mut Marks::default(), &mut DayCache::default(), &mut odd) {
                let _ = (row.data().text(), row.context().text(), row.connector().text());
            }
        }
    }
}
