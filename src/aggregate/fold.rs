//! The streams become one whole, in a fixed order.
//!
//! In: the [`Aggregate`] of each stream. Out: a [`StreamAggregate`] of each, and the [`Aggregate`] of all.
//! Must not know where a stream was counted: the same files give the same [`StreamAggregate`], whatever
//! other streams were read with them, and in whatever chunks. What is capped is capped in each stream
//! first, so that the whole does not depend on that either.

use crate::input::place::LinePlace;

use super::collect::Aggregate;

/// What is kept of the sessions of one stream, as if the input held no other: its stream has number 0, its
/// files are counted from 0, and all numbers follow the content.
#[derive(Debug, Clone, Default)]
pub struct StreamAggregate(pub(super) Aggregate);

/// Where a stream stands in the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    /// Its index.
    pub stream: usize,
    /// The index of its first file.
    pub first_file: usize,
}

impl StreamAggregate {
    /// The same with more sessions of the stream, whose places are by file already.
    pub fn with(&self, more: Aggregate) -> StreamAggregate {
        let mut all = self.0.clone();
        all.merge(more);
        all.of_stream(|place| place)
    }
}

impl StreamAggregate {
    /// The same with what was counted of a later part of the stream.
    pub fn and(&self, later: StreamAggregate) -> StreamAggregate {
        self.with(later.0)
    }
}

impl Aggregate {
    /// Nothing more comes, and everything was of one stream. `by_file` gives the line by file, in which the
    /// first file of the stream has number 0.
    pub fn of_stream(mut self, by_file: impl Fn(LinePlace) -> LinePlace) -> StreamAggregate {
        self.each_place(&mut |place| *place = by_file(*place));
        let mut one = self.sorted_as(Some(0));
        one.occurrences.limit_senders();
        one.occurrences.limit_rows();
        one.occurrences.sort();
        StreamAggregate(one)
    }

    /// The aggregate of all streams, which come in the order of their places.
    pub fn of_streams(
        streams: impl IntoIterator<Item = (StreamPlace, StreamAggregate)>,
    ) -> Aggregate {
        let mut whole: Option<Aggregate> = None;
        for (at, StreamAggregate(mut one)) in streams {
            let first = u32::try_from(at.first_file).unwrap_or(u32::MAX);
            one.each_place(&mut |place| place.chunk = place.chunk.saturating_add(first));
            let whole = whole.get_or_insert_with(|| Aggregate::new(one.limits));
            whole.merge_stream(one, at.stream);
        }
        whole.unwrap_or_default()
    }

    /// Shows the place of each row that is kept, to be changed.
    fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        self.flows.each_place(change);
        self.earlier.each_place(change);
        self.occurrences.each_place(change);
        let failures = self.failures.values_mut();
        let failures = failures.flat_map(|failures| failures.values_mut());
        failures.for_each(|failure| change(&mut failure.row.place));
        self.halves.each_place(change);
    }
}
