//! Reads all sessions and analyses them.
//!
//! In: a [`Config`] and its [`Inputs`]. Out: the sessions, given to a sink, or an [`Analysis`] of all
//! of them. Warnings go to standard error.
//! Must not write a report.

use super::config::Config;
use super::counting::{CountOnWorkers, Counting};
use super::digests::Origin;
use super::inputs::{Inputs, not_to_its_end, skipped, warn};
use crate::aggregate::{Aggregate, FrontEndsAlone, StreamAggregate, StreamPlace, Totals};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::{destination, outage};
use crate::input::timestamp::Timestamp;
use crate::progress;
use crate::queue::Queues;
use crate::report::build::Reading;
use crate::session::Digest;
use crate::session::parallel::{self, Plan, ReadResult, Resume};
use crate::session::sink::{Finish, Sink};
use crate::session::stream_read::StreamRead;

/// Reads all sessions, gives them to the sink, and warns of files that cannot be read.
pub(crate) fn read_sessions<D: Digest, F: Finish<D>>(
    config: &Config,
    inputs: &Inputs,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    read_and_warn(config, inputs, Reads::Everything, finish, sink)
}

/// The same for a digest.
pub(crate) fn read_for_digest<D: Digest, F: Finish<D>>(
    config: &Config,
    inputs: &Inputs,
    digest: ForDigest<'_>,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    read_and_warn(config, inputs, Reads::ForDigest(digest), finish, sink)
}

fn read_and_warn<D: Digest, F: Finish<D>>(
    config: &Config,
    inputs: &Inputs,
    reads: Reads<'_>,
    finish: &F,
    sink: &mut dyn Sink<D, F::Part>,
) -> ReadResult {
    let result = read_again(config, inputs, reads, finish, sink);
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
    /// What is not yet in a digest of all streams.
    ForDigest(ForDigest<'a>),
    /// Those for which this is true.
    Streams(&'a [bool]),
}

/// How streams are read for a digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForDigest<'a> {
    /// For each stream, whether the sessions that may go on at its end are shown apart.
    pub(crate) keeps_open: &'a [bool],
    /// For each stream, how it goes on behind what was read earlier.
    pub(crate) resumes: &'a [Option<Resume<'a>>],
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
    let progress = progress::new(config.language, config.progress, corpus.bytes_to_read());
    let advance = |bytes| progress.advance(bytes);
    let plan = Plan {
        corpus,
        streams: match reads {
            Reads::Everything | Reads::ForDigest(_) => None,
            Reads::Streams(streams) => Some(streams),
        },
        keeps_open: match reads {
            Reads::ForDigest(digest) => Some(digest.keeps_open),
            Reads::Everything | Reads::Streams(_) => None,
        },
        resumes: match reads {
            Reads::ForDigest(digest) => digest.resumes,
            Reads::Everything | Reads::Streams(_) => &[],
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
    let on_workers = CountOnWorkers::new(inputs);
    let mut counting = Counting::new(&on_workers);
    let result = read_sessions(config, inputs, &on_workers, &mut counting);
    let whole = result.errors.is_empty();
    let streams = ReadStreams {
        aggregates: counting.finish(),
        reads: result.streams,
    };
    let found = analysis_of(config, inputs, streams, with);
    (found, whole)
}

/// What is known of each stream.
pub(crate) struct ReadStreams {
    pub(crate) aggregates: Vec<StreamAggregate>,
    pub(crate) reads: Vec<StreamRead>,
}

impl ReadStreams {
    /// The fold: the streams become one whole, in the order of their names.
    fn fold(self, inputs: &Inputs) -> (Totals, StreamRead) {
        let logs = &inputs.logs;
        let mut read = StreamRead::default();
        let mut aggregates: Vec<_> = self.aggregates.into_iter().map(Some).collect();
        let streams = inputs.origins.iter().enumerate();
        let aggregate = Aggregate::of_streams(streams.map(|(stream, origin)| {
            let first_file = logs.first_file(stream);
            let aggregate = match *origin {
                Origin::Logs(index) => {
                    read.add_stream(&self.reads[index], first_file);
                    aggregates[index].take().unwrap_or_default()
                }
                Origin::Digest(index) => {
                    let digest = &inputs.digests.finished[index];
                    read.add_stream(&digest.read, first_file);
                    digest.aggregate.clone()
                }
            };
            (StreamPlace { stream, first_file }, aggregate)
        }));
        let alone = if inputs.limits.choose_all() {
            FrontEndsAlone::Count
        } else {
            FrontEndsAlone::LeaveOut
        };
        let servers = logs.streams.iter().map(|stream| stream.server.clone());
        let servers: Vec<_> = servers.collect();
        (aggregate.finish(&servers, alone), read)
    }
}

/// Analyses what was counted of all sessions. `with` gets the analysis.
pub(crate) fn analysis_of<T>(
    config: &Config,
    inputs: &Inputs,
    streams: ReadStreams,
    with: impl FnOnce(&Analysis<'_>, &Reading<'_>) -> T,
) -> T {
    let (mut totals, read) = streams.fold(inputs);
    destination::decide(&mut totals, &inputs.exports.on_premises);
    outage::decide(&mut totals);
    let logs = &inputs.logs;
    let analysis = Analysis::new(
        &totals,
        &logs.streams,
        &inputs.exports.tenants,
        &inputs.exports.on_premises,
        config.strict,
        config.language,
    );
    let reading = Reading {
        logs,
        counts: read.counts,
        bytes: read.bytes,
        cut_tails: read.cut_tails,
        first: read.first,
        last: read.last,
        period: inputs.limits.of_period(read.first, read.last),
        now: config.now.unwrap_or(match read.last.known() {
            Some(last) => last,
            None => as_of(&inputs.exports.queues),
        }),
        notes: read.notes,
        skipped: skipped(config.language, inputs),
        export_notes: inputs.exports.notes.clone(),
        sessions_left_out: totals.sessions_left_out,
        queues: &inputs.exports.queues,
        queues_in_period: inputs
            .exports
            .queues
            .queues
            .iter()
            .filter(|queue| inputs.limits.reach(queue))
            .collect(),
    };
    with(&analysis, &reading)
}
