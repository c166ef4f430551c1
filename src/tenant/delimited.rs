//! Reads the output of `Export-Csv` into rows.
//!
//! In: text with a header line. Out: a [`Table`] with its columns.
//! Must not split lists: only the reader of a field knows what separates them.
//! Invariant: the cells that a short row lacks are missing, which is not the same as empty.

use csv::{ReaderBuilder, StringRecord};

use super::kind::identifies_export;
use super::table::{ExportError, ExportForm, Object, Table, Value};
use super::value_limit::ValueLimit;

/// The line that Windows PowerShell puts first unless told not to.
const TYPE_LINE: &str = "#TYPE ";

/// Where the table begins, and what the lines before it say.
struct Opening<'a> {
    type_name: Option<&'a str>,
    delimiter: u8,
    /// The header line and all that follows.
    body: &'a str,
}

/// Whether a text begins like an export in CSV.
pub(super) fn is_delimited(text: &str) -> bool {
    let opening = opening(text);
    let header = opening.body.lines().next().unwrap_or_default();
    // A command that names columns is no header.
    if header.contains(['|', '>', '$']) {
        return false;
    }
    opening.type_name.is_some()
        || identifies_export(
            header
                .split(char::from(opening.delimiter))
                .map(|cell| cell.trim_matches(['"', ' '])),
        )
}

/// Reads the rows.
pub(super) fn parse(text: &str) -> Result<Table, ExportError> {
    let opening = opening(text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(opening.delimiter)
        .from_reader(opening.body.as_bytes());
    let mut table = Table {
        form: ExportForm::Csv,
        columns: Vec::new(),
        objects: Vec::new(),
        no_rows: false,
        notes: Vec::new(),
    };
    let limit = ValueLimit::default();
    let mut record = StringRecord::new();
    let mut type_name = opening.type_name.map(str::to_owned);
    while reader
        .read_record(&mut record)
        .map_err(|error| broken(&error))?
    {
        limit.take(record.len())?;
        let first = record.get(0).unwrap_or_default();
        if let Some(next_type) = first.strip_prefix(TYPE_LINE) {
            // Files combined with `copy a+b`: another table begins.
            type_name = Some(next_type.trim().to_owned());
            table.columns.clear();
        } else if table.columns.is_empty() {
            table.columns = record.iter().map(|cell| cell.trim().to_owned()).collect();
        } else if !is_empty(&record) && !is_header(&record, &table.columns) {
            table
                .objects
                .push(row(&record, &table.columns, type_name.as_ref()));
        }
    }
    table.no_rows = table.objects.is_empty();
    Ok(table)
}

fn opening(text: &str) -> Opening<'_> {
    let mut body = text.trim_start();
    let mut type_name = None;
    if let Some(rest) = body.strip_prefix(TYPE_LINE) {
        let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        // The delimiter may follow the type where a spreadsheet has saved the file.
        type_name = Some(line.trim().trim_end_matches([',', ';']));
        body = rest.trim_start();
    }
    let separator = body
        .strip_prefix("sep=")
        .and_then(|rest| rest.bytes().next());
    if let Some(delimiter @ (b',' | b';' | b'\t')) = separator {
        let body = body.split_once('\n').map_or("", |(_, rest)| rest);
        return Opening {
            type_name,
            delimiter,
            body,
        };
    }
    let delimiter = delimiter(body.lines().next().unwrap_or_default());
    Opening {
        type_name,
        delimiter,
        body,
    }
}

/// The most frequent of the three outside quotes; a culture's list separator is one of them.
fn delimiter(header: &str) -> u8 {
    let mut counts = [0_usize; 3];
    let mut quoted = false;
    for byte in header.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    match counts {
        [comma, semicolon, tab] if semicolon > comma && semicolon >= tab => b';',
        [comma, _, tab] if tab > comma => b'\t',
        _ => b',',
    }
}

fn is_empty(record: &StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// A header again, in a file combined from several.
fn is_header(record: &StringRecord, columns: &[String]) -> bool {
    record.len() == columns.len()
        && record
            .iter()
            .zip(columns)
            .all(|(cell, column)| cell.trim() == column)
}

fn row(record: &StringRecord, columns: &[String], type_name: Option<&String>) -> Object {
    let fields = columns
        .iter()
        .zip(record)
        .map(|(column, cell)| (column.clone(), Value::from_text(cell.to_owned())))
        .collect();
    Object {
        type_name: type_name.cloned(),
        fields,
        text: None,
        line: None,
    }
}

fn broken(error: &csv::Error) -> ExportError {
    ExportError::Csv {
        line: error.position().map_or(1, csv::Position::line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.to_owned()))
    }

    #[test]
    fn delimiters_go_by_the_header() {
        for (line, row) in [
            ("\"Name\",\"SenderIPAddresses\"", "\"A, B\",\"x;y\""),
            ("Name;SenderIPAddresses", "A, B;\"x;y\""),
            ("Name\tSenderIPAddresses", "A, B\tx;y"),
        ] {
            let table = parse(&format!("{line}\r\n{row}\r\n")).unwrap();
            assert_eq!(table.columns, ["Name", "SenderIPAddresses"]);
            assert_eq!(table.objects.len(), 1);
            assert_eq!(table.objects[0].get("Name").cloned(), text("A, B"));
            assert_eq!(
                table.objects[0].get("senderipaddresses").cloned(),
                text("x;y")
            );
        }
    }

    #[test]
    fn the_type_line_names_the_type() {
        let table =
            parse("#TYPE Contoso.InboundConnector\r\n\"Name\",\"Enabled\"\r\n\"A\",\"True\"\r\n")
                .unwrap();
        assert_eq!(
            table.objects[0].type_name.as_deref(),
            Some("Contoso.InboundConnector")
        );
        assert_eq!(table.objects[0].get("Enabled").cloned(), text("True"));
    }

    #[test]
    fn short_rows_lack_values_and_empty_cells_are_empty() {
        let table = parse("Name,Enabled,DomainType\nA,\n\n,,\nB,True,x,y\n").unwrap();
        assert_eq!(table.objects.len(), 2);
        assert_eq!(table.objects[0].get("Enabled").cloned(), text(""));
        assert_eq!(table.objects[0].get("DomainType"), None);
        assert_eq!(table.objects[1].fields.len(), 3);
    }

    #[test]
    fn type_names_in_cells_are_lost() {
        let table = parse("Name,SenderIPAddresses\nA,System.Collections.ArrayList\nB,Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]\n").unwrap();
        for object in &table.objects {
            assert_eq!(object.get("SenderIPAddresses"), Some(&Value::Lost));
        }
    }

    #[test]
    fn a_header_alone_is_a_table_without_rows() {
        let table = parse("\"DomainName\",\"DomainType\"").unwrap();
        assert_eq!(table.columns, ["DomainName", "DomainType"]);
        assert!(table.objects.is_empty());
        assert!(parse("#TYPE x").unwrap().columns.is_empty());
    }

    #[test]
    fn joined_files_and_the_spreadsheet_line_are_understood() {
        let table = parse("sep=;\r\nName;DomainType\r\nA;x\r\nName;DomainType\r\nB;y\r\n#TYPE T\r\nDomainName;DomainType\r\nc;z\r\n").unwrap();
        assert_eq!(table.objects.len(), 3);
        assert_eq!(table.objects[2].get("DomainName").cloned(), text("c"));
    }

    #[test]
    fn a_cell_may_hold_line_breaks() {
        let table = parse("Name,SenderIPAddresses\n\"A\",\"203.0.113.1\n203.0.113.2\"\n").unwrap();
        assert_eq!(
            table.objects[0].get("SenderIPAddresses").cloned(),
            text("203.0.113.1\n203.0.113.2")
        );
    }

    #[test]
    fn other_tables_are_not_recognised() {
        assert!(is_delimited("Name,DomainType\n"));
        assert!(is_delimited("\"Name\";\"domaintype\"\n"));
        assert!(!is_delimited("DomainType\n"));
        assert!(!is_delimited("$c | fl Name,DomainType\n"));
        assert!(!is_delimited("date-time,connector-id,session-id\n"));
        assert!(!is_delimited("send_connector,stream,first\n"));
    }
}
