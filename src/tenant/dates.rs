//! Dates in the culture of the computer that wrote an export.
//!
//! In: the rows of one file. Out: the same rows, their dates in the form that means the same everywhere.
//! Must not guess: where day and month can be exchanged, and nothing in the file shows the order, the value
//! is [`Value::Lost`], with one note. Its two readings stay beside it, for questions that both answer alike.
//! A date of another calendar (Thai, Persian, Islamic) is lost too, which its year shows.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::table::{ExportNote, Object, Table, Value};

/// Which of the first two numbers of a date is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
}

const ORDERS: [Order; 2] = [Order::DayFirst, Order::MonthFirst];

/// Of each pair, the first date is never later than the second.
const PAIRS: [(&str, &str); 6] = [
    ("DateReceived", "ExpirationTime"),
    ("FirstRetryTime", "LastRetryTime"),
    ("LastRetryTime", "NextRetryTime"),
    ("NotBefore", "NotAfter"),
    ("WhenCreatedUTC", "WhenChangedUTC"),
    ("WhenCreated", "WhenChanged"),
];

/// Puts the dates of all rows into the form `yyyy-MM-dd HH:mm:ss`.
pub(super) fn settle(table: &mut Table) {
    let order = order(&table.objects);
    let (mut lost, mut foreign): (Vec<ExportNote>, Vec<ExportNote>) = (Vec::new(), Vec::new());
    for (number, object) in table.objects.iter_mut().enumerate() {
        let owner = owner(object, number + 1);
        let mut readings = Vec::new();
        for (field, value) in &mut object.fields {
            if let Some(text) = other_calendar(field, value) {
                foreign.push(ExportNote::OtherCalendar {
                    field: field.clone(),
                    owner: owner.clone(),
                    text,
                    others: 0,
                });
                *value = Value::Lost;
            }
            let Some(date) = date_of(field, value) else {
                continue;
            };
            *value = match date.read(order) {
                Some(time) => Value::Text(shown(time)),
                None => {
                    readings.extend(ORDERS.iter().zip(READINGS).filter_map(|(order, name)| {
                        let time = date.read(Some(*order))?;
                        Some((format!("{field}{name}"), Value::Text(shown(time))))
                    }));
                    lost.push(ExportNote::AmbiguousDate {
                        field: field.clone(),
                        owner: owner.clone(),
                        text: date.text.clone(),
                        others: 0,
                    });
                    Value::Lost
                }
            };
        }
        object.fields.extend(readings);
    }
    table.notes.extend(first_of(foreign));
    table.notes.extend(first_of(lost));
}

/// The first of many notes, which counts the others.
fn first_of(notes: Vec<ExportNote>) -> Option<ExportNote> {
    let count = notes.len();
    let mut first = notes.into_iter().next()?;
    if let ExportNote::AmbiguousDate { others, .. } | ExportNote::OtherCalendar { others, .. } =
        &mut first
    {
        *others = count - 1;
    }
    Some(first)
}

/// The years of dates in an export. Other calendars are far from them.
pub(super) const YEARS: RangeInclusive<i32> = 1990..=2100;

/// The text of a date whose year belongs to another calendar.
fn other_calendar(field: &str, value: &Value) -> Option<String> {
    let Value::Text(text) = value else {
        return None;
    };
    let (date, _) = CultureDate::split(&plain(text));
    let mut numbers = date.split(['.', '/', '-']);
    let (Some(first), Some(second), Some(third), None) = (
        numbers.next(),
        numbers.next(),
        numbers.next(),
        numbers.next(),
    ) else {
        return None;
    };
    let year = match (first.len(), second.len(), third.len()) {
        (4, ..=2, ..=2) => first,
        (..=2, ..=2, 4) => third,
        _ => return None,
    };
    let all = [first, second, third];
    let is_number = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = is_date(field) && all.iter().all(is_number);
    let is_other = year.parse().is_ok_and(|year| !YEARS.contains(&year));
    (is_date && is_other).then(|| text.trim().to_owned())
}

/// A date without the invisible marks that some cultures put between its numbers.
fn plain(text: &str) -> String {
    let marks = ['\u{200E}', '\u{200F}', '\u{061C}'];
    text.trim().replace(marks, "")
}

/// Whether a field holds a date.
fn is_date(field: &str) -> bool {
    const OF_QUEUES: [&str; 5] = [
        "LastRetryTime",
        "FirstRetryTime",
        "NextRetryTime",
        "DateReceived",
        "ExpirationTime",
    ];
    let starts = |start: &&str| {
        let name = field.get(..start.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(start))
    };
    ["When", "Not"].iter().any(starts)
        || OF_QUEUES
            .iter()
            .any(|name| field.eq_ignore_ascii_case(name))
}

/// What is added to the name of a field for each reading, in the order of [`ORDERS`]. No field of Exchange
/// has a blank in its name.
const READINGS: [&str; 2] = [" (day first)", " (month first)"];

fn shown(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

impl Object {
    /// Both readings of a date that is lost because day and month can be exchanged.
    pub fn readings_of(&self, field: &str) -> Option<[DateTime<Utc>; 2]> {
        let [first, second] = READINGS.map(|name| self.time_of(&format!("{field}{name}")));
        Some([*first.value()?, *second.value()?])
    }
}

/// The order that the dates of a file force; `None` if none does, or if they contradict each other.
fn order(objects: &[Object]) -> Option<Order> {
    let mut forced = Vec::new();
    for object in objects {
        let date = |name: &str| date_of(name, object.get(name)?);
        for (field, value) in &object.fields {
            forced.extend(date_of(field, value).and_then(|date| date.forces()));
        }
        for (first, second) in PAIRS {
            let (Some(first), Some(second)) = (date(first), date(second)) else {
                continue;
            };
            let mut possible = ORDERS.iter().filter(|order| {
                let read = |date: &CultureDate| date.read(Some(**order));
                matches!((read(&first), read(&second)), (Some(a), Some(b)) if a <= b)
            });
            if let (Some(only), None) = (possible.next(), possible.next()) {
                forced.push(*only);
            }
        }
    }
    let first = *forced.first()?;
    forced.iter().all(|order| *order == first).then_some(first)
}

fn owner(object: &Object, number: usize) -> String {
    let named = ["Name", "Identity", "Thumbprint"].iter();
    let mut named = named.filter_map(|name| match object.get(name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(format!("'{text}'")),
        _ => None,
    });
    named.next().unwrap_or_else(|| format!("row {number}"))
}

/// A date as a culture writes it.
struct CultureDate {
    text: String,
    /// The three numbers of the day, as they stand there.
    numbers: [u32; 3],
    separator: char,
    time: [u32; 3],
}

/// The date of a field that holds one; `None` if it is in a form that means the same everywhere.
fn date_of(field: &str, value: &Value) -> Option<CultureDate> {
    match value {
        Value::Text(text) if is_date(field) && other_calendar(field, value).is_none() => {
            CultureDate::parse(&plain(text))
        }
        _ => None,
    }
}

impl CultureDate {
    /// The day and the time of day.
    fn split(text: &str) -> (String, String) {
        let (date, time) = match text.find(char::is_whitespace) {
            // `30. 01. 2033 2:48`
            Some(at) if text[..at].ends_with('.') && text[..at].matches('.').count() == 1 => {
                let mut words = text.split_whitespace();
                let date: String = words.by_ref().take(3).collect();
                (date, words.collect::<Vec<_>>().join(" "))
            }
            Some(at) => (text[..at].to_owned(), text[at..].trim().to_owned()),
            None => (text.to_owned(), String::new()),
        };
        (date.trim_end_matches([',', '.']).to_owned(), time)
    }

    fn parse(text: &str) -> Option<CultureDate> {
        let (date, time) = CultureDate::split(text);
        let separator = date.chars().find(|c| !c.is_ascii_digit())?;
        if !matches!(separator, '.' | '/' | '-') {
            return None;
        }
        let parts: Vec<&str> = date.split(separator).collect();
        let [first, second, third] = parts.as_slice() else {
            return None;
        };
        let year_last = third.len() == 4 && first.len() <= 2 && second.len() <= 2;
        // Year first is the same everywhere, but only some of these forms are read elsewhere.
        let year_first = first.len() == 4 && second.len() <= 2 && third.len() <= 2;
        if !year_last && (!year_first || separator == '-') {
            return None;
        }
        let number = |text: &str| text.parse::<u32>().ok();
        Some(CultureDate {
            text: text.to_owned(),
            numbers: [number(first)?, number(second)?, number(third)?],
            separator,
            time: time_of_day(&time)?,
        })
    }

    /// The order that this date alone shows.
    fn forces(&self) -> Option<Order> {
        let [first, second, _] = self.numbers;
        match (self.separator, first, second) {
            // Dots and slashes are of two cultures.
            ('.', ..) | (_, 1000.., _) => None,
            (_, 13.., _) => Some(Order::DayFirst),
            (_, _, 13..) => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// The time, if the order is known or makes no difference.
    fn read(&self, order: Option<Order>) -> Option<NaiveDateTime> {
        let [first, second, third] = self.numbers;
        let (year, month, day) = match (self.separator, first) {
            (_, 1000..) => (first, second, third),
            // Every culture that writes dots writes the day first.
            ('.', _) => (third, second, first),
            _ if first == second => (third, second, first),
            _ => match self.forces().or(order)? {
                Order::DayFirst => (third, second, first),
                Order::MonthFirst => (third, first, second),
            },
        };
        let [hour, minute, second] = self.time;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?
            .and_hms_opt(hour, minute, second)
    }
}

/// The halves of a day, as cultures that count to twelve call them, without dots and blanks.
const HALVES: [(&[&str], u32); 2] = [
    (&["am", "上午", "午前", "오전", "ص", "πμ", "sa"], 0),
    (&["pm", "下午", "午後", "오후", "م", "μμ", "ch"], 12),
];

/// `2:48:33`, `2:48 AM`, `14.48.33`, `2:48:33 p.m.`, `오후 2:48:33`; nothing is midnight.
fn time_of_day(text: &str) -> Option<[u32; 3]> {
    if text.is_empty() {
        return Some([0; 3]);
    }
    let digits = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest.find(|c| !digits(c)).unwrap_or(rest.len());
    let (clock, behind) = rest.split_at(end);
    let numbers: Option<Vec<u32>> = clock
        .split([':', '.'])
        .map(|part| part.parse().ok())
        .collect();
    let [hour, minute, second] = match numbers?.as_slice() {
        [hour, minute] => [*hour, *minute, 0],
        [hour, minute, second] => [*hour, *minute, *second],
        _ => return None,
    };
    let half = text[..start].chars().chain(behind.chars());
    let half: String = half.filter(|c| c.is_alphabetic()).collect();
    let hour = if half.is_empty() {
        hour
    } else {
        let half = half.to_lowercase();
        let mut halves = HALVES.iter();
        let (_, noon) = halves.find(|(names, _)| names.contains(&half.as_str()))?;
        (1..=12).contains(&hour).then_some(hour % 12 + noon)?
    };
    Some([hour, minute, second])
}

#[cfg(test)]
mod tests {
    use super::super::export::read;
    use super::*;
    use proptest::prelude::*;

    /// The values of `WhenChangedUTC` in a file with these dates, and the number of notes.
    fn settled(dates: &[&str]) -> (Vec<Option<String>>, usize) {
        let rows: Vec<_> = dates
            .iter()
            .map(|date| serde_json::json!({"Name": "A", "SenderIPAddresses": [], "WhenChangedUTC": date}))
            .collect();
        let table = read(serde_json::to_string(&rows).unwrap().as_bytes()).unwrap();
        let values = table
            .objects
            .iter()
            .map(|row| match row.get("WhenChangedUTC") {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            });
        (values.collect(), table.notes.len())
    }

    fn one(date: &str) -> Option<String> {
        settled(&[date]).0.remove(0)
    }

    #[test]
    fn unambiguous_dates_are_read() {
        for text in [
            "30.01.2033 2:48:33",
            "30.1.2033 02:48:33",
            "30. 1. 2033 2:48:33",
            "1/30/2033 2:48:33 AM",
            "01/30/2033 02:48:33",
            "30/01/2033 2:48:33",
            "30/01/2033 2:48:33 a.m.",
            "30-01-2033 02:48:33",
            "30.01.2033 2.48.33",
            "2033.01.30. 2:48:33",
            "2033/01/30 2:48:33 AM",
        ] {
            assert_eq!(one(text).as_deref(), Some("2033-01-30 02:48:33"), "{text}");
        }
        for (text, read) in [
            ("03.11.2026 14:00", "2026-11-03 14:00:00"),
            ("5/5/2026 12:00:00 AM", "2026-05-05 00:00:00"),
            ("1/30/2033 12:15:00 PM", "2033-01-30 12:15:00"),
            ("30/01/2033", "2033-01-30 00:00:00"),
            ("1/30/2033 9:02:40\u{202F}PM", "2033-01-30 21:02:40"),
            ("1/30/2033 9:02:40?PM", "2033-01-30 21:02:40"),
            ("2033. 1. 30. 오후 9:02:40", "2033-01-30 21:02:40"),
            ("2033/1/30 上午 09:02:40", "2033-01-30 09:02:40"),
            ("30/01/2033 9:02:40 CH", "2033-01-30 21:02:40"),
            ("30/1/2033 9:02:40 μ.μ.", "2033-01-30 21:02:40"),
            ("30.1.2033 21.02.40", "2033-01-30 21:02:40"),
            ("2033-01-30 21:02:40", "2033-01-30 21:02:40"),
        ] {
            assert_eq!(one(text).as_deref(), Some(read), "{text}");
        }
    }

    #[test]
    fn dates_of_other_calendars_are_lost() {
        for text in [
            "1405/8/27 21:02:40",
            "1405/08/27 12:02:40 ق.ظ",
            "18/11/2569 21:02:40",
            "8\u{200F}\u{200F}/6\u{200F}\u{200F}/1448 بعد الهجرة 9:02:40 م",
            "2569-11-18 21:02:40",
        ] {
            let (values, notes) = settled(&[text]);
            assert_eq!((values, notes), (vec![None], 1), "{text}");
        }
        // They say nothing about the order of the others.
        let (values, _) = settled(&["18/11/2569 21:02:40", "03/11/2026 13:00:00"]);
        assert_eq!(values, [None, None]);
        let table = read(br#"[{"Name":"A","SenderIPAddresses":[],"WhenChanged":"18/11/2569 21:02:40","WhenChangedUTC":"18/11/2569 21:02:40"}]"#).unwrap();
        let messages: Vec<_> = table.notes.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "'18/11/2569 21:02:40' in WhenChanged of 'A' is a date of another calendar, and so is 1 more in this file: export with ConvertTo-Json -Depth 5"
            ]
        );
    }

    #[test]
    fn other_dates_of_the_file_show_the_order() {
        let (values, notes) = settled(&["11/3/2026 1:00:00 PM", "1/30/2026 1:00:00 PM"]);
        assert_eq!(values[0].as_deref(), Some("2026-11-03 13:00:00"));
        assert_eq!(notes, 0);
        let (values, _) = settled(&["03/11/2026 13:00:00", "30/01/2026 13:00:00"]);
        assert_eq!(values[0].as_deref(), Some("2026-11-03 13:00:00"));
    }

    #[test]
    fn what_could_be_exchanged_is_lost_and_said_once() {
        let (values, notes) = settled(&["03/11/2026 1:00:00", "04/11/2026 1:00:00"]);
        assert_eq!((values, notes), (vec![None, None], 1));
        // Two cultures in one file prove nothing.
        let (values, notes) = settled(&["03/11/2026", "30/01/2026", "1/30/2026"]);
        assert_eq!((&values[0], notes), (&None, 1));
        assert!(values[1].is_some() && values[2].is_some());
    }

    #[test]
    fn the_readings_of_a_lost_date_stay() {
        let json =
            r#"{"Thumbprint":"00","Services":"SMTP","NotAfter":"05/11/2026","NotBefore":"x"}"#;
        let row = read(json.as_bytes()).unwrap().objects.remove(0);
        assert_eq!(row.get("NotAfter"), Some(&Value::Lost));
        let readings = row.readings_of("NotAfter").unwrap();
        let days = readings.map(|time| time.format("%m-%d").to_string());
        assert_eq!(days, ["11-05", "05-11"]);
        assert_eq!(row.readings_of("NotBefore"), None);
    }

    #[test]
    fn a_certificate_does_not_expire_before_it_begins() {
        let json = r#"{"Thumbprint":"00","Services":"SMTP","NotBefore":"11/03/2026","NotAfter":"02/11/2027"}"#;
        let table = read(json.as_bytes()).unwrap();
        assert_eq!(table.objects[0].get("NotAfter"), Some(&Value::Lost));
        let json = r#"{"Thumbprint":"00","Services":"SMTP","NotBefore":"11/03/2026","NotAfter":"02/11/2026"}"#;
        let table = read(json.as_bytes()).unwrap();
        let read = Value::Text("2026-11-02 00:00:00".to_owned());
        assert_eq!(table.objects[0].get("NotAfter"), Some(&read));
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "yesterday",
            "2026-11-03T02:14:09Z",
            "30.1",
            "1.2.3",
            "10/10/26",
            "32/13/2033 x",
        ] {
            assert_eq!(one(text).as_deref(), Some(text));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9./: -]{0,24}|\\PC{0,24}") {
            let _ = settled(&[&text]);
        }
    }
}
