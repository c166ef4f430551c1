//! Characters that act on what shows them, or that nobody sees.
//!
//! In: text, or JSON. Out: whether it holds such characters, and the JSON with escapes in their place.
//! Must not read text twice if there is none of them.

use std::io::{self, Write};

/// Whether a character acts on what shows it: a control character, or one that turns the direction of
/// text or begins a line.
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// Whether nobody sees a character, or it acts on what shows it. Spaces are seen.
pub fn is_hidden(character: char) -> bool {
    acts(character)
        || matches!(
            character,
            '\u{00AD}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200D}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Whether the UTF-8 of some hidden character begins with this byte.
pub const fn may_begin(byte: u8) -> bool {
    matches!(
        byte,
        0..0x20 | DELETE | 0xC2 | 0xD8 | 0xE1 | 0xE2 | 0xEF | 0xF3
    )
}

const DELETE: u8 = 0x7F;

/// Writes escapes in place of the hidden characters of JSON. What it writes is the same JSON, because
/// they stand in texts only. Control characters below U+0020 have their escapes already.
#[derive(Debug)]
pub struct EscapeHidden<W>(pub W);

impl<W: Write> Write for EscapeHidden<W> {
    /// Texts arrive whole, or in parts that are cut between characters.
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        self.write_all(json)?;
        Ok(json.len())
    }

    fn write_all(&mut self, json: &[u8]) -> io::Result<()> {
        if is_plain(json) {
            return self.0.write_all(json);
        }
        escape(json, &mut self.0)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Puts escapes in place of the hidden characters of the JSON that begins here. One look is enough for
/// nearly every record, because it is ASCII.
///
/// # Errors
/// None: the writer is memory.
pub fn escape_from(begin: usize, json: &mut Vec<u8>) -> io::Result<()> {
    if is_plain(&json[begin..]) {
        return Ok(());
    }
    let raw = json.split_off(begin);
    escape(&raw, json)
}

/// Whether all characters are seen for sure. The loop has no branches, so it takes many bytes at once.
fn is_plain(json: &[u8]) -> bool {
    json.iter().fold(0, |highest, byte| (*byte).max(highest)) < DELETE
}

#[cold]
fn escape(json: &[u8], out: &mut impl Write) -> io::Result<()> {
    let Ok(text) = std::str::from_utf8(json) else {
        // The JSON of a text is never cut within a character.
        return out.write_all(json);
    };
    let mut written = 0;
    let suspects = json.iter().enumerate();
    for (at, _) in suspects.filter(|(_, byte)| **byte >= DELETE && may_begin(**byte)) {
        let Some(character) = text[at..].chars().next().filter(|found| is_hidden(*found)) else {
            continue;
        };
        out.write_all(&json[written..at])?;
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        written = at + character.len_utf8();
    }
    out.write_all(&json[written..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hidden_character_begins_with_a_byte_of_the_list() {
        for character in ('\0'..=char::MAX).filter(|found| is_hidden(*found)) {
            let mut bytes = [0; 4];
            let first = character.encode_utf8(&mut bytes).as_bytes()[0];
            assert!(may_begin(first), "{character:?}");
        }
    }

    #[test]
    fn json_stays_the_same_data() {
        let all: String = ('\0'..='\u{E1000}')
            .filter(|found| is_hidden(*found))
            .collect();
        let text = format!("häß{all}日本語{all}");
        let json = serde_json::to_vec(&text).expect("JSON");
        let mut whole = b"{}".to_vec();
        whole.extend_from_slice(&json);
        escape_from(2, &mut whole).expect("memory");
        let mut written = Vec::new();
        let mut writer = EscapeHidden(&mut written);
        serde_json::to_writer(&mut writer, &text).expect("JSON");
        assert_eq!(whole[2..], written);
        let shown = String::from_utf8(written).expect("UTF-8");
        assert!(!shown.contains(is_hidden), "{shown}");
        assert!(shown.contains("häß") && shown.contains("日本語"));
        assert!(shown.contains("\\u007f\\u0080") && shown.contains("\\udb40\\udc01"));
        assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
    }
}
