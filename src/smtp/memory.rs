//! What a worker has read before: sessions repeat the same few EHLO lines, contexts and
//! certificates, so each is read once and then known by its bytes.
//!
//! In: bytes of a row. Out: what they mean, from memory where possible.
//! Must not change any result: the same bytes always mean the same. Bounded, because a hostile log
//! may show something new in every row.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::certificate::CertificateMemory;
use super::greeting::EhloLine;
use super::information::Meaning;

/// What the conversations of one worker share.
#[derive(Debug, Default)]
pub struct TalkMemory {
    /// Certificates by their rows.
    pub certificates: CertificateMemory,
    /// Lines of EHLO replies by their data.
    pub ehlo_lines: Remembered<Option<EhloLine>>,
    /// Contexts of information rows.
    pub contexts: Remembered<Meaning>,
    /// Data of information rows without a context.
    pub texts: Remembered<Meaning>,
    /// Sender domains in lower case, by the bytes behind the `@`.
    pub domains: Remembered<Arc<str>>,
}

/// Values by the bytes that they were read from.
#[derive(Debug)]
pub struct Remembered<V> {
    numbers: FxHashMap<Arc<[u8]>, usize>,
    known: Vec<Known<V>>,
    /// The number of the value asked for last.
    last: usize,
    /// A value that is not kept.
    passing: Option<V>,
}

#[derive(Debug)]
struct Known<V> {
    bytes: Arc<[u8]>,
    value: V,
    /// The number of the value that was asked for behind this one the last time: sessions follow a
    /// script, so it is likely the next one again.
    next: usize,
}

impl<V> Default for Remembered<V> {
    fn default() -> Remembered<V> {
        Remembered {
            numbers: FxHashMap::default(),
            known: Vec::new(),
            last: 0,
            passing: None,
        }
    }
}

/// Values kept of one kind.
const MOST_KEPT: usize = 1_024;

/// Longer bytes are read every time.
const LONGEST: usize = 512;

impl<V> Remembered<V> {
    /// The value of these bytes, read now if it is not known.
    #[inline]
    pub fn of(&mut self, bytes: &[u8], read: impl FnOnce() -> V) -> &V {
        let next = self.known.get(self.last).map_or(0, |last| last.next);
        let is_next = self
            .known
            .get(next)
            .is_some_and(|known| *known.bytes == *bytes);
        if is_next {
            self.last = next;
            &self.known[next].value
        } else {
            self.look_up(bytes, read)
        }
    }

    #[inline(never)]
    fn look_up(&mut self, bytes: &[u8], read: impl FnOnce() -> V) -> &V {
        let number = match self.numbers.get(bytes) {
            Some(number) => *number,
            None => {
                let value = read();
                if self.known.len() >= MOST_KEPT || bytes.len() > LONGEST {
                    return self.passing.insert(value);
                }
                let number = self.known.len();
                let bytes: Arc<[u8]> = bytes.into();
                self.numbers.insert(Arc::clone(&bytes), number);
                self.known.push(Known {
                    bytes,
                    value,
                    next: number,
                });
                number
            }
        };
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = number;
        }
        self.last = number;
        &self.known[number].value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_once_and_memory_is_bounded() {
        let mut known = Remembered::default();
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
        assert_eq!(known.known.len(), MOST_KEPT);
        assert_eq!(*known.of(b"never seen", || 4), 4);
        assert_eq!(*known.of(b"never seen", || 5), 5);
    }
}
