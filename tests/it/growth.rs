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
use inputs::INPUTS;

/// Growth from n to 4n that no linear work has.
const TOO_MUCH: f64 = 8.0;

/// Less time than this says nothing.
const SHORT: f64 = 0.2;

/// How much smaller the inputs are than those of the bench.
const SMALLER: u32 = 8;

/// Not linear yet: exported send connectors and certificates that grow together.
const NOT_YET: &str = "exported-both";

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "only Linux tells the processor time of the program"
)]
fn four_times_the_input_takes_no_sixteen_times_the_time() {
    let mut bad = Vec::new();
    for input in INPUTS.iter().filter(|input| input.name != NOT_YET) {
        let seconds = |n: u32| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            (input.write)(folder.path(), n).expect("the input can be written");
            measure::run(Path::new(PROGRAM), input.command, folder.path()).seconds
        };
        let growth = || {
            let n = input.n / SMALLER;
            seconds(4 * n) / seconds(n).max(SHORT)
        };
        // Other work on the machine may disturb one of them, hardly three.
        let tries = [(); 3].iter().map(|()| growth());
        let grown: Vec<f64> = tries.take_while(|growth| *growth >= TOO_MUCH).collect();
        if grown.len() == 3 {
            bad.push(format!("{} ({}): {grown:?}", input.what, input.name));
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}
