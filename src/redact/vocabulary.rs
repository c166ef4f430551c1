//! The names of the input that sentences may hold, and where they stand in a text.
//!
//! In: names and what they are. Out: the places of names in a text, the longest first.
//! Must not decide what stands for a name.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::scripts::are_of_one_word;
use super::words;

/// What a name of the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Connector,
    Tenant,
    CertificateName,
    File,
    Serial,
    Queue,
    Stream,
    Server,
    Plain,
}

/// A name at a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// The number of the name.
    pub(super) name: usize,
}

/// The names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    names: BTreeMap<String, Named>,
    /// The same as the automaton numbers them: as it may stand in a text, the name, what it is.
    patterns: Vec<(String, String, Named)>,
    automaton: Option<AhoCorasick>,
}

impl Vocabulary {
    /// Adds a name. What it was called first stays.
    pub(super) fn add(&mut self, named: Named, name: &str) {
        if !name.trim().is_empty() && !self.names.contains_key(name) {
            self.names.insert(name.to_owned(), named);
            self.automaton = None;
        }
    }

    /// What a whole text is, if it is a name.
    pub(super) fn exact(&self, text: &str) -> Option<Named> {
        self.names.get(text).copied()
    }

    /// The name with this number, and what it is.
    pub(super) fn name(&self, number: usize) -> Option<(&str, Named)> {
        let (_, name, named) = self.patterns.get(number)?;
        Some((name, *named))
    }

    /// Makes the automaton anew if names were added.
    pub(super) fn prepare(&mut self) {
        if self.automaton.is_some() {
            return;
        }
        self.patterns.clear();
        for (name, named) in &self.names {
            self.patterns.push((name.clone(), name.clone(), *named));
            let quoted = quoted(name);
            if quoted != *name {
                self.patterns.push((quoted, name.clone(), *named));
            }
        }
        let patterns = self.patterns.iter().map(|(pattern, ..)| pattern);
        self.automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .ok();
    }

    /// All names in a text that stand between borders of words, by their start, the longest first.
    /// Call [`Vocabulary::prepare`] before.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut found: Vec<Found> = automaton
            .find_overlapping_iter(text)
            .map(|hit| Found {
                start: hit.start(),
                end: hit.end(),
                name: hit.pattern().as_usize(),
            })
            .filter(|hit| is_bordered(text, hit) && self.may_be_meant(text, hit))
            .collect();
        found.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        found
    }

    /// A name that consists of words of this program's own sentences is only meant where it is in quotes or
    /// the whole text. A spelling that no sentence has, such as `MAIL`, is meant where it is exactly so.
    fn may_be_meant(&self, text: &str, hit: &Found) -> bool {
        let Some((pattern, ..)) = self.patterns.get(hit.name) else {
            return false;
        };
        if !words::are_all_known(pattern) {
            return true;
        }
        let is_quoted = text[..hit.start].ends_with(['\'', '\u{2018}', '「'])
            && text[hit.end..].starts_with(['\'', '\u{2019}', '」']);
        let is_whole = hit.start == 0 && hit.end == text.len();
        let capitals = pattern.chars().filter(|sign| sign.is_uppercase()).count();
        let is_unusual = !pattern.contains(char::is_whitespace)
            && (capitals > 1 || pattern.contains(['-', '_', '/', '\\']));
        is_quoted || is_whole || (is_unusual && text[hit.start..hit.end] == **pattern)
    }
}

/// A name in single quotes of PowerShell: every kind of them is doubled.
fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for sign in name.chars() {
        quoted.push(sign);
        if matches!(sign, '\'' | '\u{2018}'..='\u{201B}') {
            quoted.push(sign);
        }
    }
    quoted
}

fn is_bordered(text: &str, hit: &Found) -> bool {
    let inside = &text[hit.start..hit.end];
    let (before, behind) = (&text[..hit.start], &text[hit.end..]);
    !are_of_one_word(before.chars().next_back(), inside.chars().next())
        && !are_of_one_word(inside.chars().next_back(), behind.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(names: &[(Named, &str)]) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for (named, name) in names {
            vocabulary.add(*named, name);
        }
        vocabulary.prepare();
        vocabulary
    }

    fn found<'t>(vocabulary: &Vocabulary, text: &'t str) -> Vec<&'t str> {
        let found = vocabulary.find(text).into_iter();
        found.map(|hit| &text[hit.start..hit.end]).collect()
    }

    #[test]
    fn names_stand_between_borders() {
        let vocabulary = vocabulary(&[(Named::Server, "EX01"), (Named::Connector, "Oslo (EX01)")]);
        assert_eq!(
            found(&vocabulary, "on EX01, ex01/Hub, EX011"),
            ["EX01", "ex01"]
        );
        let text = "connector 'Oslo (EX01)' sends";
        assert_eq!(found(&vocabulary, text), ["Oslo (EX01)", "EX01"]);
    }

    #[test]
    fn a_name_of_common_words_is_only_replaced_where_it_is_meant() {
        let names = [
            (Named::Connector, "mail"),
            (Named::Server, "SERVER"),
            (Named::Connector, "4711"),
        ];
        let vocabulary = vocabulary(&names);
        let text = "Connector 'mail' sends mail, server SERVER sends 4711, '4711' none.";
        assert_eq!(found(&vocabulary, text), ["mail", "SERVER", "4711"]);
        assert_eq!(found(&vocabulary, "mail"), ["mail"]);
    }

    #[test]
    fn quotes_are_doubled_in_commands() {
        let vocabulary = vocabulary(&[(Named::Connector, "O'Brien")]);
        assert_eq!(found(&vocabulary, "-Identity 'O''Brien'"), ["O''Brien"]);
    }
}
