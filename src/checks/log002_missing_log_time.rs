//! LOG002: the logs do not cover a part of their period.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::gaps;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::stream_label;
use crate::input::stream::MissingFiles;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::remedy::settings;

declare_rule! {
    /// The logs of a server have a gap: a rolled file is missing, or hours of normal traffic
    /// contain no lines.
    ///
    /// ## What it finds
    /// - Missing file numbers, such as `SEND2026110302-1.LOG` and `-3.LOG` without `-2.LOG`.
    /// - Periods of an hour or more without any line, where at least twelve sessions are expected
    ///   from the traffic before and after. A period at a time of day that is also quiet on the
    ///   day before or after is not reported.
    ///
    /// ## Why it matters
    /// The report does not contain what happened in a gap, such as the renewal of a certificate.
    /// All counts are too low.
    ///
    /// ## What to do
    /// Copy the missing files from the server. If they do not exist, the service was stopped, no
    /// mail was sent, or protocol logging was off.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): the number in the name of a file
    ///   counts up, and the oldest files are deleted by size and age.
    MissingLogTime {
        code: "LOG002",
        name: "missing-log-time",
        severity: Info,
        confidence: Medium,
        needs: [SendLogs],
        proof: LogRows,
        /// サーバーのログに欠落があります。ローテーションされたファイルがないか、通常はメールが
        /// 流れる時間帯に行がありません。
        ///
        /// ## 検出する内容
        /// - `SEND2026110302-1.LOG` と `-3.LOG` があり `-2.LOG` がないなど、ファイルの番号の欠落。
        /// - 前後のメールの流れから 12 件以上のセッションが見込まれるのに、
        ///   行が 1 つもない 1 時間以上の期間。前日または翌日の同じ時刻にもメールが流れていない
        ///   期間は報告しません。
        ///
        /// ## 問題となる理由
        /// 証明書の更新など、欠落した期間に起きたことはレポートに含まれません。すべての件数が
        /// 実際より少なくなります。
        ///
        /// ## 対処方法
        /// 不足しているファイルをサーバーからコピーします。ファイルが存在しない場合は、サービスが
        /// 停止していたか、メールが送信されなかったか、プロトコル ログが無効でした。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): ファイル名の番号は 1 ずつ
        ///   増え、古いファイルはサイズと経過日数に応じて削除されます。
        japanese: ["627cd1f7"],
    }
}

/// How many silences and missing files are named for each stream.
const MOST_NAMED: usize = 5;

impl Check for MissingLogTime {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let mut alike: Vec<Gaps<'_>> = Vec::new();
        let files = context.reading.files.iter();
        let files = files.map(|(stream, name)| (*stream, name.as_str()));
        let all = gaps::of_streams(analysis, files);
        for (known, own) in analysis.streams.iter().zip(all) {
            let language = context.language;
            let missing = own.missing.iter();
            let mut parts: Vec<String> =
                missing.map(|files| missing_text(language, files)).collect();
            let silences = own.silences.iter();
            parts.extend(silences.map(|(from, until)| no_line(language, from, until)));
            if parts.is_empty() {
                continue;
            }
            // A missing number proves a gap. A silence may have other reasons.
            let sure = if own.missing.is_empty() {
                Confidence::Low
            } else {
                Confidence::High
            };
            match alike.iter_mut().find(|gaps| gaps.parts == parts) {
                Some(gaps) => gaps.streams.push(&known.name),
                None => alike.push(Gaps {
                    streams: vec![&known.name],
                    parts,
                    sure,
                }),
            }
        }
        for gaps in alike {
            findings.add(observation(context.language, gaps));
        }
    }
}

/// The gaps that one or more streams have.
struct Gaps<'a> {
    streams: Vec<&'a str>,
    parts: Vec<String>,
    sure: Confidence,
}

fn observation(language: Language, gaps: Gaps<'_>) -> Finding {
    let Gaps {
        streams,
        mut parts,
        sure,
    } = gaps;
    let count = parts.len();
    if count > MOST_NAMED {
        parts.truncate(MOST_NAMED);
        parts.push(more_gaps(language, count - MOST_NAMED));
    }
    let places = streams.iter().map(|name| stream_label(language, name));
    let places = settings::listed(language, places);
    let named = parts.into_iter();
    let named = named.reduce(|others, gap| and_gap(language, &others, &gap));
    let message = have_gaps(language, &places, &named.unwrap_or_default());
    Finding::of(&MissingLogTime::META, streams[0], message)
        .confidence(sure)
        .count((count * streams.len()) as u64)
        .fix(Fix::step(&copy_missing_files(language)))
}

fn missing_text(language: Language, missing: &MissingFiles) -> String {
    let MissingFiles {
        prefix,
        first,
        last,
    } = missing;
    let file = |number: &u64| format!("{prefix}{number}.LOG");
    if first == last {
        file_is_missing(language, &file(first))
    } else {
        files_are_missing(language, &file(first), &file(last))
    }
}

sentences! {
    /// What was found.
    fn have_gaps(places: &str, gaps: &str) {
        en: "The logs of {places} have gaps: {gaps}.",
        ja: "ログに欠落があります ({places}): {gaps}。" ["3ec0e15c"],
    }
    /// A gap behind others.
    fn and_gap(others: &str, gap: &str) {
        en: "{others}; {gap}",
        ja: "{others}、{gap}" ["27b9247f"],
    }
    /// How many gaps are not named.
    fn more_gaps(number: usize) {
        en: "{number} more",
        ja: "ほか {number} 件" ["46e041d3"],
    }
    /// A missing file.
    fn file_is_missing(file: &str) {
        en: "{file} is missing",
        ja: "{file} がありません" ["14643d39"],
    }
    /// Missing files in a row.
    fn files_are_missing(first: &str, last: &str) {
        en: "{first} to {last} are missing",
        ja: "{first} から {last} までがありません" ["7140f1c6"],
    }
    /// A time without lines.
    fn no_line(from: &Timestamp, until: &Timestamp) {
        en: "no line from {from} to {until}",
        ja: "{from} から {until} まで行がありません" ["2bc53db7"],
    }
    /// The step that fixes it.
    fn copy_missing_files() {
        en: "Copy the missing files from the SmtpSend folder of the server. If they do not exist, no mail was sent in that time, the service was stopped, or protocol logging was off.",
        ja: "不足しているファイルを、サーバーの SmtpSend フォルダーからコピーします。ファイルが存在しない場合は、その期間にメールが送信されなかったか、サービスが停止していたか、プロトコル ログが無効でした。" ["06222a84"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::check_context::LogReading;
    use crate::scenario::exports::of_reading;

    #[test]
    fn a_missing_file_fires_and_none_does_not() {
        let reading = |names: &[&str]| LogReading {
            files: names.iter().map(|name| (0, (*name).to_owned())).collect(),
            ..LogReading::default()
        };
        let found = of_reading(
            &MissingLogTime,
            &reading(&["SEND2026110302-1.LOG", "SEND2026110302-3.LOG"]),
        );
        assert!(
            found.findings[0]
                .message
                .contains("SEND2026110302-2.LOG is missing")
        );
        let found = of_reading(
            &MissingLogTime,
            &reading(&["SEND2026110302-2.LOG", "SEND2026110303-1.LOG"]),
        );
        assert!(found.findings.is_empty());
    }
}
