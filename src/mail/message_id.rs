//! Message ids as they are compared: without angle brackets and without regard to case.
//!
//! In: the text of a log or export. Out: a [`MessageId`], and a key for sets.
//! Must not be shown: what is shown is the text as logged.

use crate::smtp::message_key::{self, bare};

/// An id in the form in which ids are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Box<str>);

impl MessageId {
    /// The id in a text; `None` if the text holds none.
    pub fn of(text: &str) -> Option<MessageId> {
        let bare = str::from_utf8(bare(text.as_bytes())).ok()?;
        (!bare.is_empty()).then(|| MessageId(bare.to_ascii_lowercase().into()))
    }

    /// The id as it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text holds this id.
    pub fn is(&self, text: &str) -> bool {
        bare(text.as_bytes()).eq_ignore_ascii_case(self.0.as_bytes())
    }

    /// The [`MessageId::key`] of the id in a text; `None` if the text holds none.
    pub fn key_of(text: &str) -> Option<u64> {
        message_key::of_any(text.as_bytes())
    }

    /// A number for sets. Two ids may have the same one.
    pub fn key(&self) -> u64 {
        message_key::of_bare(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::message_key::of as key;

    #[test]
    fn brackets_blanks_and_case_make_no_difference() {
        let id = MessageId::of("<A1@EX01.contoso.com>").expect("an id");
        assert_eq!(id.as_str(), "a1@ex01.contoso.com");
        for same in ["a1@ex01.contoso.com", " <a1@EX01.Contoso.com> "] {
            assert_eq!(MessageId::of(same), Some(id.clone()));
            assert_eq!(key(same.as_bytes()), id.key());
        }
        assert_ne!(key(b"<a2@ex01.contoso.com>"), id.key());
        // One pair only: what is inside belongs to the id.
        let inner = MessageId::of("<<a>>").expect("an id");
        assert_eq!(inner.as_str(), "<a>");
        assert_eq!(inner.key(), key(b"<<a>>"));
        assert!(inner.is(" <<A>>") && !inner.is("<a>"));
        assert_eq!(MessageId::key_of("<<A>>"), Some(inner.key()));
        assert_eq!(MessageId::key_of("<>"), None);
    }

    #[test]
    fn nothing_is_no_id() {
        for text in ["", " ", "<>", "< >"] {
            assert_eq!(MessageId::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_ids_have_keys_of_all_their_text() {
        let long = "x".repeat(200);
        let id = MessageId::of(&long).expect("an id");
        assert_eq!(
            id.key(),
            key(format!("<{}>", long.to_uppercase()).as_bytes())
        );
        assert_ne!(id.key(), key(format!("{long}y").as_bytes()));
    }
}
