//! Times as people read them.
//!
//! In: times of the document, which are UTC in RFC 3339, and the time zone to show. Out: text such as
//! `3 Nov 02:14`.
//! Must not read the clock or the time zone of the machine.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _};
use chrono_tz::Tz;
use regex::Regex;

use crate::language::{Language, sentences};

/// A time in a sentence of the document.
static IN_PROSE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z").ok());

/// How times are shown.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    language: Language,
    zone: Tz,
    /// The year that is not shown, because all times of the report are in it.
    year: Option<i32>,
}

impl Clock {
    /// Shows times in a zone. The year is left out if the first and the last time are in the same.
    pub fn new(language: Language, zone: Tz, first: Option<&str>, last: Option<&str>) -> Clock {
        let year = |time: Option<&str>| local(time?, zone).map(|time| time.year());
        let (first, last) = (year(first), year(last));
        Clock {
            language,
            zone,
            year: first.filter(|_| first == last),
        }
    }

    /// The name of the time zone, such as `UTC` or `Europe/Berlin`.
    pub fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// A time without seconds. What is no time stays as it is.
    pub fn time(&self, time: &str) -> String {
        let Some(local) = local(time, self.zone) else {
            return time.to_owned();
        };
        format!("{} {}", self.day_of(&local), hour_of(&local))
    }

    /// The date of a time, with its year.
    pub fn date(&self, time: &str) -> String {
        let Some(local) = local(time, self.zone) else {
            return time.to_owned();
        };
        let always = Clock {
            year: None,
            ..*self
        };
        always.day_of(&local)
    }

    /// A period. The day is said once if both ends are on it.
    pub fn period(&self, first: &str, last: &str) -> String {
        match (local(first, self.zone), local(last, self.zone)) {
            (Some(begin), Some(end)) if begin.date_naive() == end.date_naive() => {
                let (begin_hour, end_hour) = (hour_of(&begin), hour_of(&end));
                if begin_hour == end_hour {
                    return self.time(first);
                }
                format!("{} {begin_hour} – {end_hour}", self.day_of(&begin))
            }
            _ => format!("{} – {}", self.time(first), self.time(last)),
        }
    }

    /// The days of a period, with the year: `2 – 8 Nov 2026`.
    pub fn days(&self, first: &str, last: &str) -> String {
        let always = Clock {
            year: None,
            ..*self
        };
        let (Some(begin), Some(end)) = (local(first, self.zone), local(last, self.zone)) else {
            return format!("{first} – {last}");
        };
        let same_month = (begin.year(), begin.month()) == (end.year(), end.month());
        match self.language {
            _ if begin.date_naive() == end.date_naive() => always.day_of(&begin),
            Language::English if same_month => format!("{} – {}", begin.day(), always.day_of(&end)),
            _ => format!("{} – {}", always.day_of(&begin), always.day_of(&end)),
        }
    }

    /// A sentence of the document with its times as people read them.
    pub fn prose<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match IN_PROSE.as_ref() {
            Some(pattern) => {
                pattern.replace_all(text, |found: &regex::Captures<'_>| self.time(&found[0]))
            }
            None => Cow::Borrowed(text),
        }
    }

    /// A text of the document with its times to the millisecond, in the time zone of the reader. In UTC,
    /// they stay as they are.
    pub fn exact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(pattern) = IN_PROSE.as_ref().filter(|_| self.zone != Tz::UTC) else {
            return Cow::Borrowed(text);
        };
        pattern.replace_all(text, |found: &regex::Captures<'_>| {
            let local = local(&found[0], self.zone);
            local.map_or_else(
                || found[0].to_owned(),
                |time| time.to_rfc3339_opts(SecondsFormat::Millis, false),
            )
        })
    }

    fn day_of(&self, time: &DateTime<Tz>) -> String {
        let (month, day) = (time.month(), time.day());
        let year = Some(time.year()).filter(|year| self.year != Some(*year));
        match (self.language, year) {
            (Language::English, None) => format!("{day} {}", month_name(month)),
            (Language::English, Some(year)) => format!("{day} {} {year}", month_name(month)),
            (Language::Japanese, None) => format!("{month}月{day}日"),
            (Language::Japanese, Some(year)) => format!("{year}年{month}月{day}日"),
        }
    }

    /// What stands beside the period of a report.
    pub fn all_times(&self) -> String {
        all_times(self.language, self.zone())
    }
}

sentences! {
    /// Which time zone all times are in.
    fn all_times(zone: &str) {
        en: "all times {zone}",
        ja: "時刻はすべて {zone}" ["2ce389c0"],
    }
    /// A duration within one minute.
    fn less_than_a_minute() {
        en: "< 1 min",
        ja: "1 分未満" ["14e0898c"],
    }
}

/// How long it is between two times, in seconds since 1970: days and hours, hours and minutes, or minutes.
/// Both times are taken without their seconds, as they are shown, so that a reader who subtracts them gets
/// the same.
pub(super) fn duration(language: Language, first: i64, last: i64) -> String {
    let minutes = (last.div_euclid(60) - first.div_euclid(60)).max(0);
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (language, days, minutes / 60) {
        (_, 0, 0) if rest == 0 => less_than_a_minute(language),
        (Language::English, 0, 0) => format!("{rest} min"),
        (Language::English, 0, _) => format!("{hours} h {rest} min"),
        (Language::English, ..) => format!("{days} d {hours} h"),
        (Language::Japanese, 0, 0) => format!("{rest} 分"),
        (Language::Japanese, 0, _) => format!("{hours} 時間 {rest} 分"),
        (Language::Japanese, ..) => format!("{days} 日 {hours} 時間"),
    }
}

fn local(time: &str, zone: Tz) -> Option<DateTime<Tz>> {
    let time = DateTime::parse_from_rfc3339(time).ok()?;
    Some(time.with_timezone(&zone))
}

fn hour_of(time: &DateTime<Tz>) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = usize::try_from(month).unwrap_or(1).saturating_sub(1);
    NAMES.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: Tz) -> Clock {
        let (first, last) = ("2026-11-02T22:00:00Z", "2026-11-08T23:18:00Z");
        Clock::new(Language::English, zone, Some(first), Some(last))
    }

    #[test]
    fn a_year_is_said_only_if_it_is_needed() {
        let utc = clock(Tz::UTC);
        assert_eq!(utc.time("2026-11-03T02:14:09.120Z"), "3 Nov 02:14");
        assert_eq!(utc.time("2025-11-03T02:14:09.120Z"), "3 Nov 2025 02:14");
        assert_eq!(utc.date("2026-11-03T02:14:09.120Z"), "3 Nov 2026");
        assert_eq!(utc.time("soon"), "soon");
        let japanese = Clock {
            language: Language::Japanese,
            ..utc
        };
        assert_eq!(japanese.time("2026-11-03T02:14:09Z"), "11月3日 02:14");
    }

    #[test]
    fn a_period_of_one_day_names_it_once() {
        let utc = clock(Tz::UTC);
        let period = |first, last| utc.period(first, last);
        assert_eq!(
            period("2026-11-03T02:40:44.387Z", "2026-11-03T09:17:47.278Z"),
            "3 Nov 02:40 – 09:17"
        );
        assert_eq!(
            period("2026-11-03T02:40:44Z", "2026-11-04T09:17:47Z"),
            "3 Nov 02:40 – 4 Nov 09:17"
        );
        assert_eq!(
            period("2026-11-03T02:40:04Z", "2026-11-03T02:40:47Z"),
            "3 Nov 02:40"
        );
    }

    #[test]
    fn days_of_one_month_name_it_once() {
        let utc = clock(Tz::UTC);
        let days = |first, last| utc.days(first, last);
        assert_eq!(
            days("2026-11-02T02:40:44Z", "2026-11-08T09:17:47Z"),
            "2 – 8 Nov 2026"
        );
        assert_eq!(
            days("2026-10-30T02:40:44Z", "2026-11-08T09:17:47Z"),
            "30 Oct 2026 – 8 Nov 2026"
        );
        assert_eq!(
            days("2026-11-02T02:40:44Z", "2026-11-02T09:17:47Z"),
            "2 Nov 2026"
        );
    }

    #[test]
    fn times_move_with_the_zone() {
        let berlin = clock(Tz::Europe__Berlin);
        assert_eq!(berlin.time("2026-11-03T23:14:09.120Z"), "4 Nov 00:14");
        // In summer, the same zone is two hours ahead.
        assert_eq!(berlin.time("2026-07-03T23:14:09Z"), "4 Jul 01:14");
        assert_eq!(
            berlin
                .prose("Until 2026-11-03T01:40:04.100Z it worked, since 2026-11-03T02:14:08Z not."),
            "Until 3 Nov 02:40 it worked, since 3 Nov 03:14 not."
        );
    }

    #[test]
    fn durations_have_two_units() {
        for (seconds, text) in [
            (0, "< 1 min"),
            (90, "1 min"),
            (6 * 3_600 + 37 * 60, "6 h 37 min"),
            (6 * 86_400 + 23 * 3_600 + 100, "6 d 23 h"),
        ] {
            assert_eq!(duration(Language::English, 0, seconds), text);
        }
    }

    #[test]
    fn a_duration_is_the_difference_of_the_times_that_are_shown() {
        let (first, last) = ("2026-11-26T14:01:10Z", "2026-11-26T14:41:56Z");
        let seconds = |time: &str| local(time, Tz::UTC).expect("a time").timestamp();
        let text = duration(Language::English, seconds(first), seconds(last));
        assert_eq!(text, "40 min");
    }
}
