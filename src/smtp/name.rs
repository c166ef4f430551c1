//! X.500 names in .NET's text form, not RFC 4514: `CN=a, O="thawte, Inc.", S=Oslo, C=NO`.
//!
//! In: the text of a subject or issuer. Out: its parts, and a comparable [`DistinguishedName`].
//! Must not reorder: Exchange writes and compares names in one order.

/// A name as parts. Two names are equal if their types and values are equal, regardless of case and of
/// the blanks around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    parts: Vec<(String, String)>,
}

impl DistinguishedName {
    /// Reads a name. A text that is not a name becomes a single part without a type, so that equal texts
    /// stay equal.
    pub fn parse(text: &str) -> DistinguishedName {
        let parts = split(text)
            .into_iter()
            .map(|part| match part.split_once('=') {
                Some((kind, value)) => (canonical_type(kind.trim()), canonical_value(value)),
                None => (String::new(), canonical_value(part)),
            })
            .collect();
        DistinguishedName { parts }
    }

    /// Whether the name has no parts.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The first value of a type such as `CN`, in lower case.
    pub fn first(&self, kind: &str) -> Option<&str> {
        self.parts
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(kind))
            .map(|(_, value)| value.as_str())
    }
}

/// The common name of a subject, by which two equal subjects have one place.
pub fn common_name(subject: &str) -> Option<String> {
    let name = DistinguishedName::parse(subject);
    name.first("CN").map(str::to_owned)
}

/// Whether two names may be equal, in any order of their parts. Thousands of names may be compared with
/// thousands, and to read their parts takes much longer.
pub fn may_be_same(one: &str, other: &str) -> bool {
    match (trace(one), trace(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// A number that all spellings of a name share, in any order of its parts. Blanks, quotes, separators and
/// the letters of types that have two forms do not count. `None` if other letters than those of ASCII might become these.
fn trace(name: &str) -> Option<u32> {
    const COUNTED: [u32; 256] = {
        let mut counted = [0; 256];
        let letters = b"0123456789bcfghjknopquvwxyz";
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            let value = letter as u32 * letter as u32;
            counted[letter as usize] = value;
            counted[letter.to_ascii_uppercase() as usize] = value;
            at += 1;
        }
        counted
    };
    let add = |sum: u32, letter: u8| sum.wrapping_add(COUNTED[usize::from(letter)]);
    name.is_ascii().then(|| name.bytes().fold(0, add))
}

/// Splits at `, `, `;` and ` + ` outside quotes.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b';' | b'+' if !quoted && separates(text, at) => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// A separator is followed by blanks and another `TYPE=`; `A+B` inside a value is not one.
fn separates(text: &str, at: usize) -> bool {
    let rest = &text[at + 1..];
    let blanks = rest
        .bytes()
        .take(64)
        .take_while(|byte| *byte == b' ')
        .count();
    rest.len() == blanks || attribute_at(&rest[blanks..])
}

/// Whether the text begins with `TYPE=` or `OID.1.2.3=`.
pub fn attribute_at(text: &str) -> bool {
    // The search ends where the longest type would end, because a hostile row may be long.
    let Some(equals) = text.bytes().take(64).position(|byte| byte == b'=') else {
        return false;
    };
    let kind = &text[..equals];
    let letters = kind.len() <= 32
        && kind.starts_with(|c: char| c.is_ascii_alphabetic())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let dotted = kind.strip_prefix("OID.").unwrap_or(kind);
    let oid = !dotted.is_empty()
        && dotted.contains('.')
        && dotted
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    letters || oid
}

fn canonical_type(kind: &str) -> String {
    let kind = kind.to_ascii_uppercase();
    match kind.as_str() {
        "ST" => "S".to_owned(),
        "EMAILADDRESS" | "EMAIL" => "E".to_owned(),
        _ => kind,
    }
}

fn canonical_value(value: &str) -> String {
    let value = value.trim();
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .map_or_else(|| value.to_owned(), |inner| inner.replace("\"\"", "\""));
    inner.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_quoted_commas_and_pluses() {
        let name =
            DistinguishedName::parse(r#"CN=Mail + OU=A+B, O="thawte, Inc.", OID.1.2.3=x, S=Oslo"#);
        assert_eq!(name.first("cn"), Some("mail"));
        assert_eq!(name.first("OU"), Some("a+b"));
        assert_eq!(name.first("O"), Some("thawte, inc."));
        assert_eq!(name.first("OID.1.2.3"), Some("x"));
    }

    #[test]
    fn equal_names_are_equal_whatever_their_case_and_blanks() {
        let one = DistinguishedName::parse(r#"CN=Example CA, O="Example ""X"" Inc", ST=Oslo"#);
        let other = DistinguishedName::parse(r#"cn=example ca,o="Example ""X"" Inc",S=OSLO"#);
        assert_eq!(one, other);
        assert_ne!(one, DistinguishedName::parse("O=Example, CN=Example CA"));
        assert!(DistinguishedName::parse("").is_empty());
    }
}
