//! The timeline of an incident: two lines of characters, or the counts for bars.
//!
//! In: the buckets of an incident. Out: counts, or lines of text without indent.
//! Must not count anything again: if the period is long, several buckets share one character or bar.

use crate::language::count::{self, count, grouped};
use crate::language::{Language, labels, sentences};
use crate::render::plain::padded;
use crate::report::document::{Bucket, Incident};

/// The buckets of an incident, joined to a given maximum number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// The start of the first bucket.
    pub from: String,
    /// The length of each bucket in seconds.
    pub seconds: i64,
    /// Accepted recipients in each bucket.
    pub accepted: Vec<u64>,
    /// Rejections and failures in each bucket.
    pub rejected: Vec<u64>,
}

/// Joins the buckets to at most `most`, with none left out between the first and the last. Returns
/// `None` if no time is known.
pub fn scaled(incident: &Incident, most: usize) -> Option<Scaled> {
    let most = most.max(1);
    let seconds = incident.timeline_bucket_seconds.max(1);
    let starts: Vec<i64> = incident.timeline.iter().filter_map(seconds_of).collect();
    let (first, last) = (starts.first()?, starts.last()?);
    let buckets = usize::try_from((last - first) / seconds + 1).unwrap_or(1);
    let together = buckets.div_ceil(most).max(1);
    let mut accepted = vec![0; buckets.div_ceil(together).min(most)];
    let mut rejected = accepted.clone();
    for (start, bucket) in starts.iter().zip(&incident.timeline) {
        let at = usize::try_from((start - first) / seconds).unwrap_or(0) / together;
        if let (Some(accepted), Some(rejected)) = (accepted.get_mut(at), rejected.get_mut(at)) {
            *accepted += bucket.accepted;
            *rejected += bucket.rejected;
        }
    }
    let length = seconds.saturating_mul(i64::try_from(together).unwrap_or(1));
    Some(Scaled {
        from: incident.timeline.first()?.start.clone(),
        seconds: length,
        accepted,
        rejected,
    })
}

/// Three lines: what a character stands for, the accepted recipients, and the rejections. Each of the
/// last two is scaled by its own maximum and ends with its sum. Returns `None` if no time is known.
pub fn lines(language: Language, incident: &Incident) -> Option<[String; 3]> {
    const CHARACTERS: usize = 48;
    let scaled = scaled(incident, CHARACTERS)?;
    let sum = |counts: &[u64]| grouped(counts.iter().sum());
    let line = |label: String, counts: &[u64]| {
        let label = padded(&label, SIGNS);
        format!("{label}|{}| {}", signs(counts), sum(counts))
    };
    let period = period(language, scaled.seconds);
    Some([
        scale(language, &scaled.from, &period),
        line(accepted(language), &scaled.accepted),
        line(rejected(language), &scaled.rejected),
    ])
}

/// The column at which the signs begin, behind the label of their line.
const SIGNS: usize = 9;

fn seconds_of(bucket: &Bucket) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(&bucket.start).ok()?;
    Some(time.timestamp())
}

fn signs(counts: &[u64]) -> String {
    const SCALE: [char; 5] = ['.', ':', '+', '*', '#'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let sign = |count: u64| {
        let steps = SCALE.len() as u64;
        let at = (count.saturating_mul(steps)).div_ceil(most).clamp(1, steps) - 1;
        SCALE[usize::try_from(at).unwrap_or(0)]
    };
    counts
        .iter()
        .map(|count| if *count == 0 { ' ' } else { sign(*count) })
        .collect()
}

/// A length of time, such as `3 minutes`.
fn period(language: Language, seconds: i64) -> String {
    let (number, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, count::DAY),
        s if s % 3_600 == 0 => (s / 3_600, count::HOUR),
        s => (s / 60, count::MINUTE),
    };
    count(language, number.unsigned_abs(), unit)
}

labels! {
    pub(super) label: "Timeline", "推移" ["30d783f6"];
    accepted: "accepted", "受け入れ" ["1bc03140"];
    rejected: "rejected", "拒否" ["f67f6847"];
}

sentences! {
    /// When the lines begin, and what a character stands for.
    fn scale(from: &str, period: &str) {
        en: "from {from}, each character is {period}",
        ja: "{from} から、1 文字は {period}" ["629e8c46"],
    }
}
