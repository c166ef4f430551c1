//! Makes text safe for a terminal, wraps it by display width, and indents it.
//!
//! In: strings from any source. Out: strings that only fill cells of the terminal.
//! Must not let a control character through.

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

/// Where a line may end. Between words, and in Japanese also between characters, as Unicode says.
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    let separator = if line.is_ascii() || !line.chars().any(is_wide) {
        WordSeparator::AsciiSpace
    } else {
        WordSeparator::UnicodeBreakProperties
    };
    separator.find_words(line)
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
