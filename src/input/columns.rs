//! A line cut at the commas outside quotes, whatever its form.
//!
//! In: a line. Out: its columns, as raw bytes with their quotes.
//! Must not know which column is which. An open quote ends with its line.

use memchr::memchr;

/// The length of the quoted text at the start, both quotes included; `None` if it does not end.
fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(b'"', text.get(at..)?)? + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// Splits a line at the commas outside quotes.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: Option<&'a [u8]>,
    /// A quoted column does not end on the line; known once it has been read.
    pub unterminated: bool,
}

impl<'a> Fields<'a> {
    /// The columns of a line, as raw bytes with their quotes.
    pub fn new(line: &'a [u8]) -> Fields<'a> {
        Fields {
            rest: Some(line),
            unterminated: false,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let quoted = if rest.first() == Some(&b'"') {
            quoted_len(rest).unwrap_or_else(|| {
                self.unterminated = true;
                rest.len()
            })
        } else {
            0
        };
        match memchr(b',', &rest[quoted..]) {
            Some(comma) => {
                self.rest = Some(&rest[quoted + comma + 1..]);
                Some(&rest[..quoted + comma])
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Field;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_are_those_of_the_csv_crate(
            columns in proptest::collection::vec("[ -~]{0,12}|[\",é]{0,4}", 1..12)
        ) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            writer.write_record(&columns).expect("write");
            let bytes = writer.into_inner().expect("bytes");
            let line = bytes.strip_suffix(b"\n").expect("line end");
            let ours: Vec<String> = Fields::new(line).map(|raw| Field::new(raw).text().into_owned()).collect();
            prop_assert_eq!(ours, columns);
        }

        #[test]
        fn columns_of_any_line_are_those_of_the_csv_crate(line in "[a-c\", ]{1,24}") {
            // The csv crate carries an open quote over the line end; ours ends with the line.
            let ours: Vec<String> = Fields::new(line.as_bytes()).map(|raw| Field::new(raw).text().into_owned()).collect();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let theirs: Vec<String> = reader.records().next().expect("record").expect("csv").iter().map(str::to_owned).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
