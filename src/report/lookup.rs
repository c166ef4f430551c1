//! Finds the entries of the catalogue that a question is about, for `sendlens explain`.
//!
//! In: a code, a name, or what people have in front of them: a reply, the `LastError` of a queue or the
//! line of a bounce around it, the number of a notice, an error word. Out: a [`Lookup`].
//! Must not list codes or replies. Invariant: what an entry answers to is in its own text.

use std::collections::BTreeSet;

use strsim::damerau_levenshtein;

use super::catalogue;
use crate::diagnosis::rule::RuleMeta;
use crate::smtp::wrapped_reply;

/// How many entries are suggested at most. More are no help.
const SUGGESTIONS: usize = 3;

/// What the catalogue has for a question.
#[derive(Debug)]
pub enum Lookup {
    /// These entries are about it. There is at least one.
    Found(Vec<&'static RuleMeta>),
    /// No entry is about it, but these have nearly this code or name. The list may be empty.
    Nearly(Vec<&'static RuleMeta>),
}

/// Looks a question up. A code or a name comes first, then codes and numbers in a reply, then its
/// words, and last single words such as `NoCredentials`. The entries that repeat the longest part of
/// the question go first.
pub fn look_up(question: &str) -> Lookup {
    let question = question.trim();
    if let Some(entry) = catalogue::find(question) {
        return Lookup::Found(vec![entry]);
    }
    // The texts around a reply say nothing about its cause.
    let inner = wrapped_reply::unwrap(question).reply;
    if inner != question
        && let Lookup::Found(entries) = look_up_reply(&inner)
    {
        return Lookup::Found(entries);
    }
    look_up_reply(question)
}

/// Looks up a question that is no code.
fn look_up_reply(question: &str) -> Lookup {
    let ways: [fn(&str) -> Vec<&'static RuleMeta>; 4] =
        [with_code, with_references, with_phrase, with_identifiers];
    ways.iter()
        .map(|way| way(question))
        .find(|found| !found.is_empty())
        .map(|found| with_longest_phrase_first(question, found))
        .map_or_else(|| Lookup::Nearly(nearly(question)), Lookup::Found)
}

/// What looks like a code, beside at least one that is known, and is none: `NOPE` in `CRT004 NOPE`.
pub fn unknown_codes(question: &str) -> Vec<&str> {
    let names = |word: &str| catalogue::find(word).is_some();
    if with_code(question).is_empty() {
        return Vec::new();
    }
    let looks_like_code = |word: &&str| {
        let letters = word.trim_end_matches(|sign: char| sign.is_ascii_digit());
        letters.len() >= CODE_LETTERS
            && letters.chars().all(|sign| sign.is_ascii_alphabetic())
            && (letters.len() < word.len()
                || !word.contains(|sign: char| sign.is_ascii_lowercase()))
    };
    words(question)
        .filter(|word| looks_like_code(word) && !names(word) && reference(word).is_none())
        .collect()
}

/// How many letters a code begins with.
const CODE_LETTERS: usize = 3;

/// So many words in a row are no coincidence.
const PHRASE: usize = 4;

/// Puts the entries first that contain the longest part of the question.
fn with_longest_phrase_first(
    question: &str,
    mut found: Vec<&'static RuleMeta>,
) -> Vec<&'static RuleMeta> {
    let asked: Vec<String> = words(question).map(str::to_ascii_lowercase).collect();
    let length = |meta: &&'static RuleMeta| longest_phrase(&asked, meta.text);
    let most = found.iter().map(length).max().unwrap_or_default();
    if most >= PHRASE {
        found.sort_by_key(|meta| length(meta) < most);
    }
    found
}

/// How many words in a row the text repeats.
fn longest_phrase(asked: &[String], text: &str) -> usize {
    let words: Vec<String> = words(text).map(str::to_ascii_lowercase).collect();
    let mut longest = 0;
    // The lengths of the phrases that end at the word before.
    let mut before = vec![0; asked.len() + 1];
    for word in &words {
        let mut here = vec![0; asked.len() + 1];
        for (at, wanted) in asked.iter().enumerate() {
            if wanted == word {
                here[at + 1] = before[at] + 1;
                longest = longest.max(here[at + 1]);
            }
        }
        before = here;
    }
    longest
}

/// The entries whose codes are in the question, such as `CRT004, CRT005`.
fn with_code(question: &str) -> Vec<&'static RuleMeta> {
    let named: Vec<&str> = words(question).collect();
    catalogue::metas()
        .filter(|meta| {
            named
                .iter()
                .any(|word| word.eq_ignore_ascii_case(meta.code))
        })
        .collect()
}

/// The entries that name the most of the status codes and numbers in the question.
fn with_references(question: &str) -> Vec<&'static RuleMeta> {
    with_most(&references(question), references)
}

/// The entries whose text contains the question, if it is more than one word.
fn with_phrase(question: &str) -> Vec<&'static RuleMeta> {
    let phrase = spaced(question);
    if words(question).nth(1).is_none() {
        return Vec::new();
    }
    catalogue::metas()
        .filter(|meta| spaced(meta.text).contains(&phrase))
        .collect()
}

/// The entries that name the most of the error words and settings in the question.
fn with_identifiers(question: &str) -> Vec<&'static RuleMeta> {
    let asked = words(question).map(str::to_ascii_lowercase).collect();
    with_most(&asked, identifiers)
}

/// The entries in whose text the most of these tokens are.
fn with_most(
    asked: &BTreeSet<String>,
    tokens: fn(&str) -> BTreeSet<String>,
) -> Vec<&'static RuleMeta> {
    let counted: Vec<(&RuleMeta, usize)> = catalogue::metas()
        .map(|meta| (meta, tokens(meta.text).intersection(asked).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let most = counted.iter().map(|(_, count)| *count).max();
    counted
        .into_iter()
        .filter(|(_, count)| Some(*count) == most)
        .map(|(meta, _)| meta)
        .collect()
}

/// The words of a text. A dot inside a word belongs to it, as in `5.7.64` and `ATTR3.4`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
}

/// The words in lower case with a space before and after each, so that only whole words are found.
fn spaced(text: &str) -> String {
    let words: Vec<String> = words(text).map(str::to_ascii_lowercase).collect();
    format!(" {} ", words.join(" "))
}

/// Enhanced status codes, ATTR numbers, and the numbers of KB articles and message center notices.
fn references(text: &str) -> BTreeSet<String> {
    words(text).filter_map(reference).collect()
}

fn reference(word: &str) -> Option<String> {
    let word = word.to_ascii_uppercase();
    if is_enhanced_code(&word) || word.strip_prefix("ATTR").is_some_and(is_attr_number) {
        return Some(word);
    }
    // People write `KB3169958`, `KB 3169958` and `…/kb/3169958`.
    let number = ["KB", "MC"]
        .iter()
        .find_map(|kind| word.strip_prefix(kind))
        .unwrap_or(&word);
    let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
    // Errors of Windows Sockets, such as 10060, stand in the rows of failed connections.
    let is_socket_error = word.len() == 5 && word.starts_with("100");
    (is_number && (matches!(number.len(), 6 | 7) || is_socket_error)).then(|| number.to_owned())
}

/// Whether the word is a code such as `5.7.64`: class, subject and detail (RFC 3463).
fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_part = |part: &&str| {
        matches!(part.len(), 1..=3) && part.bytes().all(|digit| digit.is_ascii_digit())
    };
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(is_part)
}

/// Whether it is a number such as `36` or `3.4`.
fn is_attr_number(number: &str) -> bool {
    let mut parts = number.split('.');
    parts.all(|part| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Words such as `NoCredentials` or `TlsCertificateName`, in lower case.
fn identifiers(text: &str) -> BTreeSet<String> {
    words(text)
        .filter(|word| {
            word.as_bytes()
                .windows(2)
                .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        })
        .map(str::to_ascii_lowercase)
        .collect()
}

/// The entries with the nearest code or name, if it is near enough.
fn nearly(question: &str) -> Vec<&'static RuleMeta> {
    let asked = padded(&bare(question));
    let distances: Vec<(&RuleMeta, usize)> = catalogue::metas()
        .filter_map(|meta| {
            let to_code = damerau_levenshtein(&asked, &bare(meta.code));
            let to_name = damerau_levenshtein(&asked, &bare(meta.name));
            let code = Some(to_code).filter(|distance| *distance <= 2);
            let name = Some(to_name).filter(|distance| *distance <= 3);
            Some((meta, code.into_iter().chain(name).min()?))
        })
        .collect();
    let least = distances.iter().map(|(_, distance)| *distance).min();
    let nearest: Vec<&RuleMeta> = distances
        .into_iter()
        .filter(|(_, distance)| Some(*distance) == least)
        .map(|(meta, _)| meta)
        .collect();
    if nearest.len() > SUGGESTIONS {
        return Vec::new();
    }
    nearest
}

/// Letters and digits only, in lower case: `crt-004` is `crt004`.
fn bare(text: &str) -> String {
    let signs = text.chars().filter(char::is_ascii_alphanumeric);
    signs.map(|sign| sign.to_ascii_lowercase()).collect()
}

/// The number of a code with three digits: `crt04` is `crt004`.
fn padded(code: &str) -> String {
    let digits = code.trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
    let letters = &code[..code.len() - digits.len()];
    if digits.is_empty() {
        return code.to_owned();
    }
    format!("{letters}{digits:0>3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(found: &[&RuleMeta]) -> Vec<&'static str> {
        found.iter().map(|meta| meta.code).collect()
    }

    fn found(question: &str) -> Vec<&'static str> {
        match look_up(question) {
            Lookup::Found(found) => codes(&found),
            Lookup::Nearly(near) => panic!("{question} is nearly {:?}", codes(&near)),
        }
    }

    fn suggested(question: &str) -> Vec<&'static str> {
        match look_up(question) {
            Lookup::Found(found) => panic!("{question} is {:?}", codes(&found)),
            Lookup::Nearly(near) => codes(&near),
        }
    }

    #[test]
    fn a_reply_is_read_by_its_codes_and_numbers() {
        let reply = "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to \
                     https://support.microsoft.com/kb/3169958 [AM6EUR05FT007.eop-eur05.prod.\
                     protection.outlook.com 2025-01-29T19:07:30.476Z 08DD3FA5DBC8F401]";
        let expected = ["3169958", "5.7.64", "ATTR36"];
        assert_eq!(references(reply), expected.map(str::to_owned).into());
        assert!(references("15.2.1748.39, 203.0.113.7, TLS 1.2, ATTRIBUTION").is_empty());
    }

    #[test]
    fn codes_and_names_come_first() {
        assert_eq!(found("crt004"), ["CRT004"]);
        assert_eq!(found("certificate-renamed"), ["CRT004"]);
        assert_eq!(found("Also CRT005, CRT004"), ["CRT004", "CRT005"]);
    }

    #[test]
    fn replies_find_their_entries() {
        for (question, code) in [
            ("5.7.64", "CRT004"),
            (
                "550 5.7.64 TenantAttribution; Relay Access Denied [host]",
                "CRT005",
            ),
            ("550 5.7.1 Relay Access Denied ATTR1", "ATT001"),
            ("attr36", "DOM001"),
            (
                "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
                "ATT002",
            ),
            (
                "451 4.4.4 Temporary server error. Please try again later ATTR3.4 [host]",
                "ATT003",
            ),
            ("550 5.7.51 TenantInboundAttribution; Rejecting", "ATT004"),
            (
                "TenantInboundAttribution; Direct Send not allowed",
                "ATT005",
            ),
            ("450 4.7.230", "ATT007"),
            ("454 4.7.5", "SND102"),
            ("Must issue a STARTTLS command first", "TLS002"),
            (
                "454 4.7.0 Failed to establish appropriate TLS channel: UntrustedRoot",
                "CRT002",
            ),
        ] {
            let codes = found(question);
            assert!(codes.contains(&code), "{question}: {codes:?}");
        }
    }

    #[test]
    fn the_more_of_a_reply_an_entry_names_the_better() {
        let codes = found("550 5.7.64 Relay Access Denied ATTR36");
        assert!(!codes.contains(&"CRT004"), "{codes:?}");
    }

    #[test]
    fn notices_and_error_words_find_their_entries() {
        for notice in ["MC1226222", "mc 1226222"] {
            assert!(found(notice).contains(&"DOM101"), "{notice}");
        }
        assert_eq!(found("KB3169958"), found("KB 3169958"));
        assert_eq!(found("NoCredentials"), found("nocredentials"));
        assert!(found("TLS negotiation failed with error UnknownCredentials").contains(&"TLS003"));
        assert!(!found("NoCredentials").contains(&"TLS003"));
    }

    #[test]
    fn failed_connections_are_found_by_what_queue_and_log_show() {
        for question in [
            "421 4.2.1",
            "421 4.4.1",
            "10060",
            "10061",
            "Failed to connect. Winsock error code: 10060, Win32 error code: 10060",
        ] {
            let codes = found(question);
            assert!(codes.contains(&"NET001"), "{question}: {codes:?}");
        }
        assert!(found("421 4.4.1").contains(&"CRT007"));
    }

    #[test]
    fn the_entry_that_repeats_the_text_goes_first() {
        let text = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.";
        assert_eq!(found(text)[..3], ["SND002", "SND102", "SND109"]);
        let asked = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(longest_phrase(&asked, "x A, b. y b c a b c"), 3);
        assert_eq!(longest_phrase(&asked, ""), 0);
    }

    #[test]
    fn what_is_no_code_beside_a_code_is_named() {
        assert_eq!(unknown_codes("CRT004 NOPE"), ["NOPE"]);
        assert_eq!(unknown_codes("crt004, crt999"), ["crt999"]);
        for question in ["NOPE", "Also CRT005, CRT004", "CRT004 KB3169958 ATTR36"] {
            assert!(unknown_codes(question).is_empty(), "{question}");
        }
    }

    #[test]
    fn a_near_miss_is_suggested() {
        for near in ["CRT04", "crt-004", "CRT4", "CTR004", "certificate-rename"] {
            assert_eq!(suggested(near), ["CRT004"], "{near}");
        }
        for far in ["XYZ999", "5.7.999", "", "…", "ATT099"] {
            assert!(suggested(far).is_empty(), "{far}");
        }
    }
}
