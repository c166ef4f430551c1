//! The scale of the picture: where a time is, how high a bar is, and which times have a label.
//!
//! In: the grid of the document and the time zone of the page. Out: percentages and heights as text.
//! Must not count anything.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Timelike as _, Utc};
use chrono_tz::{OffsetComponents as _, Tz};

use crate::language::Language;
use crate::report::document::Grid;

/// The height of the bars of a kind, in pixels.
pub(super) const HEIGHT: f64 = 20.0;

/// The height of a row of the picture, in pixels.
pub(super) const ROW: u32 = 72;

/// The most labels on the axis.
const MOST_TICKS: i64 = 8;

/// The width of the picture in pixels on the narrowest page, and on the narrowest wide one.
const NARROW: f64 = 320.0;
const WIDE: f64 = 690.0;

/// How far a label may reach beyond the picture, in pixels.
const BEYOND: f64 = 10.0;

/// The steps between labels, in seconds.
const STEPS: [i64; 16] = [
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
];

const DAY: i64 = 86_400;

/// The scale of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// The start of the first period, in seconds.
    start: i64,
    /// The length of a period, in seconds.
    pub(super) step: i64,
    /// The number of periods.
    pub(super) buckets: u64,
    /// What a bar of the full height stands for.
    pub(super) full: u64,
    zone: Tz,
    language: Language,
}

/// A label on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where it is, in percent.
    pub(super) at: f64,
    /// Its text.
    pub(super) label: String,
    /// Whether it names a day.
    pub(super) is_day: bool,
    /// Where there is room for its text.
    pub(super) room: Room,
}

/// Where there is room for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// On every page.
    Always,
    /// On a wide page.
    Wide,
    /// Nowhere: only its line is drawn.
    Never,
}

impl Scale {
    /// The scale of a grid, whose tallest bar is `full`.
    pub(super) fn new(grid: &Grid, full: u64, zone: Tz, language: Language) -> Option<Scale> {
        Some(Scale {
            start: seconds(&grid.start)?,
            step: grid.bucket_seconds.max(1),
            buckets: grid.buckets.max(1),
            full: full.max(1),
            zone,
            language,
        })
    }

    fn span(&self) -> f64 {
        let buckets = i64::try_from(self.buckets).unwrap_or(1);
        float(buckets.saturating_mul(self.step)).max(1.0)
    }

    /// Where a time is, in percent, between 0 and 100.
    pub(super) fn at(&self, time: &str) -> Option<f64> {
        let seconds = seconds(time)?;
        Some((float(seconds - self.start) / self.span() * 100.0).clamp(0.0, 100.0))
    }

    /// The beginning and the end of the period that a time is in, in percent.
    pub(super) fn period_of(&self, time: &str) -> Option<(f64, f64)> {
        let past = (seconds(time)? - self.start).div_euclid(self.step);
        let number = u64::try_from(past).unwrap_or(0).min(self.buckets - 1);
        let at = |number: u64| float_of(number) / float_of(self.buckets) * 100.0;
        Some((at(number), at(number + 1)))
    }

    /// Whether a time is within the picture.
    pub(super) fn holds(&self, time: &str) -> bool {
        let buckets = i64::try_from(self.buckets).unwrap_or(1);
        let end = self.start.saturating_add(buckets.saturating_mul(self.step));
        seconds(time).is_some_and(|time| (self.start..end).contains(&time))
    }

    /// The width of a number of periods, in percent.
    pub(super) fn periods(&self, number: f64) -> f64 {
        number * float(self.step) / self.span() * 100.0
    }

    /// The number of the period that begins at a time.
    pub(super) fn bucket(&self, start: &str) -> Option<u64> {
        let past = seconds(start)? - self.start;
        let bucket = u64::try_from(past.div_euclid(self.step)).ok()?;
        (bucket < self.buckets).then_some(bucket)
    }

    /// The height of a bar. `least` makes the smallest one visible.
    pub(super) fn height(&self, count: f64, least: f64) -> f64 {
        let full = float(i64::try_from(self.full).unwrap_or(i64::MAX));
        (count / full * HEIGHT).clamp(least, HEIGHT)
    }

    /// The labels of the axis.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let buckets = i64::try_from(self.buckets).unwrap_or(1);
        let length = buckets.saturating_mul(self.step);
        let fits = |step: &i64| length / step <= MOST_TICKS;
        let step = STEPS.into_iter().find(fits);
        let step = step.unwrap_or_else(|| (length / MOST_TICKS / DAY + 1) * DAY);
        // Steps begin at midnight of the time zone.
        let offset = self.offset();
        let first = (self.start + offset).div_euclid(step) * step - offset;
        let times = (0..=MOST_TICKS + 1).map(|number| first + number * step);
        let times = times.filter(|time| (self.start..self.start + length).contains(time));
        let places: Vec<Place> = times.filter_map(|time| self.place(time, step)).collect();
        ticks(&places)
    }

    /// What may stand at a time of the axis.
    fn place(&self, time: i64, step: i64) -> Option<Place> {
        let local = self.local(time)?;
        let since_midnight = i64::from(local.num_seconds_from_midnight());
        let number = if step >= DAY {
            i64::from(local.num_days_from_ce()) / (step / DAY)
        } else {
            since_midnight / step
        };
        Some(Place {
            at: float(time - self.start) / self.span() * 100.0,
            hour: self.label(&local, step, false),
            day: self.label(&local, step, true),
            is_day: step >= DAY || since_midnight == 0,
            is_midnight: step < DAY && since_midnight == 0,
            number,
        })
    }

    fn label(&self, time: &DateTime<Tz>, step: i64, is_day: bool) -> String {
        let hour = format!("{:02}:{:02}", time.hour(), time.minute());
        if !is_day {
            return hour;
        }
        let (day, month) = (time.day(), time.month());
        match (self.language, step >= DAY) {
            (Language::English, true) => time.format("%a %-d %b").to_string(),
            (Language::English, false) => format!("{} {hour}", time.format("%-d %b")),
            (Language::Japanese, true) => format!("{month}/{day}"),
            (Language::Japanese, false) => format!("{month}/{day} {hour}"),
        }
    }

    /// The fine lines behind the bars: the numbers of the periods, and whether each is a midnight.
    pub(super) fn lines(&self) -> Vec<(f64, bool)> {
        let ticks = self.ticks();
        let period = |tick: &Tick| tick.at / 100.0 * float_of(self.buckets);
        ticks
            .iter()
            .map(|tick| (period(tick), tick.is_day))
            .collect()
    }

    fn offset(&self) -> i64 {
        self.local(self.start).map_or(0, |time| {
            let offset = time.offset();
            (offset.base_utc_offset() + offset.dst_offset()).num_seconds()
        })
    }

    fn local(&self, seconds: i64) -> Option<DateTime<Tz>> {
        let time = DateTime::<Utc>::from_timestamp(seconds, 0)?;
        Some(time.with_timezone(&self.zone))
    }
}

/// A time of the axis, before it is known whether it has room for a label.
struct Place {
    /// Where it is, in percent.
    at: f64,
    /// Its label without the day.
    hour: String,
    /// Its label with the day.
    day: String,
    /// Whether it always names the day.
    is_day: bool,
    /// Whether a day begins, where labels are closer than days.
    is_midnight: bool,
    /// Its number since midnight. If labels are days apart, their number.
    number: i64,
}

/// One label of so many is shown. Each number divides the number of labels of a day, or is a multiple of
/// it, so midnight always has one.
const ONE_OF: [i64; 4] = [1, 2, 4, 8];

/// The labels of the axis. Where there is no room for all, every second one is left out, or more: so those
/// that are left are as far apart as before. The first one names the day.
fn ticks(places: &[Place]) -> Vec<Tick> {
    let all: Vec<usize> = (0..places.len()).collect();
    let numbered = |wanted: i64| {
        let chosen = all.iter().copied();
        let chosen = chosen.filter(|index| places[*index].number % wanted == 0);
        chosen.collect::<Vec<_>>()
    };
    let of_wide = |wanted: &i64| {
        let chosen = numbered(*wanted);
        fits(places, &chosen, chosen.first().copied(), WIDE)
    };
    let one_of = ONE_OF.into_iter().find(of_wide).unwrap_or(1);
    let wide = numbered(one_of);
    let first = wide.first().copied();
    // From midnight on if there is one, else from the label that names the day.
    let has_midnight = places.iter().any(|place| place.is_midnight);
    let narrower = |wanted: i64| {
        let chosen = wide.iter().copied().zip(0..);
        let chosen = chosen.filter(|(index, position)| {
            let number = places[*index].number / one_of;
            (if has_midnight { number } else { *position }) % wanted == 0
        });
        chosen.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let mut narrow = ONE_OF.into_iter().map(narrower);
    let narrow = narrow.find(|chosen| fits(places, chosen, first, NARROW));
    let narrow = narrow.unwrap_or_default();
    let tick = |(index, place): (usize, &Place)| {
        let (label, is_day) = place.label(first == Some(index));
        let end = place.at / 100.0 * NARROW + width(label, is_day);
        Tick {
            at: place.at,
            label: label.to_owned(),
            is_day,
            room: if narrow.contains(&index) && end <= NARROW + BEYOND {
                Room::Always
            } else if wide.contains(&index) {
                Room::Wide
            } else {
                Room::Never
            },
        }
    };
    places.iter().enumerate().map(tick).collect()
}

/// Whether no label of those chosen lies on the next one, in a picture of this width.
fn fits(places: &[Place], chosen: &[usize], first: Option<usize>, pixels: f64) -> bool {
    let at = |index: usize| places[index].at / 100.0 * pixels;
    let has_room = |pair: &[usize]| {
        let (label, is_day) = places[pair[0]].label(first == Some(pair[0]));
        at(pair[0]) + width(label, is_day) <= at(pair[1])
    };
    !chosen.is_empty() && chosen.windows(2).all(has_room)
}

impl Place {
    /// Its text, and whether that names the day.
    fn label(&self, is_first: bool) -> (&str, bool) {
        if self.is_day || is_first {
            (&self.day, true)
        } else {
            (&self.hour, false)
        }
    }
}

/// The width of a label in pixels. A digit is 7 pixels wide, and a day is written in bold.
fn width(label: &str, is_day: bool) -> f64 {
    let columns = textwrap::core::display_width(label) as u64;
    float_of(columns) * if is_day { 7.4 } else { 6.6 } + 8.0
}

/// The largest count, as the height that all rows share.
pub(super) fn full(largest: f64) -> u64 {
    let digits = format!("{:.0}", largest.ceil().max(1.0));
    digits.parse().unwrap_or(1)
}

/// A percentage or a height, with two decimals at most.
pub(super) fn rounded(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// A time of the document, in seconds. Times of the hybrid wizard have no offset.
pub(super) fn seconds(time: &str) -> Option<i64> {
    let known = DateTime::parse_from_rfc3339(time).map(|time| time.timestamp());
    let local = || {
        time.parse::<NaiveDateTime>()
            .map(|time| time.and_utc().timestamp())
    };
    known.or_else(|_| local()).ok()
}

/// Numbers here are seconds and counts, which are far below the precision of a float.
#[allow(clippy::cast_precision_loss)]
fn float(number: i64) -> f64 {
    number as f64
}

/// The same for counts.
#[allow(clippy::cast_precision_loss)]
pub(super) fn float_of(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(start: &str, step: i64, buckets: u64, zone: Tz) -> Scale {
        let grid = Grid {
            start: start.to_owned(),
            bucket_seconds: step,
            buckets,
        };
        Scale::new(&grid, 24, zone, Language::English).expect("a time")
    }

    #[test]
    fn labels_begin_at_midnight_of_the_time_zone() {
        let utc = scale("2026-11-02T22:55:00Z", 300, 63, Tz::UTC);
        let labels: Vec<String> = utc.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(
            labels,
            [
                "2 Nov 23:00",
                "3 Nov 00:00",
                "01:00",
                "02:00",
                "03:00",
                "04:00"
            ]
        );
        let tokyo = scale("2026-11-02T00:00:00Z", 7_200, 84, Tz::Asia__Tokyo);
        let ticks = tokyo.ticks();
        assert_eq!(ticks[0].label, "Tue 3 Nov");
        assert_eq!(rounded(ticks[0].at), "8.93");
        assert_eq!(ticks.len(), 7);
    }

    #[test]
    fn there_are_never_many_labels() {
        for (step, buckets) in [(60, 1), (60, 5), (300, 90), (86_400, 90), (6_048_000, 90)] {
            let scale = scale("2026-11-02T00:00:00Z", step, buckets, Tz::UTC);
            assert!((1..=9).contains(&scale.ticks().len()), "{step} {buckets}");
        }
    }

    #[test]
    fn a_label_has_room_or_is_left_out() {
        let rooms = |scale: &Scale| -> Vec<Room> {
            scale.ticks().into_iter().map(|tick| tick.room).collect()
        };
        let night = scale("2026-11-02T22:55:00Z", 300, 63, Tz::UTC);
        let (always, wide, never) = (Room::Always, Room::Wide, Room::Never);
        assert_eq!(rooms(&night), [wide, always, wide, always, wide, wide]);
        // The first one that is shown names the only day.
        let morning = scale("2026-11-16T01:10:00Z", 120, 55, Tz::UTC);
        assert_eq!(
            rooms(&morning),
            [never, always, never, wide, never, always, never]
        );
        assert_eq!(morning.ticks()[1].label, "16 Nov 01:30");
        // Two labels that name a day, close to each other: one of them has only its line.
        let late = scale("2026-11-02T23:59:00Z", 60, 8, Tz::UTC);
        assert_eq!(rooms(&late)[..4], [never, always, never, wide]);
    }

    #[test]
    fn labels_are_left_out_evenly() {
        let even = |shown: &[usize]| {
            let mut gaps = shown.windows(2).map(|pair| pair[1] - pair[0]);
            let first = gaps.next();
            gaps.all(|gap| Some(gap) == first)
        };
        for start in 0..48 {
            let hour = format!("2026-11-02T{:02}:{:02}:00Z", start / 2, start % 2 * 30);
            for step in [60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400] {
                for buckets in [8, 20, 41, 70, 90] {
                    let ticks = scale(&hour, step, buckets, Tz::UTC).ticks();
                    let of = |is_shown: fn(Room) -> bool| {
                        let shown = ticks.iter().enumerate();
                        let shown = shown.filter(|(_, tick)| is_shown(tick.room));
                        shown.map(|(index, _)| index).collect::<Vec<_>>()
                    };
                    let wide = of(|room| room != Room::Never);
                    let narrow = of(|room| room == Room::Always);
                    assert!(even(&wide) && even(&narrow), "{hour} {step} {ticks:?}");
                    assert!(ticks[wide[0]].is_day, "{hour} {step} {ticks:?}");
                }
            }
        }
    }

    #[test]
    fn places_are_percentages() {
        let scale = scale("2026-11-02T00:00:00Z", 3_600, 10, Tz::UTC);
        assert_eq!(scale.at("2026-11-02T05:00:00Z"), Some(50.0));
        assert_eq!(scale.at("2027-01-01T00:00:00Z"), Some(100.0));
        assert_eq!(scale.bucket("2026-11-02T09:00:00Z"), Some(9));
        let period = |time| scale.period_of(time);
        assert_eq!(period("2026-11-02T05:00:00Z"), Some((50.0, 60.0)));
        assert_eq!(period("2026-11-02T05:59:59Z"), Some((50.0, 60.0)));
        assert_eq!(period("2026-11-01T05:00:00Z"), Some((0.0, 10.0)));
        assert_eq!(period("2026-11-03T05:00:00Z"), Some((90.0, 100.0)));
        assert_eq!(scale.bucket("2026-11-02T10:00:00Z"), None);
        assert!(scale.holds("2026-11-02T09:59:59Z") && !scale.holds("2026-11-02T10:00:00Z"));
        assert_eq!(rounded(scale.height(12.0, 3.0)), "10");
        assert_eq!(rounded(scale.height(1.0, 3.0)), "3");
        assert_eq!(full(3.2), 4);
    }
}
