//! One row of a tracking log: columns that borrow from the line.
//!
//! In: a line, and where its columns stand. Out: each column, when it is asked for.
//! Must not know what a column means.

use std::borrow::Cow;

use crate::input::columns::Fields;
use crate::input::field::Field;

use super::columns::{Column, Columns};

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    columns: Columns,
    fields: Vec<&'a [u8]>,
}

impl<'a> Row<'a> {
    /// Cuts a line into its columns. The second result is whether a quoted column does not end.
    pub(super) fn cut(line: &'a [u8], columns: &Columns) -> (Row<'a>, bool) {
        let mut cut = Fields::new(line);
        let most = columns.count() + 1;
        let mut fields = Vec::with_capacity(most);
        fields.extend((&mut cut).take(most));
        let unterminated = cut.unterminated;
        let row = Row {
            columns: *columns,
            fields,
        };
        (row, unterminated)
    }

    /// How many columns the line has, up to one more than the log has.
    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    fn field(&self, column: Column) -> Field<'a> {
        let place = self.columns.place(column);
        let raw = place.and_then(|place| self.fields.get(place));
        Field::new(raw.copied().unwrap_or_default())
    }

    /// A column without its quotes; empty if the log does not have it.
    pub(super) fn get(&self, column: Column) -> Cow<'a, [u8]> {
        self.field(column).bytes()
    }

    /// The same as text.
    pub(super) fn text(&self, column: Column) -> Cow<'a, str> {
        self.field(column).text()
    }

    /// The same without blanks around it.
    pub(super) fn trimmed(&self, column: Column) -> Cow<'a, str> {
        map_text(self.text(column), str::trim)
    }

    /// All columns without their quotes.
    pub(super) fn values(&self) -> impl Iterator<Item = Cow<'a, [u8]>> + '_ {
        self.fields.iter().map(|raw| Field::new(raw).bytes())
    }
}

/// A part of a text.
pub(super) fn map_text<'a>(text: Cow<'a, str>, part: fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}
