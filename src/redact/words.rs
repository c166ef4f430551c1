//! The words that stay in sentences and replies.
//!
//! In: a word. Out: whether it is known to be harmless.
//! Must not hold a name. `words.txt` and `words_ja.txt` hold the words of this program's own texts,
//! and the test `tests/it/redact` keeps it so. `reply_words.txt` holds the words of the replies of Exchange, and
//! `row_words.txt` those of its log rows and enumerations.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::scripts::is_japanese;

static OWN: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());

/// The runs of Japanese signs in this program's own texts.
static JAPANESE: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("words_ja.txt").lines().collect());

static REPLIES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("reply_words.txt").lines().collect());

static ROWS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("row_words.txt").lines().collect());

/// Whether a word is one of this program's texts, of Exchange's own rows, or a number.
pub(super) fn is_known(word: &str) -> bool {
    if word.chars().all(is_japanese) {
        return is_own_japanese(word);
    }
    let word = word.to_lowercase();
    let lists = [&OWN, &REPLIES, &ROWS];
    is_number(&word) || lists.iter().any(|list| list.contains(word.as_str()))
}

/// Whether a run of Japanese signs is one of this program's texts, or consists of several. A single Chinese
/// character is one only at the beginning, where it counts something: others are parts of many names.
fn is_own_japanese(run: &str) -> bool {
    let signs: Vec<(usize, char)> = run.char_indices().collect();
    let place = |number: usize| signs.get(number).map_or(run.len(), |(at, _)| *at);
    // Whether the first so many signs are known.
    let mut is_known = vec![true; signs.len() + 1];
    for end in 1..=signs.len() {
        is_known[end] = (end.saturating_sub(LONGEST_RUN)..end).any(|start| {
            let piece = &run[place(start)..place(end)];
            let is_part = start == 0 || end - start > 1 || is_kana(signs[start].1);
            is_known[start] && is_part && JAPANESE.contains(piece)
        });
    }
    is_known[signs.len()]
}

/// The longest run of Japanese signs in a text of this program.
const LONGEST_RUN: usize = 60;

fn is_kana(sign: char) -> bool {
    matches!(sign, '\u{3041}'..='\u{30FF}')
}

/// Whether a word is one of a known reply, or a number.
pub(super) fn is_of_replies(word: &str) -> bool {
    let word = word.to_lowercase();
    // `(S77719)` says which rule of Exchange Online throttled.
    let throttle = word.strip_prefix('s').unwrap_or_default();
    let is_throttle = (4..=6).contains(&throttle.len()) && is_number(throttle);
    is_number(&word) || is_throttle || REPLIES.contains(word.as_str())
}

/// Whether a text consists of known words.
pub(super) fn are_all_known(text: &str) -> bool {
    let words = text.split(|sign: char| !sign.is_alphanumeric());
    words.filter(|word| !word.is_empty()).all(is_known)
}

/// Digits, with a unit or the ending of an ordinal number: counts, days, sizes.
fn is_number(word: &str) -> bool {
    let rest = word.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let attr = word.strip_prefix("attr").filter(|rest| !rest.is_empty());
    let is_attr =
        attr.is_some_and(|rest| rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    // Longer numbers are no counts.
    let is_short = word.len() - rest.len() <= 10;
    is_attr
        || (is_short
            && rest.len() < word.len()
            && matches!(
                rest,
                "" | "s" | "m" | "h" | "d" | "st" | "nd" | "rd" | "th" | "kb" | "mb" | "gb" | "tb"
            ))
}
