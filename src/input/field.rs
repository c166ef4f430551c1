//! One column of a row, unescaped only on demand.
//!
//! In: the bytes of a column as they stand in the line, quotes included. Out: its value as bytes or
//! text.
//! Must not know which column it is.

use std::borrow::Cow;

use memchr::memchr;

/// The bytes of one column as they stand in the line, quotes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Field<'a> {
    raw: &'a [u8],
}

impl<'a> Field<'a> {
    /// A column from its bytes in the line.
    pub fn new(raw: &'a [u8]) -> Field<'a> {
        Field { raw }
    }

    /// The bytes as they stand in the line.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Whether the column holds nothing at all.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty() || self.raw == b"\"\""
    }

    /// The value with quotes removed and doubled quotes made single.
    #[inline]
    pub fn bytes(self) -> Cow<'a, [u8]> {
        if self.raw.first() == Some(&b'"') {
            self.unquoted()
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    fn unquoted(self) -> Cow<'a, [u8]> {
        let inner = &self.raw[1..];
        match memchr(b'"', inner) {
            None => Cow::Borrowed(inner),
            Some(end) if end + 1 == inner.len() => Cow::Borrowed(&inner[..end]),
            Some(_) => Cow::Owned(unescape(inner)),
        }
    }

    /// The value as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(self) -> Cow<'a, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => text(bytes),
            Cow::Owned(bytes) => Cow::Owned(text(&bytes).into_owned()),
        }
    }
}

/// Bytes of a log as text; bytes that are not UTF-8 become U+FFFD. Good text, which is nearly all,
/// is checked many bytes at a time.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// The inside of a quoted column, opening quote already removed.
fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memchr(b'"', rest) {
        value.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        if let Some(after) = rest.strip_prefix(b"\"") {
            value.push(b'"');
            rest = after;
        } else {
            // The column ends here; text between the closing quote and the comma is kept.
            value.extend_from_slice(rest);
            return value;
        }
    }
    value.extend_from_slice(rest);
    value
}
