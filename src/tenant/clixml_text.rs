//! The texts inside CLIXML elements.
//!
//! In: the text of one element, entities resolved. Out: its [`Value`], or the text without escapes.
//! Must not know the document around it.
//! Invariant: what does not fit its element's type is [`Value::Lost`]; no text makes it panic.

use super::table::Value;

/// The value of an element that holds text only.
pub(super) fn primitive(element: &str, text: String) -> Value {
    match element {
        "B" => match text.trim() {
            "true" | "True" | "1" => Value::Bool(true),
            "false" | "False" | "0" => Value::Bool(false),
            _ => Value::Lost,
        },
        "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "Sg" | "Db" | "D" => {
            Value::Number(text.trim().to_owned())
        }
        "C" => {
            let character = text.trim().parse().ok().and_then(char::from_u32);
            character.map_or(Value::Lost, |character| Value::Text(character.to_string()))
        }
        "BA" => base64(&text).map_or(Value::Lost, Value::Bytes),
        _ => Value::from_text(unescaped(&text)),
    }
}

/// Undoes `_x000D_`: UTF-16 units that XML could not hold, and `_x005F_` for the underscore of a
/// text that would look like one.
pub(super) fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    loop {
        let plain = rest.find("_x").unwrap_or(rest.len());
        if let Some(unit) = escape(&rest[plain..]) {
            if plain > 0 {
                flush(&mut units, &mut result);
                result.push_str(&rest[..plain]);
            }
            units.push(unit);
            rest = &rest[plain + "_x0000_".len()..];
            continue;
        }
        flush(&mut units, &mut result);
        // Past the `_x` that is no escape.
        let end = (plain + 2).min(rest.len());
        result.push_str(&rest[..end]);
        rest = &rest[end..];
        if rest.is_empty() {
            return result;
        }
    }
}

fn escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let closed = text.as_bytes().get(6) == Some(&b'_');
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if closed && plain {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// Surrogates come as two escapes in a row.
fn flush(units: &mut Vec<u16>, result: &mut String) {
    let characters = char::decode_utf16(units.drain(..));
    result.extend(characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Base64 with the standard alphabet; blanks and padding are allowed anywhere.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
    {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_undone() {
        for (escaped, plain) in [
            ("_x000D__x000A_", "\r\n"),
            ("a_x005F_x000D_b", "a_x000D_b"),
            ("_xD83D__xDE00_", "😀"),
            ("_xD83D_", "\u{fffd}"),
            ("_x00", "_x00"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_x+041_", "_x+041_"),
            ("__x0041__", "_A_"),
            ("_xé123_", "_xé123_"),
            ("", ""),
        ] {
            assert_eq!(unescaped(escaped), plain, "{escaped}");
        }
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(base64("AQID/w=="), Some(vec![1, 2, 3, 255]));
        assert_eq!(base64("Y29u\r\n dG9zbw"), Some(b"contoso".to_vec()));
        assert_eq!(base64(""), Some(Vec::new()));
        assert_eq!(base64("AQ!D"), None);
    }

    proptest! {
        #[test]
        fn unescaping_never_panics(text in "[_x0-9A-Fé]{0,40}") {
            let _ = unescaped(&text);
        }
    }
}
