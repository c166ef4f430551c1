//! Chooses the sessions that the options ask for, and counts them. The worker that reads a session
//! counts it.
//!
//! In: sessions, and the period and send connectors of the options. Out: a filled [`Aggregate`].

use crate::aggregate::{Aggregate, FrontEndsAlone, LeftOut, Totals};
use crate::commands::config::Config;
use crate::commands::inputs::{Inputs, Period};
use crate::input::corpus::Corpus;
use crate::input::place::PlaceTable;
use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::sink::{Finish, Sink};
use crate::smtp::digest::SmtpDigest;
use crate::smtp::facts::ProxyPart;
use crate::smtp::watch::Watch;

/// True where a session is in the period and of the connectors asked for.
pub(crate) fn frame_asked_for(config: &Config, period: &Period, frame: &Frame) -> bool {
    connector_asked_for(config, frame) && period.holds(frame)
}

fn connector_asked_for(config: &Config, frame: &Frame) -> bool {
    let pattern = config.connector.as_ref();
    pattern.is_none_or(|pattern| pattern.is_match(frame.connector.as_ref()))
}

/// Counts sessions on the worker that reads them.
pub(crate) struct CountOnWorkers<'a> {
    config: &'a Config,
    corpus: &'a Corpus,
    period: &'a Period,
}

impl<'a> CountOnWorkers<'a> {
    pub(crate) fn new(config: &'a Config, inputs: &'a Inputs) -> CountOnWorkers<'a> {
        CountOnWorkers {
            config,
            corpus: &inputs.found.corpus,
            period: &inputs.period,
        }
    }

    pub(crate) fn count<W: Watch>(
        &self,
        stream: usize,
        session: &Session<SmtpDigest<W>>,
        into: &mut Aggregate,
    ) {
        // A front end's session belongs to its hub's, whose name and time decide.
        let front_end = matches!(session.digest.proxy(), ProxyPart::FrontEnd { .. });
        if front_end || frame_asked_for(self.config, self.period, &session.frame) {
            return into.add(stream, session);
        }
        // What was offered before the period explains what is rejected in it.
        let earlier = connector_asked_for(self.config, &session.frame)
            && self.period.begins_after(&session.frame);
        let why = if earlier {
            LeftOut::Earlier
        } else {
            LeftOut::NotAskedFor
        };
        into.leave_out(stream, session, why);
    }
}

impl Finish<SmtpDigest> for CountOnWorkers<'_> {
    type Part = Aggregate;

    fn finish(&self, file: usize, session: &Session<SmtpDigest>, part: &mut Aggregate) -> bool {
        self.count(self.corpus.files[file].stream, session, part);
        true
    }
}

/// Adds up what the workers have counted, and counts the sessions that borders cut.
pub(crate) struct Counting<'a> {
    on_workers: &'a CountOnWorkers<'a>,
    aggregate: Aggregate,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(on_workers: &'a CountOnWorkers<'a>) -> Counting<'a> {
        Counting {
            on_workers,
            aggregate: Aggregate::default(),
        }
    }

    /// Adds what was counted of one chunk.
    pub(crate) fn merge(&mut self, part: Aggregate) {
        self.aggregate.merge(part);
    }

    /// All sessions have come.
    pub(crate) fn finish(self) -> Totals {
        let CountOnWorkers { config, corpus, .. } = self.on_workers;
        let all = config.connector.is_none() && config.since.is_none() && config.until.is_none();
        let alone = if all {
            FrontEndsAlone::Count
        } else {
            FrontEndsAlone::LeaveOut
        };
        let streams = corpus.streams.iter();
        let servers: Vec<_> = streams.map(|stream| stream.server.clone()).collect();
        self.aggregate.finish(&servers, alone)
    }
}

impl Sink<SmtpDigest, Aggregate> for Counting<'_> {
    fn take(&mut self, stream: usize, session: Session<SmtpDigest>, _places: &PlaceTable) {
        self.on_workers.count(stream, &session, &mut self.aggregate);
    }

    fn part(&mut self, _stream: usize, part: Aggregate) {
        self.aggregate.merge(part);
    }
}
