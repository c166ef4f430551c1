//! One line of a copied log: the marks around it and the escapes in it.
//!
//! In: lines as they stand in the file. Out: the [`Signs`] that hold for all of them, and each line as
//! Exchange wrote it, as far as the signs tell.
//! Must not decide whether a line is a row.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something by which a copied log is recognised.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Numbers in front of the lines.
    LineNumbers,
    /// File names in front of the lines, as search tools print them.
    FileNames,
    /// `>`, `-` or blanks in front of the lines.
    Marks,
    /// `&lt;` for `<`.
    Html,
    /// `\*` for `*`.
    Markdown,
    /// Curly quotes, long dashes or fixed blanks.
    Typography,
    /// Tabs between the columns.
    Tabs,
    /// Semicolons between the columns.
    Semicolons,
    /// A comma and a blank between the columns.
    SpacedColumns,
    /// Rows that go on in the next line.
    WrappedLines,
    /// `...` in place of rows that somebody left out.
    Gaps,
}

/// What was done to all lines of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    pub(super) found: BTreeSet<Sign>,
    /// How many columns a row has.
    columns: usize,
    /// Whether some row has all its columns, so that columns which are missing at the end of others were
    /// empty.
    some_whole: bool,
    /// Whether lines begin with `>`, as a quoted mail does.
    quoted: bool,
}

/// A pattern of this file. All of them are valid, which a test shows.
type Pattern = LazyLock<Option<Regex>>;

const fn pattern(make: fn() -> Option<Regex>) -> Pattern {
    LazyLock::new(make)
}

static TIME: Pattern =
    pattern(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\s?[,;\t]").ok());

static HTML_EVENT: Pattern = pattern(|| Regex::new(r"[,;\t]\s?&(?:amp;)?[lg]t;\s?[,;\t]").ok());

static MARKDOWN_EVENT: Pattern = pattern(|| Regex::new(r"[,;\t]\s?\\[*+<>-]\s?[,;\t]").ok());

static DASH_EVENT: Pattern = pattern(|| Regex::new(r"([,;\t]\s?)[–—−](\s?[,;\t])").ok());

static CURLY_QUOTES: Pattern = pattern(|| Regex::new(r"[,;\t]\s?[“”„].*[“”‟]\s*(?:[,;\t]|$)").ok());

static ENTITY: Pattern =
    pattern(|| Regex::new(r"&(#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[a-zA-Z]{2,6});").ok());

/// What may stand before a row or a header line, and then its beginning.
static PREFIX: Pattern = pattern(|| {
    let tags = r"(?:<(?:p|br|li|pre|code|div|span)\b[^<>]{0,80}>)*";
    let name = r"(?:[^,;\t]{0,260}?\.(?i:log|txt|csv)[:-](?:\s?\d{1,7}[:-])?\s*)";
    let number = r"(?:[(\[]?\d{1,7}(?:[.:)|\]]\s*|\s+))";
    // A date in the data of a wrapped row has no separator behind it.
    let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\s?[,;\t]";
    let begin = r"#(?i:Software|Version|Log-type|Date|Fields):";
    Regex::new(&format!(
        r"^{tags}[\s>|•·*`-]*(?:{name}|{number})?[\s>|•·*`-]*{tags}({time}|{begin})"
    ))
    .ok()
});

/// A line with nothing but what may stand before a row.
static ONLY_MARKS: Pattern =
    pattern(|| Regex::new(r"^[\s>|•·*`-]*(?:[(\[]?\d{1,7}[.:)|\]]?)?[\s>|•·*`-]*$").ok());

static TAGS_BEHIND: Pattern =
    pattern(|| Regex::new(r"(?:<br\s*/?>|</(?:p|li|pre|code|div|span)>)+$").ok());

fn is_match(pattern: &Pattern, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

/// Whether a line begins as rows do.
pub(super) fn begins_with_time(line: &str) -> bool {
    is_match(&TIME, line)
}

impl Signs {
    /// What was done to these lines. `columns` is the number of columns of a row.
    pub(super) fn of(lines: &[&str], columns: usize) -> Signs {
        let mut signs = Signs {
            columns,
            ..Signs::default()
        };
        let escapes = [
            (Sign::Html, &HTML_EVENT),
            (Sign::Markdown, &MARKDOWN_EVENT),
            (Sign::Typography, &DASH_EVENT),
        ];
        for (sign, pattern) in escapes {
            // Markdown may hide the HTML escapes, and the other way round.
            let found = |line: &&str| is_match(pattern, &signs.unescaped(line));
            if lines.iter().any(found) {
                signs.found.insert(sign);
            }
        }
        let mut separators = [0_usize; 3];
        for line in lines {
            let line = signs.unescaped(line);
            let body = signs.note_prefix(&line);
            if !begins_with_time(body) {
                continue;
            }
            if is_match(&CURLY_QUOTES, body) {
                signs.found.insert(Sign::Typography);
            }
            let behind = body.trim_start_matches(|c: char| !matches!(c, ',' | ';' | '\t'));
            let at = match behind.as_bytes() {
                [b'\t', ..] => 0,
                [b';', ..] => 1,
                [b',', b' ', ..] => 2,
                _ => continue,
            };
            let parts = split(body, at);
            separators[at] += 1;
            signs.some_whole |= parts.is_some_and(|parts| parts.len() == columns);
        }
        for (sign, count) in [Sign::Tabs, Sign::Semicolons, Sign::SpacedColumns]
            .into_iter()
            .zip(separators)
        {
            if count > 0 {
                signs.found.insert(sign);
            }
        }
        signs
    }

    fn has(&self, sign: Sign) -> bool {
        self.found.contains(&sign)
    }

    fn has_prefixes(&self) -> bool {
        self.has(Sign::LineNumbers) || self.has(Sign::Marks)
    }

    /// Notes what stands before a row, and returns the rest.
    fn note_prefix<'a>(&mut self, line: &'a str) -> &'a str {
        let body = without_prefix(line);
        let prefix = &line[..line.len() - body.len()];
        if prefix.is_empty() || prefix == "\u{feff}" {
            return body;
        }
        let sign = if prefix.contains(|c: char| c.is_alphabetic()) && !prefix.contains('<') {
            Sign::FileNames
        } else if prefix.contains(|c: char| c.is_ascii_digit()) {
            Sign::LineNumbers
        } else if prefix.contains('<') {
            Sign::Html
        } else {
            Sign::Marks
        };
        self.found.insert(sign);
        self.quoted |= prefix.contains('>') && !prefix.contains('<');
        body
    }

    /// A line with its escapes undone.
    fn unescaped<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let mut line = Cow::Borrowed(line.trim_end().trim_start_matches('\u{feff}'));
        if self.has(Sign::Html) {
            // What was copied out of the source of a page may be escaped twice.
            let again = line.contains("&amp;lt;") || line.contains("&amp;gt;");
            for _ in 0..1 + usize::from(again) {
                line = Cow::Owned(without_entities(&line));
            }
        }
        if self.has(Sign::Markdown) {
            line = Cow::Owned(without_backslashes(&line));
        }
        if line.contains(['\u{a0}', '\u{200b}']) {
            line = Cow::Owned(line.replace('\u{a0}', " ").replace('\u{200b}', ""));
        }
        line
    }
}

/// A line as Exchange wrote it, as far as the signs tell.
pub(super) fn cleaned(line: &str, signs: &Signs) -> String {
    let line = signs.unescaped(line);
    let mut body = without_prefix(&line);
    if signs.quoted && body.len() == line.len() {
        // The other lines of a quoted mail have its marks too.
        while let Some(rest) = body.strip_prefix('>') {
            body = rest.strip_prefix(' ').unwrap_or(rest);
        }
    }
    let body = match TAGS_BEHIND.as_ref() {
        Some(tags) if body.len() < line.len() || signs.has(Sign::Html) => tags.replace(body, ""),
        _ => Cow::Borrowed(body),
    };
    let mut text = body.trim_end_matches(['\r', ' ']).to_owned();
    if signs.has_prefixes() && is_match(&ONLY_MARKS, &text) {
        return String::new();
    }
    if text.starts_with('#') {
        return text.replace(['\t', ';'], ",");
    }
    if signs.has(Sign::Typography) {
        text = text
            .replace(['“', '”', '„', '‟'], "\"")
            .replace(['‘', '’'], "'");
        if let Some(dash) = DASH_EVENT.as_ref() {
            text = dash.replace(&text, "$1-$2").into_owned();
        }
    }
    let wanted = [Sign::Tabs, Sign::Semicolons, Sign::SpacedColumns];
    for (at, sign) in wanted.into_iter().enumerate() {
        if !signs.has(sign) {
            continue;
        }
        let least = signs.columns.saturating_sub(2);
        let whole = |parts: &Vec<Cow<'_, str>>| {
            parts.len() == signs.columns
                || at == 0 && signs.some_whole && (least..signs.columns).contains(&parts.len())
        };
        if let Some(mut parts) = split(&text, at).filter(whole) {
            parts.resize(signs.columns, Cow::Borrowed(""));
            return parts.join(",");
        }
    }
    text
}

fn without_prefix(line: &str) -> &str {
    let found = PREFIX.as_ref().and_then(|pattern| pattern.captures(line));
    let begin = found.and_then(|found| found.get(1));
    begin.map_or(line, |begin| &line[begin.start()..])
}

/// The columns of a row between tabs (0), semicolons (1) or commas with a blank (2), quoted as Exchange
/// does. `None` if a separator lacks its blank.
fn split(line: &str, separator: usize) -> Option<Vec<Cow<'_, str>>> {
    let mark = ['\t', ';', ','][separator];
    let mut parts = Vec::new();
    let mut rest = line;
    loop {
        if separator == 2 && !parts.is_empty() && !rest.is_empty() {
            rest = rest.strip_prefix(' ')?;
        }
        let end = quoted_end(rest, mark).or_else(|| rest.find(mark));
        let end = end.filter(|end| *end < rest.len());
        let part = &rest[..end.unwrap_or(rest.len())];
        parts.push(if separator == 2 {
            Cow::Borrowed(part)
        } else {
            requoted(part)
        });
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => return Some(parts),
        }
    }
}

/// Where a quoted column ends, before the next separator or with the line; `None` if the column is not
/// quoted.
fn quoted_end(text: &str, mark: char) -> Option<usize> {
    let mut at = 1;
    text.strip_prefix('"')?;
    loop {
        at += text.get(at..)?.find('"')? + 1;
        match text.get(at..)?.chars().next() {
            Some('"') => at += 1,
            Some(next) if next != mark => return None,
            _ => return Some(at),
        }
    }
}

/// A column with quotes where Exchange needs them.
fn requoted(part: &str) -> Cow<'_, str> {
    let inside = part
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let is_quoted = inside
        .is_some_and(|inside| !inside.is_empty() && !inside.replace("\"\"", "").contains('"'));
    if is_quoted || !part.contains([',', '"']) {
        Cow::Borrowed(part)
    } else {
        Cow::Owned(format!("\"{}\"", part.replace('"', "\"\"")))
    }
}

fn without_entities(line: &str) -> String {
    let Some(entity) = ENTITY.as_ref() else {
        return line.to_owned();
    };
    let character = |found: &Captures<'_>| -> String {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        let name = found.get(1).map_or("", |name| name.as_str());
        let number = match name.as_bytes() {
            [b'#', b'x' | b'X', ..] => u32::from_str_radix(&name[2..], 16).ok(),
            [b'#', ..] => name[1..].parse().ok(),
            _ => None,
        };
        let named = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "ldquo" => Some('“'),
            "rdquo" => Some('”'),
            _ => number.and_then(char::from_u32),
        };
        let kept = named.filter(|character| !character.is_control() || *character == '\t');
        kept.map_or_else(|| whole.to_owned(), String::from)
    };
    entity.replace_all(line, character).into_owned()
}

/// Without the backslashes before punctuation, and at the end of the line.
fn without_backslashes(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let escapes = character == '\\' && rest.peek().is_none_or(char::is_ascii_punctuation);
        if escapes {
            text.extend(rest.next());
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_valid() {
        let all = [
            &TIME,
            &HTML_EVENT,
            &MARKDOWN_EVENT,
            &DASH_EVENT,
            &CURLY_QUOTES,
            &ENTITY,
            &PREFIX,
            &ONLY_MARKS,
            &TAGS_BEHIND,
        ];
        assert!(all.iter().all(|pattern| pattern.is_some()));
    }

    #[test]
    fn what_stands_before_a_row_is_taken_away() {
        const ROW: &str = "2026-11-03T02:14:09.120Z,C";
        for prefix in [
            "  12. ",
            "12: ",
            "12:",
            "12\t",
            "(12) ",
            "[12] ",
            "> ",
            "> > ",
            "- ",
            "* ",
            "• ",
            "12 | ",
            "SEND2026110302-1.LOG:",
            "C:\\logs\\SEND2026110302-1.LOG:12:",
            "<p>",
            "<br>> ",
        ] {
            assert_eq!(without_prefix(&format!("{prefix}{ROW}")), ROW, "{prefix}");
        }
        for line in [
            "see 2026-11-03T02:14:09.120Z,C",
            "08DE 2026-11-03T02:14:09.120Z x",
            "12. Hello",
        ] {
            assert_eq!(without_prefix(line), line);
        }
    }

    #[test]
    fn escapes_are_undone() {
        let text = "&lt;a&gt; &amp;lt; &quot;b&quot;&#39;&#x41;&nbsp;&unknown; &#0; &";
        assert_eq!(without_entities(text), "<a> &lt; \"b\"'A &unknown; &#0; &");
        assert_eq!(
            without_backslashes(r"\*,a\_b,\r\n,EX01\\x,\"),
            r"*,a_b,\r\n,EX01\x,"
        );
    }

    #[test]
    fn columns_are_split_at_other_separators() {
        let columns = |line, separator| split(line, separator).map(|columns| columns.join("|"));
        assert_eq!(
            columns("a\tb, \"c\"\t", 0).as_deref(),
            Some("a|\"b, \"\"c\"\"\"|")
        );
        assert_eq!(
            columns("a;\"b;\"\"c\"\"\";d", 1).as_deref(),
            Some("a|\"b;\"\"c\"\"\"|d")
        );
        assert_eq!(
            columns("a, b, , \"c, d\"", 2).as_deref(),
            Some("a|b||\"c, d\"")
        );
        assert_eq!(columns("a, b,c", 2), None);
    }
}
