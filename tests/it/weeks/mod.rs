//! Weeks of logs that know what is wrong in them: the program's verdicts are counted against them.
//!
//! `world` makes a week from a seed, `plot` says what goes wrong, `story` how sessions go, `dialogue`
//! writes their rows and `writer` the files, `truth` and `status` count what must be reported, and
//! `score` compares. All of it follows the specification of the catalogue, not the code of the causes.
//!
//! `cargo test --test it weeks -- --nocapture` prints the table of `docs/accuracy.md`.
//! `SENDLENS_WEEK=17 SENDLENS_WEEK_DIR=/tmp/week cargo test --test it weeks` leaves the files of
//! one week in a folder instead.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::program;

use self::score::Score;

mod certificate_rows;
mod dialogue;
mod issue;
mod kinds;
pub(crate) mod model;
mod plot;
mod proxy;
mod replies;
mod score;
mod status;
mod story;
pub(crate) mod talk;
mod tenants;
mod truth;
mod world;
mod writer;

/// How many weeks are made.
const WEEKS: u64 = 240;
/// How many differences a failure lists.
const LISTED: usize = 20;

/// Writes one week into a folder.
pub(crate) fn write(seed: u64, folder: &Path) {
    writer::write(seed, folder);
}

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
    if keep_one() {
        return;
    }
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

/// Leaves one week in a folder, where the environment asks for it, and says what is in it.
#[allow(clippy::print_stdout, reason = "says what was left where")]
fn keep_one() -> bool {
    let (Ok(seed), Ok(folder)) = (
        std::env::var("SENDLENS_WEEK"),
        std::env::var("SENDLENS_WEEK_DIR"),
    ) else {
        return false;
    };
    let seed = seed.parse().expect("SENDLENS_WEEK is a number");
    let score = examine(seed, Path::new(&folder));
    let truth = writer::write(seed, Path::new(&folder));
    println!("{truth:#?}\n{score}\n{}", score.differences.join("\n"));
    true
}

#[test]
fn a_seed_gives_the_same_week_again() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let truths = folders
        .each_ref()
        .map(|folder| format!("{:?}", writer::write(17, folder.path())));
    assert_eq!(truths[0], truths[1]);
    let reports = folders.each_ref().map(|folder| {
        let call = program::Call::new(["diagnose", "-f", "json", "."]);
        call.folder(folder.path()).run().out
    });
    assert_eq!(reports[0], reports[1]);
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
