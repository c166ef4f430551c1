//! Short texts of one session in one buffer.
//!
//! In: bytes. Out: a [`Span`], and the bytes back.

/// Where a text stands in its [`Texts`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

/// So many bytes are kept for other texts.
const MOST_SPARE: usize = 16 * 1024;

/// The texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(Vec<u8>);

impl Texts {
    /// Keeps a text. After the first four gigabytes of a session, a text is kept as an empty one.
    pub(super) fn keep(&mut self, text: &[u8]) -> Span {
        let place = u32::try_from(self.0.len()).and_then(|start| {
            let len = u32::try_from(text.len())?;
            Ok(Span { start, len })
        });
        let Ok(span) = place else {
            return Span::default();
        };
        self.0.extend_from_slice(text);
        span
    }

    /// The text at this place; empty if there is none.
    pub(super) fn of(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        let range = start..start.saturating_add(span.len as usize);
        self.0.get(range).unwrap_or_default()
    }

    /// The size of all texts.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Releases memory that is not in use.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Forgets all texts and keeps the memory, unless it is much.
    pub(super) fn clear(&mut self) {
        self.0.clear();
        self.0.shrink_to(MOST_SPARE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let mut texts = Texts::default();
        let spans = [b"one".as_slice(), b"", b"two"].map(|text| texts.keep(text));
        assert_eq!(
            spans.map(|span| texts.of(span)),
            [b"one".as_slice(), b"", b"two"]
        );
        texts.clear();
        assert_eq!(texts.of(spans[2]), b"");
    }
}
