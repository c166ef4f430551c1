//! Copies of rows that a chunk leaves to the shared step.
//!
//! In: rows, in order, each with the layout by which it was read. Out: the same rows, read again.
//! Must not keep rows: only their lines, because a chunk's text is gone when its rows are needed.

use crate::input::fast_path;
use crate::input::header::Layout;
use crate::input::line_index::{Line, LineIndex};
use crate::input::parse::{self, Oddities};
use crate::input::place::LinePlace;
use crate::input::record::Row;
use crate::input::timestamp::DayCache;

/// Bytes of a block of copied rows.
const BLOCK: usize = 64 * 1024;

/// Copies of the rows of all sessions that began before the chunk, in order.
#[derive(Debug, Default)]
pub struct CutRows {
    /// Their lines, each with a newline, in blocks. One growing buffer would be copied again and again.
    blocks: Vec<Vec<u8>>,
    chunk: u32,
    /// The line number of each row.
    lines: Vec<u32>,
    /// The layouts of the rows, each with the number of the first row that has it.
    layouts: Vec<(usize, Layout)>,
}

impl CutRows {
    /// Reads the rows again and passes each to `visit`, in order.
    pub fn replay(&self, mut visit: impl FnMut(&Row<'_>)) {
        let (mut index, mut other_index) = (LineIndex::default(), LineIndex::default());
        let mut days = DayCache::default();
        let mut layouts = self.layouts.iter().peekable();
        let mut layout = Layout::default();
        let mut number = 0;
        let mut read = |line: &Line<'_, '_>| {
            let place = LinePlace {
                chunk: self.chunk,
                line: self.lines[number],
            };
            while let Some((_, next)) = layouts.next_if(|(first, _)| *first == number) {
                layout = *next;
            }
            let usual = layout.is_default();
            let row = usual
                .then(|| fast_path::row(line, place, &mut days))
                .flatten();
            let row = row.or_else(|| {
                let mut odd = Oddities::default();
                let (index, days) = (&mut other_index, &mut days);
                parse::parse(line.bytes(), place, &layout, index, days, &mut odd)
            });
            if let Some(row) = row {
                visit(&row);
            }
            number += 1;
        };
        for block in &self.blocks {
            index.each_line(block, &mut read);
        }
    }

    pub(super) fn push(&mut self, row: &Row<'_>, layout: &Layout) {
        if self.layouts.last().is_none_or(|(_, last)| last != layout) {
            self.layouts.push((self.lines.len(), *layout));
        }
        let has_room = |block: &Vec<u8>| block.capacity() - block.len() > row.line.len();
        if !self.blocks.last().is_some_and(has_room) {
            let room = BLOCK.max(row.line.len() + 1);
            self.blocks.push(Vec::with_capacity(room));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(row.line);
            block.push(b'\n');
        }
        self.chunk = row.place.chunk;
        self.lines.push(row.place.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::lines;

    #[test]
    fn rows_come_back_whole_and_in_order_however_many_they_are() {
        let data = |number: usize| match number % 50 {
            7 => format!("\"250 {}, {number}\"", "x".repeat(2 * BLOCK)),
            _ => format!("250 {}{number}", "y".repeat(number * 37 % 400)),
        };
        let text: String = (1..900)
            .map(|number| {
                let (id, data) = (number % 3, data(number));
                format!("2026-11-03T02:14:09.120Z,C,{id:016X},{number},a,b,<,{data},\n")
            })
            .collect();
        let mut cut = CutRows::default();
        lines::read(text.as_bytes(), 5, Layout::default(), |rows, layout| {
            rows.iter().for_each(|row| cut.push(row, layout));
        });
        assert!(cut.blocks.len() > 2);
        let mut found = Vec::new();
        cut.replay(|row| {
            let data = String::from_utf8_lossy(row.data().raw()).into_owned();
            found.push((row.place, row.sequence(), data));
        });
        let expected: Vec<_> = (1..900)
            .map(|number: usize| {
                let place = LinePlace {
                    chunk: 5,
                    line: number as u32 - 1,
                };
                (place, Some(number as u32), data(number))
            })
            .collect();
        assert!(found == expected);
    }
}
