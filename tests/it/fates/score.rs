//! Compares what the program lists with the truth.
//!
//! In: records of `sendlens messages`, and the truth. Out: a [`Score`].
//! Must not know how the program decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::generated::{self, Score as _};

use super::truth::{Fate, Input, Truth, View};

/// How often the program was right, by input.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    pub(super) weeks: u64,
    pub(super) messages: u64,
    pub(super) recipients: u64,
    pub(super) counts: BTreeMap<Input, Counts>,
    pub(super) differences: Vec<String>,
}

/// The fates of one input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    /// With certainty high.
    high: u64,
    /// With certainty medium.
    medium: u64,
    /// With certainty low.
    low: u64,
    unknown: u64,
    /// What is usual, and was not so here: the input cannot show it.
    by_default: u64,
    /// Not listed, because nothing shows it.
    absent: u64,
    pub(super) wrong: u64,
    reports: u64,
}

impl generated::Score for Score {
    fn add(mut self, other: Score) -> Score {
        self.weeks += other.weeks;
        self.messages += other.messages;
        self.recipients += other.recipients;
        for (input, counts) in other.counts {
            let own = self.counts.entry(input).or_default();
            own.high += counts.high;
            own.medium += counts.medium;
            own.low += counts.low;
            own.unknown += counts.unknown;
            own.by_default += counts.by_default;
            own.absent += counts.absent;
            own.wrong += counts.wrong;
            own.reports += counts.reports;
        }
        self.differences.extend(other.differences);
        self
    }

    fn differences(&self) -> &[String] {
        &self.differences
    }
}

impl Score {
    /// Counts the records that the program lists from one input.
    pub(super) fn list(&mut self, week: u64, input: Input, truths: &[Truth], records: &[Value]) {
        let listed = Listed::of(records);
        let mut counts = Counts::default();
        for truth in truths {
            let found = listed.of_recipient(truth);
            let wrong = check(input, truth, &found, &listed, &mut counts);
            counts.wrong += u64::from(wrong.is_some());
            self.differences.extend(wrong.map(|wrong| {
                format!(
                    "week {week}, {input:?}, {} {} ({}): {wrong}; truth {:?} {:?}; listed {}",
                    truth.message,
                    truth.address,
                    truth.story,
                    truth.fate,
                    truth.views[input as usize],
                    found
                        .iter()
                        .map(|one| one.to_string())
                        .collect::<Vec<_>>()
                        .join(" ")
                )
            }));
        }
        let known: BTreeSet<&str> = truths.iter().map(|truth| truth.message.as_str()).collect();
        for record in records {
            let id = record["message_id"].as_str();
            if id.is_some_and(|id| !known.contains(id)) {
                counts.wrong += 1;
                self.differences
                    .push(format!("week {week}, {input:?}: nobody sent {record}"));
            }
        }
        let own = self.counts.entry(input).or_default();
        let all = Score {
            counts: [(input, counts)].into(),
            ..Score::default()
        };
        let sum = Score {
            counts: [(input, *own)].into(),
            ..Score::default()
        }
        .add(all);
        *own = sum.counts[&input];
    }

    /// Without `--all`, the same fates are listed of those whom Exchange Online rejected or deferred.
    pub(super) fn shorter(
        &mut self,
        week: u64,
        input: Input,
        truths: &[Truth],
        (all, some): (&[Value], &[Value]),
    ) {
        let (all, some) = (Listed::of(all), Listed::of(some));
        for truth in truths {
            let (long, short) = (all.of_recipient(truth), some.of_recipient(truth));
            let is_shown = truth.views[input as usize] == View::Shown;
            let must = truth.failed[input as usize] && is_shown;
            if (must && short.is_empty())
                || (!short.is_empty()
                    && long != short
                    && is_shown
                    && !truth.lacks_ids
                    && !truth.copies)
            {
                self.counts.entry(input).or_default().wrong += 1;
                self.differences.push(format!(
                    "week {week}, {input:?}, {} ({}): with --all {long:?}, without {short:?}",
                    truth.address, truth.story
                ));
            }
        }
    }
}

/// The recipients of all records, by address, each with its sender.
struct Listed<'a> {
    by_address: BTreeMap<&'a str, Vec<(&'a Value, &'a Value)>>,
    /// Those without an address, by message id.
    nameless: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Listed<'a> {
    fn of(records: &'a [Value]) -> Listed<'a> {
        let mut listed = Listed {
            by_address: BTreeMap::new(),
            nameless: BTreeMap::new(),
        };
        for record in records {
            for recipient in record["recipients"].as_array().into_iter().flatten() {
                if let Some(address) = recipient["address"].as_str() {
                    let known = listed.by_address.entry(address).or_default();
                    known.push((recipient, &record["sender"]));
                } else if let Some(id) = record["message_id"].as_str() {
                    listed.nameless.entry(id).or_default().push(recipient);
                }
            }
        }
        listed
    }

    fn of_recipient(&self, truth: &Truth) -> Vec<&'a Value> {
        let known = self.by_address.get(truth.address.as_str());
        let from = truth.only_from.as_deref();
        let of = known.into_iter().flatten();
        of.filter(|(_, sender)| from.is_none_or(|from| sender.as_str() == Some(from)))
            .map(|(one, _)| *one)
            .collect()
    }
}

/// What is wrong with what is listed of a recipient.
fn check(
    input: Input,
    truth: &Truth,
    found: &[&Value],
    listed: &Listed<'_>,
    counts: &mut Counts,
) -> Option<String> {
    let view = &truth.views[input as usize];
    let nameless = listed.nameless.get(truth.message.as_str());
    let nameless = nameless.map(Vec::as_slice).unwrap_or_default();
    let apart = *view == View::Apart;
    match found {
        [] => {
            counts.absent += 1;
            return match view {
                View::Absent | View::Little | View::Apart => None,
                View::Nameless if !nameless.is_empty() => {
                    nameless.iter().find_map(|one| against(input, truth, one))
                }
                _ => Some("not listed".to_owned()),
            };
        }
        // Two sessions of one message that nobody refused are listed as they end.
        [_, _, ..] if truth.copies && !truth.failed[input as usize] => {}
        [_, _, ..] if !apart && !truth.lacks_ids => return Some("listed twice".to_owned()),
        _ => {}
    }
    let best = found.iter().max_by_key(|one| rank(one)).expect("one");
    count(best, truth, counts);
    for one in found {
        if let Some(wrong) = against(input, truth, one) {
            return Some(wrong);
        }
    }
    let (fate, reason) = (text(best, "fate"), text(best, "reason"));
    // Where a server was busy with retries before, hours without any look like a gap.
    let is_quiet = input == Input::SendLogs && reason == "gap";
    match view {
        View::Shown if fate == "unknown" && truth.fate != Fate::Held && !is_quiet => {
            Some("the input shows it".to_owned())
        }
        View::Shown if text(best, "certainty") == "low" => Some("low".to_owned()),
        View::Unknown(reasons) if fate != "unknown" => {
            Some(format!("must be unknown: {reasons:?}"))
        }
        View::Unknown(reasons) if !reasons.contains(&reason) && !is_quiet => {
            Some(format!("reason must be {reasons:?}"))
        }
        _ => None,
    }
}

/// What the program must never say.
fn against(input: Input, truth: &Truth, one: &Value) -> Option<String> {
    let (fate, certainty, reason) = (
        text(one, "fate"),
        text(one, "certainty"),
        text(one, "reason"),
    );
    let usual = match truth.views[input as usize] {
        View::Default(usual) => usual.word(),
        _ => truth.fate.word(),
    };
    let right = fate == "unknown" || fate == usual || fate == truth.fate.word();
    // From parts of the input, what is usual may be said with certainty medium.
    let is_free = match truth.views[input as usize] {
        View::Little => true,
        View::Absent => input != Input::Everything,
        _ => false,
    };
    if !right && (certainty == "high" || (certainty == "medium" && !is_free)) {
        return Some(format!("{fate} is wrong"));
    }
    if fate == "unknown" && reason.is_empty() {
        return Some("no reason".to_owned());
    }
    if reason == "second_copy" && !truth.copies {
        return Some("there is no second copy".to_owned());
    }
    let report = one["ndr"]["message_id"].as_str();
    let shows_reports = input != Input::SendLogs;
    match report {
        Some(report) if !shows_reports || !truth.reports.iter().any(|of| of == report) => {
            Some("there is no such report".to_owned())
        }
        None if !one["ndr"].is_null() => Some("a report without an id".to_owned()),
        None if shows_reports
            && truth.told
            && fate == "bounced"
            && text(one, "source") == "message_tracking" =>
        {
            Some("the report is not named".to_owned())
        }
        _ => None,
    }
}

fn count(one: &Value, truth: &Truth, counts: &mut Counts) {
    counts.reports += u64::from(!one["ndr"].is_null());
    let fate = text(one, "fate");
    if fate == "unknown" {
        counts.unknown += 1;
    } else if fate != truth.fate.word() {
        counts.by_default += 1;
    } else {
        match text(one, "certainty") {
            "high" => counts.high += 1,
            "medium" => counts.medium += 1,
            _ => counts.low += 1,
        }
    }
}

fn rank(one: &Value) -> u8 {
    match (text(one, "certainty"), text(one, "reason")) {
        ("high", _) => 4,
        ("medium", _) => 3,
        ("low", _) => 2,
        (_, "no_id") => 0,
        _ => 1,
    }
}

fn text<'a>(one: &'a Value, field: &str) -> &'a str {
    one[field].as_str().unwrap_or_default()
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} weeks, {} messages, {} recipients",
            self.weeks, self.messages, self.recipients
        )?;
        for (input, counts) in &self.counts {
            let Counts {
                high,
                medium,
                low,
                unknown,
                by_default,
                absent,
                wrong,
                reports,
            } = counts;
            writeln!(
                f,
                "{input:?}: right {} ({high} high, {medium} medium, {low} low), unknown {unknown}, as usual but not so here {by_default}, not listed {absent}, wrong {wrong}; {reports} reports",
                high + medium + low
            )?;
        }
        Ok(())
    }
}
