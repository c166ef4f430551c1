//! The values of many rows, column by column, as Parquet stores them.
//!
//! In: values, or rows of other columns. Out: for each column its values and their levels.
//! Must not know what the columns mean, and must not write them.
//!
//! A value in a group or list has levels besides. The definition level says how many of the groups
//! around it are there; of a null it is lower than that of a value. The repetition level is 0 for the
//! first value of a row, and 1 for further values of a list:
//! [Nested Encoding](https://parquet.apache.org/docs/file-format/nestedencoding/).

use parquet::basic::Type;
use parquet::schema::types::ColumnDescriptor;

use super::schema::SESSIONS;

/// The columns, in the order of the schema.
#[derive(Debug, Default)]
pub(super) struct Columns {
    all: Vec<Column>,
    rows: usize,
}

/// The next row to be read of each column.
#[derive(Debug, Default)]
pub(super) struct Cursor(Vec<Place>);

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    level: usize,
    value: usize,
}

impl Columns {
    /// The columns of sessions, without rows.
    pub(super) fn of_sessions() -> Columns {
        let columns = SESSIONS.iter().flat_map(|schema| schema.columns());
        Columns {
            all: columns.map(|column| Column::new(column)).collect(),
            rows: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// What the values take in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.all.iter().map(Column::size).sum()
    }

    /// Begins a row. Each column then gets its values.
    pub(super) fn begin_row(&mut self) -> &mut [Column] {
        self.rows += 1;
        &mut self.all
    }

    /// Adds the next row of other columns of the same schema.
    pub(super) fn append_row(&mut self, from: &Columns, next: &mut Cursor) {
        next.0.resize(from.all.len(), Place::default());
        for ((to, from), next) in self.all.iter_mut().zip(&from.all).zip(&mut next.0) {
            to.append_row(from, next);
        }
        self.rows += 1;
    }

    /// Replaces the value of the last row in a column in which no value can be missing. The columns are
    /// counted from the last one.
    pub(super) fn replace_last(&mut self, from_end: usize, value: i64) {
        let column = self.all.iter_mut().nth_back(from_end);
        if let Some(Values::Large(values)) = column.map(|column| &mut column.values)
            && let Some(last) = values.last_mut()
        {
            *last = value;
        }
    }

    /// The columns, to be written.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        self.all.iter_mut()
    }

    /// Removes all rows. Most of the memory is kept for the next ones.
    pub(super) fn clear(&mut self) {
        self.all.iter_mut().for_each(Column::clear);
        self.rows = 0;
    }
}

/// A value of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Flag(bool),
    /// A number of 32 bits.
    Small(i32),
    /// A number of 64 bits, or milliseconds since 1970.
    Large(i64),
    Text(&'a str),
}

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) values: Values,
    /// The level of a value that is there.
    most_definition: i16,
    /// Empty where no value can be missing.
    definitions: Vec<i16>,
    in_list: bool,
    /// Empty outside of lists.
    repetitions: Vec<i16>,
}

/// The values that are there.
#[derive(Debug)]
pub(super) enum Values {
    Flags(Vec<bool>),
    Small(Vec<i32>),
    Large(Vec<i64>),
    Texts(Texts),
}

impl Column {
    fn new(column: &ColumnDescriptor) -> Column {
        Column {
            values: match column.physical_type() {
                Type::BOOLEAN => Values::Flags(Vec::new()),
                Type::INT32 => Values::Small(Vec::new()),
                Type::INT64 => Values::Large(Vec::new()),
                // The schema has no others.
                _ => Values::Texts(Texts::default()),
            },
            most_definition: column.max_def_level(),
            definitions: Vec::new(),
            in_list: column.max_rep_level() > 0,
            repetitions: Vec::new(),
        }
    }

    /// Adds a value, or a null whose levels are these. A value of another type than the column's is
    /// left out, and the file cannot be written.
    pub(super) fn push(&mut self, value: Option<Value<'_>>, definition: i16, repetition: i16) {
        if self.most_definition > 0 {
            let there = value.is_some();
            let definition = if there {
                self.most_definition
            } else {
                definition
            };
            self.definitions.push(definition);
        }
        if self.in_list {
            self.repetitions.push(repetition);
        }
        match (&mut self.values, value) {
            (Values::Flags(values), Some(Value::Flag(value))) => values.push(value),
            (Values::Small(values), Some(Value::Small(value))) => values.push(value),
            (Values::Large(values), Some(Value::Large(value))) => values.push(value),
            (Values::Texts(values), Some(Value::Text(value))) => values.push(value.as_bytes()),
            _ => {}
        }
    }

    /// The definition levels, for a column in which a value can be missing.
    pub(super) fn definitions(&self) -> Option<&[i16]> {
        (self.most_definition > 0).then_some(&self.definitions)
    }

    /// The repetition levels, for a column in a list.
    pub(super) fn repetitions(&self) -> Option<&[i16]> {
        self.in_list.then_some(&self.repetitions)
    }

    fn append_row(&mut self, from: &Column, next: &mut Place) {
        let begin = next.level;
        let further = from.repetitions.iter().skip(begin + 1);
        let end = begin + 1 + further.take_while(|level| **level > 0).count();
        next.level = end;
        let there = if self.most_definition > 0 {
            let levels = from.definitions.get(begin..end).unwrap_or_default();
            self.definitions.extend_from_slice(levels);
            let full = |level: &&i16| **level == self.most_definition;
            levels.iter().filter(full).count()
        } else {
            end - begin
        };
        if self.in_list {
            let levels = from.repetitions.get(begin..end).unwrap_or_default();
            self.repetitions.extend_from_slice(levels);
        }
        let range = next.value..next.value + there;
        next.value = range.end;
        match (&mut self.values, &from.values) {
            (Values::Flags(to), Values::Flags(from)) => {
                to.extend(from.get(range).into_iter().flatten())
            }
            (Values::Small(to), Values::Small(from)) => {
                to.extend(from.get(range).into_iter().flatten())
            }
            (Values::Large(to), Values::Large(from)) => {
                to.extend(from.get(range).into_iter().flatten())
            }
            (Values::Texts(to), Values::Texts(from)) => {
                range
                    .filter_map(|at| from.get(at))
                    .for_each(|text| to.push(text));
            }
            _ => {}
        }
    }

    fn size(&self) -> usize {
        let values = match &self.values {
            Values::Flags(values) => size_of_val(values.as_slice()),
            Values::Small(values) => size_of_val(values.as_slice()),
            Values::Large(values) => size_of_val(values.as_slice()),
            Values::Texts(values) => values.size(),
        };
        let levels = self.definitions.len() + self.repetitions.len();
        values + levels * size_of::<i16>()
    }

    fn clear(&mut self) {
        self.definitions.clear();
        self.repetitions.clear();
        match &mut self.values {
            Values::Flags(values) => values.clear(),
            Values::Small(values) => values.clear(),
            Values::Large(values) => values.clear(),
            Values::Texts(values) => values.clear(),
        }
    }
}

/// Texts. One that is the same as the one before it is kept once, because neighbouring sessions often
/// share their connector, their certificate and their file.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each different text ends.
    ends: Vec<usize>,
    /// For each value, which of them it is.
    which: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        let last = self.ends.len().checked_sub(1);
        if last.is_none_or(|last| self.distinct(last) != text) {
            self.bytes.extend_from_slice(text);
            self.ends.push(self.bytes.len());
        }
        // A row group ends long before there are so many texts.
        self.which.push((self.ends.len() - 1) as u32);
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        self.which
            .get(at)
            .map(|which| self.distinct(*which as usize))
    }

    fn distinct(&self, which: usize) -> &[u8] {
        let begin = which.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[which]]
    }

    /// The texts in one piece of memory, which is taken away; where each begins and ends; and which
    /// of them each value is.
    pub(super) fn take(&mut self) -> (Vec<u8>, &[usize], &[u32]) {
        (std::mem::take(&mut self.bytes), &self.ends, &self.which)
    }

    fn size(&self) -> usize {
        self.bytes.len() + size_of_val(self.ends.as_slice()) + size_of_val(self.which.as_slice())
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.which.clear();
    }
}
