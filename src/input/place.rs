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
        self.file_lines += lines;
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
    }
}
