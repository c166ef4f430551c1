//! Compares a report with the truth, and counts.
//!
//! In: a report as JSON, the truth. Out: what is right, missed and false by confidence, and every
//! difference as a line of text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::generated;

use super::model::{Key, Millis, shown};
use super::truth::{Incident, Span, Truth};

/// How often the reports were right.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// Right and wrong by confidence. An incident that is not in the truth is false; one with a
    /// field that differs is wrong.
    pub(super) reported: BTreeMap<String, Counts>,
    /// Incidents of the truth that no report has.
    pub(super) missed: usize,
    /// Weeks.
    pub(super) weeks: usize,
    /// Incidents of the truth.
    pub(super) incidents: usize,
    /// Those of which two states are right.
    pub(super) close: usize,
    /// What differs, with the seed in front.
    pub(super) differences: Vec<String>,
}

/// Counts of one confidence.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) right: usize,
    pub(super) wrong: usize,
    pub(super) false_alarms: usize,
}

impl generated::Score for Score {
    fn add(mut self, other: Score) -> Score {
        for (confidence, counts) in other.reported {
            let own = self.reported.entry(confidence).or_default();
            own.right += counts.right;
            own.wrong += counts.wrong;
            own.false_alarms += counts.false_alarms;
        }
        self.missed += other.missed;
        self.weeks += other.weeks;
        self.incidents += other.incidents;
        self.close += other.close;
        self.differences.extend(other.differences);
        self
    }

    fn differences(&self) -> &[String] {
        &self.differences
    }
}

impl Score {
    /// The counts of a confidence.
    pub(super) fn of(&self, confidence: &str) -> Counts {
        self.reported.get(confidence).copied().unwrap_or_default()
    }
}

impl fmt::Display for Score {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} weeks, {} incidents, {} of them too close to call over or not",
            self.weeks, self.incidents, self.close
        )?;
        writeln!(out, "| confidence | right | field differs | false |")?;
        writeln!(out, "|---|---:|---:|---:|")?;
        for confidence in ["high", "medium", "low"] {
            let Counts {
                right,
                wrong,
                false_alarms,
            } = self.of(confidence);
            writeln!(out, "| {confidence} | {right} | {wrong} | {false_alarms} |")?;
        }
        writeln!(out, "missed: {}", self.missed)
    }
}

/// Scores the report of one week.
pub(super) fn score(seed: u64, truth: &Truth, report: &Value) -> Score {
    let mut score = Score {
        weeks: 1,
        incidents: truth.incidents.len(),
        close: truth
            .incidents
            .values()
            .filter(|incident| incident.states.len() > 1)
            .count(),
        ..Score::default()
    };
    let mut found = BTreeSet::new();
    for reported in list(report, "/incidents") {
        let key = key(reported);
        let confidence = text(reported, "/cause/confidence");
        let counts = score.reported.entry(confidence).or_default();
        let Some((known, incident)) = truth.incidents.iter().find(|(known, _)| is(known, &key))
        else {
            counts.false_alarms += 1;
            score
                .differences
                .push(format!("seed {seed}: false: {key:?}"));
            continue;
        };
        let mut differences = fields(incident, reported);
        if !found.insert(known) {
            differences.push("is reported twice".to_owned());
        }
        if differences.is_empty() {
            counts.right += 1;
        } else {
            counts.wrong += 1;
        }
        for difference in differences {
            score
                .differences
                .push(format!("seed {seed}: {key:?}: {difference}"));
        }
    }
    for known in truth
        .incidents
        .keys()
        .filter(|known| !found.contains(known))
    {
        score.missed += 1;
        score
            .differences
            .push(format!("seed {seed}: missed: {known:?}"));
    }
    let rest = week(truth, report);
    let rest = rest.into_iter().map(|line| format!("seed {seed}: {line}"));
    score.differences.extend(rest);
    score
}

type ReportedKey = (String, String, Option<String>);

fn key(reported: &Value) -> ReportedKey {
    let thumbprint = reported.pointer("/certificate/thumbprint");
    (
        text(reported, "/cause/code"),
        text(reported, "/send_connector"),
        thumbprint.and_then(Value::as_str).map(str::to_owned),
    )
}

fn is(known: &Key, key: &ReportedKey) -> bool {
    known.cause == key.0 && known.connector == key.1 && known.thumbprint == key.2
}

/// What differs between two accounts of one incident.
fn fields(truth: &Incident, reported: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let streams: BTreeSet<String> = list(reported, "/streams")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if streams != truth.streams {
        differences.push(format!("streams {streams:?}, not {:?}", truth.streams));
    }
    for (name, right) in [
        ("replies", truth.replies),
        ("messages", truth.messages),
        ("sessions", truth.sessions),
    ] {
        let count = reported.pointer(&format!("/rejected/{name}"));
        if count.and_then(Value::as_u64) != Some(right) {
            differences.push(format!("{name} {count:?}, not {right}"));
        }
    }
    let counts = list(reported, "/replies").iter();
    let sum: u64 = counts.filter_map(|reply| reply["count"].as_u64()).sum();
    if sum != truth.replies {
        differences.push(format!("replies by text {sum}, not {}", truth.replies));
    }
    for (name, right) in [("first", truth.first), ("last", truth.last)] {
        let time = text(reported, &format!("/{name}"));
        if !within(&time, right) {
            let right = (shown(right.0), shown(right.1));
            differences.push(format!("{name} {time}, not {right:?}"));
        }
    }
    let state = text(reported, "/status/state");
    if !truth.states.contains(state.as_str()) {
        differences.push(format!("status {state:?}, not {:?}", truth.states));
    }
    differences
}

/// What differs in the week as a whole.
fn week(truth: &Truth, report: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let healthy: BTreeSet<String> = list(report, "/healthy")
        .iter()
        .map(|healthy| text(healthy, "/send_connector"))
        .collect();
    for name in truth.unhealthy.intersection(&healthy) {
        differences.push(format!("'{name}' is called healthy"));
    }
    for name in truth.healthy.difference(&healthy) {
        differences.push(format!("'{name}' is not called healthy"));
    }
    let others = list(report, "/other_rejections").iter();
    let other: u64 = others.filter_map(|other| other["count"].as_u64()).sum();
    // Whether replies of other hosts are listed there too is left open.
    if !(truth.other..=truth.other + truth.foreign).contains(&other) {
        differences.push(format!("other rejections {other}, not {}", truth.other));
    }
    differences
}

fn within(time: &str, (from, to): Span) -> bool {
    let shown = |time: Millis| shown(time);
    *time >= *shown(from) && *time <= *shown(to)
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
