//! LOG001: lines that are not valid log rows.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;

declare_rule! {
    /// Some lines of the logs could not be read.
    ///
    /// ## What it finds
    /// Lines that Exchange cannot have written: with fewer or more than nine columns, without a
    /// session ID, or with an event other than `+`, `-`, `>`, `<` and `*`. They are counted and
    /// belong to no session. If each of them is the last line of its file, the file was copied
    /// while Exchange was writing it, and the severity is info. If there are many, the rows were
    /// probably copied from a web page or a spreadsheet, and the finding says so.
    ///
    /// ## Why it matters
    /// The content of these lines is missing from every count. They may have contained a
    /// certificate or a rejection.
    ///
    /// ## What to do
    /// 1. Copy the complete files again.
    /// 2. Do not edit or join them with a program that breaks lines, and do not copy rows out of a
    ///    web page or a spreadsheet.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): a row has nine fields, separated
    ///   by commas, and the event is one of five characters.
    /// - Observed in forums: rows copied from web pages have line numbers, quotation marks or
    ///   `&gt;` in them.
    MalformedLines {
        code: "LOG001",
        name: "malformed-lines",
        severity: Warning,
        confidence: High,
        needs: [SendLogs],
        proof: LogRows,
    }
}

impl Check for MalformedLines {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let reading = context.reading;
        let Some(first) = reading.malformed_lines.first() else {
            return;
        };
        let count = reading.malformed;
        let places: Vec<String> = reading
            .malformed_lines
            .iter()
            .map(|place| format!("{}:{}", place.file, place.line))
            .collect();
        let all_shown = reading.malformed_lines.len() as u64 == count;
        let cut_tails = all_shown && reading.malformed_lines.iter().all(|place| place.is_last);
        let message = format!(
            "{count} {} not be read: {}{}.{}",
            if count == 1 {
                "line could"
            } else {
                "lines could"
            },
            places.join(", "),
            if all_shown { "" } else { " and more" },
            if cut_tails {
                match count {
                    1 => {
                        " It is the last line of its file, which was copied while it was being written."
                    }
                    _ => {
                        " Each is the last line of its file, which was copied while it was being written."
                    }
                }
            } else {
                ""
            },
        );
        let mut observation = Finding::of(&Self::META, &first.file, message)
            .count(count)
            .fix(Fix::step(
                "Copy the complete files from the server again. Do not edit or join them.",
            ));
        for place in &reading.malformed_lines {
            observation = observation.proof(Proof::Export {
                file: place.file.clone(),
                line: Some(place.line),
                text: "(no row: too few columns, or no session id)".to_owned(),
            });
        }
        findings.add(observation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::check_context::{LogReading, MalformedLine};
    use crate::scenario::exports::of_reading;

    fn reading(malformed: u64, is_last: bool) -> LogReading {
        LogReading {
            malformed,
            malformed_lines: (malformed > 0)
                .then(|| MalformedLine {
                    file: "SEND2026110302-1.LOG".to_owned(),
                    line: 7,
                    is_last,
                })
                .into_iter()
                .collect(),
            ..LogReading::default()
        }
    }

    #[test]
    fn fires_with_places() {
        let found = of_reading(&MalformedLines, &reading(1, false)).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].count, 1);
        assert!(found[0].message.contains("SEND2026110302-1.LOG:7"));
    }

    #[test]
    fn a_cut_tail_is_said_to_be_one() {
        let found = of_reading(&MalformedLines, &reading(1, true)).findings;
        assert!(found[0].message.contains("while it was being written"));
        // Lines that are not listed may be anywhere.
        let found = of_reading(&MalformedLines, &reading(9, true)).findings;
        assert!(!found[0].message.contains("while it was being written"));
    }

    #[test]
    fn stays_silent_where_all_was_read() {
        let found = of_reading(&MalformedLines, &reading(0, false));
        assert!(found.findings.is_empty());
    }
}
