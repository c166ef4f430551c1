//! Writes CSV for spreadsheets.
//!
//! In: rows of cells. Out: CSV with a comma between cells. A cell is in quotes if it holds anything that
//! some program takes for the end of a cell: a comma, semicolon, tab, quote or line break.
//! Invariant: a cell that a spreadsheet would read as a formula gets a leading `'`, so that it is text.
//! Control and direction characters, and those that nobody sees, are shown as escapes.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::render::hidden::{is_hidden, may_begin};

/// A list of names in one cell.
pub fn joined(list: &[String]) -> String {
    list.join(";")
}

/// The text with its hidden characters as escapes.
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |_| false)
}

/// The same, but some characters stay as they are.
fn replaced(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hidden = |found: char| is_hidden(found) && !stays(found);
    let Some(first) = text.find(hidden) else {
        return Cow::Borrowed(text);
    };
    let mut shown = text[..first].to_owned();
    for character in text[first..].chars() {
        if hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Writes one row.
///
/// # Errors
/// The error of the writer.
pub fn write_row(cells: &[impl AsRef<str>], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        write_cell(index, cell.as_ref(), false, out)?;
    }
    out.write_all(b"\n")
}

fn write_cell(
    index: usize,
    cell: &str,
    has_lines: bool,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    if index > 0 {
        out.write_all(b",")?;
    }
    let marks = cell
        .bytes()
        .fold(0, |marks, byte| marks | MARKS[byte as usize]);
    let text = if marks & MAY_HIDE == 0 {
        Cow::Borrowed(cell)
    } else {
        replaced(cell, |found| has_lines && found == '\n')
    };
    let defused = if text.starts_with(['=', '+', '-', '@', '\n']) {
        "'"
    } else {
        ""
    };
    if marks & ENDS_CELL == 0 {
        out.write_all(defused.as_bytes())?;
        return out.write_all(text.as_bytes());
    }
    let text = if text.contains('"') {
        Cow::Owned(text.replace('"', "\"\""))
    } else {
        text
    };
    write!(out, "\"{defused}{text}\"")
}

/// A byte that some program takes for the end of a cell.
const ENDS_CELL: u8 = 1;

/// A byte that a hidden character may begin with.
const MAY_HIDE: u8 = 2;

/// What each byte may mean, so that one look at a cell is enough.
const MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    let mut byte = 0;
    while byte < marks.len() {
        let value = byte as u8;
        if may_begin(value) {
            marks[byte] |= MAY_HIDE;
        }
        if matches!(value, b',' | b';' | b'"' | b'\t' | b'\r' | b'\n') {
            marks[byte] |= ENDS_CELL;
        }
        byte += 1;
    }
    marks
};

/// Writes rows of cells.
pub struct Rows<'a> {
    columns: &'a [&'a str],
    in_lines: &'a [&'a str],
    out: &'a mut dyn Write,
}

impl<'a> Rows<'a> {
    /// Begins the table with the names of the columns.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(columns: &'a [&'a str], out: &'a mut dyn Write) -> io::Result<Rows<'a>> {
        write_row(columns, out)?;
        Ok(Rows {
            columns,
            in_lines: &[],
            out,
        })
    }

    /// Lets the cells of these columns have lines.
    #[must_use]
    pub fn in_lines(self, in_lines: &'a [&'a str]) -> Rows<'a> {
        Rows { in_lines, ..self }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn row(&mut self, cells: &[String]) -> io::Result<()> {
        for (index, (cell, column)) in cells.iter().zip(self.columns).enumerate() {
            write_cell(index, cell, self.in_lines.contains(column), self.out)?;
        }
        self.out.write_all(b"\n")
    }

    /// Completes the table.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut out = Vec::new();
        write_row(cells, &mut out).expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn formulas_become_text() {
        for (cell, safe) in [
            ("=1+1", "'=1+1\n"),
            ("@x", "'@x\n"),
            ("-1", "'-1\n"),
            ("+1", "'+1\n"),
            ("\n=1", "\"\\u{a}=1\"\n"),
            ("=a;b", "\"'=a;b\"\n"),
        ] {
            assert_eq!(written(&[cell]), safe);
        }
    }

    #[test]
    fn cells_end_where_they_should_for_every_delimiter() {
        assert_eq!(
            written(&["a", "", "b c", "d,e", "f;g", "h\ti", "j\"k", "ä日"]),
            "a,,b c,\"d,e\",\"f;g\",\"h\\u{9}i\",\"j\"\"k\",ä日\n"
        );
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(
            written(&["a\u{202E}b", "\u{7F}\u{85}\u{200B}", "\u{FEFF}\u{E0041}"]),
            "a\\u{202e}b,\\u{7f}\\u{85}\\u{200b},\\u{feff}\\u{e0041}\n"
        );
    }

    #[test]
    fn only_cells_of_lists_have_lines() {
        let mut out = Vec::new();
        let mut rows = Rows::new(&["one", "list"], &mut out).expect("columns");
        rows = rows.in_lines(&["list"]);
        rows.row(&["a\nb".to_owned(), "c\nd".to_owned()])
            .expect("row");
        rows.finish().expect("end");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "one,list\n\"a\\u{a}b\",\"c\nd\"\n");
    }
}
