//! The session id as a number, for hashing.
//!
//! In: the bytes of a `session-id` column. Out: a [`SessionKey`] and, if the id is not sixteen ASCII
//! characters, its text.
//! Must not assume that ids are unique over streams or over restarts.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use rustc_hash::FxHasher;

/// A session id as 128 bits: the sixteen bytes of a usual id, or a hash of any other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey(u128);

impl Hash for SessionKey {
    /// The digits of two ids differ in few bits of each byte, and mostly in the last bytes. A folded
    /// product spreads these bits over the whole hash.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.spread());
    }
}

/// Values by session.
pub(super) type KeyMap<V> = HashMap<SessionKey, V, BuildHasherDefault<KeyHasher>>;

/// Some sessions.
pub(super) type KeySet = HashSet<SessionKey, BuildHasherDefault<KeyHasher>>;

/// Uses the hash that a [`SessionKey`] computes for itself.
#[derive(Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    /// Not used: a key writes one number.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(5) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// A session id that can be printed as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionId {
    key: SessionKey,
    text: Option<Box<str>>,
}

impl SessionKey {
    /// Spreads all bits of the key over 64.
    #[inline]
    pub(super) fn spread(self) -> u64 {
        let low = (self.0 as u64) ^ 0x9E37_79B9_7F4A_7C15;
        let high = ((self.0 >> 64) as u64) ^ 0xD1B5_4A32_D192_ED03;
        let product = u128::from(low) * u128::from(high);
        (product as u64) ^ (product >> 64) as u64
    }

    /// The key of an id as logged.
    #[inline]
    pub fn of(text: &[u8]) -> SessionKey {
        match <[u8; 16]>::try_from(text) {
            Ok(bytes) => SessionKey(u128::from_le_bytes(bytes)),
            Err(_) => SessionKey::of_other(text),
        }
    }

    /// A hash that contains a byte that no text of sixteen printable characters has.
    #[cold]
    fn of_other(text: &[u8]) -> SessionKey {
        let mut hasher = FxHasher::default();
        hasher.write(text);
        SessionKey(u128::from(hasher.finish()) << 8 | 0xFF)
    }
}

impl SessionId {
    /// The id as logged. Bytes that are not UTF-8 are replaced.
    pub fn of(text: &[u8]) -> SessionId {
        let plain = text.len() == 16 && text.is_ascii();
        SessionId {
            key: SessionKey::of(text),
            text: (!plain).then(|| String::from_utf8_lossy(text).into()),
        }
    }

    /// The key for maps.
    pub fn key(&self) -> SessionKey {
        self.key
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => out.write_str(text),
            None => {
                let bytes = self.key.0.to_le_bytes();
                out.write_str(std::str::from_utf8(&bytes).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_logged() {
        for id in [
            "08DE1A2B3C4D5E6F",
            "0000000000000001",
            "08de1a2b3c4d5e6f",
            "redacted",
            "08DE",
        ] {
            assert_eq!(SessionId::of(id.as_bytes()).to_string(), id);
            assert_eq!(
                SessionId::of(id.as_bytes()).key(),
                SessionKey::of(id.as_bytes())
            );
        }
    }

    #[test]
    fn keys_tell_ids_apart() {
        let ids = [
            "08DE1A2B3C4D5E6F",
            "08de1a2b3c4d5e6f",
            "08DE1A2B3C4D5E60",
            "08DE",
            "x",
        ];
        for (at, id) in ids.iter().enumerate() {
            for other in &ids[at + 1..] {
                assert_ne!(
                    SessionKey::of(id.as_bytes()),
                    SessionKey::of(other.as_bytes())
                );
            }
        }
    }
}
