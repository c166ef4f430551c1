//! The languages of the texts that people read, and how a sentence stands in both of them.
//!
//! In: the values of a sentence. Out: the sentence.
//! Must not know what a sentence is about. Codes, names, commands and log rows are the same in every
//! language: they are values.
//!
//! A sentence is one function, declared by `sentences!` with its texts side by side. Each text must use
//! every value, and a text with a value that it does not use does not compile. The digits behind the
//! Japanese text are the fingerprint of the English text that it was read against. A test compares them,
//! so that nobody changes one language alone.

pub mod count;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Japanese.
    Japanese,
}

impl Language {
    /// The tag of the language in HTML.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    /// A name from a log or an export, in quotation marks.
    pub fn quoted(self, name: &str) -> String {
        match self {
            Language::English => format!("'{name}'"),
            Language::Japanese => format!("「{name}」"),
        }
    }

    /// Several things in a row, without a word before the last.
    pub fn list<T: AsRef<str>>(self, things: &[T]) -> String {
        let things: Vec<&str> = things.iter().map(AsRef::as_ref).collect();
        things.join(self.comma())
    }

    /// What stands between two things in a row.
    pub fn comma(self) -> &'static str {
        match self {
            Language::English => ", ",
            Language::Japanese => "、",
        }
    }

    /// What stands between two sentences.
    pub fn gap(self) -> &'static str {
        match self {
            Language::English => " ",
            Language::Japanese => "",
        }
    }

    /// Sentences one behind the other. Empty ones are left out. A numbered step is behind a blank in every
    /// language.
    pub fn together<T: AsRef<str>>(self, sentences: &[T]) -> String {
        let mut together = String::new();
        let sentences = sentences.iter().map(AsRef::as_ref);
        for sentence in sentences.filter(|sentence| !sentence.is_empty()) {
            let is_step = sentence.starts_with(|sign: char| sign.is_ascii_digit());
            if !together.is_empty() && (self == Language::English || is_step) {
                together.push(' ');
            }
            together.push_str(sentence);
        }
        together
    }
}

/// Declares sentences, each a function of the language and its values.
///
/// ```text
/// sentences! {
///     /// What it says, and where it stands.
///     pub(super) fn works(connector: &str) {
///         en: "{connector} works.",
///         ja: "{connector} は正常です。" ["1c0a5e7b"],
///     }
/// }
/// ```
macro_rules! sentences {
    ($(
        $(#[doc = $doc:literal])+
        $visible:vis fn $name:ident($($value:ident: $type:ty),* $(,)?) {
            en: $english:literal,
            ja: $japanese:literal [$read:literal],
        }
    )+) => {$(
        $(#[doc = $doc])+
        $visible fn $name(language: $crate::language::Language, $($value: $type),*) -> String {
            match language {
                $crate::language::Language::English => format!($english, $($value = $value),*),
                $crate::language::Language::Japanese => format!($japanese, $($value = $value),*),
            }
        }
    )+};
}
pub(crate) use sentences;

/// Declares labels and other texts without values, one on a line: its name, the English text, the Japanese
/// text, and the fingerprint as for `sentences!`.
macro_rules! labels {
    ($($visible:vis $name:ident: $english:literal, $japanese:literal [$read:literal];)+) => {$(
        #[doc = concat!("`", $english, "`")]
        $visible fn $name(language: $crate::language::Language) -> String {
            match language {
                $crate::language::Language::English => $english.to_owned(),
                $crate::language::Language::Japanese => $japanese.to_owned(),
            }
        }
    )+};
}
pub(crate) use labels;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_step_is_behind_a_blank_in_every_language() {
        let english = Language::English.together(&["Do this.", "", "1. Wait."]);
        assert_eq!(english, "Do this. 1. Wait.");
        let japanese =
            Language::Japanese.together(&["実行します。", "待ちます。", "1. 開きます。"]);
        assert_eq!(japanese, "実行します。待ちます。 1. 開きます。");
    }
}
