//! Words that the text report uses more than once.
//!
//! In: values of the document. Out: short texts.

use crate::report::document::Document;

/// What is said where there is no incident: never more than was looked at.
pub(super) fn all_clear(report: &Document) -> String {
    let input = &report.input;
    let mut text = match input.exchange_online_sessions {
        0 => "No incident: no session in these logs goes to Exchange Online.".to_owned(),
        sessions => format!(
            "No incident in {} to Exchange Online.",
            count(sessions, "session")
        ),
    };
    if input.sessions_left_out > 0 {
        text = format!(
            "No incident among the sessions asked for; {} left out by --since, --until or --connector.",
            count(input.sessions_left_out, "session")
        );
    }
    if report.hidden.incidents > 0 {
        text.push_str(&format!(
            " {} hidden by --select or --ignore.",
            count(report.hidden.incidents, "incident")
        ));
    }
    text
}

/// `.` is the PATH itself.
pub(super) fn streams(names: &[String]) -> String {
    let shown = |name: &String| {
        if name == "." {
            "the folder given".to_owned()
        } else {
            name.clone()
        }
    };
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A number with its noun.
pub(super) fn count(number: u64, noun: &str) -> String {
    match (number, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "reply") => format!("{number} replies"),
        _ => format!("{number} {noun}s"),
    }
}

/// A note of the input in words.
pub(super) fn note_words(code: &str) -> String {
    let words = match code {
        "LOG001" => "Lines that could not be read, such as a cut last one",
        "header-missing" => "Log files without a header; Exchange's nine columns were assumed",
        "unterminated-quote" => "Rows whose quotes do not end on their line",
        "extra-columns" => "Rows with more columns than their header names",
        "unreadable-time" => "Rows whose time could not be read",
        "utf-16" => "Log files in UTF-16, decoded",
        other => return format!("Note {other}"),
    };
    words.to_owned()
}
