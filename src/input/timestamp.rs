//! The one time form of Exchange logs, `yyyy-MM-ddTHH:mm:ss.fffZ`, as milliseconds.
//!
//! In: bytes of a time column. Out: a [`Timestamp`] and its text forms.
//! Must not read a clock. Invariant: printing a parsed time gives back the same text.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

/// Milliseconds since 1970-01-01T00:00:00Z, or "unknown" where a row's time could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

impl Default for Timestamp {
    fn default() -> Timestamp {
        Timestamp::UNKNOWN
    }
}

impl Timestamp {
    /// Stands for a time that could not be read; sorts before every known time.
    pub const UNKNOWN: Timestamp = Timestamp(i64::MIN);

    /// A time from milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since the epoch; meaningless for [`Timestamp::UNKNOWN`].
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// False for [`Timestamp::UNKNOWN`].
    pub const fn is_known(self) -> bool {
        self.0 != i64::MIN
    }

    /// The time itself if it is known.
    pub fn known(self) -> Option<Timestamp> {
        self.is_known().then_some(self)
    }

    /// Reads the log's 24 bytes, or any RFC 3339 text; `None` for everything else.
    pub fn parse(text: &[u8]) -> Option<Timestamp> {
        let mut days = DayCache::default();
        days.parse(text)
    }

    /// The later of two times; an unknown one never wins.
    pub fn later(self, other: Timestamp) -> Timestamp {
        self.max(other)
    }

    /// The earlier of two times; an unknown one never wins.
    pub fn earlier(self, other: Timestamp) -> Timestamp {
        // One less makes the unknown time the latest of all.
        let (one, two) = (self.0.wrapping_sub(1), other.0.wrapping_sub(1));
        Timestamp(one.min(two).wrapping_add(1))
    }

    /// Milliseconds from `earlier` to `self`; `None` if either is unknown.
    pub fn since(self, earlier: Timestamp) -> Option<i64> {
        (self.is_known() && earlier.is_known()).then(|| self.0.saturating_sub(earlier.0))
    }

    /// The same instant for `chrono`; `None` if unknown or out of chrono's range.
    pub fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0).filter(|_| self.is_known())
    }

    /// `2026-11-03T02:14:09.120Z`; `None` if unknown.
    pub fn rfc3339(self) -> Option<String> {
        let time = self.to_chrono()?;
        match u32::try_from(time.year()) {
            Ok(year @ ..10_000) => Some(in_log_form(year, time, self.0.rem_euclid(DAY))),
            _ => Some(time.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

/// A time of a year of four digits as the log writes it. Each record of a session shows two, and one per
/// refusal.
fn in_log_form(year: u32, date: DateTime<Utc>, millis_of_day: i64) -> String {
    let millis = millis_of_day as u32;
    let minutes = millis / 60_000;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |place: usize, number: u32| {
        text[place] = b'0' + (number / 10) as u8;
        text[place + 1] = b'0' + (number % 10) as u8;
    };
    put(0, year / 100);
    put(2, year % 100);
    put(5, date.month());
    put(8, date.day());
    put(11, minutes / 60);
    put(14, minutes % 60);
    put(17, millis / 1000 % 60);
    put(20, millis % 1000 / 10);
    text[22] = b'0' + (millis % 10) as u8;
    str::from_utf8(&text).unwrap_or_default().to_owned()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rfc3339() {
            Some(text) => out.write_str(&text),
            None => out.write_str("unknown time"),
        }
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Timestamp {
        Timestamp(time.timestamp_millis())
    }
}

/// Reads times and remembers the last minute, because neighbouring rows share it.
#[derive(Debug)]
pub struct DayCache {
    /// `yyyy-MM-ddTHH:mm`, known to be good.
    minute: [u8; 16],
    start: i64,
}

impl Default for DayCache {
    fn default() -> DayCache {
        DayCache {
            minute: *b"1970-01-01T00:00",
            start: 0,
        }
    }
}

impl DayCache {
    /// Reads the log's 24 bytes, or any RFC 3339 text; `None` for everything else.
    pub fn parse(&mut self, text: &[u8]) -> Option<Timestamp> {
        match <&[u8; 24]>::try_from(text) {
            Ok(time) => self.parse_exact(time).or_else(|| rfc3339(text)),
            Err(_) => rfc3339(text),
        }
    }

    /// Reads the log's own form only.
    #[inline(always)]
    pub fn parse_exact(&mut self, time: &[u8; 24]) -> Option<Timestamp> {
        let (minute, rest) = time.split_first_chunk::<16>()?;
        if *minute != self.minute {
            self.start = start_of_minute(minute)?;
            self.minute = *minute;
        }
        // All eight bytes at once: what differs from the form is a digit's value or a fault.
        let rest = u64::from_le_bytes(*rest.first_chunk::<8>()?);
        let digits = rest ^ u64::from_le_bytes(*b":00.000Z");
        let too_large =
            digits.wrapping_add(u64::from_le_bytes(*b"\0\x0A\x06\0\x06\x06\x06\0")) | digits;
        if too_large & u64::from_le_bytes(*b"\xFF\xF0\xF0\xFF\xF0\xF0\xF0\xFF") != 0 {
            return None;
        }
        // Two digits at a time: each byte becomes ten times itself and the byte after it.
        let digits = digits >> 8;
        let pairs = digits * 10 + (digits >> 8);
        let byte = |word: u64, at: u32| (word >> (at * 8) & 0xFF) as i64;
        let seconds = byte(pairs, 0);
        let millis = byte(pairs, 3) * 10 + byte(digits, 5);
        Some(Timestamp(self.start + seconds * 1000 + millis))
    }
}

/// `yyyy-MM-ddTHH:mm` in milliseconds.
#[cold]
fn start_of_minute(text: &[u8; 16]) -> Option<i64> {
    if text[10] != b'T' || text[13] != b':' {
        return None;
    }
    let two = |at: usize| Some(digit(text[at])? * 10 + digit(text[at + 1])?);
    let (hour, minute) = (two(11)?, two(14)?);
    if hour > 23 || minute > 59 {
        return None;
    }
    Some(midnight(&text[..10])? + (hour * 60 + minute) * 60_000)
}

fn digit(byte: u8) -> Option<i64> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(i64::from(value))
}

fn midnight(date: &[u8]) -> Option<i64> {
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let number = |part: &[u8]| -> Option<i64> {
        part.iter()
            .try_fold(0, |sum, byte| Some(sum * 10 + digit(*byte)?))
    };
    let year = i32::try_from(number(&date[..4])?).ok()?;
    let month = u32::try_from(number(&date[5..7])?).ok()?;
    let day = u32::try_from(number(&date[8..10])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some((i64::from(date.num_days_from_ce()) - 719_163) * DAY)
}

/// The slow way, for times that another tool wrote; fractions beyond milliseconds are cut.
fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    if text.len() > 40 {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
    let time = time.with_timezone(&Utc);
    let leap = i64::from(time.nanosecond() >= 1_000_000_000);
    Some(Timestamp(time.timestamp_millis() - leap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_form_is_read_and_printed_back() {
        for text in [
            "2026-11-03T02:14:09.120Z",
            "1970-01-01T00:00:00.000Z",
            "2024-02-29T23:59:59.999Z",
            "2000-12-31T12:00:00.001Z",
        ] {
            let time = Timestamp::parse(text.as_bytes()).expect(text);
            assert_eq!(time.rfc3339().as_deref(), Some(text));
        }
    }

    #[test]
    fn every_time_is_written_as_the_calendar_library_writes_it() {
        let millis = [
            i64::MIN + 1,
            -62_167_219_200_001,
            -62_167_219_200_000,
            -1,
            0,
            951_782_399_999,
            253_402_300_799_999,
            253_402_300_800_000,
            i64::MAX,
        ];
        let spread = (-800..2_000).map(|step: i64| step * 86_399_123_457);
        for millis in millis.into_iter().chain(spread) {
            let time = Timestamp::from_millis(millis);
            let expected = DateTime::from_timestamp_millis(millis)
                .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true));
            assert_eq!(time.rfc3339(), expected, "{millis}");
        }
    }

    #[test]
    fn a_cache_that_has_seen_nothing_knows_nothing_wrong() {
        let text = [&[0; 16][..], b":00.000Z"].concat();
        assert_eq!(DayCache::default().parse(&text), None);
    }

    #[test]
    fn a_changed_date_is_not_taken_from_the_cache() {
        let mut days = DayCache::default();
        let first = days.parse(b"2026-11-03T00:00:00.000Z").expect("first");
        let second = days.parse(b"2026-11-04T00:00:00.000Z").expect("second");
        assert_eq!(second.since(first), Some(DAY));
    }

    #[test]
    fn bytes_that_carry_over_the_last_digit_are_refused() {
        let mut days = DayCache::default();
        for last in [*b"2\xCF\xA5", *b"2\xFF\xFF", *b"\xFF\xFF\xFF"] {
            let mut time = *b"2026-11-03T02:14:09.120Z";
            time[21..].copy_from_slice(&last);
            assert_eq!(days.parse_exact(&time), None, "{last:?}");
        }
    }

    #[test]
    fn text_that_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-03",
            "2026-13-03T02:14:09.120Z",
            "2026-11-03T25:14:09.120Z",
            "2026-02-30T02:14:09.120Z",
            "2026-11-03T02:14:0x.120Z",
            "XXXX-XX-XXTXX:XX:XX.XXXZ",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn other_rfc3339_forms_are_read_to_the_millisecond() {
        let expected = Timestamp::parse(b"2026-11-03T02:14:09.120Z");
        assert_eq!(
            Timestamp::parse(b"2026-11-03T03:14:09.1207+01:00"),
            expected
        );
    }

    #[test]
    fn unknown_never_wins() {
        let known = Timestamp::from_millis(5);
        assert_eq!(Timestamp::UNKNOWN.earlier(known), known);
        assert_eq!(known.earlier(Timestamp::UNKNOWN), known);
        assert_eq!(known.later(Timestamp::UNKNOWN), known);
        assert_eq!(known.since(Timestamp::UNKNOWN), None);
    }
}
