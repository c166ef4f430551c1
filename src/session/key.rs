//! The session id as a key of maps.
//!
//! In: the bytes of a `session-id` column. Out: a [`SessionKey`], which is one number where the id has
//! sixteen bytes, and maps that no choice of ids makes slow.
//! Must not assume that ids are unique over streams or over restarts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

/// A session id that compares by its whole text.
///
/// A usual id has sixteen bytes, which compare as one number. Any other id keeps its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey {
    usual: UsualKey,
    /// The text of an id that is not usual.
    other: Option<Arc<[u8]>>,
}

/// The sixteen bytes of a usual id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UsualKey(u128);

impl Hash for SessionKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.other {
            None => state.write_u128(self.usual.0),
            Some(text) => state.write(text),
        }
    }
}

/// Values by session.
pub(crate) type KeyMap<V> = HashMap<SessionKey, V, Secret>;

/// Some sessions.
pub(super) type KeySet = HashSet<SessionKey, Secret>;

/// Values by usual id.
pub(super) type UsualMap<V> = HashMap<UsualKey, V, Secret>;

impl Hash for UsualKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.0);
    }
}

/// Two numbers that differ in every run. Without them, a log could hold ids that were chosen so that
/// all have one hash, and each look-up would compare them all. No result depends on them.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    low: u64,
    high: u64,
    texts: RandomState,
}

impl Default for Secret {
    fn default() -> Secret {
        let texts = RandomState::new();
        Secret {
            low: texts.hash_one(0u64),
            high: texts.hash_one(1u64),
            texts,
        }
    }
}

impl Secret {
    /// Spreads all bits of a usual id over 64. The digits of two ids differ in few bits of each byte,
    /// and mostly in the last bytes. A folded product spreads these bits over the whole hash.
    #[inline(always)]
    pub(super) fn spread(&self, key: UsualKey) -> u64 {
        let low = (key.0 as u64) ^ self.low;
        let high = ((key.0 >> 64) as u64) ^ self.high;
        let product = u128::from(low) * u128::from(high);
        (product as u64) ^ (product >> 64) as u64
    }
}

impl BuildHasher for Secret {
    type Hasher = KeyHasher;

    #[inline]
    fn build_hasher(&self) -> KeyHasher {
        KeyHasher {
            secret: self.clone(),
            hash: 0,
        }
    }
}

/// Hashes session ids.
#[derive(Debug)]
pub(crate) struct KeyHasher {
    secret: Secret,
    hash: u64,
}

impl Hasher for KeyHasher {
    #[inline]
    fn write_u128(&mut self, usual: u128) {
        self.hash = self.secret.spread(UsualKey(usual));
    }

    /// The text of an id that is not usual.
    #[cold]
    fn write(&mut self, text: &[u8]) {
        self.hash = self.secret.texts.hash_one(text);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}

impl UsualKey {
    /// No id: it holds a newline, which ends a row.
    pub(super) const NONE: UsualKey = UsualKey(u128::from_le_bytes([b'\n'; 16]));

    /// The key of an id as logged, if it is a usual one.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Option<UsualKey> {
        let bytes = <[u8; 16]>::try_from(text).ok()?;
        Some(UsualKey(u128::from_le_bytes(bytes)))
    }
}

impl SessionKey {
    /// The key of an id as logged.
    #[inline]
    pub fn of(text: &[u8]) -> SessionKey {
        match UsualKey::of(text) {
            Some(usual) => SessionKey { usual, other: None },
            None => SessionKey::of_other(text),
        }
    }

    #[cold]
    fn of_other(text: &[u8]) -> SessionKey {
        SessionKey {
            usual: UsualKey::NONE,
            other: Some(text.into()),
        }
    }

    /// The bytes of the id as logged.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match &self.other {
            None => Cow::Owned(self.usual.0.to_le_bytes().to_vec()),
            Some(text) => Cow::Borrowed(text),
        }
    }

    /// The id as logged. Bytes that are not UTF-8 are replaced.
    fn with_text<T>(&self, show: impl FnOnce(Cow<'_, str>) -> T) -> T {
        match &self.other {
            None => show(String::from_utf8_lossy(&self.usual.0.to_le_bytes())),
            Some(text) => show(String::from_utf8_lossy(text)),
        }
    }
}

/// A session id that can be printed as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionId(SessionKey);

impl SessionId {
    /// The id as logged. Bytes that are not UTF-8 are replaced.
    pub fn of(text: &[u8]) -> SessionId {
        SessionId(SessionKey::of(text))
    }

    /// The key for maps.
    pub fn key(&self) -> &SessionKey {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.with_text(|text| out.write_str(&text))
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
                *SessionId::of(id.as_bytes()).key(),
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

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        for id in [&b"08DE1A2B3C4D5E6\xFF"[..], b"08DE\xFF"] {
            let expected = String::from_utf8_lossy(id).into_owned();
            assert_eq!(SessionId::of(id).to_string(), expected);
        }
    }

    /// Ids whose low half is `low`: with fixed numbers instead of secret ones, one could choose it so
    /// that all products are zero.
    fn with_low_half(low: u64) -> impl Iterator<Item = UsualKey> {
        (0..4_096u128).map(move |high| UsualKey(high << 64 | u128::from(low)))
    }

    #[test]
    fn ids_chosen_for_one_secret_do_not_collide_with_another() {
        let known = Secret::default();
        let hashes = |secret: &Secret| {
            let hashes = with_low_half(known.low).map(|key| secret.spread(key));
            hashes.collect::<std::collections::BTreeSet<u64>>().len()
        };
        assert_eq!(hashes(&known), 1);
        assert!(hashes(&Secret::default()) > 4_000);
    }

    #[test]
    fn other_ids_compare_by_their_whole_text() {
        let text = |number: u32| format!("a-long-session-id-with-number-{number:08}");
        let mut map = KeyMap::default();
        for number in 0..1_000 {
            map.insert(SessionKey::of(text(number).as_bytes()), number);
        }
        for number in 0..1_000 {
            assert_eq!(
                map.get(&SessionKey::of(text(number).as_bytes())),
                Some(&number)
            );
        }
        assert_eq!(map.len(), 1_000);
    }
}
