//! An export that was copied from a page, a mail or a ticket, without what the copy put around it.
//!
//! In: the text of a file. Out: the same lines without Markdown fences, without bullets, line numbers,
//! bars or quote marks in front, and without the escapes of HTML or Markdown.
//! Must not read values, and must not undo anything that the text as a whole does not show.
//! Invariant: lines keep their numbers.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// A pattern of this file. All of them are valid, which a test shows.
type Pattern = LazyLock<Option<Regex>>;

const fn pattern(make: fn() -> Option<Regex>) -> Pattern {
    LazyLock::new(make)
}

/// What may stand before a line of `Format-List` output.
static MARK: Pattern = pattern(|| {
    Regex::new(
        r"^(?:[ \t\u{A0}>|]*(?:[-*+•·](?:[ \t\r]|$)|[(\[]?[0-9]{1,6}(?:[.:)|\]](?:[ \t\r]|$)|[ \t]))?[ |]?)",
    )
    .ok()
});

/// `Name : value` behind such a mark.
static MARKED: Pattern = pattern(|| {
    Regex::new(
        r"^[ \t\u{A0}>]*(?:\||[-*+•·][ \t]|[(\[]?[0-9]{1,6}(?:[.:)|\]][ \t]|[ \t]))[ \t|]*([A-Za-z_][A-Za-z0-9_]{0,79})[ \t\u{A0}]+:(?:[ \t\r]|$)",
    )
    .ok()
});

/// `Name : value` without a mark.
static UNMARKED: Pattern = pattern(|| {
    Regex::new(r"^[ \t\u{A0}>]*[A-Za-z_][A-Za-z0-9_]{0,79}[ \t\u{A0}]+:(?:[ \t\r]|$)").ok()
});

static ENTITY: Pattern =
    pattern(|| Regex::new(r"&(lt|gt|quot|apos|nbsp|amp|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});").ok());

/// An escape of Markdown that no export needs.
static BACKSLASH: Pattern = pattern(|| Regex::new(r"\\([!-/:-@\[-`{-~])").ok());

fn is_match(pattern: &Pattern, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

/// The text without escapes, fences and marks.
pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    let text = unescaped(text);
    let start = text.trim_start();
    // Nobody puts marks before the lines of XML, and JSON has no such lines.
    let in_list = start.strip_prefix('[').map(str::trim_start);
    let is_json = start.starts_with('{')
        || in_list.is_some_and(|rest| rest.starts_with(['{', '[', ']', '"']));
    if is_json || start.starts_with('<') {
        return text;
    }
    let text = match without_fences(&text) {
        Some(inside) => Cow::Owned(inside),
        None => text,
    };
    let count = |pattern: &Pattern| text.lines().filter(|line| is_match(pattern, line)).count();
    let marked = count(&MARKED);
    if marked < 2 || marked <= count(&UNMARKED) {
        return text;
    }
    let Some(mark) = MARK.as_ref() else {
        return text;
    };
    let lines = text.split('\n').map(|line| mark.replace(line, ""));
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Undoes the escapes of HTML and Markdown if nothing in the text stands there unescaped.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    let is_json = text.trim_start().starts_with(['[', '{']);
    // A value in JSON may hold an entity, but a distinguished name has none.
    let needs_none = |text: &str| {
        ["&lt;I&gt;", "&lt;S&gt;"]
            .iter()
            .any(|tag| text.contains(tag))
    };
    if is_json && text.contains('"') {
        if is_html_escaped(&text) && needs_none(&text) {
            let plain = [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
            let plain = plain
                .iter()
                .fold(text.into_owned(), |text, (entity, character)| {
                    text.replace(entity, character)
                });
            return Cow::Owned(plain);
        }
        return text;
    }
    if is_html_escaped(&text) {
        // What was copied out of the source of a page may be escaped twice.
        let again = text.contains("&amp;lt;") || text.contains("&amp;quot;");
        for _ in 0..1 + usize::from(again) {
            text = Cow::Owned(without_entities(&text));
        }
    }
    // Every star is escaped, as in `\*.contoso.com`.
    let escaped = text.matches("\\*").count() + text.matches("\\<").count();
    if escaped > 0
        && escaped == text.matches(['*', '<']).count()
        && let Some(backslash) = BACKSLASH.as_ref()
    {
        text = Cow::Owned(backslash.replace_all(&text, "$1").into_owned());
    }
    text
}

/// Whether a page escaped the whole text: there are entities, and neither a `<` nor a bare `&`.
fn is_html_escaped(text: &str) -> bool {
    let Some(entity) = ENTITY.as_ref().filter(|_| text.contains('&')) else {
        return false;
    };
    !text.contains('<') && entity.find_iter(text).count() == text.matches('&').count()
}

fn without_entities(text: &str) -> String {
    let Some(entity) = ENTITY.as_ref() else {
        return text.to_owned();
    };
    let character = |found: &regex::Captures<'_>| {
        let number = |text: &str, radix| u32::from_str_radix(text, radix).ok();
        let character = match &found[1] {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "amp" => Some('&'),
            name => match name.strip_prefix(['#']) {
                Some(hex) if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
                Some(decimal) => number(decimal, 10),
                None => None,
            }
            .and_then(char::from_u32),
        };
        character.map_or_else(|| found[0].to_owned(), String::from)
    };
    entity.replace_all(text, character).into_owned()
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '>', '\t']);
    line.starts_with("```") || line.starts_with("~~~")
}

/// The text with blank lines in place of its fences; `None` if it has none. What a document with
/// headings shows in fences are examples: they go too.
fn without_fences(text: &str) -> Option<String> {
    if !text.lines().any(is_fence) {
        return None;
    }
    let is_document = is_document(text);
    let mut inside = false;
    let mut kept = Vec::new();
    for line in text.split('\n') {
        let fence = is_fence(line);
        inside ^= fence;
        kept.push(if fence || inside && is_document {
            ""
        } else {
            line
        });
    }
    Some(kept.join("\n"))
}

/// Whether a text with fences is a document: it has a heading outside them.
fn is_document(text: &str) -> bool {
    let mut inside = false;
    text.lines().any(|line| {
        inside ^= is_fence(line);
        let rest = line.trim_start_matches('#');
        !inside && rest.len() < line.len() && rest.starts_with(' ')
    })
}

/// Whether a text shows properties of the wanted cmdlets, in whatever form. It may be one that cannot
/// be read.
pub(super) fn shows_properties(text: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
    let text = without_fences(text).map_or(Cow::Borrowed(text), Cow::Owned);
    let (mut properties, mut wanted) = (0, false);
    for line in text.lines() {
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let end = line.find(|c: char| !c.is_ascii_alphanumeric());
        let (name, rest) = line.split_at(end.unwrap_or(line.len()));
        let rest = rest.trim_start_matches(['"', '*', '|', ' ', '\t', '\u{a0}']);
        if !name.is_empty() && rest.starts_with([':', '：']) {
            properties += 1;
            wanted |= is_wanted(name);
        }
    }
    wanted && properties > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str = "Name              : A\nSenderIPAddresses : {203.0.113.1,\n                    203.0.113.2}\n";

    #[test]
    fn marks_before_lines_are_taken_away() {
        let numbered = |form: fn(usize, &str) -> String| {
            let lines = LIST.lines().enumerate();
            let lines = lines.map(|(at, line)| form(at + 8, line) + "\n");
            lines.collect::<String>()
        };
        for text in [
            numbered(|_, line| format!("- {line}")),
            numbered(|_, line| format!("* {line}")),
            numbered(|_, line| format!("> - {line}")),
            numbered(|_, line| format!("| {line}")),
            numbered(|_, line| format!("  • {line}")),
            numbered(|at, line| format!("{at}. {line}")),
            numbered(|at, line| format!("{at}: {line}")),
            numbered(|at, line| format!("[{at}] {line}")),
            numbered(|at, line| format!("{at:>4} | {line}")),
            numbered(|at, line| format!("{at}\t{line}")),
        ] {
            let read = without_marks(&text);
            let names: Vec<&str> = read.lines().map(str::trim_start).collect();
            let wanted: Vec<&str> = LIST.lines().map(str::trim_start).collect();
            assert_eq!(names, wanted, "{text}");
        }
        assert_eq!(without_marks(LIST), LIST);
    }

    #[test]
    fn fences_go_and_examples_in_documents_with_them() {
        for fence in ["```", "~~~", "```powershell", "> ```"] {
            let text = format!("Here it is:\n{fence}\n{LIST}{fence}\n");
            assert_eq!(without_marks(&text), format!("Here it is:\n\n{LIST}\n"));
        }
        let text = format!("# How to export\n\n```\n{LIST}```\n");
        assert_eq!(without_marks(&text).trim_end(), "# How to export");
        // A comment of a script in the fence is no heading.
        let text = format!("```\n# my connectors\n{LIST}```\n");
        assert!(without_marks(&text).contains(LIST));
    }

    #[test]
    fn escapes_are_undone_where_the_whole_text_shows_them() {
        for (text, read) in [
            ("A : &lt;I&gt;CN=R3, O=Let&#39;s", "A : <I>CN=R3, O=Let's"),
            (
                "[{&quot;A&quot;:&quot;a &amp; b&quot;}]",
                "[{\"A\":\"a & b\"}]",
            ),
            (
                "[{\"A\":\"&lt;I&gt;x &amp; &lt;S&gt;y\"}]",
                "[{\"A\":\"<I>x & <S>y\"}]",
            ),
            ("A : &amp;lt;S&amp;gt;x", "A : <S>x"),
            (
                "A : \\*.contoso.com\nB : {smtp:\\*;1}",
                "A : *.contoso.com\nB : {smtp:*;1}",
            ),
            // Something stands there unescaped.
            ("A : <I>x &lt;", "A : <I>x &lt;"),
            ("A : R&D &lt;", "A : R&D &lt;"),
            ("A : * \\*", "A : * \\*"),
            ("A : EX01\\_x", "A : EX01\\_x"),
            ("{\"A\":\"\\\\*\"}", "{\"A\":\"\\\\*\"}"),
            ("{\"A\":\"&quot;\"}", "{\"A\":\"&quot;\"}"),
        ] {
            assert_eq!(without_marks(text), read);
        }
    }

    #[test]
    fn properties_are_seen_in_any_clothes() {
        let wanted = |name: &str| name == "SenderIPAddresses";
        for text in [
            "Name: A\nSenderIPAddresses: {}\n",
            "**Name**: A\n**SenderIPAddresses**: {}\n",
            "#1 Name : A\n#2 SenderIPAddresses : {}\n",
            "Name ： A\nSenderIPAddresses ： {}\n",
        ] {
            assert!(shows_properties(text, wanted), "{text}");
        }
        for text in [
            "Set SenderIPAddresses: it is a list.\n",
            "Get-InboundConnector | fl Name,SenderIPAddresses\n",
            "SenderIPAddresses: {}\n",
            "# Doc\n```\nName: A\nSenderIPAddresses: {}\n```\n",
        ] {
            assert!(!shows_properties(text, wanted), "{text}");
        }
    }

    #[test]
    fn patterns_are_valid() {
        for pattern in [&MARK, &MARKED, &UNMARKED, &ENTITY, &BACKSLASH] {
            assert!(pattern.is_some());
        }
    }

    proptest! {
        #[test]
        fn every_line_stays_a_line(text in "(Name : |- |[0-9]{1,3}[.] |```|\\\\\\*|&lt;|&amp;|[|>]|[A-Za-z ]{0,4}|\n){0,30}") {
            prop_assert_eq!(without_marks(&text).matches('\n').count(), text.matches('\n').count());
        }
    }
}
