//! LOG001: lines that are not valid log rows.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, LogReading};
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Severity, declare_rule};
use crate::input::lines;
use crate::input::pasted::Pasted;

declare_rule! {
    /// Some lines of the logs could not be read.
    ///
    /// ## What it finds
    /// Lines with fewer or more than nine columns, without a session ID, with an event other than
    /// `+`, `-`, `<`, `>` and `*`, or with a time or session ID in a form that Exchange does not write,
    /// as a spreadsheet makes it. They are counted and belong to no session. If each of them is the
    /// last line of its file, the file was copied while Exchange was writing it. The message says so
    /// in this case, and the finding is for information.
    ///
    /// A log that looks copied from a web page, a mail or a spreadsheet is cleaned before it is read:
    /// line numbers, quote marks and escapes such as `&lt;` are removed. A row that cannot be read with
    /// certainty is left out, together with the other rows of its session. The finding says what the
    /// file looks like.
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
        /// ログの一部の行を読み取れませんでした。
        ///
        /// ## 検出する内容
        /// 列の数が 9 でない行、セッション ID がない行、イベントが `+`、`-`、`<`、`>`、
        /// `*` のいずれでもない行、および時刻またはセッション ID が Exchange の書き込まない
        /// 形式 (表計算ソフトによるものなど) である行を検出します。これらの行は数えられるだけで、
        /// どのセッションにも属しません。そのすべてがファイルの最終行である場合、
        /// ファイルは Exchange の書き込み中にコピーされています。この場合はメッセージにその旨を
        /// 示し、検出事項は情報になります。
        ///
        /// Web ページ、メール、または表計算ソフトからコピーされたと思われるログは、行番号、
        /// 引用記号、および `&lt;` などのエスケープを取り除いてから読み取られます。確実に読み
        /// 取れない行は、同じセッションの他の行とともに除外されます。検出事項には、
        /// ファイルがどのように見えるかを示します。
        ///
        /// ## 問題となる理由
        /// これらの行の内容は、どの集計にも含まれません。証明書や拒否が含まれていた
        /// 可能性があります。
        ///
        /// ## 対処方法
        /// 1. 完全なファイルをもう一度コピーします。
        /// 2. 行を分割するプログラムで編集または結合しないでください。また、Web ページや
        ///    表計算ソフトから行をコピーしないでください。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): 行はコンマで区切られた 9 個の
        ///   フィールドからなり、イベントは 5 種類の文字のいずれかです。
        /// - フォーラムで確認: Web ページからコピーされた行には、行番号、引用符、または `&gt;` が
        ///   含まれています。
        japanese: ["5aee53f1"],
    }
}

/// From so many rows that Exchange does not write, the finding says what the log looks like.
const MANY: u64 = 2;

impl Check for MalformedLines {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let reading = context.reading;
        for (file, pasted) in &reading.pasted {
            findings.add(copied(file, pasted));
        }
        if let Some(finding) = malformed(reading) {
            findings.add(finding);
        }
    }
}

/// The finding about a log that was cleaned.
fn copied(file: &str, pasted: &Pasted) -> Finding {
    let signs: Vec<String> = pasted.signs.iter().map(ToString::to_string).collect();
    let signs = if signs.is_empty() {
        String::new()
    } else {
        format!(" ({})", signs.join(", "))
    };
    let mut message =
        format!("{file} looks copied from a web page, a mail or a spreadsheet{signs}.");
    if pasted.repaired > 0 {
        message.push_str(&format!(
            " {} cleaned before reading. If the page changed anything else, it cannot be seen here.",
            was(pasted.repaired)
        ));
    }
    if pasted.unreadable > 0 {
        message.push_str(&format!(
            " {} left out, because {} cannot be read with certainty.",
            was(pasted.unreadable),
            if pasted.unreadable == 1 { "it" } else { "they" },
        ));
    }
    if pasted.left_out > 0 {
        message.push_str(&format!(
            " {} left out because other rows of the same sessions are missing: nothing can be concluded from a part of a session.",
            was(pasted.left_out)
        ));
    }
    if pasted.unreadable + pasted.left_out == 0 {
        return Finding::of(&MalformedLines::META, file, message)
            .severity(Severity::Info)
            .count(pasted.repaired.max(1))
            .fix(copy_again());
    }
    Finding::of(&MalformedLines::META, file, message)
        .count(pasted.unreadable + pasted.left_out)
        .fix(copy_again())
}

/// The finding about all malformed lines.
fn malformed(reading: &LogReading) -> Option<Finding> {
    let first = reading.malformed_lines.first()?;
    let count = reading.malformed;
    let places: Vec<String> = reading
        .malformed_lines
        .iter()
        .map(|place| format!("{}:{}", place.file, place.line))
        .collect();
    let all_shown = reading.malformed_lines.len() as u64 == count;
    let cut_tails = reading.cut_tails == count;
    let explanation = if cut_tails && count == 1 {
        " It is the last line of its file, which was copied while it was being written."
    } else if cut_tails {
        " Each is the last line of its file, which was copied while it was being written."
    } else if reading.foreign_rows >= MANY && reading.changed_by_spreadsheet > 0 {
        " Exchange does not write such times or session ids: a spreadsheet seems to have saved the file. Nothing in this report is based on these lines."
    } else if reading.foreign_rows >= MANY {
        " Exchange does not write such rows: they look copied from a web page or a spreadsheet. Nothing in this report is based on them."
    } else {
        ""
    };
    let incomplete = if !cut_tails && lines::lack_much(count, reading.rows) {
        " So much is missing that this report is incomplete: what it does not show may still have happened."
    } else {
        ""
    };
    let message = format!(
        "{count} {} not be read: {}{}.{explanation}{incomplete}",
        if count == 1 {
            "line could"
        } else {
            "lines could"
        },
        places.join(", "),
        if all_shown { "" } else { " and more" },
    );
    let mut finding = Finding::of(&MalformedLines::META, &first.file, message)
        .count(count)
        .fix(copy_again());
    if cut_tails {
        finding = finding.severity(Severity::Info);
    }
    for place in &reading.malformed_lines {
        finding = finding.proof(Proof::Export {
            file: place.file.clone(),
            line: Some(place.line),
            text: "(no row: wrong columns, or a session id, event or time that Exchange does not write)"
                .to_owned(),
        });
    }
    Some(finding)
}

fn copy_again() -> Fix {
    Fix::step("Copy the complete files from the server again. Do not edit or join them.")
}

fn number_of(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

fn was(count: u64) -> String {
    format!(
        "{} {}",
        number_of(count),
        if count == 1 { "was" } else { "were" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::check_context::MalformedLine;
    use crate::input::pasted::Sign;
    use crate::scenario::exports::of_reading;

    fn reading(malformed: u64, cut_tails: u64) -> LogReading {
        LogReading {
            malformed,
            cut_tails,
            malformed_lines: (malformed > 0)
                .then(|| MalformedLine {
                    file: "SEND2026110302-1.LOG".to_owned(),
                    line: 7,
                })
                .into_iter()
                .collect(),
            ..LogReading::default()
        }
    }

    #[test]
    fn fires_with_places() {
        let found = of_reading(&MalformedLines, &reading(1, 0)).findings;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].severity), (1, Severity::Warning));
        assert!(found[0].message.contains("SEND2026110302-1.LOG:7"));
    }

    #[test]
    fn a_cut_tail_is_for_information() {
        for count in [1, 9] {
            let found = of_reading(&MalformedLines, &reading(count, count)).findings;
            assert!(found[0].message.contains("while it was being written"));
            assert_eq!(found[0].severity, Severity::Info);
        }
        let found = of_reading(&MalformedLines, &reading(9, 8)).findings;
        assert!(!found[0].message.contains("while it was being written"));
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn rows_that_exchange_does_not_write_look_copied() {
        let mut reading = reading(9, 0);
        reading.foreign_rows = 9;
        let found = of_reading(&MalformedLines, &reading).findings;
        assert!(found[0].message.contains("a web page or a spreadsheet"));
    }

    #[test]
    fn a_verdict_on_a_part_of_the_rows_is_called_incomplete() {
        for (malformed, rows, incomplete) in [(9, 100, true), (9, 10_000, false), (1, 3, false)] {
            let reading = LogReading {
                rows,
                changed_by_spreadsheet: malformed,
                foreign_rows: malformed,
                ..reading(malformed, 0)
            };
            let found = of_reading(&MalformedLines, &reading).findings;
            let message = &found[0].message;
            assert_eq!(message.contains("is incomplete"), incomplete, "{message}");
            assert_eq!(message.contains("spreadsheet"), malformed > 1, "{message}");
        }
    }

    #[test]
    fn a_cleaned_log_is_named() {
        let pasted = Pasted {
            signs: [Sign::LineNumbers, Sign::Html].into(),
            repaired: 22,
            ..Pasted::default()
        };
        let with = |pasted: &Pasted| LogReading {
            pasted: vec![("SEND2026110302-1.LOG".to_owned(), pasted.clone())],
            ..LogReading::default()
        };
        let found = of_reading(&MalformedLines, &with(&pasted)).findings;
        assert_eq!(found[0].severity, Severity::Info);
        for part in ["line numbers", "'&lt;'", "22 lines were cleaned"] {
            assert!(found[0].message.contains(part), "{}", found[0].message);
        }
        let damaged = Pasted {
            unreadable: 1,
            left_out: 20,
            ..pasted
        };
        let found = of_reading(&MalformedLines, &with(&damaged)).findings;
        assert_eq!((found[0].severity, found[0].count), (Severity::Warning, 21));
        assert!(found[0].message.contains("1 line was left out"));
    }

    #[test]
    fn stays_silent_where_all_was_read() {
        let found = of_reading(&MalformedLines, &reading(0, 0));
        assert!(found.findings.is_empty());
    }
}
