//! Text in Markdown.
//!
//! In: any text. Out: Markdown that shows it.
//! Invariant: no name from a log or export becomes markup or a link. Outside code, every character with
//! a meaning is escaped, and no text contains a line break. A fence is longer than any run of backticks
//! in its block.

use std::io::{self, Write};
use std::ops::Range;

use crate::render::plain::visible;

/// A fenced block. The lines of the text must be safe to show.
pub(super) fn fenced(language: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let longest = text.split(|sign| sign != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    writeln!(out, "\n{fence}{language}\n{text}\n{fence}")
}

/// The text on one line with all markup escaped, both at the beginning of a line and inside one. What
/// a tracker would make a link of is code, because an escape does not keep it from doing so: addresses
/// and mentions are looked for in what is left when the escapes are gone.
pub(super) fn inline(text: &str) -> String {
    let text = visible(text.trim());
    let mut written = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for link in links(&text) {
        escape(&text, done..link.start, &mut written);
        written.extend(["`", &text[link.clone()], "`"]);
        done = link.end;
    }
    escape(&text, done..text.len(), &mut written);
    written
}

/// Adds a part of a text with all markup escaped.
fn escape(text: &str, part: Range<usize>, written: &mut String) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (at, sign) in text[part.clone()].char_indices() {
        let at = part.start + at;
        // `1.`, `-` and similar begin a list only at the beginning of a line.
        let listed = match sign {
            '-' | '+' | '=' => at == 0,
            '.' | ')' => at > 0 && at == digits,
            _ => false,
        };
        let marks = matches!(
            sign,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' | '$'
        );
        if listed || marks {
            written.push('\\');
        }
        written.push(sign);
    }
}

/// Where links would be. None of them holds a sign that has a meaning in code or in a table.
fn links(text: &str) -> impl Iterator<Item = Range<usize>> {
    let ends = |sign: char| {
        // The last ones stand between words without blanks.
        sign.is_whitespace() || matches!(sign, '`' | '|' | '\\' | '、' | '。' | '「' | '」')
    };
    let parts = text.split(ends);
    parts.filter_map(|part| {
        let part = without_brackets(part);
        let begin = part.as_ptr() as usize - text.as_ptr() as usize;
        would_link(part).then(|| begin..begin + part.len())
    })
}

/// A word without the quotes, brackets and marks of the sentence around it.
fn without_brackets(word: &str) -> &str {
    const OPENING: [char; 6] = ['\'', '"', '(', '<', '{', ','];
    const CLOSING: [char; 10] = ['\'', '"', '>', '}', ',', ';', '.', ':', '?', '!'];
    let word = word.trim_start_matches(OPENING);
    let mut word = word.trim_end_matches(CLOSING);
    while let Some(inner) = word.strip_suffix(')')
        && word.matches(')').count() > word.matches('(').count()
    {
        word = inner.trim_end_matches(CLOSING);
    }
    word
}

/// Whether a word holds an address of the web or of mail, a mention, or the number of a ticket, as any
/// tracker writes it.
fn would_link(word: &str) -> bool {
    word.contains("//")
        || word.to_ascii_lowercase().contains("www.")
        || has_name_behind(word, &['@'], &['_', '-', '.'])
        || has_name_behind(word, &['#', '!', '&', '%', '~', '$'], &['"'])
}

/// Whether a letter, a digit or one of `others` comes right behind one of the signs.
fn has_name_behind(word: &str, signs: &[char], others: &[char]) -> bool {
    let begins = |next: char| next.is_alphanumeric() || others.contains(&next);
    let mut behind = word.match_indices(signs).map(|(at, _)| &word[at + 1..]);
    behind.any(|behind| behind.starts_with(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_with_a_meaning_are_escaped() {
        assert_eq!(
            inline("a|b `c` <d> [e](f) *g* _h_ #i \\j ~k &amp; ![l]\nm"),
            "a\\|b \\`c\\` \\<d\\> \\[e\\](f) \\*g\\* \\_h\\_ `#i` \\\\j `~k` `&amp`; \\!\\[l\\]\\\\u{a}m"
        );
        assert_eq!(inline("mail.contoso.com - 1."), "mail.contoso.com - 1.");
    }

    #[test]
    fn nothing_begins_a_list_or_a_heading() {
        for (text, safe) in [
            ("- a", "\\- a"),
            ("+ a", "\\+ a"),
            ("=== a", "\\=== a"),
            ("12. a", "12\\. a"),
            ("1) a", "1\\) a"),
            ("    # a", "\\# a"),
            ("> a", "\\> a"),
        ] {
            assert_eq!(inline(text), safe);
        }
    }

    #[test]
    fn what_would_be_a_link_is_code() {
        for (text, safe) in [
            ("see https://a.b/c.", "see `https://a.b/c`."),
            ("<http://a.b>", "\\<`http://a.b`\\>"),
            ("'ann@a.b', (b@a.b)", "'`ann@a.b`', (`b@a.b`)"),
            ("[x](https://a.b)", "`[x](https://a.b)`"),
            ("Www.a.b *www.a.b", "`Www.a.b` `*www.a.b`"),
            ("@team/a, a/b#12 !3", "`@team/a`, `a/b#12` `!3`"),
            ("[^1] [a]: b", "\\[^1\\] \\[a\\]: b"),
            ("a|b@c.d|`@e`\\@f", "a\\|`b@c.d`\\|\\``@e`\\`\\\\`@f`"),
            ("-a@b", "`-a@b`"),
            ("run @(Get-X) @ 5", "run @(Get-X) @ 5"),
            ("(see (a@b))", "(see (`a@b`))"),
            ("a@b.c(d)", "`a@b.c(d)`"),
            ("$true", "`$true`"),
        ] {
            assert_eq!(inline(text), safe);
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        for (text, fence) in [("a", "```"), ("`a```", "````"), ("`````", "``````")] {
            let mut out = Vec::new();
            fenced("text", text, &mut out).expect("a block");
            let out = String::from_utf8(out).expect("text");
            assert_eq!(out, format!("\n{fence}text\n{text}\n{fence}\n"));
        }
    }
}
