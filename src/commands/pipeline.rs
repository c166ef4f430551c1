//! Reads all sessions and analyses them.
//!
//! In: a [`Config`] and its [`Inputs`]. Out: the sessions, given to a sink, or an [`Analysis`] of all
//! of them. Warnings go to standard error.
//! Must not write a report.

use super::config::Config;
use super::counting::{CountOnWorkers, Counting};
use super::inputs::{Inputs, not_to_its_end, skipped, warn};
use crate::aggregate::Totals;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::{destination, outage};
use crate::input::timestamp::Timestamp;
use crate::progress;
use crate::queue::Queues;
use crate::report::build::Reading;
use crate::session::Digest;
use crate::session::parallel::{self, Plan, ReadResult};
use crate::session::sink::{Finish, Sink};

/// Reads all sessions, gives them to the sink, and warns of files that cannot be read.
pub(crate) fn read_sessions<D: Digest, F: Finish<D>>(
    config: &Config,
    inputs: &Inputs,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    let result = read_again(config, inputs, Reads::Everything, finish, sink);
    for (file, error) in &result.errors {
        let name = &inputs.found.corpus.files[*file].name;
        let sentence = not_to_its_end(config.language, name, &error.to_string());
        warn(config, &sentence);
    }
    result
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reads<'a> {
    /// All streams.
    Everything,
    /// Those for which this is true.
    Streams(&'a [bool]),
}

/// Reads sessions and gives them to the sink.
pub(crate) fn read_again<D: Digest, F: Finish<D>>(
    config: &Config,
    inputs: &Inputs,
    reads: Reads<'_>,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    let corpus = &inputs.found.corpus;
    let progress = progress::new(config.language, config.progress, corpus.total_bytes());
    let advance = |bytes| progress.advance(bytes);
    let plan = Plan {
        corpus,
        streams: match reads {
            Reads::Everything => None,
            Reads::Streams(streams) => Some(streams),
        },
        pool: &inputs.pool,
        progress: &advance,
    };
    let result = parallel::assemble(&plan, finish, sink);
    progress.finish();
    result
}

/// The newest time at which the queues are shown, for an input without logs.
fn as_of(queues: &Queues) -> Timestamp {
    let shown = queues.queues.iter();
    let newest = shown.filter_map(|queue| queue.as_of.time()).max();
    newest.map_or(Timestamp::UNKNOWN, Timestamp::from)
}

/// Reads all sessions and analyses them. `with` gets the analysis. The second result is whether all
/// files could be read to their end.
pub(crate) fn analysed<T>(
    config: &Config,
    inputs: &Inputs,
    with: impl FnOnce(&Analysis<'_>, &Reading<'_>) -> T,
) -> (T, bool) {
    let on_workers = CountOnWorkers::new(config, inputs);
    let mut counting = Counting::new(&on_workers);
    let result = read_sessions(config, inputs, &on_workers, &mut counting);
    let whole = result.errors.is_empty();
    let found = analysis_of(config, inputs, counting.finish(), &result, with);
    (found, whole)
}

/// Analyses what was counted of all sessions. `with` gets the analysis.
pub(crate) fn analysis_of<T>(
    config: &Config,
    inputs: &Inputs,
    mut totals: Totals,
    result: &ReadResult,
    with: impl FnOnce(&Analysis<'_>, &Reading<'_>) -> T,
) -> T {
    destination::decide(&mut totals, &inputs.exports.on_premises);
    outage::decide(&mut totals);
    let corpus = &inputs.found.corpus;
    let analysis = Analysis::new(
        &totals,
        &corpus.streams,
        &inputs.exports.tenants,
        &inputs.exports.on_premises,
        config.strict,
        config.language,
    );
    let reading = Reading {
        corpus,
        places: &result.places,
        counts: result.counts,
        bytes: result.bytes,
        notes: result.notes.clone(),
        cut_tails: result.cut_tails,
        first: result.first,
        last: result.last,
        period: inputs.period.of(result.first, result.last),
        now: config.now.unwrap_or(match result.last.known() {
            Some(last) => last,
            None => as_of(&inputs.exports.queues),
        }),
        skipped: skipped(config.language, inputs),
        export_notes: inputs.exports.notes.clone(),
        sessions_left_out: totals.sessions_left_out,
        queues: &inputs.exports.queues,
        queues_in_period: inputs
            .exports
            .queues
            .queues
            .iter()
            .filter(|queue| inputs.period.reaches(queue))
            .collect(),
    };
    with(&analysis, &reading)
}
