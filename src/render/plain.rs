//! Makes text safe for a terminal, wraps it by display width, and indents it.
//!
//! In: strings from any source. Out: strings that only fill cells of the terminal.
//! Must not let a control character through.

use textwrap::core::Word;
use textwrap::wrap_algorithms::Penalties;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use crate::render::hidden::acts;

/// The width of every line, unless a value is longer.
pub const WIDTH: usize = 80;

/// The width of the longest lines on a wide terminal.
const WIDEST: usize = 120;

/// A line that is too wide costs more than uneven lines.
const PENALTIES: Penalties = Penalties {
    nline_penalty: 1_000,
    overflow_penalty: WIDTH * WIDTH * 50,
    short_last_line_fraction: 4,
    short_last_line_penalty: 25,
    hyphen_penalty: 25,
};

/// The text with control and direction characters written as escapes.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A paragraph that is wrapped to the width, with the indent before every line.
pub fn paragraph(text: &str, indent: &str) -> String {
    Lines::NARROW.paragraph(text, indent)
}

/// A paragraph whose first line has a different indent.
pub fn hanging(text: &str, first: &str, rest: &str) -> String {
    Lines::NARROW.hanging(text, first, rest)
}

/// A PowerShell command on several lines, see [`Lines::command`].
pub fn command(text: &str, indent: &str) -> String {
    Lines::NARROW.command(text, indent)
}

/// Lines of a terminal that may be wider than [`WIDTH`].
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    width: usize,
}

impl Lines {
    /// Lines of [`WIDTH`] columns.
    pub const NARROW: Lines = Lines { width: WIDTH };

    /// Lines of a terminal. Very long lines are hard to read, so they end before its edge.
    pub fn of(width: usize) -> Lines {
        Lines {
            width: width.clamp(WIDTH, WIDEST),
        }
    }

    /// The number of columns.
    pub fn width(self) -> usize {
        self.width
    }

    /// A paragraph that is wrapped to the width, with the indent before every line.
    pub fn paragraph(self, text: &str, indent: &str) -> String {
        self.hanging(text, indent, indent)
    }

    /// A paragraph whose first line has a different indent.
    pub fn hanging(self, text: &str, first: &str, rest: &str) -> String {
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::OptimalFit(PENALTIES));
        textwrap::fill(&visible(text), options)
    }

    /// A PowerShell command on several lines. Every line but the last ends with PowerShell's continuation
    /// character, so that you can paste the command unchanged. Lines break only before parameters, and
    /// never inside a quoted value.
    pub fn command(self, text: &str, indent: &str) -> String {
        let text = visible(text);
        let mut lines: Vec<String> = Vec::new();
        let mut current = String::new();
        for piece in pieces(&text) {
            let width =
                textwrap::core::display_width(&current) + textwrap::core::display_width(piece);
            if !current.is_empty() && width + indent.len() + 2 > self.width {
                lines.push(format!("{indent}{} `", current.trim_end()));
                current = "  ".to_owned();
            }
            current.push_str(piece);
        }
        lines.push(format!("{indent}{}", current.trim_end()));
        lines.join("\n")
    }
}

/// Where a line may end. Between words, and in Japanese also between characters, as Unicode says. What stands
/// between blanks without a Japanese character, such as `EX01/Hub`, is a word there too.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    if !has_wide(line) {
        return WordSeparator::AsciiSpace.find_words(line);
    }
    let (mut begin, mut end) = (0, 0);
    let mut words = Vec::new();
    for part in WordSeparator::UnicodeBreakProperties.find_words(line) {
        end += part.word.len() + part.whitespace.len();
        let (before, behind) = (&line[begin..end], &line[end..]);
        if behind.is_empty()
            || before.ends_with(|last| last == ' ' || is_wide(last))
            || behind.starts_with(is_wide)
        {
            words.push(Word::from(before));
            begin = end;
        }
    }
    Box::new(words.into_iter())
}

/// A text for the cell of a table, in lines of this width. `None` for a text without Japanese characters:
/// the table breaks it between words.
pub fn cell(text: &str, width: usize) -> Option<String> {
    let options = Options::new(width)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    has_wide(text).then(|| textwrap::fill(text, options))
}

fn has_wide(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_wide)
}

/// A label with blanks behind it, so that what follows begins at this column. At least one blank separates
/// them.
pub fn padded(label: &str, column: usize) -> String {
    let blanks = column.saturating_sub(textwrap::core::display_width(label));
    format!("{label}{}", " ".repeat(blanks.max(1)))
}

/// Whether a character belongs to a script without blanks between words.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// A row of a log, broken exactly at the width, with at most `most` lines.
pub fn row(text: &str, indent: &str, most: usize) -> String {
    let text = visible(text);
    let space = WIDTH
        .saturating_sub(textwrap::core::display_width(indent))
        .max(20);
    let mut lines: Vec<String> = vec![String::new()];
    let mut filled = 0;
    for character in text.chars() {
        let width = textwrap::core::display_width(character.encode_utf8(&mut [0; 4]));
        if filled + width > space {
            lines.push(String::new());
            filled = 0;
        }
        filled += width;
        if let Some(line) = lines.last_mut() {
            line.push(character);
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while textwrap::core::display_width(last) + 1 > space {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
        .iter()
        .map(|line| format!("{indent}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a parameter, a pipe, or a new command after `; ` begins here.
fn begins_piece(text: &str, at: usize, character: char) -> bool {
    let before = &text[..at];
    before.ends_with("; ") || (before.ends_with(' ') && matches!(character, '-' | '|'))
}

/// Splits the text before ` -` and ` |`, and after `; `, outside quotes.
fn pieces(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if at > 0 && begins_piece(text, at, character) => cuts.push(at),

            None => {}
        }
    }
    cuts.push(text.len());
    cuts.windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .filter(|piece| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(visible("a\x1b[31mb\u{202E}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(visible("Кириллица 日本語"), "Кириллица 日本語");
    }

    #[test]
    fn a_japanese_sentence_is_wrapped_by_display_width() {
        let text = "Exchange Online の受信コネクタ「Inbound from EX01/Hub」が想定している証明書の名前は mail.contoso.com ですが、送信コネクタはこの名前を含まない証明書を提示しました。そのため、メールは拒否されます。";
        let shown = paragraph(text, "   ");
        let widths = shown.lines().map(textwrap::core::display_width);
        let widths: Vec<usize> = widths.collect();
        assert!(widths.iter().all(|width| *width <= WIDTH), "{shown}");
        assert!(widths.len() > 1 && widths[0] > WIDTH - 16, "{shown}");
        // Japanese lines are broken without blanks, and never before a full stop or a comma.
        for line in shown.lines() {
            assert!(
                !line.trim_start().starts_with(['。', '、', '」']),
                "{shown}"
            );
        }
        let whole = |text: &str| text.replace([' ', '\n'], "");
        assert_eq!(whole(&shown), whole(text));
        for word in ["EX01/Hub」", "mail.contoso.com", "Exchange Online"] {
            assert!(shown.contains(word), "{shown}");
        }
    }

    #[test]
    fn a_path_is_no_place_to_end_a_line() {
        let path = "logs/EX01/Hub/SEND2026110300-1.LOG";
        for width in 30..60 {
            let text = format!("{} {path} に記録があります。", "記録".repeat(width / 4));
            let shown = cell(&text, width + 10).expect("wide characters");
            assert!(shown.contains(path), "{shown}");
        }
    }

    #[test]
    fn rows_are_cut_by_display_width() {
        let text = "日".repeat(100);
        let shown = row(&text, "  ", 2);
        assert!(
            shown
                .lines()
                .all(|line| textwrap::core::display_width(line) <= WIDTH)
        );
        assert!(shown.ends_with('…'));
        assert_eq!(shown.lines().count(), 2);
    }

    #[test]
    fn commands_break_before_parameters_only() {
        let long = format!(
            "Set-InboundConnector -Identity '{} -x' -TlsSenderCertificateName 'mail.contoso.com'",
            "a".repeat(50)
        );
        let shown = command(&long, "    ");
        assert_eq!(shown.lines().count(), 3);
        assert!(shown.lines().next().is_some_and(|line| line.ends_with('`')));
        assert!(shown.contains(" -x'"));
        let joined: Vec<String> = shown
            .lines()
            .map(|line| line.trim().trim_end_matches('`').trim().to_owned())
            .collect();
        assert_eq!(joined.join(" "), long);
    }
}
