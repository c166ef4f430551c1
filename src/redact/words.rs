//! The words that stay in sentences and replies.
//!
//! In: a word. Out: whether it is known to be harmless.
//! Must not hold a name. `words.txt` holds the words of this program's own texts, and the test
//! `tests/it/redact` keeps it so. `reply_words.txt` holds the words of the replies of Exchange, and
//! `row_words.txt` those of its log rows and enumerations.

use std::collections::HashSet;
use std::sync::LazyLock;

static OWN: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());

static REPLIES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("reply_words.txt").lines().collect());

static ROWS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("row_words.txt").lines().collect());

/// Whether a word is one of this program's texts, of Exchange's own rows, or a number.
pub(super) fn is_known(word: &str) -> bool {
    let word = word.to_lowercase();
    let lists = [&OWN, &REPLIES, &ROWS];
    is_number(&word) || lists.iter().any(|list| list.contains(word.as_str()))
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
