//! Rows of a copied log that a mail program or a console broke into several lines.
//!
//! In: cleaned lines. Out: each broken row in its first line, where it is certain what stood at the breaks;
//! the lines that continued it are blank then.
//! Must not join what is uncertain: such a row stays broken.

/// What a line of the cleaned text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A row as Exchange writes it.
    Row,
    /// A line that begins with `#`.
    Header,
    /// Nothing in it.
    Blank,
    /// It begins like a row and is none.
    Broken,
    /// Anything else.
    Other,
}

/// A line of the cleaned text.
#[derive(Debug)]
pub(super) struct CleanLine {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Its length in the file, in characters.
    pub(super) width: usize,
    /// How many blanks stand at its end in the file.
    pub(super) blanks: usize,
    /// Whether it was a row or header as it stood in the file.
    pub(super) was_good: bool,
}

use super::header::{self, HeaderLine};

/// A row has at most so many parts.
const MOST_PARTS: usize = 40;

/// So many breaks at one and the same width show that a console cut the lines there.
const SURE: usize = 3;

/// What stood where a line was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// A blank, where a mail program wraps.
    Blank,
    /// Nothing, where a console cuts at its width.
    Nothing,
}

/// Joins the broken rows. Returns whether there were any that could be joined.
pub(super) fn join(lines: &mut [CleanLine], is_row: impl Fn(&str) -> bool) -> bool {
    let mut joined = false;
    let groups = groups(lines);
    let Some((between, widest)) = kind_of_break(lines, &groups) else {
        return joined;
    };
    for group in groups {
        if lines[group[0]].kind == Kind::Row && !is_full(lines, &group, between, widest) {
            // Prose between the rows.
            continue;
        }
        let Some(text) = joined_text(lines, &group, between) else {
            continue;
        };
        if !is_row(&text) {
            continue;
        }
        lines[group[0]].text = text;
        lines[group[0]].kind = Kind::Row;
        for other in &group[1..] {
            lines[*other].text.clear();
            lines[*other].kind = Kind::Blank;
        }
        joined = true;
    }
    joined
}

/// Joins the lines that name the columns. They are whole when they hold exactly the names that Exchange writes.
pub(super) fn join_fields(texts: &mut [String]) -> bool {
    let is_usual = |text: &str| matches!(header::parse(text.as_bytes()), HeaderLine::Fields(layout) if layout.is_default());
    let mut joined = false;
    for at in 0..texts.len() {
        if !texts[at].starts_with("#Fields:") || is_usual(&texts[at]) {
            continue;
        }
        let mut text = texts[at].clone();
        for behind in at + 1..texts.len().min(at + MOST_PARTS) {
            let part = texts[behind].trim();
            if part.starts_with(|c: char| c == '#' || c.is_ascii_digit()) {
                break;
            }
            text.push_str(part);
            if is_usual(&text) {
                texts[at + 1..=behind].iter_mut().for_each(String::clear);
                texts[at] = text;
                joined = true;
                break;
            }
        }
    }
    joined
}

/// The rows with the lines that may continue them.
fn groups(lines: &[CleanLine]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open = false;
    for (number, line) in lines.iter().enumerate() {
        match line.kind {
            Kind::Blank => {}
            // A row is whole already if it was broken in its last column.
            Kind::Broken | Kind::Row => {
                groups.push(vec![number]);
                open = true;
            }
            Kind::Other if open => {
                if let Some(group) = groups.last_mut() {
                    group.push(number);
                }
            }
            _ => open = false,
        }
    }
    groups.retain(|group| (2..=MOST_PARTS).contains(&group.len()));
    groups
}

/// What stood at the breaks of a file, and the width of its longest broken line; `None` if that is not
/// certain.
fn kind_of_break(lines: &[CleanLine], groups: &[Vec<usize>]) -> Option<(Break, usize)> {
    let broken = groups
        .iter()
        .filter(|group| lines[group[0]].kind == Kind::Broken);
    let before_breaks = broken.flat_map(|group| &group[..group.len() - 1]);
    let widths: Vec<usize> = before_breaks.map(|number| lines[*number].width).collect();
    let (narrowest, widest) = (*widths.iter().min()?, *widths.iter().max()?);
    let between = match widest - narrowest {
        0 if widths.len() >= SURE => Break::Nothing,
        // A console may have dropped blanks at its border.
        0..=2 => return None,
        // Lines of many widths are broken between words.
        _ => Break::Blank,
    };
    Some((between, widest))
}

/// Whether the first line of a group is so long that its next word did not fit.
fn is_full(lines: &[CleanLine], group: &[usize], between: Break, widest: usize) -> bool {
    let [first, second] = [group[0], group[1]].map(|number| &lines[number]);
    let word = second.text.split_whitespace().next().unwrap_or_default();
    match between {
        Break::Nothing => first.width == widest,
        Break::Blank => first.width + 1 + word.chars().count() > widest,
    }
}

fn joined_text(lines: &[CleanLine], group: &[usize], between: Break) -> Option<String> {
    let mut text = String::new();
    for (at, number) in group.iter().enumerate() {
        let part = lines[*number].text.as_str();
        if at == 0 {
            text.push_str(part);
            continue;
        }
        match between {
            Break::Nothing => {
                text.extend(std::iter::repeat_n(' ', lines[group[at - 1]].blanks));
                text.push_str(part);
            }
            // A hyphen may be a place to break without a blank, and so may a comma between columns.
            Break::Blank if text.ends_with('-') => return None,
            Break::Blank if text.ends_with(',') && !is_in_quotes(&text) => return None,
            Break::Blank => {
                text.push(' ');
                text.push_str(part.trim_start());
            }
        }
    }
    Some(text)
}

/// Whether a quote is open at the end of a text.
fn is_in_quotes(text: &str) -> bool {
    text.matches('"').count() % 2 == 1
}
