//! A line of a log, read as a row.
//!
//! In: a line without its line end, and the [`Layout`]. Out: a [`Row`], or `None` if the line is no
//! row. Must not know what events or data mean.
//! Invariant: the columns are those that the `csv` crate finds in the same line; the fast path for
//! Exchange's own layout and the general way agree.

use std::borrow::Cow;
use std::ops::Range;

use super::columns::Fields;
use super::fast_path;
use super::field::Field;
use super::header::Layout;
use super::line_index::LineIndex;
use super::place::LinePlace;
use super::record::{Row, SESSION_LENGTH, known_event};
use super::timestamp::{DayCache, Timestamp};

/// What is odd about a row, or why a line is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// A quoted column does not end on its line.
    pub unterminated_quote: bool,
    /// The line has more columns than the layout, so it is no row.
    pub extra_columns: bool,
    /// The event is none that Exchange writes, so the line is no row.
    pub unknown_event: bool,
    /// The time is none that Exchange writes, so the line is no row.
    pub unreadable_time: bool,
    /// The session id is a number that a spreadsheet made of it, so the line is no row.
    pub foreign_session: bool,
}

/// Reads one line as a row, in any layout. `index` is working memory. Returns `None` if the line does not
/// have the columns of the layout, or if it has no session id, or a session id, an event or a time that
/// Exchange does not write.
pub fn parse<'a>(
    line: &'a [u8],
    place: LinePlace,
    layout: &Layout,
    index: &mut LineIndex,
    days: &mut DayCache,
    odd: &mut Oddities,
) -> Option<Row<'a>> {
    if layout.is_default() {
        let mut row = None;
        index.each_line(line, |found| {
            row = fast_path::row(found, place, days).filter(|row| row.line.len() == line.len());
        });
        if row.is_some() {
            return row;
        }
    }
    parse_general(line, place, layout, days, odd)
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

/// The places of time and event among [`super::header::COLUMN_NAMES`].
const TIME: usize = 0;
const EVENT: usize = 6;

/// The general way: it reads any layout and any quoting.
fn parse_general<'a>(
    line: &'a [u8],
    place: LinePlace,
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
    // Another tool that saved the file may have quoted every column.
    let session = match Field::new(columns[2]).bytes() {
        Cow::Borrowed(session) => session,
        Cow::Owned(_) => columns[2],
    };
    if count < layout.columns() || session.is_empty() {
        return None;
    }
    let time = days.parse(&Field::new(columns[TIME]).bytes());
    let event = match Field::new(columns[6]).bytes().as_ref() {
        [event] => known_event(*event),
        _ => 0,
    };
    // A layout without this column says nothing about the events.
    odd.unknown_event = event == 0 && layout.place(EVENT).is_some();
    odd.unreadable_time = time.is_none() && layout.place(TIME).is_some();
    odd.foreign_session = session.len() != SESSION_LENGTH && is_spreadsheet_number(session);
    if odd.extra_columns || odd.unknown_event || odd.unreadable_time || odd.foreign_session {
        return None;
    }
    let [_, connector, _, sequence, local, remote, _, data, context] = columns;
    let columns = [connector, session, sequence, local, remote, data, context];
    Some(Row {
        time: time.unwrap_or(Timestamp::UNKNOWN),
        event,
        line,
        place,
        ends: [0; 7],
        other: Some(Box::new(columns.map(|column| range_in(line, column)))),
    })
}

/// A number such as `8.99E+15`, which a spreadsheet makes of some session ids.
fn is_spreadsheet_number(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'E' | b'+');
    text.first().is_some_and(u8::is_ascii_digit)
        && text.iter().all(allowed)
        && text.iter().any(|byte| matches!(byte, b'.' | b',' | b'+'))
}

/// Where a part of the line starts and ends. An absent column is not part of the line and is empty.
fn range_in(line: &[u8], part: &[u8]) -> Range<u32> {
    if part.is_empty() {
        return 0..0;
    }
    let start = part.as_ptr().addr() - line.as_ptr().addr();
    start as u32..(start + part.len()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLACE: LinePlace = LinePlace { chunk: 0, line: 0 };

    fn read(line: &str) -> Option<Row<'_>> {
        let mut odd = Oddities::default();
        parse(
            line.as_bytes(),
            PLACE,
            &Layout::default(),
            &mut LineIndex::default(),
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
            &mut LineIndex::default(),
            &mut DayCache::default(),
            &mut odd,
        )
        .expect("row");
        assert!(odd.unterminated_quote);
        assert_eq!(row.context().text(), "open, end");
    }

    #[test]
    fn other_layouts_are_read_with_and_without_a_time() {
        let layout =
            Layout::from_fields("session-id,event,data,context,connector-id").expect("layout");
        let mut odd = Oddities::default();
        let row = parse(
            b"AB,<,250 ok,,Out",
            PLACE,
            &layout,
            &mut LineIndex::default(),
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
        assert!(size_of::<Row<'_>>() <= 56);
        let long = "x".repeat(70_000);
        let line = format!("2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,<,{long},{long}y");
        let row = read(&line).expect("row");
        assert_eq!(row.session(), b"08DE1A2B3C4D5E6F");
        assert_eq!(row.data().text(), long.as_str());
        assert_eq!(row.context().text(), format!("{long}y"));
    }

    #[test]
    fn what_exchange_does_not_write_is_no_row() {
        let odd = |rest: &str| {
            let mut odd = Oddities::default();
            let line = format!("2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,{rest}");
            let row = parse(
                line.as_bytes(),
                PLACE,
                &Layout::default(),
                &mut LineIndex::default(),
                &mut DayCache::default(),
                &mut odd,
            );
            assert!(row.is_none(), "{rest}");
            odd
        };
        assert!(odd("*,d,c,more").extra_columns);
        for event in ["&lt;", "\\*", "?", "", "«", "<<"] {
            assert!(odd(&format!("{event},d,c")).unknown_event, "{event}");
        }
        let whole = "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,1,a,b,<,d,c";
        let changed = |from: &str, to: &str| {
            let line = whole.replace(from, to);
            let mut odd = Oddities::default();
            let (mut index, mut days) = (LineIndex::default(), DayCache::default());
            let (place, layout) = (PLACE, Layout::default());
            let row = parse(
                line.as_bytes(),
                place,
                &layout,
                &mut index,
                &mut days,
                &mut odd,
            );
            assert_eq!(row.is_none(), odd.unreadable_time || odd.foreign_session);
            odd
        };
        for time in [
            "2026-11-03 02:14",
            "11/3/2026 2:14",
            "46329.0931",
            "yesterday",
            "",
        ] {
            assert!(
                changed("2026-11-03T02:14:09.120Z", time).unreadable_time,
                "{time}"
            );
        }
        for session in ["8.99E+15", "8.5", "1E+16"] {
            assert!(
                changed("08DE1A2B3C4D5E6F", session).foreign_session,
                "{session}"
            );
        }
        for session in ["AB", "08DE1A2B3C4D5E6F00"] {
            assert_eq!(changed("08DE1A2B3C4D5E6F", session), Oddities::default());
        }
    }

    #[test]
    fn a_layout_without_an_event_has_rows_all_the_same() {
        let layout = Layout::from_fields("session-id,data").expect("layout");
        let mut odd = Oddities::default();
        let (mut index, mut days) = (LineIndex::default(), DayCache::default());
        let row = parse(b"AB,x", PLACE, &layout, &mut index, &mut days, &mut odd);
        assert!(row.is_some_and(|row| row.event == 0));
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
            LineIndex::default().each_line(line, |found| {
                short = fast_path::row(found, PLACE, &mut DayCache::default());
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
            if let Some(row) = parse(&line, PLACE, &Layout::default(), &mut LineIndex::default(), &mut DayCache::default(), &mut odd) {
                let _ = (row.data().text(), row.context().text(), row.connector().text());
            }
        }
    }
}
