//! Reads tracking logs on all cores: workers read chunks in any order, one thread takes the steps in order.
//!
//! In: the files, and what is wanted. Out: the steps, and the counts of all lines.
//! Must not depend on the number of threads: the chunks are always the same, and only the calling
//! thread puts them together.
//! Memory: the wanted rows of the chunks in flight, and 16 bytes for each wanted row.

use crate::input::corpus::FileError;
use crate::input::lines::LineCounts;
use crate::input::notes::Notes;
use crate::input::place::PlaceTable;
use crate::input::timestamp::Timestamp;
use crate::input::tracking_file::TrackingFile;

use super::step::TrackingStep;
use super::wanted::Wanted;

/// How to read.
pub struct Plan<'a> {
    /// The tracking logs.
    pub files: &'a [TrackingFile],
    /// Which rows are wanted.
    pub wanted: &'a Wanted,
    /// The threads that read.
    pub pool: &'a rayon::ThreadPool,
    /// Receives the number of bytes of each chunk.
    pub progress: &'a dyn Fn(u64),
}

/// What was read.
#[derive(Debug)]
pub struct TrackingResult {
    /// Lines by kind.
    pub counts: LineCounts,
    /// Wanted rows, those that were read twice not counted.
    pub wanted_rows: u64,
    /// Wanted rows that are the same as one before, so that they gave no steps.
    pub duplicates: u64,
    /// Oddities.
    pub notes: Notes,
    /// Malformed lines at the end of their file, where Exchange may still have been writing.
    pub cut_tails: u64,
    /// The earliest and the latest row of each file.
    pub spans: Vec<(Timestamp, Timestamp)>,
    /// Bytes read.
    pub bytes: u64,
    /// The file and line of each place in the notes.
    pub places: PlaceTable,
    /// The index of each file that could not be read to its end, with the reason.
    pub errors: Vec<FileError>,
}

/// Reads all files. `take` receives the steps in the order of files and lines.
pub fn each_step(plan: &Plan<'_>, take: &mut dyn FnMut(TrackingStep)) -> TrackingResult {
    unimplemented!("{} {}", plan.files.len(), std::mem::size_of_val(take))
}

/// Reads all files. The steps come in the order of their time; those of the same time in the order
/// of files and lines.
pub fn collect(plan: &Plan<'_>) -> (Vec<TrackingStep>, TrackingResult) {
    let mut steps = Vec::new();
    let result = each_step(plan, &mut |step| steps.push(step));
    steps.sort_by_key(|step| (step.entry.time, step.entry.file, step.entry.line));
    (steps, result)
}
