//! What a worker has read before: sessions repeat the same few EHLO lines, contexts and
//! certificates, so each is read once and then known by its bytes.
//!
//! In: bytes of a row. Out: what they mean, from memory where possible.
//! Must not change any result: the same bytes always mean the same. Bounded, because a hostile log
//! may show something new in every row.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::certificate::CertificateMemory;
use super::greeting::Greeting;
use super::information::Meaning;

/// What the conversations of one worker share.
#[derive(Debug, Default)]
pub struct TalkMemory {
    /// Certificates by their rows.
    pub certificates: CertificateMemory,
    /// Lines of EHLO replies by their text.
    pub greetings: Remembered<Greeting>,
    /// Contexts of information rows.
    pub contexts: Remembered<Meaning>,
    /// Data of information rows without a context.
    pub texts: Remembered<Meaning>,
    /// Sender domains in lower case, by the bytes behind the `@`.
    pub domains: Remembered<Arc<str>>,
}

/// Values by the bytes that they were read from.
#[derive(Debug)]
pub struct Remembered<V>(FxHashMap<Box<[u8]>, V>);

impl<V> Default for Remembered<V> {
    fn default() -> Remembered<V> {
        Remembered(FxHashMap::default())
    }
}

/// Values kept of one kind.
const MOST_KEPT: usize = 1_024;

/// Longer bytes are read every time.
const LONGEST: usize = 512;

impl<V: Clone> Remembered<V> {
    /// The value of these bytes, read now if it is not known.
    #[inline]
    pub fn of(&mut self, bytes: &[u8], read: impl FnOnce() -> V) -> V {
        if let Some(value) = self.0.get(bytes) {
            return value.clone();
        }
        let value = read();
        if self.0.len() < MOST_KEPT && bytes.len() <= LONGEST {
            self.0.insert(bytes.into(), value.clone());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_once_and_memory_is_bounded() {
        let mut known = Remembered::default();
        assert_eq!(known.of(b"a", || 1), 1);
        assert_eq!(known.of(b"a", || 2), 1);
        for number in 0..2 * MOST_KEPT {
            known.of(number.to_string().as_bytes(), || 3);
        }
        assert_eq!(known.0.len(), MOST_KEPT);
        assert_eq!(known.of(b"never seen", || 4), 4);
        assert_eq!(known.of(b"never seen", || 5), 5);
    }
}
