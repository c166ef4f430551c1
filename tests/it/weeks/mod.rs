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

use crate::generated::{Harness, Score as _};
use crate::program;

use self::score::Score;
use self::truth::Truth;

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

/// The weeks, and what examines them.
const HARNESS: Harness<Truth, Score> = Harness {
    weeks: WEEKS,
    write: writer::write,
    examine,
};

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
fn weeks_are_reported_as_they_are() {
    let Some(score) = HARNESS.score() else {
        return;
    };
    let listed = score.listed();
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
    assert!(score.differences.is_empty(), "{score}\n{listed}");
}

#[test]
fn a_seed_gives_the_same_week_again() {
    HARNESS.gives_the_same_again(&["diagnose", "-f", "json"]);
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
