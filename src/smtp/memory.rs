//! What a worker has already parsed. Sessions repeat the same few EHLO lines, contexts and certificates,
//! so each is parsed once and then found by its bytes.
//!
//! In: bytes of a row. Out: what they mean, from memory if possible.
//! Must not change a result: the same bytes always have the same meaning. The memory is bounded, because
//! a hostile log may show something new in every row.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::certificate_rows::CertificateMemory;
use super::greeting::EhloLine;
use super::information::Meaning;

/// What the conversations of one worker share.
#[derive(Debug, Default)]
pub struct DigestMemory {
    /// Certificates by their rows.
    pub certificates: CertificateMemory,
    /// Lines of EHLO replies by their data.
    pub ehlo_lines: Memo<Option<EhloLine>>,
    /// Contexts of information rows.
    pub contexts: Memo<Meaning>,
    /// Data of information rows without a context.
    pub texts: Memo<Meaning>,
    /// Sender domains in lower case, by the bytes after the `@`.
    pub domains: Memo<Arc<str>>,
}

/// Values by the bytes that they were parsed from.
#[derive(Debug)]
pub struct Memo<V> {
    numbers: FxHashMap<Box<[u8]>, usize>,
    values: Vec<V>,
    /// The latest value that is not kept.
    passing: Option<V>,
}

impl<V> Default for Memo<V> {
    fn default() -> Memo<V> {
        Memo {
            numbers: FxHashMap::default(),
            values: Vec::new(),
            passing: None,
        }
    }
}

/// How many values of one kind are kept.
const MOST_KEPT: usize = 1_024;

/// Values of longer texts are not kept.
const LONGEST: usize = 512;

impl<V> Memo<V> {
    /// The value of these bytes. It is parsed now if it is not in memory.
    pub fn of(&mut self, bytes: &[u8], read: impl FnOnce() -> V) -> &V {
        if let Some(&number) = self.numbers.get(bytes) {
            return &self.values[number];
        }
        let value = read();
        if self.values.len() >= MOST_KEPT || bytes.len() > LONGEST {
            return self.passing.insert(value);
        }
        let number = self.values.len();
        self.numbers.insert(bytes.into(), number);
        self.values.push(value);
        &self.values[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_once_and_memory_is_bounded() {
        let mut known = Memo::default();
        assert_eq!(*known.of(b"a", || 1), 1);
        assert_eq!(*known.of(b"a", || 2), 1);
        for letters in [&b"b"[..], b"a", b"b", b"c", b"a", b"c", b"b"] {
            let first = letters[0];
            assert_eq!(
                *known.of(letters, || usize::from(first - b'a') + 1),
                usize::from(first - b'a') + 1
            );
        }
        for number in 0..2 * MOST_KEPT {
            known.of(number.to_string().as_bytes(), || 3);
        }
        assert_eq!(known.values.len(), MOST_KEPT);
        assert_eq!(*known.of(b"never seen", || 4), 4);
        assert_eq!(*known.of(b"never seen", || 5), 5);
    }
}
