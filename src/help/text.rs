//! A text of the help in both languages.
//!
//! In: nothing. Out: [`Text`], and the macro that declares texts one on a line.
//! Must not know what a text is about.

use crate::language::Language;

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// The English text.
    pub english: &'static str,
    /// The Japanese text.
    pub japanese: &'static str,
}

impl Text {
    /// The text in a language.
    pub fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Japanese => self.japanese,
        }
    }
}

/// Declares functions that give a text, as `labels!` does. The command line keeps no copies of texts, so
/// they have to last.
macro_rules! texts {
    ($($visible:vis $name:ident: $english:literal, $japanese:literal [$read:literal];)+) => {$(
        #[doc = concat!("`", $english, "`")]
        $visible fn $name(language: $crate::language::Language) -> &'static str {
            let (english, japanese) = ($english, $japanese);
            $crate::help::text::Text { english, japanese }.of(language)
        }
    )+};
}
pub(super) use texts;
