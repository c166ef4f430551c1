//! Writes CSV for spreadsheets.
//!
//! In: rows of cells. Out: CSV, written by the `csv` crate.
//! Invariant: a cell that a spreadsheet would read as a formula gets a leading `'`, so that it is text.

use std::io::{self, Write};

/// The cell in a form that no spreadsheet reads as a formula.
pub fn defused(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// A list of names in one cell.
pub fn joined(list: &[String]) -> String {
    list.join(";")
}

/// Writes rows of cells.
pub struct Rows<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Rows<'a> {
    /// Begins the table with the names of the columns.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(columns: &[&str], out: &'a mut dyn Write) -> io::Result<Rows<'a>> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns)?;
        Ok(Rows { writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn row(&mut self, cells: &[String]) -> io::Result<()> {
        self.writer
            .write_record(cells.iter().map(|cell| defused(cell)))?;
        Ok(())
    }

    /// Completes the table.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        let mut out = Vec::new();
        let mut rows = Rows::new(&["a"], &mut out).expect("columns");
        for cell in ["=1+1", "@x", "-1", "+1", "\n=1", "plain, \"quoted\""] {
            rows.row(&[cell.to_owned()]).expect("row");
        }
        rows.finish().expect("end");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            "a\n'=1+1\n'@x\n'-1\n'+1\n\"'\n=1\"\n\"plain, \"\"quoted\"\"\"\n"
        );
    }
}
