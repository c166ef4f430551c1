//! Weeks of logs that know what is wrong in them: the program's verdicts are counted against them.
//!
//! `world` makes a week from a seed, `plot` says what goes wrong, `story` how sessions go, `dialogue` writes their rows,
//! `writer` the files, `truth` counts what must be reported, `score` compares. All of it follows
//! the specification of the catalogue, not the code of the causes.
//!
//! `cargo test --test it weeks -- --nocapture` prints the table of `docs/accuracy.md`.
//! `SENDLENS_WEEK=17 SENDLENS_WEEK_DIR=/tmp/week cargo test --test it weeks` also leaves the files
//! of one week in a folder.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::program;

use self::score::Score;

mod certificate_rows;
mod dialogue;
mod issue;
mod kinds;
mod model;
mod plot;
mod replies;
mod score;
mod story;
mod talk;
mod tenants;
mod truth;
mod world;
mod writer;

/// How many weeks are made.
const WEEKS: u64 = 240;
/// How many differences a failure lists.
const LISTED: usize = 20;

/// Writes one week into a folder and scores the report about it.
fn examine(seed: u64, folder: &Path) -> Score {
    let truth = writer::write(seed, folder);
    let folder = folder.to_str().expect("a path in UTF-8");
    let run = program::run(["diagnose", "-f", "json", "--threads", "1", folder]);
    score::score(seed, &truth, &run.json())
}

#[test]
#[allow(clippy::print_stdout, reason = "the table is what the test is for")]
fn weeks_are_reported_as_they_are() {
    keep_one();
    let score = (0..WEEKS)
        .into_par_iter()
        .map(|seed| {
            let folder = tempfile::tempdir().expect("a folder");
            examine(seed, folder.path())
        })
        .reduce(Score::default, Score::add);
    println!("{score}");
    let listed: Vec<&str> = score.differences.iter().map(String::as_str).collect();
    let more = listed.len().saturating_sub(LISTED);
    let listed = listed[..listed.len().min(LISTED)].join("\n");
    let high = score.of("high");
    let medium = score.of("medium");
    let medium_wrong = medium.wrong + medium.false_alarms;
    assert_eq!(
        high.wrong + high.false_alarms,
        0,
        "'high' is wrong\n{listed}"
    );
    assert!(
        medium_wrong * 20 <= medium.right + medium_wrong,
        "'medium' is wrong too often\n{listed}"
    );
    assert!(
        score.differences.is_empty(),
        "{score}\n{listed}\n… and {more} more"
    );
}

/// Leaves one week in a folder, where the environment asks for it.
#[allow(clippy::print_stdout, reason = "says what was left where")]
fn keep_one() {
    let (Ok(seed), Ok(folder)) = (
        std::env::var("SENDLENS_WEEK"),
        std::env::var("SENDLENS_WEEK_DIR"),
    ) else {
        return;
    };
    let seed = seed.parse().expect("SENDLENS_WEEK is a number");
    let score = examine(seed, Path::new(&folder));
    let truth = writer::write(seed, Path::new(&folder));
    println!("{truth:#?}\n{score}\n{}", score.differences.join("\n"));
}

#[test]
fn every_kind_of_story_has_its_week() {
    let mut told = BTreeSet::new();
    for seed in 0..WEEKS {
        let world = world::of(seed);
        let stories = world.connectors.iter().flat_map(|of| &of.stories);
        told.extend(stories.map(|story| story.kind));
    }
    let several = (0..WEEKS).filter(|seed| {
        let connectors = world::of(*seed).connectors;
        connectors
            .iter()
            .any(|connector| connector.stories.len() > 1)
    });
    assert!(several.count() > 40);
    let all = kinds::SHARED.iter().chain(&kinds::ALONE);
    let untold: Vec<_> = all.filter(|kind| !told.contains(kind)).collect();
    assert!(untold.is_empty(), "{untold:?}");
}
