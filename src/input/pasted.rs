//! A log that was copied from a web page, a mail or a spreadsheet, brought back to what Exchange wrote.
//!
//! In: the text of a file. Out: the same number of lines, and a [`Pasted`] that says what was changed.
//! Must not guess: a row that cannot be read with certainty is withheld, and so are the other rows of its
//! session, because nothing may be concluded from half of a session.
//! Invariant: line `n` of the result stands for line `n` of the file. Withheld lines are malformed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::header::{self, HeaderLine, Layout};
use super::line_index::LineIndex;
use super::parse::{self, Oddities};
pub use super::pasted_line::Sign;
use super::pasted_line::{Signs, begins_with_time, cleaned};
use super::place::LinePlace;
use super::record::Row;
use super::timestamp::DayCache;
use super::wrapped::{self, CleanLine, Kind};

/// Larger files are not cleaned: nobody copies so much from a page.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How many lines with content are looked at to recognise a file that needs no cleaning.
const SAMPLE: usize = 64;

/// The signs are looked for in so many lines.
const BEGINNING: usize = 20_000;

/// One row in so many that Exchange cannot have written is enough to suspect a file.
const SUSPICIOUS_SHARE: usize = 10;

/// Stands in place of a withheld line. It is malformed in every layout that has more than one column.
const WITHHELD: &str = "?";

/// What is known about a copied log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pasted {
    /// By what it was recognised; empty if only its rows are impossible.
    pub signs: BTreeSet<Sign>,
    /// Lines that are rows or headers only since they were cleaned.
    pub repaired: u64,
    /// Lines that cannot be read with certainty.
    pub unreadable: u64,
    /// Other lines of the same sessions, which are not used either.
    pub left_out: u64,
    /// The size of the file before cleaning.
    pub bytes: u64,
}

/// Whether a file has to be cleaned, by the text of its head.
pub fn looks_pasted(head: &str) -> bool {
    if has_fixed_blanks(head) {
        return true;
    }
    let rows = Rows::of(head);
    let with_content = head.lines().filter(|line| !line.trim().is_empty());
    if with_content
        .take(SAMPLE)
        .all(|line| is_header(line) || rows.is_plain(untouched(line)))
    {
        return false;
    }
    if !may_hold_rows(head) {
        return false;
    }
    let (lines, signs) = lines(head);
    if !gaps(&lines).is_empty() {
        return true;
    }
    let rows = lines.iter().filter(|line| line.kind == Kind::Row);
    let repaired = rows.clone().filter(|line| !line.was_good).count();
    let broken = lines.iter().filter(|line| line.kind == Kind::Broken);
    let broken = broken.count();
    // A head that was cut in the middle of a row has one broken row at its end.
    (repaired > 0 && !signs.is_empty())
        || broken > 1 && broken >= (rows.count() + broken).div_ceil(SUSPICIOUS_SHARE)
}

/// A cheap test that spares exports and other files the search for what stands before a row: a time
/// ends in `Z` and a separator, whatever was put around it, and a header line has its word.
fn may_hold_rows(head: &str) -> bool {
    let bytes = head.as_bytes();
    let separates = |at: usize| {
        let rest = &head[at + 1..];
        rest.trim_start().starts_with([',', ';', '\t']) || rest.starts_with('\t')
    };
    let is_header = |at: usize| {
        let rest = head[at + 1..].get(..3);
        let words = ["sof", "ver", "log", "dat", "fie"];
        rest.is_some_and(|rest| words.iter().any(|word| rest.eq_ignore_ascii_case(word)))
    };
    memchr::memchr_iter(b'Z', bytes).any(separates)
        || memchr::memchr_iter(b'#', bytes).any(is_header)
}

/// Cleans a text. Lines that cannot be read with certainty are withheld.
pub fn clean(text: &str) -> (String, Pasted) {
    let (mut lines, signs) = lines(text);
    let mut pasted = Pasted {
        signs,
        bytes: text.len() as u64,
        ..Pasted::default()
    };
    if has_fixed_blanks(text) {
        pasted.signs.insert(Sign::Typography);
    }
    let gaps = gaps(&lines);
    if !gaps.is_empty() {
        pasted.signs.insert(Sign::Gaps);
    }
    let damaged = damaged_sessions(&lines, &gaps);
    let tail = cut_tail(&lines);
    for (number, line) in lines.iter_mut().enumerate() {
        let in_doubt = match line.kind {
            Kind::Row => damaged.contain(&line.text),
            kind => kind == Kind::Broken,
        };
        if line.kind == Kind::Broken && tail != Some(number) {
            pasted.unreadable += 1;
        } else if in_doubt && line.kind == Kind::Row {
            pasted.left_out += 1;
        } else if matches!(line.kind, Kind::Row | Kind::Header) && !line.was_good {
            pasted.repaired += 1;
        }
        if in_doubt {
            WITHHELD.clone_into(&mut line.text);
        }
    }
    // A last line without its newline would not count if nothing were left of it.
    if let Some(last) = lines.last_mut()
        && last.text.is_empty()
        && last.width > 0
    {
        last.text.push(' ');
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    (lines.join("\n"), pasted)
}

/// The head of a file, cleaned to recognise it by: nothing is withheld.
pub fn cleaned_head(head: &str) -> String {
    let (lines, _) = lines(head);
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    lines.join("\n")
}

/// Whether a page has fixed the blanks where Exchange writes plain ones. A connector may be called so.
fn has_fixed_blanks(text: &str) -> bool {
    let commands = ["EHLO\u{a0}", "MAIL\u{a0}", "RCPT\u{a0}"];
    text.contains('\u{a0}')
        && (commands.iter().any(|command| text.contains(command))
            || text
                .lines()
                .any(|line| is_header(line) && line.contains('\u{a0}')))
}

/// Bytes of a file as text. Lines that are not UTF-8 are in the code page of Western Europe.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| {
        std::str::from_utf8(line)
            .map_or_else(|_| encoding_rs::WINDOWS_1252.decode(line).0, Cow::Borrowed)
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// The lines of a text, cleaned and joined, and by what they were recognised.
fn lines(text: &str) -> (Vec<CleanLine>, BTreeSet<Sign>) {
    let raw: Vec<&str> = text.split('\n').collect();
    let before = Rows::of(text);
    let beginning = &raw[..raw.len().min(BEGINNING)];
    let mut signs = Signs::of(beginning, before.layout.columns());
    let mut texts: Vec<String> = raw.iter().map(|line| cleaned(line, &signs)).collect();
    let has_wrapped_fields = wrapped::join_fields(&mut texts);
    let rows = Rows::of(&texts.join("\n"));
    let mut lines: Vec<CleanLine> = raw
        .iter()
        .zip(texts)
        .map(|(raw, text)| {
            let was_plain = before.is_plain(untouched(raw));
            let line = raw.trim_end_matches('\r');
            CleanLine {
                kind: rows.kind(&text, was_plain),
                text,
                width: line.chars().count(),
                blanks: line.len() - line.trim_end_matches(' ').len(),
                was_good: was_plain || is_header(raw),
            }
        })
        .collect();
    if wrapped::join(&mut lines, |text| rows.is_certain(text)) || has_wrapped_fields {
        signs.found.insert(Sign::WrappedLines);
    }
    (lines, signs.found)
}

/// A line without what every log may have around it.
fn untouched(line: &str) -> &str {
    line.trim_end_matches('\r').trim_start_matches('\u{feff}')
}

fn is_header(line: &str) -> bool {
    untouched(line).starts_with('#')
}

/// What a row must look like.
struct Rows {
    layout: Layout,
    /// Working memory.
    memory: RefCell<(LineIndex, DayCache)>,
}

impl Rows {
    fn of(text: &str) -> Rows {
        let layout = text
            .lines()
            .map(untouched)
            .filter(|line| line.starts_with('#'))
            .find_map(|line| match header::parse(line.as_bytes()) {
                HeaderLine::Fields(layout) => Some(layout),
                _ => None,
            });
        Rows {
            layout: layout.unwrap_or_default(),
            memory: RefCell::default(),
        }
    }

    /// Whether a line is a row as it stands.
    fn is_plain(&self, line: &str) -> bool {
        self.read(line, |_| true)
    }

    /// Whether Exchange can have written this line as a row. This asks for more than reading does, because
    /// cleaning must not make a row of anything else.
    fn is_certain(&self, line: &str) -> bool {
        self.read(line, |row| {
            (row.sequence().is_some() || self.layout.place(SEQUENCE).is_none())
                && row.session().iter().all(u8::is_ascii_alphanumeric)
        })
    }

    fn read(&self, line: &str, also: impl Fn(&Row<'_>) -> bool) -> bool {
        let place = LinePlace { chunk: 0, line: 0 };
        let mut odd = Oddities::default();
        let mut memory = self.memory.borrow_mut();
        let (index, days) = &mut *memory;
        let bytes = line.as_bytes();
        let row = parse::parse(bytes, place, &self.layout, index, days, &mut odd);
        row.is_some_and(|row| odd == Oddities::default() && row.time.is_known() && also(&row))
    }

    /// What a cleaned line is.
    fn kind(&self, line: &str, was_plain: bool) -> Kind {
        if line.trim().is_empty() {
            Kind::Blank
        } else if line.starts_with('#') {
            Kind::Header
        } else if was_plain && self.is_plain(line) || self.is_certain(line) {
            Kind::Row
        } else if begins_with_time(line) {
            Kind::Broken
        } else {
            Kind::Other
        }
    }
}

/// The place of the sequence number among [`header::COLUMN_NAMES`].
const SEQUENCE: usize = 3;

/// The sessions of which a row cannot be read.
enum Damaged {
    These(BTreeSet<String>),
    /// A broken row does not show its session.
    All,
}

impl Damaged {
    fn contain(&self, row: &str) -> bool {
        match self {
            Damaged::All => true,
            Damaged::These(ids) if ids.is_empty() => false,
            Damaged::These(ids) => session_of(row).is_none_or(|id| ids.contains(&id)),
        }
    }
}

/// The sessions of broken rows, and those that have rows before and behind a gap.
fn damaged_sessions(lines: &[CleanLine], gaps: &[usize]) -> Damaged {
    // A session whose end was not copied is like one whose end was not logged yet.
    let before_tail = &lines[..cut_tail(lines).unwrap_or(lines.len())];
    let broken = before_tail.iter().filter(|line| line.kind == Kind::Broken);
    let ids: Option<BTreeSet<String>> = broken.map(|line| session_of(&line.text)).collect();
    let Some(mut ids) = ids else {
        return Damaged::All;
    };
    if gaps.is_empty() {
        return Damaged::These(ids);
    }
    let mut extents: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (number, line) in lines.iter().enumerate() {
        if line.kind == Kind::Row {
            let Some(id) = session_of(&line.text) else {
                return Damaged::All;
            };
            extents.entry(id).or_insert((number, number)).1 = number;
        }
    }
    let spans = |(first, last): (usize, usize)| gaps.iter().any(|gap| first < *gap && *gap < last);
    let cut = extents.into_iter().filter(|(_, extent)| spans(*extent));
    ids.extend(cut.map(|(id, _)| id));
    Damaged::These(ids)
}

/// A last row that was cut: neither a row nor a header follows it.
fn cut_tail(lines: &[CleanLine]) -> Option<usize> {
    let is_end = |line: &CleanLine| !matches!(line.kind, Kind::Blank | Kind::Other);
    let last = lines.iter().rposition(is_end)?;
    (lines[last].kind == Kind::Broken).then_some(last)
}

/// The lines between rows that stand for rows which somebody left out.
fn gaps(lines: &[CleanLine]) -> Vec<usize> {
    let is_row = |line: &CleanLine| line.kind == Kind::Row;
    let (Some(first), Some(last)) = (
        lines.iter().position(is_row),
        lines.iter().rposition(is_row),
    ) else {
        return Vec::new();
    };
    let between = lines.iter().enumerate().take(last).skip(first);
    let found = between.filter(|(_, line)| line.kind == Kind::Other && is_gap(&line.text));
    found.map(|(number, _)| number).collect()
}

/// `...`, `[…]`, `<snip>`.
fn is_gap(text: &str) -> bool {
    let inside = text.trim_matches(|c: char| c.is_whitespace() || "[]()<>*-_".contains(c));
    let dots = inside.chars().all(|c| matches!(c, '.' | '…' | ' '));
    let words = ["snip", "snipped", "cut", "omitted", "truncated"];
    (dots && (inside.contains("..") || inside.contains('…')))
        || words.iter().any(|word| inside.eq_ignore_ascii_case(word))
}

/// The session id of a row that may be broken: the first column of 16 hex digits.
fn session_of(row: &str) -> Option<String> {
    let mut columns = row.split([',', '\t', ';']).map(str::trim);
    let id = columns
        .find(|column| column.len() == 16 && column.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::header::Layout;
    use crate::input::lines;
    use proptest::prelude::*;

    const START: &str = "2026-11-03T02:14:09.120Z,Out,08DE1A2B3C4D5E6F";

    fn log() -> String {
        format!(
            "{START},0,,,*,,attempting to connect\n{START},1,a:1,b:25,+,,\n{START},2,a:1,b:25,<,\"220 ready at Tue, 3 Nov\",\n"
        )
    }

    #[test]
    fn a_log_as_exchange_writes_it_is_left_alone() {
        assert!(!looks_pasted(&log()));
        let crlf = format!("\u{feff}#Software: x\n{}", log()).replace('\n', "\r\n");
        assert!(!looks_pasted(&crlf));
        // A head that ends in a row, and one malformed row, as a log of its own may have it.
        let cut = &log()[..log().len() - 20];
        assert!(!looks_pasted(cut));
        assert!(!looks_pasted(
            "[{\"Name\":\"A\"}]\nName : 2026-11-03T02:14:09.120Z\n"
        ));
    }

    #[test]
    fn a_copy_becomes_the_log_again() {
        let numbered = |(at, line): (usize, &str)| format!("{}. {line}\n", at + 1);
        let copy: String = log().lines().enumerate().map(numbered).collect();
        assert!(looks_pasted(&copy));
        let (text, pasted) = clean(&copy);
        assert_eq!(text, log());
        assert_eq!(
            (pasted.repaired, pasted.unreadable, pasted.left_out),
            (3, 0, 0)
        );
        assert_eq!(pasted.signs, [Sign::LineNumbers].into());
    }

    #[test]
    fn a_broken_row_takes_its_session_along() {
        let other = log().replace("5E6F", "5E70");
        let copy = log().replacen(",+,", ",?,", 1) + &other;
        let (text, pasted) = clean(&copy);
        assert_eq!(text, format!("?\n?\n?\n{other}"));
        assert_eq!((pasted.unreadable, pasted.left_out), (1, 2));
        // Without its session, it may belong to any.
        let copy = log().replacen("08DE1A2B3C4D5E6F,1", "08DE,1,", 1) + &other;
        let (text, _) = clean(&copy);
        assert_eq!(text, "?\n".repeat(6));
    }

    #[test]
    fn a_date_in_the_data_begins_no_row() {
        let data = "AAAA 2026-10-01T00:00:00.000Z 2027-10-01T00:00:00.000Z x";
        let row = format!("{START},3,a:1,b:25,*,{data},Sending certificate");
        let broken = row
            .replace("AAAA ", "AAAA\n")
            .replace(":00.000Z 2027", ":00.000Z\n2027");
        let others: String = (0..4)
            .map(|at| format!("{START},{at},a:1,b:25,>,EHLO\nmail.contoso.com,\n"))
            .collect();
        let (text, _) = clean(&format!("{others}{broken}\n"));
        assert!(text.contains(&row), "{text}");
    }

    #[test]
    fn a_cut_last_row_damages_nothing() {
        let copy = format!("> {}", log().replace('\n', "\n> "));
        let cut = copy.find("\"220").expect("a reply") + 8;
        let (text, pasted) = clean(&copy[..cut]);
        let rows: Vec<String> = log().lines().take(2).map(str::to_owned).collect();
        assert_eq!(text, rows.join("\n") + "\n?");
        assert_eq!(
            (pasted.repaired, pasted.unreadable, pasted.left_out),
            (2, 0, 0)
        );
    }

    proptest! {
        #[test]
        fn every_line_stays_a_line(
            text in "(2026-11-03T02:14:09.120Z,|Out,|08DE1A2B3C4D5E6F,|[0-9]{1,2},|[<>*+-],|&lt;,|\\\\\\*,|\"|“|[>. -]{1,3}|#Fields: |\\.\\.\\.|[a-z\u{a0}é]{0,5}|\t|;|\r?\n){0,60}"
        ) {
            let counts = |text: &str| lines::read(text.as_bytes(), 0, Layout::default(), |_, _| {}).counts;
            let (cleaned, _) = clean(&text);
            let counted = counts(&cleaned);
            prop_assert_eq!(counted.lines, counts(&text).lines, "{}", cleaned);
            prop_assert_eq!(
                counted.lines,
                counted.header + counted.records + counted.blank + counted.malformed
            );
            let _ = (looks_pasted(&text), cleaned_head(&text));
        }
    }
}
