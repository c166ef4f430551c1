//! One row of a log: nine columns that borrow from the line.
//!
//! In: a line without its line end, and the [`Layout`]. Out: a [`Row`] or why there is none.
//! Must not know what events or data mean. Invariant: the columns are those the `csv` crate finds
//! in the same line; the short way for Exchange's own layout and the general way agree.

use std::borrow::Cow;

use memchr::memchr;

use super::field::Field;
use super::header::Layout;
use super::place::Place;
use super::structure::{Line, Marks};
use super::timestamp::{DayCache, Timestamp};

/// One row of a log. Its columns are cut out when they are asked for: of most rows, few are.
#[derive(Debug, Clone, Copy)]
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
#[derive(Debug, Clone, Copy)]
enum Columns {
    /// Exchange's own layout: where connector, session, sequence, local, remote, event and data end.
    Usual([u32; 7]),
    /// Where connector, session, sequence, local, remote, data and context start and end.
    Other([(u32, u32); 7]),
}

impl<'a> Row<'a> {
    /// `connector-id`: the name of the send connector.
    pub fn connector(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(CONNECTOR as u32, ends[0]),
            Columns::Other(columns) => self.column(columns[0]),
        })
    }

    /// `session-id`, never empty.
    #[inline(always)]
    pub fn session(&self) -> &'a [u8] {
        match &self.columns {
            Columns::Usual(ends) => self.slice(ends[0] + 1, ends[1]),
            Columns::Other(columns) => self.column(columns[1]),
        }
    }

    /// `sequence-number`, where it is a number.
    pub fn sequence(&self) -> Option<u32> {
        match &self.columns {
            Columns::Usual(ends) => digits(self.slice(ends[1] + 1, ends[2])),
            Columns::Other(columns) => digits(&Field::new(self.column(columns[2])).bytes()),
        }
    }

    /// `local-endpoint`.
    pub fn local(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[2] + 1, ends[3]),
            Columns::Other(columns) => self.column(columns[3]),
        })
    }

    /// `remote-endpoint`.
    pub fn remote(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[3] + 1, ends[4]),
            Columns::Other(columns) => self.column(columns[4]),
        })
    }

    /// `data`.
    #[inline(always)]
    pub fn data(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.slice(ends[5] + 1, ends[6]),
            Columns::Other(columns) => self.column(columns[5]),
        })
    }

    /// `context`.
    #[inline(always)]
    pub fn context(&self) -> Field<'a> {
        Field::new(match &self.columns {
            Columns::Usual(ends) => self.line.get(ends[6] as usize + 1..).unwrap_or_default(),
            Columns::Other(columns) => self.column(columns[6]),
        })
    }

    fn column(&self, (from, until): (u32, u32)) -> &'a [u8] {
        self.slice(from, until)
    }

    #[inline(always)]
    fn slice(&self, from: u32, until: u32) -> &'a [u8] {
        let range = from as usize..until as usize;
        self.line.get(range).unwrap_or_default()
    }
}

/// Where the connector starts in Exchange's own layout: behind the time and its comma.
const CONNECTOR: usize = 25;

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
    let bytes = trim_end(line.bytes());
    let is = |place: usize, byte: u8| bytes.get(place) == Some(&byte);
    let time = days.parse_exact(bytes.first_chunk()?)?;
    let connector = if is(CONNECTOR, b'"') {
        CONNECTOR + quoted_len(bytes.get(CONNECTOR..)?)?
    } else {
        CONNECTOR + first_comma(line.commas_from(CONNECTOR))?
    };
    let session = connector + 1 + first_comma(line.commas_from(connector + 1))?;
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
            [connector, session, sequence, local, remote, event, data].map(|end| end as u32),
        ),
    })
}

/// How far away the first of these commas is.
#[inline(always)]
fn first_comma(commas: u64) -> Option<usize> {
    (commas != 0).then(|| commas.trailing_zeros() as usize)
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
    let end = if bytes.get(data)? == &b'"' {
        data + quoted_len(&bytes[data..])?
    } else {
        line.next_comma(data)
    };
    if bytes.get(end)? != &b',' {
        return None;
    }
    // An empty context is followed by commas of later lines at most: no need to tell it apart.
    let is_whole = match bytes.get(end + 1) {
        Some(b'"') => quoted_len(&bytes[end + 1..]) == Some(bytes.len() - end - 1),
        _ => line.next_comma(end + 1) >= bytes.len(),
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
        columns: Columns::Other(columns.map(|column| range_in(line, column))),
    })
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

/// The length of the quoted text at the start, both quotes included; `None` if it does not end.
fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(b'"', text.get(at..)?)? + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
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

/// Splits a line at the commas outside quotes.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: Option<&'a [u8]>,
    unterminated: bool,
}

impl<'a> Fields<'a> {
    /// The columns of a line, as raw bytes with their quotes.
    pub fn new(line: &'a [u8]) -> Fields<'a> {
        Fields {
            rest: Some(line),
            unterminated: false,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let quoted = if rest.first() == Some(&b'"') {
            quoted_len(rest).unwrap_or_else(|| {
                self.unterminated = true;
                rest.len()
            })
        } else {
            0
        };
        match memchr(b',', &rest[quoted..]) {
            Some(comma) => {
                self.rest = Some(&rest[quoted + comma + 1..]);
                Some(&rest[..quoted + comma])
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
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
        fn columns_are_those_of_the_csv_crate(
            columns in proptest::collection::vec("[ -~]{0,12}|[\",é]{0,4}", 1..12)
        ) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            writer.write_record(&columns).expect("write");
            let bytes = writer.into_inner().expect("bytes");
            let line = bytes.strip_suffix(b"\n").expect("line end");
            let ours: Vec<String> = Fields::new(line).map(|raw| Field::new(raw).text().into_owned()).collect();
            prop_assert_eq!(ours, columns);
        }

        #[test]
        fn columns_of_any_line_are_those_of_the_csv_crate(line in "[a-c\", ]{1,24}") {
            // The csv crate carries an open quote over the line end; ours ends with the line.
            let ours: Vec<String> = Fields::new(line.as_bytes()).map(|raw| Field::new(raw).text().into_owned()).collect();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let theirs: Vec<String> = reader.records().next().expect("record").expect("csv").iter().map(str::to_owned).collect();
            prop_assert_eq!(ours, theirs);
        }

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
