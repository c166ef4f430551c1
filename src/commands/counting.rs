//! Chooses the sessions that the options ask for, and counts them. Most sessions are counted by the
//! worker that reads them.
//!
//! In: sessions, and the period and send connectors of the options. Out: a filled [`Collector`].

use crate::aggregate::Collector;
use crate::aggregate::collect::FrontEndsAlone;
use crate::aggregate::tally::Tally;
use crate::commands::config::Config;
use crate::commands::inputs::{Inputs, Period};
use crate::input::place::PlaceTable;
use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::sink::{Finish, Sink};
use crate::smtp::conversation::Conversation;
use crate::smtp::facts::{ProxyPart, SessionFacts};

/// Whether a session is in the period and belongs to a chosen send connector. A front end's session
/// always counts here, because name and time of its hub's session decide.
fn asked_for(config: &Config, inputs: &Inputs, facts: &SessionFacts) -> bool {
    let front_end = matches!(facts.talk.proxy, ProxyPart::FrontEnd { .. });
    front_end || frame_asked_for(config, &inputs.period, &facts.frame)
}

/// The same, decided by the session's own send connector and time.
pub(crate) fn frame_asked_for(config: &Config, period: &Period, frame: &Frame) -> bool {
    let pattern = config.connector.as_ref();
    let connector = pattern.is_none_or(|pattern| pattern.is_match(frame.connector.as_ref()));
    connector && period.holds(frame)
}

/// Counts the chosen sessions.
pub(crate) struct Counting<'a> {
    config: &'a Config,
    inputs: &'a Inputs,
    pub(crate) collector: Collector,
    pub(crate) left_out: u64,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(config: &'a Config, inputs: &'a Inputs) -> Counting<'a> {
        let streams = inputs.found.corpus.streams.iter();
        let all = config.connector.is_none() && config.since.is_none() && config.until.is_none();
        let alone = if all {
            FrontEndsAlone::Count
        } else {
            FrontEndsAlone::LeaveOut
        };
        let servers = streams.map(|stream| stream.server.clone()).collect();
        Counting {
            config,
            inputs,
            collector: Collector::new(servers, alone),
            left_out: 0,
        }
    }
}

/// Counts sessions on the worker that reads them.
pub(crate) struct CountOnWorkers<'a> {
    pub(crate) config: &'a Config,
    pub(crate) period: &'a Period,
}

impl Finish<Conversation> for CountOnWorkers<'_> {
    type Part = Tally;

    fn finish(&self, _file: usize, session: &Session<Conversation>, part: &mut Tally) -> bool {
        frame_asked_for(self.config, self.period, &session.frame) && part.count(session)
    }
}

impl Sink<Conversation, Tally> for Counting<'_> {
    fn part(&mut self, stream: usize, part: Tally) {
        self.collector.tally(stream, part);
    }

    fn foresee(&mut self, stream: usize, session: &Session<Conversation>) {
        let Some(talk) = session.digest.failed() else {
            return;
        };
        let facts = SessionFacts {
            stream,
            frame: session.frame.clone(),
            talk,
        };
        if asked_for(self.config, self.inputs, &facts) {
            self.collector.foresee(&facts);
        }
    }

    fn take(
        &mut self,
        stream: usize,
        session: Session<Conversation>,
        part: Option<&mut Tally>,
        _places: &PlaceTable,
    ) {
        if let Some(part) = part
            && frame_asked_for(self.config, &self.inputs.period, &session.frame)
            && part.count(&session)
        {
            return;
        }
        let facts = facts(stream, session);
        if asked_for(self.config, self.inputs, &facts) {
            self.collector.session(facts);
        } else {
            self.left_out += 1;
            self.collector.count_only(&facts);
        }
    }
}

fn facts(stream: usize, session: Session<Conversation>) -> SessionFacts {
    SessionFacts {
        stream,
        frame: session.frame,
        talk: session.digest.finish(),
    }
}
