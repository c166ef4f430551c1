//! The letter and the colour of each certificate on the page.
//!
//! In: the rows of certificates, in the order of the picture. Out: letters A to Z, AA and so on, and a class
//! of colour for each certificate of each send connector.
//! Must not decide whether a certificate matches: the document says so.

use std::collections::HashMap;

use crate::report::certificate::MatchVerdict;
use crate::report::document::CertificateRow;

/// How many colours there are for certificates that match, and for those that do not.
const COLOURS: [usize; 2] = [4, 3];

/// The letters and colours.
#[derive(Debug, Default)]
pub(super) struct Letters {
    letters: HashMap<String, String>,
    classes: HashMap<(String, String), String>,
    used: HashMap<(String, usize), usize>,
}

/// What tells certificates apart: the thumbprint, else the subject.
pub(super) fn key(row: &CertificateRow) -> Option<String> {
    row.thumbprint.clone().or_else(|| row.subject.clone())
}

impl Letters {
    /// Gives the certificate of a row its letter and its colour, unless it has them.
    pub(super) fn add(&mut self, row: &CertificateRow) {
        let Some(key) = key(row) else {
            return;
        };
        let next = self.letters.len();
        self.letters
            .entry(key.clone())
            .or_insert_with(|| letter(next));
        let pair = (row.send_connector.clone(), key);
        if self.classes.contains_key(&pair) {
            return;
        }
        let class = match row.matched.verdict {
            MatchVerdict::Match => self.next_colour(&row.send_connector, 0, 'm'),
            MatchVerdict::NoMatch => self.next_colour(&row.send_connector, 1, 'n'),
            MatchVerdict::Uncertain | MatchVerdict::Unknown => "u1".to_owned(),
        };
        self.classes.insert(pair, class);
    }

    fn next_colour(&mut self, connector: &str, kind: usize, sign: char) -> String {
        let used = self.used.entry((connector.to_owned(), kind)).or_default();
        let colour = *used % COLOURS[kind] + 1;
        *used += 1;
        format!("{sign}{colour}")
    }

    /// The letter of the certificate of a row.
    pub(super) fn letter(&self, row: &CertificateRow) -> Option<&str> {
        self.letters.get(&key(row)?).map(String::as_str)
    }

    /// The letter of a thumbprint.
    pub(super) fn of_thumbprint(&self, thumbprint: &str) -> Option<&str> {
        self.letters.get(thumbprint).map(String::as_str)
    }

    /// The class of its colour.
    pub(super) fn class(&self, row: &CertificateRow) -> &str {
        if row.offered == Some(false) {
            return "none";
        }
        let class = key(row).and_then(|key| self.classes.get(&(row.send_connector.clone(), key)));
        class.map_or("u1", String::as_str)
    }
}

/// A, B, …, Z, AA, AB, …
fn letter(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(number % 26).unwrap_or(0)));
        if number < 26 {
            break;
        }
        number = number / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        let letters: Vec<String> = [0, 25, 26, 27, 51, 52, 701, 702].map(letter).to_vec();
        assert_eq!(letters, ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
