//! Message ids as numbers for sets: without angle brackets and without regard to case.
//!
//! In: the text of a log or export. Out: a number, which two ids may share.
//! Must not make a text of the id: nearly all ids are looked up once and then forgotten.

use std::hash::Hasher;

use rustc_hash::{FxHashSet, FxHasher};

/// Some message ids.
pub type MessageKeys = FxHashSet<u64>;

/// The numbers of some ids.
pub fn of_all<'a>(ids: impl IntoIterator<Item = &'a str>) -> MessageKeys {
    ids.into_iter().map(|id| of(id.as_bytes())).collect()
}

/// The number of an id.
pub fn of(text: &[u8]) -> u64 {
    of_bare(bare(text))
}

/// The number of the id in a text; `None` if the text holds none.
pub fn of_any(text: &[u8]) -> Option<u64> {
    let id = bare(text);
    (!id.is_empty()).then(|| of_bare(id))
}

/// The number of an id without brackets.
pub fn of_bare(id: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    let mut block = [0; 64];
    for part in id.chunks(block.len()) {
        let block = &mut block[..part.len()];
        block.copy_from_slice(part);
        block.make_ascii_lowercase();
        hasher.write(block);
    }
    hasher.finish()
}

/// Without blanks around it and without one pair of angle brackets.
pub fn bare(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let inner = text.strip_prefix(b"<");
    let inner = inner.and_then(|inner| inner.strip_suffix(b">"));
    inner.unwrap_or(text).trim_ascii()
}
