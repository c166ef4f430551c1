//! The rows of an export file and their values, whatever form the file has.
//!
//! In: nothing. Out: a [`Table`] of [`Object`]s with [`Value`]s, and why a file gives none.
//! Must not parse any form, and must not know what a connector is.
//! Invariant: a value that PowerShell did not write, but put a type name or `…` in its place, is
//! [`Value::Lost`].

use crate::language::{Language, labels, sentences};

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
#[error("{}", self.words(Language::English))]
pub enum ExportNote {
    /// `Format-List` cut a list.
    CutList {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
    },
    /// A value of `Format-List` is on several lines, and the blanks at their ends are gone.
    BrokenLine {
        /// The field.
        field: String,
        /// The name of the row, or its number.
        owner: String,
    },
    /// The year of a date is that of another calendar.
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

impl ExportNote {
    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            ExportNote::CutList { field, owner } => {
                cut_list(language, field, &row_of(language, owner))
            }
            ExportNote::BrokenLine { field, owner } => {
                broken_line(language, field, &row_of(language, owner))
            }
            ExportNote::OtherCalendar {
                field,
                owner,
                text,
                others,
            } => {
                let more = match others {
                    0 => String::new(),
                    1 => so_is_one_more(language),
                    others => so_are_more(language, *others),
                };
                other_calendar(language, text, field, &row_of(language, owner), &more)
            }
            ExportNote::AmbiguousDate {
                field,
                owner,
                text,
                others,
            } => {
                let more = match others {
                    0 => String::new(),
                    others => so_can_more(language, *others),
                };
                ambiguous_date(language, text, field, &row_of(language, owner), &more)
            }
        }
    }
}

/// The row of a value: its name in quotation marks, or its number.
fn row_of(language: Language, owner: &str) -> String {
    let quoted = owner
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match (quoted, owner.strip_prefix("row ")) {
        (Some(name), _) => language.quoted(name),
        (None, Some(number)) => row(language, number),
        (None, None) => owner.to_owned(),
    }
}

/// Why a file could not be read as an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum ExportError {
    /// Nothing in the file.
    Empty,
    /// None of the four forms.
    Unknown,
    /// JSON that is not valid.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// CSV that cannot be read.
    Csv {
        /// Line, from 1.
        line: u64,
    },
    /// CLIXML that is not well formed or ends early.
    CliXml {
        /// Offset in the decoded text.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Nested deeper than any export.
    TooDeep,
    /// CLIXML whose references grow out of proportion.
    TooLarge,
    /// More values than any export has.
    TooManyValues {
        /// How many would be read.
        most: usize,
    },
}

impl ExportError {
    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            ExportError::Empty => empty(language),
            ExportError::Unknown => unknown(language),
            ExportError::Json { line, column } => json(language, *line, *column),
            ExportError::Csv { line } => csv(language, *line),
            ExportError::CliXml { offset, reason } => clixml(language, *offset, reason),
            ExportError::TooDeep => too_deep(language),
            ExportError::TooLarge => too_large(language),
            ExportError::TooManyValues { most } => too_many_values(language, *most),
        }
    }
}

labels! {
    empty: "the file is empty: export again with ConvertTo-Json -Depth 5", "ファイルが空です。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["dd9778f3"];
    unknown: "no JSON, CSV, CLIXML or Format-List export was recognised: export with ConvertTo-Json -Depth 5", "JSON、CSV、CLIXML、Format-List のいずれのエクスポートとしても認識できません。ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["f337c60e"];
    too_deep: "the file is nested deeper than any export: export the cmdlet's output itself with ConvertTo-Json -Depth 5", "ファイルの入れ子が、エクスポートとしては深すぎます。コマンドレットの出力そのものを、ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["f783761f"];
    too_large: "the references in the CLIXML grow out of proportion: export again with ConvertTo-Json -Depth 5", "CLIXML の参照が多すぎます。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["9075f5e5"];
    so_is_one_more: ", and so is 1 more in this file", " (このファイルにほか 1 件)" ["333fdb61"];
}

sentences! {
    /// [`ExportNote::CutList`].
    fn cut_list(field: &str, owner: &str) {
        en: "Format-List output was cut ('…') in {field} of {owner}: export with ConvertTo-Json -Depth 5",
        ja: "Format-List の出力で、{owner} の {field} が途中で切れています ('…')。ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["119730cd"],
    }
    /// [`ExportNote::BrokenLine`].
    fn broken_line(field: &str, owner: &str) {
        en: "{field} of {owner} is broken into lines, and nothing shows whether a blank belongs there: export with ConvertTo-Json -Depth 5",
        ja: "{owner} の {field} は途中で改行されており、そこに空白が入るかどうかを判断できません。ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["3a2c1bb3"],
    }
    /// [`ExportNote::OtherCalendar`]. `more` says how many more there are.
    fn other_calendar(text: &str, field: &str, owner: &str, more: &str) {
        en: "'{text}' in {field} of {owner} is a date of another calendar{more}: export with ConvertTo-Json -Depth 5",
        ja: "{owner} の {field} にある「{text}」は別の暦の日付です{more}。ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["4d6c8beb"],
    }
    /// [`ExportNote::AmbiguousDate`]. `more` says how many more there are.
    fn ambiguous_date(text: &str, field: &str, owner: &str, more: &str) {
        en: "'{text}' in {field} of {owner} can be read as two dates{more}: export with ConvertTo-Json -Depth 5",
        ja: "{owner} の {field} にある「{text}」は 2 通りの日付に解釈できます{more}。ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["ce1492da"],
    }
    /// How many more dates are of another calendar.
    fn so_are_more(others: usize) {
        en: ", and so are {others} more in this file",
        ja: " (このファイルにほか {others} 件)" ["8530bd2d"],
    }
    /// How many more dates are ambiguous.
    fn so_can_more(others: usize) {
        en: ", and so can {others} more in this file",
        ja: " (このファイルにほか {others} 件)" ["fe68edad"],
    }
    /// A row without a name.
    fn row(number: &str) {
        en: "row {number}",
        ja: "{number} 行目" ["4a84d2d2"],
    }
    /// [`ExportError::Json`].
    fn json(line: usize, column: usize) {
        en: "the JSON is not valid at line {line}, column {column}: export again with ConvertTo-Json -Depth 5",
        ja: "JSON の {line} 行 {column} 列に誤りがあります。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["a2000370"],
    }
    /// [`ExportError::Csv`].
    fn csv(line: u64) {
        en: "the CSV cannot be read at line {line}: export again with ConvertTo-Json -Depth 5",
        ja: "CSV の {line} 行目を読み取れません。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["8c49848d"],
    }
    /// [`ExportError::CliXml`].
    fn clixml(offset: u64, reason: &str) {
        en: "the CLIXML cannot be read at byte {offset} ({reason}): export again with Export-Clixml",
        ja: "CLIXML の {offset} バイト目を読み取れません ({reason})。Export-Clixml を使用して、もう一度エクスポートしてください。" ["d73cf84a"],
    }
    /// [`ExportError::TooManyValues`].
    fn too_many_values(most: usize) {
        en: "the file has more than {most} values, and no export has so many: export the cmdlet's output itself with ConvertTo-Json -Depth 5",
        ja: "ファイルの値が {most} 個を超えており、エクスポートとしては多すぎます。コマンドレットの出力そのものを、ConvertTo-Json -Depth 5 を使用してエクスポートしてください。" ["9fa5c746"],
    }
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
