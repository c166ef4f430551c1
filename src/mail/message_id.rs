//! Message ids as they are compared: without angle brackets and without regard to case.
//!
//! In: the text of a log or export. Out: a [`MessageId`], and a key for sets.
//! Must not be shown: what is shown is the text as logged.

use std::hash::Hasher;

use rustc_hash::FxHasher;

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

    /// A number for sets. Two ids may have the same one.
    pub fn key(&self) -> u64 {
        key(self.0.as_bytes())
    }
}

/// The [`MessageId::key`] of a text, without making the id.
pub fn key(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    let mut block = [0; 64];
    for part in bare(text).chunks(block.len()) {
        let block = &mut block[..part.len()];
        block.copy_from_slice(part);
        block.make_ascii_lowercase();
        hasher.write(block);
    }
    hasher.finish()
}

/// Without blanks around it and without one pair of angle brackets.
fn bare(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let inner = text.strip_prefix(b"<");
    let inner = inner.and_then(|inner| inner.strip_suffix(b">"));
    inner.unwrap_or(text).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(MessageId::of("<<a>>").expect("an id").as_str(), "<a>");
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
