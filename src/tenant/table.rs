//! The rows of an export file and their values, whatever form the file has.
//!
//! In: nothing. Out: a [`Table`] of [`Object`]s with [`Value`]s, and why a file gives none.
//! Must not parse any form, and must not know what a connector is.
//! Invariant: a value that PowerShell did not write, but put a type name or `…` in its place, is
//! [`Value::Lost`].

/// How deep values may be nested; real exports stay below ten.
pub(super) const MAX_DEPTH: usize = 100;

/// The form in which a file was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// `ConvertTo-Json`.
    Json,
    /// `Export-Csv` or `ConvertTo-Csv`.
    Csv,
    /// `Export-Clixml`.
    CliXml,
    /// `Format-List`, as text.
    FormatList,
}

/// The rows of one export file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The form of the file.
    pub form: ExportForm,
    /// The column names of a CSV file, which show what an export without rows would contain; empty for
    /// the other forms.
    pub columns: Vec<String>,
    /// The rows. In a larger document, these are the objects of a known shape at any depth, or the
    /// outermost objects if there are none.
    pub objects: Vec<Object>,
    /// Whether the file says that the cmdlet gave nothing: `[]`, `null`, a header alone.
    pub no_rows: bool,
    /// What was lost in the export.
    pub notes: Vec<ExportNote>,
}

/// One row, or one nested object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object {
    /// The .NET type, if the export contains it.
    pub type_name: Option<String>,
    /// The fields in file order.
    pub fields: Vec<(String, Value)>,
    /// What `ToString` gave, if the export contains it.
    pub text: Option<String>,
    /// The line of the row's name in the file, from 1, if it is known; never set for a nested
    /// object.
    pub line: Option<u64>,
}

impl Object {
    /// The field of that name. If no field has exactly this spelling, case is ignored.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let exact = self.fields.iter().find(|(field, _)| field == name);
        exact
            .or_else(|| {
                self.fields
                    .iter()
                    .find(|(field, _)| field.eq_ignore_ascii_case(name))
            })
            .map(|(_, value)| value)
    }
}

/// A value of an export.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Text, an enumeration's name or a date.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A list.
    List(Vec<Value>),
    /// An object with fields.
    Object(Box<Object>),
    /// Bytes, such as the DER form of a certificate.
    Bytes(Vec<u8>),
    /// There was a value, but the export put a type name or `…` in its place.
    Lost,
}

impl Value {
    /// A text, or [`Value::Lost`] if it is the type name that PowerShell writes instead of a
    /// value: by `Export-Csv` for lists, by `ConvertTo-Json` below its `-Depth`.
    pub(super) fn from_text(text: String) -> Value {
        if is_type_name(&text) {
            Value::Lost
        } else {
            Value::Text(text)
        }
    }
}

/// True for the text of a collection's or an Exchange object's type.
pub(super) fn is_type_name(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix("Deserialized.").unwrap_or(text);
    text.starts_with("System.Collections.")
        || text.starts_with("System.Management.Automation.")
        || text.starts_with("Microsoft.Exchange.")
        || text == "System.Object"
        || text.starts_with("System.") && (text.contains("[]") || text.contains('`'))
}

/// A value that the export lost, as a report describes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportNote {
    /// `Format-List` cut a list.
    #[error(
        "Format-List output was cut ('…') in {field} of {owner}: export with ConvertTo-Json -Depth 5"
    )]
    CutList {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
    },
    /// A value of `Format-List` is on several lines, and the blanks at their ends are gone.
    #[error(
        "{field} of {owner} is broken into lines, and nothing shows whether a blank belongs there: export with ConvertTo-Json -Depth 5"
    )]
    BrokenLine {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
    },
    /// The year of a date is that of another calendar.
    #[error(
        "'{text}' in {field} of {owner} is a date of another calendar{}: export with ConvertTo-Json -Depth 5",
        such(.others)
    )]
    OtherCalendar {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
        /// The value.
        text: String,
        /// How many more dates of the file are such.
        others: usize,
    },
    /// Day and month of a date can be exchanged, and no other date of the file shows the order.
    #[error(
        "'{text}' in {field} of {owner} can be read as two dates{}: export with ConvertTo-Json -Depth 5",
        more(.others)
    )]
    AmbiguousDate {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
        /// The value.
        text: String,
        /// How many more dates of the file are ambiguous.
        others: usize,
    },
}

/// It takes a reference, as `thiserror` gives fields.
fn more(others: &usize) -> String {
    match others {
        0 => String::new(),
        others => format!(", and so can {others} more in this file"),
    }
}

/// As [`more`], for what something is.
fn such(others: &usize) -> String {
    match others {
        0 => String::new(),
        1 => ", and so is 1 more in this file".to_owned(),
        others => format!(", and so are {others} more in this file"),
    }
}

/// Why a file could not be read as an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Nothing in the file.
    #[error("the file is empty: export again with ConvertTo-Json -Depth 5")]
    Empty,
    /// None of the four forms.
    #[error(
        "no JSON, CSV, CLIXML or Format-List export was recognised: export with ConvertTo-Json -Depth 5"
    )]
    Unknown,
    /// JSON that is not valid.
    #[error(
        "the JSON is not valid at line {line}, column {column}: export again with ConvertTo-Json -Depth 5"
    )]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// CSV that cannot be read.
    #[error("the CSV cannot be read at line {line}: export again with ConvertTo-Json -Depth 5")]
    Csv {
        /// Line, from 1.
        line: u64,
    },
    /// CLIXML that is not well formed or ends early.
    #[error(
        "the CLIXML cannot be read at byte {offset} ({reason}): export again with Export-Clixml"
    )]
    CliXml {
        /// Offset in the decoded text.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Nested deeper than any export.
    #[error(
        "the file is nested deeper than any export: export the cmdlet's output itself with ConvertTo-Json -Depth 5"
    )]
    TooDeep,
    /// CLIXML whose references grow out of proportion.
    #[error(
        "the references in the CLIXML grow out of proportion: export again with ConvertTo-Json -Depth 5"
    )]
    TooLarge,
    /// More values than any export has.
    #[error(
        "the file has more than {most} values, and no export has so many: export the cmdlet's output itself with ConvertTo-Json -Depth 5"
    )]
    TooManyValues {
        /// How many would be read.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_are_lost_values() {
        for text in [
            "System.Collections.ArrayList",
            "System.Object[]",
            "System.String[] ",
            "Microsoft.Exchange.Data.MultiValuedProperty`1[Microsoft.Exchange.Data.IPRange]",
            "Microsoft.Exchange.Data.IPRange Microsoft.Exchange.Data.IPRange",
            "Deserialized.Microsoft.Exchange.Data.IPRange",
            "System.Nullable`1[System.DateTime]",
        ] {
            assert_eq!(Value::from_text(text.to_owned()), Value::Lost, "{text}");
        }
        for text in [
            "",
            "System Mail",
            "System.Contoso",
            "microsoft.com",
            "smtp:*;1",
        ] {
            assert_eq!(
                Value::from_text(text.to_owned()),
                Value::Text(text.to_owned())
            );
        }
    }
}
