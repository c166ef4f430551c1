//! What was odd in the input: counted, with the first places.
//!
//! In: one call per oddity. Out: a count and the first places per kind.
//! Must not decide what an oddity means. Merging in chunk order keeps the first places first.

use super::place::LinePlace;

/// A kind of oddity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A line that is no row, such as one with too few columns.
    #[default]
    Malformed,
    /// A log file without any header line before its first row; nine default columns assumed.
    HeaderMissing,
    /// A quoted field that does not end on its line.
    UnterminatedQuote,
    /// A malformed line with more columns than the header names.
    ExtraColumns,
    /// A malformed line whose time is in a form that Exchange does not write.
    UnreadableTime,
    /// A UTF-16 file, decoded before reading.
    Utf16,
    /// A malformed line with an event that Exchange does not write.
    UnknownEvent,
    /// A file that looks copied from a web page or a spreadsheet, cleaned before reading.
    Pasted,
    /// A malformed line whose session id is none that Exchange writes.
    ForeignSession,
    /// More sessions were open at the same time than are kept, so this one was counted as one without
    /// an end although rows of it may have come later.
    SessionsGivenUp,
}

/// Every kind, in the order of the report.
pub const NOTE_KINDS: [NoteKind; 10] = [
    NoteKind::Malformed,
    NoteKind::HeaderMissing,
    NoteKind::UnterminatedQuote,
    NoteKind::ExtraColumns,
    NoteKind::UnreadableTime,
    NoteKind::Utf16,
    NoteKind::UnknownEvent,
    NoteKind::Pasted,
    NoteKind::ForeignSession,
    NoteKind::SessionsGivenUp,
];

impl NoteKind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            NoteKind::Malformed => "malformed-line",
            NoteKind::HeaderMissing => "header-missing",
            NoteKind::UnterminatedQuote => "unterminated-quote",
            NoteKind::ExtraColumns => "extra-columns",
            NoteKind::UnreadableTime => "unreadable-time",
            NoteKind::Utf16 => "utf-16",
            NoteKind::UnknownEvent => "unknown-event",
            NoteKind::Pasted => "pasted",
            NoteKind::ForeignSession => "foreign-session",
            NoteKind::SessionsGivenUp => "sessions-given-up",
        }
    }
}

/// Places that are kept of each kind.
pub const MOST_PLACES: usize = 5;

/// Counts and first places of all kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    seen: [(u64, Vec<LinePlace>); NOTE_KINDS.len()],
}

impl Notes {
    /// Counts one oddity at a place.
    pub fn add(&mut self, kind: NoteKind, place: LinePlace) {
        let (count, places) = &mut self.seen[kind as usize];
        *count += 1;
        if places.len() < MOST_PLACES {
            places.push(place);
        }
    }

    /// Adds oddities of one kind that were counted elsewhere, with their first places; `None` if there cannot be
    /// so many places.
    pub fn restore(&mut self, kind: NoteKind, count: u64, places: Vec<LinePlace>) -> Option<()> {
        let are_all = places.len() as u64 == count.min(MOST_PLACES as u64);
        let seen = &mut self.seen[kind as usize];
        let is_new = seen.0 == 0;
        (are_all && is_new).then(|| *seen = (count, places))
    }

    /// Adds the notes of a later part of the input.
    pub fn merge(&mut self, later: &Notes) {
        for ((count, places), (more, others)) in self.seen.iter_mut().zip(&later.seen) {
            *count += more;
            let room = MOST_PLACES.saturating_sub(places.len());
            places.extend(others.iter().take(room));
        }
    }

    /// Shows the places, to be changed. They must stay in their order.
    pub fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        for (_, places) in &mut self.seen {
            places.iter_mut().for_each(&mut *change);
        }
    }

    /// The kinds that occurred, with count and first place.
    pub fn iter(&self) -> impl Iterator<Item = (NoteKind, u64, LinePlace)> + '_ {
        NOTE_KINDS
            .iter()
            .zip(&self.seen)
            .filter_map(|(kind, (count, places))| {
                places.first().map(|place| (*kind, *count, *place))
            })
    }

    /// The first places of a kind, at most [`MOST_PLACES`].
    pub fn places(&self, kind: NoteKind) -> &[LinePlace] {
        &self.seen[kind as usize].1
    }

    /// How often a kind occurred.
    pub fn count(&self, kind: NoteKind) -> u64 {
        self.seen[kind as usize].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_adds_counts_and_keeps_the_first_place() {
        let early = LinePlace { chunk: 0, line: 7 };
        let late = LinePlace { chunk: 1, line: 2 };
        let mut first = Notes::default();
        first.add(NoteKind::Malformed, early);
        let mut second = Notes::default();
        second.add(NoteKind::Malformed, late);
        second.add(NoteKind::ExtraColumns, late);
        first.merge(&second);
        let all: Vec<_> = first.iter().collect();
        assert_eq!(
            all,
            [
                (NoteKind::Malformed, 2, early),
                (NoteKind::ExtraColumns, 1, late)
            ]
        );
        assert_eq!(first.places(NoteKind::Malformed), [early, late]);
        (0..9).for_each(|_| first.add(NoteKind::Malformed, late));
        assert_eq!(first.places(NoteKind::Malformed).len(), MOST_PLACES);
        assert_eq!(first.count(NoteKind::Malformed), 11);
    }

    #[test]
    fn every_kind_stands_at_its_own_index() {
        for (index, kind) in NOTE_KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
        }
    }
}
