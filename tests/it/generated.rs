//! Generated weeks whose truth is known: runs what examines one week for every seed.
//!
//! In: what writes a week into a folder, and what examines it. Out: a [`Score`] over all weeks, and what
//! differs.
//! Must not know what a week holds: [`crate::weeks`] and [`crate::fates`] do.
//!
//! `SENDLENS_WEEK=17 SENDLENS_WEEK_DIR=/tmp/week` leaves the files of one week in a folder instead.

use std::fmt::{Debug, Display};
use std::path::Path;

use rayon::prelude::*;

use crate::program::Call;

/// How many differences a failure lists.
const LISTED: usize = 20;

/// How often the program was right.
pub(crate) trait Score: Default + Display + Send {
    /// Adds another score.
    fn add(self, other: Self) -> Self;

    /// What differs from the truth, one line each.
    fn differences(&self) -> &[String];

    /// The first differences, and how many there are.
    fn listed(&self) -> String {
        let all = self.differences();
        let shown = all[..all.len().min(LISTED)].join("\n");
        format!("{shown}\n… of {}", all.len())
    }
}

/// What makes weeks and examines them.
pub(crate) struct Harness<T, S> {
    /// How many weeks are made.
    pub(crate) weeks: u64,
    /// Writes the week of a seed into a folder, and returns the truth.
    pub(crate) write: fn(u64, &Path) -> T,
    /// Writes it and scores what the program says of it.
    pub(crate) examine: fn(u64, &Path) -> S,
}

impl<T: Debug, S: Score> Harness<T, S> {
    /// Examines all weeks, each in a folder of its own, and prints the score. `None` if the environment
    /// asks for the files of one week instead.
    #[allow(clippy::print_stdout, reason = "the table is what the test is for")]
    pub(crate) fn score(&self) -> Option<S> {
        if self.keep_one() {
            return None;
        }
        let examine = self.examine;
        let one = |seed| {
            let folder = tempfile::tempdir().expect("a folder");
            examine(seed, folder.path())
        };
        let weeks = (0..self.weeks).into_par_iter();
        let score = weeks.map(one).reduce(S::default, S::add);
        println!("{score}");
        Some(score)
    }

    /// Leaves one week in a folder, where the environment asks for it, and says what is in it.
    #[allow(clippy::print_stdout, reason = "says what was left where")]
    fn keep_one(&self) -> bool {
        let (Ok(seed), Ok(folder)) = (
            std::env::var("SENDLENS_WEEK"),
            std::env::var("SENDLENS_WEEK_DIR"),
        ) else {
            return false;
        };
        let seed = seed.parse().expect("SENDLENS_WEEK is a number");
        let score = (self.examine)(seed, Path::new(&folder));
        let truth = (self.write)(seed, Path::new(&folder));
        println!("{truth:#?}\n{score}\n{}", score.differences().join("\n"));
        true
    }

    /// Holds two weeks of one seed against each other: the truth, and what a command says of the files.
    pub(crate) fn gives_the_same_again(&self, command: &[&str]) {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let folders = folders.each_ref();
        let truths = folders.map(|folder| format!("{:?}", (self.write)(17, folder.path())));
        assert_eq!(truths[0], truths[1]);
        let said = folders.map(|folder| {
            let call = Call::new(command).argument(".").folder(folder.path());
            call.run().out
        });
        assert_eq!(said[0], said[1]);
        assert!(!said[0].is_empty());
    }
}
