//! Rows grouped by session id, each group in the order of its rows.
//!
//! In: rows, many at a time. Out: [`Group`]s in order of first sight, each with its rows' numbers.
//! Must not look at anything but the id: one id may name several sessions in turn.
//! Memory: what is open, and one number per row.

use crate::input::record::Row;

use super::key::{KeyMap, SessionKey};

/// No row.
const NONE: u32 = u32::MAX;

/// The rows grouped last, and the groups that stay from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Groups {
    numbers: KeyMap<u32>,
    groups: Vec<Rows>,
    /// Numbers of groups that were forgotten.
    free: Vec<u32>,
    /// Groups that have rows this time, the last one first once they are being handed out.
    waiting: Vec<u32>,
    /// For each row, the next one of its group.
    next: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Rows {
    key: SessionKey,
    first: u32,
    last: u32,
}

/// A group that has rows this time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// Its number, below [`Groups::len`].
    pub(super) number: usize,
    /// The number of the first.
    pub(super) first: u32,
}

impl Groups {
    /// Groups the rows from number `from` on; those before it have been grouped.
    pub(super) fn add(&mut self, rows: &[Row<'_>], from: usize) {
        self.next.resize(rows.len(), NONE);
        for (number, row) in (from as u32..).zip(&rows[from..]) {
            let key = SessionKey::of(row.session());
            let group = match self.numbers.get(&key) {
                Some(group) => *group,
                None => self.begin(key),
            };
            let rows = &mut self.groups[group as usize];
            if rows.first == NONE {
                rows.first = number;
                self.waiting.push(group);
            } else {
                self.next[rows.last as usize] = number;
            }
            rows.last = number;
        }
    }

    /// All rows have been grouped: the groups can be handed out.
    pub(super) fn close(&mut self) {
        self.waiting.reverse();
    }

    /// A group for an id that is not in use.
    #[cold]
    fn begin(&mut self, key: SessionKey) -> u32 {
        let rows = Rows {
            key,
            first: NONE,
            last: NONE,
        };
        let group = self.free.pop().unwrap_or(self.groups.len() as u32);
        match self.groups.get_mut(group as usize) {
            Some(free) => *free = rows,
            None => self.groups.push(rows),
        }
        self.numbers.insert(key, group);
        group
    }

    /// One more than the highest number of a group.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The next group that has rows.
    pub(super) fn next(&mut self) -> Option<Group> {
        let Some(number) = self.waiting.pop() else {
            self.next.clear();
            return None;
        };
        let number = number as usize;
        let first = std::mem::replace(&mut self.groups[number].first, NONE);
        Some(Group { number, first })
    }

    /// The number of the next row of the same group.
    #[inline(always)]
    pub(super) fn row_behind(&self, number: u32) -> Option<u32> {
        Some(self.next[number as usize]).filter(|next| *next != NONE)
    }

    /// The id is no longer in use.
    pub(super) fn forget(&mut self, group: Group) {
        self.numbers.remove(&self.groups[group.number].key);
        self.free.push(group.number as u32);
    }
}
