//! Where a line of the input stands: cheap while reading, file and line once asked for.
//!
//! In: the line counts of chunks, in order. Out: file and line of a [`LinePlace`].
//! Must not know what files hold.

/// A line of the input: the chunk that holds it and its number there, from 0. Once all of its stream has
/// been read, a place is [by file](PlaceTable::by_file): then the file stands in place of the chunk.
/// Places sort in reading order, those by file too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinePlace {
    /// Index of the chunk, or of the file.
    pub chunk: u32,
    /// Line within the chunk or the file, from 0.
    pub line: u32,
}

impl LinePlace {
    /// The file's index and the line number from 1, of a place by file.
    pub fn in_file(self) -> (usize, u64) {
        (self.chunk as usize, u64::from(self.line) + 1)
    }
}

/// Turns places into file and line, once the chunks before them have been counted.
#[derive(Debug, Clone, Default)]
pub struct PlaceTable {
    /// Per chunk: file and number of the file's lines before the chunk.
    chunks: Vec<(usize, u64)>,
    /// Lines of each file counted so far.
    lines: Vec<u64>,
}

impl PlaceTable {
    /// Records the next chunk (in index order) and how many lines it has.
    pub fn push(&mut self, file: usize, lines: u64) {
        if self.lines.len() <= file {
            self.lines.resize(file + 1, 0);
        }
        let known = &mut self.lines[file];
        self.chunks.push((file, *known));
        *known += lines;
    }

    /// How many lines of the file with this index were counted.
    pub fn lines_of(&self, file: usize) -> u64 {
        self.lines.get(file).copied().unwrap_or(0)
    }

    /// The file's index and the line number from 1; file 0 and line 0 for a place not yet counted.
    pub fn locate(&self, place: LinePlace) -> (usize, u64) {
        self.chunks
            .get(place.chunk as usize)
            .map_or((0, 0), |(file, before)| {
                (*file, before + u64::from(place.line) + 1)
            })
    }

    /// The same line by file: the number of the file, where `first_file` has number 0, and the line in the
    /// file from 0. What lies beyond four thousand million lines of one file is its last line.
    pub fn by_file(&self, place: LinePlace, first_file: usize) -> LinePlace {
        let (file, line) = self.locate(place);
        LinePlace {
            chunk: u32::try_from(file.saturating_sub(first_file)).unwrap_or(u32::MAX),
            line: u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX),
        }
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
        let by_file = table.by_file(LinePlace { chunk: 1, line: 3 }, 0);
        assert_eq!(by_file, LinePlace { chunk: 0, line: 13 });
        assert_eq!(by_file.in_file(), (0, 14));
        let of_stream = table.by_file(LinePlace { chunk: 2, line: 6 }, 2);
        assert_eq!(of_stream, LinePlace { chunk: 0, line: 6 });
    }
}
