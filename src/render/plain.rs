//! Makes text safe for a terminal, wraps it by display width, and indents it.
//!
//! In: strings from any source. Out: strings that only fill cells of the terminal.
//! Must not let a control character through.

use textwrap::wrap_algorithms::Penalties;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use crate::render::hidden::acts;

/// The width of every line, unless a value is longer.
pub const WIDTH: usize = 80;

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
    hanging(text, indent, indent)
}

/// A paragraph whose first line has a different indent.
pub fn hanging(text: &str, first: &str, rest: &str) -> String {
    let options = Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::OptimalFit(PENALTIES));
    textwrap::fill(&visible(text), options)
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

/// A PowerShell command on several lines. Every line but the last ends with PowerShell's continuation
/// character, so that you can paste the command unchanged. Lines break only before parameters, and
/// never inside a quoted value.
pub fn command(text: &str, indent: &str) -> String {
    let text = visible(text);
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for piece in pieces(&text) {
        let width = textwrap::core::display_width(&current) + textwrap::core::display_width(piece);
        if !current.is_empty() && width + indent.len() + 2 > WIDTH {
            lines.push(format!("{indent}{} `", current.trim_end()));
            current = "  ".to_owned();
        }
        current.push_str(piece);
    }
    lines.push(format!("{indent}{}", current.trim_end()));
    lines.join("\n")
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
