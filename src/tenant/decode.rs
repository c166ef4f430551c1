//! Decodes the bytes of an export file into text.
//!
//! In: bytes in UTF-8, UTF-16 or a Windows code page. Out: text without byte order mark.
//! Must not fail: bytes that fit no encoding become U+FFFD, and the parsers handle the rest.
//! Invariant: valid UTF-8 stays as it is. A code page is guessed only if the bytes are not UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes decide whether a file without byte order mark is UTF-16.
const LOOK: usize = 4096;

/// Decodes a whole file, or the head of one: a character cut at the end does no harm.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // The last character is cut: still UTF-8.
        Err(error) if error.error_len().is_none() => UTF_8.decode_without_bom_handling(bytes).0,
        Err(_) => code_page(bytes),
    }
}

/// Exports are mostly ASCII even where names are not, so UTF-16 has a zero in every second place.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes[..bytes.len().min(LOOK)].chunks_exact(2);
    let (mut all, mut first_zero, mut second_zero) = (0, 0, 0);
    for pair in pairs {
        all += 1;
        first_zero += usize::from(pair[0] == 0);
        second_zero += usize::from(pair[1] == 0);
    }
    let mostly = |zeros: usize, others: usize| zeros * 3 > all && zeros > others * 8;
    if mostly(second_zero, first_zero) {
        Some(UTF_16LE)
    } else if mostly(first_zero, second_zero) {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn code_page(bytes: &[u8]) -> Cow<'_, str> {
    SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(bytes)
        .filter(|text| reads_as_japanese(text))
        .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0)
}

/// Western text can be valid Shift_JIS by chance: an accented letter takes the next letter with
/// it. That gives single ideographs between Latin letters, or half-width katakana, while Japanese
/// text comes in runs.
fn reads_as_japanese(text: &str) -> bool {
    let (mut in_runs, mut doubtful) = (0_usize, 0_usize);
    let mut run = 0_usize;
    for character in text.chars().chain(['\n']) {
        match character {
            '\0'..='\u{7F}' => {
                if run == 1 {
                    doubtful += 1;
                } else {
                    in_runs += run;
                }
                run = 0;
            }
            '\u{FF61}'..='\u{FF9F}' | '\u{E000}'..='\u{F8FF}' => doubtful += 1,
            _ => run += 1,
        }
    }
    in_runs > doubtful
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "[{\"Name\":\"受信 Inbound für Søren\"}]";

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn every_unicode_form_gives_the_same_text() {
        let marked = format!("\u{feff}{TEXT}");
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(&marked, true),
            utf16(&marked, false),
            utf16(TEXT, true),
            utf16(TEXT, false),
        ] {
            assert_eq!(decode(&bytes), TEXT);
        }
    }

    #[test]
    fn japanese_and_western_code_pages_are_told_apart() {
        for (encoding, text) in [
            (
                SHIFT_JIS,
                "\"Name\",\"送信元アドレス\"\r\n\"本社の受信コネクタ\",\"contoso\"\r\n",
            ),
            (WINDOWS_1252, "\"Name\"\r\n\"Zürich Société générale\"\r\n"),
            (WINDOWS_1252, "\"Name\"\r\n\"Straße\"\r\n"),
            (
                WINDOWS_1252,
                "Name : Données reçues\r\nSenderIPAddresses : {203.0.113.1…}\r\n",
            ),
        ] {
            let bytes = encoding.encode(text).0;
            assert_eq!(decode(&bytes), text);
        }
    }

    #[test]
    fn a_cut_last_character_leaves_utf8_standing() {
        let bytes = "Name,受信".as_bytes();
        assert_eq!(decode(&bytes[..bytes.len() - 1]), "Name,受\u{fffd}");
    }

    #[test]
    fn short_inputs_are_no_utf16() {
        assert_eq!(decode(b""), "");
        assert_eq!(decode(b"a"), "a");
        assert_eq!(decode(b"[]"), "[]");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn any_utf8_is_kept(text in "[a-zA-Zäöü受信 ,:{}\"]{0,60}") {
            prop_assert_eq!(decode(text.as_bytes()), text.as_str());
        }
    }
}
