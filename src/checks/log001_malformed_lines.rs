//! LOG001: lines that are not valid log rows.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, LogReading};
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Severity, declare_rule};
use crate::input::lines;
use crate::input::pasted::{Pasted, Sign};
use crate::language::{Language, labels, sentences};

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
        /// 引用記号、および `&lt;` などのエスケープを取り除いてから読み取られます。
        /// 確実に読み取れない行は、同じセッションのほかの行と共に除外されます。検出事項には、
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
        /// - フォーラムでの観測: Web ページからコピーされた行には、行番号、引用符、
        ///   または `&gt;` が含まれています。
        japanese: ["5aee53f1"],
    }
}

/// From so many rows that Exchange does not write, the finding says what the log looks like.
const MANY: u64 = 2;

impl Check for MalformedLines {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let reading = context.reading;
        for (file, pasted) in &reading.pasted {
            findings.add(copied(context.language, file, pasted));
        }
        if let Some(finding) = malformed(context.language, reading) {
            findings.add(finding);
        }
    }
}

/// The finding about a log that was cleaned.
fn copied(language: Language, file: &str, pasted: &Pasted) -> Finding {
    let signs = pasted.signs.iter().map(|one| sign(language, *one));
    let signs: Vec<String> = signs.collect();
    let looks = match signs.as_slice() {
        [] => looks_copied(language, file),
        signs => looks_copied_with(language, file, &language.list(signs)),
    };
    let cleaned = match pasted.repaired {
        0 => None,
        1 => Some(one_cleaned(language)),
        lines => Some(many_cleaned(language, lines)),
    };
    let unreadable = match pasted.unreadable {
        0 => None,
        1 => Some(one_unreadable(language)),
        lines => Some(many_unreadable(language, lines)),
    };
    let left_out = match pasted.left_out {
        0 => None,
        1 => Some(one_left_out(language)),
        lines => Some(many_left_out(language, lines)),
    };
    let all = [Some(looks), cleaned, unreadable, left_out];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let message = language.together(&all);
    let finding = Finding::of(&MalformedLines::META, file, message).fix(copy_again(language));
    match pasted.unreadable + pasted.left_out {
        0 => finding
            .severity(Severity::Info)
            .count(pasted.repaired.max(1)),
        missing => finding.count(missing),
    }
}

/// What a copied log looks like.
fn sign(language: Language, sign: Sign) -> String {
    match sign {
        Sign::LineNumbers => line_numbers(language),
        Sign::FileNames => file_names(language),
        Sign::Marks => marks(language),
        Sign::Html => html(language),
        Sign::Markdown => markdown(language),
        Sign::Typography => typography(language),
        Sign::Tabs => tabs(language),
        Sign::Semicolons => semicolons(language),
        Sign::SpacedColumns => spaced_columns(language),
        Sign::WrappedLines => wrapped_lines(language),
        Sign::Gaps => gaps(language),
    }
}

/// The finding about all malformed lines.
fn malformed(language: Language, reading: &LogReading) -> Option<Finding> {
    let first = reading.malformed_lines.first()?;
    let count = reading.malformed;
    let places: Vec<String> = reading
        .malformed_lines
        .iter()
        .map(|place| format!("{}:{}", place.file, place.line))
        .collect();
    let all_shown = places.len() as u64 == count;
    let places = language.list(&places);
    let found = match count {
        1 => one_malformed(language, &places),
        _ if all_shown => many_malformed(language, count, &places),
        _ => many_malformed_and_more(language, count, &places),
    };
    let cut_tails = reading.cut_tails == count;
    let explanation = if cut_tails && count == 1 {
        Some(is_cut(language))
    } else if cut_tails {
        Some(are_cut(language))
    } else if reading.foreign_rows >= MANY && reading.changed_by_spreadsheet > 0 {
        Some(saved_by_spreadsheet(language))
    } else if reading.foreign_rows >= MANY {
        Some(look_copied(language))
    } else {
        None
    };
    let much = !cut_tails && lines::lack_much(count, reading.rows);
    let incomplete = much.then(|| is_incomplete(language));
    let all = [Some(found), explanation, incomplete];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let message = language.together(&all);
    let mut finding = Finding::of(&MalformedLines::META, &first.file, message)
        .count(count)
        .fix(copy_again(language));
    if cut_tails {
        finding = finding.severity(Severity::Info);
    }
    for place in &reading.malformed_lines {
        finding = finding.proof(Proof::Export {
            file: place.file.clone(),
            line: Some(place.line),
            text: no_row(language),
        });
    }
    Some(finding)
}

fn copy_again(language: Language) -> Fix {
    Fix::step(&copy_the_files_again(language))
}

labels! {
    line_numbers: "line numbers", "行番号" ["44d20369"];
    file_names: "file names before the rows", "行の前のファイル名" ["a4a723e2"];
    marks: "marks or blanks before the rows", "行の前の記号または空白" ["42e50874"];
    html: "'&lt;' instead of '<'", "「<」の代わりに「&lt;」" ["6ee9db41"];
    markdown: "'\\*' instead of '*'", "「*」の代わりに「\\*」" ["d7c5b552"];
    typography: "curly quotes, long dashes or fixed blanks", "左右の区別がある引用符、長いダッシュ、または改行しない空白" ["c3109455"];
    tabs: "tabs between columns", "列の間のタブ" ["08bd95a6"];
    semicolons: "semicolons between columns", "列の間のセミコロン" ["e8ec2e74"];
    spaced_columns: "blanks after the commas", "コンマの後の空白" ["f3fc8d9d"];
    wrapped_lines: "wrapped lines", "折り返された行" ["24ae0121"];
    gaps: "rows left out by hand", "手作業で省かれた行" ["a72bfe8b"];
}

sentences! {
    /// What was found in a log that was cleaned.
    fn looks_copied(file: &str) {
        en: "{file} looks copied from a web page, a mail or a spreadsheet.",
        ja: "{file} は、Web ページ、メール、または表計算ソフトからコピーされたと思われます。" ["e674afa5"],
    }
    /// The same with what it looks like.
    fn looks_copied_with(file: &str, signs: &str) {
        en: "{file} looks copied from a web page, a mail or a spreadsheet ({signs}).",
        ja: "{file} は、Web ページ、メール、または表計算ソフトからコピーされたと思われます ({signs})。" ["9006fe4c"],
    }
    /// How many lines were cleaned.
    fn one_cleaned() {
        en: "1 line was cleaned before reading. If the page changed anything else, it cannot be seen here.",
        ja: "読み取る前に 1 行を整形しました。ページがほかの部分を変更していても、ここからは分かりません。" ["5918c630"],
    }
    /// The same for several lines.
    fn many_cleaned(lines: u64) {
        en: "{lines} lines were cleaned before reading. If the page changed anything else, it cannot be seen here.",
        ja: "読み取る前に {lines} 行を整形しました。ページがほかの部分を変更していても、ここからは分かりません。" ["2fc3fa7d"],
    }
    /// How many lines were too damaged.
    fn one_unreadable() {
        en: "1 line was left out, because it cannot be read with certainty.",
        ja: "確実に読み取ることができないため、1 行を除外しました。" ["7be487d6"],
    }
    /// The same for several lines.
    fn many_unreadable(lines: u64) {
        en: "{lines} lines were left out, because they cannot be read with certainty.",
        ja: "確実に読み取ることができないため、{lines} 行を除外しました。" ["a8535c44"],
    }
    /// How many lines were left out with others of their sessions.
    fn one_left_out() {
        en: "1 line was left out because other rows of the same sessions are missing: nothing can be concluded from a part of a session.",
        ja: "同じセッションのほかの行がないため、1 行を除外しました。セッションの一部からは何も判断できません。" ["72ae79c3"],
    }
    /// The same for several lines.
    fn many_left_out(lines: u64) {
        en: "{lines} lines were left out because other rows of the same sessions are missing: nothing can be concluded from a part of a session.",
        ja: "同じセッションのほかの行がないため、{lines} 行を除外しました。セッションの一部からは何も判断できません。" ["fc089106"],
    }
    /// What was found, for one line.
    fn one_malformed(place: &str) {
        en: "1 line could not be read: {place}.",
        ja: "1 行を読み取れませんでした: {place}。" ["e7903940"],
    }
    /// What was found, with the places of all lines.
    fn many_malformed(lines: u64, places: &str) {
        en: "{lines} lines could not be read: {places}.",
        ja: "{lines} 行を読み取れませんでした: {places}。" ["9d92acc0"],
    }
    /// What was found, with the places of some lines.
    fn many_malformed_and_more(lines: u64, places: &str) {
        en: "{lines} lines could not be read: {places} and more.",
        ja: "{lines} 行を読み取れませんでした: {places} など。" ["07faadbe"],
    }
    /// Behind it, where the line is cut.
    fn is_cut() {
        en: "It is the last line of its file, which was copied while it was being written.",
        ja: "これはファイルの最終行であり、ファイルは書き込み中にコピーされています。" ["eb68f74d"],
    }
    /// Behind it, where all lines are cut.
    fn are_cut() {
        en: "Each is the last line of its file, which was copied while it was being written.",
        ja: "いずれもファイルの最終行であり、ファイルは書き込み中にコピーされています。" ["1612c665"],
    }
    /// Behind it, where a spreadsheet changed the rows.
    fn saved_by_spreadsheet() {
        en: "Exchange does not write such times or session ids: a spreadsheet seems to have saved the file. Nothing in this report is based on these lines.",
        ja: "Exchange はこのような時刻またはセッション ID を書き込みません。表計算ソフトでファイルが保存されたと思われます。このレポートの内容は、いずれもこれらの行に基づいていません。" ["14faf760"],
    }
    /// Behind it, where the rows were copied from elsewhere.
    fn look_copied() {
        en: "Exchange does not write such rows: they look copied from a web page or a spreadsheet. Nothing in this report is based on them.",
        ja: "Exchange はこのような行を書き込みません。Web ページまたは表計算ソフトからコピーされたと思われます。このレポートの内容は、いずれもこれらの行に基づいていません。" ["97cfd7fe"],
    }
    /// Behind it, where much is missing.
    fn is_incomplete() {
        en: "So much is missing that this report is incomplete: what it does not show may still have happened.",
        ja: "多くの行が欠けているため、このレポートは不完全です。レポートに示されていないことも起きている可能性があります。" ["184ba199"],
    }
    /// In place of a row that proves it.
    fn no_row() {
        en: "(no row: wrong columns, or a session id, event or time that Exchange does not write)",
        ja: "(ログの行ではありません: 列が正しくないか、セッション ID、イベント、または時刻が Exchange の書き込むものではありません)" ["dc9240ab"],
    }
    /// The step that fixes it.
    fn copy_the_files_again() {
        en: "Copy the complete files from the server again. Do not edit or join them.",
        ja: "完全なファイルをサーバーからもう一度コピーします。編集や結合は行わないでください。" ["b61586b8"],
    }
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
