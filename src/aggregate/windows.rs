//! Windows of time that hold about as much as each other.
//!
//! In: counts over time. Out: [`Window`]s, which touch no bucket twice.
//! Must not know what is counted.

use super::timeline::{LADDER, Timeline};
use crate::input::timestamp::Timestamp;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub start: Timestamp,
    /// The first moment behind it.
    pub end: Timestamp,
}

impl Window {
    /// Whether a time lies in it.
    pub fn holds(self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }
}

/// Windows of at most so many rows, unless one bucket has more, in the order of time.
pub fn windows(rows: &Timeline, most: u64) -> Vec<Window> {
    let length = LADDER[rows.step()];
    let moment = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let mut windows: Vec<Window> = Vec::new();
    let mut size = 0;
    for (start, count) in rows.at_step(0) {
        let end = moment(start.saturating_add(length));
        match windows.last_mut() {
            Some(last) if size + count <= most => {
                last.end = end;
                size += count;
            }
            _ => {
                let start = moment(start);
                windows.push(Window { start, end });
                size = count;
            }
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(minutes: &[(i64, u64)]) -> Timeline {
        let mut rows = Timeline::default();
        for (minute, count) in minutes {
            rows.add(Timestamp::from_millis(minute * 60_000 + 5), *count);
        }
        rows
    }

    /// The windows in minutes, the second number behind the last minute.
    fn minutes(minutes: &[(i64, u64)], most: u64) -> Vec<(i64, i64)> {
        let minute = |time: Timestamp| time.millis() / 60_000;
        let windows = windows(&timeline(minutes), most).into_iter();
        windows
            .map(|window| (minute(window.start), minute(window.end)))
            .collect()
    }

    #[test]
    fn windows_hold_all_rows_once_and_not_too_many() {
        assert_eq!(minutes(&[], 10), []);
        let all = [(0, 6), (1, 4), (2, 1), (7, 25), (8, 3), (9, 7), (10, 1)];
        // One minute has more than fit.
        assert_eq!(
            minutes(&all, 10),
            [(0, 2), (2, 3), (7, 8), (8, 10), (10, 11)]
        );
        assert_eq!(minutes(&all, 100), [(0, 11)]);
        let windows = windows(&timeline(&all), 10);
        for (minute, _) in all {
            let time = Timestamp::from_millis(minute * 60_000 + 59_999);
            let holding = windows.iter().filter(|window| window.holds(time));
            assert_eq!(holding.count(), 1, "{minute}");
        }
    }
}
