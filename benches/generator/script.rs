//! Holds the rows of one session, before they are mixed with those of other sessions.
//!
//! In: events, data and contexts. Out: the last columns of rows (`event,data,context` and the line
//! end). The stream puts time, names, number and endpoints before them.
//! Must not know SMTP.
//! Invariant: the caller quotes data that contains a comma or a quote.

use super::text;

/// One row of a script.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// The position at which its text ends.
    end: u32,
    /// Whether it is written together with the row before it: at the same time, and mostly without
    /// other rows between them.
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
    /// Empties the script, but keeps its memory.
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

    /// Whether the row is before the connect row.
    #[inline]
    pub(crate) fn is_before_connect(&self, row: usize) -> bool {
        row < self.connected_at
    }

    /// Whether the row belongs to the one before it.
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

    /// Writes a row from its event, data and context, with the commas between them.
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

    /// Adds the text that a function of [`super::text`] writes.
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

/// A value as a column. If it contains a comma or a quote, it is put in quotes, and its quotes are
/// doubled.
pub(crate) fn column(value: &str) -> String {
    if value.contains([',', '"']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}
