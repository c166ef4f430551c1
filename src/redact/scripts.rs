//! Where a word ends: Japanese has no spaces between its words, and none around a name.
//!
//! In: signs of a text. Out: whether they are Japanese, and whether two belong to one word.
//! Must not know any word.

/// Whether a sign is one of Japanese words: kana, a Chinese character, or a sign that repeats one.
pub(super) fn is_japanese(sign: char) -> bool {
    matches!(sign, '\u{3005}' | '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}')
        && sign.is_alphanumeric()
}

/// Whether two signs that stand side by side belong to one word.
pub(super) fn are_of_one_word(one: Option<char>, other: Option<char>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    one.is_alphanumeric() && other.is_alphanumeric() && is_japanese(one) == is_japanese(other)
}

/// The text up to the first place where Japanese and other letters meet.
pub(super) fn of_one_script(text: &str) -> &str {
    let pairs = text.char_indices().zip(text.chars().skip(1));
    let mut borders = pairs.filter(|((_, one), other)| {
        one.is_alphanumeric() && other.is_alphanumeric() && is_japanese(*one) != is_japanese(*other)
    });
    match borders.next() {
        Some(((at, sign), _)) => &text[..at + sign.len_utf8()],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_japanese_begins() {
        for (text, first) in [
            ("contoso.comの受信コネクタ", "contoso.com"),
            ("受信コネクタ5件", "受信コネクタ"),
            ("サーバー EX01 の", "サーバー EX01 の"),
            ("々", "々"),
            ("", ""),
        ] {
            assert_eq!(of_one_script(text), first, "{text}");
        }
    }

    #[test]
    fn letters_of_two_scripts_are_two_words() {
        assert!(are_of_one_word(Some('a'), Some('1')));
        assert!(are_of_one_word(Some('証'), Some('の')));
        assert!(!are_of_one_word(Some('m'), Some('の')));
        assert!(!are_of_one_word(Some('の'), Some('。')));
        assert!(!are_of_one_word(None, Some('a')));
    }
}
