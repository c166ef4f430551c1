//! LOG002: the logs do not cover a part of their period.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::gaps::{self, Span};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::stream_label;
use crate::input::stream::MissingFiles;
use crate::language::Language;
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
            let mut parts: Vec<String> = own.missing.iter().map(missing_text).collect();
            parts.extend(own.silences.iter().map(silence_text));
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
        parts.push(format!("{} more", count - MOST_NAMED));
    }
    let places = settings::listed(
        language,
        streams.iter().map(|name| stream_label(language, name)),
    );
    let message = format!("The logs of {places} have gaps: {}.", parts.join("; "));
    Finding::of(&MissingLogTime::META, streams[0], message)
        .confidence(sure)
        .count((count * streams.len()) as u64)
        .fix(Fix::step(
            "Copy the missing files from the SmtpSend folder of the server. If they do not exist, no mail was sent in that time, the service was stopped, or protocol logging was off.",
        ))
}

fn missing_text(missing: &MissingFiles) -> String {
    let MissingFiles {
        prefix,
        first,
        last,
    } = missing;
    if first == last {
        format!("{prefix}{first}.LOG is missing")
    } else {
        format!("{prefix}{first}.LOG to {prefix}{last}.LOG are missing")
    }
}

fn silence_text((from, until): &Span) -> String {
    format!("no line from {from} to {until}")
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
