//! Log rows and values of exports that reports show as proof.
//!
//! In: a row as logged, or any other text. Out: the same columns with stand-ins.
//! Must not let a column pass whose meaning is not known.

use super::prose::CUT;
use super::redactor::Redactor;
use super::tokens::{self, Form};

/// The number of columns of a send log.
const COLUMNS: usize = 9;

impl Redactor {
    /// A row of a send log, or a value of an export.
    pub(super) fn row(&mut self, text: &str) -> String {
        let Some(columns) = columns(text) else {
            return self.value(text);
        };
        let event = columns.get(6).cloned().unwrap_or_default();
        let columns: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| self.column(at, column, &event))
            .collect();
        let quoted = columns.iter().map(|column| {
            if column.contains([',', '"']) {
                format!("\"{}\"", column.replace('"', "\"\""))
            } else {
                column.clone()
            }
        });
        let quoted: Vec<String> = quoted.collect();
        quoted.join(",")
    }

    fn column(&mut self, at: usize, column: &str, event: &str) -> String {
        if column.is_empty() {
            return String::new();
        }
        match at {
            0 => time(column),
            1 => self.connector(column),
            2 => tokens::session_id(column),
            3 => number(column),
            4 | 5 => self.address(column).unwrap_or_else(|| CUT.to_owned()),
            6 => column.to_owned(),
            7 if event == "<" => self.reply(column),
            _ => self.prose(column),
        }
    }

    /// `TlsSenderCertificateName: mail.contoso.com`, `Queue EX01\41, …, LastError 454 4.7.5 …`.
    fn value(&mut self, text: &str) -> String {
        if let Some((before, error)) = text.split_once(", LastError ") {
            return format!("{}, LastError {}", self.prose(before), self.prose(error));
        }
        if let Some((field, value)) = text.split_once(": ")
            && field.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let value = if super::certificates::is_name(value) || value.starts_with("<I>") {
                self.certificate_name(value)
            } else {
                self.prose(value)
            };
            return format!("{}: {value}", self.prose(field));
        }
        self.prose(text)
    }
}

/// The columns, if it is a row of a send log. A row that was cut has fewer.
fn columns(text: &str) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    let mut rest = text;
    loop {
        let (column, behind) = column(rest);
        columns.push(column);
        match behind {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    let event = columns.get(6)?;
    let is_event = matches!(event.as_str(), "+" | "-" | ">" | "<" | "*");
    let is_row = is_event && columns.len() <= COLUMNS && time(&columns[0]) != CUT;
    is_row.then_some(columns)
}

/// The first column, and what is behind its comma. A quoted column may have been cut.
fn column(text: &str) -> (String, Option<&str>) {
    let Some(quoted) = text.strip_prefix('"') else {
        return match text.split_once(',') {
            Some((column, behind)) => (column.to_owned(), Some(behind)),
            None => (text.to_owned(), None),
        };
    };
    let mut column = String::new();
    let mut rest = quoted;
    while let Some((before, behind)) = rest.split_once('"') {
        column.push_str(before);
        if let Some(more) = behind.strip_prefix('"') {
            column.push('"');
            rest = more;
            continue;
        }
        // What stands between the quote and the comma belongs to it.
        let (more, behind) = match behind.split_once(',') {
            Some((more, behind)) => (more, Some(behind)),
            None => (behind, None),
        };
        column.push_str(more);
        return (column, behind);
    }
    column.push_str(rest);
    (column, None)
}

fn time(text: &str) -> String {
    match tokens::at_start(text) {
        Some((Form::Time, length)) if length == text.len() => text.to_owned(),
        _ => CUT.to_owned(),
    }
}

fn number(text: &str) -> String {
    let is_number = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        text.to_owned()
    } else {
        CUT.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_redacted_by_its_meaning() {
        let mut redactor = Redactor::default();
        for (row, expected) in [
            (
                "2026-11-06T06:02:38.398Z,\"Outbound, relay\",08DF34861E800C38,18,10.0.0.5:45061,192.0.2.36:25,>,MAIL FROM:<anna@contoso.com> SIZE=4711,",
                "2026-11-06T06:02:38.398Z,connector1,08DF34861E800C38,18,192.0.2.1:45061,192.0.2.2:25,>,MAIL FROM:<user1@domain1.example> SIZE=4711,",
            ),
            (
                "2026-11-06T06:02:38.398Z,\"Outbound, relay\",08DF34861E800C38,18,10.0.0.5:45061,192.0.2.36:25,<,\"550 5.1.1 Sorry, \"\"Anna\"\"\",",
                "2026-11-06T06:02:38.398Z,connector1,08DF34861E800C38,18,192.0.2.1:45061,192.0.2.2:25,<,550 5.1.1 …,",
            ),
            (
                "2026-11-06T06:02:38.398Z,Anna,08DF34861E800C38,x,,,*,\"half a qu",
                "2026-11-06T06:02:38.398Z,connector2,08DF34861E800C38,…,,,*,… a …",
            ),
            (
                "TlsSenderCertificateName: *.contoso.com",
                "TlsSenderCertificateName: *.domain1.example",
            ),
        ] {
            assert_eq!(redactor.row(row), expected);
        }
    }
}
