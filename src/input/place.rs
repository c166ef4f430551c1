//! Where a line of the input stands: cheap while reading, file and line once asked for.
//!
//! In: the line counts of chunks, in order. Out: file and line of a [`LinePlace`].
//! Must not know what files hold.

/// A line of the input: the chunk that holds it and its number there, from 0.
/// Places sort in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinePlace {
    /// Index of the chunk.
    pub chunk: u32,
    /// Line within the chunk, from 0.
    pub line: u32,
}

/// Turns places into file and line, once the chunks before them have been counted.
#[derive(Debug, Clone, Default)]
pub struct PlaceTable {
    /// Per chunk: file and number of the file's lines before the chunk.
    chunks: Vec<(usize, u64)>,
    /// Per chunk: its lines.
    lines: Vec<u64>,
    /// Lines of the current file counted so far.
    file_lines: u64,
}

impl PlaceTable {
    /// Records the next chunk (in index order) and how many lines it has.
    pub fn push(&mut self, file: usize, lines: u64) {
        if self.chunks.last().is_some_and(|(last, _)| *last != file) {
            self.file_lines = 0;
        }
        self.chunks.push((file, self.file_lines));
        self.lines.push(lines);
        self.file_lines += lines;
    }

    /// True for the last line of its file, once all chunks have been counted.
    pub fn is_last_of_file(&self, place: LinePlace) -> bool {
        let Some((file, _)) = self.chunks.get(place.chunk as usize) else {
            return false;
        };
        let (_, line) = self.locate(place);
        let after = self.chunks[place.chunk as usize..]
            .iter()
            .position(|(other, _)| other != file);
        let end = after.map_or(self.lines.len(), |after| place.chunk as usize + after);
        let last = end.saturating_sub(1);
        self.chunks[last].1 + self.lines[last] == line
    }

    /// The file's index and the line number from 1; file 0 and line 0 for a place not yet counted.
    pub fn locate(&self, place: LinePlace) -> (usize, u64) {
        self.chunks
            .get(place.chunk as usize)
            .map_or((0, 0), |(file, before)| {
                (*file, before + u64::from(place.line) + 1)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_file_and_line() {
        let mut table = PlaceTable::default();
        table.push(0, 10);
        table.push(0, 5);
        table.push(2, 7);
        assert_eq!(table.locate(LinePlace { chunk: 0, line: 0 }), (0, 1));
        assert_eq!(table.locate(LinePlace { chunk: 1, line: 3 }), (0, 14));
        assert_eq!(table.locate(LinePlace { chunk: 2, line: 0 }), (2, 1));
        assert!(table.is_last_of_file(LinePlace { chunk: 1, line: 4 }));
        assert!(table.is_last_of_file(LinePlace { chunk: 2, line: 6 }));
        for place in [(0, 9), (1, 3), (2, 0), (7, 0)] {
            let (chunk, line) = place;
            assert!(
                !table.is_last_of_file(LinePlace { chunk, line }),
                "{place:?}"
            );
        }
    }
}
