//! What one session will write, row by row, before its rows are mixed with those of others.
//!
//! In: events, data and contexts. Out: finished row ends (`event,data,context` and the line end),
//! which the stream joins to time, names, number and endpoints.
//! Must not know SMTP. Invariant: data that holds a comma or a quote is quoted by the caller.

use super::text;

/// One row of a script.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Where its text ends.
    end: u32,
    /// Written in one go with the row before it: the same time, mostly without other rows between.
    glued: bool,
}

/// The row ends of a session, or of a part that many sessions share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    text: Vec<u8>,
    lines: Vec<Line>,
    /// The number of rows before the connect row, whose local endpoint is still empty.
    connected_at: usize,
}

impl Script {
    /// Forgets everything but the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.connected_at = 0;
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The number of bytes of all row ends.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// True for rows before the connect row.
    #[inline]
    pub(crate) fn is_before_connect(&self, row: usize) -> bool {
        row < self.connected_at
    }

    /// True where the row belongs to the one before it.
    #[inline]
    pub(crate) fn is_glued(&self, row: usize) -> bool {
        self.lines.get(row).is_some_and(|line| line.glued)
    }

    /// The bytes of a row that begins at `start`.
    #[inline]
    pub(crate) fn row(&self, row: usize, start: usize) -> &[u8] {
        &self.text[start..self.lines[row].end as usize]
    }

    /// Writes the connect row.
    pub(crate) fn connect(&mut self) {
        self.connected_at = self.lines.len();
        self.add("+,,");
    }

    /// Writes a row from its event, data and context, commas between them included.
    pub(crate) fn add(&mut self, row: &str) {
        self.put(row).end();
    }

    /// Writes a row that belongs to the one before it.
    pub(crate) fn add_glued(&mut self, row: &str) {
        self.put(row).end_glued();
    }

    /// Adds text to the current row.
    #[inline]
    pub(crate) fn put(&mut self, text: &str) -> &mut Script {
        self.text.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds text made by one of the functions of [`super::text`].
    #[inline]
    pub(crate) fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Script {
        write(&mut self.text);
        self
    }

    /// Adds a number.
    #[inline]
    pub(crate) fn number(&mut self, value: u64) -> &mut Script {
        self.with(|out| text::number(out, value))
    }

    /// Ends the current row.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.finish(false);
    }

    /// Ends the current row, which belongs to the one before it.
    #[inline]
    pub(crate) fn end_glued(&mut self) {
        self.finish(true);
    }

    /// Adds the rows of another script.
    pub(crate) fn append(&mut self, other: &Script) {
        let before = self.text.len() as u32;
        self.text.extend_from_slice(&other.text);
        self.lines.extend(other.lines.iter().map(|line| Line {
            end: line.end + before,
            glued: line.glued,
        }));
    }

    #[inline]
    fn finish(&mut self, glued: bool) {
        self.text.extend_from_slice(b"\r\n");
        let end = u32::try_from(self.text.len()).expect("a session writes less than 4 GB");
        self.lines.push(Line { end, glued });
    }
}

/// A value as a column: quoted, quotes doubled, where it holds a comma or a quote.
pub(crate) fn column(value: &str) -> String {
    if value.contains([',', '"']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}
