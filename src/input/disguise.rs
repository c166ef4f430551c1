//! A send log, or a log that people take for one, in a form that is not read: a table of a page, rows that a
//! spreadsheet saved, line ends of old Macs, or IIS rows without their header.
//!
//! In: the head of a file that is no log by its header and rows. Out: what it looks like, and words for it.
//! Must not read rows for analysis: what a table or a spreadsheet has changed cannot be known.

use super::columns::Fields;
use super::field::Field;
use super::timestamp::Timestamp;
use crate::language::{Language, labels};

/// A form in which a send log is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The line ends of old Macs.
    OldMac,
    /// A table of a web page.
    HtmlTable,
    /// A Markdown table.
    MarkdownTable,
    /// What a spreadsheet saved.
    Spreadsheet,
}

impl Form {
    /// The form, as reports name it.
    pub fn words(self, language: Language) -> String {
        match self {
            Form::OldMac => old_mac(language),
            Form::HtmlTable => html_table(language),
            Form::MarkdownTable => markdown_table(language),
            Form::Spreadsheet => spreadsheet(language),
        }
    }
}

/// So many rows must look alike.
const ENOUGH: usize = 2;

/// What a text looks like; `None` if it is no log in disguise.
pub fn form_of(text: &str) -> Option<Form> {
    if !text.contains('\n') && text.matches('\r').count() >= ENOUGH {
        let rows = text.split('\r').filter(|line| is_row(line, true));
        return (rows.count() >= ENOUGH).then_some(Form::OldMac);
    }
    if count(text, |line| is_row(&unquoted(line), false)) >= ENOUGH {
        return Some(Form::Spreadsheet);
    }
    if count(text, is_markdown_row) >= ENOUGH {
        return Some(Form::MarkdownTable);
    }
    is_html_table(text).then_some(Form::HtmlTable)
}

/// Whether a text has rows of the SMTP service of IIS, in its usual columns and without the header.
pub fn is_iis(text: &str) -> bool {
    let is_row = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let is_time = |at: usize, parts: usize, mark: char| {
            words.get(at).is_some_and(|word| {
                word.split(mark).count() == parts
                    && word.chars().all(|c| c.is_ascii_digit() || c == mark)
            })
        };
        is_time(0, 3, '-')
            && is_time(1, 3, ':')
            && words
                .iter()
                .any(|word| word.starts_with("SMTPSVC") || word.starts_with("OutboundConnection"))
    };
    count(text, is_row) >= 1
}

fn count(text: &str, is_wanted: impl Fn(&str) -> bool) -> usize {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter(|line| is_wanted(line.trim_end())).count()
}

/// A row with tabs or semicolons between its columns, with commas.
fn unquoted(line: &str) -> String {
    if line.contains(',') && !line.contains('\t') && line.matches(';').count() < EVENT {
        line.to_owned()
    } else {
        line.replace(['\t', ';'], ",")
    }
}

/// The place of the event.
const EVENT: usize = 6;

/// Whether a line has the columns of a row. A row of a spreadsheet has a time or session id of another form.
fn is_row(line: &str, is_whole: bool) -> bool {
    let columns: Vec<String> = Fields::new(line.as_bytes())
        .map(|column| Field::new(column).text().trim().to_owned())
        .collect();
    let [time, _, session, sequence, _, remote, event, ..] = columns.as_slice() else {
        return false;
    };
    let is_number = !sequence.is_empty() && sequence.bytes().all(|byte| byte.is_ascii_digit());
    let is_event = matches!(event.as_str(), "+" | "-" | "<" | ">" | "*");
    let is_log = is_number && is_event && (remote.is_empty() || remote.contains(':'));
    let as_written = Timestamp::parse(time.as_bytes()).is_some()
        && session.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let has_digits = time.contains(|c: char| c.is_ascii_digit());
    is_log && has_digits && as_written == is_whole
}

/// `| time | connector | session | … |`.
fn is_markdown_row(line: &str) -> bool {
    let line = line.trim();
    let Some(inside) = line.strip_prefix('|') else {
        return false;
    };
    let cells: Vec<&str> = inside.split('|').map(str::trim).collect();
    cells.len() > EVENT && is_time(cells[0]) && is_session(cells[2])
}

/// A table whose cells hold times and session ids.
fn is_html_table(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<td") {
        return false;
    }
    let cells = text.split("</").filter_map(|part| part.rsplit('>').next());
    let (mut times, mut sessions) = (0, 0);
    for cell in cells.map(str::trim) {
        times += usize::from(is_time(cell));
        sessions += usize::from(is_session(cell));
    }
    times >= ENOUGH && sessions >= ENOUGH
}

fn is_time(text: &str) -> bool {
    text.len() > 10 && Timestamp::parse(text.as_bytes()).is_some()
}

fn is_session(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

labels! {
    old_mac: "send log with the line ends of old Macs (CR alone)", "旧 Mac 形式の改行 (CR のみ) の送信ログ" ["1f937de1"];
    html_table: "send log as a table of a web page (HTML)", "Web ページの表 (HTML) になっている送信ログ" ["95d62df1"];
    markdown_table: "send log as a Markdown table", "Markdown の表になっている送信ログ" ["7709c269"];
    spreadsheet: "send log that a spreadsheet saved, which changed its times or session IDs", "表計算ソフトで保存され、時刻またはセッション ID が変わっている送信ログ" ["e1297220"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROWS: [&str; 3] = [
        "2026-11-03T02:14:09.120Z,Out,08DE1A2B3C4D5E6F,0,,192.0.2.1:25,*,,attempting to connect",
        "2026-11-03T02:14:09.140Z,Out,08DE1A2B3C4D5E6F,1,10.0.0.6:4,192.0.2.1:25,+,,",
        "2026-11-03T02:14:09.160Z,Out,08DE1A2B3C4D5E6F,2,10.0.0.6:4,192.0.2.1:25,<,220 ready,",
    ];

    fn each(change: impl Fn(&str) -> String) -> String {
        let rows: Vec<String> = ROWS.iter().map(|row| change(row)).collect();
        rows.join("\n")
    }

    #[test]
    fn logs_in_disguise_are_named() {
        assert_eq!(form_of(&ROWS.join("\r")), Some(Form::OldMac));
        for change in [
            |row: &str| row.replace("2026-11-03T02", "03.11.2026 02"),
            |row: &str| row.replace("2026-11-03T02:14:0", "14:0"),
            |row: &str| row.replace("08DE1A2B3C4D5E6F", "8.99E+15"),
            |row: &str| {
                row.replace("2026-11-03T02", "11/3/2026 2")
                    .replace(',', "\t")
            },
            |row: &str| {
                row.replace("2026-11-03T02", "03.11.2026 02")
                    .replace(',', ";")
            },
        ] {
            let text = each(change);
            assert_eq!(form_of(&text), Some(Form::Spreadsheet), "{text}");
        }
        let markdown = each(|row| format!("| {} |", row.replace(',', " | ")));
        assert_eq!(form_of(&markdown), Some(Form::MarkdownTable));
        let html = each(|row| format!("<tr><td>{}</td></tr>", row.replace(',', "</td><td>")));
        assert_eq!(form_of(&html), Some(Form::HtmlTable));
    }

    #[test]
    fn other_texts_are_no_logs() {
        for text in [
            "",
            "Name,SenderIPAddresses\nA,203.0.113.1\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "<table><tr><td>x</td></tr></table>",
            "a\rb\rc",
            ROWS[0],
            &ROWS.join("\n"),
        ] {
            assert_eq!(form_of(text), None, "{text}");
        }
    }

    #[test]
    fn iis_rows_are_known_without_their_header() {
        assert!(is_iis(
            "2026-11-03 08:00:01 192.0.2.1 OutboundConnectionCommand SMTPSVC1 RELAY01 - 25 EHLO - relay01.example.org 0 0 4 0 125 SMTP - - - -\n"
        ));
        assert!(!is_iis("2026-11-03 08:00:01 SMTP is a protocol\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at_without_panic(text in "[0-9T:.Z,;|<>td/\t\r\n-]{0,120}") {
            let _ = (form_of(&text), is_iis(&text));
        }
    }
}
