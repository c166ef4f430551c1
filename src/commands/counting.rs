//! Chooses the sessions that the options ask for, and counts them. The worker that reads a session
//! counts it.
//!
//! In: sessions, and the period and send connectors of the options. Out: a [`StreamAggregate`] of each
//! stream.

use std::mem::take;

use crate::aggregate::{Aggregate, StreamAggregate};
use crate::commands::chosen::count;
use crate::commands::inputs::Inputs;
use crate::commands::limits::Limits;
use crate::input::corpus::Corpus;
use crate::input::place::PlaceTable;
use crate::session::Session;
use crate::session::open_row_search::OpenSession;
use crate::session::sink::{Finish, Sink};
use crate::smtp::digest::SmtpDigest;
use crate::smtp::watch::Watch;

/// Counts sessions on the worker that reads them.
pub(crate) struct CountOnWorkers<'a> {
    corpus: &'a Corpus,
    limits: &'a Limits,
}

impl<'a> CountOnWorkers<'a> {
    pub(crate) fn new(inputs: &'a Inputs) -> CountOnWorkers<'a> {
        CountOnWorkers {
            corpus: &inputs.found.corpus,
            limits: &inputs.limits,
        }
    }

    pub(crate) fn count<W: Watch>(
        &self,
        stream: usize,
        session: &Session<SmtpDigest<W>>,
        into: &mut Aggregate,
    ) {
        count(self.limits, stream, session, into);
    }
}

impl Finish<SmtpDigest> for CountOnWorkers<'_> {
    type Part = Aggregate;

    fn finish(&self, file: usize, session: &Session<SmtpDigest>, part: &mut Aggregate) -> bool {
        self.count(self.corpus.files[file].stream, session, part);
        true
    }
}

/// Adds up what the workers have counted, stream by stream, and counts the sessions that borders cut.
pub(crate) struct Counting<'a> {
    on_workers: &'a CountOnWorkers<'a>,
    /// The stream that is read now.
    aggregate: Aggregate,
    streams: Vec<StreamAggregate>,
    /// The sessions of each stream that may go on.
    open: Vec<Vec<OpenSession>>,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(on_workers: &'a CountOnWorkers<'a>) -> Counting<'a> {
        let streams = on_workers.corpus.streams.iter();
        Counting {
            on_workers,
            aggregate: Aggregate::default(),
            streams: streams.map(|_| StreamAggregate::default()).collect(),
            open: vec![Vec::new(); on_workers.corpus.streams.len()],
        }
    }

    /// Adds what was counted of one chunk.
    pub(crate) fn merge(&mut self, part: Aggregate) {
        self.aggregate.merge(part);
    }

    /// All sessions of the stream have come.
    pub(crate) fn end(&mut self, stream: usize, places: &PlaceTable) {
        let first_file = self.on_workers.corpus.first_file(stream);
        let by_file = |place| places.by_file(place, first_file);
        self.streams[stream] = take(&mut self.aggregate).of_stream(by_file);
    }

    /// Notes the sessions that may go on.
    pub(crate) fn leave_open<W: Watch>(
        &mut self,
        stream: usize,
        sessions: &[Session<SmtpDigest<W>>],
    ) {
        let open = sessions.iter();
        self.open[stream] = open.map(|one| OpenSession::of(&one.frame)).collect();
    }

    /// What was counted of each stream.
    pub(crate) fn finish(self) -> Vec<StreamAggregate> {
        self.streams
    }

    /// The same, and the sessions of each stream that may go on. They were not counted.
    pub(crate) fn finish_open(self) -> (Vec<StreamAggregate>, Vec<Vec<OpenSession>>) {
        (self.streams, self.open)
    }
}

impl Sink<SmtpDigest, Aggregate> for Counting<'_> {
    fn take(&mut self, stream: usize, session: Session<SmtpDigest>, _places: &PlaceTable) {
        self.on_workers.count(stream, &session, &mut self.aggregate);
    }

    fn part(&mut self, _stream: usize, part: Aggregate) {
        self.merge(part);
    }

    fn open(&mut self, stream: usize, sessions: Vec<Session<SmtpDigest>>, _places: &PlaceTable) {
        self.leave_open(stream, &sessions);
    }

    fn end(&mut self, stream: usize, places: &PlaceTable) {
        Counting::end(self, stream, places);
    }
}
