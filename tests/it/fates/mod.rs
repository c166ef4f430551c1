//! Weeks of mail whose fates are known: what `sendlens messages` says of each recipient is compared with
//! what became of it.
//!
//! `world` has the servers, `plots` the stories of messages, `course` and
//! `copies` their parts, `mail` and `reports` what servers do with them, `send_rows`
//! and `tracking_rows` the rows that show it, `writer` the files, `views` and `truth` what each input
//! shows, and `score` compares. All of it follows the specification of tracking logs and fates, not the
//! code of the rules.
//!
//! `cargo test --test it fates -- --nocapture` prints how often the program is right.
//! `SENDLENS_WEEK=17 SENDLENS_WEEK_DIR=/tmp/week cargo test --test it fates` leaves the files of one week
//! in a folder instead.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::generated::{Harness, Score as _};
use crate::program::Call;

use self::score::Score;
use self::truth::{INPUTS, Input, Truth};
use self::world::Week;

mod copies;
mod course;
mod mail;
mod plots;
mod reports;
mod score;
mod send_rows;
mod tracking_rows;
mod truth;
mod views;
mod windows;
mod world;
mod writer;

/// How many weeks are made.
const WEEKS: u64 = 60;

/// The weeks, and what examines them.
const HARNESS: Harness<Vec<Truth>, Score> = Harness {
    weeks: WEEKS,
    write,
    examine,
};

/// Writes one week into a folder.
fn write(seed: u64, folder: &Path) -> Vec<Truth> {
    let mut week = Week::of(seed);
    week.play();
    week.write(folder);
    week.truths
}

fn listed(folder: &Path, input: Input, options: &[&str]) -> Vec<Value> {
    let folder = match input {
        Input::Everything => folder.to_owned(),
        Input::SendLogs => folder.join(writer::SEND),
        Input::TrackingLogs => folder.join(writer::TRACKING),
    };
    let call = Call::new(["messages", "--threads", "1"]);
    let call = options.iter().fold(call, Call::argument);
    let run = call.argument(folder).run();
    assert_eq!(run.code, 0, "{}", run.err);
    let mut records = run.lines();
    let summary = records.pop().expect("a summary");
    assert_eq!(summary["type"], "summary");
    records
}

/// Writes one week into a folder and scores what is listed of it.
fn examine(seed: u64, folder: &Path) -> Score {
    let truths = write(seed, folder);
    let messages: BTreeSet<&str> = truths.iter().map(|one| one.message.as_str()).collect();
    let mut score = Score {
        weeks: 1,
        messages: messages.len() as u64,
        recipients: truths.len() as u64,
        ..Score::default()
    };
    for input in INPUTS {
        let all = listed(folder, input, &["--all"]);
        score.list(seed, input, &truths, &all);
        if (seed + input as u64).is_multiple_of(5) {
            let some = listed(folder, input, &[]);
            score.shorter(seed, input, &truths, (&all, &some));
        }
    }
    score
}

#[test]
fn what_became_of_the_mail_is_listed_as_it_is() {
    let Some(score) = HARNESS.score() else {
        return;
    };
    assert!(score.differences.is_empty(), "{score}\n{}", score.listed());
}

/// Whether Exchange Online refused or deferred one of its attempts.
fn has_failed(record: &Value) -> bool {
    let attempts = record["attempts"].as_array().expect("attempts");
    attempts.iter().any(|attempt| {
        attempt["exchange_online"] == true
            && matches!(
                attempt["outcome"].as_str(),
                Some("refused" | "deferred" | "broken")
            )
    })
}

#[test]
fn one_reading_finds_what_two_readings_find() {
    let (mut moved, mut checked) = (0, 0);
    for seed in 100..112 {
        let folder = tempfile::tempdir().expect("a folder");
        write(seed, folder.path());
        for input in [Input::Everything, Input::SendLogs] {
            // Whoever lists all messages reads all logs twice.
            let all = listed(folder.path(), input, &["--all"]);
            let some = listed(folder.path(), input, &[]);
            let mut rest = all.iter();
            for record in &some {
                assert!(
                    rest.any(|other| other == record),
                    "week {seed}, {input:?}: not with --all, or in another order: {record}"
                );
            }
            let failed: Vec<&Value> = all.iter().filter(|one| has_failed(one)).collect();
            for record in &failed {
                assert!(some.contains(record), "week {seed}, {input:?}: {record}");
            }
            checked += failed.len();
            // Attempts that were read before it was known that the message is followed.
            let streams = |record: &&&Value| {
                let attempts = record["attempts"].as_array().expect("attempts");
                let names: Vec<&str> = attempts
                    .iter()
                    .filter_map(|one| one["stream"].as_str())
                    .collect();
                let later = names.windows(2).any(|pair| pair[0] > pair[1]);
                later
                    || attempts
                        .first()
                        .is_some_and(|one| one["outcome"] == "taken")
            };
            moved += failed.iter().filter(streams).count();
        }
    }
    assert!(
        checked > 200 && moved > 5,
        "{checked} messages, {moved} of them moved"
    );
}

#[test]
fn a_seed_gives_the_same_mail_again() {
    HARNESS.gives_the_same_again(&["messages", "--all"]);
}

#[test]
fn every_story_is_told_and_every_fate_met() {
    let weeks: Vec<Vec<Truth>> = (0..16)
        .map(|seed| {
            let mut week = Week::of(seed);
            week.play();
            week.truths
        })
        .collect();
    let told: BTreeSet<&str> = weeks.iter().flatten().map(|truth| truth.story).collect();
    assert!(told.len() >= 16, "{told:?}");
    let fates: BTreeSet<_> = weeks.iter().flatten().map(|truth| truth.fate).collect();
    assert!(fates.len() >= 5, "{fates:?}");
}
