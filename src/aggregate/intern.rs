//! Strings as small numbers, because the same few names occur in millions of sessions.
//!
//! In: text. Out: a [`Name`], and the text back. Numbers follow the order of first sight.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// A string of one [`Interner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// Keeps each string once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Interner {
    numbers: FxHashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Name {
    /// The number.
    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// The number as an index.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Interner {
    /// The number of a string.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let text: Arc<str> = text.into();
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, name);
        name
    }

    /// All strings, in the order of their numbers.
    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    /// The string of a number.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_has_one_number() {
        let mut names = Interner::default();
        let (a, b) = (names.name("a"), names.name("b"));
        assert_eq!(names.name("a"), a);
        assert_ne!(a, b);
        assert_eq!(names.text(b), "b");
    }
}
