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
    let groups = groups(lines);
    let Some(between) = kind_of_break(lines, &groups) else {
        return false;
    };
    let mut joined = false;
    for group in groups {
        let Some(text) = joined_text(lines, &group, between) else {
            continue;
        };
        if !is_row(&text) {
            continue;
        }
        let (first, others) = (group[0], &group[1..]);
        lines[first].text = text;
        lines[first].kind = Kind::Row;
        for other in others {
            lines[*other].text.clear();
            lines[*other].kind = Kind::Blank;
        }
        joined = true;
    }
    joined
}

/// The broken rows: the first line of each, and those that may continue it.
fn groups(lines: &[CleanLine]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open = false;
    for (number, line) in lines.iter().enumerate() {
        match line.kind {
            Kind::Blank => {}
            Kind::Broken => {
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

/// What stood at the breaks of a file; `None` if that is not certain.
fn kind_of_break(lines: &[CleanLine], groups: &[Vec<usize>]) -> Option<Break> {
    let before_breaks = groups.iter().flat_map(|group| &group[..group.len() - 1]);
    let widths: Vec<usize> = before_breaks.map(|number| lines[*number].width).collect();
    let (narrowest, widest) = (*widths.iter().min()?, *widths.iter().max()?);
    match widest - narrowest {
        0 if widths.len() >= SURE => Some(Break::Nothing),
        // A console may have dropped blanks at its border.
        0..=2 => None,
        // Lines of many widths are broken between words.
        _ => Some(Break::Blank),
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
