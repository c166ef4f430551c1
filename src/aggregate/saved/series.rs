//! Counts over time as records, and back.
//!
//! In: time lines, courses and the other values in [`Buckets`]. Out: records, in which times are counted in
//! buckets from the first one. Or the other way round, checked.
//! Must not make other buckets than there were: the same step, the same counts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::buckets::{Buckets, Join, Ladder};
use crate::aggregate::course::{Course, Stretch, Tally};
use crate::aggregate::timeline::{Moments, Timeline, Times};
use crate::input::timestamp::Timestamp;

use super::values::{Millis, RecordFault, count, millis, share, timestamp};

/// Values over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesRecord<T> {
    /// The length of a bucket in milliseconds.
    pub length: i64,
    /// The start of the first bucket, in milliseconds since 1970; `null` if there is none.
    pub start: Millis,
    /// For each bucket with a value: how many buckets after the first one it is, and the value.
    pub values: Vec<(i64, T)>,
}

impl<T> SeriesRecord<T> {
    fn of<V: Join>(buckets: &Buckets<V>, mut record: impl FnMut(i64, &V) -> T) -> SeriesRecord<T> {
        let length = buckets.length();
        let start = buckets.values().keys().next().copied();
        let values = buckets.values().iter();
        let values = values.map(|(at, value)| {
            // The first bucket may begin far before 1970, but both are starts of buckets.
            let offset = at.saturating_sub(start.unwrap_or(0)) / length;
            (offset, record(*at, value))
        });
        SeriesRecord {
            length,
            start,
            values: values.collect(),
        }
    }

    fn buckets<V: Join>(
        &self,
        ladder: &'static Ladder,
        mut value: impl FnMut(i64, &T) -> Result<V, RecordFault>,
    ) -> Result<Buckets<V>, RecordFault> {
        let fault = || RecordFault("values");
        let start = timestamp(self.start)?.known().map_or(0, Timestamp::millis);
        let mut values = BTreeMap::new();
        let mut before = None;
        for (offset, one) in &self.values {
            let at = offset.checked_mul(self.length).ok_or_else(fault)?;
            let at = timestamp(Some(start.checked_add(at).ok_or_else(fault)?))?.millis();
            if before.is_some_and(|before| at <= before) || *offset < 0 {
                return Err(fault());
            }
            before = Some(at);
            values.insert(at, value(at, one)?);
        }
        Buckets::restored(ladder, self.length, values).ok_or_else(fault)
    }
}

/// How many there were over time.
pub(super) type CountsRecord = SeriesRecord<u64>;

impl Timeline {
    pub(super) fn record(&self) -> CountsRecord {
        SeriesRecord::of(self.buckets(), |_, count| *count)
    }

    pub(super) fn of_record(record: &CountsRecord) -> Result<Timeline, RecordFault> {
        let buckets = record.buckets(Timeline::ladder(), |_, value| count(*value))?;
        Ok(Timeline::of_buckets(buckets))
    }
}

/// How many there were over time, and in each bucket the first and the last one in milliseconds from its
/// start.
pub(super) type TimesRecord = SeriesRecord<(u64, i64, i64)>;

impl Times {
    pub(super) fn record(&self) -> TimesRecord {
        SeriesRecord::of(self.buckets(), |at, moments| {
            let Moments { count, first, last } = *moments;
            (count, first - at, last - at)
        })
    }

    pub(super) fn of_record(record: &TimesRecord) -> Result<Times, RecordFault> {
        let length = record.length;
        let buckets = record.buckets(Times::ladder(), |at, (number, first, last)| {
            if *first < 0 || last < first || *last >= length {
                return Err(RecordFault("values"));
            }
            Ok(Moments {
                count: count(*number)?,
                first: at + first,
                last: at + last,
            })
        })?;
        Ok(Times::of_buckets(buckets))
    }
}

/// Times that are told apart as far as buckets do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MomentsRecord {
    /// The length of a bucket in milliseconds.
    pub length: i64,
    /// The start of the first bucket, in milliseconds since 1970; `null` if there is none.
    pub start: Millis,
    /// For each bucket that holds a time: how many buckets after the first one it is.
    pub buckets: Vec<i64>,
}

pub(super) fn moments_record(moments: &Buckets<()>) -> MomentsRecord {
    let SeriesRecord {
        length,
        start,
        values,
    } = SeriesRecord::of(moments, |_, ()| ());
    MomentsRecord {
        length,
        start,
        buckets: values.into_iter().map(|(offset, ())| offset).collect(),
    }
}

pub(super) fn moments(
    record: &MomentsRecord,
    ladder: &'static Ladder,
) -> Result<Buckets<()>, RecordFault> {
    let values = record.buckets.iter().map(|offset| (*offset, ()));
    let series = SeriesRecord {
        length: record.length,
        start: record.start,
        values: values.collect(),
    };
    series.buckets(ladder, |_, ()| Ok(()))
}

/// The values of buckets that are no counts.
pub(super) fn of_values<V: Join, T>(
    buckets: &Buckets<V>,
    mut record: impl FnMut(&V) -> T,
) -> SeriesRecord<T> {
    SeriesRecord::of(buckets, |_, value| record(value))
}

/// The same back.
pub(super) fn values<V: Join, T>(
    record: &SeriesRecord<T>,
    ladder: &'static Ladder,
    mut value: impl FnMut(&T) -> Result<V, RecordFault>,
) -> Result<Buckets<V>, RecordFault> {
    record.buckets(ladder, |_, one| value(one))
}

/// Sessions of one kind: how many, the beginning of the first and the end of the last, in milliseconds from
/// the start of the bucket, `null` where not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TallyRecord(u64, Millis, Millis);

impl TallyRecord {
    /// `None` if there is none.
    fn of(tally: &Tally, at: i64) -> Option<TallyRecord> {
        let Tally {
            sessions,
            first,
            last,
        } = *tally;
        if *tally == Tally::default() {
            return None;
        }
        let from_start = |time: Timestamp| millis(time).map(|millis| millis.saturating_sub(at));
        Some(TallyRecord(sessions, from_start(first), from_start(last)))
    }

    fn tally(record: Option<TallyRecord>, at: i64) -> Result<Tally, RecordFault> {
        let Some(TallyRecord(sessions, first, last)) = record else {
            return Ok(Tally::default());
        };
        let time = |from_start: Millis| match from_start.map(|millis| millis.checked_add(at)) {
            None => Ok(Timestamp::UNKNOWN),
            Some(Some(millis)) => timestamp(Some(millis)),
            Some(None) => Err(RecordFault("time")),
        };
        Ok(Tally {
            sessions: count(sessions)?,
            first: time(first)?,
            last: time(last)?,
        })
    }
}

/// The sessions that ended in a short time. What is missing is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StretchRecord {
    /// All of them.
    pub all: TallyRecord,
    /// Those that delivered something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<TallyRecord>,
    /// Those in which a recipient was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<TallyRecord>,
    /// Those that were dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<TallyRecord>,
    /// Those for which no connection came about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconnected: Option<TallyRecord>,
    /// How many of them failed in TLS.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed_in_tls: u64,
    /// The recipients that they delivered to.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub accepted_recipients: u64,
    /// The recipients that were rejected in them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected_recipients: u64,
}

pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl StretchRecord {
    fn of(stretch: &Stretch, at: i64) -> StretchRecord {
        let Stretch {
            all,
            taken,
            rejected,
            dropped,
            unconnected,
            failed_in_tls,
            accepted_recipients,
            rejected_recipients,
        } = stretch;
        StretchRecord {
            all: TallyRecord::of(all, at).unwrap_or(TallyRecord(0, None, None)),
            taken: TallyRecord::of(taken, at),
            rejected: TallyRecord::of(rejected, at),
            dropped: TallyRecord::of(dropped, at),
            unconnected: TallyRecord::of(unconnected, at),
            failed_in_tls: *failed_in_tls,
            accepted_recipients: *accepted_recipients,
            rejected_recipients: *rejected_recipients,
        }
    }

    fn stretch(&self, at: i64) -> Result<Stretch, RecordFault> {
        let StretchRecord {
            all,
            taken,
            rejected,
            dropped,
            unconnected,
            failed_in_tls,
            accepted_recipients,
            rejected_recipients,
        } = *self;
        let all = TallyRecord::tally(Some(all), at)?;
        let some = |record: Option<TallyRecord>| {
            let some = TallyRecord::tally(record, at)?;
            share(some.sessions, all.sessions)?;
            Ok(some)
        };
        let stretch = Stretch {
            all,
            taken: some(taken)?,
            rejected: some(rejected)?,
            dropped: some(dropped)?,
            unconnected: some(unconnected)?,
            failed_in_tls: share(failed_in_tls, all.sessions)?,
            accepted_recipients: count(accepted_recipients)?,
            rejected_recipients: count(rejected_recipients)?,
        };
        share(stretch.died(), all.sessions)?;
        Ok(stretch)
    }
}

/// Sessions over time, by their ends.
pub(super) type CourseRecord = SeriesRecord<StretchRecord>;

impl Course {
    pub(super) fn record(&self) -> CourseRecord {
        SeriesRecord::of(self.buckets(), |at, stretch| StretchRecord::of(stretch, at))
    }

    pub(super) fn of_record(record: &CourseRecord) -> Result<Course, RecordFault> {
        let ladder = Course::ladder();
        let buckets = record.buckets(ladder, |at, stretch| stretch.stretch(at))?;
        Ok(Course::of_buckets(buckets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    proptest! {
        #[test]
        fn time_lines_come_back(times in proptest::collection::vec(-40_000_000i64..40_000_000, 0..3000)) {
            let (mut line, mut exact) = (Timeline::default(), Times::default());
            for time in &times {
                line.add(seconds(*time), 2);
                exact.add(seconds(*time));
            }
            prop_assert_eq!(Timeline::of_record(&line.record()), Ok(line));
            prop_assert_eq!(Times::of_record(&exact.record()), Ok(exact));
        }
    }

    #[test]
    fn other_buckets_than_the_program_makes_are_refused() {
        let mut line = Timeline::default();
        line.add(seconds(10), 1);
        line.add(seconds(100), 1);
        let good = line.record();
        assert!(Timeline::of_record(&good).is_ok());
        let changes: [fn(&mut CountsRecord); 7] = [
            |bad| bad.length = 0,
            |bad| bad.length = 61_000,
            |bad| bad.start = Some(1),
            |bad| bad.values.reverse(),
            |bad| bad.values[0].0 = -1,
            |bad| bad.values[1].0 = i64::MAX,
            |bad| bad.values[1].1 = u64::MAX,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(Timeline::of_record(&bad).is_err(), "{number}");
        }
        let mut many = good;
        many.values = (0..1_501).map(|at| (at, 1)).collect();
        assert!(Timeline::of_record(&many).is_err());
    }
}
