//! The session id as a number, for hashing.
//!
//! In: the bytes of a `session-id` column. Out: a [`SessionKey`] and, where the id is not sixteen
//! upper-case hex digits, its text.
//! Must not assume that ids are unique over streams or over restarts.

use std::fmt;
use std::hash::Hasher;

use rustc_hash::FxHasher;

/// A session id as 64 bits: the value of sixteen hex digits, or a hash of any other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

/// A session id that can be printed as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionId {
    key: SessionKey,
    text: Option<Box<str>>,
}

impl SessionKey {
    /// The key of an id as logged.
    #[inline]
    pub fn of(text: &[u8]) -> SessionKey {
        hex(text).unwrap_or_else(|| {
            let mut hasher = FxHasher::default();
            hasher.write(text);
            SessionKey(hasher.finish())
        })
    }
}

/// Sixteen upper-case hex digits.
#[inline]
fn hex(text: &[u8]) -> Option<SessionKey> {
    let digits: &[u8; 16] = text.try_into().ok()?;
    let mut value = 0;
    let mut bad = 0;
    for byte in digits {
        let digit = HEX[usize::from(*byte)];
        bad |= digit;
        value = value << 4 | u64::from(digit & 0x0F);
    }
    (bad & 0xF0 == 0).then_some(SessionKey(value))
}

/// The value of each upper-case hex digit; 0xFF for every other byte.
static HEX: [u8; 256] = {
    let mut table = [0xFF; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

impl SessionId {
    /// The id as logged, bytes that are no UTF-8 replaced.
    pub fn of(text: &[u8]) -> SessionId {
        match hex(text) {
            Some(key) => SessionId { key, text: None },
            None => SessionId {
                key: SessionKey::of(text),
                text: Some(String::from_utf8_lossy(text).into()),
            },
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
            None => write!(out, "{:016X}", self.key.0),
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
    fn hex_ids_are_their_value() {
        assert_eq!(
            SessionKey::of(b"08DE1A2B3C4D5E6F"),
            SessionKey(0x08DE_1A2B_3C4D_5E6F)
        );
        assert_ne!(
            SessionKey::of(b"08DE1A2B3C4D5E6F"),
            SessionKey::of(b"08de1a2b3c4d5e6f")
        );
    }
}
