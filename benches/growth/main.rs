//! Measures how time and memory grow with inputs that somebody chose, and prints Markdown tables.
//!
//! ```sh
//! cargo bench --bench growth
//! cargo bench --bench growth -- certificates proxied smaller=8 runs=1
//! ```
//!
//! Each row is one way to write a large input. It is written three times, with n, 2n and 4n of what the
//! row names. Linear work takes 4 times as long for 4n as for n, quadratic work 16 times. The time is
//! that of the processors, the best of three runs, and the memory is the largest that was resident, as
//! Linux counts them; elsewhere the time is that of the clock, and the memory is not shown.
//! Names of rows as arguments select them, and the numbers of runs and of what the rows name may be
//! smaller. `SENDLENS` names another build of the program to measure.

mod exports;
mod inputs;
mod measure;
mod session;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use inputs::{INPUTS, Input};
use measure::Used;

/// Growth from n to 4n that no linear work has.
const TOO_MUCH: f64 = 8.0;

#[expect(clippy::print_stdout, reason = "the tables are what it is for")]
fn main() -> ExitCode {
    let program = std::env::var_os("SENDLENS");
    let program = program.map_or_else(|| env!("CARGO_BIN_EXE_sendlens").into(), PathBuf::from);
    // Cargo adds options of its own.
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let mut given = chosen.iter().filter_map(|one| one.strip_prefix(name));
        given.find_map(|number| number.parse::<u32>().ok())
    };
    let (smaller, runs) = (option("smaller="), option("runs="));
    let names: Vec<&String> = chosen
        .iter()
        .filter(|name| !name.starts_with('-') && !name.contains('='))
        .collect();
    println!("| input | n | time for n | 2n | 4n | growth | memory for n | 2n | 4n | growth |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut bad = Vec::new();
    for input in INPUTS {
        if names.is_empty() || names.iter().any(|name| *name == input.name) {
            let n = (input.n / smaller.unwrap_or(1)).max(1);
            let growth = row(&program, input, n, runs.unwrap_or(3).max(1));
            if growth > TOO_MUCH {
                bad.push(input.name);
            }
        }
    }
    if !bad.is_empty() {
        println!(
            "\nThese grow more than {TOO_MUCH} times: {}",
            bad.join(", ")
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the tables are what it is for")]
/// Measures and prints a row. Gives the growth of its time.
fn row(program: &Path, input: &Input, n: u32, runs: u32) -> f64 {
    let used = [1, 2, 4].map(|factor| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        (input.write)(folder.path(), factor * n).expect("the input can be written");
        let runs = (0..runs).map(|_| measure::run(program, input.command, folder.path()));
        runs.reduce(Used::least).expect("a run")
    });
    let seconds = used.map(|one| one.seconds);
    let growth = seconds[2] / seconds[0].max(0.01);
    let times = seconds.map(|time| format!("{time:.2} s")).join(" | ");
    let memory = used.map(|one| one.bytes.map(|bytes| bytes as f64 / 1e6));
    let sizes =
        memory.map(|size| size.map_or_else(|| "–".to_owned(), |size| format!("{size:.0} MB")));
    let larger = match memory {
        [Some(small), _, Some(large)] => format!("{:.1}", large / small),
        _ => "–".to_owned(),
    };
    println!(
        "| {} (`{}`) | {} | {times} | {growth:.1} | {} | {larger} |",
        input.what,
        input.name,
        n,
        sizes.join(" | "),
    );
    growth
}
