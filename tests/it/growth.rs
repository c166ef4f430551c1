//! No input makes the work grow with the square of its size.
//!
//! The inputs are those of `benches/growth`, which measures the program as it is released. Here they are
//! small, and the bounds wide: linear work takes 4 times as long for four times as much, quadratic work
//! 16 times.

#[path = "../../benches/growth/exports.rs"]
mod exports;
#[path = "../../benches/growth/inputs.rs"]
mod inputs;
#[allow(dead_code, reason = "the bench shows memory too")]
#[path = "../../benches/growth/measure.rs"]
mod measure;
#[path = "../../benches/growth/session.rs"]
mod session;

use std::path::Path;

use crate::program::PROGRAM;
use inputs::{INPUTS, Input};

/// Growth from n to 4n that no linear work has, even if other work on the machine disturbs it.
const TOO_MUCH: f64 = 10.0;

/// Less time than this says nothing: the program takes a part of it to start.
const SHORT: f64 = 0.05;

/// How much smaller the inputs are than those of the bench.
const SMALLER: u32 = 24;

/// How often an input is measured that seems to grow too much. The least times count, because other work
/// only adds to them.
const TRIES: usize = 5;

/// The processor time that the input takes for n and for 4n, if it grows too much.
fn grown_too_much(input: &Input) -> Option<[f64; 2]> {
    let n = (input.n / SMALLER).max(1);
    let folders = [n, 4 * n].map(|n| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        (input.write)(folder.path(), n).expect("the input can be written");
        folder
    });
    let mut least = [f64::INFINITY; 2];
    for _ in 0..TRIES {
        for (seconds, folder) in least.iter_mut().zip(&folders) {
            let used = measure::run(Path::new(PROGRAM), input.command, folder.path());
            *seconds = seconds.min(used.seconds);
        }
        if least[1] < TOO_MUCH * least[0].max(SHORT) {
            return None;
        }
    }
    Some(least)
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells the processor time of the program"
)]
fn four_times_the_input_takes_no_sixteen_times_the_time() {
    let bad: Vec<String> = INPUTS
        .iter()
        .filter_map(|input| {
            let seconds = grown_too_much(input)?;
            Some(format!("{} ({}): {seconds:?}", input.what, input.name))
        })
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
