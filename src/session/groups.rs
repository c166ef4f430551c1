//! Rows grouped by session id, each group in the order of its rows.
//!
//! In: rows, many at a time. Out: [`RowGroup`]s in the order of their first rows, each with the numbers
//! of its rows.
//! Must look at the id only: one id may name several sessions in turn.
//! Memory: the open groups, and one number per row.

use std::collections::HashMap;
use std::sync::Arc;

use crate::input::record::Row;

use super::key::{Secret, UsualKey, UsualMap};

/// No row.
const NONE: u32 = u32::MAX;

/// How many groups can be found without the map, at most. A busy server has about as many open sessions.
const NEAR: usize = 2_048;

/// The latest rows, and the groups that remain open from one call to the next.
#[derive(Debug)]
pub(super) struct Groups {
    secret: Secret,
    numbers: UsualMap<u32>,
    /// The groups of ids that are not usual.
    others: Others,
    /// For these bits of a key's hash, the number of the latest group found for such a key.
    near: Box<[u32; NEAR]>,
    groups: Vec<Members>,
    /// Numbers of groups that were forgotten.
    free: Vec<u32>,
    /// The groups that have rows in this call. [`Groups::close`] reverses them.
    waiting: Vec<u32>,
    /// For each row, the next row of its group.
    next: Vec<u32>,
}

/// Where to look first for the group of a key.
#[inline(always)]
fn near(secret: &Secret, key: UsualKey) -> usize {
    secret.spread(key) as usize % NEAR
}

/// The groups of ids that are not usual, by the whole text.
#[derive(Debug, Default)]
struct Others {
    numbers: HashMap<Arc<[u8]>, u32>,
    texts: HashMap<u32, Arc<[u8]>>,
}

impl Others {
    fn insert(&mut self, text: &[u8], group: u32) {
        let text: Arc<[u8]> = text.into();
        self.numbers.insert(Arc::clone(&text), group);
        self.texts.insert(group, text);
    }

    fn remove(&mut self, group: u32) {
        if let Some(text) = self.texts.remove(&group) {
            self.numbers.remove(&text);
        }
    }
}

/// The rows of a group so far.
#[derive(Debug, Clone, Copy)]
struct Members {
    /// [`UsualKey::NONE`] if the id is not usual.
    key: UsualKey,
    first: u32,
    last: u32,
}

/// A group that has rows in this call.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowGroup {
    /// Its number, below [`Groups::len`].
    pub(super) number: usize,
    /// The number of its first row.
    pub(super) first: u32,
}

impl Default for Groups {
    fn default() -> Groups {
        let secret = Secret::default();
        Groups {
            numbers: UsualMap::with_hasher(secret.clone()),
            secret,
            others: Others::default(),
            near: Box::new([NONE; NEAR]),
            groups: Vec::new(),
            free: Vec::new(),
            waiting: Vec::new(),
            next: Vec::new(),
        }
    }
}

impl Groups {
    /// Groups the rows from number `from` on. The rows before it are already grouped.
    pub(super) fn add(&mut self, rows: &[Row<'_>], from: usize) {
        self.next.resize(rows.len(), NONE);
        for (number, row) in (from as u32..).zip(&rows[from..]) {
            let group = match UsualKey::of(row.session()) {
                Some(key) => self.usual(key),
                None => self.other(row.session()),
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

    /// The group of a usual id.
    #[inline(always)]
    fn usual(&mut self, key: UsualKey) -> u32 {
        let near = near(&self.secret, key);
        let mut group = self.near[near];
        let is_near = self.groups.get(group as usize);
        if is_near.is_none_or(|known| known.key != key) {
            group = match self.numbers.get(&key) {
                Some(group) => *group,
                None => self.begin_usual(key),
            };
            self.near[near] = group;
        }
        group
    }

    /// The group of any other id.
    #[cold]
    fn other(&mut self, text: &[u8]) -> u32 {
        if let Some(group) = self.others.numbers.get(text) {
            return *group;
        }
        let group = self.begin(UsualKey::NONE);
        self.others.insert(text, group);
        group
    }

    /// Ends the grouping. After this, [`Groups::next`] returns the groups.
    pub(super) fn close(&mut self) {
        self.waiting.reverse();
    }

    /// Begins a group for a usual id that is not in use.
    #[cold]
    fn begin_usual(&mut self, key: UsualKey) -> u32 {
        let group = self.begin(key);
        self.numbers.insert(key, group);
        group
    }

    fn begin(&mut self, key: UsualKey) -> u32 {
        let rows = Members {
            key,
            first: NONE,
            last: NONE,
        };
        let group = self.free.pop().unwrap_or(self.groups.len() as u32);
        match self.groups.get_mut(group as usize) {
            Some(free) => *free = rows,
            None => self.groups.push(rows),
        }
        group
    }

    /// One more than the highest number of a group.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The next group that has rows.
    pub(super) fn next(&mut self) -> Option<RowGroup> {
        let Some(number) = self.waiting.pop() else {
            self.next.clear();
            return None;
        };
        let number = number as usize;
        let first = std::mem::replace(&mut self.groups[number].first, NONE);
        Some(RowGroup { number, first })
    }

    /// The number of the next row of the same group.
    #[inline(always)]
    pub(super) fn row_behind(&self, number: u32) -> Option<u32> {
        Some(self.next[number as usize]).filter(|next| *next != NONE)
    }

    /// How many groups are open.
    pub(super) fn open(&self) -> usize {
        self.groups.len() - self.free.len()
    }

    /// Ends a group: its id is no longer in use.
    pub(super) fn forget(&mut self, group: usize) {
        let key = self.groups[group].key;
        if key == UsualKey::NONE {
            self.others.remove(group as u32);
        } else {
            self.numbers.remove(&key);
            self.near[near(&self.secret, key)] = NONE;
        }
        self.free.push(group as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::header::Layout;
    use crate::input::lines;

    /// The rows' ids, grouped: what each group's rows are, in the order of the groups.
    fn grouped(groups: &mut Groups, ids: &[u64], step: usize) -> Vec<(usize, Vec<u32>)> {
        let line = |id: &u64| format!("2026-11-03T02:14:09.120Z,C,{id:016X},1,a,b,<,250 ok,\n");
        let text: String = ids.iter().map(line).collect();
        let mut found = Vec::new();
        lines::read(text.as_bytes(), 0, Layout::default(), |rows, _| {
            for from in (0..rows.len()).step_by(step) {
                groups.add(&rows[..(from + step).min(rows.len())], from);
            }
            groups.close();
            while let Some(group) = groups.next() {
                let next = |number: &u32| groups.row_behind(*number);
                let rows = std::iter::successors(Some(group.first), next).collect();
                found.push((group.number, rows));
                groups.forget(group.number);
            }
        });
        found
    }

    #[test]
    fn groups_come_by_first_sight_and_keep_the_order_of_their_rows() {
        for step in [1, 2, 7] {
            let mut groups = Groups::default();
            let found = grouped(&mut groups, &[5, 9, 5, 5, 7, 9], step);
            assert_eq!(found, [(0, vec![0, 2, 3]), (1, vec![1, 5]), (2, vec![4])]);
            // Forgotten numbers are used again, and nothing is left of the rows before.
            let found = grouped(&mut groups, &[9, 1], step);
            assert_eq!(found, [(2, vec![0]), (1, vec![1])]);
            assert_eq!(groups.len(), 3);
        }
    }

    #[test]
    fn ids_of_any_length_are_grouped_by_their_whole_text() {
        let mut groups = Groups::default();
        let ids = [
            "08DE",
            "redacted",
            "08DE",
            "00000000000008DE",
            "08DE-2",
            "redacted",
        ];
        let line = |id: &str| format!("2026-11-03T02:14:09.120Z,C,{id},1,a,b,<,250 ok,\n");
        let text: String = ids.into_iter().map(line).collect();
        let mut found = Vec::new();
        lines::read(text.as_bytes(), 0, Layout::default(), |rows, _| {
            for row in rows {
                groups.add(std::slice::from_ref(row), 0);
                groups.close();
                found.extend(std::iter::from_fn(|| groups.next()).map(|group| group.number));
            }
        });
        assert_eq!(found, [0, 1, 0, 2, 3, 1]);
        (0..4).for_each(|group| groups.forget(group));
        assert!(groups.open() == 0 && groups.numbers.is_empty());
        assert!(groups.others.numbers.is_empty() && groups.others.texts.is_empty());
    }

    #[test]
    fn more_sessions_than_are_found_without_the_map() {
        let mut groups = Groups::default();
        let ids: Vec<u64> = (0..3 * NEAR as u64).map(|row| row * row % 4_999).collect();
        for lot in ids.chunks(700) {
            let mut expected: Vec<(u64, Vec<u32>)> = Vec::new();
            for (row, id) in (0..).zip(lot) {
                match expected.iter_mut().find(|(known, _)| known == id) {
                    Some((_, rows)) => rows.push(row),
                    None => expected.push((*id, vec![row])),
                }
            }
            let found = grouped(&mut groups, lot, 64)
                .into_iter()
                .map(|(_, rows)| rows);
            assert!(found.eq(expected.into_iter().map(|(_, rows)| rows)));
        }
    }
}
