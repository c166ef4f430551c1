//! Counts sessions and keeps all attempts to send messages, for a digest.
//!
//! In: sessions, in chunks. Out: a [`StreamAggregate`] and a [`StreamMail`] of each stream.
//! Must not decide which messages are followed: other streams and exports do.
//! Memory: all attempts, so that it is done for logs of a limited size only.

use std::mem::take;

use super::chosen::keep;
use super::counting::{CountOnWorkers, Counting};
use super::inputs::Inputs;
use crate::aggregate::{Aggregate, StreamAggregate};
use crate::digest_file::StreamMail;
use crate::input::place::PlaceTable;
use crate::mail::attempt::MailDigest;
use crate::session::Session;
use crate::session::open_row_search::OpenSession;
use crate::session::sink::{Finish, Sink};

/// What is done with each session.
pub(super) struct KeepAttempts<'a> {
    inputs: &'a Inputs,
    counting: &'a CountOnWorkers<'a>,
}

/// What comes of one chunk.
#[derive(Default)]
pub(super) struct Part {
    aggregate: Aggregate,
    mail: StreamMail,
}

impl<'a> KeepAttempts<'a> {
    pub(super) fn new(inputs: &'a Inputs, counting: &'a CountOnWorkers<'a>) -> KeepAttempts<'a> {
        KeepAttempts { inputs, counting }
    }

    fn session(&self, stream: usize, session: &Session<MailDigest>, part: &mut Part) {
        self.counting.count(stream, session, &mut part.aggregate);
        keep(&self.inputs.limits, stream, session, &mut part.mail);
    }
}

impl Finish<MailDigest> for KeepAttempts<'_> {
    type Part = Part;

    /// Attempts wait for the chunks before them.
    const LARGEST_CHUNK: u64 = 12 * 1024 * 1024;

    fn finish(&self, file: usize, session: &Session<MailDigest>, part: &mut Part) -> bool {
        self.session(self.inputs.found.corpus.files[file].stream, session, part);
        true
    }
}

/// Collects what workers have kept, stream by stream.
pub(super) struct Keeping<'a> {
    on_workers: &'a KeepAttempts<'a>,
    counting: Counting<'a>,
    /// The stream that is read now.
    mail: StreamMail,
    streams: Vec<StreamMail>,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(on_workers: &'a KeepAttempts<'a>) -> Keeping<'a> {
        let streams = on_workers.inputs.found.corpus.streams.iter();
        Keeping {
            on_workers,
            counting: Counting::new(on_workers.counting),
            mail: StreamMail::default(),
            streams: streams.map(|_| StreamMail::default()).collect(),
        }
    }

    /// What was counted of each stream, the sessions that may go on, and the attempts.
    pub(super) fn finish(self) -> (Vec<StreamAggregate>, Vec<Vec<OpenSession>>, Vec<StreamMail>) {
        let (aggregates, open) = self.counting.finish_open();
        (aggregates, open, self.streams)
    }
}

impl Sink<MailDigest, Part> for Keeping<'_> {
    fn take(&mut self, stream: usize, session: Session<MailDigest>, _places: &PlaceTable) {
        let mut part = Part::default();
        self.on_workers.session(stream, &session, &mut part);
        self.part(stream, part);
    }

    fn part(&mut self, _stream: usize, mut part: Part) {
        self.counting.merge(part.aggregate);
        self.mail.left_out += part.mail.left_out;
        self.mail.left_out_elsewhere += part.mail.left_out_elsewhere;
        self.mail.attempts.append(&mut part.mail.attempts);
    }

    fn open(&mut self, stream: usize, sessions: Vec<Session<MailDigest>>, _places: &PlaceTable) {
        self.counting.leave_open(stream, &sessions);
    }

    fn end(&mut self, stream: usize, places: &PlaceTable) {
        self.counting.end(stream, places);
        let mut mail = take(&mut self.mail);
        let first_file = self.on_workers.inputs.found.corpus.first_file(stream);
        for one in &mut mail.attempts {
            let by_file = |place| places.by_file(place, first_file);
            one.attempt
                .each_place(&mut |place| *place = by_file(*place));
        }
        mail.sort();
        self.streams[stream] = mail;
    }
}
