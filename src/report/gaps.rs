//! The times for which a stream has no log.
//!
//! In: the gaps as the check LOG002 finds them. Out: [`LogGap`]s.
//! Must not look for gaps itself.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::gaps;
use crate::input::log_list::LogList;

/// A time for which a stream has no log, although there should be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LogGap {
    /// The stream.
    pub stream: String,
    /// The start of the gap.
    pub first: String,
    /// The end of the gap.
    pub last: String,
}

/// The gaps of all streams.
pub(super) fn rows(analysis: &Analysis<'_>, logs: &LogList) -> Vec<LogGap> {
    let files = logs.files.iter();
    let files = files.map(|file| (file.stream, file.name.as_str()));
    let all = gaps::of_streams(analysis, files);
    let all = analysis.streams.iter().zip(&all);
    let times = all.flat_map(|(known, gaps)| gaps.times.iter().map(|span| (&known.name, span)));
    times
        .filter_map(|(stream, (first, last))| {
            Some(LogGap {
                stream: stream.clone(),
                first: first.rfc3339()?,
                last: last.rfc3339()?,
            })
        })
        .collect()
}
